"""Decisions on parcels against ten control layers: one question and very many, beside a plain loop and PostGIS."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from benchmarks.control_data import SIDE, control_data, parcels, projects
from benchmarks.peak import peak_kilobytes
from benchmarks.plain_decisions import Hits, PlainOverlay, PlainQuestion
from benchmarks.postgis import VERTICES, PostGIS, postgis
from shanshui.policy.engine.books import read_rule_book
from shanshui.policy.engine.decisions import Decision, Parcel, decide, decide_all
from shanshui.policy.engine.trace import trace
from shanshui.policy.ground.control_layers import ControlLayer, ControlLayers
from shanshui.policy.rules.packs import RuleBook

WORK = "import sys; from benchmarks.decisions import work; work(sys.argv[1] == 'quick')"
# A mine on land that is to be built on.
FACTS = {"activity": "D1", "date": "2026-11-27", "construction": True, "new_construction_land": True}
QUESTIONS, TRACED, SAMPLE, PARCELS = 200, 20, 2_000, 200_000


def measure(folder: Path, quick: bool) -> Iterator[str]:
    """Print what one question and a batch take, and the memory, in a fresh process."""
    command = [sys.executable, "-c", WORK, "quick" if quick else "whole"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield from (line.rstrip("\n") for line in process.stdout)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)


def work(quick: bool) -> None:
    """Measure in this process and print it line by line."""
    for line in measured(0.2 * SIDE if quick else SIDE, 40 if quick else QUESTIONS, 200 if quick else SAMPLE):
        print(line, flush=True)


def measured(side: float, questions: int, sample: int) -> Iterator[str]:
    """Measure against layers that fill a square [m]."""
    book = read_rule_book()
    many = parcels(round(PARCELS * (side / SIDE) ** 2), side=side)
    given = control_data(book.layers, side=side)
    warm_up(book, given[0])
    points = sum(int(shapely.get_num_coordinates(layer.polygons).sum()) for layer in given)
    polygons = sum(len(layer.polygons) for layer in given)
    what = f"{len(given)} layers, {polygons} polygons, {points / 1e6:.1f} M vertices"
    yield f"{what}; {len(book)} packs, {len(book.rules)} rules"
    yield f"{load()}; all data {peak_kilobytes() / 1024:.0f} MB"
    begun, spent = time.perf_counter(), time.process_time()
    layers = ControlLayers(given, shapely.box(0, 0, side, side))
    yield f"layers made ready               {took(begun, spent)}   peak {peak_kilobytes() / 1024:.0f} MB"
    begun, spent = time.perf_counter(), time.process_time()
    told = decide_all(book, layers, many, FACTS)
    batch_took = f"{took(begun, spent)}   peak {peak_kilobytes() / 1024:.0f} MB"
    yield f"{len(many):6d} parcels in one batch     {batch_took}   {load()}"
    yield "  " + ", ".join(f"{count} {outcome}" for outcome, count in told["outcome"].value_counts().items())
    overlay = PlainOverlay(given)
    with postgis() as database:
        if isinstance(database, PostGIS):
            begun = time.perf_counter()
            database.load(given)
            seconds = time.perf_counter() - begun
            yield f"PostGIS loaded and indexed in {seconds:.0f} s, polygons divided to {VERTICES} vertices, one process"
        else:
            yield database
        others = {"plain loop": overlay.hits} | ({"PostGIS": database.hits} if isinstance(database, PostGIS) else {})
        yield from one_question(book, layers, projects(questions, side=side), others, database)
        some = np.sort(np.random.default_rng(3).choice(len(many), sample, replace=False))
        yield from batch(book, layers, many, some, told["outcome"].to_numpy(), overlay, database)
    yield from explained(book, layers, projects(TRACED, seed=4, side=side))
    yield load()


def one_question(
    book: RuleBook,
    layers: ControlLayers,
    asked: list[Any],
    others: dict[str, Callable[[Any], Hits]],
    database: PostGIS | str,
) -> Iterator[str]:
    """Put the same questions to the engine and to the others, in turn."""
    wall: dict[str, list[float]] = {}
    cpu: dict[str, list[float]] = {}
    same = dict.fromkeys(others, 0)

    def timed(name: str, call: Callable[[], str]) -> str:
        begun, spent = time.perf_counter(), cpu_seconds(database)
        outcome = call()
        wall.setdefault(name, []).append(time.perf_counter() - begun)
        cpu.setdefault(name, []).append(cpu_seconds(database) - spent)
        return outcome

    for parcel in asked:
        ours = timed("shanshui", lambda parcel=parcel: answered(decide(book, layers, Parcel("P", parcel), FACTS)))
        for name, hits in others.items():
            plain = timed(name, lambda parcel=parcel, hits=hits: by_hand(book, layers, parcel, hits(parcel)))
            same[name] += plain == ours
    yield f"one question, {len(asked)} parcels of 0.1 to 3 km [ms]: median, 95th percentile, most"
    yield "  shanshui tells the outcome, that without slivers, what decides and what is missing; the others the outcome"
    for name in wall:
        beside = f"{np.median(cpu[name]) / np.median(cpu['shanshui']):6.1f} times the CPU" if name in others else ""
        agree = f"   {same[name]} of {len(asked)} outcomes the same" if name in others else ""
        yield f"  {name:11s} wall {spread(wall[name])}   CPU {spread(cpu[name])}   {beside}{agree}"


def batch(
    book: RuleBook,
    layers: ControlLayers,
    many: NDArray[Any],
    some: NDArray[np.int64],
    outcomes: NDArray[Any],
    overlay: PlainOverlay,
    database: PostGIS | str,
) -> Iterator[str]:
    """Decide on a sample of the parcels by the engine and by the others, and extrapolate."""
    chosen, times = many[some], len(many) / len(some)
    yield f"{len(some)} of these parcels, and what that makes for {len(many)}"

    def told(name: str, call: Callable[[], list[str]]) -> str:
        begun, spent = time.perf_counter(), cpu_seconds(database)
        found = call()
        wall, cpu = time.perf_counter() - begun, cpu_seconds(database) - spent
        agree = sum(one == other for one, other in zip(found, outcomes[some], strict=True))
        whole = f"x {times:.0f}: {wall * times:7.0f} s ({cpu * times:7.0f} s CPU)"
        return f"  {name:11s} {wall:7.2f} s ({cpu:7.2f} s CPU)   {whole}   {agree} of {len(some)} outcomes the same"

    yield told("shanshui", lambda: list(decide_all(book, layers, chosen, FACTS)["outcome"]))
    yield told("plain loop", lambda: [by_hand(book, layers, parcel, overlay.hits(parcel)) for parcel in chosen])
    if isinstance(database, PostGIS):
        database.load_parcels(chosen)

        def overlaid() -> list[str]:
            hits = database.all_hits()
            return [by_hand(book, layers, parcel, hits[place]) for place, parcel in enumerate(chosen)]

        yield told("PostGIS", overlaid)


def explained(book: RuleBook, layers: ControlLayers, asked: list[Any]) -> Iterator[str]:
    """Ask for the smallest change and the whole trace."""
    changes, traces = [], []
    for parcel in asked:
        decision = decide(book, layers, Parcel("P", parcel), FACTS)
        begun = time.process_time()
        for change in ("cut", "other_facts", "activities"):
            getattr(decision, change)
        changes.append(time.process_time() - begun)
        begun = time.process_time()
        trace(decision)
        traces.append(time.process_time() - begun)
    yield f"{len(asked)} more [ms CPU]: the smallest change {spread(changes)}; the trace, this known {spread(traces)}"


def cpu_seconds(database: PostGIS | str) -> float:
    """Give the CPU time of this process, and of the session with the server."""
    return time.process_time() + (database.cpu_seconds() if isinstance(database, PostGIS) else 0.0)


def answered(decision: Decision) -> str:
    """Ask a decision for all that the first page of it says."""
    assert decision.decided_by is not None
    assert decision.missing is not None
    assert decision.without_slivers
    return decision.outcome


def by_hand(book: RuleBook, layers: ControlLayers, parcel: Any, hits: Hits) -> str:
    """Decide in plain Python from what a parcel overlaps."""
    return PlainQuestion(book, layers, float(parcel.area), hits, FACTS).outcome()


def warm_up(book: RuleBook, layer: ControlLayer) -> None:
    """Compile, and load what is loaded once, before the clock starts."""
    parcel = layer.polygons[0].centroid.buffer(100)
    few = ControlLayers([ControlLayer.of("red_line", [parcel], ["R"])])
    answered(decide(book, few, Parcel("P", parcel), FACTS))


def took(begun: float, spent: float) -> str:
    """Tell what has passed since."""
    return f"{time.perf_counter() - begun:7.2f} s ({time.process_time() - spent:7.2f} s CPU)"


def spread(seconds: list[float]) -> str:
    """Tell the median, the 95th percentile and the most [ms]."""
    return " ".join(f"{value:7.2f}" for value in 1e3 * np.percentile(seconds, [50, 95, 100]))


def load() -> str:
    """Tell how busy the machine is."""
    return f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}"
