"""How sure the products are: the maps, the sentence, the shares and what was drawn, of a small study with draws."""

import re
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import rasterio

import shanshui
from shanshui.report.canvas import make_canvas
from shanshui.report.drawn_numbers import drawn_lines
from shanshui.report.draws import sureness
from shanshui.report.maps import draw_maps
from shanshui.report.material import Material
from shanshui.report.page import page
from shanshui.report.scales import UNSURE
from shanshui.report.words import Words

UNCERTAIN = """
[layers.elevation]
path = "elevation.tif"
unit = "m"

[tables.cover_management_by_class]
path = "classes.csv"

[uncertainty.elevation]
distribution = "normal"
standard_deviation = 3.0
source = "a survey"

[uncertainty.cover_management_by_class]
distribution = "triangular"
relative = true
low = 0.5
high = 1.5
"""

WORDS = """
[blend]
shape = "cell"
measure = "intensive"
unit = "mm"
product = true
english = "blend"
chinese = "混合"
meaning = "A."

[blend_sums]
shape = "sums"
english = "sums"
chinese = "和"
meaning = "B."

[blend_by_zone]
shape = "table"
product = true
english = "blend by zone"
chinese = "分区混合"
meaning = "C."
columns = { zoning = "z", zone = "z", zone_name = "n", year = "y", mean = "m", area_ha = "a" }

[steep]
shape = "cell"
measure = "class"
product = true
english = "steep"
chinese = "陡"
meaning = "D."
"""

STEPS = """
import numpy as np

from shanshui.base.step import Series, step
from shanshui.science.zone_sums import sum_by_zone
from shanshui.science.zone_tables import means_by_zone


@step
def blend(cover_management, elevation):
    '''A linear model.'''
    return 100 * cover_management + elevation


@step
def blend_sums(blend, zone_cover, cell_area, zones):
    '''Sums.'''
    return sum_by_zone(zone_cover, blend, cell_area, len(zones))


@step
def blend_by_zone(blend_sums: Series, zones):
    '''Means.'''
    return means_by_zone(blend_sums, zones, "blend")


@step
def steep(elevation):
    '''Classes.'''
    return np.where(np.isnan(elevation), -1, np.where(elevation > 500, 2, 1)).astype(np.int32)
"""

DRAWS = 30


@pytest.fixture(scope="module")
def folder(tmp_path_factory, write_study):
    folder = tmp_path_factory.mktemp("draws") / "study"
    write_study(folder, [2000, 2020])
    cells = np.tile(np.linspace(480, 520, 40, dtype=np.float32), (20, 1))
    with rasterio.open(folder / "land_cover_2020.tif") as source:
        profile = source.profile | {"dtype": "float32", "nodata": -9999.0}
    with rasterio.open(folder / "elevation.tif", "w", **profile) as target:
        target.write(cells, 1)
    (folder / "classes.csv").write_text("code,coefficient\n1,0.1\n2,0.2\n3,0.3\n4,0.4\n", "utf-8")
    (folder / "steps.py").write_text(STEPS, "utf-8")
    (folder / "vocabulary.toml").write_text(WORDS, "utf-8")
    plain = (folder / "study.toml").read_text("utf-8")
    (folder / "study.toml").write_text(plain + UNCERTAIN, "utf-8")
    study = shanshui.open_study(folder, trust=True)
    names = ["blend", "blend_by_zone", "steep", "cover_management"]
    study.make(names)
    study.draw(names, draws=DRAWS)
    return folder


@pytest.fixture(params=["en", "zh"])
def material(request, folder):
    return Material(shanshui.open_study(folder, trust=True), Words(request.param))


def seen(material, name):
    canvas = make_canvas(material)
    return sureness(material.study.catalogue.vocabulary[name], material, draw_maps(material, canvas))


def test_the_sentence_has_the_numbers_of_the_table(material, folder):
    told = pd.read_csv(folder / "out" / "draws" / "tables" / "blend_by_zone_draws.csv")
    row = told.query("zoning == 'region' and zone != '(outside)' and column == 'mean' and year == 2020").iloc[0]
    # The deviation is between 1 and 10: one decimal gives two digits of it.
    assert 1 < row["standard_deviation"] < 10
    mean, deviation = f"{row['mean']:.1f}", f"{row['standard_deviation']:.1f}"
    wanted = {
        "en": f"Over the region, in 30 draws: {mean} ± {deviation} mm (mean and standard deviation, 2020).",
        "zh": f"2020年全区30次抽样：{mean} ± {deviation} 毫米（均值±标准差）。",
    }
    assert seen(material, "blend").said == [wanted[material.words.language]]
    # Where the quantity itself tells it, the table of its zones does not say it again, but names the file.
    again = seen(material, "blend_by_zone")
    assert (again.said, again.chart, again.map) == ([], None, None)
    assert again.files == ["draws/tables/blend_by_zone_draws.csv"]


