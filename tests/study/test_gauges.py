"""Observed runoff beside the modelled figure, in years that the study does not compare."""

import pandas as pd


def test_a_gauge_of_another_year_is_taken_as_it_is(study):
    study.file("gauge.csv", "basin,year,runoff,sediment\n4501,2015,1e6,\n4502,2019,,250\n")
    study.add(
        '[tables.gauge]\npath = "gauge.csv"\nzoning = "county"\n'
        'columns = { zone = "basin", year = "year", runoff_m3 = "runoff", sediment_t = "sediment" }\n'
        '[layers.evapotranspiration]\nvalue = 400\nunit = "mm"\n[layers.precipitation]\nvalue = 900\nunit = "mm"'
    )
    assert study.check().code == 0
    assert study.run("gauge_comparison").code == 0
    found = pd.read_csv(study.out / "tables" / "gauge_comparison.csv", dtype={"zone": str}).set_index("quantity")
    # 500 mm on 30 x 40 cells of a hectare of the map: 500 x 10 m3/ha x 1,200 ha, on the ellipsoid 0.08 % more.
    assert abs(found.loc["runoff", "modelled"] / 6e6 - 1) < 1e-3
    assert abs(found.loc["runoff", "calibration_factor"] - 1e6 / found.loc["runoff", "modelled"]) < 1e-9
    assert pd.isna(found.loc["sediment", "modelled"])
