"""Which code made a number: the source of a step's module with all of shanshui that it leans on."""

from __future__ import annotations

import ast
import re
import sys
from functools import lru_cache
from pathlib import Path

from shanshui.data.files import digest_bytes, digest_file

PACKAGE = Path(__file__).parents[1]
_DATA_FILE = re.compile(r"[\w-]+\.(csv|toml)")


def code_key(module_name: str) -> str:
    """Give the fingerprint of a module's code.

    It covers the module, every module of shanshui that it imports, whatever those import, and every data
    file beside one of them that is named in a string. Comments and layout do not count.

    Parameters
    ----------
    module_name : str
        An imported module, of shanshui or of a study.

    Returns
    -------
    str
        Changes when, and only when, one of these changes.
    """
    file = sys.modules[module_name].__file__
    assert file is not None
    found: dict[str, str] = {}
    _follow(Path(file), found)
    return digest_bytes(*(f"{name} {digest}" for name, digest in sorted(found.items())))


def _follow(path: Path, found: dict[str, str]) -> None:
    name = path.relative_to(PACKAGE).as_posix() if path.is_relative_to(PACKAGE) else path.name
    if name in found:
        return
    digest, imports, data = _read(path, path.stat().st_mtime_ns)
    found[name] = digest
    for beside in data:
        found[f"{name}:{beside.name}"] = digest_file(beside)
    for imported in imports:
        _follow(imported, found)


@lru_cache(maxsize=512)
def _read(path: Path, changed: int) -> tuple[str, tuple[Path, ...], tuple[Path, ...]]:
    """Give a module's own fingerprint, the files of the shanshui modules it imports, and the data files it names."""
    tree = ast.parse(path.read_text("utf-8"))
    modules: set[str] = set()
    data: set[Path] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            modules.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            modules.add(node.module)
            modules.update(f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and _DATA_FILE.fullmatch(node.value):
            beside = path.with_name(node.value)
            if beside.is_file():
                data.add(beside)
    files = [_module_file(module) for module in sorted(modules) if module.split(".")[0] == PACKAGE.name]
    return digest_bytes(ast.dump(tree)), tuple(file for file in files if file), tuple(sorted(data))


def _module_file(module: str) -> Path | None:
    base = PACKAGE.joinpath(*module.split(".")[1:])
    for candidate in (base.with_suffix(".py"), base / "__init__.py"):
        if candidate.is_file():
            return candidate
    return None
