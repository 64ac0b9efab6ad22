"""Net-zero-disturbance infrastructure: what each application disturbs, what it restores, and the balance."""

from __future__ import annotations

import numpy as np
import pandas as pd

from shanshui.base.errors import Problem, Problems, StudyError
from shanshui.base.step import step
from shanshui.chapters.zoning.parcels import SQUARE_METRES_PER_HECTARE, applications_of, facts_of
from shanshui.policy.language.situations import text_of
from shanshui.policy.rules.packs import RuleBook
from shanshui.policy.rules.rule import PROHIBITED

# The class of activities that have to restore as much ground as they disturb.
NET_ZERO = "NZ"
DISTURBED, RESTORED = "disturbed_area_m2", "restored_area_m2"
TOTAL = "total"
# Hectares are told to a square centimetre.
_DIGITS = 8


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
    outcome = dict(zip(parcel_decisions["application"].map(text_of), parcel_decisions["outcome"], strict=True))
    problems = Problems()
    rows = []
    for application, row in applications_of(applications).items():
        if text_of(row["activity"]) not in codes:
            continue
        try:
            facts = facts_of(row)
        except StudyError as error:
            problems += [
                Problem(f"applications:{application}.{each.key}", each.fault, each.mend) for each in error.problems
            ]
            continue
        disturbed, restored = (_area(application, name, facts.get(name), problems) for name in (DISTURBED, RESTORED))
        balance = round(restored - disturbed, _DIGITS)
        rows.append(
            {
                "application": application,
                "parcel": text_of(row["parcel"]),
                "activity": row["activity"],
                "outcome": outcome[application],
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
    stands = table[table["outcome"] != PROHIBITED]
    # What is not known of one is not known of the whole.
    sums = {name: stands[name].sum(skipna=False) for name in ("disturbed_ha", "restored_ha")}
    # What is equal leaves nothing, whatever the rounding of sums.
    sums["balance_ha"] = round(sums["restored_ha"] - sums["disturbed_ha"], _DIGITS)
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
    if not 0 <= area < np.inf:
        problems.fault(f"applications:{application}.facts.{name}", f"is {text!r}", "give square metres, 0 or more")
    return area / SQUARE_METRES_PER_HECTARE
