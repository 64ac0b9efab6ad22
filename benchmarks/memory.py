"""Peak memory of a run at 4,000 and at 16,000 cells a side."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from benchmarks.landscape import write_study

RUN = """
import resource, sys
from shanshui.study.study import open_study
with open_study(sys.argv[1], trust=True) as study:
    study.make()
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


def measure(folder: Path, quick: bool) -> Iterator[str]:
    """Print the peak resident memory of both, and their ratio."""
    peaks = []
    for side in (1000, 4000) if quick else (4000, 16000):
        study = write_study(folder / str(side), side, ("rain", "evapotranspiration", "runoff_share"), ("water_kept",))
        (study / "steps.py").write_text(_only_water((study / "steps.py").read_text()))
        # Twice: the first run compiles the kernels.
        for _ in range(2):
            for product in (study / "out").rglob("*"):
                if product.is_file():
                    product.unlink()
            told = subprocess.run([sys.executable, "-c", RUN, str(study)], capture_output=True, text=True, check=True)
        peaks.append(int(told.stdout.split()[-1]) / 1024)
        yield f"{side:6d} x {side:<6d} peak {peaks[-1]:7.0f} MB"
    yield f"ratio {peaks[1] / peaks[0]:.2f}"


def _only_water(steps: str) -> str:
    """Keep the first step and its kernel."""
    head, rest = steps.split("@step\ndef soil_lost", 1)
    kernel = rest.split("@numba.njit(cache=True, nogil=True)\ndef _water", 1)[1].split("@numba.njit", 1)[0]
    return f"{head}@numba.njit(cache=True, nogil=True)\ndef _water{kernel}"
