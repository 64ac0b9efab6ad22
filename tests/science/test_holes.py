import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.ndimage import distance_transform_edt, label

from shanshui.base.grid import Window
from shanshui.data.scratch import ScratchRaster
from shanshui.science.holes import drop_small_patches, fill_holes
from shanshui.science.patches_joined import join_patches
from shanshui.science.patches_standing import Standing, is_inside, ledger

EIGHT = np.ones((3, 3))


@pytest.fixture(scope="module")
def on_disk(tmp_path_factory):
    """Put an array on disk, in tiles."""
    folder = tmp_path_factory.mktemp("holes")

    def put(cells, tile=999):
        cells = np.asarray(cells)
        raster = ScratchRaster(folder, cells.shape, tile, cells.dtype)
        raster.write(whole(raster), cells)
        return raster

    return put


def whole(raster):
    return Window(0, 0, *raster.shape)


def cells_of(raster):
    return raster.read(whole(raster))


def drawn(text):
    """Cells by signs: ``#`` inside; ``x`` excluded; ``M`` inside and mandatory; all else free and outside."""
    rows = [list(line) for line in text.split()]
    signs = np.array(rows)
    standing = np.isin(signs, ["#", "M"]).astype(np.uint8)
    return standing, np.where(signs == "x", 1, np.where(signs == "M", 2, 0)).astype(np.uint8)


def signs(change):
    """Cells by signs, each standing its own."""
    return ["".join(".#fjsdo"[cell] for cell in row) for row in cells_of(change.standing)]


def filled(on_disk, text, below, neighbours=8, tile=999, area=1.0):
    standing, rule = drawn(text)
    areas = np.broadcast_to(np.asarray(area, np.float64), standing.shape)
    return fill_holes(on_disk(standing, tile), on_disk(rule, tile), on_disk(areas, tile), below, neighbours)


HOLES = """
.#####..
.#.##.#.
.###...#
.#x.####
.#..#..#
.####..#
........
"""


@pytest.mark.parametrize("tile", [1, 3, 999])
def test_holes_by_hand(on_disk, tile):
    # Holes: one cell; five to the right (at the row above it opens by no side: the corner does not count); four cells
    # of which one is excluded. The two by two at the lower right is open below.
    change = filled(on_disk, HOLES, 4.5, tile=tile)
    assert signs(change) == [
        ".#####..",
        ".#f##f#.",
        ".###fff#",
        ".#.f####",
        ".#ff#..#",
        ".####..#",
        "........",
    ]
    pieces = change.pieces
    assert pieces["reason"].tolist() == ["filled"] * 3
    assert pieces["cells"].tolist() == [1, 4, 3]
    assert pieces[["row", "column"]].to_numpy().tolist() == [[1, 2], [1, 5], [3, 3]]


def test_a_hole_of_the_threshold_stays(on_disk):
    assert filled(on_disk, HOLES, 4.0).pieces["cells"].tolist() == [1]
    assert filled(on_disk, HOLES, 4.0001).pieces["cells"].tolist() == [1, 4, 3]
    assert filled(on_disk, HOLES, 1.0).pieces.empty
    # Cells of 100 m2.
    assert filled(on_disk, HOLES, 400.0, area=100.0).pieces["area"].tolist() == [100.0]
    assert filled(on_disk, HOLES, 401.0, area=100.0).pieces["area"].tolist() == [100.0, 400.0, 300.0]


def test_a_hole_open_at_a_corner(on_disk):
    text = """
    ####.
    #..#.
    #...#
    #####
    """.replace("    ", "")
    # The corner between the two last columns is shut for patches by eight neighbours and open for those by four.
    assert filled(on_disk, text, 99, 8).pieces["cells"].tolist() == [5]
    assert filled(on_disk, text, 99, 4).pieces.empty


@pytest.mark.parametrize("tile", [2, 999])
def test_islands_in_holes_and_holes_in_them(on_disk, tile):
    text = """
    #########
    #.......#
    #.#####.#
    #.#...#.#
    #.#.#.#.#
    #.#...#.#
    #.#####.#
    #.......#
    #########
    """
    # The outer hole has 24 cells, the inner one 8; in it lies an island of one cell.
    assert filled(on_disk, text, 10, tile=tile).pieces["cells"].tolist() == [8]
    assert filled(on_disk, text, 24, tile=tile).pieces["cells"].tolist() == [8]
    change = filled(on_disk, text, 24.5, tile=tile)
    assert sorted(change.pieces["cells"]) == [8, 24]
    assert is_inside(cells_of(change.standing)).all()


