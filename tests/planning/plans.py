"""Small plans of 16 cells, and what every one of their 65,536 choices reaches, written down apart from the code."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from shanshui.planning.carriers import Cells
from shanshui.planning.problem import Problem

PARTS = ("budget", "target", "shares", "features", "inside", "outside", "boundary")
SIDE = 4
CHOICES = (np.arange(2**16)[:, None] >> np.arange(16) & 1).astype(bool)


@dataclass
class SmallPlan:
    """A plan of 4 x 4 cells; `parts` says which of its constraints are on."""

    parts: frozenset[str]
    value: np.ndarray
    area: np.ndarray
    group: np.ndarray
    feature: np.ndarray
    inside: np.ndarray
    outside: np.ndarray
    width: np.ndarray
    height: np.ndarray
    price: float
    budget: float
    target: float
    share: float
    feature_share: float
    feature_least: float

    def problem(self) -> Problem:
        plan = Problem(Cells(np.ones((SIDE, SIDE), bool), self.area, self.width, self.height))
        plan = plan.maximise(self.value, "importance")
        if "budget" in self.parts:
            plan = plan.area_budget(self.budget)
        if "target" in self.parts:
            plan = plan.area_target(self.target)
        if "shares" in self.parts:
            plan = plan.minimum_share(self.group, self.share)
        if "features" in self.parts:
            plan = plan.target("crane", self.feature[0], share=self.feature_share)
            plan = plan.target("panda", self.feature[1], least=self.feature_least, unit="ha")
        if "inside" in self.parts:
            plan = plan.locked_in(self.inside, "park")
        if "outside" in self.parts:
            plan = plan.locked_out(self.outside, "town")
        if "boundary" in self.parts:
            plan = plan.boundary_price(self.price)
        return plan

    def values(self) -> np.ndarray:
        """The objective of every choice."""
        found = CHOICES @ self.value.ravel()
        if "boundary" in self.parts:
            chosen = np.pad(CHOICES.reshape(-1, SIDE, SIDE), ((0, 0), (1, 1), (1, 1)))
            upright = (chosen[:, 1:-1, 1:] != chosen[:, 1:-1, :-1]).sum(2) @ self.height
            level = (chosen[:, 1:, 1:-1] != chosen[:, :-1, 1:-1]).sum(2)
            # The side above the first row is as long as the one below it.
            found = found - self.price * (upright + level @ np.concatenate([self.width[:1], self.width]))
        return found

    def rows(self) -> dict[str, tuple[np.ndarray, float, float]]:
        """Of each row what every choice reaches, and its limits."""
        area = CHOICES @ self.area.ravel()
        rows = {}
        if "budget" in self.parts:
            rows["area budget"] = (area, -np.inf, self.budget)
        if "target" in self.parts:
            rows["area target"] = (area, self.target, np.inf)
        if "shares" in self.parts:
            for group in np.unique(self.group[self.group >= 0]):
                inside = np.where(self.group == group, self.area, 0).ravel()
                rows[f"share of function area {group}"] = (CHOICES @ inside, self.share * inside.sum(), np.inf)
        if "features" in self.parts:
            crane, panda = self.feature[0].ravel(), self.feature[1].ravel()
            rows["target of crane"] = (CHOICES @ crane, self.feature_share * crane.sum(), np.inf)
            rows["target of panda"] = (CHOICES @ panda, self.feature_least, np.inf)
        return rows

    def locks(self) -> dict[str, np.ndarray]:
        """Of each lock whether every choice keeps it."""
        locks = {}
        if "inside" in self.parts:
            locks["park locked in"] = CHOICES[:, self.inside.ravel()].all(1)
        if "outside" in self.parts:
            locks["town locked out"] = ~CHOICES[:, self.outside.ravel()].any(1)
        return locks

    def kept(self) -> dict[str, np.ndarray]:
        """Of each row and lock whether every choice keeps it."""
        rows = self.rows().items()
        return {name: (sums >= low - 1e-9) & (sums <= high + 1e-9) for name, (sums, low, high) in rows} | self.locks()

    def feasible(self) -> np.ndarray:
        """Whether every choice keeps everything."""
        return np.logical_and.reduce([np.ones(len(CHOICES), bool), *self.kept().values()])


def small_plan(seed: int, parts: frozenset[str], *, tight: bool = False) -> SmallPlan:
    """Make a plan out of random numbers; a tight one often cannot be kept."""
    random = np.random.default_rng(seed)
    # Numbers that are not sums of each other, so that no choice lies on a limit.
    area = random.uniform(0.5, 2.0, (SIDE, SIDE)).astype(np.float32)
    inside = np.zeros((SIDE, SIDE), bool)
    outside = np.zeros((SIDE, SIDE), bool)
    places = random.permutation(16)
    inside.flat[places[:3]] = True
    outside.flat[places[3 : 7 if tight else 5]] = True
    feature = random.random((2, SIDE, SIDE)) * (random.random((2, SIDE, SIDE)) < 0.6)
    feature[:, 1, 1] = 0.5
    exists = float(area.sum(dtype=np.float64))
    return SmallPlan(
        parts=parts,
        value=random.random((SIDE, SIDE)),
        area=area.astype(np.float64),
        group=random.integers(-1, 3, (SIDE, SIDE)),
        feature=feature,
        inside=inside,
        outside=outside,
        width=random.uniform(0.5, 1.5, SIDE),
        height=random.uniform(0.5, 1.5, SIDE),
        price=float(random.choice([0.03, 0.15, 0.6])),
        budget=(0.4 if tight else 0.65) * exists,
        target=0.45 * exists,
        share=0.73 if tight else 0.3,
        feature_share=0.7 if tight else 0.4,
        feature_least=float((0.7 if tight else 0.4) * feature[1].sum()),
    )
