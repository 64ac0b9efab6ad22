"""The red line and the importance in the report: sentences, charts, tables, maps, how sure the line is."""

import math
import re

import geopandas
import numpy as np
import pandas as pd
import pytest
import rasterio
import shapely
from rasterio.transform import from_origin

from shanshui.report import confidence
from shanshui.report.canvas import make_canvas
from shanshui.report.chapters import FIRST
from shanshui.report.classes import sided_classes
from shanshui.report.confidence import COLOURS, confidence_classes, confidence_of
from shanshui.report.downloads import downloads
from shanshui.report.draws import sureness
from shanshui.report.maps import draw_maps, raster_maps, shape_maps
from shanshui.report.material import Material
from shanshui.report.pictures import NOTHING_THERE
from shanshui.report.red_line import red_line_findings, row_words
from shanshui.report.red_line_charts import BOTTOM, LEFT, OWN, RIGHT, TOP, red_line_charts
from shanshui.report.red_line_classes import LINED, without_small_holes
from shanshui.report.tables import view_table
from shanshui.report.words import Words

NONE = math.nan
LEDGER = pd.DataFrame(
    [
        ("land", 0, "no ground", "无依据", 0, 300, 30_000.0),
        ("land", 2, "permanent basic farmland", "永久基本农田", 0, 100, 10_000.0),
        ("land", 11, "water conservation", "水源涵养", 1, 400, 40_000.0),
        ("land", 31, "mandatory", "必须划入", 1, 150, 15_000.0),
        ("land", 32, "mandatory though on excluded land", "必须划入（与不划入土地重叠）", 1, 50, 5_000.0),
        ("sea", 0, "no ground", "无依据", 0, 30, 750.0),
        ("sea", 11, "water conservation", "水源涵养", 1, 10, 250.0),
    ],
    columns=["realm", "code", "reason", "reason_zh", "inside", "cells", "area_ha"],
)
COLUMNS = ["realm", "row", "unit", "lower", "upper", "reached", "holds", "multiplier"]
BY_RULE = pd.DataFrame(
    [
        ("land", "area", "km2", 300.0, NONE, 600.0, 1.0, NONE),
        ("land", "boundary", "km", NONE, NONE, 120.0, NONE, NONE),
        ("land", "share of function area Blue hills", "km2", 70.0, NONE, 64.25, 0.0, NONE),
        ("sea", "area", "km2", 4.0, NONE, 2.5, 0.0, NONE),
    ],
    columns=COLUMNS,
)
PLANNED = pd.DataFrame(
    [
        ("land", "objective", "ppm", NONE, 521_235.8, 521_159.7, NONE, NONE),
        ("land", "value", "ppm", NONE, NONE, 576_162.2, NONE, NONE),
        ("land", "price of boundary", "ppm", NONE, NONE, 55_002.4, NONE, NONE),
        ("land", "gap", "percent", NONE, NONE, 0.014587, NONE, NONE),
        ("land", "target of fragile_land", "ppm", 200_000.0, NONE, 250_000.0, 1.0, 0.0),
        ("land", "area", "km2", NONE, 600.0, 599.9, 1.0, 466.6),
        ("land", "value lost with small patches", "ppm", NONE, NONE, 5_761.622, NONE, NONE),
        ("land", "area lost with small patches", "km2", NONE, NONE, 4.4, NONE, NONE),
        ("sea", "objective", "ppm", NONE, 20_000.0, 20_000.0, NONE, NONE),
        ("sea", "value", "ppm", NONE, NONE, 20_000.0, NONE, NONE),
        ("sea", "price of boundary", "ppm", NONE, NONE, 0.0, NONE, NONE),
        ("sea", "gap", "percent", NONE, NONE, 0.0, NONE, NONE),
        ("sea", "area", "km2", NONE, 2.5, 2.5, 1.0, 0.0),
        ("sea", "value lost with small patches", "ppm", NONE, NONE, 0.0, NONE, NONE),
    ],
    columns=COLUMNS,
)
PROTECTION = pd.DataFrame(
    [
        ("water_conservation", 60.0, 1.5),
        ("climate_regulation", 30.0, 0.75),
        ("fragile_land", 80.0, 2.0),
        ("sand_fixation", NONE, NONE),
    ],
    columns=["feature", "inside_percent", "per_area"],
)
CURVE = pd.DataFrame(
    [
        (0.0, 500_000.0, 400.0, 600.0, 0.004),
        (0.2, 475_000.0, 100.0, 600.0, 0.0121),
        (0.4, 450_000.0, 98.0, 600.0, 1.5),
    ],
    columns=["compactness_km", "value_ppm", "boundary_km", "area_km2", "gap_percent"],
)
# Two patches of whole cells of 2.5 km, a hole of one cell in the first; see conftest for the place.
SIDE = 2500.0


