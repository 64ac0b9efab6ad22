"""Census and yearbook tables as they are: several files, years in headers, units that change, leaves, no polygons."""

import geopandas
import numpy as np
import openpyxl
import pyproj
import pytest
import shapely

from shanshui import open_study

STUDY = """\
[study]
name = "Four counties"

[zones.county]
path = "counties.csv"
key = "code"
columns = { name = "name", area_km2 = "km2" }

[[tables.population]]
path = "census.csv"
columns = { zone = "code", year = "year", total_persons = "total", urban_persons = "urban" }
"""
COUNTIES = "code,name,km2\n450102,East,10\n450103,West,20\n450121,North,30\n450122,South,\n"
CENSUS = """\
code,year,total,urban
450102,2010,1000,400
450103,2010,2000,500
450121,2010,3000,600
450122,2010,4000,700
450102,2020,1100,440
450103,2020,1900,600
450121,2020,3300,900
450122,2020,4100,800
"""
TOTAL = "tables.population.columns.total_persons"
ZONE = "tables.population.columns.zone"


@pytest.fixture
def census(study):
    """A study of four counties that a table lists, and one table of two censuses."""
    for path in study.folder.iterdir():
        path.unlink()
    study.write(STUDY)
    study.file("counties.csv", COUNTIES)
    study.file("census.csv", CENSUS)
    return study


def frame(census, name="population"):
    with open_study(census.folder) as opened:
        return opened.inputs.sources[name].frame


def totals(census, column="total_persons"):
    rows = frame(census)
    return {(zone, year): value for zone, year, value in zip(rows["zone"], rows["year"], rows[column], strict=True)}


def replace_row(census, old, new):
    assert old in CENSUS
    census.file("census.csv", CENSUS.replace(old, new))


# Zones


def test_zones_without_polygons_have_names_and_stated_areas_and_no_others(census):
    assert (census.check().code, census.check().err) == (0, "")
    with open_study(census.folder) as opened:
        zones = opened.inputs.sources["zones"].frame.query("zoning == 'county'").set_index("zone")
        polygons = opened.inputs.zonings[1].polygons
    assert list(zones["name"][:4]) == ["East", "West", "North", "South"]
    assert list(zones["statutory_area_ha"][:3]) == [1000.0, 2000.0, 3000.0]
    assert zones["area_ha"].isna().all()
    assert len(polygons) == 4
    assert shapely.is_empty(polygons).all()
    assert set(frame(census)["zone_name"]) == {"East", "West", "North", "South"}


def test_zones_without_polygons_are_refused_where_there_is_a_grid(study):
    study.file("counties.csv", COUNTIES)
    study.edit('path = "counties.gpkg"\nkey = "code"', 'path = "counties.csv"\nkey = "code"')
    study.edit('columns = { name = "name", function = "function", area_km2 = "area_km2" }', "")
    study.check().only("zones.county.path", "no polygons", 'geometry = "..."')


@pytest.mark.parametrize("crs", [None, "EPSG:32649"])
def test_polygons_are_read_from_a_column_of_text(census, crs):
    box = shapely.box(108, 22, 109, 23) if crs is None else shapely.box(500_000, 2_590_000, 510_000, 2_600_000)
    census.file("counties.csv", f'code,shape\n450102,"{box.wkt}"\n')
    told = 'geometry = "shape"' + ("" if crs is None else f'\ncrs = "{crs}"')
    census.edit('columns = { name = "name", area_km2 = "km2" }', told)
    census.edit('urban_persons = "urban" }', 'urban_persons = "urban" }\ndrop_unmatched = true')
    with open_study(census.folder) as opened:
        zones = opened.inputs.sources["zones"].frame.set_index("zone")
    # by hand, on the ellipsoid: pyproj's geodesic polygon with its sides divided, and the plane of the map
    if crs is None:
        sides = shapely.get_coordinates(shapely.segmentize(box, 0.01)).T
        expected = abs(pyproj.Geod(ellps="WGS84").polygon_area_perimeter(*sides)[0]) / 1e4
        assert zones.loc["450102", "area_ha"] == pytest.approx(expected, rel=1e-4)
    else:
        assert zones.loc["450102", "map_area_ha"] == pytest.approx(10_000.0)


