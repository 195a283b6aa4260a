"""Who may pass a way, in which direction and how fast, from its tags; column by column."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from landuse.sources.osm.tags import ACCESS
from landuse.sources.osm.values import duration_s, limit_kmh, plain

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    from landuse.sources.osm.tags import Chain, Highway, Tags
    from landuse.sources.report import Findings

    Bools = NDArray[np.bool_]
    Floats = NDArray[np.float64]

__all__ = ["DIRECTION_KEYS", "SPEED_KEYS", "access", "closed_to", "directions", "speeds"]

SPEED_KEYS = ("maxspeed", "maxspeed:forward", "maxspeed:backward", "duration")
CAR_ONEWAY = ("oneway:motorcar", "oneway:motor_vehicle", "oneway:vehicle", "oneway")
BIKE_ONEWAY = ("oneway:bicycle", "oneway:vehicle", "oneway")
CYCLEWAYS = ("cycleway", "cycleway:left", "cycleway:right", "cycleway:both")
DIRECTION_KEYS = (
    *dict.fromkeys((*CAR_ONEWAY, *BIKE_ONEWAY, *CYCLEWAYS, "oneway:foot", "junction")),
)
RINGS = ("roundabout", "circular")
BY_THE_HOUR = 2
NAMED = 5
"""Unknown words that a message names."""


def access(
    ways: pd.DataFrame, highways: Sequence[Highway], tags: Tags, findings: Findings
) -> dict[str, Bools]:
    """Return for each of `ACCESS` who may pass each way.

    Parameters
    ----------
    ways
        A text column for each key, blank where a way has none.
    highways
        Of each way, what its `highway` says where no other tag speaks.
    """
    motorroad = (ways["motorroad"] == "yes").to_numpy()
    paved_beside = ways["sidewalk"].isin(("both", "left", "right", "yes")).to_numpy()
    may = {}
    for who in ACCESS:
        usual = np.array([who in highway.modes for highway in highways], dtype=np.bool_)
        if who != "car":
            usual &= ~motorroad
        if who == "walk":
            # Where a pavement is mapped, people walk even along a road for motor vehicles.
            usual |= paved_beside
        may[who] = _decided(ways, usual, tags.chains[who], tags)
    keys = sorted({key for who in ACCESS for key in tags.chains[who].keys})
    _note_words(ways[keys], {"", *tags.open, *tags.closed}, findings)
    return may


def _decided(ways: pd.DataFrame, usual: Bools, chain: Chain, tags: Tags) -> Bools:
    """Let the most specific key decide that says something known."""
    decided = usual.copy()
    for key in reversed(chain.keys):  # the most specific last, so that it has the last word
        opens = _says(ways[key], tags.open)
        decided = np.where(opens, usual | (key in chain.own), decided)
        decided &= opens | ~_says(ways[key], tags.closed)
    return np.asarray(decided, dtype=np.bool_)


def _says(column: pd.Series, words: Iterable[str]) -> Bools:
    """Tell where one of several words with `;` between is among some."""
    known = set(words)
    return _numbers(column, lambda text: not known.isdisjoint(_words(text))) > 0


def _words(text: str) -> list[str]:
    return [word.strip() for word in plain(text).split(";")]


def _numbers(column: pd.Series, number_of: Callable[[str], float]) -> Floats:
    """Return a number of each text, worked out once for each different one."""
    codes, texts = pd.factorize(column)
    return np.array([number_of(str(text)) for text in texts], dtype=np.float64)[codes]


def _note_words(columns: pd.DataFrame, known: set[str], findings: Findings) -> None:
    """Name the words of access tags that mean nothing here."""
    strange: dict[str, int] = {}
    for key in columns:
        counts = columns[key].value_counts()
        for text, count in counts.items():
            if not known.intersection(_words(str(text))):
                strange[f"{key}={text}"] = int(count)
    if strange:
        what = f"{sum(strange.values())} words that are not known: {_first(strange)}"
        findings.note(what, "read as if nothing was said", place="tags of access")


def _first(words: Mapping[str, int]) -> str:
    ordered = sorted(words, key=lambda word: (-words[word], word))
    more = f" … and {len(ordered) - NAMED} more" if len(ordered) > NAMED else ""
    return ", ".join(word[:60] for word in ordered[:NAMED]) + more


def closed_to(nodes: Sequence[Mapping[str, str]], tags: Tags) -> list[str]:
    """Return whom nodes with `barrier` stop: by their kind, unless their access tags differ.

    Each a text of travellers with blanks between, empty where everybody passes.
    """
    keys = sorted({key for chain in tags.chains.values() for key in chain.keys})
    table = pd.DataFrame({key: [node.get(key, "") for node in nodes] for key in keys}, dtype="str")
    stops = [tags.barriers.get(node.get("barrier", ""), ()) for node in nodes]
    closed = [""] * len(nodes)
    for who, chain in tags.chains.items():
        usual = np.array([who not in stopped for stopped in stops], dtype=np.bool_)
        for place in np.flatnonzero(~_decided(table, usual, chain, tags)):
            closed[place] = f"{closed[place]} {who}".strip()
    return closed


def directions(ways: pd.DataFrame, highways: Sequence[Highway], tags: Tags) -> pd.DataFrame:
    """Return the directions in which ways may be used: 1 along, -1 against, 0 both ways.

    Parameters
    ----------
    ways
        A text column for each key, blank where a way has none.
    highways
        As for `access`.

    Returns
    -------
    pandas.DataFrame
        `oneway` of cars, `oneway_bike` and `oneway_foot` (walkers mind only `oneway:foot`);
        `by_the_hour` is true where the direction changes with the time of day.
    """
    implied = np.array([highway.oneway for highway in highways], dtype=np.bool_)
    implied |= ways["junction"].isin(RINGS).to_numpy()
    usual = implied.astype(np.int64)
    car = _last_word(ways, CAR_ONEWAY, usual, tags)
    bike = _last_word(ways, BIKE_ONEWAY, usual, tags)
    against = np.any([ways[key].str.startswith("opposite") for key in CYCLEWAYS], axis=0)
    bike = np.where(against & (ways["oneway:bicycle"] == "").to_numpy(), 0, bike)
    foot = _last_word(ways, ("oneway:foot",), np.zeros(len(ways), dtype=np.int64), tags)
    by_the_hour = car == BY_THE_HOUR
    found = {"oneway": car, "oneway_bike": bike, "oneway_foot": foot}
    both = {name: np.where(way == BY_THE_HOUR, 0, way) for name, way in found.items()}
    return pd.DataFrame(both | {"by_the_hour": by_the_hour}, index=ways.index)


def _last_word(
    ways: pd.DataFrame, keys: Sequence[str], usual: NDArray[np.int64], tags: Tags
) -> NDArray[np.int64]:
    direction = usual.copy()
    for key in reversed(keys):
        said = _numbers(ways[key], lambda text: tags.oneway.get(plain(text), np.nan))
        direction = np.where(np.isnan(said), direction, said).astype(np.int64)
    return direction


def speeds(ways: pd.DataFrame, tags: Tags, findings: Findings) -> pd.DataFrame:
    """Return `limit_kmh` and `duration_s` of ways, NaN where they are not said.

    Where the two directions differ the lower limit counts.
    """
    limit = _limit(ways["maxspeed"], tags)
    sides = [_limit(ways[f"maxspeed:{side}"], tags) for side in ("forward", "backward")]
    limit = np.where(np.isnan(limit), np.fmin(*sides), limit)
    wrong = (limit < tags.lowest_kmh) | (limit > tags.highest_kmh)
    if wrong.any():
        seen = ", ".join(f"{value:g}" for value in sorted(set(limit[wrong]))[:NAMED])
        what = f"{int(wrong.sum())} speed limits are not believed ({seen} km/h)"
        findings.note(what, "not used: the speed of the kind of road counts", place="maxspeed")
    took = _numbers(ways["duration"], duration_s)
    columns = {"limit_kmh": np.where(wrong, np.nan, limit), "duration_s": took}
    return pd.DataFrame(columns, index=ways.index)


def _limit(column: pd.Series, tags: Tags) -> Floats:
    return _numbers(column, lambda text: limit_kmh(text, tags.limits_kmh))
