import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.ndimage import distance_transform_edt

from shanshui.base.grid import Window
from shanshui.data.scratch import ScratchRaster
from shanshui.science.distance import distance_to, distances_to, nearest_source

NAN = np.nan


@pytest.fixture
def on_disk(tmp_path):
    """Put an array on disk, in tiles."""

    def put(cells, tile=1000):
        cells = np.asarray(cells)
        planes = None if cells.ndim == 2 else len(cells)
        raster = ScratchRaster(tmp_path, cells.shape[-2:], tile, cells.dtype, planes=planes)
        raster.write(whole(raster), cells)
        return raster

    return put


def whole(raster):
    return Window(0, 0, *raster.shape)


def sides(on_disk, shape, width=1.0, height=1.0, tile=1000):
    """Cells that are all alike, or whose width goes by row."""
    widths = np.broadcast_to(np.asarray(width, np.float64).reshape(-1, 1), shape)
    heights = np.broadcast_to(np.asarray(height, np.float64).reshape(-1, 1), shape)
    return on_disk(widths, tile), on_disk(heights, tile)


def present(cells):
    return cells > 0


def test_distances_by_hand(on_disk):
    cells = np.array([[0, 0, 0, 0], [1, 0, 0, 0], [0, 0, 0, 0]], np.float32)
    # Cells 3 m wide and 4 m high: 3-4-5 triangles.
    made = distance_to(on_disk(cells), *sides(on_disk, cells.shape, 3, 4), present, np.inf).read(Window(0, 0, 3, 4))
    assert made.dtype == np.float32
    expected = [[4, 5, 52**0.5, 97**0.5], [0, 3, 6, 9], [4, 5, 52**0.5, 97**0.5]]
    np.testing.assert_allclose(made, expected, rtol=1e-7)


def test_farthest_is_within_and_beyond_it_lies_nothing(on_disk):
    cells = np.array([[1, 0, 0, 0, 0], [0, 0, 0, 0, 0], [0, 0, 0, 0, 0]], np.float32)
    made = distance_to(on_disk(cells), *sides(on_disk, cells.shape, 10, 10), present, 20).read(Window(0, 0, 3, 5))
    far = np.inf
    expected = [[0, 10, 20, far, far], [10, 200**0.5, far, far, far], [20, far, far, far, far]]
    np.testing.assert_allclose(made, expected, rtol=1e-7)


@pytest.mark.parametrize("farthest", [5.0, np.inf])
def test_without_sources_there_is_no_distance(on_disk, farthest):
    cells = np.zeros((70, 5), np.float32)
    given = on_disk(cells, 16), *sides(on_disk, cells.shape), present, farthest
    assert np.isposinf(distance_to(*given).read(Window(0, 0, 70, 5))).all()
    assert (nearest_source(*given).read(Window(0, 0, 70, 5)) == -1).all()


def test_cells_without_data_are_no_sources(on_disk):
    cells = np.array([[NAN, 0, 1, NAN]], np.float32)
    made = distance_to(on_disk(cells), *sides(on_disk, cells.shape), present, np.inf)
    assert made.read(Window(0, 0, 1, 4)).tolist() == [[2, 1, 0, 1]]


def test_a_row_has_its_own_width(on_disk):
    # The cell right of the source, by row: in the source's own row, and one row to the north where cells are narrower.
    cells = np.array([[0, 0, 0], [1, 0, 0]], np.float32)
    given = on_disk(cells), *sides(on_disk, cells.shape, [6, 8], [8, 8])
    made = distance_to(*given, present, np.inf).read(Window(0, 0, 2, 3))
    np.testing.assert_allclose(made, [[8, 10, (64 + 144) ** 0.5], [0, 8, 16]], rtol=1e-7)


def test_rows_of_different_heights_are_as_far_apart_as_their_centres(on_disk):
    cells = np.array([[0], [0], [1]], np.float32)
    given = on_disk(cells), *sides(on_disk, cells.shape, 1, [2, 4, 10])
    assert distance_to(*given, present, np.inf).read(Window(0, 0, 3, 1)).tolist() == [[10], [7], [0]]


def test_of_a_source_above_and_one_below_the_nearer_counts(on_disk):
    cells = np.array([[4], [0], [0], [0], [9], [0]], np.int32)
    given = on_disk(cells), *sides(on_disk, cells.shape), present, np.inf
    assert distance_to(*given).read(Window(0, 0, 6, 1)).ravel().tolist() == [0, 1, 2, 1, 0, 1]
    # In the middle the upper one.
    assert nearest_source(*given).read(Window(0, 0, 6, 1)).ravel().tolist() == [4, 4, 4, 9, 9, 9]


def test_of_two_in_a_row_as_near_as_each_other_the_left_one(on_disk):
    cells = np.array([[7, 0, 0, 0, 3]], np.int32)
    given = on_disk(cells), *sides(on_disk, cells.shape), present
    assert nearest_source(*given, np.inf).read(Window(0, 0, 1, 5)).tolist() == [[7, 7, 7, 3, 3]]
    assert nearest_source(*given, 1.0).read(Window(0, 0, 1, 5)).tolist() == [[7, 7, -1, 3, 3]]


