"""What the page says in sentences of decisions on applications, the map of their outcomes, and the headings."""

import geopandas
import numpy as np
import pandas as pd
import pytest
import shapely

import shanshui
from shanshui.report.material import Material
from shanshui.report.parcels import parcel_findings
from shanshui.report.shape_maps import COLOURS, shapes
from shanshui.report.words import Words

OUTCOMES = ("prohibited", "undetermined", "allowed_with_conditions", "allowed")


class Drawn(Material):
    """A study whose tables and features are given."""

    def __init__(self, study, language="en", frames=None, **drawn):
        super().__init__(study, Words(language))
        self._read |= {"parcel_decisions": None, "net_zero_balance": None} | (frames or {})
        self._drawn = drawn
        self.__dict__ |= {"red_line": None, "standing": [], "drawn": {}}

    def shapes(self, name):
        return self._drawn.get(name)


def decided(*rows):
    """Give decisions: outcome, and what is told otherwise."""
    blank = {"rules": "", "status": "official", "missing": "", "leave_out_ha": np.nan, "change": ""}
    return pd.DataFrame(
        [
            {"application": f"AP-{number}", **blank, "outcome": outcome, "without_slivers": outcome, **others}
            for number, (outcome, others) in enumerate(rows, start=1)
        ]
    )


def said(study, language="en", **frames):
    return parcel_findings(Drawn(study, language, frames))


@pytest.fixture(scope="module")
def study(write_study, tmp_path_factory):
    """A study that decides by all ready packs, of which nothing is computed."""
    folder = tmp_path_factory.mktemp("parcels") / "study"
    write_study(folder, [2000, 2020])
    path = folder / "study.toml"
    path.write_text(path.read_text("utf-8") + "\n[decisions]\n", "utf-8")
    with shanshui.open_study(folder) as opened:
        yield opened


def test_outcomes_are_counted_in_the_order_of_their_kinds(study):
    frame = decided(
        ("prohibited", {"rules": "forests:W1"}), ("allowed", {}), ("undetermined", {}), ("prohibited", {}),
        ("allowed_with_conditions", {}), ("allowed", {}), ("allowed", {}),
    )  # fmt: skip
    first, *_ = said(study, parcel_decisions=frame)
    assert first == ("7 applications: allowed 3, allowed with conditions 1, prohibited 2, undetermined 1.")
    first, *_ = said(study, "zh", parcel_decisions=frame)
    assert first == "申请7件：允许3、有条件允许1、禁止2、无法判定1。".replace("允许3", "允许 3").replace(
        "有条件允许1", "有条件允许 1"
    ).replace("禁止2", "禁止 2").replace("无法判定1", "无法判定 1")


def test_nothing_but_the_count_is_said_where_all_is_well(study):
    assert said(study, parcel_decisions=decided(("allowed", {}), ("allowed", {}))) == ["2 applications: allowed 2."]


def test_what_prohibits_most_often_comes_first(study):
    rules = ["red_line:R3; forests:W1", "red_line:R3", "forests:W1; sea:O2", "red_line:R3"]
    frame = decided(*(("prohibited", {"rules": text}) for text in rules), ("allowed", {"rules": "sea:O1"}))
    packs = {name: (pack.english, pack.chinese) for name, pack in study.decisions.book.items()}
    counted = (("red_line", "R3", 3), ("forests", "W1", 2), ("sea", "O2", 1))
    listed = "; ".join(f"{packs[pack][0]}, {rule} ({count})" for pack, rule, count in counted)
    assert said(study, parcel_decisions=frame)[1:] == [f"Most often prohibited by {listed}."]
    listed = "；".join(f"{packs[pack][1]}{rule}（{count}件）" for pack, rule, count in counted)
    assert said(study, "zh", parcel_decisions=frame)[1:] == [f"禁止最多的规则：{listed}。"]


def test_six_rules_are_named_at_most_and_those_of_one_count_in_the_order_of_their_names(study):
    frame = decided(("prohibited", {"rules": "; ".join(f"red_line:R{number}" for number in (9, 7, 8, 1, 3, 2, 4))}))
    _, by = said(study, parcel_decisions=frame)
    assert [part.split(", ")[-1] for part in by.removesuffix(".").split("; ")] == [
        f"R{number} (1)" for number in (1, 2, 3, 4, 7, 8)
    ]


