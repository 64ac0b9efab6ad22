"""Questions to the ready packs: layers under one parcel, and the answers of an applicant who meets all conditions."""

import numpy as np
from shapely import box

from shanshui.policy.engine.decisions import Parcel, decide
from shanshui.policy.ground.control_layers import ControlLayer, ControlLayers
from shanshui.policy.rules.rule import OUTCOMES

DAY = "2026-11-27"
PARCEL = Parcel("P-1", box(0, 0, 100, 100))
# What an applicant answers whose case meets every condition; each row changes what it is about.
FAVOURABLE = dict.fromkeys(
    (
        *(
            "has_required_approval",
            "unavoidable",
            "conforms_to_plan",
            "under_restoration_plan",
            "under_boundary_treaty",
        ),
        *("allowed_by_named_law", "existing_lawful_right", "national_strategy_need", "owned_plantation"),
        *("state_council_approval", "grass_livestock_balanced", "serves_water_supply", "holds_mining_right"),
        *("restored_quality_not_lower", "national_major_strategic_project"),
    ),
    "yes",
) | {
    "mining_stage": "exploration",
    "national_major_project_approval": "grid",
    "temporary_years": 1,
    "national_key_project": "energy",
    "felling_kind": "tending",
    "wetland_exception": "national_major",
    "disturbed_area_m2": 1000,
    "restored_area_m2": 1000,
    "restoration_years": 3,
}
WORDS = {"a": "allowed", "c": "allowed_with_conditions", "p": "prohibited", "-": None}
NONE: dict[str, str] = {}
LAND = {"new_construction_land": "yes", "construction": "yes"}
BUILD = {"construction": "yes"}


def layers_of(book, *grounds, shape=PARCEL.polygon):
    """Control layers of which those named lie under the parcel, the others far away."""
    found, elsewhere = {}, box(5000, 5000, 5100, 5100)
    for ground in grounds:
        name, *columns = ground.split()
        found.setdefault(name, []).append(dict(column.split("=") for column in columns))
    made = []
    for name, columns in book.layers.items():
        rows = found.get(name, [])
        polygons = [shape] * len(rows) or [elsewhere]
        rows = rows or [dict.fromkeys(columns, "elsewhere")]
        values = {column: [row.get(column, "") for row in rows] for column in columns}
        keys = [f"{name}-{number}" for number in range(len(rows))]
        made.append(ControlLayer.of(name, polygons, keys, columns=values))
    return ControlLayers(made)


def answers(book, changes):
    """All facts of the book: favourable, what is not said is no."""
    facts = {}
    for name in book.facts:
        if name not in ("activity", "industry", "date", "area_m2"):
            facts[name] = changes.get(name, FAVOURABLE.get(name, "no"))
    return facts | changes


def unfavourable(book):
    """All facts of the book as they are worst for the applicant."""
    facts = {}
    for name in set(book.facts) - {"activity", "industry", "date", "area_m2"}:
        fact = book.terms.facts[name]
        if fact.kind == "yes_no":
            facts[name] = "no" if FAVOURABLE.get(name) == "yes" else "yes"
        else:
            facts[name] = fact.choices[-1] if fact.choices else {"restored_area_m2": 0}.get(name, 99)
    return facts


def asked(book, grounds, activity, changes=NONE, day=DAY):
    facts = answers(book, changes) | {"activity": activity, "date": day}
    return decide(book, layers_of(book, *grounds), PARCEL, facts)


def of_pack(decision, name):
    """The outcome of one pack, and the rules it comes from."""
    weighed = next(each for each in decision.verdicts.packs if each.pack.name == name)
    bits = int(np.broadcast_to(weighed.bits, 1)[0])
    assert bits.bit_count() == 1, "undetermined"
    strictness = bits.bit_length() - 1
    codes = [
        rule.code
        for rule in weighed.pack.rules
        if rule.strictness == strictness and rule.code in weighed.deciding and weighed.deciding[rule.code][0]
    ]
    return OUTCOMES[strictness], codes
