"""Species that do not exist: each lives where its habitat is, some at one place only, some far beyond the region."""

from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from scipy.ndimage import gaussian_filter

from shanshui.data.tables import write_table
from shanshui.data.vectors import write_vector
from shanshui.sample.arrays import Field
from shanshui.sample.contours import area_above_zero
from shanshui.sample.districts import number_cells
from shanshui.sample.extent import CRS, NORTH, WEST
from shanshui.sample.landscape import Landscape, tile_of
from shanshui.sample.legend import LEVEL1, Cover
from shanshui.sample.noise import fractal_field, hash_unit, stream
from shanshui.sample.rock import NONE, rock_of
from shanshui.sample.small_rasters import SOIL_SIZE
from shanshui.sample.terrain import Ground

# Habitat: group and genus of those that live there, and their names from the narrowest range to the widest.
_SPECIES: dict[str, tuple[str, str, tuple[str, str, str, str]]] = {
    "forest": ("birds", "Fictornis", ("umbrosa", "nemoralis", "silvestris", "vagans")),
    "montane": ("plants", "Fictophyton", ("summitense", "nivale", "montanum", "alpestre")),
    "wetland": ("birds", "Fictogrus", ("lacunae", "paludicola", "arundinum", "migrans")),
    "coast": ("birds", "Fictotringa", ("aestuarii", "limicola", "litoralis", "oceanica")),
    "sea": ("fishes", "Fictichthys", ("sinus", "neriticus", "marinus", "pelagicus")),
    "river": ("amphibians", "Fictobatrachus", ("fontis", "rivalis", "fluminis", "communis")),
    "steppe": ("mammals", "Fictomys", ("arenarius", "deserti", "stepparum", "errans")),
    "karst": ("plants", "Fictofilix", ("cavernae", "calcicola", "saxatilis", "muralis")),
    "fields": ("insects", "Fictoptera", ("oryzae", "hortorum", "agrestis", "ubiqua")),
}
# Metres, of the home of each from its middle; the widest does not ask for its habitat.
_HOMES = (7_000.0, 13_000.0, 24_000.0, 60_000.0)
_WIDEST = 120_000.0
_OFF = 0.75  # of its radius, that the middle of a wide range may lie off: some end within the region
_CATEGORIES = (("CR", "EN", "EN"), ("EN", "VU", "VU"), ("VU", "NT", "LC"), ("LC", "LC", "DD"))
_PROTECTED = {"CR": "I", "EN": "II"}

_BLUR = 4.0  # cells of 250 m: how far a species strays from its habitat
_LEAST = 1e6  # m2, of a part of a range


@dataclass(frozen=True)
class Fauna:
    """All species."""

    ranges: gpd.GeoDataFrame
    """one row a species: ``species``, and its range as polygons"""
    table: pd.DataFrame
    """``species``, ``group``, ``category`` of the Red List, ``protection_class``"""


def _habitats(landscape: Landscape) -> tuple[Ground, dict[str, Field]]:
    """How much of each habitat there is around every cell of the grid of the soil, 0 to 1."""
    tile = tile_of(landscape, SOIL_SIZE, (0, 0, SOIL_SIZE, SOIL_SIZE))
    ground, cover = tile.ground, tile.second
    level1, sea = LEVEL1[cover], cover == Cover.SEA
    kinds = {
        "forest": level1 == 1,
        "montane": ground.elevation > 700.0,
        "wetland": np.isin(cover, np.array((Cover.MARSH, Cover.LAKE, Cover.PADDY), np.uint8)),
        "coast": np.abs(ground.inland) < 1_500.0,
        "sea": sea,
        "river": (ground.bank < 700.0) & ~sea,
        "steppe": np.isin(cover, np.array((Cover.STEPPE, Cover.SPARSE_GRASS, Cover.SAND), np.uint8)),
        "karst": rock_of(landscape).lithology != NONE,
        "fields": level1 == 5,
    }
    kinds["karst"] &= ~sea
    return ground, {name: gaussian_filter(kind.astype(float), _BLUR) for name, kind in kinds.items()}


