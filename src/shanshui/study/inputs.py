"""What a study brings: every input opened, checked by what it says of itself, and ready to be read."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import pandas as pd
from rasterio.errors import RasterioError

from shanshui.base.days import Days
from shanshui.base.errors import Problem, StudyError
from shanshui.base.grid import Grid, Window
from shanshui.base.vocabulary import AXIS_LENGTHS, Quantity, Shape
from shanshui.data.files import Digests, digest_bytes, parts_of
from shanshui.data.rasters import USUAL_NODATA, AlignedRaster, Census
from shanshui.science.cell_area import CellArea
from shanshui.science.cell_sides import CellSides
from shanshui.science.coverage import Coverage

When = tuple[int | None, int | None]


class Source(Protocol):
    """Something that a study gives: a layer, a table, the zones, the cells' areas."""

    @property
    def shape(self) -> Shape:
        """Cell, cover or table."""

    @property
    def years(self) -> tuple[int, ...]:
        """The years it has; none where it is not yearly."""

    @property
    def key(self) -> str:
        """Fingerprint of all that it gives."""

    def describe(self) -> list[dict[str, Any]]:
        """Say where it comes from, for the receipt: one entry a file."""


@dataclass
class LayerSource:
    """Rasters of one quantity, one a year or one for all.

    Parameters
    ----------
    name : str
        The layer's name in study.toml, which is the quantity's.
    quantity : Quantity
        What the vocabulary says of it.
    rasters : dict of (int or None, int or None) to AlignedRaster
        By year, None where it is not yearly, and month, None where it has none or one file holds them all.
    facts : dict
        What the receipt says of it: unit, nodata, source, licence, citation.
    files : dict of (int or None, int or None) to (str, Path)
        As study.toml writes them, and where they are.
    digests : Digests
        To tell whether a file changed.
    known_codes : frozenset of int or None
        The codes of the legend, for classes that have one.
    unit : str
        In which the files are.
    """

    name: str
    quantity: Quantity
    rasters: dict[When, AlignedRaster]
    facts: dict[str, Any]
    files: dict[When, tuple[str, Path]]
    digests: Digests
    known_codes: frozenset[int] | None = None
    unit: str = "1"
    shape: Shape = "cell"

    @property
    def years(self) -> tuple[int, ...]:
        """The years it has."""
        return tuple(sorted({year for year, _ in self.rasters if year is not None}))

    @property
    def key(self) -> str:
        """Fingerprint of the files and of how they are read."""
        return digest_bytes(repr(self.describe()))

    def describe(self) -> list[dict[str, Any]]:
        """Say which files, and how they come onto the grid."""
        return [
            {
                "name": self.name,
                **{word: number for word, number in zip(("year", "month"), when, strict=True) if number is not None},
                "path": text,
                "digest": self.digests[path],
                "resampling": self.rasters[when].resampling,
                **self.facts,
            }
            for when, (text, path) in sorted(self.files.items(), key=_in_time)
        ]

    def read(self, year: int | None, window: Window) -> Any:
        """Read the cells of one window; of a monthly quantity, all months of the year; of a daily one, its `Days`."""
        which = year if self.years else None
        if self.quantity.axis == "day":
            days = self.rasters[which, None].bands
            return Days(days, lambda first, last: self._read((which, None), window, (first, last)))
        if self.quantity.axis != "month" or (which, None) in self.rasters:
            return self._read((which, None), window)
        months = AXIS_LENGTHS["month"]
        cells = np.full((months, *window.shape), np.nan, np.float32)
        for month in range(1, months + 1):
            if (which, month) in self.rasters:
                cells[month - 1] = self._read((which, month), window)
        return cells

    def _read(self, when: When, window: Window, bands: tuple[int, int] | None = None) -> Any:
        try:
            return self.rasters[when].read(window, bands)
        except RasterioError:
            fault = f"{self.files[when][0]} cannot be read to its end: it is cut off or broken"
            raise StudyError(Problem(f"layers.{self.name}.path", fault, "bring the file again")) from None

    def problems(self, years: Collection[int | None]) -> list[Problem]:
        """Tell what is wrong with the values of these years, as far as they have come through the door."""
        return [
            problem
            for when, raster in sorted(self.rasters.items(), key=_in_time)
            if when[0] in years
            for problem in _value_problems(self, _told(when), raster.census)
        ]

    def close(self) -> None:
        """Close the files."""
        for raster in self.rasters.values():
            raster.close()