@pytest.mark.parametrize(
    ("row", "key", "words"),
    [
        ("450102,POLYGON((", "zones.county.geometry", ("no polygon as WKT", "450102")),
        ("450102,POINT (108 22)", "zones.county.path", ("Point", "not polygons")),
    ],
)
def test_text_that_is_no_polygon_is_named(census, row, key, words):
    census.file("counties.csv", f"code;shape\n{row.replace(',', ';', 1)}\n")
    census.edit('columns = { name = "name", area_km2 = "km2" }', 'geometry = "shape"')
    census.check().one(key, *words)


def test_keys_of_tables_are_refused_for_files_of_polygons_and_the_other_way_round(study, census):
    census.edit('key = "code"', 'key = "code"\nwhere = "code > 3"')
    census.check().one("zones.county.where", "is a table", "leave it out")


def test_a_column_that_zones_in_a_table_do_not_have_is_named(census):
    census.edit('key = "code"', 'key = "cod"')
    census.check().one("zones.county.key", "'cod'", "did you mean 'code'?")


# Distance to the cities


def test_zones_know_how_far_they_are_from_the_nearest_urban_agglomeration(census):
    ellipsoid = pyproj.Geod(ellps="WGS84")
    boxes = [shapely.box(108, 22, 109, 23), shapely.box(109, 22, 110, 23), shapely.box(110.1, 22, 111, 23)]
    boxes += [shapely.box(115, 30, 116, 31)]
    keys = ["450102", "450103", "450121", "450122"]
    rows = "".join(f'{key},"{box.wkt}"\n' for key, box in zip(keys, boxes, strict=True))
    census.file("counties.csv", f"code,shape\n{rows}")
    census.edit('columns = { name = "name", area_km2 = "km2" }', 'geometry = "shape"')
    cities = geopandas.GeoDataFrame({"id": ["a"]}, geometry=[shapely.box(108.5, 22.5, 109, 23)], crs="EPSG:4490")
    census.polygons("cities.gpkg", cities)
    census.add('[zones.urban_agglomeration]\npath = "cities.gpkg"\nkey = "id"')
    with open_study(census.folder) as opened:
        zones = opened.inputs.sources["zones"].frame.set_index(["zoning", "zone"])["urban_distance_km"]
    assert zones["county", "450102"] == 0.0  # the city lies inside
    assert zones["county", "450103"] == 0.0  # they touch
    # between two meridians the nearest points are those of the highest latitude
    near = ellipsoid.inv(109, 23, 110.1, 23)[2] / 1000
    assert zones["county", "450121"] == pytest.approx(near, rel=0.01)
    assert zones["county", "450122"] == pytest.approx(ellipsoid.inv(109, 23, 115, 30)[2] / 1000, rel=0.01)
    assert zones["urban_agglomeration", "a"] == 0.0


def test_without_cities_no_zone_has_a_distance(census):
    assert frame(census, "zones")["urban_distance_km"].isna().all()


# Several files, years in headers, units


def test_a_table_in_several_files_of_a_year_each(census):
    rows = CENSUS.splitlines()
    for year in ("2010", "2020"):
        kept = ["code,total,urban", *(row.replace(f",{year}", "") for row in rows if f",{year}," in row)]
        census.file(f"{year}.csv", "\n".join(kept) + "\n")
    section = (
        '[[tables.population]]\npath = "{year}.csv"\nyear = {year}\nzoning = "county"\ncolumns = {{ {columns} }}\n'
    )
    columns = 'zone = "code", total_persons = "total", urban_persons = "urban"'
    head = STUDY.partition("[[")[0]
    census.write(head + "".join(section.format(year=year, columns=columns) for year in (2010, 2020)))
    assert totals(census)["450103", 2020] == 1900.0
    assert len(totals(census)) == 8
    census.edit("year = 2020", "year = 2020\nleafs = true")
    census.check().only("tables.population.2.leafs", "is not a known key", "did you mean 'leaves'?")


def test_the_second_file_is_named_by_its_number(census):
    census.add('[[tables.population]]\npath = "gone.csv"\nyear = 2000')
    census.check().only("tables.population.2.path", "there is no file gone.csv")


