"""A small study with a red line of today and two rules by which it is adjusted."""

import geopandas
import numpy as np
import shapely
from tests.study.conftest import CELL, COLUMNS, CRS, LEFT, ROWS, TOP

LAYERS = """
[layers.service_importance]
path = "service.tif"

[layers.water_conservation]
path = "water.tif"
unit = "mm"

[layers.population_density]
path = "persons.tif"
unit = "person/km**2"

[layers.settlement]
path = "villages.gpkg"

[layers.present_red_line]
path = "today.gpkg"

[layers.red_line_edit]
path = "edits.gpkg"

[tables.red_line_adjustment_rules]
path = "rules.csv"

[zones.function_area]
path = "function_areas.gpkg"
key = "key"
columns = { name = "name" }

[policy.overrides]
populous_settlement_ha = { value = 5, source = "small" }
populous_settlement_persons = { value = 10, source = "small" }
smallest_adjustment_ha = { value = 3, source = "small" }
function_area_target_percent = { value = 5, source = "small" }
"""
RULES = """\
code,order,direction,force,ground,when,english,chinese,document,article
A1,1,in,shall,cell,service_importance == 3,\
Land that is extremely important comes in.,极重要区域划入。,Guide of the line,7
C1,1,out,may,settlement,area_ha >= populous_settlement_ha and persons >= populous_settlement_persons,\
Populous villages may leave.,人口密集村庄可以调出。,Paper of the pattern,
"""
# Today's line: rows 10 to 29, columns 10 to 39, its rim a third of a cell further in.
TODAY = shapely.box(LEFT + 10.33 * CELL, TOP - 30 * CELL, LEFT + 40 * CELL, TOP - 10 * CELL)


def block(row, column, rows, columns):
    left, top = LEFT + column * CELL, TOP - row * CELL
    return shapely.box(left, top - rows * CELL, left + columns * CELL, top)


def adjusted(study):
    """Extremely important: rows 5 to 14, columns 30 to 49. A village in the line, refused; another one that leaves.

    One county asks for a block beyond the line, another one for the refusal.
    """
    random = np.random.default_rng(5)
    service = np.ones((ROWS, COLUMNS), np.int32)
    service[5:15, 30:50] = 3
    study.raster("service.tif", service, nodata=-1)
    water = random.gamma(2, 50, (ROWS, COLUMNS)).astype(np.float32)
    water[8, 45] = -9999
    study.raster("water.tif", water, nodata=-9999)
    study.raster("persons.tif", random.gamma(2, 200, (ROWS, COLUMNS)).astype(np.float32), nodata=-9999)

    def drawn(file, shapes, **columns):
        study.polygons(file, geopandas.GeoDataFrame(columns, geometry=shapes, crs=CRS))

    drawn("villages.gpkg", [block(20, 12.5, 3, 4), block(25, 30, 2, 4.5)])
    drawn("today.gpkg", [TODAY], name=["line of today"])
    drawn(
        "function_areas.gpkg", [block(0, 0, 20.4, 60), block(20.4, 0, 30, 60)], key=["h", "l"], name=["Hills", "Lakes"]
    )
    drawn(
        "edits.gpkg",
        [block(40, 20, 4, 5.5), block(25, 30, 2, 4.5)],
        edit=["e1", "e2"],
        kind=["in", "refuse"],
        reason=["A spring rises here.", "Nobody lives there any more."],
        origin=["Yi county", "Er county"],
        # The middle of the village of Er county: 30 + 4.5 / 2 columns and 25 + 2 / 2 rows from the corner.
        patch=["", "C1-0503225-2597400"],
    )
    study.file("rules.csv", RULES)
    study.add(LAYERS)
    return study
