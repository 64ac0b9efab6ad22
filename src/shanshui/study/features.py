"""Opening the layers of a study that stay what they are, lines or polygons: a step sees them as features."""

from __future__ import annotations

from pathlib import Path

from shanshui.base.errors import Problems
from shanshui.base.grid import Grid, crs_of
from shanshui.base.vocabulary import Quantity
from shanshui.data.files import Digests, digest_bytes
from shanshui.study.inputs import TableSource, file_facts
from shanshui.study.schema import LayerSection, located
from shanshui.study.vector_layers import is_vector, read_features

# What says how cells are made or read: nothing of that is done.
_OF_CELLS = (
    *("band", "scale", "offset", "resampling", "value", "unit", "nodata", "legend"),
    *("column", "item_column", "items", "years"),
)


def open_features(
    quantity: Quantity,
    section: LayerSection,
    folder: Path,
    grid: Grid | None,
    digests: Digests,
    problems: Problems,
) -> TableSource | None:
    """Open a layer of features.

    Parameters
    ----------
    quantity : Quantity
        Of the shape ``vector``.
    section : LayerSection
        What study.toml says of it.
    folder : Path
        The study's folder.
    grid : Grid or None
        Where its coordinates shall lie; None where it could not be made: then only faults are looked for.
    digests : Digests
        Fingerprints of files.
    problems : Problems
        Takes what is found wrong.

    Returns
    -------
    TableSource or None
        A GeoDataFrame in the CRS of the grid; None where something is wrong.
    """
    key = f"layers.{quantity.name}"
    odd = [word for word in _OF_CELLS if word in section.model_fields_set]
    for word in odd:
        problems.fault(f"{key}.{word}", "is for cells, and these features stay features", "leave it out")
    if not is_vector(section):
        problems.fault(f"{key}.path", "is no vector file", "give a GeoPackage, shapefile or GeoJSON")
        return None
    path = located(section.path, folder)
    if not path.exists():
        problems.fault(f"{key}.path", f"there is no file {section.path}", "correct the path")
        return None
    frame = read_features(key, section, section.path, path, problems)
    if frame is None or grid is None or odd:
        return None
    about = {word: getattr(section, word) for word in ("layer", "where", "source", "licence", "citation")}
    facts = file_facts(quantity.name, section.path, path, digests, about)
    return TableSource(frame.to_crs(crs_of(grid.geobox)), digest_bytes(repr(facts)), facts, shape="vector")
