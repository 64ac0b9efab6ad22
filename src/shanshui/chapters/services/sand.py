"""Sand fixation: the soil that wind would take from bare ground, less what it takes (paper 2.1)."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from shanshui.base.step import step
from shanshui.science import wind_erosion as kernels
from shanshui.science.lookup import values_of_codes

_FACTORS = Path(__file__).with_name("vegetation_factor.csv")


@step(gives="erodible_fraction", method="hj1173_2021")
def erodible_fraction_of_coarse_sand(
    coarse_sand_content: NDArray[np.float32],
    silt_content: NDArray[np.float32],
    clay_content: NDArray[np.float32],
    organic_matter: NDArray[np.float32],
    calcium_carbonate: NDArray[np.float32] | None = None,
) -> NDArray[np.float32]:
    """Share of the soil that wind can carry, from coarse sand.

    Parameters
    ----------
    coarse_sand_content : float32 ndarray (rows, columns)
        Sand of 0.2 to 2 mm [percent].
    silt_content, clay_content : float32 ndarray (rows, columns)
        Silt and clay [percent].
    organic_matter : float32 ndarray (rows, columns)
        Organic matter, not carbon [percent].
    calcium_carbonate : float32 ndarray (rows, columns), optional
        Calcium carbonate [percent]; the standard allows to leave it out, which makes soil more erodible.

    Returns
    -------
    float32 ndarray (rows, columns)
        EF, 0 to 1.

    Notes
    -----
    EF = (29.09 + 0.31 sa + 0.17 si + 0.33 sa/cl - 2.59 OM - 0.95 CaCO3) / 100 (HJ 1173-2021, annex A; Fryrear et al.
    1994), cut to 0 and 1, which it can only leave outside the soils of the regression; those are marked by
    `erodible_fraction_beyond`. Without clay sa/cl has no bound: EF is 1 where there is sand. HJ 1173 says coarse sand
    of 0.2 to 2 mm; HJ 1168 calls coarse what is above 0.05 mm: give the class that is meant, or all sand.
    """
    return kernels.erodible_fraction(coarse_sand_content, silt_content, clay_content, organic_matter, calcium_carbonate)


@step(gives="erodible_fraction", method="total_sand")
def erodible_fraction_of_all_sand(
    sand_content: NDArray[np.float32],
    silt_content: NDArray[np.float32],
    clay_content: NDArray[np.float32],
    organic_matter: NDArray[np.float32],
    calcium_carbonate: NDArray[np.float32] | None = None,
) -> NDArray[np.float32]:
    """Share of the soil that wind can carry, from all sand: where coarse sand is not known.

    Parameters
    ----------
    sand_content, silt_content, clay_content : float32 ndarray (rows, columns)
        Sand of 0.05 to 2 mm, silt and clay [percent].
    organic_matter : float32 ndarray (rows, columns)
        Organic matter, not carbon [percent].
    calcium_carbonate : float32 ndarray (rows, columns), optional
        Calcium carbonate [percent]; left out, soil is more erodible.

    Returns
    -------
    float32 ndarray (rows, columns)
        EF, 0 to 1.

    Notes
    -----
    As by `hj1173_2021`, with the sand of the original regression (Fryrear et al. 1994, A simple method to predict
    soil erodibility by wind). Never less than with coarse sand.
    """
    return kernels.erodible_fraction(sand_content, silt_content, clay_content, organic_matter, calcium_carbonate)


@step
def erodible_fraction_beyond(
    sand_content: NDArray[np.float32],
    silt_content: NDArray[np.float32],
    clay_content: NDArray[np.float32],
    organic_matter: NDArray[np.float32],
    calcium_carbonate: NDArray[np.float32] | None = None,
    *,
    least_regression_sand: float,
    greatest_regression_sand: float,
    least_regression_silt: float,
    greatest_regression_silt: float,
    least_regression_clay: float,
    greatest_regression_clay: float,
    least_regression_organic_matter: float,
    greatest_regression_organic_matter: float,
    greatest_regression_carbonate: float,
) -> NDArray[np.int32]:
    """Where the soil lies outside those from which the erodible fraction was found.

    Parameters
    ----------
    sand_content, silt_content, clay_content, organic_matter : float32 ndarray (rows, columns)
        Of the topsoil [percent].
    calcium_carbonate : float32 ndarray (rows, columns), optional
        Calcium carbonate [percent].
    least_regression_sand, greatest_regression_sand : float
        Range of sand in the regression [percent].
    least_regression_silt, greatest_regression_silt : float
        Range of silt [percent].
    least_regression_clay, greatest_regression_clay : float
        Range of clay [percent].
    least_regression_organic_matter, greatest_regression_organic_matter : float
        Range of organic matter [percent].
    greatest_regression_carbonate : float
        Greatest calcium carbonate [percent].

    Returns
    -------
    int32 ndarray (rows, columns)
        0 within, 1 beyond, -1 no data.

    Notes
    -----
    Ranges of the soils of Fryrear et al. (1994).
    """
    ranges = [
        (sand_content, least_regression_sand, greatest_regression_sand),
        (silt_content, least_regression_silt, greatest_regression_silt),
        (clay_content, least_regression_clay, greatest_regression_clay),
        (organic_matter, least_regression_organic_matter, greatest_regression_organic_matter),
    ]
    if calcium_carbonate is not None:
        ranges.append((calcium_carbonate, 0.0, greatest_regression_carbonate))
    beyond, known = np.zeros(sand_content.shape, bool), np.ones(sand_content.shape, bool)
    for part, least, greatest in ranges:
        beyond |= (part < least) | (part > greatest)
        known &= np.isfinite(part)
    return np.where(known, beyond, -1).astype(np.int32)


@step
def erodible_fraction_beyond_legend() -> pd.DataFrame:
    """Legend of the soils outside the regression of the erodible fraction.

    Returns
    -------
    DataFrame
        Columns code, name, name_zh, colour.
    """
    rows = [(0, "within the regression", "在回归范围内", "#d9d0c4"), (1, "extrapolated", "外推", "#7b3294")]
    return pd.DataFrame(rows, columns=["code", "name", "name_zh", "colour"])


@step
def soil_crust_factor(clay_content: NDArray[np.float32], organic_matter: NDArray[np.float32]) -> NDArray[np.float32]:
    """Factor of the soil's crust of wind erosion.

    Parameters
    ----------
    clay_content : float32 ndarray (rows, columns)
        Clay [percent].
    organic_matter : float32 ndarray (rows, columns)
        Organic matter, not carbon [percent].

    Returns
    -------
    float32 ndarray (rows, columns)
        SCF, above 0 to 1: 1 where no crust forms.

    Notes
    -----
    SCF = 1 / (1 + 0.0066 cl^2 + 0.021 OM^2), in percent (HJ 1173-2021, annex A; Fryrear et al. 1998).

    Examples
    --------
    >>> f"{soil_crust_factor(np.full((1, 1), 10.0, np.float32), np.full((1, 1), 2.0, np.float32))[0, 0]:.4f}"
    '0.5734'
    """
    crust = np.float32(0.0066) * clay_content * clay_content + np.float32(0.021) * organic_matter * organic_matter
    return np.float32(1) / (np.float32(1) + crust)


@step
def soil_roughness_factor(
    relief_amplitude: NDArray[np.float32], cell_width: NDArray[np.float64], cell_height: NDArray[np.float64]
) -> NDArray[np.float32]:
    """Factor of the ground's roughness of wind erosion.

    Parameters
    ----------
    relief_amplitude : float32 ndarray (rows, columns)
        Highest less lowest elevation of three by three cells [m].
    cell_width, cell_height : float64 ndarray (rows, columns)
        Sides of the cells [m].

    Returns
    -------
    float32 ndarray (rows, columns)
        K', 0.094 to 1: 1 on level ground.

    Notes
    -----
    K' = exp(1.86 Kr - 2.41 Kr^0.934 - 0.127 Crr), Kr = 0.2 dH^2 / L, Crr = 0 (HJ 1173-2021, annex A; Fryrear et al.
    1998). dH is the relief within the length L: here of three by three cells, whose outermost centres lie two cells
    apart, so that L is the sum of width and height. Both are in metres and Kr, a roughness of ridges, in centimetres,
    as the two public programs that were read describe it; neither converts it, and one of them mixes metres with
    kilometres. The regression turns at Kr = 18 cm and passes 1 at 51 cm: ground rougher than 18 cm keeps the least
    value, 0.094. On the same slope Kr grows with the cell, so that studies compare at one resolution only.

    Examples
    --------
    >>> side = np.full((1, 1), 100.0)
    >>> f"{soil_roughness_factor(np.full((1, 1), 2.0, np.float32), side, side)[0, 0]:.4f}"  # Kr = 0.2 x 4 / 200 m
    '0.7557'
    """
    return kernels.roughness_factor(relief_amplitude, cell_width, cell_height)


@step
def vegetation_factor_table() -> pd.DataFrame:
    """Coefficients of the vegetation factor by ecosystem.

    Returns
    -------
    DataFrame
        One row an ecosystem of the second level: coefficient [1/percent], erodible (1 where wind reaches soil), unit,
        source, status.

    Notes
    -----
    HJ 1173-2021, annex A, for forest, grassland, shrub, bare land, sandy land and cropland; the others are our own.
    """
    return pd.read_csv(_FACTORS)


@step
def vegetation_factor_coefficient(
    ecosystem: NDArray[np.int32], vegetation_factor_table: pd.DataFrame
) -> NDArray[np.float32]:
    """How fast cover slows wind erosion, by ecosystem.

    Parameters
    ----------
    ecosystem : int32 ndarray (rows, columns)
        Second-level codes.
    vegetation_factor_table : DataFrame
        Columns level2 and coefficient.

    Returns
    -------
    float32 ndarray (rows, columns)
        a [1/percent]; NaN where the ecosystem has no coefficient.
    """
    table = vegetation_factor_table
    return values_of_codes(ecosystem, table["level2"].to_numpy(), table["coefficient"].to_numpy())


@step
def wind_erodible_land(ecosystem: NDArray[np.int32], vegetation_factor_table: pd.DataFrame) -> NDArray[np.int32]:
    """Where wind reaches soil: not on water, ice, wet or built ground.

    Parameters
    ----------
    ecosystem : int32 ndarray (rows, columns)
        Second-level codes.
    vegetation_factor_table : DataFrame
        Columns level2 and erodible.

    Returns
    -------
    int32 ndarray (rows, columns)
        1 where it does, 0 elsewhere, -1 no data or an ecosystem that the table lacks.
    """
    table = vegetation_factor_table
    found = values_of_codes(ecosystem, table["level2"].to_numpy(), table["erodible"].to_numpy())
    return np.where(np.isfinite(found), found, -1).astype(np.int32)


@step
def wind_erodible_land_legend() -> pd.DataFrame:
    """Legend of the land where wind reaches soil.

    Returns
    -------
    DataFrame
        Columns code, name, name_zh, colour.
    """
    rows = [(0, "no soil for the wind", "无风蚀土壤", "#d9d9d9"), (1, "soil open to the wind", "可风蚀土地", "#c7a93c")]
    return pd.DataFrame(rows, columns=["code", "name", "name_zh", "colour"])


@step
def vegetation_factor(
    vegetation_factor_coefficient: NDArray[np.float32], vegetation_cover: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Factor of the vegetation of wind erosion.

    Parameters
    ----------
    vegetation_factor_coefficient : float32 ndarray (rows, columns)
        a [1/percent].
    vegetation_cover : float32 ndarray (rows, columns)
        Share of the ground that is covered, 0 to 1.

    Returns
    -------
    float32 ndarray (rows, columns)
        C, 1 on bare ground.

    Notes
    -----
    C = exp(-a SC) (HJ 1173-2021, annex A). The standard does not tell the unit of the cover SC; only **percent** gives
    factors as they are published (0.29 to 0.67 in ChinaXiv-201706.00467), with a fraction C is 0.9 and more
    everywhere. So the fraction is multiplied by 100 first.

    Examples
    --------
    >>> f"{vegetation_factor(np.full((1, 1), 0.0438, np.float32), np.full((1, 1), 0.3, np.float32))[0, 0]:.3f}"
    '0.269'
    """
    return kernels.vegetation_factor(vegetation_factor_coefficient, vegetation_cover)


