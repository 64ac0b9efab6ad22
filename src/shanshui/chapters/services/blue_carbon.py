"""Blue carbon: what mangrove, salt marsh and seagrass hold, and bury in a year (paper 2.1, 3.1)."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from shanshui.base.step import step
from shanshui.science.lookup import values_of_codes

# Mass of carbon dioxide over that of its carbon.
DIOXIDE = 44.0 / 12.0


@step
def blue_carbon_table() -> pd.DataFrame:
    """Carbon of the coastal habitats, as it comes with shanshui.

    Returns
    -------
    DataFrame
        One row a habitat and part: code, habitat, part (soil, biomass, burial), value, unit, source, status.

    Notes
    -----
    Means over the world of the IPCC's supplement on wetlands. McLeod et al. (2011, Frontiers in Ecology and the
    Environment 9: 552-560) have 2.26, 2.18 and 1.38 t/ha/year of burial where it has 1.62, 0.91 and 0.43: a study that
    knows its coast brings its own table.
    """
    return pd.read_csv(Path(__file__).with_name("blue_carbon.csv"))


@step
def blue_carbon_stock(coastal_habitat: NDArray[np.int32], blue_carbon_table: pd.DataFrame) -> NDArray[np.float32]:
    """Carbon that coastal habitats hold in soil and plants.

    Parameters
    ----------
    coastal_habitat : int32 ndarray (rows, columns)
        1 mangrove, 2 salt marsh, 3 seagrass; others hold no blue carbon; -1 where there is no data.
    blue_carbon_table : DataFrame
        Columns code, part and value.

    Returns
    -------
    float32 ndarray (rows, columns)
        Carbon [t/ha]; NaN where the habitat is none of the table's.
    """
    return _looked_up(coastal_habitat, blue_carbon_table, ("soil", "biomass"))


@step
def blue_carbon_burial(coastal_habitat: NDArray[np.int32], blue_carbon_table: pd.DataFrame) -> NDArray[np.float32]:
    """Carbon dioxide whose carbon coastal habitats bury in a year.

    Parameters
    ----------
    coastal_habitat : int32 ndarray (rows, columns)
        1 mangrove, 2 salt marsh, 3 seagrass; others bury none; -1 where there is no data.
    blue_carbon_table : DataFrame
        Columns code, part and value.

    Returns
    -------
    float32 ndarray (rows, columns)
        Carbon dioxide [t/ha/year]; NaN where the habitat is none of the table's.
    """
    return _looked_up(coastal_habitat, blue_carbon_table, ("burial",)) * np.float32(DIOXIDE)


def _looked_up(habitat: NDArray[np.int32], table: pd.DataFrame, parts: tuple[str, ...]) -> NDArray[np.float32]:
    amounts = table[table["part"].isin(parts)].groupby("code")["value"].sum()
    return values_of_codes(habitat, amounts.index.to_numpy(np.int64), amounts.to_numpy(np.float64))
