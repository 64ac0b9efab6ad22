"""Access lists of industries of a county and of its province, the firms there, and the faults that were planted."""

from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import pandas as pd
import shapely

from shanshui.data.tables import write_table
from shanshui.sample.noise import hash_unit, stream
from shanshui.sample.parcels import Parcels

COUNTY_FILE, PROVINCE_FILE = "access_lists.csv", "access_lists_province.csv"
SLOPES = "slope_degrees < 25 and elevation_m < 2500"

_FIRMS_WITH_PARCEL, _PER_INDUSTRY = 12, 3
_SINCE = (1992, 2024)  # years in which firms began
_SOURCES = {"province": "Generated list of the sample's province", "county": "Generated list of the sample's county"}


@dataclass(frozen=True)
class Row:
    """A row of a list."""

    verdict: str
    """allowed, restricted or prohibited"""
    industry: str
    english: str
    chinese: str
    control_kind: str = ""
    control: str = ""
    zone: str = ""
    deadline: str = ""
    valid_from: str = "2024-01-01"
    valid_to: str = ""
    name: str = ""
    """by which faults name it"""


PROVINCE: tuple[Row, ...] = (
    Row("prohibited", "06", "No mining of coal.", "禁止煤炭开采和洗选。"),
    Row("prohibited", "301", "No making of cement, lime and gypsum.", "禁止水泥、石灰和石膏制造。", name="cement"),
    Row("restricted", "22", "Paper mills discharge nothing.", "造纸不得排放污染物。", "clean",
        "not discharges_pollutants", name="paper"),
    Row("restricted", "041", "Ponds of at most 5 ha.", "水产养殖每处不超过5公顷。", "scale", "area_m2 <= 50000",
        name="ponds"),
    Row("restricted", "031", "Livestock below 25 degrees and 2,500 m.", "牲畜饲养限于坡度25度、海拔2500米以下。",
        "layout", SLOPES),
    Row("prohibited", "10", "No mining of other minerals in protected areas.", "自然保护地内禁止非金属矿采选。",
        zone="protected_areas"),
    Row("allowed", "786", "Management of sightseeing areas.", "游览景区管理。"),
)  # fmt: skip
COUNTY: tuple[Row, ...] = (
    Row("allowed", "02", "Forestry.", "林业。"),
    Row("allowed", "786", "Management of sightseeing areas.", "游览景区管理。"),
    Row("allowed", "903", "Leisure and sightseeing.", "休闲观光活动。"),
    Row("restricted", "031", "Livestock below 25 degrees and 2,500 m.", "牲畜饲养限于坡度25度、海拔2500米以下。",
        "layout", SLOPES),
    Row("restricted", "15", "Drinks without heavy pollution of water.", "酒、饮料制造不得严重污染水体。", "process",
        "not seriously_pollutes_water"),
    Row("prohibited", "263", "No making of pesticides; existing firms end by 2027.",
        "禁止农药制造，现有企业2027年底前退出。", deadline="2027-12-31"),
    Row("prohibited", "10", "No mining of other minerals in the red line.", "生态保护红线内禁止非金属矿采选。",
        zone="red_line"),
    Row("restricted", "10", "Small mines of other minerals.", "非金属矿采选限于小规模。", "scale", "area_m2 <= 200000"),
    # Planted: one industry both allowed and prohibited on the same ground and at the same time.
    Row("allowed", "13", "Processing of farm products.", "农副食品加工业。", name="food"),
    Row("prohibited", "13", "No processing of farm products.", "禁止农副食品加工业。", name="no food"),
    # Planted: one row twice, with a year in common.
    Row("restricted", "303", "Bricks of at most 2 ha.", "砖瓦、石材制造不超过2公顷。", "scale", "area_m2 <= 20000",
        valid_to="2026-12-31", name="bricks"),
    Row("restricted", "303", "Bricks of at most 2 ha.", "砖瓦、石材制造不超过2公顷。", "scale", "area_m2 <= 20000",
        valid_from="2026-01-01", name="bricks again"),
    # Planted: looser than the province, in its class and in its control.
    Row("allowed", "22", "Paper mills.", "造纸和纸制品业。", name="paper here"),
    Row("restricted", "301", "Cement of at most 10 ha.", "水泥制造不超过10公顷。", "scale", "area_m2 <= 100000",
        name="cement here"),
    Row("restricted", "041", "Ponds of at most 10 ha.", "水产养殖每处不超过10公顷。", "scale", "area_m2 <= 100000",
        name="ponds here"),
    # Planted: a year in which nothing holds, and a restriction without a control.
    Row("restricted", "30", "Stone and glass of at most 3 ha.", "非金属矿物制品业不超过3公顷。", "scale",
        "area_m2 <= 30000", valid_to="2024-12-31", name="glass"),
    Row("restricted", "30", "Stone and glass of at most 3 ha.", "非金属矿物制品业不超过3公顷。", "scale",
        "area_m2 <= 30000", valid_from="2026-01-01", name="glass later"),
    Row("restricted", "26", "Chemicals are restricted.", "限制化学原料和化学制品制造业。", name="chemicals"),
)  # fmt: skip

