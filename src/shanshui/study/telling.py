"""What a study has to tell of itself and of its products."""

from __future__ import annotations

import inspect
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from shanshui.study.drawn_products import current_draws, region_shares
from shanshui.study.plan import ALWAYS, Given, Made, Missing
from shanshui.study.receipts import receipt, table_sources

if TYPE_CHECKING:
    from shanshui.study.study import Study


@dataclass(frozen=True)
class Standing:
    """How it stands with one product.

    Parameters
    ----------
    name, english, chinese : str
        What it is.
    state : str
        "current", "to be made", "stale" or "missing".
    why : tuple of str
        Reasons, where it is missing.
    """

    name: str
    english: str
    chinese: str
    state: str
    why: tuple[str, ...] = ()


def standings(study: Study) -> list[Standing]:
    """Tell how it stands with every product.

    Parameters
    ----------
    study : Study
        The study; nothing is computed.

    Returns
    -------
    list of Standing
        In the vocabulary's order.
    """
    stale = set(study.stale(study.products))
    found = []
    for quantity in study.catalogue.products:
        name = quantity.name
        if name in study.missing:
            state = "missing"
        elif name not in stale:
            state = "current"
        else:
            state = "stale" if study.output.receipt(name) else "to be made"
        found.append(Standing(name, quantity.english, quantity.chinese, state, study.missing.get(name, ())))
    return found


def describe(study: Study, name: str) -> dict[str, Any]:
    """Tell all about one quantity: what it is, how it is had, from what, by which methods.

    Parameters
    ----------
    study : Study
        The study; nothing is computed.
    name : str
        Any word of the vocabulary.

    Returns
    -------
    dict of str to object
        Heading to text or list of texts, in the order in which they are read.
    """
    quantity = study.catalogue.vocabulary[name]
    found = study.resolver[name]
    told: dict[str, Any] = {
        "name": f"{name}: {quantity.english} {quantity.chinese}",
        "meaning": quantity.meaning,
        "shape, measure, unit": f"{quantity.shape}, {quantity.measure}, {quantity.unit}",
    }
    if quantity.minimum is not None or quantity.maximum is not None:
        told["range"] = f"{quantity.minimum} to {quantity.maximum}"
    if quantity.columns:
        told["columns"] = [f"{column}: {words}" for column, words in quantity.columns.items()]
    methods = study.catalogue.methods(name)
    if methods:
        told["methods"] = [
            f"{step.method or step.name}: {step.title} From {', '.join(step.inputs) or 'nothing'}." for step in methods
        ]
    if isinstance(found, Given):
        entries = study.inputs.sources[name].describe()
        told["given by the study"] = [str(entry.get("path", entry)) for entry in entries] or ["computed from the grid"]
    elif isinstance(found, Missing):
        told["missing"] = list(found.reasons)
    elif isinstance(found, Made):
        told["made by"] = f"{found.step.function.__module__}.{found.step.name}"
        told["formula"] = inspect.getdoc(found.step.function) or ""
        told["parameters"] = [f"{scalar} = {scalar_words(study, scalar)}" for scalar in found.step.parameters]
        told["made of"] = lineage(study, name)
        told["would it run"] = _why(study, name)
        told["draws"] = _draws(study, name)
    if found_years := study.years(name):
        told["years"] = ", ".join(map(str, found_years))
    return {heading: words for heading, words in told.items() if words}


def lineage(study: Study, name: str) -> list[str]:
    """Tell what a quantity is made of, down to what the study brings.

    Parameters
    ----------
    study : Study
        The study; nothing is computed.
    name : str
        A quantity that can be had.

    Returns
    -------
    list of str
        One line a quantity, indented below what it goes into, with its unit, method, and the source and status of its
        parameters and of the tables that come with shanshui; each quantity in full only the first time.
    """
    lines: list[str] = []
    told: set[str] = set()

    def tell(one: str, depth: int) -> None:
        found, quantity = study.resolver[one], study.catalogue.vocabulary[one]
        start = "  " * depth + one + ("" if quantity.unit == "1" else f" [{quantity.unit}]")
        if isinstance(found, Given):
            entries = study.inputs.sources[one].describe()
            brought = ", ".join(dict.fromkeys(str(e.get("path", e.get("value", ""))) for e in entries)) or "the grid"
            lines.append(f"{start}: given, {brought}")
            return
        if isinstance(found, Missing):
            lines.append(f"{start}: absent")
            return
        label = f" by {found.step.method}" if found.step.method else ""
        if one in told:
            lines.append(f"{start}{label}: see above")
            return
        told.add(one)
        lines.append(f"{start}{label}: {found.step.title}")
        below = "  " * (depth + 1)
        lines.extend(f"{below}{scalar} = {scalar_words(study, scalar)}" for scalar in found.step.parameters)
        if quantity.shape == "table" and found.step.takes_nothing:
            lines.extend(f"{below}{source}" for source in table_sources(found.step.function()))
        for needed in found.step.inputs:
            if needed not in ALWAYS:
                tell(needed, depth + 1)

    found = study.resolver[name]
    assert isinstance(found, Made)
    told.add(name)
    for needed in found.step.inputs:
        if needed not in ALWAYS:
            tell(needed, 0)
    return lines


def _draws(study: Study, name: str) -> list[str]:
    """Tell what was drawn of a product, and what makes its mean over the region uncertain."""
    receipt = current_draws(study, name)
    if receipt is None:
        return []
    lines = [f"{receipt['draws']} draws, seed {receipt['seed']}"]
    for one in receipt["uncertain"]:
        lines.append(f"{one['kind']} {one['name']} ({one['source'] or 'no source is given'})")
    shares = region_shares(study, name)
    if receipt["draws"] < receipt["draws_for_shares"]:
        lines.append(f"shares of variance are not told: that takes {receipt['draws_for_shares']} draws")
    elif shares is not None:
        latest = shares[shares["year"] == shares["year"].max()] if "year" in shares else shares
        pairs = zip(latest["uncertain"], latest["share_percent"], strict=True)
        told = [f"{name} {share:.0f} %" for name, share in pairs]
        lines.append(f"shares of the variance of the mean over the region: {', '.join(told)}")
    return lines


# The parts of a receipt that a key covers, in the words of a reason.
_COVERED = {"inputs": "inputs", "parameters": "parameters", "steps": "code or method", "grid": "grid", "years": "years"}


def _why(study: Study, name: str) -> str:
    """Tell whether a product would be computed by a run, and for which reason."""
    if not study.stale([name]):
        return "no: it is current"
    before = study.output.receipt(name)
    if before is None:
        return "yes: it was not made yet"
    now = json.loads(json.dumps(receipt(study, name, "", None)))
    changed = [word for part, word in _COVERED.items() if before.get(part) != now.get(part)]
    return f"yes: changed {', '.join(changed)}" if changed else "yes: its files or what it leans on changed"


def scalar_words(study: Study, name: str) -> str:
    """Say a keyword parameter with its unit, source and status.

    Parameters
    ----------
    study : Study
        The study.
    name : str
        The parameter.

    Returns
    -------
    str
    """
    parameter = study.parameters.get(name)
    value = study.scalars[name]
    if parameter is None:
        return str(value)
    unit = "" if parameter.unit == "1" else f" {parameter.unit}"
    return f"{value}{unit} ({parameter.status}; {parameter.source})"