def box(row, column, rows, columns):
    left, top = 450_000 + SIDE * column, 3_500_000 - SIDE * row
    return shapely.box(left, top - SIDE * rows, left + SIDE * columns, top)


PATCHES = geopandas.GeoDataFrame(
    {"patch": [1, 2], "realm": "land", "code": [11, 31], "type": ["a", "b"], "area_ha": [31_250.0, 6_250.0]},
    geometry=[box(2, 2, 10, 6).difference(box(4, 4, 1, 1)), box(2, 20, 5, 2)],
    crs="EPSG:32648",
)


class Shown(Material):
    """A study whose tables and red line are given."""

    def __init__(self, study, frames=None, language="en", patches=None):
        super().__init__(study, Words(language))
        self._read |= frames or {}
        self.__dict__ |= {"red_line": patches, "standing": [], "drawn": {}}


def said(study, language="en", **frames):
    return red_line_findings("red_line", Shown(study, frames, language))


# Findings


def test_how_much_is_inside_and_why(study):
    held, grounds, excluded, conflict = said(study, red_line_ledger=LEDGER)
    # 60,000 of 100,000 ha and 250 of 1,000 ha.
    assert held == "The red line holds 600.0 km² of the land (60.0 % of it), 2.50 km² of the sea (25.0 % of it)"
    assert grounds == (
        "Why it lies inside, in km²: water conservation 402.5, mandatory 150.0, mandatory though on excluded land 50.0."
    )
    assert excluded == "Kept outside as excluded land, in km²: permanent basic farmland 100.0."
    assert conflict.startswith(
        "200.0 km² must be inside, whatever they are worth; 50.0 km² of it lie on land that must"
    )
    patches = PATCHES.drop(columns="geometry")
    held = said(study, red_line_ledger=LEDGER, red_line=patches)[0]
    assert held.endswith(", in 2 patches; the largest has 312.5 km².")


def test_the_same_in_chinese(study):
    held, grounds, excluded, conflict = said(study, "zh", red_line_ledger=LEDGER)
    assert held == "红线划入陆域600.0平方千米（占60.0%），海域2.50平方千米（占25.0%）"
    assert grounds.startswith("划入依据（平方千米）：水源涵养 402.5、必须划入 150.0")
    assert "永久基本农田 100.0" in excluded
    assert "必须划入200.0平方千米，其中50.0平方千米" in conflict


def test_without_a_conflict_or_without_anything_inside(study):
    calm = LEDGER[LEDGER["code"] != 32]
    assert "none of it lies on excluded land" in said(study, red_line_ledger=calm)[-1]
    free = LEDGER[LEDGER["code"].isin([0, 11])]
    assert not any("must be inside" in sentence for sentence in said(study, red_line_ledger=free))
    assert said(study, red_line_ledger=LEDGER[LEDGER["inside"] == 0])[0] == "Nothing lies inside the red line."


