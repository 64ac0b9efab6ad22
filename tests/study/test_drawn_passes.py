"""One pass for many draws, without a run: what is steady is computed once, what moves once a draw."""

from collections import Counter
from types import SimpleNamespace

import numpy as np
import pytest
from affine import Affine
from odc.geo.geobox import GeoBox

from shanshui.base.days import Days
from shanshui.base.errors import StudyError
from shanshui.base.grid import Grid
from shanshui.base.step import Step
from shanshui.study.drawn_passes import Draw, DrawnPass, run_drawn_pass
from shanshui.study.plan import Node, Pass, Task

ROWS, COLUMNS = 5, 7
GRID = Grid(GeoBox((ROWS, COLUMNS), Affine(1, 0, 0, 0, -1, ROWS), "EPSG:32649"), tile=4)
NAN = np.float32(np.nan)


class Layer:
    """Cells, and which windows of them were read."""

    shape = "cell"

    def __init__(self, cells, beyond=0.0):
        self.cells, self.beyond, self.reads = cells, beyond, Counter()

    def read(self, year, window):
        self.reads[window] += 1
        pad = 4
        wide = np.pad(self.cells, pad, constant_values=self.beyond)
        rows = slice(window.row + pad, window.row + pad + window.height)
        return wide[rows, window.column + pad : window.column + pad + window.width]


class Cover:
    """The region is all but the first column."""

    shape = "cover"

    def read(self, year, window):
        columns = np.arange(window.column, window.column + window.width)
        return SimpleNamespace(region=np.broadcast_to(columns > 0, window.shape))


def field():
    return np.arange(ROWS * COLUMNS, dtype=np.float32).reshape(ROWS, COLUMNS)


def task(gives, inputs, function, halo=0):
    return Task(Node(gives), Step(function, gives, halo=halo), tuple(Node(name) for name in inputs), 0)


def walk(tasks, given, written=(), stored=(), summed=(), classes=(), pad=None, spent=None):
    nodes = {Node(name) for name in given} | {task.node for task in tasks}
    return Pass(
        tuple(tasks),
        tuple(map(Node, given)),
        tuple(map(Node, written)),
        tuple(map(Node, stored)),
        tuple(map(Node, summed)),
        frozenset(map(Node, classes)),
        dict.fromkeys(nodes, 0) | {Node(name): cells for name, cells in (pad or {}).items()},
        dict.fromkeys((task.node for task in tasks), ()) | (spent or {}),
    )


def plus(number):
    return lambda cells: cells + np.float32(number)


def carry_out(one, moving, draws, sources, tables=None, quantiles=(), **more):
    """Carry out a pass; give its rasters, what was stored, sums and losses."""
    written, stored = {}, {}

    def put(into, key, cells, window):
        whole = into.setdefault(key, np.full((ROWS, COLUMNS), -77, np.asarray(cells).dtype))
        whole[window.row : window.row + window.height, window.column : window.column + window.width] = cells

    sums, lost = run_drawn_pass(
        DrawnPass(one, moving, draws, list(quantiles)),
        GRID,
        sources,
        tables or {},
        lambda key, cells, window: put(written, (str(key[0]), key[1]), cells, window),
        lambda draw, node, cells, window: put(stored, (draw and draw.number, str(node)), cells, window),
        **more,
    )
    return written, stored, sums, lost


def three(*numbers):
    """The study as it stands, and draws in which rain is higher by these numbers."""
    draws = [Draw(k, {}, {"rain": plus(number)}) for k, number in enumerate(numbers, 1)]
    return [Draw(0, {}), *draws]


