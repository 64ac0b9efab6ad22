"""Units at the door: whatever unit the data come in, they leave in the vocabulary's."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pint

# The endings of table columns that tell a unit, and the unit they tell.
COLUMN_UNITS = {
    "_ha": "hectare",
    "_m2": "metre ** 2",
    "_m3": "metre ** 3",
    "_t": "tonne",
    "_km2": "kilometre ** 2",
    "_mu": "mu",
    "_percent": "percent",
    "_persons": "person",
    "_yuan": "yuan",
    "_index": "1",
    "_m": "metre",
    "_km": "kilometre",
}

# Units of amounts, which add up over zones; a column whose name holds "_per_" is none.
_AMOUNTS = {"hectare", "metre ** 2", "kilometre ** 2", "metre ** 3", "tonne", "mu", "person", "yuan"}

# How yearbooks write multiples; the longer ones first.
_MULTIPLES = {
    "万亿": 1e12, "十亿": 1e9, "千万": 1e7, "百万": 1e6, "十万": 1e5, "亿": 1e8, "万": 1e4, "千": 1e3,
    "billion ": 1e9, "million ": 1e6, "thousand ": 1e3,
}  # fmt: skip
# 10,000 or 1e4 or 0.5 or 10^4, before a unit that begins with a letter.
_FACTOR = re.compile(
    r"(?:10(?:\^|\*\*)(?P<power>\d+)|(?P<number>\d{1,3}(?:,\d{3})+|\d+(?:\.\d+)?(?:[eE]\+?\d+)?))\s*\*?\s*(?P<unit>[^\W\d].*)"
)


class UnitError(ValueError):
    """A unit that pint does not know, or that measures something else."""


@dataclass(frozen=True)
class Conversion:
    """The straight line from one unit to another: ``there = here * scale + offset``."""

    scale: float
    offset: float

    @property
    def identity(self) -> bool:
        """Whether nothing changes."""
        return self.scale == 1.0 and self.offset == 0.0


UNCHANGED = Conversion(1.0, 0.0)


@lru_cache(maxsize=1)
def registry() -> pint.UnitRegistry[float]:
    """Give the one pint registry, with the units that this field adds (mu, person, yuan)."""
    import pint

    units: pint.UnitRegistry[float] = pint.UnitRegistry(cache_folder=None)
    units.define("mu = 10000 / 15 * metre ** 2 = 亩")
    units.define("person = [person] = _ = persons = people = 人")
    units.define("yuan = [currency] = _ = CNY = RMB = 元")
    return units


@lru_cache(maxsize=1024)
def conversion(unit: str, wanted: str) -> Conversion:
    """Find how to come from one unit to another.

    Parameters
    ----------
    unit, wanted : str
        Units as pint reads them, perhaps with a factor before: ``1e4 yuan``, ``10,000 persons``, ``万元``.
        ``"1"`` is a plain number.

    Returns
    -------
    Conversion
        Scale and offset in the wanted unit.

    Raises
    ------
    UnitError
        Where a unit is unknown or the two measure different things.

    Examples
    --------
    >>> conversion("km2", "ha")
    Conversion(scale=100.0, offset=0.0)
    >>> conversion("kelvin", "degC").offset
    -273.15
    >>> conversion("亿元", "yuan").scale
    100000000.0
    """
    import pint

    units = registry()
    try:
        (factor, one), (divisor, other) = _factored(unit), _factored(wanted)
        here, there = units.Unit(_spelled(one)), units.Unit(_spelled(other))
        at_zero = units.Quantity(0.0, here).to(there).magnitude / divisor
        at_one = units.Quantity(factor, here).to(there).magnitude / divisor
    except pint.DimensionalityError:
        raise UnitError(f"unit {unit!r} cannot become {wanted!r}") from None
    except Exception:
        # pint raises many kinds (tokenizer, attribute, type errors) for text that is no unit.
        raise UnitError(f"unit {unit!r} is not known") from None
    # Rounded to 15 digits so that 0.01 km2 is exactly 1 ha.
    return Conversion(float(f"{at_one - at_zero:.15g}"), float(f"{at_zero:.15g}"))


def column_unit(column: str) -> str | None:
    """Read the unit off a column's name.

    Parameters
    ----------
    column : str
        A column name such as ``area_ha``.

    Returns
    -------
    str or None
        The unit, or None where the name tells none.

    Examples
    --------
    >>> column_unit("area_mu"), column_unit("zone")
    ('mu', None)
    """
    for ending in sorted(COLUMN_UNITS, key=len, reverse=True):
        if column.endswith(ending):
            return COLUMN_UNITS[ending]
    return None


def is_amount(column: str) -> bool:
    """Tell whether a column holds an amount, which adds up over zones.

    Parameters
    ----------
    column : str
        A column name such as ``area_ha``.

    Returns
    -------
    bool
        False for rates, shares, indices, lengths and text.

    Examples
    --------
    >>> is_amount("total_persons"), is_amount("share_percent"), is_amount("product_per_head_yuan")
    (True, False, False)
    """
    return column_unit(column) in _AMOUNTS and "_per_" not in column


def _factored(unit: str) -> tuple[float, str]:
    """Part the factor before a unit from it: ``10,000 persons`` and ``万人`` are 1e4 and the person."""
    factor, text = 1.0, unit.strip()
    if match := _FACTOR.fullmatch(text):
        factor = 10.0 ** int(match["power"]) if match["power"] else float(match["number"].replace(",", ""))
        text = match["unit"]
    for word, number in _MULTIPLES.items():
        if text.startswith(word) and len(text) > len(word):
            return factor * number, text.removeprefix(word).strip()
    return factor, text


def _spelled(unit: str) -> str:
    """Write a unit as pint reads it: ``t/km2/a`` as ``t/km**2/a``, ``%`` as ``percent``, ``1`` as dimensionless."""
    words = {"1": "dimensionless", "": "dimensionless", "%": "percent", "fraction": "dimensionless"}
    words |= {"°C": "degC", "公顷": "hectare", "平方公里": "km**2"}
    text = unit.strip()
    return words.get(text, re.sub(r"\b([kcdm]?m)([23])\b", r"\1**\2", text))
