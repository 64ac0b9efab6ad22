"""What grows before the coast and on it: mangrove, salt marsh, seagrass, reef and dunes."""

import numpy as np

from shanshui.sample.arrays import Codes, bump
from shanshui.sample.legend import Cover
from shanshui.sample.noise import fractal_field, stream
from shanshui.sample.terrain import Ground

MANGROVE, SALT_MARSH, SEAGRASS, REEF, DUNE = 1, 2, 3, 4, 5
NODATA = 255
REACH = 1_000.0  # m inland, roughly, beyond which no marsh is salt

_DEEPEST = 4.5  # m, below which too little light comes down


def habitat_at(ground: Ground, cover: Codes, seed: int) -> Codes:
    """Give the coastal habitat of each cell.

    Parameters
    ----------
    ground : Ground
    cover : array (rows, columns), true land cover of the second year
    seed : of the sample

    Returns
    -------
    array (rows, columns), uint8
        ``MANGROVE`` on muddy tidal flats and ``DUNE`` (beach ridges) on sandy ones, ``SALT_MARSH`` where a marsh lies
        beside the sea, ``SEAGRASS`` in shallow water and ``REEF`` (of oysters) a little off; ``NODATA`` elsewhere.
    """
    patch = fractal_field(ground.x, ground.y, 2_600.0, 3, stream(seed, "coastal habitats"))
    sand = fractal_field(ground.x, ground.y, 7_000.0, 2, stream(seed, "sandy shores"))
    # Some stretches have nothing that breaks the waves.
    some = fractal_field(ground.x, ground.y, 11_000.0, 2, stream(seed, "bare shores")) > -0.12
    sea = (cover == Cover.SEA) & some
    flat = (cover == Cover.TIDAL_FLAT) & (ground.inland < 0.75 * REACH) & some
    habitat = np.full(cover.shape, np.uint8(NODATA))
    habitat[(cover == Cover.MARSH) & (ground.inland < REACH) & some] = SALT_MARSH
    habitat[flat & (patch > 0.05)] = MANGROVE
    habitat[flat & (sand > 0.12)] = DUNE
    depth = -ground.elevation
    habitat[sea & (depth < _DEEPEST) & (patch + bump(depth, 2.2, 1.6) > 1.0)] = SEAGRASS
    reef = bump(ground.inland, -1_300.0, 350.0) - 3.0 * np.maximum(sand, 0.0) - patch > 0.8
    habitat[sea & (depth < _DEEPEST) & reef] = REEF
    return habitat
