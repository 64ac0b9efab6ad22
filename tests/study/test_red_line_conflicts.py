"""The conflicts of the red line through the whole engine: beside its ledger, its inputs, and in any tiles."""

import numpy as np
import pandas as pd
import pytest
import shapely
from tests.study.conftest import COLUMNS, ROWS

LAYERS = """
[layers.ecological_importance]
path = "importance.tif"

[layers.service_importance]
path = "importance.tif"

[layers.service_importance_dominant]
path = "importance.tif"
"""
MANDATORY = """
[layers.protected_area]
path = "park.tif"

[layers.mandatory_protection]
path = "spring.tif"
"""
EXCLUDED = """
[layers.permanent_basic_farmland]
path = "farmland.tif"

[layers.excluded_land]
path = "mine.tif"

[methods]
red_line = "grade"

[policy.overrides]
smallest_patch_km2 = 0.05
"""
# Rows and columns of each; the park and the springs, and the farmland and the mine, share ground.
PLACES = {
    "park": ((5, 30), (10, 40)),
    "spring": ((20, 45), (30, 60)),
    "farmland": ((25, 50), (5, 50)),
    "mine": ((10, 28), (35, 70)),
}
TOWN = 4


@pytest.fixture
def disputed(study):
    random = np.random.default_rng(9)
    study.raster("importance.tif", random.integers(1, 4, (ROWS, COLUMNS)).astype(np.int32), nodata=-1)
    for name, (rows, columns) in PLACES.items():
        cells = np.zeros((ROWS, COLUMNS), np.float32)
        cells[slice(*rows), slice(*columns)] = 1
        # Less than the half of a cell does not count, where the one beside it does.
        cells[rows[1], slice(*columns)] = 0.4
        cells[rows[0] - 1, slice(*columns)] = 0.6
        study.raster(f"{name}.tif", cells, nodata=-1)
    study.add(LAYERS + MANDATORY + EXCLUDED)
    return study


def expected(study, known):
    """Cells by pair of kinds, counted from the inputs."""
    park, spring, farmland, mine = (study.cells(f"{name}.tif") >= 0.5 for name in PLACES)
    town = study.cells("land_cover_2020.tif") == TOWN
    inside = (("protected area", park), ("other mandatory protection", spring & ~park))
    outside = (
        ("construction land", town),
        ("permanent basic farmland", farmland & ~town),
        ("other excluded land", mine & ~farmland & ~town),
    )
    pairs = {(one, other): int((a & b & known).sum()) for one, a in inside for other, b in outside}
    return {pair: cells for pair, cells in pairs.items() if cells}


def read(study, name):
    return pd.read_csv(study.out / "tables" / f"{name}.csv")


def agreed(study, known):
    """The rows are those of the inputs, and sum to code 32 of the ledger."""
    found, ledger = read(study, "red_line_conflicts"), read(study, "red_line_ledger")
    assert found.set_index(["mandatory", "excluded"])["cells"].to_dict() == expected(study, known)
    told = ledger[ledger["code"] == 32]
    assert found["cells"].sum() == told["cells"].sum()
    assert found["area_ha"].sum() == pytest.approx(told["area_ha"].sum(), rel=1e-12)
    return found


def test_the_conflicts_are_those_of_the_inputs_and_sum_to_the_ledger(disputed):
    told = disputed.run("red_line_conflicts", "red_line_ledger")
    assert told.code == 0, told.err
    found = agreed(disputed, np.ones((ROWS, COLUMNS), bool))
    assert len(found) == 6
    # Cells of 100 m a side, measured on the ellipsoid: near to a hectare.
    assert found["area_ha"].to_numpy() == pytest.approx(found["cells"].to_numpy(), rel=2e-3)


def test_cells_on_the_border_count_whole_as_in_the_ledger(disputed, rectangle):
    # The border cuts the cells of a row of the park, and of a column of it, into halves.
    left, low, right, high = rectangle(9, 11, 60, 80).bounds
    disputed.boundary(shapely.box(left + 50, low, right, high - 50))
    told = disputed.run("red_line_conflicts", "red_line_ledger")
    assert told.code == 0, told.err
    known = np.zeros((ROWS, COLUMNS), bool)
    known[9:60, 11:80] = True
    agreed(disputed, known)


def test_no_row_where_nothing_is_mandatory(disputed):
    disputed.write(disputed.text.replace(MANDATORY, ""))
    told = disputed.run("red_line_conflicts", "red_line_ledger")
    assert told.code == 0, told.err
    assert read(disputed, "red_line_conflicts").empty
    assert 32 not in set(read(disputed, "red_line_ledger")["code"])


def test_the_bytes_do_not_depend_on_tiles_or_threads(disputed):
    found = []
    for tile, threads in ((32, "2"), (16, "1"), (64, "2")):
        disputed.write(disputed.text.replace("tile = 32", f"tile = {tile}").replace("tile = 16", f"tile = {tile}"))
        told = disputed.run("red_line_conflicts", "--threads", threads)
        assert told.code == 0, told.err
        found.append((disputed.out / "tables/red_line_conflicts.csv").read_bytes())
    assert found[0] == found[1] == found[2]
