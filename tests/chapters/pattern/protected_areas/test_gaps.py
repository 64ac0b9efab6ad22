import geopandas
import numpy as np
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy import ndimage
from tests.chapters.pattern.red_line_cells import HEIGHT, WIDTH, on_disk
from tests.chapters.pattern.red_line_cells import box as grid_box

from shanshui.base.step import Series
from shanshui.chapters import catalogue
from shanshui.chapters.pattern.protected_areas.gaps import (
    protected_area_gap_kind,
    protected_area_gap_kind_legend,
    protected_area_gaps,
)

# The grid begins at 500,000 m, where the scale is 0.9996: an area in the plane is 0.9996**2 of the ground's.
SCALE = 0.9996
LEFT, TOP = 500_000, 2_600_000
CELL_HA = WIDTH * HEIGHT / 1e4


def box(row, column, height, width):
    """Give a box by cells."""
    x, y = LEFT + column * WIDTH, TOP - row * HEIGHT
    return shapely.box(x, y - height * HEIGHT, x + width * WIDTH, y)


def register(*rows):
    columns = ["area", "name", "name_zh", "geometry"]
    frame = geopandas.GeoDataFrame(list(rows), columns=columns, geometry="geometry", crs="EPSG:32649")
    return frame.assign(category="forest_park", level="county")


def zones(*rows):
    return geopandas.GeoDataFrame(
        list(rows), columns=["zoning", "zone", "name", "geometry"], geometry="geometry", crs="EPSG:32649"
    )


FAR = ("Z", "Zed", "末", box(0, 1_000, 1, 1))


def gaps(folder, kinds, *areas, value=None, zoned=(), smallest=0.0, tile=16):
    kinds = np.asarray(kinds, np.int32)
    area = on_disk(folder, np.full(kinds.shape, WIDTH * HEIGHT, np.float32), tile)
    return protected_area_gaps(
        on_disk(folder, kinds, tile),
        area,
        register(*areas),
        zones(*zoned),
        None if value is None else on_disk(folder, np.asarray(value, np.float32), tile),
        smallest_protection_gap_ha=smallest,
        geobox=grid_box(kinds.shape),
    )


def cells_of(table):
    """Give the areas in cells."""
    return (table["area_ha"] * SCALE**2 / CELL_HA).to_numpy()


def test_the_first_kind_that_holds():
    importance = np.array([[3, 2, 1, 1, 1, -1, -1, 1]], np.int32)
    life = np.array([[1, 1, 3, 1, 1, -1, 3, 2]], np.int32)
    species = np.array([[5, 0, 0, 2, 1, 0, 0, np.nan]], np.float32)
    corridor = np.array([[1, 1, 1, 1, 0.4, 0, 0, 0.5]], np.float32)

    def kinds(importance, life=None, *layers, least=2, share=0.5):
        years = [None if each is None else Series({2010: each[:, ::-1], 2020: each}) for each in (importance, life)]
        return protected_area_gap_kind(*years, *layers, protection_gap_species=least, least_corridor_share=share)

    found = kinds(importance, life, species, corridor)
    assert found.tolist() == [[1, 3, 1, 2, 0, -1, 1, 3]]
    assert found.dtype == np.int32
    assert kinds(importance, life, species, corridor, least=1, share=0.6).tolist() == [[1, 3, 1, 2, 2, -1, 1, 0]]
    assert kinds(importance).tolist() == [[1, 0, 0, 0, 0, -1, -1, 0]]
    legend = protected_area_gap_kind_legend()
    assert legend["code"].tolist() == [0, 1, 2, 3]
    assert legend["name"].tolist() == ["none", "habitat", "species", "corridor"]
    assert legend["name_zh"].tolist() == ["无", "重要生境", "受威胁物种分布区", "生态廊道"]


def test_patches_are_cut_along_the_areas(tmp_path):
    kinds = np.zeros((6, 10))
    kinds[1:5, 1:9] = 1
    # Across the patch, from the middle of a column to that of another: 3.5 columns to the left, 1.5 to the right.
    table = gaps(tmp_path, kinds, ("A", "Alpha", "甲", box(0, 4.5, 6, 3)))
    assert table["kind"].tolist() == ["habitat", "habitat"]
    assert cells_of(table) == pytest.approx([14, 6], rel=1e-5)
    assert table["rank"].tolist() == [1, 2]
    assert table["gap"].tolist() == [1, 2]
    assert table.geometry[0].symmetric_difference(box(1, 1, 4, 3.5)).area < 1
    assert table.crs == "EPSG:32649"
    assert list(table.columns[:-1]) == list(catalogue().vocabulary["protected_area_gaps"].columns)


