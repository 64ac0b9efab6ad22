"""What a written product holds at one place: the value of a cell, or the features that hold it."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import geopandas
import numpy as np
import rasterio
import shapely

from shanshui.base.grid import crs_of

if TYPE_CHECKING:
    from shanshui.study.study import Study


def cell_at(path: Path, x: float, y: float) -> float | None:
    """Read the cell of a raster that holds a place.

    Parameters
    ----------
    path : Path
        The raster. It has its own grid: a product may stand from before the study's grid was changed.
    x, y : float
        In its CRS.

    Returns
    -------
    float or None
        NaN where there is no data; None where there is no such file, or the place lies outside of it.
    """
    if not path.exists():
        return None
    with rasterio.open(path) as source:
        row, column = source.index(x, y)
        if not (0 <= row < source.height and 0 <= column < source.width):
            return None
        value = source.read(1, window=((row, row + 1), (column, column + 1)))[0, 0]
        return float("nan") if value == source.nodata else float(value)


def told_at(
    study: Study, names: Iterable[str], current: Collection[str], x: float, y: float
) -> dict[str, list[dict[str, Any]] | None]:
    """Give the features of several products that hold a place.

    Parameters
    ----------
    study : Study
        The study.
    names : iterable of str
        The products.
    current : collection of str
        Those that stand and are current; others are left out.
    x, y : float
        In the CRS of the grid.

    Returns
    -------
    dict of str to list of dict
        By product, as `features_at` gives them.
    """
    paths = {name: study.output.path(study.catalogue.vocabulary[name]) for name in names if name in current}
    return {name: features_at(study, path, x, y) for name, path in paths.items()}


def features_at(study: Study, path: Path, x: float, y: float) -> list[dict[str, Any]] | None:
    """Give the columns of the features that hold a place.

    Parameters
    ----------
    study : Study
        The study, whose grid the place is on.
    path : Path
        The vector file.
    x, y : float
        In the CRS of the grid.

    Returns
    -------
    list of dict, or None
        One a feature: polygons that cover the place, their rim too; lines and points where the cell that holds the
        place meets them. None where there is no such file.
    """
    grid = study.inputs.grid
    if grid is None or not path.exists():
        return None
    column, row = (int(np.floor(place)) for place in ~grid.geobox.transform @ (x, y))
    left, top = grid.geobox.transform @ (column, row)
    right, bottom = grid.geobox.transform @ (column + 1, row + 1)
    here = shapely.box(min(left, right), min(top, bottom), max(left, right), max(top, bottom))
    crs = crs_of(grid.geobox)
    # Only what lies near the cell is read.
    frame = geopandas.read_file(path, engine="pyogrio", bbox=geopandas.GeoSeries([here], crs=crs)).to_crs(crs)
    shapes = frame.geometry.to_numpy()
    thin = shapely.get_dimensions(shapes) < 2
    held = np.where(thin, shapely.intersects(shapes, here), shapely.covers(shapes, shapely.Point(x, y)))
    columns = frame.drop(columns=frame.geometry.name)
    return [{str(name): value for name, value in row.items()} for row in columns[held].to_dict("records")]
