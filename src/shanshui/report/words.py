"""The fixed words of the report, and how numbers and columns are written, in one language."""

from __future__ import annotations

import math
import tomllib
from functools import cache
from pathlib import Path
from typing import Literal

Language = Literal["en", "zh"]
DICTIONARY = Path(__file__).with_name("words.toml")
NOTHING = "–"
# Rounding of sums, not an amount.
NEGLIGIBLE = 1e-9


class Words:
    """The dictionary, opened at one language.

    Parameters
    ----------
    language : {"en", "zh"}
        The language.

    Examples
    --------
    >>> Words("zh").heading("area_ha"), Words("en").heading("soil_loss_t")
    ('面积（公顷）', 'Soil loss (t)')
    """

    def __init__(self, language: Language) -> None:
        self.language = language
        self._sections = dictionary()

    def __call__(self, key: str, **fill: object) -> str:
        """Give one fixed text, with its blanks filled in."""
        return self._sections["page"][key][self.language].format(**fill)

    def of(self, section: str, key: str) -> str:
        """Give a word of another section of the dictionary, or the key itself where it is not there."""
        return self._sections[section].get(key, {}).get(self.language, key)

    def heading(self, column: str) -> str:
        """Head a column: its words, and the unit that is the last word of its name."""
        if column in self._sections["columns"]:
            return self.of("columns", column)
        stem, _, last = column.rpartition("_")
        unit = last if stem and last in self._sections["units"] else ""
        words = self._sections["columns"].get(stem if unit else column)
        text = words[self.language] if words else sentence((stem if unit else column).replace("_", " "))
        if not unit:
            return text
        return f"{text}（{self.of('units', unit)}）" if self.language == "zh" else f"{text} ({self.of('units', unit)})"


@cache
def dictionary() -> dict[str, dict[str, dict[str, str]]]:
    """Read words.toml: by section and key, the text in each language."""
    return tomllib.loads(DICTIONARY.read_text("utf-8"))


def sentence(text: str) -> str:
    """Begin a text with a capital letter, and leave the rest as it is."""
    return text[:1].upper() + text[1:]


def decimals_for(largest: float) -> int:
    """Choose how many decimals a column of numbers needs.

    Parameters
    ----------
    largest : float
        The largest absolute value in it.

    Returns
    -------
    int

    Examples
    --------
    >>> [decimals_for(value) for value in (120_000.0, 240.0, 12.0, 0.5)]
    [0, 1, 2, 3]
    """
    return 0 if largest >= 1000 else 1 if largest >= 100 else 2 if largest >= 1 else 3


def number(value: float, decimals: int, signed: bool = False) -> str:
    """Write a number with thousands separators; what is not zero does not look like zero.

    Parameters
    ----------
    value : float
        The number; NaN is written as a dash.
    decimals : int
        How many decimals.
    signed : bool
        Whether a gain carries a plus.

    Returns
    -------
    str

    Examples
    --------
    >>> number(-1234.5, 0), number(0.02, 0), number(3.0, 1, signed=True), number(math.nan, 2)
    ('−1,234', '<1', '+3.0', '–')
    """
    if not math.isfinite(value):
        return NOTHING
    if abs(value) < NEGLIGIBLE:
        return f"{0:.{decimals}f}"
    text = f"{abs(value):,.{decimals}f}"
    if not float(text.replace(",", "")):
        # The smallest number that can be written so; "more than minus that" for a loss.
        least = f"{10.0**-decimals:.{decimals}f}"
        return f">−{least}" if value < 0 else f"<{least}"
    return ("−" if value < 0 else "+" if signed else "") + text
