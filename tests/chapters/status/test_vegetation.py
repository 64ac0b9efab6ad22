import itertools

import numpy as np
import pandas as pd
import pytest

from shanshui.base.step import Series
from shanshui.base.zones import ZoneCover
from shanshui.chapters import catalogue
from shanshui.chapters.status.vegetation import (
    NDVI_EDGES,
    ndvi,
    ndvi_histogram,
    vegetation_cover,
    vegetation_end_points,
)
from shanshui.chapters.status.vegetation_findings import vegetation_findings
from shanshui.chapters.status.vegetation_rain import (
    dryland_by_aridity,
    dryland_by_rain,
    rain_explained_share,
    rain_use_efficiency_of_npp,
    residual_slope,
    residual_trend_z,
)
from shanshui.chapters.status.vegetation_trends import (
    MEASURES,
    Z_EDGES,
    change,
    compared_years,
    slope,
    stable_slopes,
    trend,
    trend_histogram,
    trend_statistic,
    trend_threshold,
)
from shanshui.chapters.status.vegetation_zones import (
    by_zone,
    trend_tally,
    vegetation_by_zone,
    vegetation_change,
    vegetation_trend,
    zone_sums,
)

YEARS = range(2011, 2021)


def months(**values):
    """One cell; the months that are given, the others missing."""
    cells = np.full((12, 1, 1), np.nan, np.float32)
    for name, value in values.items():
        cells[int(name[1:]) - 1] = value
    return cells


def everywhere(shape):
    nothing = np.empty(0)
    return ZoneCover(
        np.zeros(shape, np.int32), np.zeros((1, 1), np.int32), nothing.astype(int), nothing.astype(np.int32), nothing
    )


