"""The climate that the land cover follows: cooler upwards, drier behind the range."""

from dataclasses import dataclass

import numpy as np

from shanshui.sample.arrays import Field, smooth_step
from shanshui.sample.noise import fractal_field, stream
from shanshui.sample.terrain import Ground

COAST_TEMPERATURE = 10.8  # degrees Celsius
LAPSE = 0.0058  # degrees a metre upwards


@dataclass(frozen=True)
class Climate:
    """Long-term means; arrays are (rows, columns)."""

    temperature: Field
    """degrees Celsius, of the year"""
    moisture: Field
    """0 as dry as a sandy steppe, 1 as moist as a mountain forest"""


def climate_at(ground: Ground, seed: int) -> Climate:
    """Give the climate over some ground.

    Parameters
    ----------
    ground : Ground
    seed : of the sample

    Returns
    -------
    Climate
        ``COAST_TEMPERATURE`` at the coast, less by ``LAPSE`` (a usual one) for each metre upwards, a little more on
        south slopes; moist on the seaward side and on heights, dry on the plateau in the lee of the range.
    """
    height = np.maximum(ground.elevation, 0.0)
    sunny = ground.southness * smooth_step(ground.slope, 2.0, 15.0)
    uneven = fractal_field(ground.x, ground.y, 9_000.0, 3, stream(seed, "moisture"))
    lee = smooth_step(ground.inland + 5_000.0 * uneven, 20_000.0, 44_000.0)
    moisture = 0.66 - 0.46 * lee + 0.00017 * height + 0.11 * uneven + 0.06 * ground.valley - 0.05 * sunny
    return Climate(COAST_TEMPERATURE - LAPSE * height + 0.5 * sunny, np.clip(moisture, 0.0, 1.0))