@step
def potential_wind_erosion(
    weather_factor: NDArray[np.float32],
    erodible_fraction: NDArray[np.float32],
    soil_crust_factor: NDArray[np.float32],
    soil_roughness_factor: NDArray[np.float32],
    wind_erodible_land: NDArray[np.int32] | None = None,
    *,
    wind_erosion_distance: float,
    wind_erosion_guard: float,
) -> NDArray[np.float32]:
    """Soil that wind would take in a year if the ground were bare.

    Parameters
    ----------
    weather_factor : float32 ndarray (rows, columns)
        WF [kg/m].
    erodible_fraction, soil_crust_factor, soil_roughness_factor : float32 ndarray (rows, columns)
        EF, SCF and K' [1].
    wind_erodible_land : int32 ndarray (rows, columns), optional
        1 where wind reaches soil; 0 gives 0, whatever the factors. Without it all land counts.
    wind_erosion_distance : float
        Distance downwind [m].
    wind_erosion_guard : float
        1: the greatest loss up to the distance; 0: the loss at the distance, as the standard prints it.

    Returns
    -------
    float32 ndarray (rows, columns)
        Loss [t/ha/a].

    Notes
    -----
    SL = 2 x/s^2 Qmax exp(-(x/s)^2), Qmax = 109.8 F, s = 150.71 F^-0.3711, F = WF EF SCF K' (HJ 1173-2021, annex A, C
    left out). With Qmax in kg/m and lengths in metres SL is in kg/m2; the standard prints t/km2, which needs 1000
    times the number: here times 10 for t/ha. At a fixed distance z the printed SL **falls** when F grows beyond what
    makes s less than z (at 50 m: F = 10, 50, 100 give 14.5, 59.2, 51.3 kg/m2), so that vegetation would seem to do
    harm: the greatest SL of all x up to z is taken, which is at x = s/sqrt(2) or at z, whichever is nearer. The two are
    the same up to F = 7.7 (at 50 m). A `wind_erosion_guard` of 0 gives the printed SL.
    """
    return kernels.soil_loss(
        weather_factor,
        erodible_fraction,
        soil_crust_factor,
        soil_roughness_factor,
        None,
        wind_erodible_land,
        wind_erosion_distance,
        wind_erosion_guard >= 0.5,
    )


@step(method="hj1173_2021")
def sand_fixation(
    potential_wind_erosion: NDArray[np.float32], wind_erosion: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Soil that vegetation keeps from the wind in a year.

    Parameters
    ----------
    potential_wind_erosion : float32 ndarray (rows, columns)
        What wind would take from bare ground [t/ha/a].
    wind_erosion : float32 ndarray (rows, columns)
        What it takes [t/ha/a].

    Returns
    -------
    float32 ndarray (rows, columns)
        Soil kept [t/ha/a], never negative.

    Notes
    -----
    G = potential less actual loss (HJ 1173-2021, annex A). Of greatest losses up to one distance, which grow with every
    factor, it cannot be negative; of the printed losses it can (see `potential_wind_erosion`), and is 0 there.
    """
    return np.maximum(potential_wind_erosion - wind_erosion, np.float32(0))
