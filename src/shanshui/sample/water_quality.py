"""What is dissolved in lakes, reservoirs and ponds: rich in the plains and near towns, poor in the mountains."""

import numpy as np

from shanshui.sample.arrays import Codes, Field, smooth_step
from shanshui.sample.legend import Cover
from shanshui.sample.noise import fractal_field, stream
from shanshui.sample.settlements import Settlements
from shanshui.sample.terrain import Ground

NODATA = 65_535
# Unit of each and the factor by which the files hold it.
SCALES = {
    "chlorophyll_a": ("mg/m^3", 10.0),
    "total_phosphorus": ("mg/L", 1_000.0),
    "total_nitrogen": ("mg/L", 100.0),
    "transparency": ("m", 100.0),
    "permanganate_index": ("mg/L", 10.0),
}


def quality_at(ground: Ground, cover: Codes, settlements: Settlements, seed: int) -> dict[str, Field]:
    """Give the quality of the water of each cell, mean of the year.

    Parameters
    ----------
    ground : Ground
    cover : array (rows, columns), true land cover of the second year
    settlements : Settlements
    seed : of the sample

    Returns
    -------
    dict of str to array (rows, columns)
        a name of ``SCALES``; NaN off lakes, reservoirs and ponds. All follow how well the water is fed, each by the
        power that Chinese lakes show, a little apart from each other.
    """
    x, y = ground.x, ground.y
    water = (cover == Cover.LAKE) | (cover == Cover.RESERVOIR)
    fed = fractal_field(x, y, 5_000.0, 2, stream(seed, "fed waters"))
    town = smooth_step(settlements.towns.score(x, y), -2.5, 0.3)
    plain = smooth_step(ground.elevation.astype(float), 260.0, 10.0)
    # Trophic level, of which 30 is poor and 50 is rich.
    level = 27.0 + 24.0 * plain + 16.0 * town + 9.0 * fed

    def part(name: str, first: float, slope: float) -> Field:
        """What a water of this level has, by the standard's line: level = 10 (first + slope ln value)."""
        off = 1.5 * fractal_field(x, y, 3_000.0, 2, stream(seed, name))
        return np.where(water, np.exp(((level + off) / 10.0 - first) / slope), np.nan)

    return {
        "chlorophyll_a": part("chlorophyll", 2.5, 1.086),
        "total_phosphorus": part("phosphorus", 9.436, 1.624),
        "total_nitrogen": part("nitrogen", 5.453, 1.694),
        "transparency": part("transparency", 5.118, -1.94),
        "permanganate_index": part("permanganate", 0.109, 2.661),
    }
