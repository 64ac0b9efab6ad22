"""How sure the red line is, from its draws: how often each cell is inside, and the core that always is."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
import rasterio.windows
from numpy.typing import NDArray

from shanshui.report.classes import SQUARE_METRES_A_HECTARE, Classes
from shanshui.report.legends import class_entries
from shanshui.report.material import Material
from shanshui.report.pictures import coarse
from shanshui.report.words import number, sentence
from shanshui.study.drawn_products import drawn_output, raster_files

CONFIDENCE = "red_line_confidence"
# Never inside, in less than half of the draws, in half or more, in every one (ColorBrewer Blues).
COLOURS = ("#f0f0f0", "#c6dbef", "#4292c6", "#08306b")
KEYS = ("inside_never", "inside_seldom", "inside_often", "inside_always")
WHOLE = 100
# A mean of ones and zeros, kept in float32, may miss 1 by its rounding.
ROUNDING = 1e-6


@dataclass(frozen=True)
class Confidence:
    """How often the red line has what.

    Parameters
    ----------
    draws : int
        How many draws.
    hectares : tuple of float
        Area of what is inside never, in less than half of them, in half or more, in every one [ha].
    """

    draws: int
    hectares: tuple[float, float, float, float]

    @property
    def every(self) -> float:
        """Area of the core, which is inside in every draw [ha]."""
        return self.hectares[3]

    @property
    def some(self) -> float:
        """Area inside in some draws and outside in others [ha]."""
        return self.hectares[1] + self.hectares[2]

    @property
    def ever(self) -> float:
        """Area inside in one draw at least [ha]."""
        return self.every + self.some


@lru_cache(maxsize=1)
def confidence_of(material: Material) -> Confidence | None:
    """Measure how often the red line has what, tile by tile.

    Parameters
    ----------
    material : Material
        The study.

    Returns
    -------
    Confidence or None
        None where the red line has no draws, or these are not of the line as it stands.
    """
    path, grid = _path(material), material.study.inputs.grid
    if path is None or grid is None:
        return None
    area = material.study.inputs.sources["cell_area"]
    found = np.zeros(len(COLOURS))
    with rasterio.open(path) as source:
        for window in grid.tiles():
            place = rasterio.windows.Window(window.column, window.row, window.width, window.height)
            share = source.read(1, window=place, masked=True).astype(np.float64).filled(np.nan)
            known = np.isfinite(share)
            found += np.bincount(
                _level(share[known]), np.asarray(area.read(None, window), np.float64)[known], len(COLOURS)
            )
    found /= SQUARE_METRES_A_HECTARE
    never, seldom, often, always = found.tolist()
    return Confidence(int(material.drawn[CONFIDENCE]["draws"]), (never, seldom, often, always))


def confidence_classes(material: Material) -> tuple[Any, Classes] | None:
    """Give what a map of the confidence needs.

    Parameters
    ----------
    material : Material
        The study.

    Returns
    -------
    (callable, Classes) or None
        What reads the shares in whole percent, coarsely; and the classes, whose areas stand in the legend. What is
        inside in every draw is 100 and nothing else is, and so with 0.
    """
    path, found = _path(material), confidence_of(material)
    if path is None or found is None:
        return None
    words = material.words
    levels = [0, *(1 + int(percent * 2 >= WHOLE) for percent in range(1, WHOLE)), 3]
    names = {
        percent: words(
            "inside_in", percent=number(percent, 0), draws=found.draws, level=words(KEYS[level], draws=found.draws)
        )
        for percent, level in enumerate(levels)
    }
    entries = [
        (COLOURS[level], sentence(words(KEYS[level], draws=found.draws)), found.hectares[level])
        for level in reversed(range(len(COLOURS)))
    ]
    colours = {percent: COLOURS[level] for percent, level in enumerate(levels)}
    return partial(_percent, path), Classes(colours, names, class_entries(entries, words))


def _percent(path: Path, shape: tuple[int, int]) -> NDArray[np.float64]:
    share = coarse(path, shape)
    level = np.where(np.isfinite(share), _level(np.nan_to_num(share)), 0)
    between = np.clip(np.rint(share * WHOLE), 1, WHOLE - 1)
    # Rounding does not carry a share over the half.
    between = np.where((level == 1) & (between >= WHOLE / 2), WHOLE / 2 - 1, between)
    percent = np.where(level == 0, 0, np.where(level == len(COLOURS) - 1, WHOLE, between))
    return np.where(np.isfinite(share), percent, np.nan)


def _level(share: NDArray[np.float64]) -> NDArray[np.int64]:
    edges = (ROUNDING, 0.5 - ROUNDING, 1.0 - ROUNDING)
    return np.searchsorted(edges, share, side="right")


def _path(material: Material) -> Path | None:
    receipt = material.drawn.get(CONFIDENCE)
    if receipt is None:
        return None
    years = receipt["years"]
    paths = raster_files(receipt, CONFIDENCE, years[-1] if years else None)
    found = [path for path in paths if path.stem.startswith(f"{CONFIDENCE}_mean")]
    return drawn_output(material.study).folder / found[0] if found else None
