"""Which protected area keeps ground that several claim, and what becomes of the uses on it: rules as data."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import geopandas
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from shanshui.base.errors import Problem, StudyError, did_you_mean
from shanshui.base.step import step
from shanshui.chapters.pattern.protected_areas.register import (
    NATIONAL_PARK,
    NATURE_RESERVE,
    SCENIC_AREA,
    SQUARE_METRES_PER_HECTARE,
)
from shanshui.chapters.pattern.protected_areas.zones import CORE, GENERAL, PARK_USE

_HERE = Path(__file__)
# What a rule is there for: which areas count, which of them keeps common ground, which merge, the zones, the uses on
# the ground, and the balance.
SCOPE, OVERLAP, MERGE, ZONE, USE, BALANCE = "scope", "overlap", "merge", "zone", "use", "balance"
KINDS = {
    "P1": OVERLAP,
    "P2": OVERLAP,
    "P3": OVERLAP,
    "P4": OVERLAP,
    "P5": MERGE,
    "P6": BALANCE,
    "P7": OVERLAP,
    "P8": ZONE,
    "P9": USE,
    "P10": USE,
    "P11": USE,
    "P12": SCOPE,
}
KEEP, MERGED, ADJUST_OUT, WITHDRAW, MANAGE = "keep", "merge", "adjust_out", "withdraw", "manage"
SETTLEMENT, FARMLAND, MINING, PLANTATION = "settlement", "farmland", "mining", "plantation"
HOLDS = (SETTLEMENT, FARMLAND, MINING, PLANTATION)


@step
def protected_area_rules() -> pd.DataFrame:
    """Rules by which protected areas are made whole.

    Returns
    -------
    DataFrame
        Columns code, order, kind, force (shall, may), english, chinese, document, article, valid_from, status.
    """
    return pd.read_csv(_HERE.with_name("protected_area_rules.csv"), keep_default_na=False)


class Rules:
    """The rules that hold, in their order; this is the one place where their table is read.

    Parameters
    ----------
    table : DataFrame
        Columns code, order, force, valid_from. A rule that is not in the table does not hold.

    Raises
    ------
    StudyError
        Naming every code nobody knows, and every one that stands twice.
    """

    def __init__(self, table: pd.DataFrame) -> None:
        codes = [str(code).strip() for code in table["code"]]
        key = "tables.protected_area_rules.columns.code"
        strange = [code for code in codes if code not in KINDS]
        problems = [Problem(key, f"rule {code!r} is not known", did_you_mean(code, KINDS)) for code in strange]
        problems += [
            Problem(key, f"rule {code} stands twice", "keep one row") for code in codes if codes.count(code) > 1
        ]
        if problems:
            raise StudyError(problems)
        order = pd.to_numeric(table["order"]).to_numpy(np.float64)
        self._codes = [codes[row] for row in np.argsort(order, kind="stable")]
        self._may = {code for code, force in zip(codes, table["force"], strict=True) if force == "may"}
        years = pd.to_numeric(table["valid_from"], errors="coerce")
        self.valid_from: dict[str, float] = dict(zip(codes, years.astype(np.float64), strict=True))

    def __contains__(self, code: str) -> bool:
        return code in self._codes

    def of(self, kind: str) -> list[str]:
        """Give the codes of one kind, in their order."""
        return [code for code in self._codes if KINDS[code] == kind]

    def confirmed_by_planner(self, codes: Iterable[str]) -> bool:
        """Tell whether one of the rules only says what may be done, so that a planner has to confirm it."""
        return not self._may.isdisjoint(codes)


@dataclass(frozen=True)
class Area:
    """A protected area as the rules see it.

    Parameters
    ----------
    key, name, name_zh : str
        Its key and names; the key where it has none.
    category, level : str
        Codes.
    title, title_zh : str
        Level and category in words.
    of_class : str
        national_park, nature_reserve or nature_park.
    class_rank, level_rank : int
        The greater, the stronger.
    area_ha : float
        Its ground [ha].
    value, established : float
        NaN where not known.
    cultural, new, park : bool
        Whether its main resource is cultural; whether it is new in the sense of the Scenic Areas Regulation; whether it
        is a national park or qualifies for one.
    """

    key: str
    name: str
    name_zh: str
    category: str
    level: str
    title: str
    title_zh: str
    of_class: str
    class_rank: int
    level_rank: int
    area_ha: float
    value: float
    established: float
    cultural: bool
    new: bool
    park: bool


@dataclass(frozen=True)
class Yielded:
    """An area that had to yield ground.

    Parameters
    ----------
    area : str
        Its key.
    rule : str
        The rule that decides.
    by : str
        What the rule looked at: park, scenic, level, class, value, area, age or key.
    """

    area: str
    rule: str
    by: str


def areas_of(
    protected_areas: geopandas.GeoDataFrame,
    categories: pd.DataFrame,
    levels: pd.DataFrame,
    ground_ha: Mapping[str, float],
    rules: Rules,
) -> dict[str, Area]:
    """Give the protected areas of a register, each once.

    Parameters
    ----------
    protected_areas : GeoDataFrame
        As `register.protected_areas` gives it.
    categories, levels : DataFrame
        Columns code, english, chinese.
    ground_ha : mapping of str to float
        The ground of each area [ha].
    rules : Rules
        A scenic area established after the year from which P7 holds is new.

    Returns
    -------
    dict of str to Area
        In the order of the register.
    """
    kinds = categories.set_index("code")[["english", "chinese"]]
    ranks = levels.set_index("code")[["english", "chinese"]]
    since = rules.valid_from.get("P7", np.nan)
    found = {}
    for row in protected_areas.drop(columns="geometry").drop_duplicates("area").to_dict("records"):
        kind, level = kinds.loc[row["category"]], ranks.loc[row["level"]]
        found[row["area"]] = Area(
            key=row["area"],
            name=row["name"] or row["name_zh"] or row["area"],
            name_zh=row["name_zh"] or row["name"] or row["area"],
            category=row["category"],
            level=row["level"],
            title=f"{level['english']} {kind['english']}" if row["class"] != NATIONAL_PARK else kind["english"],
            title_zh=f"{level['chinese']}{kind['chinese']}" if row["class"] != NATIONAL_PARK else kind["chinese"],
            of_class=row["class"],
            class_rank=int(row["class_rank"]),
            level_rank=int(row["level_rank"]),
            area_ha=float(ground_ha.get(row["area"], 0.0)),
            value=float(row["value"]),
            established=float(row["established"]),
            cultural=row["main_resource"] == "cultural",
            new=bool(row["new"]) or bool(row["established"] > since),
            park=row["class"] == NATIONAL_PARK or bool(row["qualified"]),
        )
    return found


def strongest(keys: Iterable[str], areas: Mapping[str, Area], rules: Rules) -> tuple[str, list[Yielded]]:
    """Find which of several areas stands, and by which rule each of the others yields.

    Parameters
    ----------
    keys : iterable of str
        The areas, at least one.
    areas : mapping of str to Area
        All areas.
    rules : Rules
        The rules of overlaps are applied in their order; each lets go those that it makes yield.

    Returns
    -------
    str, list of Yielded
        The area that stands, and the others, the first that yields first.

    Notes
    -----
    P7: where there is a nature reserve, a new scenic area has no claim, whatever its level. P1: a national park, or
    what qualifies for one, stands. P2: the higher level. P3: the nature reserve before the nature park. P4: the higher
    value, where the value of all that are left is known; then the larger area, then the older one, where the years of
    all are known. Two reserves, or two national parks, of one level have no rule of their own: they are taken by P4
    too. What is still equal, or has no rule, is decided by the key, so that one stands in any case.
    """
    left = [areas[key] for key in sorted(keys)]
    yielded: list[Yielded] = []

    def keep(rule: str, by: str, stays: Callable[[Area], bool]) -> None:
        nonlocal left
        kept = [area for area in left if stays(area)]
        if len(kept) < len(left):
            yielded.extend(Yielded(area.key, rule, by) for area in left if not stays(area))
            left = kept

    def greatest(rule: str, by: str, measure: Callable[[Area], float]) -> None:
        measures = [measure(area) for area in left]
        # What is not known of one cannot decide among all.
        if not any(map(math.isnan, measures)):
            most = max(measures)
            keep(rule, by, lambda area: measure(area) == most)

    last = ""
    for rule in rules.of(OVERLAP):
        if len(left) == 1:
            break
        last = rule
        if rule == "P7" and any(area.of_class == NATURE_RESERVE for area in left):
            keep(rule, "scenic", lambda area: not (area.category == SCENIC_AREA and area.new))
        elif rule == "P1":
            greatest(rule, "park", lambda area: area.park)
        elif rule == "P2":
            greatest(rule, "level", lambda area: area.level_rank)
        elif rule == "P3":
            greatest(rule, "class", lambda area: area.class_rank)
        elif rule == "P4":
            greatest(rule, "value", lambda area: area.value)
            # Sums of very many parts: what differs by less than a square metre is equal.
            greatest(rule, "area", lambda area: round(area.area_ha * SQUARE_METRES_PER_HECTARE))
            greatest(rule, "age", lambda area: -area.established)
    first = left[0].key
    keep(last, "key", lambda area: area.key == first)
    return first, yielded


def in_scope(areas: Mapping[str, Area], rules: Rules, *, cultural_scenic_areas_leave: bool) -> dict[str, bool]:
    """Tell which areas are protected areas at all (P12).

    Parameters
    ----------
    areas : mapping of str to Area
        All areas.
    rules : Rules
        Whether P12 holds.
    cultural_scenic_areas_leave : bool
        Whether it is asked for: it is an opinion, not law.

    Returns
    -------
    dict of str to bool
        False for a scenic area whose main resource is cultural, where that is asked for.
    """
    asked = cultural_scenic_areas_leave and "P12" in rules
    return {key: not (asked and area.category == SCENIC_AREA and area.cultural) for key, area in areas.items()}


def uses(
    faces: pd.DataFrame,
    touching: NDArray[np.int64],
    rules: Rules,
    *,
    low_value_importance: float,
    obvious_impact_share: float,
    least_adjusted_out_ha: float,
) -> pd.DataFrame:
    """Say what becomes of the towns, farmland and mines in protected areas (P9, P10, P11).

    Parameters
    ----------
    faces : DataFrame
        Columns into (the area; empty where none), zone (core, general, park_use), settlement, farmland, mining (bool),
        importance (mean, 1 to 3; NaN where not known) and area_ha.
    touching : int64 ndarray (pairs, 2)
        Pairs of faces that share a side.
    rules : Rules
        The first rule that fits a face, in their order, holds.
    low_value_importance : float
        Importance below which a place is of low value [1].
    obvious_impact_share : float
        Share of an area's general control zone under such uses from which on their impact is obvious [1].
    least_adjusted_out_ha : float
        Patches of such uses from this area on are adjusted out, smaller ones managed [ha].

    Returns
    -------
    DataFrame
        The same rows: action (adjust_out, withdraw, manage, or empty where no use stands in the way), rule, by (low,
        core, mining, share, large, small), share (of the general control zone under such uses) and patch_ha (of the
        uses that hang together).

    Notes
    -----
    P9: a settlement of low value is adjusted out, in every zone. P10: in a core zone uses withdraw step by step. P11:
    in a general control zone mines always withdraw, and other uses where they take so great a share of the area's
    general control zone; else a patch is adjusted out where it is large, and managed where it is small: small ones
    would make holes. A face stays protected where uses withdraw from it, or are managed.
    """
    used = (faces["settlement"] | faces["farmland"] | faces["mining"]).to_numpy() & (faces["into"] != "").to_numpy()
    core, area = (faces["zone"] == CORE).to_numpy(), faces["area_ha"].to_numpy(np.float64)
    open_ = used & faces["zone"].isin([GENERAL, PARK_USE]).to_numpy()
    zone = pd.Series(np.where(core, "", faces["into"]), faces.index)
    in_zone = pd.Series(area, faces.index).groupby(zone).transform("sum").to_numpy()
    under = pd.Series(np.where(used, area, 0.0), faces.index).groupby(zone).transform("sum").to_numpy()
    share = np.where(core, np.nan, np.divide(under, in_zone, out=np.zeros_like(under), where=in_zone > 0))
    low = (faces["settlement"] & (faces["importance"] < low_value_importance)).to_numpy()
    action, rule, by = (np.full(len(faces), "", object) for _ in range(3))

    def decide(which: NDArray[np.bool_], what: str, code: str, why: str) -> None:
        free = which & used & (rule == "")
        action[free], rule[free], by[free] = what, code, why

    patch = np.zeros(len(faces))
    for code in rules.of(USE):
        if code == "P9":
            decide(low, ADJUST_OUT, code, "low")
        elif code == "P10":
            decide(core, WITHDRAW, code, "core")
        elif code == "P11":
            decide(open_ & faces["mining"].to_numpy(), WITHDRAW, code, "mining")
            decide(open_ & (share >= obvious_impact_share), WITHDRAW, code, "share")
            patch = _patches(open_ & (rule == ""), faces["into"].to_numpy(object), area, touching)
            decide(open_ & (patch >= least_adjusted_out_ha), ADJUST_OUT, code, "large")
            decide(open_, MANAGE, code, "small")
    return pd.DataFrame(
        {"action": action, "rule": rule, "by": by, "share": share, "patch_ha": patch}, index=faces.index
    )


def _patches(
    which: NDArray[np.bool_], into: NDArray[np.object_], area: NDArray[np.float64], touching: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Give each face the area of all that hang together with it within its protected area [ha]; 0 for the others."""
    groups = Groups(len(which))
    for first, second in touching.tolist():
        if which[first] and which[second] and into[first] == into[second]:
            groups.join(first, second)
    root = np.array([groups.root(face) for face in range(len(which))], np.int64)
    size = np.bincount(root, np.where(which, area, 0.0), len(which))
    return np.where(which, size[root], 0.0) if len(which) else np.zeros(0)


class Groups:
    """Things that are joined two by two (union-find); the least number stands for a group.

    Examples
    --------
    >>> groups = Groups(4)
    >>> groups.join(3, 1)
    >>> groups.join(2, 3)
    >>> [groups.root(each) for each in range(4)]
    [0, 1, 1, 1]
    """

    def __init__(self, size: int) -> None:
        self._above = list(range(size))

    def root(self, each: int) -> int:
        """Give what stands for a thing's group."""
        while self._above[each] != each:
            self._above[each] = self._above[self._above[each]]
            each = self._above[each]
        return each

    def join(self, first: int, second: int) -> None:
        """Make one group of two."""
        low, high = sorted((self.root(first), self.root(second)))
        self._above[high] = low
