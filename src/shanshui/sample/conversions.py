"""Planted conversions: where, from what and to what the land changed between the two years, known beforehand."""

from dataclasses import dataclass

import numpy as np

from shanshui.sample.arrays import Codes, Field, Mask
from shanshui.sample.legend import Cover
from shanshui.sample.noise import fractal_field, hash_field, hash_unit, stream
from shanshui.sample.settlements import Settlements
from shanshui.sample.terrain import Ground

FORESTS = (Cover.BROADLEAF, Cover.NEEDLELEAF, Cover.MIXED)
DRY_GRASS = (Cover.STEPPE, Cover.SPARSE_GRASS)


@dataclass(frozen=True)
class Rule:
    """One kind of conversion."""

    first: tuple[Cover, ...]
    """classes that it turns, wherever its patches lie"""
    second: Cover
    """what it turns them to"""
    share: float
    """of the region's land, that it aims at"""
    radius: tuple[float, float]
    """m, of its patches"""
    slope: tuple[float, float] = (0.0, 90.0)
    """degrees, where the middle of a patch may lie"""
    near_town: bool = False
    """whether its patches lie around towns"""


RULES = (
    Rule((Cover.DRY_CROPLAND, Cover.PADDY, Cover.ORCHARD, Cover.VILLAGE), Cover.TOWN, 0.012, (350, 900), (0, 4), True),
    Rule((Cover.DRY_CROPLAND, Cover.TUSSOCK, Cover.SHRUB), Cover.INDUSTRY, 0.003, (300, 600), (0, 5), True),
    Rule((Cover.TIDAL_FLAT, Cover.SALINE), Cover.INDUSTRY, 0.0015, (400, 900)),
    Rule((Cover.MARSH,), Cover.PADDY, 0.002, (300, 700)),
    Rule(FORESTS, Cover.MINE, 0.0025, (200, 420), (9, 90)),
    Rule(FORESTS, Cover.DRY_CROPLAND, 0.007, (250, 650), (0, 9)),
    Rule(FORESTS, Cover.ORCHARD, 0.003, (250, 550), (3, 14)),
    Rule(FORESTS, Cover.SHRUB, 0.004, (300, 800), (8, 90)),
    Rule((Cover.DRY_CROPLAND,), Cover.BROADLEAF, 0.008, (250, 700), (3, 90)),
    Rule((Cover.DRY_CROPLAND,), Cover.TUSSOCK, 0.003, (250, 600), (2, 90)),
    Rule((Cover.SHRUB, Cover.TUSSOCK, Cover.WOODLAND), Cover.MIXED, 0.005, (300, 800), (4, 90)),
    Rule(DRY_GRASS, Cover.SAND, 0.008, (400, 1_100)),
    Rule((Cover.SAND,), Cover.STEPPE, 0.003, (400, 900)),
    Rule(DRY_GRASS, Cover.DRY_CROPLAND, 0.004, (300, 800), (0, 5)),
    Rule((Cover.DRY_CROPLAND, Cover.PADDY), Cover.RESERVOIR, 0.0015, (180, 380), (0, 2)),
)


@dataclass(frozen=True)
class Patches:
    """All patches; arrays are (patches), and a place keeps the first conversion that reaches it."""

    x: Field
    """m east of the extent's west edge"""
    y: Field
    """m south of its north edge"""
    radius: Field
    """m, of the longer half axis"""
    flatness: Field
    """shorter half axis as a share of the longer"""
    turn: Field
    """radians, of the longer axis from the east to the south"""
    rule: Codes
    """number in ``RULES``"""


def _inside(patches: Patches, k: int, x: Field, y: Field, wobble: Field) -> Mask:
    """Where a patch lies: an ellipse whose edge wobbles."""
    across, along = x - patches.x[k], y - patches.y[k]
    cosine, sine = np.cos(patches.turn[k]), np.sin(patches.turn[k])
    major = (across * cosine + along * sine) / patches.radius[k]
    minor = (along * cosine - across * sine) / (patches.radius[k] * patches.flatness[k])
    return np.sqrt(major * major + minor * minor) + wobble < 1.0


