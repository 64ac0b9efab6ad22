import geopandas
import numpy as np
import pytest
import shapely
from tests.chapters.pattern.red_line_cells import HEIGHT, KM2, WIDTH, boundary, box, cells_of, on_disk, read

from shanshui.chapters.pattern import delineation
from shanshui.chapters.pattern.delineation import Shaping, delineate, draw_patches, drop_small, ledger_of
from shanshui.chapters.pattern.grounds import red_line_codes
from shanshui.science.patches_lines import crossings

NOTHING = Shaping(0, 0, 0, 0, 0, None)
CELL = KM2 * 1e6


def shaped(folder, ground, realm=None, hole=0.0, gap=0.0, patch=0.0, line=(0.0, 0.0, None)):
    cells = cells_of(folder, ground, realm)
    return read(delineate(cells, Shaping(hole * CELL, patch * CELL, gap, *line)))


def test_without_shaping_the_ground_is_the_line(tmp_path):
    ground = np.array([[0, 1, 2, 3, 11], [21, 31, 32, 33, -1]])
    np.testing.assert_array_equal(shaped(tmp_path, ground), ground)


RING = np.array([[0, 0, 0, 0, 0], [0, 11, 11, 11, 0], [0, 11, 0, 11, 0], [0, 11, 11, 11, 0], [0, 0, 0, 0, 0]])


def test_holes_are_filled_but_for_what_is_excluded_unknown_or_sea(tmp_path):
    found = shaped(tmp_path, RING, hole=1.5)
    expected = RING.copy()
    expected[2, 2] = 41
    np.testing.assert_array_equal(found, expected)
    # A hole of the threshold stays.
    np.testing.assert_array_equal(shaped(tmp_path, RING, hole=1), RING)
    for inner in (1, 2, 3, -1):
        ground = RING.copy()
        ground[2, 2] = inner
        np.testing.assert_array_equal(shaped(tmp_path, ground, hole=9), ground)
    sea = np.ones(RING.shape, int)
    sea[2, 2] = 2
    np.testing.assert_array_equal(shaped(tmp_path, RING, sea, hole=9), RING)


def test_neighbours_are_joined(tmp_path):
    ground = np.array([[11, 11, 0, 12, 12, 0, 0, 0, 11]])
    # Over one cell: 800 m from centre to centre, less the side of a square of this area, 316 m.
    found = shaped(tmp_path, ground, gap=490.0)
    assert found.tolist() == [[11, 11, 42, 12, 12, 0, 0, 0, 11]]
    assert shaped(tmp_path, ground, gap=480.0).tolist() == ground.tolist()
    blocked = np.array([[11, 11, 2, 12, 12, 0, 0, 0, 11]])
    assert shaped(tmp_path, blocked, gap=490.0).tolist() == blocked.tolist()


def test_small_patches_are_dropped_but_for_mandatory_ones(tmp_path):
    ground = np.array([[11, 11, 0, 11, 0, 31, 0, 32, 21], [0, 0, 0, 0, 0, 0, 0, 0, 0]])
    found = shaped(tmp_path, ground, patch=2)
    assert found[0].tolist() == [11, 11, 0, 4, 0, 31, 0, 32, 21]
    # Corners hang together.
    corner = np.array([[11, 0], [0, 12]])
    np.testing.assert_array_equal(shaped(tmp_path, corner, patch=2), corner)


def test_a_small_patch_with_its_filled_hole_is_dropped_whole(tmp_path):
    found = shaped(tmp_path, RING, hole=2, patch=10)
    np.testing.assert_array_equal(found, np.where((RING == 11) | (np.arange(25).reshape(5, 5) == 12), 4, 0))


def test_land_and_sea_by_themselves(tmp_path):
    ground = np.array([[11, 11, 11, 12, 12, 12]])
    realm = np.array([[1, 1, 2, 2, 2, 2]])
    # Two cells of land, four of sea: together they would be large enough.
    assert shaped(tmp_path, ground, realm, patch=3).tolist() == [[4, 4, 11, 12, 12, 12]]
    assert shaped(tmp_path, np.array([[11, 0, 12]]), np.array([[1, 1, 2]]), gap=490.0).tolist() == [[11, 0, 12]]


