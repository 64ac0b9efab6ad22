"""Small worlds of rules, and what comes of a question in them worked out by trying everything.

What is not known is tried with every value. What the rules make of a world in which all is known is worked out by their
definition: conditions are evaluated by Python itself, ground is counted cell by cell.
"""

import math
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import product
from typing import Any

from hypothesis import strategies as st
from shapely import box

from shanshui.base.errors import Problems
from shanshui.policy.engine.decisions import Decision, Parcel, decide
from shanshui.policy.ground.control_layers import ControlLayer, ControlLayers
from shanshui.policy.language.terms import ALWAYS, Activity, Fact, Terms
from shanshui.policy.rules.packs import COLUMNS, RuleBook, RulePack, pack_of

PARENT = {"A": "", "A.1": "A", "A.1.1": "A.1", "A.2": "A", "B": ""}
STAGES = ("survey", "mining", "closing")
CLUES = tuple(f"clue{number}" for number in range(16))  # each for one place in a condition
FACTS = (
    *ALWAYS,
    *(Fact(name, "yes_no") for name in ("built", "wet", *CLUES)),
    Fact("slope", "number", "1"),
    Fact("stage", "code", choices=STAGES),
    Fact("since", "date"),
)
TERMS = Terms({fact.name: fact for fact in FACTS}, {code: Activity(code, above) for code, above in PARENT.items()})
LAYERS = ("land", "water")
UNIT = 100  # side of a cell [m]
LEVELS = {"allow": 1, "conditions": 2, "prohibit": 3}
WORDS = (None, "allowed", "allowed_with_conditions", "prohibited")
QUESTION = {"activity": "A.1", "date": "2026-06-30"}

Box = tuple[int, int, int, int]
Row = dict[str, str]


# --- What stands in the files ----------------------------------------------------------------------------------------
def row(effect: str = "allow", **others: Any) -> Row:
    """Give a rule that always applies, but for what is said otherwise."""
    blank = dict.fromkeys(COLUMNS, "")
    blank |= {"code": "R", "priority": "0", "english": "text", "chinese": "条文", "document": "a law"}
    blank |= {"valid_from": "2000-01-01", "status": "default", "evidence": "a paper", "effect": effect}
    return blank | {name: str(value) for name, value in others.items()}


def coded(rows: Sequence[Row]) -> list[Row]:
    """Give each rule a code of its own: R0, R1, ..."""
    return [one if one["code"] != "R" else one | {"code": f"R{place}"} for place, one in enumerate(rows)]


def about(name: str = "p", layers: Sequence[str] = LAYERS) -> dict[str, Any]:
    said = dict.fromkeys(("english", "chinese", "source"), "text")
    return {**said, "name": name, "version": "2026-01-01", "layers": list(layers)}


def faults(*rows: Row, layers: Sequence[str] = LAYERS) -> Problems:
    """Give what is wrong with rules."""
    problems = Problems()
    pack_of(about(layers=layers), coded(rows), TERMS, problems)
    return problems


def pack(*rows: Row, name: str = "p") -> RulePack:
    problems = Problems()
    made = pack_of(about(name), coded(rows), TERMS, problems)
    assert not problems, problems
    return made


def book(*rows: Row, **packs: Sequence[Row]) -> RuleBook:
    """Give a book of one pack `p`, or of several by name."""
    every = packs or {"p": rows}
    return RuleBook([pack(*rules, name=name) for name, rules in every.items()], TERMS)


# --- Ground --------------------------------------------------------------------------------------------------------
def shape(cells: Box) -> Any:
    return box(*(UNIT * edge for edge in cells))


def cells_of(cells: Box) -> frozenset[tuple[int, int]]:
    left, low, right, high = cells
    return frozenset(product(range(left, right), range(low, high)))


@dataclass(frozen=True)
class Patch:
    """A polygon of a control layer: a box of cells, and its zone ("" where not known)."""

    cells: Box
    zone: str = ""


@dataclass(frozen=True)
class Question:
    """What is put to a book: parcel, layers that are loaded, facts that are known, and for which ground."""

    parcel: Box
    layers: Mapping[str, tuple[Patch, ...]] = field(default_factory=dict)
    facts: Mapping[str, Any] = field(default_factory=dict)
    extent: Box | None = None

    @property
    def known(self) -> dict[str, Any]:
        return QUESTION | dict(self.facts)

    def control(self) -> ControlLayers:
        return ControlLayers(
            [
                ControlLayer.of(
                    name,
                    [shape(patch.cells) for patch in patches],
                    [f"{name}-{place}" for place in range(len(patches))],
                    columns={"zone": [patch.zone for patch in patches]},
                )
                for name, patches in self.layers.items()
            ],
            None if self.extent is None else shape(self.extent),
        )

    def put(self, to: RuleBook) -> Decision:
        return decide(to, self.control(), Parcel("P", shape(self.parcel)), self.known)


