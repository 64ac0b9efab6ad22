"""The plans of the region: settlements, farmland, function areas, protected areas, the red line, parcels and more."""

from pathlib import Path

import geopandas as gpd
import pandas as pd

from shanshui.data.vectors import write_vector
from shanshui.sample.area_register import build_register, write_register
from shanshui.sample.area_survey import Plans
from shanshui.sample.area_truth import write_area_truth
from shanshui.sample.base_map import build_base_map
from shanshui.sample.basic_farmland import build_basic_farmland, write_basic_farmland
from shanshui.sample.built_land import build_settlements, write_settlements
from shanshui.sample.coast import Coast
from shanshui.sample.commercial_forest import build_commercial_forest
from shanshui.sample.control_grounds import Planned
from shanshui.sample.corridors import write_corridors
from shanshui.sample.function_areas import write_function_areas
from shanshui.sample.infrastructure import build_infrastructure
from shanshui.sample.land_decisions import write_land_decisions
from shanshui.sample.landscape import Landscape
from shanshui.sample.people import People
from shanshui.sample.population_map import write_population_map
from shanshui.sample.prefectures import write_prefectures
from shanshui.sample.red_line_changes import red_line_changes, write_changes
from shanshui.sample.red_line_conflicts import built_strips, gather
from shanshui.sample.red_line_edits import build_edits, write_edits
from shanshui.sample.red_line_sketch import sketch_red_line
from shanshui.sample.red_line_today import build_red_line, write_red_line
from shanshui.sample.river_lines import build_river_lines
from shanshui.sample.shelter_belts import build_shelter_belts
from shanshui.sample.water_places import build_reservoirs, build_source_rivers, build_wetlands


def write_plans(
    landscape: Landscape,
    counties: gpd.GeoDataFrame,
    people: People,
    reserves: gpd.GeoDataFrame,
    roads: gpd.GeoDataFrame,
    coast: Coast,
    directory: Path,
) -> None:
    """Write all plans, and the truth about protected areas, the red line and parcels; the same for every size.

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
    things = gather(base, settlements, farmland, strips)
    red_line = build_red_line(sketch, base, landscape, sea, things)
    write_red_line(red_line, directory)
    write_edits(build_edits(red_line, counties), inputs)
    write_prefectures(counties, landscape.seed, inputs)
    write_population_map(counties, people, settlements, inputs)

    streams, wetlands = build_source_rivers(landscape), build_wetlands(base, landscape)
    reservoirs = build_reservoirs(base, counties)
    forest = build_commercial_forest(base, landscape, roads, red_line.polygons, things)
    built = build_infrastructure(base, landscape, roads, red_line.polygons, [things, forest], reservoirs)
    belts = build_shelter_belts(base, landscape, roads, farmland, [things, forest, built])
    for name, frame in (
        ("source_rivers", streams),
        ("important_wetlands", wetlands),
        ("reservoir_areas", reservoirs),
        ("commercial_forest", forest),
        ("infrastructure", built),
        ("shelter_belts", belts),
    ):
        write_vector(inputs / f"{name}.gpkg", frame)
    timber = forest[forest["kind"] == "timber"]
    used = {"commercial_forest": timber, "infrastructure": built}
    waters = {"source_river": streams, "wetland": wetlands, "reservoir": reservoirs}
    write_changes(red_line_changes(base, landscape, red_line, things, used, waters, belts), directory / "truth")

    rivers = build_river_lines(landscape)
    plans = Plans(landscape.districts.region(), sea, counties, rivers, settlements, things, reservoirs)
    register = build_register(base, landscape, plans, reserves)
    write_register(register, inputs)
    stands = pd.DataFrame({"kind": "plantation", "thing": timber["stand"], "geometry": timber.geometry})
    found = gpd.GeoDataFrame(pd.concat([things, stands], ignore_index=True), crs=things.crs)
    write_area_truth(register, found, red_line.rights, directory / "truth")

    planned = Planned(
        sea=sea,
        counties=counties,
        settlements=settlements,
        things=things,
        infrastructure=built,
        rivers=rivers,
        reservoirs=reservoirs,
        commercial_forest=forest,
        red_line=red_line.polygons,
        protected_areas=register.rows,
        farmland=farmland,
        wetlands=wetlands,
        rights=red_line.rights,
    )
    write_land_decisions(base, landscape, planned, directory)
