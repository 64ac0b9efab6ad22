"""Reading and writing polygons."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import geopandas
import pyogrio
import pyproj
import shapely
from pyogrio.errors import DataLayerError, DataSourceError

from shanshui.data.files import replacing

# GDAL stamps GeoPackages with the time of writing; the same inputs shall give the same bytes.
_NO_CLOCK = {"OGR_CURRENT_DATE": "2000-01-01T00:00:00.000Z"}

# Sides longer than this are divided before they are brought into other coordinates [m].
LONGEST_SIDE = 1_000.0


def read_vector(
    path: Path, layer: str | None = None, where: str | None = None, encoding: str | None = None
) -> geopandas.GeoDataFrame:
    """Read any vector data that pyogrio reads.

    Parameters
    ----------
    path : Path
        A file or folder: GeoPackage, shapefile, GeoJSON, FlatGeobuf ...
    layer : str, optional
        The layer's name, where there are several.
    where : str, optional
        Which features, as the condition of an SQL query.
    encoding : str, optional
        Of the attributes, where the file does not say it.

    Returns
    -------
    GeoDataFrame
        As it is in the file, features without any geometry among them.

    Raises
    ------
    OSError
        Where it cannot be read.
    """
    try:
        frame = geopandas.read_file(path, layer=layer, where=where, encoding=encoding, engine="pyogrio")
    except (DataSourceError, DataLayerError, ValueError) as error:
        raise OSError(str(error)) from None
    if not isinstance(frame, geopandas.GeoDataFrame):
        raise OSError("it holds no geometry")
    return frame


def reprojected(frame: geopandas.GeoDataFrame, crs: Any) -> geopandas.GeoDataFrame:
    """Bring polygons into other coordinates, long sides divided first: a straight side becomes a curve there.

    Parameters
    ----------
    frame : GeoDataFrame
        Polygons.
    crs : str or CRS
        Where to.

    Returns
    -------
    GeoDataFrame
        The same rows; the same frame where the CRS is the same.
    """
    wanted = pyproj.CRS.from_user_input(crs)
    if frame.crs == wanted:
        return frame
    side = LONGEST_SIDE / (frame.crs.axis_info[0].unit_conversion_factor if frame.crs.is_projected else 111_000.0)
    return frame.set_geometry(frame.geometry.segmentize(side)).to_crs(wanted)


def layers_of(path: Path) -> list[str]:
    """Name the layers of vector data; raises OSError where it cannot be read."""
    try:
        return [str(name) for name, _ in pyogrio.list_layers(path)]
    except DataSourceError as error:
        raise OSError(str(error)) from None


def mend(frame: geopandas.GeoDataFrame) -> tuple[geopandas.GeoDataFrame, int]:
    """Make every polygon valid, and keep of each only what has an area.

    Parameters
    ----------
    frame : GeoDataFrame
        Polygons.

    Returns
    -------
    GeoDataFrame, int
        The same rows with valid geometries, and how many were mended.
    """
    polygons = frame.geometry.to_numpy()
    broken = ~shapely.is_valid(polygons) & ~shapely.is_missing(polygons)
    if not broken.any():
        return frame, 0
    mended = frame.copy()
    made = shapely.make_valid(frame.geometry[broken].to_numpy(), method="structure", keep_collapsed=False)
    mended.loc[broken, frame.geometry.name] = geopandas.GeoSeries(made, index=frame.index[broken], crs=frame.crs)
    return mended, int(broken.sum())


def write_vector(path: Path, frame: geopandas.GeoDataFrame) -> None:
    """Write a GeoPackage, whole or not at all; the same frame gives the same bytes.

    Parameters
    ----------
    path : Path
        Where it shall stand.
    frame : GeoDataFrame
        What it holds; its layer is called like the file.
    """
    with replacing(path) as temporary:
        pyogrio.set_gdal_config_options(_NO_CLOCK)
        try:
            frame.to_file(temporary, driver="GPKG", layer=path.stem, engine="pyogrio")
        except (DataSourceError, DataLayerError) as error:
            raise OSError(str(error)) from None
        finally:
            pyogrio.set_gdal_config_options(dict.fromkeys(_NO_CLOCK))