# --- What comes of it, by definition ----------------------------------------------------------------------------------
class ActivityCode(str):
    """An activity that is equal to each that it belongs to."""

    __slots__ = ()
    __hash__ = str.__hash__

    def __eq__(self, other: object) -> bool:
        one = str(self)
        while one and one != str(other):
            one = PARENT[one]
        return bool(one)

    def __ne__(self, other: object) -> bool:
        return not self == other


SECTIONS = {"A": range(1, 6), "B": range(6, 13), "C": range(13, 44)}  # of GB/T 4754-2017


class IndustryCode(str):
    """An industry that is equal to each that it belongs to."""

    __slots__ = ()
    __hash__ = str.__hash__

    def __eq__(self, other: object) -> bool:
        code, wider = str(self), str(other)
        return code.startswith(wider) or (wider in SECTIONS and code.isdigit() and int(code[:2]) in SECTIONS[wider])

    def __ne__(self, other: object) -> bool:
        return not self == other


@dataclass(frozen=True)
class World:
    """A question of which all is known; ground as sets of cells, each with the zone it is in."""

    parcel: frozenset[tuple[int, int]]
    layers: Mapping[str, tuple[tuple[frozenset[tuple[int, int]], str], ...]]
    facts: Mapping[str, Any]

    def ground(self, layer: str, zone: str | None = None) -> frozenset[tuple[int, int]]:
        """Give the cells of the parcel that lie in a layer."""
        fit = [cells for cells, its in self.layers.get(layer, ()) if zone is None or its in zone.split("|")]
        return self.parcel & frozenset().union(*fit)

    def names(self) -> dict[str, Any]:
        """Give what conditions may name."""
        whole = len(self.parcel)
        return {
            **self.facts,
            "activity": ActivityCode(self.facts["activity"]),
            "industry": IndustryCode(self.facts.get("industry", "")),
            "area_m2": whole * UNIT**2,
            "touches": lambda layer, **where: bool(self.ground(layer, **where)),
            "overlap_m2": lambda layer, **where: len(self.ground(layer, **where)) * UNIT**2,
            "overlap_percent": lambda layer, **where: 100 * len(self.ground(layer, **where)) / whole,
        }


@cache
def _compiled(text: str) -> Any:
    return compile(text, "condition", "eval")


def holds(text: str, world: World) -> bool:
    """Evaluate a condition as Python does."""
    return bool(eval(_compiled(text), {"__builtins__": {}}, world.names()))


def as_text(rule: Row) -> str:
    """Write all that a rule asks for as one condition."""
    parts = ["True"]
    if rule["layer"]:
        where = ", ".join(f'{c}="{v}"' for c, v in (pair.split("=") for pair in rule["where"].split(";") if pair))
        parts.append(f'touches("{rule["layer"]}"{", " + where if where else ""})')
    for fact in ("activity", "industry"):
        text = rule[fact]
        codes = tuple(text.removeprefix("not ").split(";"))
        if text:
            parts.append(f"{fact} {'not in' if text.startswith('not ') else 'in'} {codes!r}")
    if rule["when"]:
        parts.append(f"({rule['when']})")
    return " and ".join(parts)


def in_force(rule: Row, date: str) -> bool:
    return rule["valid_from"] <= date and (not rule["valid_to"] or date <= rule["valid_to"])


def level(packs: Mapping[str, Sequence[Row]], world: World, elsewhere: Mapping[str, int]) -> int:
    """Work out how strict packs are: 0 where none of them speaks.

    Parameters
    ----------
    packs : mapping of str to rules
        By name.
    world : World
        Of which all is known.
    elsewhere : mapping of str to int
        How strict packs would be that are not asked, or do not answer; and packs in the time of rules that we know.
    """
    spoken = {name: _spoken(rules, world) for name, rules in packs.items()}
    # Where only rules of another time speak, the law of the day is not known.
    lapsed = {name for name, rules in packs.items() if spoken[name] == (0, ()) and _of_another_time(rules, world)}
    levels = [elsewhere.get(name, 0) if name in lapsed else strictest for name, (strictest, _) in spoken.items()]
    for _, sent in spoken.values():
        # A pack that sends the question on itself need not answer it.
        levels += [elsewhere.get(to, 0) for to in sent if spoken.get(to, (0, ())) == (0, ())]
    return max(levels)


def _of_another_time(rules: Sequence[Row], world: World) -> bool:
    return any(not in_force(one, world.facts["date"]) and holds(as_text(one), world) for one in rules)


