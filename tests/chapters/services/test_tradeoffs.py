import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose
from pandas.testing import assert_frame_equal

from shanshui.chapters import catalogue
from shanshui.chapters.services.tradeoffs import service_bundles, service_correlation, service_values
from shanshui.policy.parameters import read_pack

PACK = {name: parameter.value for name, parameter in read_pack("china").items()}
FEWEST = PACK["least_zones_compared"]
LIMITS = {name: PACK[name] for name in ("least_zones_compared", "least_rank_correlation", "correlation_significance")}
ORDER = [3, 1, 4, 7, 5, 9, 2, 6, 8, 10]


def values(**services):
    """One zoning; by service a list over zones, or lists by year."""
    rows = []
    for service, given in services.items():
        for year, numbers in given.items() if isinstance(given, dict) else [(np.nan, given)]:
            for place, number in enumerate(numbers):
                rows.append(("county", f"z{place:02}", f"Zone {place}", service, year, number))
    return pd.DataFrame(rows, columns=["zoning", "zone", "zone_name", "service", "year", "value"])


def correlate(table, **limits):
    return service_correlation(table, **(LIMITS | limits))


def bundle(table, **limits):
    return service_bundles(table, **({"least_zones_compared": FEWEST, "most_service_bundles": 6} | limits))


def by_zone(numbers, measure="soil_retention", years=None):
    rows = [
        ("county", f"z{place:02}", f"Zone {place}", measure, number, year)
        for year in years or [None]
        for place, number in enumerate(numbers)
    ]
    frame = pd.DataFrame(rows, columns=["zoning", "zone", "zone_name", "measure", "mean", "year"])
    return frame if years else frame.drop(columns="year")


# Correlation


def test_a_synergy_and_a_trade_off():
    found = correlate(values(water=ORDER, soil=[10 * each for each in ORDER], sand=[-each for each in ORDER]))
    assert found[["service_a", "service_b", "relation"]].values.tolist() == [
        ["water", "soil", "synergy"],
        ["water", "sand", "trade-off"],
        ["soil", "sand", "trade-off"],
    ]
    assert_allclose(found["rank_correlation"], [1.0, -1.0, -1.0])
    assert set(found["zones"]) == {10}
    assert set(found["compared"]) == {"values"}
    assert (found[["from_year", "to_year"]] == "").all(axis=None)


def test_ranks_by_hand():
    found = correlate(values(water=range(1, 11), soil=ORDER)).iloc[0]
    # Differences: 2, -1, 1, 3, 0, 3, -5, -2, -1, 0; squares sum to 4 + 1 + 1 + 9 + 9 + 25 + 4 + 1 = 54.
    assert found["rank_correlation"] == pytest.approx(1 - 6 * 54 / 990)
    # t = 0.6727 x sqrt(8 / (1 - 0.4526)) = 2.572: p between 0.02 (2.896) and 0.05 (2.306).
    assert 0.02 < found["p"] < 0.05
    assert found["relation"] == "synergy"


def test_the_limits_decide_what_is_said():
    table = values(water=range(1, 11), soil=ORDER)
    rho, p = correlate(table).iloc[0][["rank_correlation", "p"]]
    assert correlate(table, least_rank_correlation=rho)["relation"].tolist() == ["synergy"]
    assert correlate(table, least_rank_correlation=rho + 1e-9)["relation"].tolist() == ["none"]
    assert correlate(table, correlation_significance=p)["relation"].tolist() == ["synergy"]
    assert correlate(table, correlation_significance=p - 1e-9)["relation"].tolist() == ["none"]
    against = values(water=range(10, 0, -1), soil=ORDER)
    assert correlate(against, least_rank_correlation=rho)["relation"].tolist() == ["trade-off"]
    assert correlate(against, least_rank_correlation=rho + 1e-9)["relation"].tolist() == ["none"]


