"""The page: everything put together, in order, and written whole or not at all."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import jinja2
import pyproj

import shanshui
from shanshui.base.zones import OUTSIDE
from shanshui.data.files import replacing
from shanshui.report.canvas import Canvas, ZoneSheet, make_canvas, zone_sheets
from shanshui.report.chapters import Chapter, chapters
from shanshui.report.downloads import Download, downloads
from shanshui.report.drawn_numbers import drawn_lines
from shanshui.report.maps import Map, draw_maps, raster_maps, shape_maps
from shanshui.report.material import Material
from shanshui.report.method import methods
from shanshui.report.origins import left_out, origins
from shanshui.report.red_line_classes import without_small_holes
from shanshui.report.words import Language, Words, number, sentence
from shanshui.report.workbook import write_workbook
from shanshui.study.study import Study

KEY_SHOWN = 12
WORKBOOK = "report.xlsx"
# The scripts of the page, in this order.
SCRIPTS = ("unpack.js", "maps.js", "sorting.js", "tables.js")
# The words that the scripts say.
SCRIPT_WORDS = (
    "all_values", "colon", "filter", "kilometres", "more_rows", "no_data", "none", "rows_found", "sort_by", "clause",
)  # fmt: skip


def report(study: Study, language: Language | None = None) -> Path:
    """Write the report of a study: one HTML page that needs nothing else, and a workbook of its tables beside it.

    Parameters
    ----------
    study : Study
        The study; only its products that stand and are current are reported.
    language : {"en", "zh"}, optional
        The study's own by default.

    Returns
    -------
    Path
        ``report/index.html`` in the output folder. The same inputs give the same bytes.

    Raises
    ------
    StudyError
        Where the inputs cannot be read.
    """
    material = Material(study, Words(language or study.file.study.language))
    path = study.output.folder / "report" / "index.html"
    write_workbook(path.with_name(WORKBOOK), material)
    with replacing(path) as temporary:
        temporary.write_text(page(material), "utf-8", newline="\n")
    return path


def page(material: Material) -> str:
    """Give the text of the report.

    Parameters
    ----------
    material : Material
        The study, and the words in the report's language.

    Returns
    -------
    str
        HTML.
    """
    canvas = make_canvas(material)
    sheets = [] if canvas is None else zone_sheets(material, canvas)
    rasters = {} if canvas is None else raster_maps(material, canvas)
    drawn = {} if canvas is None else shape_maps(material, canvas)
    deviations = {} if canvas is None else draw_maps(material, canvas)
    packed = downloads(material)
    parts = chapters(material, rasters, drawn, deviations, packed, sheets)
    return _template().render(
        w=material.words,
        language=material.words.language,
        name=material.study.file.study.name,
        scenario=material.study.scenario,
        facts=_facts(material),
        chapters=parts,
        canvas=canvas,
        sheets={sheet.name: place for place, sheet in enumerate(sheets)},
        outlines=[sheet.paths for sheet in sheets],
        region=_region(material, canvas),
        red_line=_red_line(material, canvas),
        workbook=WORKBOOK,
        methods=methods(material),
        drawn=drawn_lines(material),
        left_out=left_out(material),
        origins=origins(material),
        receipts=_receipts(material),
        data=_data(parts, packed, sheets, canvas, material),
        scripts=SCRIPTS,
    )


@cache
def _template() -> jinja2.Template:
    loader = jinja2.FileSystemLoader(Path(__file__).parent)
    environment = jinja2.Environment(loader=loader, autoescape=True, trim_blocks=True, lstrip_blocks=True,
                                     undefined=jinja2.StrictUndefined)  # fmt: skip
    return environment.get_template("page.html")


def _facts(material: Material) -> list[tuple[str, str]]:
    """Say what the report covers, as pairs of a word and what it is."""
    words, study = material.words, material.study
    facts = []
    region = material.zonings[0].zones["area_ha"].iloc[0]
    if region == region:
        facts.append((words("region_area"), f"{number(float(region), 0)} {words.of('units', 'ha')}"))
    years = sorted({year for source in study.inputs.sources.values() for year in source.years})
    if years:
        facts.append((words("years"), words("comma").join(str(year) for year in years)))
    if material.before is not None and material.after is not None and material.before != material.after:
        facts.append((words("compared"), words("between", before=material.before, after=material.after)))
    named = [
        words("zones_count", name=words.zoning(zoning.name), count=int((zoning.zones["zone"] != OUTSIDE).sum()))
        for zoning in material.zonings[1:]
    ]
    facts.append((words("zonings"), words("comma").join([words("whole_region"), *named])))
    grid = study.inputs.grid
    if grid is not None and grid.geobox.crs is not None:
        rows, columns = (number(cells, 0) for cells in grid.shape)
        crs = pyproj.CRS.from_wkt(grid.geobox.crs.to_wkt()).name
        facts.append((words("grid"), words("grid_words", rows=rows, columns=columns, crs=crs)))
    return [*facts, (words("made_with"), words("version", version=shanshui.__version__))]


def _region(material: Material, canvas: Canvas | None) -> str:
    """The outline of the region, where a boundary cuts it."""
    polygons = material.zonings[0].polygons
    return "" if canvas is None or polygons is None else "".join(canvas.paths(polygons))


def _red_line(material: Material, canvas: Canvas | None) -> str:
    """The red line, for the maps over which it is drawn."""
    patches = material.red_line
    if canvas is None or patches is None:
        return ""
    return "".join(canvas.paths(without_small_holes(patches.geometry.to_numpy(), canvas)))


def _receipts(material: Material) -> list[dict[str, Any]]:
    return [
        {
            "title": material.title(quantity),
            "name": quantity.name,
            "key": material.receipt(quantity.name)["key"][:KEY_SHOWN],
            "files": list(material.receipt(quantity.name)["files"]),
        }
        for quantity in material.standing
    ]


def _data(
    parts: list[Chapter],
    packed: dict[str, Download],
    sheets: list[ZoneSheet],
    canvas: Canvas | None,
    material: Material,
) -> str:
    """Give what the scripts of the page work with, as JSON that may stand in HTML."""
    words = material.words
    drawn = [view for chapter in parts for view in _maps(chapter)]
    told = {
        "maps": {view.anchor: _told(view, sheets) for view in drawn},
        "zonings": [
            {
                "title": sentence(words.zoning(sheet.name)),
                "names": sheet.names,
                "numbers": sheet.numbers if drawn else "",
            }
            for sheet in sheets
        ],
        "shape": list(canvas.shape) if canvas else [],
        "kilometres": canvas.bar.kilometres / canvas.bar.percent * 100 if canvas else 0,
        "tables": {
            name: {"file": table.file, "packed": table.packed, "columns": table.columns}
            for name, table in packed.items()
        },
        "words": {key: words.pattern(key) for key in SCRIPT_WORDS},
    }
    return json.dumps(told, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")


def _maps(chapter: Chapter) -> list[Map]:
    found = [chapter.opening] if chapter.opening else []
    for product in chapter.products:
        found += [product.map] if product.map else []
        found += [product.sureness.map] if product.sureness and product.sureness.map else []
        found += product.maps
        found += [view for part in product.parts for view in part.maps]
    return found


def _told(view: Map, sheets: list[ZoneSheet]) -> dict[str, Any]:
    """Say how the page tells what lies under the pointer."""
    if not view.zoning:
        return view.tell
    place = next(place for place, sheet in enumerate(sheets) if sheet.name == view.zoning)
    return {"zoning": place, "texts": {fill.place: fill.text for fill in view.panels[0].fills}}
