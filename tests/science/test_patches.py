import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import ndimage

from shanshui.base.grid import Window
from shanshui.data.scratch import ScratchRaster
from shanshui.science.patches import count_in, find_patches, touching
from shanshui.science.patches_standing import Rule, Standing, changed, is_inside, is_outside, ledger


@pytest.fixture(scope="module")
def on_disk(tmp_path_factory):
    """Put an array on disk, in tiles."""
    folder = tmp_path_factory.mktemp("patches")

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


def same(cells):
    return cells


def found(on_disk, cells, neighbours=8, tile=999, area=None, walls=None):
    cells = np.asarray(cells, np.int32)
    area = np.ones(cells.shape) if area is None else np.asarray(area, np.float64)
    walls = None if walls is None else on_disk(np.asarray(walls, np.uint8), tile)
    return find_patches(on_disk(cells, tile), on_disk(area, tile), same, neighbours, walls)


BY_HAND = [
    [1, 0, 0, 2, 2],
    [0, 1, 0, 0, 2],
    [0, 0, 0, 1, 0],
    [1, 1, 0, 1, 1],
]
# A cell of row i and column j has 10 i + j + 1 m2.
AREAS = 10.0 * np.arange(4)[:, None] + np.arange(5) + 1


@pytest.mark.parametrize("tile", [1, 2, 3, 999])
def test_patches_by_hand(on_disk, tile):
    patches = found(on_disk, BY_HAND, 8, tile, AREAS)
    assert cells_of(patches.numbers).tolist() == [[1, 0, 0, 2, 2], [0, 1, 0, 0, 2], [0, 0, 0, 3, 0], [4, 4, 0, 3, 3]]
    table = patches.table()
    assert table["number"].tolist() == [1, 2, 3, 4]
    assert table["value"].tolist() == [1, 2, 1, 1]
    assert table["cells"].tolist() == [2, 3, 3, 2]
    # 1 + 12, 4 + 5 + 15, 24 + 34 + 35, 31 + 32
    assert table["area"].tolist() == [13.0, 24.0, 93.0, 63.0]
    assert patches.area.tolist() == [130_000, 240_000, 930_000, 630_000]
    assert patches.first.tolist() == [0, 3, 13, 15]
    windows = table[["row", "column", "height", "width"]].to_numpy().tolist()
    assert windows == [[0, 0, 2, 2], [0, 3, 2, 2], [2, 3, 2, 2], [3, 0, 1, 2]]
    assert patches.at_edge().tolist() == [True, True, True, True]


def test_a_shared_corner_joins_eight_neighbours_only(on_disk):
    four = found(on_disk, BY_HAND, 4)
    assert cells_of(four.numbers).tolist() == [[1, 0, 0, 2, 2], [0, 3, 0, 0, 2], [0, 0, 0, 4, 0], [5, 5, 0, 4, 4]]
    falling, rising = [[1, 0], [0, 1]], [[0, 1], [1, 0]]
    for cells in (falling, rising):
        assert len(found(on_disk, cells, 8)) == 1
        for tile in (1, 2):
            assert len(found(on_disk, cells, 4, tile)) == 2


@pytest.mark.parametrize("edge", [(0, 2), (4, 2), (2, 0), (2, 4)])
def test_a_patch_at_the_edge(on_disk, edge):
    cells = np.zeros((5, 5), np.int32)
    cells[2, 2] = 1
    assert found(on_disk, cells).at_edge().tolist() == [False]
    cells[edge] = 1
    assert found(on_disk, cells).at_edge().sum() == 1


