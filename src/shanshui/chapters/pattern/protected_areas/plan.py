"""Protected areas after integration: faces joined by the area and zone in which they end."""

from __future__ import annotations

import geopandas
import numpy as np
import pandas as pd
import pyproj
import shapely
from numpy.typing import NDArray

from shanshui.base.step import step
from shanshui.chapters.pattern.protected_areas.register import JOINT, NATURE_RESERVE, hectares
from shanshui.chapters.pattern.protected_areas.zones import ZONE_NAMES

COLUMNS = [
    "area",
    "name",
    "name_zh",
    "category",
    "level",
    "zone",
    "zone_zh",
    "from_areas",
    "from_count",
    "prefectures",
    "area_ha",
    "whole_before_ha",
    "whole_after_ha",
    "change_ha",
    "note",
    "note_zh",
    "geometry",
]
# Levels from which a merged nature reserve may rise to a provincial one.
_RISING = ("prefecture", "county")
_NOTE = "A nature reserve made of several areas may be upgraded to a provincial one (P5)."
_NOTE_ZH = "由多处保护地归并而成的自然保护区，可升格为省级自然保护区（P5）。"


@step
def protected_area_plan(
    protected_area_faces: geopandas.GeoDataFrame, protected_areas: geopandas.GeoDataFrame
) -> geopandas.GeoDataFrame:
    """Protected areas after integration, by zone.

    Parameters
    ----------
    protected_area_faces : GeoDataFrame
        Columns areas, winner, into, category, level, zone, prefecture_name, area_ha.
    protected_areas : GeoDataFrame
        Columns area, name, name_zh, class.

    Returns
    -------
    GeoDataFrame
        One row an area and zone: area, name, name_zh, category, level, zone, zone_zh, from_areas (keys of all areas
        that had a claim on its ground), from_count, prefectures, area_ha (of this row, measured anew on the ellipsoid);
        whole_before_ha (the ground of the area's own polygons before), whole_after_ha and change_ha, which are those of
        the whole area and the same in each of its zones; note, note_zh.
    """
    faces = protected_area_faces.reset_index(drop=True)
    staying = faces[faces["into"] != ""]
    before: dict[str, float] = {}
    for keys, area in zip(faces["areas"], faces["area_ha"], strict=True):
        for key in keys.split(JOINT):
            before[key] = before.get(key, 0.0) + area
    of_area = pd.DataFrame(protected_areas.drop(columns="geometry")).drop_duplicates("area").set_index("area")
    rows, shapes = [], []
    for key, whole in staying.groupby("into", sort=True):
        claims = sorted({claim for keys in whole["areas"] for claim in keys.split(JOINT)})
        places = JOINT.join(sorted(set(whole["prefecture_name"])))
        after = float(whole["area_ha"].sum())
        said, first = of_area.loc[key], whole.iloc[0]
        rises = len(set(whole["winner"])) > 1 and first["level"] in _RISING and said["class"] == NATURE_RESERVE
        for zone, parts in whole.groupby("zone", sort=True):
            shapes.append(_joined(parts.geometry.to_numpy()))
            rows.append(
                {
                    "area": key,
                    "name": said["name"],
                    "name_zh": said["name_zh"],
                    "category": first["category"],
                    "level": first["level"],
                    "zone": zone,
                    "zone_zh": ZONE_NAMES[zone][1] if zone else "",
                    "from_areas": JOINT.join(claims),
                    "from_count": len(claims),
                    "prefectures": places,
                    "whole_before_ha": before[key],
                    "whole_after_ha": after,
                    "change_ha": after - before[key],
                    "note": _NOTE if rises else "",
                    "note_zh": _NOTE_ZH if rises else "",
                }
            )
    geometry = np.array(shapes, object)
    table = pd.DataFrame(rows, columns=[name for name in COLUMNS if name not in ("area_ha", "geometry")])
    table["area_ha"] = hectares(geometry, pyproj.CRS(faces.crs))
    return geopandas.GeoDataFrame(table, geometry=geometry, crs=faces.crs)[COLUMNS]


def _joined(polygons: NDArray[np.object_]) -> shapely.Geometry:
    return polygons[0] if len(polygons) == 1 else shapely.coverage_union_all(polygons)
