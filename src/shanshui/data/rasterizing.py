"""Shapes burned on cells, from any number of threads."""

from __future__ import annotations

from collections.abc import Iterable
from threading import Lock
from typing import Any

import numpy as np
from affine import Affine
from numpy.typing import DTypeLike, NDArray
from rasterio.features import rasterize

# rasterio silences a warning of its own while it rasterizes, and Python's list of silenced warnings is every thread's.
_RASTERIZING = Lock()


def rasterized(
    pairs: Iterable[tuple[Any, Any]], shape: tuple[int, int], transform: Affine, dtype: DTypeLike, **options: Any
) -> NDArray[Any]:
    """Burn shapes on cells, one thread at a time.

    Parameters
    ----------
    pairs : iterable of (geometry, number)
        Shapes, and what their cells get.
    shape : tuple of int
        Rows and columns.
    transform : Affine
        From cells to the coordinates of the shapes.
    dtype : dtype
        Of the cells.
    **options
        As `rasterio.features.rasterize` takes them.

    Returns
    -------
    ndarray (rows, columns)
    """
    with _RASTERIZING:
        burned: NDArray[Any] = rasterize(
            pairs, out_shape=shape, transform=transform, dtype=np.dtype(dtype).name, **options
        )
    return burned
