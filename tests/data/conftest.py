import numpy as np
import pytest
import rasterio
from affine import Affine
from odc.geo.geobox import GeoBox

UTM = "EPSG:32748"


@pytest.fixture
def geobox():
    """Make a grid of 100 m cells in UTM whose first corner is (500 000, 9 900 000), shifted by whole or part cells."""

    def made(shape, row=0.0, column=0.0, size=100.0, crs=UTM):
        return GeoBox(shape, Affine(size, 0, 500_000 + 100 * column, 0, -size, 9_900_000 - 100 * row), crs)

    return made


@pytest.fixture
def raster(tmp_path):
    """Write an array as a plain GeoTIFF on a grid; give its path."""
    number = iter(range(1000))

    def written(array, geobox, nodata=None, **profile):
        array = np.atleast_3d(array).transpose(2, 0, 1) if array.ndim == 2 else array
        path = tmp_path / f"raster{next(number)}.tif"
        facts = {
            "driver": "GTiff",
            "count": array.shape[0],
            "height": array.shape[1],
            "width": array.shape[2],
            "dtype": array.dtype.name,
            "crs": geobox.crs.to_wkt(),
            "transform": geobox.transform,
            "nodata": nodata,
        }
        with rasterio.open(path, "w", **(facts | profile)) as target:
            target.write(array)
        return path

    return written
