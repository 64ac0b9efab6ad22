"""The industries of GB/T 4754-2017: which codes there are, what each covers, what it is called."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Literal, NamedTuple

from shanshui.base.errors import did_you_mean

INDUSTRIES = Path(__file__).parents[1] / "rule_packs" / "industries.csv"
STANDARD = "GB/T 4754-2017"
# What is of no industry: patrols, research, what households do for themselves. No list of industries speaks of it.
NO_INDUSTRY = "none"
# Codes of sections are letters; of divisions, groups and classes digits. Classes are not in the table.
DIVISION_DIGITS, GROUP_DIGITS, CLASS_DIGITS = 2, 3, 4


class Industry(NamedTuple):
    """A section, division or group of the standard.

    Parameters
    ----------
    code : str
        A letter, or two or three digits.
    english, chinese : str
        What it is called; the English words are ours.
    section : str
        The letter of its section.
    """

    code: str
    english: str
    chinese: str
    section: str


@lru_cache(maxsize=1)
def read_industries() -> Mapping[str, Industry]:
    """Read the sections, divisions and groups of GB/T 4754-2017.

    Returns
    -------
    mapping of str to Industry
        By code, in the order of the standard.
    """
    with INDUSTRIES.open(encoding="utf-8", newline="") as file:
        return {row["code"]: Industry(**row) for row in csv.DictReader(file)}


@dataclass(frozen=True)
class Industries:
    """The codes of GB/T 4754-2017.

    Classes, of four digits, are not listed: one is known where its group is. ``none`` stands for no industry at all.

    Parameters
    ----------
    listed : mapping of str to Industry
        All sections, divisions and groups, by code; those of the standard by default.

    Examples
    --------
    >>> industries = Industries()
    >>> industries.knows("B"), industries.knows("0610"), industries.knows("064")
    (True, True, False)
    >>> industries.covers("B", "0610"), industries.covers("061", "06")
    (True, False)
    """

    listed: Mapping[str, Industry] = field(default_factory=read_industries)

    @cached_property
    def divisions(self) -> tuple[str, ...]:
        """The codes of the divisions, in the order of the standard."""
        return tuple(code for code in self.listed if len(code) == DIVISION_DIGITS)

    def knows(self, code: str) -> bool:
        """Tell whether there is such a code.

        Parameters
        ----------
        code : str
            A letter, or two to four digits.

        Returns
        -------
        bool
        """
        return self._listed(code) is not None

    def fault(self, code: str) -> str | None:
        """Say what is wrong with a code, and which was probably meant.

        Parameters
        ----------
        code : str
            What was given.

        Returns
        -------
        str or None
            None where there is such a code.

        Examples
        --------
        >>> Industries().fault("6")
        "there is no industry '6' in GB/T 4754-2017 (did you mean '06'?)"
        """
        if self.knows(code):
            return None
        longer = f"0{code}"
        # Tables of numbers lose a zero at the beginning.
        hint = (
            f"did you mean {longer!r}?" if self.knows(longer) else did_you_mean(code[:GROUP_DIGITS], self._near(code))
        )
        return f"there is no industry {code!r} in {STANDARD} ({hint})"

    def prefixes(self, code: str) -> tuple[str, ...]:
        """Give what the codes of an industry and of all below it begin with.

        Parameters
        ----------
        code : str
            A code that there is.

        Returns
        -------
        tuple of str
            Of a section the section itself and its divisions; else the code itself.

        Examples
        --------
        >>> Industries().prefixes("D"), Industries().prefixes("061")
        (('D', '44', '45', '46'), ('061',))
        """
        return (code, *self._of_section.get(code, ()))

    def above(self, code: str) -> tuple[str, ...]:
        """Give the codes above an industry.

        Parameters
        ----------
        code : str
            A code that there is.

        Returns
        -------
        tuple of str
            Its section first.

        Examples
        --------
        >>> Industries().above("0610"), Industries().above("D")
        (('B', '06', '061'), ())
        """
        if not code.isdigit():
            return ()
        section = self.listed[code[:DIVISION_DIGITS]].section
        return (section, *(code[:digits] for digits in range(DIVISION_DIGITS, len(code))))

    def covers(self, listed: str, code: str) -> bool:
        """Tell whether an industry is another one, or above it.

        Parameters
        ----------
        listed : str
            The code that a list gives.
        code : str
            The code that is asked for.

        Returns
        -------
        bool
        """
        return code.startswith(self.prefixes(listed))

    def name(self, code: str, language: Literal["english", "chinese"]) -> str:
        """Give what an industry is called.

        Parameters
        ----------
        code : str
            A code that there is.
        language : {"english", "chinese"}
            In which language.

        Returns
        -------
        str
            Of a class the name of its group.

        Raises
        ------
        KeyError
            Where there is no such code.
        """
        found = self._listed(code)
        if found is None:
            raise KeyError(self.fault(code))
        return found.english if language == "english" else found.chinese

    @cached_property
    def _of_section(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for code in self.divisions:
            found.setdefault(self.listed[code].section, []).append(code)
        return found

    def _listed(self, code: str) -> Industry | None:
        """Give the row of a code; of a class that of its group."""
        if code == NO_INDUSTRY:
            return Industry(NO_INDUSTRY, "no industry", "不属于任何行业", "")
        of_class = len(code) == CLASS_DIGITS and code.isascii() and code.isdigit()
        return self.listed.get(code[:GROUP_DIGITS] if of_class else code)

    def _near(self, code: str) -> list[str]:
        """Give the codes that may have been meant: those of its division, else the divisions, or the sections."""
        if self.knows(code[:DIVISION_DIGITS]):
            return [one for one in self.listed if one.startswith(code[:DIVISION_DIGITS]) and len(one) == GROUP_DIGITS]
        return [one for one in self.listed if one.isdigit() == code.isdigit() and len(one) <= DIVISION_DIGITS]
