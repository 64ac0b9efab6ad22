"""Keys and receipts: what a product is made from, as a fingerprint and in words."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from shanshui.base.catalogue import Catalogue
from shanshui.base.step import Step
from shanshui.data.files import digest_bytes
from shanshui.study.code_key import code_key
from shanshui.study.inputs import Inputs, grid_key
from shanshui.study.plan import Given, Made, Missing, Resolver

if TYPE_CHECKING:
    from shanshui.study.study import Study

# The modules that bring inputs to the grid; their code is part of the key of whatever is read, and of every sum.
_DOOR = ("shanshui.study.gathering", "shanshui.study.passes", "shanshui.study.products")

# Where the cells lie, which a step that draws polygons takes: no parameter that anybody chose.
GEOBOX = "geobox"


def keys(
    names: Iterable[str], resolver: Resolver, inputs: Inputs, catalogue: Catalogue, scalars: Mapping[str, Any]
) -> dict[str, str]:
    """Give the key of each quantity: a fingerprint of all that it is made from.

    Parameters
    ----------
    names : iterable of str
        Quantities that can be had.
    resolver : Resolver
        How each is had.
    inputs : Inputs
        What the study brings.
    catalogue : Catalogue
        All words.
    scalars : mapping of str to object
        Values of keyword parameters.

    Returns
    -------
    dict of str to str
        For these names and all they need. It changes when an input, a parameter, the words of the quantity,
        the grid or its tiles, or the code of a step and what that leans on changes; and only then.
    """
    made: dict[str, str] = {}
    door = digest_bytes(*(code_key(module) for module in _DOOR))
    grid = grid_key(inputs.grid) if inputs.grid is not None else ""
    for name in resolver.closure(names):
        found = resolver[name]
        quantity = catalogue.vocabulary[name]
        if isinstance(found, Given):
            on_grid = grid if quantity.shape == "cell" else ""
            made[name] = digest_bytes(name, repr(quantity), inputs.sources[name].key, door, on_grid)
        elif isinstance(found, Made):
            step = found.step
            made[name] = digest_bytes(
                repr(quantity),
                _place(step),
                code_key(step.function.__module__),
                door if quantity.shape in ("cell", "sums") else "",
                repr([(scalar, scalars[scalar]) for scalar in step.parameters if scalar != GEOBOX]),
                grid if GEOBOX in step.parameters else "",
                repr([(needed, made[needed]) for needed in step.inputs]),
                repr(found.years),
                grid if quantity.shape in ("cell", "sums") else "",
                repr(inputs.clipped) if quantity.shape == "cell" else "",
            )
        else:
            made[name] = digest_bytes("missing", name)
    return made


def _concerns(key: str, closure: set[str]) -> bool:
    """Tell whether a note on a key of study.toml concerns a product: a receipt holds nothing its key does not know."""
    section, _, rest = key.partition(".")
    if section in ("zones", "region"):
        return "zones" in closure or "zone_cover" in closure
    return section not in ("tables", "layers") or rest.split(".")[0] in closure


def _place(step: Step) -> str:
    """Name a step's function; a study's own steps are called the same wherever the study lies."""
    module = step.function.__module__
    return f"{'steps' if module.startswith('shanshui_study_') else module}.{step.name}"


def table_sources(table: Any) -> list[str]:
    """Tell where the numbers of a table that comes with shanshui are from.

    Parameters
    ----------
    table : DataFrame
        Perhaps with the columns ``source`` and ``status``.

    Returns
    -------
    list of str
        One line a source: how many rows, which status.
    """
    if not {"source", "status"} <= set(table):
        return []
    counted = table.groupby(["status", "source"], sort=False).size()
    return [f"{rows} rows ({status}; {source})" for (status, source), rows in counted.items()]


def receipt(study: Study, name: str, key: str, columns: Mapping[str, str] | None) -> dict[str, Any]:
    """Say in words what a product is made from.

    Parameters
    ----------
    study : Study
        The study.
    name : str
        The product.
    key : str
        Its key.
    columns : mapping of str to str or None
        For a table, the types by which it reads back the same.

    Returns
    -------
    dict
        Ready for JSON. It holds no time: the same inputs give the same receipt.
    """
    quantity = study.catalogue.vocabulary[name]
    found = study.resolver[name]
    closure = set(study.resolver.closure([name]))
    chain = [other for other in study.resolver.closure([name]) if isinstance(study.resolver[other], Made)]
    steps = [study.resolver[other] for other in chain]
    used = sorted({scalar for made in steps if isinstance(made, Made) for scalar in made.step.parameters})
    given = [other for other in study.resolver.closure([name]) if isinstance(study.resolver[other], Given)]
    made_years = list(found.years) if not isinstance(found, Missing) else []
    content: dict[str, Any] = {
        "product": name,
        "english": quantity.english,
        "chinese": quantity.chinese,
        "unit": quantity.unit,
        "years": made_years,
        "method": found.step.method if isinstance(found, Made) else None,
        "formula": inspect.getdoc(found.step.function) if isinstance(found, Made) else None,
        "steps": [
            {
                "gives": made.name,
                "function": _place(made.step),
                "method": made.step.method,
                "code": code_key(made.step.function.__module__),
                "dropped_years": {needed: list(years) for needed, years in made.dropped.items()},
                "absent": list(made.absent),
            }
            for made in steps
            if isinstance(made, Made)
        ],
        "parameters": [
            asdict(study.parameters[scalar])
            if scalar in study.parameters
            else {"name": scalar, "value": study.scalars[scalar]}
            for scalar in used
            if scalar != GEOBOX
        ],
        "tables": {
            made.name: table_sources(made.step.function())
            for made in steps
            if isinstance(made, Made) and made.step.takes_nothing and table_sources(made.step.function())
        },
        "inputs": [entry for other in given for entry in study.inputs.sources[other].describe()],
        "notes": [str(note) for note in study.inputs.notes if _concerns(note.key, closure)],
        "key": key,
    }
    grid = study.inputs.grid
    if grid is not None and any(
        study.catalogue.vocabulary[other].shape in ("cell", "sums", "cover") for other in closure
    ):
        content["grid"] = {
            "rows_columns": list(grid.shape),
            "transform": list(grid.geobox.transform)[:6],
            "crs": str(grid.geobox.crs),
            "tile": grid.tile,
        }
    if columns is not None:
        content["columns"] = dict(columns)
    return content
