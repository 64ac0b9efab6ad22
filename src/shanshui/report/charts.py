"""Charts: what each product has, and the few kinds of marks they are made of."""

from __future__ import annotations

from dataclasses import dataclass, field

# The rows of a chart are so far apart, and text stands so far below their middle [pixels].
ROW = 24
BASELINE = 4


@dataclass(frozen=True)
class Mark:
    """One mark of a chart.

    Parameters
    ----------
    kind : {"rect", "line", "dot", "text", "curve"}
        What it is. Places across are in percent of the width, so that text keeps its size on a phone; places down are
        in pixels.
    x, y : float
        Where it begins; the middle of a dot; the baseline of a text.
    x2, y2 : float
        Where a line ends; the width and height of a rectangle or of the room of a text or curve.
    colour : str
        As ``#rrggbb``.
    text : str
        What a text says; what is told of another mark when it is pointed at.
    style : str
        Classes: of a text where it is anchored, of a line how it is drawn.
    points : tuple of (float, float)
        Of a curve, within its room [percent, pixels].
    """

    kind: str
    x: float
    y: float
    x2: float = 0.0
    y2: float = 0.0
    colour: str = ""
    text: str = ""
    style: str = ""
    points: tuple[tuple[float, float], ...] = ()


@dataclass(frozen=True)
class Chart:
    """A chart.

    Parameters
    ----------
    title, note : str
        What it shows; how it is read, with the unit.
    height : float
        In pixels.
    marks : list of Mark
        Drawn in this order.
    legend : list of (colour, name)
        Its colours.
    more : str
        What it leaves out.
    zoning : str
        Which zones it shows; empty where it shows the region.
    """

    title: str
    note: str
    height: float
    marks: list[Mark]
    legend: list[tuple[str, str]] = field(default_factory=list)
    more: str = ""
    zoning: str = ""


@dataclass(frozen=True)
class Matrix:
    """A table of colours: rows and columns of the same names, darker where there is more.

    Parameters
    ----------
    title, note : str
        What it shows; how it is read.
    corner : str
        The head of the first column.
    names : list of (colour, name)
        Of the rows and of the columns.
    cells : list of list of (text, shade)
        The text of each cell, and how dark it is (0 to 100); negative where it stayed the same.
    """

    title: str
    note: str
    corner: str
    names: list[tuple[str, str]]
    cells: list[list[tuple[str, float]]]


def text(x: float, row_middle: float, said: str, style: str = "", room: float = 0.0, colour: str = "") -> Mark:
    """Write on a row; with room [percent], what does not fit is cut off and told when pointed at."""
    return Mark("text", x, row_middle + BASELINE, room, 0.0, colour, said, style)


def is_dark(colour: str) -> bool:
    """Tell whether white is easier to read than black on a colour (#rrggbb)."""
    red, green, blue = (int(colour[place : place + 2], 16) for place in (1, 3, 5))
    return 0.299 * red + 0.587 * green + 0.114 * blue < 140


def round_ticks(low: float, high: float, most: int = 5) -> list[float]:
    """Choose round numbers between two others.

    Parameters
    ----------
    low, high : float
        The ends.
    most : int
        About how many.

    Returns
    -------
    list of float

    Examples
    --------
    >>> round_ticks(0.0, 11.0), round_ticks(-0.3, 0.3, 3)
    ([0.0, 5.0, 10.0], [-0.2, 0.0, 0.2])
    """
    if not high > low:
        return [low]
    step = next(
        factor * 10.0**power
        for power in range(-12, 16)
        for factor in (1, 2, 5)
        if (high - low) / (factor * 10.0**power) <= most
    )
    first = int(-((-low) // step))
    return [round(place * step, 12) for place in range(first, int(high // step) + 1)]
