"""The classes of the sample's land-cover map: codes of its own, as a provincial map has."""

from enum import IntEnum

import numpy as np
import pandas as pd

from shanshui.sample.arrays import Codes

NODATA = 255


class Cover(IntEnum):
    """Codes on the map."""

    PADDY = 11
    DRY_CROPLAND = 12
    ORCHARD = 13
    BROADLEAF = 21
    NEEDLELEAF = 22
    MIXED = 23
    WOODLAND = 24
    SHRUB = 25
    MEADOW = 31
    STEPPE = 32
    TUSSOCK = 33
    SPARSE_GRASS = 34
    RIVER = 41
    LAKE = 42
    RESERVOIR = 43
    SEA = 44
    TIDAL_FLAT = 45
    MARSH = 46
    TOWN = 51
    VILLAGE = 52
    PARK = 53
    INDUSTRY = 54
    MINE = 55
    SAND = 61
    SALINE = 62
    ROCK = 63


# name, Chinese name, level-2 ecosystem code, colour (red, green, blue)
CLASSES: dict[Cover, tuple[str, str, int, tuple[int, int, int]]] = {
    Cover.PADDY: ("paddy field", "水田", 53, (176, 208, 140)),
    Cover.DRY_CROPLAND: ("dry cropland", "旱地", 51, (240, 226, 150)),
    Cover.ORCHARD: ("orchard", "果园", 52, (206, 198, 96)),
    Cover.BROADLEAF: ("deciduous broadleaf forest", "落叶阔叶林", 11, (84, 150, 72)),
    Cover.NEEDLELEAF: ("pine forest", "松林", 12, (32, 96, 70)),
    Cover.MIXED: ("mixed forest", "针阔混交林", 13, (56, 122, 66)),
    Cover.WOODLAND: ("open woodland", "疏林地", 14, (140, 176, 104)),
    Cover.SHRUB: ("shrubland", "灌木林", 21, (150, 168, 84)),
    Cover.MEADOW: ("mountain meadow", "山地草甸", 31, (150, 208, 150)),
    Cover.STEPPE: ("steppe", "草原", 32, (214, 218, 160)),
    Cover.TUSSOCK: ("grass tussock", "草丛", 33, (190, 206, 130)),
    Cover.SPARSE_GRASS: ("sparse grassland", "稀疏草地", 34, (226, 220, 184)),
    Cover.RIVER: ("river", "河流", 92, (70, 130, 210)),
    Cover.LAKE: ("lake", "湖泊", 91, (90, 150, 220)),
    Cover.RESERVOIR: ("reservoir or pond", "水库坑塘", 93, (50, 110, 190)),
    Cover.SEA: ("sea", "海域", 94, (160, 196, 230)),
    Cover.TIDAL_FLAT: ("tidal flat", "滩涂", 43, (176, 186, 190)),
    Cover.MARSH: ("reed marsh", "芦苇沼泽", 41, (110, 180, 170)),
    Cover.TOWN: ("town", "城镇", 61, (200, 70, 60)),
    Cover.VILLAGE: ("village", "农村居民点", 61, (222, 130, 110)),
    Cover.PARK: ("urban park", "城市绿地", 62, (130, 190, 90)),
    Cover.INDUSTRY: ("industrial land", "工业用地", 63, (150, 90, 130)),
    Cover.MINE: ("mine or quarry", "采矿用地", 63, (110, 80, 90)),
    Cover.SAND: ("sandy land", "沙地", 72, (244, 216, 164)),
    Cover.SALINE: ("saline land", "盐碱地", 73, (226, 214, 226)),
    Cover.ROCK: ("bare rock", "裸岩", 74, (170, 164, 156)),
}

COLOURS = {int(cover): colour for cover, (_, _, _, colour) in CLASSES.items()}

# Ecosystem level 1 (1 forest ... 9 water) by map code: the first digit of level 2.
LEVEL1: Codes = np.zeros(256, np.uint8)
LEVEL1[list(CLASSES)] = [ecosystem // 10 for _, _, ecosystem, _ in CLASSES.values()]


def legend_table() -> pd.DataFrame:
    """Give the legend as a table.

    Returns
    -------
    DataFrame
        one row a class: ``code`` on the map, ``name``, ``name_zh``, ``ecosystem`` (code of level 2).
    """
    rows = [(int(cover), name, name_zh, ecosystem) for cover, (name, name_zh, ecosystem, _) in CLASSES.items()]
    return pd.DataFrame(rows, columns=["code", "name", "name_zh", "ecosystem"])
