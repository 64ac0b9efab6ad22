"""The workbook: the same numbers as the CSVs, and the same bytes for the same tables."""

from pathlib import Path
from typing import Any

import geopandas
import numpy as np
import openpyxl
import pandas as pd

from shanshui.base.vocabulary import Quantity
from shanshui.report.material import Material
from shanshui.report.words import Words
from shanshui.report.workbook import write_workbook
from shanshui.study.study import Study


def test_every_sheet_equals_its_csv(study: Study, tmp_path: Path) -> None:
    write_workbook(tmp_path / "a.xlsx", Material(study, Words("en")))
    book = openpyxl.load_workbook(tmp_path / "a.xlsx")
    listed = list(book.worksheets[0].iter_rows(min_row=2, values_only=True))
    assert [row[0] for row in listed] == book.sheetnames[1:]
    for name, product, rows, *_ in listed:
        sheet = book[name]
        assert sheet.freeze_panes == "A3"
        _, columns, *cells = sheet.iter_rows(values_only=True)
        found = pd.DataFrame(cells, columns=columns)
        attributes = study.output.folder / "vectors" / f"{product}.gpkg"
        if attributes.exists():
            frame = geopandas.read_file(attributes).drop(columns="geometry")
        else:
            frame = pd.read_csv(study.output.folder / "tables" / f"{product}.csv")
        assert list(found) == list(frame)
        assert len(found) == len(frame) == rows
        for column in frame.select_dtypes("number"):
            if not column.endswith("code"):
                np.testing.assert_array_equal(found[column].astype(float), frame[column].astype(float))


def test_same_tables_give_the_same_bytes(study: Study, tmp_path: Path) -> None:
    for name in ("a.xlsx", "b.xlsx"):
        write_workbook(tmp_path / name, Material(study, Words("zh")))
    assert (tmp_path / "a.xlsx").read_bytes() == (tmp_path / "b.xlsx").read_bytes()


class Faces(Material):
    """A study of which only the faces of protected areas stand."""

    @property
    def tables(self) -> list[Quantity]:
        return [Quantity("protected_area_faces", "vector", "faces", "面块", "Faces.")]

    def frame(self, name: str) -> pd.DataFrame:
        return pd.DataFrame({"holds": ["mining"], "area_ha": [1.5]})

    def receipt(self, name: str) -> dict[str, Any]:
        return {"files": [f"{name}.gpkg"]}


def test_columns_are_headed_as_their_product_means_them(study: Study, tmp_path: Path) -> None:
    write_workbook(tmp_path / "a.xlsx", Faces(study, Words("zh")))
    sheet = openpyxl.load_workbook(tmp_path / "a.xlsx").worksheets[1]
    assert list(sheet.iter_rows(values_only=True)) == [
        ("矛盾用地类型", "面积（公顷）"),
        ("holds", "area_ha"),
        ("mining", 1.5),
    ]
