"""The sheet on which all maps of a study are drawn, and the zones on it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from odc.geo.geobox import GeoBox
from rasterio.transform import Affine

from shanshui.base.zones import OUTSIDE, Zoning
from shanshui.report.ground import ScaleBar, ground_size, north_is_up, scale_bar
from shanshui.report.material import Material
from shanshui.report.pictures import LONGEST, numbered, packed, picture_shape

# How far a simplified outline may stray [pixels].
TOLERANCE = 0.35
# The numbers under the pixels have 16 bits.
MOST_ZONES = 65_000


@dataclass(frozen=True)
class Canvas:
    """What all maps of a study share.

    Parameters
    ----------
    shape : (int, int)
        Rows and columns [pixels].
    transform : Affine
        From pixels to the coordinates of the grid, or of the polygons in a study without one.
    aspect : float
        Width over height on the ground: cells in degrees are not square there.
    bar : ScaleBar
        The scale bar.
    north : bool
        Whether north is up.
    """

    shape: tuple[int, int]
    transform: Affine
    aspect: float
    bar: ScaleBar
    north: bool

    def paths(self, polygons: NDArray[Any]) -> list[str]:
        """Turn polygons into the path data of an inline SVG, one each; empty where one is smaller than a pixel."""
        back = ~self.transform
        inverse = np.array([[back.a, back.b], [back.d, back.e]])
        placed = shapely.transform(polygons, lambda points: points @ inverse.T + (back.c, back.f))
        simple = shapely.simplify(placed, TOLERANCE)
        return ["".join(_ring(ring) for part in shapely.get_parts(each) for ring in _rings(part)) for each in simple]


class ZoneSheet:
    """One zoning on the canvas.

    Parameters
    ----------
    zoning : Zoning
        With polygons.
    names : list of str
        Of its zones, in the report's language.
    canvas : Canvas
        The canvas.
    """

    def __init__(self, zoning: Zoning, names: list[str], canvas: Canvas) -> None:
        assert zoning.polygons is not None
        self.name = zoning.name
        self.keys = [str(key) for key in zoning.zones["zone"] if key != OUTSIDE]
        self.names = names[: len(self.keys)]
        self._polygons = zoning.polygons[: len(self.keys)]
        self._canvas = canvas

    @cached_property
    def paths(self) -> list[str]:
        """The outline of each zone."""
        return self._canvas.paths(self._polygons)

    @cached_property
    def numbers(self) -> str:
        """The number of the zone under each pixel, packed; 0 where there is none."""
        return packed(numbered(self._polygons, self._canvas.transform, self._canvas.shape))


def make_canvas(material: Material) -> Canvas | None:
    """Lay out the maps of a study.

    Parameters
    ----------
    material : Material
        The study.

    Returns
    -------
    Canvas or None
        None in a study that has neither a grid nor polygons.
    """
    grid = material.study.inputs.grid
    if grid is not None:
        shape = picture_shape(grid.shape)
        transform = grid.geobox.transform @ Affine.scale(grid.shape[1] / shape[1], grid.shape[0] / shape[0])
        across, down = ground_size(grid.geobox)
        return Canvas(shape, transform, across / down, scale_bar(across), north_is_up(grid.geobox))
    drawn = [zoning.polygons for zoning in material.zonings if zoning.polygons is not None]
    return _without_grid(np.concatenate(drawn)) if drawn else None


def zone_sheets(material: Material, canvas: Canvas) -> list[ZoneSheet]:
    """Lay every zoning that has polygons on the canvas, the region's own apart; a table of zones gives empty ones."""
    return [
        ZoneSheet(zoning, [material.zone_name(str(name)) for name in zoning.zones["name"]], canvas)
        for zoning in material.zonings[1:]
        if zoning.polygons is not None and len(zoning) <= MOST_ZONES and not shapely.is_empty(zoning.polygons).all()
    ]


def _without_grid(polygons: NDArray[Any]) -> Canvas | None:
    """Frame polygons in their own coordinates: degrees where they can be that, metres otherwise."""
    west, south, east, north = shapely.total_bounds(polygons)
    if not np.isfinite([west, south, east, north]).all() or east <= west or north <= south:
        return None
    degrees = min(west + 180, 180 - east, south + 90, 90 - north) >= 0
    scale = LONGEST / max(east - west, north - south)
    shape = max(round((north - south) * scale), 1), max(round((east - west) * scale), 1)
    transform = Affine((east - west) / shape[1], 0, west, 0, (south - north) / shape[0], north)
    across, down = ground_size(GeoBox(shape, transform, "EPSG:4326")) if degrees else (east - west, north - south)
    return Canvas(shape, transform, across / down, scale_bar(across), degrees)


def _rings(part: Any) -> list[Any]:
    return [part.exterior, *part.interiors] if part.geom_type == "Polygon" and not part.is_empty else []


def _ring(ring: Any) -> str:
    return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in shapely.get_coordinates(ring)[:-1]) + "Z"
