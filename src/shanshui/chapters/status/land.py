"""Land: areas, changes and transitions by zone, year and class (paper 1.1)."""

from __future__ import annotations

import itertools
from typing import Annotated, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from shanshui.base.errors import Problem, StudyError
from shanshui.base.step import AtLeast, Series, step
from shanshui.base.zones import OUTSIDE, ZoneCover
from shanshui.data.legends import ecosystem_scheme
from shanshui.science.tally import Tallies, tally_classes

HECTARE_IN_MU = 15.0
NO_DATA = "no data"
# By which schemes the areas are keyed: its name, and the columns of the legend that hold code and name.
SCHEMES = {
    "land_cover": ("code", "name"),
    "ecosystem": ("level1", "ecosystem"),
    "ecosystem_type": ("level2", "ecosystem_type"),
}
ZONE = ["zoning", "zone", "zone_name"]
_PAIR_COLUMNS = ["year_from", "year_to", "area_from_ha", "area_to_ha", "gain_ha", "loss_ha"]


@step
def ecosystem(land_cover: NDArray[np.int32], land_cover_legend: pd.DataFrame) -> NDArray[np.int32]:
    """Ecosystem of each cell, second level of the project's scheme.

    Parameters
    ----------
    land_cover : int32 ndarray (rows, columns)
        Codes of the source; -1 where there is no data.
    land_cover_legend : DataFrame
        Its legend.

    Returns
    -------
    int32 ndarray (rows, columns)
        Second-level codes; -1 where there is no data.

    Notes
    -----
    A relabelling by the legend; scheme after HJ 1166-2021, table A.1.

    Examples
    --------
    >>> legend = pd.DataFrame({"code": [1, 7], "level2": [11, 51]})
    >>> ecosystem(np.array([[7, -1], [1, 7]], np.int32), legend).tolist()
    [[51, -1], [11, 51]]
    """
    codes, level2 = land_cover_legend["code"].to_numpy(), land_cover_legend["level2"].to_numpy()
    return np.append(level2, -1)[_class_index(land_cover, codes)].astype(np.int32)


@step
def ecosystem_legend() -> pd.DataFrame:
    """Legend of the ecosystems, second level.

    Returns
    -------
    DataFrame
        Columns code, name, name_zh, colour.
    """
    return ecosystem_scheme().rename(columns={"level2": "code"})[["code", "name", "name_zh", "colour"]]


@step
def land_tally(
    land_cover: Series,
    land_cover_legend: pd.DataFrame,
    zone_cover: ZoneCover,
    cell_area: NDArray[np.float64],
) -> Tallies:
    """Area by zone and class, for every year.

    Parameters
    ----------
    land_cover : Series of int32 ndarray (rows, columns)
        Codes of the source by year.
    land_cover_legend : DataFrame
        Its legend.
    zone_cover : ZoneCover
        Which zones cover the cells, and by which share on their borders.
    cell_area : float64 ndarray (rows, columns)
        Area of the cells on the ellipsoid [m2].

    Returns
    -------
    Tallies
        By year, written twice; class indices are rows of the legend, the one after the last is "no data".
    """
    return _tallied([(year, year) for year in land_cover.years], land_cover, land_cover_legend, zone_cover, cell_area)


@step
def land_transition_tally(
    land_cover: Annotated[Series, AtLeast(2)],
    land_cover_legend: pd.DataFrame,
    zone_cover: ZoneCover,
    cell_area: NDArray[np.float64],
) -> Tallies:
    """Area by zone, class before and class after, for every two years.

    Parameters
    ----------
    land_cover, land_cover_legend, zone_cover, cell_area
        As for `land_tally`.

    Returns
    -------
    Tallies
        By pair of years.
    """
    return _tallied(land_cover.pairs(), land_cover, land_cover_legend, zone_cover, cell_area)


