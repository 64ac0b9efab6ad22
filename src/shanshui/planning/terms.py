"""What can be said of a plan: objective, limits, shares, targets, locks, price of boundary."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shanshui.planning.program import IN


@dataclass(frozen=True, eq=False)
class Objective:
    """What is sought: the greatest sum of a value, or the least sum of a cost."""

    values: NDArray[np.floating[Any]]
    name: str
    least: bool

    def __str__(self) -> str:
        return f"{'minimise' if self.least else 'maximise'} {self.name}"


@dataclass(frozen=True)
class AreaLimit:
    """A limit of the chosen area: a budget from above or a target from below."""

    area: float
    least: bool

    @property
    def name(self) -> str:
        """The row in words."""
        return "area target" if self.least else "area budget"


@dataclass(frozen=True, eq=False)
class Shares:
    """Least share of the area of each group that is to be chosen."""

    group: NDArray[np.integer[Any]]
    share: Mapping[int, float]
    kind: str
    labels: Mapping[int, str]

    def name(self, group: int) -> str:
        """Name the row of one group in words."""
        return f"share of {self.kind} {self.labels.get(group, str(group))}"


@dataclass(frozen=True, eq=False)
class Target:
    """Least amount of a feature that is to be chosen: a figure, or a share of what exists."""

    name: str
    amount: NDArray[np.floating[Any]]
    least: float | None
    share: float | None
    unit: str

    def wanted(self, exists: float) -> float:
        """Give the least amount, where so much exists."""
        return self.share * exists if self.least is None else self.least  # type: ignore[operator]

    def __str__(self) -> str:
        wanted = f"{100 * self.share:g} %" if self.share is not None else f"{self.least:g} {self.unit}".rstrip()
        return f"target of {self.name}: at least {wanted}"


@dataclass(frozen=True, eq=False)
class Lock:
    """Decisions that are taken already."""

    name: str
    where: NDArray[np.bool_]
    state: int

    def __str__(self) -> str:
        return f"{self.name} locked {'in' if self.state == IN else 'out'}"


@dataclass(frozen=True, eq=False)
class BoundaryPrice:
    """What a length of boundary between chosen and not chosen costs."""

    price: float
    outside: bool
    multiplier: tuple[NDArray[np.floating[Any]], ...]


Term = Objective | AreaLimit | Shares | Target | Lock | BoundaryPrice
