"""Slope and significance of every cell's series, beside numpy over all pairs and pymannkendall."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pymannkendall

from benchmarks.timing import in_turn
from shanshui.science.mann_kendall import mann_kendall_z
from shanshui.science.theil_sen import theil_sen_slope

# Cells that numpy takes at once: its arrays of pairs then stay in the caches, where it is quickest.
AT_ONCE = 2000


def measure(folder: Path, quick: bool) -> Iterator[str]:
    """Print microseconds a cell and ratios; one thread each."""
    for dates, cells, title in (
        (20, 200_000, "20 years"),
        (120, 6_000, "120 months"),
    ):
        for gaps in (False, True):
            stack = _stack(dates, cells // 10 if quick else cells, gaps)
            yield f"{title}, {'gaps and ties' if gaps else 'no gaps'}, {stack[0].size:,} cells, 1 thread, medians"
            yield from _compare(stack, gaps, rounds=1 if quick else 5)


def _stack(dates: int, cells: int, gaps: bool) -> np.ndarray:
    random = np.random.default_rng(dates)
    stack = random.normal(0, 1, (dates, cells // 100, 100)) + 0.05 * np.arange(dates)[:, None, None]
    if gaps:
        stack = np.where(random.random(stack.shape) < 0.15, np.nan, np.round(stack, 1))
    return stack.astype(np.float32)


def _compare(stack: np.ndarray, gaps: bool, rounds: int) -> Iterator[str]:
    times = np.arange(float(len(stack)))
    flat = stack.reshape(len(stack), -1)
    few = flat[:, :50]
    parts = [flat[:, begin : begin + AT_ONCE] for begin in range(0, flat.shape[1], AT_ONCE)]
    results: dict[str, list[np.ndarray]] = {}

    def ours() -> None:
        results["ours"] = [theil_sen_slope(stack, times, 3).ravel(), mann_kendall_z(stack, 3).ravel()]

    def pairs(median) -> None:  # type: ignore[no-untyped-def]
        results[median.__name__] = np.concatenate([_numpy_pairs(part, times, median) for part in parts], axis=1)

    def reference() -> None:
        results["pymannkendall"] = np.array([pymannkendall.original_test(cell)[::-1][1:6:4] for cell in few.T]).T

    by_median = _nan_median if gaps else _median
    seconds = in_turn(ours, lambda: pairs(by_median), lambda: pairs(_by_sorting), reference, rounds=rounds)
    cells = [flat.shape[1]] * 3 + [few.shape[1]]
    own = seconds[0] / cells[0]
    names = (
        "shanshui",
        f"numpy pairs, {'np.nanmedian' if gaps else 'np.median'}",
        "numpy pairs, np.sort",
        f"pymannkendall (from {few.shape[1]} cells)",
    )
    for name, spent, count in zip(names, seconds, cells, strict=True):
        yield f"  {name:<35} {spent / count * 1e6:9.2f} us a cell   {spent / count / own:7.1f} times"
    for name, other in list(results.items())[1:]:
        difference = [
            np.nanmax(np.abs(mine[: len(its)] - its)) for mine, its in zip(results["ours"], other, strict=True)
        ]
        yield f"  largest difference to {name.strip('_')}: slope {difference[0]:.0e}, Z {difference[1]:.0e}"


def _median(slopes: np.ndarray) -> np.ndarray:
    return np.median(slopes, axis=0)


def _nan_median(slopes: np.ndarray) -> np.ndarray:
    return np.nanmedian(slopes, axis=0)


def _by_sorting(slopes: np.ndarray) -> np.ndarray:
    """NaN come last, so the middle of those known is found by counting; rows that lie together sort fastest."""
    ordered = np.sort(slopes.T.copy(), axis=1)
    known = np.count_nonzero(~np.isnan(ordered), axis=1)
    cell = np.arange(len(ordered))
    return (ordered[cell, (known - 1) // 2] + ordered[cell, known // 2]) / 2


def _numpy_pairs(series: np.ndarray, times: np.ndarray, median) -> np.ndarray:  # type: ignore[no-untyped-def]
    """Slope and Z over all pairs of dates at once; ties as runs of the sorted values."""
    first, second = np.triu_indices(len(series), 1)
    difference = series[second] - series[first]
    slope = median(difference / (times[second] - times[first]).astype(np.float32)[:, None])
    score = np.nansum(np.sign(difference), axis=0)
    ordered = np.sort(series, axis=0)
    known = np.count_nonzero(~np.isnan(series), axis=0).astype(np.float64)
    ties, run = np.zeros(series.shape[1]), np.ones(series.shape[1])
    for date in range(1, len(series) + 1):
        same = ordered[date] == ordered[date - 1] if date < len(series) else np.zeros(series.shape[1], bool)
        ties += np.where(same, 0, run * (run - 1) * (2 * run + 5))
        run = np.where(same, run + 1, 1)
    variance = (known * (known - 1) * (2 * known + 5) - ties) / 18
    return np.stack([slope, (score - np.sign(score)) / np.sqrt(variance)])
