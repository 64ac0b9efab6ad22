"""Services by productivity: relative indices of water, soil, sand and species from NPP (paper 2.1)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from shanshui.base.step import AtLeast, Series, step
from shanshui.base.zones import ZoneCover
from shanshui.science.averages import mean_of_known
from shanshui.science.lookup import values_of_codes

_SEEPAGE = Path(__file__).with_name("seepage_factor.csv")
AVERAGED = ("net_primary_productivity", "precipitation", "climate_erosivity", "mean_temperature")
# A factor that is the same everywhere tells nothing apart.
_NEUTRAL = 0.5


@dataclass(frozen=True)
class Extremes:
    """Least and greatest value of some quantities; those of two parts of a region add up to those of both.

    Parameters
    ----------
    least, greatest : mapping of str to float
        By quantity, in its unit; NaN where no cell has a value.

    Examples
    --------
    >>> (Extremes({"slope": 2.0}, {"slope": 5.0}) + Extremes({"slope": float("nan")}, {"slope": float("nan")})).greatest
    {'slope': 5.0}
    """

    least: Mapping[str, float]
    greatest: Mapping[str, float]

    def __add__(self, other: Extremes) -> Extremes:
        return Extremes(
            {name: float(np.fmin(value, other.least[name])) for name, value in self.least.items()},
            {name: float(np.fmax(value, other.greatest[name])) for name, value in self.greatest.items()},
        )


@step(gives="mean_{of}", of=AVERAGED)
def mean_of_years(of: Annotated[Series, AtLeast(0)]) -> NDArray[np.float32]:
    """Mean of a quantity over the years.

    Parameters
    ----------
    of : Series of float32 ndarray (rows, columns)
        The quantity by year; or once, where it has no years.

    Returns
    -------
    float32 ndarray (rows, columns)
        In the quantity's unit; NaN where fewer than half of the years are known.
    """
    return mean_of_known(of.stacked(), len(of) / 2)


@step
def factor_extremes(
    zone_cover: ZoneCover,
    mean_net_primary_productivity: NDArray[np.float32] | None = None,
    mean_precipitation: NDArray[np.float32] | None = None,
    slope: NDArray[np.float32] | None = None,
    soil_erodibility: NDArray[np.float32] | None = None,
    mean_climate_erosivity: NDArray[np.float32] | None = None,
    mean_mean_temperature: NDArray[np.float32] | None = None,
    elevation: NDArray[np.float32] | None = None,
) -> Extremes:
    """Least and greatest value over the region of each factor of the indices by productivity.

    Parameters
    ----------
    zone_cover : ZoneCover
        Tells which cells lie in the region; those on its border count whole.
    mean_net_primary_productivity : float32 ndarray (rows, columns), optional
        Carbon bound in a year [g/m2/a].
    mean_precipitation : float32 ndarray (rows, columns), optional
        Rain and snow of a year [mm].
    slope : float32 ndarray (rows, columns), optional
        Slope [degree].
    soil_erodibility : float32 ndarray (rows, columns), optional
        K of water erosion [t ha h/ha/MJ/mm].
    mean_climate_erosivity : float32 ndarray (rows, columns), optional
        Fq [m3/s3].
    mean_mean_temperature : float32 ndarray (rows, columns), optional
        Of the air over the year [degC].
    elevation : float32 ndarray (rows, columns), optional
        Above the sea [m].

    Returns
    -------
    Extremes
        Of the factors that there are.
    """
    factors = {
        "net_primary_productivity": mean_net_primary_productivity,
        "precipitation": mean_precipitation,
        "slope": slope,
        "soil_erodibility": soil_erodibility,
        "climate_erosivity": mean_climate_erosivity,
        "mean_temperature": mean_mean_temperature,
        "elevation": elevation,
    }
    region = zone_cover.region
    values = {name: cells[region] for name, cells in factors.items() if cells is not None}
    known = {name: cells[np.isfinite(cells)] for name, cells in values.items()}
    return Extremes(
        {name: float(cells.min()) if cells.size else np.nan for name, cells in known.items()},
        {name: float(cells.max()) if cells.size else np.nan for name, cells in known.items()},
    )


@step
def factor_range(factor_extremes: Extremes) -> pd.DataFrame:
    """Range of each factor of the indices by productivity.

    Parameters
    ----------
    factor_extremes : Extremes
        Least and greatest values over the region.

    Returns
    -------
    DataFrame
        Columns factor, least, greatest.
    """
    names = list(factor_extremes.least)
    return pd.DataFrame(
        {
            "factor": names,
            "least": [factor_extremes.least[name] for name in names],
            "greatest": [factor_extremes.greatest[name] for name in names],
        }
    )


@step
def seepage_factor_table() -> pd.DataFrame:
    """Seepage factor of each soil texture.

    Returns
    -------
    DataFrame
        One row a texture: code, seepage (0 to 1), rank, source, status.

    Notes
    -----
    The guide of 2017 spreads thirteen textures evenly over 0 to 1; the order is our own choice and is named there.
    """
    return pd.read_csv(_SEEPAGE)


@step
def seepage_factor(soil_texture: NDArray[np.int32], seepage_factor_table: pd.DataFrame) -> NDArray[np.float32]:
    """Seepage factor of the soil.

    Parameters
    ----------
    soil_texture : int32 ndarray (rows, columns)
        Texture, 1 sand to 12 clay; -1 where there is no data.
    seepage_factor_table : DataFrame
        Columns code and seepage.

    Returns
    -------
    float32 ndarray (rows, columns)
        Fsic, 1 for sand.
    """
    table = seepage_factor_table
    return values_of_codes(soil_texture, table["code"].to_numpy(), table["seepage"].to_numpy())


@step
def water_conservation_index(
    mean_net_primary_productivity: NDArray[np.float32],
    seepage_factor: NDArray[np.float32],
    mean_precipitation: NDArray[np.float32],
    slope: NDArray[np.float32],
    factor_range: pd.DataFrame,
) -> NDArray[np.float32]:
    """Relative index of water conservation by productivity.

    Parameters
    ----------
    mean_net_primary_productivity : float32 ndarray (rows, columns)
        NPP, carbon bound in a year [g/m2/a].
    seepage_factor : float32 ndarray (rows, columns)
        Fsic [1].
    mean_precipitation : float32 ndarray (rows, columns)
        Fpre, rain and snow of a year [mm].
    slope : float32 ndarray (rows, columns)
        Fslo [degree].
    factor_range : DataFrame
        Least and greatest value of each factor.

    Returns
    -------
    float32 ndarray (rows, columns)
        WR, 0 to 1; it compares places of one region and is no amount of water.

    Notes
    -----
    WR = NPP Fsic Fpre (1 - Fslo) (guide of 2017 for the red line, quoted in geogsci.com/CN/figure/309536); every factor
    but Fsic from 0 at its least to 1 at its greatest value in the region, NPP included, which the guide leaves open.
    """
    scaled = _Scale(factor_range)
    conserved = scaled("net_primary_productivity", mean_net_primary_productivity) * seepage_factor
    conserved *= scaled("precipitation", mean_precipitation)
    return conserved * (np.float32(1) - scaled("slope", slope))


@step
def soil_retention_index(
    mean_net_primary_productivity: NDArray[np.float32],
    soil_erodibility: NDArray[np.float32],
    slope: NDArray[np.float32],
    factor_range: pd.DataFrame,
) -> NDArray[np.float32]:
    """Relative index of soil retention by productivity.

    Parameters
    ----------
    mean_net_primary_productivity : float32 ndarray (rows, columns)
        NPP, carbon bound in a year [g/m2/a].
    soil_erodibility : float32 ndarray (rows, columns)
        K [t ha h/ha/MJ/mm].
    slope : float32 ndarray (rows, columns)
        Fslo [degree].
    factor_range : DataFrame
        Least and greatest value of each factor.

    Returns
    -------
    float32 ndarray (rows, columns)
        Spro, 0 to 1; it compares places of one region and is no amount of soil.

    Notes
    -----
    Spro = NPP (1 - K) (1 - Fslo) (guide of 2017 for the red line, quoted in geogsci.com/CN/figure/309536); every factor
    from 0 at its least to 1 at its greatest value in the region.
    """
    scaled = _Scale(factor_range)
    kept = scaled("net_primary_productivity", mean_net_primary_productivity)
    kept = kept * (np.float32(1) - scaled("soil_erodibility", soil_erodibility))
    return kept * (np.float32(1) - scaled("slope", slope))


@step
def sand_fixation_index(
    mean_net_primary_productivity: NDArray[np.float32],
    soil_erodibility: NDArray[np.float32],
    mean_climate_erosivity: NDArray[np.float32],
    slope: NDArray[np.float32],
    factor_range: pd.DataFrame,
) -> NDArray[np.float32]:
    """Relative index of sand fixation by productivity.

    Parameters
    ----------
    mean_net_primary_productivity : float32 ndarray (rows, columns)
        NPP, carbon bound in a year [g/m2/a].
    soil_erodibility : float32 ndarray (rows, columns)
        K [t ha h/ha/MJ/mm].
    mean_climate_erosivity : float32 ndarray (rows, columns)
        Fq [m3/s3].
    slope : float32 ndarray (rows, columns)
        Of the ground [degree].
    factor_range : DataFrame
        Least and greatest value of each factor.

    Returns
    -------
    float32 ndarray (rows, columns)
        Sws, 0 to 1; it compares places of one region and is no amount of sand.

    Notes
    -----
    Sws = NPP K Fq D, D = 1 / cos(slope) (guide of 2017 for the red line, quoted in geogsci.com/CN/figure/309536);
    every factor from 0 at its least to 1 at its greatest value in the region, but D over its greatest value: from 0 on
    level ground it would make the plains, where sand blows, worth nothing.
    """
    scaled = _Scale(factor_range)
    fixed = scaled("net_primary_productivity", mean_net_primary_productivity)
    fixed = fixed * scaled("soil_erodibility", soil_erodibility)
    fixed *= scaled("climate_erosivity", mean_climate_erosivity)
    steepest = np.cos(np.radians(scaled.greatest["slope"]))
    return (fixed * np.minimum(np.float32(steepest) / np.cos(np.radians(slope)), np.float32(1))).astype(np.float32)


@step
def biodiversity_npp_index(
    mean_net_primary_productivity: NDArray[np.float32],
    mean_precipitation: NDArray[np.float32],
    mean_mean_temperature: NDArray[np.float32],
    elevation: NDArray[np.float32],
    factor_range: pd.DataFrame,
) -> NDArray[np.float32]:
    """Relative index of biodiversity by productivity.

    Parameters
    ----------
    mean_net_primary_productivity : float32 ndarray (rows, columns)
        NPP, carbon bound in a year [g/m2/a].
    mean_precipitation : float32 ndarray (rows, columns)
        Fpre, rain and snow of a year [mm].
    mean_mean_temperature : float32 ndarray (rows, columns)
        Ftem, of the air over the year [degC].
    elevation : float32 ndarray (rows, columns)
        Falt, above the sea [m].
    factor_range : DataFrame
        Least and greatest value of each factor.

    Returns
    -------
    float32 ndarray (rows, columns)
        Sbio, 0 to 1; it compares places of one region and is no number of species.

    Notes
    -----
    Sbio = NPP Fpre Ftem (1 - Falt) (guide of 2017 for the red line, quoted in geogsci.com/CN/figure/309536); every
    factor from 0 at its least to 1 at its greatest value in the region.
    """
    scaled = _Scale(factor_range)
    rich = scaled("net_primary_productivity", mean_net_primary_productivity)
    rich = rich * scaled("precipitation", mean_precipitation)
    rich *= scaled("mean_temperature", mean_mean_temperature)
    return rich * (np.float32(1) - scaled("elevation", elevation))


class _Scale:
    """Brings factors to 0 at their least and 1 at their greatest value in the region."""

    def __init__(self, factor_range: pd.DataFrame) -> None:
        rows = factor_range.set_index("factor")
        self.least = rows["least"].to_dict()
        self.greatest = rows["greatest"].to_dict()

    def __call__(self, name: str, values: NDArray[np.float32]) -> NDArray[np.float32]:
        least, span = np.float32(self.least[name]), np.float32(self.greatest[name] - self.least[name])
        if not span > 0:
            return np.where(np.isfinite(values), _NEUTRAL, np.nan).astype(np.float32)
        # A cell beyond the region may lie beyond the range.
        return np.clip((values - least) / span, np.float32(0), np.float32(1))
