"""Floor 2: the chapters of the paper. They meet by the names of their quantities, never by import."""

from __future__ import annotations

import importlib
import pkgutil
from functools import lru_cache
from pathlib import Path

from shanshui.base.catalogue import Catalogue


@lru_cache(maxsize=1)
def catalogue() -> Catalogue:
    """Give every quantity and step of every chapter.

    Returns
    -------
    Catalogue
        Chapters in the order of their names; methods in the order in which they are written.
    """
    root = Path(__file__).parent
    found = pkgutil.walk_packages([str(root)], prefix=f"{__name__}.")
    modules = [importlib.import_module(module.name) for module in found if not module.ispkg]
    return Catalogue(sorted(root.glob("*/**/*.toml")), modules)