def test_too_few_zones_say_nothing():
    found = correlate(values(water=ORDER[:8], soil=ORDER[:8]))
    assert found["relation"].tolist() == ["synergy"]
    found = correlate(values(water=ORDER[:8], soil=[*ORDER[:7], np.nan]))
    assert found["relation"].tolist() == ["too few zones"]
    assert found["zones"].tolist() == [7]
    assert found[["rank_correlation", "p"]].isna().all(axis=None)


def test_a_service_that_is_the_same_everywhere_says_nothing():
    found = correlate(values(water=ORDER, soil=[1.0] * 10))
    assert found["relation"].tolist() == ["the same everywhere"]


def test_the_latest_common_year_and_the_change_since_the_first():
    before = [30 - 3 * place for place in range(10)]
    water = {2000: before, 2010: [old + each for old, each in zip(before, ORDER, strict=True)], 2020: range(10)}
    soil = {2000: range(10), 2010: [place + 2 * each for place, each in enumerate(ORDER)], 2015: [5] * 10}
    found = correlate(values(water=water, soil=soil))
    assert found["compared"].tolist() == ["values", "change"]
    assert found["to_year"].tolist() == ["2010", "2010"]
    assert found["from_year"].tolist() == ["", "2000"]
    # Water changes by ORDER, soil by twice that.
    assert found["rank_correlation"].iloc[1] == pytest.approx(1.0)
    assert found["rank_correlation"].iloc[0] < 1


def test_one_year_in_common_has_no_change():
    found = correlate(values(water={2000: ORDER, 2020: ORDER}, soil={2010: ORDER, 2020: ORDER}))
    assert found[["compared", "from_year", "to_year"]].values.tolist() == [["values", "", "2020"]]


def test_no_year_in_common():
    found = correlate(values(water={2000: ORDER}, soil={2020: ORDER}))
    assert found["relation"].tolist() == ["no year in common"]
    assert found["zones"].tolist() == [0]


def test_a_service_without_years_goes_with_the_latest():
    found = correlate(values(water={2000: ORDER[::-1], 2020: ORDER}, soil=ORDER))
    assert found["compared"].tolist() == ["values"]
    assert found["to_year"].tolist() == ["2020"]
    assert found["rank_correlation"].tolist() == pytest.approx([1.0])
    found = correlate(values(soil=ORDER, water={2000: ORDER[::-1], 2020: ORDER}))
    assert found["to_year"].tolist() == ["2020"]
    assert found["rank_correlation"].tolist() == pytest.approx([1.0])


def test_one_service_has_no_pair():
    found = correlate(values(water=ORDER))
    assert found.empty
    assert set(found) == set(catalogue().vocabulary["service_correlation"].columns)


def test_zonings_are_apart():
    table = values(water=ORDER, soil=ORDER)
    other = values(water=ORDER, soil=[-each for each in ORDER]).assign(zoning="park")
    found = correlate(pd.concat([table, other], ignore_index=True))
    assert found["zoning"].tolist() == ["county", "park"]
    assert_allclose(found["rank_correlation"], [1.0, -1.0])


# Bundles


def planted():
    """Four kinds of zones; of the first there are most."""
    random = np.random.default_rng(3)
    kind = np.array([0, 1, 2, 0, 1, 2, 0, 0, 1, 3, 3, 0])
    means = {"water": [9, 1, 1, 9], "soil": [1, 9, 1, 9], "sand": [1, 1, 9, 9]}
    return values(**{name: np.array(mean)[kind] + random.normal(0, 0.1, 12) for name, mean in means.items()}), kind


def test_planted_bundles_are_found_and_named():
    table, kind = planted()
    zones = bundle(table).drop_duplicates("zone")
    # Five zones of the first kind, three of the second, two each of the others.
    assert zones["bundle"].tolist()[:2] == [1, 2]
    assert [len(set(zones["bundle"][kind == each])) for each in range(4)] == [1, 1, 1, 1]
    assert zones["bundle"].nunique() == 4
    names = [zones["bundle_name"][kind == each].iloc[0] for each in range(4)]
    assert names[:3] == ["water", "soil", "sand"]
    assert len(names[3].split(", ")) == 2
    assert (zones["silhouette"] > 0.9).all()


