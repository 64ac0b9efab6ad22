"""What a run of many draws is made of: its numbers, names and receipts; and one small run in which all ways meet."""

import json
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import rasterio

from shanshui.base.errors import StudyError
from shanshui.base.vocabulary import Quantity
from shanshui.policy.distributions import Distribution
from shanshui.study.drawing import Drawing, _all_years
from shanshui.study.drawn_passes import Draw
from shanshui.study.plan import Given, Made, Node, Pass
from shanshui.study.study import open_study
from shanshui.study.uncertain import Uncertain


def made(name, inputs=(), parameters=()):
    return Made(name, SimpleNamespace(inputs=inputs, parameters=parameters), (2000, 2020), {})


class Resolver(dict):
    """Everything in the order in which it is made."""

    def closure(self, names):
        needed = set(names)
        for name in reversed(list(self)):
            if name in needed and isinstance(self[name], Made):
                needed |= set(self[name].step.inputs)
        return [name for name in self if name in needed]


RESOLVER = Resolver(
    rain=Given("rain", ()),
    soil=Given("soil", ()),
    stock=Given("stock", ()),
    wet=made("wet", ("rain", "stock"), ("lapse",)),
    wet_by_zone=made("wet_by_zone", ("wet",)),
    firm=made("firm", ("soil",)),
)
WORDS = {
    "rain": Quantity("rain", "cell", "rain", "雨", "m", measure="intensive", axis="day"),
    "warm": Quantity("warm", "cell", "warm", "暖", "m", measure="intensive", axis="month"),
    "wet": Quantity("wet", "cell", "wet", "湿", "m", measure="extensive", unit="mm", minimum=0.0, maximum=1.0),
    "firm": Quantity("firm", "cell", "firm", "硬", "m", measure="class"),
}
RAIN = Uncertain(
    "rain", "layer", (Distribution("normal", 1.0, 0.2, minimum=0.0),), ("rain",), relative=True, span=(0.0, 9.0)
)
LAPSE = Uncertain("lapse", "parameter", (Distribution("uniform", 6.0, low=4.0, high=8.0),), ("lapse",), source="paper")
STOCK = Uncertain(
    "stock", "table", (Distribution("normal", 2.0, 0.0), Distribution("triangular", 3.0, low=2.0, high=4.0)),
    ("stock 1", "stock 2"), columns=("carbon",),
)  # fmt: skip
OTHER = Uncertain("other", "parameter", (Distribution("normal", 1.0, 0.5),), ("other",))


def drawing(draws=40, uncertain=(RAIN, LAPSE, STOCK, OTHER), quantiles=(), current=()):
    study = SimpleNamespace(
        file=SimpleNamespace(draws=SimpleNamespace(quantiles=list(quantiles))),
        catalogue=SimpleNamespace(vocabulary=WORDS),
        resolver=RESOLVER,
        scalars={"lapse": 6.0, "other": 1.0, "way": "linear"},
        keys=lambda names: {name: f"key of {name}" for name in names},
        output=SimpleNamespace(folder=Path("nowhere"), digests=None),
    )
    one = Drawing(study, list(uncertain), draws, 1)
    one.output = SimpleNamespace(current=lambda name, key: name in current)
    return one


def test_two_draws_are_the_least():
    assert drawing(2)._number == 2
    with pytest.raises(StudyError, match=r"^--draws: is 1; give 0, or 2 and more$"):
        drawing(1)


def test_products_are_what_moves_and_is_made():
    one = drawing(uncertain=[RAIN])
    assert one.products(["firm", "wet_by_zone", "rain", "wet"]) == ["wet_by_zone", "wet"]
    assert drawing(uncertain=[LAPSE]).products(["firm", "wet"]) == ["wet"]
    assert drawing(uncertain=[OTHER]).products(["firm", "wet"]) == []


def test_what_does_not_stand_there_is_stale():
    assert drawing(current=["wet"]).stale(["wet", "wet_by_zone"]) == ["wet_by_zone"]


def test_what_a_product_hangs_on():
    one = drawing()
    assert one._reaching("wet_by_zone") == [RAIN, LAPSE, STOCK]
    assert one._reaching("firm") == []
    # The first row of the table does not vary: rain, lapse and a row are three numbers, and two draws more are needed.
    assert one._draws_for_shares("wet") == 5
    assert one._draws_for_shares("firm") == 2


