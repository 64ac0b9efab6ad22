"""The area of cells and polygons on the ellipsoid, whatever the projection."""

from __future__ import annotations

import numpy as np
import pyproj
import shapely
from numpy.typing import NDArray
from odc.geo.geobox import GeoBox

from shanshui.base.grid import Window, crs_of
from shanshui.science.smooth_surface import SmoothSurface

# Half the side of the small square on which a projection is measured [m].
PROBE = 100.0
# Sides of polygons are divided to this length before they are measured [m].
SIDE = 2_000.0


class CellArea:
    """The area of every cell of a grid [m2].

    Projected grids: the cell's area in the plane times what a small square there measures on the ellipsoid.
    Geographic grids: the exact area of the quadrangle on the ellipsoid.

    Parameters
    ----------
    geobox : GeoBox
        The grid; its CRS must be known.

    Notes
    -----
    dA = M N cos(latitude) |d(longitude, latitude) / d(x, y)| dx dy, with the radii of curvature M and N; the
    Jacobian by central differences of the inverse projection, so that it holds for every projection, Web
    Mercator among them. Quadrangle: Snyder (1987), Map projections, equation 3-12, between two parallels.
    """

    def __init__(self, geobox: GeoBox) -> None:
        self._transform = geobox.transform
        crs = pyproj.CRS.from_wkt(crs_of(geobox))
        self._geodesic = geodesic_of(crs)
        self._geographic = crs.is_geographic
        if self._geographic:
            return
        rows, columns = geobox.shape
        # From the first cell's centre to the last's: what lies beyond may be beyond the projection.
        surface = SmoothSurface((0.5, 0.5), (max(rows - 0.5, 0.6), max(columns - 0.5, 0.6)))
        columns_at, rows_at = np.meshgrid(surface.columns, surface.rows)
        t = self._transform
        x, y = t.a * columns_at + t.b * rows_at + t.c, t.d * columns_at + t.e * rows_at + t.f
        unit = crs.axis_info[0].unit_conversion_factor
        probe = min(PROBE / unit, 0.25 * abs(t.determinant) ** 0.5)
        self._surface = surface.through(abs(t.determinant) * area_density(crs, self._geodesic, x, y, probe))

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
        centres = (np.asarray(places + 0.5, np.float64) for places in (rows, columns))
        return self._surface.at(*centres)


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
    Geodesic polygons (Karney 2013). A side that is straight in the plane is taken as a chain of geodesics; the
    error falls with the square of their length, so two lengths give the limit: (4 A(L/2) - A(L)) / 3.
    """
    metres = crs.axis_info[0].unit_conversion_factor if crs.is_projected else np.radians(1) * 6_371_000.0
    to_degrees = pyproj.Transformer.from_crs(crs, crs.geodetic_crs or crs, always_xy=True)
    geodesic = geodesic_of(crs)

    def measured(side: float) -> NDArray[np.float64]:
        fine = shapely.segmentize(polygons, side / metres)
        degrees = shapely.transform(fine, lambda xy: np.column_stack(to_degrees.transform(xy[:, 0], xy[:, 1])))
        return np.array([_ring_areas(geodesic, polygon) for polygon in degrees], np.float64)

    return np.asarray((4.0 * measured(SIDE / 2) - measured(SIDE)) / 3.0, np.float64)


def geodesic_of(crs: pyproj.CRS) -> pyproj.Geod:
    """Give the ellipsoid of a CRS of the Earth.

    Parameters
    ----------
    crs : CRS
        Any but that of a drawing.

    Returns
    -------
    Geod
    """
    geodesic = crs.get_geod()
    assert geodesic is not None, "a CRS of the Earth has an ellipsoid"
    return geodesic


def area_density(
    crs: pyproj.CRS, geodesic: pyproj.Geod, x: NDArray[np.float64], y: NDArray[np.float64], probe: float
) -> NDArray[np.float64]:
    """Give the area on the ellipsoid of a unit square of the plane, at each place.

    Parameters
    ----------
    crs : CRS
        Of the plane.
    geodesic : Geod
        Its ellipsoid.
    x, y : float64 ndarray (places,)
        Where.
    probe : float
        How far it looks to either side [unit of the plane].

    Returns
    -------
    float64 ndarray (places,)
        [m2 by square unit of the plane].
    """
    to_degrees = pyproj.Transformer.from_crs(crs, crs.geodetic_crs or crs, always_xy=True)
    east, west = to_degrees.transform(x + probe, y), to_degrees.transform(x - probe, y)
    north, south = to_degrees.transform(x, y + probe), to_degrees.transform(x, y - probe)

    def slope(one: NDArray[np.float64], other: NDArray[np.float64]) -> NDArray[np.float64]:
        # Longitudes may step over the date line.
        return np.asarray(np.radians((one - other + 180.0) % 360.0 - 180.0) / (2 * probe), np.float64)

    jacobian = slope(east[0], west[0]) * slope(north[1], south[1]) - slope(north[0], south[0]) * slope(east[1], west[1])
    latitude = np.radians(np.asarray(to_degrees.transform(x, y)[1]))
    bend = 1 - geodesic.es * np.sin(latitude) ** 2
    meridian, normal = geodesic.a * (1 - geodesic.es) / bend**1.5, geodesic.a / np.sqrt(bend)
    return np.asarray(np.abs(jacobian) * meridian * normal * np.cos(latitude), np.float64)


def _ring_areas(geodesic: pyproj.Geod, polygon: shapely.Geometry) -> float:
    if polygon is None or polygon.is_empty:
        return 0.0
    # Shells counted positive and holes negative, whatever their direction.
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