def _wide_range(x: float, y: float, radius: float, draw: int) -> shapely.Polygon:
    """A round range with a bent edge, in the sample's CRS."""
    turn = np.linspace(0.0, 2.0 * np.pi, 96, endpoint=False)
    bent = fractal_field(1e4 * np.cos(turn)[None], 1e4 * np.sin(turn)[None], 9_000.0, 3, draw)[0]
    reach = radius * (1.0 + 0.3 * bent)
    return shapely.Polygon(np.column_stack([WEST + x + reach * np.cos(turn), NORTH - y + reach * np.sin(turn)]))


def build_species(landscape: Landscape) -> Fauna:
    """Make up the species.

    Parameters
    ----------
    landscape : Landscape

    Returns
    -------
    Fauna
        four of each of nine habitats: at one place, in a part of the region, in all of it that suits, and far beyond
        it. The narrower the range, the worse the category.
    """
    seed, draw = landscape.seed, stream(landscape.seed, "species")
    ground, habitats = _habitats(landscape)
    x, y = ground.x, ground.y
    window = (0, 0, SOIL_SIZE, SOIL_SIZE)
    inside = number_cells([landscape.districts.region()], SOIL_SIZE, window) == 0
    rows, shapes = [], []
    for k, (habitat, (group, genus, names)) in enumerate(_SPECIES.items()):
        amount = habitats[habitat]
        places = np.flatnonzero(inside & (amount > 0.75 * amount[inside].max()))
        for wide, (name, home) in enumerate(zip(names, _HOMES, strict=True)):
            number = len(_HOMES) * k + wide
            middle = np.unravel_index(places[int(hash_unit(number, 0, draw) * len(places))], x.shape)
            if wide == len(_HOMES) - 1:
                radius = home + (_WIDEST - home) * hash_unit(number, 1, draw)
                turn, away = 2.0 * np.pi * hash_unit(number, 3, draw), _OFF * radius * hash_unit(number, 4, draw)
                centre = float(x[middle]) + away * np.cos(turn), float(y[middle]) + away * np.sin(turn)
                shape = _wide_range(*centre, radius, stream(seed, f"range of {genus} {name}"))
            else:
                bent = fractal_field(x, y, 6_000.0, 3, stream(seed, f"range of {genus} {name}"))
                near = 1.0 - np.hypot(x - x[middle], y - y[middle]) / home + 0.2 * bent
                fit = np.minimum(4.0 * near, amount / amount[middle] - 0.45 + 0.15 * bent)
                area = area_above_zero(np.minimum(fit, 1.0), x[0], y[:, 0])
                parts = [part.simplify(60.0) for part in area.geoms if part.area > _LEAST]
                shape = shapely.MultiPolygon([part for part in parts if part.is_valid])
            kinds = _CATEGORIES[wide]
            category = kinds[int(hash_unit(number, 2, draw) * len(kinds))]
            rows.append((f"{genus} {name}", group, category, _PROTECTED.get(category, "")))
            shapes.append(shape)
    table = pd.DataFrame(rows, columns=["species", "group", "category", "protection_class"])
    ranges = gpd.GeoDataFrame({"species": table["species"]}, geometry=shapes, crs=CRS)
    return Fauna(ranges, table)


def write_species(landscape: Landscape, folder: Path) -> None:
    """Write the species.

    Parameters
    ----------
    landscape : Landscape
    folder : where ``species_ranges.gpkg`` (in longitude and latitude) and ``species.csv`` are written, the same for
        every size of the sample
    """
    fauna = build_species(landscape)
    write_vector(folder / "species_ranges.gpkg", fauna.ranges.to_crs("EPSG:4326"))
    write_table(folder / "species.csv", fauna.table)
