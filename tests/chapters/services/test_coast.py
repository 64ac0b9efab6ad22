import functools
import operator
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.ndimage import distance_transform_edt

from shanshui.base.errors import StudyError
from shanshui.base.grid import Window
from shanshui.base.step import Series
from shanshui.base.zones import ZoneCover
from shanshui.chapters import catalogue
from shanshui.chapters.services.coast import (
    HABITATS,
    coast_by_segment,
    coast_distance,
    coast_legend,
    coast_of_sea,
    coast_of_segments,
    coastal_habitat_ecosystems,
    coastal_habitat_legend,
    coastal_habitat_of_ecosystem,
    coastal_protection,
    coastal_protection_sums,
    nearest_coast,
    protecting_habitat,
    protecting_habitat_legend,
    sea_of_ecosystem,
    segment_lines,
)
from shanshui.data.legends import ecosystem_scheme
from shanshui.data.scratch import ScratchRaster
from shanshui.policy.parameters import read_pack
from shanshui.science.code_sums import share_in_region, sum_by_code

NAN = np.nan
PACK = read_pack("china")
BOUNDS = {"coastal_habitat_reach": 100.0, "coastal_hinterland_distance": 200.0, "low_lying_elevation": 10.0}


def codes(rows):
    return np.array(rows, np.int32)


def cells(rows):
    return np.array(rows, np.float32)


def everything_inside(shape):
    nothing = np.empty(0)
    members = np.array([[0]], np.int32)
    return ZoneCover(np.zeros(shape, np.int32), members, nothing.astype(np.int64), nothing.astype(np.int32), nothing)


class Disk:
    """Rasters on disk, in tiles."""

    def __init__(self, folder, tile):
        self.folder, self.tile = folder, tile

    def put(self, array):
        raster = ScratchRaster(self.folder, array.shape, self.tile, array.dtype)
        raster.write(Window(0, 0, *array.shape), array)
        return raster


def read(raster):
    return raster.read(Window(0, 0, *raster.shape))


@pytest.fixture
def disk(tmp_path):
    return Disk(tmp_path, 3)


# What is sea, and what is coast


def test_sea_of_land_cover():
    found = sea_of_ecosystem(codes([[94, 91, 42, 10, -1]]))
    assert found.dtype == np.float32
    np.testing.assert_array_equal(found, [[1, 0, 0, 0, NAN]])


def test_coast_is_land_with_sea_among_its_eight_neighbours():
    sea = cells([[1, 0, 0, 0], [0, 0, 0, 0.5], [0, 0, 0, 0.49], [NAN, 0, 0, 0]])
    found = coast_of_sea(sea)
    assert found.dtype == np.int32
    assert found.tolist() == [[0, 1, 1, 1], [1, 1, 1, 0], [0, 0, 1, 1], [-1, 0, 0, 0]]


def test_the_study_s_own_lines_come_first():
    assert coast_of_segments(codes([[-1, 7, 1]])).tolist() == [[0, 1, 1]]
    assert [step.method for step in catalogue().methods("coast")] == ["segments", "sea"]


def test_distance_to_the_coast_on_either_side(disk):
    coast = codes([[0, 0, 0, 0], [0, 1, 0, 0], [0, 0, 0, -1]])
    sides = disk.put(np.full((3, 4), 30.0)), disk.put(np.full((3, 4), 40.0))
    found = read(coast_distance(disk.put(coast), *sides))
    np.testing.assert_allclose(found, [[50, 40, 50, 5200**0.5], [30, 0, 30, 60], [50, 40, 50, 5200**0.5]], rtol=1e-6)
    assert np.isnan(read(coast_distance(disk.put(coast * 0), *sides))).all()


# Habitats


def test_wetland_and_sand_are_coastal_within_reach_only():
    ecosystem = codes([[41, 42, 71, 72, 43, 94, 11, 42, 42, -1, 42]])
    distance = cells([[100, 0, 50, 50, 0, 0, 0, 100.5, NAN, 0, 99]])
    found = coastal_habitat_of_ecosystem(ecosystem, distance, coastal_habitat_ecosystems(), coastal_habitat_reach=100.0)
    assert found.dtype == np.int32
    assert found.tolist() == [[2, 1, 5, 5, 0, 0, 0, 0, 0, -1, 1]]