def test_what_slivers_decide_is_named(study):
    one = ("prohibited", {"without_slivers": "allowed"})
    told = said(study, parcel_decisions=decided(one, ("prohibited", {}), one))
    assert told[1:] == [
        "2 would be decided otherwise without overlaps that the scale of the control layers cannot tell: AP-1, AP-3."
    ]
    told = said(study, "zh", parcel_decisions=decided(*[one] * 7))
    assert told[1:] == ["若不计小于管控图层比例尺精度的重叠，有7件结果不同：AP-1、AP-2、AP-3、AP-4、AP-5、AP-6 ...。"]


def test_what_would_make_it_allowed_is_summed(study):
    rows = (
        ("prohibited", {"leave_out_ha": 30.0}), ("prohibited", {"leave_out_ha": 45.5, "change": "construction = no"}),
        ("prohibited", {"change": "construction = no"}), ("prohibited", {}), ("prohibited", {"change": np.nan}),
        ("allowed", {}),
    )  # fmt: skip
    assert said(study, parcel_decisions=decided(*rows))[1:] == [
        "2 of the prohibited would be allowed if ground were left out (75.50 ha in all), 2 if facts were others."
    ]
    told = said(study, "zh", parcel_decisions=decided(*rows))[1:]
    assert told == ["被禁止的申请中，2件在避让后可行（共避让75.50公顷），2件在条件改变后可行。"]
    only = said(study, parcel_decisions=decided(("prohibited", {"change": "construction = no"})))
    assert only[1:] == [
        "0 of the prohibited would be allowed if ground were left out (0.00 ha in all), 1 if facts were others."
    ]


def test_what_is_missing_is_said_in_words(study):
    frame = decided(
        ("undetermined", {"missing": "facts.construction; layers.sea"}),
        ("undetermined", {"missing": "facts.construction; packs.forests; parcel"}),
        ("allowed", {"missing": "facts.unavoidable"}),
    )
    book = study.decisions.book
    question, pack = book.terms.facts["construction"], book["forests"]
    (told,) = said(study, parcel_decisions=frame)[1:]
    assert told.startswith(f"What is not known and would decide: {question.english} (2); ")
    assert pack.english in told
    assert "the parcel's ground in the study (1)" in told
    for raw in ("facts.", "layers.", "packs.", "unavoidable"):
        assert raw not in told
    (told,) = said(study, "zh", parcel_decisions=frame)[1:]
    assert told.startswith(f"尚缺而起决定作用的事实：{question.chinese}（2件）；")
    assert pack.chinese in told
    assert "地块在研究范围内的位置（1件）" in told
    assert "sea" not in told


def test_rules_of_ours_are_said_to_be_ours(study):
    frame = decided(("allowed", {"status": "default"}), ("allowed", {"status": "literature"}))
    assert said(study, parcel_decisions=frame)[1:] == [
        "1 decisions rest on rules of status default: they are ours, not the text of a law."
    ]
    assert said(study, "zh", parcel_decisions=frame)[1:] == [
        "1件判定所依规则的状态为默认：由本软件给出，并非法律原文。"
    ]


def test_empty_cells_that_were_read_back_are_empty(study):
    """A table that is read from its file has NaN where nothing stands."""
    frame = decided(("prohibited", {"rules": "forests:W1"}), ("undetermined", {})).replace("", np.nan)
    told = said(study, parcel_decisions=frame)
    assert len(told) == 2
    assert "nan" not in " ".join(told)


def balance(*rows):
    return pd.DataFrame(rows, columns=["application", "disturbed_ha", "restored_ha", "balance_ha", "holds"])


def test_the_balance_of_what_restores_its_ground(study):
    frame = balance(("N1", 1.0, 1.254, 0.254, 1.0), ("total", 1.0, 1.254, 0.254, 1.0))
    assert said(study, net_zero_balance=frame) == [
        "Net-zero-disturbance infrastructure that is not prohibited disturbs 1.00 ha and restores 1.25 ha."
    ]
    assert said(study, "zh", net_zero_balance=frame) == ["未被禁止的净零扰动基础设施共扰动1.00公顷，修复1.25公顷。"]
    assert said(study, net_zero_balance=frame.iloc[1:]) == []


