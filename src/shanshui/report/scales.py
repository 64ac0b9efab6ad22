"""Scales of colour: from a value to a colour, with the legend that reads it back."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from shanshui.base.vocabulary import Quantity
from shanshui.report.pictures import NOTHING_THERE
from shanshui.report.words import marks

# From little to much, even in lightness (ColorBrewer YlGnBu; others for some subjects); from a fall to a rise (BrBG).
# Colour-blind readers can tell the colours of each apart.
RISING = ("#ffffd9", "#edf8b1", "#c7e9b4", "#7fcdbb", "#41b6c4", "#1d91c0", "#225ea8", "#253494", "#081d58")
GREENING = ("#ffffe5", "#f7fcb9", "#d9f0a3", "#addd8e", "#78c679", "#41ab5d", "#238443", "#006837", "#004529")
FALL_AND_RISE = ("#543005", "#8c510a", "#bf812d", "#dfc27d", "#f5f5f5", "#80cdc1", "#35978f", "#01665e", "#003c30")
# Of species, carbon, cooling and recreation (ColorBrewer BuPu, BuGn, PuBu, RdPu).
LIVING = ("#f7fcfd", "#e0ecf4", "#bfd3e6", "#9ebcda", "#8c96c6", "#8c6bb1", "#88419d", "#810f7c", "#4d004b")
STORED = ("#f7fcfd", "#e5f5f9", "#ccece6", "#99d8c9", "#66c2a4", "#41ae76", "#238b45", "#006d2c", "#00441b")
COOLING = ("#fff7fb", "#ece7f2", "#d0d1e6", "#a6bddb", "#74a9cf", "#3690c0", "#0570b0", "#045a8d", "#023858")
VISITED = ("#fff7f3", "#fde0dd", "#fcc5c0", "#fa9fb5", "#f768a1", "#dd3497", "#ae017e", "#7a0177", "#49006a")
# Of what is not sure (ColorBrewer Purples).
UNSURE = ("#fcfbfd", "#efedf5", "#dadaeb", "#bcbddc", "#9e9ac8", "#807dba", "#6a51a3", "#54278f", "#3f007d")
# Of what does harm (ColorBrewer YlOrBr).
HARM = ("#ffffe5", "#fff7bc", "#fee391", "#fec44f", "#fe9929", "#ec7014", "#cc4c02", "#993404", "#662506")
# The steps in which values are kept: an odd number, so that zero has one of its own.
STEPS = 101
# The few cells beyond these shares of all cells do not stretch the scale.
TAILS = (0.02, 0.98)
# The words of a name that tell a change: its scale has zero in the middle.
CHANGES = {"change", "slope", "z", "trend", "residual", "difference", "anomaly"}


@dataclass(frozen=True)
class Scale:
    """A scale of values.

    Parameters
    ----------
    low, high : float
        The middle of the first and of the last step; what lies beyond takes their colours.
    diverging : bool
        Whether zero is in the middle.
    stops : tuple of str
        The colours from low to high.
    least, most : float
        The extremes of the cells it was made from.
    """

    low: float
    high: float
    diverging: bool
    stops: tuple[str, ...]
    least: float
    most: float

    @property
    def step(self) -> float:
        """The width of a step."""
        return (self.high - self.low) / (STEPS - 1)

    @property
    def decimals(self) -> int:
        """How many decimals tell one step from the next."""
        return int(np.clip(np.ceil(-np.log10(self.step)) if self.step > 0 else 2, 0, 6))

    @property
    def colours(self) -> list[str]:
        """The colour of each step."""
        return gradient(self.stops, STEPS)

    @property
    def ticks(self) -> list[tuple[float, str]]:
        """The marks of the legend: place [percent of its length] and number."""
        places = (0.0, 25.0, 50.0, 75.0, 100.0) if self.high > self.low else (50.0,)
        # Two digits that count tell a quarter of the scale from the next.
        exact = [self.low + (self.high - self.low) * place / 100 for place in places]
        decimals = self.decimals - 1 if self.decimals else 0
        said = marks([round(value, decimals) for value in exact], self.diverging)
        found = list(zip(places, said, strict=True))
        if self.least < self.low - self.step / 2:
            found[0] = (found[0][0], f"≤{found[0][1]}")
        if self.most > self.high + self.step / 2:
            found[-1] = (found[-1][0], f"≥{found[-1][1]}")
        return found

    def indices(self, cells: NDArray[np.float64]) -> NDArray[np.uint8]:
        """Give the step of each cell; `NOTHING_THERE` where there is no data."""
        known = np.isfinite(cells)
        steps = (
            np.rint((np.where(known, cells, self.low) - self.low) / self.step) if self.step else np.zeros(cells.shape)
        )
        return np.where(known, np.clip(steps, 0, STEPS - 1), NOTHING_THERE).astype(np.uint8)


def scale_of(quantity: Quantity, pictures: list[NDArray[np.float64]], rising: tuple[str, ...] = RISING) -> Scale | None:
    """Make the scale that some pictures of one quantity share.

    Parameters
    ----------
    quantity : Quantity
        What they show.
    pictures : list of float64 ndarray (rows, columns)
        Values; NaN for no data.
    rising : tuple of str
        The colours of a scale without a middle.

    Returns
    -------
    Scale or None
        None where there is no data. Zero is in its middle where the quantity tells a change, or where it may
        fall below zero and lies on both sides of it.
    """
    known = np.concatenate([cells[np.isfinite(cells)] for cells in pictures])
    if not known.size:
        return None
    least, most = float(known.min()), float(known.max())
    low, high = (float(value) for value in np.quantile(known, TAILS))
    if low == high:
        low, high = least, most
    # A slope of the ground is no change: it has no fall.
    told = bool(CHANGES & set(quantity.name.split("_"))) and not (
        quantity.minimum is not None and quantity.minimum >= 0
    )
    if told or ((quantity.minimum is None or quantity.minimum < 0) and low < 0 < high):
        reach = max(abs(low), abs(high))
        return Scale(-reach, reach, True, FALL_AND_RISE, least, most)
    return Scale(low, high, False, rising, least, most)


def gradient(stops: tuple[str, ...], steps: int) -> list[str]:
    """Give colours evenly spaced between stops.

    Parameters
    ----------
    stops : tuple of str
        As ``#rrggbb``.
    steps : int
        How many.

    Returns
    -------
    list of str

    Examples
    --------
    >>> gradient(("#000000", "#0000ff"), 3)
    ['#000000', '#000080', '#0000ff']
    """
    corners = np.array([list(bytes.fromhex(stop[1:])) for stop in stops], float)
    at = np.linspace(0, len(stops) - 1, steps)
    mixed = np.column_stack([np.interp(at, np.arange(len(stops)), corners[:, band]) for band in range(3)])
    return [f"#{red:02x}{green:02x}{blue:02x}" for red, green, blue in np.rint(mixed).astype(int)]
