"""Parcels as a land survey has them: cut from the land cover and the plans, with those that are planted."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import numpy as np
import shapely

from shanshui.data.vectors import write_vector
from shanshui.sample.arrays import Mask
from shanshui.sample.base_map import CELLS, WHOLE, BaseMap, Taken, around, drawn, parts_of
from shanshui.sample.basic_farmland import farm_blocks
from shanshui.sample.control_grounds import Planned
from shanshui.sample.districts import number_cells
from shanshui.sample.extent import CRS
from shanshui.sample.legend import LEVEL1, Cover
from shanshui.sample.noise import hash_unit, stream
from shanshui.sample.parcel_plants import Planted, land_use_at
from shanshui.sample.parcel_sites import CLEAR, Overlap, Sites

MU = 10_000.0 / 15.0  # m2
OFF = 0.01  # statutory areas are off by up to half of this share, those that are planted wrong by more

_PLANTED_OFF = (0.08, -0.12, 0.06, -0.07, 0.25, -0.3)
_AREAS = (5e3, 6e5)  # m2, of the smallest and the largest parcel
_INNER = 15.0  # m, between a parcel within a control polygon and that polygon's border
_BLOCKS = 1_200  # of the net of tracks over the extent, that parcels are cut by
_COMMON, _FEW = ("cropland", "wood", "grass"), 400  # land of which fewer blocks have enough
_STRAY = 15.0  # m, that a drawn line may stray from the land cover's
_OWN_BY_STATE = {"water": 0.9, "built": 0.25, "mining": 0.5, "bare": 0.6, "forest": 0.4, "wetland": 0.8}
_STATE_ELSEWHERE = 0.05
# How many parcels of each source there are at most.
_COUNTS = {
    "basic_farmland": 115, "forests": 95, "grassland": 45, "urban_boundary": 30, "mining_rights": 12,
    "villages": 60, "cropland": 45, "wood": 30, "grass": 25, "wetland": 20, "water": 25, "bare": 25,
}  # fmt: skip


@dataclass(frozen=True)
class Parcels:
    """All parcels."""

    rows: gpd.GeoDataFrame
    """``parcel`` (P-0001), ``land_use``, ``owner_class``, ``statutory_area_mu``, the northernmost first"""
    overlaps: dict[str, list[Overlap]]
    """truth: by parcel, all that it has of any control layer"""
    plants: dict[str, list[str]]
    """truth: the parcels of each plant, see `parcel_plants.PLANTS`"""
    wrong: dict[str, float]
    """truth: the share by which a statutory area is wrong, of those planted"""


def _cover(base: BaseMap) -> dict[str, Mask]:
    """The land of each source that is drawn from the land cover."""
    level1 = LEVEL1[base.second]
    masks = {
        "cropland": level1 == 5,
        "wood": (level1 == 1) | (level1 == 2),
        "grass": level1 == 3,
        "wetland": level1 == 4,
        "water": (level1 == 9) & (base.second != Cover.SEA),
        "bare": level1 == 7,
    }
    return {name: mask & base.within for name, mask in masks.items()}


def _mixed(shapes: list[shapely.Polygon], seed: int, name: str) -> list[shapely.Polygon]:
    """Shapes in an order by chance."""
    chance = stream(seed, f"parcels of {name}")
    order = np.argsort([hash_unit(k, 0, chance) for k in range(len(shapes))], kind="stable")
    return [shapes[k] for k in order.tolist()]


def _from_layers(sites: Sites, net: list[shapely.Polygon]) -> Iterator[tuple[str, list[shapely.Polygon]]]:
    """Shapes of a layer's own polygons, or of a net of blocks inside them."""
    blocks = np.array(net)
    for name in ("mining_rights", "basic_farmland", "forests", "grassland", "urban_boundary"):
        frame = sites.layers[name]
        own = frame.geometry.to_numpy()
        if name in ("mining_rights", "basic_farmland"):
            yield name, list(own)
            continue
        # Stands of commercial forest are parcels as they are.
        whole = (frame["kind"] == "commercial").to_numpy() if name == "forests" else np.zeros(len(own), bool)
        inner = shapely.buffer(own[~whole], -_INNER, join_style="mitre")
        inner = np.array(parts_of(inner, _AREAS[0]))
        of_net, of_inner = shapely.STRtree(inner).query(blocks, "intersects")
        cut = parts_of(shapely.intersection(blocks[of_net], inner[of_inner]), _AREAS[0])
        stands = _mixed([*own[whole]], sites.seed, "stands")
        cut = _mixed(cut, sites.seed, name)
        yield name, [shape for pair in zip(cut, stands, strict=False) for shape in pair] or cut


