"""What is wrong with a study, said so that its owner can mend it."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal


@dataclass(frozen=True, order=True)
class Problem:
    """One fault: the key in study.toml it belongs to, what is wrong, and how to mend it.

    Parameters
    ----------
    key : str
        The key in study.toml, dotted (``layers.land_cover.path``).
    fault, mend : str
        What is wrong; what to do about it. Clauses without a full stop.
    severity : {"error", "note"}
        An error stops the run. A note says what was mended or left out, and the run goes on.

    Examples
    --------
    >>> print(Problem("grid.resolution", "is not given", "write the cell size in metres"))
    grid.resolution: is not given; write the cell size in metres
    """

    key: str
    fault: str
    mend: str
    severity: Literal["error", "note"] = "error"

    def __str__(self) -> str:
        return f"{self.key}: {self.fault}; {self.mend}" if self.mend else f"{self.key}: {self.fault}"


class Problems(list[Problem]):
    """Problems while they are being found."""

    def fault(self, key: str, fault: str, mend: str) -> None:
        """Add what stops the run."""
        self.append(Problem(key, fault, mend))

    def note(self, key: str, fault: str, mend: str = "") -> None:
        """Add what was mended or left out."""
        self.append(Problem(key, fault, mend, "note"))

    @property
    def fatal(self) -> bool:
        """Whether the run cannot go on."""
        return any(problem.severity == "error" for problem in self)


class StudyError(Exception):
    """Everything that is wrong with a study, all at once.

    Parameters
    ----------
    problems : Problem or iterable of Problem
        At least one; kept sorted by key, each once.
    """

    def __init__(self, problems: Problem | Iterable[Problem]) -> None:
        found = [problems] if isinstance(problems, Problem) else problems
        self.problems: tuple[Problem, ...] = tuple(sorted(set(found)))
        super().__init__("\n".join(str(problem) for problem in self.problems))

    def __reduce__(self) -> tuple[Any, ...]:
        """Say how it is built again, as when it comes from another process."""
        return type(self), (self.problems,), self.__dict__


# So many words are listed before the rest is counted.
LISTED = 24


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Name the known word that a misspelt one was probably meant to be.

    Parameters
    ----------
    word : str
        The word that is not known.
    known : iterable of str
        The words that are.

    Returns
    -------
    str
        A clause for `Problem.mend`.

    Examples
    --------
    >>> did_you_mean("resoltion", ["crs", "like", "resolution"])
    "did you mean 'resolution'?"
    >>> did_you_mean("colour", ["crs", "like"])
    'use one of: crs, like'
    """
    choices = sorted(known)
    close = difflib.get_close_matches(word, choices, n=1, cutoff=0.6)
    if close:
        return f"did you mean {close[0]!r}?"
    if not choices:
        return "leave it out"
    more = len(choices) - LISTED
    return "use one of: " + ", ".join(choices[:LISTED]) + (f" and {more} more" if more > 0 else "")
