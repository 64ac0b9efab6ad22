import numpy as np
import pytest

from shanshui.base.zones import FUNCTION_TYPES, ZoneCover, function_type


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("重点生态功能区", "ecological"),
        ("农产品主产区", "agricultural"),
        ("城镇化地区", "urbanisation"),
        (" Urbanization ", "urbanisation"),
        ("Key Ecological Function Area", "ecological"),
        ("", None),
        ("park", None),
    ],
)
def test_function_types_are_read_as_the_authorities_write_them(text, kind):
    assert function_type(text) == kind


def test_no_spelling_stands_for_two_function_types():
    spellings = [word for words in FUNCTION_TYPES.values() for word in words]
    assert len(set(spellings)) == len(spellings)
    assert all(function_type(kind) == kind for kind in FUNCTION_TYPES)


def test_cells_on_a_border_are_in_the_region_and_those_beyond_are_not():
    cover = ZoneCover(
        np.array([[0, -1, -2]], np.int32),
        np.array([[0]], np.int32),
        np.array([1]),
        np.array([0], np.int32),
        np.array([0.25]),
    )
    assert cover.region.tolist() == [[True, True, False]]
