"""What the draws of a product have left in the output: whether they belong to it as it stands, and what they tell."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

import pandas as pd

from shanshui.base.zones import OUTSIDE, REGION
from shanshui.study.products import Output

if TYPE_CHECKING:
    from shanshui.study.study import Study


def current_draws(study: Study, name: str) -> dict[str, Any] | None:
    """Give the receipt of the draws of a product; None where there are none, or the product has changed since.

    Parameters
    ----------
    study : Study
        The study.
    name : str
        The product.

    Returns
    -------
    dict or None
    """
    output = drawn_output(study)
    receipt = output.receipt(name)
    if receipt is None or not output.current(name, str(receipt.get("key"))):
        return None
    return receipt if receipt.get("of") == study.keys([name])[name] else None


def drawn_output(study: Study) -> Output:
    """Give the place where the draws of a study stand."""
    return Output(study.output.folder / "draws", study.output.digests)


def raster_files(receipt: dict[str, Any], name: str, year: int | None) -> list[PurePosixPath]:
    """Give the rasters of a product's draws in one year, below the folder of the draws.

    Parameters
    ----------
    receipt : dict
        Of the draws.
    name : str
        The product.
    year : int or None
        None where it has no years.

    Returns
    -------
    list of PurePosixPath
    """
    ending = "" if year is None else f"_{year}"
    paths = [PurePosixPath(path) for path in receipt["files"]]
    years = [f"_{known}" for known in receipt["years"]]
    found = [path for path in paths if path.suffix == ".tif" and path.stem.endswith(ending)]
    return [path for path in found if ending or not any(path.stem.endswith(known) for known in years)]


def region_shares(study: Study, name: str) -> pd.DataFrame | None:
    """Tell which uncertain numbers make the mean over the region uncertain.

    Parameters
    ----------
    study : Study
        The study.
    name : str
        A product.

    Returns
    -------
    DataFrame or None
        Columns ``uncertain``, ``share_percent`` and perhaps ``year``, of the table by zone of the product, the greatest
        share first; None where that has not been drawn.
    """
    table = name if name.endswith("_by_zone") else f"{name}_by_zone"
    path = drawn_output(study).folder / "tables" / f"{table}_shares.csv"
    if table not in study.catalogue.vocabulary or current_draws(study, table) is None or not path.exists():
        return None
    shares = pd.read_csv(path, dtype={"zone": "str", "zoning": "str"})
    region = shares[(shares["zoning"] == REGION) & (shares["zone"] != OUTSIDE)]
    columns = [name for name in ("year", "uncertain", "share_percent") if name in region]
    return region[columns].sort_values("share_percent", ascending=False, kind="stable").reset_index(drop=True)
