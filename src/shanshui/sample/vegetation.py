"""How green the land is in truth: a curve over the months for every class, planted trends, and the drought."""

from dataclasses import dataclass

import numpy as np

from shanshui.sample.arrays import Codes, Field, bump
from shanshui.sample.extent import Window
from shanshui.sample.landscape import Landscape, tile_of
from shanshui.sample.legend import LEVEL1, Cover
from shanshui.sample.noise import fractal_field, stream
from shanshui.sample.rainfall import MIDDLE, rain_anomaly
from shanshui.sample.rasters import FIRST_YEAR, SECOND_YEAR
from shanshui.sample.trends import TrendCodes, trends_at

GROWING = range(4, 11)  # months of the growing season, April to October
BARE_SOIL = 0.08  # NDVI of soil, from which a drought takes nothing

# NDVI in the depth of winter and at the height of summer, the month of the height (7.5 is the middle of July), and how
# many months from it the curve has fallen to a third of its rise.
_CURVES: dict[Cover, tuple[float, float, float, float]] = {
    Cover.PADDY: (0.17, 0.80, 8.0, 2.0),
    Cover.DRY_CROPLAND: (0.17, 0.76, 7.7, 2.3),
    Cover.ORCHARD: (0.24, 0.72, 7.3, 2.9),
    Cover.BROADLEAF: (0.30, 0.84, 7.2, 3.1),
    Cover.NEEDLELEAF: (0.50, 0.78, 7.2, 3.2),
    Cover.MIXED: (0.40, 0.82, 7.2, 3.1),
    Cover.WOODLAND: (0.28, 0.70, 7.3, 2.9),
    Cover.SHRUB: (0.23, 0.66, 7.4, 2.8),
    Cover.MEADOW: (0.13, 0.68, 7.4, 2.4),
    Cover.STEPPE: (0.13, 0.48, 7.6, 2.5),
    Cover.TUSSOCK: (0.18, 0.58, 7.5, 2.6),
    Cover.SPARSE_GRASS: (0.11, 0.28, 7.6, 2.4),
    Cover.RIVER: (-0.03, 0.01, 7.0, 3.0),
    Cover.LAKE: (-0.05, 0.00, 7.0, 3.0),
    Cover.RESERVOIR: (-0.04, 0.00, 7.0, 3.0),
    Cover.SEA: (-0.06, -0.04, 7.0, 3.0),
    Cover.TIDAL_FLAT: (0.02, 0.08, 7.5, 2.5),
    Cover.MARSH: (0.12, 0.62, 7.8, 2.4),
    Cover.TOWN: (0.12, 0.26, 7.3, 2.8),
    Cover.VILLAGE: (0.15, 0.42, 7.5, 2.6),
    Cover.PARK: (0.25, 0.66, 7.2, 3.0),
    Cover.INDUSTRY: (0.10, 0.20, 7.3, 2.8),
    Cover.MINE: (0.09, 0.20, 7.3, 2.8),
    Cover.SAND: (0.08, 0.16, 7.6, 2.4),
    Cover.SALINE: (0.07, 0.17, 7.6, 2.4),
    Cover.ROCK: (0.08, 0.20, 7.4, 2.4),
}

# How much of a shortfall of rain shows in growth, by ecosystem at level 1.
_RESPONSES = {1: 0.25, 2: 0.5, 3: 0.9, 4: 0.2, 5: 0.75, 6: 0.3, 7: 0.6}
_SPARED = 0.15  # a shortfall up to this is met from the soil's store and does not show in the NDVI
_WINTER = 0.4  # share of a trend or of a drought that shows outside the growing season


def _curves() -> Field:
    """NDVI (codes, months) of each class, January first; each month is its middle."""
    table = np.zeros((256, 12))
    month = np.arange(1, 13) + 0.5
    for cover, (low, high, height, width) in _CURVES.items():
        table[cover] = low + (high - low) * bump(month, height, width)
    return table


CURVES = _curves()
SEASON_MEAN: Field = CURVES[:, GROWING.start - 1 : GROWING.stop - 1].mean(axis=1)
RESPONSE: Field = np.array([_RESPONSES.get(int(level1), 0.0) for level1 in LEVEL1])


