"""Two red lines side by side: what comes in and what leaves, by function area, as the adjustment accounts for it."""

from __future__ import annotations

import sys
import tempfile
from copy import copy
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import geopandas
import numpy as np
import pandas as pd
import shapely
from odc.geo.geobox import GeoBox

from shanshui.base.errors import Problem, Problems, StudyError
from shanshui.base.grid import Grid, crs_of
from shanshui.base.raster import WholeRaster
from shanshui.base.step import step
from shanshui.chapters.pattern.adjustment import ledger
from shanshui.chapters.pattern.adjustment.adjustment import CROPLAND, PERSONS
from shanshui.chapters.pattern.adjustment.candidate_polygons import polygons_of
from shanshui.chapters.pattern.adjustment.ledger import AREA, IN, OUT, TOTAL
from shanshui.chapters.pattern.protection import FRAGILE, FUNCTIONS
from shanshui.data.files import digest_bytes
from shanshui.data.vectors import layers_of, mend, read_vector, reprojected
from shanshui.study.inputs import TableSource
from shanshui.study.products import Output
from shanshui.study.progress import Progress
from shanshui.study.whole import PREFIX

if TYPE_CHECKING:
    from shanshui.study.study import Study

_WORDS = Path(__file__).with_name("compared_lines.toml")
BEFORE, AFTER, CHANGES = "red_line_before", "red_line_after", "red_line_changes"
# What the ledger of an adjustment holds of each line.
AMOUNTS = (CROPLAND, PERSONS, *(f"{name}_ppm" for each in FUNCTIONS.values() for name in each), f"{FRAGILE}_ppm")


@step
def red_line_changes(
    red_line_before: geopandas.GeoDataFrame,
    red_line_after: geopandas.GeoDataFrame,
    zone_polygons: geopandas.GeoDataFrame,
    red_line_cropland: WholeRaster | None = None,
    red_line_persons: WholeRaster | None = None,
    water_conservation_present_share: WholeRaster | None = None,
    soil_retention_present_share: WholeRaster | None = None,
    sand_fixation_present_share: WholeRaster | None = None,
    habitat_quality_present_share: WholeRaster | None = None,
    species_richness_present_share: WholeRaster | None = None,
    threatened_species_richness_present_share: WholeRaster | None = None,
    weighted_endemism_present_share: WholeRaster | None = None,
    carbon_sequestration_present_share: WholeRaster | None = None,
    flood_mitigation_present_share: WholeRaster | None = None,
    climate_regulation_present_share: WholeRaster | None = None,
    fragile_present_share: WholeRaster | None = None,
    *,
    geobox: GeoBox,
) -> pd.DataFrame:
    """What changes between two red lines, by direction and function area.

    Parameters
    ----------
    red_line_before, red_line_after : GeoDataFrame
        The two lines, in the CRS of the grid.
    zone_polygons : GeoDataFrame
        All zones; those of the zoning ``function_area`` count.
    red_line_cropland : raster, optional
        Cropland of each cell [ha].
    red_line_persons : raster, optional
        Residents of each cell [person].
    water_conservation_present_share, soil_retention_present_share, sand_fixation_present_share, \
habitat_quality_present_share, species_richness_present_share, threatened_species_richness_present_share, \
weighted_endemism_present_share, carbon_sequestration_present_share, flood_mitigation_present_share, \
climate_regulation_present_share, fragile_present_share : raster, optional
        Share of each cell in the whole of the region [ppm].
    geobox : GeoBox
        The grid.

    Returns
    -------
    DataFrame
        As `line_changes` gives it: direction, direction_zh, function_area, area_ha, and of `AMOUNTS` those that the
        study knows.
    """
    given = dict(locals())
    rasters = {CROPLAND: red_line_cropland, PERSONS: red_line_persons, f"{FRAGILE}_ppm": fragile_present_share}
    rasters |= {f"{name}_ppm": given[f"{name}_present_share"] for each in FUNCTIONS.values() for name in each}
    amounts = {name: raster.read for name in AMOUNTS if (raster := rasters[name]) is not None}
    lines = polygons_of(red_line_before), polygons_of(red_line_after)
    return ledger.line_changes(*lines, ledger.function_areas_of(zone_polygons), geobox, amounts)


