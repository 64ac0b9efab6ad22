"""Deciding on one parcel of a study, and telling what is known of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date as calendar
from typing import TYPE_CHECKING, Any

import geopandas
import numpy as np
import shapely

from shanshui.base.errors import Problem, StudyError, did_you_mean
from shanshui.chapters.zoning.parcels import parcels_of
from shanshui.data.vectors import read_vector, reprojected
from shanshui.policy.engine.decisions import Decision, Parcel
from shanshui.policy.engine.decisions import decide as decide_by_rules
from shanshui.policy.engine.smallest_change import answers
from shanshui.policy.ground.control_layers import ControlLayers
from shanshui.policy.language.situations import text_of
from shanshui.policy.rules.packs import RuleBook
from shanshui.study.inputs import TableSource
from shanshui.study.measuring import PARCEL, terrain_of
from shanshui.study.schema import located

if TYPE_CHECKING:
    from shanshui.study.study import Study

# What a register and a map may differ by before it is said [share of the computed area].
_DIFFERENCE = 0.05
_OF_THE_QUESTION = ("activity", "industry", "date")


def decision_book(study: Study) -> RuleBook:
    """Give the rules by which a study decides.

    Parameters
    ----------
    study : Study
        The study.

    Returns
    -------
    RuleBook
        Its packs, all ready ones by default, and those that its access lists amount to.

    Raises
    ------
    StudyError
        Naming everything that is wrong with them.
    """
    return study.decisions.book


def decide(
    study: Study,
    parcel: str,
    activity: str,
    industry: str | None = None,
    date: str | None = None,
    facts: Mapping[str, Any] | None = None,
) -> Decision:
    """Say what the rules of a study make of an activity on one of its parcels.

    Parameters
    ----------
    study : Study
        The study; its layer `parcel` holds the parcels.
    parcel : str
        Key of the parcel.
    activity : str
        Code of the activity.
    industry : str, optional
        Code of GB/T 4754.
    date : str, optional
        The day on which it is asked, as 2026-01-31; today by default. It is a part of the question: give it to ask the
        same again.
    facts : mapping of str to object, optional
        What else is known of the question.

    Returns
    -------
    Decision

    Raises
    ------
    StudyError
        Where there is no such parcel, it has no ground, or a fact is not known or has a value it cannot have; and with
        everything that is wrong with rule packs and control layers.
    """
    told = dict(facts or {})
    problems = [
        Problem(f"facts.{name}", "has a place of its own in the question", f"give it as {name}")
        for name in _OF_THE_QUESTION
        if name in told
    ]
    if problems:
        raise StudyError(problems)
    asked = {"activity": activity, "industry": industry, "date": date or calendar.today().isoformat(), **told}
    given = {name: value for name, value in asked.items() if value is not None}
    # The rules first: they take a moment, the layers take longer.
    book = decision_book(study)
    ground = find_parcel(study, parcel)
    return decide_by_rules(book, study.decisions.layers, ground, given)


def find_parcel(study: Study, key: str) -> Parcel:
    """Find a parcel of a study.

    Parameters
    ----------
    study : Study
        The study.
    key : str
        Key of the parcel.

    Returns
    -------
    Parcel
        In the plane of the control layers, with notes on what is odd about it.

    Raises
    ------
    StudyError
        Where the study has no parcels, not this one, two of this key, or no ground of it.
    """
    source = study.inputs.sources.get(PARCEL)
    if not isinstance(source, TableSource):
        fault, mend = "is not in the study", "give path, and columns = { parcel = the header of their key }"
        raise StudyError(Problem(f"layers.{PARCEL}", fault, mend))
    frame, layers = source.frame, study.decisions.layers
    keys = frame[PARCEL].map(text_of)
    rows = frame[(keys == key).to_numpy()]
    if rows.empty:
        raise StudyError(_lacking(key, set(keys), _as_drawn(study, key)))
    (found,) = parcels_of(rows.assign(**{PARCEL: key}), layers, terrain_of(study, rows))
    notes = _of_area(found)
    if any(note.key.startswith(f"layers.{PARCEL}.") for note in study.inputs.notes):
        notes += _of_drawing(_as_drawn(study, key))
    if not shapely.covers(layers.extent, found.polygon):
        notes += _of_place(found.polygon, _as_drawn(study, key), layers)
    return replace(found, notes=tuple(notes))


def known_of_parcel(
    study: Study,
    parcel: str,
    industry: str | None = None,
    date: str | None = None,
    facts: Mapping[str, Any] | None = None,
) -> tuple[Decision, dict[str, str]]:
    """Say what the rules make of every main activity on a parcel.

    Parameters
    ----------
    study : Study
        The study.
    parcel, industry, date, facts
        As for `decide`.

    Returns
    -------
    Decision, dict of str to str
        That of the first activity, which holds what the parcel overlaps; and the outcome for each main activity.

    Raises
    ------
    StudyError
        As `decide`.
    """
    terms = decision_book(study).terms
    main = [code for code, activity in terms.activities.items() if not activity.parent]
    decision = decide(study, parcel, main[0], industry, date, facts)
    changes: list[dict[str, Any]] = [{"activity": code} for code in main]
    outcomes = answers(decision.book, decision.verdicts, decision.facts, changes)
    return decision, dict(zip(main, outcomes, strict=True))


def _as_drawn(study: Study, key: str) -> list[geopandas.GeoDataFrame]:
    """Give a parcel as it stands in its files, before anything was mended."""
    section = study.file.layers[PARCEL]
    found = []
    for part in (section, *section.also):
        frame = read_vector(located(part.path, study.folder), part.layer, part.where)
        rows = frame[(frame[part.columns.get(PARCEL, PARCEL)].map(text_of) == key).to_numpy()]
        if len(rows):
            found.append(rows)
    return found


def _lacking(key: str, known: set[str], drawn: list[geopandas.GeoDataFrame]) -> Problem:
    """Say why there is no parcel of a key."""
    if not drawn:
        return Problem("parcel", f"there is no parcel {key!r}", did_you_mean(key, known))
    if any(shape is not None and not shape.is_empty for frame in drawn for shape in frame.geometry):
        return Problem("parcel", f"{key!r} lies nowhere on the map", "correct its coordinates: are x and y exchanged?")
    return Problem("parcel", f"{key!r} has no ground: its polygon is empty", "draw it in its file")


def _of_drawing(drawn: list[geopandas.GeoDataFrame]) -> list[str]:
    shapes = [shape for frame in drawn for shape in frame.geometry if shape is not None]
    return [
        f"the outline of the parcel was not valid and has been mended: {shapely.is_valid_reason(shape)}"
        for shape in shapes
        if not shape.is_valid
    ]


def _of_area(parcel: Parcel) -> list[str]:
    stated, computed = parcel.statutory_area_m2, float(shapely.area(parcel.polygon))
    if stated is None or abs(stated - computed) <= _DIFFERENCE * computed:
        return []
    percent = 100.0 * (stated - computed) / computed
    return [
        f"the statutory area, {stated:,.0f} m2, differs from the computed one, {computed:,.0f}, by {percent:+.1f} %"
    ]


def _of_place(shape: Any, drawn: list[geopandas.GeoDataFrame], layers: ControlLayers) -> list[str]:
    """Tell where a parcel lies that does not lie in the region at all."""
    region = layers.extent
    if np.isfinite(shapely.bounds(shape)).all() and shapely.intersects(region, shape):
        return []  # that it reaches out, the trace says itself
    for frame in drawn:
        exchanged = shapely.transform(frame.geometry.to_numpy(), lambda points: points[:, ::-1])
        turned = reprojected(geopandas.GeoDataFrame(geometry=exchanged, crs=frame.crs), layers.crs).geometry
        if any(np.isfinite(one.bounds).all() and one.intersects(region) for one in turned):
            return ["the parcel lies outside of the study, and in it where x and y are exchanged: correct them"]
    return ["the parcel lies wholly outside of the study"]
