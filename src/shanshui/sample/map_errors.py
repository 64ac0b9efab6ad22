"""Errors of classification: the scattered wrong cells that every real land-cover map has."""

import numpy as np

from shanshui.sample.arrays import Codes, Mask
from shanshui.sample.legend import Cover
from shanshui.sample.noise import hash_field, stream

SHARE = 0.003  # of the cells that are not sea, in each year


def misclassify(cover: Codes, year: int, row: int, column: int, seed: int) -> tuple[Codes, Mask]:
    """Give a land-cover map with errors.

    Parameters
    ----------
    cover : array (rows, columns), the true codes
    year : of the map; each year errs by itself
    row, column : first cell of the window, counted in the whole grid
    seed : of the sample

    Returns
    -------
    tuple of arrays (rows, columns)
        the codes on the map, and where they are wrong. About ``SHARE`` of the cells, scattered singly, have another
        class than the true one, any but the sea with the same chance; the sea itself has no errors.
    """
    height, width = cover.shape
    chance = hash_field(row, column, height, width, stream(seed, f"errors of {year}"))
    wrong = (chance < SHARE) & (cover != Cover.SEA)
    classes = np.array([code for code in Cover if code != Cover.SEA], np.uint8)
    true = np.searchsorted(classes, cover[wrong])
    steps = 1 + (chance[wrong] / SHARE * (classes.size - 1)).astype(np.int64)
    mapped = cover.copy()
    mapped[wrong] = classes[(true + steps) % classes.size]
    return mapped, wrong