def test_a_year_given_twice_is_named(census):
    census.edit('urban_persons = "urban" }', 'urban_persons = "urban" }\nyear = 2010')
    census.check().only("tables.population.year", "as a column")


def test_years_in_headers_become_rows(census):
    census.file("census.csv", "code,pop_2010,pop_2020,urban 2010\n450102,1000,1100,400\n450103,2000,,\n")
    census.edit(
        'year = "year", total_persons = "total", urban_persons = "urban"',
        'total_persons = "pop_{year}", urban_persons = "urban{year}"',
    )
    assert totals(census) == {("450102", 2010): 1000.0, ("450103", 2010): 2000.0, ("450102", 2020): 1100.0}
    urban = frame(census).set_index(["zone", "year"])["urban_persons"]
    assert urban["450102", 2010] == 400.0
    assert urban.isna().sum() == 2


def test_a_header_of_years_that_is_in_no_column_is_named(census):
    census.edit('total_persons = "total"', 'total_persons = "totl_{year}"')
    census.check().one(TOTAL, "no column is headed 'totl_{year}'")


def test_every_column_may_have_its_unit(census):
    census.edit('urban_persons = "urban" }', 'urban_persons = "urban" }\nunits = { total_persons = "万人" }')
    assert totals(census)["450102", 2010] == 10_000_000.0
    assert totals(census, "urban_persons")["450102", 2010] == 400.0


@pytest.mark.parametrize(
    ("units", "key", "words"),
    [
        ('{ total_person = "万人" }', "tables.population.units.total_person", "did you mean 'total_persons'?"),
        ('{ total_persons = "万元" }', "tables.population.units.total_persons", "cannot become 'person'"),
    ],
)
def test_a_unit_that_cannot_be_is_named(census, units, key, words):
    census.edit('urban_persons = "urban" }', f'urban_persons = "urban" }}\nunits = {units}')
    census.check().only(key, words)


# Changed units


def changed(census, rows, changes, more=""):
    census.file("census.csv", "code,year,total,urban\n" + "".join(f"{row}\n" for row in rows))
    census.file("changes.csv", changes)
    census.edit('urban_persons = "urban" }', f'urban_persons = "urban" }}\ncorrespondence = "changes.csv"{more}')


def test_merged_counties_add_up_and_a_split_one_is_shared_out(census):
    rows = ["450102,2010,1000,400", "450104,2010,500,50", "450105,2010,800,100", "450102,2020,1600,700"]
    changed(census, rows, "old,new,share\n450104,450102,1\n450105,450103,0.25\n450105,450121,0.75\n")
    assert totals(census) == {
        ("450102", 2010): 1500.0,
        ("450103", 2010): 200.0,
        ("450121", 2010): 600.0,
        ("450102", 2020): 1600.0,
    }
    assert sum(totals(census, "urban_persons").values()) == 400 + 50 + 100 + 700
    note = next(line for line in census.check().notes if "carried over" in line)
    assert "450104, 450105" in note
    assert "1,300 in 2010" in note


def test_a_row_of_a_year_carries_over_a_key_that_is_a_zone(census):
    rows = ["450103,2010,2000,500", "450103,2020,900,400"]
    changed(census, rows, "old,new,share,year\n450103,450103,0.4,2010\n450103,450121,0.6,2010\n")
    assert totals(census) == {("450103", 2010): 800.0, ("450121", 2010): 1200.0, ("450103", 2020): 900.0}


def test_a_sum_with_a_hole_in_it_is_a_hole(census):
    changed(census, ["450102,2010,1000,400", "450104,2010,500,"], "old,new\n450104,450102\n")
    assert totals(census) == {("450102", 2010): 1500.0}
    assert frame(census)["urban_persons"].isna().all()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ("old,new,share\n450104,450102,0.5\n", "shares of 450104 sum to 0.5"),
        ("old,new\n450104,459999\n", "1 new keys match no zone: 459999"),
        ("old,now\n450104,450102\n", "no column 'new'"),
        ("old,new,share\n450104,450102,half\n", "no number: 'half'"),
        ("old,new,share\n450104,450102,2\n450104,450103,-1\n", "a share is not above 0"),
    ],
)
def test_a_correspondence_that_cannot_be_is_named(census, changes, words):
    changed(census, ["450102,2010,1000,400", "450104,2010,500,50"], changes)
    census.check().one("tables.population.correspondence", words)


