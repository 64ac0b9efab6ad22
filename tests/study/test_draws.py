"""Draws of what is uncertain: against analytic answers, and the same for every tile size and number of threads."""

import json
import math

import numpy as np
import pandas as pd
import pytest
import rasterio

CLASSES = "code,coefficient\n1,0.1\n2,0.2\n3,0.3\n4,0.4\n5,0.5\n"
C = {1: 0.1, 2: 0.2, 3: 0.3, 4: 0.4, 5: 0.5}
TABLE = '[tables.cover_management_by_class]\npath = "classes.csv"\n'
NORMAL = '[uncertainty.cover_management_by_class]\ndistribution = "normal"\nrelative = true\nstandard_deviation = 0.1\n'
ELEVATION = '[uncertainty.elevation]\ndistribution = "normal"\nstandard_deviation = 3.0\n'

WORDS = """
[blend]
shape = "cell"
measure = "intensive"
unit = "1"
english = "a"
chinese = "和"
meaning = "A."

[blend_sums]
shape = "sums"
english = "b"
chinese = "和"
meaning = "B."

[blend_by_zone]
shape = "table"
english = "c"
chinese = "表"
meaning = "C."
columns = { zoning = "z", zone = "z", year = "y", mean = "m", area_ha = "a" }
"""
STEPS = """
import numpy as np
import pandas as pd

from shanshui.base.step import Series, step
from shanshui.science.zone_sums import sum_by_zone
from shanshui.science.zone_tables import means_by_zone


@step
def blend(cover_management, elevation):
    '''A linear model.'''
    return 100 * cover_management + elevation


@step
def blend_sums(blend, zone_cover, cell_area, zones):
    '''Sums.'''
    return sum_by_zone(zone_cover, blend, cell_area, len(zones))


@step
def blend_by_zone(blend_sums: Series, zones):
    '''Means.'''
    return means_by_zone(blend_sums, zones, "blend")
"""


@pytest.fixture
def uncertain(study):
    study.file("classes.csv", CLASSES)
    study.add(TABLE)
    return study


def drawn(study, name):
    with rasterio.open(study.out / "draws" / "rasters" / f"{name}.tif") as source:
        return source.read(1)


def table(study, name):
    return pd.read_csv(study.out / "draws" / "tables" / f"{name}.csv")


def receipt(study, name):
    return json.loads((study.out / "draws" / "receipts" / f"{name}.json").read_text())


def by_code(study, values):
    return np.vectorize(values.get)(study.cells("land_cover_2020.tif"))


@pytest.mark.parametrize(
    ("numbers", "deviation"),
    [
        ('distribution = "normal"\nrelative = true\nstandard_deviation = 0.1', lambda c: 0.1 * c),
        ('distribution = "normal"\nstandard_deviation = 0.02', lambda c: 0.02),
        ('distribution = "uniform"\nrelative = true\nlow = 0.7\nhigh = 1.3', lambda c: 0.6 * c / math.sqrt(12)),
        # A triangle from 0.8 c to 1.2 c with its peak at c: variance (0.4 c)^2 / 24.
        ('distribution = "triangular"\nrelative = true\nlow = 0.8\nhigh = 1.2', lambda c: 0.4 * c / math.sqrt(24)),
    ],
)
def test_mean_and_deviation_of_every_class_are_those_of_its_distribution(uncertain, numbers, deviation):
    uncertain.add(f"[uncertainty.cover_management_by_class]\n{numbers}")
    assert uncertain.run("cover_management", "--draws", "400").code == 0
    expected = by_code(uncertain, C)
    np.testing.assert_allclose(drawn(uncertain, "cover_management_mean_2020"), expected, rtol=1e-3)
    deviations = by_code(uncertain, {code: deviation(value) for code, value in C.items()})
    np.testing.assert_allclose(drawn(uncertain, "cover_management_standard_deviation_2020"), deviations, rtol=0.02)
    # Every class was drawn for itself.
    values = table(uncertain, "draws").pivot_table("value", "draw", "uncertain")
    assert values.shape == (400, 5)
    assert (values.corr().abs().to_numpy() - np.eye(5)).max() < 0.2


