"""Floor 1: rules and parameters as dated data, each with its source and status; and what decides by them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from shanshui.policy.engine.decisions import Decision as Decision
    from shanshui.policy.engine.decisions import Parcel as Parcel
    from shanshui.policy.engine.decisions import decide as decide
    from shanshui.policy.engine.decisions import decide_all as decide_all

__all__ = ["Decision", "Parcel", "decide", "decide_all"]


def __getattr__(name: str) -> Any:
    # Imported when first used: whoever wants parameters needs no geometry.
    if name in __all__:
        from shanshui.policy.engine import decisions

        return getattr(decisions, name)
    raise AttributeError(f"module 'shanshui.policy' has no attribute {name!r}")
