"""What `shanshui explain` says of the adjustment of the red line at a place."""

import shutil

import pytest
from tests.study.adjusted_line import adjusted
from tests.study.conftest import StudyFolder
from tests.study.test_explain import lines_at

MADE = ("red_line_adjustment", "red_line_next", "red_line_edits")


@pytest.fixture(scope="module")
def kept(pristine, tmp_path_factory):
    """A study whose adjustment stands; nothing of it is changed."""
    study = adjusted(StudyFolder(shutil.copytree(pristine, tmp_path_factory.mktemp("adjusted") / "study")))
    told = study.run(*MADE)
    assert told.code == 0, told.err
    return study


TOMORROW, ADJUSTMENT = "red line of tomorrow", "adjustment of the red line"
# A cell of the middle of the map has 1 / 0.9996**2 = 1.0008 ha.
BLOCK = 4 * 5.5 * 1.0008
VILLAGE = 2 * 4.5 * 1.0008


def test_what_comes_in_by_a_rule(kept):
    told = lines_at(kept, 7.5, 45.5)
    patch, said = told[ADJUSTMENT].splitlines()[-1].split(", ")[0].strip(), told[ADJUSTMENT].splitlines()
    assert said[:3] == [
        "comes inside by A1, shall: Land that is extremely important comes in.",
        "  from Guide of the line, article 7",
        "  taken: shall",
    ]
    assert patch.startswith("patch A1-")
    # Today's line takes rows 10 to 14 of the columns 30 to 39 out of it, Hills and Lakes part at row 20.4.
    assert said[3].endswith("ha, function area Hills")
    assert told[TOMORROW].startswith("inside: patch ")
    assert told[TOMORROW].endswith(" ha, A1")


def test_what_leaves_by_a_rule_without_an_article(kept):
    told = lines_at(kept, 21.5, 14.5)
    assert told[ADJUSTMENT].splitlines()[:3] == [
        "leaves by C1, may: Populous villages may leave.",
        "  from Paper of the pattern",
        "  taken: chosen by balance",
    ]
    assert told[TOMORROW] == "outside"


def test_what_an_edit_wants(kept):
    told = lines_at(kept, 41.5, 22.5)
    assert told[ADJUSTMENT].splitlines() == [
        "comes inside by E, shall: A spring rises here.",
        "  edit e1, asked for by Yi county",
        "  taken: edit",
        f"  patch E-0502275-2595800, {BLOCK:.2f} ha, function area Lakes",
    ]
    assert told[TOMORROW] == f"inside: patch 2 of {BLOCK:.2f} ha, E"


def test_what_an_edit_refuses(kept):
    told = lines_at(kept, 25.5, 32.5)
    assert told[ADJUSTMENT].splitlines() == [
        "would leave by C1, may: Populous villages may leave.",
        "  from Paper of the pattern",
        "  edit e2 (refuse): Nobody lives there any more, asked for by Er county",
        "  not taken: edit",
        f"  patch C1-0503225-2597400, {VILLAGE:.2f} ha, function area Lakes",
    ]
    assert told[TOMORROW].startswith("inside: patch 1 of ")


def test_where_nothing_changes(kept):
    told = lines_at(kept, 55.5, 70.5)
    assert told[ADJUSTMENT] == "in no patch: nothing changes here"
    assert told[TOMORROW] == "outside"


def test_columns_are_not_told_again_until_they_are_stale(make_study):
    study = adjusted(make_study())
    assert study.run("red_line_adjustment", "red_line_next").code == 0
    told = lines_at(study, 25.5, 32.5)
    assert not {"red_line_adjustment", "red_line_next"} & set(told)
    # Of edits that are not told in a table nothing is known but that there is one.
    assert [line.strip() for line in told[ADJUSTMENT].splitlines()][1:3] == [
        "from Paper of the pattern",
        "not taken: edit",
    ]
    study.edit("populous_settlement_ha = { value = 5", "populous_settlement_ha = { value = 6")
    told = lines_at(study, 25.5, 32.5)
    assert not {TOMORROW, ADJUSTMENT} & set(told)
    assert told["red_line_adjustment"].startswith("patch C1-0503225-2597400, direction out")
    assert told["red_line_adjustment"].endswith("(stale: run again)")
    assert told["red_line_next"].startswith("patch 1, ")
