"""The rock under a part of the mountains: limestone and dolomite, with their impure kinds around them."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from shanshui.sample.arrays import Codes, Field, bump, smooth_step
from shanshui.sample.extent import SIDE, cell_centres
from shanshui.sample.landscape import Landscape
from shanshui.sample.noise import fractal_field, stream
from shanshui.sample.small_rasters import SOIL_SIZE, soil_geobox, write_bands
from shanshui.sample.terrain import ground_at

NODATA = 255
NONE, BURIED, SUB_IMPURE, IMPURE, DOLOMITE, LIMESTONE = range(6)  # as HJ 1174 grades the rock

_LEAST = 2.0  # percent of outcrops, below which there are none


@dataclass(frozen=True)
class Rock:
    """On the grid of the soil; arrays are (rows, columns)."""

    carbonate: Field
    """percent of the ground where carbonate rock crops out, whole"""
    lithology: Codes
    """``NONE`` to ``LIMESTONE``"""


def rock_of(landscape: Landscape) -> Rock:
    """Give the rock.

    Parameters
    ----------
    landscape : Landscape

    Returns
    -------
    Rock
        carbonate rock is one piece of the range and its back, south-west of the middle. It crops out on its slopes and
        is buried under the valley floors.
    """
    seed = landscape.seed
    x, y = cell_centres(SOIL_SIZE, (0, 0, SOIL_SIZE, SOIL_SIZE))
    ground = ground_at(x, y, landscape.skeleton, landscape.rivers, seed)
    bent = fractal_field(x, y, 12_000.0, 4, stream(seed, "edge of the karst"))
    # Along the range from the south-west, where the rock is thickest.
    along = 0.66 * x - 0.75 * y
    body = bump(ground.inland, 31_000.0, 11_000.0) * bump(along, -0.14 * SIDE, 0.21 * SIDE) + 0.22 * bent
    layers = body + 0.10 * fractal_field(x, y, 3_500.0, 3, stream(seed, "beds of rock"))
    karst = body > 0.35
    lithology = np.select([layers > 0.72, layers > 0.58, layers > 0.46], [LIMESTONE, DOLOMITE, IMPURE], SUB_IMPURE)
    outcrop = smooth_step(layers, 0.28, 0.85) * (0.35 + 0.65 * smooth_step(ground.slope, 2.0, 16.0))
    outcrop = np.where(karst, np.rint(100.0 * outcrop * (1.0 - ground.valley)), 0.0)
    buried = karst & (outcrop < _LEAST)
    lithology = np.where(karst, np.where(buried, BURIED, lithology), NONE).astype(np.uint8)
    outside = ground.inland < 0.0
    return Rock(
        np.where(outside, np.nan, np.where(outcrop < _LEAST, 0.0, outcrop)),
        np.where(outside, np.uint8(NODATA), lithology),
    )


def write_rock(landscape: Landscape, folder: Path) -> None:
    """Write the rock.

    Parameters
    ----------
    landscape : Landscape
    folder : where ``carbonate_share.tif`` (whole percent) and ``lithology.tif`` (codes) are written, the same for every
        size of the sample; no data in the sea
    """
    rock, geobox = rock_of(landscape), soil_geobox()
    share = np.where(np.isnan(rock.carbonate), NODATA, rock.carbonate)
    name = "share of the ground where carbonate rock crops out"
    write_bands(folder / "carbonate_share.tif", geobox, share, dtype="uint8", nodata=NODATA, unit="percent", name=name)
    name = "lithology: 0 no carbonate rock to 5 limestone and dolomite"
    path = folder / "lithology.tif"
    write_bands(path, geobox, rock.lithology, dtype="uint8", nodata=NODATA, unit="1", name=name)
