"""What was drawn, for the chapter on methods: each uncertain thing with its distribution and where that is from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from shanshui.report.draws import uncertain_name
from shanshui.report.material import Material
from shanshui.report.words import Words

# A distribution within a study is the study's own word, whatever the number itself rests on.
STATUS = "study"
# The numbers of a distribution that are given in those of the value.
NUMBERS = ("standard_deviation", "low", "high")


@dataclass(frozen=True)
class DrawnLine:
    """One uncertain thing, ready to be read; `status` is the key of its badge, `rows` are those of a table."""

    name: str
    words: str
    distribution: str
    rows: list[str]
    source: str
    status: str
    badge: str


def drawn_lines(material: Material) -> list[DrawnLine]:
    """List what was drawn of all products that stand.

    Parameters
    ----------
    material : Material
        The study.

    Returns
    -------
    list of DrawnLine
        Each thing once, or once for each distribution that it was drawn from.
    """
    found: dict[str, DrawnLine] = {}
    for receipt in material.drawn.values():
        for one in receipt["uncertain"]:
            found.setdefault(repr(one), _line(one, material))
    return list(found.values())


def drawn_of(name: str, material: Material) -> str:
    """Say from how many draws of what a product has its standard deviation; empty where it has none.

    Parameters
    ----------
    name : str
        The product.
    material : Material
        The study.

    Returns
    -------
    str
    """
    receipt = material.drawn.get(name)
    if receipt is None:
        return ""
    words = material.words
    names = words("comma").join(uncertain_name(one["name"], material) for one in receipt["uncertain"])
    return words("drawn_of", draws=receipt["draws"], seed=receipt["seed"], names=names)


def _line(one: Mapping[str, Any], material: Material) -> DrawnLine:
    words = material.words
    distributions: dict[str, dict[str, Any]] = {
        label.removeprefix(one["name"]).strip() or label: numbers
        for label, numbers in one["distributions"].items()
        if _varies(numbers)
    }
    shares = {label: _by_value(numbers) for label, numbers in distributions.items() if numbers.get("value")}
    rows: list[str] = []
    if len(distributions) == 1:
        said = _said(next(iter(distributions.values())), words)
    elif shares and all(each == next(iter(shares.values())) for each in shares.values()):
        # All rows are drawn from the same distribution, up to their size.
        said = words("of_each_value", distribution=_said(next(iter(shares.values())), words))
    else:
        said = ""
        rows = [f"{label}{words('colon')}{_said(numbers, words)}" for label, numbers in distributions.items()]
    if one["kind"] == "layer":
        said += words("clause") + words("times_layer" if one["relative"] else "plus_layer")
    if len(distributions) > 1:
        said = words("clause").join(filter(None, (said, words("numbers_drawn", count=len(distributions)))))
    source = one.get("source") or words("not_stated")
    name = str(one["name"])
    return DrawnLine(name, uncertain_name(name, material), said, rows, source, STATUS, words.of("statuses", STATUS))


def _varies(numbers: Mapping[str, Any]) -> bool:
    if numbers["kind"] == "normal":
        return bool(numbers.get("standard_deviation", 0.0) > 0)
    return bool(numbers.get("low") != numbers.get("high"))


def _by_value(numbers: Mapping[str, Any]) -> dict[str, Any]:
    """Give a distribution in shares of its value, without the range that holds it."""
    value = abs(numbers["value"])
    told = {key: float(f"{numbers[key] / value:.6g}") for key in NUMBERS if key in numbers}
    return {"kind": numbers["kind"], "value": numbers["value"] / value, **told}


def _said(numbers: Mapping[str, Any], words: Words) -> str:
    told = {key: f"{number:.4g}" for key, number in numbers.items() if isinstance(number, int | float)}
    return words(
        str(numbers["kind"]),
        value=told["value"],
        deviation=told.get("standard_deviation", ""),
        low=told.get("low", ""),
        high=told.get("high", ""),
    )
