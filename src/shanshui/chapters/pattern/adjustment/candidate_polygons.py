"""Polygons that may come inside the red line or leave it: outlines of cells, and what is drawn (paper 2.2)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import geopandas
import numpy as np
import pandas as pd
import pyproj
import shapely
from numpy.typing import NDArray
from odc.geo.geobox import GeoBox

from shanshui.base.grid import Window, crs_of
from shanshui.base.raster import WholeRaster
from shanshui.chapters.pattern.adjustment.rules import DRAWN, MINING, NEVER_IN, Rules
from shanshui.chapters.pattern.delineation import SQUARE_METRES_PER_HECTARE
from shanshui.policy.rules.findings import Findings, Value
from shanshui.science.coverage import BLOCK, PolygonCover
from shanshui.science.faces_area import EllipsoidArea, metres_of
from shanshui.science.faces_made import mend
from shanshui.science.outlines import trace_outlines
from shanshui.science.patches import find_patches
from shanshui.science.polygon_sums import sum_over_polygons

# A patch of cells hangs together by sides, as its outline does.
_SIDES = 4
# Points on a quarter of a circle around what is widened.
_QUARTER = 8

Polygons = NDArray[Any]


@dataclass(frozen=True)
class Ground:
    """Ground that a rule on cells speaks of, drawn along the sides of the cells.

    Parameters
    ----------
    polygons : ndarray of shapely polygons (patches,)
        In the CRS of the grid.
    code : object ndarray of str (patches,)
        The rule of each; empty: excluded land, which never comes in.
    dropped : DataFrame
        What was too small: rule, patches, area_ha, by the whole areas of its cells.
    """

    polygons: Polygons
    code: NDArray[Any]
    dropped: pd.DataFrame


def drawn_ground(
    in_ground: WholeRaster,
    exclusion: WholeRaster,
    cell_area: WholeRaster,
    today: Polygons,
    drawn_in: Polygons,
    geobox: GeoBox,
    smallest: float,
    cell_numbers: Mapping[str, int],
) -> Ground:
    """Draw the cells that would come in, and the excluded ones under what is drawn.

    Parameters
    ----------
    in_ground : WholeRaster
        int32, the rule by which a cell would come in.
    exclusion : WholeRaster
        int32, above 0 excluded land.
    cell_area : WholeRaster
        Area of the cells [m2].
    today : ndarray of shapely polygons
        Today's red line: cells wholly inside one of its polygons are left out.
    drawn_in : ndarray of shapely polygons
        What is drawn and may come in: only excluded cells that it touches are drawn.
    geobox : GeoBox
        The grid.
    smallest : float
        Patches of cells that are smaller are left out; those of excluded land are not [m2].
    cell_numbers : mapping of str to int
        The numbers of the rules in `in_ground`.

    Returns
    -------
    Ground
    """
    kept = in_ground.blank(np.uint8)
    inside, under = PolygonCover(today, geobox.transform), PolygonCover(drawn_in, geobox.transform)
    rows, columns = kept.shape
    for row in range(0, rows, BLOCK):
        for column in range(0, columns, BLOCK):
            window = Window(row, column, min(BLOCK, rows - row), min(BLOCK, columns - column))
            part = np.s_[: window.height, : window.width]
            found = np.maximum(in_ground.read(window), 0)
            found[inside.shares(row, column, BLOCK).whole[part] >= 0] = 0
            touched = under.shares(row, column, BLOCK).whole[part] != -1
            found[touched & (exclusion.read(window) > 0)] = NEVER_IN
            kept.write(window, found.astype(np.uint8))
    patches = find_patches(kept, cell_area, lambda cells: cells, _SIDES)
    names = np.full(NEVER_IN + 1, "", object)
    names[list(cell_numbers.values())] = list(cell_numbers)
    code, area = names[patches.value], patches.square_metres
    small = (area < smallest) & (patches.value != NEVER_IN)
    numbers, polygons = trace_outlines(patches.numbers).polygons(geobox)
    large = ~small[numbers - 1]
    dropped = pd.DataFrame({"rule": code[small], "patches": 1, "area_ha": area[small] / SQUARE_METRES_PER_HECTARE})
    return Ground(polygons[large], code[numbers - 1][large], dropped.groupby("rule", as_index=False).sum())


def widened(shapes: geopandas.GeoDataFrame | None, metres: float, crs: pyproj.CRS) -> Polygons:
    """Give shapes with what lies around them.

    Parameters
    ----------
    shapes : GeoDataFrame or None
        Lines or polygons.
    metres : float
        How wide the surroundings are [m].
    crs : pyproj.CRS
        Theirs.

    Returns
    -------
    ndarray of shapely polygons
        In the plane; of geographic coordinates with degrees of longitude as short as they are in the middle of each.
    """
    if shapes is None:
        return np.empty(0, object)
    given = shapes.geometry.to_numpy()
    distance = metres / metres_of(crs)
    if not crs.is_geographic:
        return np.asarray(shapely.buffer(given, distance, quad_segs=_QUARTER), object)
    out = np.empty(len(given), object)
    for number, shape in enumerate(given):
        narrow = np.array([np.cos(np.radians(shapely.bounds(shape)[[1, 3]].mean())), 1.0])
        flat = shapely.transform(shape, lambda xy, narrow=narrow: xy * narrow)
        wide = shapely.buffer(flat, distance, quad_segs=_QUARTER)
        out[number] = shapely.transform(wide, lambda xy, narrow=narrow: xy / narrow)
    return out


def polygons_of(shapes: geopandas.GeoDataFrame | None) -> Polygons:
    """Give the polygons of a layer, mended where they cross themselves; none where the study does not have it."""
    return np.empty(0, object) if shapes is None else mend(np.asarray(shapes.geometry.to_numpy(), object))[0]


@dataclass(frozen=True)
class Spoken:
    """What is drawn and a rule speaks of.

    Parameters
    ----------
    polygons : dict of str to ndarray of shapely polygons
        By rule; those by which ground comes in first.
    valid_until : dict of str to float64 ndarray
        Of the rules on rights to mine: the last year of each of their polygons; NaN where it is not known.
    """

    polygons: dict[str, Polygons]
    valid_until: dict[str, NDArray[np.float64]]


def spoken_of(
    rules: Rules,
    drawn: Mapping[str, Polygons],
    valid_until: NDArray[np.float64],
    value: WholeRaster,
    cell_area: WholeRaster,
    persons: WholeRaster | None,
    geobox: GeoBox,
    limits: Mapping[str, float],
) -> Spoken:
    """Find of which of what is drawn the rules speak, each polygon by itself and as a whole.

    Parameters
    ----------
    rules : Rules
        The rules.
    drawn : mapping of str to ndarray of shapely polygons
        By what they are, as `DRAWN` names it, in the CRS of the grid.
    valid_until : float64 ndarray
        The last year of each right to mine; NaN where it is not known.
    value : WholeRaster
        What each cell gives of everything that the region gives [ppm].
    cell_area : WholeRaster
        Area of the cells [m2].
    persons : WholeRaster or None
        Residents of each cell.
    geobox : GeoBox
        The grid.
    limits : mapping of str to float
        Scalars that conditions may ask for.

    Returns
    -------
    Spoken
        Since it hangs on the polygon and not on the line, what left does not come back by the next run. A polygon of
        which it is not known whether the condition holds is not spoken of.
    """
    asked: dict[str, set[str]] = {}
    for rule in rules.on_drawn:
        asked.setdefault(rule.ground, set()).update(rule.when.facts)
    facts = {ground: _facts_of(ground, drawn, asked[ground], valid_until, limits) for ground in asked}
    _measure(facts, drawn, asked, value, cell_area, persons, geobox)
    polygons, years = {}, {}
    for rule in rules.on_drawn:
        ours = drawn[rule.ground]
        holds = rule.when.truth(Findings(len(ours), facts[rule.ground])).sure
        polygons[rule.code] = ours[holds]
        if rule.ground == MINING:
            years[rule.code] = valid_until[holds]
    return Spoken(polygons, years)


def _facts_of(
    ground: str,
    drawn: Mapping[str, Polygons],
    asked: set[str],
    valid_until: NDArray[np.float64],
    limits: Mapping[str, float],
) -> dict[str, Value]:
    years = valid_until if ground == MINING else np.full(len(drawn[ground]), np.nan)
    facts: dict[str, Value] = {"valid_until": years, "valid_until_known": ~np.isnan(years), **limits}
    return {name: value for name, value in facts.items() if name in asked}


def _measure(
    facts: Mapping[str, dict[str, Value]],
    drawn: Mapping[str, Polygons],
    asked: Mapping[str, set[str]],
    value: WholeRaster,
    cell_area: WholeRaster,
    persons: WholeRaster | None,
    geobox: GeoBox,
) -> None:
    """Measure polygons, as far as conditions ask for it."""

    def wanting(fact: str) -> list[str]:
        return [ground for ground in DRAWN if fact in asked.get(ground, ())]

    ellipsoid = EllipsoidArea(bounds_of(drawn[ground] for ground in wanting("area_ha")), pyproj.CRS(crs_of(geobox)))
    for ground in wanting("area_ha"):
        facts[ground]["area_ha"] = ellipsoid.of(drawn[ground]) / SQUARE_METRES_PER_HECTARE
    for ground in wanting("persons_known"):
        facts[ground]["persons_known"] = persons is not None
    if persons is not None:
        for ground in wanting("persons"):
            known = sum_over_polygons(drawn[ground], geobox, {"persons": persons.read})
            facts[ground]["persons"] = known.total["persons"].to_numpy(np.float64)
    judged = wanting("value_percent")
    together = np.concatenate([np.empty(0, object), *(drawn[ground] for ground in judged)])
    worth = 100.0 * worth_of(together, value, cell_area, geobox) if len(together) else np.empty(0)
    ends = np.cumsum([len(drawn[ground]) for ground in judged])
    for ground, part in zip(judged, np.split(worth, ends[:-1]) if judged else (), strict=True):
        facts[ground]["value_percent"] = part


def valid_until_of(mining_right: geopandas.GeoDataFrame | None) -> NDArray[np.float64]:
    """Give the last year of each right to mine; NaN where it is not known."""
    if mining_right is None:
        return np.empty(0)
    if "valid_until" not in mining_right:
        return np.full(len(mining_right), np.nan)
    return np.asarray(mining_right["valid_until"].to_numpy(np.float64), np.float64)


def worth_of(polygons: Polygons, value: WholeRaster, cell_area: WholeRaster, geobox: GeoBox) -> NDArray[np.float64]:
    """Give the value of a square metre of each polygon against that of the region's mean.

    Parameters
    ----------
    polygons : ndarray of shapely polygons
        In the CRS of the grid.
    value : WholeRaster
        What each cell gives of everything that the region gives [ppm].
    cell_area : WholeRaster
        Area of the cells [m2].
    geobox : GeoBox
        The grid.

    Returns
    -------
    float64 ndarray
        [1]; NaN where nothing of a polygon is known.
    """

    def known_area(window: Window) -> NDArray[np.float64]:
        return np.where(np.isnan(value.read(window)), np.nan, cell_area.read(window))

    everything = np.append(polygons, geobox.extent.geom)
    sums = sum_over_polygons(everything, geobox, {"value": value.read, "area": known_area}).total
    density = (sums["value"] / sums["area"].where(sums["area"] > 0)).to_numpy(np.float64)
    return np.asarray(density[:-1] / density[-1] if density[-1] > 0 else density[:-1], np.float64)


def blocks(polygons: Polygons) -> Polygons:
    """Join polygons that touch or overlap.

    Parameters
    ----------
    polygons : ndarray of shapely polygons
        Any.

    Returns
    -------
    ndarray of shapely.Polygon
        One a block; those that share a corner only are apart.
    """
    return np.asarray(shapely.get_parts(shapely.union_all(polygons)), object) if len(polygons) else polygons


def bounds_of(layers: Iterable[Polygons]) -> NDArray[np.float64]:
    """Give the bounds of all polygons of several layers; NaN where there are none."""
    whole = np.concatenate([np.empty(0, object), *layers])
    return np.asarray(shapely.total_bounds(whole), np.float64) if len(whole) else np.full(4, np.nan)