def test_many_grounds_are_summed_up(study):
    rows = [("land", code, f"ground {code}", "x", 1, 1, 1000.0 * code) for code in range(11, 19)]
    told = said(study, red_line_ledger=pd.DataFrame(rows, columns=LEDGER.columns))[1]
    # Six are named, from the largest; 110 and 120 km² are left.
    assert told.index("ground 18 180.0") < told.index("ground 13 130.0") < told.index("other (2 kinds) 230.0")


def test_what_is_missed_is_named_with_its_limit(study):
    assert said(study, red_line_certificate=BY_RULE) == [
        "2 of 3 demands are missed: share of the function area Blue hills (land), 64.2 of at least 70.0 km²; "
        "area (sea), 2.50 of at least 4.00 km²."
    ]
    over = BY_RULE.assign(lower=NONE, upper=[500.0, NONE, 90.0, 3.0], holds=[0.0, NONE, 1.0, 1.0])
    assert said(study, red_line_certificate=over) == [
        "1 of 3 demands are missed: area (land), 600.0 of at most 500.0 km²."
    ]
    chinese = said(study, "zh", red_line_certificate=BY_RULE)[0]
    assert chinese.startswith(
        "3项要求中有2项未达到：陆域功能区“Blue hills”占比为64.2，应不少于70.0平方千米；海域面积为2.50"
    )


def test_many_missed_are_counted(study):
    rows = [("land", f"share of function area {n}", "km2", 2.0, NONE, 1.0, 0.0, NONE) for n in range(11)]
    told = said(study, red_line_certificate=pd.DataFrame(rows, columns=COLUMNS))[0]
    assert told.count("function area") == 8
    assert told.endswith("; and 3 others.")


def test_a_plan_tells_value_bound_and_gap(study):
    kept, land, more, dropped, sea = said(study, red_line_certificate=PLANNED)
    assert kept == "All demands are kept (3)."
    assert land.startswith(
        "For the land the plan protects 57.6 % of what the region gives; less the price of its boundary"
    )
    # 52.11597 and 52.12358 apart by 0.0076; the gap of 0.014587 % is never told smaller than it is.
    assert "(5.5 %) that makes 52.116 %. No line that keeps the same demands passes 52.124 %" in land
    assert land.endswith("is better by more than 0.015 %.")
    assert more == "One km² more of the land would add about 0.047 % of what the region gives."
    # 5,761.622 of 576,162.2 ppm.
    assert "took 4.4 km² of the land and 1.00 % of what the plan protects there" in dropped
    assert sea.endswith("It is proven that no line that keeps the same demands is better.")


def test_notes_of_a_plan_are_told(study):
    note = ("sea", "not planned: nothing of value fits into the area", NONE, NONE, NONE, NONE, NONE, NONE)
    rows = pd.DataFrame([*BY_RULE[:1].itertuples(index=False), note], columns=COLUMNS)
    told = said(study, red_line_certificate=rows)
    assert told == ["All demands are kept (1).", "Sea: not planned: nothing of value fits into the area."]
    assert said(study, "zh", red_line_certificate=rows)[1] == "海域：未作优化：面积内没有可划入的有价值区域。"
    shown = cells(rows, "red_line_certificate", study)[1]
    assert (shown["Demand or measure"], shown["Reached"], shown["Kept"], shown["Unit"]) == (
        "Not planned: nothing of value fits into the area",
        "–",
        "–",
        "",
    )


def test_of_many_services_three_are_named(study):
    rows = [(name, 90.0 - 10 * place, 2.0 - 0.1 * place) for place, name in enumerate(["water_conservation",
        "soil_retention", "sand_fixation", "flood_mitigation"])]  # fmt: skip
    (most,) = said(study, red_line_protection=pd.DataFrame(rows, columns=PROTECTION.columns))
    assert most.endswith("sand fixation 70.0 % (×1.80).")
    assert "flood" not in most


