"""Sums by name, exactly: whole numbers, so that no order of adding changes them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Sums:
    """Whole numbers by name; those of two parts of the region add up, in any order to the same.

    Parameters
    ----------
    amounts : dict of str to tuple of int
        The numbers of each name; every part of the region has the same names, and as many numbers of each.

    Examples
    --------
    >>> Sums({"wood": (1, 2)}) + Sums({"wood": (10, 20)})
    Sums(amounts={'wood': (11, 22)})
    """

    amounts: dict[str, tuple[int, ...]]

    def __add__(self, other: Sums) -> Sums:
        return Sums(
            {name: tuple(map(sum, zip(one, other.amounts[name], strict=True))) for name, one in self.amounts.items()}
        )
