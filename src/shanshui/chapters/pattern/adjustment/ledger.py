"""What changes between two red lines, by function area, so that all sums add up (paper 2.2)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import geopandas
import numpy as np
import pandas as pd
import pyproj
from numpy.typing import NDArray
from odc.geo.geobox import GeoBox

from shanshui.base.grid import crs_of
from shanshui.base.zones import OUTSIDE
from shanshui.chapters.pattern.adjustment.candidate_polygons import polygons_of
from shanshui.chapters.pattern.adjustment.patches import AREAS, summed
from shanshui.chapters.pattern.delineation import SQUARE_METRES_PER_HECTARE
from shanshui.chapters.pattern.grounds import FUNCTION_AREAS
from shanshui.science.faces import planarise
from shanshui.science.polygon_sums import Amount, sum_over_polygons

BEFORE, IN, OUT, AFTER = "before", "in", "out", "after"
DIRECTIONS_ZH = {BEFORE: "调整前", IN: "调入", OUT: "调出", AFTER: "调整后"}
TOTAL = "(total)"
AREA = "area_ha"
# The accounts of the ledger of an adjustment, and its columns before and after the amounts.
ACCOUNTS_ZH = {
    "taken": "采纳",
    "not taken": "未采纳",
    "too small": "过小剔除",
    "line": "红线",
    "balance": "平衡",
}
TEXTS = (
    *("account", "account_zh", "direction", "direction_zh", "rule", "reason", "reason_zh", "why", "function_area"),
    "unit",
)
COLUMNS_BEFORE = [*TEXTS[:-1], "patches"]
COLUMNS_AFTER = ["unit", "lower", "reached", "holds"]


def function_areas_of(zone_polygons: geopandas.GeoDataFrame) -> geopandas.GeoDataFrame:
    """Take the function areas out of all zones.

    Parameters
    ----------
    zone_polygons : GeoDataFrame
        Columns zoning, zone and name.

    Returns
    -------
    GeoDataFrame
        Those of the zoning ``function_area``, with a column label: the name, of equal names with the key of the zone.
    """
    areas = zone_polygons[(zone_polygons["zoning"] == FUNCTION_AREAS) & (zone_polygons["zone"] != OUTSIDE)]
    names = areas["name"].astype(str)
    twice = names.duplicated(keep=False)
    labels = names.where(~twice, names + " " + areas["zone"].astype(str))
    return areas.assign(label=labels.astype(object)).reset_index(drop=True)


def line_changes(
    before: NDArray[Any],
    after: NDArray[Any],
    function_areas: geopandas.GeoDataFrame,
    geobox: GeoBox,
    amounts: Mapping[str, Amount] | None = None,
) -> pd.DataFrame:
    """Tell what changes between two red lines.

    Parameters
    ----------
    before, after : ndarray of shapely polygons
        The two lines, in the CRS of the grid; polygons of one line may overlap.
    function_areas : GeoDataFrame
        Column label; of `function_areas_of`, in the CRS of the grid.
    geobox : GeoBox
        The grid.
    amounts : mapping of str to callable, optional
        What the cells of a window hold, as `sum_over_polygons` takes it.

    Returns
    -------
    DataFrame
        One row a direction (before, in, out, after) and function area, with what lies outside of all of them and the
        total: direction, direction_zh, function_area, area_ha (on the ellipsoid) and the sum of each amount. Before and
        in are out and after.

    Examples
    --------
    >>> import shapely
    >>> from affine import Affine
    >>> grid = GeoBox((10, 10), Affine(100, 0, 0, 0, -100, 1000), "EPSG:6933")
    >>> none = geopandas.GeoDataFrame({"label": []}, geometry=[], crs="EPSG:6933")
    >>> one, other = shapely.box(0, 0, 200, 100), shapely.box(100, 0, 400, 100)
    >>> found = line_changes(np.array([one]), np.array([other]), none, grid)
    >>> found[found["function_area"] == "(total)"].set_index("direction")["area_ha"].round(6).to_dict()
    {'before': 2.0, 'in': 2.0, 'out': 1.0, 'after': 3.0}
    """
    layers = {BEFORE: before, AFTER: after, AREAS: polygons_of(function_areas)}
    faces = planarise(layers, pyproj.CRS(crs_of(geobox)))
    inside = {name: faces.covered_by(name) for name in (BEFORE, AFTER)}
    counted = {AREA: faces.area / SQUARE_METRES_PER_HECTARE}
    counted |= on_faces(faces.polygons, inside[BEFORE] | inside[AFTER], geobox, amounts or {})
    return accounts(inside[BEFORE], inside[AFTER], faces.first_of(AREAS), function_areas["label"].tolist(), counted)


def on_faces(
    polygons: NDArray[Any], wanted: NDArray[np.bool_], geobox: GeoBox, amounts: Mapping[str, Amount]
) -> dict[str, NDArray[np.float64]]:
    """Add up amounts over some faces.

    Parameters
    ----------
    polygons : ndarray of shapely polygons (faces,)
        The faces, in the CRS of the grid.
    wanted : bool ndarray (faces,)
        Which are of interest; the others hold 0.
    geobox : GeoBox
        The grid.
    amounts : mapping of str to callable
        What the cells of a window hold.

    Returns
    -------
    dict of str to float64 ndarray (faces,)
    """
    found = sum_over_polygons(polygons[wanted], geobox, amounts).total
    out = {name: np.zeros(len(polygons)) for name in amounts}
    for name, values in out.items():
        values[wanted] = found[name]
    return out


def accounts(
    before: NDArray[np.bool_],
    after: NDArray[np.bool_],
    place: NDArray[np.int64],
    names: Sequence[str],
    amounts: Mapping[str, NDArray[np.float64]],
) -> pd.DataFrame:
    """Add faces up by direction and function area.

    Parameters
    ----------
    before, after : bool ndarray (faces,)
        Whether the line covers each face.
    place : int64 ndarray (faces,)
        The function area of each, by its place among the names; -1 none.
    names : sequence of str
        The function areas.
    amounts : mapping of str to float64 ndarray (faces,)
        What each face holds.

    Returns
    -------
    DataFrame
        As `line_changes` gives it.
    """
    labels = [*names, OUTSIDE]
    where = {BEFORE: before, IN: after & ~before, OUT: before & ~after, AFTER: after}
    parts = []
    for direction, held in where.items():
        # What lies in none of them has the last place.
        sums = summed(np.where(held, np.where(place < 0, len(names), place), -1), amounts, len(labels))
        rows = pd.DataFrame({name: np.append(values, values.sum()) for name, values in sums.items()})
        rows.insert(0, "direction", direction)
        rows.insert(1, "direction_zh", DIRECTIONS_ZH[direction])
        rows.insert(2, "function_area", [*labels, TOTAL])
        parts.append(rows)
    return pd.concat(parts, ignore_index=True)


def adjustment_ledger(
    patches: pd.DataFrame,
    dropped: pd.DataFrame,
    line: pd.DataFrame,
    balances: pd.DataFrame,
    rules: pd.DataFrame,
    amounts: Sequence[str],
) -> pd.DataFrame:
    """Put the ledger of an adjustment together.

    Parameters
    ----------
    patches : DataFrame
        Columns direction, direction_zh, rule, function_area, taken, why and the amounts.
    dropped : DataFrame
        What was too small: columns direction, direction_zh, rule, function_area, patches and the amounts; NaN where one
        is not known.
    line : DataFrame
        Today's line, what comes in, what leaves, and tomorrow's line, as `accounts` gives it.
    balances : DataFrame
        What must hold: columns reason, reason_zh, function_area, unit, lower, reached, holds.
    rules : DataFrame
        Columns code, english, chinese.
    amounts : sequence of str
        The columns that add up.

    Returns
    -------
    DataFrame
        Columns account, account_zh, direction, direction_zh, rule, reason, reason_zh, why, function_area, patches, the
        amounts, unit, lower, reached, holds. Of one direction the patches that are taken add up to the line's total.
    """
    keys = ["direction", "direction_zh", "rule", "why", "function_area"]
    patches = patches.assign(patches=1)
    taken = patches["taken"] == 1
    parts = {
        "taken": patches[taken].assign(why=""),
        "not taken": patches[~taken],
        "too small": dropped.assign(why=""),
        "line": line,
        "balance": balances,
    }
    for account in ("taken", "not taken", "too small"):
        ours = parts[account][[*keys, "patches", *amounts]]
        # What is not known of all is not known of the sum.
        parts[account] = ours.groupby(keys, as_index=False, sort=True).sum(min_count=1)
    told = rules.set_index("code")
    filled = []
    for account, rows in parts.items():
        rows = rows.reindex(columns=COLUMNS_BEFORE + list(amounts) + COLUMNS_AFTER)
        rows = rows.assign(account=account, account_zh=ACCOUNTS_ZH[account])
        for column, language in (("reason", "english"), ("reason_zh", "chinese")):
            rows[column] = rows[column].where(rows[column].notna(), rows["rule"].map(told[language]))
        filled.append(rows.astype(dict.fromkeys(TEXTS, object)))
    ledger = pd.concat([rows for rows in filled if len(rows)], ignore_index=True)
    return ledger.assign(**{name: ledger[name].fillna("") for name in TEXTS})
