"""Everything that decisions about land ask for, and the truth about it."""

from pathlib import Path

import pandas as pd
import shapely

from shanshui.data.tables import write_table
from shanshui.sample.access_lists import write_access_lists
from shanshui.sample.applications import write_applications
from shanshui.sample.base_map import BaseMap
from shanshui.sample.control_grounds import Planned, build_control_layers, write_control_layers
from shanshui.sample.landscape import Landscape
from shanshui.sample.parcel_plants import plant_parcels
from shanshui.sample.parcel_sites import Sites
from shanshui.sample.parcels import Parcels, build_parcels, write_parcels


def _conflicts(parcels: Parcels) -> pd.DataFrame:
    """All that parcels have of control layers, by construction."""
    rows = [
        (name, overlap.layer, overlap.kind, round(overlap.area_m2, 2))
        for name, overlaps in parcels.overlaps.items()
        for overlap in overlaps
    ]
    return pd.DataFrame(rows, columns=["parcel", "layer", "kind", "area_m2"])


def _wrong_areas(parcels: Parcels) -> pd.DataFrame:
    """The statutory areas that were planted wrong."""
    rows = parcels.rows.set_index("parcel").loc[list(parcels.wrong)]
    return pd.DataFrame(
        {
            "parcel": rows.index,
            "area_m2": shapely.area(rows.geometry.to_numpy()).round(2),
            "off_percent": [round(100.0 * share, 1) for share in parcels.wrong.values()],
        }
    )


def write_land_decisions(base: BaseMap, landscape: Landscape, plans: Planned, directory: Path) -> None:
    """Write control layers, parcels, applications, access lists and firms; the same for every size of the sample.

    Parameters
    ----------
    base : BaseMap
    landscape : Landscape
    plans : Planned
    directory : of the study: to ``inputs`` and, beside what `write_applications` and `write_access_lists` tell,
        ``truth/parcel_conflicts.csv`` (``parcel``, ``layer``, ``kind``, ``area_m2`` in the sample's plane: all there
        are) and ``truth/statutory_areas.csv`` (``parcel``, ``area_m2``, ``off_percent``: those that were planted)
    """
    seed = landscape.seed
    layers = build_control_layers(base, landscape, plans)
    write_control_layers(layers, directory / "inputs")
    sites = Sites(base, landscape.districts.region(), layers, seed)
    parcels = build_parcels(sites, plant_parcels(sites), plans)
    write_parcels(parcels, directory)
    write_table(directory / "truth/parcel_conflicts.csv", _conflicts(parcels))
    write_table(directory / "truth/statutory_areas.csv", _wrong_areas(parcels))
    write_applications(parcels, seed, directory)
    write_access_lists(plans.counties, parcels, seed, directory)
