"""Rules by which ground comes inside the red line or leaves it, read from their table (paper 2.2)."""

from __future__ import annotations

import re
from dataclasses import dataclass

import pandas as pd

from shanshui.base.errors import Problems, StudyError
from shanshui.base.step import step
from shanshui.policy.language.conditions import Condition
from shanshui.policy.rules.chapter_rules import RuleTable, about_chapter_rules, read_chapter_rules

PACK = "red_line_adjustment"
_TABLE = "tables.red_line_adjustment_rules"
IN, OUT = "in", "out"
# What a rule may speak of: cells, by what they are worth; or what is drawn.
CELL = "cell"
BANK, SURROUNDINGS, BELT = "source_river_bank", "wetland_surroundings", "shelter_belt"
SETTLEMENT, FARMLAND, INFRASTRUCTURE, FOREST = "settlement", "farmland_block", "infrastructure", "commercial_forest"
MINING = "mining_right"
DRAWN = (BANK, SURROUNDINGS, BELT, SETTLEMENT, FARMLAND, INFRASTRUCTURE, FOREST, MINING)
# Numbers that the ready rules on cells have in the raster of grounds, whatever others a study has; what never comes in.
READY_CELLS = ("A1", "A2", "A3", "A4")
NEVER_IN = 255
_CODE = re.compile("[A-Za-z]+[0-9]+[A-Za-z]*")
_REQUIRED = ("code", "order", "direction", "ground", "when", "force")
_OPTIONAL = ("name", "name_zh", "english", "chinese")


@step
def red_line_adjustment_rules() -> pd.DataFrame:
    """Rules by which ground comes inside the red line or leaves it.

    Returns
    -------
    DataFrame
        Columns code, order (within a direction; the first that holds decides), direction (in or out), ground (cell, or
        what is drawn), when (the condition), name, name_zh, force (shall or may), english, chinese, document, article,
        valid_from, status.

    Notes
    -----
    The list of what comes in and what leaves is that of the paper; that unused land of key function comes in is law.
    Which rules bind (shall) and which leave a choice (may) is our choice, but for the law.
    """
    return read_chapter_rules(PACK)


@dataclass(frozen=True)
class Rule:
    """A rule by which ground comes in or leaves.

    Parameters
    ----------
    code : str
        Its code.
    direction : str
        in or out.
    ground : str
        What it speaks of: cell, or what is drawn.
    when : Condition
        Of which cells or polygons it speaks: those of which this surely holds.
    name, name_zh : str
        What legends call it.
    """

    code: str
    direction: str
    ground: str
    when: Condition
    name: str
    name_zh: str


class Rules:
    """The rules of the adjustment, in their order.

    Parameters
    ----------
    table : DataFrame
        Columns code, order, direction, ground, when, force; name, name_zh, english, chinese where it has them. A rule
        that is not in the table is not applied.

    Raises
    ------
    StudyError
        Naming every condition that cannot be read, every fact, code, direction and ground nobody knows, and every rule
        that stands twice.
    """

    def __init__(self, table: pd.DataFrame) -> None:
        problems = Problems()
        told = RuleTable(table, _TABLE, _REQUIRED, _OPTIONAL, problems)
        told.check_words("direction", (IN, OUT))
        told.check_words("ground", (CELL, *DRAWN))
        told.check_words("force", ("shall", "may"))
        told.check_twice("code")
        facts = about_chapter_rules(PACK).facts
        self.table, self._rules = table, []
        for row in told.order():
            code, direction, ground = told.codes[row], told["direction"][row], told["ground"][row]
            # Keys of patches begin with the code, and layers of faces are named by words.
            if not _CODE.fullmatch(code):
                told.fault("code", f"{code!r} is no code", "write letters and a number, as A1")
            if ground == CELL and direction == OUT:
                told.fault("direction", f"{code} speaks of cells, which only come in", f"write {IN}")
            if ground == CELL and not told["when"][row]:
                told.fault("when", f"{code} would bring all cells in", "write a condition")
            when = told.condition(row, "when", facts["cell" if ground == CELL else "drawn"])
            names = told["name"][row] or told["english"][row], told["name_zh"][row] or told["chinese"][row]
            self._rules.append(Rule(code, direction, ground, when, *names))
        if len(self.on_cells) >= NEVER_IN - len(READY_CELLS):
            told.fault("ground", f"{len(self.on_cells)} rules speak of cells", "join some of them by or")
        if problems:
            raise StudyError(problems)

    def order(self, direction: str) -> list[str]:
        """Give the codes of the rules of one direction, the first to look at first."""
        return [rule.code for rule in self._rules if rule.direction == direction]

    @property
    def on_cells(self) -> list[Rule]:
        """The rules on cells, in their order."""
        return [rule for rule in self._rules if rule.ground == CELL]

    @property
    def on_drawn(self) -> list[Rule]:
        """The rules on what is drawn, those by which it comes in first, and by their codes."""
        drawn = [rule for rule in self._rules if rule.ground != CELL]
        return sorted(drawn, key=lambda rule: (rule.direction != IN, rule.code))

    @property
    def cell_numbers(self) -> dict[str, int]:
        """The numbers of the rules on cells in the raster of grounds."""
        ours = sorted(rule.code for rule in self.on_cells)
        known = {code: number for number, code in enumerate(READY_CELLS, 1) if code in ours}
        own = [code for code in ours if code not in known]
        return known | {code: number for number, code in enumerate(own, len(READY_CELLS) + 1)}
