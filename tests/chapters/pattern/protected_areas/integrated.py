"""Small registers of protected areas, and all steps that make them whole, one after the other."""

from types import SimpleNamespace

import geopandas
import numpy as np
import shapely
from affine import Affine
from odc.geo.geobox import GeoBox

from shanshui.base.grid import Grid
from shanshui.chapters.pattern.protected_areas import balance, faces, ledger, plan, register
from shanshui.chapters.pattern.protected_areas.rules import protected_area_rules

# Equal in area: a box of 100 units a side is one hectare.
EQUAL = "EPSG:6933"

SCALARS = {
    "protected_area_sliver_m": 0.0,
    "protected_area_gap_m": 0.0,
    "protected_area_border_m": 1e9,
    "high_value_importance": 2.5,
    "low_value_importance": 1.5,
    "obvious_impact_share": 0.9,
    "least_adjusted_out_ha": 5.0,
    "cultural_scenic_areas_leave": 0.0,
}
KINDS, LEVELS, RULES = (
    register.protected_area_categories(),
    register.protected_area_levels(),
    protected_area_rules(),
)


def grid(crs=EQUAL, side=100.0, cells=100):
    return GeoBox((cells, cells), Affine(side, 0, 0, 0, -side, side * cells), crs)


def box(x, y, width, height):
    return shapely.box(x, y, x + width, y + height)


def row(area, category, level, shape, **more):
    return {"area": area, "category": category, "level": level, "geometry": shape} | more


def frame(*rows, crs=EQUAL):
    return geopandas.GeoDataFrame(list(rows), geometry="geometry", crs=crs)


def shapes(*polygons, crs=EQUAL):
    return geopandas.GeoDataFrame(geometry=list(polygons), crs=crs)


def zones(*rows, crs=EQUAL):
    """Zones: zoning, zone, polygon, and a name that is not the key."""
    told = [{"zoning": a, "zone": b, "name": f"{b} name", "geometry": shape} for a, b, shape in rows]
    return geopandas.GeoDataFrame(told, geometry="geometry", crs=crs)


def gaps(*rows):
    """Gaps: number, rank, zone, hectares."""
    told = [{"gap": a, "rank": b, "zone": c, "area_ha": d, "geometry": shapely.Point(0, 0)} for a, b, c, d in rows]
    return geopandas.GeoDataFrame(told, geometry="geometry", crs=EQUAL)


class Cells:
    """A raster in memory, read like one on disk."""

    def __init__(self, values):
        self.values, self.shape = np.asarray(values, np.int32), np.shape(values)

    def tiles(self):
        return Grid(grid(cells=self.shape[0])).tiles()

    def read(self, window):
        rows, columns = slice(window.row, window.row + window.height), slice(window.column, None)
        return self.values[rows, columns][:, : window.width]


def areas(*rows, crs=EQUAL, geobox=None):
    return register.protected_areas(frame(*rows, crs=crs), KINDS, LEVELS, geobox=geobox or grid(crs))


def integrate(*rows, rules=RULES, offered=None, crs=EQUAL, geobox=None, importance=None, layers=None, **scalars):
    """Make a register whole: the register, its faces and their identity, plan, supplements, balance and ledger."""
    geobox = geobox or grid(crs)
    read = areas(*rows, crs=crs, geobox=geobox)
    raster = None if importance is None else Cells(importance)
    cut, identity = faces.protected_area_faces(
        read,
        KINDS,
        LEVELS,
        rules,
        **(layers or {}),
        protected_area_importance=raster,
        **SCALARS | scalars,
        geobox=geobox,
    )
    whole = plan.protected_area_plan(cut, read)
    added = balance.protected_area_supplements(cut, rules, offered)
    return SimpleNamespace(
        read=read,
        faces=cut,
        identity=identity,
        plan=whole,
        added=added,
        balance=balance.protected_area_balance(cut, rules, added, offered),
        ledger=ledger.protected_area_ledger(cut, identity, read, whole, added, KINDS, LEVELS),
    )


def on(made, *keys):
    """The one face that exactly these areas cover."""
    found = made.faces[made.faces["areas"] == "; ".join(keys)]
    assert len(found) == 1
    return found.iloc[0]


def hectares(made, by="into"):
    """Area of the faces by one of their columns."""
    return made.faces.groupby(by)["area_ha"].sum().to_dict()