@step
def zone_area(zones: pd.DataFrame) -> pd.DataFrame:
    """Area of every zone, computed and stated.

    Parameters
    ----------
    zones : DataFrame
        The zones with their attributes.

    Returns
    -------
    DataFrame
        One row a zone; areas in hectares and mu, the difference in percent of the stated area.

    Notes
    -----
    Geodesic area of the polygon (Karney 2013), beside the area in the plane of its own coordinates, which a
    geographic information system shows, and the statutory one. 1 ha = 15 mu.
    """
    frame = zones[zones["zone"] != OUTSIDE].rename(columns={"name": "zone_name"})
    return pd.DataFrame(
        {
            **{column: frame[column] for column in ZONE},
            "area_ha": frame["area_ha"],
            "area_mu": frame["area_ha"] * HECTARE_IN_MU,
            "map_area_ha": frame["map_area_ha"],
            "statutory_area_ha": frame["statutory_area_ha"],
            "difference_percent": 100.0 * (frame["area_ha"] / frame["statutory_area_ha"] - 1.0),
        }
    ).reset_index(drop=True)


@step
def land_area(land_tally: Tallies, land_cover_legend: pd.DataFrame, zones: pd.DataFrame) -> pd.DataFrame:
    """Area of each class by zone and year.

    Parameters
    ----------
    land_tally : Tallies
        Areas by zone and class.
    land_cover_legend : DataFrame
        Legend of the land cover.
    zones : DataFrame
        The zones.

    Returns
    -------
    DataFrame
        A class that a zone holds in any year has a row for every year. Areas in hectares and mu; share in
        percent of the zone's area that has data.

    Notes
    -----
    area = sum over cells of (cell's area on the ellipsoid x covered share). The zone's classes and its cells
    without data sum to its area on the grid.
    """
    found = []
    for (year, _), tally in land_tally.items():
        counted = pd.DataFrame(
            {"number": tally.zone, "class": tally.before, "area_ha": tally.hectares, "cells": tally.cell_count}
        )
        found.append(counted.assign(year=year))
    counted = pd.concat(found)
    frames = []
    for scheme in SCHEMES:
        words = _class_words(land_cover_legend, scheme)
        keyed = counted.assign(key=words["key"].to_numpy()[counted["class"]])
        areas = keyed.pivot_table(
            index=["number", "key"], columns="year", values=["area_ha", "cells"], aggfunc="sum", fill_value=0.0
        )
        # Back to one row a year: now a class that a zone holds in any year has a row for every year.
        frame = areas.stack("year", future_stack=True).reset_index()  # noqa: PD013
        with_data = (
            frame["area_ha"].where(frame["key"] != 0, 0.0).groupby([frame["number"], frame["year"]]).transform("sum")
        )
        frame["share_percent"] = (100.0 * frame["area_ha"] / with_data.where(with_data > 0)).where(frame["key"] != 0)
        frames.append(_worded(frame, zones, words, scheme, {"key": "class"}))
    result = pd.concat(frames, ignore_index=True)
    result["area_mu"] = result["area_ha"] * HECTARE_IN_MU
    columns = ["keyed_by", "class_code", "class_name", "area_ha", "area_mu", "cells", "share_percent"]
    return result[[*ZONE, "year", *columns]]


@step(gives="land_change", method="cells")
def land_change_by_cells(
    land_transition_tally: Tallies, land_cover_legend: pd.DataFrame, zones: pd.DataFrame, *, smallest_base_area: float
) -> pd.DataFrame:
    """Change of each class between any two years, with gain and loss, over cells with data in both.

    Parameters
    ----------
    land_transition_tally : Tallies
        Areas by zone, class before and class after.
    land_cover_legend : DataFrame
        Legend of the land cover.
    zones : DataFrame
        The zones.
    smallest_base_area : float
        Earlier area below which no percentage is given [ha].

    Returns
    -------
    DataFrame
        Areas in hectares; the row without a code is the area that has no data in one of the two years.

    Notes
    -----
    change = area_to - area_from = gain - loss; percent = 100 x change / area_from. Only cells known in both
    years count, so that a wider map is not taken for growth.
    """
    frames = []
    for scheme in SCHEMES:
        words = _class_words(land_cover_legend, scheme)
        for counted, years in _transitions(land_transition_tally, words):
            known = counted[(counted["before"] != 0) & (counted["after"] != 0)]
            stayed = known["before"] == known["after"]
            by = {
                "area_from_ha": known.groupby(["number", "before"])["area_ha"].sum(),
                "area_to_ha": known.groupby(["number", "after"])["area_ha"].sum(),
                "gain_ha": known[~stayed].groupby(["number", "after"])["area_ha"].sum(),
                "loss_ha": known[~stayed].groupby(["number", "before"])["area_ha"].sum(),
            }
            frame = pd.concat(
                [series.rename_axis(["number", "key"]).rename(name) for name, series in by.items()], axis=1
            )
            frame = frame.fillna(0.0).reset_index()
            unknown = counted[(counted["before"] == 0) | (counted["after"] == 0)].groupby("number")["area_ha"].sum()
            bare = pd.DataFrame({"number": unknown.index, "key": 0, "area_from_ha": unknown, "area_to_ha": unknown})
            frame = pd.concat([frame, bare.assign(gain_ha=0.0, loss_ha=0.0)], ignore_index=True)
            frame = frame.sort_values(["number", "key"]).assign(**years)
            frames.append(_worded(frame, zones, words, scheme, {"key": "class"}))
    result = pd.concat(frames, ignore_index=True)
    return _with_change(result, smallest_base_area)


