"""Assaba, Mauritania: real vegetation, rain and people, against second routes to the same numbers."""

from pathlib import Path

import geopandas
import numpy as np
import pytest
import rasterio
from exactextract import exact_extract

from shanshui.study.study import open_study

pytestmark = pytest.mark.real
EXAMPLE = Path(__file__).parents[3] / "examples" / "assaba"


@pytest.fixture(scope="module")
def assaba(shared_data, tmp_path_factory):
    folder = tmp_path_factory.mktemp("assaba")
    for path in EXAMPLE.iterdir():
        if path.is_file():
            (folder / path.name).write_bytes(path.read_bytes())
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SHANSHUI_DATA", str(shared_data))
        with open_study(folder) as study:
            assert not [problem for problem in study.check() if problem.severity == "error"]
            study.make()
            yield study


@pytest.fixture(scope="module")
def communes(shared_data):
    return geopandas.read_file(shared_data / "assaba" / "Admin_layers" / "Assaba_Districts_layer.shp")


def gpp(shared_data, year):
    with rasterio.open(shared_data / "assaba" / "MODIS_Gross_Primary_Production_GPP" / f"{year}_GP.tif") as source:
        cells = source.read(1).astype(np.float64)
        profile = source.profile
    # 65533 is unclassified, 65535 declared; 0.0001 kg are 0.1 g.
    return np.where(cells >= 65533, np.nan, cells * 0.1), profile


def test_means_of_communes_are_those_of_exactextract(assaba, communes, shared_data, tmp_path):
    found = assaba.run("gross_primary_productivity_by_zone")
    for year in (2010, 2023):
        cells, profile = gpp(shared_data, year)
        path = tmp_path / f"{year}.tif"
        with rasterio.open(path, "w", **(profile | {"dtype": "float64", "nodata": np.nan})) as target:
            target.write(cells, 1)
        polygons = communes.to_crs(profile["crs"])[["ADM3_PCODE", "geometry"]]
        means = exact_extract(path, polygons, ["mean"], include_cols=["ADM3_PCODE"], output="pandas")
        ours = found[(found["zoning"] == "commune") & (found["year"] == year)].set_index("zone")["mean"]
        theirs = means.set_index("ADM3_PCODE")["mean"]
        # The sinusoidal cells all have one area; ours are weighted by theirs on the ellipsoid. Straight sides of a
        # polygon in degrees are no straight sides on the sphere's map: the last digits differ.
        np.testing.assert_allclose(ours[theirs.index], theirs, rtol=2e-4)


def test_unclassified_cells_have_no_productivity(assaba, shared_data):
    cells, _ = gpp(shared_data, 2010)
    assert np.nanmax(cells) < 1000
    found = assaba.run("gross_primary_productivity_by_zone")
    assert found["mean"].max() < 400
    with open_study(assaba.folder) as study:
        census = study.inputs.sources["gross_primary_productivity"]
        inside = census.read(2010, study.inputs.grid.whole)
    assert np.nanmax(inside) == pytest.approx(np.nanmax(cells), rel=1e-6)


def test_slopes_of_cells_are_medians_of_all_pairs(assaba, shared_data):
    with open_study(assaba.folder) as study:
        layer = study.inputs.sources["gross_primary_productivity"]
        stack = np.stack([layer.read(year, study.inputs.grid.whole) for year in layer.years]).astype(np.float64)
        region = study.inputs.sources["zone_cover"].read(None, study.inputs.grid.whole).region
    first, second = np.triu_indices(len(stack), 1)
    slopes = (stack[second] - stack[first]) / (second - first)[:, None, None]
    known = np.isfinite(stack).all(axis=0) & region
    found = assaba.run("gross_primary_productivity_slope").to_numpy()
    np.testing.assert_allclose(found[known], np.median(slopes[:, known], axis=0), rtol=1e-5, atol=1e-5)
    assert known.sum() > 80_000


def test_people_of_the_region_are_density_times_area(assaba, shared_data):
    found = assaba.run("population_change")
    region = found[(found["zoning"] == "region") & (found["year_from"] == 2010) & (found["year_to"] == 2020)]
    communes = found[(found["zoning"] == "commune") & (found["year_from"] == 2010) & (found["year_to"] == 2020)]
    assert communes["total_to_persons"].sum() == pytest.approx(region["total_to_persons"].iloc[0], rel=2e-3)
    path = shared_data / "assaba" / "Gridded_Population_Density_Data" / "Assaba_Pop_2020.tif"
    with rasterio.open(path) as source:
        density, transform = source.read(1, masked=True).filled(np.nan).astype(np.float64), source.transform
    rows = np.arange(density.shape[0])
    top = np.radians(transform.f + transform.e * rows)
    bottom = np.radians(transform.f + transform.e * (rows + 1))
    # The area of a quadrangle on the sphere of the same area as the ellipsoid [km2].
    area = 6371.0072**2 * np.radians(transform.a) * (np.sin(top) - np.sin(bottom))
    # The file is cut along cell centres, so its edge is ragged: one per cent of the people.
    assert region["total_to_persons"].iloc[0] == pytest.approx(np.nansum(density * area[:, None]), rel=0.015)


def test_residual_slopes_are_those_of_polyfit_and_all_pairs(assaba):
    with open_study(assaba.folder) as study:
        whole = study.inputs.grid.whole
        layers = [study.inputs.sources[name] for name in ("gross_primary_productivity", "precipitation")]
        years = np.array(layers[0].years)
        grown, rain = (np.stack([layer.read(int(year), whole) for year in years]).astype(float) for layer in layers)
    found, explained = (assaba.run(name).to_numpy() for name in ("residual_slope", "rain_explained_share"))
    known = np.flatnonzero(np.isfinite(found).ravel() & np.isfinite(grown).all(axis=0).ravel())
    # The rain's file is cut along the region's edge: a few cells there have vegetation and no rain.
    assert known.size > 80_000
    first, second = np.triu_indices(len(years), 1)
    for cell in np.random.default_rng(1).choice(known, 60, replace=False):
        y, x = grown.reshape(len(years), -1)[:, cell], rain.reshape(len(years), -1)[:, cell]
        line = np.polyfit(x, y, 1)
        left = y - np.polyval(line, x)
        slope = np.median((left[second] - left[first]) / (years[second] - years[first]))
        assert found.ravel()[cell] == pytest.approx(100 * slope / y.mean(), rel=1e-3, abs=1e-3)
        assert explained.ravel()[cell] == pytest.approx(np.corrcoef(x, y)[0, 1] ** 2, abs=1e-3)
    # In a dryland the rain of the year explains much of what grows.
    assert np.nanmean(explained) > 0.25


def test_every_commune_has_its_cover_vegetation_residual_and_people(assaba, communes):
    codes = set(communes["ADM3_PCODE"])
    assert len(codes) == 26
    for product in ("land_change", "vegetation_trend", "population_change"):
        found = assaba.run(product)
        assert set(found[found["zoning"] == "commune"]["zone"]) >= codes
    trend = assaba.run("vegetation_trend")
    productivities = {"gross_primary_productivity", "net_primary_productivity"}
    assert set(trend["measure"]) == {*productivities, "rain_use_efficiency", "residual"}
