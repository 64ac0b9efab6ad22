"""How faces are made: rims noded on a fine grid, the net's faces found, and each given what covers it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from shanshui.science.faces_net import polygonize

# The grid onto which rims are noded, against the greatest coordinate: at least 32 steps of what a float can tell apart.
# With eight, noding misses some corners that lie on a side.
FINEST = 2.0**-48
# So many grid steps from the rim, a point tells what covers its piece: the polygons' own rims are not on the grid.
CLEARANCE = 4
# Pairs of one polygon whose boxes meet that are tested at a time.
PAIRS_TESTED = 2
# Polygons looked up by one task: few, since each may hold all pieces.
CHUNK = 256


def mend(given: NDArray[Any]) -> tuple[NDArray[Any], NDArray[np.bool_]]:
    """Make polygons valid, and keep of each geometry only what has an area.

    Parameters
    ----------
    given : ndarray of shapely geometries
        None among them.

    Returns
    -------
    ndarray of shapely polygons and multipolygons, bool ndarray
        Empty polygons where nothing has an area; and whether each was mended.
    """
    polygons = shapely.force_2d(given)
    polygons[shapely.is_missing(polygons)] = shapely.Polygon()
    # A grid that a polygon carries would bind all that is done with it, and mending fails on some.
    bound = shapely.get_precision(polygons) > 0
    polygons[bound] = shapely.set_precision(polygons[bound], 0.0, mode="pointwise")
    broken = ~shapely.is_valid(polygons)
    polygons[broken] = shapely.make_valid(polygons[broken], method="structure", keep_collapsed=False)
    # Where lines meet but for rounding, the mending leaves a fault at times, which a buffer of nothing takes away.
    still = ~shapely.is_valid(polygons)
    polygons[still] = shapely.buffer(polygons[still], 0.0)
    kinds = shapely.get_type_id(polygons)
    for number in np.flatnonzero(
        (kinds != shapely.GeometryType.POLYGON) & (kinds != shapely.GeometryType.MULTIPOLYGON)
    ):
        parts = [part for part in shapely.get_parts(polygons[number]) if shapely.get_dimensions(part) == 2]
        polygons[number] = shapely.union_all(parts) if parts else shapely.Polygon()
    return polygons, broken


def grid_of(bounds: NDArray[np.float64]) -> float:
    """Give the grid of coordinates, a power of two.

    Parameters
    ----------
    bounds : float64 ndarray (4,)
        Least x and y, greatest x and y; NaN where there is nothing.

    Returns
    -------
    float
        In units of the coordinates.

    Examples
    --------
    >>> grid_of(np.array([0.0, 0.0, 4e6, 3e6])) * 2**26
    1.0
    """
    greatest = float(np.abs(np.nan_to_num(bounds)).max())
    return float(2.0 ** np.ceil(np.log2(greatest)) * FINEST) if greatest else FINEST


def clusters_of(polygons: NDArray[Any]) -> NDArray[np.int64]:
    """Find the polygons that hang together.

    Parameters
    ----------
    polygons : ndarray of shapely polygons

    Returns
    -------
    int64 ndarray
        The cluster of each, from 0 in the order of their first polygons. An empty polygon is one by itself.

    Notes
    -----
    Pairs whose boxes meet are tested a few for each polygon at a time, and no longer where they are known to hang
    together: in a net of parcels few of them need a test.
    """
    cluster = np.arange(len(polygons))
    first, second = shapely.STRtree(polygons).query(polygons)
    first, second = first[first < second], second[first < second]
    shapely.prepare(polygons)
    while len(first):
        # The place of each pair among those of its first polygon.
        place = np.arange(len(first)) - np.searchsorted(first, first)
        now = place < PAIRS_TESTED
        meet = shapely.intersects(polygons[first[now]], polygons[second[now]])
        pairs = cluster[first[now][meet]], cluster[second[now][meet]]
        joined = coo_array((np.ones(len(pairs[0]), bool), pairs), (len(polygons), len(polygons)))
        cluster = connected_components(joined, directed=False)[1][cluster]
        left = ~now & (cluster[first] != cluster[second])
        first, second = first[left], second[left]
    return np.asarray(np.unique(cluster, return_inverse=True)[1], np.int64)


def planar(
    polygons: NDArray[Any], cluster: NDArray[np.int64], grid: float, threads: int
) -> tuple[NDArray[Any], NDArray[np.int64], NDArray[Any]]:
    """Cut the plane along the rims of polygons, cluster by cluster.

    Parameters
    ----------
    polygons : ndarray of shapely polygons
        Valid.
    cluster : int64 ndarray (polygons,)
        The cluster of each.
    grid : float
        Of the coordinates.
    threads : int
        How many work at once.

    Returns
    -------
    ndarray of shapely.Polygon (pieces,), int64 ndarray (pieces,), ndarray of shapely geometries
        The pieces, holes that no polygon covers among them; the cluster of each; the union of each cluster.
    """
    members = np.split(np.argsort(cluster, kind="stable"), np.cumsum(np.bincount(cluster))[:-1]) if len(cluster) else []
    alone = np.array([len(each) == 1 for each in members], bool)
    unions = np.empty(len(members), object)
    lone = np.array([members[number][0] for number in np.flatnonzero(alone)], np.int64)
    unions[alone] = polygons[lone]
    parts, owner = shapely.get_parts(polygons[lone], return_index=True)
    # A lone polygon is its own face.
    solid = ~shapely.is_empty(parts)
    pieces, of_cluster = [parts[solid]], [np.flatnonzero(alone)[owner[solid]]]
    # The greatest first, so that no thread ends long after the others.
    crowds = sorted(np.flatnonzero(~alone), key=lambda number: -len(members[number]))

    def cut(number: int) -> NDArray[Any]:
        net = shapely.unary_union(shapely.boundary(polygons[members[number]]), grid_size=grid)
        return polygonize(net)

    def united(number: int) -> Any:
        return shapely.unary_union(polygons[members[number]])

    with ThreadPoolExecutor(threads) as pool:
        cuts, joined = pool.map(cut, crowds), pool.map(united, crowds)
        for number, made, union in zip(crowds, cuts, joined, strict=True):
            unions[number] = union
            pieces.append(made)
            of_cluster.append(np.full(len(made), number))
    return np.concatenate(pieces), np.concatenate(of_cluster).astype(np.int64), unions


def attribute(
    pieces: NDArray[Any],
    piece_cluster: NDArray[np.int64],
    polygons: NDArray[Any],
    cluster: NDArray[np.int64],
    grid: float,
    threads: int,
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Find what covers each piece, among the polygons of its cluster.

    Parameters
    ----------
    pieces : ndarray of shapely.Polygon
        As `planar` gives them.
    piece_cluster : int64 ndarray (pieces,)
        The cluster of each.
    polygons : ndarray of shapely polygons
        What they were cut from.
    cluster : int64 ndarray (polygons,)
        The cluster of each.
    grid : float
        Of the coordinates.
    threads : int
        How many work at once.

    Returns
    -------
    int64 ndarray (pieces + 1,), int64 ndarray
        Where the cover of each begins, and the polygons in rising order; none for what is not covered.
    """
    points = _inside(pieces, CLEARANCE * grid)
    tree, places = shapely.STRtree(points), shapely.get_coordinates(points)
    shapely.prepare(polygons)

    def inside(start: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        polygon, piece = tree.query(polygons[start : start + CHUNK])
        polygon += start
        own = cluster[polygon] == piece_cluster[piece]
        polygon, piece = polygon[own], piece[own]
        # Coordinates rather than points: four times faster than asking the tree for what is within.
        within = shapely.contains_xy(polygons[polygon], places[piece])
        return piece[within], polygon[within]

    with ThreadPoolExecutor(threads) as pool:
        found = list(pool.map(inside, range(0, len(polygons), CHUNK)))
    nothing = np.empty(0, np.int64)
    piece = np.concatenate([nothing, *(each[0] for each in found)])
    polygon = np.concatenate([nothing, *(each[1] for each in found)])
    order = np.lexsort((polygon, piece))
    counts = np.bincount(piece, minlength=len(pieces))
    return np.concatenate([[0], np.cumsum(counts)]), polygon[order]


def _inside(pieces: NDArray[Any], clearance: float) -> NDArray[Any]:
    """Give a point in each piece, away from its rim: half way across it, or where it is widest."""
    points = shapely.point_on_surface(pieces)
    near = shapely.distance(points, shapely.boundary(pieces)) < clearance
    points[near] = shapely.get_point(shapely.maximum_inscribed_circle(pieces[near]), 0)
    return np.asarray(points, object)
