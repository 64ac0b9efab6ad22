import geopandas
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from tests.chapters.pattern.red_line_cells import HEIGHT, WIDTH, on_disk
from tests.chapters.pattern.red_line_cells import box as grid_box

from shanshui.base.step import Series
from shanshui.chapters import catalogue
from shanshui.chapters.pattern.protected_areas.national_park_conditions import Measure, judged
from shanshui.chapters.pattern.protected_areas.national_parks import (
    national_park_candidates,
    natural_land,
    present_population_density,
)

SCALE = 0.9996
LEFT, TOP = 500_000, 2_600_000
SHAPE = (8, 12)
CELL_HA = WIDTH * HEIGHT / 1e4 / SCALE**2
ASKED = {
    "protected_area_gap_m": 50.0,
    "national_park_area_km2": 1.5,
    "national_park_population_density": 200.0,
    "national_park_natural_percent": 75.0,
    "national_park_extreme_percent": 50.0,
    "national_park_national_percent": 50.0,
    "national_park_species_percent": 50.0,
}


def box(row, column, height, width):
    """Give a box by cells."""
    x, y = LEFT + column * WIDTH, TOP - row * HEIGHT
    return shapely.box(x, y - height * HEIGHT, x + width * WIDTH, y)


def register(*rows):
    columns = ["area", "name", "name_zh", "category", "level", "geometry"]
    return geopandas.GeoDataFrame(list(rows), columns=columns, geometry="geometry", crs="EPSG:32649")


def of_gaps(*rows):
    columns = ["gap", "nearest", "distance_m", "geometry"]
    frame = geopandas.GeoDataFrame(list(rows), columns=columns, geometry="geometry", crs="EPSG:32649")
    return frame.assign(area_ha=frame.geometry.area / 1e4 / SCALE**2)


def candidates(folder, areas, pairs=(), gaps=(), importance=None, tile=5, **given_ones):
    rasters = {}
    for name in ("natural_land", "present_population_density", "threatened_species_richness"):
        cells = given_ones.pop(name, None)
        rasters[name] = None if cells is None else on_disk(folder, np.asarray(cells, np.float32), tile)
    importance = np.ones(SHAPE) if importance is None else importance
    return national_park_candidates(
        on_disk(folder, np.asarray(importance, np.int32), tile),
        on_disk(folder, np.full(SHAPE, WIDTH * HEIGHT, np.float32), tile),
        register(*areas),
        pd.DataFrame(list(pairs), columns=["area", "other"]),
        of_gaps(*gaps),
        **rasters,
        **(ASKED | given_ones),
        geobox=grid_box(SHAPE),
    )


# 4 x 3 cells and 2 x 3, which share 2 x 1; a third apart.
A = ("A", "Alpha", "甲", "national_park", "national", box(0, 0, 4, 3))
B = ("B", "Beta", "", "forest_park", "county", box(2, 2, 2, 3))
C = ("C", "", "丙", "nature_reserve", "provincial", box(0, 9, 4, 2))
GAPS = (7, "B", 0.0, box(4, 0, 2, 2)), (3, "A", 49.0, box(4, 2, 1, 4)), (1, "C", 51.0, box(6, 9, 2, 2))


def test_clusters_and_the_gaps_beside_them(tmp_path):
    table = candidates(tmp_path, [A, B, C], [("B", "A")], GAPS)
    assert list(table) == list(catalogue().vocabulary["national_park_candidates"].columns)
    table = table.set_index("candidate").sort_index()
    assert table["areas"].tolist() == ["A; B", "C"]
    assert table["names"].tolist() == ["Alpha; Beta", "丙"]
    assert table["names_zh"].tolist() == ["甲；Beta", "丙"]
    assert table["gaps"].tolist() == ["3; 7", ""]
    assert table["national_park"].tolist() == ["A", ""]
    # 12 + 6 - 2 cells, 4 + 4 of gaps.
    assert table["protected_ha"].tolist() == pytest.approx([16 * CELL_HA, 8 * CELL_HA], rel=1e-5)
    assert table["gap_ha"].tolist() == pytest.approx([8 * CELL_HA, 0], rel=1e-5)
    assert table["area_ha"].tolist() == pytest.approx([24 * CELL_HA, 8 * CELL_HA], rel=1e-5)
    assert table["national_percent"].tolist() == pytest.approx([75, 0], rel=1e-6)
    apart = candidates(tmp_path, [A, B, C], [], GAPS).set_index("candidate").sort_index()
    assert apart["areas"].tolist() == ["A", "B", "C"]
    assert apart["gaps"].tolist() == ["3", "7", ""]
    # By a chain all are one.
    assert candidates(tmp_path, [A, B, C], [("C", "B"), ("B", "A")])["areas"].tolist() == ["A; B; C"]