def test_kinds_are_patches_of_their_own_and_corners_hold_together(tmp_path):
    kinds = [
        [1, 0, 2, 2, 0, 0],
        [0, 1, 0, 0, 0, 3],
        [0, 0, 0, -1, 3, 0],
        [2, 0, 0, 0, 0, 0],
    ]
    table = gaps(tmp_path, kinds, FAR)
    rows = dict(
        zip(table["gap"], zip(table["kind"], table["kind_zh"], cells_of(table).round(3), strict=True), strict=True)
    )
    assert rows == {
        1: ("habitat", "重要生境", 2),
        2: ("species", "受威胁物种分布区", 2),
        3: ("corridor", "生态廊道", 2),
        4: ("species", "受威胁物种分布区", 1),
    }
    assert shapely.get_type_id(table.geometry.iloc[0]) == shapely.GeometryType.MULTIPOLYGON
    assert table.geometry.is_valid.all()


def test_what_lies_in_several_areas_is_taken_off_once(tmp_path):
    kinds = np.ones((4, 10))
    areas = [("A", "", "", box(0, 0, 4, 4)), ("B", "", "", box(0, 2, 4, 4)), ("B", "", "", box(0, 3, 2, 5))]
    table = gaps(tmp_path, kinds, *areas)
    # 40 less 6 columns of 4, less 2 x 2.
    assert cells_of(table) == pytest.approx([12], rel=1e-5)


def test_pieces_of_one_patch_are_counted_from_west_to_east(tmp_path):
    # One patch along the top, from which pieces of 4, 2, 5 and 3 rows hang once the top is protected.
    kinds = np.zeros((6, 8))
    kinds[0] = 1
    for column, rows in ((0, 4), (2, 2), (4, 5), (6, 3)):
        kinds[: rows + 1, column] = 1
    table = gaps(tmp_path, kinds, ("A", "", "", box(0, 0, 1, 8))).sort_values("gap")
    assert cells_of(table) == pytest.approx([4, 2, 5, 3], rel=1e-5)
    # Where a strip in the middle parts them, from north to south.
    kinds = np.ones((7, 2))
    table = gaps(tmp_path, kinds, ("A", "", "", box(1, 0, 1, 2)), ("B", "", "", box(4, 0, 1, 2))).sort_values("gap")
    assert cells_of(table) == pytest.approx([2, 4, 4], rel=1e-5)
    middles = -table.geometry.centroid.y
    assert middles.is_monotonic_increasing
    assert table["rank"].tolist() == [3, 1, 2]


def test_small_gaps_are_left_out(tmp_path):
    kinds = [[1, 1, 1, 0, 1, 1, 0, 1]]
    assert cells_of(gaps(tmp_path, kinds, FAR)) == pytest.approx([3, 2, 1], rel=1e-5)
    assert cells_of(gaps(tmp_path, kinds, FAR, smallest=1.99 * CELL_HA)) == pytest.approx([3, 2], rel=1e-5)
    assert cells_of(gaps(tmp_path, kinds, FAR, smallest=2.01 * CELL_HA)) == pytest.approx([3], rel=1e-5)


def test_strips_along_the_rim_of_an_area_are_left_out(tmp_path):
    # A cell is as wide as 400 x 250 / 650 = 154 m; a strip of w x 2,500 m as w x 2,500 / (w + 2,500).
    kinds = np.zeros((10, 6))
    kinds[:, 2:4] = 1
    for share, told in ((0.45, 1), (0.35, 0)):
        table = gaps(tmp_path, kinds, ("A", "", "", box(-1, 2 + share, 12, 5)))
        assert len(table) == told
    # One cell stays.
    kinds[:] = 0
    kinds[3, 3] = 1
    assert len(gaps(tmp_path, kinds, FAR)) == 1


