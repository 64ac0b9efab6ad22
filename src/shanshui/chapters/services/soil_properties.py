"""Properties of soil that several services take (paper 2.1)."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from shanshui.base.step import step
from shanshui.science.soil_erodibility import texture_class

# Organic matter is taken to be 58 percent carbon (van Bemmelen).
MATTER_OF_CARBON = 1.724
# From coarse to fine; the colours run from sand to clay.
TEXTURES = (
    (1, "sand", "砂土", "#f6e8c3"),
    (2, "loamy sand", "壤质砂土", "#ecd9a8"),
    (3, "sandy loam", "砂质壤土", "#dfc27d"),
    (4, "sandy clay loam", "砂质黏壤土", "#cfa653"),
    (5, "loam", "壤土", "#bf812d"),
    (6, "sandy clay", "砂质黏土", "#9c6518"),
    (7, "silt loam", "粉砂质壤土", "#c7eae5"),
    (8, "silt", "粉砂土", "#9bd6cb"),
    (9, "clay loam", "黏壤土", "#80cdc1"),
    (10, "silty clay loam", "粉砂质黏壤土", "#5ab4ac"),
    (11, "silty clay", "粉砂质黏土", "#35978f"),
    (12, "clay", "黏土", "#01665e"),
)
STRUCTURES = (
    (1, "very fine granular", "极细粒状", "#f6e8c3"),
    (2, "fine granular", "细粒状", "#dfc27d"),
    (3, "medium or coarse granular", "中粒或粗粒状", "#bf812d"),
    (4, "blocky, platy or massive", "块状、片状或整体状", "#8c510a"),
)
PERMEABILITIES = (
    (1, "rapid", "快", "#eff3ff"),
    (2, "moderate to rapid", "中等偏快", "#c6dbef"),
    (3, "moderate", "中等", "#9ecae1"),
    (4, "slow to moderate", "中等偏慢", "#6baed6"),
    (5, "slow", "慢", "#3182bd"),
    (6, "very slow", "极慢", "#08519c"),
)


@step
def soil_parts_beyond(
    sand_content: NDArray[np.float32],
    silt_content: NDArray[np.float32],
    clay_content: NDArray[np.float32],
    *,
    soil_parts_tolerance: float,
) -> NDArray[np.float32]:
    """Where sand, silt and clay do not make up the soil, so that what needs them has no value.

    Parameters
    ----------
    sand_content, silt_content, clay_content : float32 ndarray (rows, columns)
        Of the topsoil [percent].
    soil_parts_tolerance : float
        How far their sum may lie from 100; within it they are brought to 100 [percent].

    Returns
    -------
    float32 ndarray (rows, columns)
        1 where the sum lies further from 100, 0 elsewhere; NaN where there is no data. Its mean by zone is the share.

    Examples
    --------
    >>> sand, silt, clay = (np.array([[part, part]], np.float32) for part in (40, 40, 20))
    >>> soil_parts_beyond(sand, silt, clay * [[1, 2]], soil_parts_tolerance=10).tolist()
    [[0.0, 1.0]]
    """
    total = sand_content + silt_content + clay_content
    return np.where(np.isfinite(total), np.abs(total - 100.0) > soil_parts_tolerance, np.nan).astype(np.float32)


@step
def organic_matter(organic_carbon: NDArray[np.float32]) -> NDArray[np.float32]:
    """Organic matter of the soil from its organic carbon.

    Parameters
    ----------
    organic_carbon : float32 ndarray (rows, columns)
        By weight [percent].

    Returns
    -------
    float32 ndarray (rows, columns)
        By weight [percent].

    Notes
    -----
    1.724 times the carbon (58 percent of organic matter is carbon: van Bemmelen).

    Examples
    --------
    >>> organic_matter(np.array([[1.0, 2.0]], np.float32)).round(3)
    array([[1.724, 3.448]], dtype=float32)
    """
    return np.float32(MATTER_OF_CARBON) * organic_carbon


@step
def soil_texture(
    sand_content: NDArray[np.float32],
    silt_content: NDArray[np.float32],
    clay_content: NDArray[np.float32],
    *,
    soil_parts_tolerance: float,
) -> NDArray[np.int32]:
    """Texture class of the soil.

    Parameters
    ----------
    sand_content, silt_content, clay_content : float32 ndarray (rows, columns)
        Parts of the soil by weight [percent].
    soil_parts_tolerance : float
        So far from 100 their sum may be; they are then brought to 100 [percent].

    Returns
    -------
    int32 ndarray (rows, columns)
        1 sand to 12 clay, see `soil_texture_legend`; -1 where a part is unknown or they do not sum to 100.

    Notes
    -----
    Triangle of the United States Department of Agriculture, Soil Survey Manual (Handbook 18), chapter 3.
    """
    return texture_class(sand_content, silt_content, clay_content, soil_parts_tolerance)


@step
def soil_texture_legend() -> pd.DataFrame:
    """Legend of the texture of the soil, from coarse to fine.

    Returns
    -------
    DataFrame
        Columns code, name, name_zh, colour.
    """
    return _legend(TEXTURES)


@step
def soil_structure_legend() -> pd.DataFrame:
    """Legend of the structure of the soil.

    Returns
    -------
    DataFrame
        Columns code, name, name_zh, colour.

    Notes
    -----
    Wischmeier and Smith (1978), Agriculture Handbook 537, figure 3.
    """
    return _legend(STRUCTURES)


@step
def soil_permeability_legend() -> pd.DataFrame:
    """Legend of the permeability of the soil.

    Returns
    -------
    DataFrame
        Columns code, name, name_zh, colour.

    Notes
    -----
    Wischmeier and Smith (1978), Agriculture Handbook 537, figure 3.
    """
    return _legend(PERMEABILITIES)


def _legend(rows: tuple[tuple[int, str, str, str], ...]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["code", "name", "name_zh", "colour"])