@pytest.mark.parametrize("tile", [1, 2, 999])
def test_walls_part_neighbours(on_disk, tile):
    cells = np.ones((2, 3), np.int32)
    # A wall right of the first column: 1; and below the last cell of the first row: 2.
    walls = [[1, 0, 2], [1, 0, 0]]
    assert cells_of(found(on_disk, cells, 4, tile, walls=walls).numbers).tolist() == [[1, 2, 2], [1, 2, 2]]
    walls = [[1, 2, 2], [1, 0, 0]]
    assert cells_of(found(on_disk, cells, 4, tile, walls=walls).numbers).tolist() == [[1, 2, 2], [1, 3, 3]]
    walls = [[3, 1, 0], [1, 1, 0]]
    assert cells_of(found(on_disk, cells, 4, tile, walls=walls).numbers).tolist() == [[1, 2, 3], [4, 2, 3]]


@pytest.mark.parametrize("tile", [1, 7, 999])
def test_nothing_all_and_one_cell(on_disk, tile):
    nothing = found(on_disk, np.zeros((3, 4)), 8, tile)
    assert len(nothing) == 0
    assert not cells_of(nothing.numbers).any()
    assert nothing.table().empty
    everything = found(on_disk, np.full((3, 4), 9), 4, tile)
    assert (cells_of(everything.numbers) == 1).all()
    assert (everything.cells.tolist(), everything.value.tolist()) == ([12], [9])
    one = found(on_disk, [[5]], 4, tile)
    assert (one.cells.tolist(), one.area.tolist()) == ([1], [10_000])


def test_negative_classes_are_classes(on_disk):
    assert found(on_disk, [[-1, -1, 2]]).value.tolist() == [-1, 2]


@pytest.mark.parametrize("neighbours", [3, 5, 0])
def test_other_numbers_of_neighbours_are_refused(on_disk, neighbours):
    with pytest.raises(ValueError, match="4 or 8"):
        found(on_disk, [[1]], neighbours)
    with pytest.raises(ValueError, match="walls"):
        found(on_disk, [[1]], 8, walls=[[0]])


classes = arrays(np.int32, st.tuples(st.integers(1, 18), st.integers(1, 18)), elements=st.integers(0, 2))


@settings(deadline=None, max_examples=80)
@given(cells=classes, neighbours=st.sampled_from([4, 8]), seed=st.integers(0, 99))
def test_as_scipy_labels_and_whatever_the_tiles(on_disk, cells, neighbours, seed):
    area = np.random.default_rng(seed).uniform(1e3, 1e6, cells.shape)
    made = [found(on_disk, cells, neighbours, tile, area) for tile in (7, 16, 999)]
    numbers = cells_of(made[0].numbers)
    assert ((numbers > 0) == (cells != 0)).all()
    for other in made[1:]:
        assert cells_of(other.numbers).tobytes() == numbers.tobytes()
        for name in ("value", "cells", "area", "first", "row", "column", "height", "width"):
            assert getattr(other, name).tobytes() == getattr(made[0], name).tobytes()
    count = 0
    for value in (1, 2):
        labels, here = ndimage.label(cells == value, np.ones((3, 3)) if neighbours == 8 else None)
        count += here
        for label in range(1, here + 1):
            assert len(np.unique(numbers[labels == label])) == 1
    assert len(made[0]) == count
    assert (np.diff(made[0].first) > 0).all()
    for number, window in enumerate(ndimage.find_objects(numbers)):
        patches = made[0]
        assert (patches.row[number], patches.column[number]) == (window[0].start, window[1].start)
        assert (patches.height[number], patches.width[number]) == tuple(s.stop - s.start for s in window)
    # To the square centimetre cell by cell, and exact in sum.
    assert made[0].area.sum() == np.rint(area[cells != 0] * 10_000).astype(np.int64).sum()


@pytest.mark.parametrize("tile", [2, 999])
def test_marked_cells_are_counted_by_patch(on_disk, tile):
    patches = found(on_disk, BY_HAND, 8, tile)
    marked = np.zeros((4, 5), np.uint8)
    marked[0, 0] = marked[0, 1] = marked[3, 3] = marked[3, 4] = 7
    assert count_in(patches, on_disk(marked, tile), lambda cells: cells == 7).tolist() == [1, 0, 2, 0]


