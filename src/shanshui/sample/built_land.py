"""Towns and villages as polygons, with how many people live in each."""

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from shanshui.data.vectors import write_vector
from shanshui.sample.arrays import Field
from shanshui.sample.base_map import BaseMap, around, drawn, parts_of
from shanshui.sample.extent import CRS, NORTH, WEST
from shanshui.sample.landscape import Landscape
from shanshui.sample.legend import Cover
from shanshui.sample.people import People
from shanshui.sample.rasters import SECOND_YEAR
from shanshui.sample.zone_names import place_names

_URBAN = np.array((Cover.TOWN, Cover.PARK, Cover.INDUSTRY), np.uint8)
_TOWN, _VILLAGE = 2e4, 8e3  # m2, of the smallest piece of a town and the smallest village
_NEAR = 1_200.0  # m from the edge of a town's site, within which built-up land is that town's
_BLUR = 70.0  # m, over which the cells of built-up land become rounded pieces
_STRAY = 10.0  # m
_FIRST_NAME, _NAMES = 80, 300  # where in the list of names those of villages begin, and how many there are


def _towns(base: BaseMap, landscape: Landscape) -> gpd.GeoDataFrame:
    """The town of every township."""
    sites = landscape.settlements.towns
    centres = shapely.points(WEST + sites.x, NORTH - sites.y)
    pieces = np.array(drawn(around(np.isin(base.second, _URBAN), _BLUR) - 0.5, base.ground, _TOWN, _STRAY))
    away = shapely.distance(pieces[:, None], centres[None]) - sites.radius
    owner = away.argmin(axis=1)
    own = np.array(landscape.districts.townships, dtype=object)[owner]
    owner[(away.min(axis=1) > _NEAR) | ~shapely.intersects(pieces, own)] = -1
    found = [k for k in range(len(centres)) if (owner == k).any()]
    shapes = [shapely.union_all(pieces[owner == k]) for k in found]
    return gpd.GeoDataFrame({"township": found, "kind": "town"}, geometry=shapes, crs=CRS)


def _villages(base: BaseMap, landscape: Landscape) -> gpd.GeoDataFrame:
    """The villages, each within the township that holds its middle."""
    field = around(base.second == Cover.VILLAGE, 0.8 * _BLUR) - 0.3
    pieces = drawn(np.where(base.within, field, -0.3), base.ground, _VILLAGE, _STRAY)
    middle = shapely.point_on_surface(pieces)
    found, owner = shapely.STRtree(landscape.districts.townships).query(middle, predicate="within")[0:2]
    columns = {"township": owner, "kind": "village"}
    return gpd.GeoDataFrame(columns, geometry=np.array(pieces)[found], crs=CRS)


def shared_out(total: int, weights: Field) -> np.ndarray:
    """Share whole persons out by weight, the largest remainders rounded up.

    Parameters
    ----------
    total : persons
    weights : array (places), above 0

    Returns
    -------
    array (places) of int
        whose sum is ``total``.

    Examples
    --------
    >>> shared_out(10, np.array([1.0, 1.0, 1.0]))
    array([4, 3, 3])
    """
    exact = total * weights / weights.sum()
    persons = np.floor(exact).astype(np.int64)
    rest = np.argsort(persons - exact, kind="stable")[: total - persons.sum()]
    persons[rest] += 1
    return persons


def _persons(frame: gpd.GeoDataFrame, counties: gpd.GeoDataFrame, people: People) -> np.ndarray:
    """The people of the second census: those of a county's towns by the towns' areas, the others by the villages'."""
    truth = people.truth[people.truth["year"] == SECOND_YEAR].set_index("zone")
    area, persons = frame.area.to_numpy(), np.zeros(len(frame), np.int64)
    for code in counties["code"]:
        own = (frame["county"] == code).to_numpy()
        town, village = (own & (frame["kind"] == kind).to_numpy() for kind in ("town", "village"))
        for living, counted in ((town, "urban_persons"), (village, "rural_persons")):
            chosen = living if living.any() else own  # a county without a village has its farmers in its towns
            persons[chosen] += shared_out(int(truth[counted][code]), area[chosen])
    return persons


def build_settlements(
    base: BaseMap,
    landscape: Landscape,
    counties: gpd.GeoDataFrame,
    people: People,
    strips: list[shapely.Polygon],
) -> gpd.GeoDataFrame:
    """Draw the towns and villages.

    Parameters
    ----------
    base : BaseMap
    landscape : Landscape
    counties : see `zones.county_table`
    people : People
    strips : of houses along roads, too narrow for the map of land cover; they are villages

    Returns
    -------
    GeoDataFrame
        polygons that do not overlap: ``code``, ``name``, ``name_zh``, ``kind`` (town or village), ``county`` (its
        code) and ``population_persons`` in the year of the second census, which sum to the people of every county.
    """
    districts = landscape.districts
    towns, villages = _towns(base, landscape), _villages(base, landscape)
    built = shapely.union_all([*towns.geometry, *villages.geometry])
    along = parts_of(shapely.difference(np.array(strips, dtype=object), built), _VILLAGE)
    owner = shapely.STRtree(districts.townships).nearest(shapely.point_on_surface(along))
    rows = gpd.GeoDataFrame({"township": owner, "kind": "village"}, geometry=along, crs=CRS)
    villages = villages.set_geometry(villages.geometry.difference(shapely.union_all(towns.geometry.to_numpy())))
    villages = villages[villages.area > 0.5 * _VILLAGE]
    frame = pd.concat([towns, villages, rows], ignore_index=True)
    frame = frame.set_geometry(frame.geometry.intersection(districts.region()))
    frame = frame[~frame.is_empty].reset_index(drop=True)

    names = place_names(len(counties) + len(districts.townships), landscape.seed)[len(counties) :]
    of_villages = place_names(_FIRST_NAME + _NAMES, landscape.seed)[_FIRST_NAME:]
    rank = frame.groupby(["township", "kind"]).cumcount()
    # Villages of one township differ in name; those of two may share one, as they do.
    chosen = [
        names[township] if kind == "town" else of_villages[(37 * township + k) % _NAMES]
        for township, kind, k in zip(frame["township"], frame["kind"], rank, strict=True)
    ]
    codes = counties["code"].to_numpy()[districts.county[frame["township"]]]
    columns = {
        "code": [f"S{k + 1:04d}" for k in range(len(frame))],
        "name": [f"{name} {kind.title()}" for (name, _), kind in zip(chosen, frame["kind"], strict=True)],
        "name_zh": [
            name + ("镇" if kind == "town" else "村") for (_, name), kind in zip(chosen, frame["kind"], strict=True)
        ],
        "kind": frame["kind"],
        "county": codes,
    }
    settlements = gpd.GeoDataFrame(columns, geometry=frame.geometry, crs=CRS)
    settlements.insert(5, "population_persons", _persons(settlements, counties, people))
    return settlements


def write_settlements(settlements: gpd.GeoDataFrame, folder: Path) -> None:
    """Write ``settlements.gpkg`` to a folder, the same for every size of the sample."""
    write_vector(folder / "settlements.gpkg", settlements)
