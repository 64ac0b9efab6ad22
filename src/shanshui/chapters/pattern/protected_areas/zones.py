"""Core protection zone and general control zone of what protected areas become (P8)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from shanshui.chapters.pattern.protected_areas.register import NATIONAL_PARK, NATURE_RESERVE

CORE, GENERAL, PARK_USE = "core", "general", "park_use"
ZONE_NAMES = {
    CORE: ("core protection zone", "核心保护区"),
    GENERAL: ("general control zone", "一般控制区"),
    PARK_USE: ("park-use zone", "游憩利用区"),
}
# The strictest first: of several parts of one area on the same ground it counts.
PARTS = ("core", "buffer", "experimental", "general", "")


@dataclass(frozen=True)
class Zoned:
    """The zone of a face and why.

    Parameters
    ----------
    zone : str
        core, general or park_use.
    by : str
        What decided: part (the part of the area that stands), unzoned (a reserve without zones), park (a nature park),
        own (the zone of a national park), unzoned_park (a national park without zones), kept (an area that yields was
        stricter there), raised (undisturbed and of high value), or use (asked for by a park-use area).
    """

    zone: str
    by: str


def strictest(parts: Sequence[str]) -> str:
    """Give the part of an area that counts where several of its parts lie on the same ground.

    Parameters
    ----------
    parts : sequence of str
        core, buffer, experimental, general, or empty; at least one.

    Returns
    -------
    str
        The strictest; one that is said counts before one that is not.

    Examples
    --------
    >>> strictest(["", "experimental"]), strictest(["experimental", "core"])
    ('experimental', 'core')
    """
    return min(parts, key=PARTS.index)


def zone_of_claim(of_class: str, part: str) -> Zoned:
    """Give the zone that one area alone gives to ground.

    Parameters
    ----------
    of_class : str
        national_park, nature_reserve or nature_park.
    part : str
        core, buffer, experimental, general, or empty.

    Returns
    -------
    Zoned

    Notes
    -----
    Core and buffer zones become core protection zone, experimental zones general control zone; a nature reserve without
    zones is core throughout (regulations of nature reserves, 2017, articles 18 and 30); so, with all care, is a
    national park whose zones are not told. Nature parks are general control zones.
    """
    if of_class == NATIONAL_PARK:
        if part == "":
            return Zoned(CORE, "unzoned_park")
        return Zoned(CORE if part == "core" else GENERAL, "own")
    if of_class == NATURE_RESERVE:
        if part == "":
            return Zoned(CORE, "unzoned")
        return Zoned(CORE if part in ("core", "buffer") else GENERAL, "part")
    return Zoned(GENERAL, "park")


def zone_of_face(
    winner: tuple[str, str],
    others: Sequence[tuple[str, str]],
    *,
    undisturbed: bool,
    importance: float,
    park_use: bool,
    high_value_importance: float,
) -> Zoned:
    """Give the zone of a face.

    Parameters
    ----------
    winner : (str, str)
        Class and part of the area that stands there.
    others : sequence of (str, str)
        Class and part of those that yield.
    undisturbed : bool
        Whether no settlement, farmland, mine or plantation lies on the face.
    importance : float
        Mean ecological importance, 1 to 3; NaN where not known.
    park_use : bool
        Whether a park-use area lies on it.
    high_value_importance : float
        Importance from which on a place is of high value [1].

    Returns
    -------
    Zoned

    Notes
    -----
    The intensity of protection is not lowered (guideline of 2019): where an area that yields made the ground core, it
    stays core, unless a national park stands there, which keeps its own zones. Undisturbed experimental ground of high
    value becomes core. Ground of a general control zone that a park-use area covers is a park-use zone; of a core zone
    it stays core.
    """
    zoned = zone_of_claim(*winner)
    if zoned.zone == GENERAL and winner[0] != NATIONAL_PARK:
        if any(zone_of_claim(*other).zone == CORE for other in others):
            zoned = Zoned(CORE, "kept")
        elif winner == (NATURE_RESERVE, "experimental") and undisturbed and importance >= high_value_importance:
            zoned = Zoned(CORE, "raised")
    if zoned.zone == GENERAL and park_use:
        return Zoned(PARK_USE, "use")
    return zoned
