"""Valuable land that no protected area covers: habitats, ranges of threatened species, corridors (paper 2.2)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import geopandas
import numpy as np
import pandas as pd
import pyproj
import shapely
from numpy.typing import NDArray
from odc.geo.geobox import GeoBox
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from shanshui.base.grid import crs_of
from shanshui.base.raster import WholeRaster
from shanshui.base.step import step
from shanshui.chapters.pattern.delineation import NEIGHBOURS
from shanshui.chapters.pattern.grounds import AnyYears, last_year
from shanshui.chapters.pattern.importance import EXTREME
from shanshui.chapters.pattern.protected_areas.conflicts import (
    METRES_PER_KM,
    SQUARE_METRES_PER_HECTARE,
    SQUARE_METRES_PER_KM2,
    areas_of,
    called,
)
from shanshui.science.faces import Faces, planarise
from shanshui.science.faces_sides import NOTHING, sides_of
from shanshui.science.lengths import metres_at, middles, nearest
from shanshui.science.outlines import trace_outlines
from shanshui.science.patches import find_patches
from shanshui.science.polygon_sums import sum_over_polygons

NO_DATA, NONE, HABITAT, SPECIES, CORRIDOR = -1, 0, 1, 2, 3
KINDS = {HABITAT: "habitat", SPECIES: "species", CORRIDOR: "corridor"}
KINDS_ZH = {HABITAT: "重要生境", SPECIES: "受威胁物种分布区", CORRIDOR: "生态廊道"}
_COLOURS = {NONE: "#eeeeee", HABITAT: "#117733", SPECIES: "#882255", CORRIDOR: "#ddcc77"}
_TOLD = {HABITAT: "extremely important land", SPECIES: "range of threatened species", CORRIDOR: "ecological corridor"}
# Zonings by which a gap is placed: the first that the study has.
_ZONINGS = ("prefecture", "county")
# Areas of cells and of outlines are as exact as this.
_ROUNDING = 1e-3
_PROTECTED, _VALUABLE, _PLACES = "protected", "valuable", "places"
COLUMNS = [
    *("gap", "rank", "kind", "kind_zh", "zoning", "zone", "zone_name", "area_ha", "value_ppm", "value_ppm_km2"),
    *("nearest", "nearest_name", "nearest_name_zh", "distance_m", "reason", "reason_zh", "geometry"),
]


@step
def protected_area_gap_kind(
    ecological_importance: AnyYears,
    biodiversity_importance: AnyYears | None = None,
    threatened_species_richness: NDArray[np.float32] | None = None,
    ecological_corridor: NDArray[np.float32] | None = None,
    *,
    protection_gap_species: float,
    least_corridor_share: float,
) -> NDArray[np.int32]:
    """Why a cell should lie in a protected area.

    Parameters
    ----------
    ecological_importance : Series of int32 ndarray (rows, columns)
        1 general, 2 important, 3 extremely important; -1 no data, by year; the last year counts.
    biodiversity_importance : Series of int32 ndarray (rows, columns), optional
        The same for biodiversity.
    threatened_species_richness : float32 ndarray (rows, columns), optional
        Number of threatened species.
    ecological_corridor : float32 ndarray (rows, columns), optional
        Share of each cell in a corridor, 0 to 1 [1].
    protection_gap_species : float
        Number of threatened species from which on a cell counts.
    least_corridor_share : float
        Share from which on a cell belongs to the corridor [1].

    Returns
    -------
    int32 ndarray (rows, columns)
        1 extremely important, 2 range of threatened species, 3 corridor, the first that holds; 0 none of them; -1 where
        the importance is not known and nothing else holds.

    Examples
    --------
    >>> from shanshui.base.step import Series
    >>> importance, species = np.array([[3, 2, 1, -1, -1]]), np.array([[4.0, 1.0, 0.0, 2.0, np.nan]])
    >>> years = Series({2020: importance})
    >>> protected_area_gap_kind(years, None, species, protection_gap_species=1, least_corridor_share=0.5).tolist()
    [[1, 2, 0, 2, -1]]
    """
    found = np.where(last_year(ecological_importance) == NO_DATA, NO_DATA, NONE)
    if ecological_corridor is not None:
        found[ecological_corridor >= np.float32(least_corridor_share)] = CORRIDOR
    if threatened_species_richness is not None:
        found[threatened_species_richness >= np.float32(protection_gap_species)] = SPECIES
    for importance in (ecological_importance, biodiversity_importance):
        if importance is not None:
            found[last_year(importance) == EXTREME] = HABITAT
    return found.astype(np.int32)


@step
def protected_area_gap_kind_legend() -> pd.DataFrame:
    """Legend of why a cell should lie in a protected area.

    Returns
    -------
    DataFrame
        Columns code, name, name_zh, colour.
    """
    rows = [(code, KINDS.get(code, "none"), KINDS_ZH.get(code, "无"), colour) for code, colour in _COLOURS.items()]
    return pd.DataFrame(rows, columns=["code", "name", "name_zh", "colour"])


@step
def protected_area_gaps(
    protected_area_gap_kind: WholeRaster,
    cell_area: WholeRaster,
    protected_areas: geopandas.GeoDataFrame,
    zone_polygons: geopandas.GeoDataFrame,
    red_line_present_value: WholeRaster | None = None,
    *,
    smallest_protection_gap_ha: float,
    geobox: GeoBox,
) -> geopandas.GeoDataFrame:
    """Patches of valuable land that no protected area covers.

    Parameters
    ----------
    protected_area_gap_kind : raster
        int32: 1 extremely important, 2 range of threatened species, 3 corridor; 0 and -1 neither.
    cell_area : raster
        Area of the cells [m2].
    protected_areas : GeoDataFrame
        The register: area, name, name_zh, category, level.
    zone_polygons : GeoDataFrame
        Zones: zoning, zone, name; the prefectures count, or else the counties.
    red_line_present_value : raster, optional
        What each cell gives of the region's services and fragile land [ppm].
    smallest_protection_gap_ha : float
        Patches below it are left out [ha].
    geobox : GeoBox
        The grid.

    Returns
    -------
    GeoDataFrame
        One row a gap, the first rank first: gap (number, by its place on the map), rank, kind, kind_zh, zoning, zone,
        zone_name (in which it lies; empty in none), area_ha, value_ppm, value_ppm_km2 (both NaN without a value),
        nearest (area), nearest_name, nearest_name_zh, distance_m, reason, reason_zh.

    Notes
    -----
    Outlines of cells of one kind that hang together by sides or corners, cut along the polygons of the areas and along
    the borders of prefectures, by which they are made good: gaps and areas do not overlap, and no two gaps do. So all
    gaps, those left out among them, sum to the valuable area less what of it is protected. Left out is also what is
    narrower than the smallest patch of whole cells, one cell, is: strips between the rim of an area and the rims of the
    cells on it (mean width w h / (w + h) of sides w and h, twice the area through the length of the rim). The rank goes
    by value, without one by area.
    """
    crs = pyproj.CRS(crs_of(geobox))
    # Of areas at the same distance the first key is told, whatever the order of the register.
    areas = areas_of(protected_areas).sort_values("area", ignore_index=True)
    patches = find_patches(protected_area_gap_kind, cell_area, lambda kinds: np.maximum(kinds, NONE), NEIGHBOURS)
    numbers, outlines = trace_outlines(patches.numbers).polygons(geobox)
    # No piece is larger than its patch.
    least = smallest_protection_gap_ha * SQUARE_METRES_PER_HECTARE
    large = patches.square_metres[numbers - 1] >= (1 - _ROUNDING) * least
    numbers, outlines = numbers[large], outlines[large]
    zoning, zones = _places(zone_polygons)
    layers = {_VALUABLE: outlines, _PROTECTED: areas.geometry.to_numpy(), _PLACES: zones.geometry.to_numpy()}
    faces = planarise(layers, crs)
    place_of = faces.first_of(_PLACES)
    bare, piece_of = _pieces(faces, place_of)
    shapes = _joined(faces.polygons[bare], piece_of)
    area = np.bincount(piece_of, faces.area[bare], len(shapes))
    rim = _rims(faces, crs)
    width = 2 * area / np.bincount(piece_of, rim[bare], len(shapes))
    kept = (area >= least) & (width >= _narrowest(shapes, geobox))
    # Every face of a piece lies in the same patch, whose outline is the first that covers it.
    patch, place = np.zeros((2, len(shapes)), np.int64)
    patch[piece_of], place[piece_of] = faces.cover[faces.cover_start[bare]], place_of[bare]
    shapes, area, kind = shapes[kept], area[kept], patches.value[numbers[patch[kept]] - 1]
    keys, called_by = (np.append(zones[name].astype(object).to_numpy(), "")[place[kept]] for name in ("zone", "name"))
    value = np.full(len(shapes), np.nan)
    if red_line_present_value is not None:
        value = (
            sum_over_polygons(shapes, geobox, {"value": red_line_present_value.read})
            .total["value"]
            .to_numpy(np.float64)
        )
    order = np.lexsort([-area, -np.nan_to_num(value)])
    rank = np.empty(len(shapes), np.int64)
    rank[order] = np.arange(1, len(shapes) + 1)
    neighbour, far = nearest(shapes, areas.geometry.to_numpy(), crs)
    names = pd.DataFrame(areas.drop(columns="geometry")).reindex(neighbour).fillna("")
    frame = pd.DataFrame(
        {
            "gap": np.arange(1, len(shapes) + 1),
            "rank": rank,
            "kind": [KINDS[each] for each in kind],
            "kind_zh": [KINDS_ZH[each] for each in kind],
            "zoning": np.full(len(shapes), zoning, object),
            "zone": keys,
            "zone_name": called_by,
            "area_ha": area / SQUARE_METRES_PER_HECTARE,
            "value_ppm": value,
            "value_ppm_km2": value / (area / SQUARE_METRES_PER_KM2),
            "nearest": names["area"].to_numpy(object),
            "nearest_name": names["name"].to_numpy(object),
            "nearest_name_zh": names["name_zh"].to_numpy(object),
            "distance_m": far,
        }
    )
    told = [_told(row, code) for row, code in zip(frame.to_dict("records"), kind.tolist(), strict=True)]
    frame["reason"], frame["reason_zh"] = [each[0] for each in told], [each[1] for each in told]
    gaps = geopandas.GeoDataFrame(frame, geometry=shapes, crs=crs)
    return gaps.sort_values("rank", ignore_index=True)[COLUMNS]


def _pieces(faces: Faces, place_of: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Give the faces that are valuable and not protected, and the piece of each: those of a patch that meet in a place.

    Pieces are in the order of their patches.
    """
    bare = np.flatnonzero(faces.covered_by(_VALUABLE) & ~faces.covered_by(_PROTECTED))
    patch = faces.cover[faces.cover_start[bare]]
    one, other = shapely.STRtree(faces.polygons[bare]).query(faces.polygons[bare], predicate="intersects")
    same = (patch[one] == patch[other]) & (place_of[bare[one]] == place_of[bare[other]])
    graph = coo_array((np.ones(same.sum(), bool), (one[same], other[same])), (len(bare), len(bare)))
    piece = connected_components(graph, directed=False)[1]
    # From north to south, as the patches; pieces of one patch from west to east.
    west, north = np.full((2, len(bare)), np.inf)
    bounds = shapely.bounds(faces.polygons[bare]).reshape(-1, 4)
    np.minimum.at(west, piece, bounds[:, 0])
    np.minimum.at(north, piece, -bounds[:, 3])
    order = np.lexsort([north[piece], west[piece], patch])
    numbers = pd.unique(piece[order])
    place = np.empty(len(numbers), np.int64)
    place[numbers] = np.arange(len(numbers))
    return bare, place[piece]


