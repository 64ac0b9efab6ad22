"""The text of the sample's study file."""

from shanshui.sample.facts import filled

_STUDY = """\
# A sample study. Its landscape is generated: no place in it exists.

[study]
name = "Sample region"
language = "en"

[region]
boundary = "inputs/region.gpkg"         # everything is clipped to it

[grid]
like = "land_cover"                     # the grid of this layer as it is, so that classes are not resampled

# Layers: {{year}} in a path stands for each of the years.

[layers.land_cover]
path = "inputs/land_cover_{{year}}.tif"
years = [{first}, {second}]
legend = "inputs/land_cover_legend.csv" # which of our ecosystems each class of the map is
source = "shanshui sample --size {size} --seed {seed}"
licence = "CC0-1.0"
citation = "Generated land cover, shanshui sample, size {size}, seed {seed}"

[layers.elevation]
path = "inputs/elevation.tif"
unit = "m"
source = "shanshui sample --size {size} --seed {seed}"
licence = "CC0-1.0"

[layers.monthly_ndvi]
path = "inputs/ndvi_{{year}}.tif"         # 12 bands, January to December
years = [{series}]
scale = 0.0001                          # the files hold NDVI x 10,000, as MODIS does
source = "shanshui sample --size {size} --seed {seed}"
licence = "CC0-1.0"

[layers.precipitation]
path = "inputs/precipitation_{{year}}.tif"
years = [{series}]
unit = "mm"
source = "shanshui sample --size {size} --seed {seed}"
licence = "CC0-1.0"

[layers.net_primary_productivity]
path = "inputs/net_primary_productivity_{{year}}.tif"
years = [{series}]
unit = "kg/m^2/a"                       # of carbon
scale = 0.0001
nodata = {water}                          # water; the files declare another value for what they do not cover
source = "shanshui sample --size {size} --seed {seed}"
licence = "CC0-1.0"

[layers.monthly_precipitation]
path = "inputs/monthly_precipitation_{{year}}.tif"
years = [{series}]
unit = "mm"
scale = 0.1                             # the files hold tenths
source = "shanshui sample --size {size} --seed {seed}"
licence = "CC0-1.0"

[layers.daily_precipitation]
path = "inputs/daily_precipitation_{{year}}.tif" # 365 or 366 bands
years = [{days}]
unit = "mm"
scale = 0.1
source = "shanshui sample --size {size} --seed {seed}"
licence = "CC0-1.0"

[layers.daily_wind_speed]
path = "inputs/daily_wind_speed_{{year}}.tif"
years = [{days}]
unit = "m/s"
scale = 0.1
source = "shanshui sample --size {size} --seed {seed}"
licence = "CC0-1.0"

# A layer without years stands for every year: these are means of many years.

[layers.monthly_rain_days]
path = "inputs/monthly_rain_days.tif"
unit = "day"
scale = 0.1
source = "shanshui sample --size {size} --seed {seed}"
licence = "CC0-1.0"

[layers.monthly_temperature]
path = "inputs/monthly_temperature.tif"
unit = "kelvin"                         # becomes degrees Celsius
scale = 0.1
source = "shanshui sample --size {size} --seed {seed}"
licence = "CC0-1.0"

[layers.monthly_temperature_maximum]
path = "inputs/monthly_temperature_maximum.tif"
unit = "kelvin"
scale = 0.1
source = "shanshui sample --size {size} --seed {seed}"
licence = "CC0-1.0"

[layers.monthly_temperature_minimum]
path = "inputs/monthly_temperature_minimum.tif"
unit = "kelvin"
scale = 0.1
source = "shanshui sample --size {size} --seed {seed}"
licence = "CC0-1.0"

[layers.monthly_relative_humidity]
path = "inputs/monthly_relative_humidity.tif"
unit = "percent"
source = "shanshui sample --size {size} --seed {seed}"
licence = "CC0-1.0"

[layers.monthly_snow_cover]
path = "inputs/monthly_snow_cover.tif"
unit = "percent"                        # of the days, with snow deeper than 25.4 mm
source = "shanshui sample --size {size} --seed {seed}"
licence = "CC0-1.0"

[layers.monthly_wind_speed]
path = "inputs/monthly_wind_speed.tif"
unit = "m/s"                            # at 10 m above the ground
scale = 0.01
source = "shanshui sample --size {size} --seed {seed}"
licence = "CC0-1.0"

[layers.sand_content]
path = "inputs/sand_content.tif"
unit = "percent"
source = "shanshui sample --size {size} --seed {seed}"
licence = "CC0-1.0"

[layers.silt_content]
path = "inputs/silt_content.tif"
unit = "percent"
source = "shanshui sample --size {size} --seed {seed}"
licence = "CC0-1.0"

[layers.clay_content]
path = "inputs/clay_content.tif"
unit = "percent"
source = "shanshui sample --size {size} --seed {seed}"
licence = "CC0-1.0"

[layers.organic_carbon]
path = "inputs/organic_carbon.tif"
unit = "g/kg"                           # becomes percent
scale = 0.1
source = "shanshui sample --size {size} --seed {seed}"
licence = "CC0-1.0"

[layers.calcium_carbonate]
path = "inputs/calcium_carbonate.tif"
unit = "percent"
source = "shanshui sample --size {size} --seed {seed}"
licence = "CC0-1.0"

[layers.soil_depth]
path = "inputs/soil_depth.tif"
unit = "cm"
source = "shanshui sample --size {size} --seed {seed}"
licence = "CC0-1.0"

[layers.available_water_capacity]
path = "inputs/available_water_capacity.tif"
unit = "percent"
source = "shanshui sample --size {size} --seed {seed}"
licence = "CC0-1.0"

# Habitats: one file of each threat and year; the tables threats and habitat_sensitivity tell the rest.

[layers.threat]
path = "inputs/threat_{{item}}_{{year}}.tif"
items = ["built", "industry", "road", "cropland"]
years = [{first}, {second}]
source = "shanshui sample --size {size} --seed {seed}"
licence = "CC0-1.0"

[layers.access]
path = "inputs/protected_areas.gpkg"
column = "access"                       # of polygons that overlap, the smallest wins: the core of a reserve
source = "shanshui sample --size {size} --seed {seed}"
licence = "CC0-1.0"

[layers.species_ranges]
path = "inputs/species_ranges.gpkg"
item_column = "species"                 # whole ranges, not cut to the region
source = "shanshui sample --size {size} --seed {seed}"
licence = "CC0-1.0"

# The coast: lines that are burned onto the cells they touch, each column a layer.

[layers.sea]
path = "inputs/sea.gpkg"
source = "shanshui sample --size {size} --seed {seed}"
licence = "CC0-1.0"

[layers.coast_segment]
path = "inputs/coast.gpkg"
column = "segment"
source = "shanshui sample --size {size} --seed {seed}"
licence = "CC0-1.0"

[layers.coast_type]
path = "inputs/coast.gpkg"
column = "type"                         # 1 artificial, 3 biogenic, 4 sandy, 5 silt and mud
source = "shanshui sample --size {size} --seed {seed}"
licence = "CC0-1.0"

[layers.storm_surge]
path = "inputs/coast.gpkg"
column = "surge_m"
unit = "m"
source = "shanshui sample --size {size} --seed {seed}"
licence = "CC0-1.0"

[layers.wave_height]
path = "inputs/coast.gpkg"
column = "wave_m"
unit = "m"
source = "shanshui sample --size {size} --seed {seed}"
licence = "CC0-1.0"

[layers.coast_retreat_rate]
path = "inputs/coast.gpkg"
column = "retreat_m_a"
unit = "m/year"
source = "shanshui sample --size {size} --seed {seed}"
licence = "CC0-1.0"

[layers.coastal_habitat]
path = "inputs/coastal_habitat.tif"
source = "shanshui sample --size {size} --seed {seed}"
licence = "CC0-1.0"

# Light and growth.

[layers.monthly_solar_radiation]
path = "inputs/monthly_solar_radiation.tif"
unit = "MJ/m^2"                         # sum of each month
source = "shanshui sample --size {size} --seed {seed}"
licence = "CC0-1.0"

[layers.biomass]
path = "inputs/biomass_{{year}}.tif"
years = [{first}, {second}]
unit = "t/ha"
source = "shanshui sample --size {size} --seed {seed}"
licence = "CC0-1.0"

[layers.natural_zone]
path = "inputs/natural_zone.tif"
source = "shanshui sample --size {size} --seed {seed}"
licence = "CC0-1.0"

# Rock, groundwater and evaporation.

[layers.carbonate_share]
path = "inputs/carbonate_share.tif"
unit = "percent"
source = "shanshui sample --size {size} --seed {seed}"
licence = "CC0-1.0"

[layers.lithology]
path = "inputs/lithology.tif"
source = "shanshui sample --size {size} --seed {seed}"
licence = "CC0-1.0"

[layers.groundwater_mineralisation]
path = "inputs/groundwater_mineralisation.tif"
unit = "g/L"
scale = 0.1
source = "shanshui sample --size {size} --seed {seed}"
licence = "CC0-1.0"

[layers.groundwater_depth]
path = "inputs/groundwater_depth.tif"
unit = "m"
scale = 0.1
source = "shanshui sample --size {size} --seed {seed}"
licence = "CC0-1.0"

[layers.evaporation_ratio]
path = "inputs/evaporation_ratio.tif"
scale = 0.01                            # of pans, over the rain of a usual year
source = "shanshui sample --size {size} --seed {seed}"
licence = "CC0-1.0"

# Lakes, reservoirs and ponds.

[layers.chlorophyll_a]
path = "inputs/chlorophyll_a.tif"
unit = "mg/m^3"
scale = 0.1
source = "shanshui sample --size {size} --seed {seed}"
licence = "CC0-1.0"

[layers.total_phosphorus]
path = "inputs/total_phosphorus.tif"
unit = "mg/L"
scale = 0.001
source = "shanshui sample --size {size} --seed {seed}"
licence = "CC0-1.0"

[layers.total_nitrogen]
path = "inputs/total_nitrogen.tif"
unit = "mg/L"
scale = 0.01
source = "shanshui sample --size {size} --seed {seed}"
licence = "CC0-1.0"

[layers.transparency]
path = "inputs/transparency.tif"
unit = "m"
scale = 0.01
source = "shanshui sample --size {size} --seed {seed}"
licence = "CC0-1.0"

[layers.permanganate_index]
path = "inputs/permanganate_index.tif"
unit = "mg/L"
scale = 0.1
source = "shanshui sample --size {size} --seed {seed}"
licence = "CC0-1.0"

# A vector file without column: the share of polygons on each cell, or where a line runs.

[layers.protected_area]
path = "inputs/protected_areas.gpkg"
source = "shanshui sample --size {size} --seed {seed}"
licence = "CC0-1.0"

[layers.roads]
path = "inputs/roads.gpkg"
source = "shanshui sample --size {size} --seed {seed}"
licence = "CC0-1.0"

# Plans: the share of each cell that they cover, or with a column, a number of each polygon.

[layers.permanent_basic_farmland]
path = "inputs/permanent_basic_farmland.gpkg"
source = "shanshui sample --size {size} --seed {seed}"
licence = "CC0-1.0"

[layers.settlement]
path = "inputs/settlements.gpkg"
source = "shanshui sample --size {size} --seed {seed}"
licence = "CC0-1.0"

[layers.ecological_corridor]
path = "inputs/ecological_corridor.gpkg"
source = "shanshui sample --size {size} --seed {seed}"
licence = "CC0-1.0"

[layers.excluded_land]
path = "inputs/mining_rights.gpkg"
source = "shanshui sample --size {size} --seed {seed}"
licence = "CC0-1.0"

[layers.boundary_line]
path = "inputs/rivers.gpkg"             # the red line is moved onto them where they are near
source = "shanshui sample --size {size} --seed {seed}"
licence = "CC0-1.0"

[layers.present_red_line]
path = "inputs/red_line_today.gpkg"     # on land and at sea; it holds conflicts, see truth/red_line_conflicts.csv
source = "shanshui sample --size {size} --seed {seed}"
licence = "CC0-1.0"

# Zones: key is the column that names each zone once; columns says what their other columns are called.

[zones.county]
path = "inputs/counties.gpkg"
key = "code"
columns = {{ name = "name", function = "function", level = "level", service = "service", belt = "belt", \
area_km2 = "area_km2" }}

[zones.township]
path = "inputs/townships.gpkg"
key = "code"
columns = {{ name = "name", function = "function", parent = "county" }}

[zones.urban_agglomeration]
path = "inputs/urban_agglomerations.gpkg"
key = "key"
columns = {{ name = "name" }}

[zones.function_area]
path = "inputs/function_areas.gpkg"     # key ecological function areas; a part of the region lies in none
key = "key"
columns = {{ name = "name", function = "function", level = "level", service = "service" }}

# Tables: columns says which of their headers is which of our columns; unit or units, what their numbers are in.

[[tables.population]]
path = "inputs/census_{first}.csv"
year = {first}
zoning = "county"
unit = "1e4 persons"
columns = {{ zone = "行政区代码", total_persons = "总人口", urban_persons = "城镇人口", rural_persons = "乡村人口" }}
correspondence = "inputs/county_changes.csv" # three of its counties are no more
source = "shanshui sample --size {size} --seed {seed}"
licence = "CC0-1.0"

[[tables.population]]
path = "inputs/census_{second}.csv"
year = {second}
zoning = "county"
columns = {{ zone = "code", total_persons = "total", urban_persons = "urban", rural_persons = "rural" }}
source = "shanshui sample --size {size} --seed {seed}"
licence = "CC0-1.0"

[tables.economy]
path = "inputs/yearbook.csv"
zoning = "county"
columns = {{ zone = "code", year = "year", gross_domestic_product_yuan = "gdp", \
budget_expenditure_yuan = "expenditure" }}
units = {{ gross_domestic_product_yuan = "1e8 yuan", budget_expenditure_yuan = "1e4 yuan" }}
source = "shanshui sample --size {size} --seed {seed}"
licence = "CC0-1.0"

[tables.price_index]
path = "inputs/price_index.csv"
columns = {{ year = "year", price_index = "index" }}
source = "shanshui sample --size {size} --seed {seed}"
licence = "CC0-1.0"

[tables.national_economy]
path = "inputs/national.csv"
columns = {{ year = "year", population_persons = "population", gross_domestic_product_yuan = "gdp", \
budget_expenditure_yuan = "expenditure" }}
units = {{ population_persons = "1e4 persons", gross_domestic_product_yuan = "1e8 yuan", \
budget_expenditure_yuan = "1e8 yuan" }}
source = "shanshui sample --size {size} --seed {seed}"
licence = "CC0-1.0"

[tables.lake]
path = "inputs/lakes.csv"
zoning = "county"
columns = {{ zone = "code", lake = "name", area_km2 = "area_km2", lake_region = "lake_region" }}
source = "shanshui sample --size {size} --seed {seed}"
licence = "CC0-1.0"

[tables.reservoir]
path = "inputs/reservoirs.csv"
zoning = "county"
columns = {{ zone = "行政区代码", reservoir = "水库名称", capacity_m3 = "总库容(万m³)" }}
units = {{ capacity_m3 = "1e4 m3" }}
source = "shanshui sample --size {size} --seed {seed}"
licence = "CC0-1.0"

[tables.threats]
path = "inputs/threats.csv"
columns = {{ threat = "threat", maximum_distance_m = "max_dist", weight = "weight", decay = "decay" }}
source = "shanshui sample --size {size} --seed {seed}"
licence = "CC0-1.0"

[tables.habitat_sensitivity]
path = "inputs/habitat_sensitivity.csv"
columns = {{ code = "lulc", habitat = "habitat", built = "built", industry = "industry", road = "road", \
cropland = "cropland" }}
source = "shanshui sample --size {size} --seed {seed}"
licence = "CC0-1.0"

[tables.grassland_cover_maximum]
path = "inputs/grassland_cover.csv"     # without it the best cells of each zone count as undegraded
columns = {{ natural_zone = "zone", greatest = "cover" }}
source = "shanshui sample --size {size} --seed {seed}"
licence = "CC0-1.0"

[tables.species]
path = "inputs/species.csv"
columns = {{ species = "species", group = "group", category = "category", protection_class = "protection_class" }}
source = "shanshui sample --size {size} --seed {seed}"
licence = "CC0-1.0"

[tables.coast_segments]
path = "inputs/coast.gpkg"
columns = {{ segment = "segment", name = "name", coast_type = "kind", length_m = "length_m" }} # measured when read
source = "shanshui sample --size {size} --seed {seed}"
licence = "CC0-1.0"

[tables.wind_rose]
path = "inputs/wind_rose.csv"
columns = {{ direction_degree = "direction", speed_m_s = "speed", frequency_percent = "frequency" }}
source = "shanshui sample --size {size} --seed {seed}"
licence = "CC0-1.0"

[tables.provisioning_yields]
path = "inputs/products.csv"
zoning = "county"
columns = {{ zone = "code", year = "year", product = "product", kind = "kind", amount = "amount", unit = "unit" }}
source = "shanshui sample --size {size} --seed {seed}"
licence = "CC0-1.0"

[tables.visits]
path = "inputs/visits.csv"
zoning = "county"
columns = {{ zone = "code", year = "year", visits_persons = "visits" }}
units = {{ visits_persons = "1e4 persons" }}
source = "shanshui sample --size {size} --seed {seed}"
licence = "CC0-1.0"

[years]
baseline = {first}                         # change is counted from here
current = {second}                          # to here

# Parameters of the policy that do not fit this study.

[policy.overrides]
half_saturation = {{ value = 0.2, source = "about half of the highest degradation, as InVEST's user's guide advises" }}

# What is not known exactly: asked for with run --draws N. What it does to the red line, red_line_confidence tells.

[uncertainty.precipitation]
distribution = "normal"
relative = true
standard_deviation = 0.05
source = "own choice, for the sample"

[uncertainty.extremely_important_percent]
distribution = "triangular"
low = 45
high = 55
source = "own choice, for the sample"

# A scenario changes some keys: here the red line is planned in place of drawn by rule. shanshui compare . @planned

[scenarios.planned.methods]
red_line = "optimise"

[scenarios.planned.policy.overrides]
land_target_percent = {{ value = 45, source = "less than the line by rule takes" }}
sea_target_percent = {{ value = 30, source = "reserves alone take a part of the sea" }}
function_area_target_percent = {{ value = 40, source = "one area is half farmland: 73.84 percent cannot be kept" }}
"""


def study_text(size: int, seed: int) -> str:
    """Give the text of ``study.toml``.

    Parameters
    ----------
    size : cells a side
    seed : of the sample

    Returns
    -------
    str
        TOML with a comment on every key that does not speak for itself.
    """
    return filled(_STUDY, size, seed)
