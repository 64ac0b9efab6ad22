"""A step: a plain function whose parameters are its wiring."""

from __future__ import annotations

import inspect
import types
import typing
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, overload

from shanshui.base.raster import WholeRaster

Function = Callable[..., Any]
# The keyword by which a step of a family learns the name of the quantity it is about.
OF_NAME = "of_name"


@dataclass(frozen=True)
class AtLeast:
    """How many years a `Series` needs: ``Annotated[Series, AtLeast(8)]``.

    With 0 it may also be a quantity without years: a series of one, whose year is None.
    """

    years: int


@dataclass(frozen=True)
class Somewhere:
    """What an input must reach on some cell of the map: ``Annotated[WholeRaster, Somewhere(0.5)]``.

    A study whose map has no such cell is refused before anything is computed.
    """

    least: float


@dataclass(frozen=True)
class IfAny:
    """A table without rows leaves a step nothing to do: ``Annotated[DataFrame, IfAny()]``.

    A run then spares a step of sums the walk over the tiles; what it gives is None.
    """


class Series(Mapping[Any, Any]):
    """All years of a quantity at once, in order: ``series[2010]``, ``series.years``.

    Parameters
    ----------
    values : mapping of int to object
        One array (or table) a year.

    Examples
    --------
    >>> series = Series({2010: "b", 1990: "a"})
    >>> series.years, series[1990], series.pairs()
    ((1990, 2010), 'a', [(1990, 2010)])
    """

    def __init__(self, values: Mapping[Any, Any]) -> None:
        self._values = {year: values[year] for year in sorted(values)}

    def __getitem__(self, year: int) -> Any:
        return self._values[year]

    def __iter__(self) -> Iterator[int]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    @property
    def years(self) -> tuple[int, ...]:
        """The years, in order; none of a quantity without years."""
        return tuple(year for year in self._values if year is not None)

    def stacked(self, years: Iterable[int] | None = None) -> Any:
        """Give the arrays of all years, or of some, as one float32 array with the years as its first axis."""
        import numpy as np  # the command line's help imports this module, and no numbers

        return np.stack([self[year] for year in (self if years is None else years)], dtype=np.float32)

    def pairs(self) -> list[tuple[int, int]]:
        """Give every two years, the earlier one first."""
        years = self.years
        return [(years[i], years[j]) for i in range(len(years)) for j in range(i + 1, len(years))]


@dataclass(frozen=True)
class Step:
    """A function that gives a quantity, and what its signature says.

    Parameters
    ----------
    function : callable
        The function itself; it can be called without any engine.
    gives : str
        The quantity it gives.
    method : str or None
        The method's name, where several methods may give one quantity.
    halo : int
        How many cells more it sees on each side.
    of : tuple of str
        The quantities for which a family of steps is made; empty when it is a single step.
    member : str or None
        In a step made from a family: the quantity that it is about.
    together : tuple of str
        All that its function gives at once, in the order of the tuple that it returns; empty when it gives one thing.
    sampled : bool
        Whether sums are taken over a few tiles only, before the pass.
    """

    function: Function
    gives: str
    method: str | None = None
    halo: int = 0
    of: tuple[str, ...] = ()
    member: str | None = None
    together: tuple[str, ...] = ()
    sampled: bool = False

    @property
    def name(self) -> str:
        """The function's name."""
        return self.function.__name__

    @cached_property
    def inputs(self) -> tuple[str, ...]:
        """The quantities it takes, in the order of its positional parameters."""
        names = _parameters(self.function, inspect.Parameter.POSITIONAL_OR_KEYWORD)
        return tuple(self._quantity(name) for name in names)

    @cached_property
    def optional(self) -> frozenset[str]:
        """The inputs that it can do without: their parameters have the default None."""
        parameters = inspect.signature(self.function).parameters.items()
        return frozenset(self._quantity(name) for name, parameter in parameters if parameter.default is None)

    @cached_property
    def parameters(self) -> tuple[str, ...]:
        """The scalars it takes by keyword, from the policy pack or from the study."""
        return tuple(name for name in _parameters(self.function, inspect.Parameter.KEYWORD_ONLY) if name != OF_NAME)

    @property
    def takes_nothing(self) -> bool:
        """Whether it gives the same in every study, as a table that comes with shanshui."""
        return not self.inputs and not self.parameters

    @cached_property
    def series(self) -> dict[str, int]:
        """Which inputs it takes with all their years at once, and how many years it needs."""
        found: dict[str, int] = {}
        for name, hint in _hints(self.function).items():
            if hint is Series:
                found[self._quantity(name)] = 1
            elif typing.get_origin(hint) is typing.Annotated and typing.get_args(hint)[0] is Series:
                minima = [extra.years for extra in typing.get_args(hint)[1:] if isinstance(extra, AtLeast)]
                found[self._quantity(name)] = max(minima, default=1)
        return found

    @cached_property
    def somewhere(self) -> dict[str, float]:
        """Which inputs must reach a value on some cell of the map, and which."""
        return {
            self._quantity(name): extra.least
            for name, hint in _hints(self.function).items()
            for extra in getattr(hint, "__metadata__", ())
            if isinstance(extra, Somewhere)
        }

    @cached_property
    def if_any(self) -> frozenset[str]:
        """The tables that leave it nothing to do where they have no row."""
        return frozenset(
            self._quantity(name)
            for name, hint in _hints(self.function).items()
            if any(isinstance(extra, IfAny) for extra in getattr(hint, "__metadata__", ()))
        )

    @cached_property
    def whole(self) -> frozenset[str]:
        """The inputs that it takes as a whole; a step that has any runs once, between the passes."""
        return frozenset(
            self._quantity(name)
            for name, hint in _hints(self.function).items()
            if getattr(hint, "__origin__", hint) is WholeRaster
        )

    @property
    def title(self) -> str:
        """The first line of its docstring."""
        return (inspect.getdoc(self.function) or self.name).partition("\n")[0]

    def __call__(self, arguments: list[Any], scalars: Mapping[str, Any]) -> Any:
        """Call the function with its inputs, and with what it takes by keyword."""
        keywords = {name: scalars[name] for name in self.parameters}
        if OF_NAME in _parameters(self.function, inspect.Parameter.KEYWORD_ONLY):
            keywords[OF_NAME] = self.member
        return self.function(*arguments, **keywords)

    def _quantity(self, parameter: str) -> str:
        """Give the quantity that a positional parameter stands for."""
        if self.member and (parameter == "of" or parameter.startswith("of_")):
            return self.member + parameter.removeprefix("of")
        return parameter

    def members(self) -> list[Step]:
        """Give the concrete steps: one for each quantity of a family, or that the function gives; else itself."""
        if self.together:
            return [replace(self, gives=name) for name in self.together]
        if not self.of:
            return [self]
        return [replace(self, gives=self.gives.replace("{of}", of), of=(), member=of) for of in self.of]


