"""Zones with their attributes, and how they cover the cells of a tile."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

REGION = "region"
OUTSIDE = "(outside)"

# What the authorities' tables write for the three function types, level by level of detail.
FUNCTION_TYPES = {
    "ecological": ("ecological", "key ecological function area", "生态", "重点生态功能区", "生态功能区"),
    "agricultural": ("agricultural", "main agricultural production area", "农业", "农产品主产区"),
    "urbanisation": ("urbanisation", "urbanization", "urbanisation area", "城市化", "城市化地区", "城镇化地区"),
}


def function_type(text: str) -> str | None:
    """Read a zone's function type, as the authorities write it in English or Chinese.

    Parameters
    ----------
    text : str
        What the table says.

    Returns
    -------
    str or None
        ``ecological``, ``agricultural``, ``urbanisation``, or None where it is none of these.

    Examples
    --------
    >>> function_type("重点生态功能区"), function_type("park")
    ('ecological', None)
    """
    for kind, spellings in FUNCTION_TYPES.items():
        if text.strip().lower() in spellings:
            return kind
    return None


@dataclass(frozen=True)
class Zoning:
    """One way to divide the region.

    Parameters
    ----------
    name : str
        Its name in study.toml; "region" is the whole.
    zones : DataFrame
        One row a zone, with the columns of the vocabulary's `zones`.
    polygons : ndarray of shapely geometries
        One a zone, in the coordinates of the grid, clipped to the region; None for the region when the
        study gives no boundary (then every cell of the grid is in it).
    """

    name: str
    zones: pd.DataFrame
    polygons: NDArray[Any] | None

    def __len__(self) -> int:
        return len(self.zones)


@dataclass(frozen=True)
class ZoneCover:
    """Which zones cover the cells of one window, over all zonings.

    Zones are numbered over all zonings, each zoning's zones followed by its "outside": the part of the
    region that none of its zones covers. So each zoning's parts sum to the region, cell by cell.

    Parameters
    ----------
    signature : int32 ndarray (rows, columns)
        For a cell that lies inside one zone (or outside all) of every zoning: a number that stands for this
        combination; -1 where a border crosses the cell; -2 beyond the region.
    members : int32 ndarray (combinations, zonings)
        The zones of each combination.
    border_cell : int64 ndarray
        Flat index of each cell that a border crosses, once for each zone on it.
    border_zone : int32 ndarray
        The zone.
    border_share : float64 ndarray
        The share of the cell that the zone covers, a multiple of 2**-24, so that shares add up exactly.
    """

    signature: NDArray[np.int32]
    members: NDArray[np.int32]
    border_cell: NDArray[np.int64]
    border_zone: NDArray[np.int32]
    border_share: NDArray[np.float64]

    @property
    def region(self) -> NDArray[np.bool_]:
        """The cells that lie in the region, wholly or in part."""
        return self.signature > -2