def test_areas_on_the_same_ground_count_once(tmp_path):
    twin = ("D", "", "", "nature_reserve", "national", box(1, 1, 3, 2))
    table = candidates(tmp_path, [A, twin], [("A", "D")])
    assert table["protected_ha"].tolist() == pytest.approx([12 * CELL_HA], rel=1e-5)
    assert table["national_percent"].tolist() == pytest.approx([100])
    parts = (*C[:5], box(0, 9, 4, 1)), (*C[:5], box(0, 10, 4, 1))
    assert candidates(tmp_path, parts)["protected_ha"].tolist() == pytest.approx([8 * CELL_HA], rel=1e-5)


def test_every_measure_by_hand(tmp_path):
    natural, people, species = np.ones(SHAPE), np.full(SHAPE, 10.0), np.zeros(SHAPE)
    importance = np.ones(SHAPE)
    # Of C's 8 cells: 2 not natural, 1 unknown; 3 extremely important, 1 important, 1 unknown; people in two.
    natural[0, 9:11], natural[3, 9] = 0, np.nan
    importance[0, 9:11] = importance[1, 9] = 3
    importance[1, 10], importance[2, 9] = 2, -1
    people[0, 9:11], people[3, 9:11] = 410, np.nan
    species[2, 10], species[7, 0], species[5, 5] = 3, 8, np.nan
    keywords = {"natural_land": natural, "present_population_density": people, "threatened_species_richness": species}
    row = candidates(tmp_path, [C], importance=importance, **keywords).iloc[0]
    assert row["natural_percent"] == pytest.approx(100 * 5 / 7)
    assert row["extreme_percent"] == pytest.approx(100 * 3 / 7)
    assert row["population_density"] == pytest.approx((2 * 410 + 4 * 10) / 6)
    assert row["species_percent"] == pytest.approx(100 * 3 / 8)
    assert row["national_percent"] == 0
    # Representative: 0 and 37.5 of 50; important: 42.857 of 50, 71.43 of 75, 0.8006 of 1.5 km2; feasible: 143 of 200.
    assert [*row[["representative", "important", "feasible", "criteria_met"]]] == [0, 0, 1, 1]
    important = (42.857143 / 50 + 71.428571 / 75 + 8 * CELL_HA / 150) / 3
    assert row["score"] == pytest.approx(100 * ((0 + 0.75) / 2 + important + 1) / 3, rel=1e-5)
    assert row["reason"] == (
        "National representativeness is not met: protected land of national level 0 %, at least 50 asked; "
        "greatest richness of threatened species against the region's 38 %, at least 50 asked. "
        "Ecological importance is not met: extremely important land 43 %, at least 50 asked; "
        "natural land 71 %, at least 75 asked; area 1 km2, at least 2 asked. "
        "Feasibility of management is met: population density 143 persons/km2, at most 200 asked."
    )
    assert row["reason_zh"] == (
        "国家代表性不满足：国家级自然保护地占比0%（要求不低于50）；受威胁物种丰富度峰值占全区峰值38%（要求不低于50）。"
        "生态重要性不满足：极重要区占比43%（要求不低于50）；自然生态系统占比71%（要求不低于75）；面积1平方千米（要求不低于2）。"
        "管理可行性满足：人口密度143人/平方千米（要求不高于200）。"
    )


@pytest.mark.parametrize(
    ("name", "lenient", "strict", "condition"),
    [
        ("national_park_area_km2", 0.8, 0.81, "important"),
        ("national_park_natural_percent", 49, 51, "important"),
        ("national_park_extreme_percent", 24, 26, "important"),
        ("national_park_national_percent", 99, 100.1, "representative"),
        ("national_park_species_percent", 99, 100.1, "representative"),
        ("national_park_population_density", 31, 29, "feasible"),
    ],
)
def test_each_threshold_decides(tmp_path, name, lenient, strict, condition):
    half, quarter = np.ones(SHAPE), np.ones(SHAPE)
    half[:2, 9:11], quarter[0, 9:11] = 0, 3
    area = (*C[:4], "national", C[5])
    keywords = {
        "natural_land": half,
        "present_population_density": np.full(SHAPE, 30.0),
        "threatened_species_richness": np.full(SHAPE, 2.0),
        "importance": quarter,
        "national_park_natural_percent": 10,
        "national_park_extreme_percent": 10,
        "national_park_area_km2": 0.1,
    }
    conditions = ["representative", "important", "feasible"]
    for asked, met in ((lenient, 1), (strict, 0)):
        row = candidates(tmp_path, [area], **(keywords | {name: asked})).iloc[0]
        assert row[condition] == met
        assert row[conditions].sum() == row["criteria_met"] == 2 + met
        assert (row["score"] == pytest.approx(100)) == bool(met)


