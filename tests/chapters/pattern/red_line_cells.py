"""Small red lines on disk: what is known of their cells, and what a certificate is compared with."""

import numpy as np
from affine import Affine
from odc.geo.geobox import GeoBox

from shanshui.base.grid import Window
from shanshui.chapters.pattern.delineation import Cells
from shanshui.data.scratch import ScratchRaster

# Cells are wider than high, so that no side is taken for another: 400 m by 250 m, a tenth of a km2.
WIDTH, HEIGHT = 400.0, 250.0
KM2 = WIDTH * HEIGHT / 1e6


def on_disk(folder, cells, tile=16):
    cells = np.asarray(cells)
    shape = cells.shape[-2:]
    raster = ScratchRaster(folder, shape, tile, cells.dtype, planes=None if cells.ndim == 2 else len(cells))
    raster.write(Window(0, 0, *shape), cells)
    return raster


def read(raster):
    return raster.read(Window(0, 0, *raster.shape))


def cells_of(folder, ground, realm=None, tile=16):
    ground = np.asarray(ground, np.int32)
    realm = np.ones(ground.shape, np.int32) if realm is None else np.asarray(realm, np.int32)
    sides = (np.full(ground.shape, size) for size in (WIDTH * HEIGHT, WIDTH, HEIGHT))
    return Cells(*(on_disk(folder, each, tile) for each in (ground, realm, *sides)))


def box(shape):
    return GeoBox(shape, Affine(WIDTH, 0, 500_000, 0, -HEIGHT, 2_600_000), "EPSG:32649")


def boundary(inside, edge=True):
    """Length of the boundary of what is inside [km]; by `edge` with that at the end of the raster."""
    around = np.pad(inside, 1) if edge else np.pad(inside, 1, mode="edge")
    down, right = np.diff(around.astype(int), axis=0), np.diff(around.astype(int), axis=1)
    return (np.abs(down).sum() * WIDTH + np.abs(right).sum() * HEIGHT) / 1000
