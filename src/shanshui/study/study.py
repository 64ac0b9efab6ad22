"""A study: opened from its folder, checked, run, shown and explained."""

from __future__ import annotations

import fcntl
import importlib.util
import sys
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from copy import copy
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import rasterio
from rasterio.errors import RasterioError

from shanshui.base.catalogue import Catalogue
from shanshui.base.days import Days
from shanshui.base.errors import Problem, Problems, StudyError, did_you_mean
from shanshui.chapters import catalogue as shipped_catalogue
from shanshui.data.cog import CACHE_BYTES
from shanshui.data.files import Digests, digest_bytes
from shanshui.policy.engine.decisions import Decision
from shanshui.policy.parameters import overridden, read_pack
from shanshui.study.beforehand import find_beforehand, tables_of
from shanshui.study.deciding import decide
from shanshui.study.decision_inputs import DecisionInputs
from shanshui.study.drawing import Drawing
from shanshui.study.gathering import gather
from shanshui.study.inputs import Inputs, TableSource
from shanshui.study.making import Making
from shanshui.study.plan import OF_DECISIONS, Given, Missing, Resolver, known_products, make_plan, short_reasons
from shanshui.study.products import Output
from shanshui.study.progress import Progress, Silence
from shanshui.study.reading import read_product
from shanshui.study.receipts import GEOBOX, keys
from shanshui.study.schema import StudyFile, read_study_file
from shanshui.study.uncertain import Uncertain, find_uncertain
from shanshui.study.whole import WholeRasters

STUDY_FILE = "study.toml"


@dataclass(frozen=True)
class Done:
    """What a run did.

    Parameters
    ----------
    made : list of str
        Products that were computed.
    fresh : list of str
        Products that were current and left alone.
    skipped : dict of str to tuple of str
        Products that cannot be made, and why.
    empty : list of str
        Rasters of these that hold no value at all.
    """

    made: list[str]
    fresh: list[str]
    skipped: dict[str, tuple[str, ...]]
    empty: list[str]


