"""Where a report's numbers come from, and what is not in it: inputs, receipts, what was skipped or dropped."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from shanshui.report.material import Material

DIGEST_SHOWN = 12


@dataclass(frozen=True)
class Origin:
    """One input: its name, years, paths and digests, and who gave it under which licence."""

    name: str
    files: list[tuple[str, str]]
    source: str
    licence: str
    citation: str


@dataclass(frozen=True)
class LeftOut:
    """What is not in the report, and why: reasons by product, and sentences."""

    skipped: dict[str, tuple[str, ...]]
    not_current: list[str]
    dropped: list[str]
    notes: list[str]


def origins(material: Material) -> list[Origin]:
    """List the inputs of all products that stand, those of one source together.

    Parameters
    ----------
    material : Material
        The study.

    Returns
    -------
    list of Origin
        Source, licence and citation are empty where nobody states them.
    """
    found: dict[tuple[str, ...], list[tuple[str, str]]] = {}
    for quantity in material.standing:
        for entry in material.receipt(quantity.name).get("inputs", []):
            about = tuple(str(entry.get(key) or "") for key in ("name", "source", "licence", "citation"))
            line = (str(entry.get("path", "")), str(entry.get("digest", ""))[:DIGEST_SHOWN])
            lines = found.setdefault(about, [])
            if line not in lines:
                lines.append(line)
    return [Origin(about[0], lines, *about[1:]) for about, lines in found.items()]


def left_out(material: Material) -> LeftOut:
    """List what could not be made, what is not current, which years were dropped, and notes on the inputs.

    Parameters
    ----------
    material : Material
        The study.

    Returns
    -------
    LeftOut
        Products by name in the report's language.
    """
    vocabulary = material.study.catalogue.vocabulary
    skipped = {material.title(vocabulary[name]): reasons for name, reasons in material.study.missing.items()}
    standing = {quantity.name for quantity in material.standing}
    not_current = [material.title(vocabulary[name]) for name in material.study.products if name not in standing]
    dropped: dict[str, None] = {}
    notes: dict[str, None] = {}
    for quantity in material.standing:
        receipt = material.receipt(quantity.name)
        notes |= dict.fromkeys(receipt.get("notes", []))
        for step in receipt.get("steps", []):
            for needed, years in step.get("dropped_years", {}).items():
                dropped[_dropped(step["gives"], needed, years, material)] = None
    if not standing:
        notes = dict.fromkeys(str(note) for note in material.study.inputs.notes)
    return LeftOut(skipped, not_current, list(dropped), list(notes))


def _dropped(gives: str, needed: str, years: list[Any], material: Material) -> str:
    vocabulary, words = material.study.catalogue.vocabulary, material.words

    def named(name: str) -> str:
        return material.title(vocabulary[name]) if name in vocabulary else name

    listed = words("comma").join(str(year) for year in years)
    return words("dropped_words", product=named(gives), input=named(needed), years=listed)