@step(gives="land_change", method="areas")
def land_change_by_areas(land_area: pd.DataFrame, *, smallest_base_area: float) -> pd.DataFrame:
    """Change of each class between any two years from areas alone, as yearbooks give them.

    Parameters
    ----------
    land_area : DataFrame
        Areas by zone, year and class [ha].
    smallest_base_area : float
        Earlier area below which no percentage is given [ha].

    Returns
    -------
    DataFrame
        Areas in hectares; gain and loss cannot be known and are empty.

    Notes
    -----
    change = area_to - area_from; a class that a zone does not have in a year has no area there. A zone of which a year
    says nothing at all has no change from or to it.
    """
    labels = [*ZONE, "keyed_by", "class_code", "class_name"]
    known = land_area[land_area["class_name"] != NO_DATA]
    stated = known.groupby([*labels, "year"], sort=False)["area_ha"].sum(min_count=1)
    areas = stated.unstack("year").sort_index(axis=1)  # noqa: PD010
    # A zone without any area in a year is not known there; a class that others have beside it is zero.
    told = areas.notna().groupby(level=[*ZONE, "keyed_by"], sort=False).transform("any")
    areas = areas.fillna(0.0).where(told)
    areas = areas[areas.sum(axis=1) > 0]
    frames = [areas.iloc[:0].index.to_frame(index=False).assign(**dict.fromkeys(_PAIR_COLUMNS, 0))]
    for before, after in Series({int(year): None for year in areas.columns}).pairs():
        frame = areas.index.to_frame(index=False).assign(
            year_from=before, year_to=after, gain_ha=np.nan, loss_ha=np.nan
        )
        frame["area_from_ha"], frame["area_to_ha"] = areas[before].to_numpy(), areas[after].to_numpy()
        frames.append(frame.dropna(subset=["area_from_ha", "area_to_ha"]))
    # With one year there is no pair, and the table has no row.
    return _with_change(pd.concat(frames[1:] or frames, ignore_index=True), smallest_base_area)


@step
def land_transition(
    land_transition_tally: Tallies, land_cover_legend: pd.DataFrame, zones: pd.DataFrame
) -> pd.DataFrame:
    """Transition matrix between any two years, one row a pair of classes.

    Parameters
    ----------
    land_transition_tally : Tallies
        Areas by zone, class before and class after.
    land_cover_legend : DataFrame
        Legend of the land cover.
    zones : DataFrame
        The zones.

    Returns
    -------
    DataFrame
        Areas in hectares, share in percent of the class before. Cells without data are a class of their own.
    """
    frames = []
    for scheme in ("land_cover", "ecosystem"):
        words = _class_words(land_cover_legend, scheme)
        for counted, years in _transitions(land_transition_tally, words):
            frame = counted.groupby(["number", "before", "after"], as_index=False)[["area_ha", "cells"]].sum()
            whole = frame.groupby(["number", "before"])["area_ha"].transform("sum")
            frame = frame.assign(share_percent=100.0 * frame["area_ha"] / whole, **years)
            frames.append(_worded(frame, zones, words, scheme, {"before": "from", "after": "to"}))
    result = pd.concat(frames, ignore_index=True)
    columns = ["from_code", "from_name", "to_code", "to_name", "area_ha", "cells", "share_percent"]
    return result[[*ZONE, "year_from", "year_to", "keyed_by", *columns]]


