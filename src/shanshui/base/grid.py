"""The one grid of a study, and the tiles in which it is walked."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from odc.geo.geobox import GeoBox

# A sample is of blocks as most files have them: one in so many each way, and no fewer than that.
_SAMPLE_BLOCK, _SAMPLE_EVERY, _SAMPLE_LEAST = 512, 6, 4
# By the golden section, the blocks of no two rows of a sample stand below each other.
_GOLDEN = (5**0.5 - 1) / 2


@dataclass(frozen=True)
class Window:
    """A rectangle of cells; it may reach beyond the grid where a step needs a halo.

    Parameters
    ----------
    row, column : int
        The first row and column [cells].
    height, width : int
        Its size [cells].
    """

    row: int
    column: int
    height: int
    width: int

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return self.height, self.width

    def padded(self, cells: int) -> Window:
        """Give the window with so many cells more on each side."""
        return Window(self.row - cells, self.column - cells, self.height + 2 * cells, self.width + 2 * cells)


def crs_of(geobox: GeoBox) -> str:
    """Give the CRS of a grid as WKT; a grid of ours always has one.

    Parameters
    ----------
    geobox : GeoBox
        A grid.

    Returns
    -------
    str
    """
    assert geobox.crs is not None
    return str(geobox.crs.to_wkt())


@dataclass(frozen=True)
class Grid:
    """The grid of a study: a GeoBox, walked in square tiles.

    Parameters
    ----------
    geobox : GeoBox
        Shape, affine transform and CRS.
    tile : int
        Side of a tile [cells].
    """

    geobox: GeoBox
    tile: int = 1024

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return int(self.geobox.shape[0]), int(self.geobox.shape[1])

    @property
    def crs(self) -> str:
        """The CRS as WKT."""
        return crs_of(self.geobox)

    @property
    def whole(self) -> Window:
        """The window that is the grid."""
        return Window(0, 0, *self.shape)

    @property
    def cell_size(self) -> float:
        """The side of a cell in the unit of the CRS: the square root of width times height."""
        return float(abs(self.geobox.transform.determinant) ** 0.5)

    def tiles(self) -> Iterator[Window]:
        """Give the tiles, row by row; those at the right and lower edge may be smaller.

        Examples
        --------
        >>> from affine import Affine
        >>> grid = Grid(GeoBox((3, 5), Affine(1, 0, 0, 0, -1, 3), "EPSG:32748"), tile=4)
        >>> [window.shape for window in grid.tiles()]
        [(3, 4), (3, 1)]
        """
        rows, columns = self.shape
        for row in range(0, rows, self.tile):
            for column in range(0, columns, self.tile):
                yield Window(row, column, min(self.tile, rows - row), min(self.tile, columns - column))

    def sample(self) -> Iterator[Window]:
        """Give a few tiles that are spread over the grid, always the same; of a small grid, all of it.

        They lie in few rows of tiles, because some files yield whole rows only.

        Examples
        --------
        >>> from affine import Affine
        >>> grid = Grid(GeoBox((20_000, 20_000), Affine(1, 0, 0, 0, -1, 3), "EPSG:32748"))
        >>> sum(window.height * window.width for window in grid.sample()) / 20_000**2
        0.02297856
        """
        rows, columns = self.shape
        down, across = -(-rows // _SAMPLE_BLOCK), -(-columns // _SAMPLE_BLOCK)
        bands, each = (min(max(_SAMPLE_LEAST, blocks // _SAMPLE_EVERY), blocks) for blocks in (down, across))
        for i in range(bands):
            row = _SAMPLE_BLOCK * int((i + 0.5) * down / bands)
            for j in range(each):
                column = _SAMPLE_BLOCK * int((j + (i * _GOLDEN + 0.5) % 1) * across / each)
                yield Window(row, column, min(_SAMPLE_BLOCK, rows - row), min(_SAMPLE_BLOCK, columns - column))
