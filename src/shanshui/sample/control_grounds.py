"""Control polygons of other laws: the urban boundary, drinking-water sources, forest and grassland by their class."""

from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import numpy as np
import shapely
from shapely.ops import substring

from shanshui.data.vectors import write_vector
from shanshui.sample.base_map import BaseMap, Taken, around, drawn, parts_of, without
from shanshui.sample.extent import CRS
from shanshui.sample.landscape import Landscape
from shanshui.sample.legend import LEVEL1, Cover
from shanshui.sample.noise import fractal_field, stream

DEGREES = "EPSG:4490"  # CGCS2000: the grassland is delivered in it, as a province's data often is

_GROWTH, _CLOSED = 120.0, 140.0  # m, that a town may grow outwards; half of the gaps that are closed
_TOWN, _WOOD, _GRASS = 5e4, 8e4, 6e4  # m2, of the smallest polygons
_RESERVOIRS, _INTAKES = 3, 2  # drinking-water sources of either kind
_BESIDE_WATER = {"first": 200.0, "second": 1_000.0, "outer": 2_500.0}  # m from the water of a reservoir
_ALONG_RIVER = {"first": (1_100.0, 60.0), "second": (3_000.0, 1_000.0)}  # m of the river, and to each side of it
_INTAKES_APART = 8_000.0  # m
_STEEP = 14.0  # degrees, from which forest is kept for its public welfare
_NATIONAL = 3  # one of how many polygons of forest is of national grade: the greatest
_STRAY = 15.0  # m

_GRASSES = np.array((Cover.STEPPE, Cover.MEADOW, Cover.TUSSOCK, Cover.SPARSE_GRASS), np.uint8)
_GOOD_GRASSES = np.array((Cover.STEPPE, Cover.MEADOW), np.uint8)


@dataclass(frozen=True)
class Planned:
    """The plans that control polygons go by; everything in the sample's CRS."""

    sea: shapely.Geometry
    counties: gpd.GeoDataFrame
    settlements: gpd.GeoDataFrame
    things: gpd.GeoDataFrame
    """see `red_line_conflicts.gather`"""
    infrastructure: gpd.GeoDataFrame
    rivers: gpd.GeoDataFrame
    reservoirs: gpd.GeoDataFrame
    commercial_forest: gpd.GeoDataFrame
    red_line: gpd.GeoDataFrame
    protected_areas: gpd.GeoDataFrame
    farmland: gpd.GeoDataFrame
    wetlands: gpd.GeoDataFrame
    rights: gpd.GeoDataFrame


def _county(shapes: list[shapely.Geometry], counties: gpd.GeoDataFrame) -> list[str]:
    """The code of the county that each shape lies in."""
    nearest = shapely.STRtree(counties.geometry.to_numpy()).nearest(shapely.point_on_surface(shapes))
    return counties["code"].to_numpy()[nearest].tolist()


def _hectares(shapes: list[shapely.Geometry]) -> np.ndarray:
    return np.round(shapely.area(shapes) / 1e4, 2)


def _urban_boundary(plans: Planned, region: shapely.Polygon) -> gpd.GeoDataFrame:
    """Land that towns may grow on: neither farmland, nor red line, nor wetland, nor sea."""
    towns = plans.settlements.geometry[plans.settlements["kind"] == "town"].to_numpy()
    grown = shapely.buffer(shapely.union_all(shapely.buffer(towns, _GROWTH + _CLOSED)), -_CLOSED)
    grown = shapely.intersection(shapely.simplify(grown, _STRAY), shapely.difference(region, plans.sea))
    spared = [shape for frame in (plans.farmland, plans.red_line, plans.wetlands) for shape in frame.geometry]
    shapes = without(parts_of(grown, _TOWN), spared, _TOWN)
    shapes.sort(key=lambda shape: -shape.area)
    columns = {
        "boundary": [f"B{k + 1:03d}" for k in range(len(shapes))],
        "county": _county(shapes, plans.counties),
        "area_ha": _hectares(shapes),
    }
    return gpd.GeoDataFrame(columns, geometry=shapes, crs=CRS)


def _intakes(rivers: gpd.GeoDataFrame, region: shapely.Polygon) -> list[tuple[shapely.LineString, float]]:
    """The longest rivers far enough from one another, each with the place of its intake along it."""
    lines = [part for line in rivers.geometry for part in shapely.get_parts(line)]
    inside = shapely.buffer(region, -_ALONG_RIVER["second"][0])
    chosen: list[tuple[shapely.LineString, float]] = []
    places: list[shapely.Point] = []
    for line in sorted(lines, key=lambda line: -line.length):
        place = line.interpolate(0.5, normalized=True)
        if place.within(inside) and all(place.distance(other) > _INTAKES_APART for other in places):
            chosen.append((line, 0.5 * line.length))
            places.append(place)
    return chosen[:_INTAKES]


