"""Planted trends of the vegetation: where it grows greener, where it fades, and how fast."""

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from shanshui.sample.arrays import Codes, Field, smooth_step
from shanshui.sample.conversions import DRY_GRASS, RULES, Patches
from shanshui.sample.legend import LEVEL1, Cover
from shanshui.sample.noise import fractal_field, hash_unit, stream
from shanshui.sample.settlements import Settlements, Sites

TrendCodes: TypeAlias = npt.NDArray[np.int8]

RISE, FALL, NONE, CONVERTED = 1, -1, 0, 2

# NDVI a year, at the edge of a trend's area and in its middle. Noise and clouds leave the slope of ten years uncertain
# by about 0.001, so that a careful eye finds the weakest.
RISE_SLOPE = (0.006, 0.009)
FALL_SLOPE = (-0.006, -0.010)

_RESTORED = (Cover.BROADLEAF, Cover.MIXED, Cover.TUSSOCK, Cover.STEPPE)
_GREAT_TOWN = 1_200.0  # m, radius of the smallest county seat
_LIVE = (1, 2, 3, 5)  # ecosystems that can fade and recover: forest, shrub, grassland, cropland


@dataclass(frozen=True)
class Trends:
    """Round areas around which vegetation changes."""

    rises: Sites
    """around restored land"""
    falls: Sites
    """around county seats, and around land that turned to sand"""


def plant_trends(settlements: Settlements, patches: Patches, seed: int) -> Trends:
    """Choose where the vegetation rises and falls.

    Parameters
    ----------
    settlements : Settlements
    patches : Patches of the conversions
    seed : of the sample

    Returns
    -------
    Trends
        a rise around some of the patches where fields, scrub or sand became forest or grass; a fall around every
        county seat and around some of the patches where grass became sand.
    """
    chance = stream(seed, "trends")
    rules = [RULES[number] for number in patches.rule]
    restored = [rule.second in _RESTORED for rule in rules]
    desertified = [rule.first == DRY_GRASS and rule.second == Cover.SAND for rule in rules]
    rise = np.array([yes and hash_unit(k, 0, chance) < 0.35 for k, yes in enumerate(restored)])
    fall = np.array([yes and hash_unit(k, 0, chance) < 0.5 for k, yes in enumerate(desertified)])
    width = np.array([900.0 + 900.0 * hash_unit(k, 1, chance) for k in range(len(rules))])
    towns = settlements.towns
    great = towns.radius > _GREAT_TOWN
    return Trends(
        Sites(patches.x[rise], patches.y[rise], width[rise]),
        Sites(
            np.concatenate([towns.x[great], patches.x[fall]]),
            np.concatenate([towns.y[great], patches.y[fall]]),
            np.concatenate([1.8 * towns.radius[great], width[fall]]),
        ),
    )


def trends_at(x: Field, y: Field, first: Codes, second: Codes, trends: Trends, seed: int) -> tuple[TrendCodes, Field]:
    """Give the planted trend of each cell.

    Parameters
    ----------
    x, y : arrays (rows, columns), m
    first, second : arrays of the same shape, land cover of both years
    trends : Trends
    seed : of the sample

    Returns
    -------
    tuple of arrays (rows, columns)
        ``RISE``, ``FALL`` or ``NONE``, and ``CONVERTED`` where the land cover itself changed; and the slope of a rise
        or fall in NDVI a year, 0 elsewhere. Only forest, shrub, grassland and cropland rise or fall, and a fall goes
        before a rise.
    """
    wobble = 0.3 * fractal_field(x, y, 1_400.0, 3, stream(seed, "edges of trends"))
    live = np.isin(LEVEL1[first], np.array(_LIVE, np.uint8)) & (first == second) & (first != Cover.SPARSE_GRASS)
    kind = np.where(first == second, np.int8(NONE), np.int8(CONVERTED))
    slope = np.zeros(x.shape)
    for sites, code, (edge, middle) in ((trends.rises, RISE, RISE_SLOPE), (trends.falls, FALL, FALL_SLOPE)):
        depth = sites.score(x, y) + wobble
        where = live & (depth > 0.0)
        kind[where] = code
        slope[where] = (edge + (middle - edge) * smooth_step(depth, 0.0, 0.5))[where]
    return kind, slope
