"""Rivers as smooth lines: where they run, how high, how wide, and how far their valley floors reach."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from numba import njit

from shanshui.sample.arrays import Field
from shanshui.sample.extent import SIDE
from shanshui.sample.skeleton import MARGIN, SPACING, Skeleton, node_position

CHANNEL = 1.2  # km2 drained from which a valley floor is cut
RIVER = 65.0  # km2 drained from which the water and its gravel bed are wide enough for a map
BUCKET = 500.0  # m, side of the squares by which segments are looked up
RESERVOIRS = 5
DAM = 32.0  # m

START_X, START_Y, END_X, END_Y, START_BED, END_BED, REACH, HALF_WIDTH, POOL = range(9)


@dataclass(frozen=True)
class Rivers:
    """Segments of all channels, and for each square of a lattice the segments whose valley floor may reach it."""

    segments: Field
    """(segments, 9): the columns named above; m. ``POOL`` is the water level of a reservoir, or minus infinity"""
    first: npt.NDArray[np.int64]
    """(squares + 1): where in ``members`` each square begins"""
    members: npt.NDArray[np.int64]
    """numbers of segments, square after square"""
    squares: int
    """a side of the lattice"""


def _smooth_course(skeleton: Skeleton, channel: npt.NDArray[np.int64]) -> tuple[Field, Field]:
    """Places of all nodes, those on channels drawn towards the nodes above and below: no corners of 45 degrees."""
    columns = skeleton.height.shape[1]
    x, y = node_position(np.arange(skeleton.receiver.size), columns)
    main = np.arange(skeleton.receiver.size)  # the greatest node that drains to each
    ascending = channel[np.argsort(skeleton.drained[channel], kind="stable")]
    main[skeleton.receiver[ascending]] = ascending
    inner = channel[main[channel] != channel]
    for _ in range(4):
        for place in (x, y):
            place[inner] = 0.5 * place[inner] + 0.25 * place[main[inner]] + 0.25 * place[skeleton.receiver[inner]]
    return x, y


def _pool_levels(skeleton: Skeleton, channel: npt.NDArray[np.int64], x: Field, y: Field) -> Field:
    """Water level of the reservoir over each node; dams stand on middling rivers in the hills, far from each other."""
    height, receiver = skeleton.height.ravel(), skeleton.receiver
    level = np.full(height.size, -np.inf)
    upstream_first = channel[np.argsort(height[channel], kind="stable")]
    fits = (skeleton.drained > 25.0) & (skeleton.drained < 160.0) & (height > 60.0) & (height < 520.0)
    fits &= (np.minimum(x, y) > 0.1 * SIDE) & (np.maximum(x, y) < 0.95 * SIDE)
    candidates = upstream_first[fits[upstream_first]]
    candidates = candidates[np.argsort(height[candidates] - height[receiver[candidates]], kind="stable")]
    dams: list[int] = []
    for dam in candidates:
        if len(dams) < RESERVOIRS and all(np.hypot(x[dam] - x[k], y[dam] - y[k]) > 9_000.0 for k in dams):
            dams.append(int(dam))
            level[dam] = height[dam] + DAM
    for node in upstream_first:
        below = level[receiver[node]]
        if height[node] < below:
            level[node] = below
    return level


@njit(cache=True, nogil=True)
def _index(segments: Field, squares: int) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """List for each square the segments whose box, widened by their reach, meets it."""
    first = np.zeros(squares * squares + 1, np.int64)
    members = np.empty(0, np.int64)
    for filling in range(2):
        if filling:
            first[1:] = np.cumsum(first[1:])
            members = np.empty(first[-1], np.int64)
        used = np.zeros(squares * squares, np.int64)
        for k in range(segments.shape[0]):
            piece = segments[k]
            left = max(int((min(piece[0], piece[2]) - piece[6]) // BUCKET), 0)
            right = min(int((max(piece[0], piece[2]) + piece[6]) // BUCKET), squares - 1)
            top = max(int((min(piece[1], piece[3]) - piece[6]) // BUCKET), 0)
            bottom = min(int((max(piece[1], piece[3]) + piece[6]) // BUCKET), squares - 1)
            for row in range(top, bottom + 1):
                for column in range(left, right + 1):
                    square = row * squares + column
                    if filling:
                        members[first[square] + used[square]] = k
                        used[square] += 1
                    else:
                        first[square + 1] += 1
    return first, members


def build_rivers(skeleton: Skeleton) -> Rivers:
    """Turn the drainage of the skeleton into lines with beds, widths and valley floors.

    Parameters
    ----------
    skeleton : Skeleton

    Returns
    -------
    Rivers
        Rivers widen with the root of the drained area; a floor is wide where the river is large and its bed gentle.
    """
    receiver, height = skeleton.receiver, skeleton.height.ravel()
    channel = np.flatnonzero((skeleton.drained >= CHANNEL) & ~skeleton.sea.ravel())
    x, y = _smooth_course(skeleton, channel)
    below = receiver[channel]
    drained = skeleton.drained[channel]
    fall = (height[channel] - height[below]) / SPACING
    reach = (110.0 + 85.0 * np.sqrt(drained)) / (1.0 + 28.0 * fall)
    width = np.where(drained >= RIVER, 64.0 + 6.0 * np.sqrt(drained), 0.0)
    width *= 1.0 + 0.8 * np.exp(-height[channel] / 2.0)  # an estuary widens
    pool = _pool_levels(skeleton, channel, x, y)[channel]
    reach = np.where(np.isfinite(pool), np.maximum(reach, 600.0), np.clip(reach, 130.0, 1_300.0))
    segments = np.column_stack(
        [x[channel], y[channel], x[below], y[below], height[channel], height[below], reach, width / 2.0, pool]
    )
    squares = int(np.ceil((SIDE + 2 * MARGIN * SPACING) / BUCKET))
    segments[:, [START_X, END_X, START_Y, END_Y]] += MARGIN * SPACING
    first, members = _index(segments, squares)
    return Rivers(segments, first, members, squares)


@njit(cache=True, nogil=True)
def _valley_field(
    x: Field, y: Field, segments: Field, first: npt.NDArray[np.int64], members: npt.NDArray[np.int64], squares: int
) -> tuple[Field, Field, Field, Field]:
    """Bed, valley, bank and pool, see `valley_field`; x and y are counted from the skeleton's corner."""
    bed, valley = np.zeros(x.shape), np.zeros(x.shape)
    bank, pool = np.full(x.shape, np.inf), np.full(x.shape, -np.inf)
    for i in range(x.shape[0]):
        for j in range(x.shape[1]):
            column = min(max(int(x[i, j] // BUCKET), 0), squares - 1)
            row = min(max(int(y[i, j] // BUCKET), 0), squares - 1)
            square = row * squares + column
            weights, nearest = 0.0, np.inf
            for m in range(first[square], first[square + 1]):
                piece = segments[members[m]]
                across, along = piece[2] - piece[0], piece[3] - piece[1]
                length = max(across * across + along * along, 1.0)
                share = ((x[i, j] - piece[0]) * across + (y[i, j] - piece[1]) * along) / length
                share = min(max(share, 0.0), 1.0)
                beside_x = x[i, j] - piece[0] - share * across
                beside_y = y[i, j] - piece[1] - share * along
                away = np.sqrt(beside_x * beside_x + beside_y * beside_y)
                if away < nearest:
                    nearest, pool[i, j] = away, piece[8]
                if piece[7] > 0.0:
                    bank[i, j] = min(bank[i, j], away - piece[7])
                if away < piece[6]:
                    closeness = min((1.0 - away / piece[6]) / 0.75, 1.0)
                    closeness *= closeness * (3.0 - 2.0 * closeness)
                    valley[i, j] = max(valley[i, j], closeness)
                    weight = closeness * closeness / (50.0 + away) ** 2
                    weights += weight
                    bed[i, j] += weight * (piece[4] + share * (piece[5] - piece[4]))
            if weights > 0.0:
                bed[i, j] /= weights
    return bed, valley, bank, pool


def valley_field(x: Field, y: Field, rivers: Rivers) -> tuple[Field, Field, Field, Field]:
    """Tell how near a place is to its rivers.

    Parameters
    ----------
    x, y : arrays (rows, columns), m
    rivers : Rivers

    Returns
    -------
    tuple of arrays (rows, columns)
        height of the river bed (m, where the next number is above 0); 1 on the valley floor, falling to 0 at its reach;
        metres to the water's edge, negative in the river; water level of the reservoir (m) or minus infinity.
    """
    margin = MARGIN * SPACING
    return _valley_field(x + margin, y + margin, rivers.segments, rivers.first, rivers.members, rivers.squares)
