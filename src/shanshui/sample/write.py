"""Writing a whole sample study."""

from collections.abc import Callable
from pathlib import Path

from shanshui.data.tables import write_table
from shanshui.sample.biomass import write_natural_zones
from shanshui.sample.coast import build_coast, write_coast
from shanshui.sample.economy import build_economy, write_economy
from shanshui.sample.groundwater import write_groundwater
from shanshui.sample.landscape import build_landscape
from shanshui.sample.legend import legend_table
from shanshui.sample.people import count_people, write_people
from shanshui.sample.plans import write_plans
from shanshui.sample.products import build_products, write_products
from shanshui.sample.rain_days import write_rain_days
from shanshui.sample.rainfall import write_precipitation
from shanshui.sample.rasters import write_rasters
from shanshui.sample.readme_file import readme_text
from shanshui.sample.reserves import build_reserves
from shanshui.sample.river_lines import write_river_lines
from shanshui.sample.roads import build_roads, write_roads
from shanshui.sample.rock import write_rock
from shanshui.sample.seasons import write_seasons
from shanshui.sample.series import write_series
from shanshui.sample.soil import write_soil
from shanshui.sample.species import write_species
from shanshui.sample.study_file import study_text
from shanshui.sample.sunshine import write_sunshine
from shanshui.sample.surveys import write_surveys
from shanshui.sample.threats import write_threat_tables
from shanshui.sample.waters import write_waters
from shanshui.sample.wind import write_wind
from shanshui.sample.zones import county_table, write_zones


def write_sample(
    directory: Path, size: int = 600, seed: int = 1, progress: Callable[[int, int], None] | None = None
) -> Path:
    """Write a sample study: a landscape whose terrain, rivers, land cover, weather, soil, people and borders agree.

    Parameters
    ----------
    directory : of the study; made where it is missing
    size : cells a side of its rasters, over always the same 60 km x 60 km
    seed : of the landscape; the same seed and size give the same bytes
    progress : called with the parts of the work done and the parts in all

    Returns
    -------
    Path
        the study's folder. Memory does not grow with the size.
    """
    directory = Path(directory)
    for folder in ("inputs", "truth"):
        (directory / folder).mkdir(parents=True, exist_ok=True)
    landscape = build_landscape(seed)
    counties = county_table(landscape)
    inputs = directory / "inputs"
    write_zones(landscape, counties, inputs)
    people = count_people(counties, seed)
    write_people(people, counties, directory)
    write_economy(build_economy(counties, people, seed), directory)
    write_table(inputs / "land_cover_legend.csv", legend_table())
    write_waters(landscape, counties, inputs)
    write_precipitation(inputs, seed)
    write_rain_days(inputs, seed)
    write_seasons(landscape, inputs)
    write_wind(landscape, inputs)
    write_soil(landscape, inputs)
    write_sunshine(landscape, inputs)
    write_rock(landscape, inputs)
    write_groundwater(landscape, inputs)
    write_natural_zones(landscape, inputs)
    write_threat_tables(inputs)
    write_species(landscape, inputs)
    coast = build_coast(landscape)
    write_coast(coast, inputs)
    reserves = build_reserves(landscape)
    roads = build_roads(landscape)
    write_roads(roads, inputs)
    write_river_lines(landscape, inputs)
    write_plans(landscape, counties, people, reserves, roads, coast, directory)
    write_products(build_products(landscape, counties), directory)

    # The tiles of the maps first, then those of the surveys, then those of the series.
    def tell(first: int) -> Callable[[int, int], None] | None:
        return None if progress is None else lambda done, total: progress(first * total + done, 3 * total)

    write_rasters(landscape, directory, size, tell(0))
    write_surveys(landscape, roads, inputs, size, tell(1))
    write_series(landscape, directory, size, tell(2))
    (directory / "README.md").write_text(readme_text(size, seed), encoding="utf-8", newline="\n")
    (directory / "study.toml").write_text(study_text(size, seed), encoding="utf-8", newline="\n")
    return directory