# Kind of fault, the rows it is about by their names, and the industry.
FAULTS: tuple[tuple[str, tuple[str, ...], str], ...] = (
    ("contradiction", ("food", "no food"), "13"),
    ("looser", ("paper here", "paper"), "22"),
    ("looser", ("cement here", "cement"), "301"),
    ("looser", ("ponds here", "ponds"), "041"),
    ("overlap", ("bricks", "bricks again"), "303"),
    ("gap", ("glass", "glass later"), "30"),
    ("gap", ("chemicals",), "26"),
    ("gap", (), "171"),
    ("gap", (), "441"),
)
# The industries of the firms; the last two are answered by no list.
_INDUSTRIES = ("022", "786", "903", "031", "152", "263", "103", "221", "041", "303", "171", "441")


def _table(rows: tuple[Row, ...], level: str, county: str, function: str) -> pd.DataFrame:
    """Rows as they are written; a list of a county says its code, that of the province a function type."""
    return pd.DataFrame(
        [
            {
                "list": f"{level} list",
                "level": level,
                "county": county,
                "function_type": function,
                "zone": row.zone,
                "class": row.verdict,
                "industry": row.industry,
                "control_kind": row.control_kind,
                "control": row.control,
                "existing_firms_deadline": row.deadline,
                "valid_from": row.valid_from,
                "valid_to": row.valid_to,
                "english": row.english,
                "chinese": row.chinese,
                "source": _SOURCES[level],
                "status": "default",
            }
            for row in rows
        ]
    )


def _firms(county: str, border: shapely.Geometry, parcels: Parcels, seed: int) -> pd.DataFrame:
    """The firms of the county, some of them with their parcel: built land of it, the northernmost first."""
    rows = parcels.rows
    inside = shapely.within(shapely.point_on_surface(rows.geometry.to_numpy()), border)
    built = rows["parcel"][(rows["land_use"] == "built").to_numpy() & inside].to_list()[:_FIRMS_WITH_PARCEL]
    year = stream(seed, "firms")
    count = _PER_INDUSTRY * len(_INDUSTRIES)
    begun = [_SINCE[0] + int(hash_unit(k, 0, year) * (_SINCE[1] - _SINCE[0] + 1)) for k in range(count)]
    return pd.DataFrame(
        {
            "firm": [f"FI-{k + 1:03d}" for k in range(count)],
            "county": county,
            "parcel": [*built, *[""] * (count - len(built))],
            "industry": [_INDUSTRIES[k % len(_INDUSTRIES)] for k in range(count)],
            "since": [f"{start}-{1 + int(hash_unit(k, 1, year) * 12):02d}-01" for k, start in enumerate(begun)],
        }
    )


def _faults() -> pd.DataFrame:
    """The faults: where each row that one is about stands, as its file and its number there, the first row 1."""
    places = {
        row.name: f"{file}:{number}"
        for file, rows in ((COUNTY_FILE, COUNTY), (PROVINCE_FILE, PROVINCE))
        for number, row in enumerate(rows, start=1)
        if row.name
    }
    return pd.DataFrame(
        [
            {"kind": kind, "rows": "; ".join(places[name] for name in names), "industry": industry}
            for kind, names, industry in FAULTS
        ]
    )


def write_access_lists(counties: gpd.GeoDataFrame, parcels: Parcels, seed: int, directory: Path) -> None:
    """Write the lists, the firms and the faults; the same for every size of the sample.

    Parameters
    ----------
    counties : see `zones.county_table`; the first of ecological function has the list
    parcels : Parcels
    seed : of the sample
    directory : of the study: ``inputs/access_lists.csv``, ``access_lists_province.csv`` and ``firms.csv``, and
        ``truth/access_list_faults.csv``: ``kind`` (contradiction, looser, overlap or gap), ``rows`` (of looser ones
        that of the county first; none where firms of an industry are answered by no list) and ``industry``
    """
    own = counties[counties["function"] == "ecological"].iloc[0]
    inputs = directory / "inputs"
    write_table(inputs / COUNTY_FILE, _table(COUNTY, "county", own["code"], ""))
    write_table(inputs / PROVINCE_FILE, _table(PROVINCE, "province", "", "ecological"))
    write_table(inputs / "firms.csv", _firms(own["code"], own.geometry, parcels, seed))
    write_table(directory / "truth/access_list_faults.csv", _faults())
