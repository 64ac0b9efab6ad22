"""The red line by rule: extremely important and extremely fragile, with what is mandatory, without what is excluded."""

from __future__ import annotations

import geopandas
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from odc.geo.geobox import GeoBox

from shanshui.base.raster import WholeRaster
from shanshui.base.step import step
from shanshui.chapters.pattern.delineation import (
    FIRST_INSIDE,
    REALMS,
    SQUARE_METRES_PER_KM2,
    Cells,
    Shaping,
    boundary_length,
    delineate,
    draw_patches,
    ledger_of,
    whole_areas,
)
from shanshui.chapters.pattern.grounds import LAND, NO_DATA, SEA, red_line_codes
from shanshui.science.patches_lines import Crossings, crossings
from shanshui.science.tally import AREA_UNITS

GIVES = ("red_line", "red_line_cells", "red_line_ledger", "red_line_certificate")
CERTIFICATE = ["realm", "row", "unit", "lower", "upper", "reached", "holds", "multiplier"]


@step(gives=GIVES, method="grade")
def red_line_by_grade(
    red_line_ground: WholeRaster,
    red_line_realm: WholeRaster,
    cell_area: WholeRaster,
    cell_width: WholeRaster,
    cell_height: WholeRaster,
    function_area: WholeRaster,
    function_area_legend: pd.DataFrame,
    boundary_line: geopandas.GeoDataFrame | None = None,
    *,
    largest_hole_km2: float,
    widest_gap_m: float,
    smallest_patch_km2: float,
    farthest_line_m: float,
    line_share: float,
    smoothing_share: float,
    land_target_percent: float,
    sea_target_percent: float,
    function_area_target_percent: float,
    geobox: GeoBox,
) -> tuple[geopandas.GeoDataFrame, WholeRaster, pd.DataFrame, pd.DataFrame]:
    """The red line by rule: every cell with a ground, without what is excluded, in patches of some size.

    Parameters
    ----------
    red_line_ground : raster
        What speaks for and against each cell; -1 no data.
    red_line_realm : raster
        1 land, 2 sea.
    cell_area : raster
        Area of the cells [m2].
    cell_width, cell_height : raster
        Sides of the cells [m].
    function_area : raster
        Number of the function area of each cell; -1 none.
    function_area_legend : DataFrame
        Columns code and name.
    boundary_line : GeoDataFrame, optional
        Rivers, ridges, borders.
    largest_hole_km2, smallest_patch_km2 : float
        Holes below it are filled, patches below it dropped [km2].
    widest_gap_m : float
        Patches so near to each other are joined [m].
    farthest_line_m : float
        How far a boundary moves to a line [m].
    line_share, smoothing_share : float
        By how much of its area a patch may change by moves to lines, and by smoothing [1].
    land_target_percent, sea_target_percent, function_area_target_percent : float
        Share of the land, of the sea and of each function area that the line should hold [percent]; told, not enforced.
    geobox : GeoBox
        The grid.

    Returns
    -------
    GeoDataFrame, raster, DataFrame, DataFrame
        Patches; why each cell lies inside or outside; ledger of areas by reason; what the line reaches of its targets.

    Notes
    -----
    Union of the extremely important and the extremely fragile, mandatory areas in, construction land and permanent
    basic farmland out; holes filled, neighbours joined, small patches dropped, boundaries moved to lines and smoothed
    (guide of 2017 for the red line, 环办生态〔2017〕48号; its order from general knowledge, to be checked). Land and
    sea by themselves. Areas are those of whole cells.
    """
    cells = Cells(red_line_ground, red_line_realm, cell_area, cell_width, cell_height)
    lines = lines_of(boundary_line, geobox)
    shaping = Shaping(
        largest_hole_km2 * SQUARE_METRES_PER_KM2,
        smallest_patch_km2 * SQUARE_METRES_PER_KM2,
        widest_gap_m,
        farthest_line_m,
        line_share,
        lines,
    )
    codes = delineate(cells, shaping)
    targets = {LAND: land_target_percent, SEA: sea_target_percent}
    rows = reached_rows(codes, cells, function_area, function_area_legend, targets, function_area_target_percent)
    patches = draw_patches(codes, cells, geobox, smoothing_share, lines)
    return patches, codes, ledger_of(codes, cells), pd.DataFrame(rows, columns=CERTIFICATE)


@step
def red_line_cells_legend() -> pd.DataFrame:
    """Legend of the red line: why a cell lies inside or outside.

    Returns
    -------
    DataFrame
        Columns code, inside, name, name_zh, colour, source, status.
    """
    return red_line_codes()


