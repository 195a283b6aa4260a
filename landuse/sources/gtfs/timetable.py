"""The timetable of a date out of a feed, as the analysis reads it."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pandas as pd

from landuse.sources.gtfs.days import KINDS, TypicalDates, trips_on, typical_dates
from landuse.transit.timetable import timetable_of_calls

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    from numpy.typing import NDArray

    from landuse.sources.gtfs.feed import Feed
    from landuse.transit.legs import Legs
    from landuse.transit.timetable import Timetable

__all__ = ["timetable_of", "timetables_by_day"]

DAY_S = 86_400


def timetable_of(feed: Feed, date: dt.date, *, footpaths: Legs | None = None) -> Timetable:
    """Return what runs on a date, trips of the day before that run past midnight included.

    Trips stand as the feed numbers them; those of the day before have the id
    `yesterday:…`. One may get on and off wherever that is not forbidden (`pickup_type`
    and `drop_off_type` 1): by telephone or a sign to the driver counts as one may.
    Frequencies are run out as `read_gtfs` says. Seats kept through a `block_id` and
    `transfers.txt` are not looked at.

    Parameters
    ----------
    feed
        The feed.
    date
        The date.
    footpaths
        Walks between stops, see `landuse.transit.with_footpaths`; none: one changes at one
        and the same stop only.

    Returns
    -------
    Timetable
        Its `reason` is `no_service_that_day` where no trip runs.

    Raises
    ------
    LayerError
        If the feed does not speak of that date.
    """
    today = _calls(feed, trips_on(feed, date))
    eve = date - dt.timedelta(days=1)
    parts = [today]
    trips = feed.trips[["trip_id"]].assign(
        route_id=feed.routes["route_id"].to_numpy()[feed.trips["route"].to_numpy()]
    )
    if feed.start <= eve <= feed.end:
        late = _calls(feed, trips_on(feed, eve))
        late[["arrival_s", "departure_s"]] -= DAY_S
        late["trip"] += len(trips)
        # Who sits in a vehicle since before midnight is not on the way on this date.
        parts.append(late[late["departure_s"] >= 0])
        trips = pd.concat([trips, trips.assign(trip_id="yesterday:" + trips["trip_id"])])
    calls = pd.concat(parts, ignore_index=True)
    return timetable_of_calls(
        feed.stops[["stop_id", "name", "lon", "lat"]], trips, calls, date=date, footpaths=footpaths
    )


def _calls(feed: Feed, running: NDArray[np.bool_]) -> pd.DataFrame:
    times = feed.stop_times
    taken = running[times.trip]
    return pd.DataFrame(
        {
            "trip": times.trip[taken],
            "stop": times.stop[taken],
            "arrival_s": times.arrival_s[taken],
            "departure_s": times.departure_s[taken],
            "board": times.pickup[taken] != 1,
            "alight": times.drop_off[taken] != 1,
        }
    )


def timetables_by_day(
    feed: Feed, *, dates: TypicalDates | None = None, footpaths: Legs | None = None
) -> Mapping[str, Timetable | None]:
    """Return the timetables of a weekday, a Saturday and a holiday.

    Parameters
    ----------
    feed
        The feed.
    dates
        Which dates stand for them; `typical_dates` if not given.
    footpaths
        As for `timetable_of`.

    Returns
    -------
    dict
        By `weekday`, `saturday` and `holiday`; None where no trip of the feed ever runs on
        such a day.
    """
    dates = dates or typical_dates(feed)
    when = {kind: getattr(dates, kind) for kind in KINDS}
    return {
        kind: None if date is None else timetable_of(feed, date, footpaths=footpaths)
        for kind, date in when.items()
    }
