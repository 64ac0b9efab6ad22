"""What is wrong and can be told before long work: steps of tables alone, and maps that lack what a step must find."""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping
from typing import TYPE_CHECKING, Any

import numpy as np

from shanshui.base.errors import Problems, StudyError
from shanshui.base.grid import Window
from shanshui.study.inputs import AskedSource, TableSource
from shanshui.study.passes import run_pass
from shanshui.study.plan import Given, Node, Plan, make_plan

if TYPE_CHECKING:
    from shanshui.study.study import Study


class _AllFoundError(Exception):
    """Every year has such a cell: no need to read on."""


def tables_of(sources: Mapping[str, Any], plan: Plan) -> dict[Node, Any]:
    """Give the tables among what a study brings.

    Parameters
    ----------
    sources : mapping of str to Source
        What it brings.
    plan : Plan
        What is to be done: what is read only when it is asked for is read where a step of the plan takes it.

    Returns
    -------
    dict of Node to object
        DataFrames, and what else is whole.
    """
    tables = {Node(name): source.frame for name, source in sources.items() if isinstance(source, TableSource)}
    needed = {node.name for tasks in plan.between.values() for task in tasks for node in task.needed}
    asked = {name: source for name, source in sources.items() if isinstance(source, AskedSource) and name in needed}
    return tables | {Node(name): source.read() for name, source in asked.items()}


def find_beforehand(study: Study, plan: Plan, tables: MutableMapping[Node, Any]) -> Problems:
    """Make every table that hangs on tables alone, and look for what a step must find on the map.

    Parameters
    ----------
    study : Study
        The study.
    plan : Plan
        What a run will do.
    tables : mutable mapping of Node to object
        The tables that are there; takes those that are made.

    Returns
    -------
    Problems
        What the steps of tables refuse, and what no cell of the map has, all at once.

    Notes
    -----
    An input that must be found somewhere (`Somewhere`) is read tile by tile up to the first such cell. It is not looked
    for where another input of the step is made from it, for then there is neither; nor where it hangs on sums, or on a
    raster as a whole.
    """
    problems = _make_tables(study, plan, tables)
    passes = (walk.tasks for walk in plan.passes.values())
    wanted: dict[tuple[str, float], dict[str, None]] = {}
    for task in [task for tasks in (*plan.between.values(), *passes) for task in tasks]:
        for name, least in task.step.somewhere.items():
            others = [other for other in task.step.inputs if other != name]
            if name not in study.resolver.closure(others):
                wanted.setdefault((name, least), {})[task.node.name] = None
    for (name, least), users in wanted.items():
        problems += _lacking(study, name, least, " and ".join(users), tables)
    return problems


def _make_tables(study: Study, plan: Plan, tables: MutableMapping[Node, Any]) -> Problems:
    problems = Problems()
    for task in plan.between.get(0, ()):
        if task.node not in tables and not task.step.whole and all(needed in tables for needed in task.needed):
            try:
                tables[task.node] = task.step(task.arguments(tables), study.scalars)
            except StudyError as error:
                problems += error.problems
    return problems


def _lacking(study: Study, name: str, least: float, users: str, tables: MutableMapping[Node, Any]) -> Problems:
    """Name the years in which no cell of the map reaches a value."""
    problems, grid = Problems(), study.inputs.grid
    plan = make_plan([name], study.resolver, study.catalogue)
    if grid is None or set(plan.passes) != {0} or _make_tables(study, plan, tables):
        return problems
    walk = plan.passes[0]
    open_years = set(walk.written)

    def look(node: Node, cells: Any, _: Window) -> None:
        if node in open_years and bool(np.any(cells >= least)):
            open_years.remove(node)
            if not open_years:
                raise _AllFoundError

    try:
        run_pass(walk, grid, study.inputs.sources, tables, study.scalars, look, look, threads=1)
    except _AllFoundError:
        return problems
    made_of = [part for part in study.resolver.closure([name]) if isinstance(study.resolver[part], Given)]
    mend = "correct it" if made_of == [name] else f"give it as a layer, or correct {' and '.join(made_of)}"
    years = ", ".join(str(node.year) for node in sorted(open_years, key=str) if node.year is not None)
    english = study.catalogue.vocabulary[name].english
    fault = f"no cell of the map is {english} ({least:g} or more){' in ' * bool(years)}{years}, needed for {users}"
    problems.fault(f"layers.{name}", fault, mend)
    return problems
