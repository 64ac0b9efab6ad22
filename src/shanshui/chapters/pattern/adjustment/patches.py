"""Faces of today's line and of all that may change it: each decided, and those of one decision joined to patches."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pyproj
import shapely
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from shanshui.science.faces import Faces
from shanshui.science.faces_area import metres_of
from shanshui.science.faces_slivers import shared_sides

# Layers of the faces beside those of the rules on what is drawn.
TODAY, AREAS, MANDATORY, GROUND, EDITS = "today", "function areas", "mandatory", "ground", "edits"
IN, OUT, STAYS = 1, -1, 0
NOBODY = -1
# Keys of patches tell places to the metre, and to a hundred-thousandth of a degree.
_DEGREE_STEPS = 1e5
_HALF = 0.5001


@dataclass(frozen=True)
class Decisions:
    """What becomes of each face, and why.

    Parameters
    ----------
    inside : bool ndarray (faces,)
        Whether today's line covers it.
    mandatory : bool ndarray (faces,)
        Whether it must be inside.
    area : int64 ndarray (faces,)
        The function area, by its place; -1 none.
    direction : int64 ndarray (faces,)
        1 would come in, -1 would leave, 0 stays as it is.
    rule : object ndarray of str (faces,)
        The first rule that holds; empty where none does, and where an edit decides.
    edit : int64 ndarray (faces,)
        The edit that decides, by its place; -1 none.
    """

    inside: NDArray[np.bool_]
    mandatory: NDArray[np.bool_]
    area: NDArray[np.int64]
    direction: NDArray[np.int64]
    rule: NDArray[Any]
    edit: NDArray[np.int64]


@dataclass(frozen=True)
class Sides:
    """Which faces share sides.

    Parameters
    ----------
    first, second : int64 ndarray (pairs,)
        The faces, each pair once.
    length : float64 ndarray (pairs,)
        How much they share [units of the plane].
    """

    first: NDArray[np.int64]
    second: NDArray[np.int64]
    length: NDArray[np.float64]

    def groups(self, key: NDArray[np.int64]) -> NDArray[np.int64]:
        """Number the groups of faces of one key that hang together by sides; faces with a key below 0 have none."""
        joined = (key[self.first] == key[self.second]) & (key[self.first] >= 0)
        pairs = self.first[joined], self.second[joined]
        links = coo_array((np.ones(int(joined.sum()), np.int8), pairs), shape=(len(key), len(key)))
        group = connected_components(links, directed=False)[1].astype(np.int64)
        numbers = np.unique(group[key >= 0], return_inverse=True)[1]
        out = np.full(len(key), NOBODY, np.int64)
        out[key >= 0] = numbers
        return out


def sides_of(faces: Faces) -> Sides:
    """Find which faces share sides."""
    return Sides(*shared_sides(faces.polygons))


def decide(
    faces: Faces,
    order_in: Sequence[str],
    order_out: Sequence[str],
    ground_rule: NDArray[Any],
    edit_row: NDArray[np.int64],
    edit_inward: NDArray[np.bool_],
) -> Decisions:
    """Decide each face by the first rule that holds, and by the edits before all rules.

    Parameters
    ----------
    faces : Faces
        With the layers today, function areas, mandatory, ground, edits, and one for each rule on what is drawn.
    order_in, order_out : sequence of str
        The rules, the first to look at first.
    ground_rule : object ndarray of str
        The rule of each polygon of the layer ground; empty: excluded land.
    edit_row : int64 ndarray
        The edit of each polygon of the layer edits.
    edit_inward : bool ndarray
        Whether its ground shall be inside.

    Returns
    -------
    Decisions

    Notes
    -----
    Excluded land, and ground that would leave if it were inside, never comes in by a rule: else it would leave by the
    next run. Ground that an edit wants inside does not leave by a rule, and the other way round.
    """
    inside = faces.covered_by(TODAY)
    ground_code = np.append(ground_rule, "none")[faces.first_of(GROUND)]
    never = excluded_faces(faces, ground_rule)
    drawn = [rule for rule in order_out if rule in faces.layers]
    for rule in drawn:
        never |= faces.covered_by(rule)
    rule_of = np.full(len(faces), "", object)
    for rule in reversed(order_in):
        holds = faces.covered_by(rule) if rule in faces.layers else ground_code == rule
        rule_of[~inside & ~never & holds] = rule
    for rule in reversed(drawn):
        rule_of[inside & faces.covered_by(rule)] = rule
    direction = np.where(rule_of == "", STAYS, np.where(inside, OUT, IN))
    place = faces.first_of(EDITS)
    edited = place != NOBODY
    wanted = np.append(edit_inward, False)[place]
    rule_of[edited] = ""
    direction[edited] = np.where(wanted == inside, STAYS, np.where(wanted, IN, OUT))[edited]
    edit = np.where(edited & (direction != STAYS), np.append(edit_row, NOBODY)[place], NOBODY)
    return Decisions(
        inside, faces.covered_by(MANDATORY), faces.first_of(AREAS), direction.astype(np.int64), rule_of, edit
    )


def excluded_faces(faces: Faces, ground_rule: NDArray[Any]) -> NDArray[np.bool_]:
    """Tell which faces lie on excluded cells; `ground_rule` as `decide` takes it."""
    return np.asarray(np.append(ground_rule, "none")[faces.first_of(GROUND)] == "", np.bool_)


def follow(decisions: Decisions, faces: Faces, sides: Sides, sliver: float, crs: pyproj.CRS) -> Decisions:
    """Let strips that are too narrow to mean anything do as the wider face beside them does.

    Parameters
    ----------
    decisions : Decisions
        Of each face by itself.
    faces : Faces
        The faces; they stay as they are, so that today's line keeps its area.
    sides : Sides
        Which share sides.
    sliver : float
        Faces of a lesser mean width, twice the area through the length of the rim, are strips [m].
    crs : pyproj.CRS
        That of the faces.

    Returns
    -------
    Decisions
        A strip does as the face on its side of today's line with which it shares most; what must be inside and what an
        edit speaks of decides for itself.
    """
    narrow = 2 * shapely.area(faces.polygons) < sliver / metres_of(crs) * shapely.length(faces.polygons)
    guest, host = np.append(sides.first, sides.second), np.append(sides.second, sides.first)
    length = np.append(sides.length, sides.length)
    own = decisions.mandatory | (decisions.edit != NOBODY)
    able = narrow[guest] & ~own[guest] & ~narrow[host] & ~decisions.mandatory[host]
    able &= decisions.inside[guest] == decisions.inside[host]
    guest, host, length = guest[able], host[able], length[able]
    order = np.lexsort((host, -length, guest))
    going, best = np.unique(guest[order], return_index=True)
    source = np.arange(len(narrow))
    source[going] = host[order][best]
    taken = {name: getattr(decisions, name)[source] for name in ("direction", "rule", "edit")}
    return replace(decisions, **taken)


def group(
    decisions: Decisions, faces: Faces, sides: Sides, smallest: float
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Join the faces of one decision that share sides.

    Parameters
    ----------
    decisions : Decisions
        Of each face.
    faces : Faces
        The faces.
    sides : Sides
        Which share sides.
    smallest : float
        What hangs together, in whatever function areas, and is smaller is dropped, unless an edit asks for it [m2].

    Returns
    -------
    int64 ndarray (faces,), bool ndarray (faces,)
        The patch of each face, within one function area, from 0; -1 none. Which faces were dropped.
    """
    parts = decisions.direction, _numbered(decisions.rule), decisions.edit, decisions.mandatory.astype(np.int64)
    moving = decisions.direction != STAYS
    whole = sides.groups(np.where(moving, _numbered_rows(*parts), NOBODY))
    size = np.bincount(whole[moving], faces.area[moving], minlength=1)
    dropped = moving & (size[whole] < smallest) & (decisions.edit == NOBODY)
    kept = moving & ~dropped
    patch = sides.groups(np.where(kept, _numbered_rows(*parts, decisions.area), NOBODY))
    return patch, dropped


