"""A raster as a whole, read and written window by window: for steps that cannot work on one tile alone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:  # the command line's help imports this module, and no numbers
    from numpy.typing import DTypeLike, NDArray

    from shanshui.base.grid import Window


class WholeRaster(Protocol):
    """A raster that lies outside memory; a step that has such a parameter runs once, between the passes.

    The annotation of a positional parameter, ``elevation: WholeRaster``, is what marks such a step.
    """

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""

    def tiles(self) -> Iterator[Window]:
        """Give the windows by which it is best read and written."""

    def read(self, window: Window) -> NDArray[Any]:
        """Read a window; it may reach beyond the raster, where cells are empty (NaN, or 0 in whole numbers).

        Of a raster with planes, and of a quantity with an axis, (planes, rows, columns).
        """

    def blank(self, dtype: DTypeLike, planes: int | None = None) -> WritableRaster:
        """Give a new raster of the same shape and tiles; it holds zeros and is thrown away with the run.

        With `planes` it has so many layers, and its cells are read and written as (planes, rows, columns).
        """


class WritableRaster(WholeRaster, Protocol):
    """A whole raster that can be written to."""

    def write(self, window: Window, cells: NDArray[Any]) -> None:
        """Write a window within the raster."""
