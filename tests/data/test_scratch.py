import gc
import os
import threading

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shanshui.base.grid import Window
from shanshui.data.scratch import KEPT_TILES, ScratchRaster


def open_files() -> int:
    return len(os.listdir("/proc/self/fd"))  # noqa: PTH208


@pytest.fixture
def raster(tmp_path):
    with ScratchRaster(tmp_path, (5, 7), 3, np.float32) as made:
        yield made


def numbered(window):
    rows, columns = np.indices(window.shape)
    return ((rows + window.row) * 100 + columns + window.column).astype(np.float32)


def test_the_tiles_are_those_of_a_grid(raster):
    assert list(raster.tiles()) == [
        Window(0, 0, 3, 3),
        Window(0, 3, 3, 3),
        Window(0, 6, 3, 1),
        Window(3, 0, 2, 3),
        Window(3, 3, 2, 3),
        Window(3, 6, 2, 1),
    ]


def test_it_holds_zeros_at_first(raster):
    cells = raster.read(Window(0, 0, 5, 7))
    assert cells.dtype == np.float32
    assert (cells == 0).all()


def test_what_was_written_by_tiles_is_read_by_any_window(raster):
    for tile in raster.tiles():
        raster.write(tile, numbered(tile))
    for window in (Window(0, 0, 5, 7), Window(2, 2, 2, 3), Window(4, 6, 1, 1), Window(1, 0, 3, 7)):
        assert np.array_equal(raster.read(window), numbered(window))


def test_beyond_the_raster_cells_are_empty(tmp_path, raster):
    raster.write(Window(0, 0, 5, 7), np.ones((5, 7), np.float32))
    cells = raster.read(Window(-1, -2, 7, 11))
    assert (cells[1:6, 2:9] == 1).all()
    assert np.isnan(cells).sum() == 7 * 11 - 5 * 7
    assert np.isnan(raster.read(Window(9, 9, 2, 2))).all()
    assert np.isnan(raster.read(Window(-4, 0, 2, 2))).all()
    assert (raster.read(Window(5, 0, 1, 7), fill=-1) == -1).all()
    with raster.blank(np.uint8) as whole_numbers:
        assert (whole_numbers.read(Window(-1, -1, 3, 3)) == 0).all()
        assert whole_numbers.read(Window(-1, -1, 2, 2), fill=255).tolist() == [[255, 255], [255, 0]]


def test_what_was_read_is_the_callers_own(raster):
    tile = Window(0, 0, 3, 3)
    for _ in range(2):
        raster.read(tile)[:] = 8
        assert (raster.read(tile) == 0).all()


def test_a_window_that_does_not_fit_is_refused(raster):
    for window, shape in (
        (Window(-1, 0, 2, 2), (2, 2)),
        (Window(4, 0, 2, 2), (2, 2)),
        (Window(0, 6, 1, 2), (1, 2)),
        (Window(0, 0, 2, 2), (2, 3)),
    ):
        with pytest.raises(ValueError, match="do not fit"):
            raster.write(window, np.ones(shape, np.float32))
    assert (raster.read(Window(0, 0, 5, 7)) == 0).all()


def test_cells_are_brought_to_the_type_of_the_raster(raster):
    raster.write(Window(0, 0, 1, 2), np.array([[1, 2]], np.int64))
    assert raster.read(Window(0, 0, 1, 2)).tolist() == [[1.0, 2.0]]


def test_a_blank_is_another_raster(tmp_path, raster):
    with raster.blank(np.int32) as other:
        other.write(Window(0, 0, 1, 1), np.array([[5]]))
        assert other.shape == raster.shape
        assert list(other.tiles()) == list(raster.tiles())
        assert other.read(Window(0, 0, 1, 1)).dtype == np.int32
        assert raster.read(Window(0, 0, 1, 1))[0, 0] == 0


def test_planes_lie_one_behind_the_other(tmp_path):
    with ScratchRaster(tmp_path, (5, 7), 3, np.float32, planes=2) as raster:
        assert raster.shape == (5, 7)
        both = np.stack([numbered(Window(0, 0, 5, 7)), -numbered(Window(0, 0, 5, 7))])
        for tile in raster.tiles():
            here = np.s_[:, tile.row : tile.row + tile.height, tile.column : tile.column + tile.width]
            raster.write(tile, both[here])
        assert np.array_equal(raster.read(Window(0, 0, 5, 7)), both)
        assert np.array_equal(raster.read(Window(2, 2, 2, 3)), both[:, 2:4, 2:5])
        beyond = raster.read(Window(4, 6, 2, 2))
        assert beyond[:, 0, 0].tolist() == [406, -406]
        assert np.isnan(beyond[:, 1]).all()
        assert np.isnan(beyond[:, :, 1]).all()
        for wrong in (both[0], both[:1]):
            with pytest.raises(ValueError, match="do not fit"):
                raster.write(Window(0, 0, 5, 7), wrong)


