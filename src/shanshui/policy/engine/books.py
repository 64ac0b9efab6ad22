"""Reading the rule book of a study: its packs, looked through before any question is put to them."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from shanshui.base.errors import Problems, StudyError, did_you_mean
from shanshui.policy.engine.checks import check_book
from shanshui.policy.language.terms import RULE_PACKS, read_terms
from shanshui.policy.rules.packs import PACK_FILE, RuleBook, read_rule_pack, ready_packs, with_own_terms


def read_rule_book(packs: Iterable[str] | None = None, folder: Path = Path(), key: str = "decisions.packs") -> RuleBook:
    """Read rule packs, and refuse what cannot be right in them.

    Parameters
    ----------
    packs : iterable of str, optional
        Names of ready packs, or folders; all ready packs by default. A pack in a folder may bring its own facts.csv and
        activities.csv, which are added to ours.
    folder : Path
        From which folders are looked for.
    key : str
        Under which the packs are named, for what is wrong with them.

    Returns
    -------
    RuleBook

    Raises
    ------
    StudyError
        Naming everything that is wrong, all at once: what cannot be read, unknown facts, codes and layers, rules that
        contradict each other or stand twice in one time, packs that refer to each other in a circle.
    """
    ready, problems = ready_packs(), Problems()
    chosen = ready if packs is None else list(dict.fromkeys(packs))
    places = {name: RULE_PACKS / name if name in ready else folder / name for name in chosen}
    for name, place in places.items():
        if not (place / PACK_FILE).exists():
            problems.fault(
                key, f"there is no pack {name!r}, and no {PACK_FILE} in that folder", did_you_mean(name, ready)
            )
    if problems:
        raise StudyError(problems)
    terms = read_terms()
    for place in places.values():
        terms = with_own_terms(terms, place, problems)
    if problems.fatal:
        raise StudyError(problems)
    read = [read_rule_pack(place, terms, problems) for place in places.values()]
    if problems.fatal:
        raise StudyError(problems)
    names = [pack.name for pack in read if pack is not None]
    for name in sorted({name for name in names if names.count(name) > 1}):
        problems.fault(key, f"two packs are called {name!r}", "give one of them another name in its pack.toml")
    if problems.fatal:
        raise StudyError(problems)
    book = RuleBook([pack for pack in read if pack is not None], terms)
    problems.extend(check_book(book))
    if problems.fatal:
        raise StudyError(problems)
    return book