def test_the_shares_of_variance_are_bars_with_their_numbers(material, folder):
    shares = pd.read_csv(folder / "out" / "draws" / "tables" / "blend_by_zone_shares.csv")
    region = shares.query("zoning == 'region' and zone != '(outside)' and year == 2020")
    wanted = dict(zip(region["uncertain"], region["share_percent"], strict=True))
    chart = seen(material, "blend").chart
    bars = [mark for mark in chart.marks if mark.kind == "rect"]
    assert len(bars) == 3
    zh = material.words.language == "zh"
    names = {
        "elevation": "高程" if zh else "Elevation",
        "together, and by bends": "交互与非线性" if zh else "interplay",
    }
    by_name = {name: bar for name in names for bar in bars if bar.text.startswith(names[name])}
    (other,) = [bar for bar in bars if bar not in by_name.values()]
    by_name["cover_management_by_class"] = other
    for name, bar in by_name.items():
        assert f"{abs(wanted[name]):.1f} %" in bar.text
    # Bars are as long as their shares.
    lengths = [bar.x2 / abs(wanted[name]) for name, bar in by_name.items() if abs(wanted[name]) > 1]
    assert lengths == pytest.approx([lengths[0]] * len(lengths))
    # What is left over comes last.
    assert bars[-1] is by_name["together, and by bends"]
    assert "2020" in chart.title


def test_maps_of_the_deviation_and_of_the_confidence(material, folder):
    views = draw_maps(material, make_canvas(material))
    unit = {"en": "mm", "zh": "毫米"}[material.words.language]
    view = views["blend"]
    assert view.anchor == "map-blend-standard_deviation"
    assert view.ramp.unit == unit
    assert view.ramp.colours == UNSURE
    assert [panel.label for panel in view.panels] == ["2020"]
    with rasterio.open(folder / "out/draws/rasters/blend_standard_deviation_2020.tif") as source:
        cells = source.read(1, masked=True)
    low, high = np.quantile(cells.compressed(), [0.02, 0.98])
    assert view.tell["low"] == pytest.approx(low)
    assert view.tell["low"] + 100 * view.tell["step"] == pytest.approx(high)
    # Classes are sure far from 500 m, and are told in percent; what is not sure is dark.
    view = views["steep"]
    assert view.anchor == "map-steep-confidence"
    assert view.ramp.unit == "%"
    assert view.ramp.colours == UNSURE[::-1]
    assert view.tell["low"] + 100 * view.tell["step"] == pytest.approx(100.0)
    assert 40 < view.tell["low"] < 70


def test_what_was_drawn_is_told_with_source_and_status(material):
    zh = material.words.language == "zh"
    lines = {line.name: line for line in drawn_lines(material)}
    assert set(lines) == {"elevation", "cover_management_by_class"}
    layer, classes = lines["elevation"], lines["cover_management_by_class"]
    assert layer.source == "a survey"
    assert layer.distribution == (
        "正态分布，均值0，标准差3，全部像元加上该数"
        if zh
        else "normal, 0 with a standard deviation of 3, added to all cells"
    )
    # Four classes, each from half to one and a half of its own value.
    assert classes.distribution == (
        "三角分布，0.5至1.5，众数1，均为各行数值的倍数，4个数，各自抽样"
        if zh
        else "triangular, 0.5 to 1.5, most often 1, times the value of each row, 4 numbers, each drawn for itself"
    )
    assert classes.rows == []
    assert classes.source == ("未说明" if zh else "not stated")
    assert {line.status for line in lines.values()} == {"study"}


def test_the_page_tells_it_all(material):
    text = page(material)
    zh = material.words.language == "zh"
    assert ("不确定性：30次抽样" if zh else "How sure: 30 draws") in text
    for name in ("blend-standard_deviation", "steep-confidence", "cover_management-standard_deviation"):
        assert text.count(f'id="map-{name}"') == 1
    assert ("30次抽样，随机种子" if zh else "30 draws, seed") in text
    table = re.search(r'<h3 id="drawn">.*?</table>', text, re.DOTALL)[0]
    assert ">官方<" not in table
    assert ">official<" not in table
    assert table.count('class="badge study"') == 2


def test_without_draws_nothing_is_told(folder, tmp_path: Path):
    copied = tmp_path / "study"
    shutil.copytree(folder, copied)
    shutil.rmtree(copied / "out" / "draws")
    plain = page(Material(shanshui.open_study(copied, trust=True), Words("en")))
    assert 'class="sure"' not in plain
    assert 'id="drawn"' not in plain
    assert "standard_deviation" not in plain
    assert "30 draws" not in plain


def test_draws_of_a_product_that_has_changed_are_not_shown(folder, tmp_path: Path):
    copied = tmp_path / "study"
    shutil.copytree(folder, copied)
    (copied / "classes.csv").write_text("code,coefficient\n1,0.1\n2,0.2\n3,0.3\n4,0.9\n", "utf-8")
    study = shanshui.open_study(copied, trust=True)
    study.make(["blend", "blend_by_zone", "steep"])
    assert set(Material(study, Words("en")).drawn) == {"steep"}


def test_shares_of_classes_count_the_draws_in_which_there_is_none(folder, monkeypatch):
    # In 2 of 4 draws 10 % and 30 %, in the others nothing: the mean of 10, 30, 0, 0 is 10, the sum of squared
    # differences 0 + 400 + 100 + 100 = 600, and the deviation the root of 600 / 3 = 200, 14.14.
    rows = pd.DataFrame(
        {
            "class_name": ["fragile", "no data"],
            "column": ["share_percent"] * 2,
            "mean": [20.0, np.nan],
            "standard_deviation": [200**0.5, np.nan],
            "draws": [2, 0],
            "year": [2020] * 2,
        }
    )
    monkeypatch.setattr("shanshui.report.draws._region", lambda table, material: rows)
    material = Material(shanshui.open_study(folder, trust=True), Words("zh"))
    material.drawn["steep_by_zone"] = {"draws": 4}
    wanted = "2020年全区4次抽样各等级占比（均值±标准差）：脆弱 10.0 ± 14.1%。"
    assert sureness(material.study.catalogue.vocabulary["steep"], material, {}).said == [wanted]
