"""What the things are called that rules speak of: layers, facts, codes, effects, in English and Chinese."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from shanshui.policy.language.grounds import Where
from shanshui.policy.language.industries import NO_INDUSTRY
from shanshui.policy.language.situations import fact_values
from shanshui.policy.language.terms import ACTIVITY, CODE, INDUSTRY, YES_NO, Named, Terms
from shanshui.policy.rules.packs import RulePack
from shanshui.policy.rules.phrases import Language, amount, listed, phrase, place
from shanshui.policy.rules.rule import FIRST_DAY, LAST_DAY, Rule


def layer_in_words(layer: str, terms: Terms, language: Language) -> str:
    """Give the name of a control layer as a sentence has it.

    Parameters
    ----------
    layer : str
        By which rules name it.
    terms : Terms
        What layers are called.
    language : {"en", "zh"}
        In which language.

    Returns
    -------
    str
        One that nobody named gives its own name.

    Examples
    --------
    >>> terms = Terms({})
    >>> layer_in_words("red_line", terms, "en"), layer_in_words("quiet_areas", terms, "zh")
    ('the ecological conservation red line', 'quiet areas')
    """
    return _name((layer, "", ""), terms, language) or _plain(layer)


def value_of_column(layer: str, column: str, value: str, terms: Terms, language: Language) -> str:
    """Say what a column of a control layer has for a polygon.

    Parameters
    ----------
    layer, column, value : str
        As rules name them.
    terms : Terms
        What values are called.
    language : {"en", "zh"}
        In which language.

    Returns
    -------
    str
        "zone: 3" where nobody named the value; "not known" where it is empty.

    Examples
    --------
    >>> terms = Terms({})
    >>> value_of_column("water_sources", "zone", "first", terms, "en"), value_of_column("sea", "zone", "3", terms, "zh")
    ('first-class zone', '分区：3')
    """
    named = _name((layer, column, value), terms, language) or _name(("", column, value), terms, language)
    if named and value:
        return named
    heading = column_in_words(layer, column, terms, language)
    return heading + phrase("colon", language) + (_plain(value) or phrase("unknown", language))


def column_in_words(layer: str, column: str, terms: Terms, language: Language) -> str:
    """Say what a column of a control layer tells.

    Parameters
    ----------
    layer, column : str
        As rules name them.
    terms : Terms
        What columns are called.
    language : {"en", "zh"}
        In which language.

    Returns
    -------
    str
        One that nobody named gives its own name.
    """
    return _name((layer, column, ""), terms, language) or _name(("", column, ""), terms, language) or _plain(column)


def ground_in_words(layer: str, where: Where, terms: Terms, language: Language) -> str:
    """Name a control layer and those of its polygons that count.

    Parameters
    ----------
    layer : str
        By which rules name it.
    where : tuple of (str, tuple of str)
        The values that count, by column.
    terms : Terms
        What layers and values are called.
    language : {"en", "zh"}
        In which language.

    Returns
    -------
    str
    """
    chosen = [
        listed([value_of_column(layer, column, value, terms, language) for value in values], language)
        for column, values in where
    ]
    name = layer_in_words(layer, terms, language)
    if not chosen:
        return name
    brackets = phrase("brackets", language).format(phrase("semicolon", language).join(chosen))
    return name + (" " if language == "en" else "") + brackets


def question_of(fact: str, terms: Terms, language: Language) -> str:
    """Give the question by which a fact is asked for.

    Parameters
    ----------
    fact : str
        Its name.
    terms : Terms
        All facts.
    language : {"en", "zh"}
        In which language.

    Returns
    -------
    str
        A fact without a question gives its name.
    """
    known = terms.facts.get(fact)
    asked = "" if known is None else known.english if language == "en" else known.chinese
    return asked or _plain(fact)


def code_in_words(kind: str, code: str, terms: Terms, language: Language) -> str:
    """Name an activity or an industry, with its code.

    Parameters
    ----------
    kind : {"activity", "industry"}
        Which of the two.
    code : str
        Its code.
    terms : Terms
        What they are called.
    language : {"en", "zh"}
        In which language.

    Returns
    -------
    str
        The code alone where it has no name; the name alone where it stands for no industry.

    Examples
    --------
    >>> code_in_words("industry", "0610", Terms({}), "zh")
    '0610烟煤和无烟煤开采洗选'
    """
    name = ""
    if kind == ACTIVITY and code in terms.activities:
        activity = terms.activities[code]
        name = activity.english if language == "en" else activity.chinese
    elif kind == INDUSTRY and terms.industries.knows(code):
        name = terms.industries.name(code, "english" if language == "en" else "chinese")
    if kind == INDUSTRY and code == NO_INDUSTRY:
        return name
    return f"{code}{' ' if language == 'en' or name[:1].isascii() else ''}{name}" if name else code


def answer_in_words(fact: str, value: Any, terms: Terms, language: Language) -> str:
    """Say what a fact is.

    Parameters
    ----------
    fact : str
        Its name.
    value : object
        As a question states it.
    terms : Terms
        All facts.
    language : {"en", "zh"}
        In which language.

    Returns
    -------
    str

    Examples
    --------
    >>> from shanshui.policy.language.terms import Fact
    >>> terms = Terms({"slope": Fact("slope", "number", "degree"), "new_land": Fact("new_land", "yes_no")})
    >>> answer_in_words("slope", 24.999999999999996, terms, "en"), answer_in_words("new_land", True, terms, "zh")
    ('a little less than 25°', '是')
    """
    known = terms.facts.get(fact)
    kind = "" if known is None else known.kind
    if kind == YES_NO:
        is_yes = fact_values({fact: [value]}, terms)[0][fact][0] == 1.0
        return phrase("yes" if is_yes else "no", language)
    if kind in (ACTIVITY, INDUSTRY):
        return code_in_words(kind, str(value), terms, language)
    if kind == CODE:
        return _name(("", fact, str(value)), terms, language) or _plain(str(value))
    try:
        return amount(float(value), "" if known is None else known.unit, language)
    except ValueError:
        return str(value)


def effect_in_words(rule: Rule, book: Mapping[str, RulePack], language: Language) -> str:
    """Say what follows where a rule applies.

    Parameters
    ----------
    rule : Rule
        The rule.
    book : mapping of str to RulePack
        The packs, of which it may name one.
    language : {"en", "zh"}
        In which language.

    Returns
    -------
    str
    """
    return phrase(rule.effect, language).format(pack_in_words(rule.refers_to, book, language))


def pack_in_words(name: str, book: Mapping[str, RulePack], language: Language) -> str:
    """Say what a pack is.

    Parameters
    ----------
    name : str
        Its name.
    book : mapping of str to RulePack
        The packs.
    language : {"en", "zh"}
        In which language.

    Returns
    -------
    str
        One that is not in the book gives its name.
    """
    if name not in book:
        return _plain(name)
    return book[name].english if language == "en" else book[name].chinese


def validity_in_words(rule: Rule, language: Language) -> str:
    """Say since when, and until when, a rule holds.

    Parameters
    ----------
    rule : Rule
        The rule.
    language : {"en", "zh"}
        In which language.

    Returns
    -------
    str
    """
    first = "" if rule.valid_from == FIRST_DAY else date.fromordinal(rule.valid_from).isoformat()
    last = "" if rule.valid_to == LAST_DAY else date.fromordinal(rule.valid_to).isoformat()
    key = "from until" if first and last else "from" if first else "until" if last else "open"
    return phrase(key, language).format(*(text for text in (first, last) if text))


def document_name(document: str, terms: Terms, language: Language) -> str:
    """Give what a document is called; one that nobody named goes by the name that its rule gives it.

    Parameters
    ----------
    document : str
        As rules give it.
    terms : Terms
        What documents are called.
    language : {"en", "zh"}
        In which language.

    Returns
    -------
    str

    Examples
    --------
    >>> document_name("Forest Law (2019)", Terms({}), "zh"), document_name("Our own order", Terms({}), "zh")
    ('《中华人民共和国森林法》（2019年修订）', 'Our own order')
    """
    return document if language == "en" else terms.documents.get(document, document)


def value_codes(layer: str, column: str, terms: Terms) -> dict[str, str]:
    """Give the codes of a column of a control layer, by every word in which they may be written.

    Parameters
    ----------
    layer, column : str
        A control layer, and a column that rules ask for.
    terms : Terms
        What values are called.

    Returns
    -------
    dict of str to str
        Codes, and their English and Chinese names, to codes; empty where any value may stand there.

    Examples
    --------
    >>> codes = value_codes("forests", "kind", Terms({}))
    >>> codes["公益林"], codes["public_welfare"], value_codes("forests", "name", Terms({}))
    ('public_welfare', 'public_welfare', {})
    """
    return {
        word: value
        for (one, name, value), words in terms.names.items()
        if (one, name) == (layer, column) and value
        for word in (value, *words)
        if word
    }


def _plain(name: str) -> str:
    return name.replace("_", " ")


def _name(key: Named, terms: Terms, language: Language) -> str:
    return terms.names.get(key, ("", ""))[place(language)]
