"""Amounts added up by a code that the cells carry, exactly: whole numbers, so that no order of adding changes them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from shanshui.base.zones import ZoneCover

# Hectares, kilometres and persons are counted in parts of a hundred-millionth; int64 then holds those of the Earth.
UNITS = 10**8
_BORDER = -1
_REGION_ZONE = 0


@dataclass(frozen=True)
class CodeSums:
    """Sums of several amounts by code; they add up.

    Parameters
    ----------
    names : tuple of str
        What is summed.
    codes : int64 ndarray (codes,)
        Sorted, each once.
    counted : int64 ndarray (names, codes)
        Sums [1 / UNITS].
    """

    names: tuple[str, ...]
    codes: NDArray[np.int64]
    counted: NDArray[np.int64]

    def __add__(self, other: CodeSums) -> CodeSums:
        codes, counted = np.concatenate([self.codes, other.codes]), np.hstack([self.counted, other.counted])
        return CodeSums(self.names, *_summed(codes, counted))

    def __getitem__(self, name: str) -> NDArray[np.float64]:
        """Give the sums of one amount, code by code."""
        return np.asarray(self.counted[self.names.index(name)] / UNITS, np.float64)


def sum_by_code(codes: NDArray[np.integer], amounts: Mapping[str, NDArray[np.floating]]) -> CodeSums:
    """Add up amounts by code.

    Parameters
    ----------
    codes : integer ndarray (rows, columns)
        A code for each cell; cells below 0 are left out.
    amounts : mapping of str to float ndarray (rows, columns)
        What to sum; NaN counts as nothing.

    Returns
    -------
    CodeSums
        The same, to the last digit, in whatever order and tiles the cells are added.

    Examples
    --------
    >>> sums = sum_by_code(np.array([[7, -1, 7, 3]]), {"area": np.array([[1.5, 9.0, 2.0, np.nan]])})
    >>> sums.codes.tolist(), sums["area"].tolist()
    ([3, 7], [0.0, 3.5])
    """
    held = codes >= 0
    parts = [np.nan_to_num(amount[held].astype(np.float64)) for amount in amounts.values()]
    counted = np.rint(np.stack(parts) * UNITS).astype(np.int64)
    return CodeSums(tuple(amounts), *_summed(codes[held].astype(np.int64), counted))


def share_in_region(cover: ZoneCover) -> NDArray[np.float64]:
    """Give the share of each cell that lies in the region.

    Parameters
    ----------
    cover : ZoneCover
        Which zones cover the cells.

    Returns
    -------
    float64 ndarray (rows, columns)
        1 within, 0 beyond, the covered share on the border.
    """
    share = (cover.signature > _BORDER).astype(np.float64)
    of_region = cover.border_zone == _REGION_ZONE
    np.add.at(share.reshape(-1), cover.border_cell[of_region], cover.border_share[of_region])
    return share


def _summed(codes: NDArray[np.int64], counted: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Put the columns of one code together."""
    known, place = np.unique(codes, return_inverse=True)
    sums = np.zeros((len(counted), len(known)), np.int64)
    for row, values in zip(sums, counted, strict=True):
        np.add.at(row, place, values)
    return known, sums
