"""Tables for reading: the sensible rows first, numbers aligned, and how many rows there are in all."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from shanshui.base.vocabulary import Quantity
from shanshui.base.zones import REGION
from shanshui.report.material import NO_DATA, Material
from shanshui.report.measures import MEASURES
from shanshui.report.red_line import row_words
from shanshui.report.words import ENDING_ZH, NOTHING, decimals_for, number, sentence, width

# How many rows of one product the page shows, over all its zonings; the region has half of them at most.
ROWS_SHOWN = 200
# Of a table with sentences, which make its rows high, the page shows fewer; a text so wide is a sentence.
ROWS_OF_SENTENCES = 60
WIDTH_OF_SENTENCE = 100
# A table of so few rows is not folded away.
FEW_ROWS = 12
BY_ZONE = "_by_zone"
SCHEME_ORDER = ("ecosystem", "ecosystem_type", "land_cover")
# What stands in the caption of a block rather than in every row of it.
CAPTIONED = ("keyed_by", "year_from", "year_to")
# Codes that a column with the name of each makes needless.
CODED = ("zone", "segment", "habitat", "grade")
SIGNED = ("change", "difference", "slope", "growth")
# Columns of 0 and 1, and the words of both.
FLAGS = {
    "holds": ("missed", "kept"),
    "inside": ("outside_of", "inside"),
    **dict.fromkeys(
        (
            *("taken", "mandatory", "inside_before", "confirm", "new", "qualified"),
            *("representative", "important", "feasible"),
        ),
        ("no", "yes"),
    ),
}
# Columns whose words mean something else than the same words in other columns, by the section of their own.
SECTIONS = {
    "level": "levels",
    "other_level": "levels",
    "protected_area_ledger.group": "levels",
    "protected_area_faces.zone": "control_zones",
    "protected_area_plan.zone": "control_zones",
    "protected_area_faces.part": "register_zones",
    "protected_areas.part": "register_zones",
    "parcel_decisions.industry": "industries",
    "parcel_decisions.outcome": "outcomes",
    "parcel_outcomes.outcome": "outcomes",
    "net_zero_balance.outcome": "outcomes",
}
# Columns that name what a row is about.
NAMED = (*MEASURES, "feature", "item")
# Shares so small that one decimal would hide them.
FINE = ("gap_percent",)


@dataclass(frozen=True)
class Column:
    """One column: heading, what it means, and whether it holds numbers."""

    heading: str
    meaning: str
    numeric: bool


@dataclass(frozen=True)
class Block:
    """Rows that share a caption."""

    caption: str
    columns: list[Column]
    rows: list[list[str]]


@dataclass(frozen=True)
class Group:
    """The blocks of one zoning; all others than the region are folded away."""

    title: str
    open: bool
    blocks: list[Block]


@dataclass(frozen=True)
class TableView:
    """A table as the page shows it.

    Parameters
    ----------
    groups : list of Group
        One a zoning; one without a title where the table knows no zonings.
    shown, total : int
        How many rows are shown, and how many there are.
    """

    groups: list[Group]
    shown: int
    total: int


def view_table(frame: pd.DataFrame, quantity: Quantity, material: Material) -> TableView:
    """Choose, order and write the rows of a table.

    Parameters
    ----------
    frame : DataFrame
        The whole table.
    quantity : Quantity
        What the vocabulary says of it.
    material : Material
        Years, names and words.

    Returns
    -------
    TableView
        At most `ROWS_SHOWN` rows, of a table with sentences `ROWS_OF_SENTENCES`; what a zoning does not need of its
        part is left to the next.
    """
    parts = [(zoning, part) for zoning, part in _by_zoning(frame) if zoning != REGION or _is_known(part)]
    groups, left = [], ROWS_OF_SENTENCES if _has_sentences(frame, material.words.language) else ROWS_SHOWN
    few = len(frame) <= FEW_ROWS
    for place, (zoning, part) in enumerate(parts):
        title = material.words("zoning", name=material.words.zoning(zoning)) if zoning else ""
        if zoning == REGION:
            title = material.words("whole_region")
        several = zoning == REGION and len(parts) > 1
        allowed = left // 2 if several else max(left // (len(parts) - place), 1)
        blocks: list[Block] = []
        for said, rows in _blocks(part, material):
            caption = material.words("clause").join(filter(None, (title * (few and len(parts) > 1), said)))
            # The first block may be cut short; a further one is shown whole or not at all.
            kept = rows if len(rows) <= allowed else rows.head(0 if blocks else allowed)
            if len(kept):
                blocks.append(_block(caption, kept, quantity, material))
            allowed, left = allowed - len(kept), left - len(kept)
            if len(kept) < len(rows):
                break
        groups.append(Group(title, few or zoning in ("", REGION), blocks))
    shown = sum(len(block.rows) for group in groups for block in group.blocks)
    return TableView(groups, shown, len(frame))


def _by_zoning(frame: pd.DataFrame) -> list[tuple[str, pd.DataFrame]]:
    """Part a table by zoning, the region first; a zoning's few rows are not worth folding away."""
    if "zoning" not in frame or frame.empty:
        return [("", frame)]
    names = list(dict.fromkeys(frame["zoning"]))
    names.sort(key=lambda name: name != REGION)
    return [(str(name), frame[frame["zoning"] == name]) for name in names]


