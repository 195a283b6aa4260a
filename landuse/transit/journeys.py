"""Days out: there and back within opening hours, and the last bus home."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from os import cpu_count
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from landuse.errors import Fault, LayerError
from landuse.transit.reasons import blanks_of
from landuse.transit.search import Wanted, blocks, make_search

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from landuse.transit.legs import Legs, Walks
    from landuse.transit.search import Search
    from landuse.transit.timetable import Timetable

    Ints = NDArray[np.int32]

__all__ = ["Errand", "last_departure_home", "there_and_back"]


@dataclass(frozen=True, kw_only=True)
class Errand:
    """What somebody does away from home, and within which hours; seconds from midnight."""

    be_there_by_s: int = 11 * 3600
    """Latest arrival, such as the end of a hospital's reception hours."""
    stay_s: int = 90 * 60
    """Least time inside, from the arrival counted with."""
    home_by_s: int = 17 * 3600
    leave_after_s: int = 5 * 3600
    """Nobody leaves home before."""
    step_s: int = 60
    """From one arrival that is tried to the next, counted back from the latest."""
    min_transfer_s: int = 60
    max_transfers: int | None = None

    def __post_init__(self) -> None:
        inside = self.leave_after_s <= self.be_there_by_s
        if not (inside and self.stay_s >= 0 and self.be_there_by_s <= self.home_by_s):
            what = f"are {self.leave_after_s}, {self.be_there_by_s} and {self.home_by_s}"
            fix = "leave_after_s, be_there_by_s and home_by_s must follow one another"
            raise LayerError(Fault(where="hours of the errand", what=what, fix=fix))

    @property
    def first_s(self) -> int:
        """The earliest arrival that is tried."""
        steps = (self.be_there_by_s - self.leave_after_s) // self.step_s
        return self.be_there_by_s - steps * self.step_s

    def wanted(self, *, back: bool) -> Wanted:
        """Return which journeys out, or back, are tried."""
        shift = self.stay_s if back else 0
        begin, end = self.first_s + shift, self.be_there_by_s + shift
        longest = self.home_by_s - begin if back else self.be_there_by_s - self.leave_after_s
        return Wanted(
            window=(begin, end + 1),
            step_s=self.step_s,
            cutoff_s=max(0, longest),
            min_transfer_s=self.min_transfer_s,
            max_transfers=self.max_transfers,
            direction="depart_at" if back else "arrive_by",
        )


def there_and_back(
    timetable: Timetable,
    walks: Walks,
    *,
    errand: Errand,
    back: Walks | None = None,
    threads: int = 0,
) -> pd.DataFrame:
    """Return the shortest time away from home for an errand at each destination.

    Every arrival up to the latest is tried, in steps; who arrives a little before one of
    them waits for it. Walking all the way competes, rounded up to whole seconds.

    Parameters
    ----------
    timetable
        What runs on the date.
    walks
        From homes (origins) to destinations.
    errand
        Hours and limits.
    back
        Walks from destinations home; those out turned round if not given.
    threads
        How many to use; 0: one for each processor.

    Returns
    -------
    pandas.DataFrame
        `from_id`, `to_id`, `away_s` (least seconds from leaving home to being back; of
        equal ones the earliest), `leave_s`, `there_s`, `home_s` (times of the day) and
        `reason`: as for `transit_costs`; `beyond_cutoff` where the hours do not suffice.

    Raises
    ------
    LayerError
        If walks and timetable do not fit together.
    """
    back = walks.turned() if back is None else back
    there = make_search(timetable, walks, errand.wanted(back=False))
    home = make_search(timetable, back, errand.wanted(back=True))
    on_foot = _whole(walks.direct, there.shape[::-1]).T, _whole(back.direct, home.shape)
    hours = errand.leave_after_s, errand.stay_s, errand.home_by_s

    def work(part: NDArray[np.int64]) -> list[tuple[int, Ints]]:
        return _round_trips((there, home), on_foot, hours, part)

    count = threads or cpu_count() or 1
    found = np.full((len(walks.access.from_ids), len(walks.egress.to_ids), 3), -1, dtype=np.int32)
    with ThreadPoolExecutor(count) as pool:
        parts = np.array_split(np.arange(found.shape[1]), count)
        for place, trips in (pair for pairs in pool.map(work, parts) for pair in pairs):
            found[:, place] = trips
    return _days_out(timetable, walks, found, there.timing[3])


