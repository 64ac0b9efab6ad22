"""Products as Python objects."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import geopandas
import pandas as pd

if TYPE_CHECKING:
    from shanshui.study.study import Study


def read_product(study: Study, name: str) -> Any:
    """Read a product that stands in the output folder.

    Parameters
    ----------
    study : Study
        The study.
    name : str
        The product.

    Returns
    -------
    DataArray, DataFrame or GeoDataFrame
        A raster is read when its values are used; a yearly one has the dimension ``year``. Unit and names are
        in its attributes.
    """
    quantity = study.catalogue.vocabulary[name]
    years = study.years(name)
    if quantity.shape == "table":
        if not years:
            return study.output.read_table(quantity)
        frames = [study.output.read_table(quantity, year).assign(year=year) for year in years]
        return pd.concat(frames, ignore_index=True)
    if quantity.shape == "vector":
        return geopandas.read_file(study.output.path(quantity), engine="pyogrio")
    import rioxarray  # slow to import, and the command line reads no raster this way
    import xarray as xr

    arrays: list[Any] = []
    for year in years or (None,):
        opened: Any = rioxarray.open_rasterio(study.output.path(quantity, year), masked=quantity.measure != "class")
        arrays.append(opened.squeeze("band", drop=True))
    array = xr.concat(arrays, xr.IndexVariable("year", list(years))) if years else arrays[0]
    array.name = name
    array.attrs |= {"unit": quantity.unit, "long_name": quantity.english, "long_name_zh": quantity.chinese}
    return array
