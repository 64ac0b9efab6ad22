"""Applications for parcels, and the truth about what is to be answered."""

from pathlib import Path

import numpy as np
import pandas as pd

from shanshui.data.tables import write_table
from shanshui.policy.language.industries import NO_INDUSTRY
from shanshui.sample.application_cases import ALLOWED, CASES, INDUSTRIES, MODEST, ORDINARY, Case
from shanshui.sample.noise import hash_unit, stream
from shanshui.sample.parcels import Parcels

_EACH = 2  # ordinary applications for every activity and land use
_DATES = pd.date_range("2025-09-01", "2026-10-31")


def _facts(case: Case) -> str:
    """What the applicant says; what is not known is left out."""
    told = {**MODEST, **case.facts}
    return "; ".join(f"{fact} = {value}" for fact, value in told.items() if value)


def _ordinary(parcels: Parcels) -> list[tuple[str, Case]]:
    """Applications for parcels that are clear of every control layer and were not planted."""
    planted = {name for names in parcels.plants.values() for name in names}
    rows = parcels.rows
    clear = np.array([not parcels.overlaps[name] and name not in planted for name in rows["parcel"]])
    found = []
    for land_use, activities in ORDINARY.items():
        own = rows["parcel"][(rows["land_use"] == land_use).to_numpy() & clear].to_list()
        for k, name in enumerate(own[: _EACH * len(activities)]):
            found.append((name, Case("", activities[k % len(activities)], ALLOWED, "red_line", "R1")))
    return found


def build_applications(parcels: Parcels, seed: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Give the applications and the truth about them.

    Parameters
    ----------
    parcels : Parcels
    seed : of the sample

    Returns
    -------
    tuple of DataFrame
        Applications: ``application``, ``parcel``, ``activity``, ``industry`` (GB/T 4754, or none), ``date`` and
        ``facts`` (``fact = value; fact = value``). Truth: ``application``, ``parcel``, ``activity``, ``outcome``,
        ``without_slivers`` (the outcome without them), ``law`` (the pack that decides), ``rule`` (the row of the
        decision table, or empty) and ``plant`` (the ground; empty where none was planted). A case whose ground found
        no room is left out.
    """
    cases: list[tuple[str, Case]] = []
    used: dict[str, int] = {}
    for case in CASES:
        own = parcels.plants.get(case.plant, [])
        if own:
            cases.append((own[used.get(case.plant, 0) % len(own)], case))
            used[case.plant] = used.get(case.plant, 0) + 1
    cases += _ordinary(parcels)
    order, day = stream(seed, "order of applications"), stream(seed, "date of applications")
    cases = [cases[k] for k in np.argsort([hash_unit(k, 0, order) for k in range(len(cases))], kind="stable")]
    names = [f"AP-{k + 1:03d}" for k in range(len(cases))]
    dates = [_DATES[int(hash_unit(k, 0, day) * len(_DATES))] for k in range(len(cases))]
    told = {
        "application": names,
        "parcel": [parcel for parcel, _ in cases],
        "activity": [case.activity for _, case in cases],
    }
    applications = pd.DataFrame(told)
    applications["industry"] = [INDUSTRIES.get(case.activity, NO_INDUSTRY) for _, case in cases]
    applications["date"] = [date.strftime("%Y-%m-%d") for date in sorted(dates)]
    applications["facts"] = [_facts(case) for _, case in cases]
    truth = pd.DataFrame(told)
    truth["outcome"] = [case.outcome for _, case in cases]
    truth["without_slivers"] = [case.without_slivers or case.outcome for _, case in cases]
    truth["law"] = [case.law for _, case in cases]
    truth["rule"] = [case.rule for _, case in cases]
    truth["plant"] = [case.plant for _, case in cases]
    return applications, truth


def write_applications(parcels: Parcels, seed: int, directory: Path) -> None:
    """Write ``inputs/applications.csv`` and ``truth/decisions.csv``, the same for every size of the sample."""
    applications, truth = build_applications(parcels, seed)
    write_table(directory / "inputs/applications.csv", applications)
    write_table(directory / "truth/decisions.csv", truth)
