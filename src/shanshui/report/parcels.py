"""What the decisions on applications say in sentences: how many of each outcome, by which rules, what would help."""

from __future__ import annotations

import pandas as pd

from shanshui.policy.engine.decisions import JOINT
from shanshui.policy.rules.names import layer_in_words, pack_in_words, question_of
from shanshui.policy.rules.rule import ALLOWED, CONDITIONAL, PROHIBITED, UNDETERMINED
from shanshui.report.material import Material
from shanshui.report.words import number

DECISIONS, BALANCE = "parcel_decisions", "net_zero_balance"
# So many rules, facts and applications are named in a sentence.
MOST = 6


def parcel_findings(material: Material) -> list[str]:
    """Say in sentences what is decided on the applications.

    Parameters
    ----------
    material : Material
        The study.

    Returns
    -------
    list of str
    """
    frame = material.frame(DECISIONS)
    said = [] if frame is None or frame.empty else _decisions(frame.fillna({"rules": "", "missing": ""}), material)
    return said + _balance(material)


def _decisions(frame: pd.DataFrame, material: Material) -> list[str]:
    words = material.words
    counts = frame["outcome"].value_counts()
    parts = [
        f"{words(f'shape_{outcome}')} {counts[outcome]}"
        for outcome in (ALLOWED, CONDITIONAL, PROHIBITED, UNDETERMINED)
        if outcome in counts
    ]
    said = [words("applications_told", count=len(frame), listed=words("comma").join(parts))]
    prohibited = frame[frame["outcome"] == PROHIBITED]
    rules = _counted(prohibited["rules"])
    if rules:
        listed = [
            words("applications_rule", pack=_pack(rule, material), rule=rule.partition(":")[2], count=count)
            for rule, count in rules
        ]
        said.append(words("applications_by", listed=words("semicolon").join(listed)))
    others = frame[frame["outcome"] != frame["without_slivers"]]
    if len(others):
        said.append(words("applications_slivers", count=len(others), listed=_some(others["application"], material)))
    cut = prohibited[prohibited["leave_out_ha"].notna()]
    changed = int((prohibited["change"].fillna("") != "").sum())
    if len(cut) or changed:
        area = number(float(cut["leave_out_ha"].sum()), 2)
        said.append(words("applications_change", count=len(cut), area=area, facts=changed))
    missing = _counted(frame.loc[frame["outcome"] == UNDETERMINED, "missing"])
    if missing:
        listed = [words("applications_lack", what=_lacking(name, material), count=count) for name, count in missing]
        said.append(words("applications_missing", listed=words("semicolon").join(listed)))
    defaults = int((frame["status"] == "default").sum())
    return [*said, words("applications_default", count=defaults)] if defaults else said


def _balance(material: Material) -> list[str]:
    frame = material.frame(BALANCE)
    total = None if frame is None or len(frame) < 2 else frame.iloc[-1]
    if total is None or total[["disturbed_ha", "restored_ha"]].isna().any():
        return []
    areas = {name: number(float(total[f"{name}_ha"]), 2) for name in ("disturbed", "restored")}
    return [material.words("net_zero_told", **areas)]


def _counted(column: pd.Series) -> list[tuple[str, int]]:
    """Count the names in a column, in which several may stand together; the most frequent ones."""
    names = column.str.split(JOINT).explode()
    counts = names[names != ""].value_counts(sort=False).reset_index()
    counts.columns = ["name", "count"]
    ordered = counts.sort_values(["count", "name"], ascending=[False, True])
    return list(ordered.iloc[:MOST].itertuples(index=False, name=None))


def _some(keys: pd.Series, material: Material) -> str:
    listed = material.words("comma").join(keys.astype(str).iloc[:MOST])
    return listed + (" ..." if len(keys) > MOST else "")


def _pack(rule: str, material: Material) -> str:
    return pack_in_words(rule.partition(":")[0], material.study.decisions.book, material.words.language)


def _lacking(name: str, material: Material) -> str:
    """Say what is not known: a fact by its question, a layer or a pack by its name."""
    book, language = material.study.decisions.book, material.words.language
    kind, _, rest = name.partition(".")
    if kind == "facts":
        return question_of(rest, book.terms, language)
    if kind == "layers":
        return layer_in_words(rest.partition(".")[0], book.terms, language)
    return pack_in_words(rest, book, language) if kind == "packs" else material.words("applications_parcel")
