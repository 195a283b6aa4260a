"""Which services run on a date, and which dates stand for a weekday, Saturday and holiday."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from landuse.errors import Fault, LayerError
from landuse.sources.gtfs.values import EPOCH, day, numbers, one_of, references

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from landuse.sources.gtfs.feed import Feed
    from landuse.sources.gtfs.sheet import Log, Sheet

    Bools = NDArray[np.bool_]

__all__ = [
    "KINDS",
    "WEEK",
    "TypicalDates",
    "exceptions_table",
    "services_on",
    "services_table",
    "trips_on",
    "typical_dates",
    "validity",
]

WEEK = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
KINDS = ("weekday", "saturday", "holiday")
"""Kinds of day, in the order of the columns that are named after them."""
OPEN_END = dt.date(2199, 12, 31)
"""Later dates, such as 9999-12-31, mean that no end is known."""


@dataclass(frozen=True, kw_only=True)
class TypicalDates:
    """A date for each kind of day; None where no trip runs on any such day."""

    weekday: dt.date | None
    saturday: dt.date | None
    holiday: dt.date | None


def services_table(calendar: Sheet, dates: Sheet, log: Log) -> pd.DataFrame:
    """Return every service of calendar.txt and calendar_dates.txt with its weekly pattern."""
    flags = {
        name: numbers(calendar, name, log, read=one_of(0, 1), kind="0 or 1", required=True)
        for name in WEEK
    }
    ends = {
        name: numbers(
            calendar, f"{name}_date", log, read=day, kind="a date YYYYMMDD", required=True
        )
        for name in ("start", "end")
    }
    turned = ends["start"] > ends["end"]
    if turned.any():
        fix = "exchange start_date and end_date"
        log.fault("ends before it starts", fix, place=calendar.place(turned))
    table = pd.DataFrame(
        {"service_id": calendar.texts("service_id")}
        | {name: values == 1 for name, values in flags.items()}
        | {name: _dates(values) for name, values in ends.items()}
    )
    alone = sorted(set(dates.texts("service_id")) - set(table["service_id"]) - {""})
    extra = pd.DataFrame({"service_id": alone}).reindex(columns=table.columns)
    extra = extra.assign(**dict.fromkeys(WEEK, False)).astype(table.dtypes.to_dict())
    table = pd.concat([table, extra]) if alone else table
    return table.sort_values("service_id", kind="stable", ignore_index=True)


def exceptions_table(dates: Sheet, services: pd.Index, log: Log) -> pd.DataFrame:
    """Return the dates on which a service runs besides its pattern, or does not run."""
    when = numbers(dates, "date", log, read=day, kind="a date YYYYMMDD", required=True)
    kind = numbers(dates, "exception_type", log, read=one_of(1, 2), kind="1 or 2", required=True)
    table = pd.DataFrame(
        {
            "service": references(dates, "service_id", services, log, owner=dates),
            "date": _dates(when),
            "added": kind == 1,
        }
    )
    return table.sort_values(["service", "date"], kind="stable", ignore_index=True)


def _dates(values: NDArray[np.float64]) -> NDArray[np.datetime64]:
    last = float((OPEN_END - EPOCH).days)
    days = np.where(np.isnan(values), np.iinfo(np.int64).min, np.minimum(values, last))
    return days.astype("int64").astype("datetime64[D]").astype("datetime64[s]")


def validity(
    services: pd.DataFrame, exceptions: pd.DataFrame, info: Sheet, log: Log
) -> tuple[dt.date, dt.date]:
    """Return the first and the last day of which a feed speaks.

    That is from the first to the last day on which any service may run, cut to the
    period of feed_info.txt where that gives one: beyond either, silence says nothing.
    """
    runs = services[services[list(WEEK)].any(axis=1)]
    added = exceptions.loc[exceptions["added"], "date"]
    days = pd.concat([runs["start"], runs["end"], added]).dropna()
    if days.empty:
        if calendar_is_sound(log):
            log.fault("runs on no day", "give calendar.txt or calendar_dates.txt with services")
        return EPOCH, EPOCH
    first, last = days.min().date(), days.max().date()
    stated = [
        _stated(info, f"feed_{name}_date", log) or default
        for name, default in (("start", first), ("end", last))
    ]
    cut = max(first, stated[0]), min(last, stated[1])
    if cut[0] > cut[1]:
        what = f"gives {stated[0]} to {stated[1]}, but services run {first} to {last}"
        log.note(what, "correct the dates; those of the services are used", place=info.name)
        return first, last
    return cut


def calendar_is_sound(log: Log) -> bool:
    """Tell whether no fault yet is about the calendars."""
    return not any("calendar" in fault.where + fault.what for fault in log.faults)


def _stated(info: Sheet, column: str, log: Log) -> dt.date | None:
    values = numbers(info, column, log, read=day, kind="a date YYYYMMDD")
    values = values[~np.isnan(values)]
    return EPOCH + dt.timedelta(days=float(values[0])) if len(values) else None


def services_on(feed: Feed, date: dt.date) -> frozenset[str]:
    """Return the ids of the services that run on a date.

    The weekly pattern within its dates, then calendar_dates.txt. Public holidays are as
    the feed says: they are exceptions there.

    Raises
    ------
    LayerError
        If the feed does not speak of that date: no service is then no answer.
    """
    return frozenset(feed.services["service_id"].to_numpy()[_running(feed, date)])


def trips_on(feed: Feed, date: dt.date) -> Bools:
    """Tell for each trip whether it runs on a date, as `services_on` does for services."""
    return np.asarray(_running(feed, date)[feed.trips["service"].to_numpy()])


def _running(feed: Feed, date: dt.date) -> Bools:
    if not feed.start <= date <= feed.end:
        what = f"says nothing of {date}: it is valid {feed.start} to {feed.end}"
        raise LayerError(
            Fault(where=feed.where, what=what, fix="choose a date within, or get a newer feed")
        )
    when = np.datetime64(date, "s")
    services = feed.services
    running = services[WEEK[date.weekday()]].to_numpy(dtype=np.bool_, copy=True)
    running &= ((services["start"] <= when) & (when <= services["end"])).to_numpy()
    today = feed.exceptions[feed.exceptions["date"] == when]
    running[today["service"].to_numpy()] = today["added"].to_numpy()
    return running


def typical_dates(feed: Feed) -> TypicalDates:
    """Return the dates that stand for a weekday, a Saturday and a holiday.

    Each is the date with most trips of its kind within the validity, the first of
    several: Monday to Friday, Saturday, and Sunday for holidays, since Japanese operators
    run one timetable on 日祝. National holidays are not looked up: a feed lists them as
    exceptions with less service, so they lose against other weekdays.

    A kind of day on which no trip ever runs has no date: whether nothing runs on
    Saturdays or the feed leaves Saturdays out, it does not say.
    """
    trips = _trips_by_day(feed)
    weekday = (feed.start.weekday() + np.arange(len(trips))) % 7
    found = (_busiest(feed, trips, kind) for kind in (weekday < 5, weekday == 5, weekday == 6))
    return TypicalDates(**dict(zip(KINDS, found, strict=True)))


def _busiest(feed: Feed, trips: NDArray[np.int64], days: Bools) -> dt.date | None:
    best = int(np.where(days, trips, 0).argmax())
    return feed.start + dt.timedelta(days=best) if days[best] and trips[best] else None


def _trips_by_day(feed: Feed) -> NDArray[np.int64]:
    """Count the trips of each day of the validity."""
    length = (feed.end - feed.start).days + 1
    services, origin = feed.services, np.datetime64(feed.start, "D")
    weight = np.bincount(feed.trips["service"], minlength=len(services))
    dated = services["start"].notna().to_numpy()
    begin, end = (
        np.clip(
            (services[name].to_numpy()[dated].astype("datetime64[D]") - origin).astype(int) + more,
            0,
            length,
        )
        for name, more in (("start", 0), ("end", 1))
    )
    trips = np.zeros(length, dtype=np.int64)
    for offset in range(min(7, length)):
        flag = services[WEEK[(feed.start.weekday() + offset) % 7]].to_numpy()[dated]
        change = np.zeros(length + 1, dtype=np.int64)
        np.add.at(change, begin, weight[dated] * flag)
        np.subtract.at(change, end, weight[dated] * flag)
        trips[offset::7] = change.cumsum()[offset:length:7]
    return trips + _exceptional_trips(feed, weight, length)


def _exceptional_trips(feed: Feed, weight: NDArray[np.int64], length: int) -> NDArray[np.int64]:
    """Return by how many trips the exceptions change each day."""
    table = feed.exceptions
    when = table["date"].to_numpy().astype("datetime64[D]")
    place = (when - np.datetime64(feed.start, "D")).astype(int)
    service, added = table["service"].to_numpy(), table["added"].to_numpy()
    pattern = feed.services[list(WEEK)].to_numpy()
    dates = feed.services.loc[service, ["start", "end"]]
    within = (dates["start"].to_numpy() <= when) & (when <= dates["end"].to_numpy())
    weekdays = (feed.start.weekday() + place) % 7
    regular = pattern[service, weekdays] & within
    step = weight[service] * (added.astype(int) - regular)
    inside = (place >= 0) & (place < length)
    change = np.zeros(length, dtype=np.int64)
    np.add.at(change, place[inside], step[inside])
    return change