def test_what_the_line_protects_most_and_least(study):
    most, least = said(study, red_line_protection=PROTECTION)
    assert most.endswith("extremely fragile land 80.0 % (×2.00), water conservation 60.0 % (×1.50).")
    assert least.endswith("anywhere would: climate regulation (heat) 30.0 % (×0.75).")
    assert len(said(study, red_line_protection=PROTECTION[PROTECTION["per_area"] > 1])) == 1


def test_importance_tells_shares_of_the_region_and_where_a_service_is_dense(study):
    grades = pd.DataFrame(
        [
            ("region", "region", "A", 2000, 3, "extremely important", 1.0, 10.0),
            ("region", "region", "A", 2020, 1, "general", 6.0, 60.0),
            ("region", "region", "A", 2020, 3, "extremely important", 4.0, 40.0),
            ("region", "(outside)", "", 2020, 3, "extremely important", 9.0, 90.0),
            ("county", "1", "B", 2020, 3, "extremely important", 9.0, 70.0),
        ],
        columns=["zoning", "zone", "zone_name", "year", "code", "class_name", "area_ha", "share_percent"],
    )
    breaks = pd.DataFrame({"code": [1, 2, 3], "percent": [100.0, 80.0, 50.0], "area_percent": [50.0, 30.0, 20.0]})
    shown = Shown(study, {"ecological_importance_by_zone": grades, "soil_retention_importance_breaks": breaks})
    quantity = study.catalogue.vocabulary["soil_retention_importance_breaks"]
    shown.__dict__["standing"] = [quantity]
    first, second = red_line_findings("importance", shown)
    assert first == "Ecological importance, 2020, as a share of the region: extremely important 40.0 %, general 60.0 %."
    assert second.endswith("the first 50 % of a service cover so much of the area: soil retention 20.0 %.")
    assert red_line_findings("land", shown) == []


def test_without_tables_nothing_is_said(study):
    assert said(study) == []
    assert red_line_findings("importance", Shown(study)) == []


# Tables


def cells(frame, name, study, language="en"):
    shown = Shown(study, {name: frame}, language)
    (group,) = view_table(frame, study.catalogue.vocabulary[name], shown).groups
    (block,) = group.blocks
    heads = [column.heading for column in block.columns]
    return [dict(zip(heads, row, strict=True)) for row in block.rows]


def test_the_certificate_writes_each_row_in_its_own_digits(study):
    rows = cells(PLANNED, "red_line_certificate", study)
    assert rows[3]["Demand or measure"] == "Gap to what is proven to be out of reach"
    assert (rows[3]["Reached"], rows[3]["Unit"], rows[3]["Kept"]) == ("0.015", "%", "–")
    assert (rows[5]["Reached"], rows[5]["At most"], rows[5]["At least"], rows[5]["Kept"]) == (
        "599.9",
        "600",
        "–",
        "kept",
    )
    assert rows[4]["Demand or measure"] == "Target of extremely fragile land"
    assert cells(BY_RULE, "red_line_certificate", study)[2]["Kept"] == "missed"
    assert cells(BY_RULE, "red_line_certificate", study, "zh")[2]["是否达到"] == "未达到"
    assert row_words("share of function area 青台", Shown(study, language="zh")) == "功能区“青台”占比"


def test_the_ledger_is_in_one_language(study):
    row = cells(LEDGER, "red_line_ledger", study)[4]
    assert (row["Reason"], row["Side"], row["Area (ha)"]) == ("mandatory though on excluded land", "inside", "5,000")
    assert len([head for head in row if "eason" in head]) == 1
    row = cells(LEDGER, "red_line_ledger", study, "zh")[0]
    assert (row["说明"], row["红线内外"], row["陆域或海域"]) == ("无依据", "红线外", "陆域")
    assert "no ground" not in row.values()


