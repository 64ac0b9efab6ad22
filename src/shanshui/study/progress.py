"""How far a run has come."""

from __future__ import annotations

from typing import Protocol


class Progress(Protocol):
    """Who wants to know how far a run has come."""

    def start(self, tiles: int, words: str) -> None:
        """Begin a pass of so many tiles."""

    def advance(self) -> None:
        """Finish one tile."""


class Silence:
    """Nobody wants to know."""

    def start(self, tiles: int, words: str) -> None:
        """Begin a pass of so many tiles."""

    def advance(self) -> None:
        """Finish one tile."""
