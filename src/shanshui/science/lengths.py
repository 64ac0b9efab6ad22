"""Lengths on the ellipsoid of what is drawn in any CRS, and how far features lie from each other."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyproj
import shapely
from numpy.typing import NDArray

from shanshui.science.cell_area import PROBE, SIDE, geodesic_of
from shanshui.science.faces_area import metres_of

# By so much the scale of a CRS may change between a feature and another that is near to it.
SCALE_CHANGE = 1.05


def segment_lengths(start: NDArray[np.float64], end: NDArray[np.float64], crs: pyproj.CRS) -> NDArray[np.float64]:
    """Measure straight segments of the plane on the ellipsoid.

    Parameters
    ----------
    start, end : float64 ndarray (segments, 2)
        Coordinates of their ends.
    crs : pyproj.CRS
        Theirs.

    Returns
    -------
    float64 ndarray (segments,)
        Lengths [m].

    Notes
    -----
    Geodesics (Karney 2013) through points at most 2 km apart, which are longer than the segment drawn straight in the
    plane by less than a ten-millionth.

    Examples
    --------
    A degree of the meridian at the equator, and one of the parallel at 60 degrees, which is half of that of the
    equator but for the flattening:

    >>> start, end = np.array([[0.0, 0.0], [0.0, 60.0]]), np.array([[0.0, 1.0], [1.0, 60.0]])
    >>> segment_lengths(start, end, pyproj.CRS("EPSG:4326")).round().astype(int).tolist()
    [110574, 55800]
    """
    step = end - start
    pieces = np.maximum(np.ceil(np.hypot(*step.T) * metres_of(crs) / SIDE), 1).astype(np.int64)
    owner = np.repeat(np.arange(len(start)), pieces)
    place = np.arange(len(owner)) - np.repeat(np.cumsum(pieces) - pieces, pieces)
    points = [start[owner] + step[owner] * ((place + more) / pieces[owner])[:, None] for more in (0, 1)]
    to_degrees = pyproj.Transformer.from_crs(crs, crs.geodetic_crs or crs, always_xy=True)
    ends = [each for xy in points for each in to_degrees.transform(*xy.T)]
    lengths = np.asarray(geodesic_of(crs).inv(*ends)[2], np.float64)
    return np.asarray(np.bincount(owner, lengths, len(start)), np.float64)


def metres_at(places: NDArray[np.float64], crs: pyproj.CRS) -> NDArray[np.float64]:
    """Tell how far on the ground one unit of each axis leads.

    Parameters
    ----------
    places : float64 ndarray (places, 2)
        Where.
    crs : pyproj.CRS
        Theirs.

    Returns
    -------
    float64 ndarray (places, 2, 2)
        Rows east and north, columns x and y [m by unit].

    Notes
    -----
    d(east, north) = (N cos(latitude) d longitude, M d latitude), with the radii of curvature M and N; by central
    differences of the inverse projection.

    Examples
    --------
    >>> metres_at(np.array([[0.0, 60.0]]), pyproj.CRS("EPSG:4326")).round().astype(int).tolist()
    [[[55800, 0], [0, 111412]]]
    """
    geodesic = geodesic_of(crs)
    to_degrees = pyproj.Transformer.from_crs(crs, crs.geodetic_crs or crs, always_xy=True)
    probe = PROBE / metres_of(crs)
    latitude = np.radians(np.asarray(to_degrees.transform(*places.T)[1]))
    bend = 1 - geodesic.es * np.sin(latitude) ** 2
    east, north = geodesic.a / np.sqrt(bend) * np.cos(latitude), geodesic.a * (1 - geodesic.es) / bend**1.5
    out = np.empty((len(places), 2, 2))
    for axis in range(2):
        step = probe * np.eye(2)[axis]
        ahead, behind = (np.array(to_degrees.transform(*(places + way * step).T)) for way in (1, -1))
        # Longitudes may step over the date line.
        turned = np.radians((ahead - behind + 180.0) % 360.0 - 180.0) / (2 * probe)
        out[:, 0, axis], out[:, 1, axis] = turned[0] * east, turned[1] * north
    return out


def middles(geometries: NDArray[Any]) -> NDArray[np.float64]:
    """Give the middle of the box around each geometry, (geometries, 2); NaN of an empty one."""
    bounds = shapely.bounds(geometries).reshape(-1, 4)
    return np.asarray((bounds[:, :2] + bounds[:, 2:]) / 2, np.float64)


def in_metres(geometries: NDArray[Any], places: NDArray[np.float64], frames: NDArray[np.float64]) -> NDArray[Any]:
    """Draw each geometry in metres, as the ground is at one place.

    Parameters
    ----------
    geometries : ndarray of shapely geometries
    places : float64 ndarray (geometries, 2)
        What becomes the origin of each, in its CRS.
    frames : float64 ndarray (geometries, 2, 2)
        From `metres_at` these places.

    Returns
    -------
    ndarray of shapely geometries
        True to scale at the origin; ten kilometres from it, but for about a thousandth.
    """
    owner = shapely.get_coordinates(geometries, return_index=True)[1]
    return np.asarray(
        shapely.transform(geometries, lambda xy: np.einsum("nij,nj->ni", frames[owner], xy - places[owner])), object
    )


def distances(first: NDArray[Any], second: NDArray[Any], crs: pyproj.CRS) -> NDArray[np.float64]:
    """Measure how far geometries lie from each other, pair by pair.

    Parameters
    ----------
    first, second : ndarray of shapely geometries (pairs,)
        None of them empty.
    crs : pyproj.CRS
        Theirs.

    Returns
    -------
    float64 ndarray (pairs,)
        [m]; 0 where they meet.

    Notes
    -----
    The geodesic between the two points that are nearest to each other as the ground is between them: of a CRS in
    degrees they are not those that are nearest in degrees.
    """
    if not len(first):
        return np.empty(0, np.float64)
    places = middles(shapely.shortest_line(first, second))
    frames = metres_at(places, crs)
    line = shapely.shortest_line(in_metres(first, places, frames), in_metres(second, places, frames))
    ends = shapely.get_coordinates(line).reshape(-1, 2, 2)
    drawn = np.linalg.solve(frames[:, None], ends[..., None])[..., 0] + places[:, None]
    return segment_lengths(drawn[:, 0], drawn[:, 1], crs)


def units_within(geometries: NDArray[Any], metres: float, crs: pyproj.CRS) -> NDArray[np.float64]:
    """Give a distance in units of the CRS that is no less than so many metres, around each geometry.

    Parameters
    ----------
    geometries : ndarray of shapely geometries
        None of them empty.
    metres : float
        [m].
    crs : pyproj.CRS
        Theirs.

    Returns
    -------
    float64 ndarray (geometries,)
    """
    least = np.linalg.svd(metres_at(middles(geometries), crs), compute_uv=False)[:, 1]
    return np.asarray(SCALE_CHANGE * metres / least, np.float64)


def nearest(
    geometries: NDArray[Any], others: NDArray[Any], crs: pyproj.CRS
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Find the nearest of others to each geometry.

    Parameters
    ----------
    geometries, others : ndarray of shapely geometries
        None of them empty.
    crs : pyproj.CRS
        Theirs.

    Returns
    -------
    int64 ndarray (geometries,), float64 ndarray (geometries,)
        Which it is, of equals the first, and how far away [m]; -1 and NaN where there are no others.
    """
    if not len(others) or not len(geometries):
        return np.full(len(geometries), -1), np.full(len(geometries), np.nan)
    tree = shapely.STRtree(others)
    found = tree.query_nearest(geometries, all_matches=False, return_distance=True)[1]
    # What is nearest in the plane may be farther on the ground, by the greatest ratio of scales.
    scales = np.linalg.svd(metres_at(middles(geometries), crs), compute_uv=False)
    reach = SCALE_CHANGE * found * scales[:, 0] / scales[:, 1]
    which, other = tree.query(geometries, predicate="dwithin", distance=reach)
    far = distances(geometries[which], others[other], crs)
    order = np.lexsort([other, far, which])
    first = order[np.searchsorted(which[order], np.arange(len(geometries)))]
    return other[first], far[first]
