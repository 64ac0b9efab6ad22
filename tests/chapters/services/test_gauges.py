import numpy as np
import pandas as pd

from shanshui.chapters import catalogue
from shanshui.chapters.services.gauges import gauge_comparison

ZONES = pd.DataFrame({"zoning": ["basin", "basin"], "zone": ["b1", "b2"], "name": ["Upper", "Lower"]})
GAUGE = pd.DataFrame(
    {"zoning": "basin", "zone": ["b1", "b2"], "year": [2019, 2020], "runoff_m3": [8e6, np.nan], "sediment_t": [500, 30]}
)
WATER = pd.DataFrame({"zoning": "basin", "zone": ["b1", "b1"], "year": [2010, 2018], "total": [5e6, 1e7]})
SOIL = pd.DataFrame({"zoning": "basin", "zone": ["b1", "b2"], "total": [2000.0, 0.0]})


def test_each_observation_stands_beside_the_nearest_model_year():
    found = gauge_comparison(GAUGE, ZONES, WATER, SOIL).set_index(["zone", "quantity"])
    assert len(found) == 3
    runoff = found.loc[("b1", "runoff")]
    assert (runoff["modelled"], runoff["model_year"], runoff["calibration_factor"]) == (1e7, 2018, 0.8)
    assert runoff["zone_name"] == "Upper"
    assert (runoff["zoning"], runoff["year"], runoff["unit"], runoff["observed"]) == ("basin", 2019, "m3", 8e6)
    assert "evapotranspiration" in runoff["reason"]
    sediment = found.loc[("b1", "sediment")]
    assert (sediment["calibration_factor"], sediment["unit"], sediment["modelled"]) == (0.25, "t", 2000.0)
    assert np.isnan(sediment["model_year"])
    assert "delivered" in sediment["reason"]


def test_nothing_modelled_gives_no_factor():
    found = gauge_comparison(GAUGE, ZONES, None, SOIL).set_index(["zone", "quantity"])
    assert np.isnan(found.loc[("b1", "runoff"), "calibration_factor"])
    assert np.isnan(found.loc[("b2", "sediment"), "calibration_factor"])


def test_a_basin_that_no_model_reaches_keeps_its_observation():
    found = gauge_comparison(GAUGE, ZONES, WATER.assign(zone="b9"), None)
    assert found["observed"].tolist() == [8e6, 500.0, 30.0]
    assert found["modelled"].isna().all()


def test_the_columns_are_those_of_the_vocabulary():
    words = catalogue().vocabulary["gauge_comparison"].columns
    assert list(gauge_comparison(GAUGE, ZONES, WATER, SOIL).columns) == list(words)


def test_half_a_tonne_is_modelled_too():
    found = gauge_comparison(GAUGE, ZONES, None, SOIL.assign(total=0.5)).set_index(["zone", "quantity"])
    assert found.loc[("b2", "sediment"), "calibration_factor"] == 60.0
