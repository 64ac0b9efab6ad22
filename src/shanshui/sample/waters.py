"""Lakes and reservoirs as a water yearbook lists them, by county."""

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
from scipy import ndimage

from shanshui.data.tables import write_table
from shanshui.sample.arrays import Mask
from shanshui.sample.districts import number_cells
from shanshui.sample.landscape import EVERYWHERE, Landscape, tile_of
from shanshui.sample.legend import Cover
from shanshui.sample.noise import hash_unit, stream
from shanshui.sample.rivers import DAM
from shanshui.sample.skeleton import NODES, SPACING
from shanshui.sample.zone_names import place_names

LAKE_REGION = "eastern_plain"  # all lakes of the sample are lagoons of the coastal plain

_LEAST = 4  # cells of a water that is listed: about 0.2 km2
_MOST = 8  # of either kind
_MEAN_DEPTH = DAM / 3.0  # m, of a reservoir that fills a valley up to its dam


def _waters(mask: Mask, county: np.ndarray) -> pd.DataFrame:
    """The connected waters of a mask, largest first: ``county`` (its number, of most of their cells), ``area_km2``."""
    inside = mask & (county >= 0)
    parts, count = ndimage.label(inside, np.ones((3, 3)))
    found = []
    for part in range(1, count + 1):
        cells = parts == part
        found.append((int(np.bincount(county[cells]).argmax()), np.count_nonzero(cells)))
    frame = pd.DataFrame(found, columns=["county", "cells"]).sort_values("cells", ascending=False, kind="stable")
    frame = frame[frame["cells"] >= _LEAST].head(_MOST).reset_index(drop=True)
    return pd.DataFrame({"county": frame["county"], "area_km2": frame["cells"] * (SPACING / 1000.0) ** 2})


def list_waters(landscape: Landscape, counties: gpd.GeoDataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """List the lakes and the reservoirs.

    Parameters
    ----------
    landscape : Landscape
    counties : of today, see `zones.county_table`

    Returns
    -------
    tuple of DataFrame
        Lakes: ``code`` of the county, ``name``, ``area_km2`` within the region, ``lake_region``. Reservoirs: with
        Chinese headers the code of the county, the name, and the total capacity in 10,000 m3.
    """
    tile = tile_of(landscape, NODES, EVERYWHERE)
    county = number_cells(list(counties.geometry), NODES, EVERYWHERE)
    # Names that no county, township or county of the past can have.
    names = [name for _, name in place_names(479, landscape.seed)[-2 * _MOST - 3 : -3]]
    codes = counties["code"].to_numpy()

    lakes = _waters(tile.second == Cover.LAKE, county)
    lake_table = pd.DataFrame(
        {
            "code": codes[lakes["county"]],
            "name": [name + "湖" for name in names[: len(lakes)]],
            "area_km2": lakes["area_km2"].round(2),
            "lake_region": LAKE_REGION,
        }
    )
    dammed = _waters(tile.ground.reservoir & (tile.second == Cover.RESERVOIR), county)
    draw = stream(landscape.seed, "capacity of reservoirs")
    uneven = np.array([0.85 + 0.3 * hash_unit(k, 0, draw) for k in range(len(dammed))])
    capacity = dammed["area_km2"].to_numpy() * 100.0 * _MEAN_DEPTH * uneven  # 1 km2 x 1 m is 100 x 10,000 m3
    reservoir_table = pd.DataFrame(
        {
            "行政区代码": codes[dammed["county"]],
            "水库名称": [name + "水库" for name in names[_MOST : _MOST + len(dammed)]],
            "总库容(万m³)": np.rint(capacity).astype(np.int64),
        }
    )
    return lake_table, reservoir_table


def write_waters(landscape: Landscape, counties: gpd.GeoDataFrame, folder: Path) -> None:
    """Write the lakes and the reservoirs.

    Parameters
    ----------
    landscape : Landscape
    counties : of today
    folder : where ``lakes.csv`` and ``reservoirs.csv`` are written
    """
    lakes, reservoirs = list_waters(landscape, counties)
    write_table(folder / "lakes.csv", lakes)
    write_table(folder / "reservoirs.csv", reservoirs)
