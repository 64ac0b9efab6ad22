"""How steep and how high parcels lie, measured from the study's own rasters."""

from __future__ import annotations

from typing import Any

import geopandas
import numpy as np
import pandas as pd
import shapely
from odc.geo.geobox import GeoBox

from shanshui.base.grid import crs_of
from shanshui.base.raster import WholeRaster
from shanshui.base.step import step
from shanshui.data.vectors import reprojected
from shanshui.policy.language.situations import text_of
from shanshui.science.polygon_sums import sum_over_polygons

# Columns named as the facts they answer, and the digits to which the rasters can tell them.
MEASURED = {"slope_degrees": 2, "elevation_m": 1}
# A mean over less of a parcel does not speak for it [share of its ground].
LEAST_KNOWN = 0.95


@step
def parcel_terrain(
    parcel: geopandas.GeoDataFrame, slope: WholeRaster, elevation: WholeRaster | None = None, *, geobox: GeoBox
) -> pd.DataFrame:
    """How steep and how high every parcel lies.

    Parameters
    ----------
    parcel : GeoDataFrame
        Column parcel; polygons.
    slope : whole raster
        Slope [degree].
    elevation : whole raster, optional
        Height [m].
    geobox : GeoBox
        The grid.

    Returns
    -------
    DataFrame
        Columns parcel, slope_degrees, elevation_m: means over the ground of the parcel, to 0.01 degree and 0.1 m; empty
        where less than 95 % of the parcel has data.

    Notes
    -----
    Mean = sum of v(cell) x s(cell, parcel) / sum of s(cell, parcel), s the exact share of the cell that lies in the
    parcel. The mean is the usual zonal figure of a site; the least share with data is our choice (status default).
    """
    polygons = reprojected(parcel, crs_of(geobox)).geometry.to_numpy()
    drawn = np.flatnonzero(~(shapely.is_missing(polygons) | shapely.is_empty(polygons)))
    shapes = polygons[drawn]
    read = {"slope_degrees": slope.read} | ({} if elevation is None else {"elevation_m": elevation.read})
    sums = sum_over_polygons(shapes, geobox, read)
    cell = abs(geobox.affine.determinant)
    known = sums.cells.mul(cell).div(shapely.area(shapes), axis=0) >= LEAST_KNOWN
    means = sums.mean.where(known).set_axis(drawn).reindex(range(len(polygons)), columns=list(MEASURED))
    table = means.astype(np.float64).round(MEASURED)
    table.insert(0, "parcel", parcel["parcel"].map(text_of).to_numpy())
    return table


def measured_of(parcel_terrain: pd.DataFrame) -> dict[str, dict[str, Any]]:
    """Give what was measured of parcels, as facts.

    Parameters
    ----------
    parcel_terrain : DataFrame
        As `parcel_terrain` gives it.

    Returns
    -------
    dict of str to dict of str to float
        By parcel: the facts that are known.

    Examples
    --------
    >>> table = pd.DataFrame({"parcel": ["A", "B"], "slope_degrees": [12.5, np.nan], "elevation_m": [800.0, np.nan]})
    >>> measured_of(table)
    {'A': {'slope_degrees': 12.5, 'elevation_m': 800.0}, 'B': {}}
    """
    columns = {name: parcel_terrain[name].to_numpy(np.float64) for name in MEASURED}
    return {
        text_of(key): {name: float(values[row]) for name, values in columns.items() if not np.isnan(values[row])}
        for row, key in enumerate(parcel_terrain["parcel"])
    }
