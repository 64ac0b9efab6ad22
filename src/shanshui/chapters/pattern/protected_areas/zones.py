"""Core protection zone and general control zone of what protected areas become (P8)."""

from __future__ import annotations

from collections.abc import Sequence

CORE, GENERAL, PARK_USE = "core", "general", "park_use"
ZONE_NAMES = {
    CORE: ("core protection zone", "核心保护区"),
    GENERAL: ("general control zone", "一般控制区"),
    PARK_USE: ("park-use zone", "游憩利用区"),
}
# The strictest first: of several parts of one area on the same ground it counts.
PARTS = ("core", "buffer", "experimental", "general", "")


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
