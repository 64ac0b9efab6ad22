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
    "_km2": "kilometre ** 2",
    "_mu": "mu",
    "_percent": "percent",
    "_persons": "person",
    "_m": "metre",
    "_km": "kilometre",
}


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
    units.define("person = [person] = persons = 人")
    units.define("yuan = [currency] = CNY = 元")
    return units


@lru_cache(maxsize=1024)
def conversion(unit: str, wanted: str) -> Conversion:
    """Find how to come from one unit to another.

    Parameters
    ----------
    unit, wanted : str
        Units as pint reads them; ``"1"`` is a plain number.

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
    """
    import pint

    units = registry()
    try:
        here, there = units.Unit(_spelled(unit)), units.Unit(_spelled(wanted))
        at_zero = units.Quantity(0.0, here).to(there).magnitude
        at_one = units.Quantity(1.0, here).to(there).magnitude
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


def _spelled(unit: str) -> str:
    """Write a unit as pint reads it: ``t/km2/a`` as ``t/km**2/a``, ``%`` as ``percent``, ``1`` as dimensionless."""
    words = {"1": "dimensionless", "": "dimensionless", "%": "percent", "fraction": "dimensionless"}
    words |= {"°C": "degC", "公顷": "hectare", "平方公里": "km**2"}
    text = unit.strip()
    return words.get(text, re.sub(r"\b([kcdm]?m)([23])\b", r"\1**\2", text))
