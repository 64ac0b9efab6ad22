"""Faces of overlapping protected areas, and of parcels under many layers, each in a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import geopandas
import numpy as np
import pyproj
import shapely
from numpy.typing import NDArray

from benchmarks.peak import peak_kilobytes
from shanshui.science.faces import Faces, planarise

CRS = pyproj.CRS("EPSG:32648")
CORNER = np.array([400_000.0, 3_200_000.0])
PARCEL = 100.0
WORK = "import sys; from benchmarks.faces import work; work(*sys.argv[1:])"


def measure(folder: Path, quick: bool) -> Iterator[str]:
    """Print seconds, peak memory and how well the accounts close; geopandas.overlay beside it on fewer."""
    for count in (500,) if quick else (2_000, 5_000):
        yield told("areas", count, 0, "faces")
    yield told("areas", 500 if quick else 2_000, 0, "overlay")
    for count, each in ((2_500, 30),) if quick else ((10_000, 100), (100_000, 300)):
        yield told("parcels", count, each, "faces")
    yield told("parcels", 2_500 if quick else 10_000, 30 if quick else 100, "overlay")


def told(what: str, count: int, each: int, how: str) -> str:
    """Run one measurement in a fresh process and put it in words."""
    command = [sys.executable, "-c", WORK, what, str(count), str(each), how]
    result = subprocess.run(command, capture_output=True, text=True, check=True)
    known = json.loads(result.stdout.splitlines()[-1])
    spent = f"{known['seconds']:7.2f} s ({known['cpu']:7.2f} s CPU)"
    of = f"{count:7d} protected areas" if what == "areas" else f"{count:7d} parcels, 10 layers of {each}"
    return (
        f"{of:38s} {how:8s} {known['found']:8d} {known['unit']:7s} {spent}  "
        f"peak {known['peak'] / 1024:5.0f} MB (data {known['data'] / 1024:4.0f})  {known['account']}"
    )


def work(what: str, count: str, each: str, how: str) -> None:
    """Measure in this process and print it as JSON."""
    if what == "areas":
        layers = {"areas": protected_areas(int(count))}
    else:
        side = PARCEL * round(int(count) ** 0.5)
        layers = {"parcels": parcels(int(count))}
        layers |= {f"layer {seed}": blobs(int(each), side, seed) for seed in range(10)}
    # Compile before the clock starts.
    planarise({"areas": protected_areas(20)}, CRS, sliver=1.0)
    data = peak_kilobytes()
    begun, spent = time.perf_counter(), time.process_time()
    made = planarise(layers, CRS) if how == "faces" else overlay(layers)
    known: dict[str, object] = {"seconds": time.perf_counter() - begun, "cpu": time.process_time() - spent}
    known |= {"peak": peak_kilobytes(), "data": data}
    if isinstance(made, Faces):
        identity = made.identity()
        account = (
            f"total {identity.total:.1e}  union {identity.union:.1e}  worst polygon {identity.worst:.1e}  "
            f"{made.cluster.max() + 1} clusters, at most {made.multiplicity.max()} deep"
        )
        known |= {"found": len(made), "unit": "faces", "account": account}
    else:
        pairs, area = made
        account = f"their area is {area / overlapped(layers):.2f} times what they cover"
        known |= {"found": pairs, "unit": "pairs", "account": account}
    print(json.dumps(known))


def overlay(layers: dict[str, NDArray[Any]]) -> tuple[int, float]:
    """Overlay pairs, of one layer with itself or of the first with each of the others: how many, and their area."""
    frames = [geopandas.GeoDataFrame({"number": range(len(each))}, geometry=each, crs=CRS) for each in layers.values()]
    first, others = frames[0], frames[1:] or frames[:1]
    pairs, area = 0, 0.0
    for other in others:
        made = geopandas.overlay(first, other, how="intersection", keep_geom_type=True)
        if other is first:
            made = made[made["number_1"] < made["number_2"]]
        pairs, area = pairs + len(made), area + float(made.area.sum())
    return pairs, area


def overlapped(layers: dict[str, NDArray[Any]]) -> float:
    """Give the area in the plane that more than one polygon covers, the first of several layers among them."""
    faces = planarise(layers, CRS)
    return float(shapely.area(faces.polygons[(faces.multiplicity > 1) & faces.covered_by(next(iter(layers)))]).sum())


def protected_areas(count: int, seed: int = 0) -> NDArray[Any]:
    """Irregular areas of 40 to 120 corners and some 20 km2, in clumps of eight, at one density for every count."""
    random = np.random.default_rng(seed)
    side = 355e3 * np.sqrt(count / 2000)
    clumps = random.uniform(0, side, (max(count // 8, 1), 2))
    middles = clumps[random.integers(0, len(clumps), count)] + random.normal(0, 6e3, (count, 2)) + CORNER
    return np.array([_star(random, middle, random.lognormal(np.log(2500), 0.5)) for middle in middles], object)


def blobs(count: int, side: float, seed: int) -> NDArray[Any]:
    """Irregular areas anywhere, which cover about half of a square of a given side [m]."""
    random = np.random.default_rng(seed)
    radius = side * np.sqrt(0.5 / (count * np.pi))
    return np.array([_star(random, random.uniform(0, side, 2) + CORNER, radius) for _ in range(count)], object)


def _star(random: np.random.Generator, middle: NDArray[np.float64], radius: float) -> Any:
    angles = np.sort(random.uniform(0, 2 * np.pi, random.integers(40, 121)))
    lobes = 1 + 0.25 * np.cos(3 * angles + random.uniform(0, 6)) + 0.1 * random.normal(size=len(angles))
    reach = radius * np.clip(lobes, 0.2, None)
    return shapely.Polygon(middle + np.column_stack([reach * np.cos(angles), reach * np.sin(angles)]))


def parcels(count: int, seed: int = 1) -> NDArray[Any]:
    """A net of quadrangles whose corners were moved."""
    random = np.random.default_rng(seed)
    side = round(count**0.5)
    x, y = np.meshgrid(np.arange(side + 1), np.arange(side + 1))
    corners = (np.stack([x, y], -1) + random.uniform(-0.25, 0.25, (side + 1, side + 1, 2))) * PARCEL + CORNER
    around = [corners[:-1, :-1], corners[:-1, 1:], corners[1:, 1:], corners[1:, :-1], corners[:-1, :-1]]
    return np.asarray(shapely.polygons(np.stack(around, 2).reshape(-1, 5, 2)), object)
