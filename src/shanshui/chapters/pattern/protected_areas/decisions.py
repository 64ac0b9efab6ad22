"""Which protected area keeps ground that several claim, its zone, and what becomes of the uses on it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import geopandas
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from shanshui.chapters.pattern.protected_areas.register import NATIONAL_PARK, SQUARE_METRES_PER_HECTARE
from shanshui.chapters.pattern.protected_areas.rules import OVERLAP, SCOPE, USE, ZONE, RuleCase, Rules
from shanshui.chapters.pattern.protected_areas.zones import CORE
from shanshui.policy.rules.findings import Findings, Value, codes_found
from shanshui.policy.rules.ranking import NONE, STANDS, Ranking, rank

SETTLEMENT, FARMLAND, MINING, PLANTATION = "settlement", "farmland", "mining", "plantation"
HOLDS = (SETTLEMENT, FARMLAND, MINING, PLANTATION)
_PATCH = "patch_ha"


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
    main_resource : str
        natural, cultural, or empty.
    new, park : bool
        Whether the register calls it new in the sense of the Scenic Areas Regulation; whether it is a national park or
        qualifies for one.
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
    main_resource: str
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
        The rule that decides; empty where there is none.
    by : RuleCase or None
        The same with all it says; None where no rule tells the area from the one that stands, and the key decides.
    """

    area: str
    rule: str
    by: RuleCase | None


