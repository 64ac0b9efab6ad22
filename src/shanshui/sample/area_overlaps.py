"""Protected areas over, within and under the name of others."""

from functools import partial

import numpy as np
import shapely

from shanshui.sample.area_shapes import drawn_again
from shanshui.sample.area_survey import LEAST, Survey, moved
from shanshui.sample.base_map import around, parts_of

SLIVER = 8.0  # m, by which a line differs at most that was digitised twice: less than a map of 1 : 25,000 shows


def lay_over_others(survey: Survey) -> None:
    """Lay out a national park over a reserve and a park; a scenic area, a park and a reserve; three on the shore."""
    room, land = survey.room, survey.land
    reserve = survey.true["mountain reserve"]
    middle, reach = shapely.centroid(reserve), 0.75 * float(np.sqrt(reserve.area / np.pi))
    turn = np.linspace(0.0, 2.0 * np.pi, 24, endpoint=False)
    ring = shapely.points(middle.x + reach * np.cos(turn), middle.y + reach * np.sin(turn))
    forest = around(land["forest"], 2_500.0) - np.clip(1.0 - room.inner / 6_500.0, 0.0, None)
    best = ring[int(np.argmax(room.at(forest, ring)))]
    survey.place("national park", survey.round("national park", best, 5_500.0))
    # On the reserve's rim within the new park, but not far within: it then reaches beyond both.
    deep = shapely.buffer(survey.true["national park"], -600.0)
    point, _ = survey.on_rim("mountain reserve", lambda points: -shapely.distance(shapely.boundary(deep), points))
    survey.place("park beside mountain reserve", survey.round("park beside mountain reserve", point, 1_900.0))

    survey.place_zoned("zoned reserve", room.best(land["forest"], 2_600.0), 2_600.0)
    for reserve_key, worth, beside in (
        (
            "zoned reserve",
            np.minimum(room.inner, 4_000.0) + 3_000.0 * land["natural"],
            (("new scenic area", 1_700.0, 500.0, 0.0), ("park beside zoned reserve", 1_900.0, 0.0, 700.0)),
        ),
        (
            "coastal reserve",
            np.minimum(room.inner, 3_000.0) + 6_000.0 * land["wet"],
            (("park on the shore", 1_600.0, 450.0, 0.0), ("spawning ground", 1_300.0, 0.0, 450.0)),
        ),
    ):
        # All three hold the place on the reserve's rim.
        point, out = survey.on_rim(reserve_key, partial(room.at, worth))
        aside = np.array([-out[1], out[0]])
        for key, radius, outwards, along in beside:
            survey.place(key, survey.round(key, moved(point, outwards * out, along * aside), radius))


def lay_within_others(survey: Survey) -> None:
    """Lay out small areas within reserves, and one in the hole of another, which leaves out a village as well."""
    taken = [survey.true[key] for key in ("national park", "park beside mountain reserve")]
    for key, reserve, most in (
        ("within mountain reserve", "mountain reserve", 450.0),
        ("within steppe reserve", "steppe reserve", 650.0),
    ):
        core = dict(survey.drawn[reserve])["core"]
        free = parts_of(shapely.difference(survey.true[reserve], shapely.union_all([core, *taken])), LEAST)
        circle = shapely.maximum_inscribed_circle(max(free, key=lambda part: part.area))
        survey.place(key, survey.round(key, shapely.Point(circle.coords[0]), min(most, 0.6 * circle.length)))

    middle = survey.room.best(survey.land["meadow"], 2_500.0)
    inner = survey.round("in a hole", moved(middle, np.array([250.0, 0.0])), 800.0)
    outer = shapely.union(survey.round("with holes", middle, 2_500.0), shapely.buffer(inner, 250.0))
    outer = shapely.Polygon(outer.exterior)
    houses = survey.plans.settlements.geometry.to_numpy()
    left_out = shapely.simplify(shapely.buffer(houses[shapely.within(houses, outer)], 90.0), 10.0)
    left_out = left_out[shapely.within(left_out, outer) & shapely.disjoint(left_out, inner)][:1]
    survey.place("with holes", shapely.difference(outer, shapely.union_all([inner, *left_out])))
    survey.place("in a hole", inner)


def register_twice(survey: Survey) -> None:
    """Lay out the same ground under two names, once with the same line and once with one digitised again."""
    shape = survey.round("registered first", survey.room.best(survey.land["forest"], 1_400.0), 1_400.0)
    survey.place("registered first", shape)
    survey.place("registered again", shape)
    shape = survey.round("digitised first", survey.room.best(survey.land["wet"], 1_000.0), 1_000.0)
    survey.place("digitised first", shape)
    survey.place("digitised again", drawn_again(shape, SLIVER, survey.draw("digitised again")), true=shape)
