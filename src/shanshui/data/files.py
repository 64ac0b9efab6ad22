"""Whole files or none: writing under a temporary name, and telling what a file holds."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Write a file under a temporary name beside it, and rename it when it is whole.

    Parameters
    ----------
    path : Path
        Where the file shall stand. Its folder is made.

    Yields
    ------
    Path
        The temporary name, of the same ending. An exception removes it and leaves what stood there before.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".part-{path.name}")
    try:
        yield temporary
        with temporary.open("rb+") as written:
            os.fsync(written.fileno())
        temporary.replace(path)
    finally:
        for leftover in temporary.parent.glob(f"{temporary.name}*"):
            leftover.unlink()


def digest_bytes(*parts: bytes | str) -> str:
    """Give the fingerprint of some bytes (blake2b, 16 bytes, as hexadecimal text)."""
    made = hashlib.blake2b(digest_size=16)
    for part in parts:
        made.update(part.encode() if isinstance(part, str) else part)
        made.update(b"\0")
    return made.hexdigest()


def digest_file(path: Path) -> str:
    """Give the fingerprint of a file's content, read in pieces."""
    made = hashlib.blake2b(digest_size=16)
    with path.open("rb") as file:
        while piece := file.read(1 << 20):
            made.update(piece)
    return made.hexdigest()


class Digests:
    """Fingerprints of files, remembered as long as a file's size and time of change stay the same.

    Parameters
    ----------
    memory : Path
        Where they are kept between runs. Losing it costs only time.
    """

    def __init__(self, memory: Path) -> None:
        self._memory = memory
        self._changed = False
        try:
            known = json.loads(memory.read_text("utf-8"))
        except (OSError, ValueError):
            known = {}
        if not isinstance(known, dict):
            known = {}
        self._known: dict[str, list[str | int]] = {
            k: v for k, v in known.items() if isinstance(v, list) and len(v) == 3
        }

    def __getitem__(self, path: Path) -> str:
        status = path.stat()
        key = str(path.resolve())
        entry = self._known.get(key)
        if entry is None or entry[:2] != [status.st_size, status.st_mtime_ns]:
            entry = self._known[key] = [status.st_size, status.st_mtime_ns, digest_file(path)]
            self._changed = True
        return str(entry[2])

    def save(self) -> None:
        """Remember them for the next run."""
        if self._changed:
            with replacing(self._memory) as temporary:
                temporary.write_text(json.dumps(self._known, indent=0, sort_keys=True), "utf-8")
            self._changed = False


def parts_of(path: Path) -> list[Path]:
    """Give every file that belongs to a data set: a shapefile has several."""
    if path.suffix.lower() != ".shp":
        return [path]
    kept = {".shp", ".dbf", ".shx", ".prj", ".cpg"}
    return sorted(part for part in path.parent.glob(f"{path.stem}.*") if part.suffix.lower() in kept)
