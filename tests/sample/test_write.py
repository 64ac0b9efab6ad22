import hashlib
import tomllib

import numpy as np
import pandas as pd
import pytest
import rasterio

from shanshui.sample import write_sample

RASTERS = (
    "inputs/elevation",
    "inputs/land_cover_2000",
    "inputs/land_cover_2020",
    "truth/conversion",
    "truth/map_errors",
)


def digests(folder):
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def test_the_same_seed_and_size_give_the_same_bytes(sample, tmp_path):
    again = write_sample(tmp_path / "again", size=200, seed=1)
    assert digests(again) == digests(sample)


def test_another_seed_gives_another_landscape(sample, tmp_path):
    other = digests(write_sample(tmp_path, size=200, seed=2))
    same = {name for name, digest in digests(sample).items() if other[name] == digest}
    assert same == {"inputs/land_cover_legend.csv"}


def test_nothing_but_the_study_is_written(sample):
    expected = {"README.md", "study.toml", "inputs/land_cover_legend.csv", "truth/conversions.csv"}
    expected |= {f"inputs/{name}.gpkg" for name in ("region", "counties", "townships")}
    expected |= {f"{name}.tif" for name in RASTERS}
    assert set(digests(sample)) == expected


@pytest.mark.parametrize("name", RASTERS)
def test_rasters_lie_on_one_grid(sample, name):
    with rasterio.open(sample / f"{name}.tif") as source:
        assert source.shape == (200, 200)
        assert source.crs.to_epsg() == 4549
        assert source.transform[:6] == (300.0, 0.0, 470_000.0, 0.0, -300.0, 4_515_000.0)
        expected = ("float32", -9999.0) if name.endswith("elevation") else ("uint8", 255.0)
        assert (source.dtypes[0], source.nodata) == expected


def test_the_legend_knows_every_class_on_the_maps(sample):
    legend = pd.read_csv(sample / "inputs/land_cover_legend.csv")
    assert list(legend.columns) == ["code", "name", "name_zh", "ecosystem"]
    assert legend["code"].is_unique
    levels = {10, 11, 12, 13, 14, 20, 21, 22, 23, 30, 31, 32, 33, 34, 40, 41, 42, 43, 50, 51, 52, 53}
    levels |= {60, 61, 62, 63, 70, 71, 72, 73, 74, 80, 81, 90, 91, 92, 93, 94}
    assert set(legend["ecosystem"]) <= levels
    for year in (2000, 2020):
        with rasterio.open(sample / f"inputs/land_cover_{year}.tif") as source:
            assert set(np.unique(source.read(1))) <= set(legend["code"])


def test_the_study_file_names_what_is_there(sample):
    study = tomllib.loads((sample / "study.toml").read_text(encoding="utf-8"))
    assert set(study) == {"study", "region", "grid", "layers", "zones", "years"}
    paths = [study["region"]["boundary"], study["layers"]["elevation"]["path"], study["layers"]["land_cover"]["legend"]]
    paths += [study["layers"]["land_cover"]["path"].format(year=year) for year in (2000, 2020)]
    paths += [zone["path"] for zone in study["zones"].values()]
    assert all((sample / path).is_file() for path in paths)
    assert study["years"] == {"baseline": 2000, "current": 2020}


def test_progress_is_told_to_the_end(tmp_path):
    told = []
    write_sample(tmp_path, size=600, seed=1, progress=lambda done, total: told.append((done, total)))
    assert told == [(1, 4), (2, 4), (3, 4), (4, 4)]
