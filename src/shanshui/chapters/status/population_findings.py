"""What happened to the population, in sentences made from the tables (paper 1.2)."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from shanshui.base.step import step
from shanshui.base.zones import OUTSIDE, REGION
from shanshui.chapters.status.groups import ALL, BOTH, NOT_GIVEN, ONE_YEAR, chosen_years
from shanshui.chapters.status.sentences import (
    Sentence,
    area_words,
    counted_of,
    function_rows,
    level_rows,
    main_zoning,
    moved,
    named,
    sentences_table,
)


@step
def population_findings(
    population_change: pd.DataFrame,
    population_summary: pd.DataFrame,
    *,
    baseline_year: int,
    current_year: int,
    year_tolerance: float,
    much_loss_percent: float,
) -> pd.DataFrame:
    """How the population changed from the baseline to the current year, in sentences with numbers.

    Parameters
    ----------
    population_change : DataFrame
        Change by zone [persons].
    population_summary : DataFrame
        Population by group [persons].
    baseline_year, current_year : int
        The two years; the nearest years of the population are taken, and named.
    year_tolerance : float
        How far these may be from the two years [years].
    much_loss_percent : float
        The loss beyond which zones are named [percent].

    Returns
    -------
    DataFrame
        Columns english and chinese, the most telling sentence first.
    """
    wanted = baseline_year, current_year, year_tolerance
    groups, zones = chosen_years(population_summary, *wanted), chosen_years(population_change, *wanted)
    if groups is None or zones is None:
        return sentences_table([])
    main = main_zoning(groups)
    parts = [(str(zoning), rows) for zoning, rows in zones.groupby("zoning", sort=False)]
    return sentences_table(
        [
            *_functions(main),
            *(sentence for zoning, rows in parts for sentence in _losing(zoning, rows, much_loss_percent)),
            *_whole(groups),
            *_levels(main),
            *_distance(main),
            *(sentence for zoning, rows in parts for sentence in _unknown(zoning, rows)),
        ]
    )


def _years(rows: pd.DataFrame) -> tuple[int, int]:
    return int(rows["year_from"].iloc[0]), int(rows["year_to"].iloc[0])


def _functions(rows: pd.DataFrame) -> Iterator[Sentence]:
    """Put the change of ecological areas beside that of the others."""
    functions = function_rows(rows).dropna(subset=["total_change_percent"])
    if "ecological" not in functions.index:
        return
    before, after = _years(rows)
    ecological = functions.to_dict("index")["ecological"]
    change, change_zh = moved(ecological["total_change_percent"])
    others = [
        (area_words(str(name)), moved(row["total_change_percent"])) for name, row in functions.iloc[1:].iterrows()
    ]
    beside = "".join(f", while that of {area[0]} {word[0]}" for area, word in others[:1])
    beside += "".join(f" and that of {area[0]} {word[0]}" for area, word in others[1:])
    beside_zh = "".join(f"，{area[1]}{word[1]}" for area, word in others)
    areas, areas_zh = area_words("ecological")
    yield (
        f"From {before} to {after} the population of {areas} {change}{beside}; the share of the whole that lives "
        f"there went from {ecological['share_from_percent']:.1f} % to {ecological['share_to_percent']:.1f} %.",
        f"{before}—{after}年，{areas_zh}常住人口{change_zh}{beside_zh}；{areas_zh}人口占比由"
        f"{ecological['share_from_percent']:.1f}%变为{ecological['share_to_percent']:.1f}%。",
    )


def _losing(zoning: str, rows: pd.DataFrame, much_loss_percent: float) -> Iterator[Sentence]:
    """Tell how many zones of a zoning lose people, and name those that lose much."""
    compared = rows[(rows["counted"] == BOTH) & (rows["zone"] != OUTSIDE)]
    if len(compared) < 2:
        return
    before, after = _years(rows)
    losing = compared[compared["loses"]]
    much = losing[losing["loses_much"]].sort_values("total_change_percent", kind="stable")
    if losing.empty:
        yield (
            f"None of the {len(compared)} zones of '{zoning}' lost people from {before} to {after}.",
            f"{before}—{after}年，“{zoning}”的{len(compared)}个分区人口均未减少。",
        )
        return
    count, count_zh = counted_of(len(losing), len(compared))
    limit = f"{much_loss_percent:g}"
    if much.empty:
        most, most_zh = f"none of these lost more than {limit} %", f"其中无一减少超过{limit}%"
    else:
        names, names_zh = named(much["zone_name"])
        most = f"{len(much)} of these lost more than {limit} %: {names}"
        most_zh = f"其中{len(much)}个减少超过{limit}%：{names_zh}"
    yield (
        f"In '{zoning}', {count} lost people from {before} to {after}; {most}.",
        f"{before}—{after}年，“{zoning}”的{count_zh}人口减少，{most_zh}。",
    )


def _whole(groups: pd.DataFrame) -> Iterator[Sentence]:
    """Tell the change of the whole, of the region where it has figures of its own, and its urban share."""
    rows = groups[groups["grouping"] == ALL].dropna(subset=["total_change_percent"])
    rows = rows.iloc[(rows["zoning"] != REGION).argsort(kind="stable")].head(1)
    for row in rows.to_dict("records"):
        where, where_zh = (
            ("the region", "全区") if row["zoning"] == REGION else (f"'{row['zoning']}'", f"“{row['zoning']}”")
        )
        if row["zones_compared"] < row["zones"]:
            where += f" (the {row['zones_compared']} zones with figures in both years)"
            where_zh += f"（两年均有数据的{row['zones_compared']}个分区）"
        change, change_zh = moved(row["total_change_percent"])
        urban = urban_zh = ""
        ends = row["urban_share_from_percent"], row["urban_share_to_percent"]
        if not any(pd.isna(end) for end in ends):
            urban = f"; the urban share went from {ends[0]:.1f} % to {ends[1]:.1f} %"
            urban_zh = f"；城镇人口比重由{ends[0]:.1f}%变为{ends[1]:.1f}%"
        people = f"{row['total_from_persons']:,.0f}", f"{row['total_to_persons']:,.0f}"
        yield (
            f"The population of {where} {change} from {row['year_from']} to {row['year_to']}, "
            f"from {people[0]} to {people[1]} persons{urban}.",
            f"{row['year_from']}—{row['year_to']}年，{where_zh}常住人口由{people[0]}人变为{people[1]}人，"
            f"{change_zh}{urban_zh}。",
        )


def _levels(rows: pd.DataFrame) -> Iterator[Sentence]:
    """Put national ecological areas beside provincial ones."""
    levels = level_rows(rows).dropna(subset=["total_change_percent"])
    if len(levels) < 2:
        return
    (one, one_zh), (other, other_zh) = (moved(change) for change in levels["total_change_percent"])
    (national, national_zh), (provincial, provincial_zh) = (area_words(name) for name in levels.index)
    yield (
        f"In {national} the population {one}, in {provincial} it {other}.",
        f"{national_zh}常住人口{one_zh}，{provincial_zh}{other_zh}。",
    )


def _distance(rows: pd.DataFrame) -> Iterator[Sentence]:
    """Put the zones nearest to urban agglomerations beside the farthest."""
    bands = rows[(rows["grouping"] == "urban distance") & (rows["group"] != NOT_GIVEN)]
    bands = bands.dropna(subset=["total_change_percent"])
    if len(bands) < 2:
        return
    near, far = bands.iloc[0], bands.iloc[-1]
    (one, one_zh), (other, other_zh) = (moved(band["total_change_percent"]) for band in (near, far))
    where = "in or next to" if near["group"] == "0 km" else f"{near['group']} from"
    yield (
        f"{where[0].upper()}{where[1:]} urban agglomerations the population {one}, "
        f"{far['group']} from them it {other}.",
        f"距城市群{_distance_zh(near['group'])}的分区常住人口{one_zh}，{_distance_zh(far['group'])}的分区{other_zh}。",
    )


def _distance_zh(band: str) -> str:
    words = band.split()
    if words[0] == "beyond":
        return f"{words[1]}公里以外"
    if words[0] == "up":
        return f"{words[2]}公里以内"
    return f"{words[0]}—{words[2]}公里" if len(words) > 2 else "0公里（相接或在内）"


def _unknown(zoning: str, rows: pd.DataFrame) -> Iterator[Sentence]:
    """Name the zones with figures in one year only: their people are left out of every comparison."""
    single = rows[rows["counted"] == ONE_YEAR]
    if single.empty:
        return
    before, after = _years(rows)
    names, names_zh = named(single["zone_name"])
    yield (
        f"Of '{zoning}', {len(single)} zone{'s have' if len(single) > 1 else ' has'} figures in only one of the years "
        f"{before} and {after} and cannot be compared: {names}.",
        f"“{zoning}”有{len(single)}个分区仅有{before}年或{after}年的数据，未参与比较：{names_zh}。",
    )
