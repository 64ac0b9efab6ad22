"""Opening every input of a study and finding, all at once, what is wrong with it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import geopandas
import pandas as pd

from shanshui.base.errors import Problems, did_you_mean
from shanshui.base.grid import Grid, crs_of
from shanshui.base.vocabulary import COEFFICIENT, Vocabulary
from shanshui.base.zones import REGION, Zoning
from shanshui.data.files import Digests, digest_bytes
from shanshui.data.legends import read_legend
from shanshui.science.cell_sides import SIDES, CellSides
from shanshui.science.coverage import Coverage
from shanshui.study.features import features_of_layers, open_features
from shanshui.study.grids import choose_grid
from shanshui.study.inputs import (
    CellAreaSource,
    CellSidesSource,
    CoverSource,
    Inputs,
    TableSource,
    file_facts,
    grid_key,
    place_key,
)
from shanshui.study.layers import cell_quantity, find_layer, open_constant, open_layer
from shanshui.study.schema import StudyFile, located
from shanshui.study.table_checks import check_species
from shanshui.study.tables import open_table
from shanshui.study.vector_layers import is_vector, of_ranges, open_ranges, open_vector_layer
from shanshui.study.wide_tables import check_wide
from shanshui.study.zonings import ReadZoning, read_boundary, read_zoning, region_zoning, urban_distances

# What steps are told of zones that they see as polygons.
ZONE_COLUMNS = ("zoning", "zone", "name", "function", "level", "service", "parent")
# The ranges of species, and the table that tells what each of them is.
RANGES, SPECIES = "species_ranges", "species"


def gather(file: StudyFile, folder: Path, vocabulary: Vocabulary, digests: Digests) -> tuple[Inputs, Problems]:
    """Open every input of a study.

    Parameters
    ----------
    file : StudyFile
        What study.toml says.
    folder : Path
        The study's folder.
    vocabulary : Vocabulary
        Every quantity that is known.
    digests : Digests
        Fingerprints of files.

    Returns
    -------
    Inputs, Problems
        What could be opened, and the problems, notes among them; with an error there may be holes.
    """
    problems = Problems()
    mapped = file.years.map
    for name in set(mapped) - set(file.layers):
        problems.fault(f"years.map.{name}", "is no layer of the study", did_you_mean(name, file.layers))
    ranges = [name for name in file.layers if of_ranges(name, vocabulary)]
    kept = [name for name in file.layers if name in vocabulary and vocabulary[name].shape == "vector"]
    features = [name for name, section in file.layers.items() if is_vector(section) and name not in (*ranges, *kept)]
    layers = {
        name: find_layer(name, section, folder, vocabulary, mapped.get(name, {}), problems)
        for name, section in file.layers.items()
        if section.value is None and name not in (*ranges, *kept, *features)
    }
    boundary, faults = read_boundary(file.region, folder)
    problems += faults
    grid = choose_grid(file, layers, boundary, problems)
    if file.grid is not None and file.grid.like in (*ranges, *kept, *features):
        problems.fault("grid.like", f"{file.grid.like!r} is a vector file and has no grid", "name a layer of rasters")
    sources: dict[str, Any] = {}
    for name, files in layers.items():
        if files:
            sources[name] = open_layer(file.layers[name], vocabulary[name], files, folder, grid, digests, problems)
    for name, section in file.layers.items():
        for word in ("columns", "also"):
            if getattr(section, word) and name not in kept:
                mend = "leave it out, or name one column: column" if word == "columns" else "put the files together"
                problems.fault(f"layers.{name}.{word}", "is for features, and this layer is brought onto cells", mend)
        if name in ranges:
            sources[name] = open_ranges(name, section, folder, grid, digests, problems)
        elif name in kept:
            sources[name] = open_features(vocabulary[name], section, folder, grid, digests, problems)
        elif name in features:
            quantity = cell_quantity(name, vocabulary, problems)
            if quantity is not None:
                years = mapped.get(name, {})
                sources[name] = open_vector_layer(quantity, section, folder, grid, years, digests, problems)
        elif section.value is not None:
            sources[name] = open_constant(name, section, vocabulary, problems)
    sources |= features_of_layers(file.layers, folder, vocabulary, grid, digests)
    read = [region_zoning(boundary, grid, file.study.name)]
    if REGION in file.zones:
        problems.fault(f"zones.{REGION}", "is the name of the whole", "give the zoning another name")
    read += [read_zoning(name, section, folder, grid, boundary) for name, section in file.zones.items()]
    for zoning in read:
        problems += zoning.problems
    zonings = [zoning.zoning for zoning in read if zoning.zoning is not None]
    if len(zonings) == len(read):
        sources |= _zone_sources(file, folder, digests, grid, read, zonings, problems)
    sources |= _legends(file, folder, vocabulary, digests) | _items(file, vocabulary, problems)
    for name in file.tables:
        sources[name] = open_table(
            name, file, folder, vocabulary, zonings if len(zonings) == len(read) else [], digests, problems
        )
    sources = {name: source for name, source in sources.items() if source is not None}
    _require_classes(sources, vocabulary, problems)
    check_wide(file, sources, vocabulary, problems)
    if SPECIES in sources:
        ranges_of = sources.get(RANGES)
        check_species(sources[SPECIES].frame, None if ranges_of is None else ranges_of.species, problems)
    _require_years(file, sources, problems)
    return Inputs(grid, sources, zonings, Problems(problems), boundary is not None), problems


def _require_classes(sources: Mapping[str, Any], vocabulary: Vocabulary, problems: Problems) -> None:
    """Name the classes of the land cover that a table of coefficients lacks or tells twice, and rows without code."""
    legend = sources.get("land_cover_legend")
    for name, source in sources.items():
        word = vocabulary[name]
        column, what = (COEFFICIENT, "coefficient") if COEFFICIENT in word.columns else ("code", "row")
        if not (COEFFICIENT in word.columns or word.column_per) or not {"code", column} <= set(source.frame):
            continue
        key = f"tables.{name}"
        codes, numbers = (pd.to_numeric(source.frame[each], errors="coerce") for each in ("code", column))
        odd = int((codes % 1 != 0).sum())
        if odd and source.frame["code"].dtype.kind == "f":  # texts have been named where they were read
            problems.fault(f"{key}.columns.code", f"{odd} rows have no whole code", "write the code of the class")
        told = codes[(codes % 1 == 0) & numbers.notna()].astype(int)
        for code in sorted(set(told[told.duplicated()])):
            problems.fault(key, f"class {code} stands twice", "keep one row for it")
        for code, words in zip(legend.frame["code"], legend.frame["name"], strict=True) if legend is not None else ():
            if code not in set(told):
                problems.fault(key, f"class {code} ({words}) has no {what}", "add a row for it")


def _require_years(file: StudyFile, sources: dict[str, Any], problems: Problems) -> None:
    """Name the years that the study compares and no layer has; tables are asked one by one."""
    listed = {year for section in file.layers.values() for year in section.years or ()}
    have = sorted(listed | {year for source in sources.values() for year in source.years})
    for key in ("baseline", "current"):
        year = getattr(file.years, key)
        if have and year is not None and year not in have:
            problems.fault(f"years.{key}", f"no layer has the year {year}", f"they have {', '.join(map(str, have))}")


def _zone_sources(
    file: StudyFile,
    folder: Path,
    digests: Digests,
    grid: Grid | None,
    read: list[ReadZoning],
    zonings: list[Zoning],
    problems: Problems,
) -> dict[str, Any]:
    """Make one table of all zones, and how they cover the grid."""
    zones = pd.concat([zoning.zones for zoning in zonings], ignore_index=True)
    zones["urban_distance_km"] = urban_distances(read)
    for zoning, rows in zones[(zones["parent"] != "") & ~zones["parent"].isin(set(zones["zone"]))].groupby("zoning"):
        names = sorted(set(rows["parent"]))
        shown = ", ".join(names[:5]) + (" ..." if len(names) > 5 else "")
        mend = "add the zoning above, or leave parent out"
        problems.fault(f"zones.{zoning}.columns.parent", f"{shown} is no zone of the study", mend)
    facts = []
    for name, section in file.zones.items():
        about = {word: getattr(section, word) for word in ("source", "licence", "citation")}
        facts += file_facts(f"zones.{name}", section.path, located(section.path, folder), digests, about)
    if file.region.boundary and located(file.region.boundary, folder).exists():
        path = located(file.region.boundary, folder)
        facts += file_facts("region.boundary", file.region.boundary, path, digests, {})
    key = digest_bytes(
        repr(facts), repr(file.zones), repr(file.region), file.study.name, place_key(grid) if grid else ""
    )
    sources: dict[str, Any] = {"zones": TableSource(zones, key, facts)}
    if grid is not None:
        covers = [zoning.cover for zoning in read if zoning.cover is not None]
        # The last row of each zoning is its outside.
        coverage = Coverage(covers, [len(zoning) - 1 for zoning in zonings], grid.shape)
        sources["zone_cover"] = CoverSource(coverage, digest_bytes(key, grid_key(grid)))
        sources["zone_polygons"] = TableSource(_zone_polygons(read, grid), key, facts, shape="vector")
        sources["cell_area"] = CellAreaSource(grid)
        sides = CellSides(grid.geobox)
        sources |= {side: CellSidesSource(side, sides, grid) for side in SIDES}
    return sources


def _zone_polygons(read: list[ReadZoning], grid: Grid) -> geopandas.GeoDataFrame:
    """Put the zones of all zonings that have polygons into one frame, without the region and what lies outside."""
    parts = []
    for one in read:
        if one.zoning is None or one.zoning.polygons is None or one.zoning.name == REGION:
            continue
        zones = one.zoning.zones.iloc[: len(one.zoning.polygons)][list(ZONE_COLUMNS)]
        parts.append(geopandas.GeoDataFrame(zones, geometry=one.zoning.polygons, crs=crs_of(grid.geobox)))
    if not parts:
        columns: dict[str, list[str]] = {name: [] for name in ZONE_COLUMNS}
        return geopandas.GeoDataFrame(columns, geometry=[], crs=crs_of(grid.geobox))
    return pd.concat(parts, ignore_index=True)


def _legends(file: StudyFile, folder: Path, vocabulary: Vocabulary, digests: Digests) -> dict[str, Any]:
    """Give each layer's legend as a table; its faults have been named with the layer."""
    sources = {}
    for name, section in file.layers.items():
        if section.legend is None or f"{name}_legend" not in vocabulary:
            continue
        path = located(section.legend, folder)
        legend, faults = read_legend(path, f"layers.{name}.legend")
        if not faults:
            facts = file_facts(f"layers.{name}.legend", section.legend, path, digests, {})
            sources[f"{name}_legend"] = TableSource(legend, digest_bytes(repr(facts)), facts)
    return sources


def _items(file: StudyFile, vocabulary: Vocabulary, problems: Problems) -> dict[str, Any]:
    """Give the items of each layer that has any as a table, in their order."""
    sources = {}
    for name, section in file.layers.items():
        table = f"{name}_items"
        if not section.items or table not in vocabulary or vocabulary[table].shape != "table":
            continue
        if table in file.tables:
            problems.fault(f"tables.{table}", f"stands in layers.{name}.items already", "leave the table out")
        frame = pd.DataFrame({"item": section.items})
        sources[table] = TableSource(frame, digest_bytes(repr(section.items)), [])
    return sources