def test_what_stands_in_the_rows():
    found = bundle(values(water=range(8), soil=[5, 5, 5, 5, 1, 1, 1, 1]))
    first = found[found["zone"] == "z01"].set_index("service")
    # Water: mean 3.5, variance (64 - 1) / 12; soil: mean 3, deviations 2. Levels 1/7 and 1.
    assert_allclose(first["standardised"][["water", "soil"]], [(1 - 3.5) / np.sqrt(63 / 12), 1.0])
    assert_allclose(first["share_percent"][["water", "soil"]], [100 / 7 / (8 / 7), 100 / (8 / 7)])
    # The last zone has the most water and the least soil.
    last = found[found["zone"] == "z07"].set_index("service")
    assert_allclose(last["share_percent"][["water", "soil"]], [100.0, 0.0])
    assert found.columns.tolist() == list(catalogue().vocabulary["service_bundles"].columns)
    assert found["zone_name"].tolist()[:2] == ["Zone 0", "Zone 0"]


def test_a_zone_that_is_lowest_in_all_has_no_shares():
    found = bundle(values(water=range(8), soil=range(8)))
    assert found["share_percent"].isna().tolist()[:2] == [True, True]
    assert found["bundle_name"].iloc[0] == "low in all"


def test_the_latest_year_is_bundled():
    old, new = range(10), [0] * 5 + [9] * 5
    found = bundle(values(water={2000: old, 2020: new}, soil=new))
    assert found.drop_duplicates("zone")["bundle"].tolist() == [1] * 5 + [2] * 5
    # A zone that has a figure of another year only is left out.
    table = values(water={2000: old, 2020: new}, soil=new)
    table = table[~((table["zone"] == "z03") & (table["year"] == 2020))]
    assert "z03" not in set(bundle(table)["zone"])


def test_services_that_say_nothing_and_zones_that_lack_one_are_left_out():
    few = [1.0, 2.0, 3.0, 4.0] + [np.nan] * 6
    found = bundle(values(water=ORDER, soil=[*ORDER[:9], np.nan], flat=[1] * 10, few=few))
    assert list(dict.fromkeys(found["service"])) == ["soil", "water"]
    assert found["zone"].nunique() == 9


def test_a_service_known_in_half_of_the_zones_counts():
    half = [1.0] * 4 + [2.0] * 4 + [np.nan] * 8
    found = bundle(values(water=range(16), half=half))
    assert found["zone"].nunique() == 8


def test_few_zones_and_single_services_have_no_bundles():
    assert bundle(values(water=ORDER[:7], soil=ORDER[:7])).empty
    assert not bundle(values(water=ORDER[:8], soil=ORDER[:8])).empty
    assert bundle(values(water=ORDER)).empty
    assert set(bundle(values(water=ORDER))) == set(catalogue().vocabulary["service_bundles"].columns)


def test_the_greatest_number_of_bundles_is_kept():
    assert bundle(planted()[0], most_service_bundles=2.0)["bundle"].max() == 2


def test_one_zone_that_differs_from_all_others():
    found = bundle(values(water=[1] * 9 + [2], soil=[2] * 9 + [3])).drop_duplicates("zone")
    assert found["bundle"].tolist() == [1] * 9 + [2]
    assert found["silhouette"].tolist() == [1.0] * 9 + [0.0]


def test_the_order_of_the_zones_changes_nothing():
    table, _ = planted()
    shuffled = table.sample(frac=1.0, random_state=5)
    keys = ["zone", "service"]
    one, other = (bundle(each).sort_values(keys, ignore_index=True) for each in (table, shuffled))
    assert_frame_equal(one, other)
    pair = ["service_a", "service_b"]
    one, other = (correlate(each) for each in (table, shuffled))
    both = {frozenset(row): rho for *row, rho in one[[*pair, "rank_correlation"]].to_numpy().tolist()}
    for *row, rho in other[[*pair, "rank_correlation"]].to_numpy().tolist():
        assert rho == pytest.approx(both[frozenset(row)], abs=1e-12)