def areas_of(
    protected_areas: geopandas.GeoDataFrame,
    categories: pd.DataFrame,
    levels: pd.DataFrame,
    ground_ha: Mapping[str, float],
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

    Returns
    -------
    dict of str to Area
        In the order of the register.
    """
    kinds = categories.set_index("code")[["english", "chinese"]]
    ranks = levels.set_index("code")[["english", "chinese"]]
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
            main_resource=row["main_resource"],
            new=bool(row["new"]),
            park=row["class"] == NATIONAL_PARK or bool(row["qualified"]),
        )
    return found


def strongest(
    claims: Sequence[Sequence[str]], areas: Mapping[str, Area], rules: Rules
) -> list[tuple[str, tuple[Yielded, ...]]]:
    """Find which of several areas stands, and by which rule each of the others yields, for many grounds at once.

    Parameters
    ----------
    claims : sequence of (sequence of str)
        For each ground the areas that claim it, at least one.
    areas : mapping of str to Area
        All areas.
    rules : Rules
        The rules of overlaps are applied in their order; each lets go those that it makes yield.

    Returns
    -------
    list of (str, tuple of Yielded)
        Of each ground the area that stands, and the others, the first that yields first.

    Notes
    -----
    What the rules say stands in their table. What is still equal, or has no rule, is decided by the key, so that one
    stands in any case. Two reserves, or two national parks, of one level have no ready rule of their own: they are
    taken by P4 too.
    """
    members = sorted({key for keys in claims for key in keys})
    place = {key: number for number, key in enumerate(members)}
    # Many grounds are claimed by the same areas.
    of_claims = [tuple(sorted(place[key] for key in keys)) for keys in claims]
    distinct = {each: number for number, each in enumerate(dict.fromkeys(of_claims))}
    group = np.repeat(np.arange(len(distinct)), [len(each) for each in distinct])
    member = np.array([one for each in distinct for one in each], np.int64)
    cases, seen = rules.cases(OVERLAP), area_findings([areas[key] for key in members])
    ranked = rank(
        group,
        member,
        [(Ranking(case.among, case.keeps or case.when), seen.also({"valid_from": case.valid_from})) for case in cases],
    )
    # What no rule tells apart has the rule that was tried last.
    last = cases[-1].code if cases else ""
    told: list[tuple[str, tuple[Yielded, ...]]] = []
    ends = np.cumsum([len(each) for each in distinct])
    for first, end in zip(ends - [len(each) for each in distinct], ends, strict=True):
        by = ranked[first:end]
        winner = member[first:end][by == STANDS][0]
        others = np.flatnonzero(by != STANDS)
        yielded = [
            Yielded(members[member[first + one]], cases[by[one]].code, cases[by[one]])
            if by[one] < len(cases)
            else Yielded(members[member[first + one]], last, None)
            for one in others[np.argsort(by[others], kind="stable")]
        ]
        told.append((members[winner], tuple(yielded)))
    return [told[distinct[each]] for each in of_claims]


def area_findings(areas: Sequence[Area]) -> Findings:
    """Give protected areas as rules of scope and of overlaps see them.

    Parameters
    ----------
    areas : sequence of Area
        The areas.

    Returns
    -------
    Findings
    """

    def numbers(name: str) -> NDArray[np.float64]:
        return np.array([getattr(area, name) for area in areas], np.float64)

    facts: dict[str, Value] = {
        name: codes_found(np.array([getattr(area, name) for area in areas], object))
        for name in ("category", "of_class", "level", "main_resource")
    }
    facts |= {name: numbers(name) for name in ("class_rank", "level_rank", "value", "established", "area_ha")}
    # Sums of very many parts: what differs by less than a square metre is equal.
    facts["ground_m2"] = np.round(numbers("area_ha") * SQUARE_METRES_PER_HECTARE)
    facts |= {name: numbers(name) > 0 for name in ("new", "park")}
    return Findings(len(areas), facts)


def out_of_scope(areas: Mapping[str, Area], rules: Rules, *, cultural_scenic_areas_leave: bool) -> dict[str, RuleCase]:
    """Tell which areas are no protected areas, and by which rule.

    Parameters
    ----------
    areas : mapping of str to Area
        All areas.
    rules : Rules
        Of the rules of scope the first that surely holds of an area counts.
    cultural_scenic_areas_leave : bool
        Whether that is asked for of scenic areas of cultural landscape (P12): it is an opinion, not law.

    Returns
    -------
    dict of str to RuleCase
        Only of those that are none.
    """
    seen = area_findings([*areas.values()]).also({"cultural_scenic_areas_leave": cultural_scenic_areas_leave})
    decided = _first_cases(rules.cases(SCOPE), seen)
    return {key: case for key, case in zip(areas, decided, strict=True) if case is not None}


def _first_cases(cases: Sequence[RuleCase], seen: Findings) -> list[RuleCase | None]:
    """Give the first of several rules that surely holds of each thing."""
    found = np.full(seen.count, NONE, np.int64)
    for place, case in enumerate(cases):
        holds = case.when.truth(seen.also({"valid_from": case.valid_from})).sure
        found[holds & (found == NONE)] = place
    return [cases[place] if place != NONE else None for place in found.tolist()]


@dataclass(frozen=True)
class Zoned:
    """The zone of a face and why.

    Parameters
    ----------
    by : RuleCase
        The rule that decides; its action is the zone.
    changed : bool
        Whether the zone is another one than the area that stands there would give it by itself.
    """

    by: RuleCase
    changed: bool

    @property
    def zone(self) -> str:
        """core, general or park_use."""
        return self.by.action


def zones_of_faces(
    standing: Sequence[tuple[str, str]],
    yielding: Sequence[Sequence[tuple[str, str]]],
    areas: Mapping[str, Area],
    rules: Rules,
    *,
    undisturbed: NDArray[np.bool_],
    importance: NDArray[np.float64],
    park_use: NDArray[np.bool_],
    high_value_importance: float,
) -> list[Zoned | None]:
    """Give the zone of each face (P8).

    Parameters
    ----------
    standing : sequence of (str, str)
        The area that stands on each face, and the part of it there: core, buffer, experimental, general, or empty.
    yielding : sequence of (sequence of (str, str))
        The same of those that yield.
    areas : mapping of str to Area
        All areas.
    rules : Rules
        Of the rules of zones the first that surely holds of a face decides.
    undisturbed : bool ndarray (faces,)
        Whether no settlement, farmland, mine or plantation lies there.
    importance : float64 ndarray (faces,)
        Mean ecological importance, 1 to 3; NaN where not known.
    park_use : bool ndarray (faces,)
        Whether a park-use area lies there.
    high_value_importance : float
        Importance from which on a place is of high value [1].

    Returns
    -------
    list of (Zoned or None)
        None where no rule holds.

    Notes
    -----
    The ready rules: core and buffer zones of a nature reserve become core protection zone, its experimental zone
    general control zone; a reserve without zones is core throughout (regulations of nature reserves, 2017, articles 18
    and 30), and so, with all care, is a national park whose zones are not told. Nature parks are general control zone.
    The intensity of protection is not lowered (guideline of 2019): where an area that yields made the ground core, it
    stays core, unless a national park stands there, which keeps its own zones. Undisturbed experimental ground of high
    value becomes core. Of a general control zone what a park-use area covers is park-use zone. What an area would give
    ground by itself follows from the same rules, where nothing else is known of the ground.
    """
    cases = rules.cases(ZONE)
    pairs = [*dict.fromkeys([*standing, *(pair for pairs in yielding for pair in pairs)])]
    nothing: dict[str, Value] = {"core_before": False, "undisturbed": False, "park_use": False}
    alone = dict(zip(pairs, _first_cases(cases, _parts(pairs, areas).also(nothing)), strict=True))
    zone = {pair: "" if case is None else case.action for pair, case in alone.items()}
    facts: dict[str, Value] = {
        "core_before": np.array([any(zone[pair] == CORE for pair in pairs) for pairs in yielding], bool),
        "undisturbed": undisturbed,
        "importance": importance,
        "park_use": park_use,
        "high_value_importance": high_value_importance,
    }
    decided = _first_cases(cases, _parts(standing, areas).also(facts))
    return [
        None if case is None else Zoned(case, case.action != zone[pair])
        for case, pair in zip(decided, standing, strict=True)
    ]


def _parts(pairs: Sequence[tuple[str, str]], areas: Mapping[str, Area]) -> Findings:
    """Give parts of areas as rules of zones see them."""
    facts: dict[str, Value] = {
        name: codes_found(np.array([getattr(areas[key], name) for key, _ in pairs], object))
        for name in ("category", "of_class", "level")
    }
    parts = np.array([part for _, part in pairs], object)
    return Findings(len(pairs), facts | {"part": codes_found(parts), "part_known": parts != ""})


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
        Columns into (the area; empty where none), zone (core, general, park_use), settlement, farmland, mining (bool;
        plantation too, where it is known), importance (mean, 1 to 3; NaN where not known) and area_ha.
    touching : int64 ndarray (pairs, 2)
        Pairs of faces that share a side.
    rules : Rules
        The first rule that surely holds of a face, in their order, decides.
    low_value_importance : float
        Importance below which a place is of low value [1].
    obvious_impact_share : float
        Share of an area's general control zone under such uses from which on their impact is obvious [1].
    least_adjusted_out_ha : float
        Patches of such uses from this area on are adjusted out, smaller ones managed [ha].

    Returns
    -------
    DataFrame
        The same rows: action (adjust_out, withdraw, manage, or empty where no use stands in the way), rule, by (the
        RuleCase; None), share (of the general control zone under such uses) and patch_ha (of the uses that hang
        together).

    Notes
    -----
    The ready rules: a settlement of low value is adjusted out, in every zone (P9); in a core zone uses withdraw step by
    step (P10); in a general control zone mines always withdraw, and other uses where they take so great a share of the
    area's general control zone; else a patch is adjusted out where it is large, and managed where it is small: small
    ones would make holes (P11). A face stays protected where uses withdraw from it, or are managed. Patches are of the
    faces that no rule before the one that asks for them has decided.
    """
    count = len(faces)
    into, protected = faces["into"].to_numpy(object), (faces["into"] != "").to_numpy()
    on = {name: faces[name].to_numpy(bool) if name in faces else np.zeros(count, bool) for name in HOLDS}
    used = (on[SETTLEMENT] | on[FARMLAND] | on[MINING]) & protected
    core, area = (faces["zone"] == CORE).to_numpy(), faces["area_ha"].to_numpy(np.float64)
    zone = pd.Series(np.where(core, "", into), faces.index)
    in_zone = pd.Series(area, faces.index).groupby(zone).transform("sum").to_numpy()
    under = pd.Series(np.where(used, area, 0.0), faces.index).groupby(zone).transform("sum").to_numpy()
    share = np.where(core, np.nan, np.divide(under, in_zone, out=np.zeros_like(under), where=in_zone > 0))
    facts: dict[str, Value] = {
        **on,
        "used": used,
        "zone": codes_found(faces["zone"].to_numpy(object)),
        "importance": faces["importance"].to_numpy(np.float64),
        "share": share,
        "face_ha": area,
        "low_value_importance": low_value_importance,
        "obvious_impact_share": obvious_impact_share,
        "least_adjusted_out_ha": least_adjusted_out_ha,
    }
    seen = Findings(count, facts)
    # Which faces may hang together: those of one area, in its core zone or beyond it.
    part = 2 * pd.factorize(into)[0].astype(np.int64) + core
    cases, by, patch = rules.cases(USE), np.full(count, -1, np.int64), np.zeros(count)
    for number, case in enumerate(cases):
        undecided = by < 0
        if _PATCH in case.when.facts:
            patch = np.where(undecided, _patches(used & undecided, part, area, touching), patch)
            seen = seen.also({_PATCH: patch})
        holds = case.when.truth(seen.also({"valid_from": case.valid_from})).sure
        by[holds & protected & undecided] = number
    # The last place is for faces of which no rule speaks.
    told = [*((case.action, case.code, case) for case in cases), ("", "", None)]
    action, rule, whole = (np.array(column, object)[by] for column in zip(*told, strict=True))
    return pd.DataFrame(
        {"action": action, "rule": rule, "by": whole, "share": share, "patch_ha": patch}, index=faces.index
    )


def _patches(
    which: NDArray[np.bool_], part: NDArray[np.int64], area: NDArray[np.float64], touching: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Give each face the area of all that hang together with it within its part [ha]; 0 for the others."""
    first, second = touching.T
    joined = which[first] & which[second] & (part[first] == part[second])
    pairs = first[joined], second[joined]
    links = coo_array((np.ones(int(joined.sum()), np.int8), pairs), shape=(len(which), len(which)))
    root = connected_components(links, directed=False)[1] if len(which) else np.empty(0, np.int64)
    size = np.bincount(root, np.where(which, area, 0.0), len(which))
    return np.where(which, size[root], 0.0)