@pytest.mark.parametrize("threads", [1, 3])
def test_mean_deviation_and_quantiles_of_every_cell(threads):
    one = walk([task("wet", ["rain", "soil"], lambda rain, soil: rain * soil)], ["rain", "soil"], ["wet"])
    sources = {"rain": Layer(field()), "soil": Layer(np.full((ROWS, COLUMNS), 2, np.float32))}
    done = []
    written, stored, sums, lost = carry_out(
        one, {"rain", "wet"}, three(1, 2, 6), sources, quantiles=[5, 50], threads=threads,
        tile_done=lambda: done.append(1),
    )  # fmt: skip
    assert set(written) == {("wet", kind) for kind in ("mean", "standard_deviation", "quantile_05", "quantile_50")}
    # The study as it stands, 2 x rain, is no draw: the draws are 2, 4 and 12 more.
    np.testing.assert_allclose(written["wet", "mean"], 2 * field() + 6, rtol=1e-6)
    np.testing.assert_allclose(written["wet", "standard_deviation"], np.sqrt((16 + 4 + 36) / 2), rtol=1e-5)
    np.testing.assert_allclose(written["wet", "quantile_50"], 2 * field() + 4, rtol=1e-6)
    # A twentieth of the way from the first of three to the third: a tenth from the first to the second.
    np.testing.assert_allclose(written["wet", "quantile_05"], 2 * field() + 2.2, rtol=1e-5)
    assert {cells.dtype for cells in written.values()} == {np.dtype(np.float32)}
    assert (stored, sums, lost) == ({}, {}, {Node("wet"): 0})
    assert len(done) == 4
    # Every tile of every layer was read once, however many draws there were.
    for source in sources.values():
        assert set(source.reads.values()) == {1}
        assert len(source.reads) == 4


def test_without_quantiles_there_are_two_rasters():
    one = walk([task("wet", ["rain"], lambda rain: rain)], ["rain"], ["wet"])
    written, *_ = carry_out(one, {"rain", "wet"}, three(1, 2), {"rain": Layer(field())})
    assert set(written) == {("wet", "mean"), ("wet", "standard_deviation")}


def test_what_hangs_on_no_draw_is_computed_once_a_tile_and_let_go():
    calls = Counter()

    def counted(name, function):
        def work(*cells):
            calls[name] += 1
            return function(*cells)

        return work

    tasks = [
        task("fine", ["soil"], counted("fine", lambda soil: soil + 1)),
        task("base", ["fine"], counted("base", lambda fine: fine * 10)),
        task("wet", ["rain", "base"], counted("wet", lambda rain, base: rain + base)),
        task("wetter", ["wet"], counted("wetter", lambda wet: 2 * wet)),
    ]
    one = walk(tasks, ["rain", "soil"], ["wetter"], spent={Node("wetter"): (Node("wet"),)})
    sources = {"rain": Layer(field()), "soil": Layer(field())}
    written, *_ = carry_out(one, {"rain", "wet", "wetter"}, three(1, 3), sources, threads=1)
    np.testing.assert_allclose(written["wetter", "mean"], 2 * (field() + 2 + 10 * (field() + 1)))
    assert calls == {"fine": 4, "base": 4, "wet": 12, "wetter": 12}
    assert [len(source.reads) for source in sources.values()] == [4, 4]


def test_what_hangs_on_no_draw_is_that_of_the_study_as_it_stands():
    def more(soil, *, more):
        return soil + np.float32(more)

    one = walk([task("firm", ["soil"], more)], ["soil"], stored=["firm"])
    _, stored, *_ = carry_out(one, set(), [Draw(0, {"more": 1}), Draw(1, {"more": 5})], {"soil": Layer(field())})
    assert set(stored) == {(None, "firm")}
    np.testing.assert_array_equal(stored[None, "firm"], field() + 1)


def test_a_sum_of_each_draw_goes_to_its_values_and_a_steady_one_is_given():
    tasks = [
        task("steady_sum", ["soil"], lambda soil: float(soil.sum())),
        task("wet", ["rain"], lambda rain: rain),
        task("moving_sum", ["wet"], lambda wet: float(wet.sum())),
    ]
    one = walk(tasks, ["rain", "soil"], [], summed=["steady_sum", "moving_sum"])
    draws = three(1, 2)
    sources = {"rain": Layer(field()), "soil": Layer(np.full((ROWS, COLUMNS), 3, np.float32))}
    written, _, sums, lost = carry_out(one, {"rain", "wet", "moving_sum"}, draws, sources)
    assert (written, lost) == ({}, {})
    assert sums == {Node("steady_sum"): 3 * 35}
    total = float(field().sum())
    assert [draw.values for draw in draws] == [{Node("moving_sum"): total + 35 * more} for more in (0, 1, 2)]