def test_a_class_may_have_its_own_deviation(uncertain):
    uncertain.add(
        NORMAL + '[uncertainty.cover_management_by_class.classes]\n"4" = { standard_deviation = 0.2 }\n"5" = {}'
    )
    assert uncertain.run("cover_management", "--draws", "300").code == 0
    deviations = by_code(uncertain, {1: 0.01, 2: 0.02, 3: 0.03, 4: 0.08, 5: 0.0})
    found = drawn(uncertain, "cover_management_standard_deviation_2020")
    np.testing.assert_allclose(found, deviations, rtol=0.02, atol=1e-7)


def test_all_numbers_of_a_row_are_multiplied_together(study):
    """The shipped table has six numbers a class, by cover; whatever the cover, the deviation is a tenth."""
    study.raster("cover.tif", np.tile(np.linspace(0.02, 0.98, 80, dtype=np.float32), (60, 1)), nodata=-1.0)
    study.add('[layers.vegetation_cover]\npath = "cover.tif"\n' + NORMAL.replace("by_class", "table"))
    assert study.run("cover_management", "--draws", "100").code == 0
    mean = drawn(study, "cover_management_mean_2020")
    forest = study.cells("land_cover_2020.tif") == 1
    assert len(np.unique(mean[forest].round(5))) == 6
    deviation = drawn(study, "cover_management_standard_deviation_2020")
    np.testing.assert_allclose(deviation[forest], 0.1 * mean[forest], rtol=0.03)
    study.edit("relative = true\n", "")
    told = study.run("cover_management", "--draws", "100")
    told.one("uncertainty.cover_management_table.column", "is not said", "relative = true", "over_90")


def test_quantiles_are_those_of_the_distribution(uncertain):
    uncertain.add(
        "[draws]\nquantiles = [5, 95]\n[uncertainty.cover_management_by_class]\n"
        'distribution = "uniform"\nrelative = true\nlow = 0.0\nhigh = 2.0'
    )
    assert uncertain.run("cover_management", "--draws", "500").code == 0
    expected = by_code(uncertain, C)
    np.testing.assert_allclose(drawn(uncertain, "cover_management_quantile_05_2020"), 0.1 * expected, rtol=0.05)
    np.testing.assert_allclose(drawn(uncertain, "cover_management_quantile_95_2020"), 1.9 * expected, rtol=0.01)


def test_a_linear_model_gives_the_analytic_answer_by_cell_and_zone_and_its_shares(uncertain):
    uncertain.own_words(WORDS, STEPS)
    uncertain.add(NORMAL + ELEVATION)
    told = uncertain.run("blend", "blend_by_zone", "--trust", "--draws", "600")
    assert told.code == 0, told.err
    codes = uncertain.cells("land_cover_2020.tif")
    c = by_code(uncertain, C)
    np.testing.assert_allclose(
        drawn(uncertain, "blend_mean_2020"), 100 * c + uncertain.cells("elevation.tif"), rtol=1e-3
    )
    deviation = np.sqrt((100 * 0.1 * c) ** 2 + 3.0**2)
    # The standard deviation of 600 draws is known to 1 / sqrt(1200), 2.9 %.
    np.testing.assert_allclose(drawn(uncertain, "blend_standard_deviation_2020"), deviation, rtol=0.09)

    draws = table(uncertain, "blend_by_zone_draws")
    region = draws[(draws["zoning"] == "region") & (draws["zone"] != "(outside)") & (draws["year"] == 2020)]
    mean = region[region["column"] == "mean"].iloc[0]
    assert mean["mean"] == pytest.approx((100 * c + uncertain.cells("elevation.tif")).mean(), rel=1e-3)
    parts = {code: 100 * 0.1 * C[code] * (codes == code).mean() for code in C}
    variance = 3.0**2 + sum(part**2 for part in parts.values())
    assert mean["standard_deviation"] == pytest.approx(math.sqrt(variance), rel=0.09)
    area = region[region["column"] == "area_ha"].iloc[0]
    assert area["standard_deviation"] == pytest.approx(0, abs=1e-9)
    assert set(draws["draws"]) == {600}

    shares = table(uncertain, "blend_by_zone_shares")
    own = shares[(shares["zoning"] == "region") & (shares["zone"] != "(outside)") & (shares["year"] == 2020)]
    found = own.set_index("uncertain")["share_percent"]
    assert found["elevation"] == pytest.approx(100 * 9 / variance, abs=3)
    assert found["cover_management_by_class"] == pytest.approx(100 - 100 * 9 / variance, abs=3)
    assert found["together, and by bends"] == pytest.approx(0, abs=1e-6)
    assert found.sum() == pytest.approx(100)


