"""One decision per grid cell: cuts, and whole plans with their certified gaps, each in a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.peak import peak_kilobytes
from shanshui.planning.grid_plan import GridPlan, solve_grid
from shanshui.science.grid_cut import GridCut

# A side costs a fifth of the standard deviation of the value of a cell.
PRICE = 0.2
SHARE = 0.7384
GROUPS = 60
BUDGET = 0.45
WORK = "import sys; from benchmarks.grid_plan import work; work(*sys.argv[1:])"


def measure(folder: Path, quick: bool) -> Iterator[str]:
    """Print seconds and peak memory of cold and warm cuts, and of plans with their gaps."""
    for side in (500,) if quick else (1000, 3000, 6000):
        for neighbours in (4, 8):
            for times in (1, 5, 20):
                if neighbours == 8 and (side == 6000 or times == 20):
                    continue
                yield told("cut", side, times, neighbours)
        for times in (1, 5, 20):
            yield told("plan", side, times, 0)
        yield told("plan", side, 1, 10)


def told(what: str, side: int, times: float, more: int) -> str:
    """Run one measurement in a fresh process and put it in words."""
    command = [sys.executable, "-c", WORK, what, str(side), str(times), str(more)]
    result = subprocess.run(command, capture_output=True, text=True, check=True)
    known = json.loads(result.stdout.splitlines()[-1])
    head = f"{side * side / 1e6:6.2f} M cells, price x {times:<2g}"
    tail = f"peak {known['peak'] / 1024:6.0f} MB"
    if what == "cut":
        return (
            f"{head} {more} neighbours  cold cut {known['cold'][0]:7.2f} s ({known['cold'][1]:7.2f} s CPU)  "
            f"warm cut {known['warm'][0]:6.2f} s ({known['warm'][1]:6.2f} s CPU)  {tail}"
        )
    levels = f"{more} levels" if more else "continuous"
    return (
        f"{head} {levels:12s}  plan {known['plan'][0]:7.2f} s ({known['plan'][1]:7.2f} s CPU)  "
        f"gap {100 * known['gap']:8.5f} %  {tail}"
    )


def work(what: str, side: str, times: str, more: str) -> None:
    """Measure in this process and print it as JSON."""
    known: dict[str, object] = {}
    if what == "cut":
        run = cut_of(int(side), float(times), int(more))
        run(50)
        known["cold"], known["warm"] = run(int(side))
    else:
        solve_grid(plan_of(200, float(times), int(more)), threads=2)
        plan = plan_of(int(side), float(times), int(more))
        seconds, answer = timed(lambda: solve_grid(plan, gap=1e-4, threads=2))
        known["plan"], known["gap"] = seconds, answer.gap
    print(json.dumps({**known, "peak": peak_kilobytes()}))


def timed(run):  # type: ignore[no-untyped-def]
    """Give seconds by the clock and of the processors, and the result."""
    begun, spent = time.perf_counter(), time.process_time()
    result = run()
    return (time.perf_counter() - begun, time.process_time() - spent), result


def cut_of(whole: int, times: float, neighbours: int):  # type: ignore[no-untyped-def]
    """Give a function that measures a cold cut, and the mean of cuts after small changes of all gains."""

    def run(side: int):  # type: ignore[no-untyped-def]
        value = noise(side)
        unit = 2.0**16
        price = int(PRICE * times * unit)
        diagonal = (int(price * 0.7),) * 2 if neighbours == 8 else ()
        cut = GridCut((side, side), price, price, *diagonal)
        cut.residual += (value * unit).astype(np.int32)
        del value
        cold, _ = timed(lambda: cut.solve(2))
        changes = []
        for change in (200, -500, 100, 300, -150, 50):
            cut.residual += np.int32(change)
            changes.append(timed(lambda: cut.solve(2))[0])
        return cold, tuple(np.mean(changes, axis=0))

    return run


def noise(side: int, seed: int = 0) -> NDArray[np.float32]:
    """Smooth hills of about a hundredth of the side, and fine noise of half their height."""
    random = np.random.default_rng(seed)
    total = np.zeros((side, side), np.float32)
    for knots, height in ((12, 0.6), (40, 0.6), (100, 0.6)):
        hills = random.standard_normal((knots + 1, knots + 1)).astype(np.float32)
        place = np.arange(side, dtype=np.float32) * (knots / side)
        low = place.astype(np.int64)
        part = place - low
        part = part * part * (3 - 2 * part)
        for start in range(0, side, 256):
            rows = slice(start, min(start + 256, side))
            lines = hills[low[rows]] * (1 - part[rows, None]) + hills[low[rows] + 1] * part[rows, None]
            total[rows] += np.float32(height) * (lines[:, low] * (1 - part) + lines[:, low + 1] * part)
    for start in range(0, side, 256):
        block = total[start : start + 256]
        block += np.float32(0.5) * random.standard_normal(block.shape, dtype=np.float32)
    return total


def plan_of(side: int, times: float, levels: int) -> GridPlan:
    """Sixty function areas on a third of a square, a share in each, a budget for all, a price of the boundary."""
    value = noise(side)
    value += np.float32(2.5)
    np.maximum(value, 0, out=value)
    if levels:
        value *= np.float32(levels / 5)
        np.floor(value, out=value)
        np.minimum(value, levels - 1, out=value)
    spread = float(value[:256].std())
    group = np.full((side, side), -1, np.int16)
    eighth = np.arange(side) * 8 // side
    for row in range(side):
        if (row * 24 // side) % 3 == 0:
            group[row] = eighth[row] * 8 + eighth
    group[group >= GROUPS] = -1
    area = np.full(side, 0.25)
    needed = SHARE * 0.25 * np.bincount(group[group >= 0].ravel(), minlength=GROUPS).astype(np.float64)
    price = np.full(side, PRICE * times * spread)
    mask = np.ones((side, side), bool)
    return GridPlan(value, mask, area, price, price, budget=BUDGET * 0.25 * side * side, group=group, needed=needed)
