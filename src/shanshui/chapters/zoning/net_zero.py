"""Net-zero-disturbance infrastructure: what each application disturbs, what it restores, and the balance."""

from __future__ import annotations

import numpy as np
import pandas as pd

from shanshui.base.errors import Problems, StudyError
from shanshui.base.step import step
from shanshui.chapters.zoning.parcels import SQUARE_METRES_PER_HECTARE, facts_of
from shanshui.policy.rules.packs import RuleBook

# The class of activities that have to restore as much ground as they disturb.
NET_ZERO = "NZ"
DISTURBED, RESTORED = "disturbed_area_m2", "restored_area_m2"
TOTAL = "total"


@step
def net_zero_balance(applications: pd.DataFrame, parcel_decisions: pd.DataFrame, rule_book: RuleBook) -> pd.DataFrame:
    """Ground disturbed and restored by net-zero-disturbance infrastructure, application by application and in all.

    Parameters
    ----------
    applications : DataFrame
        Columns application, activity, facts, in which ``disturbed_area_m2`` and ``restored_area_m2`` stand.
    parcel_decisions : DataFrame
        Columns application, outcome.
    rule_book : RuleBook
        For the activities that belong to the class NZ.

    Returns
    -------
    DataFrame
        Columns application, parcel, activity, outcome, disturbed_ha, restored_ha, balance_ha (restored less disturbed;
        NaN where one is not known), holds (1, 0, or NaN); then for the whole the sums of those that are not refused.

    Raises
    ------
    StudyError
        Naming areas that are no number or below 0.

    Notes
    -----
    The class and its balance follow the paper (2.1, 3.4: infrastructure without net disturbance); the numbers that the
    rules of the pack `net_zero` ask for are defaults.
    """
    known = rule_book.terms.activities
    codes = rule_book.terms.below(NET_ZERO) if NET_ZERO in known else frozenset()
    chosen = applications[applications["activity"].isin(codes)]
    outcome = parcel_decisions.set_index("application")["outcome"]
    problems = Problems()
    rows = []
    for row in chosen.to_dict("records"):
        facts = facts_of(row)
        disturbed, restored = (
            _area(row["application"], name, facts.get(name), problems) for name in (DISTURBED, RESTORED)
        )
        balance = restored - disturbed
        rows.append(
            {
                "application": row["application"],
                "parcel": row["parcel"],
                "activity": row["activity"],
                "outcome": outcome[row["application"]],
                "disturbed_ha": disturbed,
                "restored_ha": restored,
                "balance_ha": balance,
                "holds": np.nan if np.isnan(balance) else float(balance >= 0),
            }
        )
    if problems:
        raise StudyError(problems)
    columns = ("application", "parcel", "activity", "outcome", "disturbed_ha", "restored_ha", "balance_ha", "holds")
    table = pd.DataFrame(rows, columns=list(columns))
    stands = table[table["outcome"] != "prohibited"]
    sums = {name: stands[name].sum(min_count=1) for name in ("disturbed_ha", "restored_ha", "balance_ha")}
    holds = np.nan if np.isnan(sums["balance_ha"]) else float(sums["balance_ha"] >= 0)
    total = {"application": TOTAL, "parcel": "", "activity": NET_ZERO, "outcome": "", **sums, "holds": holds}
    return pd.concat([table, pd.DataFrame([total])], ignore_index=True) if rows else pd.DataFrame([total])


def _area(application: str, name: str, text: str | None, problems: Problems) -> float:
    if text is None:
        return np.nan
    try:
        area = float(text)
    except ValueError:
        area = np.nan
    if not area >= 0:
        problems.fault(f"applications:{application}.facts.{name}", f"is {text!r}", "give square metres, 0 or more")
    return area / SQUARE_METRES_PER_HECTARE