def test_without_tables_and_without_rows_nothing_is_said(study):
    assert said(study) == []
    assert said(study, parcel_decisions=decided()) == []


# The map


def squares(study, *sides, **columns):
    transform = study.inputs.grid.geobox.transform
    corners = [(transform @ (place, 0), transform @ (place + size, size)) for place, size in sides]
    found = [shapely.box(left, low, right, top) for (left, top), (right, low) in corners]
    return geopandas.GeoDataFrame(columns, geometry=found, crs=study.inputs.grid.geobox.crs.to_wkt())


def test_the_map_of_outcomes_has_a_class_for_each_with_its_area(study):
    frame = squares(
        study, (0, 2), (5, 3), (10, 1), (15, 2),
        outcome=["allowed", "prohibited", "prohibited", "undetermined"], area_ha=[20.0, 30.0, 15.0, 4.0],
    )  # fmt: skip
    (drawn,) = shapes(Drawn(study, parcel_outcomes=frame))
    assert (drawn.product, drawn.view) == ("parcel_outcomes", "")
    assert [(entry.name, entry.colour, entry.text.split(" ha")[0]) for entry in drawn.classes.entries] == [
        ("Prohibited", COLOURS["prohibited"], "45"),
        ("Undetermined", COLOURS["undetermined"], "4"),
        ("Allowed", COLOURS["allowed"], "20"),
    ]
    # Each polygon in the class of its outcome; what is strictest lies on top, which is last.
    names = [drawn.classes.names[int(code)] for code in drawn.codes]
    assert names == ["Allowed", "Undetermined", "Prohibited", "Prohibited"]
    for shape, name in zip(drawn.polygons, names, strict=True):
        (place,) = np.flatnonzero(frame.within(shape.buffer(1e-6)))
        assert frame["outcome"][place].capitalize() == name
    (chinese,) = shapes(Drawn(study, "zh", parcel_outcomes=frame))
    assert [entry.name for entry in chinese.classes.entries] == ["禁止", "无法判定", "允许"]


def test_small_parcels_are_drawn_large_enough_to_be_seen_and_large_ones_as_they_are(study):
    frame = squares(study, (0, 0.01), (9, 11), outcome=["allowed", "prohibited"], area_ha=[0.06, 75_000.0])
    (drawn,) = shapes(Drawn(study, parcel_outcomes=frame))
    small, large = drawn.polygons
    # All of it spans 20 cells of 2,500 m; a mark has a radius of 0.8 % of that, 400 m, about the parcel of 25 m.
    left, low, right, high = small.bounds
    assert (right - left, high - low) == (pytest.approx(800.0), pytest.approx(800.0))
    assert small.covers(frame.geometry[0])
    assert large.equals(frame.geometry[1])


def test_no_two_outcomes_share_a_colour_or_a_name():
    assert len({COLOURS[outcome] for outcome in OUTCOMES}) == 4
    for language in ("en", "zh"):
        assert len({Words(language)(f"shape_{outcome}") for outcome in OUTCOMES}) == 4


# Headings


def test_every_column_has_a_heading_in_both_languages(study):
    vocabulary = study.catalogue.vocabulary
    english, chinese = Words("en"), Words("zh")
    for name in ("parcel_overlaps", "parcel_decisions", "parcel_outcomes", "net_zero_balance"):
        columns = [column for column in vocabulary[name].columns if not column.endswith("_zh")]
        for heading in (
            [english.heading(column, name) for column in columns],
            [chinese.heading(column, name) for column in columns],
        ):
            assert len(set(heading)) == len(columns), (name, heading)
            assert not [text for text in heading if "_" in text]
        for column in columns:
            assert not chinese.heading(column, name).isascii(), (name, column)


def test_whether_the_balance_holds_has_a_heading_of_its_own():
    assert Words("en").heading("holds", "net_zero_balance") == "Balanced?"
    assert Words("zh").heading("holds", "net_zero_balance") == "是否平衡"


def test_the_chapter_of_parcels_begins_with_the_map_and_the_decisions(study):
    material = Material(study, Words("en"))
    vocabulary = study.catalogue.vocabulary
    for name in ("parcel_outcomes", "parcel_decisions", "parcel_overlaps", "net_zero_balance"):
        assert material.chapter_of(vocabulary[name]) == "parcels"