@dataclass
class CellAreaSource:
    """The area of the cells."""

    grid: Grid
    shape: Shape = "cell"
    years: tuple[int, ...] = ()
    _area: CellArea = field(init=False)

    def __post_init__(self) -> None:
        self._area = CellArea(self.grid.geobox)

    @property
    def key(self) -> str:
        """Fingerprint of the grid."""
        return grid_key(self.grid)

    def describe(self) -> list[dict[str, Any]]:
        """It comes from no file."""
        return []

    def read(self, year: int | None, window: Window) -> Any:
        """Compute the cells of one window [m2]."""
        return self._area.window(window)


@dataclass
class CellSidesSource:
    """The width or height of the cells, or their latitude."""

    side: str
    sides: CellSides
    grid: Grid
    shape: Shape = "cell"
    years: tuple[int, ...] = ()

    @property
    def key(self) -> str:
        """Fingerprint of the grid."""
        return grid_key(self.grid)

    def describe(self) -> list[dict[str, Any]]:
        """It comes from no file."""
        return []

    def read(self, year: int | None, window: Window) -> Any:
        """Compute the cells of one window [m, or degrees]."""
        return self.sides.window(self.side, window)


@dataclass
class ConstantSource:
    """One number that a study gives in place of a raster.

    Parameters
    ----------
    name : str
        The quantity.
    value : float
        In the vocabulary's unit.
    facts : dict
        What the receipt says of it: the number as it is written, unit, source.
    """

    name: str
    value: float
    facts: dict[str, Any]
    shape: Shape = "cell"
    years: tuple[int, ...] = ()

    @property
    def key(self) -> str:
        """Fingerprint of the number."""
        return digest_bytes(repr(self.describe()))

    def describe(self) -> list[dict[str, Any]]:
        """Say which number."""
        return [{"name": self.name, **self.facts}]

    def read(self, year: int | None, window: Window) -> Any:
        """Give the number for every cell of a window."""
        return np.full(window.shape, self.value, np.float32)


@dataclass
class CoverSource:
    """Which zones cover the cells."""

    coverage: Coverage
    key: str
    shape: Shape = "cover"
    years: tuple[int, ...] = ()

    def describe(self) -> list[dict[str, Any]]:
        """The zones are described with their table."""
        return []

    def read(self, year: int | None, window: Window) -> Any:
        """Find the cover of one window."""
        return self.coverage.window(window)


@dataclass
class TableSource:
    """A table: one the study gives, a legend, or the zones.

    Parameters
    ----------
    frame : DataFrame
        Ready to be used: our column names, the vocabulary's units, matched to the zones.
    key : str
        Fingerprint.
    facts : list of dict
        What the receipt says of its files.
    """

    frame: pd.DataFrame
    key: str
    facts: list[dict[str, Any]]
    shape: Shape = "table"
    years: tuple[int, ...] = ()

    def describe(self) -> list[dict[str, Any]]:
        """Say which files."""
        return self.facts


@dataclass
class Inputs:
    """All that a study brings.

    Parameters
    ----------
    grid : Grid or None
        The grid; None in a study of tables and polygons.
    sources : dict of str to Source
        By the name of the quantity.
    zonings : list of Zoning
        The region first.
    notes : list of Problem
        What was mended or left out.
    clipped : bool
        Whether a boundary cuts the grid.
    """

    grid: Grid | None
    sources: dict[str, Any]
    zonings: list[Any]
    notes: list[Problem]
    clipped: bool

    @property
    def layers(self) -> list[LayerSource]:
        """The sources that are rasters."""
        return [source for source in self.sources.values() if isinstance(source, LayerSource)]

    def close(self) -> None:
        """Close every file."""
        for layer in self.layers:
            layer.close()


def place_key(grid: Grid) -> str:
    """Give the fingerprint of where a grid lies."""
    return digest_bytes(repr((grid.shape, tuple(grid.geobox.transform), grid.crs)))


