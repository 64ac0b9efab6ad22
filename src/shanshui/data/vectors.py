"""Reading and writing polygons."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import geopandas
import numpy as np
import pyogrio
import pyproj
import shapely
from numpy.typing import NDArray
from pyogrio.errors import DataLayerError, DataSourceError

from shanshui.data.files import replacing
from shanshui.science.cell_area import polygon_area

# Vector data, by the ending of the file.
VECTORS = {".gpkg", ".shp", ".geojson", ".json", ".fgb"}

# GDAL stamps GeoPackages with the time of writing; the same inputs shall give the same bytes.
_NO_CLOCK = {"OGR_CURRENT_DATE": "2000-01-01T00:00:00.000Z"}

# Sides longer than this are divided before they are brought into other coordinates [m].
LONGEST_SIDE = 1_000.0

# Between borders, distances are first found from point to point, so far apart [degrees], and their error is below
# this [km]; where borders are nearer than that many km, they are measured once more as lines.
_POINT_SPACING = 0.01
_POINT_ERROR = 1.2
_NEAR = 30.0


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


def layers_of(path: Path, *, drawn: bool = False) -> list[str]:
    """Name the layers of vector data, or only those that have geometries; raises OSError where it cannot be read."""
    try:
        return [str(name) for name, kind in pyogrio.list_layers(path) if kind is not None or not drawn]
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


def measured(frame: geopandas.GeoDataFrame) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Measure features on the ellipsoid.

    Parameters
    ----------
    frame : GeoDataFrame
        In any CRS; features without a geometry among them.

    Returns
    -------
    float64 ndarray, float64 ndarray
        One a feature: the length of its lines or the rims of its polygons [m], and its area [m2]; 0 for points, NaN
        without a geometry.

    Notes
    -----
    Geodesics (Karney 2013). A side that is straight in the plane is taken as a chain of geodesics of at most 1 km.

    Examples
    --------
    >>> degree = shapely.LineString([(0, 0), (1, 0)])
    >>> measured(geopandas.GeoDataFrame(geometry=[degree], crs="EPSG:4326"))[0].round(1).tolist()
    [111319.5]
    """
    geometries = frame.geometry.to_numpy()
    crs = pyproj.CRS.from_user_input(frame.crs)
    # In degrees on its own ellipsoid.
    degrees = reprojected(frame.geometry.to_frame(), crs.geodetic_crs or crs).geometry.to_numpy()
    geodesic = crs.get_geod()
    assert geodesic is not None, "a CRS of the Earth has an ellipsoid"
    lengths, areas = np.full(len(frame), np.nan), np.full(len(frame), np.nan)
    drawn = ~(shapely.is_missing(geometries) | shapely.is_empty(geometries))
    lengths[drawn], areas[drawn] = 0.0, 0.0
    for number in np.flatnonzero(drawn):
        for part in _parts(degrees[number]):
            if isinstance(part, shapely.LineString):
                lengths[number] += geodesic.line_length(*part.coords.xy)
    areal = drawn & (shapely.get_dimensions(geometries) == 2)
    if areal.any():
        polygons = np.array([shapely.MultiPolygon(_polygons(one)) for one in geometries[areal]], object)
        areas[areal] = polygon_area(polygons, crs)
    return lengths, areas


def _parts(geometry: Any) -> list[Any]:
    """Give the lines of a geometry, those around its polygons among them."""
    parts: list[Any] = []
    for part in shapely.get_parts(geometry):
        if isinstance(part, shapely.Polygon):
            parts += [part.exterior, *part.interiors]
        elif hasattr(part, "geoms"):
            parts += _parts(part)
        else:
            parts.append(part)
    return parts


def _polygons(geometry: Any) -> list[Any]:
    """Give the polygons of a geometry."""
    parts: list[Any] = []
    for part in shapely.get_parts(geometry):
        parts += _polygons(part) if hasattr(part, "geoms") else [part] if isinstance(part, shapely.Polygon) else []
    return parts


