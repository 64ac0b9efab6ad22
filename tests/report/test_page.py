"""The whole page: what stands in it, in both languages, from what the study's products say."""

import base64
import io
import json
import re
import zlib
from collections.abc import Callable
from html.parser import HTMLParser
from itertools import pairwise
from typing import Any

import geopandas
import pandas as pd
import pytest

import shanshui
from shanshui.report import report
from shanshui.report.material import Material
from shanshui.report.page import page
from shanshui.report.words import Words, dictionary
from shanshui.study.study import Study

VOID = {"meta", "img", "br", "link", "input", "hr"}
IMAGE = "data:image/png;base64,"


class Outline(HTMLParser):
    """Collects what a test wants to know of a page, and refuses tags that do not close."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.headings: list[int] = []
        self.ids: list[str] = []
        self.links: list[str] = []
        self.images: list[dict[str, str | None]] = []
        self.said: list[str] = []
        self.feed(text)
        self.close()
        assert not self.open

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        found = dict(attributes)
        if tag not in VOID:
            self.open.append(tag)
        if re.fullmatch(r"h[1-6]", tag):
            self.headings.append(int(tag[1]))
        if "id" in found:
            self.ids.append(str(found["id"]))
        if tag == "a":
            self.links.append(str(found["href"]))
        if tag == "img":
            self.images.append(found)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] not in ("style", "script"):
            self.said.append(data.strip())


@pytest.fixture(scope="module", params=["en", "zh"])
def language(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture(scope="module")
def text(study: Study, language: str) -> str:
    return page(Material(study, Words(language)))


def test_report_is_written_whole_in_the_language_of_the_study(study: Study) -> None:
    path = report(study)
    assert path == study.output.folder / "report" / "index.html"
    assert path.read_text("utf-8") == page(Material(study, Words("en")))
    assert sorted(found.name for found in path.parent.iterdir()) == ["index.html", "report.xlsx"]
    assert '<html lang="zh-Hans">' in report(study, language="zh").read_text("utf-8")


def test_same_study_gives_the_same_bytes(study: Study, language: str, text: str) -> None:
    again = shanshui.open_study(study.folder, trust=True)
    assert page(Material(again, Words(language))) == text


def test_page_needs_nothing_else(text: str) -> None:
    assert "http://" not in text
    assert "https://" not in text
    assert "@import" not in text
    assert "url(" not in text.lower().replace("createobjecturl(", "").replace("revokeobjecturl(", "")
    assert "<script src" not in text
    assert "<link" not in text
    assert all(found.startswith(f'"{IMAGE}') for found in re.findall(r"src=(.{40})", text))


def test_tags_balance_and_links_lead_somewhere(text: str) -> None:
    found = Outline(text)
    assert len(set(found.ids)) == len(found.ids)
    assert {link.removeprefix("#") for link in found.links} <= set(found.ids)
    assert all(image["alt"] for image in found.images)


def test_headings_go_down_one_level_at_a_time(text: str) -> None:
    levels = Outline(text).headings
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))


def test_names_are_escaped(text: str) -> None:
    assert "Two &lt;valleys&gt; &amp; a hill" in text
    assert "<valleys>" not in text


def test_every_product_has_a_chapter_a_method_and_a_receipt(study: Study, text: str) -> None:
    found = Outline(text)
    for name in study.products:
        assert name.endswith("_findings") or name in found.ids
        assert f"receipts/{name}.json" in text
        assert str(study.output.receipt(name)["key"])[:12] in found.said


def test_findings_stand_in_the_page_with_the_numbers_of_the_tables(study: Study, language: str, text: str) -> None:
    findings = study.run("land_findings")["english" if language == "en" else "chinese"].tolist()
    said = Outline(text).said
    assert findings
    assert set(findings) <= set(said)
    shares = study.run("ecological_land_share").query("zoning == 'region'").set_index("year")["share_percent"]
    assert f"{shares[2000]:.1f}" in findings[0]
    assert f"{shares[2020]:.1f}" in findings[0]


def test_tables_show_the_numbers_of_the_products(study: Study, text: str) -> None:
    changes = study.run("land_change").query("zoning == 'region' and keyed_by == 'ecosystem' and class_name == 'built'")
    said = Outline(text).said
    assert f"{changes['area_from_ha'].iloc[0]:,.0f}" in said
    assert f"+{changes['change_ha'].iloc[0]:,.0f}" in said


def test_classes_are_named_in_the_language(language: str, text: str) -> None:
    said = Outline(text).said
    assert ("Old wood" if language == "en" else "老林") in said
    assert ("Forest" if language == "en" else "森林") in said
    assert ("Old wood" if language == "zh" else "老林") not in said


def test_maps_are_drawn(text: str) -> None:
    found = Outline(text)
    figures = re.findall(r'<figure class="map" id="map-([^"]+)">(.*?)</figure>', text, re.DOTALL)
    # Each raster that stands, with one picture a year.
    assert {name: body.count("<img ") for name, body in figures if "<img " in body} == {
        "land_cover": 2,
        "land_conversion": 1,
        "habitat_degradation": 2,
        "habitat_quality": 2,
        "carbon_stock": 2,
        "carbon_sequestration": 2,
        "recreation_opportunity": 2,
        "ecological_importance": 2,
        "service_importance": 2,
        "service_importance_dominant": 2,
        "biodiversity_importance": 2,
        "habitat_quality_importance": 2,
        "carbon_sequestration_importance": 2,
        "red_line": 1,
        "red_line_cells": 1,
        "red_line_ground": 1,
        "red_line_type": 2,
        "red_line_value": 1,
        "greenness": 2,
        "greenness_change": 1,
    }
    assert len(found.images) == 34
    wanted = {
        "map-land_cover",
        "map-land_conversion",
        "map-greenness",
        "map-ecological_land_share-share_percent-valley",
    }
    assert wanted <= set(found.ids)


def test_chapters_stand_in_order_and_the_studys_own_last(text: str) -> None:
    chapters = [name for name in Outline(text).ids if name.startswith("chapter-")]
    assert chapters[0] == "chapter-land"
    assert chapters[-1] == "chapter-own"


def data(text: str) -> dict[str, Any]:
    return json.loads(re.search(r'<script type="application/json" id="data">(.*?)</script>', text, re.DOTALL)[1])


def test_every_table_can_be_downloaded_as_it_is(study: Study, text: str) -> None:
    tables = data(text)["tables"]
    files = sorted((study.output.folder / "tables").glob("*.csv"))
    vectors = {file.stem: file for file in (study.output.folder / "vectors").glob("*.gpkg")}
    assert {file.stem for file in files} | set(vectors) == set(tables)
    for name, file in vectors.items():
        attributes = pd.read_csv(io.BytesIO(zlib.decompress(base64.b64decode(tables[name]["packed"]))))
        pd.testing.assert_frame_equal(attributes, pd.DataFrame(geopandas.read_file(file).drop(columns="geometry")))
    for file in files:
        assert zlib.decompress(base64.b64decode(tables[file.stem]["packed"])) == file.read_bytes()
        assert f'class="download" data-table="{file.stem}"' in text or file.stem.endswith("_findings")


def test_no_english_heading_is_left_in_chinese(study: Study) -> None:
    words = Words("zh")
    for quantity in study.catalogue.products:
        if quantity.shape == "table":
            for column in quantity.columns:
                assert re.search("[\u4e00-\u9fff%]", words.heading(column)), (quantity.name, column)


def test_both_languages_have_every_word() -> None:
    for section in ("page", "chapters", "statuses", "columns", "units", "values"):
        for key, entry in dictionary()[section].items():
            assert set(entry) == {"en", "zh"}, key


def test_statuses_and_unknown_licences_are_told(language: str, study: Study, text: str) -> None:
    said = Outline(text).said
    assert ("default" if language == "en" else "默认") in said
    assert ("licence unknown: ask before passing on" if language == "en" else "许可未知：转交前请核实") in said
    assert "CC0-1.0" in said
    # Official is what the policy pack says is official, and nothing else.
    rows = re.findall(r'<tr><th scope="row"><code>(\w+)</code>(?:(?!</tr>).)*<span class="badge (\w+)">([^<]*)<', text)
    badges = {name: (badge, word) for name, badge, word in rows}
    official = {name for name in badges if name in study.parameters and study.parameters[name].status == "official"}
    assert {name for name, (badge, _) in badges.items() if badge == "official"} == official
    assert {badges[name][1] for name in official} == {"official" if language == "en" else "官方"}
    assert {name.partition("_wetland_loss")[1] for name in official} == {"_wetland_loss"}
    assert said.count("official" if language == "en" else "官方") == len(official)


def test_skipped_products_are_named_with_their_reasons(build_study: Callable[..., Study]) -> None:
    study = build_study([2000])
    study.make(["zone_area", "land_area"])
    said = Outline(page(Material(study, Words("en")))).said
    assert "land_conversion" in study.missing
    # Products that lack the same stand together, with what is lacking in the end; the chain between is for `show`.
    headings = [text for text in said if "Land conversion" in text.split(", ")]
    assert headings
    lacking = [reason for reason in study.missing["land_conversion"] if "needs" not in reason]
    assert lacking
    assert set(lacking) <= set(said)
    assert not [text for text in said if "it needs" in text]


def test_products_that_are_not_current_are_left_out_and_named(build_study: Callable[..., Study]) -> None:
    study = build_study([2000, 2020])
    study.make(["zone_area"])
    found = Outline(page(Material(study, Words("en"))))
    assert "zone_area" in found.ids
    assert "land_area" not in found.ids
    assert any("Land area by class" in words and "Land conversion" in words for words in found.said)


def test_a_study_of_which_nothing_was_made_has_a_page(build_study: Callable[..., Study]) -> None:
    said = Outline(page(Material(build_study([2000, 2020], language="zh"), Words("zh")))).said
    assert "没有最新的产品，请先运行本研究。" in said
