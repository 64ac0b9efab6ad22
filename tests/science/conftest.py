import numpy as np
import pytest

from shanshui.base.zones import ZoneCover


@pytest.fixture
def one_zone():
    """Make the cover of a grid that lies wholly in one zone."""

    def made(shape):
        nothing = np.empty(0, np.int64)
        return ZoneCover(
            np.zeros(shape, np.int32),
            np.array([[0]], np.int32),
            nothing,
            nothing.astype(np.int32),
            nothing.astype(np.float64),
        )

    return made


@pytest.fixture
def by_hand():
    """Two zonings on 2 x 2 cells: a region without the last cell; two zones whose border cuts cell (0, 1) 1 to 3.

    Numbers: 0 region, 1 outside the region; 2 and 3 the two zones, 4 outside both. Cell (1, 0) is in no zone.
    """
    return ZoneCover(
        signature=np.array([[0, -1], [1, -2]], np.int32),
        members=np.array([[0, 2], [0, 4]], np.int32),
        border_cell=np.array([1, 1, 1]),
        border_zone=np.array([0, 2, 3], np.int32),
        border_share=np.array([1.0, 0.25, 0.75]),
    )
