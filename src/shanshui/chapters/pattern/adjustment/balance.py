"""Which patches of an adjustment are taken, so that area, shares and services hold (paper 2.2)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from shanshui.planning.carriers import Units
from shanshui.planning.covering import solve_covering
from shanshui.planning.problem import Problem

IN, OUT, MAY = "in", "out", "may"
TOTAL, FUNCTION_AREA, SERVICE = "total", "function_area", "service"
SERVICES_ZH = {
    "water_conservation": "水源涵养",
    "soil_retention": "土壤保持",
    "sand_fixation": "防风固沙",
    "habitat_quality": "生境质量",
    "species_richness": "物种丰富度",
    "threatened_species_richness": "受威胁物种丰富度",
    "weighted_endemism": "加权特有性",
    "carbon_sequestration": "固碳",
    "flood_mitigation": "洪水调蓄",
    "climate_regulation": "气候调节",
    "fragile_land": "极敏感脆弱土地",
}
ROWS = ["reason", "reason_zh", "function_area", "unit", "lower", "reached", "holds"]
# A hectare that may come in costs so much of what a hectare that may leave is worth: what may leave is let go wherever
# that can be made good, and no more comes in than makes it good.
COST_OF_COMING_IN = 0.01
# The best ground of all costs so much less than ground that is worth nothing.
DISCOUNT = 0.5
# Sums of many patches are as exact as this.
EXACT = 1e-9


@dataclass(frozen=True)
class Limits:
    """What the line of tomorrow must hold.

    Parameters
    ----------
    total_percent : float
        Of today's area [percent].
    function_area_percent : float
        Of each function area [percent].
    service_percent : float
        Of what today's line holds of each service [percent].
    """

    total_percent: float
    function_area_percent: float
    service_percent: float


@dataclass(frozen=True)
class Choice:
    """What is chosen, and whether everything holds.

    Parameters
    ----------
    taken : bool ndarray (patches,)
        Which patches come in or leave.
    rows : DataFrame
        One row a balance: reason, reason_zh, function_area, unit, lower, reached, holds.
    gap_percent : float
        How much cheaper any other choice could be at most; 0 where it is proven the best [percent].
    """

    taken: NDArray[np.bool_]
    rows: pd.DataFrame
    gap_percent: float


@dataclass(frozen=True)
class _Balance:
    """One sum that must hold: what the line has of it when nothing that may happen does, and what each patch adds."""

    reason: str
    reason_zh: str
    function_area: str
    unit: str
    lower: float
    base: float
    adds: NDArray[np.float64]


def choose(patches: pd.DataFrame, before: pd.DataFrame, fixed: NDArray[np.int64], limits: Limits) -> Choice:
    """Choose the patches that are taken.

    Parameters
    ----------
    patches : DataFrame
        Columns direction (in, out), force (shall, may), function_area, area_ha, and for each service of `before` a
        column of its name [ppm].
    before : DataFrame
        What today's line holds: columns account (total, function_area, service), name, whole and amount; areas in ha,
        services in ppm.
    fixed : int64 ndarray (patches,)
        1 is taken, 0 is not, whatever the balances; -1 by its force: what shall happen does, what may is chosen.
    limits : Limits
        What tomorrow's line must hold.

    Returns
    -------
    Choice

    Notes
    -----
    Every patch that may come in adds area and services, and so does every patch that might leave and stays: a covering
    problem, in which all rows are sums of amounts that are not negative and have lower limits alone. So it has a choice
    just where all of these together reach every limit; a limit that even they miss is brought down to what they reach,
    which is the smallest change that frees the plan, and the row says that it does not hold. What costs least is
    sought: a hectare that stays though it may leave costs 1, one that comes in 0.01, the best ground half of that.
    """
    incoming = (patches["direction"] == IN).to_numpy()
    free = (fixed < 0) & (patches["force"] == MAY).to_numpy()
    happens = np.where(fixed >= 0, fixed == 1, ~free)
    # Whose ground is inside tomorrow for certain; of a free patch that is the decision.
    held = ~free & (happens == incoming)
    balances = list(_balances(patches, before, limits, incoming, held, free))
    area = patches["area_ha"].to_numpy(float)
    chosen, gap = np.zeros(len(patches), np.bool_), 0.0
    wanted = [(row, min(row.lower, row.base + row.adds.sum())) for row in balances]
    binding = [(row, lower) for row, lower in wanted if lower - row.base > EXACT * max(abs(row.lower), 1.0)]
    if binding:
        worth = _worth(patches, before, area)
        cost = np.where(incoming, COST_OF_COMING_IN * (1.0 - DISCOUNT * worth), 1.0) * area
        plan = Problem(Units(area[free], unit="ha"), key="red_line_adjustment").minimise(cost[free])
        for row, lower in binding:
            # Rounding must not make a limit that only everything together reaches unreachable.
            least = (lower - row.base) * (1.0 - EXACT)
            plan = plan.target(f"{row.reason} {row.function_area}".strip(), row.adds[free], least=least, unit=row.unit)
        answer = solve_covering(plan.compile())
        chosen[free] = answer.selected
        gap = 100.0 * answer.gap
    inside = held | chosen
    taken = np.where(incoming, inside, ~inside)
    rows = [
        (row.reason, row.reason_zh, row.function_area, row.unit, row.lower, reached, float(reached >= least))
        for row in balances
        for reached in [row.base + float(row.adds[chosen].sum())]
        for least in [row.lower - EXACT * max(abs(row.lower), 1.0)]
    ]
    return Choice(taken, pd.DataFrame(rows, columns=ROWS), gap)


def _balances(
    patches: pd.DataFrame,
    before: pd.DataFrame,
    limits: Limits,
    incoming: NDArray[np.bool_],
    held: NDArray[np.bool_],
    free: NDArray[np.bool_],
) -> Iterator[_Balance]:
    """Give what must hold: the total, every function area, every service."""
    area, place = patches["area_ha"].to_numpy(float), patches["function_area"].to_numpy(object)
    texts = {
        TOTAL: ("area of the line", "红线总面积", "ha"),
        FUNCTION_AREA: ("share of the function area", "功能区最低占比", "ha"),
        SERVICE: ("{name} inside the line", "红线内{name}", "ppm"),
    }
    for account, name, whole, amount in before[["account", "name", "whole", "amount"]].itertuples(index=False):
        english, chinese, unit = texts[account]
        if account == TOTAL:
            own, lower, label = area, limits.total_percent / 100.0 * amount, ""
        elif account == FUNCTION_AREA:
            own, lower, label = np.where(place == name, area, 0.0), limits.function_area_percent / 100.0 * whole, name
        else:
            own, lower, label = patches[name].to_numpy(float), limits.service_percent / 100.0 * amount, ""
            service = name.removesuffix("_ppm")
            english = english.format(name=service.replace("_", " "))
            chinese = chinese.format(name=SERVICES_ZH[service])
        own = np.nan_to_num(own)
        # Today's line, less what leaves for certain and what may leave, with what comes in for certain.
        base = float(amount) + float(own[incoming & held].sum()) - float(own[~incoming & ~held].sum())
        yield _Balance(english, chinese, label, unit, float(lower), base, np.where(free, own, 0.0))


def _worth(patches: pd.DataFrame, before: pd.DataFrame, area: NDArray[np.float64]) -> NDArray[np.float64]:
    """Give what a hectare of each patch holds of all services, as a share of the best patch's."""
    names = before["name"][before["account"] == SERVICE].tolist()
    if not names:
        return np.zeros(len(patches))
    density = np.nan_to_num(patches[names].to_numpy(float)).sum(axis=1) / np.maximum(area, EXACT)
    best = density.max(initial=0.0)
    return np.asarray(density / best if best > 0 else density, np.float64)
