"""The register of protected areas as it stands before integration: read, made one in its words, or refused."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import geopandas
import numpy as np
import pandas as pd
import pyproj
import shapely
from numpy.typing import NDArray
from odc.geo.geobox import GeoBox

from shanshui.base.errors import Problems, StudyError, did_you_mean
from shanshui.base.step import step
from shanshui.base.zones import OUTSIDE, REGION
from shanshui.science.faces_area import EllipsoidArea

# Units of the balance that are no prefecture, as sentences name them.
PLACES = {REGION: ("The region", "全区"), OUTSIDE: ("Ground in no prefecture", "区外土地")}
NATIONAL_PARK, NATURE_RESERVE, SCENIC_AREA = "national_park", "nature_reserve", "scenic_area"
SQUARE_METRES_PER_HECTARE = 1e4
# Between the keys of several areas in one cell of a table.
JOINT = "; "
_HERE = Path(__file__)
Words = Mapping[str, tuple[str, ...]]
_LAYER = "layers.protected_area_register"
_PARTS: Words = {
    "core": ("core", "core zone", "core protection zone", "核心区", "核心保护区"),
    "buffer": ("buffer", "buffer zone", "缓冲区"),
    "experimental": ("experimental", "experimental zone", "实验区"),
    "general": ("general", "general control zone", "一般控制区"),
}
_RESOURCES: Words = {
    "natural": ("natural", "nature", "自然", "自然景观"),
    "cultural": ("cultural", "culture", "人文", "人文景观"),
}
_YES: Words = {"1": ("1", "1.0", "yes", "true", "是"), "": ("0", "0.0", "no", "false", "否")}
# What all rows of one area say alike; the first that says it counts.
_OF_AREA = ("name", "name_zh", "category", "level", "established", "main_resource", "value", "new", "qualified")
_MUST_AGREE = ("category", "level")
# So many rows are named before the rest is counted.
_NAMED = 1000
COLUMNS = [
    "area",
    "name",
    "name_zh",
    "category",
    "class",
    "class_rank",
    "level",
    "level_rank",
    "part",
    "established",
    "main_resource",
    "value",
    "new",
    "qualified",
    "area_ha",
    "note",
    "note_zh",
    "geometry",
]


@step
def protected_area_categories() -> pd.DataFrame:
    """Categories of protected areas, their classes and their spellings.

    Returns
    -------
    DataFrame
        Columns code, class, rank, english, chinese, aliases, source, status.
    """
    return pd.read_csv(_HERE.with_name("protected_area_categories.csv"), keep_default_na=False)


@step
def protected_area_levels() -> pd.DataFrame:
    """Levels of protected areas and their spellings.

    Returns
    -------
    DataFrame
        Columns code, rank, english, chinese, aliases, source, status.
    """
    return pd.read_csv(_HERE.with_name("protected_area_levels.csv"), keep_default_na=False)


@step
def protected_areas(
    protected_area_register: geopandas.GeoDataFrame,
    protected_area_categories: pd.DataFrame,
    protected_area_levels: pd.DataFrame,
    *,
    geobox: GeoBox,
) -> geopandas.GeoDataFrame:
    """The register of protected areas with categories, levels and parts in one spelling.

    Parameters
    ----------
    protected_area_register : GeoDataFrame
        One row a part of an area, in the CRS of the grid: area, category, level; optionally name, name_zh, part,
        established, main_resource, value, new (1: planned, or to be established) and qualified (1: qualifies for a
        national park).
    protected_area_categories : DataFrame
        Columns code, class, rank, english, chinese, aliases.
    protected_area_levels : DataFrame
        Columns code, rank, english, chinese, aliases.
    geobox : GeoBox
        The grid.

    Returns
    -------
    GeoDataFrame
        The same rows: area, name, name_zh, category, class, class_rank, level, level_rank, part (core, buffer,
        experimental, general, or empty), established, main_resource, value, new, qualified (0 or 1), area_ha (of the
        polygon, on the ellipsoid), note, note_zh.

    Raises
    ------
    StudyError
        Naming every row without key, category, level or polygon, with a word nobody knows, whose x and y look
        exchanged, or that contradicts another row of its area.

    Notes
    -----
    What one row of an area leaves empty it has from the first row that says it. A part of an area that is not zoned
    into core, buffer and experimental zones by law (a nature park) is left out with a note; a national park may have
    a core and a general control zone.
    """
    problems = Problems()
    rows = protected_area_register.reset_index(drop=True)
    table = pd.DataFrame({name: _words(rows, name) for name in ("area", "name", "name_zh", "part", *_MUST_AGREE)})
    key = table["area"]
    _refuse(problems, "area", key == "", key, "without a key", "write the key of the area")
    joint = key.str.contains(JOINT.strip(), regex=False)
    _refuse(problems, "area", joint, key, "with a semicolon in the key", "write the key without it")
    kinds, levels = _spellings(protected_area_categories), _spellings(protected_area_levels)
    table["category"] = _known(problems, "category", table["category"], key, kinds, required=True)
    table["level"] = _known(problems, "level", table["level"], key, levels, required=True)
    table["part"] = _known(problems, "part", table["part"], key, _of_words(_PARTS), required=False)
    table["main_resource"] = _known(
        problems, "main_resource", _words(rows, "main_resource"), key, _of_words(_RESOURCES), required=False
    )
    for name in ("new", "qualified"):
        table[name] = _known(problems, name, _words(rows, name), key, _of_words(_YES), required=False)
    for name in ("established", "value"):
        table[name] = _numbers(problems, name, _words(rows, name), key)
    _check_shapes(problems, rows.geometry, key, geobox)
    _check_agreement(problems, table)
    if problems.fatal:
        raise StudyError(problems)
    for name in _OF_AREA:
        said = table[name].where(table[name] != "")
        table[name] = said.groupby(key).transform("first")
    words = ["name", "name_zh", "main_resource"]
    table[words] = table[words].fillna("").astype(object)
    table[["new", "qualified"]] = (table[["new", "qualified"]] == "1").astype(np.int64)
    table[["established", "value"]] = table[["established", "value"]].astype(np.float64)
    of_kind = protected_area_categories.set_index("code").loc[table["category"]]
    table["class"], table["class_rank"] = of_kind["class"].to_numpy(), of_kind["rank"].to_numpy(np.int64)
    table["level_rank"] = protected_area_levels.set_index("code").loc[table["level"], "rank"].to_numpy(np.int64)
    of_park = table["class"].eq(NATIONAL_PARK) & table["part"].isin(["core", "general"])
    zoned = table["class"].eq(NATURE_RESERVE) | of_park
    stray = (table["part"] != "") & ~zoned
    table["note"] = np.where(stray, "part " + table["part"] + " left out: this category has no such zone", "")
    table["note_zh"] = np.where(stray, "该类型无此功能分区，未采用分区：" + table["part"], "")
    table.loc[stray, "part"] = ""
    shapes = rows.geometry.to_numpy()
    table["area_ha"] = hectares(shapes, pyproj.CRS(geobox.crs))
    return geopandas.GeoDataFrame(table, geometry=shapes, crs=rows.crs)[COLUMNS]


def hectares(polygons: NDArray[np.object_], crs: pyproj.CRS) -> NDArray[np.float64]:
    """Measure polygons on the ellipsoid.

    Parameters
    ----------
    polygons : ndarray of shapely geometries
        Any number of them.
    crs : pyproj.CRS
        Theirs.

    Returns
    -------
    float64 ndarray
        Areas [ha].
    """
    bounds = shapely.total_bounds(polygons) if len(polygons) else np.full(4, np.nan)
    return EllipsoidArea(bounds, crs).of(polygons) / SQUARE_METRES_PER_HECTARE


def _words(rows: pd.DataFrame, name: str) -> pd.Series:
    """Give a column as text without blanks around it; empty where nothing is said."""
    if name not in rows:
        return pd.Series("", rows.index, dtype=object)
    return pd.Series([word_of(value) for value in rows[name]], rows.index, dtype=object)


def word_of(value: object) -> str:
    """Give a key or a name as it is told: without blanks around it, and empty where there is none."""
    if value is None or value is pd.NA or value is pd.NaT or (isinstance(value, float) and np.isnan(value)):
        return ""
    # A key that went through a table of numbers has lost its form: 12.0 is 12.
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value).strip()


def _plain(word: str) -> str:
    """Give a word as it is compared: small letters, blanks for signs."""
    return " ".join(word.casefold().replace("_", " ").replace("-", " ").split())


def _spellings(table: pd.DataFrame) -> dict[str, str]:
    """Give the code of each spelling of a table of words."""
    found = {}
    for row in table.to_dict("records"):
        aliases = [each for each in str(row["aliases"]).split(JOINT.strip()) if each.strip()]
        for spelling in (row["code"], row["english"], row["chinese"], *aliases):
            found[_plain(str(spelling))] = str(row["code"])
    return found


def _of_words(words: Words) -> dict[str, str]:
    return {_plain(spelling): code for code, spellings in words.items() for spelling in spellings}


def _known(
    problems: Problems, column: str, words: pd.Series, key: pd.Series, spellings: dict[str, str], *, required: bool
) -> pd.Series:
    """Give the code of each word; name the rows without one, and with one that nobody knows."""
    codes = words.map(lambda word: spellings.get(_plain(word)))
    if required:
        _refuse(problems, column, words == "", key, f"without a {column}", f"write its {column}")
    unknown = codes.isna() & (words != "")
    for word in dict.fromkeys(words[unknown]):
        mend = did_you_mean(_plain(word), spellings)
        _refuse(problems, column, words == word, key, f"with the {column} {word!r}, which nobody knows", mend)
    return codes.fillna("")


def _numbers(problems: Problems, column: str, words: pd.Series, key: pd.Series) -> pd.Series:
    numbers = pd.to_numeric(words.where(words != ""), errors="coerce")
    wrong = (words != "") & ~np.isfinite(numbers.to_numpy(np.float64))
    _refuse(problems, column, wrong, key, f"whose {column} is not a number", "write a number, or nothing")
    return numbers.astype(np.float64)


def _refuse(problems: Problems, column: str, which: pd.Series, key: pd.Series, fault: str, mend: str) -> None:
    """Name the rows of the register that have a fault, by their number and the key of their area."""
    rows = np.flatnonzero(which)
    if not len(rows):
        return
    named = [f"{row + 1} ({key.iloc[row]})" if key.iloc[row] else str(row + 1) for row in rows[:_NAMED]]
    more = f" and {len(rows) - _NAMED} more" if len(rows) > _NAMED else ""
    where = f"{_LAYER}.columns.{column}" if column else _LAYER
    problems.fault(where, f"row{'s' * (len(rows) > 1)} {fault}: {', '.join(named)}{more}", mend)


def _check_shapes(problems: Problems, shapes: geopandas.GeoSeries, key: pd.Series, geobox: GeoBox) -> None:
    """Name rows that have no polygon, and those whose coordinates look exchanged."""
    given = shapes.to_numpy()
    drawn = ~(shapely.is_missing(given) | shapely.is_empty(given))
    _refuse(problems, "", pd.Series(~drawn), key, "without a polygon", "draw it, or leave the row out")
    flat = drawn & ~np.isin(shapely.get_type_id(given), (3, 6))
    _refuse(problems, "", pd.Series(flat), key, "drawn as points or lines", "draw the polygon")
    bounds = shapely.bounds(given)
    finite = np.isfinite(bounds).all(axis=1)
    swapped = drawn & ~finite | _look_swapped(given, drawn & finite, geobox)
    mend = "exchange x and y, or correct the CRS of the layer"
    _refuse(problems, "", pd.Series(swapped), key, "outside of the grid, whose x and y look exchanged", mend)


def _look_swapped(shapes: NDArray[np.object_], which: NDArray[np.bool_], geobox: GeoBox) -> NDArray[np.bool_]:
    """Tell which polygons miss the grid, but would meet it with x and y exchanged, in its CRS or in degrees."""
    grid = shapely.box(*geobox.boundingbox.bbox)
    found = which & ~shapely.intersects(shapes, grid)
    far = np.flatnonzero(found)
    crs, degrees = pyproj.CRS(geobox.crs), pyproj.CRS("EPSG:4326")
    there = pyproj.Transformer.from_crs(crs, degrees, always_xy=True).transform
    back = pyproj.Transformer.from_crs(degrees, crs, always_xy=True).transform

    def plainly(x: NDArray[np.float64], y: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        return y, x

    def in_degrees(x: NDArray[np.float64], y: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        longitude, latitude = there(x, y)
        moved: tuple[NDArray[np.float64], NDArray[np.float64]] = back(latitude, longitude)
        return moved

    for row in far:
        found[row] = any(_meets(shapes[row], grid, exchange) for exchange in (plainly, in_degrees))
    return found


def _meets(
    shape: shapely.Geometry,
    grid: shapely.Polygon,
    exchange: Callable[[NDArray[np.float64], NDArray[np.float64]], tuple[NDArray[np.float64], NDArray[np.float64]]],
) -> bool:
    """Tell whether a polygon meets the grid by its bounds once its coordinates are exchanged."""
    x, y = exchange(*shapely.get_coordinates(shape).T)
    if not (np.isfinite(x).all() and np.isfinite(y).all()):
        return False
    return bool(shapely.intersects(grid, shapely.box(x.min(), y.min(), x.max(), y.max())))


def _check_agreement(problems: Problems, table: pd.DataFrame) -> None:
    """Name areas whose rows have different categories or levels."""
    for column in _MUST_AGREE:
        said = table[(table[column] != "") & (table["area"] != "")]
        several = said.groupby("area")[column].transform("nunique") > 1
        which = pd.Series(False, table.index)
        which[several[several].index] = True
        fault = f"that give one area more than one {column}"
        _refuse(problems, column, which, table["area"], fault, "keep one for each")