def test_what_a_step_takes_as_a_whole_is_stored_once_or_once_a_draw_and_never_clipped():
    tasks = [task("firm", ["soil"], lambda soil: soil + 5), task("wet", ["rain"], lambda rain: rain)]
    one = walk(tasks, ["rain", "soil"], ["wet"], stored=["firm", "wet", "soil"])
    sources = {"rain": Layer(field()), "soil": Layer(field()), "zone_cover": Cover()}
    written, stored, *_ = carry_out(one, {"rain", "wet"}, three(1, 2), sources, clipped=True)
    assert set(stored) == {(None, "firm"), (None, "soil"), (0, "wet"), (1, "wet"), (2, "wet")}
    np.testing.assert_array_equal(stored[None, "firm"], field() + 5)
    np.testing.assert_array_equal(stored[None, "soil"], field())
    for number, more in ((0, 0), (1, 1), (2, 2)):
        np.testing.assert_array_equal(stored[number, "wet"], field() + more)
    assert np.isnan(written["wet", "mean"][:, 0]).all()
    np.testing.assert_allclose(written["wet", "mean"][:, 1:], field()[:, 1:] + 1.5)


def test_beyond_the_region_there_is_nothing_where_it_is_clipped():
    tasks = [
        task("wet", ["rain"], lambda rain: rain),
        task("kind", ["rain"], lambda rain: (rain > 10).astype(np.int32)),
    ]
    one = walk(tasks, ["rain"], ["wet", "kind"], classes=["kind"])
    moving, sources = {"rain", "wet", "kind"}, {"rain": Layer(field()), "zone_cover": Cover()}
    plain, *_ = carry_out(one, moving, three(1, 2), sources)
    assert np.isfinite(plain["wet", "mean"]).all()
    assert np.isfinite(plain["kind", "confidence"]).all()
    clipped, _, _, lost = carry_out(one, moving, three(1, 2), sources, clipped=True)
    for key in plain:
        assert np.isnan(clipped[key][:, 0]).all()
        np.testing.assert_array_equal(clipped[key][:, 1:], plain[key][:, 1:])
    assert set(lost.values()) == {0}


def test_of_a_class_the_share_of_draws_that_agree_with_the_study_as_it_stands():
    def kind(rain):
        return np.where(np.isnan(rain), -1, np.where(rain > 10, 2, 1)).astype(np.int32)

    cells = np.full((ROWS, COLUMNS), 5, np.float32)
    cells[0, 1], cells[0, 2], cells[4, 6] = 9.5, NAN, 20
    one = walk([task("kind", ["rain"], kind)], ["rain"], ["kind"], classes=["kind"])

    def lose(rain):
        return np.where(rain == 20, NAN, rain + np.float32(0.75))

    draws = [Draw(0, {}), *(Draw(k, {}, {"rain": change}) for k, change in enumerate([plus(0), plus(1), plus(2), lose])
    )]  # fmt: skip
    written, _, _, lost = carry_out(one, {"rain", "kind"}, draws, {"rain": Layer(cells)}, quantiles=[50])
    assert set(written) == {("kind", "confidence")}
    expected = np.ones((ROWS, COLUMNS))
    # 9.5 stays below 10 in the first draw alone; what is lost in one draw is another class in it.
    expected[0, 1], expected[0, 2], expected[4, 6] = 1 / 4, np.nan, 3 / 4
    np.testing.assert_array_equal(written["kind", "confidence"], expected)
    assert written["kind", "confidence"].dtype == np.float32
    assert lost == {Node("kind"): 1}


def test_cells_that_a_draw_leaves_without_a_value_are_counted_over_all_tiles():
    cells = field()
    cells[0, 0] = NAN  # has no value anyway
    # In the second draw all above 30 are lost: 31 and 32 lie in the third tile, 33 and 34 in the fourth, by columns.
    draws = [Draw(0, {}), Draw(1, {}, {"rain": plus(1)}), Draw(2, {}, {"rain": lambda c: np.where(c > 30, NAN, c)})]
    one = walk([task("wet", ["rain"], lambda rain: rain)], ["rain"], ["wet"])
    written, _, _, lost = carry_out(one, {"rain", "wet"}, draws, {"rain": Layer(cells)})
    assert lost == {Node("wet"): 4}
    np.testing.assert_array_equal(np.isnan(written["wet", "mean"]), np.isnan(cells) | (cells > 30))