def test_the_whole_certificate_has_no_common_decimals_and_says_kept_in_words(study, monkeypatch):
    shown = Shown(study, {"red_line_certificate": BY_RULE})
    shown.__dict__["standing"] = [study.catalogue.vocabulary["red_line_certificate"]]
    monkeypatch.setattr("shanshui.report.downloads._csv", lambda *_: b"")
    columns = dict(zip(COLUMNS, downloads(shown)["red_line_certificate"].columns, strict=True))
    assert columns["reached"]["decimals"] is None
    assert columns["holds"]["names"] == {"1.0": "kept", "0.0": "missed", "": "–"}
    assert columns["row"]["names"]["boundary"] == "Length of the boundary"


def test_gaps_of_the_curve_keep_their_digits(study):
    assert [row["Gap (%)"] for row in cells(CURVE, "red_line_price_curve", study)] == ["<0.01", "0.01", "1.50"]
    assert [row["Gap (%)"] for row in cells(CURVE[:2], "red_line_price_curve", study)] == ["0.004", "0.012"]


# Charts


def test_the_curve_of_the_price(study):
    shown = Shown(study, {"red_line_price_curve": CURVE})
    (chart,) = red_line_charts("red_line_price_curve", shown)
    dots = [mark for mark in chart.marks if mark.kind == "dot"]
    # Boundaries of 400, 100 and 98 km; 0, 5 and 10 % of the value lost.
    assert [dot.x for dot in dots] == pytest.approx([RIGHT, LEFT + (RIGHT - LEFT) / 4, LEFT + (RIGHT - LEFT) * 0.245])
    assert [dot.y for dot in dots] == pytest.approx([BOTTOM, (TOP + BOTTOM) / 2, TOP])
    assert (
        "0.2 km: 100 km of boundary, 5.00 % of the value lost; no plan is better by more than 0.013 %" in dots[1].text
    )
    assert [dot.colour == OWN for dot in dots] == [False, study.scalars["compactness_km"] == 0.2, False]
    labels = {mark.text: mark for mark in chart.marks if mark.kind == "text" and mark.text.endswith(" km")}
    assert {"0 km", "0.2 km", "0.4 km"} <= set(labels)
    assert labels["0 km"].style == "end"
    (curve,) = [mark for mark in chart.marks if mark.kind == "curve"]
    assert curve.points[0] == pytest.approx((100.0, BOTTOM - TOP))
    assert curve.points[2] == pytest.approx((24.5, 0.0))


def test_labels_that_would_lie_on_each_other_move_apart(study):
    near = CURVE.assign(boundary_km=[400.0, 100.0, 99.0], value_ppm=[500_000.0, 450_000.0, 449_900.0])
    (chart,) = red_line_charts("red_line_price_curve", Shown(study, {"red_line_price_curve": near}))
    ys = {mark.text: mark.y for mark in chart.marks if mark.kind == "text" and mark.text in ("0.2 km", "0.4 km")}
    assert abs(ys["0.2 km"] - ys["0.4 km"]) >= 14


def test_one_plan_makes_no_curve(study):
    assert red_line_charts("red_line_price_curve", Shown(study, {"red_line_price_curve": CURVE[:1]})) == []
    assert red_line_charts("red_line_ledger", Shown(study, {"red_line_ledger": LEDGER})) == []


def test_bars_of_what_is_protected_with_chance(study):
    (chart,) = red_line_charts("red_line_protection", Shown(study, {"red_line_protection": PROTECTION}))
    bars = [mark for mark in chart.marks if mark.kind == "rect"]
    assert [bar.text.split(":")[0] for bar in bars] == [
        "Extremely fragile land",
        "Water conservation",
        "Climate regulation (heat)",
    ]
    assert bars[0].x2 / bars[2].x2 == pytest.approx(80 / 30)
    # 80 / 2, 60 / 1.5 and 30 / 0.75: all 40 percent.
    chances = [mark for mark in chart.marks if mark.style == "chance"]
    assert [(mark.x - bars[0].x) / bars[0].x2 for mark in chances] == pytest.approx([0.5] * 3)
    assert bars[1].text == "Water conservation: 60.0 % inside; by chance 40.0 %"


# Maps


