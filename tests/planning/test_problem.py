"""Plans in words: what they compile to, that they never change, and every fault that is found before solving."""

from __future__ import annotations

import numpy as np
import pytest

from shanshui.planning.answer import Answer, certified
from shanshui.planning.carriers import Cells, Units, areas_by_group, total
from shanshui.planning.classes import in_classes
from shanshui.planning.exact import solve_exact
from shanshui.planning.problem import Problem
from shanshui.planning.program import Program, frozen

from .plans import CHOICES, PARTS, small_plan


def four() -> Units:
    """Four units in a ring of areas 1, 2, 3, 4."""
    return Units([1, 2, 3, 4], [0, 1, 2, 3], [1, 2, 3, 0], [1, 1, 1, 2], exposed=[1, 0, 0, 1])


def plan() -> Problem:
    return Problem(four()).maximise([4, 3, 2, 1], "importance")


def faults(problem: Problem) -> dict[str, str]:
    return {found.key: f"{found.fault}; {found.mend}" for found in problem.check() if found.severity == "error"}


# ------------------------------------------------------------------ what it compiles to


def test_the_compiled_form_by_hand():
    problem = (
        plan()
        .area_budget(6)
        .area_target(2)
        .minimum_share([5, 5, 7, -1], {5: 0.5, 7: 0.25}, labels={7: "wetland"})
        .target("crane", [0, 2, 2, 0], share=0.25, unit="ha")
        .target("panda", [1, 0, 0, 1], least=1.5)
        .locked_in([True, False, False, False], "park")
        .locked_out([False, False, True, False], "town")
        .boundary_price(0.5, multiplier=[1, 1, 0, 2])
    )
    program = problem.compile()
    # Weights less half the exposed length; the third edge costs nothing and is gone, the fourth costs 0.5 x 2 x 2.
    assert program.weight.tolist() == [3.5, 3.0, 2.0, 0.5]
    assert list(zip(program.first, program.second, program.price, strict=True)) == [
        (0, 1, 0.5),
        (1, 2, 0.5),
        (3, 0, 2.0),
    ]
    assert program.names == (
        "area budget",
        "area target",
        "share of function area 5",
        "share of function area wetland",
        "target of crane",
        "target of panda",
    )
    assert program.matrix.toarray().tolist() == [
        [1, 2, 3, 4],
        [1, 2, 3, 4],
        [1, 2, 0, 0],
        [0, 0, 3, 0],
        [0, 2, 2, 0],
        [1, 0, 0, 1],
    ]
    assert program.lower.tolist() == [-np.inf, 2, 1.5, 0.75, 1, 1.5]
    assert program.upper.tolist() == [6, np.inf, np.inf, np.inf, np.inf, np.inf]
    assert program.units == ("km2", "km2", "km2", "km2", "ha", "")
    np.testing.assert_array_equal(program.whole, [np.nan, np.nan, 3, 3, 4, np.nan])
    assert program.fixed.tolist() == [1, -1, 0, -1]


def test_a_cost_is_a_negative_weight_and_two_prices_add_up():
    problem = Problem(four()).minimise([1, 2, 3, 4]).boundary_price(0.5).boundary_price(1, outside=False)
    program = problem.compile()
    assert program.weight.tolist() == [-1.5, -2, -3, -4.5]
    assert program.price.tolist() == [1.5, 1.5, 1.5, 3.0]
    assert program.matrix.shape == (0, 4)


def test_cells_compile_to_their_sides():
    """Of 2 x 3 cells one has no data; widths 2 and 3, heights 5 and 7."""
    mask = np.array([[True, True, True], [True, False, True]])
    value = np.array([[1, 2, 3], [4, np.nan, 6]])
    cells = Cells(mask, [10, 20], width=[2, 3], height=[5, 7])
    program = Problem(cells).maximise(value).area_budget(50).boundary_price(1).compile()
    assert list(zip(program.first, program.second, program.price, strict=True)) == [
        (0, 1, 5),
        (1, 2, 5),
        (0, 3, 2),
        (2, 4, 2),
    ]
    # Outside: of cell 0 above 2 and left 5; 1 above 2 and below 2; 2 above 2 and right 5; 3 left 7, right 7, below 3.
    assert program.weight.tolist() == [1 - 7, 2 - 4, 3 - 7, 4 - 17, 6 - 17]
    assert program.matrix.toarray().tolist() == [[10, 10, 10, 20, 20]]
    assert cells.place(np.array([True, False, False, False, True])).tolist() == [
        [True, False, False],
        [False, False, True],
    ]


