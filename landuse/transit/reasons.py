"""Why a pair of places has no journey."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from landuse.transit.legs import Legs, Walks
    from landuse.transit.timetable import Timetable

    Array = NDArray[Any]
    Codes = NDArray[np.int8]

__all__ = ["Blanks", "blanks_of"]

ORDER = (
    "no_facility_data",
    "outside_data",
    "off_network",
    "island",
    "closed_by_scenario",
    "no_service_that_day",
    "beyond_cutoff",
    "",
)
"""Of the reasons of both ends of a pair the one that stands first here is told."""
OFF_NETWORK, NO_SERVICE, BEYOND, NONE = map(
    ORDER.index, ("off_network", "no_service_that_day", "beyond_cutoff", "")
)


class Blanks:
    """The reasons of pairs that have no journey within the cutoff."""

    def __init__(self, origin: Codes, destination: Codes, far: Array) -> None:
        self.origin, self.destination = origin, destination
        self.far = far
        """Pairs that only a walk beyond the cutoff joins, as origin times destinations plus
        destination."""

    def text(self, origins: Array, destinations: Array, known: Array) -> Any:  # noqa: ANN401 - an array of pandas
        """Return the reason of each pair, empty where it is known."""
        code = np.minimum(self.origin[origins], self.destination[destinations])
        if len(self.far):
            pair = origins * len(self.destination) + destinations
            code = np.where(np.isin(pair, self.far), BEYOND, code)
        return self.words(np.where(known, NONE, code))

    def nearest(self, known: Array) -> Any:  # noqa: ANN401 - an array of pandas
        """Return the reason of each origin that reaches none of the destinations."""
        best = self.destination.max(initial=0)
        code = np.minimum(self.origin, best)
        code[np.unique(self.far // max(1, len(self.destination)))] = BEYOND
        return self.words(np.where(known, NONE, code))

    @staticmethod
    def words(code: Array) -> Any:  # noqa: ANN401 - an array of pandas
        """Return codes as text."""
        return pd.array(ORDER, dtype="str").take(code)


def blanks_of(timetable: Timetable, walks: Walks, *, cutoff_s: float) -> Blanks:
    """Return why pairs have no journey within a cutoff.

    A place without a leg has the reason that the walks tell; one with legs, but only to
    stops where nothing departs (for destinations: arrives) on the date, has
    `no_service_that_day`; else a pair is `beyond_cutoff`.
    """
    starts = timetable.dep_stop[timetable.may_board]
    ends = timetable.arr_stop[timetable.may_alight]
    ids = timetable.stop_ids
    far = np.zeros(0, dtype=np.int64)
    if walks.direct is not None:
        direct = walks.direct
        rows = np.repeat(np.arange(len(direct.from_ids)), np.diff(direct.start))
        far = (rows * len(direct.to_ids) + direct.to)[direct.seconds > cutoff_s]
    return Blanks(
        _codes(walks.access, ids[np.unique(starts)]),
        _codes(walks.egress.turned(), ids[np.unique(ends)]),
        far,
    )


def _codes(legs: Legs, served: pd.Index[Any]) -> Codes:
    """Return for each place the code of why no ride serves it."""
    rows = np.repeat(np.arange(len(legs.from_ids)), np.diff(legs.start))
    code = np.full(len(legs.from_ids), NO_SERVICE, dtype=np.int8)
    code[rows[legs.to_ids.isin(served)[legs.to]]] = BEYOND
    bare = np.flatnonzero(np.diff(legs.start) == 0)
    code[bare] = _known(legs.from_reason[bare])
    return code


def _known(reasons: Iterable[str]) -> Codes:
    places = {reason: at for at, reason in enumerate(ORDER[:NONE])}
    return np.array([places.get(reason, OFF_NETWORK) for reason in reasons], dtype=np.int8)
