"""From the ground of each cell to patches of a red line: filled, joined, dropped, moved to lines; and drawn."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import geopandas
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from odc.geo.geobox import GeoBox

from shanshui.base.grid import Window
from shanshui.base.raster import WholeRaster, WritableRaster
from shanshui.chapters.pattern.grounds import LAND, MANDATORY, MANDATORY_ON_EXCLUDED, NO_DATA, SEA, red_line_codes
from shanshui.science.holes import drop_small_patches, fill_holes
from shanshui.science.outlines import trace_outlines
from shanshui.science.outlines_smoothed import smoothed
from shanshui.science.patches import Patches, find_patches
from shanshui.science.patches_joined import join_patches
from shanshui.science.patches_lines import Crossings
from shanshui.science.patches_snapped import snap_patches
from shanshui.science.patches_standing import Rule, Standing
from shanshui.science.tally import AREA_UNITS

REALMS = {LAND: "land", SEA: "sea"}
SQUARE_METRES_PER_KM2 = 1e6
SQUARE_METRES_PER_HECTARE = 1e4
# Patches hang together by sides and corners: so do the guides' examples; holes then by sides alone.
NEIGHBOURS = 8
# Codes from here on are inside.
FIRST_INSIDE = 11
FILLED, JOINED, MOVED_IN, CHOSEN = 41, 42, 43, 44
DROPPED, MOVED_OUT, NOT_CHOSEN = 4, 5, 6
_BECOMES = {
    Standing.FILLED: FILLED,
    Standing.JOINED: JOINED,
    Standing.SNAPPED_IN: MOVED_IN,
    Standing.DROPPED: DROPPED,
    Standing.SNAPPED_OUT: MOVED_OUT,
}


@dataclass(frozen=True)
class Cells:
    """What all of delineation reads.

    Parameters
    ----------
    ground, realm : WholeRaster
        int32: what speaks for and against each cell; land or sea.
    area : WholeRaster
        Area of the cells [m2].
    width, height : WholeRaster
        Sides of the cells [m].
    """

    ground: WholeRaster
    realm: WholeRaster
    area: WholeRaster
    width: WholeRaster
    height: WholeRaster


@dataclass(frozen=True)
class Shaping:
    """How patches are shaped.

    Parameters
    ----------
    largest_hole, smallest_patch : float
        Holes below it are filled, patches below it dropped [m2].
    widest_gap : float
        Patches so near to each other are joined [m].
    farthest_line, line_share : float
        How far a boundary moves to a line [m], and by how much of its area a patch may change by that [1].
    lines : Crossings or None
        The lines.
    """

    largest_hole: float
    smallest_patch: float
    widest_gap: float
    farthest_line: float
    line_share: float
    lines: Crossings | None


def delineate(cells: Cells, shaping: Shaping) -> WritableRaster:
    """Shape the patches of land and sea, each by itself.

    Parameters
    ----------
    cells : Cells
        What is known of each cell.
    shaping : Shaping
        How patches are shaped.

    Returns
    -------
    WritableRaster
        int32, why each cell lies inside or outside: the codes of red_line_codes.csv; -1 no data.

    Notes
    -----
    In the order of the guide of 2017 (to be checked): holes are filled, neighbours joined, small patches dropped, and
    boundaries moved to lines. Excluded cells stay outside and mandatory ones inside throughout; a small patch with a
    mandatory cell stays.
    """
    out = cells.ground.blank(np.int32)
    for tile in out.tiles():
        out.write(tile, cells.ground.read(tile))
    for realm in REALMS:
        standing, rule, any_inside = _begun(cells, realm)
        if any_inside:
            _merge(out, cells.realm, realm, shaped(cells, standing, rule, shaping))
    return out


def shaped(cells: Cells, standing: WritableRaster, rule: WritableRaster, shaping: Shaping) -> WholeRaster:
    """Shape the patches of one realm.

    Parameters
    ----------
    cells : Cells
        What is known of each cell.
    standing, rule : WritableRaster
        uint8: each a `Standing`, each a `Rule`.
    shaping : Shaping
        How patches are shaped; what is 0 is left out.

    Returns
    -------
    WholeRaster
        uint8, each a `Standing`.
    """
    now: WholeRaster = standing
    if shaping.largest_hole > 0:
        now = fill_holes(now, rule, cells.area, shaping.largest_hole, NEIGHBOURS).standing
    if shaping.widest_gap > 0:
        sides = cells.width, cells.height
        now = join_patches(now, rule, cells.area, *sides, shaping.widest_gap, NEIGHBOURS).standing
    if shaping.smallest_patch > 0:
        now = drop_small_patches(now, rule, cells.area, shaping.smallest_patch, NEIGHBOURS).standing
    if shaping.lines is not None and len(shaping.lines) and shaping.farthest_line > 0:
        given = now, rule, cells.area, cells.width, cells.height, shaping.lines
        now = snap_patches(*given, shaping.farthest_line, shaping.line_share, NEIGHBOURS).standing
        # A move may cut a piece off.
        if shaping.smallest_patch > 0:
            now = drop_small_patches(now, rule, cells.area, shaping.smallest_patch, NEIGHBOURS).standing
    return now


def drop_small(cells: Cells, codes: WritableRaster, smallest_patch: float) -> WritableRaster:
    """Drop small patches of a line that a plan chose, land and sea each by itself.

    Parameters
    ----------
    cells : Cells
        What is known of each cell.
    codes : WritableRaster
        int32, why each cell lies inside or outside.
    smallest_patch : float
        Patches below it are dropped, unless they hold a mandatory cell [m2].

    Returns
    -------
    WritableRaster
        int32, the same with 4 where a patch was dropped.
    """
    return delineate(replace(cells, ground=codes), Shaping(0.0, smallest_patch, 0.0, 0.0, 0.0, None))


def draw_patches(
    codes: WholeRaster, cells: Cells, geobox: GeoBox, smoothing_share: float, lines: Crossings | None
) -> geopandas.GeoDataFrame:
    """Draw the patches as polygons.

    Parameters
    ----------
    codes : WholeRaster
        int32, why each cell lies inside or outside.
    cells : Cells
        What is known of each cell.
    geobox : GeoBox
        The grid.
    smoothing_share : float
        By how much of its area a polygon may change by smoothing [1]; 0: along the cells.
    lines : Crossings or None
        Lines that a boundary follows.

    Returns
    -------
    GeoDataFrame
        One row a patch: patch, realm, code, type, type_zh, area_ha, cells, mandatory_ha, conflict_ha, added_ha. The
        areas are those of its cells.
    """
    inside = codes.blank(np.uint8)
    for tile in inside.tiles():
        realm = np.where(codes.read(tile) >= FIRST_INSIDE, cells.realm.read(tile), 0)
        inside.write(tile, np.maximum(realm, 0).astype(np.uint8))
    patches = find_patches(inside, cells.area, _as_they_are, NEIGHBOURS)
    by_code = _areas_by_code(patches, codes, cells.area)
    names = red_line_codes().set_index("code")
    # What a patch was drawn for: grounds, or being mandatory; additions have no ground of their own.
    grounds = [code for code in names.index if FIRST_INSIDE <= code < FILLED and code != MANDATORY_ON_EXCLUDED]
    own = by_code.reindex(columns=grounds, fill_value=0.0)
    own[MANDATORY] += by_code.get(MANDATORY_ON_EXCLUDED, 0.0)
    code = np.empty(0, np.int64)
    if len(own):
        code = np.where(own.max(axis=1) > 0, own.idxmax(axis=1), by_code.idxmax(axis=1))
    added = [each for each in (FILLED, JOINED, MOVED_IN, CHOSEN) if each in by_code]
    outlines = trace_outlines(patches.numbers)
    if smoothing_share > 0 and len(patches):
        outlines = smoothed(outlines, patches.numbers.shape, smoothing_share, lines=lines).outlines
    numbers, polygons = outlines.polygons(geobox)
    frame = pd.DataFrame(
        {
            "patch": numbers.astype(np.int64),
            "realm": [REALMS[realm] for realm in patches.value.tolist()],
            "code": code.astype(np.int64),
            "type": names["name"].reindex(code).to_numpy(str),
            "type_zh": names["name_zh"].reindex(code).to_numpy(str),
            "area_ha": patches.square_metres / SQUARE_METRES_PER_HECTARE,
            "cells": patches.cells,
            "mandatory_ha": own[MANDATORY].to_numpy(),
            "conflict_ha": np.asarray(by_code.get(MANDATORY_ON_EXCLUDED, np.zeros(len(by_code)))),
            "added_ha": by_code[added].sum(axis=1).to_numpy(),
        }
    )
    return geopandas.GeoDataFrame(frame, geometry=polygons, crs=str(geobox.crs))


def ledger_of(codes: WholeRaster, cells: Cells) -> pd.DataFrame:
    """Count cells and area by realm and reason.

    Parameters
    ----------
    codes : WholeRaster
        int32, why each cell lies inside or outside; -1 no data.
    cells : Cells
        What is known of each cell.

    Returns
    -------
    DataFrame
        One row a realm and reason that occurs: realm, code, reason, reason_zh, inside, cells, area_ha.
    """
    names = red_line_codes().set_index("code")
    size = int(names.index.max()) + 1
    count, area = np.zeros((len(REALMS) + 1, size), np.int64), np.zeros((len(REALMS) + 1, size), np.int64)
    for tile in codes.tiles():
        code, realm = codes.read(tile), np.clip(cells.realm.read(tile), LAND, SEA)
        known = code != NO_DATA
        place = realm[known] * size + code[known]
        count += np.bincount(place, minlength=count.size).reshape(count.shape)
        np.add.at(area.reshape(-1), place, whole_areas(cells.area, tile)[known])
    rows = []
    for realm, code in ((realm, code) for realm in REALMS for code in names.index if count[realm, code]):
        name = names.loc[code]
        hectares = area[realm, code] / AREA_UNITS / SQUARE_METRES_PER_HECTARE
        told = (code, name["name"], name["name_zh"], int(name["inside"]), int(count[realm, code]), hectares)
        rows.append((REALMS[realm], *told))
    return pd.DataFrame(rows, columns=["realm", "code", "reason", "reason_zh", "inside", "cells", "area_ha"])


def _begun(cells: Cells, realm: int) -> tuple[WritableRaster, WritableRaster, bool]:
    """Say where the cells of one realm stand at the beginning, and what may become of them."""
    standing, rule, any_inside = cells.ground.blank(np.uint8), cells.ground.blank(np.uint8), False
    for tile in standing.tiles():
        ground, here = cells.ground.read(tile), cells.realm.read(tile) == realm
        inside = here & (ground >= FIRST_INSIDE)
        any_inside |= bool(inside.any())
        standing.write(tile, np.where(inside, Standing.IN, Standing.OUT).astype(np.uint8))
        # Without data, of the other realm, on excluded land: never inside.
        rules = np.where(here & ((ground == 0) | (ground >= FIRST_INSIDE)), Rule.FREE, Rule.EXCLUDED)
        rules[here & np.isin(ground, (MANDATORY, MANDATORY_ON_EXCLUDED))] = Rule.MANDATORY
        rule.write(tile, rules.astype(np.uint8))
    return standing, rule, any_inside


def _merge(codes: WritableRaster, realms: WholeRaster, realm: int, standing: WholeRaster) -> None:
    """Write what became of the cells of one realm among the codes."""
    for tile in codes.tiles():
        code, stands = codes.read(tile), standing.read(tile)
        here = realms.read(tile) == realm
        for kind, becomes in _BECOMES.items():
            code[here & (stands == kind)] = becomes
        codes.write(tile, code)


def _areas_by_code(patches: Patches, codes: WholeRaster, area: WholeRaster) -> pd.DataFrame:
    """Give the area of each patch by code [ha]; a column for each code that occurs."""
    size = int(red_line_codes()["code"].max()) + 1
    found = np.zeros((len(patches) + 1) * size, np.int64)
    for tile in codes.tiles():
        number = patches.numbers.read(tile)
        here = number > 0
        place = number[here].astype(np.int64) * size + codes.read(tile)[here]
        np.add.at(found, place, whole_areas(area, tile)[here])
    table = found.reshape(-1, size)[1:] / AREA_UNITS / SQUARE_METRES_PER_HECTARE
    occurs = np.flatnonzero(table.any(axis=0))
    return pd.DataFrame(table[:, occurs], columns=occurs, index=np.arange(1, len(patches) + 1))


def _as_they_are(cells: NDArray[Any]) -> NDArray[Any]:
    return cells


def boundary_length(codes: WholeRaster, cells: Cells, realm: int) -> float:
    """Measure the boundary of the line in one realm along the sides of the cells.

    Parameters
    ----------
    codes : WholeRaster
        int32, why each cell lies inside or outside.
    cells : Cells
        What is known of each cell.
    realm : int
        1 land, 2 sea.

    Returns
    -------
    float
        Length [m], towards no data, the other realm and the end of the raster too.
    """
    length = 0
    for tile in codes.tiles():
        around = tile.padded(1)
        inside = (codes.read(around) >= FIRST_INSIDE) & (cells.realm.read(around) == realm)
        here = inside[1:-1, 1:-1]
        beside = (here & ~inside[1:-1, :-2]).astype(np.int64) + (here & ~inside[1:-1, 2:])
        over = (here & ~inside[:-2, 1:-1]).astype(np.int64) + (here & ~inside[2:, 1:-1])
        length += int((whole_areas(cells.width, tile) * over + whole_areas(cells.height, tile) * beside).sum())
    return length / AREA_UNITS


def whole_areas(area: WholeRaster, tile: Window) -> NDArray[np.int64]:
    """Give areas or lengths as whole numbers, so that no order of adding changes their sum.

    Parameters
    ----------
    area : WholeRaster
        [m2] or [m].
    tile : Window
        The cells.

    Returns
    -------
    int64 ndarray (rows, columns)
        [1 / AREA_UNITS m2] or [1 / AREA_UNITS m].
    """
    return np.rint(np.asarray(area.read(tile), np.float64) * AREA_UNITS).astype(np.int64)
