"""Products that are polygons as a map has them: which classes, in which colours, with which areas."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from shanshui.policy.rules.rule import ALLOWED, CONDITIONAL, PROHIBITED, UNDETERMINED
from shanshui.report.classes import Classes
from shanshui.report.legends import class_entries
from shanshui.report.material import Material
from shanshui.report.red_line_classes import RED_LINE, patch_classes
from shanshui.report.words import sentence

ADJUSTMENT, NEXT = "red_line_adjustment", "red_line_next"
FACES, PLAN, GAPS = "protected_area_faces", "protected_area_plan", "protected_area_gaps"
OUTCOMES = "parcel_outcomes"
# Colours that colour-blind readers can tell apart (Okabe and Ito 2008, Tol 2021).
COLOURS = {
    # What becomes of a patch of the red line.
    "stays": "#c9d6c3", "comes_in": "#0072b2", "leaves": "#d55e00", "not_needed": "#a6cee3", "is_kept": "#f2c894",
    # What becomes of a face of protected areas.
    "keep": "#8dbf9b", "merge": "#0072b2", "adjust_out": "#d55e00", "withdraw": "#e69f00", "manage": "#f0e442",
    # How many areas cover it.
    "once": "#c9d6c3", "twice": "#e69f00", "thrice": "#882255",
    # Zones of protected areas.
    "core": "#117733", "general": "#a9d5a0", "park_use": "#88ccee",
    # Gaps.
    "habitat": "#117733", "species": "#cc6677", "corridor": "#0072b2",
    # What is decided on a parcel.
    "prohibited": "#882255", "undetermined": "#bbbbbb", "allowed_with_conditions": "#ddaa33", "allowed": "#0072b2",
}  # fmt: skip
# Marks of parcels have at least this radius, as a share of what the map spans.
LEAST_MARK = 0.008
OUTCOME_ORDER = (ALLOWED, CONDITIONAL, UNDETERMINED, PROHIBITED)
DEPTHS = {1: "once", 2: "twice", 3: "thrice"}


@dataclass(frozen=True)
class Shapes:
    """Polygons for one map.

    Parameters
    ----------
    product : str
        The product they are of.
    view : str
        Which of its maps; empty where it has one.
    polygons : ndarray of shapely geometries
        In the CRS of the grid; of those that overlap the last lies on top.
    codes : float64 ndarray
        The class of each.
    classes : Classes
        Names, colours and areas.
    """

    product: str
    view: str
    polygons: NDArray[Any]
    codes: NDArray[np.float64]
    classes: Classes


def shapes(material: Material) -> list[Shapes]:
    """Give what maps of polygons need, those that stand.

    Parameters
    ----------
    material : Material
        The study.

    Returns
    -------
    list of Shapes
        The first of a product is its own map, others stand below it.
    """
    found = []
    line = patch_classes(material)
    if line is not None:
        patches, codes, classes = line
        found.append(Shapes(RED_LINE, "", patches.geometry.to_numpy(), codes, classes))
    for product, view, key_of in (
        (ADJUSTMENT, "", _becomes),
        (FACES, "depth", lambda frame: np.minimum(frame["count"], 3).map(DEPTHS)),
        (FACES, "action", lambda frame: frame["action"]),
        (PLAN, "", lambda frame: frame["zone"]),
        (GAPS, "", lambda frame: frame["kind"]),
        (OUTCOMES, "", lambda frame: frame["outcome"]),
    ):
        frame = material.shapes(product)
        if product == ADJUSTMENT and frame is not None:
            frame = _on_the_line(frame, material)
        if product == OUTCOMES and frame is not None:
            frame = _marked(frame)
        keys = None if frame is None else key_of(frame)
        if keys is not None and keys.isin(list(COLOURS)).any():
            found.append(_classed(product, view, frame, keys, material))
    return found


def _marked(parcels: Any) -> Any:
    """Draw parcels large enough to be seen on a map of the region, what is strictest on top."""
    left, bottom, right, top = parcels.total_bounds
    least = LEAST_MARK * max(right - left, top - bottom)
    marks = parcels.geometry.representative_point().buffer(least).union(parcels.geometry)
    order = parcels["outcome"].map(OUTCOME_ORDER.index).to_numpy().argsort(kind="stable")
    return parcels.set_geometry(marks).iloc[order]


def _becomes(frame: pd.DataFrame) -> pd.Series[str]:
    """Say what becomes of each patch: inside, comes in, leaves, or might have."""
    incoming, taken = frame["direction"] == "in", frame["taken"] == 1
    key = pd.Series("stays", frame.index)
    key[incoming & taken], key[incoming & ~taken] = "comes_in", "not_needed"
    out = frame["direction"] == "out"
    key[out & taken], key[out & ~taken] = "leaves", "is_kept"
    return key


def _on_the_line(patches: Any, material: Material) -> Any:
    """Put the patches on the line of tomorrow, so that the map shows what stays inside, too."""
    line = material.shapes(NEXT)
    if line is None:
        return patches
    stays = line.assign(direction="", taken=0, area_ha=line["kept_ha"])
    return pd.concat([stays, patches], ignore_index=True)


def _classed(product: str, view: str, frame: Any, keys: pd.Series[str], material: Material) -> Shapes:
    # What was kept against a rule lies on today's line: its area is not counted twice.
    areas = frame["area_ha"].groupby(keys.to_numpy()).sum()
    if "stays" in areas and "is_kept" in areas:
        areas["stays"] -= areas["is_kept"]
    present = [key for key in COLOURS if key in areas.index]
    number: Callable[[str], int] = present.index
    names = [sentence(material.words(f"shape_{key}")) for key in present]
    entries = [(COLOURS[key], name, float(areas[key])) for key, name in zip(present, names, strict=True)]
    classes = Classes(
        {number(key): COLOURS[key] for key in present},
        dict(enumerate(names)),
        class_entries(entries, material.words),
    )
    known = keys.isin(present).to_numpy()
    codes = np.array([number(key) for key in keys[known]], np.float64)
    return Shapes(product, view, frame.geometry.to_numpy()[known], codes, classes)
