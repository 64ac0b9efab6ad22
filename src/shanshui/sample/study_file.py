"""The texts of the sample: its study file and its README."""

from shanshui.sample import productivity, rain_days, rainfall, soil
from shanshui.sample.extent import CRS, SIDE
from shanshui.sample.map_errors import SHARE
from shanshui.sample.rasters import FIRST_YEAR, SECOND_YEAR
from shanshui.sample.series import AROUND

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

# For recreation. A vector file without column: the share of polygons on each cell, or where a line runs.

[layers.protected_area]
path = "inputs/protected_areas.gpkg"
source = "shanshui sample --size {size} --seed {seed}"
licence = "CC0-1.0"

[layers.roads]
path = "inputs/roads.gpkg"
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
"""

_README = """\
# Sample study

Everything in this folder is generated by `shanshui sample --size {size} --seed {seed}`: no place, name or number in
it is real. It may be used for anything (CC0-1.0). The same size and seed give the same bytes; another size samples the
same landscape finer or coarser.

- `study.toml`: the study
- `inputs/`
  - elevation (m), land cover of {first} and {second} with its legend, and the region, its counties, townships and urban
    agglomerations; {side:g} km x {side:g} km in {crs}, {size} x {size} cells. The counties' `area_km2` is statutory:
    rounded, and up to 1.5 % off what their borders enclose, as in yearbooks.
  - `ndvi_YEAR.tif`, {start} to {end}: monthly NDVI x 10,000 in 12 bands, on the same cells, within the region and
    {around:g} km around it, not in the sea. To the nearest 0.01, with noise, clouds (about 1 % of the months) and small
    spots that miss whole years.
  - `precipitation_YEAR.tif`: mm, on a grid of 30 seconds in EPSG:4326; the same for every size, as are all files of
    weather and soil
  - `monthly_precipitation_YEAR.tif`, {start} to {end}: mm x 10 in 12 bands, on the same grid; the months sum to the
    year exactly
  - `daily_precipitation_YEAR.tif`, {day_start} to {end}: mm x 10 in 365 or 366 bands, on a grid of 0.05 degrees whose
    cells are 6 x 6 of the finer ones; the days sum to the month's mean over the cell. No rain on most days; storms of
    more than 50 mm in summer, most near the coast
  - `monthly_rain_days.tif`: days with rain x 10, mean of {start} to {end} in 12 bands, on the grid of 0.05 degrees
  - `monthly_temperature.tif`, `monthly_temperature_maximum.tif` and `monthly_temperature_minimum.tif` (kelvin x 10),
    `monthly_relative_humidity.tif` (percent) and `monthly_snow_cover.tif` (percent of the days, with snow deeper than
    25.4 mm): means of many years in 12 bands, on the grid of 30 seconds; cooler upwards, drier behind the range
  - `daily_wind_speed_YEAR.tif`, {day_start} to {end}: m/s x 10 at 10 m above the ground, mean of each day, on the grid
    of 0.05 degrees; gusty in spring behind the range, with days above 8 m/s
  - `monthly_wind_speed.tif`: m/s x 100, mean of all days of {start} to {end} in 12 bands, on the same grid
  - `sand_content.tif`, `silt_content.tif`, `clay_content.tif`, `calcium_carbonate.tif`, `available_water_capacity.tif`
    (whole percent), `soil_depth.tif` (cm) and `organic_carbon.tif` (g/kg x 10): on 250 m in {crs}, sandy behind the
    range. Each is rounded by itself, so sand, silt and clay sum to 99, 100 or 101. In water and towns {byte}, in
    `organic_carbon.tif` {carbon}: declared as no data
  - `lakes.csv` (km2) and `reservoirs.csv` (total capacity in 10,000 m3), by the counties of today: waters of the land
    cover of {second} above 0.2 km2
  - `net_primary_productivity_YEAR.tif`: kgC/m2 a year x 10,000; {water} is water, {fill} is not covered
  - `census_{first}.csv` in 10,000 persons by the counties of its time, `census_{second}.csv` in persons by the counties
    of today; `county_changes.csv`: 990121 and 990122 were merged into one county, 990123 was divided into two
  - `yearbook.csv`, by the counties of today: product (1e8 yuan) and public budget expenditure (1e4 yuan) at current
    prices; `price_index.csv` ({first} is 100); `national.csv`: the nation, in 1e4 persons and 1e8 yuan
  - `threat_ITEM_YEAR.tif`, {first} and {second}: where threats to habitats come from (1, else 0): towns and villages,
    industry and mines, roads, cropland; on the cells of the land cover. `threats.csv` and `habitat_sensitivity.csv`,
    wide as InVEST has it: our own choices
  - `species_ranges.gpkg`: the ranges of 36 species that do not exist, in EPSG:4326, some of one place, some far beyond
    the region; `species.csv`: their group and Red List category
  - `coast.gpkg`: segments of 1 to 5 km, with the kind of coast, the highest storm surge (m), the mean
    waves (m) and the retreat (m a year); `sea.gpkg`: the sea beside it; `wind_rose.csv`: winds from 16 directions, and
    calm. `coastal_habitat.tif`: mangrove (which no real coast so cold has), salt marsh, seagrass, reef and beach
  - `monthly_solar_radiation.tif` (MJ/m2 in each month) and `evaporation_ratio.tif` (x 100, pans over rain): means of
    many years, on the grid of 30 seconds
  - `biomass_YEAR.tif`, {first} and {second}: t/ha, worn towards towns and mines and in patches; `natural_zone.tif`:
    1 coastal plain, 2 range, 3 steppe, on 250 m; `grassland_cover.csv`: what undegraded grassland covers in each
  - `carbonate_share.tif` (percent) and `lithology.tif` (0 no carbonate rock to 5 limestone and dolomite), on 250 m: one
    piece of karst in the west of the range
  - `groundwater_mineralisation.tif` (g/L x 10) and `groundwater_depth.tif` (m x 10), on 250 m: salt and near the
    surface by the sea and in the hollows behind the range
  - `chlorophyll_a.tif` (mg/m3 x 10), `total_phosphorus.tif` (mg/L x 1,000), `total_nitrogen.tif` (mg/L x 100),
    `transparency.tif` (m x 100) and `permanganate_index.tif` (mg/L x 10): on lakes, reservoirs and ponds only
  - `protected_areas.gpkg`: four reserves, each as a whole and its core; `roads.gpkg`: lines, of which those with
    `since` {second} were not there in {first}
  - `products.csv` and `visits.csv` (10,000 a year), by the counties of today, {first} and {second}: what they yield,
    each row in its own unit
