"""Fixed phrases, lists and amounts, in English and Chinese."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

Language = Literal["en", "zh"]
# Numbers that differ by less are one number: the next one above or below a limit.
_DIGITS = 12

_PHRASES: dict[str, tuple[str, str]] = {
    "and": ("; and ", "；且"),
    "or": ("; or ", "；或"),
    "brackets": ("({})", "（{}）"),
    "quoted": ("“{}”", "“{}”"),
    "comma": (", ", "、"),
    "clause": (", ", "，"),
    "semicolon": ("; ", "；"),
    "colon": (": ", "："),
    "dash": (" – ", "——"),
    "last": (" or ", "或"),
    "always": ("always", "在任何情况下"),
    "never": ("never", "在任何情况下均不"),
    "yes": ("yes", "是"),
    "no": ("no", "否"),
    "unknown": ("not known", "不详"),
    "touches": ("the parcel overlaps {}", "地块与{}重叠"),
    "not touches": ("the parcel does not overlap {}", "地块不与{}重叠"),
    "overlap_m2": ("the part of the parcel in {} is ", "地块位于{}内的面积"),
    "overlap_percent": ("the share of the parcel in {} is ", "地块位于{}内的面积占比"),
    "other overlap": ("the part of the parcel in {}", "地块位于{}内的部分"),
    "other fact": ("the answer to “{}”", "对“{}”的回答"),
    "activity": ("the activity is ", "活动为"),
    "not activity": ("the activity is not ", "活动不是"),
    "industry": ("the industry is ", "行业为"),
    "not industry": ("the industry is not ", "行业不是"),
    "date": ("the day of the question is ", "提出日期"),
    "area_m2": ("the area of the parcel is ", "地块面积"),
    "not": ("not ", "不是"),
    "little less": ("a little less than {}", "略小于{}"),
    "little more": ("a little more than {}", "略大于{}"),
    "allow": ("allowed", "允许"),
    "conditions": ("allowed with conditions", "有条件允许"),
    "prohibit": ("prohibited", "禁止"),
    "refer": ("decided by “{}”", "由“{}”决定"),
    "priority": ("priority {}", "优先级{}"),
    "version": ("version", "版本"),
    "source": ("Source", "来源"),
    "layers": ("Control layers", "管控图层"),
    "applies": ("Applies when", "适用情形"),
    "text": ("Text", "条文"),
    "document": ("Document", "文件"),
    "validity": ("In force", "有效期"),
    "from": ("from {}", "自{}起"),
    "until": ("until {}", "至{}止"),
    "from until": ("from {} until {}", "自{}起至{}止"),
    "open": ("not stated", "未说明"),
    "evidence": ("To bring", "须提交"),
    "authority": ("Decides", "决定机关"),
    "status": ("Status", "依据性质"),
    "activities": ("Activities", "活动目录"),
    "facts": ("Facts that conditions may ask for:", "条件可用的事实："),
    "official": ("text of the law or standard", "法规或标准原文"),
    "literature": ("from a published source", "引自公开文献"),
    "default": ("default: the text of no law was read", "默认：未查阅法规原文"),
}
_UNITS: dict[str, tuple[str, str]] = {
    "m2": (" m²", "平方米"),
    "ha": (" ha", "公顷"),
    "mu": (" mu", "亩"),
    "m": (" m", "米"),
    "km": (" km", "千米"),
    "degree": ("°", "度"),
    "degrees": ("°", "度"),
    "percent": ("%", "%"),
    "%": ("%", "%"),
    "year": (" years", "年"),
    "years": (" years", "年"),
    "day": (" days", "天"),
    "days": (" days", "天"),
    "t": (" t", "吨"),
    "kW": (" kW", "千瓦"),
    "MW": (" MW", "兆瓦"),
    "person": (" people", "人"),
    "persons": (" people", "人"),
    "yuan": (" yuan", "元"),
}
_OF_ONE = {" years": " year", " days": " day", " people": " person"}


def phrase(key: str, language: Language) -> str:
    """Give a fixed phrase, its blanks open."""
    return _PHRASES[key][place(language)]


def place(language: Language) -> int:
    """Tell at which place of a pair the text of a language stands."""
    return 0 if language == "en" else 1


def listed(words: Sequence[str], language: Language) -> str:
    """Join words by commas, the last by "or".

    Parameters
    ----------
    words : sequence of str
        At least one.
    language : {"en", "zh"}
        In which language.

    Returns
    -------
    str

    Examples
    --------
    >>> listed(["core zone", "buffer zone", "outer zone"], "en"), listed(["核心区", "缓冲区"], "zh")
    ('core zone, buffer zone or outer zone', '核心区或缓冲区')
    """
    *first, last = words
    return phrase("last", language).join([phrase("comma", language).join(first), last]) if first else last


def amount(value: float, unit: str, language: Language) -> str:
    """Write a number with its unit; one just beside a limit is told as a little less or more.

    Parameters
    ----------
    value : float
        The number.
    unit : str
        As facts have it; "" for none.
    language : {"en", "zh"}
        In which language.

    Returns
    -------
    str

    Examples
    --------
    >>> amount(1500.0, "m2", "en"), amount(2.5, "ha", "zh")
    ('1,500 m²', '2.5公顷')
    """
    plain = float(f"{value:.{_DIGITS}g}")
    said = _UNITS.get(unit, (f" {unit}" if unit else "", unit))[place(language)]
    text = f"{plain:,.{_DIGITS}g}" + (_OF_ONE.get(said, said) if plain == 1 else said)
    if value == plain:
        return text
    return phrase("little less" if value < plain else "little more", language).format(text)


def status_in_words(status: str, language: Language) -> str:
    """Say how far a text can be trusted.

    Parameters
    ----------
    status : {"official", "literature", "default"}
        The status.
    language : {"en", "zh"}
        In which language.

    Returns
    -------
    str

    Examples
    --------
    >>> status_in_words("default", "en")
    'default: the text of no law was read'
    """
    return phrase(status, language)
