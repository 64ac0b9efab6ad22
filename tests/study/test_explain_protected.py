"""What `shanshui explain` says of protected areas at a place."""

import shutil

import geopandas
import numpy as np
import pytest
from tests.study.adjusted_line import block
from tests.study.conftest import CRS, StudyFolder
from tests.study.test_explain import lines_at

from shanshui.study.explain_protected import _of_face, _of_plan

LAYERS = """
[layers.ecological_importance]
path = "importance.tif"

[layers.biodiversity_importance]
path = "life_{year}.tif"
years = [2000, 2020]

[layers.settlement]
path = "villages.gpkg"

[layers.mining_right]
path = "mines.gpkg"

[layers.protected_area_register]
path = "register.gpkg"

[policy.overrides]
smallest_protection_gap_ha = { value = 5, source = "small" }
"""
MADE = ("protected_area_faces", "protected_area_plan", "protected_area_gaps")
AREAS, TOMORROW, GAP = "protected areas", "protected area of tomorrow", "gap of protection"


def protected(study):
    """Wolong: rows 10 to 29, columns 10 to 29, core in its west. Yunshan, of the province, overlaps its east.

    A forest park without a name lies by itself, with a village of low value. A gap lies in the south, and in 2000 there
    was another one.
    """
    importance = np.full((60, 80), 2, np.int32)
    importance[45:50, 10:20] = 3
    importance[12:15, 62:65] = 1
    study.raster("importance.tif", importance, nodata=-1)
    life = np.ones((60, 80), np.int32)
    study.raster("life_2020.tif", life, nodata=-1)
    life[50:58, 65:75] = 3
    study.raster("life_2000.tif", life, nodata=-1)

    def drawn(file, shapes, **columns):
        study.polygons(file, geopandas.GeoDataFrame(columns, geometry=shapes, crs=CRS))

    drawn("villages.gpkg", [block(12, 62, 3, 3)])
    drawn("mines.gpkg", [block(20, 12, 2, 2), block(28, 42, 2, 1)], right=["m1", "m2"], valid_until=[2030, 2030])
    shapes = [block(10, 10, 20, 8), block(10, 18, 20, 12), block(10, 25, 20, 20), block(10, 60, 10, 10)]
    drawn(
        "register.gpkg",
        shapes,
        area=["a", "a", "b", "c"],
        name=["Wolong", "Wolong", "Yunshan", None],
        category=["nature_reserve", "nature_reserve", "wetland_park", "forest_park"],
        level=["national", "national", "provincial", "county"],
        part=["core", "experimental", "", ""],
    )
    study.add(LAYERS)
    return study


@pytest.fixture(scope="module")
def kept(pristine, tmp_path_factory):
    study = protected(StudyFolder(shutil.copytree(pristine, tmp_path_factory.mktemp("protected") / "study")))
    told = study.run(*MADE)
    assert told.code == 0, told.err
    return study


def said_at(study, row, column):
    told = lines_at(study, row, column)
    return [line.strip() for line in told[AREAS].splitlines()], told[TOMORROW], told[GAP]


# A cell of the middle of the map has 1 / 0.9996**2 = 1.0008 ha. Wolong has 20 x 8 cells of core, and with Yunshan
# 20 x 12 + 20 x 20 - 20 x 5 other ones; the forest park 10 x 10 - 3 x 3.
CORE = f"a Wolong, national nature reserve, core protection zone, {160 * 1.0008:.2f} ha"
GENERAL = f"a Wolong, national nature reserve, general control zone, {540 * 1.0008:.2f} ha"
PARK = f"c, county forest park, general control zone, {91 * 1.0008:.2f} ha"


def test_one_area_that_stays(kept):
    said, after, gap = said_at(kept, 15.5, 12.5)
    assert said[0] == "covered by a Wolong"
    assert said[1].startswith("P8: Only Wolong (national nature reserve) lies here.")
    assert said[2:] == ["zone: core protection zone", "it stays in a Wolong"]
    assert (after, gap) == (CORE, "none here")