- `truth/`: what was planted, to judge results by; no input of the study
  - `conversion.tif`: ecosystems at level 1, class of {first} * 10 + class of {second}, in the order forest 1, shrub 2,
    grassland 3, wetland 4, cropland 5, built 6, desert and bare 7, ice and snow 8, water 9; 0 unchanged; 255 outside
    the region (told by the centre of the cell)
  - `conversions.csv`: the cells and hectares of each
  - `map_errors.tif`: where a map errs: 1 in {first}, 2 in {second}, 3 in both. As real maps do, each has another class
    than the true one in about {errors:g} % of its cells, the sea apart.
  - `ndvi_trend.tif`: 1 where a rise was planted (around some of the land that was restored), -1 where a fall was
    (around county seats and around some of the land that turned to sand), 0 none, 2 where the land cover itself was
    converted (its NDVI goes evenly from the old class to the new between {first} and {second}, up, down or hardly at
    all); -128 outside the region and in the sea
  - `ndvi_slope.tif`: slope of the mean NDVI of April to October, a year, in common weather: of the planted trends and
    of the conversions; 0 elsewhere; -9999 outside
  - `residual_slope.tif`: slope of net primary productivity that rain does not explain, in percent a year of its mean in
    common weather; -9999 outside and on water
  - `population.csv`: persons by the counties of today in both years. The people of the divided county are shared out
    by the `share` in `county_changes.csv`.
  - `economy.csv`: what the yearbook tells, in yuan at the prices of {second}
  - `products.csv`: what the counties yield, in t, m3, kWh and heads

What else was planted: {drought} is a year of drought, with {lack:.0f} % less rain than the mean. It lowers the NDVI of
the whole growing season, most in grassland and cropland, least in forest; no other year's rain does. Behind the range
(north-west) rain rises by {trend:g} % of its mean a year; that raises net primary productivity there, in proportion to
how its ecosystem answers to rain, but not the NDVI. So net primary productivity is the NDVI of the growing season in
common weather, less 0.09, times a constant, times 1 plus the departure of the year's rain times 0.25 in forest, 0.5 in
shrub, 0.9 in grassland, 0.2 in wetland, 0.75 in cropland, 0.3 in built-up land and 0.6 in desert, each cell off by up
to 5 %. Ecological counties lose people, one of them 36 %; cities gain.
"""


def _fill(text: str, size: int, seed: int) -> str:
    """Put the facts of a sample into a text."""
    years = rainfall.YEARS
    return text.format(
        size=size,
        seed=seed,
        first=FIRST_YEAR,
        second=SECOND_YEAR,
        side=SIDE / 1000.0,
        crs=CRS,
        errors=100.0 * SHARE,
        series=", ".join(map(str, years)),
        days=", ".join(map(str, rain_days.DAY_YEARS)),
        start=years[0],
        end=years[-1],
        day_start=rain_days.DAY_YEARS[0],
        byte=soil.BYTE_NODATA,
        carbon=soil.CARBON_NODATA,
        around=AROUND / 1000.0,
        water=productivity.WATER,
        fill=productivity.NODATA,
        drought=rainfall.DROUGHT,
        lack=-100.0 * rainfall.DROUGHT_ANOMALY,
        trend=100.0 * rainfall.TREND,
    )


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
    return _fill(_STUDY, size, seed)


def readme_text(size: int, seed: int) -> str:
    """Give the text of the study's README.

    Parameters
    ----------
    size : cells a side
    seed : of the sample

    Returns
    -------
    str
        Markdown: that everything is generated, and what is where.
    """
    return _fill(_README, size, seed)