def test_the_rank_goes_by_value(tmp_path):
    kinds = np.array([[1, 1, 1, 0, 2, 0, 3, 3]])
    value = [[1, 2, np.nan, 50, 10, 50, 2, 2]]
    table = gaps(tmp_path, kinds, FAR, value=value)
    assert table["kind"].tolist() == ["species", "corridor", "habitat"]
    assert table["value_ppm"].tolist() == pytest.approx([10, 4, 3])
    assert table["rank"].tolist() == [1, 2, 3]
    assert table["gap"].tolist() == [2, 3, 1]
    assert table.index.tolist() == [0, 1, 2]
    km2 = CELL_HA / 100 / SCALE**2
    assert table["value_ppm_km2"].tolist() == pytest.approx([10 / km2, 2 / km2, 1 / km2], rel=1e-5)
    # Half of a cell is protected: half of its value counts.
    half = gaps(tmp_path, kinds, ("A", "", "", box(0, 7.5, 1, 0.5)), value=value)
    assert half["value_ppm"].tolist() == pytest.approx([10, 3, 3])
    # Of equal values the larger gap comes first.
    same = gaps(tmp_path, [[1, 0, 1, 1]], FAR, value=[[4, 0, 1, 3]])
    assert same["gap"].tolist() == [2, 1]
    # Without a value it goes by area.
    bare = gaps(tmp_path, kinds, FAR)
    assert bare["gap"].tolist() == [1, 3, 2]
    assert bare[["value_ppm", "value_ppm_km2"]].isna().all(axis=None)


def test_where_a_gap_lies_and_what_is_near(tmp_path):
    kinds = np.zeros((5, 12))
    kinds[2, 2:5] = 1
    kinds[4, 10:] = 2
    areas = [("A", "Alpha", "甲", box(2, 7, 1, 1)), ("B", "", "", box(0, 2, 1, 1))]
    counties = [("county", "c1", "West", box(0, 0, 5, 3)), ("county", "c2", "East", box(0, 3, 5, 4))]
    other = [("function_area", "f1", "Forest", box(0, 0, 5, 12))]
    table = gaps(tmp_path, kinds, *areas, zoned=other + counties)
    # The border of the counties parts one patch: one cell in the west, two in the east; the other gap lies in none.
    assert table.groupby("zone")["area_ha"].sum().to_dict() == pytest.approx({"": 20, "c1": 10, "c2": 20}, rel=1e-3)
    table = table.sort_values("zone", ascending=False, ignore_index=True)
    assert table["zoning"].tolist() == ["county", "county", "county"]
    assert table["zone_name"].tolist() == ["East", "West", ""]
    # One row between: 250 m; to A two columns and a row.
    assert table["nearest"].tolist() == ["B", "B", "A"]
    assert table["nearest_name"].tolist() == ["", "", "Alpha"]
    assert table["nearest_name_zh"].tolist() == ["", "", "甲"]
    far = [250 / SCALE, 250 / SCALE, np.hypot(800, 250) / SCALE]
    assert table["distance_m"].tolist() == pytest.approx(far, rel=1e-5)
    assert table["reason"].tolist()[1:] == [
        "Extremely important land outside of every protected area, 10.0 ha; the nearest is B, 0.3 km away.",
        "Range of threatened species outside of every protected area, 20.0 ha; the nearest is Alpha, 0.8 km away.",
    ]
    assert table["reason_zh"].tolist()[1:] == [
        "重要生境未纳入自然保护地，面积10.0公顷；距最近的自然保护地“B”0.3公里。",
        "受威胁物种分布区未纳入自然保护地，面积20.0公顷；距最近的自然保护地“甲”0.8公里。",
    ]
    prefectures = [("prefecture", "p1", "All", box(0, 0, 5, 12))]
    assert gaps(tmp_path, kinds, *areas, zoned=counties + prefectures)["zone"].tolist() == ["p1", "p1"]
    assert gaps(tmp_path, kinds, *areas, zoned=other)["zoning"].tolist() == ["", ""]


def test_where_zones_overlap_the_first_one_counts(tmp_path):
    zoned = [("county", f"c{at}", "", box(0, 0, 1, 2)) for at in (1, 0)]
    assert gaps(tmp_path, [[1, 1]], FAR, zoned=zoned)["zone"].tolist() == ["c1"]


