"""How kinds of zones stand beside each other, in sentences made from the summary (paper 1.1-1.3)."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from shanshui.base.step import step
from shanshui.chapters.status.sentences import (
    Sentence,
    area_words,
    function_rows,
    level_rows,
    listed,
    main_zoning,
    moved,
    sentences_table,
)

# Indicators of which the ecological areas' share of the whole is told.
HOLDINGS: dict[str, Sentence] = {
    "area of forest": ("forest", "森林"),
    "area of grassland": ("grassland", "草地"),
    "area of wetland": ("wetland", "湿地"),
    "area of cropland": ("cropland", "农田"),
    "total population": ("people", "常住人口"),
}
# Indicators whose change is told by function, most telling first; those of vegetation follow.
COMPARED: dict[str, Sentence] = {
    "share of ecological land": ("the share of ecological land", "生态用地占比"),
    "area of forest": ("the area of forest", "森林面积"),
    "area of grassland": ("the area of grassland", "草地面积"),
    "area of built": ("the area of built land", "建设用地面积"),
}
VEGETATION: dict[str, Sentence] = {
    "ndvi": ("NDVI", "NDVI"),
    "vegetation cover": ("vegetation cover", "植被覆盖度"),
    "net primary productivity": ("net primary productivity", "净初级生产力"),
    "gross primary productivity": ("gross primary productivity", "总初级生产力"),
    "rain use efficiency": ("rain-use efficiency", "降水利用效率"),
}


@step
def status_findings(status_summary: pd.DataFrame) -> pd.DataFrame:
    """Ecological areas beside urbanisation and agricultural ones, and national beside provincial, in sentences.

    Parameters
    ----------
    status_summary : DataFrame
        Every indicator by group of zones.

    Returns
    -------
    DataFrame
        Columns english and chinese, the most telling sentence first; none where no zone has a function.
    """
    rows = main_zoning(status_summary) if len(status_summary) else status_summary
    compared = [indicator for indicator in COMPARED if indicator in set(rows["indicator"])]
    compared += [name for name in dict.fromkeys(rows["indicator"]) if name.startswith("mean ")]
    frames = [(_words(indicator), rows[rows["indicator"] == indicator]) for indicator in compared]
    return sentences_table(
        [
            *_holdings(rows),
            *(sentence for words, frame in frames for sentence in _by_function(frame, words)),
            *(sentence for words, frame in frames for sentence in _by_level(frame, words)),
        ]
    )


def _words(indicator: str) -> Sentence:
    if indicator in COMPARED:
        return COMPARED[indicator]
    measure = indicator.removeprefix("mean ")
    english, chinese = VEGETATION.get(measure, (measure, measure))
    return f"mean {english}", f"{chinese}均值"


def _holdings(rows: pd.DataFrame) -> Iterator[Sentence]:
    """Tell which share of the whole the ecological areas hold."""
    ecological = rows[(rows["grouping"] == "function") & (rows["group"] == "ecological")].set_index("indicator")
    shares = ecological["share_of_whole_current_percent"].dropna()
    told = [(words, float(shares[indicator])) for indicator, words in HOLDINGS.items() if indicator in shares.index]
    if not told:
        return
    areas, areas_zh = area_words("ecological")
    parts = listed([f"{share:.1f} % of the {words[0]}" for words, share in told])
    parts_zh = "、".join(f"{words[1]}的{share:.1f}%" for words, share in told)
    yield f"{areas.capitalize()} hold {parts}.", f"{areas_zh}拥有{parts_zh}。"


def _by_function(frame: pd.DataFrame, words: Sentence) -> Iterator[Sentence]:
    functions = function_rows(frame)
    if "ecological" in functions.index:
        yield from _beside(functions, words)


def _by_level(frame: pd.DataFrame, words: Sentence) -> Iterator[Sentence]:
    yield from _beside(level_rows(frame), words)


def _beside(rows: pd.DataFrame, words: Sentence) -> Iterator[Sentence]:
    """Say how an indicator moved in each group: in points where it is a percentage, else in percent."""
    points = (rows["unit"] == "percent").any()
    column, unit = ("change", "points") if points else ("change_percent", "%")
    known = rows.dropna(subset=[column])
    if known.empty:
        return
    before, after = int(known["baseline_year"].iloc[0]), int(known["current_year"].iloc[0])
    told = [(area_words(str(name)), moved(row[column], unit)) for name, row in known.iterrows()]
    parts = listed([f"{change[0]} in {areas[0]}" for areas, change in told])
    parts_zh = "，".join(f"{areas[1]}{change[1]}" for areas, change in told)
    yield (
        f"From {before} to {after} {words[0]} {parts}.",
        f"{before}—{after}年，{words[1]}：{parts_zh}。",
    )
