"""What happened to the land, in sentences made from the tables (paper 1.1)."""

from __future__ import annotations

import pandas as pd

from shanshui.base.step import step
from shanshui.base.zones import OUTSIDE, REGION
from shanshui.data.legends import ecosystem_scheme

# A zone counts as losing or gaining ecological land when its share moves by at least so many points.
NOTEWORTHY_POINTS = 0.05


@step
def land_findings(
    land_change: pd.DataFrame, ecological_land_share: pd.DataFrame, *, baseline_year: int, current_year: int
) -> pd.DataFrame:
    """What changed between the baseline and the current year, in sentences with numbers.

    Parameters
    ----------
    land_change : DataFrame
        Changes by zone and class [ha].
    ecological_land_share : DataFrame
        Share of ecological land by zone and year [percent].
    baseline_year, current_year : int
        The two years.

    Returns
    -------
    DataFrame
        Columns english and chinese, the most telling sentence first.
    """
    changes = land_change[
        (land_change["year_from"] == baseline_year)
        & (land_change["year_to"] == current_year)
        & (land_change["keyed_by"] == "ecosystem")
        & (land_change["class_code"] != "")
    ]
    whole = changes[changes["zoning"] == REGION].sort_values("change_ha", ignore_index=True)
    sentences = [
        *_share(ecological_land_share, baseline_year, current_year),
        *_gains_and_losses(whole, baseline_year, current_year),
        *_zones(ecological_land_share, baseline_year, current_year),
    ]
    return pd.DataFrame(sentences, columns=["english", "chinese"])


def _share(shares: pd.DataFrame, before: int, after: int) -> list[tuple[str, str]]:
    region = shares[shares["zoning"] == REGION].set_index("year")["share_percent"]
    if before not in region.index or after not in region.index:
        return []
    old, new = region[before], region[after]
    moved = f"{abs(new - old):.1f}"
    if moved == "0.0":
        return [
            (
                f"Ecological land kept its share of {new:.1f} % from {before} to {after}.",
                f"{before}—{after}年，生态用地占比保持在{new:.1f}%。",
            )
        ]
    word, zh = ("rose", "上升") if new > old else ("fell", "下降")
    return [
        (
            f"Ecological land {word} from {old:.1f} % of the land in {before} to {new:.1f} % in {after}, "
            f"by {moved} points.",
            f"{before}—{after}年，生态用地占比由{old:.1f}%{zh}至{new:.1f}%，变化{moved}个百分点。",
        )
    ]


def _gains_and_losses(whole: pd.DataFrame, before: int, after: int) -> list[tuple[str, str]]:
    chinese = ecosystem_scheme().drop_duplicates("level1").set_index("ecosystem")["ecosystem_zh"]
    sentences = []
    for row, verb, zh in ((whole.tail(1), "gained", "增加"), (whole.head(1), "lost", "减少")):
        if row.empty:
            continue
        change, percent = float(row["change_ha"].iloc[0]), float(row["change_percent"].iloc[0])
        gained = verb == "gained"
        if round(change) == 0 or gained != (change > 0):
            continue
        name = str(row["class_name"].iloc[0])
        known = percent == percent
        share, share_zh = (f" ({percent:+.1f} %)", f"（{percent:+.1f}%）") if known else ("", "")
        sentences.append(
            (
                f"{name.capitalize()} {verb} most: {abs(change):,.0f} ha{share} between {before} and {after}.",
                f"{before}—{after}年，{chinese.get(name, name)}{zh}最多，达{abs(change):,.0f}公顷{share_zh}。",
            )
        )
    return sentences


def _zones(shares: pd.DataFrame, before: int, after: int) -> list[tuple[str, str]]:
    sentences = []
    parts = shares[(shares["zoning"] != REGION) & (shares["zone"] != OUTSIDE)]
    for zoning, frame in parts.groupby("zoning", sort=False):
        by_year = frame.pivot_table(index=["zone", "zone_name"], columns="year", values="share_percent", sort=False)
        if before not in by_year or after not in by_year:
            continue
        moved = (by_year[after] - by_year[before]).dropna().sort_values(kind="stable")
        falling = moved[moved < -NOTEWORTHY_POINTS]
        if len(moved) > 0:
            sentences.append(_of_zoning(str(zoning), moved, falling))
    return sentences


def _of_zoning(zoning: str, moved: pd.Series[float], falling: pd.Series[float]) -> tuple[str, str]:
    """Tell in how many zones of a zoning the share fell, and where furthest."""
    zone, name = (str(word) for word in moved.index[0])
    # A bare number says nothing without a word.
    worst, worst_zh = (f"zone {zone}", f"{zone}号分区") if name.isdigit() else (name, name)
    points = float(moved.iloc[0])
    if len(moved) == 1:
        return (
            f"In {worst} ({zoning}) the share of ecological land changed by {points:+.1f} points.",
            f"{worst_zh}（{zoning}）的生态用地占比变化{points:+.1f}个百分点。",
        )
    if falling.empty:
        return (
            f"None of the {len(moved)} zones of '{zoning}' lost share of ecological land.",
            f"“{zoning}”的{len(moved)}个分区生态用地占比均未下降。",
        )
    whole = len(falling) == len(moved)
    count = f"all {len(moved)}" if whole else f"{len(falling)} of the {len(moved)}"
    count_zh = "全部" if whole else f"中有{len(falling)}个"
    return (
        f"In {count} zones of '{zoning}' the share of ecological land fell, "
        f"furthest in {worst} ({points:+.1f} points).",
        f"“{zoning}”的{len(moved)}个分区{count_zh}生态用地占比下降，降幅最大的是{worst_zh}（{points:+.1f}个百分点）。",
    )
