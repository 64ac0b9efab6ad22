"""A cell, or a few: what every quantity is worth there, worked out anew from the inputs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from shanshui.base.days import Days
from shanshui.base.grid import Window
from shanshui.base.step import Series
from shanshui.data.rasters import CLASS_NODATA
from shanshui.study.inputs import AskedSource, TableSource
from shanshui.study.plan import Given, Made, Missing, Node, nodes_of

if TYPE_CHECKING:
    from shanshui.study.study import Study


class UnknownHereError(ValueError):
    """A quantity that one place alone does not tell: its message names it."""


@dataclass(frozen=True)
class Worked:
    """What a step makes of its inputs at one place.

    Parameters
    ----------
    inputs : list of (Node, object)
        What goes in: for cells the value there, for months a list; None for what is no cell.
    value : float
        What comes out.
    """

    inputs: list[tuple[Node, Any]]
    value: float


class Place:
    """One cell of a study, or a few.

    Parameters
    ----------
    study : Study
        The study; what stands in its output is used where a place alone does not tell (what sees the whole region).
    window : Window
        The cells.
    current : set of str
        The products that stand there and are current.
    """

    def __init__(self, study: Study, window: Window, current: set[str]) -> None:
        assert study.inputs.grid is not None
        self._study = study
        self._grid = study.inputs.grid
        self._current = current
        self._window = window
        self._known: dict[tuple[Node, int], Any] = {}

    def worked(self, name: str, year: int | None) -> Worked:
        """Work out one quantity on one cell.

        Parameters
        ----------
        name : str
            A quantity on cells that a step makes.
        year : int or None
            Its year.

        Returns
        -------
        Worked

        Raises
        ------
        UnknownHereError
            Where something it needs depends on the whole region and does not stand in the output.
        """
        found = self._study.resolver[name]
        assert isinstance(found, Made)
        value = self._single(self._made(Node(name, year), found, 0))
        inputs = []
        for given in self._inputs(found, year):
            for node in given if isinstance(given, tuple) else (given,):
                if node is not None:
                    inputs.append((node, self._single(self._value(node, 0))))
        return Worked(inputs, value)

    def cells(self, node: Node) -> Any:
        """Work out one quantity on all cells of the window.

        Parameters
        ----------
        node : Node
            A quantity on cells, and its year.

        Returns
        -------
        ndarray (rows, columns)

        Raises
        ------
        UnknownHereError
            As `worked`.
        """
        return self._value(node, 0)

    def _value(self, node: Node, pad: int) -> Any:
        if (node, pad) not in self._known:
            self._known[node, pad] = self._found(node, pad)
        return self._known[node, pad]

    def _found(self, node: Node, pad: int) -> Any:
        study = self._study
        found = study.resolver[node.name]
        if isinstance(found, Given):
            source = study.inputs.sources[node.name]
            if isinstance(source, TableSource):
                return source.frame
            if isinstance(source, AskedSource):
                return source.read()
            return source.read(node.year, self._window.padded(pad))
        if isinstance(found, Missing):
            raise UnknownHereError(node.name)
        quantity = study.catalogue.vocabulary[node.name]
        try:
            return self._made(node, found, pad)
        except UnknownHereError:
            if node.name not in self._current:
                raise
            if quantity.shape == "table":
                return study.output.read_table(quantity, node.year)
            return study.output.read_window(quantity, node.year, self._grid, self._window.padded(pad))

    def _made(self, node: Node, found: Made, pad: int) -> Any:
        if found.step.whole or self._study.catalogue.vocabulary[node.name].shape not in ("cell", "table"):
            raise UnknownHereError(node.name)
        reach = pad + found.step.halo
        arguments = [
            None
            if given is None
            else Series({each.year: self._value(each, reach) for each in given})
            if isinstance(given, tuple)
            else self._value(given, reach)
            for given in self._inputs(found, node.year)
        ]
        made = found.step(arguments, self._study.scalars)
        halo = found.step.halo
        return made[..., halo:-halo, halo:-halo] if halo else made

    def _inputs(self, found: Made, year: int | None) -> list[Node | tuple[Node, ...] | None]:
        return [nodes_of(needed, found, year, self._study.resolver) for needed in found.step.inputs]

    def _single(self, value: Any) -> Any:
        """Take the number out of an array of the one cell."""
        if isinstance(value, Days):
            known = np.concatenate([half[np.isfinite(half)] for half in value])
            return float(known.mean()) if known.size else np.nan
        if not isinstance(value, np.ndarray):
            return None
        here = value[..., 0, 0]
        if here.ndim:
            return [float(one) for one in here]
        return float("nan") if here.dtype.kind == "i" and here == CLASS_NODATA else float(here)
