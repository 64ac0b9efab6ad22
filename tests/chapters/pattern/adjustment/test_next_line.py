import numpy as np
import pyproj
import pytest
import shapely

from shanshui.chapters.pattern.adjustment.next_line import draw_next_line
from shanshui.chapters.pattern.adjustment.patches import sides_of
from shanshui.science.faces import planarise

CRS = pyproj.CRS("EPSG:6933")


def box(left, right, low=0, high=1):
    return shapely.box(100 * left, 100 * low, 100 * right, 100 * high)


def drawn(today, coming, leaving=(), realms=None):
    """`coming`: by rule."""
    layers = {"today": today, "leaving": list(leaving), **coming}
    faces = planarise({name: np.array(list(shapes), object) for name, shapes in layers.items()}, CRS)
    before = faces.covered_by("today")
    rule = np.full(len(faces), "", object)
    for name in coming:
        rule[~before & faces.covered_by(name)] = name
    after = (before & ~faces.covered_by("leaving")) | (rule != "")
    places = shapely.get_x(shapely.centroid(faces.polygons)) / 100
    given = {} if realms is None else {name: faces.area * held(places) for name, held in realms.items()}
    return draw_next_line(faces, sides_of(faces), before, after, rule, given, CRS)


def test_what_stays_and_what_comes_in_are_one_patch_where_they_share_sides():
    # Two patches of today; of the first the middle leaves; ground joins the first part, and lies apart.
    found = drawn(
        [box(0, 5), box(7, 9)], {"B1": [box(5, 6)], "A1": [box(6, 6.5), box(8, 9, 1, 2), box(20, 21)]}, [box(1, 3)]
    )
    assert found["patch"].tolist() == [1, 2, 3, 4]
    rows = {
        tuple(np.round(np.array(shape.bounds) / 100, 6)): row
        for shape, row in zip(found.geometry, found.itertuples(), strict=True)
    }
    assert sorted(rows) == [(0, 0, 1, 1), (3, 0, 6.5, 1), (7, 0, 9, 2), (20, 0, 21, 1)]
    facts = {key: (row.kept_ha, row.added_ha, row.origin) for key, row in rows.items()}
    wanted = {
        (0, 0, 1, 1): (1, 0, "kept"),
        (3, 0, 6.5, 1): (2, 1.5, "kept, A1, B1"),
        (7, 0, 9, 2): (2, 1, "kept, A1"),
        (20, 0, 21, 1): (0, 1, "A1"),
    }
    for key, (kept, added, origin) in wanted.items():
        assert facts[key][:2] == pytest.approx((kept, added), abs=1e-8)
        assert facts[key][2] == origin
    np.testing.assert_allclose(found["area_ha"], found["kept_ha"] + found["added_ha"])
    np.testing.assert_allclose(found["area_ha"], shapely.area(found.geometry) / 1e4, rtol=1e-8)
    assert found["realm"].tolist() == [""] * 4
    assert found.crs == CRS


def test_a_hole_stays_a_hole():
    found = drawn([box(0, 3, 0, 3)], {}, [box(1, 2, 1, 2)])
    assert found.geometry[0].equals(box(0, 3, 0, 3).difference(box(1, 2, 1, 2)))


def test_the_realm_is_that_of_most_of_a_patch():
    realms = {"land": lambda x: (x < 5).astype(float), "sea": lambda x: ((x > 5) & (x < 50)).astype(float)}
    found = drawn([box(0, 2), box(6, 8), box(60, 61)], {}, realms=realms)
    assert found["realm"].tolist() == ["land", "sea", ""]


def test_nothing_is_left():
    found = drawn([box(0, 2)], {}, [box(0, 3)])
    assert len(found) == 0
    assert found.columns.tolist() == ["patch", "realm", "area_ha", "kept_ha", "added_ha", "origin", "geometry"]
