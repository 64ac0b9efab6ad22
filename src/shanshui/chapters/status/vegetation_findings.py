"""How vegetation moved, in sentences made from the tables (paper 1.1)."""

from __future__ import annotations

import pandas as pd

from shanshui.base.step import step
from shanshui.base.zones import OUTSIDE, REGION

# What the measures are called in a sentence, in English and Chinese.
WORDS = {
    "ndvi": ("the vegetation index (NDVI) of the growing season", "生长季植被指数（NDVI）"),
    "vegetation_cover": ("vegetation cover", "植被覆盖度"),
    "net_primary_productivity": ("net primary productivity", "净初级生产力"),
    "gross_primary_productivity": ("gross primary productivity", "总初级生产力"),
    "rain_use_efficiency": ("rain-use efficiency", "降水利用效率"),
}
# So many zones are named before the rest is counted.
NAMED = 5


@step
def vegetation_findings(vegetation_change: pd.DataFrame, vegetation_trend: pd.DataFrame) -> pd.DataFrame:
    """How vegetation moved, in sentences with numbers.

    Parameters
    ----------
    vegetation_change : DataFrame
        Means by zone and measure in two years.
    vegetation_trend : DataFrame
        Trends by zone and measure.

    Returns
    -------
    DataFrame
        Columns english and chinese: change of the region, significant area, residual trend, zones that fall.
    """
    sentences = [*_changes(vegetation_change), *_areas(vegetation_trend), *_falling(vegetation_trend)]
    return pd.DataFrame(sentences, columns=["english", "chinese"])


def _changes(changes: pd.DataFrame) -> list[tuple[str, str]]:
    """Say how the mean of the region changed, for each measure."""
    told = []
    region = changes[(changes["zoning"] == REGION) & (changes["zone"] != OUTSIDE) & changes["change_percent"].notna()]
    for row in region.to_dict("records"):
        english, chinese = WORDS[str(row["measure"])]
        first, last, percent = row["year_from"], row["year_to"], f"{abs(row['change_percent']):.1f}"
        before, after = _written(row["mean_from"]), _written(row["mean_to"])
        if percent == "0.0":
            told.append(
                (
                    f"From {first} to {last}, {english} stayed the same on average ({after}).",
                    f"{first}—{last}年，{chinese}平均值基本不变（{after}）。",
                )
            )
            continue
        moved, moved_zh = ("rose", "上升") if row["change_percent"] > 0 else ("fell", "下降")
        told.append(
            (
                f"From {first} to {last}, the mean of {english} {moved} from {before} to {after}, by {percent} % of "
                "its earlier value.",
                f"{first}—{last}年，{chinese}平均值由{before}{moved_zh}至{after}，相对变化{percent}%。",
            )
        )
    return told


def _written(value: float) -> str:
    """Write a mean in three digits or more, never by powers of ten."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def _areas(trends: pd.DataFrame) -> list[tuple[str, str]]:
    """Say how much of the region rises and falls, and what rain does not explain."""
    told = []
    region = trends[(trends["zoning"] == REGION) & (trends["zone"] != OUTSIDE)]
    for row in region[region["rising_percent"].notna()].to_dict("records"):
        up, down = f"{row['rising_percent']:.1f}", f"{row['falling_percent']:.1f}"
        if row["measure"] == "residual":
            english, chinese = "what rain does not explain of the vegetation of drylands", "旱区剔除降水影响后的植被"
        else:
            english, chinese = WORDS[str(row["measure"])]
        english = english[0].upper() + english[1:]
        if up == down == "0.0":
            told.append(
                (
                    f"{english} rises or falls significantly nowhere, judged for the map as a whole.",
                    f"按全图控制误判率，{chinese}没有显著上升或下降的区域。",
                )
            )
        else:
            told.append(
                (
                    f"{english} rose significantly on {up} % of the area and fell on {down} %.",
                    f"{chinese}显著上升的面积占{up}%，显著下降的占{down}%。",
                )
            )
    return told


def _falling(trends: pd.DataFrame) -> list[tuple[str, str]]:
    """Name the zones whose mean falls, the fastest first."""
    told = []
    zones = trends[(trends["zoning"] != REGION) & (trends["zone"] != OUTSIDE)]
    for (zoning, measure), rows in zones[zones["falling"].astype(bool)].groupby(["zoning", "measure"], sort=False):
        english, chinese = WORDS[str(measure)]
        names = rows.sort_values("slope_percent")["zone_name"].tolist()
        more = len(names) - NAMED
        listed, listed_zh = ", ".join(names[:NAMED]), "、".join(names[:NAMED])
        told.append(
            (
                f"In {len(names)} zone{'s' if len(names) > 1 else ''} of {zoning}, {english} falls significantly: "
                f"{listed}{f' and {more} more' if more > 0 else ''}.",
                f"分区“{zoning}”中有{len(names)}个分区的{chinese}显著下降：{listed_zh}{'等' if more > 0 else ''}。",
            )
        )
    return told