# Services in one table

ZONES = pd.DataFrame(
    {"zoning": "county", "zone": [f"z{place:02}" for place in range(3)], "area_ha": [100.0, 200.0, 0.0]}
)


def test_services_are_put_under_each_other():
    found = service_values(ZONES, None, by_zone([1.0, 2.0]), None, by_zone([3.0], "flood", [2000, 2020]))
    assert found["service"].tolist() == ["soil_retention"] * 2 + ["flood_mitigation"] * 2
    assert found["value"].tolist() == [1.0, 2.0, 3.0, 3.0]
    assert found["year"].isna().tolist() == [True, True, False, False]
    assert found["year"].tolist()[2:] == [2000, 2020]


@pytest.mark.parametrize(
    "service",
    ["water_conservation", "soil_retention", "sand_fixation", "flood_mitigation", "net_primary_productivity"],
)
def test_every_service_bears_its_own_name(service):
    found = service_values(ZONES, **{f"{service}_by_zone": by_zone([1.0, 2.0])})
    assert set(found["service"]) == {service}
    assert service in catalogue().vocabulary


def test_the_region_and_what_lies_outside_are_no_zones():
    table = pd.concat([by_zone([1.0, 2.0]), by_zone([9.0]).assign(zone="(outside)"), by_zone([5.0])])
    table["zoning"] = ["county", "county", "county", "region"]
    assert service_values(ZONES, table)["value"].tolist() == [1.0, 2.0]


def products(*rows):
    table = pd.DataFrame(rows, columns=["zone", "kind", "product", "unit", "amount", "reason", "year"])
    return table.assign(zoning="county", zone_name="name")


def test_products_are_added_up_on_a_hectare():
    table = products(
        ("z00", "crop", "rice", "1e4 t", 3.0, "", 2020),
        ("z00", "crop", "oil", "t", 500.0, "no such ground", 2020),
        ("z01", "crop", "rice", "t", 40.0, "", 2020),
        ("z01", "crop", "oil", "t", 20.0, "", 2020),
        ("z01", "timber", "logs", "m3", 50.0, "", 2020),
        ("z02", "timber", "logs", "m3", 50.0, "", 2020),
        ("z00", "livestock", "sheep", "head", 9.0, "not in the unit of the map", 2020),
    )
    found = service_values(ZONES, provisioning_by_zone=table)
    # 30,500 t on 100 ha, 60 t on 200 ha; 50 m3 on 200 ha; a zone without area has no density.
    assert found[["zone", "service", "value"]].values.tolist() == [
        ["z00", "crop_provision", 305.0],
        ["z01", "crop_provision", 0.3],
        ["z01", "timber_provision", 0.25],
    ]
    assert found["year"].tolist() == [2020.0] * 3
    undated = service_values(ZONES, provisioning_by_zone=table.drop(columns="year"))
    assert undated["value"].tolist() == [305.0, 0.3, 0.25]
    assert undated["year"].isna().all()


def test_a_zone_that_lacks_a_product_does_not_stand_low():
    table = products(
        ("z00", "crop", "rice", "t", 3.0, "", 2020),
        ("z01", "crop", "rice", "t", 40.0, "", 2020),
        ("z01", "crop", "oil", "t", 20.0, "", 2020),
        ("z00", "timber", "logs", "m3", 7.0, "", 2020),
    )
    found = service_values(ZONES, provisioning_by_zone=table)
    assert found[["zone", "service"]].values.tolist() == [["z01", "crop_provision"], ["z00", "timber_provision"]]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("least_zones_compared", 8.0),
        ("least_rank_correlation", 0.3),
        ("correlation_significance", 0.05),
        ("most_service_bundles", 6.0),
    ],
)
def test_the_policy_says(name, value):
    assert PACK[name] == value
