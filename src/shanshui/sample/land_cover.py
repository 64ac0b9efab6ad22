"""Land cover of the first year: it follows ground, climate and people, as land cover does.

It is painted in layers, each over the ones before: natural vegetation, fields, coast, settlements, water.
"""

import numpy as np

from shanshui.sample.arrays import Codes, Field, smooth_step
from shanshui.sample.climate import Climate, climate_at
from shanshui.sample.legend import Cover
from shanshui.sample.noise import fractal_field, spot_field, stream
from shanshui.sample.settlements import Settlements
from shanshui.sample.terrain import Ground


def _vegetation(ground: Ground, climate: Climate, grain: Field, patch: Field) -> Codes:
    """Natural vegetation: forest where it is moist, steppe and sand where it is dry, meadow and rock on the heights."""
    warmth = climate.temperature + 1.1 * grain
    moisture = climate.moisture + 0.10 * grain + 0.05 * patch
    poor = ground.southness * smooth_step(ground.slope, 6.0, 20.0) + 0.8 * grain - 0.6 * patch
    conditions = [
        (ground.elevation > 850.0) & (ground.slope + 9.0 * grain > 33.0),
        (warmth < 3.4) & (moisture > 0.45),
        moisture < 0.235,
        moisture < 0.285,
        moisture < 0.415,
        (moisture < 0.465) & (poor > -0.1),
        moisture < 0.49,
        poor > 0.98,
        poor > 0.66,
        warmth < 5.6,
        (warmth < 7.4) | (poor > 0.38),
    ]
    classes = [
        Cover.ROCK,
        Cover.MEADOW,
        Cover.SAND,
        Cover.SPARSE_GRASS,
        Cover.STEPPE,
        Cover.SHRUB,
        Cover.WOODLAND,
        Cover.TUSSOCK,
        Cover.SHRUB,
        Cover.NEEDLELEAF,
        Cover.MIXED,
    ]
    return np.select(conditions, [np.uint8(cover) for cover in classes], np.uint8(Cover.BROADLEAF))


def _farmland(cover: Codes, ground: Ground, climate: Climate, grain: Field, patch: Field) -> None:
    """Fields on gentle, warm and moist ground; paddy where a river can water it; orchards on the slopes above."""
    fitness = 0.9 * ground.valley + 1.3 * smooth_step(ground.slope, 10.0, 1.0)
    fitness += 0.8 * smooth_step(ground.elevation, 800.0, 60.0) + 1.2 * (climate.moisture - 0.5)
    fitness += 0.75 * grain + 0.35 * patch - 1.62
    fields = fitness > 0.0
    watered = (ground.valley > 0.25) & (ground.above_river < 6.0) & (ground.elevation < 140.0)
    paddy = fields & watered & (climate.moisture > 0.5) & (patch + 0.4 * grain > -0.15)
    orchard = (np.abs(fitness) < 0.28) & (ground.slope > 2.5) & (ground.elevation < 380.0) & (patch > -0.1)
    cover[fields] = Cover.DRY_CROPLAND
    cover[paddy] = Cover.PADDY
    cover[orchard & (climate.moisture > 0.5)] = Cover.ORCHARD


def _coast(cover: Codes, ground: Ground, grain: Field, patch: Field) -> None:
    """Tidal flats, saline land and reeds along the flat parts of the shore and around river mouths."""
    low = (ground.elevation < 7.0) & (ground.slope < 1.5)
    shore = ground.inland + 350.0 * grain
    estuary = (ground.bank < 900.0) & (ground.inland < 4_000.0)
    cover[low & (shore < 1_500.0) & (patch > 0.22)] = Cover.SALINE
    cover[low & ((estuary & (grain > -0.25)) | ((shore < 2_200.0) & (patch < -0.25)))] = Cover.MARSH
    cover[low & (shore < 330.0) & (patch < 0.45)] = Cover.TIDAL_FLAT


def _settled(cover: Codes, ground: Ground, settlements: Settlements, grain: Field, fine: Field, seed: int) -> None:
    """Villages in the fields, towns with their parks and industry, mines in the hills."""
    spots = spot_field(ground.x, ground.y, 1_150.0, 60.0, 190.0, stream(seed, "villages"))
    farmed = (cover == Cover.DRY_CROPLAND) | (cover == Cover.PADDY) | (cover == Cover.ORCHARD)
    cover[farmed & (spots + 90.0 * fine < 0.0)] = Cover.VILLAGE
    towns = settlements.towns.score(ground.x, ground.y) + 0.36 * grain + 0.12 * fine - 0.05 * ground.slope
    green = fractal_field(ground.x, ground.y, 900.0, 3, stream(seed, "parks"))
    cover[towns > 0.0] = Cover.TOWN
    cover[(towns > 0.25) & (green > 0.45)] = Cover.PARK
    cover[settlements.industry.score(ground.x, ground.y) + 0.6 * grain - 0.05 * ground.slope > 0.0] = Cover.INDUSTRY
    cover[settlements.mines.score(ground.x, ground.y) + 0.4 * grain > 0.0] = Cover.MINE


def _water(cover: Codes, ground: Ground, fine: Field, seed: int) -> None:
    """Ponds, rivers, lagoons, reservoirs and the sea."""
    ponds = spot_field(ground.x, ground.y, 2_300.0, 40.0, 190.0, stream(seed, "ponds"))
    farmed = (cover == Cover.DRY_CROPLAND) | (cover == Cover.PADDY)
    cover[farmed & (ground.slope < 2.5) & (ponds + 60.0 * fine < 0.0)] = Cover.RESERVOIR
    hollow = fractal_field(ground.x, ground.y, 5_200.0, 2, stream(seed, "lagoons")) + 0.04 * fine
    lagoon = (hollow > 0.62) & (ground.inland > 700.0) & (ground.inland < 9_000.0) & (ground.elevation < 14.0)
    cover[ground.bank < 0.0] = Cover.RIVER
    cover[lagoon & (cover != Cover.TOWN)] = Cover.LAKE
    cover[ground.reservoir] = Cover.RESERVOIR
    cover[ground.inland < 0.0] = Cover.SEA


def land_cover_at(ground: Ground, settlements: Settlements, seed: int) -> Codes:
    """Give the land cover of the first year.

    Parameters
    ----------
    ground : Ground
    settlements : Settlements
    seed : of the sample

    Returns
    -------
    array (rows, columns), uint8
        codes of `legend.Cover`; the sea is where the elevation is below 0.
    """
    climate = climate_at(ground, seed)
    fine = fractal_field(ground.x, ground.y, 240.0, 3, stream(seed, "fine grain"))
    grain = fractal_field(ground.x, ground.y, 1_500.0, 4, stream(seed, "grain")) + 0.3 * fine
    patch = fractal_field(ground.x, ground.y, 6_000.0, 3, stream(seed, "patch"))
    cover = _vegetation(ground, climate, grain, patch)
    _farmland(cover, ground, climate, grain, patch)
    _coast(cover, ground, grain, patch)
    _settled(cover, ground, settlements, grain, fine, seed)
    _water(cover, ground, fine, seed)
    return cover
