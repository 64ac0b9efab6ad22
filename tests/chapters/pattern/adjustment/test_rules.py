import numpy as np
import pandas as pd
import pytest
from tests.chapters.pattern.adjustment.own_rules import rule

from shanshui.base.errors import StudyError
from shanshui.chapters.pattern.adjustment.rules import Rules, red_line_adjustment_rules
from shanshui.policy.rules.chapter_rules import about_chapter_rules

RULES = red_line_adjustment_rules()


def test_the_rules_are_whole():
    assert RULES.columns.tolist() == [
        *("code", "order", "direction", "ground", "when", "name", "name_zh", "force"),
        *("english", "chinese", "document", "article", "valid_from", "status"),
    ]
    assert sorted(RULES["code"]) == ["A1", "A2", "A3", "A4", "B1", "B2", "B3", "C1", "C2", "C3", "C4", "C5"]
    assert (RULES["direction"] == np.where(RULES["code"].str[0] == "C", "out", "in")).all()
    assert set(RULES["force"]) == {"shall", "may"}
    assert RULES["status"].isin(["official", "literature", "default"]).all()
    # Only the law is official, and it binds.
    assert RULES[RULES["status"] == "official"][["code", "force", "article"]].to_numpy().tolist() == [
        ["A2", "shall", "22"]
    ]
    assert RULES["english"].str.endswith(".").all()
    assert RULES["chinese"].str.endswith("。").all()
    rules = Rules(RULES)
    assert rules.order("in") == ["A2", "A3", "A1", "A4", "B1", "B2", "B3"]
    assert rules.order("out") == ["C1", "C2", "C3", "C4", "C5"]
    assert rules.cell_numbers == {"A1": 1, "A2": 2, "A3": 3, "A4": 4}
    assert [rule.code for rule in rules.on_drawn] == ["B1", "B2", "B3", "C1", "C2", "C3", "C4", "C5"]


def refused(table):
    with pytest.raises(StudyError) as caught:
        Rules(table)
    return [str(each).removeprefix("tables.red_line_adjustment_rules.columns.") for each in caught.value.problems]


def test_rules_that_cannot_be_read_are_refused_together():
    wrong = pd.concat(
        [
            rule("A1", 1, "out", "cell", "service_importance = 3"),
            rule("A2", 2, "in", "cell", ""),
            rule("A3", 3, "in", "cell", 'fragile_to == "water"'),
            rule("A4", "x", "in", "cell", "area_ha > 3"),
            rule("C1", 5, "up", "setlement", "area_ha > 3", "must"),
            rule("C2", 6, "out", "farmland_block", "unused"),
            rule("C2", "", "out", "farmland_block", 'touches("red_line")'),
            rule("today", 8, "in", "shelter_belt", "perons > 3"),
        ]
    )
    cell, drawn = (
        ", ".join(sorted(terms.facts)) for terms in about_chapter_rules("red_line_adjustment").facts.values()
    )
    assert refused(wrong) == [
        "code: 'today' is no code; write letters and a number, as A1",
        "code: rule C2 stands twice; keep one row",
        "direction: 'up' is none of its words; use one of: in, out",
        "direction: A1 speaks of cells, which only come in; write in",
        "force: 'must' is none of its words; use one of: may, shall",
        "ground: 'setlement' is none of its words; did you mean 'settlement'?",
        "order: A4 has 'x', which is no number; write a number",
        "order: C2 has none; give every rule a number",
        "when: A1: 'service_importance = 3' cannot be read; "
        "write for example: slope_degrees < 25 and not reclaims_land",
        "when: A2 would bring all cells in; write a condition",
        "when: A3: fragile_to is never 'water'; "
        "use one of: coastal_erosion, desertification, rocky_desertification, salinisation, water_erosion",
        f"when: A4: there is no fact 'area_ha'; use one of: {cell}",
        "when: C2: control layer 'red_line' is asked for, and there is no parcel; ask for facts only",
        f"when: C2: there is no fact 'unused'; use one of: {drawn}",
        "when: today: there is no fact 'perons'; did you mean 'persons'?",
    ]
    assert refused(RULES.drop(columns=["when", "ground"]))[-1].startswith("when: is missing; give it")
    many = pd.concat([rule(f"D{number}", number, "in", "cell", "unused") for number in range(251)])
    assert refused(many) == ["ground: 251 rules speak of cells; join some of them by or"]
    assert len(Rules(many[:-1]).on_cells) == 250
