"""How wide and how high the cells are on the ellipsoid, and at which latitude they lie."""

from __future__ import annotations

import numpy as np
import pyproj
from numpy.typing import NDArray
from odc.geo.geobox import GeoBox

from shanshui.base.grid import Window, crs_of
from shanshui.science.smooth_surface import SmoothSurface

SIDES = ("cell_width", "cell_height", "latitude")


class CellSides:
    """Width, height and latitude of any cell of a grid.

    Parameters
    ----------
    geobox : GeoBox
        The grid, projected or in degrees.

    Notes
    -----
    Geodesics (Karney 2013) through a cell's centre, from the middle of one side to the middle of the other; in a
    projected grid measured at a few hundred places and interpolated smoothly between them.

    Examples
    --------
    >>> from affine import Affine
    >>> degrees = GeoBox((2, 2), Affine(1, 0, 10, 0, -1, 61), "EPSG:4326")
    >>> [int(CellSides(degrees).window(side, Window(0, 0, 1, 1))[0, 0]) for side in ("cell_width", "cell_height")]
    [54955, 111420]
    """

    def __init__(self, geobox: GeoBox) -> None:
        crs = pyproj.CRS.from_wkt(crs_of(geobox))
        rows, columns = geobox.shape
        # From the first cell's centre to the last's: what lies beyond may be beyond the projection.
        span = (0.5, 0.5), (max(rows - 0.5, 0.6), max(columns - 0.5, 0.6))
        nodes = SmoothSurface(*span)
        columns_at, rows_at = np.meshgrid(nodes.columns, nodes.rows)
        to_degrees = pyproj.Transformer.from_crs(crs, crs.geodetic_crs or crs, always_xy=True)
        geod, transform = crs.get_geod(), geobox.transform
        assert geod is not None

        def place(right: float, down: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
            x, y = columns_at + right, rows_at + down
            t = transform
            return to_degrees.transform(t.a * x + t.b * y + t.c, t.d * x + t.e * y + t.f)

        width = geod.inv(*place(-0.5, 0.0), *place(0.5, 0.0))[2]
        height = geod.inv(*place(0.0, -0.5), *place(0.0, 0.5))[2]
        measured = dict(zip(SIDES, (width, height, place(0.0, 0.0)[1]), strict=True))
        self._surfaces = {side: SmoothSurface(*span).through(values) for side, values in measured.items()}

    def window(self, side: str, window: Window) -> NDArray[np.float64]:
        """Give one measure of the cells of one window.

        Parameters
        ----------
        side : {"cell_width", "cell_height", "latitude"}
            Which.
        window : Window
            Any window of the grid.

        Returns
        -------
        float64 ndarray (rows, columns)
            Metres, or degrees of latitude; the same for a cell in whatever window it is asked for.
        """
        rows = np.asarray(window.row + np.arange(window.height) + 0.5, np.float64)
        columns = np.asarray(window.column + np.arange(window.width) + 0.5, np.float64)
        return self._surfaces[side].at(rows, columns)
