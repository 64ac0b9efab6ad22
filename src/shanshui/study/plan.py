"""The plan: which steps, for which years, in which passes, give what was asked for; and why the rest cannot be had."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from shanshui.base.catalogue import Catalogue
from shanshui.base.days import HALF_MONTH_DAYS
from shanshui.base.errors import Problem, StudyError, did_you_mean
from shanshui.base.step import Series, Step
from shanshui.base.vocabulary import AXIS_LENGTHS, Quantity

# What every study with a grid has: a step that has nothing else has nothing to tell.
ALWAYS = ("zones", "zone_cover", "cell_area", "cell_width", "cell_height", "latitude")
# What a study with decisions has.
OF_DECISIONS = ("control_layers", "rule_book")
# How the root of a reason begins and ends.
_NOT_GIVEN, _NOT_MADE = "the study gives no ", ", and no step makes it"

# Deeper than any chain of words.
_NO_CIRCLE = 2**31


@dataclass(frozen=True)
class Given:
    """A quantity that the study brings itself."""

    name: str
    years: tuple[int, ...]


@dataclass(frozen=True)
class Made:
    """A quantity that a step makes.

    Parameters
    ----------
    name : str
        The quantity.
    step : Step
        The step that gives it.
    years : tuple of int
        The years it is made for; none where it is not yearly.
    dropped : dict of str to tuple of int
        Years that an input has and another has not.
    absent : tuple of str
        Inputs that cannot be had and that the step can do without.
    """

    name: str
    step: Step
    years: tuple[int, ...]
    dropped: Mapping[str, tuple[int, ...]]
    absent: tuple[str, ...] = ()


@dataclass(frozen=True)
class Missing:
    """A quantity that cannot be had, and why.

    Parameters
    ----------
    name : str
        The quantity.
    reasons : tuple of str
        The whole chain of reasons.
    inputs : tuple of Missing
        The inputs of its steps that cannot be had.
    """

    name: str
    reasons: tuple[str, ...]
    inputs: tuple[Missing, ...] = ()


Resolution = Given | Made | Missing


@dataclass(frozen=True)
class Node:
    """One quantity in one year; the year is None where it is not yearly."""

    name: str
    year: int | None = None

    def __str__(self) -> str:
        return self.name if self.year is None else f"{self.name}_{self.year}"


class Resolver:
    """Decides how each quantity is had: given by the study, made by a step, or missing.

    Parameters
    ----------
    catalogue : Catalogue
        All words and steps.
    sources : mapping of str to Source
        What the study gives.
    chosen : mapping of str to str
        The methods that the study chose.
    scalars : collection of str
        The keyword parameters that can be filled.
    """

    def __init__(
        self, catalogue: Catalogue, sources: Mapping[str, Any], chosen: Mapping[str, str], scalars: Mapping[str, Any]
    ) -> None:
        self._catalogue = catalogue
        self._sources = sources
        self._chosen = chosen
        self._scalars = scalars
        self._known: dict[str, Resolution] = {}
        self._open: list[str] = []
        # The first of the open words to which a circle led.
        self._circle = _NO_CIRCLE

    def __getitem__(self, name: str) -> Resolution:
        if name in self._known:
            return self._known[name]
        depth, outer = len(self._open), self._circle
        self._circle = _NO_CIRCLE
        found = self._resolve(name)
        # Missing because of a circle that is just being followed further up is not missing for ever.
        if not isinstance(found, Missing) or self._circle >= depth:
            self._known[name] = found
        self._circle = min(outer, self._circle)
        return found

    def closure(self, names: Iterable[str]) -> list[str]:
        """Give these quantities and all they need, inputs before what is made of them."""
        ordered: dict[str, None] = {}

        def visit(name: str) -> None:
            if name in ordered:
                return
            found = self[name]
            if isinstance(found, Made):
                for needed in found.step.inputs:
                    visit(needed)
            ordered[name] = None

        for name in names:
            visit(name)
        return list(ordered)

    def _resolve(self, name: str) -> Resolution:
        if name in self._sources:
            return Given(name, self._sources[name].years)
        if name in self._open:
            self._circle = min(self._circle, self._open.index(name))
            return Missing(name, (f"it would need itself ({' > '.join([*self._open, name])})",))
        methods = self._catalogue.methods(name)
        # What one step gives at once, it gives by one method; another step's method of a single word is that word's.
        known = {step.method for step in methods if step.method}
        words = [name] if name in self._chosen else [word for step in methods for word in step.together]
        chosen = known & {self._chosen.get(word) for word in words}
        if chosen:
            methods = [step for step in methods if step.method in chosen]
        if not methods:
            if name in OF_DECISIONS:
                return Missing(name, ("the study has no [decisions]",))
            reason = "the study has no grid" if name in ALWAYS else f"{_NOT_GIVEN}{name}{_NOT_MADE}"
            return Missing(name, (reason,))
        # A table that a study usually brings itself.
        word = self._catalogue.vocabulary[name]
        brought = word.required and not word.product
        reasons = [f"{_NOT_GIVEN}{name}"] if brought else []
        inputs: dict[str, Missing] = {}
        self._open.append(name)
        for step in methods:
            first = self[step.together[0]] if step.together and step.together[0] != name else None
            if isinstance(first, Made) and first.step.function is not step.function:
                reasons.append(f"{first.name} is made by {first.step.method}, which gives no {name}")
                continue
            found = self._by(name, step)
            if isinstance(found, Made):
                self._open.pop()
                return found
            label = f"by {step.method}: " if step.method else ""
            reasons += [label + reason for reason in found.reasons]
            inputs |= {lacking.name: lacking for lacking in found.inputs}
        self._open.pop()
        return Missing(name, tuple(dict.fromkeys(reasons)), tuple(inputs.values()))

    def _by(self, name: str, step: Step) -> Made | Missing:
        reasons = []
        inputs = {needed: self[needed] for needed in step.inputs}
        absent = tuple(name for name in step.inputs if name in step.optional and isinstance(inputs[name], Missing))
        if absent and set(inputs) <= {*absent, *ALWAYS}:
            return Missing(name, (f"the study has none of {', '.join(absent)}",))
        inputs = {needed: found for needed, found in inputs.items() if needed not in absent}
        for found in inputs.values():
            if isinstance(found, Missing):
                reasons += [f"it needs {found.name}", *found.reasons]
        reasons += [f"the study has no {scalar}" for scalar in step.parameters if self._scalars.get(scalar) is None]
        if reasons:
            return Missing(name, tuple(reasons), tuple(one for one in inputs.values() if isinstance(one, Missing)))
        series = {needed: minimum for needed, minimum in step.series.items() if needed not in absent}
        years_of = {needed: found.years for needed, found in inputs.items() if not isinstance(found, Missing)}
        for needed, minimum in series.items():
            if len(years_of[needed]) < minimum:
                have = len(years_of[needed])
                if have == 0:
                    return Missing(name, (f"{needed} has no year: write years = [the year] in its layer",))
                return Missing(name, (f"{needed} has {have} year{'s' if have > 1 else ''}, and {minimum} are needed",))
        compared = ("baseline_year", "current_year")
        if set(compared) <= set(step.parameters) and len({self._scalars[scalar] for scalar in compared}) == 1:
            return Missing(name, (f"there is only one year, {self._scalars['current_year']}",))
        for scalar in compared:
            for needed in series if scalar in step.parameters else ():
                if self._scalars[scalar] not in years_of[needed]:
                    return Missing(name, (f"{needed} has no year {self._scalars[scalar]}",))
        yearly = {needed: set(years) for needed, years in years_of.items() if years and needed not in series}
        if not yearly:
            return Made(name, step, (), {}, absent)
        shared = set.intersection(*yearly.values())
        if not shared:
            return Missing(name, (f"{', '.join(yearly)} have no year in common",))
        dropped = {needed: tuple(sorted(years - shared)) for needed, years in yearly.items() if years - shared}
        return Made(name, step, tuple(sorted(shared)), dropped, absent)


@dataclass(frozen=True)
class Task:
    """One call of a step.

    Parameters
    ----------
    node : Node
        What it gives.
    step : Step
        The step.
    inputs : tuple of (Node, tuple of Node or None)
        One a positional parameter; all years together for a `Series`, None for an input that is absent.
    level : int
        The pass in which it runs, or before which, for tables and vectors.
    """

    node: Node
    step: Step
    inputs: tuple[Node | tuple[Node, ...] | None, ...]
    level: int

    @property
    def needed(self) -> list[Node]:
        """Every node it needs."""
        return _each(self.inputs)

    def arguments(self, values: Mapping[Node, Any]) -> list[Any]:
        """Put its positional arguments together."""
        return [
            Series({node.year: values[node] for node in given})
            if isinstance(given, tuple)
            else None
            if given is None
            else values[given]
            for given in self.inputs
        ]


@dataclass(frozen=True)
class Pass:
    """One walk over the tiles.

    Parameters
    ----------
    tasks : tuple of Task
        Cell and sums tasks, inputs first.
    given : tuple of Node
        What is read tile by tile: sources, and what an earlier pass has written.
    written : tuple of Node
        The cell nodes that become rasters.
    stored : tuple of Node
        The cell nodes that a step takes as a whole after this pass.
    summed : tuple of Node
        The nodes that are added up over the tiles.
    classes : frozenset of Node
        The written nodes that hold codes.
    pad : dict of Node to int
        How many cells beyond the tile each node is needed [cells].
    spent : dict of Node to tuple of Node
        By task: what nobody needs after it.
    """

    tasks: tuple[Task, ...]
    given: tuple[Node, ...]
    written: tuple[Node, ...]
    stored: tuple[Node, ...]
    summed: tuple[Node, ...]
    classes: frozenset[Node]
    pad: Mapping[Node, int]
    spent: Mapping[Node, tuple[Node, ...]]

    def sizes(self, vocabulary: Mapping[str, Quantity]) -> dict[Node, int]:
        """Give of how many arrays of a tile each node consists; of days, how many are read at a time."""
        axis = {node: vocabulary[node.name].axis for node in self.pad}
        return {node: HALF_MONTH_DAYS if axis[node] == "day" else AXIS_LENGTHS[axis[node]] for node in self.pad}

    def without(self, idle: Collection[Node]) -> Pass:
        """Leave out some of the sums, and what was computed or read for them alone."""
        summed = tuple(node for node in self.summed if node not in idle)
        kept = {*self.written, *self.stored, *summed}
        needed, tasks = set(kept), list[Task]()
        for task in reversed(self.tasks):
            if task.node in needed:
                tasks.insert(0, task)
                needed.update(task.needed)
        given = tuple(node for node in self.given if node in needed)
        pad = {node: cells for node, cells in self.pad.items() if node in needed}
        return replace(self, tasks=tuple(tasks), given=given, summed=summed, pad=pad, spent=_spent(tasks, kept))

    def planes(self, vocabulary: Mapping[str, Quantity]) -> int:
        """Give the most arrays of a tile that stand there together; a month is an array, and so is a day."""
        size = self.sizes(vocabulary)
        standing: set[Node] = set()
        most = len(self.written)
        for task in self.tasks:
            standing |= {node for node in (*task.needed, task.node) if node in size}
            most = max(most, sum(size[node] for node in standing))
            standing -= set(self.spent[task.node])
        return most


@dataclass
class Plan:
    """What a run will do.

    Parameters
    ----------
    between : dict of int to list of Task
        What runs between the passes, by the pass it runs before: tables, vectors, what takes a raster as a whole, and
        samples.
    passes : dict of int to Pass
        The walks over the tiles.
    samples : dict of Node to Pass
        The walks over a few tiles, by what they sum up.
    """

    between: dict[int, list[Task]] = field(default_factory=dict)
    passes: dict[int, Pass] = field(default_factory=dict)
    samples: dict[Node, Pass] = field(default_factory=dict)

    @property
    def levels(self) -> range:
        """The passes, with the tables before each and after the last."""
        return range(max([*self.between, *self.passes], default=-1) + 1)


def make_plan(products: Iterable[str], resolver: Resolver, catalogue: Catalogue, reread: bool = True) -> Plan:
    """Turn what was asked for into passes.

    A cell step that wants a table which the run itself computes waits for the next pass. What it needs from an
    earlier pass is read back where that is a product, and computed again where it is not: nothing is written that
    nobody asked for.

    Parameters
    ----------
    products : iterable of str
        Quantities that can be had.
    resolver : Resolver
        How each is had.
    catalogue : Catalogue
        All words.
    reread : bool
        Whether a product of an earlier pass is read back.

    Returns
    -------
    Plan
    """
    wanted = list(products)
    shapes = {name: quantity.shape for name, quantity in catalogue.vocabulary.items()}
    tasks: dict[Node, Task] = {}
    ready: dict[Node, int] = {}
    in_tiles: set[Node] = set()
    for name in resolver.closure(wanted):
        found = resolver[name]
        for year in (found.years or (None,)) if not isinstance(found, Missing) else ():
            node = Node(name, year)
            if isinstance(found, Given):
                ready[node] = 0
                continue
            assert isinstance(found, Made)
            inputs = tuple(nodes_of(needed, found, year, resolver) for needed in found.step.inputs)
            whole = {needed for needed in _each(inputs) if needed.name in found.step.whole}
            # What a pass makes tile by tile can be seen as a whole after it.
            level = max((ready[needed] + (needed in whole & in_tiles) for needed in _each(inputs)), default=0)
            tasks[node] = Task(node, found.step, inputs, level)
            if shapes[name] == "cell" and not found.step.whole:
                in_tiles.add(node)
            # What a pass sums up is there after it, but for a sample.
            ready[node] = level + 1 if shapes[name] == "sums" and not found.step.sampled else level
    plan = Plan()
    for node, task in tasks.items():
        if shapes[node.name] in ("table", "vector") or task.step.whole or task.step.sampled:
            plan.between.setdefault(task.level, []).append(task)
        if task.step.sampled:
            plan.samples[node] = _pass(task.level, tasks, (), (), (node,), wanted, reread, shapes, catalogue)
    taken_whole = {needed for task in tasks.values() for needed in task.needed if needed.name in task.step.whole}
    stored = taken_whole & in_tiles
    for level in sorted({task.level for node, task in tasks.items() if shapes[node.name] in ("cell", "sums")}):
        walk = _walk(level, tasks, wanted, stored, reread, shapes, catalogue)
        if walk.tasks or walk.written:
            plan.passes[level] = walk
    # A layer of the study's own that is asked for as a product is written in the first pass.
    given = tuple(node for node in ready if node not in tasks and node.name in wanted and shapes[node.name] == "cell")
    if given:
        first = plan.passes.get(0, Pass((), (), (), (), (), frozenset(), {}, {}))
        plan.passes[0] = replace(
            first,
            given=tuple(dict.fromkeys((*first.given, *given))),
            written=(*first.written, *given),
            classes=first.classes | _classes(given, catalogue),
            pad={**dict.fromkeys(given, 0), **first.pad},
        )
    return plan


def known_products(names: Iterable[str], catalogue: Catalogue) -> list[str]:
    """Check the names of products that were asked for.

    Parameters
    ----------
    names : iterable of str
        What was asked for.
    catalogue : Catalogue
        All words.

    Returns
    -------
    list of str
        The same names, each once.

    Raises
    ------
    StudyError
        Naming every word that is no quantity or cannot be kept.
    """
    wanted = list(dict.fromkeys(names))
    keepable = [
        name
        for name, word in catalogue.vocabulary.items()
        if word.shape in ("cell", "table", "vector") and word.axis == "none"
    ]
    problems = [Problem(name, "is no product", did_you_mean(name, keepable)) for name in wanted if name not in keepable]
    if problems:
        raise StudyError(problems)
    return wanted


def root_reasons(reasons: Iterable[str]) -> tuple[str, ...]:
    """Leave of a chain of reasons only where it begins: what the study lacks, and not what hangs on that.

    Parameters
    ----------
    reasons : iterable of str
        The reasons why a quantity is missing.

    Returns
    -------
    tuple of str

    Examples
    --------
    >>> root_reasons(("it needs ndvi", "by growing_season: it needs monthly_ndvi", "by growing_season: there is none"))
    ('there is none',)
    """
    plain = (re.sub(r"^(by \w+: )+", "", reason) for reason in reasons)
    return tuple(dict.fromkeys(reason for reason in plain if not reason.startswith("it needs ")))


def short_reasons(found: Missing) -> tuple[str, ...]:
    """Say why a quantity cannot be had, one clause for each of its inputs that is lacking.

    Parameters
    ----------
    found : Missing
        The quantity.

    Returns
    -------
    tuple of str

    Examples
    --------
    >>> rain, heat = (Missing(name, (f"{_NOT_GIVEN}{name}{_NOT_MADE}",)) for name in ("rain", "heat"))
    >>> loss = Missing("loss", ("it needs rain", *rain.reasons, "it needs heat", *heat.reasons), (rain, heat))
    >>> short_reasons(Missing("runoff", ("it needs loss", *loss.reasons), (loss,)))
    ('it needs loss, and the study gives no rain, heat',)
    >>> short_reasons(rain)
    ('the study gives no rain',)
    """
    return tuple(f"it needs {one.name}, and {_roots(one)}" for one in found.inputs) or (_roots(found),)


def _roots(found: Missing) -> str:
    roots = [reason.removesuffix(_NOT_MADE) for reason in root_reasons(found.reasons)]
    names = [root.removeprefix(_NOT_GIVEN) for root in roots if root.startswith(_NOT_GIVEN)]
    others = [root for root in roots if not root.startswith(_NOT_GIVEN)]
    return "; ".join([*([_NOT_GIVEN + ", ".join(dict.fromkeys(names))] if names else []), *others])


def _each(inputs: tuple[Node | tuple[Node, ...] | None, ...]) -> list[Node]:
    """Give every node among the inputs of a step."""
    return [node for given in inputs if given is not None for node in (given if isinstance(given, tuple) else (given,))]


def nodes_of(needed: str, found: Made, year: int | None, resolver: Resolver) -> Node | tuple[Node, ...] | None:
    """Give the node, or the nodes of all years, that an input of a step stands for.

    Parameters
    ----------
    needed : str
        The input.
    found : Made
        How the step's quantity is had.
    year : int or None
        The year for which the step runs.
    resolver : Resolver
        How everything is had.

    Returns
    -------
    Node, tuple of Node, or None
        A tuple for a `Series`; None for an input that is absent.
    """
    if needed in found.absent:
        return None
    source = resolver[needed]
    assert not isinstance(source, Missing)
    if needed in found.step.series:
        return tuple(Node(needed, each) for each in source.years or (None,))
    return Node(needed, year if source.years else None)


def _classes(nodes: Iterable[Node], catalogue: Catalogue) -> frozenset[Node]:
    return frozenset(node for node in nodes if catalogue.vocabulary[node.name].measure == "class")


def _walk(
    level: int,
    tasks: Mapping[Node, Task],
    wanted: list[str],
    taken_whole: set[Node],
    reread: bool,
    shapes: Mapping[str, str],
    catalogue: Catalogue,
) -> Pass:
    """Find what one pass is for, and what it has to compute."""
    written = tuple(
        node
        for node, task in tasks.items()
        if task.level == level and shapes[node.name] == "cell" and node.name in wanted
    )
    summed = tuple(
        node
        for node, task in tasks.items()
        if task.level == level and shapes[node.name] == "sums" and not task.step.sampled
    )
    stored = tuple(node for node, task in tasks.items() if task.level == level and node in taken_whole)
    return _pass(level, tasks, written, stored, summed, wanted, reread, shapes, catalogue)


def _pass(
    level: int,
    tasks: Mapping[Node, Task],
    written: tuple[Node, ...],
    stored: tuple[Node, ...],
    summed: tuple[Node, ...],
    wanted: list[str],
    reread: bool,
    shapes: Mapping[str, str],
    catalogue: Catalogue,
) -> Pass:
    """Find what a pass has to compute for what it is to give, and how far beyond the tile."""
    pad: dict[Node, int] = dict.fromkeys([*written, *stored, *summed], 0)
    computed: list[Task] = []
    # `tasks` has inputs before what is made of them, so backwards every consumer comes first.
    for node in reversed(list(tasks)):
        # A product of an earlier pass is read back; beyond the region it is blank, so not where a halo looks there.
        standing = reread and tasks[node].level < level and node.name in wanted and pad.get(node) == 0
        if node not in pad or standing or tasks[node].step.whole:
            continue
        computed.insert(0, tasks[node])
        for needed in tasks[node].needed:
            if shapes[needed.name] in ("cell", "cover"):
                pad[needed] = max(pad.get(needed, 0), pad[node] + tasks[node].step.halo)
    made = {task.node for task in computed}
    given = tuple(node for node in pad if node not in made)
    spent = _spent(computed, {*written, *stored, *summed})
    return Pass(tuple(computed), given, written, stored, summed, _classes(written, catalogue), pad, spent)


def _spent(tasks: Sequence[Task], kept: Collection[Node]) -> dict[Node, tuple[Node, ...]]:
    """Find by task what nobody needs after it."""
    last: dict[Node, Node] = {}
    for task in tasks:
        last |= dict.fromkeys((*task.needed, task.node), task.node)
    return {
        task.node: tuple(node for node, end in last.items() if end == task.node and node not in kept) for task in tasks
    }
