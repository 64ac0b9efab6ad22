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
