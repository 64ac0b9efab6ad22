"""A study: opened from its folder, checked, run, shown and explained."""

from __future__ import annotations

import fcntl
import importlib.util
import sys
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol, Self

import numpy as np
import pandas as pd
import rasterio
from rasterio.errors import RasterioError

from shanshui.base.catalogue import Catalogue
from shanshui.base.days import Days
from shanshui.base.errors import Problem, StudyError, did_you_mean
from shanshui.chapters import catalogue as shipped_catalogue
from shanshui.data.cog import CACHE_BYTES
from shanshui.data.files import Digests, digest_bytes
from shanshui.policy.parameters import overridden, read_pack
from shanshui.study.gathering import gather
from shanshui.study.inputs import Inputs, TableSource
from shanshui.study.passes import run_pass
from shanshui.study.plan import Given, Made, Missing, Node, Pass, Plan, Resolver, known_products, make_plan
from shanshui.study.products import Output, RasterOutputs, WrittenRasters, column_types
from shanshui.study.reading import read_product
from shanshui.study.receipts import keys, receipt
from shanshui.study.schema import StudyFile, read_study_file
from shanshui.study.whole import WholeRasters

STUDY_FILE = "study.toml"
# A tile with all its arrays shall not take more than this [bytes]; but no tile becomes smaller than that [cells], or
# the blocks of most files would be decoded several times.
TILE_BYTES = 256 * 1024 * 1024
SMALLEST_TILE = 512


class Progress(Protocol):
    """Who wants to know how far a run has come."""

    def start(self, tiles: int, words: str) -> None:
        """Begin a pass of so many tiles."""

    def advance(self) -> None:
        """Finish one tile."""