def _water_sources(plans: Planned, region: shapely.Polygon) -> gpd.GeoDataFrame:
    """The zones around reservoirs and intakes; where zones of two meet, the stricter one has the ground."""
    rings: list[tuple[str, str, str, shapely.Geometry]] = []
    for k, water in enumerate(plans.reservoirs.geometry[:_RESERVOIRS]):
        for zone, reach in _BESIDE_WATER.items():
            rings.append((zone, f"S{k + 1:02d}", "reservoir", shapely.buffer(water, reach, quad_segs=6)))
    for k, (line, at) in enumerate(_intakes(plans.rivers, region), start=len(plans.reservoirs[:_RESERVOIRS])):
        for zone, (length, reach) in _ALONG_RIVER.items():
            stretch = substring(line, max(at - 0.9 * length, 0.0), min(at + 0.1 * length, line.length))
            ring = shapely.buffer(shapely.simplify(stretch, _STRAY), reach, cap_style="flat", quad_segs=4)
            rings.append((zone, f"S{k + 1:02d}", "river", ring))
    zones = list(_BESIDE_WATER)
    land, taken = shapely.difference(region, plans.sea), Taken([])
    rows = []
    for zone, source, kind, ring in sorted(rings, key=lambda ring: zones.index(ring[0])):
        pieces = taken.take(shapely.intersection(shapely.simplify(ring, 2.0), land), 100.0)
        if pieces:
            rows.append((source, kind, zone, shapely.multipolygons(pieces)))
    rows.sort(key=lambda row: row[0])
    sources, kinds, of_zone, shapes = zip(*rows, strict=True)
    columns = {"source": sources, "kind": kinds, "zone": of_zone, "area_ha": _hectares(list(shapes))}
    return gpd.GeoDataFrame(columns, geometry=list(shapes), crs=CRS)


def _forests(base: BaseMap, plans: Planned, taken: list[shapely.Geometry], seed: int) -> gpd.GeoDataFrame:
    """Public-welfare forest on steep ground, in patches, and the stands of commercial forest."""
    ground = base.ground
    wood = (LEVEL1[base.second] == 1) & base.within
    patch = fractal_field(ground.x, ground.y, 3_500.0, 2, stream(seed, "public-welfare forest"))
    steep = 0.2 * (around(ground.slope, 150.0) - _STEEP)
    field = np.minimum(np.minimum(around(wood, 80.0) - 0.6, patch - 0.1), steep)
    public = without(drawn(field, ground, _WOOD, _STRAY), taken, _WOOD)
    public.sort(key=lambda shape: -shape.area)
    commercial = list(plans.commercial_forest.geometry)
    national = len(public) // _NATIONAL
    shapes = [*public, *commercial]
    columns = {
        "forest": [f"F{k + 1:04d}" for k in range(len(shapes))],
        "kind": ["public_welfare"] * len(public) + ["commercial"] * len(commercial),
        "grade": ["national"] * national + ["provincial"] * (len(public) - national) + [""] * len(commercial),
        "stand": [""] * len(public) + plans.commercial_forest["stand"].to_list(),
        "area_ha": _hectares(shapes),
    }
    return gpd.GeoDataFrame(columns, geometry=shapes, crs=CRS)


def _grassland(base: BaseMap, taken: list[shapely.Geometry], seed: int) -> gpd.GeoDataFrame:
    """Basic grassland, where steppe and meadow lie together, and other grassland, in patches."""
    ground = base.ground
    patch = fractal_field(ground.x, ground.y, 3_000.0, 2, stream(seed, "grassland"))
    good = around(np.isin(base.second, _GOOD_GRASSES) & base.within, 120.0) - 0.6
    other = around(np.isin(base.second, _GRASSES) & base.within, 80.0) - 0.6
    basic = without(drawn(np.minimum(good, patch), ground, _GRASS, _STRAY), taken, _GRASS)
    rest = without(drawn(np.minimum(other, -patch - 0.15), ground, _GRASS, _STRAY), [*taken, *basic], _GRASS)
    shapes = [*basic, *rest]
    columns = {
        "grassland": [f"G{k + 1:04d}" for k in range(len(shapes))],
        "kind": ["basic"] * len(basic) + ["other"] * len(rest),
        "area_ha": _hectares(shapes),
    }
    return gpd.GeoDataFrame(columns, geometry=shapes, crs=CRS)


def build_control_layers(base: BaseMap, landscape: Landscape, plans: Planned) -> dict[str, gpd.GeoDataFrame]:
    """Give the control layers of every law.

    Parameters
    ----------
    base : BaseMap
    landscape : Landscape
    plans : Planned

    Returns
    -------
    dict of str to GeoDataFrame
        by the names that rules ask for: red_line, protected_areas, basic_farmland, wetlands, mining_rights and sea as
        they are; urban_boundary (``boundary``, ``county``), water_sources (``source``, ``kind``, ``zone``), forests
        (``forest``, ``kind``, ``grade``, ``stand``) and grassland (``grassland``, ``kind``), each with ``area_ha``.
        The polygons of one of these four do not overlap one another.
    """
    region = landscape.districts.region()
    used = [
        shape
        for frame in (plans.things, plans.infrastructure, plans.commercial_forest, plans.settlements, plans.wetlands)
        for shape in shapely.get_parts(frame.geometry.to_numpy())
    ]
    forests = _forests(base, plans, used, landscape.seed)
    return {
        "red_line": plans.red_line,
        "protected_areas": plans.protected_areas,
        "basic_farmland": plans.farmland,
        "forests": forests,
        "grassland": _grassland(base, [*used, *forests.geometry], landscape.seed),
        "wetlands": plans.wetlands,
        "water_sources": _water_sources(plans, region),
        "sea": gpd.GeoDataFrame({"name": ["sea"]}, geometry=[plans.sea], crs=CRS),
        "urban_boundary": _urban_boundary(plans, region),
        "mining_rights": plans.rights,
    }


def write_control_layers(layers: dict[str, gpd.GeoDataFrame], folder: Path) -> None:
    """Write ``urban_boundary.gpkg``, ``water_sources.gpkg``, ``forests.gpkg`` and ``grassland.gpkg``, that in degrees.

    Parameters
    ----------
    layers : see `build_control_layers`
    folder : where they are written, the same for every size of the sample
    """
    for name in ("urban_boundary", "water_sources", "forests"):
        write_vector(folder / f"{name}.gpkg", layers[name])
    write_vector(folder / "grassland.gpkg", layers["grassland"].to_crs(DEGREES))
