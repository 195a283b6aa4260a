"""How often one can board at each stop, by kind of day."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

from landuse.sources.gtfs.days import KINDS, TypicalDates, trips_on, typical_dates

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from landuse.sources.gtfs.feed import Feed

    Bools = NDArray[np.bool_]
    Ints = NDArray[np.int64]

__all__ = ["boardings", "places", "stop_departures"]


def stop_departures(
    feed: Feed, *, dates: TypicalDates | None = None, by: Literal["stop", "station"] = "stop"
) -> pd.DataFrame:
    """Count the departures of a weekday, a Saturday and a holiday at each stop.

    A departure is a call of a trip that runs that day, where one may board
    (`pickup_type` is not 1) and that is not the last of its trip. Trips past midnight
    count on the day on which their service began.

    Parameters
    ----------
    dates
        Dates that stand for the kinds of day; `typical_dates` if not given.
    by
        `stop`: every platform of its own, as the feed has them; `station`: platforms of
        one parent station together, at its place.

    Returns
    -------
    pd.DataFrame
        stop_id, name, name_en, lon, lat (NaN where unknown), departures_weekday,
        departures_saturday, departures_holiday, routes (different ones that depart on any
        of these days), with the codes of `feed.stops` as index. A stop without a
        departure has 0 where other stops have some. All are NaN where no trip of the
        feed runs on any such day: a feed may leave Saturdays out although buses run, so
        its silence is no data. Who knows that nothing runs may fill in 0.
    """
    dates = dates or typical_dates(feed)
    calls, place = boardings(feed), places(feed, by=by)
    trip, at = feed.stop_times.trip, place[feed.stop_times.stop]
    counts: dict[str, NDArray[np.float64] | float] = {}
    ridden = np.zeros(len(calls), dtype=np.bool_)
    for kind in KINDS:
        date = getattr(dates, kind)
        if date is None:
            counts[f"departures_{kind}"] = np.nan
            continue
        today = calls & trips_on(feed, date)[trip]
        ridden |= today
        counts[f"departures_{kind}"] = np.bincount(at[today], minlength=len(place)).astype(float)
    known = any(getattr(dates, kind) for kind in KINDS)
    counts["routes"] = _routes(feed, at, ridden) if known else np.nan
    columns = ["stop_id", "name", "name_en", "lon", "lat"]
    return feed.stops[columns].assign(**counts)[_boarded(feed, at, by)]


def boardings(feed: Feed) -> Bools:
    """Tell for each call whether one may board there and ride on."""
    times = feed.stop_times
    last = np.zeros(len(times), dtype=np.bool_)
    ends = times.starts[1:][np.diff(times.starts) > 0] - 1
    last[ends] = True
    return np.asarray(~last & (times.pickup != 1))


def places(feed: Feed, *, by: Literal["stop", "station"] = "station") -> Ints:
    """Return for each stop the code of the place it counts for: itself, or its station."""
    own = np.arange(len(feed.stops))
    parent = feed.stops["parent"].to_numpy()
    return own if by == "stop" else np.where(parent >= 0, parent, own)


def _routes(feed: Feed, at: Ints, ridden: Bools) -> NDArray[np.float64]:
    route = feed.trips["route"].to_numpy()[feed.stop_times.trip]
    pairs = np.unique(at[ridden] * len(feed.routes) + route[ridden])
    return np.bincount(pairs // len(feed.routes), minlength=len(feed.stops)).astype(float)


def _boarded(feed: Feed, at: Ints, by: str) -> Bools:
    """Tell which rows of stops are places to board: no entrance, and no place twice."""
    kind, parent = feed.stops["location_type"].to_numpy(), feed.stops["parent"].to_numpy()
    rows = (kind == 0) if by == "stop" else (kind == 1) | ((kind == 0) & (parent < 0))
    rows[at] = True
    return np.asarray(rows)
