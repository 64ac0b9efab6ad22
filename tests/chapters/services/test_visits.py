import math

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from shanshui.base.errors import StudyError
from shanshui.base.step import Series
from shanshui.base.zones import ZoneCover
from shanshui.chapters import catalogue
from shanshui.chapters.services.visits import (
    known_visits,
    opportunity_sums,
    recreation_visits,
    visit_rates,
    visits_by_zone,
)

ZONES = pd.DataFrame({"zoning": "park", "zone": ["a", "b", "(outside)"]})
# The border of the two parks cuts the second cell 1 to 3.
COVER = ZoneCover(
    signature=np.array([[0, -1, 1, 2]], np.int32),
    members=np.array([[0], [1], [2]], np.int32),
    border_cell=np.array([1, 1]),
    border_zone=np.array([0, 1], np.int32),
    border_share=np.array([0.25, 0.75]),
)
AREA = np.array([[100.0, 400.0, 200.0, 100.0]])
OPPORTUNITY = np.array([[0.5, 0.25, 1.0, 1.0]], np.float32)


def table(*rows, columns=("zone", "visits_persons")):
    return pd.DataFrame(rows, columns=list(columns)).assign(zoning="park", zone_name="name")


def spread_out(visits, opportunity=OPPORTUNITY, series=None):
    series = {None: opportunity} if series is None else series
    sums = Series({year: opportunity_sums(cells, COVER, AREA, ZONES) for year, cells in series.items()})
    by_zone = visits_by_zone(known_visits(visits), sums, ZONES)
    rates = visit_rates(by_zone, sums, ZONES)
    return recreation_visits(Series(series), COVER, AREA, ZONES, rates), by_zone


def test_visits_follow_the_opportunity():
    found, by_zone = spread_out(table(("a", 300.0), ("b", 550.0)))
    # a: 0.5 x 100 = 50 and 0.25 x 400 / 4 = 25; b: 0.25 x 400 x 3/4 = 75 and 200.
    assert_allclose(found, [[200.0, 100.0 + 150.0, 400.0, np.nan]], rtol=1e-6)
    assert found.dtype == np.float32
    assert by_zone["spread_persons"].tolist() == [300.0, 550.0]
    assert by_zone["not_spread_persons"].tolist() == [0.0, 0.0]
    assert by_zone["reason"].tolist() == ["", ""]
    assert math.fsum(found[0, :3].astype(float)) == pytest.approx(850.0, rel=1e-7)


@pytest.mark.parametrize("nothing", [0.0, np.nan])
def test_visits_of_a_zone_that_offers_nothing_are_not_lost(nothing):
    opportunity = np.array([[nothing, nothing, 0.5, 1.0]], np.float32)
    found, by_zone = spread_out(table(("a", 300.0), ("b", 550.0)), opportunity)
    assert by_zone["spread_persons"].tolist() == [0.0, 550.0]
    assert by_zone["not_spread_persons"].tolist() == [300.0, 0.0]
    assert by_zone["reason"].tolist() == ["no opportunity", ""]
    assert_array_equal(found, [[np.nan, nothing, 550.0, np.nan]])


def test_mapped_is_the_year_nearest_to_the_latest_opportunity():
    rows = [("a", 10.0, 2015), ("a", 75.0, 2019), ("a", 30.0, 2010)]
    flat = np.ones((1, 4), np.float32)
    visits = table(*rows, columns=("zone", "visits_persons", "year"))
    found, by_zone = spread_out(visits, series={2010: flat, 2018: OPPORTUNITY})
    assert by_zone["spread_persons"].tolist() == [0.0, 75.0, 0.0]
    assert by_zone["not_spread_persons"].tolist() == [10.0, 0.0, 30.0]
    assert by_zone["reason"].tolist() == ["not the year of the map", "", "not the year of the map"]
    assert_allclose(found, [[50.0, 25.0, np.nan, np.nan]], rtol=1e-6)


def test_figures_that_are_missing_are_left_out():
    assert spread_out(table(("a", np.nan), ("b", 1.0)))[1]["zone"].tolist() == ["b"]


def test_what_would_be_counted_twice_is_refused():
    with pytest.raises(StudyError, match="'a' has several rows for one year"):
        spread_out(table(("a", 1.0), ("a", 2.0)))
    both = table(("a", 1.0, 2019), ("a", 2.0, 2020), columns=("zone", "visits_persons", "year"))
    assert len(spread_out(both)[1]) == 2
    nested = table(("a", 1.0), ("b", 2.0))
    nested.loc[1, "zoning"] = "county"
    with pytest.raises(StudyError, match=r"several zonings \(park, county\)"):
        spread_out(nested)


def test_visits_are_amounts_of_persons():
    word = catalogue().vocabulary["recreation_visits"]
    assert (word.measure, word.unit) == ("extensive", "person/year")


def test_opportunity_without_years_will_do():
    assert recreation_visits.step.series == {"recreation_opportunity": 0}
    assert visits_by_zone.step.series == visit_rates.step.series == {"opportunity_sums": 0}


def test_however_little_is_offered_it_is_an_opportunity():
    found, by_zone = spread_out(table(("b", 550.0)), OPPORTUNITY * np.float32(1e-3))
    assert by_zone["reason"].tolist() == [""]
    assert_allclose(found[0, 1:3], [150.0, 400.0], rtol=1e-6)
