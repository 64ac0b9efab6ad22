"""The coast as lines: its segments with their kind, storm surge, waves and retreat; the sea; and the winds over it."""

import itertools
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from scipy.spatial import KDTree
from shapely.ops import substring

from shanshui.data.tables import write_table
from shanshui.data.vectors import write_vector
from shanshui.sample.arrays import Field
from shanshui.sample.coastal_habitats import DUNE, MANGROVE, SALT_MARSH, habitat_at
from shanshui.sample.contours import area_above_zero, lines_of_zero
from shanshui.sample.extent import CRS, NORTH, SIDE, WEST
from shanshui.sample.landscape import Landscape, Tile, tile_of
from shanshui.sample.legend import LEVEL1, Cover
from shanshui.sample.noise import hash_unit, stream
from shanshui.sample.skeleton import distance_inland
from shanshui.sample.terrain import ground_at

ARTIFICIAL, BIOGENIC, SANDY, MUDDY = 1, 3, 4, 5  # codes of the guide; its bedrock has no shore here
KINDS = {ARTIFICIAL: "artificial", BIOGENIC: "biogenic", SANDY: "sandy", MUDDY: "silt and mud"}
PIECE, PIECES = 1_000.0, 5  # m of a piece, which is of one kind; the most pieces of a segment

_SIZE = 500  # cells a side on which the coast is drawn: 120 m
_SHORTEST = 800.0  # m of an island's coast that is drawn
_SHORE = 500.0  # m from the sea, within which the land tells the kind of coast
_AROUND = 2_500.0  # m, at which the sea around a segment tells how open it lies

# The least retreat and how much more it may be, m a year, by kind of coast; less than 0 grows.
_RETREAT = {ARTIFICIAL: (0.0, 0.1), BIOGENIC: (-1.5, 3.0), SANDY: (0.2, 3.0), MUDDY: (-4.0, 22.0)}

# Winds from 16 directions, north first: percent of the time, and mean speed in m/s; the monsoon blows from the north
# in winter and from the south in summer.
_FREQUENCY = (7.5, 7.0, 8.0, 6.0, 4.5, 4.0, 5.0, 6.5, 8.5, 8.0, 6.5, 4.0, 3.0, 3.5, 5.5, 7.0)
_SPEED = (5.6, 5.8, 5.9, 5.2, 4.4, 4.0, 4.3, 4.6, 4.9, 4.8, 4.4, 3.9, 3.8, 4.3, 5.0, 5.5)


@dataclass(frozen=True)
class Coast:
    """The coast of the whole extent."""

    segments: gpd.GeoDataFrame
    """lines: ``segment``, ``name``, ``type`` (code), ``kind``, ``surge_m``, ``wave_m``, ``retreat_m_a``"""
    sea: gpd.GeoDataFrame
    """polygons"""


def _pieces(line: shapely.LineString) -> list[shapely.LineString]:
    """Cut a line into pieces of about ``PIECE``."""
    ends = np.linspace(0.0, line.length, max(round(line.length / PIECE), 1) + 1)
    return [substring(line, *pair) for pair in itertools.pairwise(ends)]


def _segments(lines: list[shapely.LineString], tile: Tile, seed: int) -> tuple[list[shapely.LineString], list[int]]:
    """Cut lines where their kind changes, and where a piece of one kind grows too long; with the kind of each part."""
    cut = [_pieces(line) for line in lines]
    kinds = iter(_kinds([piece for pieces in cut for piece in pieces], tile, seed).tolist())
    parts, of_parts = [], []
    for pieces in cut:
        for kind, run in itertools.groupby(zip(pieces, kinds, strict=False), key=lambda pair: pair[1]):
            alike = [piece for piece, _ in run]
            for start in range(0, len(alike), PIECES):
                parts.append(shapely.line_merge(shapely.union_all(alike[start : start + PIECES])))
                of_parts.append(int(kind))
    return parts, of_parts


