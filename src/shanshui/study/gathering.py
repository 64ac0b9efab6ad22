"""Opening every input of a study and finding, all at once, what is wrong with what they say of themselves."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import geopandas
import numpy as np
import odc.geo
import pandas as pd
import pyproj
from odc.geo.geobox import GeoBox
from rasterio.transform import Affine

from shanshui.base.errors import Problem, did_you_mean
from shanshui.base.grid import Grid
from shanshui.base.units import Conversion, UnitFault, column_unit, conversion
from shanshui.base.vocabulary import Quantity, Vocabulary
from shanshui.base.zones import REGION
from shanshui.data.files import Digests, digest_bytes
from shanshui.data.legends import read_legend
from shanshui.data.rasters import AlignedRaster, RasterFacts, read_facts
from shanshui.data.tables import numbers, read_table
from shanshui.science.coverage import Coverage
from shanshui.study.inputs import CellAreaSource, CoverSource, Inputs, LayerSource, TableSource, file_facts, grid_key
from shanshui.study.schema import LayerSection, StudyFile, TableSection, located
from shanshui.study.zonings import ReadZoning, read_boundary, read_zoning, region_zoning


@dataclass
class Gathering:
    """The inputs of a study while they are being opened.

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
    """

    file: StudyFile
    folder: Path
    vocabulary: Vocabulary
    digests: Digests
    problems: list[Problem] = field(default_factory=list)

    def gather(self) -> tuple[Inputs | None, list[Problem]]:
        """Open everything.

        Returns
        -------
        Inputs or None, list of Problem
            None where an error was found; the problems, notes among them.
        """
        found = {name: self._layer_files(name, section) for name, section in self.file.layers.items()}
        opened = {name: files for name, files in found.items() if files}
        boundary, problems = read_boundary(self.file.region, self.folder)
        self.problems += problems
        grid = self._grid(opened, boundary)
        sources: dict[str, Any] = {}
        for name, files in opened.items():
            layer = self._layer(name, self.file.layers[name], files, grid)
            if layer:
                sources[name] = layer
        zonings = self._zonings(grid, boundary, sources)
        for name, section in self.file.tables.items():
            table = self._table(name, section, zonings)
            if table:
                sources[name] = table
        for name, years in self.file.years.map.items():
            if name not in self.file.layers:
                self._fault(f"years.map.{name}", "is no layer of the study", did_you_mean(name, self.file.layers))
            elif not years:
                self._fault(f"years.map.{name}", "is empty", "write study year = layer year")
        if any(problem.severity == "error" for problem in self.problems):
            for source in sources.values():
                if isinstance(source, LayerSource):
                    source.close()
            return None, self.problems
        read = [zoning.zoning for zoning in zonings if zoning.zoning]
        return Inputs(grid, sources, read, list(self.problems), boundary is not None), self.problems

    def _fault(self, key: str, fault: str, mend: str) -> None:
        self.problems.append(Problem(key, fault, mend))

    # Layers

    def _layer_files(self, name: str, section: LayerSection) -> dict[int | None, tuple[str, Path, RasterFacts]]:
        """Find a layer's files and open each."""
        key = f"layers.{name}"
        quantity = self.vocabulary.get(name)
        if quantity is None or quantity.shape != "cell":
            cells = [word for word, known in self.vocabulary.items() if known.shape == "cell"]
            self._fault(key, "is no quantity that a raster can give", did_you_mean(name, cells))
            return {}
        texts = self._year_paths(key, section)
        files: dict[int | None, tuple[str, Path, RasterFacts]] = {}
        for year, text in texts.items():
            path = located(text, self.folder)
            if not path.exists():
                when = "" if year is None else f" for {year}"
                self._fault(f"{key}.path", f"there is no file {text}{when}", "correct the path" + ("" if year is None else " or years"))
                continue
            try:
                facts = read_facts(path, section.band)
            except OSError:
                self._fault(f"{key}.path", f"{text} cannot be read as a raster", "give a GeoTIFF or another raster that GDAL reads")
                continue
            if section.band > facts.bands:
                self._fault(f"{key}.band", f"is {section.band}, and {text} has {facts.bands}", "give one it has")
            elif facts.geobox.crs is None:
                self._fault(f"{key}.path", f"{text} has no CRS", "give the file one (gdal_edit -a_srs)")
            else:
                files[year] = (text, path, facts)
        return files

    def _year_paths(self, key: str, section: LayerSection) -> dict[int | None, str]:
        if "{year}" not in section.path:
            if section.years and len(section.years) > 1:
                self._fault(f"{key}.path", "names one file for several years", "write {year} in it")
            return {section.years[0] if section.years and len(section.years) == 1 else None: section.path}
        years = section.years
        if years is None:
            folder = located(section.path, self.folder).parent
            pattern = re.compile(re.escape(Path(section.path).name).replace(r"\{year\}", r"(\d{4})"))
            names = [file.name for file in folder.iterdir()] if folder.is_dir() else []
            years = sorted(int(match[1]) for match in map(pattern.fullmatch, names) if match)
        if not years:
            self._fault(f"{key}.path", f"no file is called like {section.path}", "correct the path")
        mapped = self.file.years.map.get(key.removeprefix("layers."), {})
        for theirs in mapped.values():
            if theirs not in years:
                self._fault(f"years.map.{key.removeprefix('layers.')}", f"the layer has no year {theirs}", f"it has {years}")
        ours = {theirs: study for study, theirs in mapped.items()}
        return {ours.get(year, year): section.path.replace("{year}", str(year)) for year in years}

    def _layer(
        self, name: str, section: LayerSection, files: dict[int | None, tuple[str, Path, RasterFacts]], grid: Grid | None
    ) -> LayerSource | None:
        key, quantity = f"layers.{name}", self.vocabulary[name]
        line = self._conversion(key, section, quantity)
        known: frozenset[int] | None = None
        if section.legend is not None:
            legend, faults = read_legend(located(section.legend, self.folder), f"{key}.legend")
            self.problems += faults
            if not faults:
                known = frozenset(legend["code"])
        elif f"{name}_legend" in self.vocabulary and quantity.name == "land_cover":
            self._fault(f"{key}.legend", "is missing", "give a table with the columns code, name, ecosystem")
        if grid is None or line is None or any(problem.key.startswith(f"{key}.") for problem in self.problems):
            return None
        for text, _, facts in files.values():
            if not _overlap(facts.geobox, grid.geobox):
                self._fault(f"{key}.path", f"{text} does not overlap the region", "check its CRS and the region's")
                return None
        rasters = {
            year: AlignedRaster(
                path,
                grid.geobox,
                band=section.band,
                measure=quantity.measure,
                conversion=line,
                nodata=section.nodata_values,
                valid=(quantity.minimum, quantity.maximum),
                resampling=section.resampling,
            )
            for year, (_, path, _) in files.items()
        }
        about = {k: getattr(section, k) for k in ("unit", "source", "licence", "citation")}
        facts = {k: v for k, v in about.items() if v is not None} | {"band": section.band, "nodata": list(section.nodata_values)}
        facts |= {"scale": section.scale, "offset": section.offset} if (section.scale, section.offset) != (1.0, 0.0) else {}
        where = {year: (text, path) for year, (text, path, _) in files.items()}
        return LayerSource(name, quantity, rasters, facts, where, self.digests, known, section.unit or "1")

    def _conversion(self, key: str, section: LayerSection, quantity: Quantity) -> Conversion | None:
        """Find how the file's numbers become the vocabulary's: its own scale first, then its unit."""
        if quantity.measure == "class":
            return Conversion(1.0, 0.0)
        if section.unit is None:
            if quantity.unit == "1":
                return Conversion(section.scale, section.offset)
            self._fault(f"{key}.unit", "is missing", f"write the unit of the file, for example unit = {quantity.unit!r}")
            return None
        try:
            line = conversion(section.unit, quantity.unit)
        except UnitFault as fault:
            self._fault(f"{key}.unit", str(fault), f"give a unit that can become {quantity.unit}")
            return None
        return Conversion(section.scale * line.scale, section.offset * line.scale + line.offset)

    # The grid

    def _grid(
        self, opened: dict[str, dict[int | None, tuple[str, Path, RasterFacts]]], boundary: geopandas.GeoDataFrame | None
    ) -> Grid | None:
        section = self.file.grid
        if section is None:
            if self.file.layers:
                self._fault("grid", "is missing, and the study has layers", 'write like = "a layer", or crs and resolution')
            return None
        if section.like is not None:
            if section.like not in self.file.layers:
                self._fault("grid.like", f"{section.like!r} is no layer of the study", did_you_mean(section.like, self.file.layers))
                return None
            files = opened.get(section.like)
            if not files:
                return None  # its own fault has been named
            geobox = next(iter(files.values()))[2].geobox
            if boundary is not None:
                geobox = self._cut(geobox, boundary)
            return Grid(geobox, section.tile) if geobox is not None else None
        assert section.resolution is not None
        try:
            crs = pyproj.CRS.from_user_input(section.crs)
        except pyproj.exceptions.CRSError:
            self._fault("grid.crs", f"{section.crs!r} is no CRS", 'write for example "EPSG:4549"')
            return None
        if not crs.is_projected:
            self._fault("grid.crs", f"{section.crs} counts in degrees, and resolution is in metres", "give a projected CRS, or like")
            return None
        bounds = self._bounds(opened, boundary, crs)
        if bounds is None:
            return None
        left, bottom, right, top = bounds
        size = section.resolution / crs.axis_info[0].unit_conversion_factor
        column, row = np.floor(left / size), np.ceil(top / size)
        width, height = int(np.ceil(right / size) - column), int(row - np.floor(bottom / size))
        transform = Affine(size, 0, column * size, 0, -size, row * size)
        return Grid(GeoBox((height, width), transform, crs.to_wkt()), section.tile)

    def _bounds(
        self,
        opened: dict[str, dict[int | None, tuple[str, Path, RasterFacts]]],
        boundary: geopandas.GeoDataFrame | None,
        crs: pyproj.CRS,
    ) -> tuple[float, float, float, float] | None:
        """Find what the grid has to hold: the boundary, or else every layer."""
        if boundary is not None:
            return tuple(boundary.to_crs(crs).total_bounds)  # type: ignore[return-value]
        boxes = [facts.geobox for files in opened.values() for _, _, facts in files.values()]
        if not boxes:
            self._fault("grid", "has no extent: there is neither a boundary nor a layer", "give [region] boundary")
            return None
        extents = np.array([box.extent.to_crs(crs.to_wkt(), resolution=box.extent.boundingbox.span_x / 20).boundingbox.bbox for box in boxes])
        return (*extents[:, :2].min(axis=0), *extents[:, 2:].max(axis=0))

    def _cut(self, geobox: GeoBox, boundary: geopandas.GeoDataFrame) -> GeoBox | None:
        """Cut a layer's grid to the cells that the boundary touches."""
        polygon = boundary.to_crs(geobox.crs.to_wkt()).geometry.iloc[0]
        inverse = ~geobox.transform
        left, bottom, right, top = polygon.bounds
        columns, rows = zip(*(inverse @ corner for corner in ((left, top), (right, bottom), (left, bottom), (right, top))), strict=True)
        first_row, last_row = max(int(np.floor(min(rows) + 1e-6)), 0), min(int(np.ceil(max(rows) - 1e-6)), geobox.shape[0])
        first_column = max(int(np.floor(min(columns) + 1e-6)), 0)
        last_column = min(int(np.ceil(max(columns) - 1e-6)), geobox.shape[1])
        if first_row >= last_row or first_column >= last_column:
            self._fault("region.boundary", "does not overlap the layer that gives the grid", "check the CRS of both")
            return None
        return geobox[first_row:last_row, first_column:last_column]

    # Zones and tables

    def _zonings(self, grid: Grid | None, boundary: geopandas.GeoDataFrame | None, sources: dict[str, Any]) -> list[ReadZoning]:
        zonings = [region_zoning(boundary, grid, self.file.study.name)]
        if REGION in self.file.zones:
            self._fault(f"zones.{REGION}", "is the name of the whole", "give the zoning another name")
        for name, section in self.file.zones.items():
            zonings.append(read_zoning(name, section, self.folder, grid, boundary))
        for zoning in zonings:
            self.problems += zoning.problems
        if any(zoning.zoning is None for zoning in zonings):
            return zonings
        frames = [zoning.zoning.zones for zoning in zonings if zoning.zoning is not None]
        zones = pd.concat(frames, ignore_index=True)
        self._parents(zones)
        facts = []
        for name, section in self.file.zones.items():
            about = {k: getattr(section, k) for k in ("source", "licence", "citation")}
            facts += file_facts(f"zones.{name}", section.path, located(section.path, self.folder), self.digests, about)
        if self.file.region.boundary:
            path = located(self.file.region.boundary, self.folder)
            facts += file_facts("region.boundary", self.file.region.boundary, path, self.digests, {})
        key = digest_bytes(repr(facts), repr(self.file.zones), repr(self.file.region), self.file.study.name)
        sources["zones"] = TableSource(zones, key, facts)
        if grid is not None:
            covers = [zoning.cover for zoning in zonings if zoning.cover is not None]
            sizes = [len(frame) - 1 for frame in frames]
            coverage = Coverage(covers, sizes, grid.shape)
            sources["zone_cover"] = CoverSource(coverage, digest_bytes(key, grid_key(grid)))
            sources["cell_area"] = CellAreaSource(grid)
        for name, section in self.file.layers.items():
            if section.legend is not None and f"{name}_legend" in self.vocabulary:
                path = located(section.legend, self.folder)
                legend, faults = read_legend(path, f"layers.{name}.legend")
                if not faults:
                    facts = file_facts(f"layers.{name}.legend", section.legend, path, self.digests, {})
                    sources[f"{name}_legend"] = TableSource(legend, digest_bytes(repr(facts)), facts)
        return zonings

    def _parents(self, zones: pd.DataFrame) -> None:
        """Name the parents that are no zone."""
        known = set(zones["zone"])
        lost = zones[(zones["parent"] != "") & ~zones["parent"].isin(known)]
        for zoning, rows in lost.groupby("zoning", sort=False):
            names = sorted(set(rows["parent"]))
            shown = ", ".join(names[:5]) + (" ..." if len(names) > 5 else "")
            self._fault(f"zones.{zoning}.columns.parent", f"{shown} is no zone of the study", "add the zoning above, or leave parent out")

    def _table(self, name: str, section: TableSection, zonings: list[ReadZoning]) -> TableSource | None:
        key = f"tables.{name}"
        quantity = self.vocabulary.get(name)
        if quantity is None or quantity.shape != "table":
            tables = [word for word, known in self.vocabulary.items() if known.shape == "table"]
            self._fault(key, "is no quantity that a table can give", did_you_mean(name, tables))
            return None
        path = located(section.path, self.folder)
        if not path.exists():
            self._fault(f"{key}.path", f"there is no file {section.path}", "correct the path")
            return None
        for column in section.columns:
            if column not in quantity.columns:
                self._fault(f"{key}.columns.{column}", f"is no column of {name}", did_you_mean(column, quantity.columns))
        frame, problems = read_table(path, section.columns, key=key, sheet=section.sheet, header_row=section.header_row)
        self.problems += problems
        if problems or frame.empty:
            return None
        frame = self._matched(key, section, frame, zonings)
        frame = self._with_numbers(key, section, frame, quantity)
        facts = file_facts(key, section.path, path, self.digests, {k: getattr(section, k) for k in ("unit", "source", "licence", "citation")})
        return TableSource(frame, digest_bytes(repr(facts), repr(section)), facts)

    def _matched(self, key: str, section: TableSection, frame: pd.DataFrame, zonings: list[ReadZoning]) -> pd.DataFrame:
        """Match a table's keys to the zones, and give it the columns that zones bring."""
        if "zone" not in frame:
            return frame
        read = [zoning.zoning for zoning in zonings if zoning.zoning is not None]
        if "zoning" not in frame:
            # The zoning that knows most of the keys is meant.
            best = max(read, key=lambda zoning: int(frame["zone"].isin(zoning.zones["zone"]).sum()))
            frame = frame.assign(zoning=best.name)
        names = {(zoning.name, zone): text for zoning in read for zone, text in zip(zoning.zones["zone"], zoning.zones["name"], strict=True)}
        pairs = list(zip(frame["zoning"], frame["zone"], strict=True))
        lost = sorted({zone for zoning, zone in pairs if (zoning, zone) not in names})
        if lost:
            shown = ", ".join(lost[:5]) + (" ..." if len(lost) > 5 else "")
            fault = f"{len(lost)} keys match no zone: {shown}"
            if section.drop_unmatched:
                self.problems.append(Problem(f"{key}.columns.zone", fault, "left out, as drop_unmatched says", "note"))
            else:
                self._fault(f"{key}.columns.zone", fault, "correct them, or write drop_unmatched = true")
        kept = np.array([pair in names for pair in pairs], bool)
        frame = frame[kept].reset_index(drop=True)
        if "zone_name" not in frame:
            frame = frame.assign(zone_name=[names[pair] for pair in zip(frame["zoning"], frame["zone"], strict=True)])
        return frame

    def _with_numbers(self, key: str, section: TableSection, frame: pd.DataFrame, quantity: Quantity) -> pd.DataFrame:
        """Read numbers and years, in the units that the columns' names tell."""
        made = frame.copy()
        for column in frame.columns:
            year = column.startswith("year")
            unit = column_unit(column)
            if unit is None and not year:
                continue
            values, strange = numbers(frame[column])
            if strange:
                shown = ", ".join(repr(text) for text in strange[:3])
                self._fault(f"{key}.columns.{column}", f"{len(strange)} texts are no number: {shown}", "correct them or empty the cells")
                continue
            if year:
                if values.isna().any():
                    self._fault(f"{key}.columns.{column}", f"{int(values.isna().sum())} rows have no year", "give every row its year")
                    continue
                made[column] = values.astype(int)
                continue
            assert unit is not None
            made[column] = self._converted(key, section, column, unit, values)
        wanted = {self.file.years.baseline, self.file.years.current} - {None}
        if "year" in made and wanted and made["year"].dtype.kind == "i":
            for absent in sorted(int(y) for y in wanted - set(made["year"])):  # type: ignore[arg-type]
                self._fault(f"{key}.columns.year", f"there is no row of {absent}", f"it has {sorted(set(made['year']))}")
        return made

    def _converted(self, key: str, section: TableSection, column: str, unit: str, values: pd.Series[float]) -> pd.Series[float]:
        if unit == "percent":
            if len(values.dropna()) and 0 < values.abs().max() <= 1:
                self._fault(f"{key}.columns.{column}", "is percent, but no value is above 1: it looks like a fraction", "multiply it by 100")
            return values
        if (values < 0).any() and column.startswith("area"):
            self._fault(f"{key}.columns.{column}", f"{int((values < 0).sum())} areas are negative", "correct them")
        if section.unit is None:
            return values
        try:
            line = conversion(section.unit, unit)
        except UnitFault as fault:
            self._fault(f"{key}.unit", str(fault), f"give a unit that can become {unit}")
            return values
        return values * line.scale + line.offset


def _overlap(one: GeoBox, other: GeoBox) -> bool:
    """Tell whether two grids touch; with a margin, because edges bend when they are projected."""
    try:
        there = one.extent.to_crs(other.crs, resolution=one.extent.boundingbox.span_x / 20)
    except (ValueError, odc.geo.crs.CRSError, pyproj.exceptions.ProjError):
        return False
    return bool(there.geom.intersects(other.extent.geom))


