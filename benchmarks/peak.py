"""The peak memory of a process of its own."""

from __future__ import annotations

from pathlib import Path


def peak_kilobytes() -> int:
    """Give the most memory that this program has held since it began [KB].

    `resource.getrusage` would tell that of the process which started it where that was greater: Linux carries it over
    into the new program.
    """
    status = Path("/proc/self/status").read_text()
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM"))
