"""Roads between the towns: along the easiest ground, as a net that was closed after the first year."""

from pathlib import Path

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely
from scipy.sparse import coo_array, csr_array
from scipy.sparse.csgraph import dijkstra, minimum_spanning_tree
from scipy.spatial import Delaunay

from shanshui.data.vectors import write_vector
from shanshui.sample.arrays import Field, smooth_step
from shanshui.sample.districts import number_cells
from shanshui.sample.extent import CRS, NORTH, SIDE, WEST, Window
from shanshui.sample.landscape import EVERYWHERE, Landscape, tile_of
from shanshui.sample.legend import LEVEL1, Cover
from shanshui.sample.rasters import FIRST_YEAR, SECOND_YEAR
from shanshui.sample.skeleton import NODES, SPACING

_AROUND = 14  # nodes around two towns, within which the road between them may run
_LONGEST = 12_000.0  # m between towns, beyond which none is built but those that the net needs
_STEEP, _WATER, _SEA = 14.0, 8.0, 400.0  # how much harder a way is up a steep slope, over a river, through the sea


def _effort(landscape: Landscape) -> Field:
    """How hard it is to build over each node."""
    tile = tile_of(landscape, NODES, EVERYWHERE)
    effort = 1.0 + _STEEP * smooth_step(tile.ground.slope, 3.0, 25.0)
    effort = np.where(LEVEL1[tile.second] == 9, effort + _WATER, effort)
    return np.where(tile.second == Cover.SEA, _SEA, effort)


def _graph(effort: Field) -> csr_array:
    """The ways from each node of a window to its eight neighbours."""
    number = np.arange(effort.size).reshape(effort.shape)
    rows, columns = effort.shape
    start, end, cost = [], [], []
    for down, right in ((0, 1), (1, 0), (1, 1), (1, -1)):
        left, length = max(-right, 0), np.hypot(down, right)
        here = (slice(0, rows - down), slice(left, columns - max(right, 0)))
        there = (slice(down, rows), slice(left + right, columns - max(right, 0) + right))
        start.append(number[here].ravel())
        end.append(number[there].ravel())
        cost.append(0.5 * length * (effort[here] + effort[there]).ravel())
    pairs = np.concatenate(start), np.concatenate(end)
    return coo_array((np.concatenate(cost), pairs), (effort.size, effort.size)).tocsr()


def _smooth(points: Field) -> Field:
    """Round the corners of a line, its ends kept (Chaikin 1974)."""
    for _ in range(2):
        one, other = 0.75 * points[:-1] + 0.25 * points[1:], 0.25 * points[:-1] + 0.75 * points[1:]
        points = np.vstack([points[:1], np.stack([one, other], axis=1).reshape(-1, 2), points[-1:]])
    return points


def easiest_way(effort: Field, start: Field, end: Field, around: int) -> shapely.LineString:
    """Find the easiest way between two places.

    Parameters
    ----------
    effort : array (NODES, NODES), how hard it is to pass each node
    start, end : arrays (2), metres east and south of the extent's north-west corner
    around : nodes around both places, within which the way may run

    Returns
    -------
    LineString
        in the sample's CRS, its corners rounded.
    """
    ends = np.floor(np.array([start, end]) / SPACING).astype(np.int64)[:, ::-1]
    low = np.maximum(ends.min(axis=0) - around, 0)
    high = np.minimum(ends.max(axis=0) + around + 1, NODES)
    window = effort[low[0] : high[0], low[1] : high[1]]
    from_node, to_node = np.ravel_multi_index((ends - low).T, window.shape)
    before = dijkstra(_graph(window), directed=False, indices=from_node, return_predecessors=True)[1]
    nodes = [int(to_node)]
    while nodes[-1] != from_node:
        nodes.append(int(before[nodes[-1]]))
    row, column = np.unravel_index(nodes[::-1], window.shape)
    inner = np.column_stack([column + low[1], row + low[0]])[1:-1]
    points = _smooth(np.vstack([start, (inner + 0.5) * SPACING, end]))
    return shapely.LineString(np.column_stack([WEST + points[:, 0], NORTH - points[:, 1]]))


def build_roads(landscape: Landscape) -> gpd.GeoDataFrame:
    """Build the roads.

    Parameters
    ----------
    landscape : Landscape

    Returns
    -------
    GeoDataFrame
        lines, ``kind`` (``main`` between towns of which one is a county's seat, else ``local``) and ``since``: the
        least net that joins all towns is there in ``FIRST_YEAR``, what closes its gaps in ``SECOND_YEAR``.
    """
    towns = landscape.settlements.towns
    places = np.column_stack([towns.x, towns.y])
    corners = Delaunay(places).simplices
    pairs = np.unique(np.sort(np.vstack([corners[:, [0, 1]], corners[:, [1, 2]], corners[:, [0, 2]]]), axis=1), axis=0)
    length = np.hypot(*(places[pairs[:, 0]] - places[pairs[:, 1]]).T)
    tree = minimum_spanning_tree(coo_array((length, pairs.T), (len(places), len(places))))
    needed = {tuple(sorted(pair)) for pair in np.argwhere(tree.toarray() > 0.0).tolist()}
    effort = _effort(landscape)
    rows = []
    for (one, other), away in zip(pairs.tolist(), length, strict=True):
        first = (one, other) in needed
        # Of the ways that nobody needs, those between larger towns are built.
        if first or (away < _LONGEST and towns.radius[one] + towns.radius[other] > 1_250.0):
            main = max(towns.radius[one], towns.radius[other]) > 1_200.0
            line = easiest_way(effort, places[one], places[other], _AROUND)
            rows.append(("main" if main else "local", FIRST_YEAR if first else SECOND_YEAR, line))
    kinds, since, lines = zip(*rows, strict=True)
    return gpd.GeoDataFrame({"kind": kinds, "since": since}, geometry=list(lines), crs=CRS)


def road_cells(roads: gpd.GeoDataFrame, year: int, size: int, window: Window) -> npt.NDArray[np.bool_]:
    """Tell which cells a road runs through.

    Parameters
    ----------
    roads : see `build_roads`
    year : ``FIRST_YEAR`` or ``SECOND_YEAR``
    size : cells a side of the whole grid
    window : row, column, height and width

    Returns
    -------
    array (height, width)
        whose middle lies within half a cell of a road that was there.
    """
    strip = shapely.union_all(roads.geometry[roads["since"] <= year].buffer(0.5 * SIDE / size).to_numpy())
    return number_cells([strip], size, window) == 0


def write_roads(roads: gpd.GeoDataFrame, folder: Path) -> None:
    """Write the roads.

    Parameters
    ----------
    roads : see `build_roads`
    folder : where ``roads.gpkg`` is written, the same for every size
    """
    write_vector(folder / "roads.gpkg", roads)
