"""The numbers that come with shanshui beside the published tables, typed from those, and own choices beside each other.

A number with a source stands here as the source prints it. Own choices stand as what they lean on ("as grassland"), or
as the number itself: who changes one is to know it.
"""

import numpy as np
import pytest

from shanshui.chapters.services.cover_management import support_practice_table
from shanshui.chapters.services.evapotranspiration import evapotranspiration_coefficients
from shanshui.chapters.services.flood import curve_numbers
from shanshui.chapters.services.sand import vegetation_factor_table
from shanshui.chapters.services.water import runoff_coefficients_gong_2017, runoff_coefficients_guide_2019_draft
from shanshui.policy.parameters import read_pack

FOREST, SHRUB, GRASS = [10, 11, 12, 13, 14], [20, 21, 22, 23], [30, 31, 32, 33, 34]
WETLAND, CROPLAND, ORCHARD, PADDY = [40, 41, 42, 43], [50, 51], [52], [53]
BUILT, BARE, ICE, WATER = [60, 61, 62, 63], [70, 71, 72, 73, 74], [80, 81], [90, 91, 92, 93, 94]
EVERY = [*FOREST, *SHRUB, *GRASS, *WETLAND, *CROPLAND, *ORCHARD, *PADDY, *BUILT, *BARE, *ICE, *WATER]


def assert_shipped(table, columns, expected, rtol=0.0):
    """Compare every row of a table by its level2 code with (codes, numbers); no code may be left out."""
    shipped = table.set_index("level2")[columns]
    told = {code: numbers for codes, numbers in expected for code in codes}
    assert sorted(told) == sorted(shipped.index) == sorted(EVERY)
    for code, numbers in told.items():
        np.testing.assert_allclose(shipped.loc[code], np.broadcast_to(numbers, len(columns)), rtol=rtol, err_msg=code)


def test_support_practice_of_huanghua():
    """ChinaXiv-201711.00309; its grassland 0.80, saline land 0.57 and desert 0.33 are taken as natural cover, 1."""
    expected = [
        (FOREST, 1.0),
        (CROPLAND + PADDY, 0.47),
        (ORCHARD, 0.74),
        (BUILT + WATER + WETLAND, 0.0),
        (SHRUB + GRASS + BARE + ICE, 1.0),
    ]
    table = support_practice_table()
    assert_shipped(table, ["support_practice"], expected)
    assert set(table.set_index("level2")["status"].loc[SHRUB + GRASS + BARE + ICE]) == {"default"}


def test_curve_numbers_of_technical_release_55():
    """USDA (1986), tables 2-2a to 2-2c, soil groups A to D."""
    expected = [
        ([10, 11, 12, 13], [36, 60, 73, 79]),  # woods, fair
        ([14, 52], [43, 65, 76, 82]),  # woods and grass, fair
        ([20, 21, 22], [35, 56, 70, 77]),  # brush, fair
        ([23], [48, 67, 77, 83]),  # brush, poor
        ([31], [30, 58, 71, 78]),  # meadow
        ([30, 32, 33], [49, 69, 79, 84]),  # pasture or range, fair
        ([34], [68, 79, 86, 89]),  # pasture or range, poor
        (CROPLAND, [67, 78, 85, 89]),  # row crops, straight rows, good
        (PADDY, [62, 71, 78, 81]),  # row crops, contoured and terraced, good
        ([60, 61], [77, 85, 90, 92]),  # residential, 1/8 acre
        ([62], [39, 61, 74, 80]),  # open space, good
        ([63], [81, 88, 91, 93]),  # industrial
        (BARE, [77, 86, 91, 94]),  # fallow, bare soil
        (WETLAND + WATER + ICE, 98),  # impervious
    ]
    assert_shipped(curve_numbers(), ["group_a", "group_b", "group_c", "group_d"], expected)


def _sealed(share):
    """Crop coefficient of built land in the user's guide of InVEST, from the share that is sealed."""
    return 0.1 * share + 0.6 * (1 - share)


def test_crop_coefficients_and_root_depths():
    """Of leaf area (a third of its index, at most 1), of sealed ground, and own choices."""
    table = evapotranspiration_coefficients()
    expected = [
        ([10, 11, 13], [1.0, 3000, 1]),
        ([12], [1.0, 3500, 1]),
        ([14], [0.7, 2000, 1]),
        ([20, 21, 22], [2.7 / 3, 2000, 1]),
        ([23], [1.8 / 3, 1500, 1]),
        ([30, 33], [0.75, 1200, 1]),
        ([31], [2.4 / 3, 1000, 1]),
        ([32], [0.65, 1200, 1]),
        ([34], [0.45, 1000, 1]),
        ([40, 41, 42], [1.1, 0, 0]),
        ([43], [1.0, 0, 0]),
        (CROPLAND, [0.8, 1000, 1]),
        (ORCHARD, [0.8, 1500, 1]),
        (PADDY, [1.0, 600, 1]),
        ([60, 61], [_sealed(0.6), 0, 0]),
        ([62], [_sealed(0.2), 0, 0]),
        ([63], [_sealed(0.8), 0, 0]),
        (BARE + ICE, [0.5, 0, 0]),
        (WATER, [1.0, 0, 0]),
    ]
    assert_shipped(table, ["crop_coefficient", "root_depth", "vegetated"], expected, rtol=1e-12)
    assert set(table["status"]) == {"default"}


