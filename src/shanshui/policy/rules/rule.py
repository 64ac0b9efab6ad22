"""A rule: what it says of which ground and activity, since when, by which document."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

from shanshui.policy.language.conditions import All, Condition, Touches, conjuncts
from shanshui.policy.language.grounds import as_where

Effect = Literal["allow", "conditions", "prohibit", "refer"]
ALLOWED, CONDITIONAL, PROHIBITED, UNDETERMINED = "allowed", "allowed_with_conditions", "prohibited", "undetermined"
# How strict an effect is. A rule that refers to another pack says nothing by itself.
STRICTNESS = {"allow": 1, "conditions": 2, "prohibit": 3}
SILENT = 0
OUTCOMES = (None, ALLOWED, CONDITIONAL, PROHIBITED)
FIRST_DAY, LAST_DAY = date.min.toordinal(), date.max.toordinal()


@dataclass(frozen=True)
class Rule:
    """A rule of a pack.

    Parameters
    ----------
    pack, code : str
        Its pack, and its code in it.
    priority : int
        Of the rules of a pack that apply, those of the greatest priority decide.
    effect : {"allow", "conditions", "prohibit", "refer"}
        What follows where it applies.
    refers_to : str
        The pack that decides in its place; "" where it decides itself.
    condition : Condition
        When it applies: its scope, and what else it asks.
    english, chinese : str
        The article.
    evidence, evidence_zh : str
        What has to be brought, with semicolons between.
    authority, authority_zh : str
        Who decides.
    document, article : str
        Where it stands.
    valid_from, valid_to : int
        The first and the last day on which it holds [days since the first of the calendar].
    status : {"official", "literature", "default"}
        How far the text can be trusted.
    """

    pack: str
    code: str
    priority: int
    effect: Effect
    condition: Condition
    refers_to: str = ""
    english: str = ""
    chinese: str = ""
    evidence: str = ""
    evidence_zh: str = ""
    authority: str = ""
    authority_zh: str = ""
    document: str = ""
    article: str = ""
    valid_from: int = FIRST_DAY
    valid_to: int = LAST_DAY
    status: str = "default"

    @property
    def key(self) -> tuple[str, str]:
        """Its pack and code."""
        return self.pack, self.code

    @property
    def strictness(self) -> int:
        """How strict its effect is: 0 where it leaves the decision to another pack."""
        return STRICTNESS.get(self.effect, SILENT)

    @property
    def conditions(self) -> tuple[Condition, ...]:
        """What must all hold, one by one."""
        return conjuncts(self.condition)

    def in_force(self, day: int) -> bool:
        """Tell whether it holds on a day."""
        return self.valid_from <= day <= self.valid_to


def scoped(layer: str, where: str, parts: tuple[Condition, ...]) -> Condition:
    """Join the ground of a rule and its other conditions.

    Parameters
    ----------
    layer : str
        The control layer it is about; "" where it is about none.
    where : str
        Which of its polygons count, as ``zone=core|buffer;kind=basic``.
    parts : tuple of Condition
        What else must hold.

    Returns
    -------
    Condition

    Raises
    ------
    ValueError
        Where the choice of polygons cannot be read, or stands without a layer.

    Examples
    --------
    >>> print(scoped("protected_areas", "zone=core|buffer", ()))
    touches("protected_areas", zone="core|buffer")
    """
    pairs = [pair.partition("=") for pair in where.split(";") if pair.strip()]
    if pairs and not layer:
        raise ValueError("chooses polygons of no layer")
    chosen = as_where((column.strip(), values) for column, _, values in pairs)
    ground = (Touches(layer, chosen),) if layer else ()
    return All((*ground, *(one for part in parts for one in conjuncts(part))))