def test_patches_in_the_colours_of_what_they_protect(study):
    shown = Shown(study, patches=PATCHES)
    (view,) = shape_maps(shown, make_canvas(shown))["red_line"]
    assert view.line
    legend = shown.legend("red_line_cells").set_index("code")["colour"]
    assert [(entry.colour, entry.name, entry.text) for entry in view.legend] == [
        (legend[11], "Water conservation", "31,250 ha · 83.3 %"),
        (legend[31], "Mandatory", "6,250 ha · 16.7 %"),
    ]
    assert view.tell["names"] == ["Water conservation", "Mandatory"]
    assert shape_maps(Shown(study), make_canvas(shown)) == {}
    assert shape_maps(Shown(study, patches=PATCHES.iloc[:0]), make_canvas(shown)) == {}


def test_the_line_leaves_out_the_smallest_holes(study):
    canvas = make_canvas(Shown(study))
    # The sheet is 40 pixels wide, a pixel a cell: a hole of a hundredth of that is no dot yet.
    (kept,) = without_small_holes(np.array([PATCHES.geometry[0]]), canvas)
    assert kept.area == PATCHES.geometry[0].area
    tiny = box(2, 2, 10, 6).difference(shapely.box(470_000, 3_480_000, 470_900, 3_480_900))
    many = shapely.MultiPolygon([tiny, PATCHES.geometry[0]])
    (kept,) = without_small_holes(np.array([many]), canvas)
    assert kept.area == pytest.approx(tiny.envelope.area + PATCHES.geometry[0].area)
    assert len(shapely.get_parts(kept)) == 2


def test_classes_inside_and_outside_are_listed_apart(study):
    shown = Shown(study)
    legend = shown.legend("red_line_cells")
    areas = {0: 50.0, 1: 25.0, 11: 20.0, 32: 5.0}
    found = sided_classes([0, 1, 11, 32], legend, areas, True, shown)
    assert [(entry.name, entry.text) for entry in found.entries] == [
        ("Inside", "25 ha · 25.0 %"),
        ("Water conservation", "20 ha · 20.0 %"),
        ("Mandatory though on excluded land", "5 ha · 5.0 %"),
        ("Outside", "75 ha · 75.0 %"),
        ("No ground", "50 ha · 50.0 %"),
        ("Construction land", "25 ha · 25.0 %"),
    ]
    assert [entry.colour == "" for entry in found.entries] == [True, False, False, True, False, False]
    assert len(set(found.colours.values())) == 4
    speaking = sided_classes([0, 1, 11], legend, areas, False, shown).entries
    assert [entry.name for entry in speaking] == [
        "Water conservation",
        "Speaks against it, or says nothing",
        "No ground",
        "Construction land",
    ]


def test_no_two_reasons_share_a_colour(study):
    legend = Shown(study).legend("red_line_cells")
    assert legend["colour"].is_unique


# How sure


@pytest.fixture
def drawn(study, tmp_path, monkeypatch):
    """Give a material whose red line was drawn four times: shares of 0, 1/4, 1/2, 3/4 and 1, and no data."""
    path = tmp_path / "red_line_confidence_mean.tif"
    share = np.zeros((20, 40), np.float32)
    share[0, :4], share[1, :3], share[2, :2], share[3, :10] = 0.25, 0.5, 0.75, 1.0
    share[4, 0], share[19, :] = np.float32(1 - 1e-8), np.nan
    profile = {"driver": "GTiff", "height": 20, "width": 40, "count": 1, "dtype": "float32", "nodata": np.nan}
    with rasterio.open(
        path, "w", crs="EPSG:32648", transform=from_origin(450_000, 3_500_000, SIDE, SIDE), **profile
    ) as target:
        target.write(share, 1)
    monkeypatch.setattr(confidence, "_path", lambda material: path)
    shown = Shown(study, patches=PATCHES)
    files = ["rasters/red_line_confidence_mean.tif", "rasters/red_line_confidence_standard_deviation.tif"]
    shown.__dict__["drawn"] = {"red_line_confidence": {"draws": 4, "years": [], "files": files}}
    return shown, share