def _is_known(part: pd.DataFrame) -> bool:
    """Tell whether any amount is known: a study without boundary and grid knows none of its region."""
    amounts = [name for name in part if is_amount(str(name), part[name])]
    return not amounts or bool(part[amounts].notna().any(axis=None))


def _blocks(part: pd.DataFrame, material: Material) -> Iterator[tuple[str, pd.DataFrame]]:
    """Part rows by scheme and pair of years: ecosystems from the baseline to the current year come first."""
    keys = [column for column in CAPTIONED if column in part]
    if not keys:
        yield from _by_year(part, material)
        return
    combinations = list(part[keys].drop_duplicates().itertuples(index=False))

    def rank(row: object) -> tuple[bool, int]:
        scheme = getattr(row, "keyed_by", "")
        known = SCHEME_ORDER.index(scheme) if scheme in SCHEME_ORDER else len(SCHEME_ORDER)
        pair = (getattr(row, "year_from", material.before), getattr(row, "year_to", material.after))
        return pair != (material.before, material.after), known

    for row in sorted(combinations, key=rank):
        chosen = part[(part[keys] == list(row)).all(axis=1)]
        caption = _caption(row, material)
        for years, rows in _by_year(chosen, material):
            yield material.words("clause").join(filter(None, (caption, years))), rows


def _caption(row: object, material: Material) -> str:
    words, said = material.words, []
    if hasattr(row, "keyed_by"):
        said.append(words("by_scheme", scheme=words.of("schemes", row.keyed_by)))
    if hasattr(row, "year_from") and hasattr(row, "year_to"):
        said.append(words("between", before=row.year_from, after=row.year_to))
    return sentence(words("clause").join(said))


def _by_year(rows: pd.DataFrame, material: Material) -> Iterator[tuple[str, pd.DataFrame]]:
    """Where many zones have many years, put the two years that are compared before the others."""
    compared = {material.before, material.after}
    zones = rows["zone"].nunique() if "zone" in rows else 1
    if "year" not in rows or zones < 2 or rows["year"].nunique() <= len(compared):
        yield "", _ordered(rows)
        return
    first = rows["year"].isin(compared)
    yield material.words("comma").join(str(year) for year in sorted(set(rows["year"][first]))), _ordered(rows[first])
    yield material.words("other_years"), _ordered(rows[~first])


def _ordered(rows: pd.DataFrame) -> pd.DataFrame:
    """Keep the table's order, but put "no data" last; of transitions the largest changes come first."""
    if {"from_name", "to_name", "area_ha"} <= set(rows):
        stayed = rows["from_name"] == rows["to_name"]
        unknown = (rows["from_name"] == NO_DATA) | (rows["to_name"] == NO_DATA)
        return rows.iloc[np.lexsort((-rows["area_ha"], stayed, unknown))]
    if "class_name" in rows:
        zone = pd.factorize(rows["zone"])[0] if "zone" in rows else np.zeros(len(rows))
        return rows.iloc[np.lexsort((np.arange(len(rows)), rows["class_name"] == NO_DATA, zone))]
    return rows


