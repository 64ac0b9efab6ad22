"""The page in a browser, from disk and without a network: sorting, filtering, downloading, maps, accessibility."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from shanshui.report import report
from shanshui.report.words import Language
from shanshui.study.study import Study

pytestmark = pytest.mark.slow

# playwright's driver leaves a pipe to the collector when its process ends
ignored = pytest.mark.filterwarnings("ignore::ResourceWarning")


@pytest.fixture(scope="module", params=["en", "zh"])
def path(study: Study, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    copy = tmp_path_factory.mktemp("page") / "index.html"
    copy.write_bytes(report(study, request.param).read_bytes())
    return copy


@ignored
@pytest.mark.parametrize("width", [1280, 390])
def test_no_serious_fault_of_accessibility(path: Path, width: int, browse: Callable[..., Any]) -> None:
    axe = pytest.importorskip("axe_playwright_python.base")
    with browse(path, width) as page:
        page.evaluate("document.querySelectorAll('details').forEach((box) => { box.open = true; })")
        page.wait_for_selector("details.whole tbody td")
        page.evaluate(axe.AXE_SCRIPT)
        faults = page.evaluate("axe.run()")["violations"]
        assert not [fault["id"] for fault in faults if fault["impact"] in ("serious", "critical")]
        assert page.evaluate("document.documentElement.scrollWidth") <= width


@ignored
def test_tables_sort_filter_and_download(study: Study, path: Path, tmp_path: Path, browse: Callable[..., Any]) -> None:
    with browse(path) as page:
        box = page.locator("details.whole[data-table=land_transition]")
        box.locator("summary").click()
        page.wait_for_selector("details.whole[data-table=land_transition] tbody td")
        area = list(study.run("land_transition").columns).index("area_ha")
        box.locator("thead button").nth(area).press("Enter")
        cells = box.locator(f"tbody td:nth-child({area + 1})").all_inner_texts()
        numbers = [float(cell.replace(",", "")) for cell in cells]
        assert numbers == sorted(numbers)
        assert numbers[0] == pytest.approx(study.run("land_transition")["area_ha"].min(), abs=0.5)
        with page.expect_download() as waiting:
            page.locator("button.download[data-table=land_transition]").click()
        waiting.value.save_as(tmp_path / "a.csv")
        assert (tmp_path / "a.csv").read_bytes() == (study.output.folder / "tables/land_transition.csv").read_bytes()


@ignored
def test_a_map_tells_the_value_and_the_zone_under_the_pointer(path: Path, browse: Callable[..., Any]) -> None:
    with browse(path) as page:
        view = page.locator("#map-greenness .view").first
        view.scroll_into_view_if_needed()
        room = view.bounding_box()
        # The middle of the cell in row 12, column 5: wood in the west, whose greenness is its row.
        page.mouse.move(room["x"] + room["width"] * 5.5 / 40, room["y"] + room["height"] * 12.5 / 20)
        page.wait_for_selector(".tip strong")
        assert float(page.locator(".tip strong").inner_text().split()[0]) == pytest.approx(12.0, abs=0.2)
        assert "West Valley" in page.locator(".tip").inner_text()
        view.focus()
        page.keyboard.press("+")
        assert page.evaluate("document.querySelector('#map-greenness .ground').style.width") == "150%"


def covered(page: Any, figure: str) -> list[float]:
    """Give where the ground of a map lies: left, top, width and height, in percent of its view."""
    style = page.evaluate(f"document.querySelector('{figure} .ground').style.cssText")
    return [float(part.split(":")[1].strip(" %")) for part in style.split(";") if ":" in part]


@ignored
def test_buttons_zoom_and_a_drag_moves_all_panels(path: Path, browse: Callable[..., Any]) -> None:
    with browse(path) as page:
        figure = page.locator("#map-land_cover")
        view = figure.locator(".view").first
        figure.scroll_into_view_if_needed()
        bar = figure.locator(".scale").first.inner_text()
        for _ in range(2):
            figure.locator("[data-zoom=in]").click()
        # About the middle: 1.6 x 1.6 as large, and 0.78 of the view beyond each side.
        assert covered(page, "#map-land_cover") == pytest.approx([-78.0, -78.0, 256.0, 256.0])
        assert figure.locator(".scale").first.inner_text() != bar
        view.scroll_into_view_if_needed()
        room = view.bounding_box()
        middle = room["x"] + room["width"] / 2, room["y"] + room["height"] / 2
        page.mouse.move(*middle)
        page.mouse.down()
        page.mouse.move(middle[0] + room["width"] / 4, middle[1] - room["height"] / 10, steps=4)
        page.mouse.up()
        left, top, *_ = covered(page, "#map-land_cover")
        assert (left, top) == pytest.approx((-78.0 + 25.0, -78.0 - 10.0), abs=1.5)
        grounds = page.evaluate(
            "[...document.querySelectorAll('#map-land_cover .ground')].map((ground) => ground.style.cssText)"
        )
        assert len(grounds) == 2
        assert len(set(grounds)) == 1
        figure.locator("[data-zoom=out]").click()
        assert covered(page, "#map-land_cover")[2:] == pytest.approx([160.0, 160.0])
        figure.locator("[data-zoom=reset]").click()
        assert covered(page, "#map-land_cover") == pytest.approx([0.0, 0.0, 100.0, 100.0])


@ignored
def test_a_table_is_filtered_by_what_is_chosen_and_by_what_is_typed(
    study: Study, path: Path, browse: Callable[..., Any]
) -> None:
    frame = study.run("inhabitants")
    with browse(path) as page:
        box = page.locator("details.whole[data-table=inhabitants]")
        box.locator("summary").click()
        page.wait_for_selector("details.whole[data-table=inhabitants] tbody td")
        rows = box.locator("tbody tr")
        assert rows.count() == len(frame)
        box.locator("input[type=search]").fill("west v")
        assert rows.count() == (frame["zone_name"] == "West Valley").sum() == 3
        box.locator("select", has=page.locator("option[value='2010']")).select_option("2010")
        assert rows.count() == 1
        # In 2010 the western valley has lost 10 x 10 of its 1,000 people.
        assert box.locator("tbody td").last.inner_text() == "900"
        box.locator("input[type=search]").fill("")
        assert rows.count() == (frame["year"] == 2010).sum()


@ignored
@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_study_without_a_grid_has_a_map_that_tells_its_zones(
    people: Study, language: Language, browse: Callable[..., Any]
) -> None:
    with browse(report(people, language)) as page:
        figure = page.locator("#map-population_change-total_change_percent-county")
        figure.scroll_into_view_if_needed()
        view = figure.locator(".view")
        assert figure.locator(".fills use").count() == 2
        assert len({use.get_attribute("fill") for use in figure.locator(".fills use").all()}) == 2
        room = view.bounding_box()
        for share, name, change in ((0.25, "West", "−10.0"), (0.75, "East", "+25.0")):
            page.mouse.move(room["x"] + room["width"] * share, room["y"] + room["height"] / 2)
            page.wait_for_function(f"document.querySelector('.tip').innerText.includes('{name}')")
            assert page.locator(".tip strong").inner_text().startswith(change)
        # The clinics have no polygons: they have a chart, folded away, and no empty map.
        assert page.locator("figure.map[id$=clinic]").count() == 0


@ignored
@pytest.mark.parametrize(("width", "least"), [(1280, 26 * 16), (390, 16 * 16)])
def test_long_texts_are_folded_until_they_are_wanted(
    path: Path, width: int, least: int, browse: Callable[..., Any]
) -> None:
    with browse(path, width) as page:
        page.evaluate(
            """() => {
                const table = document.querySelector("table.sortable");
                const row = table.tBodies[0].insertRow(0);
                const long = ["word ".repeat(100), "字".repeat(31)];
                for (const text of [...long, "字".repeat(30), "A1-0509900-4501900", "a b-c"]) {
                    row.insertCell().textContent = text;
                }
                row.id = "probe";
                foldSentences(table);
            }"""
        )
        assert page.locator("#probe .fold").count() == 2
        assert page.locator("#probe .key").all_inner_texts() == ["A1-0509900-4501900"]
        fold = page.locator("#probe .fold").first
        fold.scroll_into_view_if_needed()
        assert fold.bounding_box()["width"] >= least
        line = fold.evaluate("(box) => parseFloat(getComputedStyle(box).lineHeight)")
        folded = fold.bounding_box()["height"]
        assert folded == pytest.approx(3 * line, abs=1)
        fold.hover()
        assert fold.get_attribute("title").startswith("word word")
        fold.click()
        assert fold.bounding_box()["height"] > folded
        fold.click()
        assert fold.bounding_box()["height"] == pytest.approx(folded)
        assert page.evaluate("document.documentElement.scrollWidth") <= width


@ignored
def test_a_whole_table_speaks_one_language(path: Path, browse: Callable[..., Any]) -> None:
    with browse(path) as page:
        page.evaluate(
            """() => {
                const columns = DATA.tables.land_transition.columns;
                columns[columns.length - 1].hidden = true;
            }"""
        )
        box = page.locator("details.whole[data-table=land_transition]")
        columns = page.evaluate("DATA.tables.land_transition.columns.length")
        box.locator("summary").click()
        page.wait_for_selector("details.whole[data-table=land_transition] tbody td")
        assert box.locator("thead th").count() == columns - 1
        assert box.locator("tbody tr").first.locator("td").count() == columns - 1
