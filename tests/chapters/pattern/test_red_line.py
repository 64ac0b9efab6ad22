import geopandas
import numpy as np
import pandas as pd
import pytest
import shapely
from tests.chapters.pattern.red_line_cells import HEIGHT, KM2, WIDTH, boundary, box, cells_of, on_disk, read

from shanshui.chapters.pattern import red_line

NAN = np.nan
NAMES = pd.DataFrame({"code": [1, 2], "name": ["Hills", "Lakes"]})
SHAPING = {"largest_hole_km2": 0.0, "widest_gap_m": 0.0, "smallest_patch_km2": 0.0, "farthest_line_m": 0.0}
SHAPING |= {"line_share": 0.0, "smoothing_share": 0.0}
TARGETS = {"land_target_percent": 30.0, "sea_target_percent": 5.0, "function_area_target_percent": 50.0}


def by_grade(folder, ground, realm=None, areas=None, lines=None, names=NAMES, tile=16, **asked):
    cells = cells_of(folder, ground, realm, tile)
    areas = on_disk(folder, np.full(cells.ground.shape, -1, np.int32) if areas is None else areas, tile)
    rasters = cells.ground, cells.realm, cells.area, cells.width, cells.height, areas
    asked = SHAPING | TARGETS | asked
    return red_line.red_line_by_grade(*rasters, names, lines, **asked, geobox=box(cells.ground.shape))


def test_the_line_by_rule_with_all_it_tells(tmp_path):
    ground = np.array(
        [
            [11, 11, 11, 0, 2, 0, 0, 0],
            [11, 0, 11, 0, 0, 0, 0, 31],
            [11, 11, 11, 0, 12, 0, 0, 0],
            [0, 0, 0, 0, 0, 0, 0, 0],
        ]
    )
    areas = np.where(np.arange(8) < 4, 1, 2) * np.ones((4, 1), np.int32)
    given = {"largest_hole_km2": 2 * KM2, "smallest_patch_km2": 2 * KM2}
    patches, codes, ledger, certificate = by_grade(tmp_path, ground, areas=areas.astype(np.int32), **given)
    expected = ground.copy()
    expected[1, 1], expected[2, 4] = 41, 4
    np.testing.assert_array_equal(read(codes), expected)
    assert patches["code"].tolist() == [11, 31]
    assert patches["added_ha"].tolist() == [10, 0]
    assert ledger["cells"].sum() == 32
    assert ledger.set_index("code")["cells"].to_dict() == {0: 20, 2: 1, 4: 1, 11: 8, 31: 1, 41: 1}
    told = certificate.set_index("row")
    assert certificate.columns.tolist() == red_line.CERTIFICATE
    assert told.index.tolist() == ["area", "boundary", "share of function area Hills", "share of function area Lakes"]
    # 32 cells of a tenth of a km2, of which 10 are inside: nine among the hills, one among the lakes.
    assert told["reached"].tolist() == pytest.approx([1.0, boundary(expected >= 11), 0.9, 0.1])
    assert told["lower"].tolist() == pytest.approx([0.96, NAN, 0.8, 0.8], nan_ok=True)
    assert told["holds"].tolist() == pytest.approx([1, NAN, 1, 0], nan_ok=True)
    assert told["unit"].tolist() == ["km2", "km", "km2", "km2"]
    assert told[["upper", "multiplier"]].isna().all(axis=None)


def test_land_and_sea_have_targets_of_their_own(tmp_path):
    ground = np.array([[11, 11, 0, 0, -1, 0, 12, 0, 0, 0]])
    realm = np.array([[1, 1, 1, 1, 1, 2, 2, 2, 2, 2]])
    areas = np.full((1, 10), 1, np.int32)
    certificate = by_grade(tmp_path, ground, realm, areas)[3]
    rows = certificate[certificate["row"] == "area"].set_index("realm")
    # Of four cells of land with data 30 %, of five of the sea 5 %.
    assert rows["lower"].tolist() == pytest.approx([0.12, 0.025])
    assert rows["reached"].tolist() == pytest.approx([0.2, 0.1])
    assert rows["holds"].tolist() == [1, 1]
    # Function areas are asked of the land alone.
    share = certificate[certificate["row"] == "share of function area Hills"]
    assert share["realm"].tolist() == ["land"]
    assert share["lower"].tolist() == pytest.approx([0.2])
    assert by_grade(tmp_path, np.array([[0, 12]]), np.array([[2, 2]]))[3]["realm"].unique().tolist() == ["sea"]
    # An area without a name is none.
    told = by_grade(tmp_path, ground, realm, np.full((1, 10), 7, np.int32))[3]
    assert told["row"].unique().tolist() == ["area", "boundary"]


