"""Policy packs: the scalars that steps take, with unit, source and status."""

from __future__ import annotations

import math
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from shanshui.base.errors import Problem, StudyError, did_you_mean
from shanshui.base.units import UnitError, conversion

PACKS = Path(__file__).with_name("packs")
Status = Literal["official", "literature", "default"]


@dataclass(frozen=True)
class Parameter:
    """One scalar of a policy pack.

    Parameters
    ----------
    name : str
        The keyword by which steps take it.
    value : float or str
        Its value.
    unit : str
        Its unit, as pint reads it.
    source : str
        Document, article, or reasons.
    status : {"official", "literature", "default"}
        How far it can be trusted.
    english, chinese : str
        What it is, in words.
    minimum, maximum : float
        Between which a study's own value makes sense.
    """

    name: str
    value: float | str
    unit: str
    source: str
    status: Status
    english: str
    chinese: str
    minimum: float = -math.inf
    maximum: float = math.inf


def read_pack(name: str) -> dict[str, Parameter]:
    """Read a policy pack: a folder with one file a subject.

    Parameters
    ----------
    name : str
        The name of a pack that comes with shanshui.

    Returns
    -------
    dict of str to Parameter

    Raises
    ------
    StudyError
        Where there is no such pack.
    """
    known = [folder.name for folder in PACKS.iterdir() if folder.is_dir()]
    if name not in known:
        raise StudyError(Problem("policy.pack", f"there is no pack {name!r}", did_you_mean(name, known)))
    pack: dict[str, Parameter] = {}
    for path in sorted((PACKS / name).glob("*.toml")):
        for key, entry in tomllib.loads(path.read_text("utf-8")).items():
            if key in pack:
                raise StudyError(Problem(f"{path.name}:{key}", "is named twice in the pack", "keep one of the two"))
            pack[key] = Parameter(name=key, **entry)
    return pack


def overridden(
    pack: Mapping[str, Parameter], overrides: Mapping[str, Any]
) -> tuple[dict[str, Parameter], list[Problem]]:
    """Replace parameters of a pack by a study's own.

    Parameters
    ----------
    pack : mapping of str to Parameter
        The pack.
    overrides : mapping of str to (number, text or table)
        A value, or a table with ``value`` and perhaps ``unit`` and ``source``.

    Returns
    -------
    dict of str to Parameter, list of Problem
        An overridden parameter has the status ``default``: a study's own number is never official.
    """
    made = dict(pack)
    problems = []
    for name, given in overrides.items():
        key = f"policy.overrides.{name}"
        if name not in pack:
            problems.append(Problem(key, "is no parameter of the pack", did_you_mean(name, pack)))
            continue
        entry = given if isinstance(given, dict) else {"value": given}
        unknown = sorted(set(entry) - {"value", "unit", "source"})
        if unknown or "value" not in entry:
            problems.append(
                Problem(key, f"cannot hold {unknown}" if unknown else "has no value", "give value, unit, source")
            )
            continue
        value = entry["value"]
        if isinstance(pack[name].value, float):
            try:
                line = conversion(entry.get("unit", pack[name].unit), pack[name].unit)
                value = float(value) * line.scale + line.offset
            except (UnitError, ValueError, TypeError) as fault:
                problems.append(Problem(key, str(fault), f"give a number in {pack[name].unit}"))
                continue
            low, high = pack[name].minimum, pack[name].maximum
            if not low <= value <= high:
                span = f"at least {low:g}" if math.isinf(high) else f"between {low:g} and {high:g}"
                problems.append(Problem(key, f"is {value:g}", f"give a number {span} {pack[name].unit}"))
                continue
        source = entry.get("source", "the study's own value")
        made[name] = replace(pack[name], value=value, source=source, status="default")
    return made, problems
