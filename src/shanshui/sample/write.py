"""Writing a whole sample study."""

from collections.abc import Callable
from pathlib import Path

from shanshui.data.tables import write_table
from shanshui.sample.landscape import build_landscape
from shanshui.sample.legend import legend_table
from shanshui.sample.rasters import write_rasters
from shanshui.sample.study_file import readme_text, study_text
from shanshui.sample.zones import write_zones


def write_sample(
    directory: Path, size: int = 600, seed: int = 1, progress: Callable[[int, int], None] | None = None
) -> Path:
    """Write a sample study: a generated landscape whose terrain, rivers, land cover, people and borders hang together.

    Parameters
    ----------
    directory : of the study; made where it is missing
    size : cells a side of its rasters, over always the same 60 km x 60 km
    seed : of the landscape; the same seed and size give the same bytes
    progress : called with the tiles done and the tiles in all

    Returns
    -------
    Path
        the study's folder. Memory does not grow with the size.
    """
    directory = Path(directory)
    for folder in ("inputs", "truth"):
        (directory / folder).mkdir(parents=True, exist_ok=True)
    landscape = build_landscape(seed)
    write_zones(landscape, directory / "inputs")
    write_table(directory / "inputs/land_cover_legend.csv", legend_table())
    write_rasters(landscape, directory, size, progress)
    (directory / "README.md").write_text(readme_text(size, seed), encoding="utf-8", newline="\n")
    (directory / "study.toml").write_text(study_text(size, seed), encoding="utf-8", newline="\n")
    return directory