def test_without_areas_and_without_gaps(tmp_path):
    table = gaps(tmp_path, [[3, 0, 0]])
    assert table["nearest"].tolist() == [""]
    assert np.isnan(table["distance_m"][0])
    assert table["reason"].tolist() == ["Ecological corridor outside of every protected area, 10.0 ha."]
    assert table["reason_zh"].tolist() == ["生态廊道未纳入自然保护地，面积10.0公顷。"]
    for kinds in ([[0, -1]], [[1, 1]]):
        table = gaps(
            tmp_path,
            kinds,
            ("A", "", "", box(-1, -1, 4, 4)),
            value=[[1, 2]],
            zoned=[("county", "c", "", box(0, 0, 1, 1))],
        )
        assert len(table) == 0
        assert list(table.columns[:-1]) == list(catalogue().vocabulary["protected_area_gaps"].columns)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(0, 10**6), st.sampled_from([3, 5, 16]), st.integers(0, 4))
def test_gaps_sum_to_what_is_valuable_and_not_protected(tmp_path, seed, tile, count):
    random = np.random.default_rng(seed)
    kinds = random.choice([-1, 0, 1, 2, 3], (9, 11), p=[0.1, 0.3, 0.3, 0.15, 0.15])
    value = random.random((9, 11)).astype(np.float32)
    corners = random.integers(0, 8, (count, 2)), random.integers(1, 5, (count, 2))
    areas = [(f"A{n}", "", "", box(*at, *size)) for n, (at, size) in enumerate(zip(*corners, strict=True))]
    table = gaps(tmp_path, kinds, *areas, value=value, tile=tile)
    bare = kinds.copy()
    for (row, column), (height, width) in zip(*corners, strict=True):
        bare[row : row + height, column : column + width] = 0
    for code, kind in enumerate(("habitat", "species", "corridor"), 1):
        mine = table[table["kind"] == kind]
        assert cells_of(mine).sum() == pytest.approx((bare == code).sum(), rel=1e-5, abs=1e-9)
        assert mine["value_ppm"].sum() == pytest.approx(value[bare == code].sum(dtype=float), rel=1e-6, abs=1e-9)
        # Pieces of one patch that meet only in a corner beside an area hang together too.
        patches, _ = ndimage.label(kinds == code, np.ones((3, 3)))
        pieces = sum(
            ndimage.label((bare == code) & (patches == at), np.ones((3, 3)))[1] for at in range(1, patches.max() + 1)
        )
        assert len(mine) == pieces
    assert sorted(table["rank"]) == list(range(1, len(table) + 1))
    assert sorted(table["gap"]) == list(range(1, len(table) + 1))
    assert table["value_ppm"].is_monotonic_decreasing
    # No two overlap, and none meets the inside of an area.
    union = shapely.union_all(table.geometry.to_numpy())
    assert union.area == pytest.approx(table.geometry.area.sum(), rel=1e-9, abs=1e-6)
    assert union.intersection(shapely.union_all([row[3] for row in areas])).area < 1


def test_whatever_the_tiles(tmp_path):
    random = np.random.default_rng(5)
    kinds, value = random.choice([0, 1, 2], (20, 23)), random.random((20, 23))
    areas = [("A", "", "", shapely.Point(LEFT + 4_000, TOP - 2_000).buffer(1_700))]
    first, *others = (gaps(tmp_path, kinds, *areas, value=value, tile=tile) for tile in (32, 4, 7))
    for other in others:
        assert first.equals(other)
    valuable = shapely.union_all([box(row, column, 1, 1) for row, column in np.argwhere(kinds > 0)])
    expected = valuable.difference(areas[0][3]).area
    # But for crumbs along the rim: of cells strewn at random there are many.
    assert first["area_ha"].sum() * 1e4 * SCALE**2 == pytest.approx(expected, rel=0.02)
    assert first["area_ha"].sum() * 1e4 * SCALE**2 < expected * (1 + 1e-5)


def test_the_order_of_the_register_tells_nothing(tmp_path):
    # A gap that touches two areas alike.
    areas = [("B", "", "", box(0, 0, 1, 1)), ("A", "", "", box(0, 2, 1, 1))]
    for order in (areas, areas[::-1]):
        found = gaps(tmp_path, [[0, 1, 0]], *order)
        assert found[["nearest", "distance_m"]].to_numpy().tolist() == [["A", 0.0]]