def test_a_blank_has_its_own_planes(tmp_path):
    with ScratchRaster(tmp_path, (5, 7), 3, np.float32, planes=2) as raster:
        assert raster.blank(np.uint8).read(Window(0, 0, 2, 2)).shape == (2, 2)
        assert raster.blank(np.uint8, planes=1).read(Window(0, 0, 2, 2)).shape == (1, 2, 2)
        assert raster.blank(np.uint8, 3).blank(np.uint8, 2).read(Window(0, 0, 2, 2)).shape == (2, 2, 2)


def test_nothing_is_left(tmp_path):
    before = open_files()
    raster = ScratchRaster(tmp_path, (5, 7), 3, np.float32)
    assert open_files() == before + 1
    raster.close()
    raster.close()
    assert open_files() == before
    assert list(tmp_path.iterdir()) == []
    forgotten = ScratchRaster(tmp_path, (5, 7), 3, np.float32)
    assert list(tmp_path.iterdir()) == []
    del forgotten
    gc.collect()
    assert open_files() == before


@pytest.mark.parametrize(("planes", "layers"), [(None, 1), (3, 3)])
def test_the_file_is_as_large_as_its_tiles(tmp_path, planes, layers):
    """Two rows of three tiles of 3 by 3 cells of four bytes."""
    with ScratchRaster(tmp_path, (5, 7), 3, np.float32, planes=planes) as raster:
        assert os.fstat(raster._file).st_size == 2 * 3 * 9 * 4 * layers


def test_few_tiles_are_kept(tmp_path):
    with ScratchRaster(tmp_path, (40, 40), 4, np.uint8) as raster:
        raster.read(Window(0, 0, 40, 40))
        assert len(raster._kept) == KEPT_TILES


windows = st.tuples(st.integers(0, 10), st.integers(0, 8), st.integers(0, 11), st.integers(0, 9)).map(
    lambda numbers: Window(numbers[0], numbers[1], min(numbers[2], 11 - numbers[0]), min(numbers[3], 9 - numbers[1]))
)


@settings(deadline=None, max_examples=100)
@given(st.integers(1, 12), st.sampled_from([None, 1, 3]), st.lists(st.tuples(st.booleans(), windows), max_size=12))
def test_it_is_as_good_as_an_array(tmp_path_factory, tile, planes, doings):
    array = np.zeros((11, 9) if planes is None else (planes, 11, 9), np.int32)
    with ScratchRaster(tmp_path_factory.getbasetemp(), (11, 9), tile, np.int32, planes=planes) as raster:
        for number, (writes, window) in enumerate(doings, start=1):
            here = np.s_[..., window.row : window.row + window.height, window.column : window.column + window.width]
            if writes:
                array[here] = np.arange(array[here].size).reshape(array[here].shape) + 1000 * number
                raster.write(window, array[here])
            around = np.pad(array, [(0, 0)] * (array.ndim - 2) + [(2, 2), (2, 2)])
            padded = around[
                ..., window.row : window.row + window.height + 4, window.column : window.column + window.width + 4
            ]
            assert np.array_equal(raster.read(window.padded(2)), padded)


def test_many_threads_read_and_write_at_a_time(tmp_path):
    side, tile = 64, 8
    wrong = []
    with ScratchRaster(tmp_path, (side, side), tile, np.float32) as raster:

        def work(first: int) -> None:
            # Each thread has its own tiles; between them lie those of others.
            mine = list(raster.tiles())[first::4]
            for number in range(1, 30):
                for window in mine:
                    raster.write(window, np.full(window.shape, number, np.float32))
                for window in mine:
                    cells = raster.read(window.padded(1))[1:-1, 1:-1]
                    if not (cells == number).all():
                        wrong.append(window)

        threads = [threading.Thread(target=work, args=(first,)) for first in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert not wrong


@pytest.mark.parametrize("most", [1, 7, 100])
def test_the_system_may_give_and_take_less_than_was_asked_for(tmp_path, monkeypatch, most):
    read, write = os.preadv, os.pwrite
    monkeypatch.setattr(os, "preadv", lambda file, rooms, at: read(file, [rooms[0][:most]], at))
    monkeypatch.setattr(os, "pwrite", lambda file, values, at: write(file, values[:most], at))
    with ScratchRaster(tmp_path, (5, 7), 3, np.float32) as raster:
        whole = Window(0, 0, 5, 7)
        raster.write(whole, numbered(whole))
        assert np.array_equal(raster.read(whole), numbered(whole))
