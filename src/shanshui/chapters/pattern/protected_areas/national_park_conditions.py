"""The three conditions of a national park, each judged by what is known of it (GB/T 39737)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

JOINT, JOINT_ZH = "; ", "；"
CONDITIONS = {
    "representative": ("national representativeness", "国家代表性"),
    "important": ("ecological importance", "生态重要性"),
    "feasible": ("feasibility of management", "管理可行性"),
}


@dataclass(frozen=True)
class Measure:
    """One thing by which a condition is judged.

    Parameters
    ----------
    column : str
        Where its values stand.
    condition : str
        Of which condition it is a part.
    asked : float
        The threshold, in the unit of the column.
    at_least : bool
        Whether it should be at least that, or at most.
    english, chinese : str
        Its name.
    per : float
        How much of the column's unit makes one of that in which it is told.
    unit, unit_zh : str
        The latter.
    """

    column: str
    condition: str
    asked: float
    at_least: bool
    english: str
    chinese: str
    per: float = 1.0
    unit: str = " %"
    unit_zh: str = "%"

    def reached(self, table: pd.DataFrame) -> NDArray[np.float64]:
        """Give how much of what is asked each row reaches, at most 1; NaN where it is not known."""
        value = table[self.column].to_numpy(np.float64)
        if self.at_least:
            return np.asarray(np.minimum(value, self.asked) / self.asked, np.float64)
        return np.asarray(self.asked / np.maximum(value, self.asked), np.float64)

    def told(self, value: float) -> tuple[str, str]:
        """Tell a value and what is asked, in English and Chinese."""
        told, asked = (f"{each / self.per:,.0f}" for each in (value, self.asked))
        bound = ("at least", "不低于") if self.at_least else ("at most", "不高于")
        return (
            f"{self.english} {told}{self.unit}, {bound[0]} {asked} asked",
            f"{self.chinese}{told}{self.unit_zh}（要求{bound[1]}{asked}）",
        )


def judged(table: pd.DataFrame, measures: Sequence[Measure]) -> pd.DataFrame:
    """Judge the conditions, score, and say why.

    Parameters
    ----------
    table : DataFrame
        One row a candidate, with the column of each measure; NaN where it is not known.
    measures : sequence of Measure
        By which the conditions are judged.

    Returns
    -------
    DataFrame
        The same rows with a column for each condition (1 met, 0 not, NaN where nothing is known), score (0 to 100; NaN
        where nothing at all is known), criteria_met, reason, reason_zh.

    Notes
    -----
    A condition is met when all that is known of it is reached. score = 100 x mean over conditions of the mean over
    measures of min(1, value / asked), or of min(1, asked / value) for what should be low; of those known.

    Examples
    --------
    >>> table = pd.DataFrame({"natural": [60.0, 90.0], "people": [100.0, np.nan]})
    >>> natural = Measure("natural", "important", 80.0, True, "natural land", "自然生态系统占比")
    >>> people = Measure("people", "feasible", 50.0, False, "people", "人口")
    >>> judged(table, [natural, people])[["important", "feasible", "score"]].to_numpy().tolist()
    [[0.0, 0.0, 62.5], [1.0, nan, 100.0]]
    """
    found = table.copy()
    scores, reasons = [], []
    for condition, names in CONDITIONS.items():
        ours = [each for each in measures if each.condition == condition]
        reached = pd.DataFrame({each.column: each.reached(table) for each in ours}, index=table.index, dtype=np.float64)
        known = reached.notna()
        met = (~known | (reached >= 1)).all(axis=1).astype(np.float64).where(known.any(axis=1))
        found[condition] = met
        scores.append(reached.mean(axis=1))
        reasons.append([_reason(names, ours, row) for row in found.to_dict("records")])
    found["score"] = 100 * pd.concat(scores, axis=1).mean(axis=1)
    found["criteria_met"] = found[list(CONDITIONS)].sum(axis=1).astype(np.int64)
    by_row = list(zip(*reasons, strict=True))
    found["reason"] = pd.Series([" ".join(each[0] for each in row) for row in by_row], table.index, dtype=object)
    found["reason_zh"] = pd.Series(["".join(each[1] for each in row) for row in by_row], table.index, dtype=object)
    return found


def _reason(names: tuple[str, str], measures: Sequence[Measure], row: Mapping[Any, float]) -> tuple[str, str]:
    """Say whether the condition last judged is met, and what is known of it, in English and Chinese."""
    told = [each.told(row[each.column]) for each in measures if not np.isnan(row[each.column])]
    english, chinese = names[0][0].upper() + names[0][1:], names[1]
    if not told:
        return f"{english} is not known.", f"{chinese}未知。"
    met = row[next(name for name, both in CONDITIONS.items() if both == names)] == 1
    one, other = (
        separator.join(words) for separator, words in zip((JOINT, JOINT_ZH), zip(*told, strict=True), strict=True)
    )
    return (
        f"{english} is {'met' if met else 'not met'}: {one}.",
        f"{chinese}{'满足' if met else '不满足'}：{other}。",
    )
