"""Two studies, or two scenarios of one, side by side: what differs, where, and by how much."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import geopandas
import numpy as np
import pandas as pd
import shapely

from shanshui.base.errors import Problem, StudyError, did_you_mean
from shanshui.base.grid import Grid
from shanshui.base.vocabulary import Quantity
from shanshui.data.cog import raster_writer
from shanshui.data.rasters import CLASS_NODATA
from shanshui.data.tables import write_table
from shanshui.data.vectors import measured, reprojected
from shanshui.study.comparing_lines import changes_between, changes_in_words, read_lines
from shanshui.study.plan import Made, Missing
from shanshui.study.products import WrittenRasters
from shanshui.study.progress import Progress

if TYPE_CHECKING:
    from shanshui.study.study import Study

SQUARE_METRES_PER_HECTARE = 10_000.0
# Products that are the ground inside a red line.
RED_LINES = ("red_line", "red_line_next")
# Numbers that differ by less than this share are the same: rasters hold no more digits.
SAME = 1e-7


@dataclass(frozen=True)
class Difference:
    """What differs in one product.

    Parameters
    ----------
    name : str
        The product, with its year.
    told : list of str
        The difference in words; one line where there is none.
    rows : DataFrame or None
        The difference in full, where there is one that fits a table.
    """

    name: str
    told: list[str]
    rows: pd.DataFrame | None = None


def compare(
    first: Study,
    second: Study,
    names: Sequence[str] = (),
    folder: Path | None = None,
    progress: Progress | None = None,
) -> list[Difference]:
    """Compare the products of two studies, or of two scenarios of one.

    Parameters
    ----------
    first, second : Study
        The studies; what stands in their output folders is compared.
    names : sequence of str
        The products; all that stand in either by default.
    folder : Path, optional
        Takes NAME.csv with each difference in full, and NAME.tif with second less first, or 1 where a class differs.
    progress : Progress, optional
        Told of every tile, where two red lines are accounted for.

    Returns
    -------
    list of Difference
        In the vocabulary's order; two red lines have a second one, with what changes by function area.

    Raises
    ------
    StudyError
        Where a product that was named stands in neither.
    """
    every = [word for word in first.catalogue.vocabulary.values() if not word.family]
    standing = [word for word in every if _stands(first, word) or _stands(second, word)]
    words = {quantity.name: quantity for quantity in standing}
    lacking = [name for name in names if name not in words]
    if lacking:
        raise StudyError(
            Problem(name, "stands in neither study", f"run it in both ({did_you_mean(name, words)})")
            for name in lacking
        )
    chosen = [quantity for quantity in standing if not names or quantity.name in names]
    differences = [
        found for each in chosen for found in _compared(first, second, each, each.name in names, folder, progress)
    ]
    return _written(differences, folder)


def compare_lines(
    study: Study, first: Path, second: Path, folder: Path | None = None, progress: Progress | None = None
) -> list[Difference]:
    """Compare two red lines that are files of polygons.

    Parameters
    ----------
    study : Study
        Its function areas, grid and cells account for them.
    first, second : Path
        The files, in any CRS.
    folder : Path, optional
        Takes line.csv and line_changes.csv.
    progress : Progress, optional
        Told of every tile.

    Returns
    -------
    list of Difference
        The ground that they cover; what changes by function area.

    Raises
    ------
    StudyError
        With all that is wrong with both files; or where the study cannot account for them.
    """
    before, after = read_lines(study, first, second)
    rows = changes_between(study, before, after, progress)
    found = [_of_polygons("line", before, after), Difference("line changes", changes_in_words(rows), rows)]
    return _written(found, folder)


def _written(differences: list[Difference], folder: Path | None) -> list[Difference]:
    """Write differences in full."""
    for found in differences:
        if folder is not None and found.rows is not None:
            write_table(folder / f"{found.name.replace(' ', '_')}.csv", found.rows)
    return differences


def _stands(study: Study, quantity: Quantity) -> bool:
    return study.output.receipt(quantity.name) is not None and not isinstance(study.resolver[quantity.name], Missing)


def _compared(
    first: Study, second: Study, quantity: Quantity, named: bool, folder: Path | None, progress: Progress | None
) -> Iterable[Difference]:
    there = [_stands(study, quantity) for study in (first, second)]
    if not all(there):
        yield Difference(quantity.name, [f"stands in the {'first' if there[0] else 'second'} only"])
        return
    years = [study.years(quantity.name) or (None,) for study in (first, second)]
    for year in dict.fromkeys([*years[0], *years[1]]):
        label = quantity.name if year is None else f"{quantity.name} {year}"
        if year not in years[0] or year not in years[1]:
            yield Difference(label, [f"stands in the {'first' if year in years[0] else 'second'} only"])
            continue
        paths = [study.output.path(quantity, year) for study in (first, second)]
        if first.output.digests[paths[0]] == second.output.digests[paths[1]]:
            yield Difference(label, ["the same, byte for byte"])
            continue
        if quantity.shape == "table":
            tables = [study.output.read_table(quantity, year) for study in (first, second)]
            yield _of_tables(label, *tables)
        elif quantity.shape == "vector":
            one, other = (geopandas.read_file(path, engine="pyogrio") for path in paths)
            yield _of_polygons(label, one, other)
            # An account of all that two lines hold is long work: only for a line that is asked for.
            if quantity.name in RED_LINES and named:
                yield _of_lines(label, first, second, one, other, progress)
        else:
            yield _of_rasters(label, first, second, quantity, year, folder)


def _of_lines(
    label: str,
    first: Study,
    second: Study,
    before: geopandas.GeoDataFrame,
    after: geopandas.GeoDataFrame,
    progress: Progress | None,
) -> Difference:
    """Account for two red lines as the adjustment does, with what the first study knows; else say why not."""
    name = f"{label} changes"
    try:
        grids = [study.inputs.grid for study in (first, second)]
        if grids[0] is not None and grids[1] is not None and grids[0].geobox != grids[1].geobox:
            return Difference(name, [_other_grids(grids[0], grids[1])])
        rows = changes_between(first, before, after, progress)
    except StudyError as error:
        return Difference(name, ["cannot be told", *map(str, error.problems)])
    return Difference(name, changes_in_words(rows), rows)


def _of_tables(label: str, first: pd.DataFrame, second: pd.DataFrame) -> Difference:
    """Compare rows of the same keys; keys are the columns that hold no measured number."""
    shared = [str(column) for column in first if column in second]
    amounts = [name for name in shared if first[name].dtype.kind == "f" and second[name].dtype.kind == "f"]
    keys = [column for column in shared if column not in amounts]
    told = [f"column {name} stands in the first only" for name in first if name not in second]
    told += [f"column {name} stands in the second only" for name in second if name not in first]
    pairs = [_numbered(frame, keys) for frame in (first, second)]
    both = pairs[0].merge(pairs[1], on=[*keys, "_number"], how="outer", suffixes=("_1", "_2"), indicator=True)
    for side, words in (("left_only", "first"), ("right_only", "second")):
        count = int((both["_merge"] == side).sum())
        told += [f"{count} rows stand in the {words} only"] if count else []
    matched = both[both["_merge"] == "both"]
    rows = []
    for column in amounts:
        one, other = matched[f"{column}_1"], matched[f"{column}_2"]
        apart = ~(np.isclose(one, other, rtol=SAME, atol=0, equal_nan=True))
        part = matched.loc[apart, keys].assign(column=column, first=one[apart], second=other[apart])
        part = part.assign(difference=part["second"] - part["first"]).reset_index(drop=True)
        rows.append(part)
        if len(part):
            told.append(f"{column} differs in {len(part)} of {len(matched)} rows")
            if part["difference"].notna().any():
                most = part.iloc[int(np.nanargmax(part["difference"].abs()))]
                where = ", ".join(f"{key} {most[key]}" for key in keys)
                told[-1] += f", most at {where}: {most['first']:.7g} and {most['second']:.7g}"
    if not told:
        return Difference(label, ["the same numbers"])
    return Difference(label, told, pd.concat(rows, ignore_index=True) if rows else None)


def _numbered(frame: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    """Number the rows of one key, so that no row meets two."""
    number = frame.groupby(keys, dropna=False, sort=False).cumcount() if keys else pd.Series(range(len(frame)))
    return frame.assign(_number=number.to_numpy())


def _of_polygons(label: str, first: geopandas.GeoDataFrame, second: geopandas.GeoDataFrame) -> Difference:
    """Compare the ground that two layers of polygons cover."""
    one, other = (shapely.union_all(reprojected(each, first.crs).geometry.to_numpy()) for each in (first, second))
    parts = {
        "both": shapely.intersection(one, other),
        "first_only": shapely.difference(one, other),
        "second_only": shapely.difference(other, one),
    }
    areas = measured(geopandas.GeoDataFrame(geometry=list(parts.values()), crs=first.crs))[1]
    areas = np.nan_to_num(areas) / SQUARE_METRES_PER_HECTARE  # nothing has no area
    rows = pd.DataFrame({"part": list(parts), "area_ha": areas})
    told = [f"{len(first)} and {len(second)} features"]
    told += [f"{part.replace('_', ' ')}: {area:,.2f} ha" for part, area in zip(parts, areas, strict=True)]
    return Difference(label, told, rows)


def _of_rasters(
    label: str, first: Study, second: Study, quantity: Quantity, year: int | None, folder: Path | None
) -> Difference:
    grids = [study.inputs.grid for study in (first, second)]
    grid = grids[0]
    assert grid is not None
    assert grids[1] is not None
    if grid.geobox != grids[1].geobox:
        return Difference(label, [_other_grids(grid, grids[1])])
    classes = quantity.measure == "class"
    tally: _Classes | _Amounts = _Classes() if classes else _Amounts(quantity)
    with ExitStack() as stack:
        cells = [WrittenRasters(study.output, quantity, [year], grid) for study in (first, second)]
        for opened in cells:
            stack.callback(opened.close)
        writer = None
        if folder is not None:
            writer = stack.enter_context(
                raster_writer(
                    folder / f"{label.replace(' ', '_')}.tif",
                    grid.geobox,
                    dtype="uint8" if classes else "float32",
                    nodata=255 if classes else np.nan,
                    tags={"long_name": f"difference of {quantity.english}", "unit": "1" if classes else quantity.unit},
                )
            )
        for window in grid.tiles():
            area = first.inputs.sources["cell_area"].read(None, window)
            one, other = (opened.read(year, window) for opened in cells)
            written = tally.add(one, other, np.asarray(area, np.float64), window.row, window.column)
            if writer is not None:
                writer.write(written, window.row, window.column)
    if isinstance(tally, _Classes):
        return tally.told(label, _names(first, quantity))
    return tally.told(label, grid)


class _Amounts:
    """How two rasters of amounts differ."""

    def __init__(self, quantity: Quantity) -> None:
        self._unit = "" if quantity.unit == "1" else f" {quantity.unit}"
        # An amount is summed over the cells; a density or a state is averaged over the ground.
        self._summed = quantity.measure == "extensive"
        self._cells = {"both": 0, "first": 0, "second": 0, "apart": 0}
        self._weight = self._first = self._second = 0.0
        self._least: tuple[float, int, int] = (0.0, -1, -1)
        self._most: tuple[float, int, int] = (0.0, -1, -1)

    def add(self, one: Any, other: Any, area: Any, row: int, column: int) -> Any:
        """Take one tile; give the differences on it."""
        known = np.isfinite(one) & np.isfinite(other)
        apart = np.where(known, other.astype(np.float64) - one, np.nan)
        self._cells["both"] += int(known.sum())
        self._cells["first"] += int((np.isfinite(one) & ~known).sum())
        self._cells["second"] += int((np.isfinite(other) & ~known).sum())
        self._cells["apart"] += int((apart[known] != 0).sum())
        weight = np.ones_like(area) if self._summed else area
        self._weight += float(weight[known].sum())
        self._first += float((weight * one)[known].sum())
        self._second += float((weight * other)[known].sum())
        if known.any():
            for name, place in (("_least", np.nanargmin(apart)), ("_most", np.nanargmax(apart))):
                at = np.unravel_index(place, apart.shape)
                value, best = float(apart[at]), getattr(self, name)[0]
                if value < best if name == "_least" else value > best:
                    setattr(self, name, (value, row + int(at[0]), column + int(at[1])))
        return apart

    def told(self, label: str, grid: Grid) -> Difference:
        """Say it."""
        count = self._cells
        told = [f"{count['apart']:,} of {count['both']:,} cells differ"]
        told += [
            f"{count[side]:,} cells have a value in the {side} only" for side in ("first", "second") if count[side]
        ]
        if count["both"]:
            kind, whole = ("sum", 1.0) if self._summed else ("mean", self._weight)
            one, other = self._first / whole, self._second / whole
            share = f", {100 * (other - one) / abs(one):+.3g} percent" if one else ""
            told.append(f"{kind} {one:.7g} and {other:.7g}{self._unit}{share}")
        for value, row, column in (self._least, self._most):
            if row >= 0:
                x, y = grid.geobox.transform @ (column + 0.5, row + 0.5)
                told.append(f"{value:+.7g}{self._unit} at {x:.6f},{y:.6f}")
        return Difference(label, told)


class _Classes:
    """How two rasters of classes differ: the area of each pair of classes."""

    def __init__(self) -> None:
        self._area: dict[tuple[int, int], float] = {}

    def add(self, one: Any, other: Any, area: Any, row: int, column: int) -> Any:
        """Take one tile; give 1 where its classes differ."""
        pairs, place = np.unique(np.stack([one.ravel(), other.ravel()]), axis=1, return_inverse=True)
        for pair, amount in zip(pairs.T.tolist(), np.bincount(place.ravel(), area.ravel()), strict=True):
            key = (pair[0], pair[1])
            self._area[key] = self._area.get(key, 0.0) + float(amount)
        empty = (one == CLASS_NODATA) & (other == CLASS_NODATA)
        return np.where(empty, 255, one != other).astype(np.uint8)

    def told(self, label: str, names: dict[int, str]) -> Difference:
        """Say it."""
        keys = [key for key in sorted(self._area) if key != (CLASS_NODATA, CLASS_NODATA)]
        rows = pd.DataFrame(
            {
                "first_code": [key[0] for key in keys],
                "first_name": [names.get(key[0], "") for key in keys],
                "second_code": [key[1] for key in keys],
                "second_name": [names.get(key[1], "") for key in keys],
                "area_ha": [self._area[key] / SQUARE_METRES_PER_HECTARE for key in keys],
            }
        )
        apart = rows[rows["first_code"] != rows["second_code"]].sort_values("area_ha", ascending=False)
        total = rows["area_ha"].sum()
        share = 100 * apart["area_ha"].sum() / total if total else 0.0
        told = [f"{apart['area_ha'].sum():,.2f} of {total:,.2f} ha differ ({share:.3g} percent)"]
        for one, name, other, other_name, area in apart.itertuples(index=False, name=None):
            told.append(f"{_class_words(one, name)} becomes {_class_words(other, other_name)}: {area:,.2f} ha")
        return Difference(label, told, rows)


def _class_words(code: int, name: str) -> str:
    return "no data" if code == CLASS_NODATA else f"{code} {name}".strip()


def _names(study: Study, quantity: Quantity) -> dict[int, str]:
    """Give the names of the classes, where a legend without inputs tells them."""
    name = f"{quantity.name}_legend"
    legend = study.resolver[name] if name in study.catalogue.vocabulary else None
    if not isinstance(legend, Made) or not legend.step.takes_nothing:
        return {}
    frame = legend.step.function()
    return dict(zip(frame["code"].tolist(), frame["name"].tolist(), strict=True))


def _other_grids(first: Grid, second: Grid) -> str:
    return f"the grids differ: {_grid_words(first)}, and {_grid_words(second)}"


def _grid_words(grid: Grid) -> str:
    return f"{grid.shape[0]} x {grid.shape[1]} cells of {abs(grid.geobox.resolution.x):g}"
