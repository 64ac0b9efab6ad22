"""Run the benchmarks: ``python -m benchmarks [--quick] [NAME ...]``."""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from benchmarks import (
    decisions,
    draws,
    faces,
    flow,
    grading,
    grid_plan,
    habitat,
    memory,
    months,
    one_pass,
    services,
    trends,
    unit_plan,
    zone_sums,
)

BENCHMARKS = {
    "one_pass": one_pass.measure,
    "services": services.measure,
    "draws": draws.measure,
    "faces": faces.measure,
    "flow": flow.measure,
    "grading": grading.measure,
    "grid_plan": grid_plan.measure,
    "habitat": habitat.measure,
    "zone_sums": zone_sums.measure,
    "trends": trends.measure,
    "months": months.measure,
    "unit_plan": unit_plan.measure,
    "decisions": decisions.measure,
    "memory": memory.measure,
}


def main() -> None:
    """Run the benchmarks that were named, or all."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", default=list(BENCHMARKS), help="all by default: " + ", ".join(BENCHMARKS))
    parser.add_argument("--quick", action="store_true", help="small rasters, to see that it works")
    arguments = parser.parse_args()
    for name in arguments.names:
        with tempfile.TemporaryDirectory(prefix="shanshui-bench-") as folder:
            print(f"== {name}", flush=True)
            for line in BENCHMARKS[name](Path(folder), arguments.quick):
                print(line, flush=True)


main()
