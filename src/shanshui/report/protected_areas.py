"""What the integration of protected areas says in sentences: overlaps, what stands afterwards, gaps, candidates."""

from __future__ import annotations

from typing import Any

from shanshui.report.material import Material, lines
from shanshui.report.red_line import square_kilometres
from shanshui.report.words import number

LEDGER, CONFLICTS, BALANCE, GAPS = (
    "protected_area_ledger",
    "protected_area_conflicts",
    "protected_area_balance",
    "protected_area_gaps",
)
PLAN, PARKS = "protected_area_plan", "national_park_candidates"
# So many prefectures are named.
MOST = 6


def protected_area_findings(material: Material) -> list[str]:
    """Say in sentences what becomes of the protected areas.

    Parameters
    ----------
    material : Material
        The study.

    Returns
    -------
    list of str
    """
    return [
        *_ground(material),
        *_overlaps(material),
        *_plan(material),
        *_leaving(material),
        *_gaps(material),
        *_parks(material),
    ]


def _ground(material: Material) -> list[str]:
    """Say how much is registered, counted twice and on the ground."""
    row = _total(material)
    if row is None:
        return []
    return [
        material.words(
            "areas_registered",
            count=number(row.areas_before, 0),
            registered=square_kilometres(row.registered_ha),
            twice=square_kilometres(row.counted_twice_ha),
            before=square_kilometres(row.before_ha),
        )
    ]


def _overlaps(material: Material) -> list[str]:
    """Say how many pairs overlap, nest and touch."""
    frame, words = material.frame(CONFLICTS), material.words
    if frame is None or frame.empty:
        return []
    column = "kind_zh" if words.language == "zh" else "kind"
    counts = frame.groupby(column, sort=False).size()
    listed = words("comma").join(f"{words.value(str(kind))} {count}" for kind, count in counts.items())
    said = [words("areas_meet", count=len(frame), listed=listed)]
    overlapping = frame[frame["kind"] == "overlap"]
    if len(overlapping):
        deepest = overlapping.sort_values("depth_m", ascending=False, kind="stable").iloc[0]
        told = deepest["told_zh" if words.language == "zh" else "told"]
        said.append(words("deepest_overlap", told=str(told)))
    return said


def _plan(material: Material) -> list[str]:
    """Say what stands after integration, and in which zones."""
    frame, row, words = material.frame(PLAN), _total(material), material.words
    if frame is None or row is None:
        return []
    # Without the rule of zones there are none.
    zones = frame[frame["zone"] != ""].groupby("zone")["area_ha"].sum().sort_values(ascending=False)
    listed = words("comma").join(f"{words(f'shape_{zone}')} {square_kilometres(area)}" for zone, area in zones.items())
    # Supplements are told with what they make good.
    staying, count = square_kilometres(row.after_ha - row.supplement_ha), number(row.areas_after, 0)
    said = [words("areas_after", count=count, after=staying)]
    return [*said, words("zones_after", listed=listed)] if listed else said


def _leaving(material: Material) -> list[str]:
    """Say what leaves, from what uses withdraw, and where that is not made good."""
    row, balance, words = _total(material), material.frame(BALANCE), material.words
    if row is None:
        return []
    parts = {
        "areas_go": {"out": row.adjusted_out_ha, "supplement": row.supplement_ha},
        "uses_withdraw": {"area": row.withdraw_ha},
        "uses_managed": {"area": row.manage_ha},
    }
    said = [
        words(key, **{name: square_kilometres(area) for name, area in areas.items()})
        for key, areas in parts.items()
        if any(area > 0 for area in areas.values())
    ]
    if balance is not None:
        column = "reason_zh" if words.language == "zh" else "reason"
        said += [str(text) for text in balance.loc[balance["holds"] == 0, column].iloc[:MOST]]
    return said


def _gaps(material: Material) -> list[str]:
    """Say what is valuable and lies in no protected area."""
    frame, words = material.frame(GAPS), material.words
    if frame is None or frame.empty:
        return []
    areas = frame.groupby("kind")["area_ha"].sum().sort_values(ascending=False)
    listed = words("comma").join(f"{words(f'shape_{kind}')} {square_kilometres(area)}" for kind, area in areas.items())
    return [words("gaps_told", count=len(frame), listed=listed)]


def _parks(material: Material) -> list[str]:
    """Say which candidate for a national park comes first."""
    frame, words = material.frame(PARKS), material.words
    if frame is None or frame.empty:
        return []
    first = frame.sort_values("rank").iloc[0]
    column, names = ("reason_zh", "names_zh") if words.language == "zh" else ("reason", "names")
    return [words("first_park", count=len(frame), names=str(first[names]), told=str(first[column]))]


def _total(material: Material) -> Any:
    frame = material.frame(LEDGER)
    if frame is None:
        return None
    rows = frame[frame["by"] == "total"]
    return None if rows.empty else next(iter(lines(rows)))