def test_multipliers_of_the_sides_of_cells():
    """As above; the side right of cell 0 is half as dear, that below the middle cell of row 1 (no data) three times."""
    mask = np.array([[True, True, True], [True, False, True]])
    right, below = np.ones((2, 2, 3))
    right[0, 0], below[0, 1], right[1, 0], right[1, 2] = 0.5, 3, 2, 100
    cells = Cells(mask, [10, 20], width=[2, 3], height=[5, 7])
    program = Problem(cells).maximise(np.ones((2, 3))).boundary_price(1, multiplier=(right, below)).compile()
    assert program.price.tolist() == [2.5, 5, 2, 2]
    # Cell 1: above 2, below 3 x 2; cell 3: left 7, right 2 x 7, below 3; the end of the grid has no multiplier.
    assert program.weight.tolist() == [1 - 7, 1 - 8, 1 - 7, 1 - 24, 1 - 17]


def test_areas_of_single_cells():
    cells = Cells([[True, False], [True, True]], [[1, 2], [3, 4]], [1, 1], [1, 1])
    assert total(cells) == 8
    assert areas_by_group(cells, np.array([[0, 0], [2, 0]])).tolist() == [5, 0, 3]
    assert Problem(cells).maximise(np.ones((2, 2))).area_budget(5).compile().matrix.toarray().tolist() == [[1, 3, 4]]


def test_sums_go_band_by_band(monkeypatch):
    monkeypatch.setattr("shanshui.planning.carriers.BAND_CELLS", 8)
    cells = Cells(np.arange(20).reshape(5, 4) != 7, np.arange(1.0, 6), np.ones(5), np.ones(5))
    assert [(band.start, band.stop) for band in cells.bands()] == [(0, 2), (2, 4), (4, 5)]
    # 4 of 1, 3 of 2, 4 of 3, 4 and 5.
    assert total(cells) == 4 + 6 + 12 + 16 + 20
    rows = np.repeat(np.arange(5), 4).reshape(5, 4)
    assert areas_by_group(cells, rows, rows < 4).tolist() == [4, 6, 12, 16, 0]
    assert total(cells, rows.astype(float), rows != 2) == 0 * 4 + 3 + 4 * 3 + 4 * 4


def test_the_tree_can_be_read():
    problem = plan().area_budget(6).area_target(2).minimum_share([5, 5, 7, -1], {5: 0.5, 7: 0.25})
    problem = problem.target("crane", [0, 2, 2, 0], share=0.25, unit="ha").target("panda", [1, 0, 0, 1], least=1.5)
    problem = problem.locked_in([True, False, True, False], "park").boundary_price(
        0.5, outside=False, multiplier=[1] * 4
    )
    assert str(problem).splitlines() == [
        "red_line: 4 units, 10 km2, 4 edges",
        "├─ maximise importance: 10 in all",
        "├─ area budget: at most 6 km2",
        "├─ area target: at least 2 km2",
        "├─ share of function area: at least 25 to 50 % of each of 2",
        "├─ target of crane: at least 25 % of 4 ha",
        "├─ target of panda: at least 1.5 of 2",
        "├─ park locked in: 2 units, 4 km2",
        "└─ boundary: 0.5 a km, the outside free, single edges by a multiplier",
    ]
    assert str(Problem(four()).minimise([1, 2, 3, 4], "price").locked_out([False] * 3 + [True])).splitlines()[1:] == [
        "├─ minimise price: 10 in all",
        "└─ excluded area locked out: 1 unit, 4 km2",
    ]


# ------------------------------------------------------------------ nothing ever changes


def test_every_verb_leaves_the_old_plan_as_it_was():
    old = plan()
    before = str(old), old.terms
    verbs = [
        old.area_budget(3),
        old.area_target(3),
        old.minimum_share([1, 1, 2, 2], 0.5),
        old.target("crane", [1, 1, 1, 1], share=0.5),
        old.locked_in([True, False, False, False]),
        old.locked_out([True, False, False, False]),
        old.boundary_price(1),
    ]
    assert (str(old), old.terms) == before
    assert len({id(new) for new in [old, *verbs]}) == 8
    assert all(len(new.terms) == 2 for new in verbs)


