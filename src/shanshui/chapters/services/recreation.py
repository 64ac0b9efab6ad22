"""Recreation: what a place offers to people who seek nature (paper 2.1)."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from shanshui.base.raster import WholeRaster, WritableRaster
from shanshui.base.step import step
from shanshui.science.distance import distance_to
from shanshui.science.fetch import SEA_SHARE
from shanshui.science.lookup import values_of_codes

WATER = 9
# Where people live: built land whose kind is not told, and residential land.
SETTLEMENTS = (60, 61)
# Degrees of naturalness of Ruedisser et al. run from 1 natural to 7 artificial.
ARTIFICIAL, NATURAL = 7.0, 1.0


@step
def naturalness_table() -> pd.DataFrame:
    """Degree of human influence (hemeroby) by ecosystem, as it comes with shanshui.

    Returns
    -------
    DataFrame
        One row a second-level ecosystem: level2, name, hemeroby, unit, source, status.
    """
    return pd.read_csv(Path(__file__).with_name("naturalness.csv"))


@step(gives="naturalness", method="ecosystem")
def naturalness_of_ecosystem(ecosystem: NDArray[np.int32], naturalness_table: pd.DataFrame) -> NDArray[np.float32]:
    """Naturalness of each ecosystem.

    Parameters
    ----------
    ecosystem : int32 ndarray (rows, columns)
        Second-level codes; -1 where there is no data.
    naturalness_table : DataFrame
        The table that comes with shanshui.

    Returns
    -------
    float32 ndarray (rows, columns)
        1 natural to 0 artificial; NaN where there is no data.

    Notes
    -----
    (7 - degree) / 6 of the seven degrees of Ruedisser, Tasser and Tappeiner (2012), Distance to nature: a new
    biodiversity relevant environmental indicator set. Paracchini et al. (2014) take naturalness as a component of
    recreation.
    """
    degree = values_of_codes(
        ecosystem, naturalness_table["level2"].to_numpy(), naturalness_table["hemeroby"].to_numpy()
    )
    return ((ARTIFICIAL - degree) / (ARTIFICIAL - NATURAL)).astype(np.float32)


@step
def water_body(ecosystem: NDArray[np.int32], sea: NDArray[np.float32]) -> NDArray[np.int32]:
    """Water: lakes, rivers, reservoirs and the sea.

    Parameters
    ----------
    ecosystem : int32 ndarray (rows, columns)
        Second-level codes; -1 where there is no data.
    sea : float32 ndarray (rows, columns)
        Share of each cell that is sea; NaN where there is no data.

    Returns
    -------
    int32 ndarray (rows, columns)
        1 water, 0 land, -1 where neither tells.
    """
    wet = (ecosystem // 10 == WATER) | (sea >= SEA_SHARE)
    return np.where(wet, 1, np.where((ecosystem < 0) & np.isnan(sea), -1, 0)).astype(np.int32)


@step
def water_attraction(
    water_body: WholeRaster, cell_width: WholeRaster, cell_height: WholeRaster, *, water_half_distance: float
) -> WholeRaster:
    """Attraction of water, which falls with the distance to it.

    Parameters
    ----------
    water_body : raster
        1 water, 0 land, -1 where there is no data.
    cell_width, cell_height : raster
        Sides of the cells [m].
    water_half_distance : float
        Distance at which the attraction has fallen to one half [m].

    Returns
    -------
    raster
        1 on water to 0 far from it; NaN where there is no data. Without any water it is 0.

    Notes
    -----
    2 ** (-distance / half distance).
    """
    distance = distance_to(water_body, cell_width, cell_height, lambda cells: cells == 1, np.inf)
    return _fading(distance, water_body, water_half_distance)


@step
def relief_attraction(relief_amplitude: NDArray[np.float32], *, relief_saturation: float) -> NDArray[np.float32]:
    """Attraction of relief, which grows with the amplitude of the ground up to a bound.

    Parameters
    ----------
    relief_amplitude : float32 ndarray (rows, columns)
        Highest less lowest elevation of three by three cells [m].
    relief_saturation : float
        Amplitude from which more of it adds nothing [m].

    Returns
    -------
    float32 ndarray (rows, columns)
        0 flat to 1; NaN where there is no data.

    Examples
    --------
    >>> relief_attraction(np.array([[0.0, 25.0, 400.0]], np.float32), relief_saturation=100.0).tolist()
    [[0.0, 0.25, 1.0]]
    """
    return np.minimum(relief_amplitude / np.float32(relief_saturation), np.float32(1.0))


@step
def protection_attraction(protected_area: NDArray[np.float32]) -> NDArray[np.float32]:
    """Attraction of protected areas: the share of a cell that is protected.

    Parameters
    ----------
    protected_area : float32 ndarray (rows, columns)
        Share of each cell.

    Returns
    -------
    float32 ndarray (rows, columns)
        The same share, 0 to 1.
    """
    return protected_area


@step(gives="access_attraction", method="roads")
def access_by_roads(
    roads: WholeRaster, cell_width: WholeRaster, cell_height: WholeRaster, *, access_half_distance: float
) -> WholeRaster:
    """Ease of access, which falls with the distance to roads and paths.

    Parameters
    ----------
    roads : raster
        Above 0 where a road runs; NaN where nothing is known.
    cell_width, cell_height : raster
        Sides of the cells [m].
    access_half_distance : float
        Distance at which access has fallen to one half [m].

    Returns
    -------
    raster
        1 on a road to 0 far from any; NaN where there is no data.

    Notes
    -----
    2 ** (-distance / half distance).
    """
    distance = distance_to(roads, cell_width, cell_height, lambda cells: cells > 0, np.inf)
    return _fading(distance, roads, access_half_distance)


@step(gives="access_attraction", method="settlements")
def access_by_settlements(
    ecosystem: WholeRaster, cell_width: WholeRaster, cell_height: WholeRaster, *, access_half_distance: float
) -> WholeRaster:
    """Ease of access, which falls with the distance to where people live.

    Parameters
    ----------
    ecosystem : raster
        Second-level codes; -1 where there is no data.
    cell_width, cell_height : raster
        Sides of the cells [m].
    access_half_distance : float
        Distance at which access has fallen to one half [m].

    Returns
    -------
    raster
        1 in a settlement to 0 far from any; NaN where there is no data.

    Notes
    -----
    2 ** (-distance / half distance). Settlements are residential land, and built land whose kind is not told.
    """
    distance = distance_to(ecosystem, cell_width, cell_height, lambda cells: np.isin(cells, SETTLEMENTS), np.inf)
    return _fading(distance, ecosystem, access_half_distance)


@step
def recreation_opportunity(
    naturalness: NDArray[np.float32],
    water_attraction: NDArray[np.float32] | None = None,
    relief_attraction: NDArray[np.float32] | None = None,
    protection_attraction: NDArray[np.float32] | None = None,
    access_attraction: NDArray[np.float32] | None = None,
    *,
    naturalness_weight: float,
    water_attraction_weight: float,
    relief_attraction_weight: float,
    protection_attraction_weight: float,
    access_attraction_weight: float,
) -> NDArray[np.float32]:
    """Recreation opportunity: weighted mean of what a place offers.

    Parameters
    ----------
    naturalness : float32 ndarray (rows, columns)
        Of the ecosystem.
    water_attraction, relief_attraction, protection_attraction, access_attraction : float32 ndarray (rows, columns)
        The other components, each optional; all lie between 0 and 1.
    naturalness_weight, water_attraction_weight, relief_attraction_weight : float
        Weights of the first three.
    protection_attraction_weight, access_attraction_weight : float
        Weights of the others.

    Returns
    -------
    float32 ndarray (rows, columns)
        0 to 1; NaN where a component that the study has is missing on the cell.

    Notes
    -----
    opportunity = sum(weight x component) / sum(weight) over the components that the study has; the receipt names those
    it lacks. After the recreation potential of ESTIMAP (Paracchini et al. 2014, Mapping cultural ecosystem services: a
    framework to assess the potential for outdoor recreation across the EU; Zulian et al. 2013, ESTIMAP). It is
    relative: it counts no visits.
    """
    components = (
        (naturalness, naturalness_weight),
        (water_attraction, water_attraction_weight),
        (relief_attraction, relief_attraction_weight),
        (protection_attraction, protection_attraction_weight),
        (access_attraction, access_attraction_weight),
    )
    total, weights = np.zeros(naturalness.shape, np.float32), 0.0
    for component, weight in components:
        if component is not None:
            total += np.float32(weight) * component
            weights += weight
    return total / np.float32(weights)


def _fading(distance: WritableRaster, known: WholeRaster, half: float) -> WritableRaster:
    """Turn distances into an attraction that is halved by every half distance; NaN where nothing is known."""
    for tile in distance.tiles():
        cells = known.read(tile)
        unknown = cells < 0 if cells.dtype.kind == "i" else np.isnan(cells)
        attraction = np.exp2(distance.read(tile) / np.float32(-half))
        distance.write(tile, np.where(unknown, np.float32(np.nan), attraction).astype(np.float32))
    return distance
