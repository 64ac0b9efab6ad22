"""The language in which conditions are written: comparisons of facts, joined by and, or, not."""

from __future__ import annotations

import ast
from datetime import date

from shanshui.base.errors import did_you_mean
from shanshui.policy.language.conditions import (
    All,
    AnyOf,
    Compared,
    Condition,
    Not,
    OneOf,
    Operator,
    Touches,
    YesNo,
    conjuncts,
)
from shanshui.policy.language.grounds import Where, as_where
from shanshui.policy.language.numbers import Constant, FactNumber, Number, Overlap
from shanshui.policy.language.terms import ACTIVITY, CODE, DATE, INDUSTRY, NUMBER, YES_NO, Terms

# A condition that nobody can read is a fault of its own.
LONGEST = 1_000
GREATEST = 1e300
_OPERATORS: dict[type[ast.cmpop], Operator] = {
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
    ast.Eq: "==",
    ast.NotEq: "!=",
}
_TURNED: dict[Operator, Operator] = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "==": "==", "!=": "!="}
_CODED = (CODE, ACTIVITY, INDUSTRY)


class ConditionError(ValueError):
    """A condition that cannot be read.

    Parameters
    ----------
    fault, mend : str
        What is wrong, and what to do.
    """

    def __init__(self, fault: str, mend: str) -> None:
        super().__init__(f"{fault}; {mend}")
        self.fault, self.mend = fault, mend


def parse(text: str, terms: Terms) -> Condition:
    """Read a condition.

    Parameters
    ----------
    text : str
        As Python would read it: facts, numbers, texts in quotes, dates as ``"2026-01-01"``; ``< <= > >= == !=``,
        ``in``, ``not in``, ``and``, ``or``, ``not``; ``touches("layer", zone="core")``, ``overlap_m2(...)`` and
        ``overlap_percent(...)``. Nothing is computed with numbers, and nothing else may be called.
    terms : Terms
        The facts, activities and industries there are.

    Returns
    -------
    Condition
        One that always holds where the text is empty.

    Raises
    ------
    ConditionError
        Where it cannot be read, or asks for what there is not.

    Examples
    --------
    >>> from shanshui.policy.language.terms import Fact
    >>> terms = Terms({"slope_degrees": Fact("slope_degrees", "number", "degree")})
    >>> print(parse('10 <= slope_degrees < 25 and not touches("red_line")', terms))
    slope_degrees >= 10 and slope_degrees < 25 and not touches("red_line")
    """
    if not text.strip():
        return All(())
    if len(text) > LONGEST:
        raise ConditionError(f"is {len(text)} characters long", f"write up to {LONGEST}, or several rules")
    try:
        tree = ast.parse(text.strip(), mode="eval")
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        raise ConditionError(
            f"{text!r} cannot be read", "write for example: slope_degrees < 25 and not reclaims_land"
        ) from None
    return _condition(tree.body, terms)


def codes_of(fact: str, codes: tuple[str, ...], terms: Terms) -> OneOf:
    """Make the condition that a coded fact is one of several codes, or below one of them.

    Parameters
    ----------
    fact : str
        A fact that is a code, an activity or an industry.
    codes : tuple of str
        The codes.
    terms : Terms
        What there is.

    Returns
    -------
    OneOf

    Raises
    ------
    ConditionError
        Naming a code that does not exist.
    """
    kind = terms.facts[fact].kind
    if kind == ACTIVITY:
        for code in codes:
            if code not in terms.activities:
                raise ConditionError(f"there is no activity {code!r}", did_you_mean(code, terms.activities))
        below = frozenset().union(*(terms.below(code) for code in codes))
        return OneOf(fact, codes, below, frozenset().union(*(terms.above(code) for code in codes)) - below)
    if kind == INDUSTRY:
        for code in codes:
            fault = terms.industries.fault(code)
            if fault:
                raise ConditionError(fault, "give a code of GB/T 4754")
        prefixes = frozenset(one for code in codes for one in terms.industries.prefixes(code))
        wider = frozenset(one for code in codes for one in terms.industries.above(code))
        return OneOf(fact, codes, prefixes, wider, prefix=True)
    for code in codes:
        if code not in terms.facts[fact].choices:
            raise ConditionError(f"{fact} is never {code!r}", did_you_mean(code, terms.facts[fact].choices))
    return OneOf(fact, codes, frozenset(codes))


def day(text: str) -> int:
    """Count the days of the calendar up to a date.

    Parameters
    ----------
    text : str
        As 2026-01-31.

    Returns
    -------
    int

    Raises
    ------
    ConditionError
        Where it is no date.
    """
    try:
        found = date.fromisoformat(text)
        if found.isoformat() != text:
            raise ValueError(text)
        return found.toordinal()
    except ValueError:
        raise ConditionError(f"{text!r} is no date", 'write it as "2026-01-31"') from None


