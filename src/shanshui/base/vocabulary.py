"""The dictionary of every quantity: what it is called, what it measures, and how it is therefore handled."""

from __future__ import annotations

import math
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal, get_args

from shanshui.base.errors import Problem, StudyError, did_you_mean

Shape = Literal["cell", "cover", "sums", "table", "vector"]
# A quantity may have several values a year, along one more axis of its arrays.
Axis = Literal["none", "month", "half_month", "day", "item"]
# So many of them; of days there are too many to stand in memory together. Items are as many as the study names: with so
# many the memory of a tile is reckoned.
AXIS_LENGTHS: Mapping[str, int] = {"none": 1, "month": 12, "half_month": 24, "item": 8}

# The column of a class table that holds the numbers, in the unit of the table.
COEFFICIENT = "coefficient"

Measure = Literal["class", "intensive", "extensive", "none"]


@dataclass(frozen=True)
class Quantity:
    """One word of the vocabulary.

    Parameters
    ----------
    name : str
        The word, lower case with underscores; ``{of}`` in it marks a family.
    shape : {"cell", "cover", "sums", "table", "vector"}
        How it is made: ``cell`` a raster, tile by tile; ``cover`` which zones lie on a tile; ``sums`` an
        object that adds up over tiles; ``table`` and ``vector`` whole, between the passes.
    measure : {"class", "intensive", "extensive", "none"}
        Whether its values are codes, a density or state (averaged), or an amount (summed). It decides
        how the quantity is resampled and how zones are aggregated.
    unit : str
        Its unit, as pint reads it; "1" for a plain number or a code.
    english, chinese : str
        Its long names.
    meaning, meaning_zh : str
        Plain words, in English and Chinese.
    minimum, maximum : float or None
        The valid range, in its unit.
    axis : {"none", "month", "half_month", "day", "item"}
        For a cell quantity: whether it has a value a month or half-month; then its arrays are (12 or 24, rows,
        columns). Of one with days a step gets the 24 half-months of the year one after another, each an array
        (days, rows, columns). Of one with items, which the study names, they are (items, rows, columns).
    columns : mapping of str to str
        For a table or a vector: each column and what stands in it.
    required : tuple of str
        For a table or a vector: the columns that a study's own must have, beside those it gets from its zones.
    choices : mapping of str to tuple of str
        For a table or a vector: columns in which only these words may stand.
    limits : mapping of str to (float, float)
        For a table or a vector: the valid range of a column, in its unit.
    at_most : mapping of str to str
        For a table: columns that are a part of another one, and so never above it.
    any_year : bool
        For a table: whether it may lack the years that the study compares.
    complete : bool
        For a table: whether no cell of its required columns may be empty.
    at_least_a_cell : tuple of str
        For a table: columns with lengths that make no sense where they are below the side of a cell.
    column_per : str
        For a table: it has a column for each name in a column of another table (``"threats.threat"``). What stands in
        them, and their limits, are told under that key.
    features_of : str
        For a vector: the cell quantity whose layer it is, as the study draws it. The study brings the layer once.
    product : bool
        Whether it is made when nobody asked for anything in particular.
    """

    name: str
    shape: Shape
    english: str
    chinese: str
    meaning: str
    meaning_zh: str = ""
    measure: Measure = "none"
    unit: str = "1"
    minimum: float | None = None
    maximum: float | None = None
    axis: Axis = "none"
    columns: Mapping[str, str] = field(default_factory=dict)
    required: tuple[str, ...] = ()
    choices: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    limits: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    at_most: Mapping[str, str] = field(default_factory=dict)
    any_year: bool = False
    complete: bool = False
    at_least_a_cell: tuple[str, ...] = ()
    column_per: str = ""
    features_of: str = ""
    product: bool = False

    @property
    def family(self) -> bool:
        """Whether this is the pattern of a family, to be made concrete by `member`."""
        return "{of}" in self.name

    def member(self, of: Quantity) -> Quantity:
        """Make one member of a family: ``{of}_by_zone`` of ``rain`` is ``rain_by_zone``.

        Parameters
        ----------
        of : Quantity
            The quantity the family is about.

        Returns
        -------
        Quantity
            With every ``{of}``, ``{of.unit}``, ``{of.english}``, ``{of.chinese}`` filled in.
        """

        def filled(text: str) -> str:
            for key in ("unit", "english", "chinese"):
                text = text.replace("{of." + key + "}", getattr(of, key))
            return text.replace("{of}", of.name)

        # A class table's coefficients lie where those of a raster would.
        span = (-math.inf if of.minimum is None else of.minimum, math.inf if of.maximum is None else of.maximum)
        return replace(
            self,
            limits={column: span if column == COEFFICIENT else limits for column, limits in self.limits.items()},
            name=filled(self.name),
            english=filled(self.english),
            chinese=filled(self.chinese),
            meaning=filled(self.meaning),
            meaning_zh=filled(self.meaning_zh),
            unit=filled(self.unit),
            columns={filled(column): filled(words) for column, words in self.columns.items()},
        )


class Vocabulary(Mapping[str, Quantity]):
    """Every quantity by its name; a name given twice is refused."""

    def __init__(self, quantities: Iterable[Quantity] = ()) -> None:
        self._quantities: dict[str, Quantity] = {}
        for quantity in quantities:
            self.add(quantity)

    def __getitem__(self, name: str) -> Quantity:
        return self._quantities[name]

    def __iter__(self) -> Any:
        return iter(self._quantities)

    def __len__(self) -> int:
        return len(self._quantities)

    def add(self, quantity: Quantity) -> None:
        """Add one word.

        Parameters
        ----------
        quantity : Quantity
            The word.

        Raises
        ------
        StudyError
            Where the name is taken.
        """
        if quantity.name in self._quantities:
            raise StudyError(
                Problem(f"vocabulary.{quantity.name}", "is named twice", "give one of the two another name")
            )
        self._quantities[quantity.name] = quantity


def _content(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise StudyError(Problem(path.name, f"is not valid TOML: {error}", "mend that line")) from None


def read_quantities(path: Path) -> list[Quantity]:
    """Read the words of one vocabulary file.

    Parameters
    ----------
    path : Path
        A TOML file, one table a quantity.

    Returns
    -------
    list of Quantity
        In the file's order.

    Raises
    ------
    StudyError
        Naming every unknown key, missing key and unknown shape or measure.
    """
    problems: list[Problem] = []
    quantities: list[Quantity] = []
    known = {name for name in Quantity.__dataclass_fields__ if name != "name"}
    for name, entry in _content(path).items():
        where = f"{path.name}:{name}"
        faults = [
            Problem(f"{where}.{key}", "is not a known key", did_you_mean(key, known)) for key in set(entry) - known
        ]
        faults += [
            Problem(f"{where}.{key}", "is missing", "say it")
            for key in ("shape", "english", "chinese", "meaning")
            if key not in entry
        ]
        for key, choices in (("shape", get_args(Shape)), ("measure", get_args(Measure)), ("axis", get_args(Axis))):
            if key in entry and entry[key] not in choices:
                faults.append(Problem(f"{where}.{key}", f"cannot be {entry[key]!r}", did_you_mean(entry[key], choices)))
        if not faults:
            lists = {key: tuple(entry.get(key, ())) for key in ("required", "at_least_a_cell")}
            quantities.append(Quantity(name=name, **entry | lists))
        problems += faults
    if problems:
        raise StudyError(problems)
    return quantities
