import geopandas
import numpy as np
import pytest
import shapely
from affine import Affine
from hypothesis import given, settings
from hypothesis import strategies as st
from odc.geo.geobox import GeoBox

from shanshui.base.zones import OUTSIDE
from shanshui.chapters.pattern.adjustment import ledger
from shanshui.chapters.pattern.adjustment.ledger import AFTER, BEFORE, IN, OUT, TOTAL
from shanshui.science.faces_area import EllipsoidArea

GRID = GeoBox((10, 10), Affine(100, 0, 0, 0, -100, 1000), "EPSG:6933")
UTM = GeoBox((10, 10), Affine(100, 0, 500_000, 0, -100, 3_001_000), "EPSG:32649")


def box(left, right, low=0, high=1):
    return shapely.box(100 * left, 100 * low, 100 * right, 100 * high)


def areas(*shapes, names=("Hills", "Lakes", "Plain")):
    return geopandas.GeoDataFrame({"label": list(names[: len(shapes)])}, geometry=list(shapes), crs="EPSG:6933")


def lookup(table, column="area_ha"):
    return {(row.direction, row.function_area): getattr(row, column) for row in table.itertuples()}


def test_changes_by_hand():
    # Today 0 to 4, tomorrow 1 to 6; the hills reach to 2, the lakes from 3 to 5.
    before, after = np.array([box(0, 3), box(2, 4)]), np.array([box(1, 6)])
    table = ledger.line_changes(before, after, areas(box(0, 2), box(3, 5)), GRID)
    assert table.columns.tolist() == ["direction", "direction_zh", "function_area", "area_ha"]
    wanted = {
        BEFORE: {"Hills": 2, "Lakes": 1, OUTSIDE: 1, TOTAL: 4},
        IN: {"Hills": 0, "Lakes": 1, OUTSIDE: 1, TOTAL: 2},
        OUT: {"Hills": 1, "Lakes": 0, OUTSIDE: 0, TOTAL: 1},
        AFTER: {"Hills": 1, "Lakes": 2, OUTSIDE: 2, TOTAL: 5},
    }
    found = lookup(table)
    assert len(table) == len(found) == 16
    for direction, row in wanted.items():
        for place, hectares in row.items():
            assert found[direction, place] == pytest.approx(hectares, abs=1e-8)
    assert table["direction_zh"].unique().tolist() == ["调整前", "调入", "调出", "调整后"]


def test_amounts_go_with_the_ground():
    def persons(window):
        return np.arange(10)[None, :] + np.zeros(window.shape)

    before, after = np.array([box(0, 4)]), np.array([box(1.5, 6)])
    table = ledger.line_changes(before, after, areas(box(0, 10)), GRID, {"persons": persons})
    found = lookup(table, "persons")
    # Columns 0 to 3 before; column 0 and half of 1 leave, 4 and 5 come in.
    assert [found[each, "Hills"] for each in (BEFORE, IN, OUT, AFTER)] == [6, 9, 0.5, 14.5]
    assert [found[each, OUTSIDE] for each in (BEFORE, IN, OUT, AFTER)] == [0, 0, 0, 0]


def test_a_line_that_is_not_there():
    none = np.empty(0, object)
    found = lookup(ledger.line_changes(none, np.array([box(0, 2)]), areas(), GRID))
    assert found[BEFORE, TOTAL] == found[OUT, TOTAL] == 0
    assert found[IN, TOTAL] == found[AFTER, OUTSIDE] == pytest.approx(2, abs=1e-8)
    assert lookup(ledger.line_changes(none, none, areas(), GRID))[AFTER, TOTAL] == 0


def test_function_areas_are_those_of_their_zoning():
    zones = geopandas.GeoDataFrame(
        {
            "zoning": ["county", "function_area", "function_area", "function_area", "function_area"],
            "zone": ["1", "a", "b", "c", OUTSIDE],
            "name": ["North", "Hills", "Lakes", "Hills", ""],
        },
        geometry=[box(k, k + 1) for k in range(5)],
        crs="EPSG:6933",
    )
    found = ledger.function_areas_of(zones)
    assert found["label"].tolist() == ["Hills a", "Lakes", "Hills c"]
    assert found.index.tolist() == [0, 1, 2]
    assert found.geometry.to_numpy()[1].equals(box(2, 3))
    assert ledger.function_areas_of(zones.iloc[:1])["label"].tolist() == []


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_accounts_close_and_agree_with_cuts_by_shapely(seed):
    rng = np.random.default_rng(seed)

    def shapes(count):
        centres = shapely.points(500_000 + rng.uniform(0, 1000, count), 3_000_000 + rng.uniform(0, 1000, count))
        return shapely.buffer(centres, rng.uniform(20, 400, count), quad_segs=3)

    before, after, parts = shapes(3), shapes(3), shapes(2)
    own = np.array([parts[0], shapely.difference(parts[1], parts[0])])
    values = rng.random((10, 10)).astype(np.float32)

    def amount(window):
        return values[window.row : window.row + window.height, window.column : window.column + window.width]

    table = ledger.line_changes(before, after, areas(*own).set_crs(32649, allow_override=True), UTM, {"n": amount})
    measure = EllipsoidArea(np.array([499_000.0, 2_999_000, 502_000, 3_002_000]), ledger.pyproj.CRS(32649))
    union = {BEFORE: shapely.union_all(before), AFTER: shapely.union_all(after)}
    union |= {IN: union[AFTER].difference(union[BEFORE]), OUT: union[BEFORE].difference(union[AFTER])}
    found, counted = lookup(table), lookup(table, "n")
    scale = shapely.area(shapely.union_all([*before, *after]))
    for direction, ground in union.items():
        for place, inside in zip(("Hills", "Lakes"), own, strict=True):
            (wanted,) = measure.of(np.array([shapely.intersection(ground, inside)])) / 1e4
            assert found[direction, place] == pytest.approx(wanted, abs=1e-8 * scale / 1e4)
        (wanted,) = measure.of(np.array([ground])) / 1e4
        assert found[direction, TOTAL] == pytest.approx(wanted, abs=1e-8 * scale / 1e4)
    for place in ("Hills", "Lakes", OUTSIDE, TOTAL):
        for sums in (found, counted):
            change = sums[BEFORE, place] + sums[IN, place] - sums[OUT, place]
            assert change == pytest.approx(sums[AFTER, place], rel=1e-8, abs=1e-9)
    for direction in union:
        for sums in (found, counted):
            parted = sum(sums[direction, place] for place in ("Hills", "Lakes", OUTSIDE))
            assert parted == pytest.approx(sums[direction, TOTAL], rel=1e-8, abs=1e-12)
