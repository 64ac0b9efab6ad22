"""Draws: products with their mean and standard deviation over many values of what is uncertain."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from shanshui.base.errors import Problem, StudyError
from shanshui.base.grid import Window
from shanshui.base.vocabulary import Quantity
from shanshui.data.files import digest_bytes
from shanshui.science.variance_shares import variance_shares
from shanshui.study.beforehand import tables_of
from shanshui.study.code_key import code_key
from shanshui.study.drawn_passes import Draw, DrawnPass, run_drawn_pass
from shanshui.study.drawn_products import drawn_output
from shanshui.study.drawn_tables import summary_of_tables, zone_means
from shanshui.study.making import bounded, refuse_bad_values
from shanshui.study.plan import Made, Missing, Node, Pass, Task, make_plan
from shanshui.study.products import RasterOutputs, column_types
from shanshui.study.progress import Progress
from shanshui.study.uncertain import Uncertain, touched
from shanshui.study.whole import WholeRasters

if TYPE_CHECKING:
    from shanshui.study.study import Study

# Many draws share what was read of a tile: smaller tiles than those of a plain run pay.
SMALLEST_TILE = 256
YEAR_DAYS = 366
WORDS = {
    "mean": ("mean of the draws", "抽样均值"),
    "standard_deviation": ("standard deviation of the draws", "抽样标准差"),
    "confidence": ("share of the draws with the same class", "抽样中同级所占比例"),
}


class Drawing:
    """One run of many draws.

    Parameters
    ----------
    study : Study
        The study; this run alone holds its output folder.
    uncertain : sequence of Uncertain
        What is uncertain.
    draws : int
        How many draws, two or more.
    seed : int
        Of the draws.
    """

    def __init__(self, study: Study, uncertain: Sequence[Uncertain], draws: int, seed: int) -> None:
        if draws < 2:
            raise StudyError(Problem("--draws", f"is {draws}", "give 0, or 2 and more"))
        self._study, self._uncertain = study, list(uncertain)
        self._number, self._seed = draws, seed
        self._quantiles = study.file.draws.quantiles
        self._vocabulary = study.catalogue.vocabulary
        self._numbers = {one.name: one.drawn(draws, seed) for one in uncertain}
        self.output = drawn_output(study)

    def products(self, names: Iterable[str]) -> list[str]:
        """Give those of some products that hang on something uncertain."""
        resolver = self._study.resolver
        wanted = list(names)
        moving = touched(resolver.closure(wanted), self._uncertain, resolver)
        return [name for name in wanted if name in moving and isinstance(resolver[name], Made)]

    def stale(self, names: Iterable[str]) -> list[str]:
        """Give those of some products whose draws do not stand there, made from what the study now says."""
        wanted = list(names)
        keys = self._keys(wanted)
        return [name for name in wanted if not self.output.current(name, keys[name])]

    def carry_out(self, stale: list[str], threads: int, progress: Progress) -> None:
        """Make the draws of these products.

        Parameters
        ----------
        stale : list of str
            Products that hang on something uncertain.
        threads : int
            How many tiles are worked on at once.
        progress : Progress
            Told of every tile.
        """
        study, folder = self._study, self._study.output.folder
        resolver = study.resolver
        moving = touched(resolver.closure(stale), self._uncertain, resolver)
        plan = make_plan(stale, resolver, study.catalogue, reread=False)
        sources: dict[str, Any] = dict(study.inputs.sources)
        tables: dict[Node, Any] = tables_of(sources, plan)
        draws = [Draw(0, study.scalars), *(self._draw(number) for number in range(self._number))]
        for draw in draws:
            for name, replace_table in draw.tables.items():
                if Node(name) in tables:
                    draw.values[Node(name)] = replace_table(tables[Node(name)])
        files: dict[str, list[Path]] = {name: [] for name in stale}
        lost: dict[Node, int] = {}
        with ExitStack() as stack:
            shared = stack.enter_context(WholeRasters(folder, study.inputs.grid))
            wholes = {
                draw.number: stack.enter_context(WholeRasters(folder, study.inputs.grid))
                for draw in draws
                if any(
                    task.step.whole and task.node.name in moving for tasks in plan.between.values() for task in tasks
                )
            }
            for level in plan.levels:
                for task in plan.between.get(level, ()):
                    if task.step.sampled:
                        tables[task.node] = None  # a guess for each draw would take its memory once a draw
                        continue
                    if task.node.name not in moving:
                        self._shared_task(task, shared, sources, tables)
                        continue
                    progress.start(len(draws), task.node.name)
                    for draw in draws:
                        draw.carry_out(str(task.node), self._drawn_task, task, draw, wholes, shared, sources, tables)
                        progress.advance()
                if level in plan.passes:
                    drawn = DrawnPass(plan.passes[level], moving, draws, self._quantiles)
                    lost |= self._walk(drawn, sources, tables, shared, wholes, files, threads, progress)
        self._write(stale, draws, files, lost)

    def _draw(self, number: int) -> Draw:
        scalars, changes, tables = dict(self._study.scalars), {}, {}
        for one in self._uncertain:
            numbers = self._numbers[one.name][number]
            if one.kind == "parameter":
                scalars[one.name] = float(numbers[0])
            elif one.kind == "layer":
                changes[one.name] = partial(one.changed, number=float(numbers[0]))
            else:
                tables[one.name] = partial(one.replaced, numbers=numbers)
        return Draw(number + 1, scalars, changes, tables)

    def _shared_task(self, task: Task, whole: WholeRasters, sources: dict[str, Any], tables: dict[Node, Any]) -> None:
        """Do what is the same in every draw."""
        scalars = self._study.scalars
        if not task.step.whole:
            tables[task.node] = task.step(task.arguments(tables), scalars)
            return
        made = whole.make(task, sources, tables, scalars)
        if self._vocabulary[task.node.name].shape == "cell":
            sources[task.node.name] = whole.made(task.node, made)
        else:
            tables[task.node] = made

    def _drawn_task(
        self,
        task: Task,
        draw: Draw,
        wholes: dict[int, WholeRasters],
        shared: WholeRasters,
        sources: dict[str, Any],
        tables: dict[Node, Any],
    ) -> None:
        """Do what every draw does anew."""
        known = {**tables, **draw.values}
        if not task.step.whole:
            made = task.step(task.arguments(known), draw.scalars)
            if task.node.name in draw.tables:
                made = draw.tables[task.node.name](made)
            draw.values[task.node] = made
            return
        whole = wholes[draw.number]
        seen = {**sources, **draw.made}
        for name, change in draw.changes.items():
            seen[name] = _Changed(sources[name], change)
        made = whole.make(task, seen, known, draw.scalars, beside=shared)
        if self._vocabulary[task.node.name].shape == "cell":
            draw.made[task.node.name] = whole.made(task.node, made)
        else:
            draw.values[task.node] = made

    def _walk(
        self,
        drawn: DrawnPass,
        sources: dict[str, Any],
        tables: dict[Node, Any],
        shared: WholeRasters,
        wholes: dict[int, WholeRasters],
        files: dict[str, list[Path]],
        threads: int,
        progress: Progress,
    ) -> dict[Node, int]:
        """Carry out one pass; its rasters are put in place together, when all is well."""
        study, walk = self._study, drawn.walk
        assert study.inputs.grid is not None
        grid = bounded(study.inputs.grid, self._planes(walk), SMALLEST_TILE)
        words = ", ".join(dict.fromkeys(task.node.name for task in drawn.drawn))
        progress.start(sum(1 for _ in grid.tiles()), f"{self._number} draws: {words}")

        def store(draw: Draw | None, node: Node, cells: Any, window: Window) -> None:
            (shared if draw is None else wholes[draw.number]).store(node, cells, window)

        with ExitStack() as stack:
            rasters = RasterOutputs(self.output, grid, stack)
            for node in walk.written:
                for suffix in self._suffixes(node, walk):
                    word = self._word(node.name, suffix)
                    files[node.name].append(rasters.open(Node(word.name, node.year), word, None))
            sums, lost = run_drawn_pass(
                drawn,
                grid,
                sources,
                tables,
                lambda key, cells, window: rasters.write(Node(f"{key[0].name}_{key[1]}", key[0].year), cells, window),
                store,
                threads=threads,
                clipped=study.inputs.clipped,
                tile_done=progress.advance,
            )
            tables |= sums
            refuse_bad_values(study, walk.given)
        return lost

    def _planes(self, walk: Pass) -> float:
        """Give how many arrays of a tile stand together: all that was read, one draw, and what is kept of the draws."""
        kept = 6 + (self._number if self._quantiles else 0)
        # The draws go over days again and again: the whole year is held.
        days = sum(self._vocabulary[node.name].axis == "day" for node in walk.pad)
        return sum(walk.sizes(self._vocabulary).values()) + YEAR_DAYS * days + kept * len(walk.written)

    def _suffixes(self, node: Node, walk: Pass) -> list[str]:
        if node in walk.classes:
            return ["confidence"]
        return ["mean", "standard_deviation", *(f"quantile_{quantile:02.0f}" for quantile in self._quantiles)]

    def _word(self, name: str, suffix: str) -> Quantity:
        """Give the words for a raster of the draws."""
        word = self._vocabulary[name]
        percent = suffix.removeprefix("quantile_").lstrip("0")
        english, chinese = WORDS.get(suffix, (f"{percent} % of the draws lie below", f"抽样 {percent}% 分位数"))
        unit = "1" if suffix == "confidence" else word.unit
        return replace(
            word,
            name=f"{name}_{suffix}",
            measure="intensive",
            unit=unit,
            english=f"{word.english}: {english}",
            chinese=f"{word.chinese}：{chinese}",
            minimum=None,
            maximum=None,
        )

    def _write(
        self, stale: list[str], draws: Sequence[Draw], files: dict[str, list[Path]], lost: dict[Node, int]
    ) -> None:
        """Write tables and receipts."""
        keys = self._keys(stale)
        for name in stale:
            columns = None
            word = self._vocabulary[name]
            if word.shape == "table":
                frames = [_all_years(name, draw) for draw in draws[1:]]
                summary = summary_of_tables(frames, self._quantiles)
                columns = column_types(summary)
                files[name].append(self.output.write(replace(word, name=f"{name}_draws"), None, summary))
                shares = self._shares(name, frames)
                if shares is not None:
                    files[name].append(self.output.write(replace(word, name=f"{name}_shares"), None, shares))
            told = self._receipt(name, keys[name]) | {
                "cells_lost_in_some_draw": {str(node): n for node, n in lost.items() if node.name == name and n},
                "draws_for_shares": self._draws_for_shares(name),
            }
            self.output.write_receipt(name, told | ({"columns": dict(columns)} if columns else {}), files[name])
        self.output.write(Quantity("draws", "table", "draws", "抽样", "What was drawn."), None, self._values())

    def _shares(self, name: str, frames: Sequence[pd.DataFrame]) -> pd.DataFrame | None:
        """Share the variance of a table's means by zone among what is uncertain; None where there are no such means."""
        found = zone_means(frames)
        if found is None:
            return None
        rows, means = found
        reaching = self._reaching(name)
        numbers = np.concatenate([self._numbers[one.name] for one in reaching], axis=1)
        varying = numbers.std(axis=0) > 0
        labels = [(one.name, label) for one in reaching for label in one.labels]
        told = [label for label, moves in zip(labels, varying, strict=True) if moves]
        if self._draws_for_shares(name) > self._number:
            return None
        shares = variance_shares(numbers[:, varying], means)
        names = [of for of, _ in told]
        tables = []
        for of in dict.fromkeys(names):
            own = np.array([name == of for name in names])
            tables.append(rows.assign(uncertain=of, share_percent=100.0 * shares[own].sum(axis=0)))
        rest = 100.0 * (1.0 - shares.sum(axis=0))
        tables.append(rows.assign(uncertain="together, and by bends", share_percent=rest))
        return pd.concat(tables).sort_index(kind="stable").reset_index(drop=True)

    def _draws_for_shares(self, name: str) -> int:
        """Give how many draws it takes to share the variance of a product: two more than numbers that vary."""
        return 2 + sum(int((self._numbers[one.name].std(axis=0) > 0).sum()) for one in self._reaching(name))

    def _reaching(self, name: str) -> list[Uncertain]:
        """Give what is uncertain that a product hangs on."""
        resolver = self._study.resolver
        closure = resolver.closure([name])
        own = {
            scalar
            for other in closure
            if isinstance(found := resolver[other], Made)
            for scalar in found.step.parameters
        }
        return [one for one in self._uncertain if one.name in own or one.name in closure]

    def _keys(self, names: Iterable[str]) -> dict[str, str]:
        wanted = list(names)
        plain = self._study.keys(wanted)
        code = digest_bytes(code_key(__name__))
        return {
            name: digest_bytes(
                plain[name], code, repr(self._reaching(name)), repr((self._number, self._seed, self._quantiles))
            )
            for name in wanted
        }

    def _receipt(self, name: str, key: str) -> dict[str, Any]:
        word = self._vocabulary[name]
        found = self._study.resolver[name]
        return {
            "product": name,
            "english": word.english,
            "chinese": word.chinese,
            "unit": word.unit,
            "years": [] if isinstance(found, Missing) else list(found.years),
            "draws": self._number,
            "seed": self._seed,
            "quantiles": self._quantiles,
            "uncertain": [
                {
                    "name": one.name,
                    "kind": one.kind,
                    "relative": one.relative,
                    "source": one.source,
                    "distributions": {
                        label: {k: v for k, v in asdict(d).items() if not isinstance(v, float) or np.isfinite(v)}
                        for label, d in zip(one.labels, one.distributions, strict=True)
                    },
                }
                for one in self._reaching(name)
            ],
            "of": self._study.keys([name])[name],
            "key": key,
        }

    def _values(self) -> pd.DataFrame:
        """Give what was drawn: one row a draw and number."""
        frames = [
            pd.DataFrame({"draw": np.arange(1, self._number + 1), "uncertain": label, "value": numbers[:, k]})
            for one in self._uncertain
            for numbers in [self._numbers[one.name]]
            for k, label in enumerate(one.labels)
        ]
        return pd.concat(frames, ignore_index=True)


class _Changed:
    """A layer as it is in a draw."""

    def __init__(self, source: Any, change: Any) -> None:
        self._source, self._change = source, change

    def read(self, year: int | None, window: Window) -> Any:
        """Read the cells of one window."""
        return self._change(self._source.read(year, window))


def _all_years(name: str, draw: Draw) -> pd.DataFrame:
    """Give a table of a draw, those of all years one below the other."""
    found = {node.year: frame for node, frame in draw.values.items() if node.name == name}
    frames = [frame if year is None or "year" in frame else frame.assign(year=year) for year, frame in found.items()]
    return pd.concat(frames, ignore_index=True)
