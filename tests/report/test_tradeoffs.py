"""The heatmap of trade-offs, and the bundles as a chart and a map."""

import re

import numpy as np
import pandas as pd
import pytest

from shanshui.policy.parameters import read_pack
from shanshui.report.canvas import make_canvas, zone_sheets
from shanshui.report.choropleth import COLOURS, UNKNOWN
from shanshui.report.material import Material
from shanshui.report.tradeoff_charts import BUNDLES, FILLS, PAIRS, bundle_map, tradeoff_charts
from shanshui.report.words import Words


class Shown(Material):
    """A study whose tables are given."""

    def __init__(self, study, frames, language="en"):
        super().__init__(study, Words(language))
        self._read |= frames


def pairs(*rows):
    columns = ["zoning", "service_a", "service_b", "compared", "from_year", "to_year", "zones", "rank_correlation"]
    return pd.DataFrame(rows, columns=[*columns, "p", "relation"])


CORRELATIONS = pairs(
    ("valley", "water_conservation", "soil_retention", "values", "", "2020", 12, 0.81, 0.001, "synergy"),
    ("valley", "water_conservation", "crop_provision", "values", "", "2020", 9, -0.55, 0.01, "trade-off"),
    ("valley", "soil_retention", "crop_provision", "values", "", "2020", 9, -0.05, 0.9, "none"),
    ("valley", "soil_retention", "sand_fixation", "values", "", "2020", 3, np.nan, np.nan, "too few zones"),
    ("valley", "water_conservation", "soil_retention", "change", "2000", "2020", 12, 0.3, 0.3, "none"),
)


def rects(chart):
    return {mark.text: mark for mark in chart.marks if mark.kind == "rect"}


def texts(chart):
    return [mark.text for mark in chart.marks if mark.kind == "text"]


def test_every_pair_has_its_colour(study):
    chart, change = tradeoff_charts(PAIRS, Shown(study, {PAIRS: CORRELATIONS}))
    assert chart.title == "Trade-offs and synergies between services, by valley, 2020"
    assert change.title == "Trade-offs and synergies between changes of services, by valley, 2000 to 2020"
    assert chart.zoning == "valley"
    assert "9 to 12" in chart.note
    assert "(12)" in change.note
    found = rects(chart)
    assert [mark.colour for mark in found.values()] == [COLOURS[3], COLOURS[-2], COLOURS[0]]
    assert list(found) == [
        "Water conservation – Soil retention: 0.81, synergy, p 0.001, 2020",
        "Water conservation – Provision of crops: −0.55, trade-off, p 0.010, 2020",
        "Soil retention – Provision of crops: −0.05, none, p 0.900, 2020",
    ]


def test_the_chart_is_a_triangle_with_numbers_for_columns(study):
    chart = tradeoff_charts(PAIRS, Shown(study, {PAIRS: CORRELATIONS}))[0]
    assert texts(chart)[:3] == ["1", "2", "1 Water conservation"]
    assert texts(chart)[3:] == ["2 Soil retention", "0.81", "3 Provision of crops", "−0.55", "−0.05"]
    places = [(mark.x, mark.y) for mark in rects(chart).values()]
    # Soil stands below water, in its column; crops one row further down, first in the same column.
    assert places[0][0] == places[1][0] < places[2][0]
    assert places[0][1] < places[1][1] == places[2][1]
    assert max(mark.x + mark.x2 for mark in chart.marks if mark.kind == "rect") <= 100
    assert chart.height >= max(mark.y + mark.y2 for mark in chart.marks if mark.kind == "rect")


def test_what_is_sure_is_bold_and_what_is_dark_has_light_words(study):
    chart = tradeoff_charts(PAIRS, Shown(study, {PAIRS: CORRELATIONS}))[0]
    styles = {mark.text: mark.style.split() for mark in chart.marks if mark.kind == "text"}
    assert styles["0.81"] == ["middle", "light", "strong"]
    assert styles["−0.55"] == ["middle", "strong"]
    assert styles["−0.05"] == ["middle"]


@pytest.mark.parametrize(
    ("rho", "place"),
    [(-1, -3), (-0.71, -3), (-0.69, -2), (-0.39, -1), (-0.09, 0), (0.09, 0), (0.11, 1), (0.41, 2), (0.71, 3), (1, 3)],
)
def test_where_colours_change(study, rho, place):
    row = ("valley", "water_conservation", "soil_retention", "values", "", "2020", 12, rho, 0.5, "none")
    chart = tradeoff_charts(PAIRS, Shown(study, {PAIRS: pairs(row)}))[0]
    assert next(iter(rects(chart).values())).colour == COLOURS[place]


def test_the_legend_has_all_colours_in_order(study):
    chart = tradeoff_charts(PAIRS, Shown(study, {PAIRS: CORRELATIONS}))[0]
    assert [colour for colour, _ in chart.legend] == list(COLOURS.values())
    assert chart.legend[0][1] == "Below −0.7"
    assert chart.legend[3][1] == "−0.1 to +0.1"
    assert chart.legend[6][1] == "Above +0.7"