@step
def ecological_land_share(land_area: pd.DataFrame) -> pd.DataFrame:
    """Share of ecological land by zone and year.

    Parameters
    ----------
    land_area : DataFrame
        Areas by zone, year and class; the rows keyed by second-level ecosystem, or by the first where a
        study gives no others.

    Returns
    -------
    DataFrame
        Areas in hectares, share in percent of all land with data; the sea is not land.

    Notes
    -----
    Which ecosystems are ecological land is told by the project's scheme (status default, own reading of the
    paper): forest, shrub, grassland, wetland, inland water, ice and snow.
    """
    scheme = ecosystem_scheme()
    known = land_area[land_area["class_code"] != ""]
    keyed_by, column = "ecosystem_type", "level2"
    if keyed_by not in set(known["keyed_by"]):
        keyed_by, column = "ecosystem", "level1"
    rows = known[known["keyed_by"] == keyed_by]
    # The sea's flag is empty: it is neither. On the first level it cannot be told from other water.
    flags = pd.to_numeric(scheme["ecological"]).groupby(scheme[column]).first()
    codes = pd.to_numeric(rows["class_code"], errors="coerce")
    strange = sorted(set(rows["class_code"][~codes.isin(flags.index)]))
    if strange:
        mend = "write one of " + ", ".join(map(str, flags.index))
        raise StudyError(
            Problem("tables.land_area.columns.class_code", f"{code!r} is no code of the scheme {keyed_by!r}", mend)
            for code in strange
        )
    flag = flags.reindex(codes.astype(int)).to_numpy()
    parts = rows[[*ZONE, "year"]].assign(
        ecological_ha=rows["area_ha"].to_numpy() * np.nan_to_num(flag),
        land_ha=rows["area_ha"].to_numpy() * ~np.isnan(flag),
    )
    frame = parts.groupby([*ZONE, "year"], sort=False, as_index=False).sum()
    land = frame["land_ha"].where(frame["land_ha"] > 0)
    return frame.assign(share_percent=100.0 * frame["ecological_ha"] / land)


@step
def land_conversion(
    ecosystem: Annotated[Series, AtLeast(2)], *, baseline_year: int, current_year: int
) -> NDArray[np.int32]:
    """What became what between the baseline and the current year.

    Parameters
    ----------
    ecosystem : Series of int32 ndarray (rows, columns)
        Second-level ecosystem by year.
    baseline_year, current_year : int
        The two years.

    Returns
    -------
    int32 ndarray (rows, columns)
        Ten times the first-level class before plus the class after; 0 where it stayed; -1 where one of the
        years has no data.

    Examples
    --------
    >>> land_conversion(Series({2000: np.array([[11, 31, -1]]), 2020: np.array([[12, 51, 51]])}),
    ...                 baseline_year=2000, current_year=2020).tolist()
    [[0, 35, -1]]
    """
    before, after = ecosystem[baseline_year] // 10, ecosystem[current_year] // 10
    converted = np.where(before == after, 0, before * 10 + after)
    unknown = (ecosystem[baseline_year] < 0) | (ecosystem[current_year] < 0)
    return np.where(unknown, -1, converted).astype(np.int32)


@step
def land_conversion_legend() -> pd.DataFrame:
    """Legend of the land conversion, coloured by what the land became.

    Returns
    -------
    DataFrame
        Columns code, name, name_zh, colour.
    """
    groups = ecosystem_scheme().drop_duplicates("level1")
    rows = [{"code": 0, "name": "unchanged", "name_zh": "未变化", "colour": "#eeeeee"}]
    for before, after in itertools.permutations(groups.to_dict("records"), 2):
        rows.append(
            {
                "code": before["level1"] * 10 + after["level1"],
                "name": f"{before['ecosystem']} to {after['ecosystem']}",
                "name_zh": f"{before['ecosystem_zh']}→{after['ecosystem_zh']}",
                "colour": after["colour"],
            }
        )
    return pd.DataFrame(rows)


