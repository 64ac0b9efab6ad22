"""The censuses of China of 2010 and 2020, against the published totals and plain sums of the workbooks."""

import csv
import shutil

import openpyxl
import pytest

import shanshui

pytestmark = [pytest.mark.real, pytest.mark.slow]
# Published by the National Bureau of Statistics.
# That of 2010 is the sum of the provinces in the workbook, without the armed forces.
PERSONS_2020, URBAN_2020, PERSONS_2010 = 1_409_778_724, 899_991_162, 1_332_810_869
CENSUS = "china_census/data/census"


@pytest.fixture(scope="module")
def china(tmp_path_factory, shared_data, project):
    """Open the study of China in a folder of our own; give its inputs."""
    folder = tmp_path_factory.mktemp("china")
    for name in ("study.toml", "changes.csv"):
        shutil.copy(project / "examples" / "china" / name, folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SHANSHUI_DATA", str(shared_data))
        with shanshui.open_study(folder) as study:
            return study.inputs


@pytest.fixture(scope="module")
def workbooks(shared_data):
    """The rows of both workbooks as they are: of 2010 and of 2020, by header."""

    def read(year):
        book = openpyxl.load_workbook(shared_data / CENSUS / f"census_county_{year}_v1.xlsx", read_only=True)
        header, *rows = book.worksheets[0].iter_rows(values_only=True)
        return [dict(zip(header[:14], row, strict=False)) for row in rows]

    return {year: read(year) for year in (2010, 2020)}


@pytest.fixture(scope="module")
def population(china):
    return china.sources["population"].frame


def total(population, zoning, year, column="total_persons"):
    return population.query(f"zoning == '{zoning}' and year == {year}")[column].sum()


def test_the_counties_of_2020_sum_to_the_published_number_of_people(population):
    assert total(population, "county", 2020) == PERSONS_2020
    assert total(population, "county", 2020, "urban_persons") == URBAN_2020
    assert total(population, "county", 2020, "rural_persons") == PERSONS_2020 - URBAN_2020


def test_the_counties_of_2010_and_the_unmatched_sum_to_the_provinces_of_the_workbook(china, population, workbooks):
    provinces = [row for row in workbooks[2010] if isinstance(row["区划代码"], int) and row["区划代码"] % 10_000 == 0]
    assert sum(row["合计"] for row in provinces) == PERSONS_2010
    (note,) = [problem for problem in china.notes if "match no zone" in problem.fault]
    held = int(note.fault.rpartition("total_persons ")[2].partition(" in 2010")[0].replace(",", ""))
    assert total(population, "county", 2010) + held == PERSONS_2010
    for name in ("130421 邯郸县", "大兴安岭地区/加格达奇", "460200 三亚市"):
        assert name in note.fault


def test_sansha_and_prefectures_without_counties_count_once(population, workbooks):
    counties = population.query("zoning == 'county' and year == 2020").set_index("zone")["total_persons"]
    assert counties["460300"] == 2333
    assert not counties.index.str.contains("群岛").any()
    by_code = {str(row["区划代码"]): row["人口数_合计"] for row in workbooks[2020]}
    for code in ("441900", "442000", "460400", "620200"):
        assert counties[code] == by_code[code]
    assert "110100" not in counties
    assert counties["吉林市/吉林经济开发区"] == 55_692


def test_prefectures_sum_to_what_their_own_file_sums_to(population, shared_data):
    with (shared_data / CENSUS / "census_city_2010-2020_v1.csv").open(encoding="utf-8-sig") as file:
        csv.field_size_limit(1 << 30)
        rows = list(csv.DictReader(file))
    assert total(population, "prefecture", 2020) == 1_414_039_502
    for year in (2010, 2020):
        assert total(population, "prefecture", year) == sum(float(row[f"popu_{year}"] or 0) for row in rows)


def test_prefectures_have_polygons_and_counties_have_none(china):
    zones = china.sources["zones"].frame
    assert zones.query("zoning == 'county'")["area_ha"].isna().all()
    areas = zones.query("zoning == 'prefecture' and zone != '(outside)'")["area_ha"]
    assert (areas > 0).all()
    # as many zones as rows of 2020: the island groups of Sansha are none
    assert len(zones.query("zoning == 'county' and zone != '(outside)'")) == 2987
    # Beijing: 16,410 km2 by the authorities
    assert zones.query("zone == '110100'")["area_ha"].item() == pytest.approx(1_641_000, rel=0.01)


STUDY = """\
[study]
name = "Leaves"
[zones.county]
path = "census.csv"
key = "code"
leaves = true
levels = ["province", "prefecture", "county"]
[tables.population]
path = "census.csv"
columns = { zone = "code", total_persons = "total", urban_persons = "urban" }
year = 2020
leaves = true
levels = ["province", "prefecture", "county"]
"""


@pytest.mark.parametrize("added", [0, 1000])
@pytest.mark.parametrize("code", [130102, 441900, 659001])
def test_without_the_nation_s_row_a_thousand_people_more_are_a_thousand_more(tmp_path, workbooks, code, added):
    (tmp_path / "study.toml").write_text(STUDY, "utf-8")
    with (tmp_path / "census.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["code", "province", "prefecture", "county", "total", "urban"])
        for row in workbooks[2020]:
            if row["省"] == "全国":
                continue
            more = added if row["区划代码"] == code else 0
            names = [row[level] for level in ("省", "市", "区县")]
            writer.writerow([row["区划代码"], *names, row["人口数_合计"] + more, row["城镇人口"]])
    with shanshui.open_study(tmp_path) as study:
        population = study.inputs.sources["population"].frame
    assert population["total_persons"].sum() == PERSONS_2020 + added
    assert population["urban_persons"].sum() == URBAN_2020
