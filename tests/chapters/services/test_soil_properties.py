import numpy as np
import pytest

from shanshui.chapters.services.soil_properties import (
    TEXTURES,
    organic_matter,
    soil_parts_beyond,
    soil_permeability_legend,
    soil_structure_legend,
    soil_texture,
    soil_texture_legend,
)


def row(*values):
    return np.array([values], np.float32)


def test_organic_matter_is_1_724_times_the_carbon():
    np.testing.assert_allclose(organic_matter(row(2, np.nan)), [[3.448, np.nan]], rtol=1e-6)


def test_texture_takes_the_parts_in_their_order_and_refuses_what_is_no_soil():
    found = soil_texture(row(90, 10, 10, 45), row(5, 80, 30, 44), row(5, 10, 60, 5), soil_parts_tolerance=5.0)
    # The last sums to 94.
    assert found.tolist() == [[1, 8, 12, -1]]
    assert soil_texture(row(45), row(44), row(5), soil_parts_tolerance=10.0).tolist() == [[3]]


def test_parts_that_make_no_soil_are_marked():
    """Sums of 100, 95 and 105 (at the tolerance), 94.5, 105.5, and 0; each part counts, and each may be missing."""
    sand = row(40, 40, 45, 40, 45.5, 0, np.nan, 40, 40)
    silt = row(40, 35, 40, 34.5, 40, 0, 40, np.nan, 40)
    clay = row(20, 20, 20, 20, 20, 0, 20, 20, np.nan)
    found = soil_parts_beyond(sand, silt, clay, soil_parts_tolerance=5.0)
    np.testing.assert_array_equal(found, [[0, 0, 0, 1, 1, 1, np.nan, np.nan, np.nan]])
    assert found.dtype == np.float32


@pytest.mark.parametrize(
    ("legend", "count"), [(soil_texture_legend, 12), (soil_structure_legend, 4), (soil_permeability_legend, 6)]
)
def test_legends_name_every_code_once_in_its_own_colour(legend, count):
    found = legend()
    assert list(found.columns) == ["code", "name", "name_zh", "colour"]
    assert found["code"].tolist() == list(range(1, count + 1))
    for column in ("name", "name_zh", "colour"):
        assert found[column].is_unique
    assert found["colour"].str.fullmatch("#[0-9a-f]{6}").all()


def test_the_legend_says_what_the_triangle_says():
    centres = {"sand": (92, 5, 3), "loam": (40, 40, 20), "silt loam": (20, 65, 15), "sandy clay": (52, 6, 42)}
    centres |= {"loamy sand": (82, 12, 6), "sandy loam": (65, 25, 10), "sandy clay loam": (60, 13, 27)}
    centres |= {"silt": (7, 87, 6), "clay loam": (33, 33, 34), "silty clay loam": (10, 55, 35), "clay": (20, 20, 60)}
    centres |= {"silty clay": (6, 47, 47)}
    names = {code: name for code, name, _, _ in TEXTURES}
    for name, parts in centres.items():
        found = soil_texture(*(row(part) for part in parts), soil_parts_tolerance=1.0).item()
        assert names[found] == name