def test_what_is_not_known_is_not_judged(tmp_path):
    table = candidates(tmp_path, [A], importance=np.full(SHAPE, -1))
    row = table.iloc[0]
    assert np.isnan(
        row[["natural_percent", "extreme_percent", "population_density", "species_percent", "feasible"]].astype(float)
    ).all()
    # 12 cells of 1.2 km2 on 1.5.
    assert row["score"] == pytest.approx(100 * (1 + 12 * CELL_HA / 150) / 2, rel=1e-5)
    assert row["criteria_met"] == 1
    assert row["reason"].endswith("Feasibility of management is not known.")
    assert row["reason_zh"].endswith("管理可行性未知。")
    # Where the region has no threatened species, no place has a share of them; nor has one beyond the grid.
    assert np.isnan(candidates(tmp_path, [A], threatened_species_richness=np.zeros(SHAPE))["species_percent"][0])
    assert candidates(tmp_path, [A], threatened_species_richness=np.ones(SHAPE))["species_percent"][0] == 100
    beyond = (*A[:5], box(0, 100, 2, 2))
    row = candidates(tmp_path, [beyond], threatened_species_richness=np.ones(SHAPE), natural_land=np.ones(SHAPE)).iloc[
        0
    ]
    assert np.isnan([row["species_percent"], row["natural_percent"]]).all()


def test_the_rank_goes_by_conditions_then_score_then_area(tmp_path):
    def area(key, level, *place):
        return (key, "", "", "nature_reserve", level, box(*place))

    # By its size alone the larger of two county ones has the better score; the national one meets a condition more.
    rows = [area("S", "county", 0, 0, 2, 2), area("L", "county", 0, 4, 2, 4), area("N", "national", 6, 0, 1, 1)]
    table = candidates(tmp_path, rows)
    assert table["areas"].tolist() == ["N", "L", "S"]
    assert table["rank"].tolist() == [1, 2, 3]
    assert table["candidate"].tolist() == [3, 2, 1]
    # Large enough both: equal scores, and the larger comes first.
    assert candidates(tmp_path, rows, national_park_area_km2=0.01)["areas"].tolist() == ["N", "L", "S"]
    assert candidates(tmp_path, rows[::-1], national_park_area_km2=0.01)["areas"].tolist() == ["N", "L", "S"]


def test_whatever_the_tiles(tmp_path):
    random = np.random.default_rng(3)
    keywords = {
        name: random.random(SHAPE) * 9 for name in ("present_population_density", "threatened_species_richness")
    }
    tables = [candidates(tmp_path, [A, B, C], [("A", "B")], GAPS, tile=tile, **keywords) for tile in (2, 5, 16)]
    for other in tables[1:]:
        assert tables[0].equals(other)


def test_an_empty_register(tmp_path):
    table = candidates(tmp_path, [])
    assert len(table) == 0
    assert list(table) == list(catalogue().vocabulary["national_park_candidates"].columns)


def test_natural_land_and_people_of_the_last_year():
    land = Series({2010: np.array([[53, 53, 53]]), 2020: np.array([[94, 62, -1]])})
    assert natural_land(land).tolist() == [[1, 0, pytest.approx(np.nan, nan_ok=True)]]
    assert natural_land(land).dtype == np.float32
    assert natural_land(Series({None: np.array([[49, 50, 69, 70]])})).tolist() == [[1, 0, 0, 1]]
    people = Series({2000: np.array([[1.0]]), 2020: np.array([[5.0]])})
    assert present_population_density(people).tolist() == [[5.0]]


MEASURES = [
    Measure("a", "representative", 50.0, True, "a", "甲"),
    Measure("b", "important", 20.0, True, "b", "乙"),
    Measure("c", "important", 10.0, False, "c", "丙"),
]


def test_half_of_what_is_asked_is_half_a_score():
    table = judged(pd.DataFrame({"a": [25.0, 60.0], "b": [20.0, np.nan], "c": [40.0, 0.0]}), MEASURES)
    # 0.5 and (1 + 0.25) / 2; then 1 and 1: what is low enough is good, and no value is too low.
    assert table["score"].tolist() == pytest.approx([100 * (0.5 + 0.625) / 2, 100])
    assert table["representative"].tolist() == [0, 1]
    assert table["important"].tolist() == [0, 1]
    assert table["criteria_met"].tolist() == [0, 2]
    assert table["feasible"].isna().all()


@given(st.lists(st.floats(0, 1e6), min_size=3, max_size=3), st.floats(1, 10))
def test_better_is_never_worse(values, more):
    a, b, c = values
    table = pd.DataFrame({"a": [a, a * more], "b": [b, b * more], "c": [c * more, c]})
    found = judged(table, MEASURES)
    assert found["score"][0] <= found["score"][1] + 1e-9
    assert found["criteria_met"][0] <= found["criteria_met"][1]
    assert found["score"].between(0, 100).all()
    assert (found.loc[found["criteria_met"] == 2, "score"] == 100).all()