@step
def red_line_confidence(red_line_cells: NDArray[np.int32]) -> NDArray[np.float32]:
    """Whether a cell lies inside the red line; its mean over draws is how sure that is.

    Parameters
    ----------
    red_line_cells : int32 ndarray (rows, columns)
        Why a cell lies inside or outside; -1 no data.

    Returns
    -------
    float32 ndarray (rows, columns)
        1 inside, 0 outside [1]; NaN where there is no data.
    """
    inside = np.where(red_line_cells >= FIRST_INSIDE, np.float32(1), np.float32(0))
    return np.where(red_line_cells == NO_DATA, np.float32(np.nan), inside)


def lines_of(boundary_line: geopandas.GeoDataFrame | None, geobox: GeoBox) -> Crossings | None:
    """Find where the given lines cross the grid; of polygons their borders are lines.

    Parameters
    ----------
    boundary_line : GeoDataFrame or None
        In the CRS of the grid.
    geobox : GeoBox
        The grid.

    Returns
    -------
    Crossings or None
    """
    if boundary_line is None:
        return None
    shapes = boundary_line.geometry
    drawn = shapes.where(~shapes.geom_type.isin(["Polygon", "MultiPolygon"]), shapes.boundary)
    return crossings(drawn.to_numpy(), geobox)


def names_of(function_area_legend: pd.DataFrame) -> dict[int, str]:
    """Give the names of the function areas by their numbers.

    Parameters
    ----------
    function_area_legend : DataFrame
        Columns code and name.

    Returns
    -------
    dict of int to str
    """
    return dict(zip(function_area_legend["code"].tolist(), function_area_legend["name"].tolist(), strict=True))


def named(function_area: NDArray[np.int32], names: dict[int, str]) -> NDArray[np.int32]:
    """Give the function area of each cell, 0 where it lies in none or in one without a name.

    Parameters
    ----------
    function_area : int32 ndarray (rows, columns)
        Number of the function area of each cell; -1 none.
    names : dict of int to str
        Names by number.

    Returns
    -------
    int32 ndarray (rows, columns)
    """
    return np.where(np.isin(function_area, list(names)), function_area, 0)


def reached_rows(
    codes: WholeRaster,
    cells: Cells,
    function_area: WholeRaster,
    function_area_legend: pd.DataFrame,
    targets: dict[int, float],
    function_target: float,
) -> list[tuple[object, ...]]:
    """Say what a line reaches of its targets.

    Parameters
    ----------
    codes : raster
        Why each cell lies inside or outside; -1 no data.
    cells : Cells
        What is known of each cell.
    function_area : raster
        Number of the function area of each cell; -1 none.
    function_area_legend : DataFrame
        Columns code and name.
    targets : dict of int to float
        Share of each realm that the line should hold [percent].
    function_target : float
        Share of each function area [percent].

    Returns
    -------
    list of tuple
        Rows of the certificate, without those of a plan.
    """
    names = names_of(function_area_legend)
    counted = np.zeros((2, len(REALMS) + 1, max(names, default=0) + 1), np.int64)
    for tile in codes.tiles():
        code, area = codes.read(tile), whole_areas(cells.area, tile)
        place = cells.realm.read(tile), named(function_area.read(tile), names)
        for found, where in zip(counted, (code != NO_DATA, code >= FIRST_INSIDE), strict=True):
            np.add.at(found, (place[0][where], place[1][where]), area[where])
    whole, held = counted / (AREA_UNITS * SQUARE_METRES_PER_KM2)
    rows: list[tuple[object, ...]] = []
    for realm, name in REALMS.items():
        if not whole[realm].sum() > 0:
            continue
        wanted = targets[realm] / 100.0 * whole[realm].sum()
        rows.append(_row(name, "area", "km2", wanted, held[realm].sum()))
        length = boundary_length(codes, cells, realm) / 1000.0
        rows.append((name, "boundary", "km", np.nan, np.nan, length, np.nan, np.nan))
        for number, label in names.items():
            if whole[realm, number] > 0 and realm == LAND:
                wanted = function_target / 100.0 * whole[realm, number]
                rows.append(_row(name, f"share of function area {label}", "km2", wanted, held[realm, number]))
    return rows


def _row(realm: str, row: str, unit: str, lower: float, reached: float) -> tuple[object, ...]:
    return realm, row, unit, lower, np.nan, reached, float(reached >= lower), np.nan