def test_threads_and_tiles_change_no_byte(make_study):
    found = []
    for tile, threads in ((16, "1"), (16, "3"), (64, "2")):
        study = make_study(f"study{tile}{threads}")
        study.edit("tile = 32", f"tile = {tile}")
        study.file("classes.csv", CLASSES)
        study.own_words(WORDS, STEPS)
        study.add(TABLE + "[draws]\nquantiles = [5, 50]\n" + NORMAL + ELEVATION)
        told = study.run("blend", "blend_by_zone", "slope", "--trust", "--draws", "20", "--threads", threads)
        assert told.code == 0, told.err
        files = sorted((study.out / "draws").rglob("*.*"))
        # The key, in the receipts, knows the tile size; the products do not.
        found.append({f.relative_to(study.out).as_posix(): f.read_bytes() for f in files if f.suffix != ".json"})
    assert len(found[0]) == 2 * 4 + 4 + 3
    assert found[0] == found[1] == found[2]


def test_no_draws_are_a_plain_run(make_study):
    plain, none = make_study("plain"), make_study("none")
    for study in (plain, none):
        study.file("classes.csv", CLASSES)
        study.add(TABLE + NORMAL)
    assert plain.run("cover_management").code == 0
    assert none.run("cover_management", "--draws", "0").code == 0
    assert plain.products() == none.products()
    assert not (none.out / "draws").exists()


def test_draws_leave_the_plain_products_as_they_are(make_study):
    plain, drew = make_study("plain"), make_study("drew")
    for study in (plain, drew):
        study.file("classes.csv", CLASSES)
        study.add(TABLE + NORMAL)
    assert plain.run("cover_management").code == 0
    assert drew.run("cover_management", "--draws", "5").code == 0
    assert plain.products().items() <= drew.products().items()


def test_only_what_is_stale_is_drawn(uncertain):
    uncertain.add(NORMAL)
    assert "drew cover_management" in uncertain.run("cover_management", "--draws", "5").out
    assert "nothing to draw" in uncertain.run("cover_management", "--draws", "5").out
    assert "drew cover_management" in uncertain.run("cover_management", "--draws", "6").out
    assert "drew cover_management" in uncertain.run("cover_management", "--draws", "6", "--seed", "9").out
    uncertain.edit("standard_deviation = 0.1", "standard_deviation = 0.11")
    assert "drew cover_management" in uncertain.run("cover_management", "--draws", "6", "--seed", "9").out


def test_the_seed_decides_the_draws_and_another_uncertain_thing_does_not_change_them(uncertain):
    uncertain.add(NORMAL)
    assert uncertain.run("cover_management", "--draws", "7", "--seed", "1").code == 0
    first = table(uncertain, "draws")
    uncertain.add(ELEVATION)
    assert uncertain.run("cover_management", "--draws", "7", "--seed", "1").code == 0
    assert uncertain.run("slope", "--draws", "7", "--seed", "1").code == 0
    again = table(uncertain, "draws")
    pd.testing.assert_frame_equal(again[again["uncertain"] != "elevation"], first)
    assert uncertain.run("cover_management", "--draws", "7", "--seed", "2").code == 0
    assert not np.allclose(table(uncertain, "draws")["value"][:7], first["value"][:7])


def test_what_was_drawn_and_from_where_stands_in_the_receipt(uncertain):
    uncertain.add(NORMAL.replace("relative", 'source = "a paper"\nrelative'))
    assert uncertain.run("cover_management", "--draws", "5").code == 0
    told = receipt(uncertain, "cover_management")
    assert (told["draws"], told["seed"], told["unit"]) == (5, 1, "1")
    (one,) = told["uncertain"]
    assert (one["name"], one["kind"], one["source"]) == ("cover_management_by_class", "table", "a paper")
    assert one["distributions"]["cover_management_by_class 3"]["standard_deviation"] == pytest.approx(0.03)


def test_a_layer_is_multiplied_by_one_number_for_the_whole_region(uncertain):
    uncertain.add('[uncertainty.elevation]\ndistribution = "normal"\nrelative = true\nstandard_deviation = 0.2')
    uncertain.own_words(
        WORDS.partition("[blend_sums]")[0],
        "from shanshui.base.step import step\n\n\n@step\ndef blend(elevation):\n    '''Twice.'''\n"
        "    return 2 * elevation\n",
    )
    assert uncertain.run("blend", "--trust", "--draws", "300").code == 0
    height = uncertain.cells("elevation.tif")
    np.testing.assert_allclose(drawn(uncertain, "blend_mean"), 2 * height, rtol=1e-3)
    np.testing.assert_allclose(drawn(uncertain, "blend_standard_deviation"), 0.4 * height, rtol=0.01)


