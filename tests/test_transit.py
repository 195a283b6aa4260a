"""Journeys by timetable: small random networks against a search that tries everything."""

from __future__ import annotations

import heapq
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from landuse.transit import (
    Errand,
    Legs,
    Timetable,
    Walks,
    Wanted,
    costs_by_time,
    last_departure_home,
    legs_of_pairs,
    nearest_by_transit,
    opportunities_by_transit,
    people_by_transit,
    there_and_back,
    timetable_of_calls,
    transit_costs,
    transit_matrix,
    with_footpaths,
)

CALL = ["trip", "stop", "arrival_s", "departure_s", "board", "alight"]
FAR = 10**9


@dataclass(frozen=True, kw_only=True)
class Town:
    """A timetable as plain lists, with two origins and two destinations."""

    stops: int
    trips: tuple[tuple[tuple[int, int, int, bool, bool], ...], ...]
    """For each trip its calls: stop, arrival, departure, may board, may alight."""
    foot: dict[tuple[int, int], int]
    access: dict[tuple[int, int], int]
    egress: dict[tuple[int, int], int]
    direct: dict[tuple[int, int], int]

    @property
    def timetable(self) -> Timetable:
        rows = [(at, *call) for at, trip in enumerate(self.trips) for call in trip]
        stops = pd.DataFrame({"stop_id": [f"s{at}" for at in range(self.stops)]})
        trips = pd.DataFrame({"trip_id": [f"t{at}" for at in range(len(self.trips))]})
        made = timetable_of_calls(stops, trips, pd.DataFrame(rows, columns=CALL))
        return with_footpaths(made, legs(self.foot, made.stop_ids, made.stop_ids))

    @property
    def walks(self) -> Walks:
        ids = pd.Index([f"s{at}" for at in range(self.stops)])
        homes, goals = pd.Index(["a", "b"]), pd.Index(["x", "y"])
        return Walks(
            access=legs(self.access, homes, ids),
            egress=legs(self.egress, ids, goals),
            direct=legs(self.direct, homes, goals),
        )


def legs(pairs: dict[tuple[int, int], int], here: pd.Index, there: pd.Index) -> Legs:
    ends = np.array(list(pairs), dtype=int).reshape(-1, 2)
    seconds = np.array(list(pairs.values()), dtype=float)
    return legs_of_pairs(here, there, rows=ends[:, 0], cols=ends[:, 1], seconds=seconds)


@st.composite
def trips_of(draw: st.DrawFn, stops: int) -> tuple[tuple[int, int, int, bool, bool], ...]:
    now, calls = draw(st.integers(0, 20)) * 30, []
    for _ in range(draw(st.integers(2, 4))):
        arrival = now + draw(st.integers(0, 4)) * 30
        now = arrival + draw(st.sampled_from([0, 0, 30]))
        may = draw(st.sampled_from([(True, True)] * 4 + [(False, True), (True, False)]))
        calls.append((draw(st.integers(0, stops - 1)), arrival, now, *may))
    return tuple(calls)


@st.composite
def towns(draw: st.DrawFn) -> Town:
    stops = draw(st.integers(2, 5))
    walk, place = st.integers(0, 8).map(lambda tens: tens * 25), st.integers(0, stops - 1)
    end = st.integers(0, 1)

    def some(first: Any, second: Any, most: int) -> dict[tuple[int, int], int]:  # noqa: ANN401 - strategies
        return draw(st.dictionaries(st.tuples(first, second), walk, max_size=most))

    return Town(
        stops=stops,
        trips=tuple(draw(st.lists(trips_of(stops), min_size=1, max_size=6))),
        foot={pair: s for pair, s in some(place, place, 5).items() if pair[0] != pair[1]},
        access=some(end, place, 4),
        egress=some(place, end, 4),
        direct={pair: 4 * s for pair, s in some(end, end, 2).items()},
    )


WANTED = st.builds(
    Wanted,
    window=st.just((30, 600)),
    step_s=st.sampled_from([45, 60]),
    cutoff_s=st.sampled_from([120, 300, 5000]),
    min_transfer_s=st.sampled_from([0, 30, 60]),
    max_transfers=st.sampled_from([None, 0, 1, 2]),
    direction=st.sampled_from(["depart_at", "arrive_by"]),
)


def rides_from(town: Town, stop: int, now: int) -> list[tuple[int, int]]:
    """Return every stop where a ride boarded here, from now on, may end, and when."""
    return [
        (end, arrival)
        for trip in town.trips
        for at, (place, _, leaves, board, _) in enumerate(trip)
        if place == stop and board and leaves >= now
        for end, arrival, _, _, alight in trip[at + 1 :]
        if alight
    ]


