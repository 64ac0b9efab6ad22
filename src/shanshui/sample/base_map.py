"""The map on which the plans of the region are drawn: its ground, its land cover and its townships at 100 m."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely
from scipy.ndimage import gaussian_filter

from shanshui.sample.arrays import Codes, Field, Mask
from shanshui.sample.contours import area_above_zero
from shanshui.sample.districts import number_cells
from shanshui.sample.extent import SIDE, Window
from shanshui.sample.landscape import Landscape, tile_of
from shanshui.sample.terrain import Ground

CELLS = 600  # a side: 100 m
WHOLE: Window = (0, 0, CELLS, CELLS)


@dataclass(frozen=True)
class BaseMap:
    """What the planners have before them; arrays are (rows, columns) of cells of 100 m."""

    ground: Ground
    first: Codes
    """true land cover of the first year"""
    second: Codes
    """true land cover of the second year"""
    township: npt.NDArray[np.int16]
    """number of the township, -1 outside the region"""

    @property
    def within(self) -> Mask:
        """The region."""
        inside: Mask = self.township >= 0
        return inside


def build_base_map(landscape: Landscape) -> BaseMap:
    """Make the map.

    Parameters
    ----------
    landscape : Landscape

    Returns
    -------
    BaseMap
        the same for every size of the sample.
    """
    tile = tile_of(landscape, CELLS, WHOLE)
    return BaseMap(tile.ground, tile.first, tile.second, number_cells(landscape.districts.townships, CELLS, WHOLE))


def around(where: Mask | Field, metres: float) -> Field:
    """Give the share of a kind of land around each cell.

    Parameters
    ----------
    where : array (rows, columns) of a whole map
    metres : how far around, as the standard deviation of a bell

    Returns
    -------
    array (rows, columns)
        0 to 1 where ``where`` is a mask.
    """
    blurred: Field = gaussian_filter(np.asarray(where, float), metres / (SIDE / where.shape[1]))
    return blurred


def standing_out(values: Field, where: Mask, share: float) -> Field:
    """Tell how far values stand above the level that a share of some land passes.

    Parameters
    ----------
    values : array (rows, columns), not negative
    where : array of the same shape, the land
    share : of the land, 0 to 1

    Returns
    -------
    array of the same shape
        values over the level, less 1: above 0 on that share of the land. -1 everywhere where less than it has any.

    Examples
    --------
    >>> standing_out(np.array([[0.0, 1.0, 2.0, 3.0, 6.0]]), np.ones((1, 5), bool), 0.25)
    array([[-1.        , -0.66666667, -0.33333333,  0.        ,  1.        ]])
    """
    level = float(np.quantile(values[where], 1.0 - share))
    return values / level - 1.0 if level > 0.0 else np.full(values.shape, -1.0)


def drawn(values: Field, ground: Ground, least: float, stray: float) -> list[shapely.Polygon]:
    """Draw the pieces of land on which a field is above zero, as a planner draws them: without every small corner.

    Parameters
    ----------
    values : array (rows, columns)
    ground : Ground of the same cells
    least : m2, of a piece
    stray : m, that a drawn line may stray from the field's

    Returns
    -------
    list of Polygon
        in the sample's CRS. They may overlap by as much as their lines stray.
    """
    above = values > 0.0
    if not above.any():
        return []
    rows, columns = (
        slice(max(int(held[0]) - 1, 0), int(held[-1]) + 2)
        for held in (np.flatnonzero(above.any(axis=1)), np.flatnonzero(above.any(axis=0)))
    )
    area = area_above_zero(values[rows, columns], ground.x[0, columns], ground.y[rows, 0])
    pieces = shapely.simplify([piece for piece in area.geoms if piece.area > least], stray)
    return [piece for piece in pieces if piece.is_valid]


def parts_of(shapes: object, least: float) -> list[shapely.Polygon]:
    """Give the polygons of any geometries.

    Parameters
    ----------
    shapes : geometry or array of them
    least : m2, of a polygon

    Returns
    -------
    list of Polygon
        lines and points, and what is smaller, are left out.
    """
    parts = shapely.get_parts(shapely.get_parts(np.atleast_1d(np.asarray(shapes, dtype=object))))
    kept: list[shapely.Polygon] = parts[(shapely.get_type_id(parts) == 3) & (shapely.area(parts) > least)].tolist()
    return kept


def without(shapes: list[shapely.Polygon], others: list[shapely.Polygon], least: float) -> list[shapely.Polygon]:
    """Cut from every polygon what others cover.

    Parameters
    ----------
    shapes : polygons
    others : polygons
    least : m2, of what is left

    Returns
    -------
    list of Polygon
        the pieces of each shape, in the shapes' order.
    """
    tree, covering = shapely.STRtree(others), np.array(others, dtype=object)
    pieces: list[shapely.Polygon] = []
    for shape in shapes:
        near = tree.query(shape, predicate="intersects")
        free = shapely.difference(shape, shapely.union_all(covering[near])) if len(near) else shape
        pieces += parts_of(free, least)
    return pieces


class Taken:
    """Ground that is taken, by and by."""

    def __init__(self, shapes: list[shapely.Polygon]) -> None:
        """Begin with what is taken already."""
        self._before = np.array(shapes, dtype=object)
        self._tree = shapely.STRtree(self._before)
        self._since: list[shapely.Polygon] = []

    def is_free(self, shape: shapely.Geometry) -> bool:
        """Tell whether nothing of a shape's ground is taken."""
        near = self._before[self._tree.query(shape, predicate="intersects")]
        since = np.array(self._since, dtype=object)
        near = np.concatenate([near, since[shapely.intersects(since, shape)]])
        return not len(near) or float(shapely.area(shapely.intersection(near, shape)).max()) == 0.0

    def take(self, shape: object, least: float) -> list[shapely.Polygon]:
        """Take what is free of a shape.

        Parameters
        ----------
        shape : geometry
        least : m2, of a piece that is taken

        Returns
        -------
        list of Polygon
            the pieces taken.
        """
        near = self._before[self._tree.query(shape, predicate="intersects")].tolist()
        since = np.array(self._since, dtype=object)
        near += since[shapely.intersects(since, shape)].tolist()
        taken = parts_of(shapely.difference(shape, shapely.union_all(near)) if near else shape, least)
        self._since += taken
        return taken