def test_arrays_of_the_caller_are_copied_and_frozen():
    value, park = np.array([4.0, 3, 2, 1]), np.array([True, False, False, False])
    group = np.array([0, 0, 1, 1])
    problem = Problem(four()).maximise(value).locked_in(park, "park").minimum_share(group, 0.5)
    first = solve_exact(problem.compile())
    value[:], park[:], group[:] = 0, False, 0
    second = solve_exact(problem.compile())
    assert first.selected.tolist() == second.selected.tolist()
    assert first.value == second.value == 10.0
    for array in (problem.terms[0].values, problem.terms[1].where, problem.terms[2].group, problem.carrier.area):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 1
    for array in (problem.compile().weight, problem.compile().matrix.data, first.selected):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 1


def test_solving_twice_gives_the_same_and_a_relative_plan_does_not_disturb_it():
    """The case of prioritizr #92: a changed copy was solved, then the first again, with the locks of the copy."""
    base = plan().area_budget(5)
    first = solve_exact(base.compile())
    other = solve_exact(base.locked_in([False, False, False, True]).compile())
    assert other.selected[3]
    again = solve_exact(base.compile())
    assert first.selected.tolist() == again.selected.tolist() == [True, True, False, False]


def test_a_frozen_array_is_not_copied_but_a_view_is():
    owner = np.ones(3)
    owner.flags.writeable = False
    assert frozen(owner, np.float64) is owner
    assert frozen(owner, np.float32) is not owner
    base = np.ones(3)
    view = base[:]
    view.flags.writeable = False
    kept = frozen(view, np.float64)
    base[0] = 5
    assert kept[0] == 1


# ------------------------------------------------------------------ faults


def test_a_sound_plan_has_no_faults():
    problem = plan().area_budget(6).area_target(2).minimum_share([5, 5, 7, -1], 0.5, labels={5: "a"})
    problem = problem.target("crane", [0, 2, 2, 0], share=0).target("panda", [1, 0, 0, 1], least=2)
    problem = problem.locked_in([True, False, False, False]).locked_out([False, False, False, True]).boundary_price(0)
    assert problem.check() == []