def test_a_correspondence_that_is_not_there_is_named(census):
    census.edit('urban_persons = "urban" }', 'urban_persons = "urban" }\ncorrespondence = "gone.csv"')
    census.check().only("tables.population.correspondence", "there is no file gone.csv")


def test_a_rate_cannot_be_carried_over(census):
    census.file("shares.csv", "code,year,share\n450102,2010,40\n450104,2010,30\n")
    census.file("changes.csv", "old,new\n450104,450102\n")
    columns = '{ zone = "code", year = "year", share_percent = "share" }'
    section = f'[tables.ecological_land_share]\npath = "shares.csv"\ncolumns = {columns}\n'
    census.add(section + 'correspondence = "changes.csv"')
    census.check().one("tables.ecological_land_share.correspondence", "share_percent", "a rate has no sum")


def test_counties_that_merged_are_named_with_the_people_they_hold(census):
    replace_row(census, "450121,2010,3000,600", "450131,2010,3000,600\n450132,2010,1234,600")
    line = census.check().only(ZONE, "2 keys match no zone: 450131, 450132", "total_persons 4,234 in 2010")
    assert "correspondence" in line
    census.edit('urban_persons = "urban" }', 'urban_persons = "urban" }\ndrop_unmatched = true')
    note = next(line for line in census.check().notes if "match no zone" in line)
    assert "450131, 450132 (they hold total_persons 4,234 in 2010)" in note
    assert ("450131", 2010) not in totals(census)


# Hierarchies in one sheet

HIERARCHY = """\
code,province,city,county,total,urban
NA,Nation,Nation,Nation,10000,2200
450000,P,P,P,10000,2200
450100,P,Q,Q,10000,2200
450102,P,Q,East,1000,400
450103,P,Q,West,2000,500
450121,P,Q,North,3000,600
450122,P,Q,South,3900,650
NA,P,Q,New Zone,100,50
"""


def test_only_the_leaves_of_a_hierarchy_are_kept_in_tables_and_zones(census):
    census.file("census.csv", HIERARCHY)
    census.edit('"counties.csv"', '"census.csv"')
    leaves = 'leaves = true\nlevels = ["province", "city", "county"]'
    census.edit('columns = { name = "name", area_km2 = "km2" }', f'columns = {{ name = "county" }}\n{leaves}')
    census.edit('year = "year", ', "")
    census.edit('urban_persons = "urban" }', f'urban_persons = "urban" }}\nyear = 2020\n{leaves}')
    assert totals(census) == {
        ("450102", 2020): 1000.0,
        ("450103", 2020): 2000.0,
        ("450121", 2020): 3000.0,
        ("450122", 2020): 3900.0,
        ("Q/New Zone", 2020): 100.0,
    }
    notes = "\n".join(census.check().notes)
    assert "3 rows sum up other rows" in notes
    assert "keys made of names, for want of a code: Q/New Zone" in notes


def test_indentation_tells_the_level_where_there_is_one_column_of_names(census):
    rows = [
        ("code", "name", "total", "urban"),
        ("450100", "Q", 30, 3),
        ("", "  zone", 10, 1),
        ("450102", "  East", 20, 2),
    ]
    book = openpyxl.Workbook()
    for row in [*rows, ("", "a forum's name", None, None)]:
        book.active.append(row)
    book.save(census.folder / "census.xlsx")
    census.file("counties.csv", "code,name,km2\n450102,East,1\nQ/zone,Zone,1\n")
    census.edit('"census.csv"', '"census.xlsx"')
    census.edit('year = "year", ', "")
    census.edit('urban_persons = "urban" }', 'urban_persons = "urban" }\nyear = 2010\nleaves = true\nlevels = ["name"]')
    assert totals(census) == {("450102", 2010): 20.0, ("Q/zone", 2010): 10.0}
    assert "a forum's name" in "\n".join(census.check().notes)


