"""The words and the numbers of a printed decision, in one language."""

from __future__ import annotations

from shanshui.chapters.zoning.parcels import SQUARE_METRES_PER_HECTARE, SQUARE_METRES_PER_MU
from shanshui.policy.language.terms import Terms
from shanshui.policy.rules.names import layer_in_words
from shanshui.report.words import Language, Words, dictionary, number, sentence

# Registers give hectares with four decimals, and mu with two.
HA_DECIMALS, MU_DECIMALS = 4, 2
# From this area on a sentence needs no more than two decimals of a hectare [ha].
PLAIN_HA = 0.1
# A share that stands as nothing in the trace is at most this [percent].
_TRACED = 0.5e-4


class DecisionWords:
    """The fixed words of a decision, opened at one language.

    Parameters
    ----------
    language : {"en", "zh"}
        The language.
    terms : Terms
        What control layers are called.

    Examples
    --------
    >>> words = DecisionWords("en", Terms({}))
    >>> words.outcome("prohibited"), words.area(4200.0), words.area(250.0)
    ('prohibited', '0.42 ha (6.30 mu)', '0.0250 ha (0.38 mu)')
    """

    def __init__(self, language: Language, terms: Terms) -> None:
        self.language, self.terms = language, terms
        self.page = Words(language)

    def __call__(self, key: str, **fill: object) -> str:
        """Give one fixed text, with its blanks filled in."""
        return dictionary()["decision"][key][self.language].format(**fill)

    def outcome(self, outcome: str | None) -> str:
        """Say an outcome; None is that of a pack that says nothing."""
        return self.page.of("outcomes", outcome) if outcome else self("silent")

    def layer(self, layer: str) -> str:
        """Head something with the name of a control layer."""
        return sentence(layer_in_words(layer, self.terms, self.language).removeprefix("the "))

    def m2(self, area: float) -> str:
        """Write an area in square metres [m2]."""
        return number(area, 0 if abs(area) >= 100 else 1)

    def ha(self, area: float) -> str:
        """Write an area in hectares [m2]."""
        return number(area / SQUARE_METRES_PER_HECTARE, HA_DECIMALS)

    def mu(self, area: float) -> str:
        """Write an area in mu [m2]."""
        return number(area / SQUARE_METRES_PER_MU, MU_DECIMALS)

    def percent(self, share: float) -> str:
        """Write the share of the parcel that an overlap takes [percent]: there is none that takes nothing."""
        return number(share or _TRACED, 2)

    def area(self, area: float) -> str:
        """Write an area as a sentence has it [m2]."""
        hectares = area / SQUARE_METRES_PER_HECTARE
        return self("area_words", ha=number(hectares, 2 if hectares >= PLAIN_HA else HA_DECIMALS), mu=self.mu(area))
