"""The red line of tomorrow: what stays of today's with what comes in (paper 2.2)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import geopandas
import numpy as np
import pandas as pd
import pyproj
from numpy.typing import NDArray

from shanshui.chapters.pattern.adjustment.patches import Sides, dissolved, summed
from shanshui.chapters.pattern.delineation import REALMS, SQUARE_METRES_PER_HECTARE
from shanshui.chapters.pattern.grounds import LAND, SEA
from shanshui.science.faces import Faces

KEPT = "kept"
COLUMNS = ["patch", "realm", "area_ha", "kept_ha", "added_ha", "origin"]


def draw_next_line(
    faces: Faces,
    sides: Sides,
    before: NDArray[np.bool_],
    after: NDArray[np.bool_],
    rule: NDArray[Any],
    realms: Mapping[str, NDArray[np.float64]],
    crs: pyproj.CRS,
) -> geopandas.GeoDataFrame:
    """Draw the line after the adjustment.

    Parameters
    ----------
    faces : Faces
        The faces of all that was looked at.
    sides : Sides
        Which share sides.
    before, after : bool ndarray (faces,)
        Whether the line of today, and that of tomorrow, covers each.
    rule : object ndarray of str (faces,)
        By which rule a face comes in.
    realms : mapping of str to float64 ndarray (faces,)
        What each face has of land and of sea, in any unit; empty where that is not known.
    crs : pyproj.CRS
        That of the grid.

    Returns
    -------
    GeoDataFrame
        One row a patch, what hangs together by sides, in the order of their first faces: patch, realm (that of most of
        it; empty where it is not known), area_ha, kept_ha, added_ha, origin (kept, and the rules that added ground).
    """
    patch = sides.groups(np.where(after, 0, -1))
    size = int(patch.max(initial=-1)) + 1
    area = faces.area / SQUARE_METRES_PER_HECTARE
    sums = summed(patch, {"kept": np.where(before, area, 0.0), "added": np.where(before, 0.0, area), **realms}, size)
    added = pd.DataFrame({"patch": patch, "rule": rule})[after & ~before].drop_duplicates()
    rules = added.sort_values(["patch", "rule"]).groupby("patch")["rule"].agg(list).to_dict()
    origin = [", ".join([KEPT] * bool(sums["kept"][n] > 0) + rules.get(n, [])) for n in range(size)]
    realm = np.full(size, "", object)
    if realms:
        land, sea = (sums[REALMS[each]] for each in (LAND, SEA))
        realm[land > 0] = REALMS[LAND]
        realm[sea > land] = REALMS[SEA]
    frame = pd.DataFrame(
        {
            "patch": np.arange(1, size + 1),
            "realm": realm,
            "area_ha": sums["kept"] + sums["added"],
            "kept_ha": sums["kept"],
            "added_ha": sums["added"],
            "origin": np.array(origin, object),
        },
        columns=COLUMNS,
    )
    return geopandas.GeoDataFrame(frame, geometry=dissolved(faces, patch), crs=crs)
