"""What each county is for: its main function and main service, after what stands on its land."""

import numpy as np
import pandas as pd

from shanshui.sample.districts import number_cells
from shanshui.sample.landscape import EVERYWHERE, Landscape, tile_of
from shanshui.sample.legend import LEVEL1, Cover
from shanshui.sample.skeleton import NODES

CITIES, FARMLANDS = 2, 3  # counties whose function is urbanisation or agriculture; the rest are ecological

_DRY = np.array((Cover.STEPPE, Cover.SPARSE_GRASS, Cover.SAND), np.uint8)
_WET = np.array((Cover.MARSH, Cover.TIDAL_FLAT, Cover.LAKE), np.uint8)


def _shares(landscape: Landscape, count: int) -> pd.DataFrame:
    """Shares of each county's land, and of its whole area for ``sea``."""
    tile = tile_of(landscape, NODES, EVERYWHERE)
    township = number_cells(landscape.districts.townships, NODES, EVERYWHERE)
    county = np.where(township >= 0, landscape.districts.county[township], count)

    def cells(where: np.ndarray) -> np.ndarray:
        return np.bincount(county[where], minlength=count + 1)[:count]

    sea = tile.first == Cover.SEA
    level1 = LEVEL1[tile.first]
    kinds = {
        "built": level1 == 6,
        "farmed": level1 == 5,
        "dry": np.isin(tile.first, _DRY),
        "wet": np.isin(tile.first, _WET),
        "steep": tile.ground.slope > 18.0,
    }
    land = np.maximum(cells(~sea), 1)
    shares = {kind: cells(where & ~sea) / land for kind, where in kinds.items()}
    return pd.DataFrame({**shares, "sea": cells(sea) / (land + cells(sea))})


def county_functions(landscape: Landscape, count: int) -> pd.DataFrame:
    """Give every county its function.

    Parameters
    ----------
    landscape : Landscape
    count : of the counties

    Returns
    -------
    DataFrame
        one row a county: ``function``, ``level``, ``service`` and ``belt``. The most built-up counties are cities, the
        most farmed of the others feed the people, the rest are ecological, each for the service that stands out in it.
    """
    shares = _shares(landscape, count)
    frame = pd.DataFrame({"function": "ecological", "level": "provincial", "service": "", "belt": ""}, shares.index)
    frame.loc[shares["built"].nlargest(CITIES).index, "function"] = "urbanisation"
    others = shares[frame["function"] == "ecological"]
    frame.loc[others["farmed"].nlargest(FARMLANDS).index, "function"] = "agricultural"

    ecological = shares[frame["function"] == "ecological"]
    frame.loc[ecological.index, "service"] = "water_conservation"
    frame.loc[ecological["steep"].nlargest(1).index, "service"] = "soil_retention"
    frame.loc[ecological["wet"].nlargest(1).index, "service"] = "biodiversity_maintenance"
    frame.loc[ecological["dry"].nlargest(1).index, "service"] = "sand_fixation"

    frame.loc[shares["sea"] > 0.0, "belt"] = "coastal_belt"
    frame.loc[frame["service"] == "sand_fixation", "belt"] = "northern_sand_prevention_belt"
    # Key ecological function areas of the sand belt and of biodiversity are national, and so is the first city.
    national = frame["service"].isin(["sand_fixation", "biodiversity_maintenance", "soil_retention"])
    national |= shares.index == shares["built"].idxmax()
    frame.loc[national, "level"] = "national"
    return frame
