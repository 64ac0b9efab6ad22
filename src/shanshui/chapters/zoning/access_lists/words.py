"""How access lists are told in words."""

from __future__ import annotations

from typing import Literal

from shanshui.chapters.zoning.access_lists.rows import EVERY_INDUSTRY
from shanshui.chapters.zoning.access_lists.verdicts import INDUSTRIES

CLASSES_ZH = {"allowed": "允许类", "restricted": "限制类", "prohibited": "禁止类", "none": "未规定"}
LEVELS_ZH = {"national": "国家级", "province": "省级", "prefecture": "市级", "county": "县级"}


def industry_words(industry: str, language: Literal["english", "chinese"] = "english") -> str:
    """Name an industry with its code.

    Parameters
    ----------
    industry : str
        Code of GB/T 4754, or "*".
    language : {"english", "chinese"}
        In which language.

    Returns
    -------
    str

    Examples
    --------
    >>> industry_words("061", "chinese"), industry_words("*")
    ('061烟煤和无烟煤开采洗选', 'every industry')
    """
    if industry == EVERY_INDUSTRY:
        return "every industry" if language == "english" else "所有行业"
    joint = " " if language == "english" else ""
    return f"{industry}{joint}{INDUSTRIES.name(industry, language)}"


def ground_words(ground: str) -> str:
    """Name a ground in an English sentence.

    Examples
    --------
    >>> ground_words("protected_areas:zone=general")
    'protected areas (zone=general)'
    """
    layer, _, chosen = ground.partition(":")
    return layer.replace("_", " ") + (f" ({chosen})" if chosen else "")
