"""Which protected areas are merged: adjacent or connected ones within one natural unit, across any border (P5)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyproj
import shapely
from numpy.typing import NDArray

from shanshui.chapters.pattern.protected_areas.decisions import Area, strongest
from shanshui.chapters.pattern.protected_areas.rules import MERGE, Rules
from shanshui.science.faces_sides import Sides
from shanshui.science.lengths import in_metres, metres_at, middles, units_within

BORDERS = ["first", "second", "unit", "metres"]


@dataclass(frozen=True)
class Merged:
    """Into what an area is merged.

    Parameters
    ----------
    into : str
        The area whose name and level the merged one has; itself where it is not merged, or is the highest ranking.
    neighbour, unit : str
        An area that it meets, and the natural unit in which; empty where it is not merged.
    metres : float
        How long they meet there [m].
    members : tuple of str
        All that are merged together, itself among them.
    """

    into: str
    neighbour: str
    unit: str
    metres: float
    members: tuple[str, ...]


def common_borders(
    polygons: NDArray[np.object_],
    sides: Sides,
    winner: NDArray[np.object_],
    unit: NDArray[np.object_] | None,
    crs: pyproj.CRS,
    *,
    gap_m: float,
) -> pd.DataFrame:
    """Measure how long areas meet within each natural unit.

    Parameters
    ----------
    polygons : ndarray of shapely.Polygon (faces,)
        Faces that do not overlap, with the same corners along the sides that they share.
    sides : Sides
        The sides that two faces share.
    winner : object ndarray of str (faces,)
        The area that stands on each; empty where none does.
    unit : object ndarray of str (faces,) or None
        The natural unit of each; empty where it lies in none: it meets nothing there. None where units are not known.
    crs : pyproj.CRS
        Of the polygons.
    gap_m : float
        Borders so near to each other meet too [m].

    Returns
    -------
    DataFrame
        One row a pair of areas and a unit: first, second (keys, the lesser first), unit, metres.

    Notes
    -----
    The length of the sides that they share; where a gap is allowed, at least the lesser of two lengths: of the border
    of each that lies within the gap of the other. On the ellipsoid; the latter to about a thousandth.
    """
    units = np.full(len(polygons), "all", object) if unit is None else unit
    standing = (winner != "") & (units != "")
    found: dict[tuple[str, str, str], float] = {}
    for one, other, metres in zip(sides.face.tolist(), sides.other.tolist(), sides.length.tolist(), strict=True):
        if standing[one] and standing[other] and winner[one] != winner[other] and units[one] == units[other]:
            low, high = sorted((winner[one], winner[other]))
            found[low, high, units[one]] = found.get((low, high, units[one]), 0.0) + metres
    if gap_m > 0:
        for place, metres in _near_borders(polygons[standing], winner[standing], units[standing], crs, gap_m).items():
            found[place] = max(found.get(place, 0.0), metres)
    rows = [(one, other, "" if unit is None else where, metres) for (one, other, where), metres in found.items()]
    return pd.DataFrame(sorted(rows), columns=BORDERS).astype({"metres": np.float64})


def _near_borders(
    polygons: NDArray[np.object_],
    winner: NDArray[np.object_],
    unit: NDArray[np.object_],
    crs: pyproj.CRS,
    gap_m: float,
) -> dict[tuple[str, str, str], float]:
    """Measure borders that lie within a distance of another area's ground in the same unit [m]."""
    members: dict[tuple[str, str], list[int]] = {}
    for face, place in enumerate(zip(winner, unit, strict=True)):
        members.setdefault(place, []).append(face)
    groups = sorted(members)
    if not groups:
        return {}
    wholes = np.array([shapely.coverage_union_all(polygons[members[group]]) for group in groups], object)
    reach = units_within(wholes, gap_m, crs)
    one, other = shapely.STRtree(wholes).query(wholes, predicate="dwithin", distance=reach)
    same = np.array([groups[a][1] == groups[b][1] for a, b in zip(one, other, strict=True)], bool)
    one, other = one[same & (one < other)], other[same & (one < other)]
    places = middles(shapely.shortest_line(wholes[one], wholes[other]))
    frames = metres_at(places, crs)
    first, second = in_metres(wholes[one], places, frames), in_metres(wholes[other], places, frames)
    lengths = np.minimum(_within(first, second, gap_m), _within(second, first, gap_m))
    pairs = zip(one, other, lengths.tolist(), strict=True)
    return {(groups[a][0], groups[b][0], groups[a][1]): metres for a, b, metres in pairs if metres > 0}


def _within(shapes: NDArray[np.object_], others: NDArray[np.object_], gap: float) -> NDArray[np.float64]:
    """Give the length of each border that lies within a distance of another polygon."""
    near = shapely.intersection(shapely.boundary(shapes), shapely.buffer(others, gap))
    return np.asarray(shapely.length(near), np.float64)


def merge(
    areas: Mapping[str, Area], standing: set[str], borders: pd.DataFrame, rules: Rules, *, least_border_m: float
) -> dict[str, Merged]:
    """Decide which areas become one.

    Parameters
    ----------
    areas : mapping of str to Area
        All areas.
    standing : set of str
        Those that have ground left once overlaps are decided.
    borders : DataFrame
        Columns first, second, unit, metres.
    rules : Rules
        Whether P5 holds, and how areas rank.
    least_border_m : float
        Areas that meet at least so long in one unit are merged [m].

    Returns
    -------
    dict of str to Merged
        For each area that stands.

    Notes
    -----
    Chains are merged as a whole: where the first meets the second and the second the third, all three become one,
    across any administrative border. The one that would stand if all of them overlapped is the highest ranking: so an
    area of prefecture or county level goes into a provincial or national one wherever its chain has one.
    """
    keys = sorted(standing)
    number = {key: place for place, key in enumerate(keys)}
    meets = borders[borders["metres"] >= least_border_m] if rules.of(MERGE) else borders[:0]
    groups, neighbour = Groups(len(keys)), dict.fromkeys(keys, ("", "", 0.0))
    longest = meets.sort_values(["metres", *BORDERS[:3]], ascending=[False, True, True, True])
    for first, second, unit, metres in zip(*(longest[name].tolist() for name in BORDERS), strict=True):
        groups.join(number[first], number[second])
        for one, other in ((first, second), (second, first)):
            if not neighbour[one][0]:
                neighbour[one] = (other, unit, metres)
    members: dict[int, list[str]] = {}
    for key in keys:
        members.setdefault(groups.root(number[key]), []).append(key)
    found = {}
    chains = [*members.values()]
    for together, (head, _) in zip(chains, strongest(chains, areas, rules), strict=True):
        for key in together:
            found[key] = Merged(head, *neighbour[key], tuple(together))
    return found


class Groups:
    """Things that are joined two by two (union-find); the least number stands for a group.

    Examples
    --------
    >>> groups = Groups(4)
    >>> groups.join(3, 1)
    >>> groups.join(2, 3)
    >>> [groups.root(each) for each in range(4)]
    [0, 1, 1, 1]
    """

    def __init__(self, size: int) -> None:
        self._above = list(range(size))

    def root(self, each: int) -> int:
        """Give what stands for a thing's group."""
        while self._above[each] != each:
            self._above[each] = self._above[self._above[each]]
            each = self._above[each]
        return each

    def join(self, first: int, second: int) -> None:
        """Make one group of two."""
        low, high = sorted((self.root(first), self.root(second)))
        self._above[high] = low
