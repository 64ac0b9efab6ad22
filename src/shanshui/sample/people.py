"""People: two censuses as yearbooks print them, between which counties were merged and divided."""

from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from shanshui.data.tables import write_table
from shanshui.sample.noise import hash_unit, stream
from shanshui.sample.rasters import FIRST_YEAR, SECOND_YEAR
from shanshui.sample.zone_names import place_names
from shanshui.sample.zones import PROVINCE

# By function: persons a km2 in the first census, their growth to the second, and the urban share in both; each the
# least and how much more it may be.
_DENSITY = {"ecological": (75.0, 35.0), "agricultural": (210.0, 80.0), "urbanisation": (440.0, 160.0)}
_GROWTH = {"ecological": (0.80, 0.16), "agricultural": (0.93, 0.10), "urbanisation": (1.25, 0.30)}
_URBAN = {
    FIRST_YEAR: {"ecological": (0.16, 0.08), "agricultural": (0.24, 0.08), "urbanisation": (0.48, 0.12)},
    SECOND_YEAR: {"ecological": (0.34, 0.12), "agricultural": (0.42, 0.10), "urbanisation": (0.74, 0.10)},
}
_EMPTIED = 0.64  # what is left of the people of one ecological county
_ROUND = 100  # persons: the first census is printed in 10,000 persons with two decimals


@dataclass(frozen=True)
class People:
    """The people of the region."""

    truth: pd.DataFrame
    """``zone``, ``year``, ``total_persons``, ``urban_persons``, ``rural_persons`` by the counties of today"""
    first: pd.DataFrame
    """the first census: ``code``, ``name``, ``total``, ``urban``, ``rural`` in persons by the counties of its time"""
    changes: pd.DataFrame
    """``old`` and ``new`` code, and the ``share`` of the old county's people that live in the new one"""


def _divided(counties: gpd.GeoDataFrame, merged: int) -> tuple[int, int]:
    """The two counties that were one: of those with the same function, the pair with the longest common border."""
    best, longest = (0, 1), -1.0
    for i in range(len(counties)):
        for j in range(i + 1, len(counties)):
            alike = counties["function"][i] == counties["function"][j]
            if merged not in (i, j):
                border = shapely.length(shapely.intersection(counties.geometry[i], counties.geometry[j]))
                if border + 1e9 * alike * (border > 0.0) > longest:
                    best, longest = (i, j), border + 1e9 * alike * (border > 0.0)
    return best


def _drawn(counties: gpd.GeoDataFrame, ranges: dict[str, tuple[float, float]], stream_number: int) -> list[float]:
    """A number for each county from the range of its function."""
    return [
        ranges[function][0] + ranges[function][1] * hash_unit(k, 0, stream_number)
        for k, function in enumerate(counties["function"])
    ]


def _rounded(values: pd.Series | np.ndarray, step: int) -> np.ndarray:
    return (np.rint(np.asarray(values, float) / step) * step).astype(np.int64)


def count_people(counties: gpd.GeoDataFrame, seed: int) -> People:
    """Count the people of both years.

    Parameters
    ----------
    counties : of today, see `zones.county_table`
    seed : of the sample

    Returns
    -------
    People
        Ecological counties lose people and one of them more than a third, cities gain. One county of today was two in
        the first census, and two of today were one.
    """
    draw = stream(seed, "people")
    merged = int(np.flatnonzero(counties["function"] == "agricultural")[0])
    one, other = _divided(counties, merged)
    area = counties.area.to_numpy() / 1e6

    total = _rounded(area * _drawn(counties, _DENSITY, draw), _ROUND)
    urban = _rounded(total * _drawn(counties, _URBAN[FIRST_YEAR], draw + 1), _ROUND)
    # What the divided county had, and its share that lives on either side: whole persons come out of two decimals.
    old_total, old_urban = total[one] + total[other], urban[one] + urban[other]
    share = round(float(total[one] / old_total), 2)
    for county, part in ((one, share), (other, 1.0 - share)):
        total[county], urban[county] = np.rint(old_total * part), np.rint(old_urban * part)

    growth = np.array(_drawn(counties, _GROWTH, draw + 2))
    growth[int(np.flatnonzero(counties["service"] == "water_conservation")[0])] = _EMPTIED
    total_now = _rounded(total * growth, 1)
    urban_now = _rounded(total_now * _drawn(counties, _URBAN[SECOND_YEAR], draw + 3), 1)

    codes = counties["code"].to_numpy()
    parts = [(FIRST_YEAR, total, urban), (SECOND_YEAR, total_now, urban_now)]
    truth = pd.concat(
        [
            pd.DataFrame(
                {
                    "zone": codes,
                    "year": year,
                    "total_persons": persons,
                    "urban_persons": in_town,
                    "rural_persons": persons - in_town,
                }
            )
            for year, persons, in_town in parts
        ],
        ignore_index=True,
    )

    names = [name for _, name in place_names(479, seed)[-3:]]
    split = float(0.4 + 0.2 * hash_unit(0, 1, draw))
    left_total, left_urban = (_rounded(values[[merged]] * split, _ROUND)[0] for values in (total, urban))
    old = [f"{PROVINCE}{number}" for number in (21, 22, 23)]
    gone = pd.DataFrame(
        {
            "code": old,
            "name": [name + "县" for name in names],
            "total": [left_total, total[merged] - left_total, old_total],
            "urban": [left_urban, urban[merged] - left_urban, old_urban],
        }
    )
    kept = np.array([k not in (merged, one, other) for k in range(len(counties))])
    same = pd.DataFrame(
        {"code": codes[kept], "name": counties["name_zh"][kept], "total": total[kept], "urban": urban[kept]}
    )
    first = pd.concat([same, gone], ignore_index=True)
    first["rural"] = first["total"] - first["urban"]
    changes = pd.DataFrame(
        {
            "old": [old[0], old[1], old[2], old[2]],
            "new": [codes[merged], codes[merged], codes[one], codes[other]],
            "share": [1.0, 1.0, share, round(1.0 - share, 2)],
        }
    )
    return People(truth, first, changes)


def write_people(people: People, counties: gpd.GeoDataFrame, directory: Path) -> None:
    """Write both censuses, the changes of counties between them, and the truth.

    Parameters
    ----------
    people : People
    counties : of today
    directory : of the study; ``inputs`` and ``truth`` are in it
    """
    first = people.first.copy()
    for column in ("total", "urban", "rural"):
        first[column] = (first[column] / 10_000.0).round(2)
    headers = {"code": "行政区代码", "name": "地区", "total": "总人口", "urban": "城镇人口", "rural": "乡村人口"}
    write_table(directory / f"inputs/census_{FIRST_YEAR}.csv", first.rename(columns=headers))

    second = people.truth[people.truth["year"] == SECOND_YEAR].reset_index(drop=True)
    columns = {"code": second["zone"], "name": counties["name"]}
    columns |= {kind: second[f"{kind}_persons"] for kind in ("total", "urban", "rural")}
    write_table(directory / f"inputs/census_{SECOND_YEAR}.csv", pd.DataFrame(columns))
    write_table(directory / "inputs/county_changes.csv", people.changes)
    write_table(directory / "truth/population.csv", people.truth)