def test_a_draw_has_its_own_number_scalars_layers_and_tables():
    one = drawing()
    found = one._draw(3)
    assert found.number == 4
    assert found.scalars == {
        "lapse": one._numbers["lapse"][3, 0], "other": one._numbers["other"][3, 0], "way": "linear"
    }  # fmt: skip
    assert 4 < found.scalars["lapse"] < 8
    assert set(found.changes) == {"rain"}
    number = np.float32(one._numbers["rain"][3, 0])
    np.testing.assert_array_equal(found.changes["rain"](np.float32([2.0])), [np.float32(2) * number])
    assert set(found.tables) == {"stock"}
    frame = pd.DataFrame({"code": [1, 2], "carbon": [2.0, 3.0]})
    assert found.tables["stock"](frame)["carbon"].tolist() == one._numbers["stock"][3].tolist()


def test_what_was_drawn_is_one_row_a_draw_and_number():
    one = drawing(3)
    values = one._values()
    assert values["draw"].tolist() == [1, 2, 3] * 5
    assert list(dict.fromkeys(values["uncertain"])) == ["rain", "lapse", "stock 1", "stock 2", "other"]
    np.testing.assert_array_equal(values[values["uncertain"] == "stock 2"]["value"], one._numbers["stock"][:, 1])
    assert (values[values["uncertain"] == "stock 1"]["value"] == 2).all()


def test_arrays_that_stand_together():
    def walk(*names, written):
        nodes = tuple(map(Node, names))
        return Pass((), nodes, nodes[:written], (), (), frozenset(), dict.fromkeys(nodes, 0), {})

    # A month each of a year and one array; and six for each raster that is written.
    assert drawing()._planes(walk("wet", "warm", written=2)) == 1 + 12 + 6 * 2
    # With quantiles all draws stand there.
    assert drawing(quantiles=[5])._planes(walk("wet", "warm", written=2)) == 1 + 12 + (6 + 40) * 2
    assert drawing()._planes(walk("wet", "warm", written=1)) == 1 + 12 + 6
    # Days are held for the whole year, beside the half-month that is read.
    assert drawing()._planes(walk("rain", "wet", written=1)) == 16 + 1 + 366 + 6
    many = (Node("rain", 2000), Node("rain", 2020), Node("wet"))
    two = Pass((), many, (), (), (), frozenset(), dict.fromkeys(many, 0), {})
    assert drawing()._planes(two) == 2 * (16 + 366) + 1


def test_rasters_of_the_draws_and_their_words():
    one = drawing(quantiles=[5, 95])
    walk = SimpleNamespace(classes={Node("firm")})
    assert one._suffixes(Node("wet"), walk) == ["mean", "standard_deviation", "quantile_05", "quantile_95"]
    assert one._suffixes(Node("firm"), walk) == ["confidence"]
    word = one._word("wet", "mean")
    assert (word.name, word.unit, word.measure) == ("wet_mean", "mm", "intensive")
    assert (word.english, word.chinese) == ("wet: mean of the draws", "湿：抽样均值")
    assert (word.minimum, word.maximum) == (None, None)
    assert one._word("wet", "quantile_05").english == "wet: 5 % of the draws lie below"
    assert one._word("wet", "quantile_95").chinese == "湿：抽样 95% 分位数"
    assert one._word("wet", "confidence").unit == "1"


# Shares


def zone_frames(*values):
    return [
        pd.DataFrame({"zoning": "county", "zone": ["a", "b"], "mean": row, "area_ha": 7.0})
        for row in np.column_stack(values)
    ]


