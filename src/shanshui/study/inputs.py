"""What a study brings: every input opened, checked by what it says of itself, and ready to be read."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from rasterio.errors import RasterioError

from shanshui.base.days import Days
from shanshui.base.errors import Problem, StudyError
from shanshui.base.grid import Grid, Window
from shanshui.base.ranges import SpeciesRanges
from shanshui.base.vocabulary import AXIS_LENGTHS, Quantity, Shape
from shanshui.data.burned import BurnedFeatures, BurnedRanges
from shanshui.data.files import Digests, digest_bytes, parts_of
from shanshui.data.rasters import CLASS_NODATA, USUAL_NODATA, AlignedRaster, Census
from shanshui.science.cell_area import CellArea
from shanshui.science.cell_sides import CellSides
from shanshui.science.coverage import Coverage

if TYPE_CHECKING:
    from shanshui.study.decision_inputs import DecisionInputs

# A year, and a month or an item counted from 1.
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
        By year, None where it is not yearly, and month or item, None where it has none or one file holds them all.
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
    items : tuple of str
        The names of its items, where it has any.
    """

    name: str
    quantity: Quantity
    rasters: dict[When, AlignedRaster]
    facts: dict[str, Any]
    files: dict[When, tuple[str, Path]]
    digests: Digests
    known_codes: frozenset[int] | None = None
    unit: str = "1"
    items: tuple[str, ...] = ()
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
                **_when_facts(when, self.items),
                "path": text,
                "digest": self.digests[path],
                "resampling": self.rasters[when].resampling,
                **self.facts,
                **({"items": list(self.items)} if self.items and when[1] is None else {}),
            }
            for when, (text, path) in sorted(self.files.items(), key=_in_time)
        ]

    def read(self, year: int | None, window: Window) -> Any:
        """Read the cells of one window: all months of the year, all items, or the `Days`, as the quantity has them."""
        which = year if self.years else None
        if self.quantity.axis == "day":
            days = self.rasters[which, None].bands
            return Days(days, lambda first, last: self._read((which, None), window, (first, last)))
        if self.quantity.axis not in ("month", "item") or (which, None) in self.rasters:
            return self._read((which, None), window)
        parts = len(self.items) or AXIS_LENGTHS["month"]
        classes = self.quantity.measure == "class"
        empty, kind = (CLASS_NODATA, np.int32) if classes else (np.nan, np.float32)
        cells = np.full((parts, *window.shape), empty, kind)
        for part in range(1, parts + 1):
            if (which, part) in self.rasters:
                cells[part - 1] = self._read((which, part), window)
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
            for problem in _value_problems(self, _told(when, self.items), raster.census)
        ]

    def close(self) -> None:
        """Close the files."""
        for raster in self.rasters.values():
            raster.close()


@dataclass
class VectorSource:
    """Vector features of one quantity, one file a year or one for all.

    Parameters
    ----------
    name : str
        The layer's name in study.toml, which is the quantity's.
    quantity : Quantity
        What the vocabulary says of it.
    features : dict of (int or None, int or None) to BurnedFeatures
        By year, None where it is not yearly, and item, None where it has none.
    facts : dict
        What the receipt says of it: column, unit, source, licence, citation.
    files : dict of (int or None, int or None) to (str, Path)
        As study.toml writes them, and where they are; the item is None where one file holds them all.
    digests : Digests
        To tell whether a file changed.
    grid : Grid
        The study's grid.
    items : tuple of str
        The names of its items, where it has any.
    """

    name: str
    quantity: Quantity
    features: dict[When, BurnedFeatures]
    facts: dict[str, Any]
    files: dict[When, tuple[str, Path]]
    digests: Digests
    grid: Grid
    items: tuple[str, ...] = ()
    shape: Shape = "cell"

    @property
    def years(self) -> tuple[int, ...]:
        """The years it has."""
        return tuple(sorted({year for year, _ in self.features if year is not None}))

    @property
    def key(self) -> str:
        """Fingerprint of the files, of how they are read and of where the cells lie."""
        return digest_bytes(repr(self.describe()), repr(self.items), place_key(self.grid))

    def describe(self) -> list[dict[str, Any]]:
        """Say which files, and what is read of them."""
        entries = []
        for when, (text, path) in sorted(self.files.items(), key=_in_time):
            (entry,) = file_facts(self.name, text, path, self.digests, self.facts)
            entries.append(entry | _when_facts(when, self.items))
        return entries

    def read(self, year: int | None, window: Window) -> Any:
        """Give the cells of one window; of a quantity with items, all of them."""
        which = year if self.years else None
        if not self.items:
            return self.features[which, None].read(window)
        return np.stack([self.features[which, part].read(window) for part in range(1, len(self.items) + 1)])

    def problems(self, years: Collection[int | None]) -> list[Problem]:
        """Tell nothing: what features hold was looked at when they were opened."""
        return []

    def close(self) -> None:
        """Close nothing: the features stand in memory."""


