"""The map of a decision: the parcel, the control polygons on it and beside it, and where it would be cut."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import shapely
from numpy.typing import NDArray
from rasterio.transform import Affine

from shanshui.policy.engine.decisions import Decision
from shanshui.policy.ground.control_layers import ControlLayer
from shanshui.report.canvas import Canvas
from shanshui.report.ground import scale_bar
from shanshui.report.words import width

# The map is drawn so wide [pixels]; it is at least so high and at most as high as it is wide.
WIDTH, LEAST_HEIGHT = 720, 430
# What is shown around the parcel, as a share of its longer extent, and at least [m].
MARGIN, LEAST_MARGIN = 0.35, 10.0
# The cut is where the parcel ended before it no more: this far from its old border [pixels].
APART = 0.5
# Of a label: half its height, and half the width of one of its letters [pixels].
LABEL_HEIGHT, LABEL_LETTER = 11.0, 5.0
MOST_LABELS = 24
# A polygon beside the parcel is named where it takes this share of the map.
NAMED_SHARE = 0.01
# One that takes more is named near the parcel, at the nearest of places that lie so far apart [pixels].
MOST_OF_MAP, APART_PLACES = 0.5, 12.0
# So far from it and from the edge [pixels].
GAP = 4.0


@dataclass(frozen=True)
class Hatch:
    """How a layer is drawn: a colour, and a pattern that tells it from the others without colour.

    Parameters
    ----------
    colour : str
        As ``#rrggbb``.
    marks : {"lines", "cross", "dots"}
        What the pattern is made of.
    angle : float
        By which it is turned [degrees].
    """

    colour: str
    marks: Literal["lines", "cross", "dots"]
    angle: float


# Dark colours that colour-blind readers can tell apart (Okabe and Ito 2008, Tol 2021).
HATCHES = (
    Hatch("#882255", "lines", 45), Hatch("#0072b2", "lines", -45), Hatch("#117733", "dots", 0),
    Hatch("#b34700", "lines", 0), Hatch("#332288", "cross", 45), Hatch("#00796b", "lines", 90),
    Hatch("#aa4499", "cross", 0), Hatch("#6b6b00", "lines", 20), Hatch("#b5485a", "dots", 45),
    Hatch("#444444", "lines", -20), Hatch("#5a7d9a", "lines", 70), Hatch("#7a4a1d", "lines", -70),
)  # fmt: skip


@dataclass(frozen=True)
class Label:
    """A name on the map: where its middle is [pixels], and the name."""

    x: float
    y: float
    text: str


@dataclass(frozen=True)
class Drawn:
    """A control layer on the map.

    Parameters
    ----------
    name : str
        The layer.
    number : int
        Of its hatch.
    hatch : Hatch
        How it is drawn.
    around, on : str
        The path data of its polygons, and of what of them lies on the parcel.
    """

    name: str
    number: int
    hatch: Hatch
    around: str
    on: str


@dataclass(frozen=True)
class DecisionMap:
    """The map.

    Parameters
    ----------
    canvas : Canvas
        The sheet.
    parcel, cut : str
        Path data: the parcel, and the line where it would be cut ("" where it would not).
    layers : list of Drawn
        Those of which something is in the frame.
    labels : list of Label
        Keys of polygons.
    """

    canvas: Canvas
    parcel: str
    cut: str
    layers: list[Drawn]
    labels: list[Label]


def decision_map(decision: Decision) -> DecisionMap | None:
    """Draw the map of a decision.

    Parameters
    ----------
    decision : Decision
        The decision; control layers that its rules ask for are drawn.

    Returns
    -------
    DecisionMap or None
        None where the parcel has no ground.
    """
    parcel = decision.parcel.polygon
    if parcel is None or not shapely.area(parcel) > 0:
        return None
    parcel = shapely.make_valid(parcel)
    canvas, frame = _framed(parcel)
    hit: dict[str, list[tuple[int, bool]]] = {}
    for name, row, _, sliver in decision.verdicts.situation.overlaps.of(0):
        hit.setdefault(name, []).append((row, sliver))
    layers, on_it, beside = [], [], []
    for number, name in enumerate(decision.book.layers):
        layer = decision.layers.get(name)
        if layer is None or layer.zoning:
            continue
        near = _near(layer, frame)
        around = np.asarray(shapely.intersection(layer.polygons[near], frame))
        on = [_on(parcel, layer, row) for row, _ in hit.get(name, [])]
        on_it += [(layer, row, shape) for (row, sliver), shape in zip(hit.get(name, []), on, strict=True) if not sliver]
        beside += [(layer, row, shape) for row, shape in zip(near, around, strict=True)]
        hatch = HATCHES[number % len(HATCHES)]
        drawn = Drawn(name, number, hatch, "".join(canvas.paths(around)), "".join(canvas.paths(_array(on))))
        if drawn.around or drawn.on:
            layers.append(drawn)
    cut = "" if decision.cut is None else _line(canvas, _cut(parcel, decision.cut.remaining, canvas))
    labels = list(_labels(canvas, parcel, frame, on_it, beside))
    return DecisionMap(canvas, "".join(canvas.paths(_array([parcel]))), cut, layers, labels)


def _framed(parcel: Any) -> tuple[Canvas, Any]:
    """Give the sheet, and the ground that it shows."""
    left, low, right, high = shapely.bounds(parcel)
    margin = max(MARGIN * max(right - left, high - low), LEAST_MARGIN)
    wide, tall = right - left + 2 * margin, high - low + 2 * margin
    height = float(np.clip(WIDTH * tall / wide, LEAST_HEIGHT, WIDTH))
    # The narrower extent is widened until the ground fills the sheet.
    wide, tall = max(wide, tall * WIDTH / height), max(tall, wide * height / WIDTH)
    middle_x, middle_y = (left + right) / 2, (low + high) / 2
    rows = round(height)
    size_x, size_y = wide / WIDTH, tall / rows
    transform = Affine(size_x, 0, middle_x - wide / 2, 0, -size_y, middle_y + tall / 2)
    canvas = Canvas((rows, WIDTH), transform, wide / tall, scale_bar(wide), True)
    return canvas, shapely.box(middle_x - wide / 2, middle_y - tall / 2, middle_x + wide / 2, middle_y + tall / 2)


def _near(layer: ControlLayer, frame: Any) -> NDArray[np.int64]:
    left, low, right, high = shapely.bounds(frame)
    bounds = shapely.bounds(layer.polygons)
    # A missing or empty polygon has no bounds, and is near nothing.
    inside = (bounds[:, 0] < right) & (bounds[:, 2] > left) & (bounds[:, 1] < high) & (bounds[:, 3] > low)
    rows = np.flatnonzero(inside)
    return rows[shapely.intersects(layer.polygons[rows], frame)]


def _on(parcel: Any, layer: ControlLayer, row: int) -> Any:
    return shapely.intersection(parcel, layer.polygons[row])


def _cut(parcel: Any, remaining: Any, canvas: Canvas) -> Any:
    """Give the border of what remains that was no border before."""
    apart = APART * canvas.transform.a
    return shapely.difference(shapely.boundary(remaining), shapely.buffer(shapely.boundary(parcel), apart))


def _line(canvas: Canvas, line: Any) -> str:
    parts = [_pixels(canvas, shapely.get_coordinates(part)) for part in shapely.get_parts(line)]
    return "".join("M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in part) for part in parts if len(part))


def _pixels(canvas: Canvas, points: NDArray[np.float64]) -> NDArray[np.float64]:
    place = canvas.transform
    return (points - (place.c, place.f)) / (place.a, place.e)


def _labels(
    canvas: Canvas,
    parcel: Any,
    frame: Any,
    on_it: list[tuple[ControlLayer, int, Any]],
    beside: list[tuple[ControlLayer, int, Any]],
) -> Iterator[Label]:
    """Name polygons, those on the parcel first, as long as there is room."""
    whole = shapely.area(frame)
    taken: list[tuple[float, float, float]] = []
    named: set[tuple[str, int]] = set()
    for layer, row, shape in [*on_it, *(one for one in beside if shapely.area(one[2]) > NAMED_SHARE * whole)]:
        if (layer.name, row) in named or shape.is_empty:
            continue
        text = str(layer.keys[row])
        reach = LABEL_LETTER * width(text)
        places = _pixels(canvas, shapely.get_coordinates(shapely.point_on_surface(shape)))
        if shapely.area(shape) > MOST_OF_MAP * whole:
            places = _places(canvas, parcel, shape, reach)
        for x, y in places.tolist():
            free = all(abs(x - other) > reach + room or abs(y - line) > 2 * LABEL_HEIGHT for other, line, room in taken)
            fits = reach < x < WIDTH - reach and LABEL_HEIGHT < y < canvas.shape[0] - LABEL_HEIGHT
            if free and fits and len(taken) < MOST_LABELS:
                taken.append((x, y, reach))
                named.add((layer.name, row))
                yield Label(round(x, 1), round(y, 1), text)
                break


def _places(canvas: Canvas, parcel: Any, shape: Any, reach: float) -> NDArray[np.float64]:
    """Give the places [pixels] in a shape beside the parcel where a whole name lies, those nearest to it first."""
    place = canvas.transform
    x, y = np.meshgrid(*(np.arange(APART_PLACES, side, APART_PLACES) for side in (WIDTH, canvas.shape[0])))
    pixels = np.column_stack([x.ravel(), y.ravel()])
    middle = pixels * (place.a, place.e) + (place.c, place.f)
    half = np.array([(reach + GAP) * place.a, (LABEL_HEIGHT + GAP) * -place.e])
    names = shapely.box(*(middle - half).T, *(middle + half).T)
    shapely.prepare(shape)
    fits = shapely.contains(shape, names) & ~shapely.intersects(parcel, names)
    far = shapely.distance(parcel, names[fits])
    return np.asarray(pixels[fits][np.argsort(far, kind="stable")], np.float64)


def _array(shapes: list[Any]) -> NDArray[Any]:
    out = np.empty(len(shapes), object)
    out[:] = shapes
    return out
