"""Control layers and parcels as large as a prefecture's, to measure how fast parcels are decided on."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from shanshui.policy.ground.control_layers import ControlLayer
from shanshui.policy.language.terms import RULE_PACKS

# One degree by one degree, in metres.
SIDE = 100_000.0
POLYGONS, SPACING = 21_600, 52.0
RED_LINES, RED_LINE_VERTICES = 100, 33_000
PARCEL_AREA, PARCEL_SPACING = 50_000.0, 46.0
RED_LINE = "red_line"
# Of so many polygons a column says nothing.
UNKNOWN = 0.05


def control_data(names: Mapping[str, tuple[str, ...]], seed: int = 0, side: float = SIDE) -> list[ControlLayer]:
    """Make layers of Voronoi-like polygons, and a red line of few polygons with very many vertices.

    Parameters
    ----------
    names : mapping of str to (tuple of str)
        The columns of each layer; the red line is among them.
    seed : int
        Other numbers give other polygons of the same kind.
    side : float
        Of the square that they fill [m]: the number of polygons grows with its area.

    Returns
    -------
    list of ControlLayer
        All within (0, 0, side, side). Each but the red line covers all of it, so that every parcel overlaps all.
    """
    rng = np.random.default_rng(seed)
    per_side = round(np.sqrt(RED_LINES) * side / SIDE)
    number = round(POLYGONS * (side / SIDE) ** 2)
    made = []
    for name in sorted(names, key=lambda name: name != RED_LINE):
        polygons = _red_lines(rng, per_side, side) if name == RED_LINE else _cells(rng, number, side, SPACING)
        columns = {column: _values(rng, name, column, len(polygons)) for column in names[name]}
        keys = [f"{name}-{place}" for place in range(len(polygons))]
        made.append(ControlLayer.of(name, list(polygons), keys, columns=columns))
    return made


def parcels(number: int, seed: int = 1, side: float = SIDE) -> NDArray[Any]:
    """Make so many Voronoi-like parcels of 5 ha in the mean, in the middle of the layers.

    Parameters
    ----------
    number : int
        200,000 of them fill 100 km by 100 km.
    seed : int
        Other numbers give other parcels.
    side : float
        Of the square that the layers fill [m].

    Returns
    -------
    ndarray of shapely polygons
        In metres.
    """
    filled = float(np.sqrt(number * PARCEL_AREA))
    cells = _cells(np.random.default_rng(seed), number, filled, PARCEL_SPACING)
    return shapely.transform(cells, lambda points: points + (side - filled) / 2)


def projects(number: int, seed: int = 2, side: float = SIDE) -> list[Any]:
    """Make so many irregular parcels of 22 corners anywhere in the layers, from 100 m to 3 km across.

    Parameters
    ----------
    number : int
        How many.
    seed : int
        Other numbers give other parcels.
    side : float
        Of the square that the layers fill [m].

    Returns
    -------
    list of shapely polygons
        In metres.
    """
    rng = np.random.default_rng(seed)
    made: list[Any] = []
    while len(made) < number:
        reach = 10 ** rng.uniform(2, np.log10(3000)) / 2
        angle, middle = np.sort(rng.uniform(0, 2 * np.pi, 22)), rng.uniform(3000, side - 3000, 2)
        radius = reach * rng.uniform(0.7, 1, 22)
        parcel = shapely.Polygon(middle + radius[:, None] * np.column_stack([np.cos(angle), np.sin(angle)]))
        if parcel.is_valid:
            made.append(parcel)
    return made


def _values(rng: np.random.Generator, layer: str, column: str, number: int) -> list[str]:
    """Draw what a column says, of what our packs know."""
    with (RULE_PACKS / "layers.csv").open(encoding="utf-8", newline="") as file:
        known = [row["value"] for row in csv.DictReader(file) if (row["layer"], row["column"]) == (layer, column)]
    return np.where(rng.random(number) < UNKNOWN, "", rng.choice([*known] or [""], number)).tolist()


def _cells(rng: np.random.Generator, number: int, side: float, spacing: float) -> NDArray[Any]:
    """Make Voronoi cells with crooked borders that neighbours have in common."""
    points = shapely.multipoints(rng.uniform(0, side, (number, 2)))
    frame = shapely.box(0, 0, side, side)
    cells = shapely.get_parts(shapely.voronoi_polygons(points, extend_to=frame))
    rim = ~shapely.contains_properly(frame, cells)
    cells[rim] = shapely.intersection(cells[rim], frame)
    phase = rng.uniform(0, 2 * np.pi, (3, 2))
    cells = shapely.transform(shapely.segmentize(cells, spacing), lambda at: _crooked(at, phase, side))
    bad = ~shapely.is_valid(cells)
    cells[bad] = shapely.buffer(cells[bad], 0)
    return cells


def _crooked(points: NDArray[np.float64], phase: NDArray[np.float64], side: float) -> NDArray[np.float64]:
    """Move each point by waves of three lengths, the less the nearer it is to the frame; to the millimetre."""
    moved = points.copy()
    hold = np.clip(np.minimum(points, side - points).min(axis=1) / 500, 0, 1)
    for (one, other), length in zip(phase, (130.0, 310.0, 700.0), strict=True):
        reach = 0.25 * length / (2 * np.pi)
        moved[:, 0] += hold * reach * np.sin(2 * np.pi * points[:, 1] / length + one)
        moved[:, 1] += hold * reach * np.sin(2 * np.pi * points[:, 0] / length + other)
    return np.round(moved, 3)


def _red_lines(rng: np.random.Generator, per_side: int, side: float) -> NDArray[Any]:
    """Make polygons with rims of many waves around the middles of a square grid."""
    cell = side / per_side
    angle = np.linspace(0, 2 * np.pi, RED_LINE_VERTICES, endpoint=False)
    waves = 2 ** np.arange(1, 13)
    out = []
    for place in range(per_side**2):
        middle = (np.array(divmod(place, per_side)) + 0.5) * cell
        height = rng.normal(0, 1, len(waves)) / waves**0.7
        rim = (np.sin(np.outer(angle, waves) + rng.uniform(0, 2 * np.pi, len(waves))) * height).sum(axis=1)
        radius = 0.48 * cell * np.exp(0.9 * (rim - rim.max()))
        out.append(shapely.Polygon(middle + radius[:, None] * np.column_stack([np.cos(angle), np.sin(angle)])))
    return np.array(out, object)
