"""Rain of every month and day: most of it in a few storms of summer, none on most days."""

from calendar import monthrange
from functools import cache
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from shanshui.sample.arrays import Field
from shanshui.sample.noise import fractal_field, hash_unit, stream
from shanshui.sample.rainfall import YEARS, year_rain
from shanshui.sample.small_rasters import COARSE, cell_means, coarse_geobox, fine_geobox, places_of, write_bands

DAY_YEARS = YEARS[-3:]  # whose days are written
NODATA = 65535

Tenths: TypeAlias = npt.NDArray[np.floating[Any]]
"""rain in tenths of a millimetre, whole numbers"""

# January to December: share of the year's rain, and days on which it rains somewhere.
_SHARES = np.array([0.006, 0.009, 0.017, 0.040, 0.075, 0.135, 0.285, 0.255, 0.090, 0.050, 0.027, 0.011])
_WET_DAYS = np.array([2, 3, 4, 5, 7, 11, 14, 13, 9, 6, 4, 3])
_UNEVEN, _PATCHY = 0.7, 0.15  # how far the months of a year depart from their shares: all over, and from place to place
_TAIL = 1.5  # the higher, the more of a month's rain falls in its greatest storm
_SPREAD = 1.4  # the higher, the more places a storm misses


def _shared_out(weights: Field, total: Tenths) -> Tenths:
    """Whole tenths in proportion to weights (first axis) that sum to the total exactly; none where a weight is 0."""
    reached = np.cumsum(weights, axis=0)
    # The last of the quotients is 1, whatever the rounding before it.
    return np.diff(np.rint(reached / reached[-1] * total), axis=0, prepend=0.0)


def month_rain(x: Field, y: Field, year: int, seed: int) -> Tenths:
    """Give the rain of the months of a year.

    Parameters
    ----------
    x, y : arrays (rows, columns), m, anywhere
    year : one of ``YEARS``
    seed : of the sample

    Returns
    -------
    array (12, rows, columns)
        tenths of a millimetre; they sum to `rainfall.year_rain` exactly.
    """
    weights = np.empty((12, *x.shape))
    for month, share in enumerate(_SHARES):
        name = stream(seed, f"rain of {year}-{month + 1}")
        whole = _UNEVEN * (hash_unit(0, 0, name) - 0.5)
        weights[month] = share * np.exp(whole + _PATCHY * fractal_field(x, y, 30_000.0, 2, name + 1))
    return _shared_out(weights, year_rain(x, y, year, seed))


def _storms(x: Field, y: Field, year: int, month: int, seed: int) -> Field:
    """How much of a month's rain falls on each of its days, (days, rows, columns), as weights; 0 on dry days."""
    days = monthrange(year, month)[1]
    name = stream(seed, f"days of {year}-{month}")
    chances = np.array([hash_unit(day, 0, name) for day in range(days)])
    count = int(np.rint(_WET_DAYS[month - 1] * (0.75 + 0.5 * hash_unit(0, 1, name))))
    wet = np.argsort(chances, kind="stable")[:count]
    # Amounts have a long tail; the greatest storm reaches everywhere, so that no place lacks a day for its rain.
    amounts = np.array([(-np.log(1.0 - hash_unit(int(day), 2, name))) ** _TAIL for day in wet])
    weights = np.zeros((days, *x.shape))
    for day, amount in zip(wet, amounts, strict=True):
        local = 1.0 + _SPREAD * fractal_field(x, y, 28_000.0, 2, stream(seed, f"storm of {year}-{month}-{day + 1}"))
        weights[day] = amount * np.maximum(local, 0.25 if amount == amounts.max() else 0.0)
    return weights


@cache
def _coarse_places() -> tuple[Field, Field]:
    return places_of(coarse_geobox())


def day_rain(year: int, seed: int) -> Tenths:
    """Give the rain of the days of a year on the coarse grid.

    Parameters
    ----------
    year : one of ``YEARS``
    seed : of the sample

    Returns
    -------
    array (365 or 366, rows, columns)
        tenths of a millimetre; the days of a month sum to the mean of `month_rain` in the cell, rounded.
    """
    x, y = _coarse_places()
    months = np.rint(cell_means(month_rain(*places_of(coarse_geobox(), COARSE), year, seed), COARSE))
    return np.concatenate([_shared_out(_storms(x, y, year, k + 1, seed), months[k]) for k in range(12)])


def rainy_days(seed: int) -> Field:
    """Give how many days of each month have rain, on the mean of ``YEARS``, (12, rows, columns) on the coarse grid."""
    counts = np.zeros((12, *coarse_geobox().shape))
    for year in YEARS:
        first = np.cumsum([0] + [monthrange(year, month)[1] for month in range(1, 12)])
        counts += np.add.reduceat(day_rain(year, seed) > 0.0, first, axis=0, dtype=np.int64)
    return counts / len(YEARS)


def write_rain_days(folder: Path, seed: int) -> None:
    """Write the rain of every month, of every day of ``DAY_YEARS``, and the days with rain.

    Parameters
    ----------
    folder : where ``monthly_precipitation_YEAR.tif`` and ``daily_precipitation_YEAR.tif`` (tenths of a millimetre) and
        ``monthly_rain_days.tif`` (tenths of a day) are written, the same for every size of the sample
    seed : of the sample
    """
    fine, coarse = fine_geobox(), coarse_geobox()
    x, y = places_of(fine)

    def write(name: str, geobox: Any, cells: Field, unit: str, words: str) -> None:
        write_bands(folder / f"{name}.tif", geobox, cells, dtype="uint16", nodata=NODATA, unit=unit, name=words)

    for year in YEARS:
        words = f"monthly precipitation x 10 {year}"
        write(f"monthly_precipitation_{year}", fine, month_rain(x, y, year, seed), "mm", words)
    for year in DAY_YEARS:
        words = f"daily precipitation x 10 {year}"
        write(f"daily_precipitation_{year}", coarse, day_rain(year, seed), "mm", words)
    write("monthly_rain_days", coarse, np.rint(10.0 * rainy_days(seed)), "day", "days with rain x 10")