@pytest.mark.parametrize(
    ("problem", "key", "text"),
    [
        (Problem(four()), "objective", "is given 0 times; give just one"),
        (plan().minimise([1, 1, 1, 1]), "objective", "is given 2 times; give just one"),
        (Problem(four()).maximise([0, 0, 0, 0], "worth"), "objective", "worth is 0 everywhere"),
        (Problem(four()).maximise([1, -1, 1, -2], "worth"), "objective", "worth is negative in 2 units"),
        (Problem(four()).maximise([1, np.nan, 1, np.inf]), "objective", "value is not a number in 2 units"),
        (Problem(four()).maximise([1, 2, 3]), "objective", "value has the shape (3,), not (4,)"),
        (plan().area_budget(0), "area_budget", "is 0; give an area above 0"),
        (plan().area_budget(np.nan), "area_budget", "is nan; give an area above 0"),
        (plan().area_target(np.inf), "area_target", "is inf; give an area above 0"),
        (plan().area_target(-1), "area_target", "is -1; give an area above 0"),
        (plan().area_target(10.5), "area_target", "is 10.5 km2, but only 10 km2 exist; lower it to at most 10 km2"),
        (plan().area_budget(5).area_budget(6), "", "area budget is given 2 times; give it once"),
        (
            plan().minimum_share([1, 1, 2, 2], {1: 1.2}),
            "minimum_share.1",
            "share of function area 1 is 1.2; give a share from",
        ),
        (plan().minimum_share([1, 1, 2, 2], {2: -0.1}), "minimum_share.2", "is -0.1; give a share from 0 to 1"),
        (plan().minimum_share([1, 1, 2, 2], {2: np.nan}), "minimum_share.2", "is nan; give a share"),
        (plan().minimum_share([1, 1, 2, 2], {3: 0.5}), "minimum_share.3", "function area 3 has no unit"),
        (plan().minimum_share([1, 1, 3, 3], {2: 0.5}), "minimum_share.2", "function area 2 has no unit"),
        (
            plan().minimum_share([1, 1, 2, 2], 0.5, kind="basin", labels={4: "Yi"}),
            "minimum_share.Yi",
            "basin Yi has no unit",
        ),
        (plan().minimum_share([-1] * 4, 0.5), "minimum_share", "finds no function area at all"),
        (plan().minimum_share([1, 2], 0.5), "minimum_share", "has groups of the shape (2,), not (4,)"),
        (
            plan().minimum_share([1, 1, 2, 2], 0.5).locked_out([False, False, True, True]),
            "minimum_share.2",
            "function area 2 has no candidate: all of it is locked out",
        ),
        (plan().target("crane", [0, 0, 0, 0], share=0.5), "target.crane", "crane does not occur anywhere"),
        (plan().target("crane", [1, 1, 0, 0], least=3, unit="ha"), "target.crane", "is 3 ha, but only 2 ha exist"),
        (
            plan().target("crane", [1, 1, 0, 0], share=1.5),
            "target.crane",
            "is a share of 1.5; give a share from 0 to 1",
        ),
        (plan().target("crane", [1, 1, 0, 0], share=np.nan), "target.crane", "is a share of nan"),
        (plan().target("crane", [1, 1, 0, 0], least=-1), "target.crane", "is -1; give an amount of 0 or more"),
        (plan().target("crane", [1, 1, 0, 0]), "target.crane", "or neither of them; give just one of the two"),
        (plan().target("crane", [1, 1, 0, 0], least=1, share=0.1), "target.crane", "give just one of the two"),
        (plan().target("crane", [1, -1, 0, 0], share=0.1), "target.crane", "crane is negative in 1 units"),
        (plan().target("crane", [1, np.nan, 0, 0], share=0.1), "target.crane", "crane is not a number in 1 units"),
        (plan().target("crane", [1, 1], share=0.1), "target.crane", "has the shape (2,), not (4,)"),
        (plan().target("a", [1] * 4, share=0.1).target("a", [1] * 4, share=0.2), "", "a is given 2 times"),
        (
            plan().locked_in([True, True, True, False], "park").locked_out([False, True, True, False], "town"),
            "locked_in",
            "2 units (5 km2) are locked in (park) and locked out (town); say which of the two wins",
        ),
        (plan().locked_in([True, False]), "locked_in", "given area has the shape (2,), not (4,)"),
        (plan().locked_out([True, False], "town"), "locked_out", "town has the shape (2,), not (4,)"),
        (plan().boundary_price(-1), "boundary_price", "is -1; give a price of 0 or more"),
        (plan().boundary_price(np.nan), "boundary_price", "is nan; give a price of 0 or more"),
        (
            plan().boundary_price(1, multiplier=[1, 1]),
            "boundary_price",
            "has multipliers that do not fit; give one for",
        ),
        (plan().boundary_price(1, multiplier=[1, 1, 1, -1]), "boundary_price", "multipliers that are negative"),
        (plan().boundary_price(1, multiplier=[1, 1, 1, np.nan]), "boundary_price", "multipliers that are negative"),
        (Problem(Units([1, 2])).maximise([1, 1]).boundary_price(1), "boundary_price", "has no edges to price"),
        (Problem(Units([])).maximise([]), "units", "hold nothing to decide on"),
        (Problem(Units([1, 0])).maximise([1, 1]), "units", "have areas that are not above 0"),
        (Problem(Units([1, -1])).maximise([1, 1]), "units", "have areas that are not above 0"),
        (Problem(Units([1, np.nan])).maximise([1, 1]), "units", "have areas that are not above 0"),
        (
            Problem(Units([1, 1], [0], [2], [1])).maximise([1, 1]),
            "units",
            "to units that do not exist; number the units",
        ),
        (Problem(Units([1, 1], [-1], [1], [1])).maximise([1, 1]), "units", "to units that do not exist"),
        (Problem(Units([1, 1], [1], [1], [1])).maximise([1, 1]), "units", "have edges from a unit to itself"),
        (Problem(Units([1, 1], [0], [1], [-1])).maximise([1, 1]), "units", "lengths that are negative or not a number"),
        (Problem(Units([1, 1], [0], [1], [np.nan])).maximise([1, 1]), "units", "lengths that are negative or not"),
        (Problem(Units([1, 1], exposed=[1, -1])).maximise([1, 1]), "units", "lengths that are negative or not"),
        (Problem(Units([1, 1], [0, 1], [1], [1])).maximise([1, 1]), "units", "edges that do not fit each other"),
        (Problem(Units([1, 1], [0], [1, 0], [1])).maximise([1, 1]), "units", "edges that do not fit each other"),
        (Problem(Units([1, 1], exposed=[1, 1, 1])).maximise([1, 1]), "units", "edges that do not fit each other"),
        (Problem(Cells([[False]], [1], [1], [1])).maximise([[1]]), "units", "hold nothing to decide on"),
        (
            Problem(Cells([[True]], [1, 2], [1], [1])).maximise([[1]]),
            "units",
            "areas or sides that do not fit the rows",
        ),
        (
            Problem(Cells([[True]], [1], [1, 2], [1])).maximise([[1]]),
            "units",
            "areas or sides that do not fit the rows",
        ),
        (Problem(Cells([[True]], [1], [1], [])).maximise([[1]]), "units", "areas or sides that do not fit the rows"),
        (
            Problem(Cells([[True]], [1], [-1], [1])).maximise([[1]]),
            "units",
            "lengths that are negative or not a number",
        ),
        (
            Problem(Cells([[True]], [1], [1], [-1])).maximise([[1]]),
            "units",
            "lengths that are negative or not a number",
        ),
        (
            Problem(Cells([[True]], [1], [1], [1])).maximise([[1]]).boundary_price(1, multiplier=[[1]]),
            "boundary_price",
            "give two arrays of the shape of the grid",
        ),
        # What plain sums show to leave no room.
        (
            plan().area_budget(5).locked_in([False, False, True, True], "park"),
            "area_budget",
            "is 5 km2, but 7 km2 are locked in (park); raise it to at least 7 km2 or lock in less",
        ),
        (plan().area_budget(3).area_target(4), "area_budget", "is 3 km2, below the area target of 4 km2; raise it"),
        (
            # 0.5 x (1 + 2) + 0.5 x 3 = 3, with 4 locked in outside both; what is left for the 3 of the shares is 2.
            plan().area_budget(6).minimum_share([1, 1, 2, -1], 0.5).locked_in([False, False, False, True], "park"),
            "area_budget",
            "the shares of each function area need 7 km2 together; raise it, or lower what the shares add to the locks "
            "to 66.67 % of it",
        ),
        (
            # 2 of the first group's 3 are locked in, above its share of 1.5: with 0.5 x 3 and nothing else 3.5.
            plan().area_budget(3.2).minimum_share([1, 1, 2, -1], 0.5).locked_in([False, True, False, False], "park"),
            "area_budget",
            "need 3.5 km2 together; raise it, or lower what the shares add to the locks to 80 % of it",
        ),
        (
            plan().area_budget(1.5).locked_out([True, False, False, False]),
            "area_budget",
            "is 1.5 km2, less than the smallest that can be chosen: the plan would be empty",
        ),
        (
            plan().locked_out([True] * 4),
            "locked_out",
            "leaves nothing to choose: the plan would be empty; lock out less",
        ),
    ],
)
def test_every_fault_has_key_fault_and_mend(problem, key, text):
    found = faults(problem)
    at = f"red_line.{key}".rstrip(".")
    assert at in found
    assert text in found[at]
    assert len(found) == 1


