import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shanshui.base.ranges import CATEGORIES, SpeciesRanges, category_of
from shanshui.chapters.services.species import species_richness, threatened_species_richness, weighted_endemism

# Three species on a row of four cells: the bear on the first two, the crane on the second and third, the frog on the
# third alone; nobody on the fourth.
PRESENT = np.array([[1, 1, 0, 0], [0, 1, 1, 0], [0, 0, 1, 0]], float)
RANGES = SpeciesRanges(
    ("bear", "crane", "frog"), np.array([8e4, 2e4, 1e4]), lambda weights: (weights @ PRESENT)[None].astype(np.float32)
)


def species(*categories, names=("bear", "crane", "frog")):
    return pd.DataFrame({"species": names, "category": categories})


def test_richness_counts_species():
    found = species_richness(RANGES)
    assert found.dtype == np.float32
    assert found.tolist() == [[1, 2, 2, 0]]


def test_endemism_by_hand():
    # Cells of 1 ha, the last of 3 ha: bear 1/8, crane 1/2, frog 1
    found = weighted_endemism(RANGES, np.array([[1e4, 1e4, 1e4, 3e4]]))
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, [[0.125, 0.625, 1.5, 0]])
    np.testing.assert_allclose(weighted_endemism(RANGES, np.array([[2e4, 1e4, 1e4, 1e4]]))[0, 0], 0.25)


def test_threatened_species_by_hand():
    found = threatened_species_richness(RANGES, species("CR", "VU", "EN"), vulnerable_species_weight=0.0)
    assert found.dtype == np.float32
    assert found.tolist() == [[1, 1, 1, 0]]
    found = threatened_species_richness(RANGES, species("CR", "VU", "EN"), vulnerable_species_weight=0.5)
    assert found.tolist() == [[1, 1.5, 1.5, 0]]


@pytest.mark.parametrize("category", ["EX", "EW", "RE", "NT", "LC", "DD", "NE", "近危", "无危"])
def test_others_are_not_threatened(category):
    found = threatened_species_richness(RANGES, species(category, category, "濒危"), vulnerable_species_weight=1.0)
    assert found.tolist() == [[0, 0, 1, 0]]


def test_species_are_told_apart_by_name_and_not_by_place():
    table = species("LC", "CR", names=("frog", "crane"))
    assert threatened_species_richness(RANGES, table, vulnerable_species_weight=0.0).tolist() == [[0, 1, 1, 0]]


@given(st.lists(st.floats(0.01, 1e3), min_size=3, max_size=3))
def test_endemism_over_all_cells_of_the_ranges_is_the_number_of_species(areas):
    # Every range is as large as its cells.
    cells = np.array([[1.0, areas[0], areas[1], areas[2]]]) * 1e6
    ranges = SpeciesRanges(RANGES.species, PRESENT @ cells[0], RANGES.burned)
    assert weighted_endemism(ranges, cells).sum() == pytest.approx(3, rel=1e-5)


def test_ranges_are_trimmed_and_weights_must_fit():
    ranges = SpeciesRanges(("bear",), np.ones(1), lambda weights: np.arange(35, dtype=np.float32).reshape(5, 7))
    np.testing.assert_array_equal(ranges.trimmed(1).trimmed(1).sum(np.ones(1)), [[16, 17, 18]])
    np.testing.assert_array_equal(ranges.trimmed(1).sum(np.ones(1)).shape, (3, 5))
    with pytest.raises(ValueError, match="2 weights do not fit 1 species"):
        ranges.sum(np.ones(2))


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("CR", "CR"), ("en", "EN"), (" VU ", "VU"), ("极危", "CR"), ("濒危", "EN"), ("易危", "VU"), ("近危", "NT"),
        ("无危", "LC"), ("数据缺乏", "DD"), ("Critically Endangered", "CR"), ("endangered", "EN"), ("极危(CR)", "CR"),
        ("濒危（EN）", "EN"), ("EN, Endangered", "EN"), ("", None), ("rare", None), ("CR/EN", None),
        ("CR (rare)", None),
    ],
)  # fmt: skip
def test_categories_as_lists_write_them(text, code):
    assert category_of(text) == code


def test_no_spelling_stands_for_two_categories():
    spellings = [spelling for words in CATEGORIES.values() for spelling in words]
    assert len(spellings) == len(set(spellings))
    assert all(category_of(word) == code for code, words in CATEGORIES.items() for word in words)