def _from_land_cover(base: BaseMap, net: list[shapely.Polygon]) -> Iterator[tuple[str, list[shapely.Polygon]]]:
    """Shapes of the land cover, cut by a net of blocks."""
    for name, mask in _cover(base).items():
        blocks = np.array(net[:_FEW] if name in _COMMON else net)
        near = number_cells(blocks.tolist(), CELLS, WHOLE) >= 0
        field = np.where(near, around(mask, 60.0), 0.0) - 0.55
        pieces = np.array(drawn(field, base.ground, _AREAS[0], _STRAY))
        of_net, of_pieces = shapely.STRtree(pieces).query(blocks, "intersects")
        yield name, parts_of(shapely.intersection(blocks[of_net], pieces[of_pieces]), _AREAS[0])


def _background(sites: Sites, plans: Planned) -> list[tuple[shapely.Polygon, list[Overlap], str]]:
    """Parcels that were not planted: each clear of all control layers but the one whose polygons it was cut from."""
    base, seed = sites.base, sites.seed
    net = _mixed(farm_blocks(seed), seed, "blocks")[:_BLOCKS]
    villages = plans.settlements.geometry[plans.settlements["kind"] == "village"].to_numpy()
    taken = Taken(sites.planted)
    found = []

    def add(name: str, shapes: list[shapely.Polygon], layer: str) -> None:
        others = [other for other in sites.layers if other != layer]
        count = 0
        for shape in shapes:
            if count == _COUNTS[name]:
                return
            if not _AREAS[0] < shape.area < _AREAS[1] or not sites.is_in_region(shape):
                continue
            if not sites.is_clear(shape, others, CLEAR):
                continue
            # A shape of the layer's own is taken whole or not at all: its overlap is then what it was cut as.
            free = taken.take(shape, _AREAS[0]) if not layer or taken.is_free(shape) else []
            for piece in free:
                overlaps = [Overlap(layer, "inside", piece.area)] if layer else []
                use = {"mining_rights": "mining", "basic_farmland": "cropland", "forests": "forest"}.get(name)
                use = use or {"grassland": "grassland", "urban_boundary": "built", "villages": "built"}.get(name)
                found.append((piece, overlaps, use or land_use_at(base, piece)))
                count += 1

    for name, shapes in _from_layers(sites, net):
        add(name, shapes if name == "forests" else _mixed(shapes, seed, name), name)
    add("villages", _mixed(parts_of(villages, _AREAS[0]), seed, "villages"), "")
    for name, shapes in _from_land_cover(base, net):
        add(name, _mixed(shapes, seed, name), "")
    return found


def build_parcels(sites: Sites, planted: list[Planted], plans: Planned) -> Parcels:
    """Cut the parcels.

    Parameters
    ----------
    sites : Sites
    planted : see `parcel_plants.plant_parcels`
    plans : Planned

    Returns
    -------
    Parcels
        none of which overlap.
    """
    rows = [(one.shape, one.overlaps, one.land_use, one.plant) for one in planted]
    rows += [(*one, "") for one in _background(sites, plans)]
    rows.sort(key=lambda row: (-round(row[0].bounds[3]), round(row[0].bounds[0])))
    seed = sites.seed
    owner, off = stream(seed, "owner class"), stream(seed, "statutory area of parcels")
    names = [f"P-{k + 1:04d}" for k in range(len(rows))]
    # Wrong areas are planted where nothing else is.
    plain = [name for name, row in zip(names, rows, strict=True) if not row[3]]
    step = max(len(plain) // len(_PLANTED_OFF), 1)
    wrong = dict(zip(plain[step // 2 :: step], _PLANTED_OFF, strict=False))
    statutory, owners = [], []
    plants: dict[str, list[str]] = {}
    for k, (name, (shape, _, use, plant)) in enumerate(zip(names, rows, strict=True)):
        share = wrong.get(name, OFF * (hash_unit(k, 0, off) - 0.5))
        statutory.append(round(shape.area / MU * (1.0 + share), 2))
        state = hash_unit(k, 0, owner) < _OWN_BY_STATE.get(use, _STATE_ELSEWHERE)
        owners.append("state" if state else "collective")
        plants.setdefault(plant, []).append(name)
    columns = {
        "parcel": names,
        "land_use": [row[2] for row in rows],
        "owner_class": owners,
        "statutory_area_mu": statutory,
    }
    frame = gpd.GeoDataFrame(columns, geometry=[row[0] for row in rows], crs=CRS)
    plants.pop("", None)
    return Parcels(frame, {name: row[1] for name, row in zip(names, rows, strict=True)}, plants, wrong)


def write_parcels(parcels: Parcels, directory: Path) -> None:
    """Write ``inputs/parcels.gpkg``, the same for every size of the sample."""
    write_vector(directory / "inputs/parcels.gpkg", parcels.rows)