def test_many_faults_are_found_at_once():
    problem = (
        Problem(four(), key="plan")
        .maximise([1, 1, -1, np.nan])
        .area_target(99)
        .minimum_share([1, 1, 2, 2], {1: 1.5, 9: 0.5})
        .target("crane", [0] * 4, share=0.5)
        .locked_in([True] * 4, "park")
        .locked_out([True] * 4, "town")
        .boundary_price(-1)
    )
    assert set(faults(problem)) == {
        "plan.objective",
        "plan.area_target",
        "plan.minimum_share.1",
        "plan.minimum_share.9",
        "plan.target.crane",
        "plan.locked_in",
        "plan.boundary_price",
    }


def test_limits_met_exactly_are_no_faults():
    """Sums of tenths are not what they seem in float64: 0.1 + 0.2 is more than 0.3."""
    units = Units([0.1, 0.2, 0.7])
    problem = Problem(units).maximise([1, 1, 1]).area_target(1.0).target("crane", [0.1, 0.2, 0], least=0.3)
    assert problem.check() == []
    locked = Problem(units).maximise([1, 1, 1]).area_budget(0.3).locked_in([True, True, False])
    assert locked.check() == []


def test_nodata_holes_are_no_decision_and_not_looked_at():
    mask = np.array([[True, False], [True, True]])
    value = np.where(mask, 1.0, np.nan)
    group = np.where(mask, 3, 99)
    problem = Problem(Cells(mask, [1, 1], [1, 1], [1, 1])).maximise(value).minimum_share(group, 0.5)
    problem = problem.target("crane", np.where(mask, 1, -5), share=0.5).locked_in(~mask).locked_out(~mask)
    assert problem.check() == []
    assert problem.compile().fixed.tolist() == [-1, -1, -1]
    assert problem.compile().names == ("share of function area 3", "target of crane")