def _convert(cover: Codes, kept: Codes, rule: Rule, inside: Mask) -> int:
    """Turn the first classes of a rule where its patch lies and nothing was turned before; give how many cells."""
    turned = inside & np.isin(kept, np.array(rule.first, np.uint8)) & (cover == kept)
    cover[turned] = rule.second
    return int(np.count_nonzero(turned))


def _wobble(x: Field, y: Field, seed: int) -> Field:
    """How far the edges of patches stray, as a share of their radius."""
    return 0.5 * fractal_field(x, y, 620.0, 4, stream(seed, "wobble"))


def plant(ground: Ground, cover: Codes, within: Mask, settlements: Settlements, seed: int) -> Patches:
    """Choose the patches of every kind of conversion.

    Parameters
    ----------
    ground : Ground of the whole extent at the skeleton's fineness
    cover : array of the same shape, land cover of the first year
    within : array of the same shape, the region
    settlements : Settlements
    seed : of the sample

    Returns
    -------
    Patches
        as many of each rule as reach its share of the region's land, where its first classes stand.
    """
    land = int(np.count_nonzero(within & (cover != Cover.SEA)))
    wobble = _wobble(ground.x, ground.y, seed)
    near_town = settlements.towns.score(ground.x, ground.y)
    changed = cover.copy()
    rows: list[tuple[float, float, float, float, float, int]] = []
    for number, rule in enumerate(RULES):
        shape = stream(seed, f"patches of rule {number}")
        fit = within & np.isin(cover, np.array(rule.first, np.uint8))
        fit &= (ground.slope >= rule.slope[0]) & (ground.slope <= rule.slope[1])
        if rule.near_town:
            fit &= near_town > -0.8
        chance = np.where(fit, hash_field(0, 0, *fit.shape, shape), 2.0).ravel()
        turned = 0
        for cell in np.argsort(chance, kind="stable")[: np.count_nonzero(fit)]:
            if turned >= rule.share * land:
                break
            draws = [hash_unit(int(cell), k, shape + 1) for k in range(3)]
            radius = rule.radius[0] + (rule.radius[1] - rule.radius[0]) * draws[0]
            place = float(ground.x.flat[cell]), float(ground.y.flat[cell])
            rows.append((*place, radius, 0.45 + 0.55 * draws[1], np.pi * draws[2], number))
            patch = _patches(rows[-1:])
            reach = _window(patch, 0, ground.x, ground.y)
            inside = _inside(patch, 0, ground.x[reach], ground.y[reach], wobble[reach]) & within[reach]
            turned += _convert(changed[reach], cover[reach], rule, inside)
    return _patches(rows)


def _patches(rows: list[tuple[float, float, float, float, float, int]]) -> Patches:
    """Patches from rows of place, radius, flatness, turn and rule."""
    table = np.array(rows)
    x, y, radius, flatness, turn, rule = table.T
    return Patches(x, y, radius, flatness, turn, rule.astype(np.uint8))


def _window(patches: Patches, k: int, x: Field, y: Field) -> tuple[slice, slice]:
    """The cells of a window that a patch may reach, as slices of rows and columns."""
    reach = 1.8 * patches.radius[k]  # the wobble stays above -0.8
    columns = np.searchsorted(x[0], [patches.x[k] - reach, patches.x[k] + reach])
    rows = np.searchsorted(y[:, 0], [patches.y[k] - reach, patches.y[k] + reach])
    return slice(*rows), slice(*columns)


def convert(ground: Ground, cover: Codes, patches: Patches, seed: int) -> Codes:
    """Give the land cover of the second year.

    Parameters
    ----------
    ground : Ground
    cover : array (rows, columns), land cover of the first year
    patches : Patches
    seed : of the sample

    Returns
    -------
    array (rows, columns), uint8
        the first year's cover with every planted conversion applied, and nothing else changed.
    """
    changed = cover.copy()
    wobble = _wobble(ground.x, ground.y, seed)
    for k in range(len(patches.rule)):
        reach = _window(patches, k, ground.x, ground.y)
        if cover[reach].size:
            inside = _inside(patches, k, ground.x[reach], ground.y[reach], wobble[reach])
            _convert(changed[reach], cover[reach], RULES[patches.rule[k]], inside)
    return changed
