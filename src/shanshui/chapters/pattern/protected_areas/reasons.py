"""Why a face became what it is, in whole sentences, English and Chinese."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from shanshui.chapters.pattern.protected_areas.decisions import Area, Yielded
from shanshui.chapters.pattern.protected_areas.merging import Merged
from shanshui.chapters.pattern.protected_areas.rules import ADJUST_OUT, MANAGE, WITHDRAW, RuleCase
from shanshui.chapters.pattern.protected_areas.zones import ZONE_NAMES

Words = tuple[str, str]

# What is said of an area that yields, or of a use, where the table of rules says nothing.
_YIELDS: Words = ("gives way", "让位")
_EQUAL: Words = ("is equal in all that counts, and stands later in the order of keys", "各项相同，按编号次序在后")
_NONE: Words = ("is no protected area", "不作为自然保护地")
_USED: Mapping[str, Words] = {
    ADJUST_OUT: ("{uses} is adjusted out", "{uses}予以调出"),
    WITHDRAW: ("{uses} withdraws step by step", "{uses}逐步有序退出"),
    MANAGE: ("{uses} stays under management", "{uses}保留并加强管理"),
}
_USES: Mapping[str, Words] = {
    "settlement": ("settlement", "城镇村屯"),
    "farmland": ("permanent basic farmland", "永久基本农田"),
    "mining": ("mining right", "矿业权"),
    "plantation": ("commercial forest", "商品林"),
}
CONFIRM: Words = ("To be confirmed by the planner.", "须经规划人员确认。")


def of_overlap(winner: Area, yielded: Sequence[Yielded], areas: Mapping[str, Area]) -> Words:
    """Say which area stands, and why each of the others yields.

    Parameters
    ----------
    winner : Area
        The area that stands.
    yielded : sequence of Yielded
        The others.
    areas : mapping of str to Area
        All areas.

    Returns
    -------
    str, str
    """
    if not yielded:
        return (
            f"Only {winner.name} ({winner.title}) lies here.",
            f"该处仅有{winner.name_zh}（{winner.title_zh}）。",
        )
    english, chinese = [], []
    for each in yielded:
        area, why, code = areas[each.area], _said(each.by, _YIELDS, _EQUAL), f" ({each.rule})" if each.rule else ""
        english.append(f"{area.name} ({area.title}) {why[0]}{code}")
        chinese.append(f"{area.name_zh}（{area.title_zh}）{why[1]}{code.strip().replace('(', '（').replace(')', '）')}")
    return (
        f"{winner.name} ({winner.title}) stands: {'; '.join(english)}.",
        f"保留{winner.name_zh}（{winner.title_zh}）：{'；'.join(chinese)}。",
    )


def of_scope(area: Area, rule: RuleCase) -> Words:
    """Say by which rule an area is no protected area."""
    why = _said(rule, _NONE, _NONE)
    return (
        f"{area.name} ({area.title}) {why[0]} ({rule.code}).",
        f"{area.name_zh}（{area.title_zh}）{why[1]}（{rule.code}）。",
    )


def _said(rule: RuleCase | None, otherwise: Words, by_none: Words) -> Words:
    """Give what a rule says of whom it decides against."""
    return by_none if rule is None else (rule.reason or otherwise[0], rule.reason_zh or otherwise[1])


def of_merging(
    merged: Merged, areas: Mapping[str, Area], rule: str, *, units_known: bool, units: Mapping[str, str]
) -> Words:
    """Say into what an area is merged; nothing where it keeps its name.

    Parameters
    ----------
    merged : Merged
        What it is merged into.
    areas : mapping of str to Area
        All areas.
    rule : str
        The rule of merging.
    units_known : bool
        Whether the study has natural units.
    units : mapping of str to str
        Their names.

    Returns
    -------
    str, str
    """
    head, neighbour = areas[merged.into], areas[merged.neighbour]
    name = units.get(merged.unit, merged.unit)
    where, where_zh = f"in the natural unit {name}", f"在自然地理单元“{name}”内"
    if not units_known:
        where, where_zh = "where natural units are not known", "自然地理单元未知，仅依相邻"
    return (
        f"It is merged into {head.name} ({head.title}): it meets {neighbour.name} along {merged.metres:,.0f} m "
        f"{where} ({rule}).",
        f"归并入{head.name_zh}（{head.title_zh}）：{where_zh}与{neighbour.name_zh}相接{merged.metres:,.0f}米（{rule}）。",
    )


def of_zone(rule: RuleCase) -> Words:
    """Say which zone a rule puts a face in, and why."""
    (name, name_zh), (why, why_zh) = ZONE_NAMES[rule.action], (rule.reason, rule.reason_zh)
    return (
        f"It is {name}{', ' if why else ''}{why} ({rule.code}).",
        f"划为{name_zh}{'：' if why_zh else ''}{why_zh}（{rule.code}）。",
    )


def of_use(rule: RuleCase, uses: Sequence[str], share: float, patch_ha: float) -> Words:
    """Say what becomes of the uses on a face.

    Parameters
    ----------
    rule : RuleCase
        The rule that decides.
    uses : sequence of str
        settlement, farmland, mining, plantation: those that lie on the face; the rule may speak of ground without any.
    share : float
        Share of the area's general control zone under such uses [1].
    patch_ha : float
        The patch of uses in which it lies [ha].

    Returns
    -------
    str, str
    """
    english = " and ".join(_USES[use][0] for use in uses) or "ground"
    chinese = "、".join(_USES[use][1] for use in uses) or "土地"
    told = _said(rule, _USED[rule.action], _USED[rule.action])
    filled = {"share": 100 * share, "patch": patch_ha}
    return (
        f"{told[0].format(uses=f'The {english}', **filled)} ({rule.code}).",
        f"{told[1].format(uses=chinese, **filled)}（{rule.code}）。",
    )
