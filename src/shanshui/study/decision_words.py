"""A decision in words, for the command line: the outcome first, then why."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from shanshui.chapters.zoning.parcels import SQUARE_METRES_PER_HECTARE, SQUARE_METRES_PER_MU
from shanshui.policy.engine.decisions import Decision
from shanshui.policy.engine.trace import trace
from shanshui.policy.language.terms import ACTIVITY, INDUSTRY, Terms
from shanshui.policy.rules.book_text import authority_of, document_of, evidence_of, in_words
from shanshui.policy.rules.names import (
    answer_in_words,
    code_in_words,
    column_in_words,
    layer_in_words,
    pack_in_words,
    question_of,
    value_of_column,
)
from shanshui.policy.rules.packs import RuleBook
from shanshui.policy.rules.phrases import Language, place, status_in_words
from shanshui.policy.rules.rule import PROHIBITED, UNDETERMINED, Rule

TRUSTED = ("official", "literature")
# English, then Chinese.
_WORDS = {
    "allowed": ("allowed", "允许"),
    "allowed_with_conditions": ("allowed with conditions", "有条件允许"),
    "prohibited": ("prohibited", "禁止"),
    "undetermined": ("undetermined", "无法判定"),
    "outcome": ("outcome", "判定结果"),
    "parcel": ("parcel", "地块"),
    "question": ("question", "申请事项"),
    "computed": ("{:,.4f} ha ({:,.2f} mu) computed", "计算面积{:,.4f}公顷（{:,.2f}亩）"),
    "statutory": ("; {:,.4f} ha ({:,.2f} mu) in the register", "；登记面积{:,.4f}公顷（{:,.2f}亩）"),
    "activity": ("activity", "活动"),
    "industry": ("industry", "行业"),
    "date": ("date", "日期"),
    "rules": ("rules that decide", "起决定作用的规则"),
    "none": ("none", "无"),
    "status": (" [status: {}]", " [状态：{}]"),
    "seen": ("seen: {}", "依据图斑：{}"),
    "yes": ("yes", "是"),
    "unknown": ("not known", "未知"),
    "answer": ("{} ({}) {}", "{}（{}）{}"),
    "measured": ("{} [measured]", "{}【据研究数据测算】"),
    "terrain": ("measured from the study's data", "据研究数据测算"),
    "evidence": ("evidence: {}", "须提交材料：{}"),
    "authority": ("decided by: {}", "审批机关：{}"),
    "overlaps": ("overlaps", "叠置图斑"),
    "overlap": ("{}, {}: {:,.1f} m2 ({:.2f} %)", "{}，{}：{:,.1f}平方米（{:.2f}%）"),
    "sliver": ("; narrower than the map can tell", "；窄于图件精度（细碎图斑）"),
    "missing": ("missing", "缺少的信息"),
    "layer": ("the control layer of {} is not loaded ({})", "未加载管控图层：{}（{}）"),
    "column": ("the control layer of {} does not tell there: {}", "管控图层“{}”在该处缺少：{}"),
    "fact": ("{} ({})", "{}（{}）"),
    "pack": ("the rules {} are not among those asked", "未包括规则包{}"),
    "silent": ("the rules {} have nothing in force on that day to say of it", "规则包{}当日无有效规则可适用"),
    "nothing": ("no rule of these packs speaks of it", "所用规则包均无适用规则"),
    "ground": ("the parcel does not lie in the study with all its ground", "地块未完全位于研究区内"),
    "would": ("if {}: {}", "若{}：{}"),
    "ties": ("rules of one rank that disagree, the strictest counts", "同一优先级规则结论不一致，从严处理"),
    "without": ("without slivers", "不计细碎图斑"),
    "change": ("smallest change", "最小改动"),
    "leave": ("leave out {:,.4f} ha: {}", "避让{:,.4f}公顷：{}"),
    "lies": ("{:,.4f} ha lie in {}, {}", "{:,.4f}公顷位于{}，{}"),
    "were": ("had it been: {}", "若为：{}"),
    "then": ("{}: then {}", "{}：则{}"),
    "no change": ("neither ground left out nor one or two facts would help", "避让用地或改变一两项事实均不能获准"),
    "activities": ("other activities that may take place there", "该地块可开展的其他活动"),
    "notes": ("notes", "说明"),
    "packs": ("rule packs", "规则包"),
    "hash": ("hash of the trace", "判定轨迹哈希值"),
    "of main": ("what may be done there", "各类活动的判定结果"),
}  # fmt: skip


def decision_in_words(decision: Decision, language: Language) -> dict[str, Any]:
    """Say a decision in words.

    Parameters
    ----------
    decision : Decision
        What the rules said.
    language : {"en", "zh"}
        In which language.

    Returns
    -------
    dict of str to object
        Heading to text or list of texts: the outcome, the parcel, the rules that decide with what they ask for, what
        the parcel overlaps, what is missing, ties, slivers, the smallest change, the question, and the hash.
    """
    say = _Words(language, decision.book.terms)
    told = trace(decision)
    words: dict[str, Any] = {
        say("outcome"): say(told["outcome"]),
        say("parcel"): _parcel(told["question"], say),
        say("rules"): [line for rule in decision.decided_by for line in _rule(rule, told, say)] or say("none"),
        say("overlaps"): [_overlap(one, say) for one in told["overlaps"]] or say("none"),
    }
    if told["outcome"] == UNDETERMINED and not told["missing"]:
        words[say("missing")] = say("nothing")
    if told["missing"]:
        words[say("missing")] = [_missing(decision.book, name, say) for name in told["missing"]]
        answers = told["smallest_change"]["answers"]
        words[say("missing")] += [say("would", say.fact(name, value), say(outcome)) for name, value, outcome in answers]
    if told["ties"]:
        words[say("ties")] = [f"{tie['pack']}: {', '.join(tie['rules'])}" for tie in told["ties"]]
    if any(one["sliver"] for one in told["overlaps"]):
        words[say("without")] = say(told["without_slivers"])
    if told["outcome"] == PROHIBITED:
        words[say("change")] = _change(told["smallest_change"], say)
    if told["outcome"] in (PROHIBITED, UNDETERMINED):
        others = [f"{say.activity(code)}: {say(outcome)}" for code, outcome in decision.activities]
        words[say("activities")] = others or say("none")
    if told["notes"]:
        words[say("notes")] = told["notes"]
    words[say("question")] = _question(told["question"], say)
    words[say("packs")] = ", ".join(f"{pack['name']} {pack['version']}" for pack in told["packs"])
    words[say("hash")] = told["hash"]
    return words


def parcel_in_words(decision: Decision, outcomes: Mapping[str, str], language: Language) -> dict[str, Any]:
    """Say what is known of a parcel.

    Parameters
    ----------
    decision : Decision
        On any activity there.
    outcomes : mapping of str to str
        The outcome for each main activity.
    language : {"en", "zh"}
        In which language.

    Returns
    -------
    dict of str to object
        Heading to text or list of texts: the parcel, what it overlaps in every control layer, and the outcomes.
    """
    say = _Words(language, decision.book.terms)
    overlaps = decision.verdicts.situation.overlaps
    whole = float(overlaps.whole[0])
    lines = []
    for name, row, area, sliver in overlaps.of(0):
        layer = decision.layers[name]
        columns = {column: str(values[row]) for column, values in layer.columns.items()}
        percent = 100.0 * area / whole
        one = {"layer": name, "polygon": str(layer.keys[row]), "area_m2": area, "percent": percent}
        lines.append(_overlap({**one, "sliver": sliver, "columns": columns}, say))
    statutory = decision.parcel.statutory_area_m2
    words: dict[str, Any] = {
        say("parcel"): _parcel({"parcel": decision.parcel.key, "area_m2": whole, "statutory_area_m2": statutory}, say),
        say("date"): decision.facts["date"],
        say("overlaps"): lines or say("none"),
        say("of main"): [f"{say.activity(code)}: {say(outcome)}" for code, outcome in outcomes.items()],
    }
    if decision.parcel.measured:
        words[say("terrain")] = [say.fact(name, value) for name, value in decision.parcel.measured.items()]
    unloaded = [name for name in decision.book.layers if name not in decision.layers]
    if unloaded:
        words[say("missing")] = [say("layer", layer_in_words(name, say.terms, language), name) for name in unloaded]
    if decision.parcel.notes:
        words[say("notes")] = list(decision.parcel.notes)
    return words


class _Words:
    """Gives words in one language."""

    def __init__(self, language: Language, terms: Terms) -> None:
        self.language, self.terms = language, terms

    def __call__(self, key: str, *parts: Any, **named: Any) -> str:
        text = _WORDS[key][place(self.language)]
        return text.format(*parts, **named) if parts or named else text

    def activity(self, code: str) -> str:
        """Name an activity with its code."""
        return code_in_words(ACTIVITY, code, self.terms, self.language)

    def fact(self, name: str, value: Any) -> str:
        """Say a fact: the question and the answer."""
        answer = answer_in_words(name, value, self.terms, self.language)
        return self("answer", question_of(name, self.terms, self.language), name, answer)


def _parcel(question: Mapping[str, Any], say: _Words) -> str:
    def sized(key: str, area: float) -> str:
        return say(key, area / SQUARE_METRES_PER_HECTARE, area / SQUARE_METRES_PER_MU)

    stated = question["statutory_area_m2"]
    text = f"{question['parcel']}: {sized('computed', question['area_m2'])}"
    return text if stated is None else text + sized("statutory", stated)


def _question(question: Mapping[str, Any], say: _Words) -> list[str]:
    industry = question["industry"]
    lines = [f"{say('activity')}: {say.activity(question['activity'])}"]
    if industry:
        lines.append(f"{say('industry')}: {code_in_words(INDUSTRY, industry, say.terms, say.language)}")
    lines.append(f"{say('date')}: {question['date']}")
    measured = set(question["measured"])
    told = {name: say.fact(name, value) for name, value in question["facts"].items()}
    return lines + [say("measured", text) if name in measured else text for name, text in told.items()]


def _rule(rule: Rule, told: Mapping[str, Any], say: _Words) -> list[str]:
    (tried,) = (one for one in told["rules"] if (one["pack"], one["code"]) == rule.key)
    status = "" if rule.status in TRUSTED else say("status", status_in_words(rule.status, say.language))
    lines = [
        f"{rule.pack}:{rule.code} {(rule.english, rule.chinese)[place(say.language)]}",
        f"  {document_of(rule, say.terms, say.language)}{status}",
        *(
            f"  {in_words(condition, say.terms, say.language)}: {say(one['holds'])}"
            for condition, one in zip(rule.conditions, tried["conditions"], strict=True)
        ),
    ]
    if tried["polygons"]:
        seen = [f"{layer_in_words(layer, say.terms, say.language)} {polygon}" for layer, polygon in tried["polygons"]]
        lines.append("  " + say("seen", ", ".join(seen)))
    evidence, authority = evidence_of(rule, say.language), authority_of(rule, say.language)
    if evidence:
        lines.append("  " + say("evidence", "; ".join(evidence)))
    if authority:
        lines.append("  " + say("authority", authority))
    return lines


def _overlap(one: Mapping[str, Any], say: _Words) -> str:
    name = layer_in_words(one["layer"], say.terms, say.language)
    text = say("overlap", name, one["polygon"], one["area_m2"], one["percent"])
    known = [
        value_of_column(one["layer"], column, value, say.terms, say.language)
        for column, value in one["columns"].items()
        if value
    ]
    return ", ".join([text, *known]) + (say("sliver") if one["sliver"] else "")


def _missing(book: RuleBook, name: str, say: _Words) -> str:
    kind, _, rest = name.partition(".")
    if kind == "facts":
        return say("fact", question_of(rest, say.terms, say.language), rest)
    if kind == "packs":
        return say("silent" if rest in book else "pack", pack_in_words(rest, book, say.language))
    if kind == "layers":
        layer, _, column = rest.partition(".")
        named = layer_in_words(layer, say.terms, say.language)
        return (
            say("column", named, column_in_words(layer, column, say.terms, say.language))
            if column
            else say("layer", named, layer)
        )
    return say("ground")


def _change(change: Mapping[str, Any], say: _Words) -> list[str]:
    lines = []
    ground, facts = change["ground"], change["facts"]
    if ground is not None:
        lies = []
        for one in ground["cut"]:
            named = layer_in_words(one["layer"], say.terms, say.language)
            lies.append(say("lies", one["area_m2"] / SQUARE_METRES_PER_HECTARE, named, one["polygon"]))
        left = say("leave", ground["area_m2"] / SQUARE_METRES_PER_HECTARE, ", ".join(lies))
        lines.append(say("then", left, say(ground["outcome"])))
    if facts is not None:
        were = "; ".join(say.fact(one["fact"], one["to"]) for one in facts["changes"])
        lines.append(say("then", say("were", were), say(facts["outcome"])))
    return lines or [say("no change")]