def test_islands_are_told_but_do_not_stop_the_plan():
    problem = Problem(Units([1, 1, 1], [0], [1], [1])).maximise([1, 1, 1]).boundary_price(1)
    (note,) = problem.check()
    assert (note.severity, note.key) == ("note", "red_line.boundary_price")
    assert "1 units are islands" in note.fault


# ------------------------------------------------------------------ answers and classes


def test_an_answer_below_its_own_bound_is_refused():
    with pytest.raises(ValueError, match="above the bound"):
        Answer(np.array([True]), 3.0, 1.0, 1.9, (), "test")
    # But for the rounding of sums, after which the bound is what was found.
    answer = Answer(np.array([True]), 3.0, 1.0, 2.0 - 1e-12, (), "test")
    assert (answer.bound, answer.gap, answer.proven) == (2.0, 0.0, True)
    assert Answer(np.array([True]), 0.0, 2.0, -1.0, (), "test").gap == 0.5
    assert not Answer(np.array([True]), 1.0, 0.0, 1.0 + 1e-8, (), "test").proven


def test_a_choice_that_breaks_something_is_never_an_answer():
    program = plan().area_budget(3).locked_in([True, False, False, False]).compile()
    for selected in ([True, False, True, False], [False, True, False, False]):
        with pytest.raises(ValueError, match="breaks a row or a lock"):
            certified(program, np.array(selected), bound=99, solver="test")
    answer = certified(program, np.array([True, True, False, False]), bound=8, solver="test", seed=7, multipliers=[0.5])
    assert (answer.value, answer.gap, answer.seed, answer.rows[0].multiplier) == (7.0, 0.125, 7, 0.5)


def test_arrays_that_do_not_fit_are_no_program():
    with pytest.raises(ValueError, match="do not fit"):
        Program([1, 2], [], [], [], np.ones((1, 3)), [0], [1], ("area",), [-1, -1])
    with pytest.raises(ValueError, match="do not fit"):
        Program([1, 2], [0], [1], [], np.ones((1, 2)), [0], [1], ("area",), [-1, -1])


def test_classes_reach_what_their_cells_reach():
    small = small_plan(2, frozenset(PARTS))
    problem = small.problem()
    classes = in_classes(problem)
    program, of_classes = problem.compile(), classes.compile()
    assert of_classes.names == program.names
    assert of_classes.size < 16
    np.testing.assert_allclose(of_classes.lower, program.lower)
    np.testing.assert_allclose(of_classes.upper, program.upper)
    np.testing.assert_allclose(of_classes.whole, program.whole)
    np.testing.assert_allclose(of_classes.matrix.sum(axis=1), program.matrix.sum(axis=1))
    for state in (0, 1):
        part = program.matrix[:, program.fixed == state].sum(axis=1)
        np.testing.assert_allclose(of_classes.matrix[:, of_classes.fixed == state].sum(axis=1), part)
    # Every class is of one group, of one lock, with or without each feature.
    kinds = {tuple(column) for column in (of_classes.matrix.toarray() > 0).T.tolist()}
    assert len(kinds) <= of_classes.size


def test_every_choice_is_there():
    assert CHOICES.shape == (65_536, 16)
    assert len(np.unique(np.packbits(CHOICES, axis=1), axis=0)) == 65_536
