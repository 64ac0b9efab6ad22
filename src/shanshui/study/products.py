"""Products and their receipts: where they stand, what is in them, whether they are current."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from shanshui.base.grid import Grid, Window
from shanshui.base.vocabulary import Quantity
from shanshui.data.cog import RasterWriter, raster_writer
from shanshui.data.files import Digests, replacing
from shanshui.data.rasters import CLASS_NODATA, AlignedRaster
from shanshui.data.tables import write_table
from shanshui.data.vectors import write_vector
from shanshui.study.plan import Node
from shanshui.study.whole import PREFIX

FOLDERS = {"cell": ("rasters", ".tif"), "table": ("tables", ".csv"), "vector": ("vectors", ".gpkg")}


@dataclass(frozen=True)
class Output:
    """The output folder of a study or of one of its scenarios.

    Parameters
    ----------
    folder : Path
        Where it is.
    digests : Digests
        Fingerprints of files.
    """

    folder: Path
    digests: Digests

    def path(self, quantity: Quantity, year: int | None = None) -> Path:
        """Give the place of a product."""
        folder, ending = FOLDERS[quantity.shape]
        return self.folder / folder / f"{Node(quantity.name, year)}{ending}"

    def receipt_path(self, name: str) -> Path:
        """Give the place of a receipt."""
        return self.folder / "receipts" / f"{name}.json"

    def receipt(self, name: str) -> dict[str, Any] | None:
        """Read a receipt; None where there is none or it is no good."""
        try:
            found = json.loads(self.receipt_path(name).read_text("utf-8"))
        except (OSError, ValueError):
            return None
        return found if isinstance(found, dict) else None

    def current(self, name: str, key: str) -> bool:
        """Tell whether a product stands there whole, made from what the study now says."""
        receipt = self.receipt(name)
        if receipt is None or receipt.get("key") != key:
            return False
        files = receipt.get("files")
        if not isinstance(files, dict) or not files:
            return False
        try:
            return all(self.digests[self.folder / path] == digest for path, digest in files.items())
        except OSError:
            return False

    def write_receipt(self, name: str, content: Mapping[str, Any], files: Iterable[Path]) -> None:
        """Write a receipt, after the files it speaks of are whole."""
        listed = {path.relative_to(self.folder).as_posix(): self.digests[path] for path in sorted(files)}
        with replacing(self.receipt_path(name)) as temporary:
            text = json.dumps({**content, "files": listed}, ensure_ascii=False, indent=2, sort_keys=False)
            temporary.write_text(text + "\n", "utf-8")

    def write(self, quantity: Quantity, year: int | None, value: Any) -> Path:
        """Write a table or a vector."""
        path = self.path(quantity, year)
        if quantity.shape == "table":
            write_table(path, value)
        else:
            write_vector(path, value)
        return path

    def read_table(self, quantity: Quantity, year: int | None = None) -> pd.DataFrame:
        """Read a table back as it was when it was written."""
        types = self.receipt(quantity.name)["columns"]  # type: ignore[index]
        frame = pd.read_csv(self.path(quantity, year), dtype="str", keep_default_na=False)
        for name, kind in types.items():
            if kind != "str":
                # numpy reads a number exactly as it was written, to the last bit; pandas does not promise to.
                text = np.asarray(frame[name].where(frame[name] != "", "nan"), "str")
                frame[name] = text == "True" if kind == "bool" else text.astype(kind)
        return frame

    def read_window(self, quantity: Quantity, year: int | None, grid: Grid, window: Window) -> Any:
        """Read the cells of one window of a raster that stands there."""
        rasters = WrittenRasters(self, quantity, [year], grid)
        try:
            return rasters.read(year, window)
        finally:
            rasters.close()

    def clear_leftovers(self) -> None:
        """Remove what a killed run left half written."""
        for folder in ("", *(folder for folder, _ in FOLDERS.values()), "receipts"):
            for leftover in (self.folder / folder).glob(".part-*"):
                leftover.unlink()
        for leftover in self.folder.glob(f"{PREFIX}*"):
            shutil.rmtree(leftover, ignore_errors=True)


def column_types(frame: pd.DataFrame) -> dict[str, str]:
    """Give the types by which a table reads back the same."""
    kinds = {"f": "float64", "i": "int64", "b": "bool"}
    return {str(name): kinds.get(dtype.kind, "str") for name, dtype in frame.dtypes.items()}


class RasterOutputs:
    """The rasters that one pass writes, all opened together and finished together."""

    def __init__(self, output: Output, grid: Grid, stack: ExitStack) -> None:
        self._output = output
        self._grid = grid
        self._stack = stack
        self._open: dict[Node, tuple[RasterWriter, bool, int]] = {}
        self.empty: set[Node] = set()  # what has no value yet

    def open(self, node: Node, quantity: Quantity, legend: pd.DataFrame | None) -> Path:
        """Open one raster.

        Parameters
        ----------
        node : Node
            What it will hold.
        quantity : Quantity
            What the vocabulary says of it.
        legend : DataFrame or None
            Columns code and colour, for classes.

        Returns
        -------
        Path
            Where it will stand.
        """
        path = self._output.path(quantity, node.year)
        classes = quantity.measure == "class"
        small = classes and (quantity.maximum or 1e9) < 255
        # Not our own -1: GDAL's overviews of int32 turn that into 0 where nothing else is.
        nodata = 255 if small else np.iinfo(np.int32).max
        colours = None
        if small and legend is not None:
            colours = {int(code): _rgb(colour) for code, colour in zip(legend["code"], legend["colour"], strict=True)}
        tags = {"long_name": quantity.english, "long_name_zh": quantity.chinese, "unit": quantity.unit}
        writer = self._stack.enter_context(
            raster_writer(
                path,
                self._grid.geobox,
                dtype=("uint8" if small else "int32") if classes else "float32",
                nodata=nodata if classes else np.nan,
                tags=tags | ({} if node.year is None else {"year": str(node.year)}),
                overview="mode" if classes else "average",
                colours=colours,
            )
        )
        self._open[node] = (writer, classes, nodata)
        self.empty.add(node)
        return path

    def write(self, node: Node, cells: Any, window: Window) -> None:
        """Write one tile."""
        writer, classes, nodata = self._open[node]
        if classes:
            cells = np.where(cells == CLASS_NODATA, nodata, cells)
        if node in self.empty and (cells != nodata if classes else np.isfinite(cells)).any():
            self.empty.remove(node)
        writer.write(cells, window.row, window.column)


class WrittenRasters:
    """Rasters that an earlier pass has written, to be read back by a later one.

    Parameters
    ----------
    output : Output
        Where they stand.
    quantity : Quantity
        What they hold.
    years : iterable of (int or None)
        Their years.
    grid : Grid
        The study's grid.
    """

    shape = "cell"

    def __init__(self, output: Output, quantity: Quantity, years: Iterable[int | None], grid: Grid) -> None:
        self._rasters = {
            year: AlignedRaster(output.path(quantity, year), grid.geobox, measure=quantity.measure) for year in years
        }

    def read(self, year: int | None, window: Window) -> Any:
        """Read the cells of one window."""
        return self._rasters[year].read(window)

    def close(self) -> None:
        """Close the files."""
        for raster in self._rasters.values():
            raster.close()


def _rgb(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)
