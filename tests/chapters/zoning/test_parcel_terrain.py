"""Slope and elevation of parcels, worked by hand on a few cells."""

import geopandas
import numpy as np
import pytest
import shapely
from affine import Affine
from odc.geo.geobox import GeoBox

from shanshui.base.grid import Window
from shanshui.chapters.zoning.parcel_terrain import measured_of, parcel_terrain

CRS = "EPSG:32649"
# Two rows of four cells of 10 m; the last has no data.
GRID = GeoBox((2, 4), Affine(10, 0, 500_000, 0, -10, 3_000_020), CRS)
SLOPE = np.array([[10, 20, 30, 40], [10, 20, 30, np.nan]], np.float32)
HEIGHT = np.array([[100, 200, 300, 400], [100, 200, 300, np.nan]], np.float32)


class Cells:
    """A raster in memory."""

    def __init__(self, cells):
        self.cells = cells

    def read(self, window: Window):
        rows = slice(window.row, window.row + window.height)
        return self.cells[rows, window.column : window.column + window.width]


def box(left, low, right, high):
    return shapely.box(500_000 + left, 3_000_000 + low, 500_000 + right, 3_000_000 + high)


def measured(shapes, crs=CRS, elevation=HEIGHT):
    parcels = geopandas.GeoDataFrame({"parcel": [*range(len(shapes))]}, geometry=shapes, crs=CRS).to_crs(crs)
    height = None if elevation is None else Cells(elevation)
    return parcel_terrain(parcels, Cells(SLOPE), height, geobox=GRID)


def test_cells_count_by_the_share_that_lies_in_the_parcel():
    # One cell and half of the next, and a quarter of a cell with three quarters of another.
    table = measured([box(0, 0, 15, 10), box(17.5, 10, 27.5, 20)])
    assert table["parcel"].tolist() == ["0", "1"]
    assert table["slope_degrees"].tolist() == [13.33, 27.5]  # (10 + 20 / 2) / 1.5; 20 / 4 + 30 * 3 / 4
    assert table["elevation_m"].tolist() == [133.3, 275.0]


def test_parcels_may_overlap_and_stand_in_another_projection():
    # A thousandth of a cell more or less: what is drawn in degrees has other corners.
    table = measured([box(0, 0, 20, 20), box(10, 0, 30, 20)], "EPSG:4326")
    np.testing.assert_allclose(table["slope_degrees"], [15, 25], atol=0.011)
    np.testing.assert_allclose(table["elevation_m"], [150, 250], atol=0.11)


@pytest.mark.parametrize(("beyond", "known"), [(0.45, True), (0.55, False)])
def test_a_mean_over_too_little_of_a_parcel_is_not_told(beyond, known):
    # Of ten metres so many lie in the cell without data: 5 % are borne.
    row = measured([box(20 + beyond, 0, 30 + beyond, 10)]).iloc[0]
    assert row[["slope_degrees", "elevation_m"]].notna().tolist() == [known, known]
    assert not known or (row["slope_degrees"], row["elevation_m"]) == (30.0, 300.0)


def test_what_lies_beyond_the_grid_is_not_known():
    assert measured([box(-6, 0, 4, 10), box(-0.4, 0, 9.6, 10)])["slope_degrees"].notna().tolist() == [False, True]


def test_parcels_without_ground_keep_their_rows():
    table = measured([shapely.Polygon(), box(0, 0, 10, 10), None])
    assert table["parcel"].tolist() == ["0", "1", "2"]
    assert table["slope_degrees"].fillna(-1).tolist() == [-1, 10, -1]


def test_without_elevation_the_slope_is_told_alone():
    table = measured([box(0, 0, 10, 10)], elevation=None)
    assert measured_of(table) == {"0": {"slope_degrees": 10.0}}
