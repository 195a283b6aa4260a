"""Services: kinds of facility, whom they serve, and how far is too far."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from landuse.decay import decay_from
from landuse.errors import CityError, Fault
from landuse.toml import Keys, Label, read_toml

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from landuse.decay import Decay

__all__ = [
    "DEMAND_GROUPS",
    "KINDS",
    "MODES",
    "ON_FOOT",
    "TRANSIT",
    "USUAL",
    "Service",
    "Timing",
    "gathered_services",
    "read_services",
    "time_column",
    "timing_of",
]

KINDS = ("hub", "watch_over")
MODES = ("walk", "walk_elderly", "wheelchair", "bike", "drive", "transit")
"""How people come; `transit` is walk and ride by timetable."""

TRANSIT, ON_FOOT, BY_CAR = "transit", "walk", "drive"
WALKERS = (ON_FOOT, "walk_elderly", "wheelchair")
"""Modes whose times are shown as those on foot."""

USUAL = "usual"
"""The season without snow and ice."""

DIRECTIONS = ("arrive_by", "depart_at")
CLOCK = re.compile(r"([0-2]?[0-9]):([0-5][0-9])")
DEMAND_GROUPS = ("population", "population_65plus")


@dataclass(frozen=True, kw_only=True)
class Service:
    """A kind of facility, whom it serves, and how far is too far."""

    key: str
    label: Label
    kind: str
    """`hub` (拠点都市機能) or `watch_over` (見守り)."""
    select: Mapping[str, tuple[str, ...]]
    """Column -> accepted values; every column must match."""
    mode: str
    within_min: float
    """The standard that coverage is judged by."""
    straight_m: float
    """Straight-line radius of the official indicators; 0: none."""
    demand: str
    standard_source: str
    note: Label
    decay: Decay | None = None
    """How much a facility counts by its cost, for `landuse.access.opportunities`."""

    @property
    def shown_as(self) -> str:
        """The mode under which the service's own times are shown: every walker's on foot."""
        return ON_FOOT if self.mode in WALKERS else self.mode

    def shown_modes(self, *, rides: bool) -> dict[str, str]:
        """Return each mode that times are shown for, and the one whose speeds count for it.

        On foot, by timetable where there is one, by car, and as the service is judged. A
        service judged at the pace of older people shows that pace on foot too: there is one
        time on foot for each service, and it is the one that its coverage counts by.
        """
        modes = {ON_FOOT: ON_FOOT} | ({TRANSIT: TRANSIT} if rides else {}) | {BY_CAR: BY_CAR}
        return modes | {self.shown_as: self.mode}


def time_column(service: str, mode: str, season: str = USUAL) -> str:
    """Return the column of `landuse.study.Study.times` with the seconds to a service.

    Parameters
    ----------
    service
        Its key.
    mode
        Of those of `Service.shown_modes`.
    season
        `usual`, or a profile and its band, such as `winter_low`.
    """
    return f"{service}_{mode}_{season}_s"


@dataclass(frozen=True, kw_only=True)
class Timing:
    """When journeys by timetable are wanted."""

    date: dt.date
    window_s: tuple[int, int]
    """Seconds from midnight: every minute from the first to before the last counts."""
    cutoff_min: float
    """The longest journey, waiting included."""
    direction: str
    """`arrive_by`: the minutes are wanted arrivals; `depart_at`: wanted departures."""


def timing_of(keys: Keys) -> Timing:
    """Read the table `[transit]` of a city file."""
    window = [_clock_s(text, keys) for text in keys.texts("window")]
    if len(window) != 2 or not window[0] < window[1]:
        keys.fault(
            "window", "is no window of time", 'give two, the earlier first: ["09:00", "11:00"]'
        )
        window = [0, 60]
    timing = Timing(
        date=_date(keys),
        window_s=(window[0], window[1]),
        cutoff_min=keys.number("cutoff_min"),
        direction=keys.choice("direction", DIRECTIONS, "arrive_by"),
    )
    keys.refuse_unknown()
    return timing


def _clock_s(text: str, keys: Keys) -> int:
    found = CLOCK.fullmatch(text.strip())
    if not found:
        keys.fault("window", f"holds {text!r}", 'write times as "09:00"')
        return 0
    return int(found[1]) * 3600 + int(found[2]) * 60


def _date(keys: Keys) -> dt.date:
    text = keys.text("date")
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        if text:
            keys.fault("date", f"is {text!r}", 'give a date such as "2025-10-01"')
        return dt.date.min


def read_services(path: Path) -> tuple[Service, ...]:
    """Read a service file.

    Raises
    ------
    MissingFileError
        If there is no such file.
    CityError
        With every fault of the file.
    """
    faults: list[Fault] = []
    services = gathered_services(path, faults)
    if faults:
        raise CityError(faults)
    return services


def gathered_services(path: Path, faults: list[Fault]) -> tuple[Service, ...]:
    """Read a service file, adding its faults to those of the file that names it."""
    keys = Keys(table=read_toml(path), where=path.name, faults=faults)
    services = tuple(_service(row) for row in keys.rows("service"))
    keys.refuse_twice("service", [service.key for service in services])
    if not services:
        keys.fault("service", "is empty", "add at least one [[service]]")
    keys.refuse_unknown()
    return services


def _service(keys: Keys) -> Service:
    service = Service(
        key=keys.text("key"),
        label=keys.label("name"),
        kind=keys.choice("kind", KINDS),
        select=_selection(keys),
        mode=keys.choice("mode", MODES),
        within_min=keys.number("within_min"),
        straight_m=keys.number("straight_m", 0.0, positive=False),
        demand=keys.choice("demand", DEMAND_GROUPS),
        standard_source=keys.text("standard_source"),
        note=Label(
            ja=keys.text("note_ja", ""),
            en=keys.text("note_en", ""),
            easy=keys.text("note_easy", ""),
        ),
        decay=_decay(keys),
    )
    keys.refuse_unknown()
    return service


def _selection(keys: Keys) -> dict[str, tuple[str, ...]]:
    select = keys.subtable("select")
    if not select.table:
        keys.fault("select", "is empty", "say which facilities offer the service")
    return {column: select.texts(column) for column in select.table}


def _decay(keys: Keys) -> Decay | None:
    table = keys.subtable("decay", {})
    if not table.table:
        return None
    try:
        return decay_from(table.table, where=table.where)
    except CityError as error:
        keys.faults.extend(error.faults)
        return None