def halves(rows, columns):
    """Region 0 (outside 1); zones 2 west and 3 east (outside 4): signatures 0 and 1."""
    signature = np.zeros((rows, columns), np.int32)
    signature[:, columns // 2 :] = 1
    nothing = np.empty(0)
    members = np.array([[0, 2], [0, 3]], np.int32)
    return ZoneCover(signature, members, nothing.astype(int), nothing.astype(np.int32), nothing)


ZONES = pd.DataFrame(
    {
        "zoning": ["region", "region", "half", "half", "half"],
        "zone": ["region", "(outside)", "w", "e", "(outside)"],
        "name": ["Region", "(outside)", "West", "East", "(outside)"],
    }
)


# The growing season


def test_the_mean_is_over_the_months_of_the_season_that_are_known():
    cells = months(m4=0.2, m5=0.4, m6=0.6, m1=0.9, m12=0.9)
    assert ndvi(cells, growing_season_start=4, growing_season_end=6).item() == pytest.approx(0.4)
    cells = months(m4=0.2, m6=0.6)
    assert ndvi(cells, growing_season_start=4, growing_season_end=6).item() == pytest.approx(0.4)


def test_more_than_half_of_the_season_missing_is_no_data():
    assert np.isnan(ndvi(months(m4=0.2), growing_season_start=4, growing_season_end=6).item())
    assert ndvi(months(m4=0.2), growing_season_start=4, growing_season_end=5).item() == pytest.approx(0.2)


def test_a_season_over_the_turn_of_the_year_takes_both_ends_of_it():
    cells = months(m1=0.1, m2=0.2, m11=0.3, m12=0.4, m6=9.0)
    assert ndvi(cells, growing_season_start=11, growing_season_end=2).item() == pytest.approx(0.25)


# Cover


def test_the_histogram_weighs_cells_by_their_area_and_leaves_out_what_lies_beyond_the_region():
    cover = ZoneCover(np.array([[0, -2, 0]], np.int32), *(everywhere((1, 3)).__dict__[n] for n in
        ("members", "border_cell", "border_zone", "border_share")))  # fmt: skip
    years = Series({2011: np.array([[0.5, 0.1, np.nan]], np.float32), 2012: np.array([[0.5, 0.1, -1.0]], np.float32)})
    counted = ndvi_histogram(years, cover, np.array([[100.0, 50.0, 30.0]]))
    assert counted.sum() == 100 + 100 + 30
    assert counted[np.searchsorted(NDVI_EDGES, 0.5, side="right") - 1] == 200
    assert counted[0] == 30


def test_end_points_are_the_percentiles_of_all_years_together():
    random = np.random.default_rng(1)
    years = Series({year: random.beta(2, 3, (200, 200)).astype(np.float32) for year in YEARS})
    counted = ndvi_histogram(years, everywhere((200, 200)), np.full((200, 200), 10.0))
    points = vegetation_end_points(counted, bare_percentile=5.0, full_percentile=95.0)
    pooled = np.concatenate([cells.ravel() for cells in years.values()])
    assert points["bare_ndvi"][0] == pytest.approx(np.percentile(pooled, 5), abs=3e-4)
    assert points["full_ndvi"][0] == pytest.approx(np.percentile(pooled, 95), abs=3e-4)


def test_a_rise_of_the_whole_region_is_not_flattened_by_the_end_points():
    """With end points of each year apart, every year would look alike; pooled ones keep the planted slope."""
    random = np.random.default_rng(2)
    base = random.uniform(0.2, 0.5, (60, 60))
    years = Series({year: (base + 0.02 * (year - 2011)).astype(np.float32) for year in YEARS})
    counted = ndvi_histogram(years, everywhere((60, 60)), np.ones((60, 60)))
    points = vegetation_end_points(counted, bare_percentile=5.0, full_percentile=95.0)
    cover = Series({year: vegetation_cover(cells, points) for year, cells in years.items()})
    width = points["full_ndvi"][0] - points["bare_ndvi"][0]
    found = slope(cover, smallest_trend_years=8)
    uncut = np.all([(cells > 0) & (cells < 1) for cells in cover.values()], axis=0)
    assert uncut.sum() > 1000
    np.testing.assert_allclose(found[uncut], 0.02 / width, rtol=1e-4)
    apart = []
    for cells in years.values():
        low, high = np.percentile(cells, [5, 95])
        apart.append(np.clip((cells - low) / (high - low), 0, 1).mean())
    assert np.ptp(apart) < 0.01 < np.ptp([cells.mean() for cells in cover.values()])


def test_a_region_of_one_value_has_no_cover_and_no_division_by_zero():
    points = pd.DataFrame({"bare_ndvi": [0.3], "full_ndvi": [0.3]})
    found = vegetation_cover(np.array([[0.3, np.nan]], np.float32), points)
    np.testing.assert_array_equal(found, np.array([[0.0, np.nan]], np.float32))


# Trends


def noisy(rows=40, columns=50, seed=3):
    """The west half rises by 0.01 a year, the east half has no trend; noise of 0.01."""
    random = np.random.default_rng(seed)
    rise = np.zeros((rows, columns))
    rise[:, : columns // 2] = 0.01
    return Series(
        {
            year: (0.4 + rise * (year - 2011) + random.normal(0, 0.01, (rows, columns))).astype(np.float32)
            for year in YEARS
        }
    )


def test_the_planted_rise_is_found_and_false_discoveries_stay_within_the_rate():
    series = noisy(200, 200)
    z = trend_statistic(series, smallest_trend_years=8)
    threshold = trend_threshold(trend_histogram(z, everywhere((200, 200))), false_discovery_rate=0.1)
    kinds = trend(slope(series, smallest_trend_years=8), z, threshold, stable_slopes(), of_name="ndvi")
    rising = kinds == 5
    assert rising[:, :100].mean() > 0.95
    # Of all that is called significant, the share without a planted trend.
    called = np.isin(kinds, (1, 5))
    assert called[:, 100:].sum() / called.sum() < 0.1
    # Cell by cell at 5 % more of the east would be called.
    assert (np.abs(z[:, 100:]) > 1.96).mean() > 0.02
    assert threshold["tested_cells"][0] == 40_000
    assert threshold["significant_cells"][0] == (np.abs(z) >= threshold["threshold"][0]).sum()


def test_without_any_trend_nothing_is_significant():
    random = np.random.default_rng(4)
    series = Series({year: random.random((60, 60)).astype(np.float32) for year in YEARS})
    z = trend_statistic(series, smallest_trend_years=8)
    threshold = trend_threshold(trend_histogram(z, everywhere((60, 60))), false_discovery_rate=0.05)
    kinds = trend(slope(series, smallest_trend_years=8), z, threshold, stable_slopes(), of_name="ndvi")
    assert np.isin(kinds, (1, 5)).mean() < 0.001


def test_the_histogram_has_a_place_for_every_statistic():
    z = np.array([[0.0, -9.9999, 25.0, np.nan]], np.float32)
    counted = trend_histogram(z, everywhere((1, 4)))
    assert counted.sum() == 3
    assert (counted[0], counted[-1]) == (1, 1)
    assert counted[np.searchsorted(Z_EDGES, 9.9999, side="right") - 1] == 1


def test_change_takes_the_years_within_the_period():
    assert compared_years((2005, 2010, 2020, 2025), 2008, 2020) == (2010, 2020)
    assert compared_years((2011, 2012), 2000, 2005) == (2011, 2012)
    years = Series({2010: np.array([[0.4, -0.1, np.nan]]), 2020: np.array([[0.5, 0.2, 0.3]])})
    found = change(years, period_start=2010, period_end=2020)
    np.testing.assert_allclose(found, [[25.0, np.nan, np.nan]], rtol=1e-6)


# Rain


def test_rain_use_efficiency_by_hand_and_none_without_rain():
    found = rain_use_efficiency_of_npp(np.array([[300.0, 5.0]], np.float32), np.array([[600.0, 0.0]], np.float32))
    np.testing.assert_array_equal(found, np.array([[0.5, np.nan]], np.float32))


def test_drylands_by_either_method():
    aridity = np.array([[0.2, 0.65, np.nan]], np.float32)
    assert dryland_by_aridity(aridity, dryland_aridity=0.65).tolist() == [[1, 0, -1]]
    rain = Series({2011: np.array([[500.0, 700.0, np.nan]]), 2012: np.array([[600.0, np.nan, np.nan]])})
    assert dryland_by_rain(rain, dryland_precipitation=600.0).tolist() == [[1, 0, -1]]


def test_what_rain_explains_leaves_no_residual_trend_and_what_it_does_not_stays():
    random = np.random.default_rng(5)
    falling_rain = {year: 500.0 - 20 * (year - 2011) + random.normal(0, 30, (30, 30)) for year in YEARS}
    rain = Series({year: cells.astype(np.float32) for year, cells in falling_rain.items()})
    explained = Series({year: (0.4 * cells).astype(np.float32) for year, cells in falling_rain.items()})
    z = residual_trend_z(explained, rain, smallest_trend_years=8)
    assert np.nanmax(np.abs(residual_slope(explained, rain, smallest_trend_years=8))) < 1e-4
    np.testing.assert_allclose(rain_explained_share(explained, rain, smallest_trend_years=8), 1.0, atol=1e-5)
    steady_rain = Series({year: random.normal(500, 30, (30, 30)).astype(np.float32) for year in YEARS})
    lost = Series({year: np.float32(0.4) * steady_rain[year] - np.float32(4.0 * (year - 2011)) for year in YEARS})
    found = residual_slope(lost, steady_rain, smallest_trend_years=8)
    # 4 of about 182 g a year: -2.2 percent.
    assert np.median(found) == pytest.approx(-100 * 4 / (0.4 * 500 - 18), rel=0.1)
    assert np.isfinite(z).all()


def test_only_years_with_both_count():
    vegetation = Series({year: np.full((1, 1), float(year), np.float32) for year in range(2005, 2016)})
    rain = Series({year: np.full((1, 1), float((year * 7) % 5), np.float32) for year in range(2010, 2022)})
    assert np.isnan(residual_slope(vegetation, rain, smallest_trend_years=8)).all()
    assert np.isfinite(residual_slope(vegetation, rain, smallest_trend_years=6)).all()


# Zones


def zonal(series, name):
    cover = halves(*next(iter(series.values())).shape)
    area = np.full(cover.signature.shape, 10_000.0)
    sums = Series({year: zone_sums(cells, cover, area, ZONES) for year, cells in series.items()})
    return by_zone(sums, ZONES, of_name=name)


def test_means_by_zone_are_those_of_the_cells_and_sum_to_the_region():
    series = noisy()
    found = zonal(series, "ndvi")
    means = found.set_index(["zone", "year"])["mean"]
    for year, cells in series.items():
        assert means["w", year] == pytest.approx(cells[:, :25].mean(dtype=np.float64), rel=1e-12)
        assert means["e", year] == pytest.approx(cells[:, 25:].mean(dtype=np.float64), rel=1e-12)
    amounts = (found["mean"] * found["area_ha"]).groupby([found["zoning"], found["year"]]).sum()
    np.testing.assert_allclose(amounts["half"], amounts["region"], rtol=1e-12)
    assert "(outside)" not in set(found["zone"])


def test_change_by_zone_is_that_of_the_means():
    table = vegetation_by_zone(ndvi_by_zone=zonal(noisy(), "ndvi"))
    found = vegetation_change(table, period_start=2000, period_end=2020).set_index("zone")
    assert set(zip(found["year_from"], found["year_to"], strict=True)) == {(2011, 2020)}
    means = table.set_index(["zone", "year"])["mean"]
    assert found.loc["w", "change"] == means["w", 2020] - means["w", 2011]
    assert found.loc["w", "change_percent"] == pytest.approx(100 * (means["w", 2020] / means["w", 2011] - 1))
    assert found.loc["w", "unit"] == "1"


def test_the_trend_of_a_zone_its_rank_and_the_share_of_its_area():
    series = Series({year: -cells for year, cells in noisy().items()})  # the west falls
    shifted = Series({year: cells + np.float32(1.0) for year, cells in series.items()})
    kinds = np.full((40, 50), 3, np.int32)
    kinds[:10, :25] = 1
    kinds[0, 25:] = -1
    kinds[1, 25:] = 5
    tally = trend_tally(kinds, halves(40, 50), np.full((40, 50), 10_000.0))
    table = vegetation_by_zone(ndvi_by_zone=zonal(shifted, "ndvi"))
    found = vegetation_trend(table, ZONES, ndvi_trend_tally=tally, smallest_trend_years=8).set_index("zone")
    assert found.loc["w", "falling_percent"] == pytest.approx(25.0)
    assert found.loc["e", "rising_percent"] == pytest.approx(100 / 39)
    assert found.loc["region", "falling_percent"] == pytest.approx(100 * 250 / (2000 - 25))
    assert bool(found.loc["w", "falling"])
    assert not bool(found.loc["e", "falling"])
    assert (found.loc["e", "rank"], found.loc["w", "rank"]) == (1, 2)
    means = table.set_index(["zone", "year"])["mean"]["w"]
    pairs = [(means[j] - means[i]) / (j - i) for i, j in itertools.combinations(YEARS, 2)]
    assert found.loc["w", "zone_slope"] == pytest.approx(np.median(pairs), rel=1e-4)
    assert found.loc["w", "zone_p"] < 0.01


def test_of_the_residual_only_shares_of_area_are_told():
    kinds = np.full((2, 4), 5, np.int32)
    tally = trend_tally(kinds, halves(2, 4), np.ones((2, 4)))
    table = vegetation_by_zone(ndvi_by_zone=zonal(noisy(2, 4), "ndvi"))
    found = vegetation_trend(table, ZONES, residual_trend_tally=tally, smallest_trend_years=8)
    rest = found[found["measure"] == "residual"]
    assert set(rest["zone"]) == {"region", "w", "e"}
    assert (rest["rising_percent"] == 100.0).all()
    assert rest["zone_slope"].isna().all()
    assert not rest["falling"].any()


def test_findings_name_the_zones_that_fall():
    series = Series({year: np.float32(1.0) - cells for year, cells in noisy().items()})
    table = vegetation_by_zone(ndvi_by_zone=zonal(series, "ndvi"))
    changes = vegetation_change(table, period_start=2011, period_end=2020)
    trends = vegetation_trend(table, ZONES, smallest_trend_years=8)
    found = vegetation_findings(changes, trends)
    text = " ".join(found["english"])
    assert "fell from 0.6 to 0.5" in text
    assert "In 1 zone of half, the vegetation index (NDVI) of the growing season falls significantly: West." in text
    assert "West" in " ".join(found["chinese"])


def test_a_mean_that_stays_is_not_said_to_fall():
    changes = pd.DataFrame(
        {"zoning": ["region"], "zone": ["region"], "measure": ["gross_primary_productivity"], "year_from": [2010],
         "year_to": [2020], "mean_from": [2441.0], "mean_to": [2441.4], "change_percent": [0.016]}
    )  # fmt: skip
    trends = vegetation_trend(vegetation_by_zone(ndvi_by_zone=zonal(noisy(), "ndvi")), ZONES, smallest_trend_years=8)
    text = vegetation_findings(changes, trends)["english"][0]
    assert text.endswith("stayed the same on average (2,441).")


def test_units_are_those_of_the_vocabulary():
    words = catalogue().vocabulary
    assert {measure: words[measure].unit for measure in MEASURES} == MEASURES