def _block(caption: str, rows: pd.DataFrame, quantity: Quantity, material: Material) -> Block:
    language = material.words.language
    names = [
        str(name) for name in rows.columns if not _needless(str(name), rows) and not is_other(name, rows, language)
    ]
    columns, written = [], []
    for name in names:
        numeric = is_amount(name, rows[name])
        columns.append(
            Column(
                heading_of(name, quantity, material),
                meaning_of(name, quantity, material),
                numeric or _is_year(name),
            )
        )
        written.append(_numbers(rows, name) if numeric else _texts(rows, name, quantity, material))
    return Block(caption, columns, [list(row) for row in zip(*written, strict=True)])


def is_amount(name: str, column: pd.Series) -> bool:
    """Tell whether a column holds amounts: a year and a code are numbers that nobody adds up."""
    numeric = pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column)
    return bool(numeric) and not _is_year(name) and not name.endswith("code") and name not in FLAGS


def is_other(name: str, rows: pd.DataFrame, language: str) -> bool:
    """Tell whether a column says in the other language what one beside it says in the report's.

    Parameters
    ----------
    name : str
        The column.
    rows : DataFrame
        The table.
    language : {"en", "zh"}
        The report's.

    Returns
    -------
    bool
    """
    if name.endswith(ENDING_ZH):
        return language != "zh" and name.removesuffix(ENDING_ZH) in rows
    return language == "zh" and f"{name}{ENDING_ZH}" in rows


def heading_of(name: str, quantity: Quantity, material: Material) -> str:
    """Head a column of a product; one that stands in the report's own language needs not say so.

    Parameters
    ----------
    name : str
        The column.
    quantity : Quantity
        The table.
    material : Material
        Words.

    Returns
    -------
    str
    """
    own = name.removesuffix(ENDING_ZH) if material.words.language == "zh" else name
    return material.words.heading(own, quantity.name)


def counterpart(name: str, rows: pd.DataFrame) -> str:
    """Name the column that says the same in the other language; empty where there is none.

    Parameters
    ----------
    name : str
        The column.
    rows : DataFrame
        The table.

    Returns
    -------
    str
    """
    other = name.removesuffix(ENDING_ZH) if name.endswith(ENDING_ZH) else f"{name}{ENDING_ZH}"
    return other if other in rows else ""


def _has_sentences(rows: pd.DataFrame, language: str) -> bool:
    """Tell whether a column that is shown holds texts as wide as a sentence."""
    names = [str(name) for name in rows]
    texts = [rows[name] for name in names if not is_amount(name, rows[name]) and not is_other(name, rows, language)]
    return any(width(str(text)) > WIDTH_OF_SENTENCE for column in texts for text in column.unique())


def _is_year(name: str) -> bool:
    return name in ("year", "year_from", "year_to") or name.endswith("_year")


def meaning_of(name: str, quantity: Quantity, material: Material) -> str:
    """Say what stands in a column, where the vocabulary has it in the report's language: it is written in English."""
    return quantity.columns.get(name, "") if material.words.language == "en" else ""


def decimals_of(name: str, values: pd.Series) -> int:
    """Choose the decimals of a column of numbers; shares have one.

    Parameters
    ----------
    name : str
        The column.
    values : Series of float
        What stands in it.

    Returns
    -------
    int
    """
    finite = values[np.isfinite(values)].abs()
    if (finite % 1 == 0).all():
        return 0
    return 1 if name.endswith("_percent") and name not in FINE else decimals_for(float(finite.max()))


def is_signed(name: str) -> bool:
    """Tell whether a gain in this column carries a plus."""
    return any(word in name.split("_") for word in SIGNED)