def changes_between(
    study: Study,
    before: geopandas.GeoDataFrame,
    after: geopandas.GeoDataFrame,
    progress: Progress | None = None,
) -> pd.DataFrame:
    """Account for two lines with what a study knows.

    Parameters
    ----------
    study : Study
        Its function areas, its grid and what its cells hold count; nothing in its output changes.
    before, after : GeoDataFrame
        Polygons of the two lines, in any CRS.
    progress : Progress, optional
        Told of every tile.

    Returns
    -------
    DataFrame
        Of `red_line_changes`.

    Raises
    ------
    StudyError
        Where the study has no grid, or its inputs do not allow it.

    Notes
    -----
    What cells hold is worked out anew, as for an adjustment: so both ledgers are the same.
    """
    grid = grid_of(study)
    lines = {
        name: TableSource(reprojected(frame, crs_of(grid.geobox)), digest_bytes(name), [], shape="vector")
        for name, frame in ((BEFORE, before), (AFTER, after))
    }
    beside = copy(study)
    beside.catalogue = study.catalogue.extended([_WORDS], [sys.modules[__name__]])
    for known in ("resolver", "uncertain"):
        beside.__dict__.pop(known, None)
    beside.inputs = replace(study.inputs, sources=study.inputs.sources | lines)
    study.output.folder.mkdir(parents=True, exist_ok=True)
    # On the disk of the study: the rasters of a large one have no room elsewhere.
    with tempfile.TemporaryDirectory(prefix=PREFIX, dir=study.output.folder) as folder:
        beside.output = Output(Path(folder), study.output.digests)
        beside.make([CHANGES], progress=progress)
        return beside.output.read_table(beside.catalogue.vocabulary[CHANGES])


def changes_in_words(rows: pd.DataFrame) -> list[str]:
    """Say what changes, in a few lines.

    Parameters
    ----------
    rows : DataFrame
        Of `red_line_changes`.

    Returns
    -------
    list of str
        The area, by function area where something changes; each amount; what the study does not know.
    """
    by_area = {str(area): own.set_index("direction") for area, own in rows.groupby("function_area", sort=False)}
    whole = by_area.pop(TOTAL)
    told = [_line("area", whole[AREA], "ha", ",.2f")]
    told += [_line(area, own[AREA], "ha", ",.2f") for area, own in by_area.items() if own[AREA][[IN, OUT]].any()]
    for name in [name for name in AMOUNTS if name in rows]:
        words, unit = (PERSONS, "") if name == PERSONS else name.rsplit("_", 1)
        told.append(_line(words.replace("_", " "), whole[name], unit, ",.7g"))
    unknown = [name for name in AMOUNTS if name not in rows]
    return told + ([f"not known to the study: {', '.join(unknown)}"] if unknown else [])


def _line(words: str, sums: pd.Series, unit: str, figures: str) -> str:
    before, coming, leaving, after = (f"{sums[each]:{figures}}" for each in (ledger.BEFORE, IN, OUT, ledger.AFTER))
    return f"{words}: {before} before, {coming} in, {leaving} out, {after} after{f' ({unit})' if unit else ''}"


def read_lines(study: Study, first: Path, second: Path) -> list[geopandas.GeoDataFrame]:
    """Read two lines that are files of polygons.

    Parameters
    ----------
    study : Study
        The study that shall account for them.
    first, second : Path
        GeoPackages, shapefiles or GeoJSON.

    Returns
    -------
    list of GeoDataFrame
        Both, mended and in the CRS of the grid.

    Raises
    ------
    StudyError
        With all that is wrong with both.
    """
    grid = grid_of(study)
    problems = Problems()
    lines = [_read(key, path, grid, problems) for key, path in (("FIRST", first), ("SECOND", second))]
    if problems:
        raise StudyError(problems)
    return [line for line in lines if line is not None]


def _read(key: str, path: Path, grid: Grid, problems: Problems) -> geopandas.GeoDataFrame | None:
    if not path.exists():
        problems.fault(key, f"there is no file {path}", "correct the path")
        return None
    try:
        layers = layers_of(path, drawn=True)
        if len(layers) > 1:
            fault = f"{path} has {len(layers)} layers: {', '.join(layers)}"
            problems.fault(key, fault, "give a file that holds the line alone")
            return None
        frame = read_vector(path, next(iter(layers), None))
    except OSError as error:
        problems.fault(key, f"{path} cannot be read: {error}", "give a GeoPackage, shapefile or GeoJSON")
        return None
    if frame.crs is None:
        problems.fault(key, f"{path} has no CRS", "give the file one (a .prj beside a shapefile)")
        return None
    mended = mend(frame)[0]
    line = mended[(shapely.area(mended.geometry.to_numpy()) > 0).astype(np.bool_)].reset_index(drop=True)
    if line.empty:
        problems.fault(key, f"{path} holds no polygons", "give the line as polygons of the ground inside it")
        return None
    placed = reprojected(line, crs_of(grid.geobox))
    if not shapely.intersects(placed.geometry.to_numpy(), grid.geobox.extent.geom).any():
        problems.fault(key, f"{path} lies outside of the study", "check its CRS, and whether x and y are swapped")
        return None
    return placed


def grid_of(study: Study) -> Grid:
    """Give the grid of a study; raises `StudyError` where it has none."""
    grid = study.inputs.grid
    if grid is None:
        raise StudyError(Problem("grid", "the study has none, and lines are accounted for by cells", "give [grid]"))
    return grid
