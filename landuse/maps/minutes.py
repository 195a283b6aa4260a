"""Times as whole minutes for a page: by service, mode and season, with reasons for blanks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from landuse.schema import REASONS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from landuse.maps.data import MapData

    Ints = NDArray[np.int64]

__all__ = ["LAST_MINUTE", "SEASONS", "UNKNOWN", "USUAL", "Minutes", "minute_codes", "places"]

LAST_MINUTE = 120
"""Minutes are shown one by one up to here, or past the longest standard, and as "or more"
from here: beyond two hours nobody asks for the minute, and the page is a third smaller."""

MOST = 240
"""No minute is shown past this one: above it are reasons."""

UNKNOWN = 255
"""Code of a cell whose time is blank without a reason."""

USUAL = "usual"
SEASONS = (USUAL, "winter_low", "winter_high")
"""Without snow; in winter on the slow and on the quick side of what is known."""


@dataclass(frozen=True, kw_only=True)
class Minutes:
    """The times that a page carries."""

    codes: dict[str, dict[str, dict[str, Ints]]]
    """Service -> mode -> season -> one code for each cell: whole minutes, rounded up, so
    that "within 15 minutes" reads the same here as in the coverage table; from `last` on
    they are one class, and the codes above it are reasons."""
    last: int
    """The minute from which on all are one class."""
    own: dict[str, str]
    """Service -> the mode by which the service is judged."""


def minute_codes(data: MapData, cells: pd.Index) -> Minutes:
    """Return the codes of every time that is known, one for each of `cells`.

    What `data.times` lacks of a service's own mode comes from `data.cells`.
    """
    own_times = data.cells.reindex(cells)
    times = getattr(data, "times", pd.DataFrame()).reindex(cells)
    columns = _columns([service.key for service in data.services], times)
    longest = max((service.within_min for service in data.services), default=0)
    last = min(max(LAST_MINUTE, int(longest) + 1), MOST)
    codes: dict[str, dict[str, dict[str, Ints]]] = {}
    own = {}
    for service in data.services:
        key = service.key
        if f"{key}_s" not in own_times:
            continue
        reasons = _reasons(own_times, f"{key}_reason")
        found = {
            mode: {
                season: _codes(
                    times[name], _season_reasons(times, f"{key}_{mode}", season, reasons), last
                )
                for season, name in seasons.items()
            }
            for mode, seasons in columns[key].items()
        }
        usual = _codes(own_times[f"{key}_s"], reasons, last)
        own[key] = _own_mode(service.mode, usual, found)
        found.setdefault(own[key], {}).setdefault(USUAL, usual)
        codes[key] = found
    return Minutes(codes=codes, own=own, last=last)


def _columns(services: Sequence[str], times: pd.DataFrame) -> dict[str, dict[str, dict[str, str]]]:
    """Return the columns `<service>_<mode>_<season>_s` by service, mode and season."""
    found: dict[str, dict[str, dict[str, str]]] = {key: {} for key in services}
    for name in map(str, times.columns):
        # One service may be called as another with a word added.
        keys = [key for key in services if name.startswith(f"{key}_")]
        for season in SEASONS:
            if keys and name.endswith(f"_{season}_s"):
                key = max(keys, key=len)
                mode = name.removeprefix(f"{key}_").removesuffix(f"_{season}_s")
                found[key].setdefault(mode, {})[season] = name
    return found


def _own_mode(mode: str, usual: Ints, found: dict[str, dict[str, Ints]]) -> str:
    """Return the mode of the same name, or else the one with the same times.

    The times by mode may call a walk at an older pace plainly a walk.
    """
    if mode in found:
        return mode
    alike = (
        other
        for other, seasons in found.items()
        if USUAL in seasons and np.array_equal(seasons[USUAL], usual)
    )
    return next(alike, mode)


def _season_reasons(times: pd.DataFrame, name: str, season: str, instead: pd.Series) -> pd.Series:
    """Return why one season's times are blank, or else why the usual ones are."""
    usual = _reasons(times, f"{name}_reason", instead)
    return _reasons(times, f"{name}_{season}_reason", usual)


def _reasons(table: pd.DataFrame, name: str, instead: pd.Series | None = None) -> pd.Series:
    if name in table:
        return table[name]
    return pd.Series("", index=table.index) if instead is None else instead


def _codes(times: pd.Series, reasons: pd.Series, last: int) -> Ints:
    seconds = times.to_numpy(float)
    blank = np.isnan(seconds)
    codes = np.clip(np.ceil(np.where(blank, 0, seconds) / 60), 0, last).astype(np.int64)
    if blank.any():
        place = places(reasons[blank], REASONS)
        codes[blank] = np.where(place > 0, last + place, UNKNOWN)
    return codes


def places(names: pd.Series, among: Sequence[str]) -> Ints:
    """Return places in a list, counted from 1; 0 for names that it lacks."""
    return np.asarray(pd.Index(among).unique().get_indexer(pd.Index(names)), np.int64) + 1