def distance_to_nearest(zones: geopandas.GeoSeries, others: geopandas.GeoSeries) -> NDArray[np.float64]:
    """Measure how far each polygon is from the nearest of others, from border to border on the ellipsoid.

    Parameters
    ----------
    zones, others : GeoSeries
        Polygons, each with its CRS.

    Returns
    -------
    float64 ndarray
        One a zone [km]: 0 where it touches or overlaps another; NaN where it is empty or there is no other.

    Notes
    -----
    Points every 0.01 degrees along the borders give the nearest pair. Nearer than 30 km the borders themselves are
    measured once more around it, in an azimuthal equidistant projection centred there. So the error is below 1 %.

    Examples
    --------
    >>> boxes = geopandas.GeoSeries([shapely.box(0, 0, 1, 1), shapely.box(2, 0, 3, 1)], crs="EPSG:4326")
    >>> distance_to_nearest(boxes, boxes.iloc[:1]).round(1).tolist()
    [0.0, 111.3]
    """
    from scipy.spatial import KDTree  # slow to import, and few studies measure distances

    here, there = _geographic(zones), _geographic(others)
    there = there[~(shapely.is_empty(there) | shapely.is_missing(there))]
    distances = np.full(len(here), np.nan)
    if not len(there):
        return distances
    drawn = ~(shapely.is_empty(here) | shapely.is_missing(here))
    touching = np.unique(shapely.STRtree(there).query(here, predicate="intersects")[0])
    distances[touching] = 0.0
    targets = shapely.get_coordinates(shapely.segmentize(there, _POINT_SPACING))
    tree = KDTree(_in_space(targets))
    ellipsoid = pyproj.Geod(ellps="WGS84")
    for number in np.flatnonzero(drawn & (distances != 0.0)):
        points = shapely.get_coordinates(shapely.segmentize(here[number], _POINT_SPACING))
        straight, nearest = tree.query(_in_space(points))
        first = int(np.argmin(straight))
        pair = (*points[first], *targets[nearest[first]])
        distances[number] = ellipsoid.inv(*pair)[2] / 1000.0
        if distances[number] < _NEAR:
            close = straight <= straight[first] + _POINT_ERROR
            around = np.concatenate([points[close], targets[nearest[close]]])
            distances[number] = min(distances[number], _distance_between_lines(here[number], there, around, pair))
    return distances


def _geographic(polygons: geopandas.GeoSeries) -> NDArray[Any]:
    """Bring polygons to longitude and latitude."""
    frame = reprojected(geopandas.GeoDataFrame(geometry=polygons), "EPSG:4326")
    return np.asarray(frame.geometry.to_numpy(), object)


def _in_space(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Place longitudes and latitudes on the ellipsoid in space [km]."""
    longitude, latitude = np.radians(points[:, 0]), np.radians(points[:, 1])
    ellipsoid = pyproj.Geod(ellps="WGS84")
    normal = ellipsoid.a / np.sqrt(1.0 - ellipsoid.es * np.sin(latitude) ** 2)
    x, y = normal * np.cos(latitude) * np.cos(longitude), normal * np.cos(latitude) * np.sin(longitude)
    return np.column_stack([x, y, normal * (1.0 - ellipsoid.es) * np.sin(latitude)]) / 1000.0


def _distance_between_lines(
    polygon: Any, others: NDArray[Any], around: NDArray[np.float64], pair: tuple[float, float, float, float]
) -> float:
    """Measure polygons as they are, within a few kilometres of some points [km]."""
    margin = 2.0 * _POINT_ERROR / 111.0
    wider = margin / max(np.cos(np.radians(np.abs(around[:, 1]).max())), 0.01)
    left, bottom = around.min(axis=0) - np.array([wider, margin])
    right, top = around.max(axis=0) + np.array([wider, margin])
    parts = shapely.clip_by_rect(np.array([polygon, *others], object), left, bottom, right, top)
    middle = ((pair[0] + pair[2]) / 2.0, (pair[1] + pair[3]) / 2.0)
    plane = pyproj.CRS.from_dict({"proj": "aeqd", "lon_0": middle[0], "lat_0": middle[1], "datum": "WGS84"})
    project = pyproj.Transformer.from_crs("EPSG:4326", plane, always_xy=True)
    placed = shapely.transform(
        shapely.segmentize(parts, _POINT_SPACING), lambda points: np.column_stack(project.transform(*points.T))
    )
    return float(np.nanmin(shapely.distance(placed[0], placed[1:]), initial=np.inf)) / 1000.0


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
