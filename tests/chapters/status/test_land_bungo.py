"""The walk on real land cover: Bungo, 1990 to 2010, against counts and overlays made here from the raw files."""

import shutil

import numpy as np
import pyproj
import pytest
import rasterio

import shanshui
from shanshui.base.zones import OUTSIDE

pytestmark = pytest.mark.real
YEARS = (1990, 2000, 2005, 2010)


@pytest.fixture(scope="module")
def bungo(tmp_path_factory, shared_data, project):
    """Run the study of Bungo in a folder of our own; give its tables."""
    folder = tmp_path_factory.mktemp("bungo")
    example = project / "examples" / "bungo"
    shutil.copytree(example, folder, ignore=shutil.ignore_patterns("out"), dirs_exist_ok=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SHANSHUI_DATA", str(shared_data))
        with shanshui.open_study(folder) as study:
            names = ("zone_area", "land_area", "land_change", "land_transition")
            return {name: study.run(name) for name in names}


@pytest.fixture(scope="module")
def raw(shared_data):
    """Read a raw raster: its cells, where it has data, and its transform."""

    def read(name):
        with rasterio.open(shared_data / "bungo" / "raster" / name) as source:
            return source.read(1), source.read_masks(1) > 0, source.transform

    return read


def land_cover(raw, year):
    return raw(f"bungo_landcover_{year}r.tif")


def test_the_number_of_cells_of_every_class_is_that_of_a_plain_count(bungo, raw):
    area = bungo["land_area"]
    area = area[(area["zoning"] == "region") & (area["keyed_by"] == "land_cover")]
    for year in YEARS:
        cells, known, _ = land_cover(raw, year)
        codes, counts = np.unique(cells[known], return_counts=True)
        rows = area[(area["year"] == year) & (area["cells"] > 0)]
        found = dict(zip(rows["class_code"], rows["cells"], strict=True))
        assert found.pop("") == (~known).sum()
        assert found == dict(zip(map(str, codes.tolist()), counts.tolist(), strict=True))


def test_the_published_counts_are_met(bungo):
    # From the README beside the data: primary forest (1) and oil palm (17).
    area = bungo["land_area"].query("zoning == 'region' and keyed_by == 'land_cover'")
    cells = area.set_index(["class_code", "year"])["cells"]
    assert cells["1", 1990] == 187_871
    assert cells["1", 2010] == 76_226
    assert cells["17", 1990] == 41_857
    assert cells["17", 2010] == 107_307


def overlaps(first, cell, count, other_first, other_cell, other_count):
    """How much of each cell on one axis every cell on another axis covers [0 to 1], (count, other_count)."""
    low, high = first + cell * np.arange(count), first + cell * (np.arange(count) + 1)
    other_low = other_first + other_cell * np.arange(other_count)
    other_high = other_low + other_cell
    shared = np.minimum(high[:, None], other_high) - np.maximum(low[:, None], other_low)
    return np.clip(shared, 0, None) / cell


def areal_scale(transform, shape):
    """Area on the ellipsoid of cells in UTM 48 S, from the projection's factors at every tenth cell [m2]."""
    rows, columns = np.arange(0, shape[0] + 10, 10), np.arange(0, shape[1] + 10, 10)
    x = transform.c + transform.a * (columns + 0.5)
    y = transform.f + transform.e * (rows + 0.5)
    projection = pyproj.Proj("EPSG:32748")
    longitude, latitude = projection(*np.meshgrid(x, y), inverse=True)
    coarse = abs(transform.a * transform.e) / projection.get_factors(longitude, latitude).areal_scale
    along_rows = np.array([np.interp(np.arange(shape[0]), rows, column) for column in coarse.T])
    return np.array([np.interp(np.arange(shape[1]), columns, row) for row in along_rows.T])


@pytest.mark.parametrize("year", YEARS)
def test_zones_on_another_grid_agree_with_an_overlay_of_lengths_multiplied(bungo, raw, year):
    # Cells of both grids lie along the axes: the share of one in another is a product of two overlaps of lengths.
    cells, known, ours = land_cover(raw, year)
    zones, zoned, theirs = raw("bungo_zone.tif")
    down = overlaps(-ours.f, -ours.e, cells.shape[0], -theirs.f, -theirs.e, zones.shape[0])
    across = overlaps(ours.c, ours.a, cells.shape[1], theirs.c, theirs.a, zones.shape[1])
    area = areal_scale(ours, cells.shape) / 1e4
    rows = bungo["land_area"].query(f"zoning == 'plan_raster' and keyed_by == 'land_cover' and year == {year}")
    found = rows.set_index(["zone", "class_code"])["area_ha"]
    checked = 0
    for zone in np.unique(zones[zoned]).tolist():
        weights = area * (down @ ((zones == zone) & zoned).astype(float) @ across.T)
        totals = np.bincount(np.where(known, cells.astype(int), 300).ravel(), weights.ravel(), minlength=301)
        for code in np.flatnonzero(totals > 1e-6).tolist():
            expected = totals[code]
            # Shares are rounded to 2**-24 of a cell: nothing below a square metre can be told from it.
            assert found[str(zone), "" if code == 300 else str(code)] == pytest.approx(expected, rel=1e-6, abs=1e-4)
            checked += 1
    assert checked > 90


def test_zones_sum_to_the_region_in_every_year_and_class(bungo):
    area = bungo["land_area"]
    sums = area.groupby(["zoning", "keyed_by", "year", "class_code"])["area_ha"].sum()
    region = sums.xs("region", level="zoning")
    for zoning in ("planning_unit", "plan_raster", "mining", "customary_forest"):
        found = sums.xs(zoning, level="zoning")
        # Two units of the plan overlap a little; what they share counts in both.
        tolerance = 1e-9 if zoning != "planning_unit" else 1e-4
        np.testing.assert_allclose(
            found.sort_index(), region.sort_index(), rtol=tolerance, atol=1.0 * (tolerance > 1e-8)
        )


def test_every_table_counts_the_same_area(bungo):
    area = bungo["land_area"]
    total = area.query("zoning == 'region' and keyed_by == 'land_cover' and year == 1990")["area_ha"].sum()
    for keyed_by in ("land_cover", "ecosystem"):
        rows = bungo["land_transition"]
        rows = rows[(rows["zoning"] == "region") & (rows["keyed_by"] == keyed_by)]
        sums = rows.groupby(["year_from", "year_to"])["area_ha"].sum()
        assert len(sums) == 6
        np.testing.assert_allclose(sums, total, rtol=1e-9)
    change = bungo["land_change"]
    np.testing.assert_allclose(change["change_ha"], change["gain_ha"] - change["loss_ha"], rtol=1e-9, atol=1e-6)


def test_the_transitions_are_those_of_the_raw_cells(bungo, raw):
    before, known_before, _ = land_cover(raw, 1990)
    after, known_after, _ = land_cover(raw, 2010)
    both = known_before & known_after
    pairs, counts = np.unique(before[both].astype(int) * 1000 + after[both], return_counts=True)
    rows = bungo["land_transition"].query(
        "zoning == 'region' and keyed_by == 'land_cover' and year_from == 1990 and year_to == 2010"
    )
    rows = rows[(rows["from_code"] != "") & (rows["to_code"] != "")]
    found = dict(zip(rows["from_code"].astype(int) * 1000 + rows["to_code"].astype(int), rows["cells"], strict=True))
    assert found == dict(zip(pairs.tolist(), counts.tolist(), strict=True))


def test_the_mines_have_the_area_that_the_map_shows(bungo):
    zones = bungo["zone_area"].set_index(["zoning", "zone"])
    assert zones["map_area_ha"]["mining", "Mining Area"] == pytest.approx(49_438, abs=0.5)
    assert OUTSIDE not in zones.index.get_level_values("zone")
    # UTM at the edge of its zone: the map shows about two thousandths more than there is on the ellipsoid.
    ratio = zones["map_area_ha"] / zones["area_ha"]
    assert ratio.between(1.001, 1.0035).all()
