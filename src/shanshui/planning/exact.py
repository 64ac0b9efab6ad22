"""Small plans solved to the proven optimum."""

from __future__ import annotations

from shanshui.base.errors import Problem, StudyError
from shanshui.planning.answer import Answer, certified
from shanshui.planning.branch_and_bound import search
from shanshui.planning.conflicts import Conflict
from shanshui.planning.program import Program


def solve_exact(program: Program, *, seconds: float = 60.0, nodes: int | None = None, gap: float = 0.0) -> Answer:
    """Solve a small plan, if time allows to the proven optimum.

    Parameters
    ----------
    program : Program
        What is asked; some hundreds of units with edges, some thousands without.
    seconds : float
        Time after which the best plan found so far is given, with its bound.
    nodes : int, optional
        The same as a number of nodes of the search tree.
    gap : float
        Gap (share of the objective) at which the search ends.

    Returns
    -------
    Answer
        The plan; `Answer.proven` says whether it is the best one.

    Raises
    ------
    Conflict
        Where no choice keeps the rows and locks.
    StudyError
        Where the time was over before any plan was found.

    Notes
    -----
    See `search`.

    Examples
    --------
    >>> from scipy import sparse
    >>> area = sparse.csr_array([[1.0, 1.0, 1.0]])
    >>> program = Program([3, 1, 2.5], [0, 1], [1, 2], [1, 1], area, [0], [2], ("area",), [-1, -1, -1])
    >>> answer = solve_exact(program)
    >>> answer.selected.tolist(), answer.value, answer.proven
    ([True, False, True], 3.5, True)
    """
    found = search(program, seconds=seconds, nodes=nodes, gap=gap)
    if found.infeasible:
        raise Conflict(Problem("red_line", "no choice keeps all rows and locks", "ask for less in a row"))
    if found.selected is None:
        limit = f"{seconds:g} s" if nodes is None else f"{seconds:g} s or {nodes} nodes"
        raise StudyError(Problem("red_line", f"no plan was found within {limit}", "give more time or ask for less"))
    return certified(program, found.selected, bound=found.bound, solver="HiGHS")
