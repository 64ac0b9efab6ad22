"""How many people live on each square kilometre: those of the second census, on cells of 1 km."""

from pathlib import Path

import geopandas as gpd
import numpy as np
import pyproj
import shapely

from shanshui.sample.arrays import Field
from shanshui.sample.base_map import parts_of
from shanshui.sample.extent import CRS, NORTH, SIDE, WEST, sample_geobox
from shanshui.sample.people import People
from shanshui.sample.rasters import SECOND_YEAR
from shanshui.sample.small_rasters import write_bands
from shanshui.science.cell_area import polygon_area

CELLS = 60  # a side: 1 km
NODATA = -9999.0


def map_people(counties: gpd.GeoDataFrame, people: People, settlements: gpd.GeoDataFrame) -> Field:
    """Spread the people of the second census over their settlements.

    Parameters
    ----------
    counties : see `zones.county_table`
    people : People
    settlements : see `built_land.build_settlements`

    Returns
    -------
    array (rows, columns) of cells of 1 km
        persons a km2 of the ellipsoid; NaN outside the region. Over each county, every cell by the share of it that
        lies there, they sum to its census.
    """
    side = SIDE / CELLS
    row, column = np.indices((CELLS, CELLS)).reshape(2, -1)
    west, north = WEST + column * side, NORTH - row * side
    squares = shapely.box(west, north - side, west + side, north)
    tree, borders = shapely.STRtree(squares), counties.geometry.to_numpy()
    km2 = np.zeros((len(borders), squares.size))
    for county, border in enumerate(borders):
        whole, met = (tree.query(border, predicate=how) for how in ("contains", "intersects"))
        cut = np.setdiff1d(met, whole)
        # A cell that the county only touches has no part of it.
        parts = [parts_of(piece, 0.0) for piece in shapely.intersection(squares[cut], border)]
        pieces = [*squares[whole], *(shapely.multipolygons(own) for own in parts if own)]
        cells = [*whole, *(cell for cell, own in zip(cut, parts, strict=True) if own)]
        km2[county, cells] = polygon_area(np.array(pieces, dtype=object), pyproj.CRS(CRS)) / 1e6

    houses = settlements.geometry.to_numpy()
    of_houses, square = tree.query(houses, predicate="intersects")
    parts = shapely.area(shapely.intersection(houses[of_houses], squares[square]))
    living = settlements["population_persons"].to_numpy()[of_houses] * parts / shapely.area(houses)[of_houses]
    persons = np.bincount(square, living, minlength=squares.size)
    inside = km2.sum(axis=0)
    # Cells on borders mix the people of two counties: each county's density is scaled, in cells that it shares by its
    # share of them, so that all sums are those of the census.
    share = np.divide(km2, inside, out=np.zeros_like(km2), where=inside > 0.0)
    truth = people.truth[people.truth["year"] == SECOND_YEAR].set_index("zone")["total_persons"]
    factor = np.linalg.solve((share * persons) @ share.T, truth.loc[counties["code"]].to_numpy(float))
    density = np.divide(persons * (factor @ share), inside, out=np.full(squares.size, np.nan), where=inside > 0.0)
    return density.reshape(CELLS, CELLS)


def write_population_map(
    counties: gpd.GeoDataFrame, people: People, settlements: gpd.GeoDataFrame, folder: Path
) -> None:
    """Write ``population_density.tif``, see `map_people`, to a folder, the same for every size of the sample."""
    density = map_people(counties, people, settlements)
    write_bands(
        folder / "population_density.tif",
        sample_geobox(CELLS),
        np.where(np.isnan(density), NODATA, density),
        dtype="float32",
        nodata=NODATA,
        unit="person/km**2",
        name=f"residents in {SECOND_YEAR}",
    )
