"""The trends planted in the sample landscape are found."""

from pathlib import Path

import numpy as np
import pytest
import rasterio
from rasterio.windows import from_bounds

from shanshui.sample import write_sample
from shanshui.study.study import open_study

RISE, FALL, CONVERTED = 1, -1, 2


def truth(folder: Path, name: str, bounds: tuple[float, ...]) -> np.ndarray:
    with rasterio.open(folder / "truth" / name) as source:
        window = from_bounds(*bounds, transform=source.transform).round_offsets().round_lengths()
        cells = source.read(1, window=window).astype(float)
        return np.where(cells == source.nodata, np.nan, cells)


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_planted_trends_are_found(tmp_path: Path, seed: int, record_property) -> None:  # type: ignore[no-untyped-def]
    folder = write_sample(tmp_path / "study", 300, seed)
    with open_study(folder) as study:
        products = ("ndvi_trend", "ndvi_slope", "vegetation_cover_slope", "vegetation_cover_trend", "residual_slope")
        study.make(products)
        kinds, slope, cover_slope, cover_kinds, residual = (study.run(name).to_numpy() for name in products)
        bounds = study.inputs.grid.geobox.boundingbox.bbox
    planted, planted_slope = truth(folder, "ndvi_trend.tif", bounds), truth(folder, "ndvi_slope.tif", bounds)
    known = np.isin(planted, (RISE, FALL, 0)) & (kinds > 0) & (kinds < 255)
    found = np.select([kinds == 5, kinds == 1], [RISE, FALL], 0)
    right = known & (found == planted) & (planted != 0)
    precision, recall = right.sum() / (known & (found != 0)).sum(), right.sum() / (known & (planted != 0)).sum()
    record_property("precision", float(precision))
    record_property("recall", float(recall))
    print(f"seed {seed}: precision {precision:.3f}, recall {recall:.3f}")
    assert precision > 0.9
    assert recall > 0.85
    every = known & np.isfinite(slope)
    assert abs((slope - planted_slope)[every].mean()) < 5e-4
    # The end points of the cover are those of all years together: a planted rise is a rise of the cover as well,
    # in the ratio that the end points give, wherever the cover is not cut at 0 or 1.
    rising, falling = every & (planted == RISE), every & (planted == FALL)
    assert (cover_slope[rising] > 0).mean() > 0.95
    assert (cover_slope[falling] < 0).mean() > 0.95
    moving = (rising | falling) & (np.abs(cover_slope) > 0)
    ratio = cover_slope[moving] / slope[moving]
    assert np.median(ratio) > 1.0
    assert np.percentile(np.abs(ratio / np.median(ratio) - 1), 50) < 0.1
    assert np.isin(cover_kinds[falling], (1,)).mean() > 0.7
    # What rain does not explain: the truth is in percent of the mean in common weather.
    left = truth(folder, "residual_slope.tif", bounds)
    both = np.isfinite(left) & np.isfinite(residual) & known
    assert both.sum() > 1000
    assert np.corrcoef(left[both], residual[both])[0, 1] > 0.9
