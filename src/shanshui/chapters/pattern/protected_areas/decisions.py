"""Which protected area keeps ground that several claim, and what becomes of the uses on it: rules as data."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from string import Formatter

import geopandas
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from shanshui.base.errors import Problems, StudyError
from shanshui.base.step import step
from shanshui.chapters.pattern.protected_areas.register import NATIONAL_PARK, SQUARE_METRES_PER_HECTARE
from shanshui.chapters.pattern.protected_areas.zones import CORE, GENERAL, PARK_USE
from shanshui.policy.language.conditions import All, Condition
from shanshui.policy.language.parsing import ConditionError
from shanshui.policy.language.terms import Terms
from shanshui.policy.rules.chapter_rules import RuleTable, about_chapter_rules, read_chapter_rules, with_choices
from shanshui.policy.rules.findings import Findings, Value, codes_found
from shanshui.policy.rules.ranking import NONE, STANDS, Keeps, Ranking, parse_keeps, rank

PACK = "protected_area_integration"
_TABLE = "tables.protected_area_rules"
# What a rule is there for: which areas count, which of them keeps common ground, which merge, the zones, the uses on
# the ground, and the balance.
SCOPE, OVERLAP, MERGE, ZONE, USE, BALANCE = KINDS = ("scope", "overlap", "merge", "zone", "use", "balance")
KEEP, MERGED, ADJUST_OUT, WITHDRAW, MANAGE = "keep", "merge", "adjust_out", "withdraw", "manage"
SETTLEMENT, FARMLAND, MINING, PLANTATION = "settlement", "farmland", "mining", "plantation"
HOLDS = (SETTLEMENT, FARMLAND, MINING, PLANTATION)
SHALL, MAY = "shall", "may"
_REQUIRED = ("code", "order", "kind", "among", "when", "keeps", "action", "force", "valid_from")
_OPTIONAL = ("case", "reason", "reason_zh")
# Which columns say what a rule means, by its kind; those of other kinds are carried out as a whole.
_MEANING = {SCOPE: ("when",), OVERLAP: ("among", "when", "keeps"), ZONE: ("when", "action"), USE: ("when", "action")}
_ACTIONS = {ZONE: (CORE, GENERAL, PARK_USE), USE: (ADJUST_OUT, WITHDRAW, MANAGE)}
_MEANINGS = ("among", "when", "keeps", "action")
# What sentences of uses may name.
_NAMED = ("uses", "share", "patch")
_PATCH = "patch_ha"
_ALWAYS = All(())


@step
def protected_area_rules() -> pd.DataFrame:
    """Rules by which protected areas are made whole.

    Returns
    -------
    DataFrame
        Columns code, case, order, kind, among, when, keeps, action, reason, reason_zh, force (shall, may), english,
        chinese, document, article, valid_from, status. One row a rule, or a case of one.
    """
    return read_chapter_rules(PACK)


@dataclass(frozen=True)
class RuleCase:
    """A rule of overlaps, of uses, or of which areas count; or one of its cases.

    Parameters
    ----------
    code, case : str
        Its code; which case of the rule it is, empty where the rule has one only.
    kind : str
        scope, overlap, merge, zone, use or balance.
    among : Condition
        Of overlaps: it speaks where this holds of one of the areas that are left.
    when : Condition
        Of overlaps: which areas yield; of zones and uses: of which faces it speaks; of scope: which areas do not count.
    keeps : Keeps or None
        Of overlaps: the areas that stand are those with the greatest or least number.
    action : str
        Of uses: adjust_out, withdraw or manage; of zones: core, general or park_use.
    reason, reason_zh : str
        What sentences say of whom it decides against; empty where its table says nothing.
    valid_from : float
        Year; NaN where the table says none.
    """

    code: str
    case: str
    kind: str
    among: Condition
    when: Condition
    keeps: Keeps | None
    action: str
    reason: str
    reason_zh: str
    valid_from: float


class Rules:
    """The rules that hold, in their order; this is the one place where their table is read.

    Parameters
    ----------
    table : DataFrame
        Columns code, order, kind, among, when, keeps, action, force, valid_from; case, reason, reason_zh where it has
        them. A rule that is not in the table does not hold.
    categories, levels : iterable of str
        Codes that conditions may name beside the ready ones.

    Raises
    ------
    StudyError
        Naming every condition that cannot be read, every fact and code nobody knows, everything that a rule of its kind
        must or may not say, and every rule that stands twice.
    """

    def __init__(self, table: pd.DataFrame, categories: Iterable[str] = (), levels: Iterable[str] = ()) -> None:
        problems = Problems()
        told = RuleTable(table, _TABLE, _REQUIRED, _OPTIONAL, problems)
        told.check_words("kind", KINDS)
        told.check_words("force", (SHALL, MAY))
        told.check_twice("code", "case")
        facts = about_chapter_rules(PACK).facts
        areas = with_choices(with_choices(facts["area"], "category", categories), "level", levels)
        zones = with_choices(with_choices(facts["zone"], "category", categories), "level", levels)
        terms = {ZONE: zones, USE: facts["use"]}
        years = told.numbers("valid_from")
        order = told.order()
        cases = [_case(told, row, terms.get(told["kind"][row], areas), float(years[row])) for row in order]
        if problems:
            raise StudyError(problems)
        self._cases = cases
        self._may = {code for code, force in zip(told.codes, told["force"], strict=True) if force == MAY}

    def cases(self, kind: str) -> list[RuleCase]:
        """Give the rules of one kind, in their order."""
        return [case for case in self._cases if case.kind == kind]

    def of(self, kind: str) -> list[str]:
        """Give the codes of one kind, in their order."""
        return list(dict.fromkeys(case.code for case in self.cases(kind)))

    def confirmed_by_planner(self, codes: Iterable[str]) -> bool:
        """Tell whether one of the rules only says what may be done, so that a planner has to confirm it."""
        return not self._may.isdisjoint(codes)


def balance_asked(table: pd.DataFrame) -> bool:
    """Tell whether one of the rules of a table asks for a balance (P6)."""
    return bool((table["kind"] == BALANCE).any())


def _case(told: RuleTable, row: int, terms: Terms, valid_from: float) -> RuleCase:
    """Read a row of the table, and say what is wrong with it."""
    kind, code = told["kind"][row], told.codes[row]
    said, ours = {name: told[name][row] for name in _MEANINGS}, _MEANING.get(kind, ())
    if not code:
        told.fault("code", "a rule has no code", "give every rule a code")
    for name, text in said.items():
        if text and name not in ours:
            told.fault(name, f"{code}: a rule of {kind} does not say it", "leave it empty")
    keeps = None
    if kind == OVERLAP and bool(said["when"]) == bool(said["keeps"]):
        told.fault("when", f"{code}: a rule of overlaps says who yields, or whom it keeps", "fill in when or keeps")
    elif kind == OVERLAP and said["keeps"]:
        try:
            keeps = parse_keeps(said["keeps"], terms)
        except ConditionError as error:
            told.fault("keeps", f"{code}: {error.fault}", error.mend)
    elif kind in (SCOPE, ZONE, USE) and not said["when"]:
        told.fault("when", f"{code} says nothing", "write a condition")
    actions = _ACTIONS.get(kind, ())
    if actions and said["action"] not in actions:
        told.fault("action", f"{code}: {said['action']!r} is no action of it", f"write one of {', '.join(actions)}")
    for name in ("reason", "reason_zh"):
        _check_sentence(told, row, name)
    return RuleCase(
        code=code,
        case=told["case"][row],
        kind=kind,
        among=told.condition(row, "among", terms) if "among" in ours else _ALWAYS,
        when=told.condition(row, "when", terms) if "when" in ours else _ALWAYS,
        keeps=keeps,
        action=said["action"],
        reason=told["reason"][row],
        reason_zh=told["reason_zh"][row],
        valid_from=valid_from,
    )


def _check_sentence(told: RuleTable, row: int, column: str) -> None:
    """Name what a sentence of uses cannot be filled in with."""
    text, named = told[column][row], _NAMED if told["kind"][row] == USE else ()
    try:
        strange = [name for _, name, _, _ in Formatter().parse(text) if name is not None and name not in named]
        if not strange:
            text.format(uses="", share=0.0, patch=0.0)
    except ValueError:
        strange = [text]
    if strange:
        mend = f"write {{{'}, {'.join(named)}}} only" if named else "leave braces out"
        told.fault(column, f"{told.codes[row]}: {strange[0]!r} cannot be filled in", mend)


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
