"""The fixed words of the report, and how numbers and columns are written, in one language."""

from __future__ import annotations

import math
import re
import tomllib
from collections.abc import Iterable
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Literal

Language = Literal["en", "zh"]
DICTIONARY = Path(__file__).with_name("words.toml")
NOTHING = "–"
# A column that says in Chinese what the one of the same name says in English.
ENDING_ZH = "_zh"
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
    >>> Words("en").heading("holds"), Words("en").heading("holds", "protected_area_faces")
    ('Kept', 'Use that lies on it')
    """

    def __init__(self, language: Language) -> None:
        self.language = language
        self._sections = dictionary()

    def __call__(self, key: str, **fill: object) -> str:
        """Give one fixed text, with its blanks filled in."""
        return self._sections["page"][key][self.language].format(**fill)

    def pattern(self, key: str) -> str:
        """Give one fixed text with its blanks as they are, for the scripts of the page to fill in."""
        return self._sections["page"][key][self.language]

    def of(self, section: str, key: str) -> str:
        """Give a word of another section of the dictionary, or the key itself where it is not there."""
        return self._sections[section].get(key, {}).get(self.language, key)

    def value(self, text: str, section: str = "values") -> str:
        """Give a word that stands in a table in the report's language, or the word itself.

        A section of the dictionary that is not of all tables is looked up first.
        Words that a comma or a semicolon parts are looked up one by one, and a year may stand in them.
        """
        if text in self._sections[section]:
            return self.of(section, text)
        if text in self._sections["values"]:
            return self.of("values", text)
        for mark, key in (("; ", "semicolon"), (", ", "comma")):
            if mark in text:
                return self(key).join(self.value(part) for part in text.split(mark))
        year = re.search(r"\d{4}", text)
        return self.of("values", text.replace(year[0], "{year}")).replace("{year}", year[0]) if year else text

    def zoning(self, name: str) -> str:
        """Give the name of a zoning, which is a key of the study file, as it is read."""
        return self.value(name).replace("_", " ")

    def with_zonings(self, sentence: str, names: Iterable[str]) -> str:
        """Put the names of zonings in a sentence as they are read.

        A name of one word may be a word of the sentence, too: it is one of a zoning only between quotes or brackets.

        Examples
        --------
        >>> Words("zh").with_zonings("“county”的3个分区人口减少（prefecture）。", ["county", "prefecture"])
        '“县域”的3个分区人口减少（地级市）。'
        >>> Words("en").with_zonings("In 1 zone of planning_unit, a county", ["county", "planning_unit"])
        'In 1 zone of planning unit, a county'
        """
        for name in names:
            found = rf"\b{re.escape(name)}\b" if "_" in name else rf"(?<=[“（'(]){re.escape(name)}(?=[”）')])"
            sentence = re.sub(found, self.zoning(name), sentence, flags=re.ASCII)
        return sentence

    def heading(self, column: str, product: str = "") -> str:
        """Head a column of a product: its words, and the unit that is the last word of its name."""
        text, unit = self.heading_and_unit(column, product)
        if not unit:
            return text
        return f"{text}（{unit}）" if self.language == "zh" else f"{text} ({unit})"

    def heading_and_unit(self, column: str, product: str = "") -> tuple[str, str]:
        """Part a column's name into words and unit, each in the report's language.

        What the dictionary has for this column of this product goes first. A name that it does not have is put
        together from its parts; where one of these is missing too, it stands as it is.
        """
        columns, parts = self._sections["columns"], self._sections["parts"]
        own = f"{product}.{column}"
        if own not in columns and column in columns:
            return columns[column][self.language], ""
        if own not in columns and column.endswith(ENDING_ZH):
            text, said = self.heading_and_unit(column.removesuffix(ENDING_ZH), product)
            return self("in_chinese", heading=text), said
        stem, unit = column, ""
        for key in self._sections["units"]:
            if column.endswith(f"_{key}") and len(key) > len(unit):
                stem, unit = column.removesuffix(f"_{key}"), key
        said = self.of("units", unit) if unit else ""
        if own in columns:
            return columns[own][self.language], said
        if stem in columns:
            return columns[stem][self.language], said
        found = stem.split("_")
        if self.language == "zh" and all(part in parts for part in found):
            return "".join(parts[part]["zh"] for part in found), said
        return sentence(" ".join(found)), said


@cache
def dictionary() -> dict[str, dict[str, dict[str, str]]]:
    """Read words.toml: by section and key, the text in each language."""
    return tomllib.loads(DICTIONARY.read_text("utf-8"))


def sentence(text: str) -> str:
    """Begin a text with a capital letter, and leave the rest as it is."""
    return text[:1].upper() + text[1:]


def width(text: str) -> int:
    """Tell how many Latin letters wide a text is: a Chinese one takes the room of two.

    Parameters
    ----------
    text : str

    Returns
    -------
    int

    Examples
    --------
    >>> width("area"), width("面积")
    (4, 4)
    """
    return sum(2 if ord(letter) > 0x2E80 else 1 for letter in text)


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


def marks(values: list[float], signed: bool = False) -> list[str]:
    """Write the numbers of an axis or legend, with as many decimals as tell one from the next.

    Parameters
    ----------
    values : list of float
        Rising.
    signed : bool
        Whether a gain carries a plus.

    Returns
    -------
    list of str

    Examples
    --------
    >>> marks([-50.0, 0.0, 50.0], signed=True), marks([0.18, 0.2, 0.22]), marks([-0.0001, 0.36])
    (['−50', '0', '+50'], ['0.18', '0.20', '0.22'], ['0.00', '0.36'])
    """
    step = min((high - low for low, high in pairwise(values)), default=abs(values[0]) if values else 0.0)
    decimals = 0
    while decimals < 6 and step > 0 and abs(round(step, decimals) - step) > 0.02 * step:
        decimals += 1
    shown = [round(value, decimals) for value in values]
    signs = ["−" if value < 0 else "+" if signed and value > 0 else "" for value in shown]
    return [f"{sign}{abs(value):,.{decimals}f}" for sign, value in zip(signs, shown, strict=True)]