class _Silence:
    def start(self, tiles: int, words: str) -> None:
        pass

    def advance(self) -> None:
        pass


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
        inputs, problems = gather(self.file, self.folder, self.catalogue.vocabulary, self._digests)
        if problems.fatal:
            inputs.close()
            raise StudyError(problem for problem in problems if problem.severity == "error")
        return inputs

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
        made = self._keys(wanted)
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
            Errors and notes, sorted by key; nothing is computed and nothing is written.
        """
        told = progress or _Silence()
        inputs, problems = gather(self.file, self.folder, self.catalogue.vocabulary, self._digests)
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
        wanted = known_products(products, self.catalogue)
        lost = {name: self.resolver[name] for name in wanted}
        problems = [
            Problem(name, "cannot be made: " + "; ".join(found.reasons), f"see 'shanshui show {self.folder} {name}'")
            for name, found in lost.items()
            if isinstance(found, Missing)
        ]
        if problems:
            raise StudyError(problems)
        wanted = wanted or self.products
        with self._alone():
            self.output.clear_leftovers()
            stale = self.stale(wanted)
            fresh = [name for name in wanted if name not in stale]
            if stale:
                self._log(f"run {' '.join(stale)}")
                # GDAL by itself keeps a twentieth of the machine's memory, as reading goes on.
                small_cache = rasterio.Env(GDAL_CACHEMAX=CACHE_BYTES)
                with small_cache, WholeRasters(self.output.folder, self.inputs.grid) as whole:
                    self._carry_out(stale, threads, progress or _Silence(), whole)
                self._log("done")
            self._digests.save()
        receipts = [self.output.receipt(name) or {} for name in wanted]
        empty = [str(node) for told in receipts for node in told.get("empty", ())]
        return Done(stale, fresh, self.missing if not products else {}, empty)

    # How it is done

    def _keys(self, names: Iterable[str]) -> dict[str, str]:
        return keys(names, self.resolver, self.inputs, self.catalogue, self.scalars)

    def _carry_out(self, stale: list[str], threads: int, progress: Progress, whole: WholeRasters) -> None:
        made_keys = self._keys(stale)
        vocabulary = self.catalogue.vocabulary
        # A table that stands there and is current is read back rather than made again.
        standing = {
            name: TableSource(self.output.read_table(vocabulary[name]), made_keys[name], [])
            for name in self.resolver.closure(stale)
            if name not in stale and self._stands(name, made_keys[name])
        }
        sources = self.inputs.sources | standing
        resolver = Resolver(self.catalogue, sources, self.file.methods, self.scalars)
        legends = [f"{name}_legend" for name in stale if vocabulary[name].measure == "class"]
        legends = [name for name in legends if name in vocabulary and not isinstance(resolver[name], Missing)]
        plan = make_plan([*stale, *legends], resolver, self.catalogue)
        values: dict[Node, Any] = {
            Node(name): source.frame for name, source in sources.items() if isinstance(source, TableSource)
        }
        files: dict[str, list[Path]] = {name: [] for name in stale}
        empty: set[Node] = set()
        open_products = list(stale)
        for name in stale:  # a table of the study's own that is a product stands there like any other
            if vocabulary[name].shape == "table" and isinstance(resolver[name], Given):
                files[name].append(self.output.write(vocabulary[name], None, values[Node(name)]))
        for level in plan.levels or range(1):
            for task in plan.between.get(level, ()):
                name, year = task.node.name, task.node.year
                if task.step.whole:
                    progress.start(1, name)
                    sources[name] = whole.make(task, sources, values, self.scalars)
                    self._refuse_bad_values(task.needed)
                    progress.advance()
                    continue
                values[task.node] = task.step(task.arguments(values), self.scalars)
                if name in files:
                    files[name].append(self.output.write(vocabulary[name], year, values[task.node]))
            if level in plan.passes:
                with ExitStack() as stack:
                    readable = sources | self._written(plan, level, sources, stack)
                    values |= self._walk(plan.passes[level], readable, values, files, empty, threads, progress)
            for name in [name for name in open_products if len(files[name]) == len(self.years(name) or (None,))]:
                value = next((values[node] for node in values if node.name == name), None)
                columns = column_types(value) if isinstance(value, pd.DataFrame) else None
                told = receipt(self, name, made_keys[name], columns)
                told["empty"] = sorted(str(node) for node in empty if node.name == name)
                self.output.write_receipt(name, told, files[name])
                open_products.remove(name)

    def _written(
        self, plan: Plan, level: int, sources: Mapping[str, Any], stack: ExitStack
    ) -> dict[str, WrittenRasters]:
        """Open the products of earlier passes that one pass reads, and that no source gives."""
        earlier = {node for other in plan.passes if other < level for node in plan.passes[other].written}
        years: dict[str, list[int | None]] = {}
        for node in plan.passes[level].given:
            if node in earlier and node.name not in sources:
                years.setdefault(node.name, []).append(node.year)
        found = {}
        for name in years:
            assert self.inputs.grid is not None
            quantity = self.catalogue.vocabulary[name]
            found[name] = WrittenRasters(self.output, quantity, years[name], self.inputs.grid)
            stack.callback(found[name].close)
        return found

    def _stands(self, name: str, key: str) -> bool:
        """Tell whether a table that a step makes stands in the output and is current."""
        found = self.resolver[name]
        if not isinstance(found, Made) or found.years or self.catalogue.vocabulary[name].shape != "table":
            return False
        return self.output.current(name, key)

    def _walk(
        self,
        walk: Pass,
        sources: dict[str, Any],
        values: dict[Node, Any],
        files: dict[str, list[Path]],
        empty: set[Node],
        threads: int,
        progress: Progress,
    ) -> dict[Node, Any]:
        """Carry out one pass; its rasters are put in place together, when all is well."""
        grid = self.inputs.grid
        assert grid is not None
        vocabulary = self.catalogue.vocabulary
        grid = replace(grid, tile=_bounded_tile(grid.tile, walk.planes(vocabulary)))
        progress.start(sum(1 for _ in grid.tiles()), ", ".join(dict.fromkeys(task.node.name for task in walk.tasks)))
        with ExitStack() as stack:
            rasters = RasterOutputs(self.output, grid, stack)
            for node in walk.written:
                legend = values.get(Node(f"{node.name}_legend"))
                files[node.name].append(rasters.open(node, vocabulary[node.name], legend))
            sums = run_pass(
                walk,
                grid,
                sources,
                values,
                self.scalars,
                rasters.write,
                threads=threads,
                clipped=self.inputs.clipped,
                tile_done=progress.advance,
            )
            empty |= rasters.empty
            self._refuse_bad_values(walk.given)
        return sums

    def _refuse_bad_values(self, read: Iterable[Node]) -> None:
        """Stop where a layer that was read holds what it cannot hold."""
        used: dict[str, set[int | None]] = {}
        for node in read:
            used.setdefault(node.name, set()).add(node.year)
        layers = [layer for layer in self.inputs.layers if layer.name in used]
        problems = [problem for layer in layers for problem in layer.problems(used[layer.name])]
        if problems:
            # A run counts a cell as often as it reads it; `check` looks at every cell once.
            raise StudyError([found for found in self.check() if found.severity == "error"] or problems)

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
        for name, method in self.file.methods.items():
            methods = [str(step.method) for step in self.catalogue.methods(name) if step.method]
            if not methods:
                known = {step.gives for step in self.catalogue.steps if step.method}
                problems.append(Problem(f"methods.{name}", "has no methods to choose from", did_you_mean(name, known)))
            elif method not in methods:
                problems.append(
                    Problem(f"methods.{name}", f"there is no method {method!r}", did_you_mean(method, methods))
                )
        return problems


def _bounded_tile(tile: int, planes: int) -> int:
    """Give the side of the tiles in which a pass with so many arrays is walked: it changes no byte of the result."""
    while tile > SMALLEST_TILE and planes * tile**2 * np.dtype(np.float32).itemsize > TILE_BYTES:
        tile //= 2
    return tile


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
