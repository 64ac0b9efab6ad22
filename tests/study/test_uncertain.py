"""What is uncertain, without a run: what a section is about, its distribution, and what a draw makes of it."""

import math
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from shanshui.base.days import Days
from shanshui.base.step import Step
from shanshui.base.vocabulary import Quantity
from shanshui.policy.distributions import Distribution
from shanshui.policy.parameters import Parameter
from shanshui.study.inputs import TableSource
from shanshui.study.plan import Given, Made, Missing
from shanshui.study.schema import UncertaintySection
from shanshui.study.uncertain import Uncertain, find_uncertain, touched

INF = math.inf


def word(name, shape="cell", **more):
    return Quantity(name, shape, name, name, name, **more)


WORDS = {
    "rain": word("rain", measure="intensive", minimum=0.0, maximum=9.0),
    "warmth": word("warmth", measure="intensive"),
    "cover": word("cover", measure="class"),
    "stock": word("stock", "table", limits={"carbon": (0.0, 50.0)}),
    "share": word("share", measure="intensive", minimum=0.0, maximum=1.0),
    "slope": word("slope", measure="intensive"),
    "sums": word("sums", "sums"),
}


def find(name, resolution=None, frame=None, parameters=None, **section):
    """Find one section; its thing and its problem."""
    sources = {} if frame is None else {name: TableSource(frame, "key", [])}
    file = SimpleNamespace(uncertainty={name: UncertaintySection(**section)})
    found, problems = find_uncertain(
        file,
        parameters or {},
        SimpleNamespace(sources=sources),
        {name: Given(name, ()) if resolution is None else resolution},
        SimpleNamespace(vocabulary=WORDS),
    )
    return (found or [None])[0], [str(problem) for problem in problems]


def pack(value, minimum=-INF, maximum=INF):
    return {"share_of_gold": Parameter("share_of_gold", value, "1", "s", "default", "e", "c", minimum, maximum)}


def test_a_parameter_is_drawn_around_its_value_within_its_limits():
    one, problems = find(
        "share_of_gold", parameters=pack(0.5, 0.1, 0.9), distribution="normal", standard_deviation=0.01, source="paper"
    )
    assert problems == []
    assert (one.name, one.kind, one.labels, one.source) == ("share_of_gold", "parameter", ("share_of_gold",), "paper")
    (about,) = one.distributions
    assert (about.value, about.standard_deviation, about.minimum, about.maximum) == (0.5, 0.01, 0.1, 0.9)


def test_a_parameter_that_is_a_word_has_no_distribution():
    one, problems = find("share_of_gold", parameters=pack("linear"), distribution="normal", standard_deviation=1.0)
    assert one is None
    assert problems == ["uncertainty.share_of_gold: is 'linear', no number; leave it out"]


@pytest.mark.parametrize(
    ("more", "key"),
    [
        ({"column": "carbon"}, "column"),
        ({"classes": {"1": {"standard_deviation": 1.0}}}, "classes"),
        ({"column": "carbon", "classes": {"1": {"standard_deviation": 1.0}}}, "classes"),
    ],
)
@pytest.mark.parametrize("name", ["share_of_gold", "rain"])
def test_columns_and_classes_are_for_tables(name, more, key):
    one, problems = find(name, parameters=pack(0.5), distribution="normal", standard_deviation=0.1, **more)
    assert one is None
    assert problems == [f"uncertainty.{name}.{key}: is for tables; leave it out"]


def test_what_is_unknown_is_told_the_parameters_that_are_numbers():
    parameters = pack(0.5) | {"way": Parameter("way", "linear", "1", "s", "default", "e", "c")}
    one, problems = find("way_off", parameters=parameters, distribution="normal", standard_deviation=0.1)
    assert one is None
    (told,) = problems
    # A parameter that is a word cannot be uncertain, so it is not offered.
    assert told == "uncertainty.way_off: is no parameter, table or layer; use one of: share_of_gold"


def test_a_layer_is_multiplied_by_a_number_around_one_or_raised_by_one_around_zero():
    times, problems = find("rain", distribution="normal", relative=True, standard_deviation=0.2)
    assert problems == []
    assert (times.kind, times.relative, times.span, times.labels) == ("layer", True, (0.0, 9.0), ("rain",))
    (one,) = times.distributions
    assert (one.value, one.standard_deviation, one.minimum, one.maximum) == (1.0, 0.2, 0.0, INF)
    plus, problems = find("warmth", distribution="normal", standard_deviation=0.2)
    assert problems == []
    assert (plus.relative, plus.span) == (False, (-INF, INF))
    (one,) = plus.distributions
    assert (one.value, one.standard_deviation, one.minimum, one.maximum) == (0.0, 0.2, -INF, INF)


def test_the_ends_of_what_a_layer_is_multiplied_by_are_as_they_are_written():
    one, problems = find("rain", distribution="uniform", relative=True, low=0.7, high=1.4)
    assert problems == []
    assert (one.distributions[0].low, one.distributions[0].high) == (0.7, 1.4)


