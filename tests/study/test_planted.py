"""The conversions planted in the sample landscape are found."""

from pathlib import Path

import numpy as np
import pytest
import rasterio
from rasterio.windows import from_bounds

from shanshui.sample import write_sample
from shanshui.study.study import open_study


@pytest.mark.slow
@pytest.mark.parametrize("size", [300, 800])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_planted_conversions_are_found(tmp_path: Path, size: int, seed: int, record_property) -> None:  # type: ignore[no-untyped-def]
    folder = write_sample(tmp_path / "study", size, seed)
    with open_study(folder) as study:
        found = study.run("land_conversion").to_numpy()
        bounds = study.inputs.grid.geobox.boundingbox.bbox
        transitions = study.run("land_transition")
    with (
        rasterio.open(folder / "truth" / "conversion.tif") as truth,
        rasterio.open(folder / "truth" / "map_errors.tif") as errors,
    ):
        window = from_bounds(*bounds, transform=truth.transform).round_offsets().round_lengths()
        planted, wrong = truth.read(1, window=window), errors.read(1, window=window)
    known = (planted != 255) & (found != 255)
    right = known & (found == planted) & (planted > 0)
    precision = right.sum() / (known & (found > 0)).sum()
    recall = right.sum() / (known & (planted > 0)).sum()
    record_property("precision", float(precision))
    record_property("recall", float(recall))
    print(f"size {size}, seed {seed}: precision {precision:.3f}, recall {recall:.3f}")
    # The sample's maps carry 0.3 % of wrong cells a year, as maps do: that is all that is missed or made up.
    assert recall > 0.99
    assert precision > 0.9
    agreed = known & (wrong == 0)
    np.testing.assert_array_equal(found[agreed], planted[agreed])
    # A second route: the transitions' area of all that changed, against the cells that changed (border cells whole).
    whole = transitions[(transitions["zoning"] == "region") & (transitions["keyed_by"] == "ecosystem")]
    changed = whole[(whole["from_code"] != whole["to_code"]) & (whole["from_code"] != "") & (whole["to_code"] != "")]
    cell = (60_000 / size) ** 2 / 1e4
    assert changed["area_ha"].sum() == pytest.approx((found[found != 255] > 0).sum() * cell, rel=0.03)
