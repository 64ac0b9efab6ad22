"""Why a place lies inside or outside the red line, and what its adjustment makes of it, in a few lines."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, Any

import pandas as pd

from shanshui.chapters.pattern.adjustment.ledger import IN
from shanshui.study.at_place import cell_at, features_at, told_at
from shanshui.study.plan import Made

if TYPE_CHECKING:
    from shanshui.study.study import Study

LINE, CELLS, GROUND, WORTH = "red_line", "red_line_cells", "red_line_ground", "red_line_net_value"

ADJUSTMENT, NEXT, EDITS = "red_line_adjustment", "red_line_next", "red_line_edits"
# Products of the adjustment that are told here in words.
TOLD = (ADJUSTMENT, NEXT)


def red_line_at(study: Study, current: Collection[str], x: float, y: float) -> dict[str, str]:
    """Say whether a place lies inside the red line, why, in which patch, and what it is worth to a plan.

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
        Empty where the cells of the red line do not stand.
    """
    code = _value(study, current, CELLS, x, y)
    if code is None:
        return {}
    if code != code:
        return {"red line": "no data"}
    named, inside = _class(study, CELLS, code)
    said = [f"{'inside' if inside else 'outside'}: {named}{_by(study)}"]
    held = features_at(study, study.output.path(study.catalogue.vocabulary[LINE]), x, y) if LINE in current else None
    if held:
        said += [f"in patch {patch['patch']} of {patch['area_ha']:,.2f} ha, {patch['type']}" for patch in held]
    elif held is not None and inside:
        said.append("beyond the drawn line, which is smoothed: the cell counts")
    ground = _value(study, current, GROUND, x, y)
    excluded = False
    if ground is not None:
        named, speaks_for = _class(study, GROUND, ground)
        excluded = ground > 0 and not speaks_for
        said.append(f"ground: {named}")
    worth = _value(study, current, WORTH, x, y)
    if worth is not None and worth == worth:
        said.append(f"worth {worth:+.4g} ppm beyond the price of its area: {_why(inside, worth > 0, excluded)}")
    return {"red line": "\n".join(said)}


def adjustment_at(study: Study, current: Collection[str], x: float, y: float) -> dict[str, str]:
    """Say whether a place lies inside the line of tomorrow, and in which patch of the adjustment, by which rule.

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
    told = {}
    after, patches = found.get(NEXT), found.get(ADJUSTMENT)
    if after is not None:
        inside = [f"inside: patch {each['patch']} of {each['area_ha']:,.2f} ha, {each['origin']}" for each in after]
        told["red line of tomorrow"] = "\n".join(inside) or "outside"
    if patches is not None:
        edits = study.output.read_table(study.catalogue.vocabulary[EDITS]) if EDITS in current else None
        lines = [line for patch in patches for line in _of_patch(patch, edits)]
        told["adjustment of the red line"] = "\n".join(lines) or "in no patch: nothing changes here"
    return told


def _of_patch(patch: dict[str, Any], edits: pd.DataFrame | None) -> list[str]:
    """Say what one patch is, by which rule, what became of it, and which edit speaks of it."""
    taken, coming = bool(patch["taken"]), patch["direction"] == IN
    way = {
        (True, True): "comes inside",
        (True, False): "leaves",
        (False, True): "would come inside",
        (False, False): "would leave",
    }[taken, coming]
    said = [f"{way} by {patch['rule']}, {patch['force']}: {patch['reason']}"]
    if patch["edit"]:
        said.append(f"edit {patch['edit']}, asked for by {patch['document']}")
    else:
        article = f", article {patch['article']}" if patch["article"] else ""
        said.append(f"from {patch['document']}{article}")
        said += _of_edits(patch, edits)
    said.append(f"{'taken' if taken else 'not taken'}: {patch['why']}")
    place = f"{patch['area_ha']:,.2f} ha, function area {patch['function_area']}"
    return [*said, f"patch {patch['patch']}, {place}"]


def _of_edits(patch: dict[str, Any], edits: pd.DataFrame | None) -> list[str]:
    """Say which edits keep or refuse a patch, and why, whether they could be followed or not."""
    if edits is None:
        return []
    ours = edits[edits["patch"] == patch["patch"]].to_dict("records")
    return [
        f"edit {each['edit']} ({each['kind']}): {each['reason'].rstrip('.')}, asked for by {each['origin']}"
        for each in ours
    ]


def _why(inside: bool, pays: bool, excluded: bool) -> str:
    if inside and pays:
        return "it pays for itself"
    if inside:
        return "by itself it does not pay; the line is shorter with it, or it must be inside"
    if not pays:
        return "it does not pay for itself"
    return "it would pay for itself, but " + ("is excluded" if excluded else "not for its boundary")


def _by(study: Study) -> str:
    found = study.resolver[CELLS]
    return f", by {found.step.method}" if isinstance(found, Made) and found.step.method else ""


def _value(study: Study, current: Collection[str], name: str, x: float, y: float) -> float | None:
    if name not in current:
        return None
    years = study.years(name)
    return cell_at(study.output.path(study.catalogue.vocabulary[name], years[-1] if years else None), x, y)


def _class(study: Study, name: str, code: float) -> tuple[str, bool]:
    """Name a class with its code, and tell whether its legend counts it as inside."""
    found = study.resolver[f"{name}_legend"]
    legend = found.step.function() if isinstance(found, Made) else None
    rows = None if legend is None else legend[legend["code"] == code]
    if rows is None or rows.empty:
        return f"{code:.0f}", False
    return f"{code:.0f} {rows['name'].iloc[0]}", bool(rows["inside"].iloc[0])