@pytest.mark.parametrize(
    ("name", "resolution", "words"),
    [
        ("rain", Missing("rain", ("no rain", "no cloud")), "is not there: no rain; no cloud; bring it, or leave the"),
        ("cover", None, "holds classes; make the coefficients"),
        ("sums", None, "is made from other things; make those"),
        ("slope", Made("slope", Step(lambda rain: rain, "slope"), (), {}), "is made from other things; make those"),
    ],
)
def test_what_cannot_be_uncertain_says_why(name, resolution, words):
    one, problems = find(name, resolution, distribution="normal", standard_deviation=0.1)
    assert one is None
    (told,) = problems
    assert told.startswith(f"uncertainty.{name}: {words}")


STOCK = pd.DataFrame({"name": ["wood", "grass"], "code": [7, 8], "carbon": [20.0, 10.0]})


def test_a_table_is_drawn_row_by_row_within_the_limits_of_its_column():
    one, problems = find("stock", frame=STOCK, distribution="normal", relative=True, standard_deviation=0.1)
    assert problems == []
    assert (one.kind, one.columns, one.labels) == ("table", ("carbon",), ("stock 7", "stock 8"))
    assert [(d.value, d.standard_deviation, d.minimum, d.maximum) for d in one.distributions] == [
        (20.0, 2.0, 0.0, 50.0),
        (10.0, 1.0, 0.0, 50.0),
    ]


def test_a_column_called_like_a_quantity_has_its_limits_and_another_one_none():
    frame = STOCK.rename(columns={"carbon": "share"}).assign(share=[0.2, 0.4], mass=[1.0, 2.0])
    one, _ = find("stock", frame=frame, distribution="normal", column="share", standard_deviation=0.01)
    assert {(d.minimum, d.maximum) for d in one.distributions} == {(0.0, 1.0)}
    one, _ = find("stock", frame=frame, distribution="normal", column="mass", standard_deviation=0.01)
    assert {(d.minimum, d.maximum) for d in one.distributions} == {(-INF, INF)}
    frame = frame.rename(columns={"mass": "warmth"})
    one, _ = find("stock", frame=frame, distribution="normal", column="warmth", standard_deviation=0.01)
    assert {(d.minimum, d.maximum) for d in one.distributions} == {(-INF, INF)}


def test_several_columns_are_multiplied_together_and_by_nothing_below_zero():
    frame = STOCK.assign(soil=[3.0, np.nan])
    one, problems = find("stock", frame=frame, distribution="normal", relative=True, standard_deviation=0.1)
    assert problems == []
    assert one.columns == ("carbon", "soil")
    assert {(d.value, d.standard_deviation, d.minimum, d.maximum) for d in one.distributions} == {(1, 0.1, 0, INF)}
    made = one.replaced(frame, np.array([2.0, 0.5]))
    assert made["carbon"].tolist() == [40.0, 5.0]
    assert made["soil"].iloc[0] == 6.0
    assert np.isnan(made["soil"].iloc[1])
    one, problems = find("stock", frame=frame, distribution="normal", standard_deviation=0.1)
    assert one is None
    assert problems == ["uncertainty.stock.column: is not said; write relative = true, or one of carbon, soil"]


def test_two_rows_are_called_by_their_code_or_their_first_column():
    by = {"distribution": "normal", "standard_deviation": 0.1}
    frame = pd.DataFrame({"name": ["a"], "level1": ["b"], "carbon": [1.0]})
    assert find("stock", frame=frame, **by)[0].labels == ("stock b",)
    assert find("stock", frame=frame.assign(level2="c"), **by)[0].labels == ("stock c",)
    assert find("stock", frame=frame.drop(columns="level1"), **by)[0].labels == ("stock a",)
    # The column that is drawn cannot call its rows.
    frame = pd.DataFrame({"name": ["a"], "code": [3.0], "level1": ["b"]})
    assert find("stock", frame=frame, column="code", **by)[0].labels == ("stock b",)
    # A code that was read as a number with a fraction is told without it.
    assert find("stock", frame=STOCK.assign(code=[7.0, 8.0]), column="carbon", **by)[0].labels[0] == "stock 7"


def test_a_row_without_a_number_has_none_in_any_draw():
    one, problems = find(
        "stock", frame=STOCK.assign(carbon=[20.0, np.nan]), distribution="normal", standard_deviation=0.1
    )
    assert problems == []
    drawn = one.drawn(5, 1)
    assert np.isnan(drawn[:, 1]).all()
    assert np.isfinite(drawn[:, 0]).all()
    assert one.distributions[1].standard_deviation == 0.0


def test_rows_that_are_not_named_do_not_vary():
    one, problems = find(
        "stock", frame=STOCK, distribution="normal", classes={"8": {"standard_deviation": 0.25}}, relative=True
    )
    assert problems == []
    assert [(d.standard_deviation, d.minimum, d.maximum) for d in one.distributions] == [(0, 0, 50), (2.5, 0, 50)]
    assert one.drawn(4, 1)[:, 0].tolist() == [20.0] * 4


