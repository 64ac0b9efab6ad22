"""What is decided of each face of protected areas: one winner, one zone, one action, one reason."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import pyproj

from shanshui.chapters.pattern.protected_areas import reasons
from shanshui.chapters.pattern.protected_areas.decisions import (
    FARMLAND,
    HOLDS,
    MINING,
    PLANTATION,
    SETTLEMENT,
    Area,
    Yielded,
    Zoned,
    out_of_scope,
    strongest,
    uses,
    zones_of_faces,
)
from shanshui.chapters.pattern.protected_areas.merging import Merged, common_borders, merge
from shanshui.chapters.pattern.protected_areas.register import JOINT, NATIONAL_PARK
from shanshui.chapters.pattern.protected_areas.rules import ADJUST_OUT, KEEP, MERGE, MERGED, ZONE, RuleCase, Rules
from shanshui.chapters.pattern.protected_areas.zones import PARK_USE
from shanshui.science.faces_sides import Sides

_TOLD = ("rule", "rules", "action", "confirm", "reason", "reason_zh")


def decide(
    table: pd.DataFrame,
    sides: Sides,
    areas: Mapping[str, Area],
    rules: Rules,
    crs: pyproj.CRS,
    *,
    units: Mapping[str, str] | None,
    gap_m: float,
    border_m: float,
    high_value_importance: float,
    low_value_importance: float,
    obvious_impact_share: float,
    least_adjusted_out_ha: float,
    cultural_scenic_areas_leave: bool,
) -> pd.DataFrame:
    """Decide of each face which area it belongs to, its zone, and what becomes of it.

    Parameters
    ----------
    table : DataFrame
        As `face_table` gives it, with importance (NaN where not known) and geometry.
    sides : Sides
        The sides that two of these faces share.
    areas : mapping of str to Area
        All areas.
    rules : Rules
        Those that hold.
    crs : pyproj.CRS
        Of the geometry.
    units : mapping of str to str or None
        Names of the natural units; None where they are not known.
    gap_m, border_m, high_value_importance, low_value_importance, obvious_impact_share, least_adjusted_out_ha : float
        As in `protected_area_faces`.
    cultural_scenic_areas_leave : bool
        Whether P12 is asked for.

    Returns
    -------
    DataFrame
        The same faces, with the columns of `protected_area_faces`.
    """
    leaving = out_of_scope(areas, rules, cultural_scenic_areas_leave=cultural_scenic_areas_leave)
    polygons = table["geometry"].to_numpy(object)
    stands = _standing(table["keys"].tolist(), areas, rules, leaving)
    winner = np.array([each.winner for each in stands], object)
    standing = np.where([each.protected for each in stands], winner, "")
    where = None if units is None else table["natural_unit"].to_numpy(object)
    borders = common_borders(polygons, sides, standing, where, crs, gap_m=gap_m)
    merged = merge(areas, set(standing) - {""}, borders, rules, least_border_m=border_m)
    into = np.array([merged[key].into if key else "" for key in standing], object)
    facts = _rows(table)
    zoned = _zoned(table, facts, stands, areas, rules, high_value_importance)
    known = table.assign(into=into, zone=[each.zone if each else "" for each in zoned])
    used = uses(
        known,
        np.column_stack([sides.face, sides.other]),
        rules,
        low_value_importance=low_value_importance,
        obvious_impact_share=obvious_impact_share,
        least_adjusted_out_ha=least_adjusted_out_ha,
    )
    told = [
        _told(row, stood, merged.get(key), zone, use, areas, rules, units)
        for row, stood, key, zone, use in zip(facts, stands, standing, zoned, _rows(used), strict=True)
    ]
    columns = pd.DataFrame(told, index=table.index, columns=list(_TOLD))
    gone = (columns["action"] == ADJUST_OUT).to_numpy()
    into = np.where(gone, "", into)
    head = [areas[key or own] for key, own in zip(into, winner, strict=True)]
    return known.assign(
        face=np.arange(1, len(table) + 1),
        areas=[JOINT.join(keys) for keys in table["keys"]],
        polygons=[JOINT.join(map(str, times)) for times in table["times"]],
        count=[len(keys) for keys in table["keys"]],
        winner=winner,
        into=into,
        category=[NATIONAL_PARK if area.park else area.category for area in head],
        level=["national" if area.park else area.level for area in head],
        part=[_part(*each) for each in zip(facts, stands, strict=True)],
        zone=np.where(gone, "", known["zone"]),
        holds=[JOINT.join(name for name in HOLDS if row[name]) for row in facts],
        **{name: columns[name] for name in _TOLD},
    )


@dataclass(frozen=True)
class _Stood:
    """Which area stands on a face, which yield, and whether the face is protected at all."""

    winner: str
    yielded: tuple[Yielded, ...]
    left: tuple[tuple[str, RuleCase], ...]
    protected: bool


def _rows(table: pd.DataFrame) -> list[dict[str, Any]]:
    names = [str(name) for name in table.columns if name != "geometry"]
    return [dict(zip(names, row, strict=True)) for row in zip(*(table[name] for name in names), strict=True)]


def _standing(
    claims: list[tuple[str, ...]], areas: Mapping[str, Area], rules: Rules, leaving: Mapping[str, RuleCase]
) -> list[_Stood]:
    left = [tuple((key, leaving[key]) for key in keys if key in leaving) for keys in claims]
    counted = [[key for key in keys if key not in leaving] for keys in claims]
    found = strongest([some or keys for some, keys in zip(counted, claims, strict=True)], areas, rules)
    return [
        _Stood(winner, yielded, gone, bool(some))
        for (winner, yielded), gone, some in zip(found, left, counted, strict=True)
    ]


def _part(row: Mapping[str, Any], stood: _Stood) -> str:
    """Give the part of the area that stands on a face."""
    return str(row["parts"][row["keys"].index(stood.winner)])


def _zoned(
    table: pd.DataFrame,
    facts: list[dict[str, Any]],
    stands: list[_Stood],
    areas: Mapping[str, Area],
    rules: Rules,
    high_value_importance: float,
) -> list[Zoned | None]:
    parts = [dict(zip(row["keys"], row["parts"], strict=True)) for row in facts]
    found = zones_of_faces(
        [(stood.winner, part[stood.winner]) for stood, part in zip(stands, parts, strict=True)],
        [[(each.area, part[each.area]) for each in stood.yielded] for stood, part in zip(stands, parts, strict=True)],
        areas,
        rules,
        undisturbed=np.logical_not(table[[*HOLDS]].to_numpy(bool).any(axis=1)),
        importance=table["importance"].to_numpy(np.float64),
        park_use=table[PARK_USE].to_numpy(bool),
        high_value_importance=high_value_importance,
    )
    return [zoned if stood.protected else None for zoned, stood in zip(found, stands, strict=True)]


def _told(
    row: Mapping[str, Any],
    stood: _Stood,
    merged: Merged | None,
    zoned: Zoned | None,
    use: Mapping[str, Any],
    areas: Mapping[str, Area],
    rules: Rules,
    units: Mapping[str, str] | None,
) -> tuple[object, ...]:
    """Give the rule, all rules, the action, whether a planner confirms it, and the reasons of a face."""
    action = KEEP
    codes = [*dict.fromkeys(rule.code for _, rule in stood.left)]
    sentences = [reasons.of_scope(areas[key], rule) for key, rule in stood.left]
    if not stood.protected:
        return _row(ADJUST_OUT, codes, sentences, rules)
    sentences.append(reasons.of_overlap(areas[stood.winner], stood.yielded, areas))
    codes += dict.fromkeys(each.rule for each in stood.yielded if each.rule)
    if stood.yielded:
        action = MERGED
    if merged is not None and merged.into != stood.winner:
        action = MERGED
        codes += rules.of(MERGE)
        code = JOINT.join(rules.of(MERGE))
        sentences.append(reasons.of_merging(merged, areas, code, units_known=units is not None, units=units or {}))
    if zoned is not None:
        codes += [zoned.by.code] if zoned.changed or not codes else []
        sentences.append(reasons.of_zone(zoned.by))
    if use["rule"]:
        action = use["action"]
        codes.append(use["rule"])
        on = [name for name in (SETTLEMENT, FARMLAND, MINING) if row[name]] or [PLANTATION] * bool(row[PLANTATION])
        sentences.append(reasons.of_use(use["by"], on, use["share"], use["patch_ha"]))
    return _row(action, codes, sentences, rules)


def _row(action: str, codes: list[str], sentences: list[reasons.Words], rules: Rules) -> tuple[object, ...]:
    confirm = rules.confirmed_by_planner(codes)
    if confirm:
        sentences = [*sentences, reasons.CONFIRM]
    english, chinese = " ".join(each[0] for each in sentences), "".join(each[1] for each in sentences)
    # The zone of a face follows from what becomes of it.
    deciding = [code for code in codes if code not in rules.of(ZONE)] or codes
    return deciding[-1] if codes else "", JOINT.join(codes), action, int(confirm), english, chinese
