"""How the economy stands, in sentences made from the tables (paper 1.3)."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from shanshui.base.step import step
from shanshui.chapters.status.groups import ALL, chosen_years
from shanshui.chapters.status.sentences import (
    FUNCTION_AREAS,
    Sentence,
    area_words,
    counted_of,
    function_rows,
    listed,
    main_zoning,
    sentences_table,
)

# How each measure is called in a sentence.
WORDS: dict[str, Sentence] = {
    "gross domestic product per head": ("The product per head", "人均地区生产总值"),
    "public budget expenditure per head": ("Public budget expenditure per head", "人均一般公共预算支出"),
}
REFERENCES: dict[str, Sentence] = {
    "national average": ("the national average", "全国平均水平"),
    "mean of all zones": ("the mean of all zones", "各分区平均水平"),
}


@step
def economy_findings(
    economy_summary: pd.DataFrame, *, baseline_year: int, current_year: int, year_tolerance: float
) -> pd.DataFrame:
    """How the economy of ecological areas stands beside that of others, in sentences with numbers.

    Parameters
    ----------
    economy_summary : DataFrame
        Economy by group [yuan, yuan a person].
    baseline_year, current_year : int
        The two years; the nearest years of the economy are taken, and named.
    year_tolerance : float
        How far these may be from the two years [years].

    Returns
    -------
    DataFrame
        Columns english and chinese, the most telling sentence first.
    """
    chosen = chosen_years(economy_summary, baseline_year, current_year, year_tolerance)
    if chosen is None:
        return sentences_table([])
    rows = main_zoning(chosen)
    per_head = [(words, rows[rows["measure"] == measure]) for measure, words in WORDS.items()]
    return sentences_table(
        [
            *(sentence for words, frame in per_head for sentence in _beside_cities(frame, words)),
            *(sentence for words, frame in per_head for sentence in _below_average(frame, words)),
            *_growth(rows),
        ]
    )


def _beside_cities(frame: pd.DataFrame, words: Sentence) -> Iterator[Sentence]:
    """Put the value per head of ecological areas in percent of that of urbanisation areas."""
    columns = ["of_urbanisation_mean_from_percent", "of_urbanisation_mean_to_percent"]
    for row in function_rows(frame).dropna(subset=columns).head(1).itertuples():
        if row.Index == "urbanisation":
            continue
        (areas, areas_zh), (cities, cities_zh) = area_words(str(row.Index)), area_words("urbanisation")
        then, now = row.of_urbanisation_mean_from_percent, row.of_urbanisation_mean_to_percent
        yield (
            f"{words[0]} of {areas} was {now:.1f} % of that of {cities} in {row.year_to}, "
            f"against {then:.1f} % in {row.year_from}.",
            f"{row.year_to}年，{areas_zh}{words[1]}为{cities_zh}的{now:.1f}%（{row.year_from}年为{then:.1f}%）。",
        )


def _below_average(frame: pd.DataFrame, words: Sentence) -> Iterator[Sentence]:
    """Tell in how many zones the value per head is below the average; in ecological areas, or in all."""
    rows = pd.concat([frame[frame["group"] == "ecological"], frame[frame["grouping"] == ALL]])
    for row in rows[rows["zones"] > 1].head(1).to_dict("records"):
        count, count_zh = counted_of(row["zones_below_average_to"], row["zones"])
        average, average_zh = REFERENCES[row["reference"]]
        areas, areas_zh = area_words(row["group"]) if row["group"] in FUNCTION_AREAS else ("the region", "全区")
        yield (
            f"{words[0]} was below {average} in {count} of {areas} in {row['year_to']}.",
            f"{row['year_to']}年，{areas_zh}{count_zh}{words[1]}低于{average_zh}。",
        )


def _growth(rows: pd.DataFrame) -> Iterator[Sentence]:
    """Tell how fast the product grew, by function where there are functions."""
    product = rows[rows["measure"] == "gross domestic product"].dropna(subset=["change_a_year_percent"])
    if product.empty:
        return
    before, after = int(product["year_from"].iloc[0]), int(product["year_to"].iloc[0])
    current = product["prices"].iloc[0] == "current prices"
    prices = "at current prices" if current else f"at {product['prices'].iloc[0]}"
    prices_zh = "按当年价" if current else f"按{prices.split()[-1]}年价格"
    functions = function_rows(product)
    if functions.empty:
        rate = float(product[product["grouping"] == ALL]["change_a_year_percent"].iloc[0])
        yield (
            f"The product changed by {rate:+.1f} % a year from {before} to {after}, {prices}.",
            f"{before}—{after}年，地区生产总值年均增长{rate:.1f}%（{prices_zh}）。",
        )
        return
    named = [(area_words(str(name)), row) for name, row in functions.iterrows()]
    rates = [f"{row['change_a_year_percent']:+.1f} % a year in {areas}" for (areas, _), row in named]
    rates_zh = [f"{areas}{row['change_a_year_percent']:.1f}%" for (_, areas), row in named]
    (first, first_zh), row = named[0]
    yield (
        f"The product changed by {listed(rates)} from {before} to {after}, {prices}; {first} made "
        f"{row['share_to_percent']:.1f} % of it in {after}, against {row['share_from_percent']:.1f} % in {before}.",
        f"{before}—{after}年，地区生产总值年均增长率：{'、'.join(rates_zh)}（{prices_zh}）；{first_zh}所占比重由"
        f"{row['share_from_percent']:.1f}%变为{row['share_to_percent']:.1f}%。",
    )
