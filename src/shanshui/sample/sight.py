"""What a satellite sees of the vegetation: noise, clouds, and years that are lost."""

import numpy as np
import numpy.typing as npt

from shanshui.sample.arrays import Field, Mask
from shanshui.sample.noise import fractal_field, hash_field, spot_field, stream
from shanshui.sample.vegetation import Vegetation, drought_loss, greenness, grown

SCALE, NODATA = 0.0001, -3000  # as MODIS has them
STEP = 100  # stored NDVI is a multiple of this, 0.01: finer is noise, and makes the files larger by half
NOISE = 0.025  # the most by which a month errs

_CLOUDY = 0.74  # of the noise that makes clouds: about one month in a hundred
_HAZE = 0.004


def seen(vegetation: Vegetation, year: int, row: int, column: int, seed: int) -> npt.NDArray[np.int16]:
    """Give the NDVI of a year as it is delivered.

    Parameters
    ----------
    vegetation : Vegetation
    year : one of `rainfall.YEARS`
    row, column : first cell of the window, counted in the whole grid
    seed : of the sample

    Returns
    -------
    array (12, rows, columns), int16
        NDVI / ``SCALE``, rounded to ``STEP``; ``NODATA`` under clouds, and all year in scattered small spots. Every
        month of every cell errs by itself, and every year a little alike from cell to cell.
    """
    x, y = vegetation.x, vegetation.y
    loss = drought_loss(vegetation, year, seed)
    haze = _HAZE * fractal_field(x, y, 12_000.0, 2, stream(seed, f"haze of {year}"))
    lost: Mask = spot_field(x, y, 6_000.0, 100.0, 500.0, stream(seed, f"lost in {year}")) < 0.0
    stored = np.empty((12, *x.shape), np.int16)
    for month in range(1, 13):
        green = grown(greenness(vegetation, year, month), loss, month)
        error = haze + _error(x.shape, row, column, stream(seed, f"ndvi {year}-{month}"))
        cells = np.rint((green + error) / (SCALE * STEP)) * STEP
        cloud = fractal_field(x, y, 8_000.0, 1, stream(seed, f"clouds {year}-{month}")) > _CLOUDY
        stored[month - 1] = np.where(cloud | lost, NODATA, cells)
    return stored


def _error(shape: tuple[int, ...], row: int, column: int, stream_number: int) -> Field:
    """Errors that are independent from cell to cell: the sum of two even draws, at most ``NOISE``."""
    draws = (hash_field(row, column, *shape, stream_number + k) for k in range(2))
    return NOISE * (sum(draws) - 1.0)
