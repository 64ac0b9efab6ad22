"""The page of the sample study, which has every chapter: its weight, its independence and its accessibility."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import shanshui
from shanshui.report import report
from shanshui.report.words import Language
from shanshui.sample import write_sample
from shanshui.study.study import Study

pytestmark = pytest.mark.slow

MOST_BYTES = 15_000_000
# What loads something: an address in an attribute or in a style.
LOADS = re.compile(
    r"""(?:src|srcset|href|action|data|poster)\s*=\s*["']?\s*(?:https?:)?//|url\(\s*["']?(?:https?:)?//"""
)
# Rows and entries of one list are alike, and there are 50,000 cells: four of each show what can be wrong.
KEEP_FOUR_ROWS = """() => {
  for (const list of document.querySelectorAll("tbody, ul, ol, dl")) {
    while (list.children.length > 4) list.lastElementChild.remove();
  }
}"""
# Checking the contrast of all texts of so long a page takes minutes; two things of each kind show every colour of it.
KINDS = (
    "header", "nav", ".findings", "figure.chart", "figure.map", "table.sortable", ".matrix", ".words", "details.whole",
    ".formula", ".badge", ".reasons", ".tools", "summary",
)  # fmt: skip
KEEP_TWO_OF_EACH = """(kinds) => {
  const kept = kinds.flatMap((kind) => [...document.querySelectorAll(kind)].slice(0, 2));
  for (const each of document.querySelectorAll(kinds.join(",") + ",details")) {
    if (!kept.some((one) => one.contains(each) || each.contains(one))) each.remove();
  }
}"""


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Study:
    """Give the sample study, with every product made."""
    folder = tmp_path_factory.mktemp("sample") / "study"
    write_sample(folder, 200, 1)
    study = shanshui.open_study(folder)
    study.make()
    return study


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_the_page_is_light_needs_nothing_from_outside_and_can_be_read_by_all(
    sample: Study, language: Language, browse: Callable[..., Any], tmp_path: Path
) -> None:
    axe = pytest.importorskip("axe_playwright_python.base")
    path = tmp_path / "index.html"
    path.write_bytes(report(sample, language).read_bytes())
    assert path.stat().st_size < MOST_BYTES
    assert not LOADS.findall(path.read_text("utf-8"))
    for width in (1280, 390):
        with browse(path, width) as page:
            page.evaluate("document.querySelectorAll('details:not(.whole)').forEach((box) => { box.open = true; })")
            page.locator("details.whole summary").first.click()
            page.wait_for_selector("details.whole tbody td")
            assert page.evaluate("document.documentElement.scrollWidth") <= width
            page.evaluate(axe.AXE_SCRIPT)
            faults = []
            if width == 1280:  # what a page is made of does not depend on its width
                page.evaluate(KEEP_FOUR_ROWS)
                run = "axe.run({ rules: { 'color-contrast': { enabled: false } } })"
                faults += page.evaluate(run)["violations"]
            page.evaluate(KEEP_TWO_OF_EACH, list(KINDS))
            faults += page.evaluate("axe.run()")["violations"]
            assert not [fault["id"] for fault in faults if fault["impact"] in ("serious", "critical")]
