import numpy as np
import pandas as pd
import pytest

from shanshui.base.step import Series
from shanshui.base.zones import OUTSIDE, REGION, ZoneCover
from shanshui.chapters.status.land import (
    ecological_land_share,
    land_area,
    land_change_by_areas,
    land_change_by_cells,
    land_tally,
    land_transition,
    land_transition_tally,
)

# Codes of the source, and the ecosystem that each is: two of one first level, one of the sea.
LEGEND = pd.DataFrame(
    {
        "code": [1, 2, 5, 7, 9],
        "name": ["old forest", "young forest", "fields", "town", "sea"],
        "name_zh": ["老林", "幼林", "农田", "城镇", "海"],
        "level1": [1, 1, 5, 6, 9],
        "level2": [11, 14, 51, 61, 94],
        "colour": ["#000000"] * 5,
    }
)


def zones_table(names):
    """Make the table of zones: the region and its outside, then one zoning "counties" and its outside."""
    rows = [(REGION, REGION, "Whole"), (REGION, OUTSIDE, OUTSIDE)]
    rows += [("counties", str(key), name) for key, name in enumerate(names, start=1)]
    rows.append(("counties", OUTSIDE, OUTSIDE))
    frame = pd.DataFrame(rows, columns=["zoning", "zone", "name"])
    return frame.assign(area_ha=np.nan, map_area_ha=np.nan, statutory_area_ha=np.nan)


def cover_of(zones, shares=None):
    """Cells (0 to n - 1) of the counties; -1 in none. Where a share is below 1 the rest is outside every county."""
    shares = np.ones(zones.shape) if shares is None else shares
    count = int(zones.max(initial=0)) + 1
    outside = 2 + count
    number = np.where(zones < 0, outside, zones + 2)
    border = (shares < 1) & (zones >= 0)
    cell = np.flatnonzero(border)
    share = shares.ravel()[cell]
    members = np.array([[0, zone] for zone in range(2, outside + 1)], np.int32)
    return ZoneCover(
        np.where(border, -1, number - 2).astype(np.int32),
        members,
        np.concatenate([cell, cell, cell]),
        np.concatenate([np.zeros(cell.size), number.ravel()[cell], np.full(cell.size, outside)]).astype(np.int32),
        np.concatenate([np.ones(cell.size), share, 1 - share]),
    )


class Land:
    """All tables of the chapter for some maps."""

    def __init__(self, maps, zones, names, area, shares=None, smallest_base_area=0.0):
        series = Series({year: np.asarray(cells, np.int32) for year, cells in maps.items()})
        self.maps, self.zones = maps, zones_table(names)
        cover = cover_of(zones, shares)
        self.area = land_area(land_tally(series, LEGEND, cover, area), LEGEND, self.zones)
        self.change_by_areas = land_change_by_areas(self.area, smallest_base_area=smallest_base_area)
        self.share = ecological_land_share(self.area)
        if len(maps) > 1:  # with one year the engine makes neither
            pairs = land_transition_tally(series, LEGEND, cover, area)
            self.change = land_change_by_cells(pairs, LEGEND, self.zones, smallest_base_area=smallest_base_area)
            self.transition = land_transition(pairs, LEGEND, self.zones)


@pytest.fixture(scope="session")
def make_land():
    return Land


@pytest.fixture(scope="session")
def legend():
    return LEGEND


@pytest.fixture(scope="session")
def zoned():
    """3 x 4 cells of 1, 2, 3 ... 12 ha in two counties; the first cell is half in the first, (2, 3) in none."""
    zones = np.array([[0, 0, 1, 1], [0, 0, 1, 1], [0, 0, 1, -1]])
    shares = np.ones((3, 4))
    shares[0, 0] = 0.5
    area = np.arange(1, 13).reshape(3, 4) * 10_000.0
    return zones, ["North", "South"], area, shares


@pytest.fixture(scope="session")
def two_years(zoned):
    before = np.array([[1, 1, 2, 5], [1, 5, 5, 5], [-1, 7, 9, 5]])
    after = np.array([[1, 5, 2, 5], [7, 5, -1, 1], [1, 7, 9, 7]])
    return Land({1990: before, 2010: after}, *zoned)


@pytest.fixture(scope="session")
def three_years(zoned):
    first = np.array([[1, 1, 2, 5], [1, 5, 5, 5], [2, 7, 9, 5]])
    second = np.array([[1, 5, 2, 5], [7, 5, 1, 1], [1, 7, 9, 7]])
    third = np.array([[1, 5, 2, 7], [7, 7, 1, 1], [1, 7, 9, 7]])
    return Land({1990: first, 2000: second, 2010: third}, *zoned)
