"""Flood mitigation: storm rain that vegetation, marshes, lakes and reservoirs hold back (paper 2.1, 3.1)."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from shanshui.base.step import step
from shanshui.science.lookup import values_of_codes
from shanshui.science.runoff import retained_by_curve_number, storm_totals

# First-level codes of what counts as vegetation here: forest, shrub, grassland.
VEGETATION = (1, 2, 3)
# Second-level codes of what counts as marsh: wetland whose kind is not told, marsh, woody wetland; no mudflat, which
# the tide fills.
MARSH = (40, 41, 42)
_GROUPS = {1: "group_a", 2: "group_b", 3: "group_c", 4: "group_d"}


@step
def storm_precipitation(
    daily_precipitation: Iterable[NDArray[np.float32]], *, storm_threshold: float
) -> NDArray[np.float32]:
    """Rain of the year's storm days.

    Parameters
    ----------
    daily_precipitation : iterable of float32 ndarray (days, rows, columns)
        Rain of the days of the 24 half-months [mm].
    storm_threshold : float
        A day with so much rain or more is a storm day [mm].

    Returns
    -------
    float32 ndarray (rows, columns)
        Rain [mm]; NaN where a day has no data.
    """
    return storm_totals(daily_precipitation, storm_threshold)[0]


@step
def storm_days(daily_precipitation: Iterable[NDArray[np.float32]], *, storm_threshold: float) -> NDArray[np.float32]:
    """Number of the year's storm days.

    Parameters
    ----------
    daily_precipitation : iterable of float32 ndarray (days, rows, columns)
        Rain of the days of the 24 half-months [mm].
    storm_threshold : float
        A day with so much rain or more is a storm day [mm].

    Returns
    -------
    float32 ndarray (rows, columns)
        Days; NaN where a day has no data.
    """
    return storm_totals(daily_precipitation, storm_threshold)[1]


@step
def storm_runoff_coefficient(runoff_coefficient: NDArray[np.float32]) -> NDArray[np.float32]:
    """Share of storm rain that runs off, taken as that of all rain where a study gives no other.

    Parameters
    ----------
    runoff_coefficient : float32 ndarray (rows, columns)
        Surface runoff over rain, of all rain.

    Returns
    -------
    float32 ndarray (rows, columns)
        Runoff over rain of storm days. Storms run off more than other rain, so this overstates what is held back.
    """
    return runoff_coefficient


@step
def storm_runoff(
    storm_precipitation: NDArray[np.float32], storm_runoff_coefficient: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Storm rain that runs off over the ground.

    Parameters
    ----------
    storm_precipitation : float32 ndarray (rows, columns)
        Rain of the year's storm days [mm].
    storm_runoff_coefficient : float32 ndarray (rows, columns)
        Runoff over rain of storm days.

    Returns
    -------
    float32 ndarray (rows, columns)
        Runoff [mm].
    """
    return storm_precipitation * storm_runoff_coefficient


