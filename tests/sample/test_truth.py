import numpy as np
import pandas as pd
import pytest
import rasterio

CELL = 300.0  # m, 60 km over 200 cells
SEA = 44


def read(path):
    with rasterio.open(path) as source:
        return source.read(1)


@pytest.fixture(scope="module")
def maps(sample):
    """Both maps, the ecosystem of each cell at level 1 by the legend, the truth and the errors."""
    legend = pd.read_csv(sample / "inputs/land_cover_legend.csv")
    level1 = np.zeros(256, int)
    level1[legend["code"]] = legend["ecosystem"] // 10
    first, second = (read(sample / f"inputs/land_cover_{year}.tif") for year in (2000, 2020))
    truth, errors = read(sample / "truth/conversion.tif"), read(sample / "truth/map_errors.tif")
    return first, second, level1[first], level1[second], truth, errors


def test_truth_agrees_with_the_maps_where_they_do_not_err(maps):
    _, _, was, became, truth, errors = maps
    right = errors == 0
    mapped = np.where(was == became, 0, was * 10 + became)
    np.testing.assert_array_equal(mapped[right], truth[right])


def test_a_map_that_errs_alone_differs_from_the_truth(maps):
    first, second, _, _, truth, errors = maps
    alone = ((errors == 1) | (errors == 2)) & (truth == 0)
    assert alone.any()
    assert (first[alone] != second[alone]).all()


def test_maps_err_in_three_cells_of_a_thousand(maps):
    first, _, _, _, truth, errors = maps
    region = (truth != 255) & (first != SEA)
    for bit in (1, 2):
        wrong = np.count_nonzero(errors[region] & bit)
        expected = 0.003 * np.count_nonzero(region)
        assert abs(wrong - expected) < 4.0 * np.sqrt(expected)
    assert not errors[(first == SEA) & (truth != 255)].any()


def test_five_to_eight_percent_of_the_land_changed(maps):
    first, _, _, _, truth, _ = maps
    land = (truth != 255) & (first != SEA)
    assert 0.05 < np.mean(truth[land] > 0) < 0.08


def test_the_table_sums_the_raster(sample, maps):
    truth = maps[4]
    table = pd.read_csv(sample / "truth/conversions.csv")
    codes, cells = np.unique(truth[(truth > 0) & (truth < 255)], return_counts=True)
    assert (table["from"] * 10 + table["to"]).tolist() == codes.tolist()
    assert table["cells"].tolist() == cells.tolist()
    np.testing.assert_allclose(table["area_ha"], cells * CELL * CELL / 10_000.0)
    assert (table["from"] != table["to"]).all()


def test_the_conversions_that_were_asked_for_are_there(sample):
    table = pd.read_csv(sample / "truth/conversions.csv")
    pairs = set(zip(table["from"], table["to"], strict=True))
    # forest to fields and mines, fields to towns and back to forest, steppe to sand, marsh to fields
    assert {(1, 5), (1, 6), (5, 6), (5, 1), (3, 7), (4, 5)} <= pairs
    assert 9 <= len(pairs) <= 30


def test_truth_covers_the_region_and_only_it(maps):
    truth, errors = maps[4], maps[5]
    np.testing.assert_array_equal(truth == 255, errors == 255)
    assert truth[0].tolist() == [255] * truth.shape[1]
    assert truth[100, 100] != 255
