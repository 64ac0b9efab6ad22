"""The page: everything put together, in order, and written whole or not at all."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import jinja2
import pyproj

import shanshui
from shanshui.base.vocabulary import Quantity
from shanshui.base.zones import OUTSIDE
from shanshui.data.files import replacing
from shanshui.report.charts import Chart, charts_of
from shanshui.report.maps import Map, make_frame, make_maps
from shanshui.report.material import Material
from shanshui.report.method import methods
from shanshui.report.origins import left_out, origins
from shanshui.report.tables import TableView, view_table
from shanshui.report.words import Language, Words, number
from shanshui.study.study import Study

FINDINGS = "_findings"
KEY_SHOWN = 12


@dataclass(frozen=True)
class Chapter:
    """One product, as the page shows it.

    Parameters
    ----------
    quantity : Quantity
        What the vocabulary says of it.
    title, unit : str
        In the report's language.
    meaning : str
        In the report's language where the dictionary has it; empty where only the vocabulary's words are there.
    files : list of str
        Where it stands in the output folder.
    table : TableView or None
        For tables and vectors.
    charts : list of Chart
        Where they help.
    maps : list of Map
        The maps that show it.
    """

    quantity: Quantity
    title: str
    unit: str
    meaning: str
    files: list[str]
    table: TableView | None
    charts: list[Chart]
    maps: list[Map]


def report(study: Study, language: Language | None = None) -> Path:
    """Write the report of a study: one HTML page that needs nothing else.

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
    path = study.output.folder / "report" / "index.html"
    with replacing(path) as temporary:
        temporary.write_text(page(study, language or study.file.study.language), "utf-8", newline="\n")
    return path


def page(study: Study, language: Language) -> str:
    """Give the text of the report.

    Parameters
    ----------
    study : Study
        The study.
    language : {"en", "zh"}
        The language.

    Returns
    -------
    str
        HTML.
    """
    words = Words(language)
    material = Material(study, words)
    maps = make_maps(material)
    return _template().render(
        w=words,
        language=language,
        name=study.file.study.name,
        scenario=study.scenario,
        facts=_facts(material),
        findings=_findings(material),
        chapters=[_chapter(quantity, material, maps) for quantity in _reported(material)],
        maps=maps,
        frame=make_frame(material),
        methods=methods(material),
        left_out=left_out(material),
        origins=origins(material),
        receipts=_receipts(material),
    )


@cache
def _template() -> jinja2.Template:
    loader = jinja2.FileSystemLoader(Path(__file__).parent)
    environment = jinja2.Environment(loader=loader, autoescape=True, trim_blocks=True, lstrip_blocks=True,
                                     undefined=jinja2.StrictUndefined)  # fmt: skip
    return environment.get_template("page.html")


def _reported(material: Material) -> list[Quantity]:
    return [quantity for quantity in material.standing if not quantity.name.endswith(FINDINGS)]


def _facts(material: Material) -> list[tuple[str, str]]:
    """Say what the report covers, as pairs of a word and what it is."""
    words, study = material.words, material.study
    facts = []
    region = material.zonings[0].zones["area_ha"].iloc[0]
    if region == region:
        facts.append((words("region_area"), words("hectares", area=number(float(region), 0))))
    years = sorted({year for source in study.inputs.sources.values() for year in source.years})
    if years:
        facts.append((words("years"), words("comma").join(str(year) for year in years)))
    if material.before is not None and material.after is not None and material.before != material.after:
        facts.append((words("compared"), words("between", before=material.before, after=material.after)))
    named = [
        words("zones_count", name=zoning.name, count=int((zoning.zones["zone"] != OUTSIDE).sum()))
        for zoning in material.zonings[1:]
    ]
    facts.append((words("zonings"), words("comma").join([words("whole_region"), *named])))
    grid = study.inputs.grid
    if grid is not None and grid.geobox.crs is not None:
        rows, columns = (number(cells, 0) for cells in grid.shape)
        crs = pyproj.CRS.from_wkt(grid.geobox.crs.to_wkt()).name
        facts.append((words("grid"), words("grid_words", rows=rows, columns=columns, crs=crs)))
    return [*facts, (words("made_with"), words("version", version=shanshui.__version__))]


def _findings(material: Material) -> list[str]:
    """Collect the sentences of every table of findings that stands."""
    column = "chinese" if material.words.language == "zh" else "english"
    sentences: list[str] = []
    for quantity in material.standing:
        frame = material.frame(quantity.name) if quantity.name.endswith(FINDINGS) else None
        if frame is not None and column in frame:
            sentences += [str(sentence) for sentence in frame[column]]
    return sentences


def _chapter(quantity: Quantity, material: Material, maps: list[Map]) -> Chapter:
    frame = None if quantity.shape == "cell" else material.frame(quantity.name)
    unit = "" if quantity.unit == "1" else material.words.of("units", quantity.unit)
    if quantity.shape == "cell" and not unit:
        unit = material.words("plain_number")
    anchor = f"map-{quantity.name}"
    return Chapter(
        quantity,
        material.title(quantity),
        unit,
        quantity.meaning_zh if material.words.language == "zh" else quantity.meaning,
        list(material.receipt(quantity.name)["files"]),
        None if frame is None else view_table(frame, quantity, material),
        charts_of(quantity.name, material),
        [view for view in maps if view.anchor == anchor or view.anchor.startswith(f"{anchor}-")],
    )


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