def _round_trips(
    searches: tuple[Search, Search],
    on_foot: tuple[Ints, Ints],
    hours: tuple[int, int, int],
    places: NDArray[np.int64],
) -> list[tuple[int, Ints]]:
    """Return leaving, arrival and return of every home, place by place."""
    from landuse.transit import scan  # noqa: PLC0415 - numba is half a second

    ways = tuple(
        (
            search.net,
            search.near,
            scan.room(search.stops, search.trips, search.timing[2], search.timing[4]),
            search.timing,
        )
        for search in searches
    )
    answers = []
    for place in places.tolist():
        trips = np.full((searches[0].shape[1], 3), -1, dtype=np.int32)
        scan.round_trips(ways, (on_foot[0][place], on_foot[1][place]), (place, *hours), trips)
        answers.append((place, trips))
    return answers


def _whole(direct: Legs | None, shape: tuple[int, int]) -> Ints:
    """Return whole seconds on foot all the way as a full table, a time that never comes if none."""
    from landuse.transit.scan import NEVER  # noqa: PLC0415 - numba is half a second

    table = np.full(shape, NEVER, dtype=np.int32)
    if direct is not None:
        rows = np.repeat(np.arange(shape[0]), np.diff(direct.start))
        table[rows, direct.to] = np.ceil(direct.seconds)
    return table


def _days_out(timetable: Timetable, walks: Walks, found: Ints, cutoff_s: int) -> pd.DataFrame:
    here, there = (part.ravel() for part in np.indices(found.shape[:2]))
    leave_s, there_s, home_s = np.where(found < 0, np.nan, found).reshape(-1, 3).T
    blanks = blanks_of(timetable, walks, cutoff_s=cutoff_s)
    return pd.DataFrame(
        {
            "from_id": walks.access.from_ids[here],
            "to_id": walks.egress.to_ids[there],
            "away_s": home_s - leave_s,
            "leave_s": leave_s,
            "there_s": there_s,
            "home_s": home_s,
            "reason": blanks.text(here, there, ~np.isnan(home_s)),
        }
    )


def last_departure_home(
    timetable: Timetable,
    walks: Walks,
    *,
    wanted: Wanted,
    back: Walks | None = None,
    threads: int = 0,
) -> pd.DataFrame:
    """Return when one must leave each destination at the latest to get home by what runs.

    Parameters
    ----------
    timetable
        What runs on the date.
    walks
        From homes (origins) to destinations. Walking all the way does not count: one may
        do so at any time.
    wanted
        Limits on changes; its end of the window is the latest arrival at home, its
        beginning the earliest departure that counts.
    back
        Walks from destinations home; those out turned round if not given.
    threads
        How many to use; 0: one for each processor.

    Returns
    -------
    pandas.DataFrame
        `from_id` (home), `to_id`, `last_departure_s` (the time of the day, past 86,400
        after midnight, to leave the destination's door; NaN where blank) and `reason`.

    Raises
    ------
    LayerError
        If walks and timetable do not fit together.
    """
    back = replace(walks.turned() if back is None else back, direct=None)
    begin, end = wanted.window
    late = replace(wanted, window=(end, end + 1), cutoff_s=end - begin, direction="arrive_by")
    found = np.full((len(back.egress.to_ids), len(back.access.from_ids)), np.nan, dtype=np.float32)
    for block in blocks(make_search(timetable, back, late), percentiles=(0,), threads=threads):
        found[block.destinations, block.origins] = end - block.costs[0].T
    here, there = (part.ravel() for part in np.indices(found.shape))
    last_s: NDArray[Any] = found.ravel()
    blanks = blanks_of(timetable, back, cutoff_s=late.cutoff_s)
    return pd.DataFrame(
        {
            "from_id": walks.access.from_ids[here],
            "to_id": walks.egress.to_ids[there],
            "last_departure_s": last_s,
            "reason": blanks.text(there, here, ~np.isnan(last_s)),
        }
    )