def test_pairs_of_different_years_say_theirs(study):
    other = CORRELATIONS.assign(to_year=["2020", "2010", "2010", "2020", "2020"])
    chart = tradeoff_charts(PAIRS, Shown(study, {PAIRS: other}))[0]
    assert chart.title == "Trade-offs and synergies between services, by valley"
    assert [text[-4:] for text in rects(chart)] == ["2020", "2010", "2010"]


def test_services_without_years(study):
    chart = tradeoff_charts(PAIRS, Shown(study, {PAIRS: CORRELATIONS.iloc[:3].assign(to_year="")}))[0]
    assert chart.title == "Trade-offs and synergies between services, by valley"
    assert next(iter(rects(chart))).endswith("p 0.001")


def test_where_nothing_can_be_said_there_is_no_chart(study):
    assert tradeoff_charts(PAIRS, Shown(study, {PAIRS: CORRELATIONS.iloc[3:4]})) == []
    assert tradeoff_charts(PAIRS, Shown(study, {PAIRS: None})) == []
    assert tradeoff_charts("land_area", Material(study, Words("en"))) == []


def test_it_is_chinese_in_chinese(study):
    chart = tradeoff_charts(PAIRS, Shown(study, {PAIRS: CORRELATIONS}, "zh"))[0]
    assert chart.title == "2020年生态系统服务的权衡与协同，按valley"
    said = " ".join([chart.note, *texts(chart), *rects(chart), *(name for _, name in chart.legend)])
    assert not re.search(r"[A-Za-z]{2,}", said)


def bundled(zones="we", bundles=(1, 2)):
    rows = []
    for zone, number, sign in zip(zones, bundles, (1, -1), strict=False):
        for service, value in (("soil_retention", 1.2), ("sand_fixation", 0.3)):
            high = "soil_retention, sand_fixation" if number == 1 else "low in all"
            rows.append(("valley", zone, zone, number, high, 0.5, service, sign * value, 50.0))
    columns = ["zoning", "zone", "zone_name", "bundle", "bundle_name", "silhouette", "service", "standardised"]
    return pd.DataFrame(rows, columns=[*columns, "share_percent"])


def test_bundles_by_service(study):
    (chart,) = tradeoff_charts(BUNDLES, Shown(study, {BUNDLES: bundled()}))
    assert chart.title == "Bundles of services, by valley"
    assert texts(chart)[:4] == ["1", "(1)", "2", "(1)"]
    assert texts(chart)[4:] == ["Soil retention", "+1.2", "−1.2", "Sand fixation", "+0.3", "−0.3"]
    assert [mark.colour for mark in rects(chart).values()] == [COLOURS[3], COLOURS[-3], COLOURS[1], COLOURS[-1]]
    assert chart.legend[1][1] == "−1.0 to −0.5"


def test_a_bundle_shows_the_mean_of_its_zones(study):
    frame = bundled(bundles=(1, 1))
    frame["standardised"] = [1.0, 0.0, 0.4, 0.2]
    (chart,) = tradeoff_charts(BUNDLES, Shown(study, {BUNDLES: frame}))
    assert texts(chart) == ["1", "(2)", "Soil retention", "+0.7", "Sand fixation", "+0.1"]


def sheet_of(material):
    return zone_sheets(material, make_canvas(material))[0]


def test_zones_are_coloured_by_their_bundle(study):
    material = Shown(study, {BUNDLES: bundled()})
    found = bundle_map(BUNDLES, sheet_of(material), material)
    assert found.zoning == "valley"
    assert [(fill.colour, fill.text) for fill in found.panels[0].fills] == [
        (FILLS[0], "1 Soil retention, Sand fixation"),
        (FILLS[1], "2 Low in all"),
    ]
    assert [(entry.colour, entry.name) for entry in found.legend] == [
        (FILLS[0], "1 Soil retention, Sand fixation"),
        (FILLS[1], "2 Low in all"),
    ]


def test_a_zone_without_a_bundle_has_no_data(study):
    material = Shown(study, {BUNDLES: bundled("w", (1,))})
    found = bundle_map(BUNDLES, sheet_of(material), material)
    assert [fill.colour for fill in found.panels[0].fills] == [FILLS[0], UNKNOWN]
    assert found.legend[-1].colour == UNKNOWN


def test_a_zoning_without_bundles_has_no_map(study):
    material = Shown(study, {BUNDLES: bundled().assign(zoning="county")})
    assert bundle_map(BUNDLES, sheet_of(material), material) is None
    assert bundle_map(PAIRS, sheet_of(material), material) is None
    assert bundle_map(BUNDLES, sheet_of(material), Shown(study, {BUNDLES: None})) is None


def test_every_bundle_that_is_tried_has_its_own_colour():
    parameter = read_pack("china")["most_service_bundles"]
    assert len(set(FILLS)) == len(FILLS) == parameter.maximum
    assert UNKNOWN not in FILLS
