"""The trace of a decision: all that was asked and seen, in a form that can be kept, compared and asked anew."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

import numpy as np
import shapely

from shanshui.policy.engine.decisions import Decision
from shanshui.policy.ground.control_layers import Overlaps
from shanshui.policy.language.situations import Situation
from shanshui.policy.rules.rule import OUTCOMES, Rule

FORMAT = 1
ENGINE = "1"
# Areas are told to a hundredth of a square metre, shares to a ten thousandth of a percent.
_AREA_DIGITS, _SHARE_DIGITS = 2, 4
_LEVELS = {1 << level: outcome for level, outcome in enumerate(OUTCOMES)}


def trace(decision: Decision) -> dict[str, Any]:
    """Tell all that was asked and seen.

    Parameters
    ----------
    decision : Decision
        What the rules said.

    Returns
    -------
    dict of str to object
        Fit for JSON: question, terms, packs, layers, overlaps, rules (each with its conditions, whether they hold, and
        the polygons they saw), outcomes, ties, missing, notes, smallest_change, and hash: SHA-256 of all but the notes.

    Notes
    -----
    It holds no clock time and no path: the same question on the same data and packs gives the same hash.
    """
    verdicts, book = decision.verdicts, decision.book
    situation = verdicts.situation
    day = int(situation.number("date").low[0])
    told: dict[str, Any] = {
        "format": FORMAT,
        "engine": ENGINE,
        "question": _question(decision),
        "terms": book.terms.digest,
        "packs": [{"name": pack.name, "version": pack.version, "digest": pack.digest} for pack in book.values()],
        "layers": [_layer(decision, name) for name in book.layers],
        "overlaps": _overlaps(decision, situation.overlaps),
        "rules": [_rule(decision, rule, situation, day) for rule in book.rules.values()],
        "outcomes": {
            weighed.pack.name: _LEVELS.get(int(weighed.bits[0]), "undetermined") for weighed in verdicts.packs
        },
        "outcome": decision.outcome,
        "without_slivers": decision.without_slivers,
        "decided_by": [list(rule.key) for rule in decision.decided_by],
        "ties": [{"pack": pack, "rules": list(rules)} for pack, rules in decision.ties],
        "missing": list(decision.missing),
        "notes": _notes(decision),
        "smallest_change": _smallest_change(decision),
    }
    told["hash"] = digest(told)
    return told


def digest(told: Mapping[str, Any]) -> str:
    """Give the hash of a trace.

    Parameters
    ----------
    told : mapping
        A trace; its own hash is left out, and so are notes, which tell how the data came to be as it is.

    Returns
    -------
    str
        SHA-256 of its JSON, keys in order, without spaces.
    """
    said = json.dumps(
        {name: value for name, value in told.items() if name not in ("hash", "notes")},
        ensure_ascii=False,
        sort_keys=True,
        separators=(",", ":"),
    )
    return hashlib.sha256(said.encode()).hexdigest()


def _question(decision: Decision) -> dict[str, Any]:
    facts = dict(decision.facts)
    parcel = decision.parcel
    return {
        "parcel": parcel.key,
        "polygon": hashlib.sha256(shapely.to_wkb(shapely.normalize(parcel.polygon or shapely.Polygon()))).hexdigest(),
        "area_m2": round(float(decision.verdicts.situation.area_m2[0]), _AREA_DIGITS),
        "statutory_area_m2": parcel.statutory_area_m2,
        "reaches_out": bool(decision.verdicts.situation.overlaps.outside[0]),
        "activity": facts.pop("activity"),
        "industry": facts.pop("industry", ""),
        "date": facts.pop("date"),
        "facts": dict(sorted(facts.items())),
        "measured": sorted(decision.measured),
    }


def _plain(value: Any) -> Any:
    if isinstance(value, np.generic):
        value = value.item()
    return value if isinstance(value, bool | int | float | str) else str(value)


def _notes(decision: Decision) -> list[str]:
    notes = [*decision.parcel.notes, *_contradicted(decision)]
    overlaps = decision.verdicts.situation.overlaps
    if not overlaps.whole[0] > 0:
        notes.append("the parcel has no area")
    elif overlaps.outside[0]:
        notes.append("the parcel reaches out of the study, and what lies there is not known")
    notes += [
        f"no polygon of {name} lies in the study: is its file of another place?"
        for name in decision.book.layers
        if name in decision.layers and not len(decision.layers[name].polygons)
    ]
    seen = {name for name, _, _, _ in overlaps.of(0) if not decision.layers[name].zoning}
    notes += [
        f"the parcel overlaps {name}, and no rule of these packs asks for it"
        for name in sorted(seen - set(decision.book.layers))
    ]
    return notes


def _contradicted(decision: Decision) -> list[str]:
    """Name the facts that were stated and are not what was measured."""
    apart = [
        (name, decision.facts[name], value)
        for name, value in decision.parcel.measured.items()
        if name in decision.facts and name not in decision.measured and decision.facts[name] != value
    ]
    return [f"{name} is stated as {stated}, and was measured as {value}" for name, stated, value in apart]


def _layer(decision: Decision, name: str) -> dict[str, Any]:
    layer = decision.layers.get(name)
    if layer is None:
        return {"name": name, "loaded": False}
    return {
        "name": name,
        "loaded": True,
        "digest": layer.digest,
        "scale": layer.scale,
        "tolerance_m": layer.tolerance_m,
        "source": layer.source,
    }


def _overlaps(decision: Decision, overlaps: Overlaps) -> list[dict[str, Any]]:
    whole = float(overlaps.whole[0])
    asked = decision.book.layers
    found = []
    for name, row, area, sliver in overlaps.of(0):
        if name not in asked:
            continue
        layer = decision.layers[name]
        found.append(
            {
                "layer": name,
                "polygon": str(layer.keys[row]),
                "area_m2": round(area, _AREA_DIGITS),
                "percent": round(100.0 * area / whole, _SHARE_DIGITS),
                "sliver": bool(sliver),
                "columns": {
                    column: str(layer.columns[column][row]) for column in asked[name] if column in layer.columns
                },
            }
        )
    return found


def _rule(decision: Decision, rule: Rule, situation: Situation, day: int) -> dict[str, Any]:
    told: dict[str, Any] = {
        "pack": rule.pack,
        "code": rule.code,
        "effect": rule.effect,
        "priority": rule.priority,
    }
    if not rule.in_force(day):
        return told | {"holds": "not in force", "conditions": [], "polygons": [], "missing": []}
    parts = [(str(part), part.truth(situation)) for part in rule.conditions]
    seen = {
        (layer, str(decision.layers[layer].keys[row]))
        for layer, where in rule.condition.grounds
        if layer in decision.layers
        for row in situation.overlaps.polygons_of(0, layer, dict(where))
    }
    lacking = rule.condition.missing(situation, np.ones(1, bool))
    return told | {
        "holds": str(rule.condition.truth(situation).words()[0]),
        "conditions": [{"text": text, "holds": str(truth.words()[0])} for text, truth in parts],
        "polygons": [list(one) for one in sorted(seen)],
        "missing": list(dict.fromkeys(name for name, where in lacking if where[0])),
    }


def _smallest_change(decision: Decision) -> dict[str, Any]:
    cut, other = decision.cut, decision.other_facts
    ground = cut and {
        "cut": [
            {"layer": layer, "polygon": key, "area_m2": round(area, _AREA_DIGITS)}
            for (layer, key), area in zip(cut.polygons, cut.areas_m2, strict=True)
        ],
        "area_m2": round(cut.area_m2, _AREA_DIGITS),
        "outcome": cut.outcome,
    }
    facts = other and {
        "changes": [
            {"fact": name, "from": _plain(decision.facts[name]), "to": _plain(value)} for name, value in other[0]
        ],
        "outcome": other[1],
    }
    return {
        "ground": ground,
        "facts": facts,
        "activities": [list(one) for one in decision.activities],
        "answers": [[name, _plain(value), outcome] for name, value, outcome in decision.answers],
    }
