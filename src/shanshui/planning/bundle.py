"""The least value of a convex function of numbers not below 0, from its values and slopes at a few points."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

# A step is taken where the function falls by this share of what the model foretold.
_SERIOUS: Final = 0.1
# How much farther the model is asked before the search ends.
_FARTHER: Final = 10.0
# Planes that carry no weight for so many steps are forgotten, and none is kept beyond so many.
_IDLE_STEPS: Final = 10
_MOST_PLANES: Final = 100
# Of the inner problem: greatest number of Newton steps, and the share of the range at which it ends.
_NEWTON_STEPS: Final = 60
_COMPLEMENTARITY: Final = 1e-10
# What is added to the diagonal of its matrix, as a share of the trace.
_RIDGE: Final = 1e-14

Oracle = Callable[[NDArray[np.float64]], tuple[float, NDArray[np.float64], NDArray[np.uint8]]]


@dataclass(frozen=True, eq=False)
class Minimum:
    """Where the search ended.

    Parameters
    ----------
    point : float64 ndarray (variables,)
        The best point.
    value : float
        The function there.
    shares : float64 ndarray (planes,)
        How much each plane carries of the slope at the minimum; they add up to 1.
    marks : list of ndarray
        What the function gave along with each plane.
    evaluations : int
        How often the function was asked.
    """

    point: NDArray[np.float64]
    value: float
    shares: NDArray[np.float64]
    marks: list[NDArray[np.uint8]]
    evaluations: int


def minimise(
    function: Oracle, start: NDArray[np.float64], *, tolerance: float, evaluations: int, enough: float = -np.inf
) -> Minimum:
    """Minimise a convex function over the numbers not below 0.

    Parameters
    ----------
    function : callable
        From a point to the value, a slope (subgradient) and a mark to be kept with it. Values and points should be of
        the size of 1.
    start : float64 ndarray (variables,)
        Where to begin, not below 0.
    tolerance : float
        The search ends where the model foretells a fall of less than this share of the value.
    evaluations : int
        How often the function may be asked.
    enough : float
        The search ends at a value below this.

    Returns
    -------
    Minimum
        The best point, and the weights of the planes there.

    Notes
    -----
    Proximal bundle method (Kiwiel 1990): the next point minimises the greatest of the planes found so far plus a
    term that keeps it near the best point. The weights of the planes make of the choices that belong to them the
    solution of the linear relaxation (Feltenmark and Kiwiel 2000).

    Examples
    --------
    >>> found = minimise(
    ...     lambda z: (float(abs(z - 0.25).sum()), np.sign(z - 0.25), np.empty(0, np.uint8)),
    ...     np.array([1.0, 0.0]), tolerance=1e-9, evaluations=50,
    ... )
    >>> found.point.round(6).tolist(), round(found.value, 6)
    ([0.25, 0.25], 0.0)
    """
    best = start.copy()
    value, slope, mark = function(best)
    slopes, offsets, marks, idle = [slope], [value - slope @ best], [mark], [0]
    shares = np.ones(1)
    reach = 1.0
    count = 1
    while best.size and count < evaluations and value >= enough:
        point, shares, model = _nearest(np.array(slopes), np.array(offsets), best, reach)
        foretold = value - model
        if foretold <= tolerance * max(abs(value), 1e-3):
            # Little is foretold near by; the search ends where little is foretold far away as well.
            reach *= _FARTHER
            point, shares, model = _nearest(np.array(slopes), np.array(offsets), best, reach)
            foretold = value - model
            if foretold <= 2 * tolerance * max(abs(value), 1e-3):
                break
        there, slope, mark = function(point)
        count += 1
        idle = [0 if share > 1e-9 else steps + 1 for share, steps in zip(shares, idle, strict=True)]
        offset = there - slope @ point
        fall = value - there
        if fall < _SERIOUS * foretold and value - (offset + slope @ best) > foretold:
            reach *= 0.7
        elif fall > 0.5 * foretold:
            reach *= 2.0
        if fall >= _SERIOUS * foretold:
            best, value = point, there
        slopes.append(slope)
        offsets.append(offset)
        marks.append(mark)
        idle.append(0)
        order = sorted(range(len(idle)), key=idle.__getitem__)
        kept = sorted(place for place in order[:_MOST_PLANES] if idle[place] <= _IDLE_STEPS)
        shares = np.append(shares, 0.0)[kept]
        slopes, offsets = [slopes[k] for k in kept], [offsets[k] for k in kept]
        marks, idle = [marks[k] for k in kept], [idle[k] for k in kept]
    return Minimum(best, value, shares / shares.sum(), marks, count)


def _nearest(
    slopes: NDArray[np.float64], offsets: NDArray[np.float64], centre: NDArray[np.float64], reach: float
) -> tuple[NDArray[np.float64], NDArray[np.float64], float]:
    """Minimise the greatest plane plus the squared distance to the centre over twice the reach, for numbers >= 0.

    Predictor and corrector of Mehrotra (1992) on planes and signs; each Newton step is solved in the space of the
    planes, as the other part of the matrix is diagonal.
    """
    planes, size = slopes.shape
    z = np.maximum(centre, 1e-3 * (centre.mean() + 1e-3))
    heights = offsets + slopes @ z
    spread = max(float(np.ptp(heights)), 1e-6)
    top = float(heights.max()) + spread
    room = top - heights
    shares = np.full(planes, 1 / planes)
    signs = (shares @ room) / planes / z

    def newton(
        target: float, room_off: NDArray[np.float64] | float, sign_off: NDArray[np.float64] | float
    ) -> tuple[NDArray[np.float64], float, NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
        curvature = 1 / reach + signs / z
        pull = -dual_residual + (target - sign_off - signs * z) / z
        matrix = (slopes / curvature) @ slopes.T
        # Planes that are alike would make the matrix singular.
        matrix[np.diag_indices(planes)] += room / shares + _RIDGE * np.trace(matrix)
        right = (target - room_off - shares * room) / shares + (slopes / curvature) @ pull
        solved = np.linalg.solve(matrix, np.stack([right, np.ones(planes)], 1))
        rise = (solved[:, 0].sum() - (1 - shares.sum())) / solved[:, 1].sum()
        more_shares = solved[:, 0] - rise * solved[:, 1]
        move = (pull - slopes.T @ more_shares) / curvature
        more_signs = (target - sign_off - signs * z - signs * move) / z
        return move, float(rise), rise - slopes @ move, more_shares, more_signs

    for _ in range(_NEWTON_STEPS):
        dual_residual = (z - centre) / reach + slopes.T @ shares - signs
        apart = float(shares @ room + signs @ z)
        if apart < _COMPLEMENTARITY * spread and np.abs(dual_residual) @ z < _COMPLEMENTARITY * spread:
            break
        move, rise, more_room, more_shares, more_signs = newton(0.0, 0.0, 0.0)
        far = _far(room, more_room, z, move, shares, more_shares, signs, more_signs)
        after = (shares + far * more_shares) @ (room + far * more_room) + (signs + far * more_signs) @ (z + far * move)
        target = (after / apart) ** 3 * apart / (planes + size)
        move, rise, more_room, more_shares, more_signs = newton(target, more_shares * more_room, more_signs * move)
        far = _far(room, more_room, z, move, shares, more_shares, signs, more_signs)
        z = z + far * move
        top += far * rise
        room = room + far * more_room
        shares = shares + far * more_shares
        signs = signs + far * more_signs
    # The model at the point itself: what the planes say there, whatever is left of the residuals.
    return z, shares / shares.sum(), float((offsets + slopes @ z).max())


def _far(*pairs: NDArray[np.float64]) -> float:
    """Give the longest step up to 1 that keeps every number of each pair (numbers, change) above 0."""
    far = 1.0
    for numbers, change in zip(pairs[::2], pairs[1::2], strict=True):
        falls = change < 0
        if falls.any():
            far = min(far, float((-0.995 * numbers[falls] / change[falls]).min()))
    return far