def test_tables_scalars_and_rasters_of_a_draw_are_its_own():
    def wet(rain, factor, *, more):
        return rain * factor + np.float32(more)

    one = walk([task("wet", ["rain", "factor"], wet)], ["rain"], ["wet"])
    draws = [Draw(0, {"more": 0}), Draw(1, {"more": 10}, values={Node("factor"): 2}), Draw(2, {"more": 20})]
    written, *_ = carry_out(one, {"rain", "wet"}, draws, {"rain": Layer(field())}, {Node("factor"): 1})
    # 2 rain + 10 and rain + 20.
    np.testing.assert_allclose(written["wet", "mean"], (3 * field() + 30) / 2)
    # A lake that was made as a whole in each draw, and is known to none else.
    one = walk([task("wet", ["lake", "factor"], wet)], ["lake"], ["wet"])
    for draw in draws:
        draw.made = {"lake": Layer(field() + draw.number)}
    written, *_ = carry_out(one, {"lake", "wet"}, draws, {}, {Node("factor"): 1})
    # 2 (field + 1) + 10 and field + 2 + 20.
    np.testing.assert_allclose(written["wet", "mean"], (3 * field() + 34) / 2)


def test_a_step_sees_the_cells_around_its_tile_as_they_are_in_the_draw():
    def spread(rain):
        return rain[1:-1, :-2] + rain[1:-1, 2:]

    def wide(rain):
        return np.pad(spread(rain), 1)

    one = walk([task("wet", ["rain"], wide, halo=1)], ["rain"], ["wet"], pad={"rain": 1})
    sources = {"rain": Layer(field()), "zone_cover": Cover()}
    written, *_ = carry_out(one, {"rain", "wet"}, three(1, 3), sources, clipped=True)
    wanted = np.pad(field(), 1)[1:-1, :-2] + np.pad(field(), 1)[1:-1, 2:] + 4
    np.testing.assert_allclose(written["wet", "mean"][:, 1:], wanted[:, 1:])


def test_days_are_read_once_for_all_draws():
    reads = []

    class Daily:
        shape = "cell"

        def read(self, year, window):
            def days(first, last):
                reads.append((first, last))
                return np.full((last - first, *window.shape), 1, np.float32)

            return Days(365, days)

    def total(rain):
        return sum(half.sum(axis=0) for half in rain)

    one = walk([task("wet", ["rain"], total)], ["rain"], ["wet"])
    draws = [Draw(0, {}), *(Draw(k, {}, {"rain": lambda days, k=k: days.mapped(plus(k))}) for k in (1, 2))]
    written, *_ = carry_out(one, {"rain", "wet"}, draws, {"rain": Daily()}, threads=1)
    assert reads == [(0, 365)] * 4
    np.testing.assert_allclose(written["wet", "mean"], 365 * 2.5)


def test_a_draw_that_breaks_is_named_and_the_study_itself_breaks_as_it_is():
    def fail(*_):
        raise ValueError("no root")

    with pytest.raises(ValueError, match=r"^no root$"):
        Draw(0, {}).carry_out("wet", fail)
    with pytest.raises(StudyError, match=r"^uncertainty: draw 1 breaks wet: no root; narrow the distributions"):
        Draw(1, {}).carry_out("wet", fail)
    with pytest.raises(StudyError, match=r"draw 2 breaks"):
        Draw(2, {}).carry_out("wet", fail)
    assert Draw(1, {}).carry_out("wet", lambda a, b: a - b, 5, 3) == 2

    def refuse():
        Draw(7, {}).carry_out("inner", fail)

    # What has been said already is not said twice.
    with pytest.raises(StudyError, match=r"^uncertainty: draw 7 breaks inner"):
        Draw(1, {}).carry_out("outer", refuse)
