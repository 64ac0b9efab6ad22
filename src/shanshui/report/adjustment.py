"""What the adjustment of the red line says in sentences: what comes in and leaves, and whether the balances hold."""

from __future__ import annotations

from shanshui.report.material import Material, lines
from shanshui.report.red_line import square_kilometres
from shanshui.report.words import number

LEDGER, EDITS = "red_line_adjustment_ledger", "red_line_edits"
TOTAL = "(total)"
# So many rules and balances are named in a sentence.
MOST = 6


def adjustment_findings(material: Material) -> list[str]:
    """Say in sentences what becomes of the red line.

    Parameters
    ----------
    material : Material
        The study.

    Returns
    -------
    list of str
    """
    return [*_line(material), *_rules(material), *_balances(material), *_edits(material)]


def _line(material: Material) -> list[str]:
    """Say how much the line had, what comes in and leaves, and how much it has then."""
    frame = material.frame(LEDGER)
    if frame is None:
        return []
    rows = frame[(frame["account"] == "line") & (frame["function_area"] == TOTAL)].set_index("direction")["area_ha"]
    areas = {name: square_kilometres(rows[name]) for name in ("before", "in", "out", "after")}
    return [material.words("line_changes", **areas)]


def _rules(material: Material) -> list[str]:
    """Say by which rules ground comes in and leaves."""
    frame, words = material.frame(LEDGER), material.words
    if frame is None:
        return []
    told = "reason_zh" if words.language == "zh" else "reason"
    said = []
    for direction in ("in", "out"):
        rows = frame[(frame["account"] == "taken") & (frame["direction"] == direction)]
        if rows.empty:
            continue
        areas = rows.groupby(["rule", told])[["area_ha"]].sum().reset_index()
        areas = areas.sort_values("area_ha", ascending=False, kind="stable").iloc[:MOST]
        parts = [
            words("rule_area", rule=rule, reason=reason.rstrip(".。"), area=square_kilometres(area))
            for rule, reason, area in areas.itertuples(index=False)
        ]
        said.append(words(f"rules_{direction}", listed=words("semicolon").join(parts)))
    return said


def _balances(material: Material) -> list[str]:
    """Say which balances hold, and which cannot."""
    frame, words = material.frame(LEDGER), material.words
    if frame is None:
        return []
    rows = frame[frame["account"] == "balance"]
    if rows.empty:
        return []
    missed = rows[rows["holds"] == 0]
    if missed.empty:
        return [words("balances_hold", count=len(rows))]
    told = "reason_zh" if words.language == "zh" else "reason"
    said = [
        words(
            "balance_missed",
            row=f"{getattr(row, told)} {row.function_area}".strip(),
            reached=_amount(row.reached),
            lower=_amount(row.lower),
            unit=words.of("units", row.unit),
        )
        for row in lines(missed.iloc[:MOST])
    ]
    if len(missed) > MOST:
        said.append(words("and_others", count=len(missed) - MOST))
    return [words("balances_missed", missed=len(missed), count=len(rows), listed=words("semicolon").join(said))]


def _edits(material: Material) -> list[str]:
    """Say what came of the hand edits, and which rules they break."""
    frame, words = material.frame(EDITS), material.words
    if frame is None or frame.empty:
        return []
    column = "outcome_zh" if words.language == "zh" else "outcome"
    counts = frame.groupby(column, sort=False).size()
    listed = words("comma").join(f"{name} {count}" for name, count in counts.items())
    said = [words("edits_told", count=len(frame), listed=listed)]
    broken = frame[frame["breaks"].fillna("") != ""]
    if len(broken):
        said.append(words("edits_break", listed=words("comma").join(broken["edit"].astype(str))))
    return said


def _amount(value: float) -> str:
    return number(float(value), 0 if abs(value) >= 100 else 1)