def test_boundaries_move_to_a_line(tmp_path):
    ground = np.zeros((12, 12), int)
    ground[2:10, 1:7] = 11
    # A line half a cell beyond the eighth column, along which the patch ends a column short.
    line = shapely.LineString([(500_000 + 8 * WIDTH, 2_600_000), (500_000 + 8 * WIDTH, 2_600_000 - 12 * HEIGHT)])
    given = crossings(np.array([line], object), box(ground.shape))
    found = shaped(tmp_path, ground, line=(WIDTH, 0.5, given))
    expected = ground.copy()
    expected[2:10, 7] = 43
    np.testing.assert_array_equal(found, expected)
    # Without leave to change by so much it stays where it is, and so with a reach of nothing.
    np.testing.assert_array_equal(shaped(tmp_path, ground, line=(WIDTH, 0.05, given)), ground)
    np.testing.assert_array_equal(shaped(tmp_path, ground, line=(0.0, 0.5, given)), ground)
    wide = ground.copy()
    wide[2:10, 7:9] = 12
    out = wide.copy()
    out[2:10, 8] = 5
    np.testing.assert_array_equal(shaped(tmp_path, wide, line=(WIDTH, 0.5, given)), out)
    # What is excluded does not come in, what must be inside does not go out.
    excluded = ground.copy()
    excluded[:, 7] = 2
    np.testing.assert_array_equal(shaped(tmp_path, excluded, line=(WIDTH, 0.5, given)), excluded)
    held = wide.copy()
    held[2:10, 8] = 31
    np.testing.assert_array_equal(shaped(tmp_path, held, line=(WIDTH, 0.5, given)), held)


@pytest.mark.parametrize("seed", range(4))
def test_excluded_cells_never_come_in_and_mandatory_ones_never_go(tmp_path, seed):
    random = np.random.default_rng(seed)
    ground = random.choice(
        [-1, 0, 1, 2, 3, 11, 12, 21, 31, 32, 33], (40, 40), p=[0.05, 0.3] + [0.05] * 3 + [0.1] * 4 + [0.05] * 2
    )
    realm = np.where(np.arange(40) < 30, 1, 2) * np.ones((40, 1), int)
    lines = [shapely.LineString(random.uniform((5e5, 2.59e6), (5.16e5, 2.6e6), (4, 2))) for _ in range(3)]
    found = shaped(
        tmp_path, ground, realm, 4, 900.0, 3, (600.0, 0.3, crossings(np.array(lines, object), box((40, 40))))
    )
    for code in (-1, 1, 2, 3, 31, 32):
        np.testing.assert_array_equal(found[ground == code], code)
    free = found[ground == 0]
    assert set(np.unique(free)) <= {0, 4, 5, 41, 42, 43}
    grounds = np.isin(ground, (11, 12, 21, 33))
    assert set(np.unique(found[grounds] * (found[grounds] != ground[grounds]))) <= {0, 4, 5, 41, 42, 43}
    assert len(np.unique(found)) > 10


def test_small_patches_of_a_plan_are_dropped(tmp_path):
    codes = np.array([[44, 11, 6, 44, 2, 31, -1, 12, 6]])
    cells = cells_of(tmp_path, codes)
    found = drop_small(cells, on_disk(tmp_path, codes.astype(np.int32)), 2 * CELL)
    assert read(found).tolist() == [[44, 11, 6, 4, 2, 31, -1, 4, 6]]
    same = drop_small(cells, on_disk(tmp_path, codes.astype(np.int32)), 0.0)
    np.testing.assert_array_equal(read(same), codes)


def drawn(folder, codes, realm=None, smoothing=0.0, lines=None):
    cells = cells_of(folder, codes, realm)
    return draw_patches(cells.ground, cells, box(cells.ground.shape), smoothing, lines)


def test_patches_with_their_reasons(tmp_path):
    codes = np.array(
        [
            [11, 11, 12, 0, 31, 32, 44],
            [41, 0, 0, 0, 0, 0, 0],
            [0, 0, 21, 21, 33, 33, 33],
            [44, 0, 0, 0, 0, 0, -1],
        ]
    )
    frame = drawn(tmp_path, codes)
    assert frame["patch"].tolist() == [1, 2, 3, 4]
    assert frame["code"].tolist() == [11, 31, 33, 44]
    assert frame["type"].tolist() == [
        "water conservation",
        "mandatory",
        "important and in a corridor",
        "chosen by the plan",
    ]
    assert frame["type_zh"].tolist() == ["水源涵养", "必须划入", "廊道内重要区", "优化方案选入"]
    assert frame["realm"].tolist() == ["land"] * 4
    assert frame["cells"].tolist() == [4, 3, 5, 1]
    # A tenth of a km2 is ten hectares.
    assert frame["area_ha"].tolist() == [40, 30, 50, 10]
    assert frame["mandatory_ha"].tolist() == [0, 20, 0, 0]
    assert frame["conflict_ha"].tolist() == [0, 10, 0, 0]
    assert frame["added_ha"].tolist() == [10, 10, 0, 10]
    assert frame.geometry.is_valid.all()
    assert (frame.geometry.area / 1e4).tolist() == pytest.approx(frame["area_ha"].tolist())
    assert frame.crs.to_epsg() == 32649