@dataclass
class RangesSource:
    """The ranges of many species: a step sees them as `SpeciesRanges`.

    Parameters
    ----------
    name : str
        The layer's name in study.toml, which is the quantity's.
    species : tuple of str
        Their names, sorted.
    areas : float64 ndarray
        Of each whole range [m2].
    ranges : BurnedRanges
        Them, on the grid.
    facts : list of dict
        What the receipt says of the file.
    grid : Grid
        The study's grid.
    """

    name: str
    species: tuple[str, ...]
    areas: NDArray[np.float64]
    ranges: BurnedRanges
    facts: list[dict[str, Any]]
    grid: Grid
    # Like cells it is read tile by tile.
    shape: Shape = "cell"
    years: tuple[int, ...] = ()

    @property
    def key(self) -> str:
        """Fingerprint of the file and of where the cells lie."""
        return digest_bytes(repr(self.facts), place_key(self.grid))

    def describe(self) -> list[dict[str, Any]]:
        """Say which file."""
        return self.facts

    def read(self, year: int | None, window: Window) -> SpeciesRanges:
        """Give the ranges on one window."""
        return SpeciesRanges(self.species, self.areas, lambda weights: self.ranges.sum(weights, window))


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


@dataclass(frozen=True)
class AskedSource:
    """Something whole that is not read before it is asked for.

    Parameters
    ----------
    read : callable
        Gives it; raises `StudyError` with everything that is wrong with it.
    fingerprint : callable
        Gives its fingerprint, without reading it.
    files : callable
        Says where it comes from, for the receipt: one entry a file.
    """

    read: Callable[[], Any]
    fingerprint: Callable[[], str]
    files: Callable[[], list[dict[str, Any]]]
    shape: Shape = "table"
    years: tuple[int, ...] = ()

    @property
    def key(self) -> str:
        """Its fingerprint."""
        return self.fingerprint()

    def describe(self) -> list[dict[str, Any]]:
        """Say where it comes from."""
        return self.files()


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
    decisions : DecisionInputs or None
        The rule packs and control layers, which are read when they are asked for; None until a study has put them here.
    """

    grid: Grid | None
    sources: dict[str, Any]
    zonings: list[Any]
    notes: list[Problem]
    clipped: bool
    decisions: DecisionInputs | None = None

    @property
    def layers(self) -> list[LayerSource | VectorSource]:
        """The sources that are rasters, or features brought onto cells."""
        return [source for source in self.sources.values() if isinstance(source, LayerSource | VectorSource)]

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


def file_facts(name: str, text: str, path: Path, digests: Digests, about: Mapping[str, Any]) -> list[dict[str, Any]]:
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
        Source, licence, citation, and what else there is to say.

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


def _told(when: When, items: tuple[str, ...]) -> str:
    """Say an item and a date in a sentence."""
    year, part = when
    if items and part is not None:
        return f" of {items[part - 1]}" + ("" if year is None else f" in {year}")
    return "" if year is None else f" in {year}" if part is None else f" in {year}-{part:02d}"


def _when_facts(when: When, items: tuple[str, ...]) -> dict[str, Any]:
    """Say for the receipt of which year and month or item a file is."""
    year, part = when
    facts: dict[str, Any] = {} if year is None else {"year": year}
    if part is not None:
        facts |= {"item": items[part - 1]} if items else {"month": part}
    return facts


def _as_percent(layer: LayerSource) -> float:
    """The value 1 percent has in the vocabulary's unit: 0.01 where it is a fraction."""
    return 1.0 if layer.quantity.unit in ("percent", "%") else 0.01