def test_shipped_habitats_are_known_ecosystems_and_carry_a_source():
    table = coastal_habitat_ecosystems()
    scheme = ecosystem_scheme().set_index("level2")["name"]
    assert table["name"].tolist() == scheme.loc[table["level2"]].tolist()
    assert table["source"].str.len().min() > 10
    assert set(table["status"]) == {"default"}
    assert table.columns.tolist() == list(catalogue().vocabulary["coastal_habitat_ecosystems"].columns)


def test_legends():
    for legend in (coast_legend(), coastal_habitat_legend(), protecting_habitat_legend()):
        assert legend.columns.tolist() == ["code", "name", "name_zh", "colour"]
        assert legend["colour"].is_unique
    assert coast_legend()["code"].tolist() == [0, 1]
    assert coastal_habitat_legend()["name"].tolist() == [
        "none of these",
        "mangrove",
        "salt marsh",
        "seagrass",
        "coral or oyster reef",
        "dune or beach",
    ]
    assert protecting_habitat_legend().equals(coastal_habitat_legend())
    assert coastal_habitat_legend()["code"].tolist() == [0, 1, 2, 3, 4, 5]


# A small coast by hand: cells of 100 m; two rows of sea, then land, whose first row is the coast of two segments.

SEGMENT = codes([[-1] * 8, [-1] * 8, [1, 1, 1, 1, 2, 2, 2, 2], [-1] * 8, [-1] * 8, [-1] * 8])
SEA = cells([[1] * 8] * 2 + [[0] * 8] * 4)
HABITAT = np.zeros((6, 8), np.int32)
HABITAT[1, :2] = 1  # mangrove before the first two cells of segment 1
HABITAT[3, 3] = 2  # marsh behind the last one
HABITAT[0, 7] = 4  # a reef 200 m off segment 2: out of reach
HABITAT[5, 0] = -1


def coded(disk, segment=SEGMENT, habitat=HABITAT, sea=SEA, reach=100.0):
    sides = disk.put(np.full(segment.shape, 100.0))
    rasters = disk.put(segment), disk.put(habitat), disk.put(sea)
    return read(nearest_coast(*rasters, sides, sides, coastal_habitat_reach=reach))


def test_each_cell_knows_the_segment_and_habitats_of_its_nearest_coast(disk):
    row = [33, 33, 32, 34, 64, 64, 64, 64]
    assert coded(disk).tolist() == [row] * 6
    # The reef lies 200 m off; at 150 m the mangrove and the marsh reach the cells aslant, too.
    assert coded(disk, reach=200.0)[2].tolist() == [33, 33, 35, 34, 66, 64, 64, 72]
    assert coded(disk, reach=142.0)[2].tolist() == [33, 33, 35, 34, 66, 64, 64, 64]


def test_all_five_habitats_at_one_cell(disk):
    habitat = codes([[1, 2, 3], [4, 0, 5]])
    found = coded(disk, codes([[-1, -1, -1], [-1, 9, -1]]), habitat, cells([[1, 1, 1], [0, 0, 0]]), 150.0)
    assert set(found.ravel().tolist()) == {9 * 32 + 31}


def test_a_coast_without_a_sea_is_named(disk):
    """By `check` and before a run: the step says that it needs cells of sea."""
    assert nearest_coast.step.somewhere == {"sea": 0.5}
    # No coast and no sea is no fault: there is nothing to tell.
    assert (coded(disk, segment=SEGMENT * 0 - 1, sea=SEA * np.float32(0)) == -1).all()


def test_the_map_shows_the_more_protective_habitat():
    bits = codes([[0, 1, 2, 4, 8, 16, 31, 30, 22, 20, 4, -1, 1]]) + codes([[64] * 11 + [0, 64]])
    coast = codes([[1] * 12 + [0]])
    found = protecting_habitat(coast, bits)
    assert found.dtype == np.int32
    assert found.tolist() == [[0, 1, 2, 3, 4, 5, 1, 4, 2, 5, 3, -1, -1]]


