"""The ranges of many species, as a step sees them on a tile, and the categories of the Red List."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # the command line's help imports this module, and no numbers
    import numpy as np
    from numpy.typing import NDArray

# The categories of the Red List of IUCN, as lists of species write them.
CATEGORIES: Mapping[str, tuple[str, ...]] = {
    "EX": ("ex", "extinct", "灭绝", "绝灭"),
    "EW": ("ew", "extinct in the wild", "野外灭绝", "野外绝灭"),
    "RE": ("re", "regionally extinct", "区域灭绝", "区域绝灭", "地区绝灭", "地区灭绝"),
    "CR": ("cr", "critically endangered", "极危"),
    "EN": ("en", "endangered", "濒危"),
    "VU": ("vu", "vulnerable", "易危"),
    "NT": ("nt", "near threatened", "近危"),
    "LC": ("lc", "least concern", "无危"),
    "DD": ("dd", "data deficient", "数据缺乏"),
    "NE": ("ne", "not evaluated", "未予评估", "未评估"),
}


def category_of(text: str) -> str | None:
    """Read a category of the Red List, in English or Chinese, by its code or its name or both.

    Parameters
    ----------
    text : str
        What the table says.

    Returns
    -------
    str or None
        The code of the category, or None where it is none.

    Examples
    --------
    >>> category_of("极危（CR）"), category_of("near threatened"), category_of("EN "), category_of("rare")
    ('CR', 'NT', 'EN', None)
    """
    parts = {part.strip().lower() for part in re.split(r"[()（）/,，]", text) if part.strip()}
    found = {code for code, spellings in CATEGORIES.items() for part in parts if part in spellings}
    known = {part for spellings in CATEGORIES.values() for part in spellings}
    return found.pop() if len(found) == 1 and parts <= known else None


@dataclass(frozen=True)
class SpeciesRanges:
    """The ranges of many species on one window; never one array a species.

    Parameters
    ----------
    species : tuple of str
        Their names, sorted.
    areas : float64 ndarray (species,)
        Area of each whole range on the ellipsoid, also beyond the study [m2].
    burned : callable
        Takes one weight a species; gives the sum of the weights over the species whose range holds each cell's centre.
    margin : int
        How many cells on each side are cut off.
    """

    species: tuple[str, ...]
    areas: NDArray[np.float64]
    burned: Callable[[NDArray[np.float64]], NDArray[np.float32]]
    margin: int = 0

    def sum(self, weights: NDArray[np.float64]) -> NDArray[np.float32]:
        """Add up weights over the species that live on each cell.

        Parameters
        ----------
        weights : float64 ndarray (species,)
            One a species, in the order of `species`.

        Returns
        -------
        float32 ndarray (rows, columns)
            0 where no species lives; NaN beyond the grid.
        """
        if len(weights) != len(self.species):
            raise ValueError(f"{len(weights)} weights do not fit {len(self.species)} species")
        cells = self.burned(weights)
        return cells[self.margin : -self.margin, self.margin : -self.margin] if self.margin else cells

    def trimmed(self, margin: int) -> SpeciesRanges:
        """Give the same ranges with so many cells cut off each side."""
        return SpeciesRanges(self.species, self.areas, self.burned, self.margin + margin)
