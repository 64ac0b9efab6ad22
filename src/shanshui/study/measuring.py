"""What is measured of the ground of one parcel: the step that measures all of them, asked of this one alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import geopandas
import pandas as pd

from shanshui.base.grid import Window
from shanshui.study.place import Place, UnknownHereError
from shanshui.study.plan import Given, Missing, nodes_of

if TYPE_CHECKING:
    from shanshui.study.study import Study

PARCEL, TERRAIN = "parcel", "parcel_terrain"


def terrain_of(study: Study, parcels: geopandas.GeoDataFrame) -> pd.DataFrame | None:
    """Measure how steep and how high a few parcels lie; what the rasters tell there is worked out anew.

    Parameters
    ----------
    study : Study
        The study.
    parcels : GeoDataFrame
        Rows of its layer of parcels.

    Returns
    -------
    DataFrame or None
        As a run would give it, to the last digit; None in a study that cannot measure it. Where the study itself gives
        `parcel_terrain`, that.
    """
    found = study.resolver[TERRAIN]
    if isinstance(found, Given):
        return study.inputs.sources[TERRAIN].frame
    if isinstance(found, Missing):
        return None
    year = found.years[-1] if found.years else None
    arguments = []
    for needed in found.step.inputs:
        node = nodes_of(needed, found, year, study.resolver)
        arguments.append(parcels if needed == PARCEL else None if node is None else _Cells(study, node))
    try:
        return found.step(arguments, study.scalars)
    except UnknownHereError:
        return None


class _Cells:
    """A raster of a study, worked out window by window."""

    def __init__(self, study: Study, node: Any) -> None:
        self._study, self._node = study, node

    def read(self, window: Window) -> Any:
        """Give the cells of a window."""
        return Place(self._study, window, set()).cells(self._node)
