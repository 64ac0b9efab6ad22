"""What the red line and the importance say in sentences: how much is inside, why, what is kept, and what is proven."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd

from shanshui.base.zones import OUTSIDE, REGION
from shanshui.chapters.pattern.conflicts import EXCLUDED
from shanshui.chapters.pattern.grounds import MANDATORY, MANDATORY_ON_EXCLUDED
from shanshui.report.confidence import confidence_of
from shanshui.report.material import NO_DATA, Material, lines
from shanshui.report.words import number, sentence

LEDGER, CERTIFICATE, PROTECTION = "red_line_ledger", "red_line_certificate", "red_line_protection"
BREAKS, GRADES = "_importance_breaks", "ecological_importance_by_zone"
HECTARES_A_KM2 = 100.0
PARTS_A_PERCENT = 1e4
# So many grounds, demands and services are named in a sentence.
MOST_GROUNDS, MOST_SERVICES, MOST_MISSED = 6, 3, 8
# Rows of the certificate that carry a name of the study.
NAMED_ROWS = ("share of function area ", "target of ")


def red_line_findings(chapter: str, material: Material) -> list[str]:
    """Say in sentences what the products of a chapter tell.

    Parameters
    ----------
    chapter : str
        ``importance`` or ``red_line``; other chapters have tables of findings.
    material : Material
        The study.

    Returns
    -------
    list of str
    """
    if chapter == "importance":
        return [*_graded(material), *_concentrated(material)]
    if chapter == "red_line":
        found = [*_held(material), *_grounds(material), *_mandatory(material), *_demands(material)]
        return [*found, *_proven(material), *_noted(material), *_protected(material), *core_sentences(material)]
    return []


def row_words(row: str, material: Material) -> str:
    """Name a row of the certificate in the report's language; the names of the study in it stay.

    Parameters
    ----------
    row : str
        As the certificate has it.
    material : Material
        The study.

    Returns
    -------
    str
    """
    for start in NAMED_ROWS:
        if row.startswith(start):
            name = row.removeprefix(start)
            return material.words(f"row_{start.strip().replace(' ', '_')}", name=_named(name, material))
    return material.words.value(row)


def _named(name: str, material: Material) -> str:
    return material.named(name) if name in material.study.catalogue.vocabulary else material.words.value(name)


def _graded(material: Material) -> list[str]:
    """Say which share of the region has which importance."""
    frame, words = material.frame(GRADES), material.words
    if frame is None:
        return []
    rows = frame[(frame["zoning"] == REGION) & (frame["zone"] != OUTSIDE) & (frame["class_name"] != NO_DATA)]
    if "year" in rows and len(rows):
        rows = rows[rows["year"] == rows["year"].max()]
    if rows.empty:
        return []
    said = [
        words("named_percent", name=_small(_class(row, material)), percent=number(row.share_percent, 1))
        for row in lines(rows.sort_values("code", ascending=False))
    ]
    year = words("in_year", year=int(rows["year"].iloc[0])) if "year" in rows else ""
    return [words("importance_shares", year=year, listed=_listed(said, material))]


def _concentrated(material: Material) -> list[str]:
    """Say on how little of the area each service has its first share."""
    found: dict[float, list[tuple[float, str]]] = {}
    for quantity in material.standing:
        frame = material.frame(quantity.name) if quantity.name.endswith(BREAKS) else None
        if frame is None or frame.empty:
            continue
        row = frame.iloc[int(frame["code"].argmax())]
        if row["area_percent"] == row["area_percent"]:
            name = _small(material.named(quantity.name.removesuffix(BREAKS)))
            found.setdefault(float(row["percent"]), []).append((float(row["area_percent"]), name))
    return [
        material.words(
            "importance_concentrated",
            percent=number(percent, 0),
            listed=_listed(
                [
                    material.words("named_percent", name=name, percent=number(area, 1))
                    for area, name in sorted(services)
                ],
                material,
            ),
        )
        for percent, services in sorted(found.items())
    ]


def _held(material: Material) -> list[str]:
    """Say how much of the land and of the sea is inside, and in how many patches."""
    ledger, words = material.frame(LEDGER), material.words
    if ledger is None:
        return []
    said = []
    for realm, rows in ledger.groupby("realm", sort=False):
        inside, whole = float(rows["area_ha"][rows["inside"] == 1].sum()), float(rows["area_ha"].sum())
        share = number(100 * inside / whole, 1) if whole else number(math.nan, 1)
        said.append(
            words("red_line_of_realm", realm=words.value(str(realm)), area=square_kilometres(inside), share=share)
        )
    patches = material.frame("red_line")
    if not any(ledger["inside"] == 1):
        return [words("red_line_empty")]
    told = words("red_line_holds", listed=words("clause").join(said))
    if patches is None or patches.empty:
        return [told]
    return [
        told
        + words(
            "red_line_patches", patches=number(len(patches), 0), largest=square_kilometres(patches["area_ha"].max())
        )
    ]


def _grounds(material: Material) -> list[str]:
    """Say why what is inside lies inside, and which land is excluded."""
    ledger, words = material.frame(LEDGER), material.words
    if ledger is None:
        return []
    said = []
    for key, kept in (
        ("red_line_grounds", ledger["inside"] == 1),
        ("red_line_excluded", ledger["code"].isin(EXCLUDED)),
    ):
        areas = ledger[kept].groupby("code")["area_ha"].sum().sort_values(ascending=False, kind="stable")
        if areas.empty:
            continue
        parts = [
            f"{_reason(ledger, code, material)} {square_kilometres(area)}"
            for code, area in areas.iloc[:MOST_GROUNDS].items()
        ]
        rest = areas.iloc[MOST_GROUNDS:]
        if len(rest):
            parts.append(f"{words('other_classes', count=len(rest))} {square_kilometres(rest.sum())}")
        said.append(words(key, listed=_listed(parts, material)))
    return said


def _mandatory(material: Material) -> list[str]:
    """Say what must be inside, and where that meets land that must stay outside."""
    ledger, words = material.frame(LEDGER), material.words
    if ledger is None:
        return []
    areas = ledger.groupby("code")["area_ha"].sum()
    conflict = float(areas.get(MANDATORY_ON_EXCLUDED, 0.0))
    whole = float(areas.get(MANDATORY, 0.0)) + conflict
    if not whole > 0:
        return []
    key = "red_line_conflict" if conflict > 0 else "red_line_mandatory"
    return [words(key, area=square_kilometres(whole), conflict=square_kilometres(conflict))]


def _demands(material: Material) -> list[str]:
    """Say which of the demands are kept, and by how much others are missed."""
    frame, words = material.frame(CERTIFICATE), material.words
    if frame is None:
        return []
    asked = frame[frame["holds"].notna()]
    if asked.empty:
        return []
    missed = asked[asked["holds"] == 0]
    if missed.empty:
        return [words("demands_kept", count=len(asked))]
    said = [_missed(row, material) for row in lines(missed.head(MOST_MISSED))]
    if len(missed) > MOST_MISSED:
        said.append(words("and_others", count=len(missed) - MOST_MISSED))
    return [words("demands_missed", missed=len(missed), count=len(asked), listed=words("semicolon").join(said))]


def _missed(row: Any, material: Material) -> str:
    words = material.words
    low = row.lower == row.lower and row.reached < row.lower
    limit = float(row.lower if low else row.upper)
    decimals = 1 if abs(limit) >= 10 else 2
    return words(
        "demand_below" if low else "demand_above",
        realm=words.value(str(row.realm)),
        row=_small(row_words(row.row, material)),
        reached=number(row.reached, decimals),
        limit=number(limit, decimals),
        unit=words.of("units", str(row.unit)),
    )


def _proven(material: Material) -> list[str]:
    """Say how good a planned line is, and how much better another one could be at most."""
    frame, words = material.frame(CERTIFICATE), material.words
    if frame is None:
        return []
    said = []
    for realm, rows in frame.groupby("realm", sort=False):
        reached = dict(zip(rows["row"], rows["reached"], strict=True))
        if "objective" not in reached:
            continue
        upper, worth = (dict(zip(rows["row"], rows[name], strict=True)) for name in ("upper", "multiplier"))
        value, bound = float(reached["objective"]), float(upper["objective"])
        gap = rounded_up(float(reached["gap"]))
        decimals = decimals_apart(value / PARTS_A_PERCENT, bound / PARTS_A_PERCENT)
        told = {
            "realm": words.value(str(realm)),
            "protected": number(reached["value"] / PARTS_A_PERCENT, 1),
            "price": number(reached["price of boundary"] / PARTS_A_PERCENT, 1),
            "value": number(value / PARTS_A_PERCENT, decimals),
            "bound": number(bound / PARTS_A_PERCENT, decimals),
            "gap": gap,
        }
        said.append(words("plan_best" if gap == "0" else "plan_proven", **told))
        more = float(worth.get("area", math.nan))
        if more > 0:
            said.append(words("plan_price", realm=told["realm"], more=number(more / PARTS_A_PERCENT, 3)))
        lost = float(reached.get("value lost with small patches", 0.0))
        if lost > 0 and reached["value"] > 0:
            area = number(float(reached["area lost with small patches"]), 1)
            share = number(100 * lost / float(reached["value"]), 2)
            said.append(words("plan_dropped", realm=told["realm"], area=area, share=share))
    return said


def _noted(material: Material) -> list[str]:
    """Say what a reader of a plan should know: rows of the certificate without a number."""
    frame, words = material.frame(CERTIFICATE), material.words
    if frame is None:
        return []
    return [
        words("plan_noted", realm=sentence(words.value(str(row.realm))), note=words.value(str(row.row)))
        for row in lines(frame[frame["reached"].isna()])
    ]


def rounded_up(percent: float) -> str:
    """Write a gap with two digits that count, never smaller than it is.

    Parameters
    ----------
    percent : float
        The gap [percent].

    Returns
    -------
    str

    Examples
    --------
    >>> [rounded_up(gap) for gap in (0.01459, 1.836, 12.3, 0.0, 1e-7)]
    ['0.015', '1.9', '13', '0', '0.0001']
    """
    if not percent > 0:
        return "0"
    decimals = min(max(1 - math.floor(math.log10(percent)), 0), 4)
    scale = 10.0**decimals
    return f"{math.ceil(percent * scale * (1 - 1e-12)) / scale:.{decimals}f}"


def decimals_apart(one: float, other: float) -> int:
    """Choose decimals with which two numbers can be told apart, at most 5.

    Examples
    --------
    >>> decimals_apart(52.11598, 52.12358), decimals_apart(1.98, 2.02), decimals_apart(3.0, 3.0)
    (3, 2, 2)
    """
    apart = abs(one - other)
    return int(np.clip(math.ceil(-math.log10(apart)), 2, 5)) if apart > 0 else 2


def _protected(material: Material) -> list[str]:
    """Say what the line protects: most and least, against the chance of as much area anywhere."""
    frame, words = material.frame(PROTECTION), material.words
    if frame is None:
        return []
    rows = frame.dropna(subset=["inside_percent", "per_area"]).sort_values("per_area", ascending=False, kind="stable")
    above, below = rows[rows["per_area"] > 1], rows[rows["per_area"] < 1]

    def listed(part: pd.DataFrame) -> str:
        said = [
            words(
                "protects_share",
                name=_small(_named(str(row.feature), material)),
                percent=number(row.inside_percent, 1),
                times=number(row.per_area, 2),
            )
            for row in lines(part)
        ]
        return _listed(said, material)

    said = [words("red_line_protects", listed=listed(above.head(MOST_SERVICES)))] if len(above) else []
    if len(below):
        said.append(words("red_line_neglects", listed=listed(below.iloc[::-1].head(MOST_SERVICES))))
    return said


def core_sentences(material: Material) -> list[str]:
    """Say what is inside in every draw, and what in some.

    Parameters
    ----------
    material : Material
        The study.

    Returns
    -------
    list of str
        None where the red line has no draws.
    """
    found = confidence_of(material)
    if found is None:
        return []
    told = {
        "draws": found.draws,
        "core": square_kilometres(found.every),
        "some": square_kilometres(found.some),
        "ever": square_kilometres(found.ever),
    }
    return [material.words("red_line_core", **told)]


def _reason(ledger: pd.DataFrame, code: Any, material: Material) -> str:
    column = "reason_zh" if material.words.language == "zh" else "reason"
    return str(ledger[column][ledger["code"] == code].iloc[0])


def square_kilometres(hectares: float) -> str:
    """Write an area in km2, with as many decimals as it bears.

    Parameters
    ----------
    hectares : float
        The area [ha].

    Returns
    -------
    str
    """
    area = hectares / HECTARES_A_KM2
    return number(area, 0 if abs(area) >= 1000 else 1 if abs(area) >= 10 else 2)


def _listed(parts: list[str], material: Material) -> str:
    return material.words("comma").join(parts)


def _class(row: Any, material: Material) -> str:
    return material.class_name(str(row.class_name), "ecological_importance")


def _small(text: str) -> str:
    """Begin a name with a small letter, within a sentence; an abbreviation stays."""
    return text if text[1:2].isupper() else text[:1].lower() + text[1:]