class Study:
    """One study, or one scenario of it.

    Parameters
    ----------
    folder : Path
        The folder that holds study.toml.
    scenario : str, optional
        A scenario of the study; its products stand in ``out/scenarios/NAME``.
    trust : bool
        Whether the study's own ``steps.py`` is used.

    Raises
    ------
    StudyError
        With every problem of study.toml itself. Problems of the inputs are found by `check` and `run`.
    """

    def __init__(self, folder: Path, scenario: str | None = None, trust: bool = False) -> None:
        self.folder = folder
        self.scenario = scenario
        self.file: StudyFile = read_study_file(folder / STUDY_FILE, scenario)
        self.catalogue: Catalogue = _own_catalogue(folder) if trust else shipped_catalogue()
        root = folder / "out"
        self._digests = Digests(root / ".digests.json")
        self.output = Output(root if scenario is None else root / "scenarios" / scenario, self._digests)
        self.parameters, problems = overridden(read_pack(self.file.policy.pack), self.file.policy.overrides)
        problems += self._method_problems()
        if problems:
            raise StudyError(problems)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the input files."""
        if "inputs" in self.__dict__:
            self.inputs.close()
            del self.__dict__["inputs"]

    # What there is

    @cached_property
    def inputs(self) -> Inputs:
        """Every input, opened; raises `StudyError` with every problem at once."""
        inputs, problems = self._gathered()
        if problems.fatal:
            inputs.close()
            raise StudyError(problem for problem in problems if problem.severity == "error")
        return inputs

    def _gathered(self) -> tuple[Inputs, Problems]:
        inputs, problems = gather(self.file, self.folder, self.catalogue.vocabulary, self._digests)
        inputs.decisions = DecisionInputs(self.file, self.folder, self._digests, inputs)
        inputs.sources |= inputs.decisions.sources
        return inputs, Problems([*problems, *inputs.decisions.missing_files()])

    @property
    def decisions(self) -> DecisionInputs:
        """The rule packs and control layers, which are read when they are asked for."""
        found = self.inputs.decisions
        assert found is not None
        return found

    @cached_property
    def scalars(self) -> dict[str, Any]:
        """Values of the keyword parameters: the pack's, and what the study itself says."""
        yearly = [set(source.years) for source in self.inputs.sources.values() if source.years]
        # The years that all layers share; where there is none, whatever years there are.
        years = sorted(set.intersection(*yearly) or set.union(*yearly)) if yearly else []
        if not years:
            years = sorted(
                {
                    int(year)
                    for source in self.inputs.sources.values()
                    if isinstance(source, TableSource) and "year" in source.frame
                    for year in source.frame["year"]
                }
            )
        section = self.file.years
        grid = self.inputs.grid
        baseline = section.baseline if section.baseline is not None else (years[0] if years else None)
        current = section.current if section.current is not None else (years[-1] if years else None)
        own = {
            "cell_size": grid.cell_size if grid else None,
            GEOBOX: grid.geobox if grid else None,
            # A step that takes these needs both years; one that takes the period makes do with the years within it.
            "baseline_year": baseline,
            "current_year": current,
            "period_start": baseline,
            "period_end": current,
        }
        return own | {name: parameter.value for name, parameter in self.parameters.items()}

    @cached_property
    def resolver(self) -> Resolver:
        """How each quantity is had."""
        return Resolver(self.catalogue, self.inputs.sources, self.file.methods, self.scalars)

    @cached_property
    def uncertain(self) -> list[Uncertain]:
        """What is uncertain; raises `StudyError` with every problem of the sections that say so."""
        found, problems = self._find_uncertain()
        if problems:
            raise StudyError(problems)
        return found

    def _find_uncertain(self) -> tuple[list[Uncertain], list[Problem]]:
        return find_uncertain(self.file, self.parameters, self.inputs, self.resolver, self.catalogue)

    def _find_beforehand(self, names: Iterable[str]) -> list[Problem]:
        plan = make_plan(names, self.resolver, self.catalogue)
        return find_beforehand(self, plan, tables_of(self.inputs.sources, plan))

    def _with(self, inputs: Inputs) -> Study:
        """Give this study with inputs just opened; what hangs on them is worked out anew."""
        made = copy(self)
        for name in ("scalars", "resolver", "uncertain"):
            made.__dict__.pop(name, None)
        made.inputs = inputs
        return made

    @property
    def products(self) -> list[str]:
        """The products that can be made; a layer of the study's own is none, for it stands there already."""
        made = []
        for quantity in self.catalogue.products:
            found = self.resolver[quantity.name]
            own_layer = isinstance(found, Given) and quantity.shape == "cell"
            if not (isinstance(found, Missing) or own_layer):
                made.append(quantity.name)
        return made

    @property
    def missing(self) -> dict[str, tuple[str, ...]]:
        """The products that cannot be made, and why."""
        found = {quantity.name: self.resolver[quantity.name] for quantity in self.catalogue.products}
        return {name: entry.reasons for name, entry in found.items() if isinstance(entry, Missing)}

    def years(self, name: str) -> tuple[int, ...]:
        """The years of a quantity; none where it is not yearly or cannot be had."""
        found = self.resolver[name]
        return () if isinstance(found, Missing) else found.years

    def stale(self, names: Iterable[str]) -> list[str]:
        """Those of some products that would be computed by a run."""
        wanted = list(names)
        made = self.keys(wanted)
        return [name for name in wanted if not self.output.current(name, made[name])]

    # What one can do

    def check(self, progress: Progress | None = None) -> list[Problem]:
        """Look at every input, down to the last cell, and list every problem at once.

        Parameters
        ----------
        progress : Progress, optional
            Told of every tile.

        Returns
        -------
        list of Problem
            Errors and notes, sorted by key; nothing is written. What needs every input is looked at when all could be
            opened: whether the tables fit each other, and whether the map has what a step must find on it.
        """
        told = progress or Silence()
        inputs, problems = self._gathered()
        opened = not problems.fatal
        if inputs.grid is not None and inputs.layers:
            windows = list(inputs.grid.tiles())
            told.start(len(windows), "check")
            for window in windows:
                for layer in inputs.layers:
                    for year in layer.years or (None,):
                        try:
                            cells = layer.read(year, window)
                            if isinstance(cells, Days):
                                deque(cells, maxlen=0)  # read when they are gone over
                        except StudyError as error:
                            problems += error.problems
                told.advance()
            broken = {problem.key for problem in problems}
            problems += [
                p
                for layer in inputs.layers
                if f"layers.{layer.name}.path" not in broken
                for p in layer.problems(layer.years or (None,))
            ]
        if opened:
            looked_at = self._with(inputs)
            decided = looked_at.decisions.check() if self.file.decisions is not None else Problems()
            problems += decided
            lost = {*OF_DECISIONS} if decided.fatal else set()
            closure = looked_at.resolver.closure
            problems += looked_at._find_beforehand(n for n in looked_at.products if not lost & {*closure([n])})
            problems += looked_at._find_uncertain()[1]
        inputs.close()
        return sorted(set(problems))

    def run(self, *products: str, threads: int = 2, progress: Progress | None = None) -> Any:
        """Make products, as far as they are stale.

        Parameters
        ----------
        *products : str
            Their names; all that can be made when none is named.
        threads : int
            How many tiles are worked on at once; it changes no byte of the result.
        progress : Progress, optional
            Told of every tile.

        Returns
        -------
        DataArray, DataFrame, GeoDataFrame, or dict of these
            The product, when one was named; otherwise all by name.

        Raises
        ------
        StudyError
            With every problem found.
        """
        done = self.make(products, threads=threads, progress=progress)
        if len(products) == 1:
            return read_product(self, products[0])
        return {name: read_product(self, name) for name in (*done.made, *done.fresh)}

    def make(self, products: Iterable[str] = (), *, threads: int = 2, progress: Progress | None = None) -> Done:
        """Make products as `run` does, and tell what was done instead of reading them.

        Returns
        -------
        Done
            What was made, what was current, and what was skipped.
        """
        wanted = self._wanted(products)
        with self._alone():
            self.output.clear_leftovers()
            stale = self.stale(wanted)
            fresh = [name for name in wanted if name not in stale]
            if stale:
                self._log(f"run {' '.join(stale)}")
                # GDAL by itself keeps a twentieth of the machine's memory, as reading goes on.
                small_cache = rasterio.Env(GDAL_CACHEMAX=CACHE_BYTES)
                with small_cache, WholeRasters(self.output.folder, self.inputs.grid) as whole:
                    Making(self, whole, threads, progress or Silence()).carry_out(stale)
                self._log("done")
            self._digests.save()
        receipts = [self.output.receipt(name) or {} for name in wanted]
        empty = [str(node) for told in receipts for node in told.get("empty", ())]
        return Done(stale, fresh, self.missing if not products else {}, empty)

    def decide(
        self,
        parcel: str,
        activity: str,
        industry: str | None = None,
        date: str | None = None,
        facts: Mapping[str, Any] | None = None,
    ) -> Decision:
        """Say what the rules make of an activity on a parcel.

        Parameters
        ----------
        parcel : str
            Key of the parcel, in the layer `parcel`.
        activity : str
            Code of the activity.
        industry : str, optional
            Code of GB/T 4754.
        date : str, optional
            The day on which it is asked, as 2026-01-31; today by default.
        facts : mapping of str to object, optional
            What else is known of the question.

        Returns
        -------
        Decision

        Raises
        ------
        StudyError
            With every problem found.
        """
        return decide(self, parcel, activity, industry, date, facts)

    def draw(
        self,
        products: Iterable[str] = (),
        *,
        draws: int,
        seed: int | None = None,
        threads: int = 2,
        progress: Progress | None = None,
    ) -> Done:
        """Make products with their mean and standard deviation over many draws of what is uncertain.

        Parameters
        ----------
        products : iterable of str
            Their names; all that can be made when none is named. Those that hang on nothing uncertain are left out.
        draws : int
            How many draws; with 0 nothing is drawn and nothing is written.
        seed : int, optional
            In place of the study's own.
        threads : int
            How many tiles are worked on at once; it changes no byte of the result.
        progress : Progress, optional
            Told of every tile.

        Returns
        -------
        Done
            What was made, what was current, and what hangs on nothing uncertain.

        Raises
        ------
        StudyError
            With every problem found.
        """
        wanted = self._wanted(products)
        if draws == 0:
            return Done([], [], {}, [])
        drawing = Drawing(self, self.uncertain, draws, self.file.draws.seed if seed is None else seed)
        moving = drawing.products(wanted)
        with self._alone():
            for output in (self.output, drawing.output):
                output.clear_leftovers()
            stale = drawing.stale(moving)
            problems = self._find_beforehand(stale)
            if problems:
                raise StudyError(problems)
            if stale:
                self._log(f"{draws} draws of {' '.join(stale)}")
                with rasterio.Env(GDAL_CACHEMAX=CACHE_BYTES):
                    drawing.carry_out(stale, threads, progress or Silence())
                self._log("done")
            self._digests.save()
        certain: dict[str, tuple[str, ...]] = {
            name: ("it hangs on nothing uncertain",) for name in wanted if name not in moving
        }
        return Done(stale, [name for name in moving if name not in stale], certain, [])

    def keys(self, names: Iterable[str]) -> dict[str, str]:
        """Give the key of each of these quantities, and of all they need."""
        return keys(names, self.resolver, self.inputs, self.catalogue, self.scalars)

    # How it is done

    def _wanted(self, products: Iterable[str]) -> list[str]:
        """Give the products that were asked for, all where none was; refuse those that cannot be made."""
        wanted = known_products(products, self.catalogue)
        lost = {name: self.resolver[name] for name in wanted}
        problems = [
            Problem(name, f"cannot be made: {reason}", f"see 'shanshui show {self.folder} {name}'")
            for name, found in lost.items()
            if isinstance(found, Missing)
            for reason in short_reasons(found)
        ]
        if problems:
            raise StudyError(problems)
        return wanted or self.products

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Hold the output folder: two runs of one study exclude each other."""
        try:
            self.output.folder.mkdir(parents=True, exist_ok=True)
            # One lock for the study and its scenarios: they share the folder and the fingerprints.
            lock = (self.folder / "out" / ".lock").open("w")
        except OSError as error:
            fault = f"cannot be written ({error.strerror})"
            raise StudyError(Problem(str(self.output.folder), fault, "make the folder writable")) from None
        with lock:
            try:
                # The kernel lets go of it when the process ends, however it ends.
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                fault = "another run of this study is at work"
                raise StudyError(Problem(str(self.output.folder), fault, "wait until it has finished")) from None
            try:
                yield
            except (OSError, RasterioError) as error:
                fault = f"cannot be written whole ({error})"
                mend = "make room on the disk and run again; what was finished stands"
                raise StudyError(Problem(str(self.output.folder), fault, mend)) from error

    def _log(self, words: str) -> None:
        """Note the time of a run, which neither receipts nor products hold."""
        with (self.output.folder / "run.log").open("a", encoding="utf-8") as log:
            log.write(f"{datetime.now().astimezone().isoformat(timespec='seconds')} {words}\n")

    def _method_problems(self) -> list[Problem]:
        problems = []
        chosen = self.file.methods
        for name, method in chosen.items():
            steps = [step for step in self.catalogue.methods(name) if step.method]
            methods = [str(step.method) for step in steps]
            together = {word for step in steps if step.method == method for word in step.together}
            others = sorted(word for word in together & {*chosen} if chosen[word] in {*methods} - {method})
            if not methods:
                known = {step.gives for step in self.catalogue.steps if step.method}
                problems.append(Problem(f"methods.{name}", "has no methods to choose from", did_you_mean(name, known)))
            elif method not in methods:
                problems.append(
                    Problem(f"methods.{name}", f"there is no method {method!r}", did_you_mean(method, methods))
                )
            elif others and name < others[0]:
                fault = f"is {method!r}, and is made together with {', '.join(others)}, by another method"
                problems.append(Problem(f"methods.{name}", fault, "choose one method for all of them"))
        return problems


def open_study(path: str | Path, scenario: str | None = None, trust: bool = False) -> Study:
    """Open a study.

    Parameters
    ----------
    path : str or Path
        Its folder, or its study.toml.
    scenario : str, optional
        A scenario of the study.
    trust : bool
        Whether the study's own ``steps.py`` and ``vocabulary.toml`` are used: they are code that will run.

    Returns
    -------
    Study

    Raises
    ------
    StudyError
        With every problem of study.toml.
    """
    folder = Path(path).absolute()
    return Study(folder.parent if folder.name == STUDY_FILE else folder, scenario, trust)


def _own_catalogue(folder: Path) -> Catalogue:
    """Add a study's own steps to those of the chapters: they have the same rights."""
    shipped = shipped_catalogue()
    file = folder / "steps.py"
    if not file.exists():
        return shipped
    name = f"shanshui_study_{digest_bytes(str(file.resolve()))}"
    spec = importlib.util.spec_from_file_location(name, file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        fault = f"cannot be imported: {type(error).__name__}: {error}"
        raise StudyError(Problem("steps.py", fault, "mend it")) from error
    words = folder / "vocabulary.toml"
    return shipped.extended([words] if words.exists() else [], [module])