def grid_key(grid: Grid) -> str:
    """Give the fingerprint of a grid: its place and its tiles."""
    return digest_bytes(place_key(grid), str(grid.tile))


def file_facts(
    name: str, text: str, path: Path, digests: Digests, about: Mapping[str, str | None]
) -> list[dict[str, Any]]:
    """Describe a table or vector input for the receipt.

    Parameters
    ----------
    name : str
        Its key in study.toml.
    text, path : str, Path
        As study.toml writes it, and where it is.
    digests : Digests
        Fingerprints.
    about : mapping
        Source, licence, citation.

    Returns
    -------
    list of dict
        One entry; a shapefile's parts share one fingerprint.
    """
    made = digest_bytes(*(digests[part] for part in parts_of(path)))
    return [{"name": name, "path": text, "digest": made, **{k: v for k, v in about.items() if v is not None}}]


def unmapped_mend(codes: Sequence[int]) -> str:
    """Tell how to mend codes that a legend does not know."""
    suspects = [code for code in codes if float(code) in USUAL_NODATA or code == 0]
    if suspects:
        return f"add it to the legend, or declare nodata = {suspects[0]} if it means no data"
    return "add it to the legend"


def _value_problems(layer: LayerSource, when: str, census: Census) -> list[Problem]:
    key = f"layers.{layer.name}"
    problems = []
    if layer.known_codes is not None:
        unmapped = sorted(set(census.codes) - layer.known_codes)
        for code in unmapped[:20]:
            fault = f"code {code}{when} is not in the legend ({census.codes[code]:,} cells)"
            problems.append(Problem(f"{key}.legend", fault, unmapped_mend([code])))
        if len(unmapped) > 20:
            problems.append(
                Problem(
                    f"{key}.legend", f"{len(unmapped) - 20} more codes{when} are not in it", "is it the right legend?"
                )
            )
    if layer.quantity.measure == "class":
        low, high = layer.quantity.minimum, layer.quantity.maximum
        if census.outside:
            mend = "give a raster of whole-number codes, or declare the odd value as nodata"
            problems.append(Problem(key, f"{census.outside:,} cells{when} hold no whole class code", mend))
        beyond = [c for c in census.codes if (low is not None and c < low) or (high is not None and c > high)]
        if layer.known_codes is None and beyond:
            fault = f"code {min(beyond)}{when} lies outside {low} to {high}"
            problems.append(Problem(key, fault, "recode it, or declare it as nodata"))
    elif census.outside:
        low, high, unit = layer.quantity.minimum, layer.quantity.maximum, layer.quantity.unit
        span = (
            f"{'-inf' if low is None else low} to {'inf' if high is None else high}{'' if unit == '1' else ' ' + unit}"
        )
        extreme = census.minimum if low is not None and census.minimum < low else census.maximum
        fault = f"{census.outside:,} cells{when} lie outside {span} (the furthest is {extreme:g})"
        raw = next(iter(layer.rasters.values())).raw(extreme)
        problems.append(Problem(key, fault, f"declare nodata = {raw} if it means no data, or correct unit or scale"))
    if layer.unit in ("percent", "%") and census.cells and 0 < census.maximum <= _as_percent(layer):
        problems.append(
            Problem(
                f"{key}.unit", f"is percent, but no cell{when} is above 1: it looks like a fraction", 'write unit = "1"'
            )
        )
    if not census.cells:
        problems.append(Problem(key, f"has no data{when} in the region", "check path, band and nodata"))
    return problems


def _in_time(entry: tuple[When, Any]) -> tuple[int, int]:
    """Sort by year and month, what has none before the others."""
    year, month = entry[0]
    return year or 0, month or 0


def _told(when: When) -> str:
    """Say a date in a sentence."""
    year, month = when
    return "" if year is None else f" in {year}" if month is None else f" in {year}-{month:02d}"


def _as_percent(layer: LayerSource) -> float:
    """The value 1 percent has in the vocabulary's unit: 0.01 where it is a fraction."""
    return 1.0 if layer.quantity.unit in ("percent", "%") else 0.01
