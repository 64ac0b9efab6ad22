"""Where a report's numbers come from, and what is not in it: inputs, receipts, what was skipped or dropped."""

from __future__ import annotations

from dataclasses import dataclass

from shanshui.report.material import Material
from shanshui.study.plan import root_reasons

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
    """What is not in the report, and why: reasons by the products that share them, and sentences."""

    skipped: dict[str, tuple[str, ...]]
    not_current: list[str]
    absent: list[str]
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
    """List what could not be made, is not current, was absent or dropped, and the notes on the inputs.

    Parameters
    ----------
    material : Material
        The study.

    Returns
    -------
    LeftOut
        Products by name in the report's language.
    """
    together: dict[tuple[str, ...], list[str]] = {}
    for name, reasons in material.study.missing.items():
        together.setdefault(root_reasons(reasons), []).append(material.named(name))
    skipped = {material.words("comma").join(names): reasons for reasons, names in together.items()}
    standing = {quantity.name for quantity in material.standing}
    not_current = [material.named(name) for name in material.study.products if name not in standing]
    absent: dict[str, None] = {}
    dropped: dict[str, None] = {}
    notes: dict[str, None] = {}
    for quantity in material.standing:
        receipt = material.receipt(quantity.name)
        notes |= dict.fromkeys(receipt.get("notes", []))
        for step in receipt.get("steps", []):
            gives = material.named(step["gives"])
            if step.get("absent"):
                without = material.words("comma").join(material.named(name) for name in step["absent"])
                absent[material.words("absent_words", product=gives, inputs=without)] = None
            for needed, years in step.get("dropped_years", {}).items():
                listed = material.words("comma").join(str(year) for year in years)
                told = {"product": gives, "input": material.named(needed), "years": listed}
                dropped[material.words("dropped_words", **told)] = None
    if not standing:
        notes = dict.fromkeys(str(note) for note in material.study.inputs.notes)
    return LeftOut(skipped, not_current, list(absent), list(dropped), list(notes))
