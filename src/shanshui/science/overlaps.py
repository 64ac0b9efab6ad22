"""Which of many polygons overlap, repeat, hold or touch each other, and by how much: read from their faces."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pyproj
import shapely
from numpy.typing import NDArray
from scipy.sparse import csr_array, triu

from shanshui.science.faces import Faces
from shanshui.science.faces_sides import Sides, cover_matrix
from shanshui.science.lengths import distances, in_metres, metres_at, middles, units_within

# How two polygons may stand to each other, the strongest first.
DUPLICATE, EMBEDDED, OVERLAP, IN_HOLE, ADJACENT = KINDS = ("duplicate", "embedded", "overlap", "in_hole", "adjacent")
# A greatest circle is found to this share of the least radius that it can have.
CIRCLE_ACCURACY = 1e-3


def overlaps(
    faces: Faces, sides: Sides, crs: pyproj.CRS, *, least_within: float, narrowest: float, farthest: float
) -> pd.DataFrame:
    """Find all pairs of polygons that have to do with each other.

    Parameters
    ----------
    faces : Faces
        Of the polygons, whatever their layers.
    sides : Sides
        Of these faces.
    crs : pyproj.CRS
        Theirs.
    least_within : float
        A polygon of which at least this share lies in another is embedded in it; two of which each is so in the other
        are duplicates [1].
    narrowest : float
        Other overlaps less deep than this are taken for differences of drawing: the two are adjacent [m].
    farthest : float
        Polygons that do not meet are adjacent up to this distance [m].

    Returns
    -------
    DataFrame
        One row a pair: first, second (polygons; where one lies in the other or in its hole, the first does; else the
        first is the earlier), kind, area_m2 (of the overlap), share_first, share_second (of each polygon's area),
        depth_m (diameter of the greatest circle in the overlap), border_m (length along which they lie side by side),
        gap_m (distance; 0 where they meet), others (how many more polygons cover a part of the overlap). The
        strongest kinds first, within each by polygons.

    Notes
    -----
    A pair is of the first kind that holds: duplicate; embedded; overlap, at least so deep; in_hole: what is inside the
    outer rims of another, and not in it; adjacent. Area of a pair = sum over the faces that both cover; so the
    areas of all pairs sum to sum over faces of area x m (m - 1) / 2, m the multiplicity.

    Examples
    --------
    >>> from shanshui.science.faces import planarise
    >>> from shanshui.science.faces_sides import sides_of
    >>> crs = pyproj.CRS("EPSG:32648")
    >>> boxes = np.array([shapely.box(500_000 + x, 0, 500_000 + x + 1_000, 400) for x in (0, 800, 1_900)])
    >>> faces = planarise({"parks": boxes}, crs)
    >>> found = overlaps(faces, sides_of(faces, crs), crs, least_within=0.99, narrowest=10.0, farthest=150.0)
    >>> found[["first", "second", "kind"]].to_numpy().tolist()
    [[0, 1, 'overlap'], [1, 2, 'adjacent']]
    >>> found["share_first"].round(3).tolist(), found["depth_m"].round().tolist(), found["gap_m"].round().tolist()
    ([0.2, 0.0], [200.0, 0.0], [0.0, 100.0])
    """
    polygons = polygons_of(faces)
    covering = cover_matrix(faces)
    area = faces.area_by_polygon()["area_m2"].to_numpy()
    pairs = _upper(covering.T @ (covering * faces.area[:, None])).rename(columns={"value": "area_m2"})
    borders = _upper(_borders(covering, sides)).rename(columns={"value": "border_m"})
    found = pairs.merge(borders, on=["first", "second"], how="outer").fillna(0.0)
    inside = _in_holes(polygons)
    # What is found already stands first and stays.
    both = pd.concat([found, _near(polygons, farthest, crs), inside[["first", "second"]]])
    both = both.drop_duplicates(["first", "second"]).fillna(0.0)
    both = both.merge(inside, on=["first", "second"], how="left").sort_values(["first", "second"], ignore_index=True)
    first, second = both["first"].to_numpy(), both["second"].to_numpy()
    both["share_first"], both["share_second"] = both["area_m2"] / area[first], both["area_m2"] / area[second]
    overlap, both["others"] = _overlaps(faces, first, second, both["area_m2"].to_numpy() > 0)
    both["depth_m"] = depths(overlap, crs)
    apart = ((both["area_m2"] == 0) & (both["border_m"] == 0)).to_numpy()
    both["gap_m"] = 0.0
    both.loc[apart, "gap_m"] = distances(polygons[first[apart]], polygons[second[apart]], crs)
    both["kind"] = _kinds(both, least_within, narrowest, farthest)
    both = both[both["kind"] != ""]
    order = [*both.columns[:2], "kind", "area_m2", "share_first", "share_second", "depth_m", "border_m", "gap_m"]
    found = _inner_first(both)[[*order, "others"]]
    rank = found["kind"].map({kind: place for place, kind in enumerate(KINDS)})
    return found.assign(rank=rank).sort_values(["rank", "first", "second"], ignore_index=True).drop(columns="rank")


def polygons_of(faces: Faces) -> NDArray[Any]:
    """Give the polygons as their faces make them up, so that what they share has the same points.

    Parameters
    ----------
    faces : Faces
        Any number.

    Returns
    -------
    ndarray of shapely polygons and multipolygons (polygons,)
        Empty where a polygon has no face.
    """
    out = np.full(len(faces.layer), shapely.Polygon(), object)
    for polygon in range(len(out)):
        mine = faces.polygons[faces.faces_of(polygon)]
        if len(mine):
            out[polygon] = _joined(mine)
    return out


def depths(polygons: NDArray[Any], crs: pyproj.CRS) -> NDArray[np.float64]:
    """Measure how deep polygons are: the diameter of the greatest circle that lies in each.

    Parameters
    ----------
    polygons : ndarray of shapely polygons and multipolygons
        Any number.
    crs : pyproj.CRS
        Theirs.

    Returns
    -------
    float64 ndarray (polygons,)
        [m], to a thousandth; 0 of an empty polygon.

    Notes
    -----
    The circle is drawn in metres as the ground is in the middle of the polygon. Its radius is at least area / length of
    the rim, of which it is found to a thousandth.

    Examples
    --------
    >>> strip = np.array([shapely.box(500_000, 0, 503_000, 40)])
    >>> (depths(strip, pyproj.CRS("EPSG:32648")) * 0.9996).round(2).tolist()
    [40.0]
    """
    out = np.zeros(len(polygons))
    some = np.flatnonzero(~shapely.is_empty(polygons))
    if len(some):
        places = middles(polygons[some])
        drawn = in_metres(polygons[some], places, metres_at(places, crs))
        tolerance = CIRCLE_ACCURACY * shapely.area(drawn) / shapely.length(drawn)
        out[some] = 2 * shapely.length(shapely.maximum_inscribed_circle(drawn, tolerance))
    return out


def _joined(polygons: NDArray[Any]) -> Any:
    return polygons[0] if len(polygons) == 1 else shapely.coverage_union_all(polygons)


def _upper(matrix: Any) -> pd.DataFrame:
    """Tell the entries above the diagonal as pairs."""
    entries = triu(csr_array(matrix), k=1).tocoo()
    first, second = (each.astype(np.int64) for each in entries.coords)
    return pd.DataFrame({"first": first, "second": second, "value": entries.data})


def _borders(covering: Any, sides: Sides) -> Any:
    """Give how long polygons lie side by side, as a matrix: each of them on one side only, and not on the same."""
    shared = sides.between_faces()
    change = covering[shared.face] - covering[shared.other]
    here, there = (change > 0).astype(np.float64), (change < 0).astype(np.float64)
    along = here.T @ (there * shared.length[:, None])
    return along + along.T


def _near(polygons: NDArray[Any], farthest: float, crs: pyproj.CRS) -> pd.DataFrame:
    """Find pairs that may be no farther from each other than so many metres."""
    there = np.flatnonzero(~shapely.is_empty(polygons))
    pairs = np.empty((2, 0), np.int64)
    if len(there):
        some = polygons[there]
        shapely.prepare(some)
        reach = units_within(some, farthest, crs)
        pairs = shapely.STRtree(some).query(some, predicate="dwithin", distance=reach)
    first, second = there[pairs[0]], there[pairs[1]]
    # By the reach of either, since scales differ; some pairs are told twice.
    pair = np.column_stack([np.minimum(first, second), np.maximum(first, second)])[first != second]
    return pd.DataFrame(pair, columns=["first", "second"])


def _in_holes(polygons: NDArray[Any]) -> pd.DataFrame:
    """Find polygons that lie wholly inside the outer rims of another with holes: pairs, and which is the inner one."""
    parts, owner = shapely.get_parts(polygons, return_index=True)
    with_holes = np.unique(owner[shapely.get_num_interior_rings(parts) > 0])
    filled = np.empty(len(with_holes), object)
    for place, polygon in enumerate(with_holes):
        rims = shapely.get_exterior_ring(parts[owner == polygon])
        filled[place] = shapely.union_all(shapely.polygons(rims))
    shapely.prepare(filled)
    around, inner = shapely.STRtree(polygons).query(filled, predicate="covers")
    outer = with_holes[around]
    kept = inner != outer
    inner, outer = inner[kept], outer[kept]
    pairs = {"first": np.minimum(inner, outer), "second": np.maximum(inner, outer), "inner": inner}
    # Of two that hold each other, the one that is told first is the inner one.
    return pd.DataFrame(pairs).drop_duplicates(["first", "second"])


def _overlaps(
    faces: Faces, first: NDArray[np.int64], second: NDArray[np.int64], meets: NDArray[np.bool_]
) -> tuple[NDArray[Any], NDArray[np.int64]]:
    """Give the overlap of each pair, and how many more polygons cover a part of it."""
    overlap, others = np.full(len(first), shapely.Polygon(), object), np.zeros(len(first), np.int64)
    multiplicity, start = faces.multiplicity, faces.cover_start
    for pair in np.flatnonzero(meets):
        ours = np.intersect1d(faces.faces_of(first[pair]), faces.faces_of(second[pair]), assume_unique=True)
        overlap[pair] = _joined(faces.polygons[ours])
        crowded = ours[multiplicity[ours] > 2]
        if len(crowded):
            there = np.unique(np.concatenate([faces.cover[start[face] : start[face + 1]] for face in crowded]))
            others[pair] = len(there) - 2
    return overlap, others


def _kinds(pairs: pd.DataFrame, least_within: float, narrowest: float, farthest: float) -> NDArray[Any]:
    first, second = pairs["share_first"] >= least_within, pairs["share_second"] >= least_within
    holds = (
        first & second,
        first | second,
        (pairs["area_m2"] > 0) & (pairs["depth_m"] >= narrowest),
        pairs["inner"].notna(),
        pairs["gap_m"] <= farthest,
    )
    return np.select(holds, KINDS, default="")


def _inner_first(pairs: pd.DataFrame) -> pd.DataFrame:
    """Turn the pairs of which the second lies in the first, or in its hole."""
    embedded = (pairs["kind"] == EMBEDDED) & (pairs["share_second"] > pairs["share_first"])
    turned = (embedded | ((pairs["kind"] == IN_HOLE) & (pairs["inner"] == pairs["second"]))).to_numpy()
    out = pairs.copy()
    for one, other in (("first", "second"), ("share_first", "share_second")):
        out[one] = np.where(turned, pairs[other], pairs[one])
        out[other] = np.where(turned, pairs[one], pairs[other])
    return out