def _kinds(pieces: list[shapely.LineString], tile: Tile, seed: int) -> npt.NDArray[np.int64]:
    """The kind of each piece by the land behind it."""
    ground, cover = tile.ground, tile.second
    habitat = habitat_at(ground, cover, seed)
    shore = (cover != Cover.SEA) & (ground.inland < _SHORE)
    vertices, owner = shapely.get_coordinates(shapely.segmentize(pieces, 100.0), return_index=True)
    places = np.column_stack([ground.x[shore] + WEST, NORTH - ground.y[shore]])
    away, nearest = KDTree(vertices).query(places)
    near, piece = away < _SHORE, owner[nearest]

    def share(where: npt.NDArray[np.bool_]) -> Field:
        total = np.bincount(piece[near], minlength=len(pieces))
        return np.bincount(piece[near], where[shore][near], len(pieces)) / np.maximum(total, 1)

    flat = (cover == Cover.TIDAL_FLAT) | (cover == Cover.SALINE) | (cover == Cover.MARSH)
    # Dikes, plants and sand make a coast theirs though mud lies before it.
    weighed = {
        ARTIFICIAL: 1.8 * share((LEVEL1[cover] == 6) | (cover == Cover.RESERVOIR)),
        BIOGENIC: 1.1 * share((habitat == MANGROVE) | (habitat == SALT_MARSH)),
        SANDY: 1.2 * share(habitat == DUNE),
        MUDDY: 0.8 * share(flat),
    }
    return np.array(list(weighed))[np.argmax(list(weighed.values()), axis=0)]


def _openness(segments: list[shapely.LineString], seed: int) -> Field:
    """The share of sea around the middle of each segment: less than a half in a bay, more on a headland."""
    middle = shapely.get_coordinates(shapely.line_interpolate_point(segments, 0.5, normalized=True))
    turn = np.linspace(0.0, 2.0 * np.pi, 32, endpoint=False)
    x = middle[:, :1] - WEST + _AROUND * np.cos(turn)
    y = NORTH - middle[:, 1:] + _AROUND * np.sin(turn)
    return np.mean(distance_inland(x, y, seed) < 0.0, axis=1)


def build_coast(landscape: Landscape) -> Coast:
    """Draw the coast.

    Parameters
    ----------
    landscape : Landscape

    Returns
    -------
    Coast
        the same for every size of the sample. Bays have the higher surges, headlands the higher waves; mud moves most.
    """
    seed = landscape.seed
    side = (np.arange(_SIZE + 1)) * SIDE / _SIZE
    ground = ground_at(*np.meshgrid(side, side), landscape.skeleton, landscape.rivers, seed)
    sea = area_above_zero(-ground.inland, side, side)
    lines = [line for line in lines_of_zero(ground.inland, side, side) if line.length > _SHORTEST]
    segments, kinds = _segments(lines, tile_of(landscape, _SIZE, (0, 0, _SIZE, _SIZE)), seed)
    openness, draw = _openness(segments, seed), stream(seed, "coast")
    chance = np.array([[hash_unit(k, which, draw) for which in range(3)] for k in range(len(segments))])
    least, more = np.array([_RETREAT[kind] for kind in kinds]).T
    columns = {
        "segment": np.arange(len(segments)) + 1,
        "name": [f"Coast {k + 1}" for k in range(len(segments))],
        "type": kinds,
        "kind": [KINDS[kind] for kind in kinds],
        "surge_m": np.round(np.clip(4.6 - 5.0 * openness + 0.5 * (chance[:, 0] - 0.5), 0.6, 4.0), 2),
        "wave_m": np.round(np.clip(-0.5 + 2.3 * openness + 0.2 * (chance[:, 1] - 0.5), 0.15, 2.0), 2),
        "retreat_m_a": np.round(least + more * chance[:, 2], 1),
    }
    whole = gpd.GeoDataFrame({"name": ["sea"]}, geometry=[sea], crs=CRS)
    return Coast(gpd.GeoDataFrame(columns, geometry=segments, crs=CRS), whole)


def wind_rose() -> pd.DataFrame:
    """Give the winds at sea.

    Returns
    -------
    DataFrame
        ``direction`` (degrees, where it comes from), ``speed`` (m/s) and ``frequency`` (percent): 16 directions, and
        calm as a row with speed 0; they sum to 100 percent.
    """
    calm = round(100.0 - sum(_FREQUENCY), 1)
    directions = [22.5 * k for k in range(len(_FREQUENCY))]
    return pd.DataFrame({"direction": [*directions, 0.0], "speed": [*_SPEED, 0.0], "frequency": [*_FREQUENCY, calm]})


def write_coast(coast: Coast, folder: Path) -> None:
    """Write the coast, the sea and the winds.

    Parameters
    ----------
    coast : see `build_coast`
    folder : where ``coast.gpkg``, ``sea.gpkg`` and ``wind_rose.csv`` are written, the same for every size
    """
    write_vector(folder / "coast.gpkg", coast.segments)
    write_vector(folder / "sea.gpkg", coast.sea)
    write_table(folder / "wind_rose.csv", wind_rose())
