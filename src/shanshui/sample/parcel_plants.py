"""The parcels that are planted: which control polygons each lies on, and how."""

from dataclasses import dataclass

import numpy as np
import shapely

from shanshui.sample.arrays import Mask
from shanshui.sample.base_map import CELLS, BaseMap
from shanshui.sample.extent import NORTH, SIDE, WEST
from shanshui.sample.legend import LEVEL1, Cover
from shanshui.sample.parcel_sites import SLIVER, Overlap, Sites, Where

# Land use of the third survey by ecosystem at level 1: 1 forest ... 9 water.
LAND_USES = ("", "forest", "forest", "grassland", "wetland", "cropland", "built", "bare", "bare", "water")


@dataclass(frozen=True)
class Ground:
    """The ground of some planted parcels: within polygons of every layer named, and clear of all others."""

    wanted: tuple[Where, ...]
    count: int
    reach: float = 110.0
    """m, from a parcel's middle to its corners"""
    land_use: str = ""
    """that the land cover there is to have; any where empty"""


@dataclass(frozen=True)
class Border:
    """The ground of some planted parcels across the border of a layer's polygons, clear of all other layers."""

    where: Where
    kind: str
    """partial, sliver or touching"""
    count: int


RED_LINE: Where = ("red_line", {})
RED_LINE_AT_SEA: Where = ("red_line", {"realm": "sea"})
CORE: Where = ("protected_areas", {"category": "nature_reserve", "part": "core"})
EXPERIMENTAL: Where = ("protected_areas", {"category": "nature_reserve", "part": "experimental"})
FARMLAND: Where = ("basic_farmland", {})
SEA: Where = ("sea", {})

# The two laws of one parcel stand as two layers. The rarer grounds come first: they have the least room.
PLANTS: dict[str, Ground | Border] = {
    "core of a reserve in the red line": Ground((RED_LINE, CORE), 4),
    "first zone of a water source": Ground((("water_sources", {"zone": "first"}),), 3, 65.0),
    "national wetland in the red line": Ground((RED_LINE, ("wetlands", {"level": "national"})), 3, 80.0),
    "provincial wetland in the red line": Ground((RED_LINE, ("wetlands", {"level": "provincial"})), 3, 70.0),
    "red line at sea": Ground((RED_LINE_AT_SEA, SEA), 3),
    "basic farmland by a water source": Ground((FARMLAND, ("water_sources", {"zone": "second"})), 3, 70.0),
    "red line by a water source": Ground((RED_LINE, ("water_sources", {"zone": "second"})), 3, 80.0),
    "public-welfare forest in the red line": Ground((RED_LINE, ("forests", {"kind": "public_welfare"})), 3, 80.0),
    "commercial forest in the red line": Ground((RED_LINE, ("forests", {"kind": "commercial"})), 3, 70.0),
    "experimental zone of a reserve": Ground((EXPERIMENTAL,), 3, 90.0),
    "national park whose zone is not known": Ground((("protected_areas", {"category": "national_park"}),), 2, 90.0),
    "second zone of a water source": Ground((("water_sources", {"zone": "second"}),), 4, 80.0),
    "outer zone of a water source": Ground((("water_sources", {"zone": "outer"}),), 3, 90.0),
    "mining right": Ground((("mining_rights", {}),), 3, 70.0),
    "red line": Ground((RED_LINE,), 22),
    "basic farmland": Ground((FARMLAND,), 8, 90.0),
    "public-welfare forest": Ground((("forests", {"kind": "public_welfare"}),), 3, 90.0),
    "commercial forest": Ground((("forests", {"kind": "commercial"}),), 3, 80.0),
    "basic grassland": Ground((("grassland", {"kind": "basic"}),), 3, 90.0),
    "other grassland": Ground((("grassland", {"kind": "other"}),), 3, 80.0),
    "urban boundary": Ground((("urban_boundary", {}),), 5, 90.0),
    "sea": Ground((SEA,), 4, 160.0),
    "part in the red line": Border(RED_LINE, "partial", 4),
    "sliver in the red line": Border(RED_LINE, "sliver", 6),
    "beside the red line": Border(RED_LINE, "touching", 4),
    "part in basic farmland": Border(FARMLAND, "partial", 3),
    "sliver in basic farmland": Border(FARMLAND, "sliver", 3),
    "beside basic farmland": Border(FARMLAND, "touching", 3),
    "part in a reserve": Border(EXPERIMENTAL, "partial", 2),
    "sliver in a reserve": Border(EXPERIMENTAL, "sliver", 2),
    "part in an urban boundary": Border(("urban_boundary", {}), "partial", 2),
    "sliver in basic grassland": Border(("grassland", {"kind": "basic"}), "sliver", 2),
    "sliver in public-welfare forest": Border(("forests", {"kind": "public_welfare"}), "sliver", 2),
    "clear cropland": Ground((), 8, land_use="cropland"),
    "clear forest": Ground((), 4, land_use="forest"),
    "clear grassland": Ground((), 4, land_use="grassland"),
    "clear built land": Ground((), 4, 60.0, land_use="built"),
}
_DEEP = {"partial": 40.0, "sliver": SLIVER, "touching": 0.0}  # m, that a parcel reaches into the polygon
_BEYOND = 110.0  # m, that it reaches out of it


@dataclass(frozen=True)
class Planted:
    """A parcel that was planted."""

    plant: str
    """of `PLANTS`"""
    shape: shapely.Polygon
    overlaps: list[Overlap]
    """all that it has of any control layer"""
    land_use: str


def land_use_at(base: BaseMap, shape: shapely.Geometry) -> str:
    """Give the land use where a parcel has its middle."""
    middle = shapely.point_on_surface(shape)
    cell = SIDE / CELLS
    row, column = int((NORTH - middle.y) / cell), int((middle.x - WEST) / cell)
    code = base.second[min(row, CELLS - 1), min(column, CELLS - 1)]
    return "mining" if code == Cover.MINE else LAND_USES[LEVEL1[code]]


def _only(base: BaseMap, land_use: str) -> Mask | None:
    """The cells of a land use."""
    if not land_use:
        return None
    where: Mask = np.isin(LEVEL1[base.second], [k for k, name in enumerate(LAND_USES) if name == land_use])
    return where


def plant_parcels(sites: Sites) -> list[Planted]:
    """Plant the parcels.

    Parameters
    ----------
    sites : Sites
        in which nothing is planted yet

    Returns
    -------
    list of Planted
        in the order of `PLANTS`; fewer of a plant where there is no room. None overlaps another, and each has of the
        control layers what it tells and nothing else.
    """
    found: list[Planted] = []
    for plant, ground in PLANTS.items():
        for k in range(ground.count):
            name = f"parcel: {plant} {k}"
            if isinstance(ground, Border):
                made = sites.across(ground.where, _DEEP[ground.kind], _BEYOND, ground.kind, name)
            else:
                made = sites.within(list(ground.wanted), ground.reach, name, _only(sites.base, ground.land_use))
            if made is None:
                break
            found.append(Planted(plant, *made, land_use_at(sites.base, made[0])))
    return found
