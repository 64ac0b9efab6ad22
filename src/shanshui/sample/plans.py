"""The plans of the region: settlements, farmland, function areas, corridors, and the red line of today."""

from pathlib import Path

import geopandas as gpd

from shanshui.sample.base_map import build_base_map
from shanshui.sample.basic_farmland import build_basic_farmland, write_basic_farmland
from shanshui.sample.built_land import build_settlements, write_settlements
from shanshui.sample.coast import Coast
from shanshui.sample.corridors import write_corridors
from shanshui.sample.function_areas import write_function_areas
from shanshui.sample.landscape import Landscape
from shanshui.sample.people import People
from shanshui.sample.red_line_conflicts import built_strips
from shanshui.sample.red_line_sketch import sketch_red_line
from shanshui.sample.red_line_today import build_red_line, write_red_line


def write_plans(
    landscape: Landscape,
    counties: gpd.GeoDataFrame,
    people: People,
    reserves: gpd.GeoDataFrame,
    roads: gpd.GeoDataFrame,
    coast: Coast,
    directory: Path,
) -> None:
    """Write all plans, and the truth about the red line; the same for every size of the sample.

    Parameters
    ----------
    landscape : Landscape
    counties : see `zones.county_table`
    people : People
    reserves : see `reserves.build_reserves`
    roads : see `roads.build_roads`
    coast : Coast
    directory : of the study; ``inputs`` and ``truth`` are in it
    """
    inputs = directory / "inputs"
    write_function_areas(landscape, inputs)
    write_corridors(landscape, reserves, inputs)
    base = build_base_map(landscape)
    sketch = sketch_red_line(base, landscape, reserves)
    strips = built_strips(sketch, base, roads)
    settlements = build_settlements(base, landscape, counties, people, strips)
    write_settlements(settlements, inputs)
    farmland = build_basic_farmland(base, landscape, counties, settlements)
    write_basic_farmland(farmland, inputs)
    sea = coast.sea.geometry.iloc[0]
    write_red_line(build_red_line(sketch, base, landscape, sea, settlements, farmland, strips), directory)
