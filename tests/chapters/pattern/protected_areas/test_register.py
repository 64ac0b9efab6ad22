import geopandas
import numpy as np
import pytest
import shapely
from tests.chapters.pattern.protected_areas.integrated import EQUAL, KINDS, LEVELS, areas, box, frame, grid, row

from shanshui.base.errors import StudyError
from shanshui.chapters.pattern.protected_areas import register

NAN = np.nan
HERE = box(1000, 1000, 1000, 1000)


def problems(*rows, **more):
    with pytest.raises(StudyError) as caught:
        areas(*rows, **more)
    return {problem.key: problem for problem in caught.value.problems}, [str(each) for each in caught.value.problems]


def test_words_are_made_one_spelling():
    read = areas(
        row("A", "自然保护区", "国家级", HERE, part="核心区", established=1998, main_resource="自然", value="2.5"),
        row("B", "Forest Park", "Provincial", HERE, part=None, established=None, main_resource="cultural", new="yes"),
        row("C", "scenic-area", "市级", HERE, qualified=1),
        row(12.0, "国家公园", "national", HERE, part="一般控制区", new=0),
        row("E", "GERMPLASM reserve", " county-level ", HERE, part="Buffer zone"),
    )
    assert read["area"].tolist() == ["A", "B", "C", "12", "E"]
    assert read["category"].tolist() == [
        "nature_reserve",
        "forest_park",
        "scenic_area",
        "national_park",
        "aquatic_germplasm_reserve",
    ]
    assert read["class"].tolist() == ["nature_reserve", "nature_park", "nature_park", "national_park", "nature_reserve"]
    assert read["class_rank"].tolist() == [2, 1, 1, 3, 2]
    assert read["level"].tolist() == ["national", "provincial", "prefecture", "national", "county"]
    assert read["level_rank"].tolist() == [4, 3, 2, 4, 1]
    assert read["part"].tolist() == ["core", "", "", "general", "buffer"]
    assert read["main_resource"].tolist() == ["natural", "cultural", "", "", ""]
    assert read["new"].tolist() == [0, 1, 0, 0, 0]
    assert read["qualified"].tolist() == [0, 0, 1, 0, 0]
    np.testing.assert_array_equal(read["established"], [1998, NAN, NAN, NAN, NAN])
    np.testing.assert_array_equal(read["value"], [2.5, NAN, NAN, NAN, NAN])
    # One square kilometre in an equal-area projection.
    assert read["area_ha"].tolist() == pytest.approx([100.0] * 5, rel=1e-8)
    assert (read["note"] == "").all()
    assert read.columns.tolist() == register.COLUMNS


def test_every_category_and_level_is_known_by_code_and_by_both_names():
    for words, column in ((KINDS, "category"), (LEVELS, "level")):
        for spelling in ("code", "english", "chinese"):
            rows = [
                row(str(number), **{"category": "geopark", "level": "county", "shape": HERE} | {column: word})
                for number, word in enumerate(words[spelling])
            ]
            assert areas(*rows)[column].tolist() == words["code"].tolist()
    assert LEVELS.set_index("code")["rank"].to_dict() == {"national": 4, "provincial": 3, "prefecture": 2, "county": 1}
    classes = KINDS.groupby("class")["code"].apply(set).to_dict()
    assert classes["national_park"] == {"national_park"}
    assert classes["nature_reserve"] == {"nature_reserve", "aquatic_germplasm_reserve", "small_reserve"}
    assert len(classes["nature_park"]) == 7
    assert dict(zip(KINDS["class"], KINDS["rank"], strict=True)) == {
        "national_park": 3,
        "nature_reserve": 2,
        "nature_park": 1,
    }


def test_all_that_is_missing_or_not_known_is_told_at_once():
    by_key, told = problems(
        row(None, "forest_park", "county", HERE),
        row("B", "", "county", HERE),
        row("C", "forst_park", None, HERE),
        row("D", "forst_park", "nationnal", HERE),
        row("E;F", "geopark", "county", HERE),
        row("G", "geopark", "county", None),
        row("H", "geopark", "county", shapely.Polygon()),
        row("I", "geopark", "county", shapely.Point(1, 1)),
        row("J", "geopark", "county", HERE, part="cor"),
        row("K", "geopark", "county", HERE, established="long ago"),
        row("L", "geopark", "county", HERE, value=np.inf),
    )
    layer = "layers.protected_area_register"
    assert f"{layer}.columns.area: row without a key: 1; write the key of the area" in told
    assert f"{layer}.columns.area: row with a semicolon in the key: 5 (E;F); write the key without it" in told
    assert f"{layer}.columns.category: row without a category: 2 (B); write its category" in told
    assert f"{layer}.columns.level: row without a level: 3 (C); write its level" in told
    fault = "rows with the category 'forst_park', which nobody knows: 3 (C), 4 (D); did you mean 'forest park'?"
    assert f"{layer}.columns.category: {fault}" in told
    fault = "row with the level 'nationnal', which nobody knows: 4 (D); did you mean 'national'?"
    assert f"{layer}.columns.level: {fault}" in told
    assert f"{layer}: rows without a polygon: 6 (G), 7 (H); draw it, or leave the row out" in told
    assert f"{layer}: row drawn as points or lines: 8 (I); draw the polygon" in told
    assert "did you mean 'core'?" in by_key[f"{layer}.columns.part"].mend
    assert (
        f"{layer}.columns.established: row whose established is not a number: 10 (K); write a number, or nothing"
        in told
    )
    assert f"{layer}.columns.value: row whose value is not a number: 11 (L); write a number, or nothing" in told
    assert len(told) == 11


