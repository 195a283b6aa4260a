"""A connection scan in plain Python, for one departure time: slow, short, and its own words."""

from __future__ import annotations

import math
from bisect import bisect_left
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from landuse.transit import Legs, Timetable

Rows = list[tuple[Any, ...]]
NAMES = ("dep_s", "arr_s", "dep_stop", "arr_stop", "trip", "may_board", "may_alight")


class PlainScan:
    """The same timetable and walks as lists and dictionaries."""

    def __init__(self, timetable: Timetable, access: Legs, egress: Legs, *, change_s: int) -> None:
        columns = [getattr(timetable, name).tolist() for name in NAMES]
        self.rows: Rows = list(zip(*columns, strict=True))
        self.access, self.egress = listed(access), listed(egress)
        start, to, seconds = (
            part.tolist() for part in (timetable.foot_start, timetable.foot_to, timetable.foot_s)
        )
        self.foot = [
            [(stop, change_s)]
            + [(to[at], max(change_s, seconds[at])) for at in range(start[stop], start[stop + 1])]
            for stop in range(len(timetable.stops))
        ]

    def seconds(self, origin: int, leave: int, cutoff_s: int) -> dict[int, int]:
        """Return the seconds to every destination that rides reach within the cutoff."""
        ready = {stop: leave + walk for stop, walk in self.access[origin]}
        inside: set[int] = set()
        off: dict[int, int] = {}
        first, end = (bisect_left(self.rows, (time,)) for time in (leave, leave + cutoff_s + 1))
        for dep, arr, here, there, trip, board, alight in self.rows[first:end]:
            if board and ready.get(here, math.inf) <= dep:
                inside.add(trip)
            if trip in inside and alight and arr < off.get(there, math.inf):
                off[there] = arr
                for stop, walk in self.foot[there]:
                    ready[stop] = min(ready.get(stop, arr + walk), arr + walk)
        return self.arrived(off, leave, cutoff_s)

    def arrived(self, off: dict[int, int], leave: int, cutoff_s: int) -> dict[int, int]:
        """Return the seconds to every destination near a stop where somebody got off."""
        found: dict[int, int] = {}
        for stop, arrival in off.items():
            for place, walk in self.egress[stop]:
                spent = arrival + walk - leave
                if spent <= min(cutoff_s, found.get(place, cutoff_s)):
                    found[place] = spent
        return found


def listed(legs: Legs) -> list[list[tuple[int, int]]]:
    """Return the legs of each place, in whole seconds."""
    pairs = list(zip(legs.to.tolist(), map(math.ceil, legs.seconds.tolist()), strict=True))
    return [pairs[a:b] for a, b in zip(legs.start, legs.start[1:], strict=False)]
