"""The sample's protected areas and red lines with what the engine makes of them, run once for each seed."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import geopandas
import numpy as np
import pandas as pd
import shapely

from shanshui.sample import write_sample
from shanshui.study.study import open_study

SEEDS = (1, 2, 5)
SIZE = 200
SERVICES = (
    *("water_conservation", "soil_retention", "sand_fixation", "habitat_quality", "species_richness"),
    *("threatened_species_richness", "weighted_endemism", "carbon_sequestration", "flood_mitigation"),
    "climate_regulation",
)
MADE = (
    *("protected_area_conflicts", "protected_area_faces", "protected_area_ledger", "red_line_adjustment"),
    *("red_line_next", "red_line_adjustment_ledger", "red_line_edits"),
    *("red_line_value", "red_line_ground", "fragility_class"),
    *SERVICES,
)


@dataclass(frozen=True)
class Planted:
    """A sample and its products."""

    seed: int
    folder: Path
    made: dict[str, Any]

    def layer(self, name: str) -> geopandas.GeoDataFrame:
        """Read a layer of the sample."""
        return geopandas.read_file(self.folder / f"{name}.gpkg")

    def table(self, name: str) -> pd.DataFrame:
        """Read a table of the sample, empty texts as such."""
        return pd.read_csv(self.folder / f"{name}.csv", keep_default_na=False)


@cache
def planted(base: Path, seed: int) -> Planted:
    """Write the sample of a seed into a folder and run it, once however many modules ask."""
    folder = base / f"planted_{seed}"
    if not folder.exists():
        write_sample(folder, SIZE, seed)
    with open_study(folder) as study:
        return Planted(seed, folder, study.run(*MADE))


def shared(pieces: Iterable[Any], ground: Iterable[Any]) -> np.ndarray:
    """Area of each piece that lies on some ground [m2]; the ground counts once where it overlaps itself."""
    pieces, ground = np.asarray(list(pieces), object), np.asarray(list(ground), object)
    piece, of_ground = shapely.STRtree(ground).query(pieces, predicate="intersects")
    out = np.zeros(len(pieces))
    for number in np.unique(piece):
        near = shapely.union_all(ground[of_ground[piece == number]])
        out[number] = shapely.area(shapely.intersection(pieces[number], near))
    return out


def on_ellipsoid(shapes: Iterable[Any], crs: Any) -> np.ndarray:
    """Area of shapes on the ellipsoid by geodesics along their sides [ha]."""
    plane = geopandas.GeoSeries(shapely.segmentize(np.asarray(list(shapes), object), 200.0), crs=crs)
    geod = plane.crs.get_geod()
    degrees = shapely.orient_polygons(plane.to_crs(plane.crs.geodetic_crs).to_numpy())
    return np.array([abs(geod.geometry_area_perimeter(each)[0]) for each in degrees]) / 1e4