def test_what_is_added_to_a_layer_raises_it_within_its_range(uncertain):
    """Between 1000 and 3000 m more, held at the 9000 m that elevation ends at."""
    uncertain.raster("elevation.tif", np.full((60, 80), 7500, np.float32), nodata=-9999.0)
    uncertain.add('[uncertainty.elevation]\ndistribution = "uniform"\nlow = 1000.0\nhigh = 3000.0')
    uncertain.own_words(
        WORDS.partition("[blend_sums]")[0],
        "from shanshui.base.step import step\n\n\n@step\ndef blend(elevation):\n    '''Once.'''\n"
        "    return 1 * elevation\n",
    )
    assert uncertain.run("blend", "--trust", "--draws", "200").code == 0
    # A quarter of the draws lies below 1500 m more, at 1250 in the mean; the rest stands at the end of the range.
    np.testing.assert_allclose(drawn(uncertain, "blend_mean"), 0.25 * (7500 + 1250) + 0.75 * 9000, rtol=1e-3)


def test_a_parameter_of_the_policy_pack_is_drawn(uncertain):
    """Net productivity is a share of 1000 g: between 400 and 600 g, with the deviation of a uniform distribution."""
    uncertain.add('[layers.gross_primary_productivity]\nvalue = 1000\nunit = "g/m**2/year"')
    uncertain.add('[uncertainty.carbon_use_efficiency]\ndistribution = "uniform"\nlow = 0.4\nhigh = 0.6')
    assert uncertain.run("net_primary_productivity", "--draws", "200").code == 0
    np.testing.assert_allclose(drawn(uncertain, "net_primary_productivity_mean"), 500, rtol=1e-3)
    deviation = drawn(uncertain, "net_primary_productivity_standard_deviation")
    np.testing.assert_allclose(deviation, 200 / math.sqrt(12), rtol=0.01)
    uncertain.edit("low = 0.4", "low = -0.4")
    told = uncertain.run("net_primary_productivity", "--draws", "200")
    told.one("uncertainty.carbon_use_efficiency", "reaches -0.4", "the range is 0.1 to 0.9")


def test_what_a_step_takes_as_a_whole_is_drawn_too(uncertain):
    uncertain.own_words(
        WORDS.partition("[blend_sums]")[0],
        """
import numpy as np

from shanshui.base.raster import WholeRaster
from shanshui.base.step import step


@step
def blend(cover_management: WholeRaster, elevation: WholeRaster) -> WholeRaster:
    '''Less the mean of all.'''
    total = sum(float(cover_management.read(tile).sum()) for tile in cover_management.tiles())
    out = elevation.blank(np.float32)
    for tile in out.tiles():
        out.write(tile, elevation.read(tile) - total)
    return out
""",
    )
    uncertain.add(NORMAL + ELEVATION)
    told = uncertain.run("blend", "--trust", "--draws", "400")
    assert told.code == 0, told.err
    codes = uncertain.cells("land_cover_2020.tif")
    total = sum(C[code] * (codes == code).sum() for code in C)
    np.testing.assert_allclose(drawn(uncertain, "blend_mean_2020"), uncertain.cells("elevation.tif") - total, rtol=0.01)
    deviation = math.sqrt(9 + sum((0.1 * C[code] * (codes == code).sum()) ** 2 for code in C))
    np.testing.assert_allclose(drawn(uncertain, "blend_standard_deviation_2020"), deviation, rtol=0.09)
    assert not list(uncertain.out.glob(".whole-*"))


