"""Net primary productivity: it follows the greenness of the growing season, and the rain of the year."""

import numpy as np
import numpy.typing as npt

from shanshui.sample.arrays import Field
from shanshui.sample.legend import LEVEL1
from shanshui.sample.noise import hash_field, stream
from shanshui.sample.vegetation import Vegetation, rain_response, season_greenness, season_slope

SCALE = 0.0001  # kg of carbon per m2 and year, as MODIS stores it
WATER, NODATA = 32766, 32767  # fill values, as MODIS has them

_PER_GREEN = 1_150.0  # gC/m2 a year for each unit of NDVI above the one where nothing grows
_NOTHING_GROWS = 0.09
_LEAST = 0.01  # NDVI above it, of ground that is all but bare
_NOISE = 0.05
_STEP = 10.0  # stored counts are a multiple of this, 1 gC


def _growth(vegetation: Vegetation, year: int) -> Field:
    return np.maximum(season_greenness(vegetation, year) - _NOTHING_GROWS, _LEAST)


def productivity(vegetation: Vegetation, year: int, seed: int) -> Field:
    """Give the net primary productivity of a year.

    Parameters
    ----------
    vegetation : Vegetation
    year : one of `rainfall.YEARS`
    seed : of the sample

    Returns
    -------
    array (rows, columns)
        gC/m2 a year, without noise: in proportion to the growing season's greenness in common weather, times one plus
        what the rain of the year adds or takes. It means nothing on water.
    """
    return _PER_GREEN * _growth(vegetation, year) * (1.0 + rain_response(vegetation, year, seed))


def unexplained_slope(vegetation: Vegetation, middle: float) -> Field:
    """Give the part of its trend that rain does not explain.

    Parameters
    ----------
    vegetation : Vegetation
    middle : of the years

    Returns
    -------
    array (rows, columns)
        percent a year of the productivity in the middle of the years: what the planted trends and the conversions of
        land cover bring.
    """
    before, after = (season_greenness(vegetation, year) for year in (int(np.floor(middle)), int(np.ceil(middle))))
    growth = np.maximum((before + after) / 2.0 - _NOTHING_GROWS, _LEAST)
    return np.where(growth > _LEAST, 100.0 * season_slope(vegetation) / growth, 0.0)


def stored_productivity(vegetation: Vegetation, year: int, row: int, column: int, seed: int) -> npt.NDArray[np.int16]:
    """Give the productivity of a year as it is delivered.

    Parameters
    ----------
    vegetation : Vegetation
    year : one of `rainfall.YEARS`
    row, column : first cell of the window, counted in the whole grid
    seed : of the sample

    Returns
    -------
    array (rows, columns), int16
        kgC/m2 a year / ``SCALE``, each cell off by a few percent; ``WATER`` where either land cover is water.
    """
    draw = hash_field(row, column, *vegetation.x.shape, stream(seed, f"productivity of {year}"))
    grams = productivity(vegetation, year, seed) * (1.0 + _NOISE * (2.0 * draw - 1.0))
    counts = np.rint(grams / 1_000.0 / (SCALE * _STEP)) * _STEP
    return np.where(is_water(vegetation), WATER, counts).astype(np.int16)


def is_water(vegetation: Vegetation) -> npt.NDArray[np.bool_]:
    """Tell where either land cover is water, array (rows, columns)."""
    return (LEVEL1[vegetation.first] == 9) | (LEVEL1[vegetation.second] == 9)
