import numpy as np
import pytest
from hypothesis import given, settings
from tests.science.flow_fixtures import STEP, TILES, MemoryRaster, counts_by_definition, surfaces

from shanshui.base.grid import Window
from shanshui.science.depressions import fill_depressions
from shanshui.science.flow_accumulation import flow_accumulation
from shanshui.science.flow_direction import flow_direction


def routed(cells, tile):
    filled = fill_depressions(MemoryRaster(cells, tile))
    codes = flow_direction(filled, 30, 30)
    return codes.cells, flow_accumulation(codes).cells


def test_a_valley_by_hand():
    codes = np.array([[8, 8, 7, 6, 6], [8, 8, 7, 6, 6], [8, 8, 7, 6, 6], [8, 8, 7, 6, 6], [1, 1, 0, 5, 5]], np.uint8)
    # Second column: itself and the one to its upper left. Middle: what comes from above, itself, and two sides.
    # (1, 2) = 1 + 1 + 1 + 1; (2, 2) = 4 + 1 + 2 + 2; (3, 2) = 9 + 1 + 2 + 2; the lowest takes 14, the sides 2 + 2 from
    # above and 3 + 3 beside it (each of those: itself, (4, 0) and (3, 0)), and itself: 25, all there are.
    wanted = [[1, 1, 1, 1, 1], [1, 2, 4, 2, 1], [1, 2, 9, 2, 1], [1, 2, 14, 2, 1], [1, 3, 25, 3, 1]]
    for tile in (1, 2, 3, 1000):
        counts = flow_accumulation(MemoryRaster(codes, tile)).cells
        assert counts.dtype == np.float64
        assert counts.tolist() == wanted


def test_water_may_come_back_to_a_tile():
    # A meander over the border of two tiles, and a cell without data.
    codes = np.array([[1, 1, 7, 255], [7, 5, 5, 255], [1, 1, 1, 0]], np.uint8)
    for tile in (1, 2, 1000):
        counts = flow_accumulation(MemoryRaster(codes, tile)).cells
        assert np.isnan(counts[:2, 3]).all()
        assert counts[2].tolist() == [7, 8, 9, 10]
        assert counts[1, :3].tolist() == [6, 5, 4]


def test_beyond_the_raster_nothing_flows_in():
    # One cell a tile, all outlets.
    assert (flow_accumulation(MemoryRaster(np.zeros((3, 3), np.uint8), 1)).cells == 1).all()


class Strips(MemoryRaster):
    """Tiles as high as the raster."""

    def tiles(self):
        rows, columns = self.shape
        for column in range(0, columns, self.tile):
            yield Window(0, column, rows, min(self.tile, columns - column))

    def blank(self, dtype):
        return Strips(np.zeros(self.shape, dtype), self.tile)


@pytest.mark.parametrize("across", [1, 2, 3, 4, 6])
@pytest.mark.parametrize(("code", "wanted"), [(1, [1, 2, 3, 4, 5, 6]), (5, [6, 5, 4, 3, 2, 1])], ids=["east", "west"])
def test_water_runs_through_tiles_of_any_width(across, code, wanted):
    """Six rows that run side by side; every one enters each tile in one column and leaves it in the other."""
    codes = np.full((6, 6), code, np.uint8)
    codes[:, -1 if code == 1 else 0] = 0
    counts = flow_accumulation(Strips(codes, across)).cells
    assert counts.tolist() == [wanted] * 6


@settings(deadline=None, max_examples=80)
@given(surfaces())
def test_it_is_what_following_every_cell_gives_for_any_tiles(cells):
    codes, counts = routed(cells, 1000)
    assert np.array_equal(counts, counts_by_definition(codes), equal_nan=True)
    for tile in TILES:
        again_codes, again = routed(cells, tile)
        assert again_codes.tobytes() == codes.tobytes()
        assert again.tobytes() == counts.tobytes()


@settings(deadline=None, max_examples=50)
@given(surfaces())
def test_what_leaves_is_all_there_is_and_it_grows_downstream(cells):
    codes, counts = routed(cells, 6)
    assert counts[codes == 0].sum() == np.count_nonzero(~np.isnan(cells))
    for row, column in np.argwhere((codes > 0) & (codes < 255)):
        down, right = STEP[int(codes[row, column])]
        assert counts[row + down, column + right] > counts[row, column]


def test_tiles_of_a_larger_surface():
    random = np.random.default_rng(11)
    rough = random.normal(0, 1, (200, 150)).cumsum(axis=0).cumsum(axis=1)
    for cells in (rough.astype(np.float32), np.round(rough / 50).astype(np.float32)):
        cells[random.random(cells.shape) < 0.002] = np.nan
        codes, counts = routed(cells, 1000)
        assert counts[codes == 0].sum() == np.count_nonzero(~np.isnan(cells))
        for tile in (16, 64):
            again_codes, again = routed(cells, tile)
            assert again_codes.tobytes() == codes.tobytes()
            assert again.tobytes() == counts.tobytes()
