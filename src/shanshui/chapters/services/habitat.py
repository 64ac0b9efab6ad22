"""Habitat quality: what threats around it leave of a habitat, as InVEST has it (paper 2.1)."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from shanshui.base.errors import Problems, StudyError
from shanshui.base.raster import WholeRaster
from shanshui.base.step import step
from shanshui.science import habitat
from shanshui.science.distance import distances_to
from shanshui.science.lookup import values_of_codes

# Columns of the sensitivities that are no threat.
_NO_THREAT = ("code", "habitat")


@step(gives="threats", method="ecosystem")
def shipped_threats() -> pd.DataFrame:
    """Threats to habitats as shanshui ships them: built land, industry with mining and transport, cropland.

    Returns
    -------
    DataFrame
        A row a threat: threat, maximum_distance_m, weight, decay, source, status.
    """
    return pd.read_csv(Path(__file__).with_name("threats.csv"))


@step
def threat_ecosystem_table() -> pd.DataFrame:
    """Which ecosystems are the sources of the threats that shanshui ships.

    Returns
    -------
    DataFrame
        Columns threat, level2, name, source, status.
    """
    return pd.read_csv(Path(__file__).with_name("threat_ecosystems.csv"))


@step
def habitat_sensitivity_table() -> pd.DataFrame:
    """Suitability as habitat and sensitivity to threats by ecosystem, as shanshui ships them.

    Returns
    -------
    DataFrame
        A row for each ecosystem of the second level but the sea, with source and status.
    """
    return pd.read_csv(Path(__file__).with_name("habitat_sensitivity.csv"))


@step(gives="threat_classes", method="ecosystem")
def threat_classes_by_ecosystem(land_cover_legend: pd.DataFrame, threat_ecosystem_table: pd.DataFrame) -> pd.DataFrame:
    """Classes of the land cover that are sources of the threats that shanshui ships.

    Parameters
    ----------
    land_cover_legend : DataFrame
        Columns code and level2 (the ecosystem).
    threat_ecosystem_table : DataFrame
        Columns threat and level2.

    Returns
    -------
    DataFrame
        Columns threat and code.

    Examples
    --------
    >>> legend = pd.DataFrame({"code": [1, 7, 8], "level2": [11, 51, 61]})
    >>> sources = pd.DataFrame({"threat": ["cropland", "built"], "level2": [51, 61]})
    >>> threat_classes_by_ecosystem(legend, sources).to_dict("list")
    {'threat': ['cropland', 'built'], 'code': [7, 8]}
    """
    return threat_ecosystem_table.merge(land_cover_legend, on="level2")[["threat", "code"]]


@step(gives="habitat_sensitivity", method="ecosystem")
def habitat_sensitivity_by_ecosystem(
    land_cover_legend: pd.DataFrame, habitat_sensitivity_table: pd.DataFrame
) -> pd.DataFrame:
    """Suitability and sensitivity of the classes of the land cover, by their ecosystem.

    Parameters
    ----------
    land_cover_legend : DataFrame
        Columns code and level2 (the ecosystem).
    habitat_sensitivity_table : DataFrame
        Columns level2, habitat, and one a threat.

    Returns
    -------
    DataFrame
        Columns code, habitat, and one a threat; no row for classes whose ecosystem has none (the sea).
    """
    values = habitat_sensitivity_table.drop(columns=["name", "unit", "source", "status"], errors="ignore")
    return land_cover_legend[["code", "level2"]].merge(values, on="level2").drop(columns="level2")


@step(gives="threat", method="classes")
def threat_of_classes(
    land_cover: NDArray[np.int32], threat_classes: pd.DataFrame, threats: pd.DataFrame
) -> NDArray[np.float32]:
    """Sources of each threat: the cells of certain classes of land cover.

    Parameters
    ----------
    land_cover : int32 ndarray (rows, columns)
        Codes of the source; -1 where there is no data.
    threat_classes : DataFrame
        Columns threat and code.
    threats : DataFrame
        Their order.

    Returns
    -------
    float32 ndarray (threats, rows, columns)
        1 at a source, 0 elsewhere [1]; NaN where there is no land cover.

    Examples
    --------
    >>> classes = pd.DataFrame({"threat": ["town", "mine", "town"], "code": [5, 6, 7]})
    >>> order = pd.DataFrame({"threat": ["mine", "town"]})
    >>> threat_of_classes(np.array([[5, 6, 7, 1, -1]], np.int32), classes, order).tolist()
    [[[0.0, 1.0, 0.0, 0.0, nan]], [[1.0, 0.0, 1.0, 0.0, nan]]]
    """
    by_threat = threat_classes.groupby("threat")["code"]
    codes = {name: rows.to_numpy(np.int64) for name, rows in by_threat}
    nothing = np.empty(0, np.int64)
    found = np.stack([np.isin(land_cover, codes.get(name, nothing)) for name in threats["threat"]]).astype(np.float32)
    return np.where(land_cover < 0, np.float32(np.nan), found)


@step(gives="threat_items", method="classes")
def threat_items_of_classes(
    threats: pd.DataFrame, threat_classes: pd.DataFrame, land_cover_legend: pd.DataFrame | None = None
) -> pd.DataFrame:
    """Order of the threats whose sources are classes of land cover.

    Parameters
    ----------
    threats : DataFrame
        Column threat.
    threat_classes : DataFrame
        Columns threat and code.
    land_cover_legend : DataFrame, optional
        Column code.

    Returns
    -------
    DataFrame
        Column item.

    Raises
    ------
    StudyError
        Where classes are of a threat that there is not, or are not in the legend.
    """
    problems, key = Problems(), "tables.threat_classes.columns"
    strange = sorted(set(threat_classes["threat"]) - set(threats["threat"]))
    if strange:
        names = ", ".join(threats["threat"])
        problems.fault(f"{key}.threat", f"{', '.join(strange)} is no threat of the table threats", f"it has {names}")
    legend = set() if land_cover_legend is None else set(land_cover_legend["code"])
    unknown = sorted(set(threat_classes["code"]) - legend) if legend else []
    if unknown:
        fault = f"{', '.join(f'{code:g}' for code in unknown)} is not in the legend of the land cover"
        problems.fault(f"{key}.code", fault, "write codes of the legend, or leave these rows out")
    if problems:
        raise StudyError(problems)
    return pd.DataFrame({"item": threats["threat"].to_numpy()})


@step
def threats_in_order(threat_items: pd.DataFrame, threats: pd.DataFrame) -> pd.DataFrame:
    """Threats in the order of their arrays.

    Parameters
    ----------
    threat_items : DataFrame
        Column item: the order of the threats.
    threats : DataFrame
        Columns threat, maximum_distance_m, weight, decay (linear or exponential).

    Returns
    -------
    DataFrame
        The rows of threats.

    Raises
    ------
    StudyError
        Where the names are not the same, or no threat has a weight.
    """
    problems = Problems()
    names, told = threat_items["item"].tolist(), threats["threat"].tolist()
    if sorted(names) != sorted(told):
        fault = f"the layer has the items {', '.join(names)}, and the table threats has {', '.join(told)}"
        problems.fault("layers.threat.items", fault, "give both the same names")
    if not threats["weight"].sum() > 0:
        problems.fault("tables.threats.columns.weight", "no threat has a weight above 0", "give one")
    if problems:
        raise StudyError(problems)
    return threats.set_index("threat").loc[names].reset_index()


@step
def threat_sensitivity(threats: pd.DataFrame, habitat_sensitivity: pd.DataFrame) -> pd.DataFrame:
    """Sensitivity of the classes of the land cover to each threat of the study.

    Parameters
    ----------
    threats : DataFrame
        Column threat.
    habitat_sensitivity : DataFrame
        Columns code, habitat, and one a threat: 0 to 1.

    Returns
    -------
    DataFrame
        Columns code, and one a threat of the study [1].

    Raises
    ------
    StudyError
        Where a threat has no column.
    """
    names = threats["threat"].tolist()
    lacking = [name for name in names if name not in habitat_sensitivity]
    if lacking:
        problems = Problems()
        known = ", ".join(str(column) for column in habitat_sensitivity if column not in _NO_THREAT)
        fault = f"no sensitivity to {', '.join(lacking)}; there is one to {known}"
        mend = "give tables.habitat_sensitivity a column for each threat of the study"
        problems.fault("tables.habitat_sensitivity", fault, mend)
        raise StudyError(problems)
    return habitat_sensitivity[["code", *names]]


@step
def threat_impact(
    threat: WholeRaster,
    threats_in_order: pd.DataFrame,
    cell_width: WholeRaster,
    cell_height: WholeRaster,
    *,
    least_threat: float,
) -> WholeRaster:
    """What is left of each threat at some distance from its sources.

    Parameters
    ----------
    threat : raster (threats, rows, columns)
        Share of the cell that is a source [1]; NaN is none.
    threats_in_order : DataFrame
        Columns maximum_distance_m and decay (linear or exponential).
    cell_width, cell_height : raster
        Sides of the cells [m].
    least_threat : float
        A cell with more than this is a source [1].

    Returns
    -------
    raster (threats, rows, columns)
        i, 1 at a source, 0 beyond the maximum distance of the threat [1].

    Notes
    -----
    i = 1 - d / d_max, or exp(-2.99 d / d_max), and 0 beyond d_max, with the exact Euclidean distance d from centre to
    centre (science/distance.py). The nearest source counts, not the sum of all, and how large a share it has of its
    cell does not weigh: so it is in InVEST 3.20, which takes every value but 0 as a source.
    """
    rows = threats_in_order
    farthest, exponential = rows["maximum_distance_m"].to_list(), (rows["decay"] == "exponential").to_list()

    def is_source(cells: NDArray[np.float32]) -> NDArray[np.bool_]:
        return np.asarray(cells > np.float32(least_threat))

    def impact(kind: int, distance: NDArray[np.float64]) -> NDArray[np.float64]:
        return habitat.impact(distance, farthest[kind], exponential[kind])

    return distances_to(threat, cell_width, cell_height, is_source, farthest, impact)


@step
def threat_impact_items(threat_items: pd.DataFrame) -> pd.DataFrame:
    """Order of the threats in their impacts.

    Parameters
    ----------
    threat_items : DataFrame
        Column item.

    Returns
    -------
    DataFrame
        The same.
    """
    return threat_items


@step(method="sensitivity_table")
def habitat_suitability(land_cover: NDArray[np.int32], habitat_sensitivity: pd.DataFrame) -> NDArray[np.float32]:
    """How well the land suits as habitat, undisturbed.

    Parameters
    ----------
    land_cover : int32 ndarray (rows, columns)
        Codes of the source; -1 where there is no data.
    habitat_sensitivity : DataFrame
        Columns code and habitat.

    Returns
    -------
    float32 ndarray (rows, columns)
        H, 0 to 1 [1].
    """
    return values_of_codes(land_cover, *(habitat_sensitivity[column].to_numpy() for column in _NO_THREAT))


@step
def habitat_degradation(
    land_cover: NDArray[np.int32],
    threat_impact: NDArray[np.float32],
    threats_in_order: pd.DataFrame,
    threat_sensitivity: pd.DataFrame,
    access: NDArray[np.float32] | None = None,
) -> NDArray[np.float32]:
    """Degradation of habitats by threats around them.

    Parameters
    ----------
    land_cover : int32 ndarray (rows, columns)
        Codes of the source; -1 where there is no data.
    threat_impact : float32 ndarray (threats, rows, columns)
        What is left of each threat there, 0 to 1 [1].
    threats_in_order : DataFrame
        Columns threat and weight, in the order of the impacts.
    threat_sensitivity : DataFrame
        Columns code, and one a threat: 0 to 1.
    access : float32 ndarray (rows, columns), optional
        How open the land is to threats: 1 all, 0 not at all [1]. Where it is unknown, or there is no such layer, it is
        1, as in InVEST.

    Returns
    -------
    float32 ndarray (rows, columns)
        D, 0 to 1 [1]; it compares places of one study.

    Notes
    -----
    D = sum over threats r of w_r / sum(w) * i_r * access * S_jr, with the impact i_r that distance leaves (InVEST 3.20
    user's guide, habitat quality, equations 1 to 3, Sharp et al.; applied so by Terrado et al. 2016, Model development
    for the assessment of terrestrial and aquatic habitat quality in conservation planning, Science of the Total
    Environment 540).
    """
    return habitat.degradation(
        land_cover,
        threat_impact,
        threat_sensitivity["code"].to_numpy(np.int64),
        threat_sensitivity[threats_in_order["threat"].tolist()].to_numpy(np.float64),
        threats_in_order["weight"].to_numpy(np.float64),
        access,
    )


@step
def habitat_quality(
    habitat_suitability: NDArray[np.float32], habitat_degradation: NDArray[np.float32], *, half_saturation: float
) -> NDArray[np.float32]:
    """Habitat quality: suitability less what degradation takes.

    Parameters
    ----------
    habitat_suitability : float32 ndarray (rows, columns)
        H [1].
    habitat_degradation : float32 ndarray (rows, columns)
        D [1].
    half_saturation : float
        k, degradation at which half of the quality is lost [1].

    Returns
    -------
    float32 ndarray (rows, columns)
        Q, 0 to 1 [1].

    Notes
    -----
    Q = H (1 - D**2.5 / (D**2.5 + k**2.5)) (InVEST 3.20 user's guide, habitat quality, equation 4). The guide advises to
    run once and then to set k to half of the highest degradation; k moves all values and not their order.
    """
    return habitat.quality(habitat_suitability, habitat_degradation, half_saturation)
