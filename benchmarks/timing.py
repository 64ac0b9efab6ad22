"""Timing two things in turn, so that a machine whose speed drifts is fair to both."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable


def in_turn(*works: Callable[[], object], rounds: int) -> list[float]:
    """Give the median seconds of each work, run in turn after one uncounted round."""
    seconds: list[list[float]] = [[] for _ in works]
    for number in range(rounds + 1):
        for place, work in enumerate(works):
            begun = time.perf_counter()
            work()
            if number:
                seconds[place].append(time.perf_counter() - begun)
    return [statistics.median(each) for each in seconds]