def sums_by_hand(**changes):
    exposure = np.full((6, 8), NAN, np.float32)
    exposure[2] = [1000, 2000, 3000, NAN, 5000, 5000, 5000, 5000]
    exposure[4] = 9e9  # never looked at: no coast
    elevation = np.repeat(cells([[0], [0], [2], [10], [10.5], [3]]), 8, axis=1)
    ecosystem = np.full((6, 8), 11, np.int32)
    ecosystem[3, 0], ecosystem[2, 4], ecosystem[4, 1], ecosystem[1, 5] = 50, 53, 51, 52
    given = {
        "coast": (SEGMENT >= 0).astype(np.int32),
        "nearest_coast": np.repeat(codes([[33, 33, 32, 34, 64, 64, 64, 64]]), 6, axis=0),
        "coast_distance": np.repeat(cells([[200], [100], [0], [100], [200], [300]]), 8, axis=1),
        "coastal_habitat": HABITAT,
        "sea": SEA,
        "cell_area": np.full((6, 8), 10_000.0),
        "zone_cover": everything_inside((6, 8)),
        "wave_exposure": exposure,
        "elevation": elevation,
        "ecosystem": ecosystem,
        "population_density": np.full((6, 8), 1000.0, np.float32),
    }
    return coastal_protection_sums(**(given | changes), **BOUNDS)


def one(sums, segments=None):
    lines = None if segments is None else segment_lines(segments)
    return coastal_protection(Series({None: sums}), coastal_habitat_legend(), lines)


def test_protection_by_hand():
    table = one(sums_by_hand())
    assert table.columns.tolist() == [
        name for name in catalogue().vocabulary["coastal_protection"].columns if name != "year"
    ]
    # Segment 2 has nothing within reach.
    assert table[["segment", "habitat", "habitat_name"]].to_numpy().tolist() == [
        [1, 1, "mangrove"],
        [1, 2, "salt marsh"],
    ]
    mangrove, marsh = table.to_dict("records")
    # Two cells of a hectare before 200 m of coast: 100 m wide. Behind each 100 m two low cells of 10 persons.
    assert mangrove["area_ha"] == 2.0
    assert mangrove["protected_length_m"] == pytest.approx(200.0)
    assert mangrove["mean_width_m"] == pytest.approx(100.0)
    assert mangrove["behind_persons"] == pytest.approx(40.0)
    assert mangrove["behind_cropland_ha"] == 1.0
    assert mangrove["wave_exposure"] == marsh["wave_exposure"] == pytest.approx(2000.0)
    assert (marsh["area_ha"], marsh["behind_cropland_ha"]) == (1.0, 0.0)
    assert marsh["protected_length_m"] == pytest.approx(100.0)
    assert marsh["behind_persons"] == pytest.approx(20.0)


def test_segments_by_hand():
    table = coast_by_segment(Series({None: sums_by_hand()}))
    assert table.columns.tolist() == [
        name for name in catalogue().vocabulary["coast_by_segment"].columns if name != "year"
    ]
    first, second = table.to_dict("records")
    assert (first["segment"], second["segment"]) == (1, 2)
    assert first["length_m"] == second["length_m"] == pytest.approx(400.0)
    assert first["length_from"] == "cells"
    assert first["protected_length_m"] == pytest.approx(300.0)
    assert first["protected_percent"] == pytest.approx(75.0)
    assert second["protected_percent"] == second["protected_length_m"] == second["habitat_area_ha"] == 0.0
    assert first["habitat_area_ha"] == 3.0
    assert first["wave_exposure"] == pytest.approx(2000.0)
    assert second["wave_exposure"] == pytest.approx(5000.0)
    assert (first["behind_land_ha"], second["behind_land_ha"]) == (8.0, 8.0)
    assert (first["protected_land_ha"], second["protected_land_ha"]) == (6.0, 0.0)
    assert (first["behind_cropland_ha"], second["behind_cropland_ha"]) == (1.0, 1.0)
    assert (first["protected_cropland_ha"], second["protected_cropland_ha"]) == (1.0, 0.0)
    assert first["behind_persons"] == second["behind_persons"] == pytest.approx(80.0)
    assert first["protected_persons"] == pytest.approx(60.0)