def arrivals(town: Town, wanted: Wanted, home: int, leave: int) -> list[int]:
    """Return when somebody who leaves home then is at each goal by rides, trying everything."""
    most = 99 if wanted.max_transfers is None else wanted.max_transfers
    best: dict[tuple[int, int], int] = {}
    goal = [FAR, FAR]
    queue = [(leave + s, stop, 0) for (place, stop), s in town.access.items() if place == home]
    heapq.heapify(queue)
    while queue:
        now, stop, rides = heapq.heappop(queue)
        if rides > most or best.get((stop, rides), FAR) <= now:
            continue
        best[stop, rides] = now
        for end, arrival in rides_from(town, stop, now):
            for (last, to), s in town.egress.items():
                if last == end:
                    goal[to] = min(goal[to], arrival + s)
            ways = {end: 0} | {to: s for (one, to), s in town.foot.items() if one == end}
            for to, s in ways.items():
                ready = arrival + max(s, wanted.min_transfer_s)
                heapq.heappush(queue, (ready, to, min(rides + 1, 99)))
    return goal


def expected(town: Town, wanted: Wanted) -> np.ndarray:
    """Return the seconds of every wanted time, shape (homes, goals, times)."""
    found = np.full((2, 2, len(wanted.times_s)), np.inf)
    leaving = {call[2] for trip in town.trips for call in trip}
    starts = sorted({t - s for t in leaving for s in town.access.values()}, reverse=True)
    for home in range(2):
        known = {leave: arrivals(town, wanted, home, leave) for leave in starts}
        for at, time in enumerate(wanted.times_s.tolist()):
            for goal in range(2):
                if wanted.direction == "depart_at":
                    spent = arrivals(town, wanted, home, time)[goal] - time
                else:
                    late = [leave for leave in starts if known[leave][goal] <= time]
                    spent = time - late[0] if late else FAR
                walk = town.direct.get((home, goal), FAR)
                found[home, goal, at] = min(spent, walk)
    found[found > wanted.cutoff_s] = np.nan
    return found


def by_time(town: Town, wanted: Wanted) -> np.ndarray:
    return costs_by_time(town.timetable, town.walks, wanted=wanted, threads=1)


def later(one: np.ndarray, other: np.ndarray) -> bool:
    """Tell whether anybody is later in one than in the other."""
    return bool((np.nan_to_num(one, nan=FAR) > np.nan_to_num(other, nan=FAR)).any())


@given(towns(), WANTED)
@settings(max_examples=300)
def test_every_wanted_time_is_met_as_by_trying_everything(town: Town, wanted: Wanted) -> None:
    np.testing.assert_array_equal(by_time(town, wanted), expected(town, wanted))


@given(towns(), WANTED, st.data())
def test_an_added_trip_makes_nobody_later(town: Town, wanted: Wanted, data: st.DataObject) -> None:
    more = replace(town, trips=(*town.trips, data.draw(trips_of(town.stops))))
    assert not later(by_time(more, wanted), by_time(town, wanted))


@given(towns(), WANTED, st.data())
def test_a_removed_trip_makes_nobody_earlier(
    town: Town, wanted: Wanted, data: st.DataObject
) -> None:
    gone = data.draw(st.integers(0, len(town.trips) - 1))
    fewer = replace(town, trips=(*town.trips[:gone], *town.trips[gone + 1 :]))
    assert not later(by_time(town, wanted), by_time(fewer, wanted))


@given(towns(), WANTED)
def test_who_may_change_more_often_is_never_later(town: Town, wanted: Wanted) -> None:
    found = [by_time(town, replace(wanted, max_transfers=most)) for most in (0, 1, 2, 3, None)]
    assert not any(later(more, fewer) for fewer, more in pairwise(found))


@given(towns(), WANTED, st.data())
def test_names_and_order_of_stops_and_trips_mean_nothing(
    town: Town, wanted: Wanted, data: st.DataObject
) -> None:
    to = data.draw(st.permutations(range(town.stops)))
    trips = tuple(tuple((to[stop], *rest) for stop, *rest in trip) for trip in town.trips)
    other = Town(
        stops=town.stops,
        trips=tuple(data.draw(st.permutations(trips))),
        foot={(to[a], to[b]): s for (a, b), s in town.foot.items()},
        access={(home, to[b]): s for (home, b), s in town.access.items()},
        egress={(to[a], goal): s for (a, goal), s in town.egress.items()},
        direct=town.direct,
    )
    np.testing.assert_array_equal(by_time(other, wanted), by_time(town, wanted))


@given(towns(), WANTED)
def test_who_leaves_then_and_who_arrives_then_agree(town: Town, wanted: Wanted) -> None:
    """Leave at t and take c: whoever must be there by t + c need not leave before t."""
    leave = replace(wanted, direction="depart_at")
    costs = by_time(town, leave)
    for home, goal, at in zip(*np.nonzero(~np.isnan(costs)), strict=True):
        cost = int(costs[home, goal, at])
        by = int(leave.times_s[at]) + cost
        arrive = replace(wanted, direction="arrive_by", window=(by, by + 1))
        assert by_time(town, arrive)[home, goal, 0] <= cost


