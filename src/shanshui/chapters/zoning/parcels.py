"""Parcels against control layers and rules: what each overlaps, and what is decided on each application."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import geopandas
import numpy as np
import pandas as pd
import shapely

from shanshui.base.errors import Problem, Problems, StudyError, did_you_mean
from shanshui.base.step import step
from shanshui.chapters.zoning.parcel_terrain import measured_of
from shanshui.data.vectors import reprojected
from shanshui.policy.engine.decisions import JOINT, Decision, Parcel, decide
from shanshui.policy.engine.trace import trace
from shanshui.policy.ground.control_layers import ControlLayers
from shanshui.policy.language.situations import text_of
from shanshui.policy.language.terms import split
from shanshui.policy.rules.packs import RuleBook
from shanshui.policy.rules.rule import ALLOWED, CONDITIONAL, PROHIBITED, UNDETERMINED

SQUARE_METRES_PER_HECTARE = 10_000.0
SQUARE_METRES_PER_MU = 2_000.0 / 3.0
_WEAKEST = ("default", "literature", "official")
_STRICTEST = (PROHIBITED, UNDETERMINED, CONDITIONAL, ALLOWED)
COLUMNS = (
    *("application", "parcel", "activity", "activity_name", "activity_name_zh", "industry", "date"),
    *("outcome", "without_slivers", "rules", "status", "missing", "ties", "area_ha", "statutory_area_ha"),
    *("leave_out_ha", "leave_out", "change", "trace"),
)
# Facts that have columns of their own.
GIVEN = ("activity", "industry", "date")
_FEW = 5


@step
def parcel_overlaps(parcel: geopandas.GeoDataFrame, control_layers: ControlLayers) -> pd.DataFrame:
    """What every parcel overlaps, polygon by polygon.

    Parameters
    ----------
    parcel : GeoDataFrame
        Column parcel; polygons.
    control_layers : ControlLayers
        The control layers of the study.

    Returns
    -------
    DataFrame
        Columns parcel, layer, polygon, area_ha, percent (of the parcel), sliver (1 where the overlap is nowhere wider
        than the scale of the layer can tell); sorted by parcel, layer and polygon. Ground in common with several
        polygons of a layer stands with each of them.
    """
    parcels = parcels_of(parcel, control_layers)
    keys = [each.key for each in parcels]
    shapes = np.empty(len(parcels), object)
    shapes[:] = [each.polygon for each in parcels]
    overlaps = control_layers.overlaps(shapes)
    rows = [
        (
            keys[number],
            layer,
            str(control_layers[layer].keys[polygon]),
            area / SQUARE_METRES_PER_HECTARE,
            100.0 * area / overlaps.whole[number],
            int(sliver),
        )
        for number in range(len(keys))
        for layer, polygon, area, sliver in overlaps.of(number)
    ]
    table = pd.DataFrame(rows, columns=["parcel", "layer", "polygon", "area_ha", "percent", "sliver"])
    return table.sort_values(["parcel", "layer", "polygon"], ignore_index=True)


@step
def parcel_decisions(
    applications: pd.DataFrame,
    parcel: geopandas.GeoDataFrame,
    control_layers: ControlLayers,
    rule_book: RuleBook,
    parcel_terrain: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """What the rules say of each application, why, and what would change it.

    Parameters
    ----------
    applications : DataFrame
        Columns application, parcel, activity, date; optionally industry and facts.
    parcel : GeoDataFrame
        Column parcel; optionally statutory_area_mu.
    control_layers : ControlLayers
        The control layers of the study.
    rule_book : RuleBook
        Its rule packs.
    parcel_terrain : DataFrame, optional
        Columns parcel, slope_degrees, elevation_m: they answer where an application does not state them.

    Returns
    -------
    DataFrame
        A row an application, in their order; see the vocabulary.

    Raises
    ------
    StudyError
        Naming every application of a parcel that there is not, whose facts cannot be read, or whose facts have values
        that they cannot have.
    """
    parcels = {each.key: each for each in parcels_of(parcel, control_layers, parcel_terrain)}
    problems, rows = Problems(), []
    for application, row in applications_of(applications).items():
        named, key = f"applications:{application}", text_of(row["parcel"])
        if key not in parcels:
            problems.fault(f"{named}.parcel", f"there is no parcel {key!r}", did_you_mean(key, parcels))
            continue
        try:
            decision = decide(rule_book, control_layers, parcels[key], facts_of(row))
        except StudyError as error:
            problems += [_of_application(named, each) for each in error.problems]
            continue
        rows.append({"application": application, **_told(decision)})
    if problems:
        raise StudyError(problems)
    return pd.DataFrame(rows, columns=list(COLUMNS))


def applications_of(applications: pd.DataFrame) -> dict[str, dict[Any, Any]]:
    """Give the rows of applications, by key.

    Parameters
    ----------
    applications : DataFrame
        Column application.

    Returns
    -------
    dict of str to dict
        In their order.

    Raises
    ------
    StudyError
        Naming keys that stand twice.
    """
    keys = _once("tables.applications.columns.application", applications["application"])
    return dict(zip(keys, applications.to_dict("records"), strict=True))


def _of_application(named: str, problem: Problem) -> Problem:
    """Put the key of an application before what is wrong with it: columns of their own before facts."""
    name = problem.key.removeprefix("facts.")
    return Problem(f"{named}.{name if name in GIVEN else problem.key}", problem.fault, problem.mend)


@step
def parcel_outcomes(parcel: geopandas.GeoDataFrame, parcel_decisions: pd.DataFrame) -> geopandas.GeoDataFrame:
    """Parcels on which something is applied for, with the strictest outcome on each.

    Parameters
    ----------
    parcel : GeoDataFrame
        Column parcel; polygons.
    parcel_decisions : DataFrame
        Columns application, parcel, outcome, area_ha.

    Returns
    -------
    GeoDataFrame
        Columns parcel, applications (their keys), outcome (of several the first of prohibited, undetermined, allowed
        with conditions, allowed) and area_ha.
    """
    rank = parcel_decisions["outcome"].map(_STRICTEST.index)
    keys = parcel_decisions["parcel"].map(text_of)
    decided = parcel_decisions.assign(rank=rank, parcel=keys).sort_values(["rank", "application"], kind="stable")
    found = decided.groupby("parcel").agg(
        applications=("application", lambda keys: JOINT.join(map(str, keys))),
        outcome=("outcome", "first"),
        area_ha=("area_ha", "first"),
    )
    keyed = parcel.assign(parcel=parcel["parcel"].map(text_of))[["parcel", "geometry"]]
    return keyed.merge(found, left_on="parcel", right_index=True).reset_index(drop=True)


def in_plane(frame: geopandas.GeoDataFrame, layers: ControlLayers) -> geopandas.GeoDataFrame:
    """Bring parcels into the plane of the control layers."""
    return reprojected(frame, layers.crs) if layers.crs is not None else frame


def parcels_of(
    frame: geopandas.GeoDataFrame, layers: ControlLayers, parcel_terrain: pd.DataFrame | None = None
) -> list[Parcel]:
    """Give the parcels of a register.

    Parameters
    ----------
    frame : GeoDataFrame
        Column parcel; optionally statutory_area_mu.
    layers : ControlLayers
        Into whose plane they are brought.
    parcel_terrain : DataFrame, optional
        What was measured of them.

    Returns
    -------
    list of Parcel

    Raises
    ------
    StudyError
        Naming keys that stand twice.
    """
    keys = _once("layers.parcel.columns.parcel", frame["parcel"])
    brought = in_plane(frame, layers)
    areas = frame["statutory_area_mu"] if "statutory_area_mu" in frame else pd.Series(np.nan, frame.index)
    measured = {} if parcel_terrain is None else measured_of(parcel_terrain)
    return [
        Parcel(
            key,
            polygon or shapely.Polygon(),
            None if area != area else float(area) * SQUARE_METRES_PER_MU,
            measured=measured.get(key, {}),
        )
        for key, polygon, area in zip(keys, brought.geometry, areas, strict=True)
    ]


def _once(key: str, column: pd.Series) -> list[str]:
    """Give keys as texts, and refuse those that stand twice."""
    keys = column.map(text_of)
    bare = int((keys == "").sum())
    if bare:
        raise StudyError(Problem(key, f"is empty in {bare} rows", "give each a key of its own"))
    twice = sorted(set(keys[keys.duplicated()]))
    if twice:
        raise StudyError(Problem(key, f"{', '.join(twice[:_FEW])} stand twice", "give each a key of its own"))
    return keys.tolist()


def facts_of(row: Mapping[Any, Any]) -> dict[str, str]:
    """Read what is known of an application.

    Parameters
    ----------
    row : mapping
        activity, date; optionally industry and facts (``new_construction_land = yes; slope_degrees = 12``).

    Returns
    -------
    dict of str to str

    Raises
    ------
    StudyError
        Where the facts cannot be read, stand twice, or have columns of their own.

    Examples
    --------
    >>> facts_of({"activity": "A5", "date": "2026-01-31", "facts": "construction = yes; slope_degrees = 12"})
    {'activity': 'A5', 'date': '2026-01-31', 'construction': 'yes', 'slope_degrees': '12'}
    """
    facts = {name: text for name in GIVEN if (text := text_of(row.get(name)))}
    problems = Problems()
    for pair in split(text_of(row.get("facts"))):
        name, sign, value = (part.strip() for part in pair.partition("="))
        if not (name and sign and value):
            problems.fault("facts", f"{pair!r} cannot be read", "write fact = value; fact = value")
        elif name in GIVEN:
            problems.fault(f"facts.{name}", "has a column of its own", "write it there")
        elif name in facts:
            problems.fault(f"facts.{name}", "stands twice", "write it once")
        else:
            facts[name] = value
    if problems:
        raise StudyError(problems)
    return facts


def _told(decision: Decision) -> dict[str, Any]:
    activity = decision.book.terms.activities[decision.facts["activity"]]
    cut, other, statutory = decision.cut, decision.other_facts, decision.parcel.statutory_area_m2
    return {
        "parcel": decision.parcel.key,
        "activity": activity.code,
        "activity_name": activity.english,
        "activity_name_zh": activity.chinese,
        "industry": decision.facts.get("industry", ""),
        "date": decision.facts["date"],
        "outcome": decision.outcome,
        "without_slivers": decision.without_slivers,
        "rules": JOINT.join(":".join(rule.key) for rule in decision.decided_by),
        "status": min((rule.status for rule in decision.decided_by), key=_WEAKEST.index, default=""),
        "missing": JOINT.join(decision.missing),
        "ties": JOINT.join(f"{pack}:{'/'.join(rules)}" for pack, rules in decision.ties),
        "area_ha": float(decision.verdicts.situation.area_m2[0]) / SQUARE_METRES_PER_HECTARE,
        "statutory_area_ha": np.nan if statutory is None else statutory / SQUARE_METRES_PER_HECTARE,
        "leave_out_ha": np.nan if cut is None else cut.area_m2 / SQUARE_METRES_PER_HECTARE,
        "leave_out": "" if cut is None else JOINT.join(f"{layer}:{key}" for layer, key in cut.polygons),
        "change": "" if other is None else JOINT.join(f"{name} = {value}" for name, value in other[0]),
        "trace": trace(decision)["hash"],
    }