@overload
def step(function: Function) -> Function: ...
@overload
def step(
    *,
    gives: str | tuple[str, ...] | None = None,
    method: str | None = None,
    halo: int = 0,
    of: tuple[str, ...] = (),
    sampled: bool = False,
) -> Callable[[Function], Function]: ...
def step(
    function: Function | None = None,
    *,
    gives: str | tuple[str, ...] | None = None,
    method: str | None = None,
    halo: int = 0,
    of: tuple[str, ...] = (),
    sampled: bool = False,
) -> Any:
    """Mark a function as a step; the function stays as it is.

    Positional parameters are names from the vocabulary and are the whole graph; keyword-only parameters
    are scalars from the policy pack. In a family, ``of`` stands for its quantity, ``of_slope`` for that quantity's
    slope, and the keyword ``of_name`` is its name. A positional parameter with the default None is one that the step
    can do without.

    Parameters
    ----------
    function : callable
        The function, when the decorator is used bare.
    gives : str or tuple of str, optional
        The quantity it gives; the function's name by default. A step that takes a raster as a whole may give several:
        it returns a tuple of them.
    method : str, optional
        The method's name, where several methods give one quantity.
    halo : int
        How many cells more it sees on each side [cells].
    of : tuple of str
        Makes one step for each of these quantities.
    sampled : bool
        Of sums: take them over a few tiles, spread over the map, before the pass. They are for a guess that saves work;
        no result may hang on it, and a run may do without: then they are None.

    Returns
    -------
    callable
        The same function, with its `Step` at ``function.step``.

    Examples
    --------
    >>> @step(method="share")
    ... def forest_share(forest_area, total_area, *, floor): ...
    >>> forest_share.step.inputs, forest_share.step.parameters
    (('forest_area', 'total_area'), ('floor',))
    """

    def mark(marked: Function) -> Function:
        for parameter in inspect.signature(marked).parameters.values():
            if parameter.kind not in (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY):
                raise TypeError(f"{marked.__name__}: parameter {parameter.name!r} of a step has no plain name")
        together = gives if isinstance(gives, tuple) else ()
        name = together[0] if isinstance(gives, tuple) else gives or marked.__name__
        marked.step = Step(marked, name, method, halo, of, together=together, sampled=sampled)  # type: ignore[attr-defined]
        return marked

    return mark if function is None else mark(function)


def _parameters(function: Function, kind: Any) -> tuple[str, ...]:
    return tuple(name for name, parameter in inspect.signature(function).parameters.items() if parameter.kind == kind)


def _hints(function: Function) -> dict[str, Any]:
    """Give the annotations of the positional parameters; of one that may be None, what it is else."""
    hints = typing.get_type_hints(function, include_extras=True)
    found = {}
    for name in _parameters(function, inspect.Parameter.POSITIONAL_OR_KEYWORD):
        hint = hints.get(name)
        others = [part for part in typing.get_args(hint) if part is not type(None)]
        optional = typing.get_origin(hint) in (typing.Union, types.UnionType) and len(others) == 1
        found[name] = others[0] if optional else hint
    return found
