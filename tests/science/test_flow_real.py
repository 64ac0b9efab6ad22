"""Flow on real surfaces, beside what other programs made of them."""

import numpy as np
import pytest
import rasterio
from tests.science.flow_fixtures import STEP, MemoryRaster, beside

from shanshui.science.depressions import fill_depressions
from shanshui.science.flow_accumulation import flow_accumulation
from shanshui.science.flow_direction import flow_direction

pytestmark = pytest.mark.real


def read(path):
    with rasterio.open(path) as raster:
        cells = raster.read(1)
        if raster.nodata is not None:
            cells = np.where(cells == cells.dtype.type(raster.nodata), np.nan, cells)
        return cells, raster.transform


@pytest.fixture(scope="module")
def invest(shared_data):
    """The elevation on the part that InVEST cut out, and what it made there."""
    elevation, whole = read(shared_data / "invest/inputs/dem.tif")
    filled, part = read(shared_data / "invest/outputs/pit_filled_dem.tif")
    counts, _ = read(shared_data / "invest/outputs/flow_accumulation.tif")
    column, row = (round(place) for place in ~whole * (part.c, part.f))
    elevation = elevation[row : row + filled.shape[0], column : column + filled.shape[1]]
    assert np.array_equal(np.isnan(elevation), np.isnan(filled))
    return elevation, filled, counts


def test_the_filled_surface_is_that_of_invest(invest):
    elevation, wanted, _ = invest
    filled = fill_depressions(MemoryRaster(elevation, 128)).cells
    assert np.array_equal(filled, wanted, equal_nan=True)
    # It is worth comparing: a quarter of the cells rise.
    assert 0.2 < (filled > elevation).sum() / np.isfinite(elevation).sum() < 0.3


def test_flow_is_that_of_invest_where_no_flat_lies_upstream(invest):
    elevation, _, theirs = invest
    filled = fill_depressions(MemoryRaster(elevation, 128))
    codes = flow_direction(filled, 90, 90).cells
    counts = flow_accumulation(MemoryRaster(codes, 128)).cells
    data = codes != 255
    assert counts[codes == 0].sum() == data.sum()
    assert counts[data].max() == theirs[data].max()
    # Flats are directed by another rule there. From the smallest count on, so that all upstream is known.
    after_flat = np.zeros(codes.shape, bool)
    for place in sorted(zip(*np.nonzero(data), strict=True), key=counts.__getitem__):
        levels = [filled.cells[near] for _, near in beside(elevation, *place)]
        after_flat[place] |= codes[place] != 0 and min(levels) == filled.cells[place]
        if codes[place] != 0 and after_flat[place]:
            down, right = STEP[int(codes[place])]
            after_flat[place[0] + down, place[1] + right] = True
    free = data & ~after_flat
    assert 0.68 < free.sum() / data.sum() < 0.70
    assert np.array_equal(counts[free], theirs[free])
    assert np.mean(counts[data] == theirs[data]) > 0.85


def test_the_basin_of_the_rhine_drains_at_its_mouth(shared_data):
    theirs, _ = read(shared_data / "rhine/examples/rhine_d8.tif")
    ours = np.full(256, 255, np.uint8)
    # East, then clockwise, as powers of two; 247 has no data, and 0 is the mouth.
    ours[[1, 128, 64, 32, 16, 8, 4, 2, 0]] = [1, 2, 3, 4, 5, 6, 7, 8, 0]
    codes = ours[theirs]
    for tile in (100, 1000):
        counts = flow_accumulation(MemoryRaster(codes, tile)).cells
        assert counts[codes == 0].tolist() == [np.count_nonzero(theirs != 247)]


def test_the_surface_of_the_rhine_is_routed_alike_for_any_tiles(shared_data):
    elevation, _ = read(shared_data / "rhine/examples/rhine_elv0.tif")
    made = []
    for tile in (100, 1000):
        filled = fill_depressions(MemoryRaster(elevation.astype(np.float32), tile))
        codes = flow_direction(filled, 585.0, 927.0)
        counts = flow_accumulation(codes)
        made.append([filled.cells.tobytes(), codes.cells.tobytes(), counts.cells.tobytes()])
        assert (filled.cells[~np.isnan(elevation)] >= elevation[~np.isnan(elevation)]).all()
        assert counts.cells[codes.cells == 0].sum() == np.count_nonzero(~np.isnan(elevation))
    assert made[0] == made[1]
