"""Degradation of wetland: area lost, and how much its water is fed with nutrients (paper 2.2, 3.1)."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from shanshui.base.step import step
from shanshui.chapters.fragility.legends import COLUMNS, degradation_legend
from shanshui.science.grading import grades

# Marsh, woody wetland, mudflat and lake; water whose kind is not told may be lake. No rivers, reservoirs and sea.
WETLAND = (40, 41, 42, 43, 90, 91)
ZONE = ["zoning", "zone", "zone_name"]
# Intercept and slope of the trophic level on the natural logarithm of what is measured.
CHLOROPHYLL, PHOSPHORUS, NITROGEN = (2.5, 1.086), (9.436, 1.624), (5.453, 1.694)
TRANSPARENCY, PERMANGANATE = (5.118, -1.94), (0.109, 2.661)
TROPHIC_STATES = (
    (1, "oligotrophic", "贫营养", "#f1eef6"),
    (2, "mesotrophic", "中营养", "#bdc9e1"),
    (3, "lightly eutrophic", "轻度富营养", "#74a9cf"),
    (4, "moderately eutrophic", "中度富营养", "#2b8cbe"),
    (5, "severely eutrophic", "重度富营养", "#045a8d"),
)
# Of the grades of HJ 1174-2021 with shared edges, the first edge belongs to the worse grade, the others to the milder.
_AT = (True, False, False, False)


@step
def wetland_loss(
    land_change: pd.DataFrame,
    *,
    light_wetland_loss: float,
    moderate_wetland_loss: float,
    severe_wetland_loss: float,
    extreme_wetland_loss: float,
) -> pd.DataFrame:
    """Wetland lost in each zone between any two years, and the grade of its degradation.

    Parameters
    ----------
    land_change : DataFrame
        Areas of each class in two years, by zone [ha].
    light_wetland_loss, moderate_wetland_loss, severe_wetland_loss, extreme_wetland_loss : float
        Loss from which degradation is light, above which it is moderate, severe, extreme [percent].

    Returns
    -------
    DataFrame
        One row a zone and pair of years in which the zone had wetland in the earlier one; areas in hectares, the loss
        in percent of the earlier area, below 0 where wetland grew.

    Notes
    -----
    loss = (earlier - later area) / earlier area x 100 (HJ 1174-2021, annex A.6): lakes and marshes. The loss is net:
    wetland won in one place stands for wetland lost in another of the same zone.
    """
    # Codes are text; that of cells without data is empty.
    codes = pd.to_numeric(land_change["class_code"], errors="coerce")
    rows = land_change[(land_change["keyed_by"] == "ecosystem_type") & codes.isin(WETLAND)]
    labels = [*ZONE, "year_from", "year_to"]
    table = rows.groupby(labels, sort=False, dropna=False)[["area_from_ha", "area_to_ha"]].sum().reset_index()
    table = table[table["area_from_ha"] > 0].reset_index(drop=True)
    table["lost_ha"] = table["area_from_ha"] - table["area_to_ha"]
    table["loss_percent"] = 100.0 * table["lost_ha"] / table["area_from_ha"]
    breaks = (light_wetland_loss, moderate_wetland_loss, severe_wetland_loss, extreme_wetland_loss)
    table["grade"] = grades(table["loss_percent"].to_numpy(np.float32)[None], breaks, _AT)[0]
    legend = degradation_legend("none", "未退化")
    table["grade_name"] = table["grade"].map(legend.set_index("code")["name"])
    return table


@step(gives="trophic_state", method="hj1174_2021")
def trophic_state_of_hj1174(
    chlorophyll_a: NDArray[np.float32],
    total_phosphorus: NDArray[np.float32],
    total_nitrogen: NDArray[np.float32],
    permanganate_index: NDArray[np.float32],
    *,
    phosphorus_correlation: float,
    nitrogen_correlation: float,
    permanganate_correlation: float,
) -> NDArray[np.float32]:
    """Trophic level of water bodies by four measures.

    Parameters
    ----------
    chlorophyll_a : float32 ndarray (rows, columns)
        Chla [mg/m3].
    total_phosphorus, total_nitrogen, permanganate_index : float32 ndarray (rows, columns)
        TP, TN and CODMn [mg/L].
    phosphorus_correlation, nitrogen_correlation, permanganate_correlation : float
        Correlation of each with chlorophyll a in the lakes of China [1].

    Returns
    -------
    float32 ndarray (rows, columns)
        TLI, mostly 0 to 100; NaN where a measure is missing or not above 0.

    Notes
    -----
    TLI = sum W TLI(j) (HJ 1174-2021, annex A.6, equations A.5 to A.9): TLI(Chla) = 10 (2.5 + 1.086 ln Chla),
    TLI(TP) = 10 (9.436 + 1.624 ln TP), TLI(TN) = 10 (5.453 + 1.694 ln TN), TLI(CODMn) = 10 (0.109 + 2.661 ln CODMn).
    The standard does not give the weights: W = r^2 / sum r^2 with the correlations r with chlorophyll a, as in the
    rules of the national monitoring centre that it follows.
    """
    return _trophic_level(
        (chlorophyll_a, CHLOROPHYLL, 1.0),
        (total_phosphorus, PHOSPHORUS, phosphorus_correlation),
        (total_nitrogen, NITROGEN, nitrogen_correlation),
        (permanganate_index, PERMANGANATE, permanganate_correlation),
    )


@step(gives="trophic_state", method="monitoring_centre")
def trophic_state_of_monitoring_centre(
    chlorophyll_a: NDArray[np.float32],
    total_phosphorus: NDArray[np.float32] | None = None,
    total_nitrogen: NDArray[np.float32] | None = None,
    transparency: NDArray[np.float32] | None = None,
    permanganate_index: NDArray[np.float32] | None = None,
    *,
    phosphorus_correlation: float,
    nitrogen_correlation: float,
    transparency_correlation: float,
    permanganate_correlation: float,
) -> NDArray[np.float32]:
    """Trophic level of water bodies by chlorophyll and what else there is of five measures.

    Parameters
    ----------
    chlorophyll_a : float32 ndarray (rows, columns)
        Chla [mg/m3].
    total_phosphorus, total_nitrogen, permanganate_index : float32 ndarray (rows, columns), optional
        TP, TN and CODMn [mg/L].
    transparency : float32 ndarray (rows, columns), optional
        SD, depth to which a white disk is seen [m].
    phosphorus_correlation, nitrogen_correlation, transparency_correlation, permanganate_correlation : float
        Correlation of each with chlorophyll a in the lakes of China [1].

    Returns
    -------
    float32 ndarray (rows, columns)
        TLI, mostly 0 to 100; NaN where a measure that the study has is missing or not above 0.

    Notes
    -----
    Rules of the national monitoring centre for grading the eutrophication of lakes and reservoirs, as quoted in
    authorea.com/users/665984/articles/667014: as HJ 1174-2021, with TLI(SD) = 10 (5.118 - 1.94 ln SD). Weights are
    those of the measures that there are.
    """
    parts = (
        (chlorophyll_a, CHLOROPHYLL, 1.0),
        (total_phosphorus, PHOSPHORUS, phosphorus_correlation),
        (total_nitrogen, NITROGEN, nitrogen_correlation),
        (transparency, TRANSPARENCY, transparency_correlation),
        (permanganate_index, PERMANGANATE, permanganate_correlation),
    )
    return _trophic_level(*((measured, line, weight) for measured, line, weight in parts if measured is not None))


@step
def trophic_state_grade(
    trophic_state: NDArray[np.float32],
    *,
    mesotrophic_level: float,
    light_eutrophic_level: float,
    moderate_eutrophic_level: float,
    severe_eutrophic_level: float,
) -> NDArray[np.int32]:
    """Grade of the trophic state of water bodies.

    Parameters
    ----------
    trophic_state : float32 ndarray (rows, columns)
        TLI.
    mesotrophic_level : float
        TLI from which it is mesotrophic.
    light_eutrophic_level, moderate_eutrophic_level, severe_eutrophic_level : float
        TLI above which it is lightly, moderately, severely eutrophic.

    Returns
    -------
    int32 ndarray (rows, columns)
        1 oligotrophic, 2 mesotrophic, 3 lightly, 4 moderately, 5 severely eutrophic; -1 no data. As degradation of
        wetland: none, light, moderate, severe, extreme.

    Notes
    -----
    HJ 1174-2021, annex A.6 and table A.6: TLI < 30, to 50, to 60, to 70, above; the edges are the standard's.
    """
    breaks = (mesotrophic_level, light_eutrophic_level, moderate_eutrophic_level, severe_eutrophic_level)
    return grades(trophic_state, breaks, _AT)


@step
def trophic_state_grade_legend() -> pd.DataFrame:
    """Legend of the trophic state of water bodies.

    Returns
    -------
    DataFrame
        Columns code, name, name_zh, colour.
    """
    return pd.DataFrame(TROPHIC_STATES, columns=COLUMNS)


def _trophic_level(*parts: tuple[NDArray[np.float32], tuple[float, float], float]) -> NDArray[np.float32]:
    """Weigh 10 (a + b ln x) of every measure by the square of its correlation."""
    total = np.zeros(parts[0][0].shape, np.float32)
    weights = sum(correlation**2 for _, _, correlation in parts)
    for measured, (intercept, slope), correlation in parts:
        share = 10.0 * correlation**2 / weights
        level = np.log(np.where(measured > 0, measured, np.float32(np.nan)))
        total += np.float32(share * intercept) + np.float32(share * slope) * level
    return total
