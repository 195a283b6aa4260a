"""Which routes run often enough to carry a town: the 基幹的公共交通路線 of the handbook."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd

from landuse.sources.gtfs.days import trips_on
from landuse.sources.gtfs.stops import places

if TYPE_CHECKING:
    import datetime as dt

    from numpy.typing import NDArray

    from landuse.sources.gtfs.feed import Feed

    Bools = NDArray[np.bool_]

__all__ = ["ONE_WAY_PER_DAY", "on_trunk", "trunk_routes", "trunk_sections"]

ONE_WAY_PER_DAY = 30
"""Services one way a day that make a trunk route in the handbook on urban structure
(都市構造の評価に関するハンドブック, 片道30本/日以上); from memory, not checked against it."""


def trunk_routes(
    feed: Feed,
    date: dt.date,
    *,
    one_way_per_day: float = ONE_WAY_PER_DAY,
    by: Literal["route", "parent"] = "route",
) -> pd.DataFrame:
    """Count the trips of each route in each direction on a date.

    The direction is `direction_id` where every trip of the route has one and no two trips
    with the same one run between the same ends in opposite ways (some programs write 0
    everywhere). Elsewhere it is from the first to the last place of the trip (on a loop, to
    the one after the first), so that short workings count apart: such a route is rather
    missed than wrongly called trunk.

    Parameters
    ----------
    one_way_per_day
        Trips that make a direction trunk.
    by
        `route`: each `route_id`; `parent`: routes of one `jp_parent_route_id` together,
        where GTFS-JP feeds give every variant an id of its own.

    Returns
    -------
    pd.DataFrame
        route (its id), name, direction (0, 1, or -1 where found from the ends),
        from_place and to_place (names; of the commonest trip), trips, trunk. Directions
        without a trip that day do not stand there.
    """
    groups = _one_way(feed, by)
    running = groups[trips_on(feed, date) & (groups["first"] >= 0).to_numpy()]
    names = feed.stops["name"].to_numpy()
    keys = ["key", "way", "direction"]
    found = running.groupby(keys, sort=True)
    table = found.agg(trips=("first", "size"), name=("name", "min")).reset_index()
    ends = running.groupby([*keys, "first", "last"]).size().rename("n").reset_index()
    ends = ends.sort_values("n", ascending=False, kind="stable").drop_duplicates(keys)
    table = table.merge(ends.drop(columns="n"), on=keys, how="left")
    return pd.DataFrame(
        {
            "route": table["key"],
            "name": table["name"],
            "direction": table["direction"],
            "from_place": names[table["first"]],
            "to_place": names[table["last"]],
            "trips": table["trips"],
            "trunk": table["trips"] >= one_way_per_day,
        }
    )


def trunk_sections(
    feed: Feed, date: dt.date, *, one_way_per_day: float = ONE_WAY_PER_DAY
) -> pd.DataFrame:
    """Count the trips of all routes from one place to the next on a date.

    Several routes on one road serve it together, which `trunk_routes` does not see.
    Platforms of one parent station are one place.

    Returns
    -------
    pd.DataFrame
        from_stop, to_stop (codes of `feed.stops`), from_place, to_place (names), trips,
        routes (different ones), trunk; one row for each pair in each direction.
    """
    times, place = feed.stop_times, places(feed)
    here = np.flatnonzero(trips_on(feed, date)[times.trip[:-1]] & (np.diff(times.trip) == 0))
    steps = pd.DataFrame(
        {
            "from_stop": place[times.stop[here]],
            "to_stop": place[times.stop[here + 1]],
            "trip": times.trip[here],
            "route": feed.trips["route"].to_numpy()[times.trip[here]],
        }
    )
    steps = steps[steps["from_stop"] != steps["to_stop"]]
    found = steps.groupby(["from_stop", "to_stop"], sort=True)
    table = found.agg(trips=("trip", "nunique"), routes=("route", "nunique")).reset_index()
    names = feed.stops["name"].to_numpy()
    return table.assign(
        from_place=names[table["from_stop"]],
        to_place=names[table["to_stop"]],
        trunk=table["trips"] >= one_way_per_day,
    )


def on_trunk(
    feed: Feed,
    date: dt.date,
    *,
    one_way_per_day: float = ONE_WAY_PER_DAY,
    by: Literal["route", "parent", "section"] = "route",
) -> Bools:
    """Tell for each stop of the feed whether a trunk route calls there on a date.

    Parameters
    ----------
    by
        As in `trunk_routes`; `section`: the stops at both ends of the road sections that
        are trunk with all their routes together.
    """
    times, flag = feed.stop_times, np.zeros(len(feed.stops), dtype=np.bool_)
    if by == "section":
        table = trunk_sections(feed, date, one_way_per_day=one_way_per_day)
        ends = table.loc[table["trunk"], ["from_stop", "to_stop"]].to_numpy()
        flag[np.unique(ends)] = True
        return np.asarray(flag[places(feed)])
    groups = _one_way(feed, by)
    groups = groups[trips_on(feed, date) & (groups["first"] >= 0).to_numpy()]
    many = groups.groupby(["key", "way"])["first"].transform("size") >= one_way_per_day
    trunk = np.zeros(len(feed.trips), dtype=np.bool_)
    trunk[groups.index[many]] = True
    flag[times.stop[trunk[times.trip]]] = True
    return flag


def _one_way(feed: Feed, by: str) -> pd.DataFrame:
    """Return for each trip its route (key, name), ends (places; -1 if it has none) and way.

    Trips of one `key` and `way` run in one direction.
    """
    routes = feed.routes.iloc[feed.trips["route"]]
    key = routes["route_id"].to_numpy()
    if by == "parent":
        parent = routes["parent_route"].to_numpy()
        key = np.where(parent != "", parent, key)
    ends = _ends(feed)
    direction = feed.trips["direction"]
    told = _told(ends.assign(key=key, direction=direction))
    return ends[["first", "last"]].assign(
        key=key,
        name=routes["name"].to_numpy(),
        direction=direction.where(told, -1),
        way=np.where(told, -1 - direction, ends["ahead"]),
    )


def _ends(feed: Feed) -> pd.DataFrame:
    """Return the first and the last place of each trip, and which way it runs.

    `ahead` stands for the pair of ends, `back` for the same pair the other way round. On
    a loop the ends are one, so the place after the first, or before the last, tells its
    sense. All are -1 where a trip has not two calls.
    """
    times, size = feed.stop_times, len(feed.stops)
    runs = np.diff(times.starts) > 1
    at = places(feed)[times.stop]
    begin, end = times.starts[:-1][runs], times.starts[1:][runs] - 1
    first, last = at[begin], at[end]
    loop = first == last
    ahead = first * 2 * size + np.where(loop, size + at[begin + 1], last)
    back = last * 2 * size + np.where(loop, size + at[end - 1], first)
    table = pd.DataFrame({"first": first, "last": last, "ahead": ahead, "back": back})
    return table.set_axis(np.flatnonzero(runs)).reindex(range(len(runs)), fill_value=-1)


def _told(table: pd.DataFrame) -> pd.Series:
    """Tell for each trip whether `direction_id` tells the directions of its route apart."""
    there = table.loc[table["ahead"] != table["back"], ["key", "direction", "ahead", "back"]]
    there = there.drop_duplicates()
    turned = there.rename(columns={"back": "ahead", "ahead": "turned"})
    mixed = there.merge(turned, on=["key", "direction", "ahead"])["key"]
    silent = table.loc[table["direction"] < 0, "key"]
    return ~table["key"].isin(pd.concat([mixed, silent]))