def test_what_reaches_the_edge_is_no_hole(on_disk):
    for text in ("#.#\n###\n###", "###\n..#\n###", "###\n#..\n###", "###\n###\n#.#"):
        assert filled(on_disk, text, 99).pieces.empty
    assert filled(on_disk, "###\n#.#\n###", 99).pieces["cells"].tolist() == [1]
    assert filled(on_disk, "...\n...", 99).pieces.empty


def test_a_hole_of_excluded_cells_stays(on_disk):
    assert filled(on_disk, "###\n#x#\n###", 99).pieces.empty


def dropped(on_disk, text, below, neighbours=8, tile=999, area=1.0):
    standing, rule = drawn(text)
    areas = np.broadcast_to(np.asarray(area, np.float64), standing.shape)
    return drop_small_patches(on_disk(standing, tile), on_disk(rule, tile), on_disk(areas, tile), below, neighbours)


SMALL = """
##...#
#..#.#
....#.
M#...#
...M..
"""


@pytest.mark.parametrize("tile", [1, 3, 999])
def test_small_patches_by_hand(on_disk, tile):
    # Patches: three cells; five at the right by corners; two with a mandatory cell; a mandatory one alone.
    change = dropped(on_disk, SMALL, 4, tile=tile)
    assert signs(change) == ["dd...#", "d..#.#", "....#.", "##...#", "...#.."]
    assert change.pieces.to_dict("records") == [
        {"reason": "dropped", "number": 1, "cells": 3, "area": 3.0, "row": 0, "column": 0}
    ]
    assert dropped(on_disk, SMALL, 3, tile=tile).pieces.empty
    assert dropped(on_disk, SMALL, 5.5, tile=tile).pieces["cells"].tolist() == [3, 5]


def test_small_patches_by_four_neighbours(on_disk):
    change = dropped(on_disk, SMALL, 2, neighbours=4)
    # Now the five are two at the edge, and three of one cell each.
    assert signs(change) == ["##...#", "#..d.#", "....d.", "##...d", "...#.."]


def test_areas_not_cells_are_small(on_disk):
    area = [[10.0, 10.0, 10.0], [10.0, 1.0, 1.0]]
    change = dropped(on_disk, "#..\n.##", 5, neighbours=4, area=area)
    assert signs(change) == ["#..", ".dd"]


def joined(on_disk, text, gap, neighbours=8, tile=999, width=10.0, height=10.0):
    standing, rule = drawn(text)
    sides = [on_disk(np.full(standing.shape, side), tile) for side in (width, height)]
    area = on_disk(np.full(standing.shape, width * height), tile)
    return join_patches(on_disk(standing, tile), on_disk(rule, tile), area, *sides, gap, neighbours)


@pytest.mark.parametrize("tile", [1, 4, 999])
@pytest.mark.parametrize("cells", [1, 2, 3, 4])
def test_gaps_between_straight_borders(on_disk, cells, tile):
    text = "\n".join(["##" + "." * cells + "##"] * 4)
    # Cells of 10 m: so many are a gap of so many times 10 m.
    assert joined(on_disk, text, 10 * cells - 0.1, tile=tile).pieces.empty
    change = joined(on_disk, text, 10.0 * cells, tile=tile)
    assert signs(change) == ["##" + "j" * cells + "##"] * 4
    assert change.pieces["cells"].tolist() == [4 * cells]
    assert change.pieces["area"].tolist() == [400.0 * cells]
    upright = "\n".join(["###"] * 2 + ["..."] * cells + ["###"])
    assert joined(on_disk, upright, 10 * cells - 0.1, tile=tile).pieces.empty
    assert signs(joined(on_disk, upright, 10.0 * cells, tile=tile)) == ["###"] * 2 + ["jjj"] * cells + ["###"]


def test_gaps_of_cells_that_are_not_square(on_disk):
    # Cells of 9 by 4 m count for 6 m: two columns are 27 - 6 = 21 m, two rows 12 - 6 = 6 m.
    assert joined(on_disk, "#..#", 20.9, width=9.0, height=4.0).pieces.empty
    assert not joined(on_disk, "#..#", 21.0, width=9.0, height=4.0).pieces.empty
    assert joined(on_disk, "#\n.\n.\n#", 5.9, width=9.0, height=4.0).pieces.empty
    assert not joined(on_disk, "#\n.\n.\n#", 6.0, width=9.0, height=4.0).pieces.empty


def test_a_bridge_by_hand(on_disk):
    text = """
    ##....
    ##.##.
    ...##.
    ......
    """
    # Between the patches the gap is 1 + 1 - 1 sides; above and below it is 1 + sqrt(2) - 1 = 1.4142 sides.
    assert signs(joined(on_disk, text, 10.0)) == ["##....", "##j##.", "...##.", "......"]
    assert signs(joined(on_disk, text, 14.1)) == ["##....", "##j##.", "...##.", "......"]
    assert signs(joined(on_disk, text, 14.2)) == ["##j...", "##j##.", "..j##.", "......"]


