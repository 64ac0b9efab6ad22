import numpy as np
import pandas as pd
import pytest

from shanshui.study.drawn_tables import summary_of_tables, zone_means


def frame(*rows):
    return pd.DataFrame(rows, columns=["zoning", "zone", "year", "mean", "area_ha"])


def test_every_number_of_every_row_is_summarised():
    frames = [
        frame(("county", "a", 2000, value, 5.0), ("county", "b", 2000, 10 * value, 7.0)) for value in (1.0, 2.0, 6.0)
    ]
    found = summary_of_tables(frames, [50])
    assert found.columns.tolist() == [
        "zoning", "zone", "year", "column", "mean", "standard_deviation", "quantile_50", "draws",
    ]  # fmt: skip
    rows = {
        (row.zone, row.column): (row.mean, row.standard_deviation, row.quantile_50, row.draws)
        for row in found.itertuples()
    }
    deviation = np.sqrt((4 + 1 + 9) / 2)
    assert rows["a", "mean"] == pytest.approx((3.0, deviation, 2.0, 3))
    assert rows["b", "mean"] == pytest.approx((30.0, 10 * deviation, 20.0, 3))
    assert rows["a", "area_ha"] == (5.0, 0.0, 5.0, 3)
    assert len(rows) == len(found) == 4


def test_a_row_that_some_draws_lack_says_so():
    found = summary_of_tables(
        [frame(("c", "a", 1, 1.0, 1.0)), frame(("c", "a", 1, 3.0, 1.0), ("c", "b", 1, 5.0, 1.0))], []
    )
    rows = {(row.zone, row.column): (row.mean, row.draws) for row in found.itertuples()}
    assert rows["a", "mean"] == (2.0, 2)
    assert rows["b", "mean"] == (5.0, 1)


def test_rows_that_are_called_the_same_are_told_apart_by_their_order():
    found = summary_of_tables([frame(("c", "a", 1, 1.0, 1.0), ("c", "a", 1, 9.0, 1.0))] * 2, [])
    assert found[found["column"] == "mean"]["mean"].tolist() == [1.0, 9.0]
    assert found[found["column"] == "mean"]["again"].tolist() == [0, 1]


def test_a_table_without_names_is_told_row_by_row():
    found = summary_of_tables([pd.DataFrame({"value": [1.0, 5.0]}), pd.DataFrame({"value": [3.0, 5.0]})], [])
    assert found["mean"].tolist() == [2.0, 5.0]


def test_means_by_zone_are_those_that_every_draw_has():
    frames = [frame(("c", "a", 1, 1.0, 2.0), ("c", "b", 1, 4.0, 2.0)), frame(("c", "a", 1, 3.0, 2.0))]
    rows, means = zone_means(frames)
    assert rows.to_dict("records") == [{"zoning": "c", "zone": "a", "year": 1}]
    assert means.tolist() == [[1.0], [3.0]]
    assert zone_means([pd.DataFrame({"zone": ["a"], "mean": [1.0]})]) is None


def test_a_table_of_nothing_but_means_is_one_too():
    rows, means = zone_means([pd.DataFrame({"zoning": ["c"], "zone": ["a"], "mean": [value]}) for value in (1.0, 4.0)])
    assert rows.to_dict("records") == [{"zoning": "c", "zone": "a"}]
    assert means.tolist() == [[1.0], [4.0]]


def test_of_one_table_the_mean_is_known_and_no_deviation():
    found = summary_of_tables([frame(("c", "a", 1, 1.0, 2.0))], [])
    assert found["mean"].tolist() == [1.0, 2.0]
    assert found["standard_deviation"].isna().all()
    assert found["draws"].tolist() == [1, 1]
