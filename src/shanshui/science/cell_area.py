"""The area of cells and polygons on the ellipsoid, whatever the projection."""

from __future__ import annotations

import numba
import numpy as np
import pyproj
import shapely
from numpy.typing import NDArray
from odc.geo.geobox import GeoBox
from scipy.interpolate import BSpline, RectBivariateSpline

from shanshui.base.grid import Window, crs_of

# The areal scale of a projection is smooth: a cubic spline through so many nodes a side follows it to 1e-9.
NODES = 33


class CellArea:
    """The area of every cell of a grid [m2].

    Projected grids: the area of a cell in the plane divided by the projection's areal scale at its centre.
    Geographic grids: the exact area of the quadrangle on the ellipsoid.

    Parameters
    ----------
    geobox : GeoBox
        The grid; its CRS must be known.

    Notes
    -----
    Areal scale: Snyder (1987), Map projections, p. 24. Quadrangle: Snyder (1987), equation 3-12, between
    two parallels.
    """

    def __init__(self, geobox: GeoBox) -> None:
        self._transform = geobox.transform
        crs = pyproj.CRS.from_wkt(crs_of(geobox))
        self._geodesic = _geodesic(crs)
        self._geographic = crs.is_geographic
        if self._geographic:
            return
        rows, columns = geobox.shape
        # A little beyond the grid, for halos; at least a cell apart.
        row_nodes = np.linspace(-0.05 * rows - 8, 1.05 * rows + 8, NODES)
        column_nodes = np.linspace(-0.05 * columns - 8, 1.05 * columns + 8, NODES)
        columns_at, rows_at = np.meshgrid(column_nodes, row_nodes)
        t = self._transform
        x, y = t.a * columns_at + t.b * rows_at + t.c, t.d * columns_at + t.e * rows_at + t.f
        projection = pyproj.Proj(crs)
        longitude, latitude = projection(x, y, inverse=True)
        scale = np.asarray(projection.get_factors(longitude, latitude).areal_scale, np.float64)
        unit = crs.axis_info[0].unit_conversion_factor
        plane = abs(self._transform.determinant) * unit**2
        spline = RectBivariateSpline(row_nodes, column_nodes, plane / scale)
        self._row_knots, self._column_knots, coefficients = spline.tck
        self._coefficients = coefficients.reshape(NODES, NODES)

    def window(self, window: Window) -> NDArray[np.float64]:
        """Give the area of the cells of one window.

        Parameters
        ----------
        window : Window
            Any window of the grid.

        Returns
        -------
        float64 ndarray (rows, columns)
            Areas [m2]; the same for a cell in whatever window it is asked for.
        """
        rows = window.row + np.arange(window.height)
        if self._geographic:
            north = np.asarray(self._transform.f + self._transform.e * rows, np.float64)
            areas = _quadrangle(self._geodesic, north, north + self._transform.e, self._transform.a)
            return np.broadcast_to(areas[:, None], window.shape).copy()
        columns = window.column + np.arange(window.width)
        along_rows = _basis(rows + 0.5, self._row_knots)
        along_columns = _basis(columns + 0.5, self._column_knots)
        return np.asarray(_tensor_spline(*along_rows, *along_columns, self._coefficients), np.float64)


def polygon_area(polygons: NDArray[np.object_], crs: pyproj.CRS) -> NDArray[np.float64]:
    """Measure polygons on the ellipsoid.

    Parameters
    ----------
    polygons : ndarray of shapely polygons
        In any CRS.
    crs : pyproj.CRS
        Theirs.

    Returns
    -------
    float64 ndarray
        Areas [m2].

    Notes
    -----
    Geodesic polygons (Karney 2013). Sides are straight on the ellipsoid rather than in the plane; long sides
    are divided first, so that the two hardly differ.
    """
    metres = crs.axis_info[0].unit_conversion_factor if crs.is_projected else np.nan
    longest = 10_000.0 / metres if crs.is_projected else 0.1
    fine = shapely.segmentize(polygons, longest)
    to_degrees = pyproj.Transformer.from_crs(crs, crs.geodetic_crs or crs, always_xy=True)
    degrees = shapely.transform(fine, lambda xy: np.column_stack(to_degrees.transform(xy[:, 0], xy[:, 1])))
    geodesic = _geodesic(crs)
    return np.array([_signed_area(geodesic, polygon) for polygon in degrees], np.float64)


def _basis(places: NDArray[np.float64], knots: NDArray[np.float64]) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Give, for each place, the first of the four cubic B-splines that are not zero there, and their values."""
    matrix = BSpline.design_matrix(places, knots, 3)
    first = matrix.indices.reshape(-1, 4)[:, 0].astype(np.int64)
    return first, np.ascontiguousarray(matrix.data.reshape(-1, 4).T)


@numba.njit(cache=True, nogil=True)
def _tensor_spline(first_row, row_basis, first_column, column_basis, coefficients):  # type: ignore[no-untyped-def]
    """Evaluate a tensor-product spline; several times faster than scipy, and the same for a cell in any window."""
    out = np.empty((first_row.size, first_column.size), np.float64)
    along = np.empty(coefficients.shape[1], np.float64)
    basis0, basis1, basis2, basis3 = column_basis[0], column_basis[1], column_basis[2], column_basis[3]
    for i in range(first_row.size):
        for b in range(along.size):
            along[b] = 0.0
            for a in range(4):
                along[b] += row_basis[a, i] * coefficients[first_row[i] + a, b]
        line = out[i]
        for j in range(line.size):
            knot = first_column[j]
            line[j] = (
                basis0[j] * along[knot]
                + basis1[j] * along[knot + 1]
                + basis2[j] * along[knot + 2]
                + basis3[j] * along[knot + 3]
            )
    return out


def _geodesic(crs: pyproj.CRS) -> pyproj.Geod:
    geodesic = crs.get_geod()
    assert geodesic is not None, "a CRS of the Earth has an ellipsoid"
    return geodesic


def _signed_area(geodesic: pyproj.Geod, polygon: shapely.Geometry) -> float:
    if polygon is None or polygon.is_empty:
        return 0.0
    # Shells counted positive and holes negative whatever their direction.
    total = 0.0
    for part in shapely.get_parts(polygon):
        for i, ring in enumerate([part.exterior, *part.interiors]):
            area = abs(geodesic.polygon_area_perimeter(*ring.coords.xy)[0])
            total += area if i == 0 else -area
    return total


def _quadrangle(
    geodesic: pyproj.Geod, north: NDArray[np.float64], south: NDArray[np.float64], width: float
) -> NDArray[np.float64]:
    """Area between two parallels [degrees] over a width in longitude [degrees], on the ellipsoid [m2]."""
    semi_minor, eccentricity = geodesic.b, np.sqrt(geodesic.es)

    def zone(latitude: NDArray[np.float64]) -> NDArray[np.float64]:
        sine = np.sin(np.radians(latitude))
        if eccentricity == 0.0:
            return 2 * sine
        es = eccentricity * sine
        return np.asarray(sine / (1 - es**2) + np.arctanh(es) / eccentricity, np.float64)

    areas = np.abs(zone(north) - zone(south)) * semi_minor**2 / 2 * np.radians(abs(width))
    return np.asarray(areas, np.float64)
