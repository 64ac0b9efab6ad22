"""How large a grid is on the ground, and where north is."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pyproj
from odc.geo.geobox import GeoBox

ELLIPSOID = pyproj.Geod(ellps="WGS84")
# A line across the grid is measured in so many pieces, for it may be no geodesic.
PIECES = 32
# Beyond this angle between up and north a map carries no north arrow [degrees].
NORTH_TOLERANCE = 2.0
# The scale bar is the longest round length within this share of the map's width.
BAR_SHARE = 0.3


@dataclass(frozen=True)
class ScaleBar:
    """A scale bar: its length on the ground [km] and on the map [percent of its width]."""

    kilometres: float
    percent: float


def ground_size(geobox: GeoBox) -> tuple[float, float]:
    """Measure a grid across its middle, on the ellipsoid.

    Parameters
    ----------
    geobox : GeoBox
        The grid.

    Returns
    -------
    (float, float)
        Width and height [m].
    """
    rows, columns = geobox.shape
    steps = np.linspace(0.0, 1.0, PIECES + 1)
    middle = np.full_like(steps, 0.5)
    return _length(geobox, steps * columns, middle * rows), _length(geobox, middle * columns, steps * rows)


def scale_bar(width: float) -> ScaleBar:
    """Choose a round length for a map of some width.

    Parameters
    ----------
    width : float
        Width of the map on the ground [m].

    Returns
    -------
    ScaleBar
        1, 2 or 5 times a power of ten.

    Examples
    --------
    >>> scale_bar(100_000.0)
    ScaleBar(kilometres=20.0, percent=20.0)
    """
    longest = BAR_SHARE * width / 1000.0
    power = 10.0 ** math.floor(math.log10(longest))
    kilometres = max(power * factor for factor in (1, 2, 5) if power * factor <= longest)
    return ScaleBar(kilometres, 100.0 * kilometres * 1000.0 / width)


def north_is_up(geobox: GeoBox) -> bool:
    """Tell whether a line up the middle of the grid runs north, within `NORTH_TOLERANCE`."""
    rows, columns = geobox.shape
    longitude, latitude = _degrees(geobox, np.array([columns / 2, columns / 2]), np.array([rows / 2, rows / 2 - 1]))
    azimuth, _, _ = ELLIPSOID.inv(longitude[0], latitude[0], longitude[1], latitude[1])
    return abs(azimuth) <= NORTH_TOLERANCE


def _length(geobox: GeoBox, columns: np.ndarray, rows: np.ndarray) -> float:
    return float(ELLIPSOID.line_length(*_degrees(geobox, columns, rows)))


def _degrees(geobox: GeoBox, columns: np.ndarray, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Give longitude and latitude of places that are counted in cells."""
    place = geobox.transform
    east = place.a * columns + place.b * rows + place.c
    north = place.d * columns + place.e * rows + place.f
    assert geobox.crs is not None
    crs = pyproj.CRS.from_wkt(geobox.crs.to_wkt())
    to_degrees = pyproj.Transformer.from_crs(crs, crs.geodetic_crs, always_xy=True)
    longitude, latitude = to_degrees.transform(east, north)
    return np.asarray(longitude), np.asarray(latitude)
