"""Plans of units with a certificate: a landscape of irregular units, features in clusters, three boundary prices."""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
from scipy import ndimage, sparse
from scipy.spatial import Voronoi

from benchmarks.peak import peak_kilobytes
from shanshui.planning.conflicts import explain, relaxed
from shanshui.planning.program import Program
from shanshui.planning.unit_plan import solve_units

FEATURES, GROUPS = 100, 60
PRICES = {"no boundary price": 0.0, "weak (0.1)": 0.1, "middling (1)": 1.0, "strong (5)": 5.0}


def measure(folder: Path, quick: bool) -> Iterator[str]:
    """Print gap, seconds and memory for each price; each plan in a process of its own."""
    side = 50 if quick else 316
    for kind, title in (
        ("targets", f"least cost, 30 % of each of {FEATURES} features"),
        ("budget", f"most value in 35 % of the area, a quarter of each of {GROUPS} groups"),
        ("both", f"most value in 35 % of the area, a quarter of each group, 30 % of each of {FEATURES} features"),
    ):
        yield f"{title}, {side * side:,} units, 2 searches at once"
        for name, price in PRICES.items():
            with multiprocessing.get_context("spawn").Pool(1) as pool:
                gap, seconds, megabytes = pool.apply(_solve, (kind, side, price))
            yield f"  {name:<20} certified gap {gap:8.3%}   {seconds:6.1f} s   {megabytes:5.0f} MB"
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        members, least, total, seconds, megabytes = pool.apply(_explain, (side,))
    yield f"the same targets in 12 % of the area, {side * side:,} units: infeasible"
    yield f"  {members} rows conflict   gives {least:.5f} to {total:.5f}   {seconds:6.1f} s   {megabytes:5.0f} MB"


def _solve(kind: str, side: int, price: float) -> tuple[float, float, float]:
    """Compile once on a small plan, so that the seconds are those of solving."""
    solve_units(_program("targets", 12, price), moves=100_000)
    program = _program(kind, side, price)
    begun = time.perf_counter()
    answer = solve_units(program)
    return answer.gap, time.perf_counter() - begun, peak_kilobytes() / 1024


def _explain(side: int) -> tuple[int, float, float, float, float]:
    """Rows of the first conflict; what the limits must give at least, and what frees the plan, as sums of shares."""
    plan = _program("targets", side, 0.0)
    area = np.random.default_rng(1).uniform(0.5, 1.5, plan.size)
    program = replace(
        plan,
        matrix=sparse.csr_array(sparse.vstack([area[None], plan.matrix])),
        lower=np.append(-np.inf, plan.lower),
        upper=np.append(0.12 * area.sum(), plan.upper),
        names=("area budget", *plan.names),
        units=(),
        whole=np.empty(0),
    )
    begun = time.perf_counter()
    conflict = explain(program)
    if conflict.choice is None or not relaxed(program, conflict.changes).holds(conflict.choice):
        raise AssertionError("the change does not free the plan")
    total = sum(change.relative for change in conflict.changes)
    seconds = time.perf_counter() - begun
    return len(conflict.conflicts[0]), conflict.least, total, seconds, peak_kilobytes() / 1024


def _program(kind: str, side: int, price: float) -> Program:
    """Units are the cells around the points of a grid, each moved a little; they share sides of any length."""
    random = np.random.default_rng(0)
    count = side * side
    rows, columns = np.mgrid[0:side, 0:side]
    points = np.stack([columns.ravel(), rows.ravel()], 1) + random.uniform(-0.3, 0.3, (count, 2))
    first, second, length, exposed = _sides(points, side)
    amounts = _amounts(random, side)
    free = np.full(count, -1)
    if kind == "targets":
        cost = 3 * np.exp(0.5 * _field(random, side, side / 40).ravel() + 0.3 * random.normal(size=count))
        limits = 0.3 * amounts.sum(axis=1), np.full(FEATURES, np.inf)
        names = tuple(f"row {number}" for number in range(FEATURES))
        return Program(-cost - price * exposed, first, second, price * length, amounts, *limits, names, free)
    value = amounts.T @ (1 / amounts.sum(axis=1))
    value *= 3 / value.mean()
    area = random.uniform(0.5, 1.5, count)
    centres = random.uniform(0, side, (GROUPS, 2))
    group = np.array([((centres - point) ** 2).sum(axis=1).argmin() for point in points])
    shares = sparse.csr_array((area, (group, np.arange(count))), shape=(GROUPS, count))
    matrix = sparse.csr_array(sparse.vstack([sparse.csr_array(area[None]), shares]))
    lower = np.concatenate([[-np.inf], 0.25 * np.bincount(group, area, GROUPS)])
    upper = np.concatenate([[0.35 * area.sum()], np.full(GROUPS, np.inf)])
    if kind == "both":
        matrix = sparse.csr_array(sparse.vstack([matrix, amounts]))
        lower = np.concatenate([lower, 0.3 * amounts.sum(axis=1)])
        upper = np.concatenate([upper, np.full(FEATURES, np.inf)])
    names = tuple(f"row {number}" for number in range(lower.size))
    return Program(value - price * exposed, first, second, price * length, matrix, lower, upper, names, free)


def _sides(points: np.ndarray, side: int) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Length of what each two units share, and of what each shares with the outside."""
    mirrored = []
    for axis in (0, 1):
        for edge, near in ((-0.5, points[:, axis] < 1.6), (side - 0.5, points[:, axis] > side - 2.6)):
            image = points[near].copy()
            image[:, axis] = 2 * edge - image[:, axis]
            mirrored.append(image)
    cells = Voronoi(np.concatenate([points, *mirrored]))
    pairs, ends = cells.ridge_points, np.array(cells.ridge_vertices)
    length = np.hypot(*(cells.vertices[ends[:, 0]] - cells.vertices[ends[:, 1]]).T)
    length[(ends < 0).any(axis=1)] = 0
    inside = pairs < len(points)
    both, border = inside.all(axis=1) & (length > 1e-6), inside.sum(axis=1) == 1
    exposed = np.bincount(pairs[border].min(axis=1), length[border], len(points))
    return pairs[both, 0], pairs[both, 1], length[both], exposed


def _field(random: np.random.Generator, side: int, blur: float) -> np.ndarray:
    field = ndimage.gaussian_filter(random.normal(size=(side, side)), blur, mode="nearest")
    return (field - field.mean()) / field.std()


def _amounts(random: np.random.Generator, side: int) -> sparse.csr_array:
    """Each feature lives where a smooth field is high, on 2 to 50 % of the units."""
    units, features, amounts = [], [], []
    for feature in range(FEATURES):
        field = _field(random, side, side * random.uniform(0.006, 0.06)).ravel()
        least = np.quantile(field, 1 - np.exp(random.uniform(np.log(0.02), np.log(0.5))))
        lives = np.flatnonzero((field > least) & (random.random(side * side) < 0.9))
        units.append(lives)
        features.append(np.full(lives.size, feature))
        amounts.append(random.uniform(0.2, 1.8, lives.size) * (1 + 0.3 * (field[lives] - least)))
    places = (np.concatenate(features), np.concatenate(units))
    return sparse.csr_array((np.concatenate(amounts), places), shape=(FEATURES, side * side))