def test_of_classes_the_share_of_draws_that_agree_is_kept(uncertain):
    uncertain.own_words(
        '[blend]\nshape = "cell"\nmeasure = "class"\nmaximum = 9\nenglish = "a"\nchinese = "级"\nmeaning = "A."\n',
        "import numpy as np\n\nfrom shanshui.base.step import step\n\n\n@step\ndef blend(cover_management):\n"
        "    '''Above or not.'''\n    return np.where(cover_management > 0.33, 2, 1).astype(np.int32)\n",
    )
    uncertain.add(
        '[uncertainty.cover_management_by_class]\ndistribution = "uniform"\nrelative = true\nlow = 0.7\nhigh = 1.3'
    )
    assert uncertain.run("blend", "--trust", "--draws", "200").code == 0
    # 0.3 is above 0.33 from 1.1 on, a third of the draws; 0.4 below it up to 0.825, 5 of 24; the rest never turn over.
    expected = by_code(uncertain, {1: 1.0, 2: 1.0, 3: 2 / 3, 4: 1 - 0.125 / 0.6, 5: 0.0})
    found = drawn(uncertain, "blend_confidence_2020")
    expected[expected == 0] = 1 - 0.0 / 0.6  # 0.5 falls to 0.35 at the least
    np.testing.assert_allclose(found, expected, atol=0.006)


def test_a_draw_that_breaks_a_step_is_named(uncertain):
    uncertain.own_words(
        WORDS.partition("[blend_sums]")[0],
        "from shanshui.base.step import step\n\n\n@step\ndef blend(cover_management):\n    '''Fails.'''\n"
        "    if cover_management.max() > 0.55:\n        raise ValueError('more than 0.55')\n"
        "    return cover_management\n",
    )
    uncertain.add(NORMAL)
    told = uncertain.run("blend", "--trust", "--draws", "40")
    told.one("uncertainty", "breaks blend_2000: more than 0.55", "narrow the distributions")
    assert not uncertain.leftovers()


def test_cells_that_a_draw_leaves_without_a_value_are_counted_and_have_none(uncertain):
    uncertain.own_words(
        WORDS.partition("[blend_sums]")[0],
        "import numpy as np\n\nfrom shanshui.base.step import step\n\n\n@step\ndef blend(cover_management):\n"
        "    '''Half a root.'''\n    return np.where(cover_management > 0.45, np.nan, cover_management)\n",
    )
    uncertain.add(NORMAL)
    assert uncertain.run("blend", "cover_management", "--trust", "--draws", "100").code == 0
    codes = uncertain.cells("land_cover_2020.tif")
    assert np.isnan(drawn(uncertain, "blend_mean_2020"))[codes == 4].all()
    np.testing.assert_array_equal(np.isnan(drawn(uncertain, "blend_mean_2020")), codes >= 4)
    lost = {f"blend_{year}": (uncertain.cells(f"land_cover_{year}.tif") == 4).sum() for year in (2000, 2020)}
    assert receipt(uncertain, "blend")["cells_lost_in_some_draw"] == lost
    assert receipt(uncertain, "cover_management")["cells_lost_in_some_draw"] == {}


@pytest.mark.parametrize(
    ("section", "key", "words"),
    [
        (
            '[uncertainty.rain_of_gold]\ndistribution = "normal"\nstandard_deviation = 1',
            "uncertainty.rain_of_gold",
            ("is no",),
        ),
        (
            '[uncertainty.land_cover]\ndistribution = "normal"\nstandard_deviation = 1',
            "uncertainty.land_cover",
            ("classes",),
        ),
        (
            '[uncertainty.slope]\ndistribution = "normal"\nstandard_deviation = 1',
            "uncertainty.slope",
            ("made from other",),
        ),
        (
            NORMAL.replace("0.1", "0.6"),
            "uncertainty.cover_management_by_class",
            ("1 puts 4.8 % of the draws below 0", "(and 4 more rows)"),
        ),
        (
            '[uncertainty.cover_management_by_class]\ndistribution = "uniform"\nlow = -0.1\nhigh = 0.4',
            "uncertainty.cover_management_by_class",
            ("reaches -0.1",),
        ),
        (
            '[uncertainty.cover_management_by_class]\ndistribution = "triangular"\nlow = 0.2\nhigh = 0.4',
            "uncertainty.cover_management_by_class",
            ("its peak is 0.1",),
        ),
        (
            NORMAL + '[uncertainty.cover_management_by_class.classes]\n"9" = { standard_deviation = 0.1 }',
            "uncertainty.cover_management_by_class.classes",
            ("has no row 9",),
        ),
        (
            ELEVATION + 'classes = { "1" = { standard_deviation = 1.0 } }',
            "uncertainty.elevation.classes",
            ("is for tables", "leave it out"),
        ),
        (ELEVATION + 'column = "coefficient"', "uncertainty.elevation.column", ("is for tables",)),
        (
            NORMAL + '[uncertainty.cover_management_by_class.classes]\n"3" = { standard_deviation = 0.9 }',
            "uncertainty.cover_management_by_class",
            ("by_class 3 puts 14 % of the draws below 0; give",),
        ),
        (NORMAL + 'column = "rain"', "uncertainty.cover_management_by_class.column", ("there is no 'rain'",)),
        (
            '[uncertainty.elevation]\ndistribution = "normal"\nlow = 1\nhigh = 2',
            "uncertainty.elevation",
            ("low and high",),
        ),
        ('[uncertainty.elevation]\ndistribution = "uniform"\nlow = 1', "uncertainty.elevation", ("go together",)),
        ('[uncertainty.elevation]\ndistribution = "normal"', "uncertainty.elevation", ("give standard_deviation",)),
        ('[uncertainty.elevation]\ndistribution = "lognormal"', "uncertainty.elevation.distribution", ("normal",)),
        ("[draws]\nquantiles = [0.05]\n" + NORMAL, "draws.quantiles", ("whole percentages",)),
    ],
)
def test_what_is_wrong_with_a_distribution_is_named(uncertain, section, key, words):
    uncertain.add(section)
    for told in (uncertain.check(), uncertain.run("cover_management", "--draws", "5")):
        told.one(key, *words)