def _spoken(rules: Sequence[Row], world: World) -> tuple[int, tuple[str, ...]]:
    """Work out how strict one pack is, and to which packs it sends the question on."""
    apply = [one for one in rules if in_force(one, world.facts["date"]) and holds(as_text(one), world)]
    speak = [one for one in apply if not one["refers_to"]]
    top = max((int(one["priority"]) for one in speak), default=None)
    strictest = max((LEVELS[one["effect"]] for one in speak if int(one["priority"]) == top), default=0)
    return strictest, tuple(
        one["refers_to"] for one in apply if one["refers_to"] and (top is None or int(one["priority"]) >= top)
    )


def _variants(fact: str, asked: Any) -> Sequence[Any]:
    """Give what a fact may be that is not known, or only known as a wide code."""
    if fact == "activity":
        return [code for code in PARENT if ActivityCode(code) == asked]
    if fact == "industry":
        every = ("A", "B", "01", "06", "061", "0610", "062", "07", "13", "0111")
        return every if asked is None else [asked, *(code for code in every if IndustryCode(code) == asked)]
    if fact == "slope":
        return (-1e9, 5.0, 10.0, 17.5, 25.0, 30.0, 60.0, 1e9)
    if fact == "stage":
        return STAGES
    if fact == "since":
        return ("1999-12-31", "2019-12-31", "2020-01-01", "2026-06-30", "2026-07-01")
    return (True, False)


def completions(
    question: Question, asked: Sequence[str], elsewhere: Sequence[str] = (), most: int = 10_000
) -> Iterator[Any]:
    """Give every world that a question may be about, with what packs may say that do not answer.

    Parameters
    ----------
    question : Question
        The question.
    asked : sequence of str
        The facts that matter.
    elsewhere : sequence of str
        The packs to which rules refer.
    most : int
        So many at most, drawn among all.
    """
    parcel = cells_of(question.parcel)
    names, choices = [], []
    for fact in dict.fromkeys((*question.known, *asked)):
        if fact == "area_m2":
            continue
        value = question.known.get(fact)
        wide = fact in ("activity", "industry")
        names.append(fact)
        choices.append(_variants(fact, value) if value is None or wide else (value,))
    zones = ("core", "buffer", "outer")
    beyond = frozenset() if question.extent is None else parcel - cells_of(question.extent)
    grounds: list[Sequence[Any]] = []
    for layer in LAYERS:
        if layer not in question.layers:
            some = frozenset([min(parcel)]) if parcel else frozenset()
            grounds.append([(), *(((cells, zone),) for cells in {parcel, some} for zone in zones)])
            continue
        patches = question.layers[layer]
        each = [(patch.zone,) if patch.zone else zones for patch in patches]
        more: list[Any] = [(), *(((beyond, zone),) for zone in zones)] if beyond else [()]
        grounds.append(
            [
                (*((cells_of(patch.cells), zone) for patch, zone in zip(patches, chosen, strict=True)), *added)
                for chosen in product(*each)
                for added in more
            ]
        )
    every = [*choices, *grounds, *([range(4)] * len(elsewhere))]
    number = math.prod(len(some) for some in every)
    places: Sequence[int] = range(number) if number <= most else random.Random(number).sample(range(number), most)
    for place in places:
        drawn = []
        for these in every:
            place, at = divmod(place, len(these))
            drawn.append(these[at])
        facts, land = drawn[: len(names)], drawn[len(names) :]
        world = World(parcel, dict(zip(LAYERS, land, strict=False)), dict(zip(names, facts, strict=True)))
        yield world, dict(zip(elsewhere, land[len(LAYERS) :], strict=True))


def levels_of(packs: Mapping[str, Sequence[Row]], question: Question) -> set[int]:
    """Work out all that may come of a question."""
    to = book(**packs)
    return {level(packs, *world) for world in completions(question, to.facts, references(packs))}


def references(packs: Mapping[str, Sequence[Row]]) -> list[str]:
    """Name the packs that may say what is not known: those to which rules refer, and those whose rules begin or end."""
    dated = {
        name for name, rules in packs.items() for one in rules if one["valid_from"] > "2000-01-01" or one["valid_to"]
    }
    return sorted(({one["refers_to"] for rules in packs.values() for one in rules} | dated) - {""})


def outcome_of(levels: set[int]) -> str:
    """Say what a question is to be answered of which these levels may come."""
    return (WORDS[next(iter(levels))] if len(levels) == 1 else None) or "undetermined"