def test_the_line_s_own_length_is_kept():
    segments = pd.DataFrame(
        {
            "segment": [2.0, 1.0, 3.0],
            "name": ["b", "a", "c"],
            "length_m": [NAN, 500.0, 9.0],
            "coast_type": ["x", "y", "z"],
        }
    )
    table = coast_by_segment(Series({None: sums_by_hand()}), segment_lines(segments))
    # Segment 3 has no cell on the map; of segment 2 the line is not measured.
    assert table[["segment", "segment_name", "coast_type", "length_from"]].to_numpy().tolist() == [
        [1, "a", "y", "line"],
        [2, "b", "x", "cells"],
    ]
    assert table["length_m"].tolist() == pytest.approx([500.0, 400.0])
    assert table["protected_length_m"].tolist() == pytest.approx([375.0, 0.0])
    mangrove = one(sums_by_hand(), segments).iloc[0]
    assert (mangrove["segment_name"], mangrove["protected_length_m"]) == ("a", pytest.approx(250.0))
    # The same two hectares before a longer coast.
    assert mangrove["mean_width_m"] == pytest.approx(80.0)
    bare = coast_by_segment(Series({None: sums_by_hand()}), segment_lines(segments[["segment"]]))
    assert bare[["segment_name", "coast_type", "length_from"]].to_numpy().tolist() == [["", "", "cells"]] * 2


def test_a_line_may_be_short_and_one_without_length_is_measured_by_cells():
    segments = pd.DataFrame({"segment": [1.0, 2.0], "length_m": [0.5, 0.0]})
    table = coast_by_segment(Series({None: sums_by_hand()}), segment_lines(segments))
    assert table["length_from"].tolist() == ["line", "cells"]
    assert table["length_m"].tolist() == pytest.approx([0.5, 400.0])
    assert one(sums_by_hand(), segments)["protected_length_m"].tolist() == pytest.approx([0.25, 0.125])


def test_lines_of_one_segment_add_up_and_a_segment_without_code_is_named():
    segments = pd.DataFrame({"segment": [1.0, 1.0], "name": ["a", "spit"], "length_m": [300.0, 200.0]})
    table = coast_by_segment(Series({None: sums_by_hand()}), segment_lines(segments))
    assert (table.loc[0, "length_m"], table.loc[0, "segment_name"]) == (pytest.approx(500.0), "a")
    with pytest.raises(StudyError, match="2 rows have no whole number") as error:
        one(sums_by_hand(), segments.assign(segment=[NAN, 1.5]))
    assert [problem.key for problem in error.value.problems] == ["tables.coast_segments.columns.segment"]
    with pytest.raises(StudyError, match="1 row has no whole number"):
        one(sums_by_hand(), segments.assign(segment=[1.0, 1.5]))


def test_only_what_lies_in_the_region_counts():
    """The region holds the columns from 1 to 6, and three quarters of column 0; its border runs through 3, too."""
    signature = np.zeros((6, 8), np.int32)
    signature[:, [0, 3]], signature[:, 7] = -1, -2
    border = np.flatnonzero(signature == -1)
    share = np.where(border % 8 == 0, 0.75, 1.0)
    # Numbers: 0 the region, 2 a zone that covers half of each border cell.
    cover = ZoneCover(
        signature,
        np.array([[0, 2]], np.int32),
        np.concatenate([border, border]),
        np.repeat([0, 2], len(border)).astype(np.int32),
        np.concatenate([share, share / 2]),
    )
    np.testing.assert_array_equal(share_in_region(cover), [[0.75, 1, 1, 1, 1, 1, 1, 0]] * 6)
    sums = sums_by_hand(zone_cover=cover)
    segments = pd.DataFrame({"segment": [1.0, 2.0], "length_m": [800.0, 600.0]})
    table = coast_by_segment(Series({None: sums}), segment_lines(segments))
    # 3.75 of 4 cells of segment 1 and 3 of 4 of segment 2 lie in the region.
    assert table["length_m"].tolist() == pytest.approx([750.0, 450.0])
    assert table["protected_percent"].tolist() == pytest.approx([100 * 2.75 / 3.75, 0.0])
    assert table["habitat_area_ha"].tolist() == pytest.approx([2.75, 0.0])
    assert table["behind_persons"].tolist() == pytest.approx([75.0, 60.0])
    # The cell of column 0 weighs three quarters in the mean of the waves.
    assert table.loc[0, "wave_exposure"] == pytest.approx((0.75 * 1000 + 2000 + 3000) / 2.75)
    assert one(sums, segments)["area_ha"].tolist() == pytest.approx([1.75, 1.0])
    # A segment that lies beyond the region has no row.
    cover.signature[:, 4:] = -2
    table = coast_by_segment(Series({None: sums_by_hand(zone_cover=cover)}), segment_lines(segments))
    assert table["segment"].tolist() == [1]


