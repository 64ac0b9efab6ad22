"""A hundred draws of water, soil and sand beside one plain run of the same products."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks.services import write_study
from shanshui.study.study import open_study

PRODUCTS = ("water_conservation", "soil_retention", "sand_fixation")
DRAWS = 100
UNCERTAIN = """
[uncertainty.precipitation]
distribution = "normal"
relative = true
standard_deviation = 0.05

[uncertainty.runoff_coefficients_gong_2017]
distribution = "normal"
relative = true
standard_deviation = 0.2

[uncertainty.cover_management_table]
distribution = "triangular"
relative = true
low = 0.6
high = 1.4

[uncertainty.wind_erosion_distance]
distribution = "normal"
relative = true
standard_deviation = 0.1

[uncertainty.sand_content]
distribution = "normal"
relative = true
standard_deviation = 0.02
"""


def measure(folder: Path, quick: bool) -> Iterator[str]:
    """Print the seconds of a plain run, those of a hundred draws, and their ratio."""
    side, draws = (500, 20) if quick else (1500, DRAWS)
    study = write_study(folder / "study", side)
    with (study / "study.toml").open("a") as file:
        file.write(UNCERTAIN)

    def seconds(draws: int) -> float:
        shutil.rmtree(study / "out", ignore_errors=True)
        begun = time.perf_counter()
        with open_study(study) as opened:
            if draws:
                opened.draw(PRODUCTS, draws=draws)
            else:
                opened.make(PRODUCTS)
        return time.perf_counter() - begun

    seconds(0)
    plain = min(seconds(0), seconds(0))
    yield f"{len(PRODUCTS)} products, {side} x {side} cells, 2 threads"
    yield f"plain run             {plain:7.2f} s"
    drawn = seconds(draws)
    yield f"{draws} draws, mean and standard deviation {drawn:7.2f} s   {drawn / plain:.1f} times the plain run"
