"""The chapters of the page: products that one module gives stand together, with their findings, maps and charts."""

from __future__ import annotations

from dataclasses import dataclass, field

from shanshui.base.vocabulary import Quantity
from shanshui.report.adjustment import adjustment_findings
from shanshui.report.canvas import ZoneSheet
from shanshui.report.charts import Chart, Matrix
from shanshui.report.choropleth import zone_map
from shanshui.report.downloads import Download
from shanshui.report.draws import Sureness, sureness
from shanshui.report.land_charts import land_charts
from shanshui.report.maps import Map
from shanshui.report.material import CHAPTERS, FIRST, OWN, Material
from shanshui.report.measures import readings
from shanshui.report.parcels import parcel_findings
from shanshui.report.protected_areas import protected_area_findings
from shanshui.report.red_line import red_line_findings
from shanshui.report.red_line_charts import red_line_charts
from shanshui.report.tables import TableView, view_table
from shanshui.report.tradeoff_charts import bundle_map, tradeoff_charts
from shanshui.report.zone_charts import zone_charts

FINDINGS = "_findings"
# Chapters whose findings are put in words here; others have tables of findings.
OF_CHAPTERS = {
    "protected_areas": protected_area_findings,
    "adjustment": adjustment_findings,
    "parcels": parcel_findings,
}


@dataclass(frozen=True)
class Part:
    """What shows one zoning beside the first; it is folded away."""

    title: str
    charts: list[Chart]
    maps: list[Map]


@dataclass(frozen=True)
class Product:
    """One product, as the page shows it.

    Parameters
    ----------
    quantity : Quantity
        What the vocabulary says of it.
    title, unit, meaning : str
        In the report's language.
    files : list of str
        Where it stands in the output folder.
    table : TableView or None
        The rows that are shown at once, for tables and vectors.
    download : Download or None
        The whole of it.
    map : Map or None
        Of a raster.
    charts : list of Chart or Matrix
        Of the region and of the first zoning that has maps.
    maps : list of Map
        Of the first zoning's zones.
    parts : list of Part
        The same by other zonings.
    sureness : Sureness or None
        What its draws tell, where it has some.
    """

    quantity: Quantity
    title: str
    unit: str
    meaning: str
    files: list[str]
    table: TableView | None = None
    download: Download | None = None
    map: Map | None = None
    charts: list[Chart | Matrix] = field(default_factory=list)
    maps: list[Map] = field(default_factory=list)
    parts: list[Part] = field(default_factory=list)
    sureness: Sureness | None = None


@dataclass(frozen=True)
class Chapter:
    """Products that belong together; `opening` is a map that no product gives."""

    name: str
    title: str
    findings: list[str]
    opening: Map | None
    products: list[Product]


def chapters(
    material: Material,
    rasters: dict[str, Map],
    drawn: dict[str, list[Map]],
    deviations: dict[str, Map],
    packed: dict[str, Download],
    sheets: list[ZoneSheet],
) -> list[Chapter]:
    """Put what stands into chapters.

    Parameters
    ----------
    material : Material
        The study.
    rasters : dict of str to Map
        Maps of rasters, by quantity.
    drawn : dict of str to list of Map
        Maps of polygons, by product.
    deviations : dict of str to Map
        Maps of how sure they are.
    packed : dict of str to Download
        Whole tables, by product.
    sheets : list of ZoneSheet
        The zonings that can be drawn.

    Returns
    -------
    list of Chapter
        In the order of `CHAPTERS`, then others as the vocabulary has them, the study's own last.
    """
    named: dict[str, list[Quantity]] = {}
    for quantity in material.standing:
        named.setdefault(material.chapter_of(quantity), []).append(quantity)
    others = [name for name in named if name not in (*CHAPTERS, OWN)]
    found = []
    for name in (name for name in (*CHAPTERS, *others, OWN) if name in named):
        products = [
            _product(quantity, material, rasters, drawn, deviations, packed, sheets)
            for quantity in named[name]
            if not quantity.name.endswith(FINDINGS)
        ]
        products.sort(key=lambda product: _place(product.quantity.name))
        opening = rasters.get("land_cover") if name == "land" and "land_cover" not in packed else None
        said = [*findings(named[name], material), *red_line_findings(name, material)]
        said += OF_CHAPTERS[name](material) if name in OF_CHAPTERS else []
        found.append(Chapter(name, material.words.of("chapters", name), said, opening, products))
    return found


def findings(quantities: list[Quantity], material: Material) -> list[str]:
    """Collect the sentences of the tables of findings among some products."""
    column = "chinese" if material.words.language == "zh" else "english"
    sentences: list[str] = []
    zonings = [zoning.name for zoning in material.zonings]
    for quantity in quantities:
        frame = material.frame(quantity.name) if quantity.name.endswith(FINDINGS) else None
        if frame is not None and column in frame:
            sentences += [material.words.with_zonings(str(sentence), zonings) for sentence in frame[column]]
    return sentences


def _place(name: str) -> int:
    """Give the place of a product in its chapter: most keep that of the vocabulary, behind those that come first."""
    return FIRST.index(name) if name in FIRST else len(FIRST)


def _product(
    quantity: Quantity,
    material: Material,
    rasters: dict[str, Map],
    drawn: dict[str, list[Map]],
    deviations: dict[str, Map],
    packed: dict[str, Download],
    sheets: list[ZoneSheet],
) -> Product:
    name = quantity.name
    unit = "" if quantity.unit == "1" else material.words.of("units", quantity.unit)
    files = list(material.receipt(name)["files"])
    told = (quantity, material.title(quantity), unit, material.meaning(quantity), files)
    sure = sureness(quantity, material, deviations)
    if quantity.shape == "cell":
        return Product(*told, map=rasters.get(name), sureness=sure)
    frame = material.frame(name)
    assert frame is not None
    by_zoning: dict[str, Part] = {}

    def part(zoning: str) -> Part:
        title = material.words("other_zonings", zoning=material.words.zoning(zoning))
        return by_zoning.setdefault(zoning, Part(title, [], []))

    for reading in readings(name, material):
        for chart in zone_charts(reading, material):
            part(chart.zoning).charts.append(chart)
        for sheet in sheets:
            view = zone_map(reading, sheet, material)
            if view is not None:
                part(sheet.name).maps.append(view)
    for chart in tradeoff_charts(name, material):
        part(chart.zoning).charts.append(chart)
    for sheet in sheets:
        view = bundle_map(name, sheet, material)
        if view is not None:
            part(sheet.name).maps.append(view)
    # Zones that can be seen on a map come before those that only a table names.
    ordered = sorted(by_zoning.values(), key=lambda part: not part.maps)
    first, *others = ordered or [Part("", [], [])]
    own, *below = drawn.get(name, [None])
    return Product(
        *told,
        table=view_table(frame, quantity, material),
        download=packed.get(name),
        # A vector has a map beside its table of attributes.
        map=own,
        charts=[*land_charts(name, material), *red_line_charts(name, material), *first.charts],
        maps=[*(view for view in below if view is not None), *first.maps],
        parts=others,
        sureness=sure,
    )