def test_draws_of_nothing_uncertain_are_refused(uncertain):
    uncertain.run("cover_management", "--draws", "5").one("uncertainty", "nothing is uncertain")
    uncertain.add(NORMAL)
    uncertain.run("cover_management", "--draws", "1").one("--draws", "is 1", "2 and more")
    told = uncertain.run("slope", "--draws", "5")
    assert told.code == 0
    assert "slope hangs on nothing uncertain" in told.err


def test_show_and_explain_tell_the_draws_as_long_as_they_belong_to_the_product(uncertain):
    uncertain.own_words(WORDS, STEPS)
    uncertain.add("[draws]\nquantiles = [5]\n" + NORMAL.replace("relative", 'source = "a paper"\nrelative') + ELEVATION)
    assert uncertain.run("blend", "blend_by_zone", "--trust", "--draws", "50").code == 0
    at = ("explain", "--at", "503000,2597000", "--trust")
    row, column = 30, 30
    told = uncertain.cli(*at).out
    mean = drawn(uncertain, "blend_mean_2020")
    assert f"row {row}, column {column}" in told
    deviation, low = (
        drawn(uncertain, f"blend_{kind}_2020")[row, column] for kind in ("standard_deviation", "quantile_05")
    )
    assert (
        f"in 50 draws: mean {mean[row, column]:.7g}, quantile 05 {low:.7g}, standard deviation {deviation:.7g}" in told
    )
    shown = uncertain.cli("show", "blend", "--trust").out
    assert "50 draws, seed 1" in shown
    assert "table cover_management_by_class (a paper)" in shown
    assert "layer elevation (no source is given)" in shown
    shares = table(uncertain, "blend_by_zone_shares")
    region = shares[(shares["zoning"] == "region") & (shares["zone"] != "(outside)") & (shares["year"] == 2020)]
    for one in region.itertuples():
        assert f"{one.uncertain} {one.share_percent:.0f} %" in shown
    # Another coefficient: the draws that stand are of another blend.
    uncertain.file("classes.csv", CLASSES.replace("0.5", "0.6"))
    assert uncertain.run("blend", "--trust").code == 0
    assert "draws" not in uncertain.cli(*at).out
    assert "50 draws" not in uncertain.cli("show", "blend", "--trust").out


def test_with_fewer_draws_than_numbers_shares_are_not_told_and_it_is_said(uncertain):
    """Five classes and the elevation are six numbers: eight draws are the least."""
    uncertain.own_words(WORDS, STEPS)
    uncertain.add(NORMAL + ELEVATION)
    assert uncertain.run("blend", "blend_by_zone", "--trust", "--draws", "7").code == 0
    assert not (uncertain.out / "draws" / "tables" / "blend_by_zone_shares.csv").exists()
    assert "not told: that takes 8 draws" in uncertain.cli("show", "blend", "--trust").out
    assert uncertain.run("blend", "blend_by_zone", "--trust", "--draws", "8").code == 0
    assert (uncertain.out / "draws" / "tables" / "blend_by_zone_shares.csv").exists()
    assert "not told" not in uncertain.cli("show", "blend", "--trust").out
