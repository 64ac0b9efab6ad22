"""Everything known about one place, with the reasons."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyproj
import shapely

from shanshui.base.errors import Problem, StudyError
from shanshui.base.grid import Window
from shanshui.base.vocabulary import Quantity
from shanshui.base.zones import REGION
from shanshui.study import explain_protected, explain_red_line
from shanshui.study.at_place import cell_at, features_at
from shanshui.study.drawn_products import current_draws, raster_files
from shanshui.study.place import Place, UnknownHereError
from shanshui.study.plan import Made
from shanshui.study.telling import scalar_words

if TYPE_CHECKING:
    from shanshui.study.study import Study


def explain_place(study: Study, x: float, y: float) -> dict[str, Any]:
    """Tell everything known about one place.

    Parameters
    ----------
    study : Study
        The study; products that stand in its output are read.
    x, y : float
        In the grid's CRS, or longitude and latitude [degrees].

    Returns
    -------
    dict of str to object
        The place, the zones that hold it, whether it lies in the red line and why, what the adjustment makes of it,
        the protected areas that cover it, the layers and the products there; of other products that are polygons or
        lines the features that hold it.

    Raises
    ------
    StudyError
        Where the study has no grid or the place lies outside it.
    """
    grid = study.inputs.grid
    if grid is None:
        raise StudyError(Problem("--at", "the study has no grid", "give [grid] in study.toml"))
    geobox = grid.geobox
    crs = pyproj.CRS.from_wkt(grid.crs)
    if crs.is_projected and abs(x) <= 180 and abs(y) <= 90:
        x, y = pyproj.Transformer.from_crs("EPSG:4326", crs, always_xy=True).transform(x, y)
    if not (np.isfinite(x) and np.isfinite(y)):
        raise StudyError(Problem("--at", "lies beyond the projection of the grid", "give a place in the region"))
    column, row = (int(np.floor(place)) for place in ~geobox.transform @ (x, y))
    if not (0 <= row < grid.shape[0] and 0 <= column < grid.shape[1]):
        bounds = geobox.boundingbox
        span = f"x {bounds.left:.0f} to {bounds.right:.0f}, y {bounds.bottom:.0f} to {bounds.top:.0f}"
        raise StudyError(
            Problem("--at", f"({x:.1f}, {y:.1f}) lies outside the grid", f"give {span}, or longitude,latitude")
        )
    longitude, latitude = pyproj.Transformer.from_crs(crs, "EPSG:4326", always_xy=True).transform(x, y)
    one = Window(row, column, 1, 1)
    area = study.inputs.sources["cell_area"].read(None, one)[0, 0]
    told: dict[str, Any] = {
        "place": f"x {x:.1f}, y {y:.1f} (longitude {longitude:.5f}, latitude {latitude:.5f})",
        "cell": f"row {row}, column {column}, {area / 10_000:.4f} ha",
    }
    told |= _zones_at(study, x, y, one)
    standing = [
        word
        for word in study.catalogue.vocabulary.values()
        if word.shape in ("cell", "table", "vector") and not word.family and study.output.receipt(word.name) is not None
    ]
    stale = set(study.stale(word.name for word in standing))
    current = {word.name for word in standing} - stale
    told |= explain_red_line.red_line_at(study, current, x, y)
    told |= explain_red_line.adjustment_at(study, current, x, y)
    told |= explain_protected.protected_at(study, current, x, y)
    in_words = current & {*explain_red_line.TOLD, *explain_protected.TOLD}
    for layer in study.inputs.layers:
        legend = study.inputs.sources.get(f"{layer.name}_legend")
        for year in layer.years or (None,):
            label = layer.name if year is None else f"{layer.name} {year}"
            if layer.quantity.axis == "none":
                value = layer.read(year, one)[0, 0]
                told[label] = _worded(value, layer.quantity.unit, None if legend is None else legend.frame)
    place = Place(study, one, {word.name for word in standing if word.shape != "vector"} - stale)
    told |= _products_at(study, [word for word in standing if word.shape == "cell"], stale, x, y, place)
    drawn = [word for word in standing if word.shape == "vector" and word.name not in in_words]
    return told | _features_at(study, drawn, stale, x, y)


def _zones_at(study: Study, x: float, y: float, one: Window) -> dict[str, str]:
    told = {}
    zones = study.inputs.sources["zones"].frame
    cover = study.inputs.sources["zone_cover"].read(None, one)
    inside = cover.members[cover.signature[0, 0]].tolist() if cover.signature[0, 0] >= 0 else cover.border_zone.tolist()
    point = shapely.Point(x, y)
    for zoning in study.inputs.zonings:
        numbers = [n for n in inside if zones["zoning"][n] == zoning.name]
        if zoning.polygons is not None and zoning.name != REGION and cover.signature[0, 0] == -1:
            holding = zoning.zones["zone"][: len(zoning.polygons)][shapely.covers(zoning.polygons, point)]
            numbers = [n for n in numbers if zones["zone"][n] in set(holding)] or numbers
        names = [
            f"{zones['zone'][n]} {zones['name'][n]}" if zones["name"][n] != zones["zone"][n] else zones["zone"][n]
            for n in numbers
        ]
        told[f"zone of {zoning.name}"] = ", ".join(names) or "none"
    return told


def _products_at(
    study: Study, standing: list[Quantity], stale: set[str], x: float, y: float, place: Place
) -> dict[str, Any]:
    told: dict[str, Any] = {}
    for quantity in standing:
        legend = (
            study.resolver[f"{quantity.name}_legend"]
            if f"{quantity.name}_legend" in study.catalogue.vocabulary
            else None
        )
        words = legend.step.function() if isinstance(legend, Made) and legend.step.takes_nothing else None
        for year in study.years(quantity.name) or (None,):
            value = cell_at(study.output.path(quantity, year), x, y)
            if value is None:
                continue
            empty = value != value
            label = quantity.name if year is None else f"{quantity.name} {year}"
            said = "no data" if empty else _worded(value, quantity.unit, words)
            if quantity.name in stale:
                told[label] = f"{said} (stale: run again)"
                continue
            reasons = _worked(study, place, quantity.name, year, value)
            told[label] = "\n".join([said, *reasons, *_drawn(study, quantity, year, x, y)])
    return told


def _features_at(study: Study, standing: list[Quantity], stale: set[str], x: float, y: float) -> dict[str, str]:
    """Tell the features that hold a place, each with its columns."""
    told = {}
    for quantity in standing:
        for year in study.years(quantity.name) or (None,):
            held = features_at(study, study.output.path(quantity, year), x, y)
            if held is None:
                continue
            label = quantity.name if year is None else f"{quantity.name} {year}"
            said = [_attributes(feature) for feature in held] or ["none here"]
            if quantity.name in stale:
                said[0] = f"{said[0]} (stale: run again)"
            told[label] = "\n".join(said)
    return told


def _attributes(feature: dict[str, Any]) -> str:
    return ", ".join(
        f"{name} {value:.7g}" if isinstance(value, float) else f"{name} {value}" for name, value in feature.items()
    )


def _drawn(study: Study, quantity: Quantity, year: int | None, x: float, y: float) -> list[str]:
    """Say what the draws of a product are at a place, where they stand and were made of the product as it stands."""
    told = current_draws(study, quantity.name)
    if told is None:
        return []
    words = []
    for path in raster_files(told, quantity.name, year):
        value = cell_at(study.output.folder / "draws" / path, x, y)
        if value is not None:
            kind = path.stem.removeprefix(quantity.name).removesuffix(f"_{year}").strip("_").replace("_", " ")
            words.append(f"{kind} {_figures(value, quantity.unit if kind != 'confidence' else '1')}")
    return [f"in {told['draws']} draws: {', '.join(words)}"]


def _worked(study: Study, place: Place, name: str, year: int | None, stored: float) -> list[str]:
    """Say what a product is made of at a place, and what comes of it when it is worked out anew."""
    found = study.resolver[name]
    vocabulary = study.catalogue.vocabulary
    if not isinstance(found, Made):
        return []
    label = f"by {found.step.method}" if found.step.method else f"by {found.step.name}"
    try:
        worked = place.worked(name, year)
    except UnknownHereError as unknown:
        if str(unknown) == name:
            return [f"{label}: it sees the whole region, and one place alone does not tell it"]
        return [f"{label}; this place alone does not tell it: {unknown} sees the whole region, and does not stand"]
    lines = [f"{label}: {found.step.title}"]
    for node, value in worked.inputs:
        if value is not None:
            empty = value != value or (isinstance(value, list) and any(one != one for one in value))
            lines.append(f"  {node} = {_figures(value, vocabulary[node.name].unit)}" + (" <- no data" if empty else ""))
    lines += [f"  {scalar} = {scalar_words(study, scalar)}" for scalar in found.step.parameters]
    same = (stored != stored and worked.value != worked.value) or bool(np.isclose(stored, worked.value, rtol=1e-5))
    lines.append(
        f"  gives {_figures(worked.value, vocabulary[name].unit)}"
        + (
            ", as in the product"
            if same
            else f"; the product holds {_figures(stored, '1')}: it sees more than this place"
        )
    )
    return lines


def _figures(value: Any, unit: str) -> str:
    numbers = " ".join(f"{one:.4g}" for one in value) if isinstance(value, list) else f"{value:.7g}"
    if value != value:
        return "no data"
    return numbers if unit == "1" else f"{numbers} {unit}"


def _worded(value: Any, unit: str, legend: Any) -> str:
    if value != value or (legend is not None and value == -1):
        return "no data"
    if legend is not None:
        name = legend["name"][legend["code"] == value]
        return f"{int(value)} {name.iloc[0]}" if len(name) else f"{int(value)} (not in the legend)"
    return f"{value:g} {unit}" if unit != "1" else f"{value:g}"
