"""The register of protected areas as it stands before integration, with the faults of real data."""

from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import numpy as np
import shapely

from shanshui.data.vectors import write_vector
from shanshui.sample.area_kinds import CATEGORIES, KINDS, LEVELS, code_of
from shanshui.sample.area_neighbours import lay_chain, lay_valley_sides, lay_with_gap
from shanshui.sample.area_others import lay_broken, lay_on_own_land, lay_on_used_land, lay_scattered
from shanshui.sample.area_overlaps import lay_over_others, lay_within_others, register_twice
from shanshui.sample.area_survey import Plans, begin_survey
from shanshui.sample.base_map import BaseMap
from shanshui.sample.extent import CRS
from shanshui.sample.landscape import Landscape
from shanshui.sample.zone_names import place_names

_FIRST_NAME = 340  # where in the list of names those of the areas begin
_RESERVES_ZH = ("山地森林自然保护区", "滨海湿地自然保护区", "草原自然保护区", "喀斯特自然保护区")


@dataclass(frozen=True)
class Register:
    """All protected areas."""

    rows: gpd.GeoDataFrame
    """as registered: ``area`` (code), ``name``, ``name_zh``, ``category``, ``level``, ``part``, ``established``,
    ``main_resource``, ``access``; half of the areas have category and level in Chinese"""
    parts: gpd.GeoDataFrame
    """truth: ``area``, ``part`` and the ground of each, which no other part of the same area covers"""
    areas: gpd.GeoDataFrame
    """truth: ``area`` and its whole ground, before gaps, slivers and broken rims"""


def build_register(base: BaseMap, landscape: Landscape, plans: Plans, reserves: gpd.GeoDataFrame) -> Register:
    """Lay out all protected areas.

    Parameters
    ----------
    base : BaseMap
    landscape : Landscape
    plans : what stands on the ground
    reserves : see `reserves.build_reserves`; the first eight rows are theirs

    Returns
    -------
    Register
    """
    survey = begin_survey(base, landscape, plans, reserves)
    for lay in (
        lay_over_others,
        lay_within_others,
        lay_on_own_land,
        lay_on_used_land,
        lay_chain,
        register_twice,
        lay_valley_sides,
        lay_with_gap,
        lay_scattered,
        lay_broken,
    ):
        lay(survey)

    names = place_names(_FIRST_NAME + len(KINDS), landscape.seed)[_FIRST_NAME:]
    own = reserves.drop_duplicates("name")["name"].to_list()
    access = reserves.set_index(["name", "part"])["access"]
    columns: dict[str, list[object]] = {
        key: []
        for key in (
            "area", "name", "name_zh", "category", "level", "part", "established", "main_resource", "access",
            "geometry",
        )
    }  # fmt: skip
    for number, (key, kind) in enumerate(KINDS.items()):
        (category, category_zh), (level, level_zh) = CATEGORIES[kind.category], LEVELS[kind.level]
        reserve = number < len(own)
        # A national park bears its level in its name.
        of_level, of_level_zh = ("", "") if kind.category == "national_park" else (f"{level} ", level_zh)
        name = own[number] if reserve else f"{names[number][0]} {of_level}{category}"
        name_zh = _RESERVES_ZH[number] if reserve else f"{names[number][1]}{of_level_zh}{category_zh}"
        chinese = number % 2 == 1
        for part, shape in survey.drawn[key]:
            row = (
                code_of(key),
                name,
                name_zh,
                category_zh if chinese else kind.category,
                level_zh if chinese else kind.level,
                part,
                kind.established,
                kind.main_resource,
                access[name, "core" if part == "core" else "outer"] if reserve else np.nan,
                shape,
            )
            for column, value in zip(columns.values(), row, strict=True):
                column.append(value)
    areas = gpd.GeoDataFrame(
        {"area": [code_of(key) for key in KINDS]}, geometry=[survey.true[key] for key in KINDS], crs=CRS
    )
    parts = []
    for key in KINDS:
        drawn = survey.drawn[key]
        cores = shapely.union_all([shape for part, shape in drawn if part == "core"])
        if len({part for part, _ in drawn}) == 1:
            parts.append((code_of(key), drawn[0][0], survey.true[key]))
        else:
            parts += [
                (code_of(key), part, shape if part == "core" else shapely.difference(shape, cores))
                for part, shape in drawn
            ]
    codes, zones, shapes = zip(*parts, strict=True)
    true_parts = gpd.GeoDataFrame({"area": codes, "part": zones}, geometry=list(shapes), crs=CRS)
    return Register(gpd.GeoDataFrame(columns, crs=CRS), true_parts, areas)


def write_register(register: Register, folder: Path) -> None:
    """Write ``protected_areas.gpkg`` to a folder, the same for every size of the sample."""
    write_vector(folder / "protected_areas.gpkg", register.rows)