@dataclass(frozen=True)
class Vegetation:
    """The vegetation of a window of cells; arrays are (rows, columns)."""

    x: Field
    """m east of the extent's west edge"""
    y: Field
    """m south of its north edge"""
    first: Codes
    """land cover of the first year"""
    second: Codes
    """land cover of the second year"""
    vigour: Field
    """what the curve of the class is multiplied by at each place"""
    kind: TrendCodes
    """planted trend, see `trends.trends_at`"""
    slope: Field
    """of the planted trend, NDVI a year"""


def vegetation_of(landscape: Landscape, size: int, window: Window) -> Vegetation:
    """Compute the vegetation of a window of cells.

    Parameters
    ----------
    landscape : Landscape
    size : cells a side of the whole grid
    window : row, column, height and width

    Returns
    -------
    Vegetation
        each cell by itself: the same whatever the window it is asked for in.
    """
    tile, seed = tile_of(landscape, size, window), landscape.seed
    x, y = tile.ground.x, tile.ground.y
    kind, slope = trends_at(x, y, tile.first, tile.second, landscape.trends, seed)
    vigour = 1.0 + 0.06 * fractal_field(x, y, 3_000.0, 3, stream(seed, "vigour"))
    return Vegetation(x, y, tile.first, tile.second, vigour, kind, slope)


def _between(vegetation: Vegetation, of_class: Field, year: int) -> Field:
    """What belongs to a class, on its straight way from the first year's class to the second's."""
    share = (year - FIRST_YEAR) / (SECOND_YEAR - FIRST_YEAR)
    return of_class[vegetation.first] * (1.0 - share) + of_class[vegetation.second] * share


def greenness(vegetation: Vegetation, year: int, month: int) -> Field:
    """Give the NDVI of a month of common weather.

    Parameters
    ----------
    vegetation : Vegetation
    year, month : which month, January is 1

    Returns
    -------
    array (rows, columns)
        without noise, cloud or drought. Where the land cover was converted it goes evenly from the old class's curve
        in the first year of the land cover to the new one's in the second.
    """
    trend = vegetation.slope * ((year - MIDDLE) * (1.0 if month in GROWING else _WINTER))
    return vegetation.vigour * _between(vegetation, CURVES[:, month - 1], year) + trend


def season_greenness(vegetation: Vegetation, year: int) -> Field:
    """Give the mean NDVI of a growing season of common weather, array (rows, columns)."""
    return vegetation.vigour * _between(vegetation, SEASON_MEAN, year) + vegetation.slope * (year - MIDDLE)


def season_slope(vegetation: Vegetation) -> Field:
    """Give how `season_greenness` changes in a year, array (rows, columns): the same for any two years."""
    turned = SEASON_MEAN[vegetation.second] - SEASON_MEAN[vegetation.first]
    return vegetation.vigour * turned / (SECOND_YEAR - FIRST_YEAR) + vegetation.slope


def rain_response(vegetation: Vegetation, year: int, seed: int) -> Field:
    """Give by what share the growth of a year departs from common weather, after its rain; array (rows, columns)."""
    return _between(vegetation, RESPONSE, year) * rain_anomaly(vegetation.x, vegetation.y, year, seed)


def drought_loss(vegetation: Vegetation, year: int, seed: int) -> Field:
    """Give the share of its green that vegetation loses to drought in the growing season.

    Parameters
    ----------
    vegetation : Vegetation
    year : one of `rainfall.YEARS`
    seed : of the sample

    Returns
    -------
    array (rows, columns)
        0 unless the year's rain falls short by more than the soil's store can meet.
    """
    shortfall = -rain_anomaly(vegetation.x, vegetation.y, year, seed) - _SPARED
    return _between(vegetation, RESPONSE, year) * np.maximum(shortfall, 0.0)


def grown(green: Field, loss: Field, month: int) -> Field:
    """Take a drought's loss from the NDVI of a month.

    Parameters
    ----------
    green : array (rows, columns), NDVI in common weather
    loss : array of the same shape, see `drought_loss`
    month : January is 1

    Returns
    -------
    array (rows, columns)
        less in the growing season, a little less outside it, and never below the NDVI of bare soil for it.
    """
    return green - np.maximum(green - BARE_SOIL, 0.0) * loss * (1.0 if month in GROWING else _WINTER)
