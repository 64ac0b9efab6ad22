from dataclasses import fields

import numpy as np
import pytest

from shanshui.sample.landscape import tile_of
from shanshui.sample.rasters import Layers, layers_of, windows_of

SIZE = 300
LAYERS = [field.name for field in fields(Layers)]


def mosaic(landscape, tile):
    whole = {}
    for window in windows_of(SIZE, tile):
        row, column, height, width = window
        layers = layers_of(landscape, SIZE, window)
        for name in LAYERS:
            part = getattr(layers, name)
            assert part.shape == (height, width)
            target = whole.setdefault(name, np.full((SIZE, SIZE), -1, part.dtype if part.dtype.kind == "f" else "i2"))
            target[row : row + height, column : column + width] = part
    return whole


def test_windows_cover_every_cell_once():
    covered = np.zeros((10, 10), int)
    for row, column, height, width in windows_of(10, 4):
        covered[row : row + height, column : column + width] += 1
    assert (covered == 1).all()


@pytest.fixture(scope="module")
def whole(landscape):
    return mosaic(landscape, SIZE)


@pytest.mark.parametrize("tile", [64, 256])
def test_no_cell_depends_on_the_tile_size(landscape, whole, tile):
    parts = mosaic(landscape, tile)
    for name in LAYERS:
        np.testing.assert_array_equal(parts[name], whole[name], err_msg=name)


def test_a_finer_sample_shows_the_same_landscape(landscape):
    # Three times as many cells a side: the middle one of three has the centre of the coarse one.
    coarse = tile_of(landscape, 100, (20, 30, 40, 50))
    fine = tile_of(landscape, 300, (60, 90, 120, 150))
    np.testing.assert_array_equal(fine.ground.elevation[1::3, 1::3], coarse.ground.elevation)
    np.testing.assert_array_equal(fine.first[1::3, 1::3], coarse.first)
    np.testing.assert_array_equal(fine.second[1::3, 1::3], coarse.second)
    assert (coarse.first != coarse.second).any()