def _joined(polygons: NDArray[Any], piece: NDArray[np.int64]) -> NDArray[Any]:
    """Put the faces of each piece together: they share no more than corners, for which no polygon is mended."""
    parts = pd.Series(polygons, dtype=object).groupby(piece).agg(list)
    return np.array([each[0] if len(each) == 1 else shapely.MultiPolygon(each) for each in parts] + [None])[:-1]


def _rims(faces: Faces, crs: pyproj.CRS) -> NDArray[np.float64]:
    """Give the length of the rim of each face [m]."""
    sides = sides_of(faces, crs)
    both = sides.other != NOTHING
    own = np.bincount(sides.face, sides.length, len(faces))
    return np.asarray(own + np.bincount(sides.other[both], sides.length[both], len(faces)), np.float64)


def _narrowest(shapes: NDArray[Any], geobox: GeoBox) -> NDArray[np.float64]:
    """Give the mean width of one cell where each piece lies [m], less a rounding."""
    t = geobox.transform
    sides = np.einsum("nij,jk->nik", metres_at(middles(shapes), pyproj.CRS(crs_of(geobox))), [[t.a, t.b], [t.d, t.e]])
    width, height = np.linalg.norm(sides[:, :, 0], axis=1), np.linalg.norm(sides[:, :, 1], axis=1)
    return np.asarray((1 - 1e-3) * width * height / (width + height), np.float64)


def _places(zone_polygons: geopandas.GeoDataFrame) -> tuple[str, geopandas.GeoDataFrame]:
    """Give the prefectures, or else the counties, with the name of their zoning; of none of both no zone."""
    present = set(zone_polygons["zoning"])
    zoning = next((name for name in _ZONINGS if name in present), "")
    return zoning, zone_polygons[zone_polygons["zoning"] == zoning]


def _told(row: Mapping[Any, Any], kind: int) -> tuple[str, str]:
    """Say why a patch is a gap, in English and Chinese."""
    area = f"{row['area_ha']:,.1f}"
    english = f"{_TOLD[kind][0].upper()}{_TOLD[kind][1:]} outside of every protected area, {area} ha"
    chinese = f"{KINDS_ZH[kind]}未纳入自然保护地，面积{area}公顷"
    if row["nearest"]:
        far = f"{row['distance_m'] / METRES_PER_KM:.1f}"
        english += f"; the nearest is {called(row, 'english', 'nearest')}, {far} km away"
        chinese += f"；距最近的自然保护地“{called(row, 'chinese', 'nearest')}”{far}公里"
    return f"{english}.", f"{chinese}。"