def test_what_the_study_lacks_is_empty_and_not_zero():
    table = one(sums_by_hand(wave_exposure=None, elevation=None))
    assert table[["wave_exposure", "behind_persons", "behind_cropland_ha"]].isna().all().all()
    assert table["area_ha"].tolist() == [2.0, 1.0]
    table = one(sums_by_hand(population_density=None, ecosystem=None))
    assert table[["behind_persons", "behind_cropland_ha"]].isna().all().all()
    table = coast_by_segment(Series({None: sums_by_hand(population_density=None)}))
    assert table[["behind_persons", "protected_persons"]].isna().all().all()
    assert table["behind_land_ha"].tolist() == [8.0, 8.0]


def test_low_land_is_land_whose_height_is_known():
    elevation = np.full((6, 8), NAN, np.float32)
    elevation[2, 0], elevation[0, 0], elevation[2, 1] = -3.0, -3.0, 10.0
    table = coast_by_segment(Series({None: sums_by_hand(elevation=elevation)}))
    assert table["behind_land_ha"].tolist() == [2.0, 0.0]
    # At 0 m everywhere three rows lie within 200 m, the third just so.
    table = coast_by_segment(Series({None: sums_by_hand(elevation=np.zeros_like(elevation))}))
    assert table["behind_land_ha"].tolist() == [12.0, 12.0]
    half = SEA.copy()
    half[2, 0] = 0.5
    table = coast_by_segment(Series({None: sums_by_hand(elevation=elevation, sea=half)}))
    assert table["behind_land_ha"].tolist() == [1.0, 0.0]


def test_years_stand_below_each_other_segment_by_segment():
    other = HABITAT.copy()
    other[1, 0] = 0
    both = Series({2000: sums_by_hand(), 2020: sums_by_hand(coastal_habitat=other)})
    table = coastal_protection(both, coastal_habitat_legend())
    assert table[["segment", "habitat", "year", "area_ha"]].to_numpy().tolist() == [
        [1, 1, 2000, 2.0],
        [1, 1, 2020, 1.0],
        [1, 2, 2000, 1.0],
        [1, 2, 2020, 1.0],
    ]
    assert set(catalogue().vocabulary["coastal_protection"].columns) == set(table.columns)
    table = coast_by_segment(both)
    assert table[["segment", "year"]].to_numpy().tolist() == [[1, 2000], [1, 2020], [2, 2000], [2, 2020]]
    assert set(catalogue().vocabulary["coast_by_segment"].columns) == set(table.columns)


def test_no_coast_gives_tables_without_rows():
    sums = sums_by_hand(coast=SEGMENT * 0, nearest_coast=SEGMENT * 0 - 1)
    assert one(sums).empty
    assert coast_by_segment(Series({None: sums})).empty


def test_the_coast_s_cells_are_as_long_as_their_area_has_sides():
    area = np.full((6, 8), 10_000.0)
    area[2, 0] = 40_000.0
    table = coast_by_segment(Series({None: sums_by_hand(cell_area=area)}))
    assert table["length_m"].tolist() == pytest.approx([500.0, 400.0])


# Any coast


def every_step(segment, habitat, sea, elevation, tile):
    """Carry out all steps on rasters in tiles; cells of 50 by 80 m."""
    with tempfile.TemporaryDirectory() as folder:
        disk = Disk(Path(folder), tile)
        width, height = disk.put(np.full(segment.shape, 50.0)), disk.put(np.full(segment.shape, 80.0))
        coast = coast_of_segments(segment)
        distance = read(coast_distance(disk.put(coast), width, height))
        rasters = disk.put(segment), disk.put(habitat), disk.put(sea)
        nearest = read(nearest_coast(*rasters, width, height, coastal_habitat_reach=100.0))
    rows, columns = segment.shape
    sums = []
    for row in range(0, rows, tile):
        for column in range(0, columns, tile):
            part = np.s_[row : row + tile, column : column + tile]
            shape = segment[part].shape
            arrays = (coast, nearest, distance, habitat, sea)
            density = (np.add.outer(np.arange(rows), np.arange(columns)) * 37.3).astype(np.float32)
            sums.append(
                coastal_protection_sums(
                    *(each[part] for each in arrays),
                    np.full(shape, 4000.0),
                    everything_inside(shape),
                    None,
                    elevation[part],
                    np.full(shape, 51, np.int32),
                    density[part],
                    **BOUNDS,
                )
            )
    return distance, nearest, density, functools.reduce(operator.add, sums)


