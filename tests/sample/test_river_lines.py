"""The rivers as lines lie where the map has rivers, and run down."""

import geopandas as gpd
import numpy as np
import rasterio

WATER = (41, 42, 43)  # river, lake, reservoir


def test_rivers_lie_in_river_cells_and_run_down(sample):
    lines = gpd.read_file(sample / "inputs/rivers.gpkg")
    assert (lines["width_m"] >= 100).all()
    with (
        rasterio.open(sample / "inputs/land_cover_2020.tif") as cover,
        rasterio.open(sample / "inputs/elevation.tif") as ground,
    ):
        points = [point for line in lines.geometry for point in line.segmentize(100).coords]
        classes = np.array([value[0] for value in cover.sample(points)])
        heights = [[value[0] for value in ground.sample([line.coords[0], line.coords[-1]])] for line in lines.geometry]
        classes = classes[classes != cover.nodata]
        anywhere = cover.read(1)
    # On cells of 300 m a river of 100 m is the water of every third of its cells; elsewhere hardly any cell is.
    assert len(classes) > 2_000
    assert np.isin(classes, WATER).mean() > 8 * np.isin(anywhere[anywhere != 0], WATER).mean()
    assert np.isin(classes, WATER).mean() > 0.3
    fall = np.array([upper - lower for upper, lower in heights], float)
    assert (fall > -30).all()
    assert fall.mean() > 5