def test_shares_of_the_variance_of_every_zone():
    one = drawing(200)
    rain, lapse, stock = one._numbers["rain"][:, 0], one._numbers["lapse"][:, 0], one._numbers["stock"][:, 1]
    # Zone a hangs on rain alone; zone b on lapse, stock and a bend that no line follows.
    bend = (rain - 1) ** 2
    shares = one._shares("wet", zone_frames(5 * rain, lapse + 2 * stock + 9 * bend))
    assert list(dict.fromkeys(shares["uncertain"])) == ["rain", "lapse", "stock", "together, and by bends"]
    assert shares.columns.tolist() == ["zoning", "zone", "uncertain", "share_percent"]
    # All of one row stand together.
    assert shares["zone"].tolist() == ["a"] * 4 + ["b"] * 4
    told = shares.pivot_table("share_percent", "zone", "uncertain")
    assert told.loc["a", "rain"] == pytest.approx(100, abs=1e-6)
    assert told.loc["a", ["lapse", "stock", "together, and by bends"]].to_numpy() == pytest.approx(0, abs=1e-6)
    # Uniform over 4: 16 / 12; a triangle over 2, twice: 4 x 4 / 24.
    straight, cubed = np.array([16 / 12, 4 * 4 / 24]), 81 * np.var(bend)
    expected = 100 * np.append(straight, cubed) / (straight.sum() + cubed)
    assert told.loc["b", ["lapse", "stock", "together, and by bends"]].to_numpy() == pytest.approx(expected, abs=6)
    assert told.sum(axis=1).to_numpy() == pytest.approx(100)


def test_shares_of_several_rows_of_a_table_are_one():
    even = Distribution("uniform", 0.0, low=0.0, high=1.0)
    stock = Uncertain("stock", "table", (even, even), ("stock 1", "stock 2"))
    one = drawing(300, uncertain=[stock, RAIN])
    numbers = one._numbers["stock"]
    shares = one._shares("wet", zone_frames(numbers[:, 0] + numbers[:, 1], numbers[:, 1]))
    told = shares.pivot_table("share_percent", "zone", "uncertain")
    assert told["stock"].to_numpy() == pytest.approx(100, abs=1e-6)
    assert told["rain"].to_numpy() == pytest.approx(0, abs=1e-6)


def test_what_does_not_vary_has_no_share():
    fixed = Uncertain("stock", "table", (Distribution("normal", 2.0, 0.0),), ("stock 1",))
    one = drawing(9, uncertain=[RAIN, fixed])
    rain = one._numbers["rain"][:, 0]
    shares = one._shares("wet", zone_frames(rain, 2 * rain))
    assert shares["uncertain"].tolist() == ["rain", "together, and by bends"] * 2


def test_shares_take_two_draws_more_than_numbers_that_vary():
    values = np.arange(5.0), np.arange(5.0)
    five, four = drawing(5), drawing(4)
    assert five._shares("wet", zone_frames(*values)) is not None
    assert four._shares("wet", zone_frames(*values)[:4]) is None


def test_a_table_without_means_by_zone_has_no_shares():
    one = drawing(9)
    assert one._shares("wet", [pd.DataFrame({"zone": ["a"], "mean": [1.0]})] * 9) is None


# Receipts


def test_a_receipt_tells_what_was_drawn():
    one = drawing(quantiles=[5])
    told = one._receipt("wet", "the key")
    assert (told["product"], told["unit"], told["years"]) == ("wet", "mm", [2000, 2020])
    assert (told["draws"], told["seed"], told["quantiles"]) == (40, 1, [5])
    assert (told["of"], told["key"]) == ("key of wet", "the key")
    rain, lapse, _ = told["uncertain"]
    # Of a number that is not said, or has no end, nothing is told.
    assert rain["distributions"] == {
        "rain": {"kind": "normal", "value": 1.0, "standard_deviation": 0.2, "minimum": 0.0}
    }
    assert lapse["distributions"] == {"lapse": {"kind": "uniform", "value": 6.0, "low": 4.0, "high": 8.0}}
    assert (rain["relative"], lapse["relative"], lapse["source"], lapse["kind"]) == (True, False, "paper", "parameter")


# A small run