# Percent; what neither table names: as orchard, as sparse grassland, or own choices.
NOT_TABLED = [
    (WETLAND + ICE + [90, 91, 92, 93], 0.0),
    ([94], 100.0),
    (CROPLAND + ORCHARD + PADDY, 9.57),
    ([34, *BARE], 18.27),
    ([60, 61, 63], 60.0),
    ([62], 15.0),
]


@pytest.mark.parametrize(
    ("table", "tabled"),
    [
        (
            runoff_coefficients_gong_2017(),
            [
                ([10], (4.65 + 4.52 + 3.52 + 2.70 + 0.88) / 5),
                ([11], (4.65 + 2.70) / 2),
                ([12], (4.52 + 0.88) / 2),
                ([13], 3.52),
                ([30], (8.20 + 6.54 + 3.94 + 9.37 + 9.13 + 3.87) / 6),
                ([32], (6.54 + 3.94 + 9.13) / 3),
                ([33], (9.37 + 3.87) / 2),
            ],
        ),
        (
            runoff_coefficients_guide_2019_draft(),
            [
                ([10], (2.67 + 3.02 + 2.29 + 1.33 + 0.88) / 5),
                ([11], (2.67 + 1.33) / 2),
                ([12], (3.02 + 0.88) / 2),
                ([13], 2.29),
                ([30], (8.20 + 4.78 + 9.37) / 3),
                ([32], 4.78),
                ([33], 9.37),
            ],
        ),
    ],
    ids=["gong_2017", "guide_2019_draft"],
)
def test_runoff_coefficients(table, tabled):
    """Gong et al. (2017), ChinaXiv-201704.00215, table 2, and the script of 2019; the two agree on the rest."""
    both = [([14, 23], 19.20), ([20], (4.26 + 4.17 + 4.17) / 3), ([21], (4.26 + 4.17) / 2), ([22], 4.17), ([31], 8.20)]
    expected = [(codes, percent / 100) for codes, percent in tabled + both + NOT_TABLED]
    # Means are shipped with six digits.
    assert_shipped(table, ["coefficient"], expected, rtol=1e-6)


def test_vegetation_factor_as_hj_1173_prints_it():
    """HJ 1173-2021, annex A: forest, shrub, grassland, bare land, sandy land and cropland; others as one of these."""
    forest, shrub, grass, bare, sandy, crop = 0.1535, 0.0921, 0.1151, 0.0768, 0.0658, 0.0438
    expected = [
        (FOREST + ORCHARD, [forest, 1]),
        (SHRUB, [shrub, 1]),
        (GRASS, [grass, 1]),
        (CROPLAND + PADDY, [crop, 1]),
        ([70, 73, 74], [bare, 1]),
        ([71, 72], [sandy, 1]),
        # Wet, sealed, kept or frozen ground, from which wind takes nothing.
        ([42], [forest, 0]),
        ([40, 41, 62], [grass, 0]),
        ([43, 60, 61, 63, *ICE, *WATER], [bare, 0]),
    ]
    assert_shipped(vegetation_factor_table(), ["coefficient", "erodible"], expected)


# Sand, silt, clay, organic matter and carbonate that the regression of the erodible fraction has seen, grades of
# HJ 1174-2021 and of the guide of 2017 as a program implements it, ChinaXiv-201811.00060, and own choices.
SAND = {
    "wind_erosion_distance": 50.0,
    "wind_erosion_guard": 1.0,
    "least_regression_sand": 5.5,
    "greatest_regression_sand": 93.6,
    "least_regression_silt": 0.5,
    "greatest_regression_silt": 69.5,
    "least_regression_clay": 5.0,
    "greatest_regression_clay": 39.3,
    "least_regression_organic_matter": 0.18,
    "greatest_regression_organic_matter": 4.79,
    "greatest_regression_carbonate": 25.2,
    "light_wind_erosion": 200.0,
    "moderate_wind_erosion": 2500.0,
    "intense_wind_erosion": 5000.0,
    "very_intense_wind_erosion": 8000.0,
    "extreme_wind_erosion": 15_000.0,
    "light_desertification_cover": 50.0,
    "moderate_desertification_cover": 30.0,
    "severe_desertification_cover": 10.0,
    "sand_wind_speed": 6.0,
    "sand_wind_season_start": 12.0,
    "sand_wind_season_end": 5.0,
    "sensitive_dryness": 1.5,
    "extreme_dryness": 16.0,
    "sensitive_wind_days": 10.0,
    "extreme_wind_days": 30.0,
    "sensitive_cover": 60.0,
    "extreme_cover": 20.0,
    "sensitive_desertification": 2.0,
    "extreme_desertification": 4.0,
}


def test_scalars_of_sand():
    pack = read_pack("china")
    assert {name: pack[name].value for name in SAND} == SAND
