"""What protected areas mean at a place: which cover it, which stands and why, its zone, and what becomes of it."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, Any

from shanshui.chapters.pattern.protected_areas.register import JOINT, NATIONAL_PARK, word_of
from shanshui.chapters.pattern.protected_areas.rules import ADJUST_OUT, KEEP, MANAGE, MERGED, WITHDRAW
from shanshui.chapters.pattern.protected_areas.zones import ZONE_NAMES
from shanshui.study.at_place import told_at

if TYPE_CHECKING:
    from shanshui.study.study import Study

REGISTER = "protected_area_register"
FACES, PLAN, GAPS = "protected_area_faces", "protected_area_plan", "protected_area_gaps"
# Products that are told here in words.
TOLD = (FACES, PLAN, GAPS)
_BECOMES = {
    KEEP: "stays in {into}",
    MERGED: "is merged into {into}",
    ADJUST_OUT: "leaves the protected areas",
    WITHDRAW: "stays in {into}, and the uses on it ({holds}) withdraw step by step",
    MANAGE: "stays in {into}, and the uses on it ({holds}) stay under management",
}


def protected_at(study: Study, current: Collection[str], x: float, y: float) -> dict[str, str]:
    """Say which protected areas cover a place, which stands and why, its zone, what becomes of it, and its gap.

    Parameters
    ----------
    study : Study
        The study.
    current : collection of str
        The products that stand and are current; what is not among them is not told.
    x, y : float
        In the CRS of the grid.

    Returns
    -------
    dict of str to str
        Empty where none of the products is current.
    """
    found = told_at(study, TOLD, current, x, y)
    names = _names(study)
    told = {}
    faces = found.get(FACES)
    if faces is not None:
        told["protected areas"] = (
            "\n".join(line for face in faces for line in _of_face(face, names)) or "none covers it"
        )
    plan = found.get(PLAN)
    if plan is not None:
        told["protected area of tomorrow"] = "\n".join(map(_of_plan, plan)) or "none"
    gaps = found.get(GAPS)
    if gaps is not None:
        told["gap of protection"] = "\n".join(map(_of_gap, gaps)) or "none here"
    return told


def _names(study: Study) -> dict[str, str]:
    """Give the names of the areas, where the register has them."""
    register = study.inputs.sources.get(REGISTER)
    if register is None or "name" not in register.frame:
        return {}
    frame = register.frame[register.frame["name"].notna()]
    return dict(zip(frame["area"].map(word_of), frame["name"].map(word_of), strict=True))


def _called(key: str, name: str | None) -> str:
    return key if name in (None, "", key) else f"{key} {name}"


def _of_face(face: dict[str, Any], names: dict[str, str]) -> list[str]:
    def called(key: str) -> str:
        return _called(key, names.get(key))

    areas = face["areas"].split(JOINT)
    said = [f"covered by {', '.join(map(called, areas))}"]
    said.append(f"{face['rules'].replace(JOINT, ', ')}: {face['reason']}" if face["rules"] else face["reason"])
    if face["zone"]:
        said.append(f"zone: {ZONE_NAMES[face['zone']][0]}")
    becomes = _BECOMES[face["action"]].format(into=called(face["into"]), holds=face["holds"].replace(JOINT, ", "))
    return [*said, f"it {becomes}"]


def _of_plan(area: dict[str, Any]) -> str:
    kind = area["category"].replace("_", " ")
    if area["category"] != NATIONAL_PARK:
        kind = f"{area['level']} {kind}"
    zone = f", {ZONE_NAMES[area['zone']][0]}" if area["zone"] else ""
    note = f"; {area['note']}" if area["note"] else ""
    return f"{_called(area['area'], area['name'])}, {kind}{zone}, {area['area_ha']:,.2f} ha{note}"


def _of_gap(gap: dict[str, Any]) -> str:
    return f"gap {gap['gap']}, rank {gap['rank']}: {gap['reason']}"