@given(towns(), WANTED, st.sampled_from([(50,), (0, 25, 50, 75, 100), (10, 99.9)]))
def test_percentiles_and_shares_are_those_of_all_wanted_times(
    town: Town, wanted: Wanted, percentiles: tuple[float, ...]
) -> None:
    every = np.sort(np.nan_to_num(by_time(town, wanted), nan=np.inf), axis=2)
    ranks = [max(1, int(np.ceil(each / 100 * every.shape[2]))) for each in percentiles]
    task = town.timetable, town.walks
    found = transit_matrix(*task, wanted=wanted, percentiles=percentiles, threads=2)
    expect = np.stack([every[:, :, rank - 1] for rank in ranks])
    np.testing.assert_array_equal(np.nan_to_num(found, nan=np.inf), expect)
    table = transit_costs(*task, wanted=wanted, percentiles=percentiles, threads=1)
    names = [name for name in table if name.startswith("cost_s")]
    table = table.sort_values(["from_id", "to_id"], kind="stable")
    np.testing.assert_array_equal(table[names].to_numpy().T.reshape(found.shape), found)
    share = np.isfinite(every).mean(axis=2).astype(np.float32)
    np.testing.assert_array_equal(table["reachable_share"].to_numpy().reshape(2, 2), share)
    assert ((table["reason"] == "") == table[names].notna().all(axis=1)).all()


@given(towns(), WANTED)
def test_sums_while_searching_are_those_of_the_matrix(town: Town, wanted: Wanted) -> None:
    task = town.timetable, town.walks
    costs = np.nan_to_num(transit_matrix(*task, wanted=wanted)[0], nan=np.inf)
    near = nearest_by_transit(*task, wanted=wanted)
    np.testing.assert_array_equal(near["cost_s"].fillna(np.inf), costs.min(axis=1))
    goals = np.array(["x", "y"])[costs.argmin(axis=1)]
    assert list(near["to_id"]) == [
        g * bool(np.isfinite(c)) for g, c in zip(goals, costs.min(axis=1), strict=True)
    ]
    assert ((near["reason"] == "") == near["cost_s"].notna()).all()
    supply = pd.DataFrame({"beds": [1.0, 2.0], "pupils": [4.0, 8.0]}, index=["x", "y"])
    found = opportunities_by_transit(*task, supply, wanted=wanted)
    np.testing.assert_array_equal(found, np.isfinite(costs) @ supply.to_numpy())
    people = pd.DataFrame({"people": [16.0, 32.0]}, index=["a", "b"])
    came = people_by_transit(*task, people, wanted=wanted)
    np.testing.assert_array_equal(came, np.isfinite(costs).T @ people.to_numpy())


@given(towns(), st.sampled_from([None, 0, 1]))
def test_the_shortest_day_out_is_found_among_all_arrivals(town: Town, most: int | None) -> None:
    errand = Errand(
        leave_after_s=0, be_there_by_s=500, stay_s=70, home_by_s=1000, max_transfers=most
    )
    task = town.timetable, town.walks
    found = there_and_back(*task, errand=errand, threads=2)
    out = costs_by_time(*task, wanted=errand.wanted(back=False))
    back = costs_by_time(task[0], task[1].turned(), wanted=errand.wanted(back=True))
    there = errand.wanted(back=False).times_s
    for at, row in enumerate(found.itertuples()):
        home, goal = divmod(at, 2)
        leave, home_s = there - out[home, goal], there + 70 + back[goal, home]
        fits = (leave >= 0) & (home_s <= 1000)
        if fits.any():
            assert row.away_s == (home_s - leave)[fits].min()
            assert row.home_s - row.leave_s == row.away_s
            assert row.leave_s <= row.there_s <= row.home_s - 70
        assert (row.reason == "") == fits.any() == (not np.isnan(row.away_s))


@given(towns(), st.sampled_from([None, 0, 1]))
def test_the_last_way_home_is_the_latest_that_arrives(town: Town, most: int | None) -> None:
    wanted = Wanted(window=(0, 900), max_transfers=most)
    found = last_departure_home(town.timetable, town.walks, wanted=wanted, threads=1)
    way = replace(
        town,
        access={(goal, stop): s for (stop, goal), s in town.egress.items()},
        egress={(stop, home): s for (home, stop), s in town.access.items()},
        direct={},
    )
    last = expected(way, replace(wanted, window=(900, 901), cutoff_s=900, direction="arrive_by"))
    np.testing.assert_array_equal(found["last_departure_s"], 900 - last[:, :, 0].T.ravel())
    assert ((found["reason"] == "") == found["last_departure_s"].notna()).all()
