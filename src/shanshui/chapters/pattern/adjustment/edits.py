"""Hand edits that counties bring back: ground that comes in or leaves, and stretches of the boundary that move."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import geopandas
import numpy as np
import pandas as pd
import pyproj
import shapely
from numpy.typing import NDArray
from odc.geo.geobox import GeoBox

from shanshui.base.errors import Problem, StudyError, did_you_mean
from shanshui.base.grid import crs_of
from shanshui.base.step import step
from shanshui.science.faces_area import metres_of

KEY = "layers.red_line_edit"
IN, OUT, MOVE, KEEP, REFUSE = "in", "out", "move", "keep", "refuse"
# The new course of a boundary may end so far from today's [m]: people draw by hand.
FARTHEST_END = 50.0
# Edits that contradict each other on less ground than this do so by the hand that drew them [m2].
LEAST_CONTRADICTION = 1.0
TEXTS = ("edit", "kind", "reason", "origin", "date", "patch")
OUTCOMES_ZH = {
    "carried out": "已落实",
    "nothing to change": "无需修改",
    "patch is gone": "图斑已不存在",
    "it must stay": "必须保留，未落实",
}


@dataclass(frozen=True)
class EditAreas:
    """Ground that edits speak of.

    Parameters
    ----------
    rows : DataFrame
        The edits: edit, kind, reason, origin, date, patch; what is not said is empty.
    polygons : ndarray of shapely polygons
        Ground that shall be inside or outside.
    edit : int64 ndarray (polygons,)
        The edit of each, by its place in the rows.
    inward : bool ndarray (polygons,)
        Whether it shall be inside.
    """

    rows: pd.DataFrame
    polygons: NDArray[Any]
    edit: NDArray[np.int64]
    inward: NDArray[np.bool_]

    @classmethod
    def of(cls, edits: geopandas.GeoDataFrame | None, areas: geopandas.GeoDataFrame | None) -> EditAreas:
        """Put edits and the ground that `red_line_edit_areas` found for them together; None are none."""
        if edits is None or areas is None:
            empty = np.empty(0, np.int64)
            return cls(pd.DataFrame(columns=list(TEXTS)), np.empty(0, object), empty, empty.astype(np.bool_))
        shapes = areas.geometry.to_numpy()
        return cls(_texts(edits), shapes, areas["edit"].to_numpy(np.int64), areas["inward"].to_numpy() == 1)


@step
def red_line_today(present_red_line: geopandas.GeoDataFrame, *, geobox: GeoBox) -> geopandas.GeoDataFrame:
    """Today's red line, on the map.

    Parameters
    ----------
    present_red_line : GeoDataFrame
        As the study brings it, in the CRS of the grid.
    geobox : GeoBox
        The grid.

    Returns
    -------
    GeoDataFrame
        The same.

    Raises
    ------
    StudyError
        Where all of it lies off the map.
    """
    if len(present_red_line) and not shapely.intersects(present_red_line.geometry, geobox.extent.geom).any():
        mend = "check its CRS, and whether x and y are swapped"
        raise StudyError(Problem("layers.present_red_line", "lies outside of the study", mend))
    return present_red_line


@step
def red_line_edit_areas(
    red_line_edit: geopandas.GeoDataFrame, red_line_today: geopandas.GeoDataFrame, *, geobox: GeoBox
) -> geopandas.GeoDataFrame:
    """Ground that edits speak of.

    Parameters
    ----------
    red_line_edit : GeoDataFrame
        Columns edit, kind (in, out, move, keep, refuse), reason, origin, and where known date and patch; in the CRS of
        the grid. A move is a line: the new course of a stretch of the boundary.
    red_line_today : GeoDataFrame
        Today's line.
    geobox : GeoBox
        The grid.

    Returns
    -------
    GeoDataFrame
        One row a polygon: edit (its place among the edits) and inward, 1 shall be inside, 0 outside.

    Raises
    ------
    StudyError
        Where an edit stands twice, has no reason or origin, is drawn as something else than its kind wants, moves a
        boundary that is not there, or contradicts another one: all of them at once.

    Notes
    -----
    A new course divides ground inside today's line or outside of it. Of the two sides of each of its stretches the
    smaller one changes: inside it leaves, outside it comes in.
    """
    crs = pyproj.CRS(crs_of(geobox))
    rows, shapes, today = _texts(red_line_edit), red_line_edit.geometry.to_numpy(), red_line_today.geometry.to_numpy()
    problems = [*_faulty(rows, shapes)]
    if problems:
        raise StudyError(problems)
    found: list[tuple[int, bool, Any]] = []
    whole = shapely.union_all(today)
    for number, (kind, shape) in enumerate(zip(rows["kind"], shapes, strict=True)):
        if kind in (IN, OUT):
            found.append((number, kind == IN, shape))
        elif kind == MOVE:
            courses = [list(_moved(line, whole, FARTHEST_END / metres_of(crs))) for line in shapely.get_parts(shape)]
            if not all(courses):
                fault = f"edit {rows['edit'][number]} ends nowhere near today's line, or runs along it"
                mend = f"draw its ends onto the boundary, within {FARTHEST_END:g} m"
                problems.append(Problem(KEY, fault, mend))
            found += [(number, inward, polygon) for moved in courses for inward, polygon in moved]
    columns = {"edit": [number for number, _, _ in found], "inward": [int(inward) for _, inward, _ in found]}
    areas = geopandas.GeoDataFrame(columns, geometry=[shape for _, _, shape in found], crs=crs)
    areas = areas.astype({"edit": np.int64, "inward": np.int64})
    problems += _contradicting(EditAreas.of(red_line_edit, areas), metres_of(crs) ** 2)
    if problems:
        raise StudyError(problems)
    return areas


def edits_on_patches(rows: pd.DataFrame, patches: NDArray[Any]) -> NDArray[np.int64]:
    """Find what edits say of patches of the adjustment.

    Parameters
    ----------
    rows : DataFrame
        Of `EditAreas`.
    patches : ndarray of str (patches,)
        Keys of the patches.

    Returns
    -------
    int64 ndarray (patches,)
        1 the patch is taken, 0 it is not, -1 no edit speaks of it.
    """
    said = dict(zip(rows["patch"], rows["kind"], strict=True))
    values = {KEEP: 1, REFUSE: 0}
    return np.array([values.get(said.get(str(patch), ""), -1) for patch in patches], np.int64)


def checked(rows: pd.DataFrame, patches: pd.DataFrame, breaks: dict[str, list[str]]) -> pd.DataFrame:
    """Tell what came of each edit.

    Parameters
    ----------
    rows : DataFrame
        Of `EditAreas`.
    patches : DataFrame
        Columns patch, edit, direction, area_ha, taken.
    breaks : dict of str to list of str
        By edit: the rules that its ground breaks, in words.

    Returns
    -------
    DataFrame
        One row an edit, in their order: edit, kind, reason, origin, date, patch, outcome, outcome_zh, in_ha, out_ha,
        breaks. An edit that speaks of a patch which is gone is kept and told.
    """
    taken = patches[patches["taken"] == 1]
    areas = {way: taken[taken["direction"] == way].groupby("edit")["area_ha"].sum().to_dict() for way in (IN, OUT)}
    way_of = dict(zip(taken["patch"], taken["direction"], strict=True))
    area_of = dict(zip(taken["patch"], taken["area_ha"], strict=True))
    there, asked = set(patches["patch"]), set(patches["edit"])
    out = []
    for row in rows.itertuples(index=False):
        known = row.kind in (KEEP, REFUSE)
        ours = {way: float(areas[way].get(row.edit, 0.0)) for way in (IN, OUT)}
        if known and row.patch in way_of:
            ours[way_of[row.patch]] = float(area_of[row.patch])
        outcome = "carried out"
        if known and row.patch not in there:
            outcome = "patch is gone"
        elif row.kind == KEEP and row.patch not in way_of:
            outcome = "it must stay"
        elif not known and not sum(ours.values()):
            # Ground that is inside by law has a patch, and does not leave.
            outcome = "it must stay" if row.edit in asked else "nothing to change"
        told = "; ".join(breaks.get(str(row.edit), []))
        out.append((*row, outcome, OUTCOMES_ZH[outcome], ours[IN], ours[OUT], told))
    columns = [*TEXTS, "outcome", "outcome_zh", "in_ha", "out_ha", "breaks"]
    return pd.DataFrame(out, columns=columns)


def _texts(edits: geopandas.GeoDataFrame) -> pd.DataFrame:
    """Give what is said of the edits as texts, empty where nothing is."""
    told = {name: edits[name] if name in edits else pd.Series("", edits.index) for name in TEXTS}
    return pd.DataFrame(
        {name: column.where(column.notna(), "").astype(str).to_numpy(object) for name, column in told.items()}
    )


def _faulty(rows: pd.DataFrame, shapes: NDArray[Any]) -> Iterator[Problem]:
    for edit in rows["edit"][rows["edit"].duplicated()].unique():
        yield Problem(f"{KEY}.columns.edit", f"{edit!r} stands twice", "give each edit a key of its own")
    for column in ("edit", "reason", "origin"):
        lacking = int((rows[column] == "").sum())
        if lacking:
            fault = f"{lacking} of {len(rows)} edits have none"
            yield Problem(f"{KEY}.columns.{column}", fault, "every edit keeps its reason and who asks for it")
    for edit, kind, patch, shape in zip(rows["edit"], rows["kind"], rows["patch"], shapes, strict=True):
        if kind not in (IN, OUT, MOVE, KEEP, REFUSE):
            mend = did_you_mean(kind, [IN, OUT, MOVE, KEEP, REFUSE])
            yield Problem(f"{KEY}.columns.kind", f"edit {edit} has {kind!r}", mend)
        wanted = {IN: 2, OUT: 2, MOVE: 1}.get(kind)
        if wanted is not None and shapely.get_dimensions(shape) != wanted:
            fault = f"edit {edit} is of kind {kind} and drawn as {shape.geom_type}"
            yield Problem(KEY, fault, f"draw it as {'a polygon' if wanted == 2 else 'a line'}")
        if kind in (KEEP, REFUSE) and not patch:
            yield Problem(f"{KEY}.columns.patch", f"edit {edit} names no patch", "name a patch of red_line_adjustment")
    spoken = rows[rows["kind"].isin([KEEP, REFUSE]) & (rows["patch"] != "")]
    for patch, kinds in spoken.groupby("patch")["kind"]:
        if len(set(kinds)) > 1:
            named = ", ".join(spoken["edit"][kinds.index])
            yield Problem(KEY, f"edits {named} keep and refuse patch {patch!s}", "leave one of them out")


def _moved(line: Any, today: Any, reach: float) -> Iterator[tuple[bool, Any]]:
    """Give the ground that a new course of the boundary takes in or lets go; nothing where it is none."""
    rim = shapely.boundary(today)
    snapped = _ends_on(line, rim, reach)
    if snapped is None:
        return
    net = shapely.union_all([rim, snapped])
    faces = shapely.get_parts(shapely.polygonize([*shapely.get_parts(net)]))
    along = np.array([*shapely.get_parts(shapely.difference(net, rim))], object)
    tree = shapely.STRtree(shapely.boundary(faces))
    chosen = set()
    for part in along:
        middle = shapely.line_interpolate_point(part, 0.5, normalized=True)
        # A side without a face is the open country; a stub inside a face, of a hand that drew too far, has no rim.
        beside = tree.query(middle, predicate="dwithin", distance=reach * 1e-6)
        if len(beside):
            chosen.add(int(beside[np.argmin(shapely.area(faces[beside]))]))
    for face in faces[sorted(chosen)]:
        yield not shapely.covers(today, shapely.point_on_surface(face)), face


def _ends_on(line: Any, rim: Any, reach: float) -> Any | None:
    """Bring the ends of a line onto the boundary; None where they are too far from it, or it has no way of its own."""
    points = shapely.get_coordinates(line)
    for end in (0, -1):
        point = shapely.Point(points[end])
        if shapely.distance(point, rim) > reach:
            return None
        place = shapely.get_coordinates(shapely.shortest_line(point, rim))[1]
        points = np.vstack([place, points]) if end == 0 else np.vstack([points, place])
    drawn = shapely.LineString(points)
    own = shapely.difference(drawn, rim)
    return None if shapely.length(own) <= 0 else drawn


def _contradicting(areas: EditAreas, square_metres: float) -> Iterator[Problem]:
    """Name pairs of edits of which one wants inside what the other wants outside."""
    inward, outward = np.flatnonzero(areas.inward), np.flatnonzero(~areas.inward)
    one, other = shapely.STRtree(areas.polygons[outward]).query(areas.polygons[inward], predicate="intersects")
    common = shapely.area(shapely.intersection(areas.polygons[inward[one]], areas.polygons[outward[other]]))
    names = areas.rows["edit"].to_numpy()
    seen: dict[tuple[str, str], float] = {}
    for first, second, area in zip(areas.edit[inward[one]], areas.edit[outward[other]], common, strict=True):
        pair = str(names[first]), str(names[second])
        seen[pair] = seen.get(pair, 0.0) + float(area) * square_metres
    for (first, second), area in seen.items():
        if area > LEAST_CONTRADICTION:
            fault = f"edit {first} wants {area / 1e4:,.4f} ha inside that edit {second} wants outside"
            yield Problem(KEY, fault, "settle it, and leave one of them out or cut it")