def _tallied(
    pairs: list[tuple[int, int]],
    land_cover: Series,
    legend: pd.DataFrame,
    zone_cover: ZoneCover,
    cell_area: NDArray[np.float64],
) -> Tallies:
    codes = legend["code"].to_numpy()
    classes = {year: _class_index(cells, codes) for year, cells in land_cover.items()}
    return Tallies(
        {
            (before, after): tally_classes(zone_cover, cell_area, classes[before], classes[after], len(codes) + 1)
            for before, after in pairs
        }
    )


def _class_index(cells: NDArray[np.int32], codes: NDArray[Any]) -> NDArray[np.int32]:
    """Give the row of the legend for each cell; the one after the last for cells without data."""
    lowest, highest = int(codes.min(initial=0)), int(codes.max(initial=0))
    table = np.full(highest - lowest + 2, len(codes), np.int32)
    table[codes - lowest] = np.arange(len(codes), dtype=np.int32)
    # The last place of the table stands for -1 and for whatever the legend does not know.
    known = (cells >= lowest) & (cells <= highest)
    return table[np.where(known, cells - lowest, len(table) - 1)]


def _class_words(legend: pd.DataFrame, scheme: str) -> pd.DataFrame:
    """Give, for each row of the legend and then for "no data", a key that sorts, the code and the name.

    Key 0 is "no data"; others are 1 + the rank of the code, so that rows of one ecosystem share a key.
    """
    code, name = SCHEMES[scheme]
    described = legend.merge(
        ecosystem_scheme()[["level2", "ecosystem", "name"]].rename(columns={"name": "ecosystem_type"}),
        on="level2",
        how="left",
    )
    keys = described[code].rank(method="dense").astype(int)
    words = pd.DataFrame({"key": keys, "code": described[code].astype("str"), "name": described[name]})
    return pd.concat([words, pd.DataFrame({"key": [0], "code": [""], "name": [NO_DATA]})], ignore_index=True)


def _transitions(tallies: Tallies, words: pd.DataFrame) -> list[tuple[pd.DataFrame, dict[str, int]]]:
    """Give the transitions of every two different years, keyed by a scheme."""
    keys = words["key"].to_numpy()
    return [
        (
            pd.DataFrame(
                {
                    "number": tally.zone,
                    "before": keys[tally.before],
                    "after": keys[tally.after],
                    "area_ha": tally.hectares,
                    "cells": tally.cell_count,
                }
            ),
            {"year_from": before, "year_to": after},
        )
        for (before, after), tally in tallies.items()
    ]


def _worded(
    frame: pd.DataFrame, zones: pd.DataFrame, words: pd.DataFrame, scheme: str, keys: dict[str, str]
) -> pd.DataFrame:
    """Put names in the place of numbers: of the zone, and of the classes in the columns `keys`."""
    by_key = words.drop_duplicates("key").set_index("key")
    number = frame["number"].to_numpy()
    named = {
        "zoning": zones["zoning"].to_numpy()[number],
        "zone": zones["zone"].to_numpy()[number],
        "zone_name": zones["name"].to_numpy()[number],
    }
    for column, word in keys.items():
        found = by_key.loc[frame[column]]
        named |= {f"{word}_code": found["code"].to_numpy(), f"{word}_name": found["name"].to_numpy()}
    return frame.drop(columns=["number", *keys]).assign(keyed_by=scheme, **named)


def _with_change(frame: pd.DataFrame, smallest_base_area: float) -> pd.DataFrame:
    change = frame["area_to_ha"] - frame["area_from_ha"]
    base = frame["area_from_ha"].where(frame["area_from_ha"] >= smallest_base_area)
    columns = ["area_from_ha", "area_to_ha", "change_ha", "change_percent", "gain_ha", "loss_ha"]
    labels = [*ZONE, "year_from", "year_to", "keyed_by", "class_code", "class_name"]
    return frame.assign(change_ha=change, change_percent=100.0 * change / base)[[*labels, *columns]].reset_index(
        drop=True
    )
