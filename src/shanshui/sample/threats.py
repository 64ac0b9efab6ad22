"""Threats to habitats: where their sources are, how far they reach, and how sensitive each class is to them."""

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from shanshui.data.tables import write_table
from shanshui.sample.arrays import Codes
from shanshui.sample.legend import CLASSES, Cover

ITEMS = ("built", "industry", "road", "cropland")

_BUILT = (Cover.TOWN, Cover.VILLAGE)
_INDUSTRY = (Cover.INDUSTRY, Cover.MINE)
_CROPLAND = (Cover.PADDY, Cover.DRY_CROPLAND)

# Metres, weight and decay of each threat: within what applications in China use.
_REACH = {
    "built": (3_000, 1.0, "exponential"),
    "industry": (4_000, 0.8, "exponential"),
    "road": (1_500, 0.5, "linear"),
    "cropland": (1_200, 0.3, "linear"),
}

# Suitability as habitat, and sensitivity to each threat in the order of ``ITEMS``.
_SENSITIVITY: dict[Cover, tuple[float, float, float, float, float]] = {
    Cover.PADDY: (0.4, 0.5, 0.5, 0.3, 0.0),
    Cover.DRY_CROPLAND: (0.3, 0.5, 0.5, 0.3, 0.0),
    Cover.ORCHARD: (0.5, 0.6, 0.5, 0.4, 0.2),
    Cover.BROADLEAF: (1.0, 0.8, 0.7, 0.7, 0.6),
    Cover.NEEDLELEAF: (0.95, 0.8, 0.7, 0.7, 0.6),
    Cover.MIXED: (1.0, 0.85, 0.75, 0.7, 0.65),
    Cover.WOODLAND: (0.8, 0.75, 0.65, 0.6, 0.6),
    Cover.SHRUB: (0.8, 0.65, 0.55, 0.5, 0.5),
    Cover.MEADOW: (0.9, 0.7, 0.65, 0.6, 0.55),
    Cover.STEPPE: (0.75, 0.65, 0.6, 0.5, 0.6),
    Cover.TUSSOCK: (0.7, 0.6, 0.55, 0.5, 0.5),
    Cover.SPARSE_GRASS: (0.5, 0.55, 0.5, 0.4, 0.5),
    Cover.RIVER: (0.9, 0.85, 0.8, 0.5, 0.7),
    Cover.LAKE: (0.9, 0.85, 0.75, 0.5, 0.7),
    Cover.RESERVOIR: (0.7, 0.7, 0.65, 0.4, 0.6),
    Cover.SEA: (0.8, 0.6, 0.6, 0.3, 0.3),
    Cover.TIDAL_FLAT: (0.85, 0.85, 0.8, 0.6, 0.5),
    Cover.MARSH: (0.95, 0.9, 0.8, 0.7, 0.65),
    Cover.TOWN: (0.0, 0.0, 0.0, 0.0, 0.0),
    Cover.VILLAGE: (0.05, 0.0, 0.0, 0.0, 0.0),
    Cover.PARK: (0.3, 0.3, 0.3, 0.3, 0.1),
    Cover.INDUSTRY: (0.0, 0.0, 0.0, 0.0, 0.0),
    Cover.MINE: (0.0, 0.0, 0.0, 0.0, 0.0),
    Cover.SAND: (0.2, 0.3, 0.3, 0.2, 0.3),
    Cover.SALINE: (0.3, 0.4, 0.4, 0.3, 0.3),
    Cover.ROCK: (0.35, 0.3, 0.4, 0.3, 0.1),
}


def threats_at(cover: Codes, road: npt.NDArray[np.bool_]) -> Codes:
    """Give the sources of the threats in one year.

    Parameters
    ----------
    cover : array (rows, columns), true land cover of the year
    road : array of the same shape, cells that a road runs through

    Returns
    -------
    array (items, rows, columns), uint8
        1 at a source, else 0, in the order of ``ITEMS``.
    """
    kinds = [np.isin(cover, np.array(codes, np.uint8)) for codes in (_BUILT, _INDUSTRY, _CROPLAND)]
    return np.stack([kinds[0], kinds[1], road, kinds[2]]).astype(np.uint8)


def threat_table() -> pd.DataFrame:
    """Give the threats: ``threat``, ``max_dist`` (m), ``weight`` and ``decay``."""
    rows = [(item, *_REACH[item]) for item in ITEMS]
    return pd.DataFrame(rows, columns=["threat", "max_dist", "weight", "decay"])


def sensitivity_table() -> pd.DataFrame:
    """Give one row a class of the map, wide as InVEST has it: ``lulc``, ``name``, ``habitat``, one column a threat."""
    rows = [(int(cover), CLASSES[cover][0], *_SENSITIVITY[cover]) for cover in CLASSES]
    return pd.DataFrame(rows, columns=["lulc", "name", "habitat", *ITEMS])


def write_threat_tables(folder: Path) -> None:
    """Write ``threats.csv`` and ``habitat_sensitivity.csv`` to a folder."""
    write_table(folder / "threats.csv", threat_table())
    write_table(folder / "habitat_sensitivity.csv", sensitivity_table())
