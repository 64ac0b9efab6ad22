"""Parts of sentences in English and Chinese, for the findings of this chapter."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import pandas as pd

from shanshui.base.zones import REGION
from shanshui.chapters.status.groups import FUNCTIONS, LEVELS

# English and Chinese, as in every pair below.
Sentence = tuple[str, str]

FUNCTION_AREAS: dict[str, Sentence] = {
    "ecological": ("key ecological function areas", "重点生态功能区"),
    "agricultural": ("main agricultural production areas", "农产品主产区"),
    "urbanisation": ("urbanisation areas", "城市化地区"),
}
LEVEL_WORDS: dict[str, Sentence] = {"national": ("national", "国家级"), "provincial": ("provincial", "省级")}
NAMES_SHOWN = 5


def area_words(group: str) -> Sentence:
    """Name the areas of a group by function, or by function and level.

    Examples
    --------
    >>> area_words("ecological, national")
    ('national key ecological function areas', '国家级重点生态功能区')
    """
    function, _, level = group.partition(", ")
    areas, areas_zh = FUNCTION_AREAS[function]
    word, word_zh = LEVEL_WORDS.get(level, ("", ""))
    return f"{word} {areas}".strip(), word_zh + areas_zh


def main_zoning(frame: pd.DataFrame) -> pd.DataFrame:
    """Give the rows of one zoning: the first with functions, else the first beside the region, else the region."""
    with_functions = frame["zoning"][frame["grouping"] == "function"]
    below = frame["zoning"][frame["zoning"] != REGION]
    first = next(iter([*with_functions.head(1), *below.head(1), REGION]))
    return frame[frame["zoning"] == first]


def function_rows(frame: pd.DataFrame) -> pd.DataFrame:
    """Give the rows of the three functions, ecological first, indexed by function."""
    rows = frame[frame["grouping"] == "function"].set_index("group")
    return rows.reindex([function for function in FUNCTIONS if function in rows.index])


def level_rows(frame: pd.DataFrame) -> pd.DataFrame:
    """Give the rows of the ecological areas of both levels, where there are both; indexed by function and level."""
    rows = frame[frame["grouping"] == "function and level"].set_index("group")
    names = [f"ecological, {level}" for level in LEVELS]
    return rows.reindex(names) if set(names) <= set(rows.index) else rows.iloc[:0]


def moved(percent: float, unit: str = "%", decimals: int = 1) -> Sentence:
    """Say how far something rose or fell.

    Examples
    --------
    >>> moved(-6.68), moved(0.01), moved(2.5, "points")
    (('fell by 6.7 %', '下降6.7%'), ('hardly changed', '基本不变'), ('rose by 2.5 points', '上升2.5个百分点'))
    """
    size = f"{abs(percent):.{decimals}f}"
    if float(size) == 0:
        return "hardly changed", "基本不变"
    word, zh = ("rose", "上升") if percent > 0 else ("fell", "下降")
    return f"{word} by {size} {unit}", f"{zh}{size}{'%' if unit == '%' else '个百分点'}"


def listed(parts: Sequence[str]) -> str:
    """Join words as English does.

    Examples
    --------
    >>> listed(["a", "b", "c"]), listed(["a"])
    ('a, b and c', 'a')
    """
    return ", ".join(parts[:-1]) + " and " + parts[-1] if len(parts) > 1 else "".join(parts)


def named(names: Iterable[str]) -> Sentence:
    """Name the first few zones and say how many more there are.

    Examples
    --------
    >>> named(["North", "7"])
    ('North and zone 7', 'North、7号分区')
    >>> named("ABCDEFG")[0]
    'A, B, C, D, E and 2 more'
    """
    every = list(names)
    shown = every[:NAMES_SHOWN]
    # A bare number says nothing without a word.
    english = [f"zone {name}" if name.isdigit() else name for name in shown]
    chinese = "、".join(f"{name}号分区" if name.isdigit() else name for name in shown)
    if len(every) > len(shown):
        return f"{', '.join(english)} and {len(every) - len(shown)} more", f"{chinese}等{len(every)}个"
    return listed(english), chinese


def counted_of(number: int, whole: int) -> Sentence:
    """Say how many of some zones, with their share.

    Examples
    --------
    >>> counted_of(3, 12), counted_of(12, 12)
    (('3 of the 12 zones (25.0 %)', '12个分区中有3个（25.0%）'), ('all 12 zones', '全部12个分区'))
    """
    if number == whole:
        return f"all {whole} zones", f"全部{whole}个分区"
    share = f"{100.0 * number / whole:.1f}"
    return f"{number} of the {whole} zones ({share} %)", f"{whole}个分区中有{number}个（{share}%）"


def sentences_table(sentences: Iterable[Sentence]) -> pd.DataFrame:
    """Make the table of a product of findings."""
    return pd.DataFrame([*sentences], columns=["english", "chinese"], dtype="str")
