"""The dictionary is whole in both languages, and the Chinese page uses it throughout."""

import re
import string

import pytest

from shanshui.report.material import Material
from shanshui.report.page import page
from shanshui.report.words import Words, dictionary
from shanshui.study.study import Study

SECTIONS = list(dictionary())
# Words that are the same in both languages: symbols, file names, the name of the software.
SHARED = {"%", "study.toml"}


def blanks(text: str) -> set[str | None]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


@pytest.mark.parametrize("section", SECTIONS)
def test_every_word_has_both_languages_with_the_same_blanks(section: str) -> None:
    for key, texts in dictionary()[section].items():
        assert set(texts) == {"en", "zh"}, key
        assert blanks(texts["en"]) == blanks(texts["zh"]), key


@pytest.mark.parametrize("section", SECTIONS)
def test_chinese_words_are_chinese(section: str) -> None:
    for key, texts in dictionary()[section].items():
        left = re.sub(r"\{\w+\}", "", texts["zh"])
        if re.search(r"[A-Za-z]", texts["en"]) and texts["zh"] not in SHARED:
            assert re.search(r"[\u4e00-\u9fff%]", left) or not re.search(r"[A-Za-z]", left), key


def test_no_english_fixed_words_are_left_on_the_chinese_page(study: Study) -> None:
    text = page(Material(study, Words("zh")))
    body = text[text.index("<body>") :]
    # What is marked as English is the docstrings of the methods and the reasons of the engine.
    body = re.sub(r'<(div|p|dd|ul) lang="en">.*?</\1>', "", body, flags=re.DOTALL)
    said = {found.strip() for found in re.findall(r">([^<>]+)<", body)}
    said |= set(re.findall(r'(?:aria-label|alt)="([^"]*)"', body))
    for section in SECTIONS:
        for key, texts in dictionary()[section].items():
            if len(texts["en"]) > 3 and texts["en"] not in SHARED and not blanks(texts["en"]):
                assert texts["en"] not in said, f"{section}.{key}"


def test_columns_are_headed_with_their_units() -> None:
    assert Words("en").heading("area_ha") == "Area (ha)"
    assert Words("zh").heading("area_ha") == "面积（公顷）"
    assert Words("en").heading("soil_loss_t") == "Soil loss (t)"
    assert Words("en").heading("remark") == "Remark"


@pytest.mark.parametrize(
    ("product", "column", "english", "chinese"),
    [
        ("protected_area_faces", "holds", "Use that lies on it", "矛盾用地类型"),
        ("protected_area_balance", "holds", "Kept", "是否达到"),
        ("protected_area_faces", "zone", "Control zone", "管控分区"),
        ("protected_area_gaps", "zone", "Key", "编号"),
        ("protected_area_gaps", "gap", "Gap", "空缺编号"),
        ("red_line_certificate", "gap_percent", "Gap (%)", "差距（%）"),
        ("protected_area_conflicts", "gap_m", "Distance (m)", "间距（米）"),
        ("protected_area_gaps", "value_ppm", "Value (ppm)", "生态价值（百万分比）"),
        ("red_line_price_curve", "value_ppm", "Value protected (ppm)", "保护价值（百万分比）"),
        ("protected_area_conflicts", "percent", "Share of the area (%)", "占本保护地面积（%）"),
        ("protected_area_conflicts", "other_percent", "Share of the other area (%)", "占另一保护地面积（%）"),
        ("protected_area_conflicts", "area", "Key", "保护地编号"),
        # The key of an area has no say in the heading of an area in hectares.
        ("protected_area_conflicts", "area_ha", "Area (ha)", "面积（公顷）"),
        ("national_park_candidates", "national_percent", "Protected land of national level (%)", "国家级占比（%）"),
        ("red_line_adjustment_ledger", "function_area", "Function area", "重点生态功能区"),
        ("red_line_adjustment_ledger", "soil_retention_ppm", "Soil retention (ppm)", "水土保持（百万分比）"),
        ("red_line_adjustment_ledger", "weighted_endemism_ppm", "Weighted endemism (ppm)", "加权特有性（百万分比）"),
        ("red_line_next", "added_ha", "Comes in (ha)", "调入面积（公顷）"),
        ("red_line", "added_ha", "Added without a ground (ha)", "无依据而划入（公顷）"),
        ("protected_area_conflicts", "told_zh", "In words, in Chinese", "情况说明，中文"),
        ("protected_area_conflicts", "name_zh", "Chinese name", "中文名称"),
    ],
)
def test_a_column_is_headed_as_its_product_means_it(product: str, column: str, english: str, chinese: str) -> None:
    assert (Words("en").heading(column, product), Words("zh").heading(column, product)) == (english, chinese)


def test_columns_of_protected_areas_and_the_adjustment_are_headed_in_both_languages(study: Study) -> None:
    columns = dictionary()["columns"]
    units = "|".join(re.escape(unit) for unit in dictionary()["units"])
    names = re.compile("protected_area|national_park_candidates|red_line_(adjustment|next|edits|in_ground)")
    found = [quantity for quantity in study.catalogue.vocabulary.values() if names.match(quantity.name)]
    assert sum(len(quantity.columns) for quantity in found) > 200
    for quantity in found:
        for column in quantity.columns:
            assert re.search(r"[\u4e00-\u9fff]", Words("zh").heading(column, quantity.name)), (quantity.name, column)
            said = column.removesuffix("_zh")
            known = {f"{quantity.name}.{said}", said, re.sub(f"_({units})$", "", said)} & set(columns)
            # A single word heads itself in English: "rank", "group".
            assert known or "_" not in said, (quantity.name, column)
            assert "_" not in Words("en").heading(column, quantity.name)


@pytest.mark.parametrize(
    ("text", "section", "shown"),
    [
        ("prefecture", "levels", "地市级"),
        ("prefecture", "values", "地级市"),
        ("core", "control_zones", "核心保护区"),
        ("core", "register_zones", "核心区"),
        ("total", "levels", "合计"),
        ("farmland; mining", "values", "农田；矿业权"),
        ("kept, A1", "values", "保留、A1"),
        ("kept: protected area", "values", "保留：自然保护地等必须保护区域"),
        ("level after", "values", "级别：整合后"),
        ("(outside)", "values", "所有分区之外"),
    ],
)
def test_words_of_tables_are_those_of_their_section(text: str, section: str, shown: str) -> None:
    assert Words("zh").value(text, section) == shown
