"""Biodiversity by the ranges of species: how many live on a cell, how much of their ranges, how many in danger."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from shanshui.base.ranges import SpeciesRanges, category_of
from shanshui.base.step import step


@step
def species_richness(species_ranges: SpeciesRanges) -> NDArray[np.float32]:
    """Number of species whose range holds the cell.

    Parameters
    ----------
    species_ranges : SpeciesRanges
        The ranges of all species.

    Returns
    -------
    float32 ndarray (rows, columns)
        Species on each cell [1]; 0 where none lives.

    Notes
    -----
    HJ 1173-2021, species richness: the species whose range holds the cell's centre are counted.
    """
    return species_ranges.sum(np.ones(len(species_ranges.species)))


@step
def weighted_endemism(species_ranges: SpeciesRanges, cell_area: NDArray[np.float64]) -> NDArray[np.float32]:
    """Share of the ranges of all species that lies on the cell, added up.

    Parameters
    ----------
    species_ranges : SpeciesRanges
        The ranges of all species, with the area of each whole one [m2].
    cell_area : float64 ndarray (rows, columns)
        Area of each cell [m2].

    Returns
    -------
    float32 ndarray (rows, columns)
        Ranges on each cell [1]; 0 where no species lives. Over all of the ranges it adds up to the number of species.

    Notes
    -----
    WE = sum over the species on the cell of (area of the cell / area of the species' range) (Crisp et al. 2001, J.
    Biogeography 28, 183-198). The range is the whole polygon, also beyond the study: so a species that lives here
    alone weighs more than one that lives in many countries.
    """
    shares = species_ranges.sum(1.0 / species_ranges.areas)
    return (shares * cell_area).astype(np.float32)


@step
def threatened_species_richness(
    species_ranges: SpeciesRanges, species: pd.DataFrame, *, vulnerable_species_weight: float
) -> NDArray[np.float32]:
    """Number of threatened species whose range holds the cell.

    Parameters
    ----------
    species_ranges : SpeciesRanges
        The ranges of all species.
    species : DataFrame
        Columns species and category, that of the Red List by its code or name.
    vulnerable_species_weight : float
        How much a vulnerable species counts [1]; a critically endangered or endangered one counts 1.

    Returns
    -------
    float32 ndarray (rows, columns)
        Threatened species on each cell [1]; 0 where none lives. A species without a row does not count.

    Notes
    -----
    HJ 1173-2021 counts the critically endangered (CR) and the endangered (EN) species.
    """
    worth = {"CR": 1.0, "EN": 1.0, "VU": vulnerable_species_weight}
    of_species = dict(zip(species["species"], species["category"].map(category_of).map(worth).fillna(0.0), strict=True))
    return species_ranges.sum(np.array([of_species.get(name, 0.0) for name in species_ranges.species]))