def _condition(node: ast.expr, terms: Terms) -> Condition:
    match node:
        case ast.BoolOp(op=ast.And(), values=parts):
            return All(tuple(one for part in parts for one in conjuncts(_condition(part, terms))))
        case ast.BoolOp(values=parts):
            return AnyOf(tuple(_condition(part, terms) for part in parts))
        case ast.UnaryOp(op=ast.Not(), operand=part):
            return Not(_condition(part, terms))
        case ast.Name(id=name):
            if _kind(name, terms) != YES_NO:
                raise ConditionError(f"{name} alone says neither yes nor no", f"compare it, as in {name} == ...")
            return YesNo(name)
        case ast.Call(func=ast.Name(id="touches")):
            return Touches(*_ground(node))
        case ast.Compare(left=left, ops=operators, comparators=right):
            sides = [left, *right]
            pairs = [
                _compared(one, operator, other, terms)
                for one, operator, other in zip(sides, operators, right, strict=False)
            ]
            return pairs[0] if len(pairs) == 1 else All(tuple(pairs))
    raise ConditionError(f"{ast.unparse(node)!r} is no condition", "compare facts, or join comparisons by and, or, not")


def _compared(left: ast.expr, operator: ast.cmpop, right: ast.expr, terms: Terms) -> Condition:
    if isinstance(left, ast.Name) and _kind(left.id, terms) in _CODED:
        return _coded(left.id, operator, right, terms)
    if isinstance(right, ast.Name) and isinstance(left, ast.Constant) and _kind(right.id, terms) in _CODED:
        return _coded(right.id, operator, left, terms)
    if type(operator) not in _OPERATORS:
        raise ConditionError(f"{ast.unparse(left)!r} is no code", "in and not in are for codes")
    dated = any(isinstance(side, ast.Name) and _kind(side.id, terms) == DATE for side in (left, right))
    one, other = _number(left, dated, terms), _number(right, dated, terms)
    if isinstance(one, Constant) and isinstance(other, Constant):
        raise ConditionError(f"{one} and {other} are both numbers", "compare a fact")
    sign = _OPERATORS[type(operator)]
    # What is compared stands on the left.
    return Compared(other, _TURNED[sign], one) if isinstance(one, Constant) else Compared(one, sign, other)


def _coded(fact: str, operator: ast.cmpop, codes: ast.expr, terms: Terms) -> Condition:
    given = codes.elts if isinstance(codes, ast.Tuple | ast.List) else [codes]
    several = isinstance(operator, ast.In | ast.NotIn)
    if not isinstance(operator, ast.In | ast.NotIn | ast.Eq | ast.NotEq) or (len(given) > 1 and not several):
        raise ConditionError(f"{fact} is a code", f'write {fact} == "..." or {fact} in ("...", "...")')
    if not given:
        raise ConditionError(f"{fact} is compared with nothing", f'write {fact} in ("...", "...")')
    words = []
    for one in given:
        if not (isinstance(one, ast.Constant) and isinstance(one.value, str)):
            raise ConditionError(f"{ast.unparse(one)} stands where {fact} needs a code", 'write codes in quotes: "A1"')
        words.append(one.value)
    condition = codes_of(fact, tuple(words), terms)
    return Not(condition) if isinstance(operator, ast.NotIn | ast.NotEq) else condition


def _number(node: ast.expr, dated: bool, terms: Terms) -> Number:
    match node:
        case ast.Constant(value=bool()):
            raise ConditionError("True and False are not compared", "write the fact alone, or not and the fact")
        case ast.Constant(value=int() | float() as value) if not dated and abs(value) < GREATEST:
            return Constant(float(value), ast.unparse(node))
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() | float() as value)) if (
            not dated and abs(value) < GREATEST
        ):
            return Constant(-float(value), ast.unparse(node))
        case ast.Constant(value=str() as text) if dated:
            return Constant(float(day(text)), f'"{text}"')
        case ast.Name(id=name):
            kind = _kind(name, terms)
            if kind == YES_NO:
                raise ConditionError(f"{name} says yes or no", f"write {name} alone, or not {name}")
            if kind not in (NUMBER, DATE):
                raise ConditionError(f"{name} is no number", "compare numbers and dates only")
            if dated and kind == NUMBER:
                raise ConditionError(f"{name} is a number", "compare a date with a date")
            return FactNumber(name)
        case ast.Call(func=ast.Name(id="overlap_m2" | "overlap_percent" as measure)) if not dated:
            return Overlap(measure, *_ground(node))
    wanted = 'a date as "2026-01-31"' if dated else "a number, a fact, overlap_m2(...) or overlap_percent(...)"
    raise ConditionError(f"{ast.unparse(node)!r} is nothing to compare with", f"write {wanted}")


def _ground(call: ast.Call) -> tuple[str, Where]:
    match call.args:
        case [ast.Constant(value=str() as layer)]:
            pass
        case _:
            raise ConditionError(
                f"{ast.unparse(call)!r} names no control layer", 'write for example: touches("red_line")'
            )
    mend = 'write for example: zone="core|buffer"'
    pairs = []
    for given in call.keywords:
        if given.arg is None or not (isinstance(given.value, ast.Constant) and isinstance(given.value.value, str)):
            raise ConditionError(f"{ast.unparse(call)!r} cannot be read", mend)
        pairs.append((given.arg, given.value.value))
    try:
        return layer, as_where(pairs)
    except ValueError as error:
        raise ConditionError(f"{ast.unparse(call)!r} {error}", mend) from None


def _kind(name: str, terms: Terms) -> str:
    if name not in terms.facts:
        raise ConditionError(f"there is no fact {name!r}", did_you_mean(name, terms.facts))
    return terms.facts[name].kind