def test_which_of_two_areas_wins_and_by_which_rule(kept):
    said, after, _ = said_at(kept, 15.5, 27.5)
    assert said[0] == "covered by a Wolong, b Yunshan"
    won = "P2: Wolong (national nature reserve) stands: Yunshan (provincial wetland park) is of a lower level (P2)."
    assert said[1].startswith(won)
    assert said[2:] == ["zone: general control zone", "it is merged into a Wolong"]
    assert after == GENERAL


def test_what_is_merged_and_which_use_withdraws(kept):
    said, after, _ = said_at(kept, 15.5, 40.5)
    assert said[0] == "covered by b Yunshan"
    assert said[1].startswith("P5: Only Yunshan (provincial wetland park) lies here. It is merged into Wolong")
    assert said[3] == "it is merged into a Wolong"
    assert after == GENERAL
    said, _, _ = said_at(kept, 20.5, 12.5)
    assert said[1].startswith("P8, P10: Only Wolong")
    assert said[3] == "it stays in a Wolong, and the uses on it (mining) withdraw step by step"


def test_what_leaves_and_what_stays_beside_it(kept):
    said, after, _ = said_at(kept, 13.5, 63.5)
    assert said[0] == "covered by c"
    assert said[1].startswith("P8, P9: Only c (county forest park) lies here.")
    # What leaves has no zone.
    assert said[2:] == ["it leaves the protected areas"]
    assert after == "none"
    said, after, _ = said_at(kept, 17.5, 63.5)
    assert said[-1] == "it stays in c"
    assert after == PARK


def test_a_gap_and_a_place_that_is_none_any_more(kept):
    said, after, gap = said_at(kept, 47.5, 15.5)
    assert (said, after) == (["none covers it"], "none")
    # 5 x 10 cells; 15 rows from the rim of Wolong.
    assert gap == (
        "gap 1, rank 1: Extremely important land outside of every protected area, 50.0 ha; "
        "the nearest is Wolong, 1.5 km away."
    )
    assert said_at(kept, 55.5, 70.5) == (["none covers it"], "none", "none here")


def test_what_becomes_of_each_action():
    """All that a face may become, and an area whose name is its key."""

    def becomes(action, **columns):
        face = {"areas": "a; b", "winner": "a", "into": "a", "zone": "", "rules": "", "holds": "settlement; mining"}
        return _of_face(face | {"action": action, "reason": "Thus."} | columns, {"a": "A", "b": "b"})

    assert becomes("keep") == ["covered by a A, b", "Thus.", "it stays in a A"]
    assert becomes("keep", rules="P1; P8", zone="park_use")[1:3] == ["P1, P8: Thus.", "zone: park-use zone"]
    managed = "it stays in a A, and the uses on it (settlement, mining) stay under management"
    assert becomes("manage")[-1] == managed
    assert becomes("withdraw")[-1] == managed.replace("stay under management", "withdraw step by step")
    assert becomes("adjust_out", into="")[-1] == "it leaves the protected areas"
    plan = {"area": "a", "name": "", "level": "national", "category": "nature_reserve", "zone": "", "area_ha": 1234.5}
    assert _of_plan(plan | {"note": "Look."}) == "a, national nature reserve, 1,234.50 ha; Look."
    assert _of_plan(plan | {"note": "", "name": "A"}) == "a A, national nature reserve, 1,234.50 ha"


def test_columns_are_not_told_again_until_they_are_stale(make_study):
    study = protected(make_study())
    assert study.run("protected_area_faces").code == 0
    told = lines_at(study, 15.5, 27.5)
    assert AREAS in told
    assert not {TOMORROW, GAP, "protected_area_faces"} & set(told)
    study.edit(
        "smallest_protection_gap_ha", "least_adjusted_out_ha = { value = 6, source = 'x' }\nsmallest_protection_gap_ha"
    )
    told = lines_at(study, 15.5, 27.5)
    assert AREAS not in told
    assert told["protected_area_faces"].endswith("(stale: run again)")
