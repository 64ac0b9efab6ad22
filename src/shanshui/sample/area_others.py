"""Protected areas by themselves: scattered, across the region's edge, broken, around towns, mines, rivers and lakes."""

from functools import partial

import numpy as np
import shapely

from shanshui.sample.area_shapes import crossed, figure_of_eight, make_room
from shanshui.sample.area_survey import Survey, moved
from shanshui.sample.base_map import around, parts_of

_STRETCH = 9_000.0  # m, of a river that is protected
_BANKS = 260.0  # m to each side of its middle
_SHORE = 260.0  # m around a lake


def lay_on_own_land(survey: Survey) -> None:
    """Lay out a desert park, a marine park, a reach of a river, and a lake with its shore."""
    room, land, plans = survey.room, survey.land, survey.plans
    # Where there is most sand, whatever was laid out there before.
    bare = make_room(survey.base).best(land["sand"] + 0.05 * land["dry"], 1_600.0)
    survey.place("sand", survey.round("sand", bare, 1_600.0))
    water = room.best(land["sea"], 2_200.0)
    wet = parts_of(shapely.intersection(survey.round("sea", water, 2_200.0), plans.sea), 0.0)
    survey.place("sea", max(wet, key=lambda part: part.area))
    lake = max(plans.reservoirs.geometry, key=lambda shape: shape.area)
    survey.place("lake", shapely.simplify(shapely.buffer(shapely.Polygon(lake.exterior), _SHORE), 15.0))

    rivers = shapely.get_parts(shapely.intersection(plans.rivers.geometry.to_numpy(), plans.region))
    longest = max(rivers, key=lambda line: line.length)
    points = shapely.line_interpolate_point(longest, np.arange(0.0, min(_STRETCH, longest.length), 60.0))
    strip = shapely.buffer(shapely.LineString(points), _BANKS)
    survey.place("reach of a river", shapely.Polygon(shapely.simplify(strip, 15.0).exterior))


def lay_scattered(survey: Survey) -> None:
    """Lay out two areas of scattered parts, one as one feature and one in rows; and one across the region's edge."""
    natural = survey.land["natural"]
    for key, radii in (("scattered", (620.0, 480.0, 400.0, 330.0)), ("scattered in rows", (560.0, 430.0, 360.0))):
        middle = survey.room.best(natural, 2_300.0)
        turn = 2.0 * np.pi * np.arange(len(radii)) / len(radii)
        # So far apart that no two parts meet, however their edges are bent.
        parts = [
            survey.round(f"{key} {k}", moved(middle, 1_500.0 * np.array([np.cos(angle), np.sin(angle)])), radius)
            for k, (radius, angle) in enumerate(zip(radii, turn, strict=True))
        ]
        if key == "scattered":
            survey.place(key, shapely.MultiPolygon(parts))
        else:
            survey.place(key, *parts)

    border = survey.plans.region.exterior
    points = shapely.line_interpolate_point(border, np.linspace(0.0, 1.0, 120, endpoint=False), normalized=True)
    worth = around(natural, 1_500.0) + np.minimum(survey.room.free / 3_500.0, 1.0)
    worth = np.where(shapely.intersects(survey.plans.sea, points), -1.0, survey.room.at(worth, points))
    point = points[int(np.argmax(worth))]
    survey.place("across the edge", survey.round("across the edge", point, 2_200.0))


def lay_broken(survey: Survey) -> None:
    """Lay out two small areas whose rims cross themselves."""
    key = "crossed rim"
    shape = survey.round(key, survey.room.best(survey.land["forest"], 700.0), 600.0)
    survey.place(key, crossed(shape), true=shape)
    key = "figure of eight"
    whole, broken = figure_of_eight(survey.round(key, survey.room.best(survey.land["wet"], 1_000.0), 420.0))
    survey.place(key, broken, true=whole)


def lay_on_used_land(survey: Survey) -> None:
    """Lay out a cultural scenic area around a town, a geopark on karst, and a reserve whose core holds a mine."""
    room, plans = survey.room, survey.plans
    towns = plans.settlements.geometry[plans.settlements["kind"] == "town"].to_numpy()
    middles = shapely.centroid(towns)
    # A town of middling size, wholly within.
    size = np.abs(np.log(shapely.area(towns) / 6e5))
    lack = np.clip(1.0 - room.at(room.free, middles) / 2_200.0, 0.0, None)
    lack += np.clip(1.0 - room.at(room.inner, middles) / 2_500.0, 0.0, None)
    town = middles[int(np.argmin(size + 2.0 * lack))]
    survey.place("town", survey.round("town", town, 1_700.0))

    point, out = survey.on_rim("karst reserve", partial(room.at, room.inner))
    survey.place("geology", survey.round("geology", moved(point, 600.0 * out), 2_000.0))

    mines = plans.things.geometry[plans.things["kind"] == "mine"].to_numpy()
    middles = shapely.point_on_surface(mines)
    houses = plans.things.geometry[plans.things["kind"].isin(("village", "farmland"))].to_numpy()
    near = shapely.STRtree(houses).query(shapely.buffer(mines, 1_500.0), predicate="intersects")[0]
    used = np.minimum(np.bincount(near, minlength=len(mines)), 12) / 12.0 + np.minimum(shapely.area(mines) / 2e5, 1.0)
    lack = np.clip(1.0 - room.at(room.free, middles) / 2_600.0, 0.0, None)
    lack += np.clip(1.0 - room.at(room.inner, middles) / 2_400.0, 0.0, None)
    mine = middles[int(np.argmax(used - 2.0 * lack))]
    survey.place_zoned("mine", moved(mine, np.array([350.0, 0.0])), 2_000.0)
