"""Where people live and dig: a town in every township, greater ones in county seats, mines in the hills."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.ndimage import distance_transform_edt

from shanshui.sample.arrays import Field, Mask, smooth_step
from shanshui.sample.districts import Districts
from shanshui.sample.noise import hash_field, hash_unit, stream
from shanshui.sample.skeleton import SPACING
from shanshui.sample.terrain import Ground

MINES = 12


@dataclass(frozen=True)
class Sites:
    """Round built-up sites of one kind; arrays are (sites)."""

    x: Field
    """m east of the extent's west edge"""
    y: Field
    """m south of its north edge"""
    radius: Field
    """m"""

    def score(self, x: Field, y: Field) -> Field:
        """Tell how deep inside a site each place is: 1 in the middle, 0 at the edge, falling to -3 and no lower."""
        best = np.full(x.shape, -3.0)
        near = 4.0 * self.radius
        meets = (self.x + near > x.min()) & (self.x - near < x.max())
        meets &= (self.y + near > y.min()) & (self.y - near < y.max())
        for site in np.flatnonzero(meets):
            away = np.sqrt((x - self.x[site]) ** 2 + (y - self.y[site]) ** 2)
            np.maximum(best, 1.0 - away / self.radius[site], out=best)
        return best


@dataclass(frozen=True)
class Settlements:
    """All built-up sites."""

    towns: Sites
    industry: Sites
    mines: Sites


def _suitability(ground: Ground, inside: Mask) -> Field:
    """How well a town stands at each place: on gentle low ground, by a great river, not at the region's border."""
    inner = distance_transform_edt(inside) * SPACING
    score = 1.4 * smooth_step(ground.slope, 9.0, 1.0) + 0.5 * ground.valley
    score += 0.9 * smooth_step(ground.bank, 2_500.0, 300.0) + smooth_step(ground.elevation, 1_000.0, 20.0)
    score += 1.2 * smooth_step(inner, 500.0, 4_000.0)
    unfit = (ground.inland < 900.0) | (ground.bank < 150.0) | ground.reservoir
    return np.where(unfit, -np.inf, score)


def place_settlements(ground: Ground, township: npt.NDArray[np.int16], districts: Districts, seed: int) -> Settlements:
    """Choose the sites of all towns, industry and mines.

    Parameters
    ----------
    ground : Ground of the whole extent at the skeleton's fineness
    township : array of the same shape, number of the township or -1
    districts : Districts
    seed : of the sample

    Returns
    -------
    Settlements
        the best place of every township has a town, the best of every county its seat, and the best of all the city.
    """
    score = _suitability(ground, township >= 0).ravel()
    owner = township.ravel()
    cells = [np.flatnonzero(owner == k) for k in range(len(districts.townships))]
    best = np.array([own[np.argmax(score[own])] for own in cells])
    size = stream(seed, "town size")
    radius = np.array([330.0 + 420.0 * hash_unit(k, 0, size) for k in range(len(best))])
    seats = []
    for county in range(int(districts.county.max()) + 1):
        own = np.flatnonzero(districts.county == county)
        seats.append(int(own[np.argmax(score[best[own]])]))
    radius[seats] = 1_250.0 + 900.0 * np.array([hash_unit(k, 1, size) for k in seats])
    city = max(seats, key=lambda k: score[best[k]] - abs(ground.inland.ravel()[best[k]] - 7_000.0) / 10_000.0)
    radius[city] = 3_300.0
    x, y = ground.x.ravel(), ground.y.ravel()
    turn = np.array([2.0 * np.pi * hash_unit(k, 2, size) for k in seats])
    industry = Sites(
        x[best[seats]] + 0.95 * radius[seats] * np.cos(turn),
        y[best[seats]] + 0.95 * radius[seats] * np.sin(turn),
        0.3 * radius[seats],
    )
    rocky = (ground.slope > 9.0) & (ground.elevation > 150.0) & (ground.elevation < 950.0) & (township >= 0)
    chance = np.where(rocky, hash_field(0, 0, *rocky.shape, stream(seed, "mines")), 2.0).ravel()
    mines = np.argsort(chance, kind="stable")[:MINES]
    sizes = np.array([220.0 + 260.0 * hash_unit(k, 3, size) for k in range(MINES)])
    return Settlements(Sites(x[best], y[best], radius), industry, Sites(x[mines], y[mines], sizes))