def test_a_target_that_is_met_just_so_holds(tmp_path):
    ground = np.array([[11] * 3 + [0] * 7])
    certificate = by_grade(tmp_path, ground)[3].set_index("row")
    assert certificate.loc["area", "holds"] == 1
    assert by_grade(tmp_path, ground, land_target_percent=30.1)[3].set_index("row").loc["area", "holds"] == 0


@pytest.mark.parametrize("smoothing", [0.0, 0.01])
def test_without_any_ground_the_line_is_empty(tmp_path, smoothing):
    line = geopandas.GeoDataFrame(geometry=[shapely.LineString([(5e5, 2.6e6), (5.01e5, 2.5999e6)])], crs="EPSG:32649")
    given = {"largest_hole_km2": 1.0, "widest_gap_m": 500.0, "smallest_patch_km2": 1.0, "farthest_line_m": 500.0}
    ground = np.array([[0, 1, 2, -1], [0, 0, 3, 0]])
    patches, codes, ledger, certificate = by_grade(tmp_path, ground, lines=line, smoothing_share=smoothing, **given)
    assert len(patches) == 0
    np.testing.assert_array_equal(read(codes), ground)
    assert ledger["inside"].tolist() == [0] * 4
    assert certificate["reached"].tolist() == [0, 0]


def test_a_region_without_any_cell(tmp_path):
    patches, _, ledger, certificate = by_grade(tmp_path, np.full((2, 2), -1))
    assert len(patches) == len(ledger) == len(certificate) == 0


def test_islands_are_patches(tmp_path):
    ground = np.full((5, 9), -1)
    ground[1:3, 1:3], ground[3, 5:8], ground[0, 8] = 11, 21, 22
    patches, codes, *_ = by_grade(tmp_path, ground, smallest_patch_km2=2 * KM2, largest_hole_km2=9.0)
    assert patches["cells"].tolist() == [4, 3]
    assert read(codes)[0, 8] == 4
    assert (read(codes)[ground < 0] == -1).all()


def test_the_borders_of_polygons_are_lines(tmp_path):
    # The patch ends a column short of the district.
    ground = np.zeros((12, 12), int)
    ground[2:10, 1:7] = 11
    district = shapely.box(5e5 + 0 * WIDTH, 2.6e6 - 40 * HEIGHT, 5e5 + 8 * WIDTH, 2.6e6 + HEIGHT)
    frame = geopandas.GeoDataFrame(geometry=[district], crs="EPSG:32649")
    given = {"farthest_line_m": WIDTH, "line_share": 0.5}
    found = read(by_grade(tmp_path, ground, lines=frame, **given)[1])
    assert (found[2:10, 7] == 43).all()
    as_line = frame.set_geometry(frame.boundary)
    np.testing.assert_array_equal(read(by_grade(tmp_path, ground, lines=as_line, **given)[1]), found)
    assert red_line.lines_of(None, box((2, 2))) is None


@pytest.mark.parametrize("tile", [3, 7])
def test_all_that_is_told_is_the_same_in_tiles(tmp_path, tile):
    random = np.random.default_rng(9)
    ground = random.choice([-1, 0, 2, 11, 12, 31], (23, 31), p=[0.1, 0.4, 0.1, 0.2, 0.15, 0.05])
    realm = random.integers(1, 3, ground.shape)
    areas = random.integers(1, 3, ground.shape).astype(np.int32)
    given = {"largest_hole_km2": 0.3, "widest_gap_m": 490.0, "smallest_patch_km2": 0.2, "smoothing_share": 0.02}
    one, other = (by_grade(tmp_path, ground, realm, areas, tile=size, **given) for size in (64, tile))
    np.testing.assert_array_equal(read(one[1]), read(other[1]))
    assert one[0].to_wkb().equals(other[0].to_wkb())
    assert one[2].to_csv() == other[2].to_csv()
    assert one[3].to_csv() == other[3].to_csv()


def test_confidence_is_one_inside_and_nothing_outside():
    found = red_line.red_line_confidence(np.array([[-1, 0, 1, 6, 11, 33, 44]], np.int32))
    np.testing.assert_array_equal(found, np.float32([[NAN, 0, 0, 0, 1, 1, 1]]))
    assert found.dtype == np.float32


def test_the_legend_holds_all_codes():
    assert len(red_line.red_line_cells_legend()) == 24
