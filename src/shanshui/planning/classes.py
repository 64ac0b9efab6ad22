"""A plan of many cells as a plan of few classes of cells that no row and no lock tells apart."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from shanshui.planning.carriers import Units
from shanshui.planning.problem import Problem
from shanshui.planning.program import IN
from shanshui.planning.terms import AreaLimit, Lock, Shares, Target

# So many features split the classes by whether they occur; of more, classes hold their mean.
SPLIT_FEATURES = 8


def in_classes(problem: Problem) -> Problem:
    """Put the decisions that have the same groups, locks and features together.

    Parameters
    ----------
    problem : Problem
        A plan of any number of decisions.

    Returns
    -------
    Problem
        The same limits, shares, targets and locks on one unit a class; nothing is sought and no boundary priced.

    Notes
    -----
    Without targets shares of the classes can reach just what shares of the decisions can. With targets a share of a
    class is as rich as its mean: what the classes can keep, the decisions can; not always the other way round.

    Examples
    --------
    >>> plan = Problem(Units([1.0, 2.0, 4.0])).maximise([1, 1, 1]).locked_in([True, False, False], "park")
    >>> in_classes(plan).carrier.area.tolist()
    [6.0, 1.0]
    """
    carrier = problem.carrier
    shares, locks, targets = problem.of(Shares), problem.of(Lock), problem.of(Target)
    sums: dict[tuple[int, ...], NDArray[np.float64]] = {}
    for band in carrier.bands():
        mask = carrier.mask[band]
        traits = [term.group[band][mask].astype(np.int32) for term in shares]
        traits += [term.where[band][mask].astype(np.int32) for term in locks]
        traits += [(term.amount[band][mask] > 0).astype(np.int32) for term in targets[:SPLIT_FEATURES]]
        amounts = [carrier.areas(band), *(term.amount[band][mask] for term in targets)]
        code = np.zeros(len(amounts[0]), np.int64)
        for trait in traits:
            low = int(trait.min(initial=0))
            # Codes are numbered anew after each trait, so that they stay small.
            code = code * (int(trait.max(initial=0)) - low + 1) + (trait - low)
            code = np.unique(code, return_inverse=True)[1].reshape(-1)
        members, first = np.unique(code, return_index=True)
        added = np.stack([np.bincount(code, amount, minlength=len(members)) for amount in amounts], axis=1)
        for number, at in enumerate(first):
            key = tuple(int(trait[at]) for trait in traits)
            sums[key] = sums.get(key, 0.0) + added[number]
    keys = np.array(sorted(sums), np.int32).reshape(len(sums), -1)
    amounts_ = np.stack([sums[key] for key in sorted(sums)])
    plan = Problem(Units(amounts_[:, 0], unit=carrier.unit), key=problem.key).maximise(np.ones(len(keys)))
    for limit in problem.of(AreaLimit):
        plan = plan.area_target(limit.area) if limit.least else plan.area_budget(limit.area)
    for number, term in enumerate(shares):
        plan = plan.minimum_share(keys[:, number], term.share, kind=term.kind, labels=term.labels)
    for number, lock in enumerate(locks, len(shares)):
        where = keys[:, number] == 1
        plan = plan.locked_in(where, lock.name) if lock.state == IN else plan.locked_out(where, lock.name)
    for number, target in enumerate(targets, 1):
        plan = plan.target(target.name, amounts_[:, number], least=target.least, share=target.share, unit=target.unit)
    return plan