OWN_WORDS = "".join(
    f'[{name}]\nshape = "{shape}"\nenglish = "e"\nchinese = "c"\nmeaning = "M."\n{more}\n'
    for name, shape, more in (
        ("smooth", "cell", 'measure = "intensive"'),
        ("highest", "table", 'columns = { height = "h" }'),
        ("blend", "cell", 'measure = "intensive"'),
        ("lifted", "cell", 'measure = "intensive"'),
        ("lifted_again", "cell", 'measure = "intensive"'),
        ("lowest", "table", 'columns = { height = "h" }'),
        ("factors", "table", 'columns = { code = "c", coefficient = "k" }'),
        ("times", "table", 'columns = { code = "c", product = "p" }'),
        ("blend_sums", "sums", ""),
        ("steady_sums", "sums", ""),
        ("total", "table", 'columns = { code = "c", amount = "a" }'),
    )
)
OWN_STEPS = """
import numpy as np
import pandas as pd

from shanshui.base.raster import WholeRaster
from shanshui.base.step import step


@step
def smooth(elevation: WholeRaster) -> WholeRaster:
    '''The height less one, the same in every draw.'''
    out = elevation.blank(np.float32)
    for tile in out.tiles():
        out.write(tile, elevation.read(tile) - 1)
    return out


@step
def highest(elevation: WholeRaster):
    '''The highest place, the same in every draw.'''
    return pd.DataFrame({"height": [max(float(elevation.read(tile).max()) for tile in elevation.tiles())]})


@step
def blend(smooth, cover_management, highest):
    '''What moves and what does not.'''
    return smooth + 1000 * cover_management + np.float32(highest["height"][0])


@step
def lifted(blend: WholeRaster) -> WholeRaster:
    '''Twice, as a whole.'''
    out = blend.blank(np.float32)
    for tile in out.tiles():
        out.write(tile, 2 * blend.read(tile))
    return out


@step
def lifted_again(lifted, elevation):
    '''What a pass makes of what was made as a whole.'''
    return lifted - elevation


@step
def lowest(lifted: WholeRaster):
    '''The lowest place.'''
    return pd.DataFrame({"height": [min(float(lifted.read(tile).min()) for tile in lifted.tiles())]})


@step
def factors():
    '''A table that is shipped.'''
    return pd.DataFrame({"code": [1, 2], "coefficient": [3.0, 5.0]})


@step
def times(factors, highest):
    '''A table of it.'''
    return factors.assign(product=factors["coefficient"] * highest["height"][0]).drop(columns="coefficient")


@step
def steady_sums(elevation):
    '''The same in every draw.'''
    return float(elevation.sum())


@step
def blend_sums(cover_management):
    '''Moves.'''
    return float(cover_management.sum())


@step
def total(blend_sums, steady_sums, factors):
    '''Of both, and of a table.'''
    return pd.DataFrame({"code": [7], "amount": [blend_sums / steady_sums * factors["coefficient"].sum()]})
"""
C = {1: 0.1, 2: 0.2, 3: 0.3, 4: 0.4, 5: 0.5}
UNCERTAIN = """
[tables.cover_management_by_class]
path = "classes.csv"

[uncertainty.cover_management_by_class]
distribution = "uniform"
relative = true
low = 0.5
high = 1.5

[uncertainty.factors]
distribution = "uniform"
low = 1.0
high = 2.0
"""


class Told:
    """Who is told of every tile."""

    def __init__(self):
        self.begun, self.tiles = [], 0

    def start(self, tiles, words):
        self.begun.append((tiles, words))

    def advance(self):
        self.tiles += 1


@pytest.fixture
def small(study):
    study.file("classes.csv", "code,coefficient\n" + "".join(f"{code},{value}\n" for code, value in C.items()))
    study.own_words(OWN_WORDS, OWN_STEPS)
    study.add(UNCERTAIN)
    return study


def draw(study, *names, draws=3, progress=None):
    with open_study(study.folder, trust=True) as opened:
        opened.draw(names, draws=draws, progress=progress)


def table(study, name):
    return pd.read_csv(study.out / "draws" / "tables" / f"{name}.csv")


def coefficients(study):
    """Give the coefficient of each class and the factors in each draw, as they were drawn."""
    values = table(study, "draws").pivot_table("value", "draw", "uncertain")
    classes = [{code: row[f"cover_management_by_class {code}"] for code in C} for _, row in values.iterrows()]
    return classes, values[["factors 1", "factors 2"]].to_numpy()