def shown_texts(
    name: str, texts: Iterable[Any], material: Material, scheme: str = "ecosystem", product: str = ""
) -> list[str]:
    """Give the words of a column in the report's language.

    Parameters
    ----------
    name : str
        The column.
    texts : iterable
        What stands in it.
    material : Material
        Names and words.
    scheme : str
        By which scheme its classes are keyed.
    product : str
        Of which product the column is.

    Returns
    -------
    list of str
    """
    found = ["" if pd.isna(text) else f"{text:.0f}" if isinstance(text, float) else str(text) for text in texts]
    section = SECTIONS.get(f"{product}.{name}", SECTIONS.get(name))
    if section:
        return [material.words.value(text, section) for text in found]
    if name in ("class_name", "from_name", "to_name"):
        return [material.class_name(text, scheme) for text in found]
    if name == "grade_name":
        return [material.words.of("grades", text) for text in found]
    if name in ("zone", "zone_name"):
        return [material.zone_name(text) for text in found]
    if name in NAMED:
        return [material.named(text) for text in found]
    if name == "row":
        return [sentence(row_words(text, material)) for text in found]
    if name in FLAGS:
        # A column of another table may bear the same name and hold words.
        said = {"": NOTHING} | {text: material.words(FLAGS[name][text[0] == "1"]) for text in ("0", "1", "0.0", "1.0")}
        return [said[text] if text in said else material.words.value(text) for text in found]
    if name in ("unit", "total_unit"):
        return ["" if text == "1" else material.words.value(material.words.of("units", text)) for text in found]
    return [material.words.value(text) for text in found]


def _needless(name: str, rows: pd.DataFrame) -> bool:
    """Tell whether a column would only repeat the caption, the zoning or another column."""
    if name in ("zoning", *CAPTIONED):
        return True
    if name in MEASURES and len(rows) > 1 and (rows[name] == rows[name].iloc[0]).all():
        return True
    if name.endswith("_code"):
        return name.removesuffix("_code") + "_name" in rows
    if name in ("zone", "zone_name") and "zoning" in rows and (rows["zoning"] == REGION).all():
        return True
    named = f"{name}_name"
    return name in CODED and named in rows and rows.groupby(named)[name].nunique().max() == 1


def _numbers(rows: pd.DataFrame, name: str) -> list[str]:
    """Write numbers; in a long table the decimals are chosen measure by measure."""
    values, signed = rows[name].astype(float), is_signed(name)
    if {"row", "unit"} <= set(rows):
        # Each row is of something else.
        return [number(value, decimals_of(name, pd.Series([value])), signed) for value in values]
    long = next((column for column in MEASURES if column in rows), None)
    if not long:
        decimals = decimals_of(name, values)
        return [number(value, decimals, signed) for value in values]
    chosen = {measure: decimals_of(name, part) for measure, part in values.groupby(rows[long])}
    return [number(value, chosen[measure], signed) for value, measure in zip(values, rows[long], strict=True)]


def schemes_of(rows: pd.DataFrame, quantity: Quantity) -> pd.Series:
    """Say by which scheme the classes of each row are named; those of a raster by zone are the raster's own.

    Parameters
    ----------
    rows : DataFrame
        Of a table.
    quantity : Quantity
        The table.

    Returns
    -------
    Series of str
    """
    own = quantity.name.removesuffix(BY_ZONE) if quantity.name.endswith(BY_ZONE) else SCHEME_ORDER[0]
    return rows["keyed_by"] if "keyed_by" in rows else pd.Series(own, rows.index)


def _texts(rows: pd.DataFrame, name: str, quantity: Quantity, material: Material) -> list[str]:
    schemes = schemes_of(rows, quantity)
    other = counterpart(name, rows)
    # What has no name in one language is called by that in the other.
    texts = rows[name].mask(rows[name].isna() | (rows[name] == ""), rows[other]) if other else rows[name]
    return [
        shown_texts(name, [text], material, str(scheme), quantity.name)[0]
        for text, scheme in zip(texts, schemes, strict=True)
    ]
