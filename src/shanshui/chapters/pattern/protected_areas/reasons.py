"""Why a face became what it is, in whole sentences, English and Chinese."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from shanshui.chapters.pattern.protected_areas.decisions import Area, Yielded
from shanshui.chapters.pattern.protected_areas.merging import Merged
from shanshui.chapters.pattern.protected_areas.zones import ZONE_NAMES, Zoned

Words = tuple[str, str]

_YIELDS: Mapping[str, Words] = {
    "park": ("gives way to the national park", "国家公园范围内不再保留"),
    "scenic": (
        "is new and must not overlap a nature reserve",
        "为新设立的风景名胜区，不得与自然保护区重合",
    ),
    "level": ("is of a lower level", "级别较低，服从高级别"),
    "class": ("is a nature park and gives way to the nature reserve of its level", "为自然公园，同级别保护强度优先"),
    "value": ("is of lower value", "价值较低"),
    "area": ("is smaller", "面积较小"),
    "age": ("is younger", "设立较晚"),
    "key": ("is equal in all that counts, and stands later in the order of keys", "各项相同，按编号次序在后"),
}
_ZONED: Mapping[str, Words] = {
    "part": ("by the zone that the nature reserve has there", "依自然保护区原功能分区"),
    "unzoned": ("since the nature reserve has no zones", "自然保护区未分区"),
    "park": ("as a nature park", "属自然公园"),
    "own": ("by the national park's own zones", "依国家公园自身分区"),
    "unzoned_park": ("since the zones of the national park are not known", "国家公园分区未知"),
    "kept": ("since protection there must not be lowered", "保护强度不降低"),
    "raised": ("since it is experimental ground of high value and undisturbed", "实验区内无干扰且价值较高"),
    "use": ("since a park-use area lies there", "位于游憩利用范围"),
}
_USED: Mapping[str, Words] = {
    "low": (
        "The settlement is of low value and is adjusted out after scientific assessment",
        "该处城镇村屯保护价值低，经科学评估后调出",
    ),
    "core": ("{uses} in the core protection zone withdraws step by step", "核心保护区内的{uses}逐步有序退出"),
    "mining": (
        "The mining right in the general control zone has an obvious impact and withdraws step by step",
        "一般控制区内的矿业权影响明显，逐步有序退出",
    ),
    "share": (
        "{uses} withdraws step by step: such uses take {share:.1f} % of the general control zone, an obvious impact",
        "{uses}占一般控制区{share:.1f}%，影响明显，逐步有序退出",
    ),
    "large": (
        "{uses} without obvious impact lies in a patch of {patch:,.2f} ha and is adjusted out",
        "{uses}无明显影响，连片{patch:,.2f}公顷，予以调出",
    ),
    "small": (
        "{uses} without obvious impact lies in a patch of only {patch:,.2f} ha and stays under management",
        "{uses}无明显影响，连片仅{patch:,.2f}公顷，保留并加强管理",
    ),
}
_USES: Mapping[str, Words] = {
    "settlement": ("settlement", "城镇村屯"),
    "farmland": ("permanent basic farmland", "永久基本农田"),
    "mining": ("mining right", "矿业权"),
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
        area, why, code = areas[each.area], _YIELDS[each.by], f" ({each.rule})" if each.rule else ""
        english.append(f"{area.name} ({area.title}) {why[0]}{code}")
        chinese.append(f"{area.name_zh}（{area.title_zh}）{why[1]}{code.strip().replace('(', '（').replace(')', '）')}")
    return (
        f"{winner.name} ({winner.title}) stands: {'; '.join(english)}.",
        f"保留{winner.name_zh}（{winner.title_zh}）：{'；'.join(chinese)}。",
    )


def of_scope(area: Area) -> Words:
    """Say why an area is no protected area."""
    return (
        f"{area.name} ({area.title}) has cultural landscape as its main resource and is no protected area (P12).",
        f"{area.name_zh}（{area.title_zh}）以人文景观为主要资源，不作为自然保护地（P12）。",
    )


def of_merging(merged: Merged, areas: Mapping[str, Area], *, units_known: bool, units: Mapping[str, str]) -> Words:
    """Say into what an area is merged; nothing where it keeps its name.

    Parameters
    ----------
    merged : Merged
        What it is merged into.
    areas : mapping of str to Area
        All areas.
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
        f"{where} (P5).",
        f"归并入{head.name_zh}（{head.title_zh}）：{where_zh}与{neighbour.name_zh}相接{merged.metres:,.0f}米（P5）。",
    )


def of_zone(zoned: Zoned) -> Words:
    """Say which zone a face is in and why."""
    (name, name_zh), (why, why_zh) = ZONE_NAMES[zoned.zone], _ZONED[zoned.by]
    return f"It is {name}, {why} (P8).", f"划为{name_zh}：{why_zh}（P8）。"


def of_use(by: str, rule: str, uses: Sequence[str], share: float, patch_ha: float) -> Words:
    """Say what becomes of the uses on a face.

    Parameters
    ----------
    by : str
        low, core, mining, share, large or small.
    rule : str
        The rule.
    uses : sequence of str
        settlement, farmland, mining: those that lie on the face.
    share : float
        Share of the area's general control zone under such uses [1].
    patch_ha : float
        The patch of uses in which it lies [ha].

    Returns
    -------
    str, str
    """
    english = " and ".join(_USES[use][0] for use in uses)
    chinese = "、".join(_USES[use][1] for use in uses)
    told = (
        _USED[by][0].format(uses=f"The {english}", share=100 * share, patch=patch_ha),
        _USED[by][1].format(uses=chinese, share=100 * share, patch=patch_ha),
    )
    return f"{told[0]} ({rule}).", f"{told[1]}（{rule}）。"
