"""A plan in words: what is sought, under which limits, with which locks, at what price of boundary."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import sparse

from shanshui.base.errors import Problems
from shanshui.planning.carriers import Carrier, Cells, areas_by_group, total
from shanshui.planning.checks import check
from shanshui.planning.program import FREE, IN, OUT, Program, frozen
from shanshui.planning.terms import AreaLimit, BoundaryPrice, Lock, Objective, Shares, Target, Term


@dataclass(frozen=True, eq=False)
class Problem:
    """A plan to be made. Every verb gives a new plan and leaves the old one as it was.

    Parameters
    ----------
    carrier : Units or Cells
        What is decided on.
    terms : tuple
        What was said of it so far; grows by the verbs.
    key : str
        Where faults of the plan are written down, as in study.toml.

    Notes
    -----
    Just one objective; as many limits, shares, targets, locks and prices as wanted. All arrays are copied and cannot be
    written to, but for those that were frozen before they were handed over, which are kept as they are.

    Examples
    --------
    >>> from shanshui.planning.carriers import Units
    >>> units = Units([1.0, 1.0, 2.0], [0, 1], [1, 2], [1.0, 1.0])
    >>> plan = Problem(units).maximise([5.0, 4.0, 1.0], "importance").area_budget(3.0)
    >>> plan = plan.minimum_share([1, 1, 2], 0.5).locked_out([True, False, False], "town").boundary_price(0.1)
    >>> print(plan)
    red_line: 3 units, 4 km2, 2 edges
    ├─ maximise importance: 10 in all
    ├─ area budget: at most 3 km2
    ├─ share of function area: at least 50 % of each of 2
    ├─ town locked out: 1 unit, 1 km2
    └─ boundary: 0.1 a km, the outside too
    """

    carrier: Carrier
    terms: tuple[Term, ...] = ()
    key: str = "red_line"

    def maximise(self, value: ArrayLike, name: str = "value") -> Problem:
        """Seek the greatest sum of a value.

        Parameters
        ----------
        value : float array of the carrier's shape
            What choosing each decision is worth, as a whole and not by area (any unit); not negative.
        name : str
            What it is.

        Returns
        -------
        Problem
            The plan with this objective.
        """
        return self._with(Objective(_numbers(value), name, least=False))

    def minimise(self, cost: ArrayLike, name: str = "cost") -> Problem:
        """Seek the least sum of a cost; the objective of the answer is its negative.

        Parameters
        ----------
        cost : float array of the carrier's shape
            What choosing each decision costs, as a whole and not by area (any unit); not negative.
        name : str
            What it is.

        Returns
        -------
        Problem
            The plan with this objective.
        """
        return self._with(Objective(_numbers(cost), name, least=True))

    def area_budget(self, area: float) -> Problem:
        """Choose at most so much area.

        Parameters
        ----------
        area : float
            The budget (unit of the carrier).

        Returns
        -------
        Problem
            The plan with this limit.
        """
        return self._with(AreaLimit(float(area), least=False))

    def area_target(self, area: float) -> Problem:
        """Choose at least so much area.

        Parameters
        ----------
        area : float
            The target (unit of the carrier).

        Returns
        -------
        Problem
            The plan with this limit.
        """
        return self._with(AreaLimit(float(area), least=True))

    def minimum_share(
        self,
        group: ArrayLike,
        share: float | Mapping[int, float],
        *,
        kind: str = "function area",
        labels: Mapping[int, str] | None = None,
    ) -> Problem:
        """Choose at least a share of the area of each group.

        Parameters
        ----------
        group : int array of the carrier's shape
            Number of the group, from 0; negative: none.
        share : float or mapping from group to float
            Least share of each group's area; with a mapping, only of the groups that it names.
        kind : str
            What the groups are.
        labels : mapping from group to str, optional
            What each is called.

        Returns
        -------
        Problem
            The plan with one row for each group.
        """
        numbers = np.asarray(group)
        numbers = frozen(group, numbers.dtype if numbers.dtype.kind in "iu" else np.int32)
        if isinstance(share, Mapping):
            wanted = {int(number): float(value) for number, value in share.items()}
        else:
            present = _present(self.carrier, numbers)
            wanted = dict.fromkeys([*present, *(set(labels or {}) - set(present))], float(share))
        return self._with(Shares(numbers, wanted, kind, dict(labels or {})))

    def target(
        self, name: str, amount: ArrayLike, *, least: float | None = None, share: float | None = None, unit: str = ""
    ) -> Problem:
        """Choose at least so much of a feature.

        Parameters
        ----------
        name : str
            The feature.
        amount : float array of the carrier's shape
            How much of it each decision holds (`unit`); not negative.
        least : float, optional
            Least amount (`unit`).
        share : float, optional
            Least share of what exists; just one of the two is given.
        unit : str
            Unit of the amount.

        Returns
        -------
        Problem
            The plan with this target.
        """
        return self._with(Target(name, _numbers(amount), least, share, unit))

    def locked_in(self, where: ArrayLike, name: str = "given area") -> Problem:
        """Choose some decisions beforehand.

        Parameters
        ----------
        where : bool array of the carrier's shape
            Which.
        name : str
            What they are.

        Returns
        -------
        Problem
            The plan with this lock.
        """
        return self._with(Lock(name, frozen(where, np.bool_), IN))

    def locked_out(self, where: ArrayLike, name: str = "excluded area") -> Problem:
        """Leave some decisions out beforehand.

        Parameters
        ----------
        where : bool array of the carrier's shape
            Which.
        name : str
            What they are.

        Returns
        -------
        Problem
            The plan with this lock.
        """
        return self._with(Lock(name, frozen(where, np.bool_), OUT))

    def boundary_price(
        self,
        price: float,
        *,
        outside: bool = True,
        multiplier: ArrayLike | tuple[ArrayLike, ArrayLike] | None = None,
    ) -> Problem:
        """Let the boundary between chosen and not chosen cost something.

        Parameters
        ----------
        price : float
            What a length of boundary costs (unit of the objective by unit of length); not negative.
        outside : bool
            Whether the boundary towards no data and the end of the region counts.
        multiplier : float array (edges,), or two of (rows, columns), optional
            Makes the price of single edges cheaper or dearer: for units edge by edge; for cells of the side shared with
            the cell to the right and of the side shared with the one below, towards no data too.

        Returns
        -------
        Problem
            The plan with this price.
        """
        if multiplier is None:
            factors: tuple[NDArray[np.floating[Any]], ...] = ()
        elif isinstance(multiplier, tuple):
            factors = tuple(_numbers(part) for part in multiplier)
        else:
            factors = (_numbers(multiplier),)
        return self._with(BoundaryPrice(float(price), outside, factors))

    def check(self) -> Problems:
        """Find everything that is wrong with the plan, before it is solved.

        Returns
        -------
        Problems
            Faults with key, fault and mend; empty: it may be solved.
        """
        return check(self)

    def of(self, kind: type[Any]) -> list[Any]:
        """Give the terms of one kind.

        Parameters
        ----------
        kind : type
            `Objective`, `AreaLimit`, `Shares`, `Target`, `Lock` or `BoundaryPrice`.

        Returns
        -------
        list
            In the order in which they were said.
        """
        return [term for term in self.terms if isinstance(term, kind)]

    def locks(self, state: int) -> NDArray[np.bool_]:
        """Put the locks of one kind together.

        Parameters
        ----------
        state : {0, 1}
            Locked out or locked in.

        Returns
        -------
        bool ndarray of the carrier's shape
            Where at least one lock lies.
        """
        together = np.zeros(self.carrier.shape, bool)
        for lock in self.of(Lock):
            if lock.state == state:
                together |= lock.where
        return together & self.carrier.mask

    def fixed(self) -> NDArray[np.int8]:
        """Say which decisions are taken already.

        Returns
        -------
        int8 ndarray of the carrier's shape
            -1 free, 0 locked out, 1 locked in.
        """
        fixed = np.full(self.carrier.shape, FREE, np.int8)
        fixed[self.locks(OUT)] = OUT
        fixed[self.locks(IN)] = IN
        return fixed

    def compile(self) -> Program:
        """Bring the plan to the form that solvers take.

        Returns
        -------
        Program
            Decisions in the order of the carrier; on a grid row by row where there is data.
        """
        carrier, mask = self.carrier, self.carrier.mask
        objective: Objective = self.of(Objective)[0]
        weight = objective.values[mask].astype(np.float64) * (-1.0 if objective.least else 1.0)
        first, second, length = carrier.edges()
        price = np.zeros(len(length))
        for boundary in self.of(BoundaryPrice):
            price += boundary.price * length * _factors(carrier, boundary.multiplier)
            if boundary.outside:
                outside = carrier.outside(*boundary.multiplier) if isinstance(carrier, Cells) else carrier.outside()
                weight -= boundary.price * outside
        priced = price > 0
        rows = list(self._rows())
        columns = [np.flatnonzero(row.amount) for row in rows]
        starts = np.concatenate([[0], np.cumsum([len(found) for found in columns])]).astype(np.int64)
        data = [row.amount[found] for row, found in zip(rows, columns, strict=True)]
        matrix = sparse.csr_array(
            (np.concatenate([np.empty(0), *data]), np.concatenate([np.empty(0, np.int32), *columns]), starts),
            shape=(len(rows), len(weight)),
        )
        return Program(
            weight,
            first[priced],
            second[priced],
            price[priced],
            matrix,
            np.array([row.lower for row in rows]),
            np.array([row.upper for row in rows]),
            tuple(row.name for row in rows),
            self.fixed()[mask],
            tuple(row.unit for row in rows),
            np.array([row.whole for row in rows]),
        )

    def __str__(self) -> str:
        carrier = self.carrier
        kind, edges = ("cells", "") if isinstance(carrier, Cells) else ("units", f", {len(carrier.length):,} edges")
        lines = [self._line(term) for term in self.terms]
        twigs = [f"{'└' if number == len(lines) else '├'}─ {line}" for number, line in enumerate(lines, 1)]
        head = f"{self.key}: {carrier.size:,} {kind}, {total(carrier):,.6g} {carrier.unit}{edges}"
        return "\n".join([head, *twigs])

    def _line(self, term: Term) -> str:
        carrier = self.carrier
        match term:
            case Objective():
                return f"{term}: {total(carrier, term.values):,.6g} in all"
            case AreaLimit():
                return f"{term.name}: at {'least' if term.least else 'most'} {term.area:,.6g} {carrier.unit}"
            case Shares():
                shares = sorted({100 * share for share in term.share.values()})
                span = f"{shares[0]:g}" if len(shares) == 1 else f"{shares[0]:g} to {shares[-1]:g}"
                return f"share of {term.kind}: at least {span} % of each of {len(term.share)}"
            case Target():
                return f"{term} of {total(carrier, term.amount):,.6g} {term.unit}".rstrip()
            case Lock():
                count = int(np.count_nonzero(term.where & carrier.mask))
                kind = ("cell" if isinstance(carrier, Cells) else "unit") + ("" if count == 1 else "s")
                return f"{term}: {count:,} {kind}, {total(carrier, where=term.where):,.6g} {carrier.unit}"
            case BoundaryPrice():
                outside = "the outside too" if term.outside else "the outside free"
                single = ", single edges by a multiplier" if term.multiplier else ""
                return f"boundary: {term.price:g} a {carrier.length_unit}, {outside}{single}"

    def _with(self, term: Term) -> Problem:
        return replace(self, terms=(*self.terms, term))

    def _rows(self) -> Iterator[_Row]:
        carrier, mask = self.carrier, self.carrier.mask
        area = np.concatenate([carrier.areas(band) for band in carrier.bands()])
        for term in self.terms:
            match term:
                case AreaLimit(area=limit, least=True):
                    yield _Row(term.name, area, limit, np.inf, carrier.unit)
                case AreaLimit(area=limit):
                    yield _Row(term.name, area, -np.inf, limit, carrier.unit)
                case Shares():
                    group, wholes = term.group[mask], areas_by_group(carrier, term.group)
                    for number, share in term.share.items():
                        whole = float(wholes[number])
                        inside = np.where(group == number, area, 0.0)
                        yield _Row(term.name(number), inside, share * whole, np.inf, carrier.unit, whole)
                case Target():
                    exists = total(carrier, term.amount)
                    whole = np.nan if term.share is None else exists
                    amount = term.amount[mask].astype(np.float64)
                    yield _Row(f"target of {term.name}", amount, term.wanted(exists), np.inf, term.unit, whole)
                case _:
                    pass


@dataclass(frozen=True, eq=False)
class _Row:
    name: str
    amount: NDArray[np.float64]
    lower: float
    upper: float
    unit: str
    whole: float = field(default=np.nan)


def _numbers(values: ArrayLike) -> NDArray[np.floating[Any]]:
    numbers = np.asarray(values)
    return frozen(values, numbers.dtype if numbers.dtype in (np.float32, np.float64) else np.float64)


def _present(carrier: Carrier, group: NDArray[np.integer[Any]]) -> list[int]:
    if group.shape != carrier.shape:
        return []
    found: set[int] = set()
    for band in carrier.bands():
        found.update(np.unique(group[band][carrier.mask[band]]).tolist())
    return sorted(number for number in found if number >= 0)


def _factors(carrier: Carrier, multiplier: tuple[NDArray[np.floating[Any]], ...]) -> NDArray[np.float64] | float:
    if not multiplier:
        return 1.0
    if isinstance(carrier, Cells):
        right, below = multiplier
        return carrier.along_edges(right, below)
    return multiplier[0].astype(np.float64)