@pytest.mark.parametrize("tile", [2, 999])
def test_excluded_cells_keep_patches_apart(on_disk, tile):
    assert joined(on_disk, "#.x#\n#.x#", 50.0, tile=tile).pieces.empty
    # The way round them is no wider.
    change = joined(on_disk, "#.x#\n#..#", 20.0, tile=tile)
    assert signs(change) == ["#j.#", "#jj#"]
    assert change.pieces["cells"].tolist() == [3]


def test_one_patch_is_not_closed_upon_itself(on_disk):
    text = "#.#\n#.#\n###"
    assert joined(on_disk, text, 99.0).pieces.empty


def test_by_four_neighbours_a_corner_is_a_gap(on_disk):
    text = "#.\n.#"
    assert joined(on_disk, text, 99.0, neighbours=8).pieces.empty
    assert signs(joined(on_disk, text, 10.0, neighbours=4)) == ["#j", "j#"]


def test_three_patches_near_one_place(on_disk):
    # From the middle all are two cells away, whichever are the nearest two.
    text = "#...#\n.....\n..#.."
    change = joined(on_disk, text, 30.0)
    assert not change.pieces.empty
    assert label(is_inside(cells_of(change.standing)), EIGHT)[1] == 1


standings = arrays(np.int8, st.tuples(st.integers(1, 20), st.integers(1, 20)), elements=st.integers(-6, 2))


@settings(deadline=None, max_examples=60)
@given(cells=standings, gap=st.sampled_from([1, 2, 3.3]), neighbours=st.sampled_from([4, 8]))
def test_every_bridge_cell_is_between_two_patches_whatever_the_tiles(on_disk, cells, gap, neighbours):
    standing, rule = (cells > 0).astype(np.uint8), np.where(cells == -1, 1, 0).astype(np.uint8)
    made = []
    for tile in (7, 16, 999):
        ones = on_disk(np.ones(cells.shape), tile)
        made.append(join_patches(on_disk(standing, tile), on_disk(rule, tile), ones, ones, ones, gap, neighbours))
    after = cells_of(made[0].standing)
    for other in made[1:]:
        assert cells_of(other.standing).tobytes() == after.tobytes()
        assert other.pieces.equals(made[0].pieces)
    structure = EIGHT if neighbours == 8 else None
    patches, count = label(standing, structure)
    # A second way: the distance to every patch by itself.
    far = np.sort([distance_transform_edt(patches != number) for number in range(1, count + 1)], axis=0)
    between = np.zeros(cells.shape, bool)
    if count > 1:
        between = (far[0] + far[1] <= gap + 1 + 1e-9) & (standing == 0) & (rule == 0)
    gaps, many = label(between, structure)
    expected = np.zeros(cells.shape, bool)
    for number in range(1, many + 1):
        grown, _ = label((gaps == number) | (standing > 0), structure)
        touched = np.unique(patches[(grown == grown[gaps == number][0]) & (standing > 0)])
        expected |= (gaps == number) & (len(touched) > 1)
    np.testing.assert_array_equal(after == Standing.JOINED, expected)


@settings(deadline=None, max_examples=60)
@given(cells=standings, below=st.integers(0, 30), neighbours=st.sampled_from([4, 8]), seed=st.integers(0, 9))
def test_fill_and_drop_balance_whatever_the_tiles(on_disk, cells, below, neighbours, seed):
    standing, rule = (cells > 0).astype(np.uint8), np.where(cells == -1, 1, np.where(cells == 2, 2, 0)).astype(np.uint8)
    area = np.random.default_rng(seed).uniform(0.5, 1.5, cells.shape)
    for step in (fill_holes, drop_small_patches):
        made = []
        for tile in (7, 16, 999):
            given = (on_disk(each, tile) for each in (standing, rule, area))
            made.append(step(*given, float(below), neighbours))
        after = cells_of(made[0].standing)
        for other in made[1:]:
            assert cells_of(other.standing).tobytes() == after.tobytes()
            assert other.pieces.equals(made[0].pieces)
        assert not is_inside(after)[rule == 1].any()
        assert is_inside(after)[rule == 2].all()
        moved = after != standing
        assert made[0].pieces["cells"].sum() == moved.sum()
        assert made[0].pieces["area"].sum() == pytest.approx(area[moved].sum(), abs=1e-3)
        rows = ledger(made[0].standing, on_disk(area))
        assert rows["cells"].sum() == cells.size
        assert rows["area"].sum() == pytest.approx(area.sum(), abs=1e-2)