SHAPE = (7, 9)


@settings(max_examples=40, deadline=None)
@given(
    arrays(np.int32, SHAPE, elements=st.sampled_from([-1, -1, -1, 1, 2, 5])),
    arrays(np.int32, SHAPE, elements=st.sampled_from([-1, 0, 0, 1, 2, 3, 4, 5])),
    arrays(np.float32, SHAPE, elements=st.sampled_from([0.0, 1.0])),
    arrays(np.float32, SHAPE, elements=st.sampled_from([5.0, 50.0])),
)
def test_parts_sum_to_the_whole_and_tiles_change_nothing(segment, habitat, sea, elevation):
    sea[0, 0] = 1
    distance, nearest, density, sums = every_step(segment, habitat, sea, elevation, 100)
    for tile in (2, 4):
        other = every_step(segment, habitat, sea, elevation, tile)
        np.testing.assert_array_equal(other[1], nearest)
        np.testing.assert_array_equal(other[3].codes, sums.codes)
        np.testing.assert_array_equal(other[3].counted, sums.counted)
    protection, lines = one(sums), coast_by_segment(Series({None: sums}))
    near = distance <= 100.0
    for code, *_ in HABITATS:
        found = protection.loc[protection["habitat"] == code]
        assert found["area_ha"].sum() == pytest.approx(0.4 * ((habitat == code) & near).sum())
        # A cell within reach of the coast has a coast within reach of it: whatever area there is has a length.
        if (habitat == code).any():
            offset = distance_transform_edt(habitat != code, sampling=(80.0, 50.0))
            has = (segment >= 0) & (offset <= 100.0 + 1e-9)
            lengths = {int(key): 4000.0**0.5 * has[segment == key].sum() for key in np.unique(segment[has])}
            assert dict(zip(found["segment"], found["protected_length_m"], strict=True)) == pytest.approx(lengths)
    assert lines["habitat_area_ha"].sum() == pytest.approx(0.4 * ((habitat > 0) & near).sum())
    low = (distance <= 200.0) & (sea < 0.5) & (elevation <= 10.0)
    assert lines["behind_land_ha"].sum() == pytest.approx(0.4 * low.sum())
    assert lines["behind_cropland_ha"].tolist() == lines["behind_land_ha"].tolist()
    assert lines["behind_persons"].sum() == pytest.approx(0.004 * density[low].sum(dtype=float), abs=1e-5)
    assert lines["length_m"].sum() == pytest.approx(4000.0**0.5 * (segment >= 0).sum())
    for habitats in protection.groupby("segment"):
        line = lines.set_index("segment").loc[habitats[0]]
        longest, together = habitats[1]["protected_length_m"].max(), habitats[1]["protected_length_m"].sum()
        assert longest - 1e-6 <= line["protected_length_m"] <= min(together, line["length_m"]) + 1e-6


def test_sums_add_up_by_code_and_are_exact():
    first = sum_by_code(codes([[7, -1, 0]]), {"a": np.array([[0.1, 5.0, 1e-8]]), "b": np.array([[NAN, 1.0, 2.0]])})
    second = sum_by_code(codes([[0, 9, 7]]), {"a": np.array([[0.2, 1.0, 0.3]]), "b": np.array([[1.0, 1.0, 1.0]])})
    both = first + second
    assert both.codes.tolist() == [0, 7, 9]
    assert both["a"].tolist() == [0.20000001, 0.4, 1.0]
    assert both["b"].tolist() == [3.0, 1.0, 1.0]
    assert both.names == ("a", "b")
    # The hectares of the Earth fit in.
    assert sum_by_code(codes([[1]]), {"a": np.array([[5.1e10]])})["a"].tolist() == [5.1e10]


def test_the_pack_holds_what_the_steps_take():
    assert PACK["low_lying_elevation"].value == 10.0
    assert PACK["coastal_habitat_reach"].value == 1000.0
    assert PACK["coastal_hinterland_distance"].value == 5000.0
    assert {PACK[name].unit for name in BOUNDS} == {"m"}


def test_codes_of_segments_fit_into_whole_numbers_of_32_bits():
    assert (catalogue().vocabulary["coast_segment"].maximum + 1) * 32 < 2**31
