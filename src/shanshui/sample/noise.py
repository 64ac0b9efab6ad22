"""Noise that belongs to a place: hashed from lattice coordinates, never drawn from a generator in the order of tiles.

A generator gives the next number to whoever asks next, so that a landscape would depend on its tiles and threads.
Here a number is a hash of where it stands and of a named stream. A new input takes a new name and disturbs no other.
"""

import hashlib

import numpy as np
from numba import njit

from shanshui.sample.arrays import Field


def stream(seed: int, name: str) -> int:
    """Give the number of a named stream of noise.

    Parameters
    ----------
    seed : of the sample
    name : of what the noise is for, such as ``"moisture"``

    Returns
    -------
    int
        a signed 64-bit number, the same on every machine.
    """
    digest = hashlib.blake2b(f"{seed}/{name}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "little", signed=True)


@njit(cache=True, nogil=True)
def _lattice_hash(column: int, row: int, stream: int) -> np.uint64:
    """Mix a lattice point and a stream into 64 bits (the finaliser of SplitMix64, twice)."""
    bits = np.uint64(stream) + np.uint64(column) * np.uint64(0x9E3779B97F4A7C15)
    bits ^= bits >> np.uint64(30)
    bits *= np.uint64(0xBF58476D1CE4E5B9)
    bits ^= bits >> np.uint64(27)
    bits += np.uint64(row) * np.uint64(0xD1B54A32D192ED03)
    bits *= np.uint64(0x94D049BB133111EB)
    bits ^= bits >> np.uint64(31)
    bits *= np.uint64(0xBF58476D1CE4E5B9)
    bits ^= bits >> np.uint64(29)
    return bits


@njit(cache=True, nogil=True)
def hash_unit(column: int, row: int, stream: int) -> float:
    """Give the number in [0, 1) that belongs to a lattice point.

    Parameters
    ----------
    column, row : of the lattice point, any integers
    stream : number of the stream, see `stream`

    Returns
    -------
    float
        evenly spread over [0, 1), 53 bits.
    """
    return np.float64(_lattice_hash(column, row, stream) >> np.uint64(11)) * (1.0 / 9007199254740992.0)


@njit(cache=True, nogil=True)
def hash_field(row: int, column: int, height: int, width: int, stream: int) -> Field:
    """Give one number in [0, 1) for every cell of a window.

    Parameters
    ----------
    row, column : first cell of the window, counted in the whole grid
    height, width : cells of the window
    stream : number of the stream

    Returns
    -------
    array (height, width)
        independent from cell to cell.
    """
    field = np.empty((height, width))
    for i in range(height):
        for j in range(width):
            field[i, j] = hash_unit(column + j, row + i, stream)
    return field


@njit(cache=True, nogil=True)
def _corner_slope(column: int, row: int, stream: int) -> tuple[float, float]:
    """Hashed slope at a lattice corner, along the columns and along the rows, each in [-1, 1)."""
    bits = _lattice_hash(column, row, stream)
    across = np.float64(bits & np.uint64(0xFFFFFFFF)) / 2147483648.0 - 1.0
    along = np.float64(bits >> np.uint64(32)) / 2147483648.0 - 1.0
    return across, along


@njit(cache=True, nogil=True)
def _add_gradient_noise(field: Field, x: Field, y: Field, scale: float, strength: float, stream: int) -> None:
    """Add one octave of gradient noise (Perlin 2002): smooth to its second derivative, mean 0."""
    column, row = np.int64(-(2**62)), np.int64(-(2**62))
    nw, ne, sw, se = (0.0, 0.0), (0.0, 0.0), (0.0, 0.0), (0.0, 0.0)
    for i in range(field.shape[0]):
        for j in range(field.shape[1]):
            place_x, place_y = x[i, j] * scale, y[i, j] * scale
            new_column, new_row = np.int64(np.floor(place_x)), np.int64(np.floor(place_y))
            if new_column != column or new_row != row:  # neighbours mostly share a square: hash its corners once
                column, row = new_column, new_row
                nw, ne = _corner_slope(column, row, stream), _corner_slope(column + 1, row, stream)
                sw, se = _corner_slope(column, row + 1, stream), _corner_slope(column + 1, row + 1, stream)
            dx, dy = place_x - column, place_y - row
            fade_x = dx * dx * dx * (dx * (dx * 6.0 - 15.0) + 10.0)
            fade_y = dy * dy * dy * (dy * (dy * 6.0 - 15.0) + 10.0)
            top = nw[0] * dx + nw[1] * dy
            top += fade_x * (ne[0] * (dx - 1.0) + ne[1] * dy - top)
            bottom = sw[0] * dx + sw[1] * (dy - 1.0)
            bottom += fade_x * (se[0] * (dx - 1.0) + se[1] * (dy - 1.0) - bottom)
            field[i, j] += strength * (top + fade_y * (bottom - top))


@njit(cache=True, nogil=True)
def fractal_field(x: Field, y: Field, wavelength: float, octaves: int, stream: int) -> Field:
    """Give noise of many sizes, each octave half as wide and half as strong as the one before.

    Parameters
    ----------
    x, y : arrays (rows, columns), m
    wavelength : m, of the widest octave
    octaves : how many
    stream : number of the stream

    Returns
    -------
    array (rows, columns)
        mean 0, nearly always within -1 and 1.
    """
    field = np.zeros(x.shape)
    for octave in range(octaves):
        # Not quite half as wide: the lattices of the octaves, where the noise is 0, then do not fall together.
        scale = 2.03**octave / wavelength
        _add_gradient_noise(field, x, y, scale, 2.0 * 0.5**octave, stream + octave)
    return field


@njit(cache=True, nogil=True)
def spot_field(x: Field, y: Field, spacing: float, smallest: float, largest: float, stream: int) -> Field:
    """Give the distance to the edge of scattered round spots, one in every square of a lattice.

    Parameters
    ----------
    x, y : arrays (rows, columns), m
    spacing : m, side of a square; a spot stays inside its square
    smallest, largest : m, radius of the spots; ``largest`` is below half the spacing
    stream : number of the stream

    Returns
    -------
    array (rows, columns)
        metres outside the edge of the square's own spot, negative inside it.
    """
    field = np.empty(x.shape)
    for i in range(x.shape[0]):
        for j in range(x.shape[1]):
            column, row = int(np.floor(x[i, j] / spacing)), int(np.floor(y[i, j] / spacing))
            radius = smallest + (largest - smallest) * hash_unit(column, row, stream) ** 2
            play = spacing - 2.0 * radius
            centre_x = column * spacing + radius + play * hash_unit(column, row, stream + 1)
            centre_y = row * spacing + radius + play * hash_unit(column, row, stream + 2)
            away_x, away_y = x[i, j] - centre_x, y[i, j] - centre_y
            field[i, j] = np.sqrt(away_x * away_x + away_y * away_y) - radius
    return field
