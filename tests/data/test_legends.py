import pandas as pd
import pytest

from shanshui.data.legends import ecosystem_scheme, read_legend


@pytest.fixture
def legend(tmp_path):
    def read(text):
        path = tmp_path / "legend.csv"
        path.write_text(text, "utf-8")
        return read_legend(path, "layers.land_cover.legend")

    return read


def test_the_scheme_s_first_level_is_the_first_digit_of_the_second():
    scheme = ecosystem_scheme()
    assert (scheme["level1"] == scheme["level2"] // 10).all()
    assert scheme["level2"].is_unique
    assert scheme["level2"].between(10, 99).all()
    assert sorted(scheme["level1"].unique()) == list(range(1, 10))


def test_every_ecosystem_of_the_scheme_has_one_name_in_each_language_and_a_colour():
    scheme = ecosystem_scheme()
    for column in ("name", "name_zh"):
        assert scheme[column].is_unique
        assert (scheme[column] != "").all()
    assert len(scheme[["level1", "ecosystem", "ecosystem_zh"]].drop_duplicates()) == 9
    assert scheme["ecosystem"].drop_duplicates().size == scheme["ecosystem_zh"].drop_duplicates().size == 9
    assert scheme["colour"].str.fullmatch("#[0-9a-f]{6}").all()


def test_the_first_level_is_that_of_the_issue_and_each_begins_with_kind_not_told():
    scheme = ecosystem_scheme().drop_duplicates("level1")
    expected = "forest shrub grassland wetland cropland built;desert and bare;ice and snow;water".replace(" ", ";", 5)
    assert ";".join(scheme["ecosystem"]) == expected
    assert (scheme["level2"] % 10 == 0).all()
    assert scheme["name"].str.endswith("(kind not told)").all()


def test_ecological_land_is_the_paper_s_and_the_sea_is_neither():
    scheme = ecosystem_scheme()
    ecological = set(scheme.loc[scheme["ecological"] == "1", "ecosystem"])
    assert ecological == {"forest", "shrub", "grassland", "wetland", "ice and snow", "water"}
    assert set(scheme.loc[scheme["ecological"] == "0", "ecosystem"]) == {"cropland", "built", "desert and bare"}
    assert list(scheme.loc[scheme["ecological"] == "", "name"]) == ["sea"]


def test_ecosystems_are_told_by_code_name_group_or_in_chinese(legend):
    rows = ["7,a,94", "3,b,Broadleaf Forest", "5,c,water", "1,d,水田", "9,e, 森林 "]
    found, problems = legend("code,name,ecosystem\n" + "\n".join(rows) + "\n")
    assert problems == []
    assert list(found.columns) == ["code", "name", "name_zh", "level1", "level2", "colour"]
    assert found["code"].tolist() == [1, 3, 5, 7, 9]
    assert found["level2"].tolist() == [53, 11, 90, 94, 10]
    assert found["level1"].tolist() == [5, 1, 9, 9, 1]
    assert found["name"].tolist() == ["d", "b", "c", "a", "e"]


def test_a_legend_s_own_colour_and_chinese_name_are_kept_and_a_broken_colour_is_replaced(legend):
    text = "code,name,name_zh,ecosystem,colour\n1,a,甲,lake,#FFCC00\n2,b,乙,lake,#ffcc100\n3,c,丙,lake,\n"
    found, problems = legend(text)
    assert problems == []
    assert found["name_zh"].tolist() == ["甲", "乙", "丙"]
    assert found["colour"].tolist() == ["#FFCC00", "#6699cc", "#6699cc"]


def test_every_fault_of_a_legend_is_named_at_once(legend):
    text = "code,name,ecosystem\n1,a,forrest\n1,b,lake\nx,c,lake\n2.5,d,99\n3,e,lake\n"
    _, problems = legend(text)
    faults = " | ".join(problem.fault for problem in problems)
    assert len(problems) == 5
    for words in ("code 1 stands twice", "'x' is no whole number", "'2.5' is no whole number", "'99' is no ecosystem"):
        assert words in faults
    [misspelt] = [problem for problem in problems if "forrest" in problem.fault]
    assert misspelt.mend == "did you mean 'forest'?"
    assert all(problem.key == "layers.land_cover.legend" for problem in problems)


def test_every_missing_column_is_named_with_the_one_that_was_meant(legend):
    _, problems = legend("cod,label,ecosytem\n1,a,lake\n")
    assert {problem.fault.rpartition(" ")[2] for problem in problems} == {"'code'", "'name'", "'ecosystem'"}
    assert {problem.mend for problem in problems} >= {"did you mean 'cod'?", "did you mean 'ecosytem'?"}


def test_a_legend_in_excel_gives_the_same(legend, tmp_path):
    frame = pd.DataFrame({"code": [2, 1], "name": ["a", "b"], "ecosystem": ["lake", 51]})
    frame.to_excel(tmp_path / "legend.xlsx", index=False)
    found, problems = read_legend(tmp_path / "legend.xlsx", "key")
    assert problems == []
    pd.testing.assert_frame_equal(found, legend(frame.to_csv(index=False))[0])
