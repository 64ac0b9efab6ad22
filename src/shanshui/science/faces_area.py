"""The area of very many polygons on the ellipsoid, so that the areas of parts add up to that of the whole."""

from __future__ import annotations

from typing import Any

import numba
import numpy as np
import pyproj
import shapely
from numpy.polynomial import chebyshev
from numpy.typing import NDArray

from shanshui.science.cell_area import PROBE, area_density, geodesic_of

# The density is first laid through so many nodes a side; then only the terms that matter are kept.
NODES = 24
# Terms below this share of the greatest are rounding of the differences by which the density is measured.
NEGLIGIBLE = 1e-11


class EllipsoidArea:
    """Areas on the ellipsoid of polygons whose sides are straight in the plane.

    Parameters
    ----------
    bounds : float64 ndarray (4,)
        Least x and y, greatest x and y of all that will be measured [units of the CRS]; NaN where there is nothing.
    crs : pyproj.CRS
        Theirs.

    Raises
    ------
    ValueError
        Where the CRS has no place on the Earth for them.

    Notes
    -----
    A = integral of s over the polygon = closed line integral of P dy, P the integral of s over x (Green's theorem);
    s is the area on the ellipsoid of a unit square of the plane, as a Chebyshev series over the bounds. Each side is
    integrated with four Gauss-Legendre points. So a side that two polygons share counts alike for both, and sums over
    parts hold to rounding.
    """

    def __init__(self, bounds: NDArray[np.float64], crs: pyproj.CRS) -> None:
        self._potential = np.zeros((1, 1))
        self._middle, self._half = (0.0, 0.0), (1.0, 1.0)
        if np.isnan(bounds).any():
            return
        geodesic = geodesic_of(crs)
        probe = PROBE / metres_of(crs)
        self._middle = (bounds[0] + bounds[2]) / 2, (bounds[1] + bounds[3]) / 2
        # A point has no width; half a probe is as good as any.
        self._half = max((bounds[2] - bounds[0]) / 2, probe), max((bounds[3] - bounds[1]) / 2, probe)
        nodes = chebyshev.chebpts1(NODES)
        x = self._middle[0] + self._half[0] * nodes
        y = self._middle[1] + self._half[1] * nodes
        across, up = np.meshgrid(x, y, indexing="ij")
        with np.errstate(invalid="ignore"):
            density = area_density(crs, geodesic, across.ravel(), up.ravel(), probe).reshape(across.shape)
        if not np.isfinite(density).all():
            raise ValueError(f"coordinates from {tuple(bounds[:2])} to {tuple(bounds[2:])} lie outside of {crs.name}")
        inverse = np.linalg.inv(chebyshev.chebvander(nodes, NODES - 1))
        terms = inverse @ density @ inverse.T
        matter = np.abs(terms) > NEGLIGIBLE * np.abs(terms).max()
        rows, columns = int(np.flatnonzero(matter.any(1))[-1]) + 1, int(np.flatnonzero(matter.any(0))[-1]) + 1
        self._potential = np.ascontiguousarray(chebyshev.chebint(terms[:rows, :columns], axis=0))

    def of(self, polygons: NDArray[Any]) -> NDArray[np.float64]:
        """Measure polygons.

        Parameters
        ----------
        polygons : ndarray of shapely polygons and multipolygons
            Valid; within the bounds.

        Returns
        -------
        float64 ndarray
            Areas [m2]; 0 of empty ones.

        Examples
        --------
        >>> box = shapely.box(0, 0, 1, 1)
        >>> area = EllipsoidArea(np.array(box.bounds), pyproj.CRS("EPSG:4326")).of(np.array([box]))
        >>> (area / 1e6).round(1).tolist()
        [12308.5]
        """
        if not len(polygons):
            return np.empty(0, np.float64)
        parts, owner = shapely.get_parts(polygons, return_index=True)
        if not len(parts):
            return np.zeros(len(polygons))
        _, points, (rings, shells) = shapely.to_ragged_array(parts)
        place = (points - self._middle) / self._half
        areas = _areas(place, rings.astype(np.int64), shells.astype(np.int64), self._potential)
        return np.asarray(np.bincount(owner, areas * self._half[0] * self._half[1], len(polygons)), np.float64)


def metres_of(crs: pyproj.CRS) -> float:
    """Give the metres of one unit of a CRS; of a degree along a meridian where it is geographic."""
    return float(crs.axis_info[0].unit_conversion_factor) if crs.is_projected else np.radians(1.0) * 6_371_000.0


# Gauss-Legendre of order four on the unit interval: exact for polynomials of degree seven.
_PLACES, _WEIGHTS = np.polynomial.legendre.leggauss(4)
_PLACES, _WEIGHTS = (_PLACES + 1) / 2, _WEIGHTS / 2


@numba.njit(cache=True, nogil=True)
def _areas(points, rings, shells, potential):  # type: ignore[no-untyped-def]
    out = np.zeros(shells.size - 1, np.float64)
    along, up = np.empty(potential.shape[0]), np.empty(potential.shape[1])
    for polygon in range(out.size):
        for ring in range(shells[polygon], shells[polygon + 1]):
            total = 0.0
            for i in range(rings[ring], rings[ring + 1] - 1):
                x, y = points[i]
                dx, dy = points[i + 1, 0] - x, points[i + 1, 1] - y
                mean = 0.0
                for k in range(_PLACES.size):
                    mean += _WEIGHTS[k] * _series(x + _PLACES[k] * dx, y + _PLACES[k] * dy, potential, along, up)
                total += mean * dy
            # Shells count positive and holes negative, whatever their direction.
            out[polygon] += abs(total) if ring == shells[polygon] else -abs(total)
    return out


@numba.njit(cache=True, nogil=True)
def _series(x, y, terms, along, up):  # type: ignore[no-untyped-def]
    """Evaluate a Chebyshev series in two variables."""
    _polynomials(x, along)
    _polynomials(y, up)
    total = 0.0
    for i in range(along.size):
        row = 0.0
        for j in range(up.size):
            row += terms[i, j] * up[j]
        total += row * along[i]
    return total


@numba.njit(cache=True, nogil=True)
def _polynomials(x, out):  # type: ignore[no-untyped-def]
    out[0] = 1.0
    if out.size > 1:
        out[1] = x
    for k in range(2, out.size):
        out[k] = 2.0 * x * out[k - 1] - out[k - 2]
