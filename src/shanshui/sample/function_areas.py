"""Key ecological function areas: large pieces of land and shore along valleys and ridges, each for one service."""

from pathlib import Path

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely

from shanshui.data.vectors import write_vector
from shanshui.sample.arrays import Field, smooth_step
from shanshui.sample.base_map import around, drawn, parts_of, standing_out
from shanshui.sample.districts import number_cells
from shanshui.sample.extent import CRS
from shanshui.sample.landscape import EVERYWHERE, Landscape, tile_of
from shanshui.sample.legend import LEVEL1, Cover
from shanshui.sample.noise import fractal_field, stream
from shanshui.sample.skeleton import MARGIN, NODES, Skeleton
from shanshui.sample.zone_names import place_names

MOST = 6  # areas
# Service: the share of the region that stands out for it, its names, its level.
_SERVICES = {
    "water_conservation": (0.26, "water conservation area", "水源涵养功能区", "provincial"),
    "soil_retention": (0.18, "soil retention area", "水土保持功能区", "provincial"),
    "sand_fixation": (0.12, "sand fixation area", "防风固沙功能区", "national"),
    "biodiversity_maintenance": (0.10, "biodiversity maintenance area", "生物多样性维护功能区", "national"),
}
BASIN = 12.0  # km2 drained, below which a stream with its slopes is a basin of its own
_LEAST = 25e6  # m2, of an area beyond the largest of each service
_FIRST_NAME = 460  # where in the list of names those of the areas begin


def number_basins(skeleton: Skeleton) -> npt.NDArray[np.int64]:
    """Give every node of the extent the number of its basin.

    Parameters
    ----------
    skeleton : Skeleton

    Returns
    -------
    array (NODES, NODES)
        a small stream with its slopes is a basin from where it enters a great one; the slopes that drain to a great
        stream by themselves are one with it.
    """
    receiver, drained = skeleton.receiver, skeleton.drained
    basin = np.arange(receiver.size)
    for node in np.argsort(skeleton.height.ravel(), kind="stable"):
        below = receiver[node]
        mouth = drained[node] < BASIN <= drained[below] and drained[node] > 0.1 * BASIN
        if below != node and not mouth:
            basin[node] = basin[below]
    inner = slice(MARGIN, MARGIN + NODES)
    return np.unique(basin.reshape(skeleton.height.shape)[inner, inner], return_inverse=True)[1].reshape(NODES, NODES)


def _worth(landscape: Landscape) -> dict[str, Field]:
    """How much each place does for every service, half by itself and half as its basin does."""
    tile = tile_of(landscape, NODES, EVERYWHERE)
    ground, cover, seed = tile.ground, tile.second, landscape.seed
    dry = np.isin(cover, np.array((Cover.STEPPE, Cover.SPARSE_GRASS, Cover.SAND), np.uint8))
    wet = np.isin(cover, np.array((Cover.MARSH, Cover.TIDAL_FLAT, Cover.LAKE, Cover.SEA), np.uint8))
    forest = around(LEVEL1[cover] == 1, 900.0)
    # The range is forested and steep alike: what it is named for changes along it.
    along = fractal_field(ground.x, ground.y, 24_000.0, 2, stream(seed, "function areas"))
    kinds = {
        "water_conservation": forest * smooth_step(ground.elevation, 60.0, 600.0) * np.exp(along),
        "soil_retention": around(smooth_step(ground.slope, 8.0, 26.0), 900.0) * np.exp(-along),
        "sand_fixation": around(dry, 1_200.0),
        "biodiversity_maintenance": around(wet & (ground.inland > -3_000.0), 1_000.0),
    }
    basin = number_basins(landscape.skeleton)
    cells = np.bincount(basin.ravel())
    means = {name: (np.bincount(basin.ravel(), kind.ravel()) / cells)[basin] for name, kind in kinds.items()}
    return {name: 0.5 * (kind + means[name]) for name, kind in kinds.items()}


def build_function_areas(landscape: Landscape) -> gpd.GeoDataFrame:
    """Draw the key ecological function areas.

    Parameters
    ----------
    landscape : Landscape

    Returns
    -------
    GeoDataFrame
        polygons that do not overlap and do not cover all of the region: ``key``, ``code`` (its number), ``name``,
        ``name_zh``, ``function``, ``level`` and ``service``; at least one of each service, at most ``MOST`` in all.
    """
    region = landscape.districts.region()
    inside = number_cells([region], NODES, EVERYWHERE) == 0
    tile = tile_of(landscape, NODES, EVERYWHERE)
    above = {name: standing_out(worth, inside, _SERVICES[name][0]) for name, worth in _worth(landscape).items()}
    best = np.argmax([np.zeros(inside.shape), *above.values()], axis=0)
    # Blurred, what each has taken leaves no small corners; the greatest of all shares has the place.
    shares = [around(best == k, 500.0) for k in range(len(above) + 1)]
    found: list[tuple[bool, float, str, shapely.Polygon]] = []
    taken: list[shapely.Polygon] = []
    for k, service in enumerate(_SERVICES, start=1):
        others = np.max([share for j, share in enumerate(shares) if j != k], axis=0)
        pieces = drawn(shares[k] - others, tile.ground, 1e6, 60.0)
        shape = shapely.difference(shapely.intersection(shapely.union_all(pieces), region), shapely.union_all(taken))
        parts = sorted(parts_of(shape, 1e6), key=lambda part: -part.area)
        taken += parts
        found += [(rank > 0, -part.area, service, part) for rank, part in enumerate(parts)]
    # The largest of every service, then the largest of what is left.
    kept = [one for one in sorted(found, key=lambda one: one[:2]) if not one[0] or -one[1] > _LEAST][:MOST]
    kept.sort(key=lambda one: (list(_SERVICES).index(one[2]), one[1]))
    names = place_names(_FIRST_NAME + len(kept), landscape.seed)[_FIRST_NAME:]
    columns = {
        "key": [f"F{k + 1}" for k in range(len(kept))],
        "code": np.arange(1, len(kept) + 1),
        "name": [f"{name} {_SERVICES[one[2]][1]}" for (name, _), one in zip(names, kept, strict=True)],
        "name_zh": [name + _SERVICES[one[2]][2] for (_, name), one in zip(names, kept, strict=True)],
        "function": ["ecological"] * len(kept),
        "level": [_SERVICES[one[2]][3] for one in kept],
        "service": [one[2] for one in kept],
    }
    return gpd.GeoDataFrame(columns, geometry=[one[3] for one in kept], crs=CRS)


def write_function_areas(landscape: Landscape, folder: Path) -> None:
    """Write ``function_areas.gpkg`` to a folder, the same for every size of the sample."""
    write_vector(folder / "function_areas.gpkg", build_function_areas(landscape))