# --- What worlds there are ------------------------------------------------------------------------------------------
LEAVES = (
    *("built", "wet", "slope < 25", "slope >= 10", "10 <= slope < 25", "25 == slope", "slope != 10", "60 > slope"),
    *('stage == "mining"', 'stage in ("survey", "mining")', 'stage != "survey"', 'stage not in ("closing",)'),
    *('activity == "A.1"', 'activity not in ("A.2", "B")', 'activity in ("A.1.1", "B")', 'activity == "A"'),
    *('industry == "06"', 'industry in ("B", "01")', 'industry not in ("061", "13")', 'industry == "0610"'),
    *('date >= "2026-01-01"', "since < date", 'since >= "2020-01-01"', 'since == "2020-01-01"', "area_m2 > 30000"),
    *('touches("land")', 'touches("land", zone="core")', 'touches("water", zone="core|buffer")', 'touches("water")'),
    *('overlap_m2("land") > 20000', 'overlap_percent("land", zone="core") >= 50', 'overlap_percent("water") < 50'),
    *('overlap_m2("land") > overlap_m2("water")', 'overlap_percent("water") > slope', 'overlap_m2("water") == 10000'),
)


def joined(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.one_of(
        inner.map(lambda one: f"not ({one})"),
        st.tuples(inner, inner).map(lambda two: f"({two[0]}) and ({two[1]})"),
        st.tuples(inner, inner).map(lambda two: f"({two[0]}) or ({two[1]})"),
    )


conditions = st.recursive(st.sampled_from(LEAVES), joined, max_leaves=4)
effects = st.sampled_from(["allow", "conditions", "prohibit", "prohibit", "refer"])


@st.composite
def rows(draw: st.DrawFn, when: st.SearchStrategy[str] = conditions) -> Row:
    """Draw a rule."""
    layer = draw(st.sampled_from(["", "", *LAYERS]))
    effect = draw(effects)
    return row(
        effect,
        priority=draw(st.integers(-1, 2)),
        refers_to=draw(st.sampled_from(["elsewhere", "nowhere"])) if effect == "refer" else "",
        layer=layer,
        where=draw(st.sampled_from(["", "", "zone=core", "zone=core|buffer"])) if layer else "",
        activity=draw(st.sampled_from(["", "", "A", "A.1.1;B", "not A.2"])),
        industry=draw(st.sampled_from(["", "", "", "06", "not B"])),
        when=draw(st.one_of(st.just(""), when)),
        valid_from=draw(st.sampled_from(["2000-01-01", "2000-01-01", "2026-06-30", "2026-07-01"])),
        valid_to=draw(st.sampled_from(["", "", "2026-06-30", "2030-01-01"])).replace("2026-06-30", "2026-07-31"),
    )


packs_of_rules = st.dictionaries(
    st.sampled_from(["p", "q", "elsewhere"]),
    st.lists(rows(), min_size=1, max_size=3).map(coded),
    min_size=1,
    max_size=2,
)


@st.composite
def boxes(draw: st.DrawFn, size: int = 6) -> Box:
    left, low = draw(st.integers(0, size - 1)), draw(st.integers(0, size - 1))
    return left, low, draw(st.integers(left + 1, size)), draw(st.integers(low + 1, size))


def patches(zones: Sequence[str] = ("core", "buffer", "outer", ""), most: int = 3) -> st.SearchStrategy[Any]:
    return st.lists(st.builds(Patch, boxes(), st.sampled_from(zones)), max_size=most).map(tuple)


VALUES: dict[str, list[Any]] = {
    "built": [True, False],
    "wet": ["yes", "no"],
    "slope": [5, 10.0, "17.5", 25, 60],
    "stage": list(STAGES),
    "since": ["2019-12-31", "2020-01-01", "2026-06-30"],
    "industry": ["B", "06", "061", "0610", "01", "13"],
}


def as_facts(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Bring facts to what Python compares."""
    plain = {"yes": True, "no": False}
    return {name: float(v) if name == "slope" else plain.get(v, v) for name, v in facts.items()}


@st.composite
def questions(draw: st.DrawFn) -> Question:
    """Draw a question of which not all is known."""
    unknown = draw(st.sets(st.sampled_from(sorted(VALUES)), max_size=2))
    facts = {name: draw(st.sampled_from(VALUES[name])) for name in sorted(VALUES) if name not in unknown}
    facts["activity"] = draw(st.sampled_from(list(PARENT)))
    facts["date"] = draw(st.sampled_from(["1999-12-31", "2026-06-30", "2026-06-30", "2026-07-01", "2026-08-01"]))
    layers = {name: draw(patches()) for name in LAYERS if draw(st.integers(0, 3))}
    extent = draw(st.sampled_from([None, None, (0, 0, 6, 6), (0, 0, 4, 6)]))
    return Question(draw(boxes()), layers, as_facts(facts), extent)
