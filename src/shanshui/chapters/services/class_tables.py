"""Coefficients from a study's own class tables: they come before what shanshui ships."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from shanshui.base.step import step
from shanshui.science.lookup import values_of_codes

# Every coefficient that a class of land cover may tell.
COEFFICIENTS = (
    "cover_management",
    "support_practice",
    "runoff_coefficient",
    "crop_coefficient",
    "root_depth",
    "vegetated",
    "curve_number",
    "vegetation_factor_coefficient",
    "carbon_density",
    "carbon_aboveground",
    "carbon_belowground",
    "carbon_soil",
    "carbon_dead",
    "sequestration_ratio",
    "carbon_fixation_rate",
    "light_use_efficiency",
    "saturated_ndvi",
    "transpiration_heat_rate",
)


@step(gives="{of}", method="class_table", of=COEFFICIENTS)
def by_class(land_cover: NDArray[np.int32], of_by_class: pd.DataFrame) -> NDArray[np.float32]:
    """A coefficient as the study's own table gives it for each class of its land cover.

    Parameters
    ----------
    land_cover : int32 ndarray (rows, columns)
        Codes of the source; -1 where there is no data.
    of_by_class : DataFrame
        Columns ``code`` and ``coefficient``, in the unit of the coefficient.

    Returns
    -------
    float32 ndarray (rows, columns)
        In the unit of the coefficient; NaN where there is no data. `check` refuses a table that lacks a class of the
        legend.

    Examples
    --------
    >>> table = pd.DataFrame({"code": [1.0, 7.0], "coefficient": [0.25, 0.5]})
    >>> by_class(np.array([[7, -1, 1]], np.int32), table).tolist()
    [[0.5, nan, 0.25]]
    """
    codes, coefficients = of_by_class["code"].to_numpy(np.int64), of_by_class["coefficient"].to_numpy(np.float64)
    return values_of_codes(land_cover, codes, coefficients)