def keys_of(polygons: NDArray[Any], rules: Sequence[str], crs: pyproj.CRS) -> list[str]:
    """Name patches by their rule and a place inside.

    Parameters
    ----------
    polygons : ndarray of shapely geometries
        One a patch, in the CRS of the grid.
    rules : sequence of str
        What each begins with.
    crs : pyproj.CRS
        That of the grid.

    Returns
    -------
    list of str
        Rule, x and y of a point on the patch, to the unit of the CRS or a hundred-thousandth of a degree: the same in
        every run while the patch has the same rule and ground. A second one in the same place gets a number behind.

    Notes
    -----
    The point is the centroid, or the centre of the greatest circle inside where that lies outside: neither hangs on the
    corners that other polygons leave on the outline, as a point on the surface does.

    Examples
    --------
    >>> keys_of(np.array([shapely.box(512330, 3345660, 512350, 3345680)]), ["C1"], pyproj.CRS("EPSG:32649"))
    ['C1-0512340-3345670']
    """
    points = shapely.centroid(polygons)
    beside = ~shapely.contains(polygons, points)
    points[beside] = shapely.get_point(shapely.maximum_inscribed_circle(polygons[beside]), 0)
    steps = _DEGREE_STEPS if crs.is_geographic else 1.0
    # Halves are common, among cells of 25 m: those go up, whatever the last digit.
    places = np.floor(np.column_stack([shapely.get_x(points), shapely.get_y(points)]) * steps + _HALF)
    seen: dict[str, int] = {}
    out = []
    for rule, (x, y) in zip(rules, places.astype(np.int64), strict=True):
        key = f"{rule}-{x:07d}-{y:07d}"
        seen[key] = seen.get(key, 0) + 1
        out.append(key if seen[key] == 1 else f"{key}-{seen[key]}")
    return out


def greatest_of(faces: Faces, layer: str, values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Give the greatest value of the polygons of a layer that cover each face; NaN where there is none."""
    ours = np.flatnonzero(faces.layer[faces.cover] == faces.layers.index(layer))
    out = np.full(len(faces), np.nan)
    np.fmax.at(out, faces.cover_face[ours], values[faces.row[faces.cover[ours]]])
    return out


def dissolved(faces: Faces, which: NDArray[np.int64]) -> NDArray[Any]:
    """Join the faces of each group, the groups in order; faces below 0 are left out."""
    # Each of those has a key of its own, so that nothing is joined for them.
    keys, polygons = faces.dissolve(np.where(which >= 0, which, NOBODY - np.arange(len(which))))
    return np.asarray(polygons[keys >= 0], object)


def summed(which: NDArray[np.int64], amounts: Mapping[str, NDArray[np.float64]], size: int) -> dict[str, NDArray[Any]]:
    """Add up amounts of faces by what each belongs to; faces below 0 are left out."""
    held = which >= 0
    return {name: np.bincount(which[held], amount[held], minlength=size) for name, amount in amounts.items()}


def _numbered(values: NDArray[Any]) -> NDArray[np.int64]:
    return np.asarray(np.unique(values.astype(str), return_inverse=True)[1], np.int64)


def _numbered_rows(*columns: NDArray[np.int64]) -> NDArray[np.int64]:
    return np.asarray(np.unique(np.column_stack(columns), axis=0, return_inverse=True)[1].reshape(-1), np.int64)