def test_the_ground_that_holds_most_names_a_patch_whatever_was_added(tmp_path):
    frame = drawn(tmp_path, np.array([[41, 41, 43, 44, 12, 0, 43, 43, 42]]))
    assert frame["code"].tolist() == [12, 43]
    assert frame["added_ha"].tolist() == [40, 30]
    # Of equals the first.
    assert drawn(tmp_path, np.array([[21, 11]]))["code"].tolist() == [11]
    # On excluded land, what must be inside is mandatory like any other.
    assert drawn(tmp_path, np.array([[32, 32, 11]]))["code"].tolist() == [31]


def test_land_and_sea_are_patches_apart(tmp_path):
    frame = drawn(tmp_path, np.array([[11, 11, 11, 6]]), np.array([[1, 2, 2, 2]]))
    assert frame["realm"].tolist() == ["land", "sea"]
    assert frame["cells"].tolist() == [1, 2]


def test_a_smoothed_patch_keeps_its_area_within_the_share(tmp_path):
    rows, columns = np.mgrid[:30, :30]
    codes = np.where((rows - 14) ** 2 + (columns - 14) ** 2 < 100, 11, 0)
    along, smooth = drawn(tmp_path, codes), drawn(tmp_path, codes, smoothing=0.02)
    assert smooth.geometry.is_valid.all()
    assert smooth.geometry.length.iloc[0] < 0.9 * along.geometry.length.iloc[0]
    assert smooth.geometry.area.iloc[0] == pytest.approx(along.geometry.area.iloc[0], rel=0.02)
    # The areas that are told are those of the cells.
    assert smooth["area_ha"].tolist() == along["area_ha"].tolist()


@pytest.mark.parametrize("smoothing", [0.0, 0.01])
def test_an_empty_line_is_drawn_written_and_read(tmp_path, smoothing):
    frame = drawn(tmp_path, np.array([[0, 1, -1], [6, 4, 5]]), smoothing=smoothing)
    assert len(frame) == 0
    frame.to_file(tmp_path / "empty.gpkg", driver="GPKG")
    again = geopandas.read_file(tmp_path / "empty.gpkg")
    assert again.columns.tolist() == frame.columns.tolist()
    assert len(again) == 0
    assert again.crs.to_epsg() == 32649


@pytest.mark.parametrize("tile", [2, 3, 16])
def test_the_ledger_counts_every_known_cell_once(tmp_path, tile):
    random = np.random.default_rng(2)
    codes = random.choice([-1, *red_line_codes()["code"]], (9, 11))
    realm = random.integers(1, 3, codes.shape)
    cells = cells_of(tmp_path, codes, realm, tile)
    table = ledger_of(cells.ground, cells)
    for row in table.itertuples():
        count = ((codes == row.code) & (realm == {"land": 1, "sea": 2}[row.realm])).sum()
        assert row.cells == count > 0
        assert row.area_ha == pytest.approx(10 * count)
        assert row.inside == (row.code >= 11)
    assert table["cells"].sum() == (codes >= 0).sum()
    assert table["area_ha"].sum() == pytest.approx(10 * (codes >= 0).sum(), rel=1e-12)
    assert table.duplicated(["realm", "code"]).sum() == 0
    names = red_line_codes().set_index("code")
    assert (table["reason"] == names["name"].reindex(table["code"]).to_numpy()).all()
    assert (table["reason_zh"] == names["name_zh"].reindex(table["code"]).to_numpy()).all()


@pytest.mark.parametrize("tile", [2, 3, 16])
def test_the_boundary_is_that_of_the_cells(tmp_path, tile):
    random = np.random.default_rng(3)
    codes = random.choice([-1, 0, 6, 11, 44], (9, 11))
    realm = random.integers(1, 3, codes.shape)
    cells = cells_of(tmp_path, codes, realm, tile)
    for number in (1, 2):
        found = delineation.boundary_length(cells.ground, cells, number) / 1000
        assert found == pytest.approx(boundary((codes >= 11) & (realm == number)), rel=1e-12)
    alone = cells_of(tmp_path, np.array([[11]]))
    assert delineation.boundary_length(alone.ground, alone, 1) == 2 * (WIDTH + HEIGHT)
