"""How each product was made, read from its receipt."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from shanshui.report.drawn_numbers import drawn_of
from shanshui.report.material import Material
from shanshui.report.words import Words

# What may be shown as it is; any other status is shown as a default.
TRUSTED = ("official", "literature", "study")


@dataclass(frozen=True)
class ParameterLine:
    """One parameter, ready to be read; `status` is the key of its badge."""

    name: str
    words: str
    value: str
    unit: str
    source: str
    status: str
    badge: str


@dataclass(frozen=True)
class Method:
    """How one product was made.

    Parameters
    ----------
    name, title : str
        The product.
    formula, notes : list of str
        Paragraphs of the docstring: what it is, and its Notes. In English.
    method : str
        The method's name, or that there is only one.
    steps : list of str
        What was made on the way, in order.
    inputs, absent : list of str
        What the study brought for it, and the optional inputs that it did without.
    parameters : list of ParameterLine
        What the steps took.
    tables : list of (str, list of str)
        Tables that come with shanshui, and where their numbers are from. In English.
    drawn : str
        Of how many draws of what its standard deviation is; empty where nothing was drawn.
    """

    name: str
    title: str
    formula: list[str]
    notes: list[str]
    method: str
    steps: list[str]
    inputs: list[str]
    absent: list[str]
    parameters: list[ParameterLine]
    tables: list[tuple[str, list[str]]]
    drawn: str


def methods(material: Material) -> list[Method]:
    """Tell of every product that stands how it was made.

    Parameters
    ----------
    material : Material
        The study.

    Returns
    -------
    list of Method
    """
    found = []
    for quantity in material.standing:
        receipt = material.receipt(quantity.name)
        sections = docstring_sections(receipt.get("formula") or "")
        found.append(
            Method(
                quantity.name,
                material.title(quantity),
                sections.get("", []),
                sections.get("Notes", []) + sections.get("References", []),
                receipt.get("method") or material.words("the_only_method"),
                [_step(step) for step in receipt.get("steps", [])],
                list(dict.fromkeys(_input(str(entry["name"]), material) for entry in receipt.get("inputs", []))),
                [material.named(name) for step in receipt.get("steps", []) for name in step.get("absent", [])],
                [parameter_line(entry, material.words) for entry in receipt.get("parameters", [])],
                [(material.named(name), sources) for name, sources in receipt.get("tables", {}).items()],
                drawn_of(quantity.name, material),
            )
        )
    return found


def parameter_line(entry: dict[str, Any], words: Words) -> ParameterLine:
    """Write one parameter of a receipt.

    Parameters
    ----------
    entry : dict
        With ``name`` and ``value``; with ``unit``, ``source`` and ``status`` where a policy pack gave it. Without a
        status it is a fact of the study itself.
    words : Words
        The language.

    Returns
    -------
    ParameterLine
        A status nobody knows is shown as a default, never as official.
    """
    status = entry.get("status", "study")
    status = status if status in TRUSTED else "default"
    value = entry["value"]
    said = entry.get("chinese" if words.language == "zh" else "english", "")
    unit = "" if entry.get("unit", "1") == "1" else words.of("units", entry["unit"])
    text = f"{value:g}" if isinstance(value, float) else str(value)
    source = entry.get("source") or words("from_study" if status == "study" else "not_stated")
    return ParameterLine(entry["name"], said, text, unit, source, status, words.of("statuses", status))


def docstring_sections(text: str) -> dict[str, list[str]]:
    r"""Part a numpy-style docstring into sections of paragraphs.

    Parameters
    ----------
    text : str
        The docstring, without indentation.

    Returns
    -------
    dict of str to list of str
        By heading; what comes before the first heading has none.

    Examples
    --------
    >>> docstring_sections("A thing.\n\nNotes\n-----\na = b\n\nc = d")
    {'': ['A thing.'], 'Notes': ['a = b', 'c = d']}
    """
    pieces = re.split(r"^(\w[\w ]*)\n-{3,}\n", text, flags=re.MULTILINE)
    named = {"": pieces[0]} | dict(zip(pieces[1::2], pieces[2::2], strict=True))
    return {
        name: [" ".join(paragraph.split()) for paragraph in body.split("\n\n") if paragraph.strip()]
        for name, body in named.items()
    }


def _step(step: dict[str, Any]) -> str:
    return f"{step['gives']} ({step['method']})" if step.get("method") else str(step["gives"])


def _input(name: str, material: Material) -> str:
    """Name an input: a quantity by its words, a zoning or legend by its key in study.toml."""
    return material.named(name) if "." not in name else name