def test_several_kinds_each_with_its_own_bound(on_disk):
    cells = np.zeros((2, 3, 4), np.float32)
    cells[0, 0, 0] = cells[1, 2, 3] = 0.5
    given = on_disk(cells, 2), *sides(on_disk, (3, 4))
    made = distances_to(*given, present, [1.0, 100.0])
    out = made.read(Window(0, 0, 3, 4))
    assert out.shape == (2, 3, 4)
    assert np.isfinite(out[0]).sum() == 3
    np.testing.assert_allclose(out[1], distance_transform_edt(cells[1] == 0), rtol=1e-6)
    one = distances_to(on_disk(cells[:1], 2), *sides(on_disk, (3, 4)), present, [1.0]).read(Window(0, 0, 3, 4))
    assert np.array_equal(one, out[:1])


@pytest.mark.parametrize("tile", [16, 33, 64, 500])
def test_it_is_the_transform_of_scipy_for_every_tile(on_disk, tile):
    rng = np.random.default_rng(3)
    cells = (rng.random((150, 131)) < 0.004).astype(np.uint8)
    given = on_disk(cells, tile), *sides(on_disk, cells.shape, 30, 20, tile)
    expected = distance_transform_edt(cells == 0, sampling=(20, 30))
    made = distance_to(*given, present, np.inf).read(Window(0, 0, 150, 131))
    np.testing.assert_allclose(made, expected, rtol=1e-6)
    near = distance_to(*given, present, 200.0).read(Window(0, 0, 150, 131))
    assert np.array_equal(np.isfinite(near), expected <= 200)
    assert np.array_equal(near[np.isfinite(near)], made[np.isfinite(near)])


def brute(cells, width, height, farthest):
    """Try every source for every cell."""
    place = np.cumsum(height) - height / 2
    rows, columns = np.nonzero(cells)
    out = np.full(cells.shape, np.inf)
    for row, column in np.ndindex(cells.shape):
        if len(rows):
            far = np.hypot((columns - column) * width[row], place[rows] - place[row]).min()
            out[row, column] = far if far <= farthest else np.inf
    return out


@settings(deadline=None, max_examples=150)
@given(
    arrays(np.int32, st.tuples(st.integers(1, 14), st.integers(1, 14)), elements=st.sampled_from([0, 0, 0, 0, 5, 8])),
    st.integers(1, 15),
    st.floats(0.2, 5),
    st.sampled_from([1.5, 4.0, np.inf]),
)
def test_distance_and_source_are_those_found_by_trying_all(tmp_path_factory, cells, tile, wide, farthest):
    folder = tmp_path_factory.getbasetemp()
    width = wide * (1 + np.arange(len(cells)) / 20)
    height = 1 + np.arange(len(cells)) / 10

    def put(values):
        raster = ScratchRaster(folder, cells.shape, tile, values.dtype)
        raster.write(Window(0, 0, *cells.shape), np.ascontiguousarray(values))
        return raster

    given = put(cells), *(put(np.broadcast_to(side[:, None], cells.shape)) for side in (width, height)), present
    expected = brute(cells, width, height, farthest)
    made = distance_to(*given, farthest).read(Window(0, 0, *cells.shape))
    # A source at the bound may fall on either side of it.
    sure = ~np.isclose(brute(cells, width, height, np.inf), farthest, rtol=1e-9) | np.isinf(farthest)
    np.testing.assert_allclose(made[sure], expected[sure], rtol=1e-6)
    values = nearest_source(*given, farthest).read(Window(0, 0, *cells.shape))
    for value in (5, 8):
        of_value = brute(cells == value, width, height, farthest)
        here = sure & (values == value)
        np.testing.assert_allclose(of_value[here], expected[here], rtol=1e-6)
    assert np.array_equal(values[sure] == -1, np.isinf(expected[sure]))


def test_what_it_gives_does_not_depend_on_the_tiles(on_disk):
    rng = np.random.default_rng(9)
    cells = np.where(rng.random((130, 90)) < 0.01, rng.integers(1, 50, (130, 90)), 0).astype(np.int32)
    made = []
    for tile in (16, 50, 200):
        given = on_disk(cells, tile), *sides(on_disk, cells.shape, 3, 2, tile), present, 60.0
        made.append([kind(*given).read(Window(0, 0, 130, 90)) for kind in (distance_to, nearest_source)])
    for distance, value in made[1:]:
        assert np.array_equal(distance, made[0][0])
        assert np.array_equal(value, made[0][1])


def test_a_raster_higher_than_short_numbers_count(on_disk):
    cells = np.zeros((70_000, 1), np.uint8)
    cells[3] = 1
    made = distance_to(on_disk(cells), *sides(on_disk, cells.shape, 1, 2), present, np.inf)
    assert made.read(Window(69_999, 0, 1, 1)).tolist() == [[139_992]]
    assert made.read(Window(65_539, 0, 1, 1)).tolist() == [[131_072]]
    # Above it no source is found upwards.
    assert made.read(Window(0, 0, 5, 1)).ravel().tolist() == [6, 4, 2, 0, 2]