@pytest.mark.parametrize("tile", [1, 2, 999])
def test_which_patches_touch(on_disk, tile):
    one = found(on_disk, [[1, 1, 0], [0, 0, 0], [0, 0, 1], [1, 0, 0]], 8, tile)
    other = found(on_disk, [[0, 0, 1], [0, 0, 0], [0, 0, 0], [0, 1, 0]], 8, tile)
    # 1 has the first of the others at its side; 2 and 3: the second, by a corner and by a side.
    assert touching(one, other, 8).tolist() == [[1, 1], [2, 2], [3, 2]]
    assert touching(one, other, 4).tolist() == [[1, 1], [3, 2]]
    nothing = found(on_disk, np.zeros((4, 3)), 8, tile)
    assert touching(one, nothing, 8).shape == (0, 2)


@pytest.mark.parametrize(("down", "right"), [(d, r) for d in (-1, 0, 1) for r in (-1, 0, 1) if d or r])
def test_touching_in_every_direction(on_disk, down, right):
    one, other = np.zeros((3, 3)), np.zeros((3, 3))
    one[1, 1], other[1 + down, 1 + right] = 1, 1
    both = found(on_disk, one, 8, 1), found(on_disk, other, 8, 1)
    assert len(touching(*both, 8)) == 1
    assert len(touching(*both, 4)) == (0 if down and right else 1)


def test_standing_inside_and_outside():
    inside = [Standing.IN, Standing.FILLED, Standing.JOINED, Standing.SNAPPED_IN]
    for each in Standing:
        cell = np.array([each], np.uint8)
        assert is_inside(cell)[0] == (each in inside)
        assert is_outside(cell)[0] == (each not in inside)


@pytest.mark.parametrize("tile", [1, 2, 999])
def test_a_change_tells_what_changed(on_disk, tile):
    standing = np.array([[1, 1, 0, 1], [0, 0, 0, 1]], np.uint8)
    rule = np.array([[0, 2, 0, 0], [0, 0, 0, 2]], np.uint8)
    area = np.array([[10, 20, 30, 40], [50, 60, 70, 80]], np.float64)
    given = on_disk(standing, tile), on_disk(area, tile)
    patches = find_patches(*given, is_inside, 8)
    becomes = np.array([Standing.DROPPED, -1])
    change = changed(given[0], patches, becomes, given[1], on_disk(rule, tile), Rule.MANDATORY)
    assert cells_of(change.standing).tolist() == [[5, 1, 0, 1], [0, 0, 0, 1]]
    row = {"reason": "dropped", "number": 1, "cells": 1, "area": 10.0, "row": 0, "column": 0}
    assert change.pieces.to_dict("records") == [row]
    change = changed(given[0], patches, np.array([-1, Standing.DROPPED]), given[1], on_disk(rule, tile))
    assert cells_of(change.standing).tolist() == [[1, 1, 0, 5], [0, 0, 0, 5]]
    row = {"reason": "dropped", "number": 2, "cells": 2, "area": 120.0, "row": 0, "column": 3}
    assert change.pieces.to_dict("records") == [row]


@pytest.mark.parametrize("tile", [1, 2, 999])
def test_the_ledger_sums_to_the_whole(on_disk, tile):
    standing = np.array([[0, 1, 1], [2, 6, 6]], np.uint8)
    area = np.array([[1.5, 2.25, 3], [4, 5, 6]])
    rows = ledger(on_disk(standing, tile), on_disk(area, tile)).set_index("reason")
    assert rows.index.tolist() == ["out", "in", "filled", "joined", "snapped_in", "dropped", "snapped_out"]
    assert rows["cells"].tolist() == [1, 2, 1, 0, 0, 0, 2]
    assert rows["area"].tolist() == [1.5, 5.25, 4, 0, 0, 0, 11]
    assert rows["inside"].tolist() == [False, True, True, True, True, False, False]
