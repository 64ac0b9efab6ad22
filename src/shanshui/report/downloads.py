"""Whole tables inside the page: packed as the CSV they are, with what the page needs to show their rows."""

from __future__ import annotations

import base64
import zlib
from dataclasses import dataclass
from typing import Any

import pandas as pd

from shanshui.base.vocabulary import Quantity
from shanshui.report.material import Material
from shanshui.report.measures import MEASURES
from shanshui.report.tables import (
    counterpart,
    decimals_of,
    heading_of,
    is_amount,
    is_other,
    is_signed,
    meaning_of,
    schemes_of,
    shown_texts,
)

# What one packed table, and all of them together, may weigh; a larger one is named with its file [bytes].
TABLE_BYTES, PAGE_BYTES = 1_200_000, 3_500_000
# A column of text with at most so many different words is filtered by choosing one of them.
MOST_CHOICES = 40


@dataclass(frozen=True)
class Download:
    """One table.

    Parameters
    ----------
    name : str
        The product.
    file : str
        What its file is called.
    content : bytes
        The CSV.
    packed : str
        The same deflated, in base64; empty where the page has no room for it.
    columns : list of dict
        How the page shows each column: ``heading``, ``meaning``, ``numeric``; for numbers ``decimals`` (None: four
        digits that count) and ``signed``; for words ``names``, the words in the report's language, and ``choose``.
        ``hidden`` is one that says in the other language what another one says; the place of that other one stands in
        ``other``, for what has no name in the report's language.
    """

    name: str
    file: str
    content: bytes
    packed: str
    columns: list[dict[str, Any]]


def downloads(material: Material) -> dict[str, Download]:
    """Pack every table that stands.

    Parameters
    ----------
    material : Material
        The study.

    Returns
    -------
    dict of str to Download
        By product.
    """
    found: dict[str, Download] = {}
    room = PAGE_BYTES
    for quantity in material.tables:
        frame = material.frame(quantity.name)
        assert frame is not None
        content = _csv(quantity, frame, material)
        packed = base64.b64encode(zlib.compress(content, 9)).decode("ascii")
        if len(packed) > min(TABLE_BYTES, room):
            packed = ""
        room -= len(packed)
        columns = [shown_column(str(name), frame, quantity, material) for name in frame.columns]
        found[quantity.name] = Download(quantity.name, f"{quantity.name}.csv", content, packed, columns)
    return found


def _csv(quantity: Quantity, frame: pd.DataFrame, material: Material) -> bytes:
    """Give the product's own file, byte for byte, or one made of the files of its years."""
    if quantity.shape == "table" and not material.study.years(quantity.name):
        return material.study.output.path(quantity).read_bytes()
    return frame.to_csv(index=False, lineterminator="\n").encode("utf-8")


def shown_column(name: str, frame: pd.DataFrame, quantity: Quantity, material: Material) -> dict[str, Any]:
    """Say how the page shows a column, as in `Download`.

    Parameters
    ----------
    name : str
        The column.
    frame : DataFrame
        The whole table.
    quantity : Quantity
        What the vocabulary says of it.
    material : Material
        Names and words.

    Returns
    -------
    dict
    """
    told: dict[str, Any] = {
        "heading": heading_of(name, quantity, material),
        "meaning": meaning_of(name, quantity, material),
    }
    other = counterpart(name, frame)
    if is_other(name, frame, material.words.language):
        told["hidden"] = True
    elif other:
        told["other"] = list(frame.columns).index(other)
    if is_amount(name, frame[name]):
        # Where each row is of something else, no number of decimals suits them all.
        mixed = {*MEASURES, "row"} & set(frame)
        decimals = None if mixed else decimals_of(name, frame[name].astype(float))
        return told | {"numeric": True, "decimals": decimals, "signed": is_signed(name)}
    scheme = schemes_of(frame, quantity)
    names: dict[str, str] = {}
    pairs = pd.DataFrame({"text": frame[name].astype("str").fillna(""), "scheme": scheme}).drop_duplicates()
    for text, keyed_by in zip(pairs["text"], pairs["scheme"], strict=True):
        (shown,) = shown_texts(name, [text], material, str(keyed_by), quantity.name)
        if shown != text:
            names.setdefault(text, shown)
    return told | {"numeric": False, "names": names, "choose": pairs["text"].nunique() <= MOST_CHOICES}
