"""shanshui (山水): from map layers and tables to the decisions that protect an ecological region."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from shanshui.study.study import Study as Study
    from shanshui.study.study import open_study as open_study

__version__ = "0.1.0"
__all__ = ["Study", "open_study"]


def __getattr__(name: str) -> Any:
    # Imported when first used, so that `shanshui --help` needs no scientific library.
    if name in __all__:
        from shanshui.study import study

        return getattr(study, name)
    raise AttributeError(f"module 'shanshui' has no attribute {name!r}")