def test_codes_that_have_not_six_digits_are_named(census):
    replace_row(census, "450121,2010", "4501,2010")
    census.edit('urban_persons = "urban" }', 'urban_persons = "urban" }\nleaves = true')
    census.check().only("tables.population.leaves", "not six digits: '4501'")


def test_the_nation_among_the_counties_is_named(census):
    census.file("census.csv", CENSUS + "100000,2010,10000,2200\n")
    census.file("counties.csv", COUNTIES + "100000,Nation,\n")
    census.check().only(ZONE, "1 key repeats the sum of other rows: 100000", "leaves = true")


def test_a_prefecture_that_repeats_its_counties_is_named(census):
    census.file("census.csv", CENSUS + "450100,2010,10000,2200\n450100,2020,10400,2740\n")
    census.file("counties.csv", COUNTIES + "450100,Q,\n")
    census.check().only(ZONE, "1 key repeats the sum of other rows: 450100", "leaves = true")


# Numbers


def test_a_negative_population_is_named(census):
    replace_row(census, "450121,2010,3000", "450121,2010,-3000")
    census.check().one(TOTAL, "1 row stands outside 0 to", "450121 in 2010", "-3,000")


def test_more_urban_than_all_people_is_named(census):
    replace_row(census, "450121,2010,3000,600", "450121,2010,3000,6000")
    key = "tables.population.columns.urban_persons"
    census.check().only(key, "1 row stands above total_persons: 450121 in 2010")


def test_a_unit_that_changes_between_years_is_named(census):
    in_ten_thousands = {
        "1100,440": "0.11,0.044",
        "1900,600": "0.19,0.06",
        "3300,900": "0.33,0.09",
        "4100,800": "0.41,0.08",
    }
    text = CENSUS
    for old, new in in_ten_thousands.items():
        text = text.replace(old, new)
    census.file("census.csv", text)
    told = census.check()
    told.one(TOTAL, "in 2020", "in 2010", "the unit changes")
    told.one("tables.population.columns.urban_persons", "the unit changes")


def test_one_county_that_grows_fast_is_no_change_of_unit(census):
    replace_row(census, "450102,2010,1000,400", "450102,2010,2,1")
    assert census.check().code == 0


def test_a_row_that_stands_twice_is_named(census):
    census.file("census.csv", CENSUS + "450122,2020,4100,800\n")
    census.check().only(ZONE, "1 row stands beside another of the same key: 450122 in 2020")


def test_a_zoning_that_the_study_has_not_is_named(census):
    census.edit('urban_persons = "urban" }', 'urban_persons = "urban" }\nzoning = "conty"')
    census.check().only("tables.population.zoning", "'conty'", "did you mean 'county'?")


def test_a_changed_correspondence_is_another_table(census):
    changed(census, ["450102,2010,1000,400", "450104,2010,500,50"], "old,new\n450104,450102\n")
    with open_study(census.folder) as opened:
        before = opened.inputs.sources["population"].key
    census.file("changes.csv", "old,new\n450104,450103\n")
    with open_study(census.folder) as opened:
        assert opened.inputs.sources["population"].key != before


def test_cities_beyond_the_region_are_near_all_the_same(study):
    """Zones are cut to the region; the distance is measured to the city as it was drawn."""
    box = shapely.box(*study.counties.total_bounds)
    _, bottom, right, top = box.bounds
    study.boundary(box)
    city = geopandas.GeoDataFrame(
        {"code": ["U"]}, geometry=[shapely.box(right + 3000, bottom, right + 9000, top)], crs=study.counties.crs
    )
    study.polygons("cities.gpkg", city)
    study.add('[zones.urban_agglomeration]\npath = "cities.gpkg"\nkey = "code"')
    with open_study(study.folder) as opened:
        zones = opened.inputs.sources["zones"].frame
    counties = zones[(zones["zoning"] == "county") & (zones["zone"] != "(outside)")].set_index("zone")
    nearest = study.counties.set_index("code").geometry.distance(city.geometry.iloc[0]) / 1000
    # In UTM, some kilometres from its meridian.
    np.testing.assert_allclose(counties["urban_distance_km"][nearest.index], nearest, rtol=0.01)