def test_many_faulty_rows_are_counted():
    by_key, _ = problems(*(row(str(each), "", "county", HERE) for each in range(1002)))
    fault = by_key["layers.protected_area_register.columns.category"].fault
    assert fault.startswith("rows without a category: 1 (0), 2 (1), ")
    assert fault.endswith(", 1000 (999) and 2 more")


def test_coordinates_that_look_exchanged_are_refused():
    north = grid("EPSG:4326", 0.01, 100)
    north = type(north)((100, 100), north.affine.translation(115, 30) * north.affine, "EPSG:4326")
    place, turned, beside = (shapely.box(x, y, x + 0.2, y + 0.2) for x, y in ((115.3, 30.3), (30.3, 115.3), (118, 30)))
    told = {"category": "geopark", "level": "county"}
    read = frame({"area": "A", "geometry": place} | told, {"area": "B", "geometry": beside} | told, crs="EPSG:4326")
    assert len(register.protected_areas(read, KINDS, LEVELS, geobox=north)) == 2
    read = frame({"area": "A", "geometry": place} | told, {"area": "B", "geometry": turned} | told, crs="EPSG:4326")
    with pytest.raises(StudyError, match=r"row outside of the grid, whose x and y look exchanged: 2 \(B\); exchange"):
        register.protected_areas(read, KINDS, LEVELS, geobox=north)


def test_coordinates_are_also_compared_in_degrees():
    # In metres of a zone of UTM: drawn at 30 degrees east and 20 north, the grid at 20 east and 30 north.
    crs = "EPSG:32634"
    place = geopandas.GeoSeries([shapely.Point(20, 30), shapely.Point(30, 20)], crs="EPSG:4326").to_crs(crs)
    near = grid(crs, 100.0, 200)
    shift = near.affine.translation(place.iloc[0].x - 10_000, place.iloc[0].y - 10_000)
    here = type(near)((200, 200), shift * near.affine, crs)
    rows = [
        row("A", "geopark", "county", place.iloc[0].buffer(500)),
        row("B", "geopark", "county", place.iloc[1].buffer(500)),
    ]
    with pytest.raises(StudyError, match=r"exchanged: 2 \(B\)"):
        register.protected_areas(frame(*rows, crs=crs), KINDS, LEVELS, geobox=here)
    # Easting and northing exchanged: it lies nowhere near in degrees either way.
    turned = shapely.Point(place.iloc[0].y, place.iloc[0].x).buffer(500)
    with pytest.raises(StudyError, match=r"exchanged: 2 \(B\)"):
        register.protected_areas(
            frame(rows[0], row("B", "geopark", "county", turned), crs=crs), KINDS, LEVELS, geobox=here
        )
    lost = shapely.Polygon([(np.inf, 0), (np.inf, 1), (1, 1)])
    with pytest.raises(StudyError, match=r"exchanged: 2 \(B\)"):
        register.protected_areas(
            frame(rows[0], row("B", "geopark", "county", lost), crs=crs), KINDS, LEVELS, geobox=here
        )


def test_rows_of_one_area_are_its_parts():
    read = areas(
        row("A", "nature_reserve", "county", HERE, part="core", name="", name_zh="鹤湖", established=None),
        row("A", "nature_reserve", "county", box(2000, 1000, 10, 10), name="Crane Lake", established=1990),
        row("A", "nature_reserve", "county", box(3000, 1000, 10, 10), name="Other name", part="experimental"),
    )
    assert read["name"].tolist() == ["Crane Lake"] * 3
    assert read["name_zh"].tolist() == ["鹤湖"] * 3
    assert read["established"].tolist() == [1990] * 3
    assert read["part"].tolist() == ["core", "", "experimental"]
    _, told = problems(
        row("A", "nature_reserve", "county", HERE),
        row("A", "nature_reserve", "national", HERE),
        row("B", "geopark", "national", HERE),
    )
    fault = "rows that give one area more than one level: 1 (A), 2 (A); keep one for each"
    assert told == [f"layers.protected_area_register.columns.level: {fault}"]


def test_a_part_that_the_category_does_not_have_is_left_out_with_a_note():
    read = areas(
        row("A", "forest_park", "county", HERE, part="core"),
        row("B", "national_park", "national", HERE, part="buffer"),
        row("C", "national_park", "national", HERE, part="core"),
        row("D", "small_reserve", "county", HERE, part="general"),
    )
    assert read["part"].tolist() == ["", "", "core", "general"]
    assert read["note"].tolist()[:2] == [
        "part core left out: this category has no such zone",
        "part buffer left out: this category has no such zone",
    ]
    assert read["note_zh"].iloc[0] == "该类型无此功能分区，未采用分区：core"
    assert read["note"].tolist()[2:] == ["", ""]


def test_a_register_without_rows_has_no_areas():
    empty = geopandas.GeoDataFrame({"area": [], "category": [], "level": []}, geometry=[], crs=EQUAL)
    assert len(register.protected_areas(empty, KINDS, LEVELS, geobox=grid())) == 0