@step(gives="flood_mitigation", method="storm_storage")
def flood_mitigation_by_storage(
    storm_precipitation: NDArray[np.float32],
    storm_runoff: NDArray[np.float32],
    ecosystem: NDArray[np.int32],
    *,
    marsh_water_depth: float,
    marsh_water_share: float,
) -> NDArray[np.float32]:
    """Storm rain that forest, shrub and grassland hold back, and water that marshes can take up.

    Parameters
    ----------
    storm_precipitation, storm_runoff : float32 ndarray (rows, columns)
        Rain of the year's storm days, and what of it runs off [mm].
    ecosystem : int32 ndarray (rows, columns)
        Second-level codes; -1 where there is no data.
    marsh_water_depth : float
        Depth of water that a marsh can hold [m].
    marsh_water_share : float
        Share of the marsh that can take it up.

    Returns
    -------
    float32 ndarray (rows, columns)
        Water held back [mm]; 0 on other land, NaN where rain or ecosystem have no data.

    Notes
    -----
    Vegetation: ``P - R`` of the storm days, as accounts of ecosystem products have it. Marsh: depth x share (Baima
    Zhuoga et al. 2017, ChinaXiv-201711.00120, whose printed formula lacks the share of 0.7 that its result needs, and
    whose unit of 10^4 m3 is m3).
    """
    vegetation = np.isin(ecosystem // 10, VEGETATION)
    held = np.where(vegetation, storm_precipitation - storm_runoff, storm_precipitation * np.float32(0.0))
    return _with_marsh(held, ecosystem, marsh_water_depth * marsh_water_share)


@step(gives="flood_mitigation", method="curve_number")
def flood_mitigation_by_curve_number(
    daily_precipitation: Iterable[NDArray[np.float32]],
    curve_number: NDArray[np.float32],
    ecosystem: NDArray[np.int32],
    *,
    storm_threshold: float,
    marsh_water_depth: float,
    marsh_water_share: float,
) -> NDArray[np.float32]:
    """Storm rain that does not run off by the curve number, and water that marshes can take up.

    Parameters
    ----------
    daily_precipitation : iterable of float32 ndarray (days, rows, columns)
        Rain of the days of the 24 half-months [mm].
    curve_number : float32 ndarray (rows, columns)
        Curve number, 0 to 100.
    ecosystem : int32 ndarray (rows, columns)
        Second-level codes; -1 where there is no data.
    storm_threshold : float
        A day with so much rain or more is a storm day [mm].
    marsh_water_depth : float
        Depth of water that a marsh can hold [m].
    marsh_water_share : float
        Share of the marsh that can take it up.

    Returns
    -------
    float32 ndarray (rows, columns)
        Water held back [mm], on all land; marshes as in the method storm_storage.

    Notes
    -----
    Per storm day ``Q = (P - 0.2 S)^2 / (P + 0.8 S)`` where P > 0.2 S, else 0, ``S = 25400 / CN - 254`` (USDA 1986,
    TR-55); held back is P - Q, summed over the storm days.
    """
    held = retained_by_curve_number(daily_precipitation, curve_number, storm_threshold)
    return _with_marsh(held, ecosystem, marsh_water_depth * marsh_water_share)


@step
def hydrologic_soil_groups() -> pd.DataFrame:
    """Hydrologic soil group by texture, as it comes with shanshui.

    Returns
    -------
    DataFrame
        One row a texture class: texture, name, group (1 is A, 4 is D), unit, source, status.
    """
    return pd.read_csv(Path(__file__).with_name("hydrologic_soil_group.csv"))


@step
def hydrologic_soil_group(soil_texture: NDArray[np.int32], hydrologic_soil_groups: pd.DataFrame) -> NDArray[np.int32]:
    """Hydrologic soil group of the soil's texture.

    Parameters
    ----------
    soil_texture : int32 ndarray (rows, columns)
        Texture class of USDA, 1 sand to 12 clay; -1 where there is no data.
    hydrologic_soil_groups : DataFrame
        The table that comes with shanshui.

    Returns
    -------
    int32 ndarray (rows, columns)
        1 (A, lets much water in) to 4 (D); -1 where there is no data.

    Notes
    -----
    USDA (1986), TR-55, appendix A; a sealing layer or a high water table is not known to it.
    """
    table = hydrologic_soil_groups
    groups = values_of_codes(soil_texture, table["texture"].to_numpy(), table["group"].to_numpy())
    return np.where(np.isnan(groups), -1.0, groups).astype(np.int32)


@step
def hydrologic_soil_group_legend() -> pd.DataFrame:
    """Legend of the hydrologic soil groups.

    Returns
    -------
    DataFrame
        Columns code, name, name_zh, colour.
    """
    rows = [
        (1, "A: high infiltration", "A组（入渗快）", "#fde725"),
        (2, "B: moderate infiltration", "B组（入渗较快）", "#35b779"),
        (3, "C: low infiltration", "C组（入渗较慢）", "#31688e"),
        (4, "D: very low infiltration", "D组（入渗慢）", "#440154"),
    ]
    return pd.DataFrame(rows, columns=["code", "name", "name_zh", "colour"])


@step
def curve_numbers() -> pd.DataFrame:
    """Curve numbers by ecosystem and hydrologic soil group, as they come with shanshui.

    Returns
    -------
    DataFrame
        One row a second-level ecosystem: level2, name, group_a to group_d, unit, source, status.
    """
    return pd.read_csv(Path(__file__).with_name("curve_number.csv"))


@step(gives="curve_number", method="ecosystem")
def curve_number_of_ecosystem(
    ecosystem: NDArray[np.int32], hydrologic_soil_group: NDArray[np.int32], curve_numbers: pd.DataFrame
) -> NDArray[np.float32]:
    """Curve number of ecosystem and soil.

    Parameters
    ----------
    ecosystem : int32 ndarray (rows, columns)
        Second-level codes; -1 where there is no data.
    hydrologic_soil_group : int32 ndarray (rows, columns)
        1 to 4; -1 where there is no data.
    curve_numbers : DataFrame
        The table that comes with shanshui.

    Returns
    -------
    float32 ndarray (rows, columns)
        Curve number, 0 to 100. Where all groups have the same number, as on water, the group need not be known.

    Notes
    -----
    USDA (1986), TR-55, table 2-2, average runoff condition; which line stands for which ecosystem says the table.
    """
    codes, values = [], []
    for row in curve_numbers.to_dict("records"):
        numbers = {group: row[column] for group, column in _GROUPS.items()}
        if len(set(numbers.values())) == 1:
            numbers[-1] = row["group_a"]
        codes += [10 * row["level2"] + group for group in numbers]
        values += list(numbers.values())
    return values_of_codes(10 * ecosystem + hydrologic_soil_group, codes, values)


def is_marsh(ecosystem: NDArray[np.int32]) -> NDArray[np.bool_]:
    """Tell which cells count as marsh.

    Parameters
    ----------
    ecosystem : int32 ndarray (rows, columns)
        Second-level codes; -1 where there is no data.

    Returns
    -------
    bool ndarray (rows, columns)
        True on marsh.
    """
    return np.isin(ecosystem, MARSH)


def _with_marsh(held: NDArray[np.float32], ecosystem: NDArray[np.int32], depth: float) -> NDArray[np.float32]:
    """Put the storage of marshes, a depth in metres, in place of what was held there; no ecosystem, no data."""
    marsh = held * np.float32(0.0) + np.float32(1000.0 * depth)
    found = np.where(is_marsh(ecosystem), marsh, held)
    return np.where(ecosystem >= 0, found, np.float32(np.nan))