def test_the_core_and_what_is_inside_in_some_draws(study, drawn):
    shown, share = drawn
    area = study.inputs.sources["cell_area"]
    tiles = list(study.inputs.grid.tiles())
    cell = np.full(share.shape, np.nan)
    for tile in tiles:
        cell[tile.row : tile.row + tile.height, tile.column : tile.column + tile.width] = area.read(None, tile)
    hectares = cell / 10_000
    found = confidence_of(shown)
    assert found.draws == 4
    assert found.every == pytest.approx(hectares[share > 0.9].sum())
    assert found.some == pytest.approx(hectares[(share > 0) & (share < 0.9)].sum())
    assert found.ever == pytest.approx(hectares[share > 0].sum())
    assert found.hectares[1] == pytest.approx(hectares[share == 0.25].sum())
    assert sum(found.hectares) == pytest.approx(hectares[:19].sum())
    (sentence,) = red_line_findings("red_line", shown)
    # 11 cells of about 6.25 km² always, 9 sometimes.
    core, some, ever = (float(amount) for amount in re.findall(r"([\d.]+) km²", sentence))
    assert (core, some, ever) == pytest.approx((68.75, 56.25, 125.0), rel=0.002)


def test_the_map_of_the_core(study, drawn):
    shown, _ = drawn
    read, classes = confidence_classes(shown)
    codes = read((20, 40))
    assert codes[[0, 1, 2, 3, 4, 5], 0].tolist() == [25, 50, 75, 100, 100, 0]
    assert np.isnan(codes[19]).all()
    indices = classes.indices(codes)
    colours = list(classes.colours.values())
    levels = [1, 2, 2, 3, 3, 0]
    assert [colours[indices[row, 0]] for row in range(6)] == [COLOURS[level] for level in levels]
    assert indices[19, 0] == NOTHING_THERE
    assert classes.names[75] == "inside in 75 % of 4 draws"
    assert [entry.name for entry in classes.entries] == [
        "Inside in every draw: the core",
        "In half of the draws or more",
        "In less than half of the draws",
        "Never inside",
    ]
    quantity = study.catalogue.vocabulary["red_line_confidence"]
    shown.__dict__["standing"] = [quantity]
    view = draw_maps(shown, make_canvas(shown))["red_line_confidence"]
    assert view.line
    assert view.title == "How often a cell is inside, in 4 draws"
    # The plain product of ones and zeros says no more than the map of the cells.
    assert "red_line_confidence" not in raster_maps(shown, make_canvas(shown))
    told = sureness(quantity, shown, {"red_line_confidence": view})
    assert told.map is view
    assert "the core" in told.said[0]
    assert told.files == ["draws/rasters/red_line_confidence_mean.tif"]


def test_without_draws_there_is_no_core(study):
    assert confidence_of(Shown(study)) is None
    assert confidence_classes(Shown(study)) is None


# Chapters


@pytest.mark.parametrize(
    ("name", "chapter"),
    [
        ("service_importance", "importance"),
        ("fragility_class", "importance"),
        ("ecological_importance_by_zone", "importance"),
        ("soil_retention_importance", "importance"),
        ("coast_importance", "importance"),
        ("biodiversity_importance", "importance"),
        ("red_line", "red_line"),
        ("red_line_ground", "red_line"),
        ("red_line_protection", "red_line"),
        ("red_line_price_curve", "red_line"),
        ("red_line_net_value", "red_line"),
        ("coastal_protection", "coast"),
    ],
)
def test_the_chapter_of_a_product(study, name, chapter):
    shown = Shown(study)
    assert shown.chapter_of(study.catalogue.vocabulary[name]) == chapter


def test_what_comes_first_is_a_product_and_so_is_what_bears_the_line(study):
    vocabulary = study.catalogue.vocabulary
    assert all(vocabulary[name].product for name in (*FIRST, *LINED))