def test_rasters_and_tables_that_are_made_as_a_whole_in_each_draw_or_once(small):
    progress = Told()
    draw(small, "blend", "lifted_again", "lowest", progress=progress)
    height, codes = small.cells("elevation.tif"), small.cells("land_cover_2020.tif")
    blends = []
    for drawn in coefficients(small)[0]:
        blends.append(height - 1 + 1000 * np.vectorize(drawn.get)(codes) + height.max())
    for name, cells in (("blend", blends), ("lifted_again", [2 * one - height for one in blends])):
        for kind, whole in (("mean", np.mean(cells, axis=0)), ("standard_deviation", np.std(cells, axis=0, ddof=1))):
            with rasterio.open(small.out / "draws" / "rasters" / f"{name}_{kind}_2020.tif") as source:
                np.testing.assert_allclose(source.read(1), whole, rtol=1e-4, atol=1e-3)
    lowest = table(small, "lowest_draws").set_index("year").loc[2020]
    assert lowest["mean"] == pytest.approx(np.mean([2 * one.min() for one in blends]), rel=1e-6)
    assert lowest["standard_deviation"] == pytest.approx(np.std([2 * one.min() for one in blends], ddof=1), rel=1e-5)
    assert lowest["draws"] == 3
    # A task between the passes is done for the study as it stands and every draw; a pass has six tiles of 32 cells.
    between = [(tiles, words) for tiles, words in progress.begun if not words.startswith("3 draws: ")]
    assert between == [(4, "lifted"), (4, "lifted"), (4, "lowest"), (4, "lowest")]
    assert [tiles for tiles, words in progress.begun if words.startswith("3 draws: ")] == [6, 6]
    assert progress.tiles == sum(tiles for tiles, _ in progress.begun)
    receipt = json.loads((small.out / "draws" / "receipts" / "lowest.json").read_text())
    assert receipt["columns"]["mean"] == "float64"
    assert receipt["cells_lost_in_some_draw"] == {}
    assert receipt["draws_for_shares"] == 7
    assert list(receipt["files"]) == ["tables/lowest_draws.csv"]
    assert receipt["years"] == [2000, 2020]
    receipt = json.loads((small.out / "draws" / "receipts" / "blend.json").read_text())
    assert "columns" not in receipt
    assert receipt["cells_lost_in_some_draw"] == {}


def test_tables_that_are_shipped_are_drawn_and_those_made_of_them_and_of_sums_too(small):
    draw(small, "times", "total")
    height = small.cells("elevation.tif")
    classes, factors = coefficients(small)
    assert ((factors >= 1) & (factors <= 2)).all()
    times = table(small, "times_draws").set_index("code")
    np.testing.assert_allclose(times["mean"], factors.mean(axis=0) * height.max(), rtol=1e-6)
    np.testing.assert_allclose(times["standard_deviation"], factors.std(axis=0, ddof=1) * height.max(), rtol=1e-6)
    total = table(small, "total_draws").set_index("year").loc[2020]
    codes = small.cells("land_cover_2020.tif")
    wanted = [
        np.vectorize(drawn.get)(codes).sum() / height.sum() * two.sum()
        for drawn, two in zip(classes, factors, strict=True)
    ]
    assert total["mean"] == pytest.approx(np.mean(wanted), rel=1e-5)
    assert total["standard_deviation"] == pytest.approx(np.std(wanted, ddof=1), rel=1e-4)
    assert total["draws"] == 3


def test_a_table_with_its_own_years_keeps_them():
    def frame(**columns):
        return pd.DataFrame({"value": [1.0]} | columns)

    draw = Draw(1, {}, values={Node("a"): frame(), Node("b", 2000): frame(), Node("b", 2020): frame()})
    pd.testing.assert_frame_equal(_all_years("a", draw), frame())
    assert _all_years("b", draw)["year"].tolist() == [2000, 2020]
    draw = Draw(1, {}, values={Node("c", 2020): frame(year=[1990]), Node("d"): frame(year=[1980])})
    assert _all_years("c", draw)["year"].tolist() == [1990]
    assert _all_years("d", draw)["year"].tolist() == [1980]


def test_what_breaks_without_any_draw_breaks_as_it_is(small):
    broken = "    raise ValueError('never')\n    return smooth + 1000"
    small.own_words(OWN_WORDS, OWN_STEPS.replace("    return smooth + 1000", broken))
    with pytest.raises(ValueError, match=r"^never$"):
        draw(small, "blend")


def test_the_key_knows_the_draws_the_seed_and_what_is_uncertain():
    keys = {
        drawing(number, uncertain, quantiles)._keys(["wet"])["wet"]
        for number, uncertain, quantiles in (
            (5, (RAIN,), ()), (6, (RAIN,), ()), (5, (RAIN, LAPSE), ()), (5, (RAIN,), (5,)),
        )
    }  # fmt: skip
    assert len(keys) == 4
    assert drawing(5, (RAIN,))._keys(["wet"]) == drawing(5, (RAIN, OTHER))._keys(["wet"])