def test_the_shares_of_a_value_below_zero_change_places():
    one, problems = find(
        "stock", frame=STOCK.assign(mass=[-2.0, 4.0]), distribution="uniform", relative=True, low=0.5, high=1.5,
        column="mass",
    )  # fmt: skip
    assert problems == []
    assert [(d.low, d.high) for d in one.distributions] == [(-3.0, -1.0), (2.0, 6.0)]


@pytest.mark.parametrize(("rows", "more"), [(1, ""), (2, " (and 1 more rows)"), (3, " (and 2 more rows)")])
def test_the_first_row_with_a_fault_is_named_and_the_others_counted(rows, more):
    frame = pd.DataFrame({"code": range(1, rows + 1), "carbon": [60.0] * rows})
    one, (told,) = find("stock", frame=frame, distribution="uniform", relative=True, low=0.5, high=1.5)
    assert one is not None
    assert told == (
        f"uncertainty.stock: stock 1 reaches 90, and the range is 0 to 50{more}; "
        "give a narrower distribution, or triangular or uniform ends within"
    )


def test_a_table_that_a_step_ships_is_uncertain_and_one_that_is_made_is_not():
    def shipped():
        return STOCK

    def of_rain(rain):
        return STOCK

    by = {"distribution": "normal", "standard_deviation": 0.1}
    one, problems = find("stock", Made("stock", Step(shipped, "stock"), (), {}), **by)
    assert (one.labels, problems) == (("stock 7", "stock 8"), [])
    one, (told,) = find("stock", Made("stock", Step(of_rain, "stock"), (), {}), **by)
    assert one is None
    assert "is made from other things" in told


def test_unknown_columns_and_rows_are_named():
    by = {"distribution": "normal", "standard_deviation": 0.1, "frame": STOCK}
    assert find("stock", column="carbn", **by)[1] == [
        "uncertainty.stock.column: there is no 'carbn' with numbers; did you mean 'carbon'?"
    ]
    classes = {"9": {"standard_deviation": 0.1}, "6": {"standard_deviation": 0.1}}
    assert find("stock", classes=classes, **by)[1] == ["uncertainty.stock.classes: has no row 6, 9; use one of: 7, 8"]


def test_of_several_columns_the_coefficient_is_drawn():
    frame = STOCK.assign(coefficient=[0.5, 0.25])
    one, _ = find("stock", frame=frame, distribution="normal", standard_deviation=0.1)
    assert one.columns == ("coefficient",)
    assert one.replaced(frame, np.array([1.0, 2.0]))["coefficient"].tolist() == [1.0, 2.0]


def layer(relative, span=(-INF, INF)):
    return Uncertain("rain", "layer", (Distribution("normal", 0.0, 1.0),), ("rain",), relative, span=span)


def test_cells_are_multiplied_or_raised_and_held_within_the_range():
    cells = np.array([[1.0, 4.0, np.nan]], np.float32)
    np.testing.assert_array_equal(layer(relative=True).changed(cells, 2.0), [[2.0, 8.0, np.nan]])
    np.testing.assert_array_equal(layer(relative=False).changed(cells, 2.0), [[3.0, 6.0, np.nan]])
    np.testing.assert_array_equal(layer(False, (1.5, 5.0)).changed(cells, 2.0), [[3.0, 5.0, np.nan]])
    np.testing.assert_array_equal(layer(False, (1.5, 5.0)).changed(cells, -2.0), [[1.5, 2.0, np.nan]])
    assert layer(relative=True).changed(cells, 0.3).dtype == np.float32
    # Without a word about its range a layer has none.
    plain = Uncertain("rain", "layer", (), ())
    np.testing.assert_array_equal(plain.changed(cells, -9.0), [[-8.0, -5.0, np.nan]])
    assert (plain.relative, plain.span) == (False, (-INF, INF))


def test_days_are_changed_when_they_are_read():
    days = Days(365, lambda first, last: np.arange(first, last, dtype=np.float32)[:, None, None])
    half, *_ = layer(relative=True).changed(days, 3.0)
    np.testing.assert_array_equal(half[:, 0, 0], 3.0 * np.arange(15))


def test_what_hangs_on_an_uncertain_thing_moves():
    step = lambda inputs=(), parameters=(): SimpleNamespace(inputs=inputs, parameters=parameters)  # noqa: E731
    resolver = {
        "rain": Given("rain", ()),
        "warmth": Given("warmth", ()),
        "wet": Made("wet", step(("rain",)), (), {}),
        "soaked": Made("soaked", step(("wet", "warmth")), (), {}),
        "cold": Made("cold", step(("warmth",), ("lapse",)), (), {}),
        "dry": Made("dry", step(("warmth",)), (), {}),
        "without": Made("without", step(("warmth", "rain")), (), {}, absent=("rain",)),
    }
    uncertain = [layer(relative=True)]
    assert touched(list(resolver), uncertain, resolver) == {"rain", "wet", "soaked"}
    lapse = Uncertain("lapse", "parameter", (), ())
    assert touched(list(resolver), [lapse], resolver) == {"cold"}
    # A quantity that no one asked about is not told.
    assert touched(["warmth", "cold"], [lapse, *uncertain], resolver) == {"cold"}
