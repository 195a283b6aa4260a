"""The chapter of the report on minutes on foot, by timetable and by car, dry and in winter."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from landuse.maps.chapters import places_of
from landuse.maps.data import ALL
from landuse.maps.findings import BLANK, Bullets, Cell, Table, both, figure, filled, missing
from landuse.services import BY_CAR, ON_FOOT, TRANSIT, time_column

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from numpy.typing import NDArray

    from landuse.config import Service
    from landuse.maps.data import MapData
    from landuse.maps.words import Words

__all__ = ["mode_notes", "mode_tables", "weighted_median"]

MODES = (ON_FOOT, TRANSIT, BY_CAR)
WINTER = ("winter_low", "winter_high")
"""The slow and the quick side."""


@dataclass(frozen=True, kw_only=True)
class _Living:
    """The times of the cells with people, and who lives in each district."""

    times: pd.DataFrame
    people: NDArray[np.float64]
    within: dict[str, NDArray[np.bool_]]
    """District, or `all` -> which of the cells are in it."""

    @classmethod
    def of(cls, data: MapData, places: Sequence[str]) -> _Living:
        cells = data.cells[data.cells["population"] > 0]
        district = cells["district"].astype(str).to_numpy()
        return cls(
            times=data.times.loc[cells.index],
            people=cells["population"].to_numpy(float),
            within={key: (district == key) | (key == ALL) for key in places},
        )

    def median_min(self, column: str, place: str) -> float | None:
        """Return the minutes within which half of the people of a place arrive."""
        here = self.within[place]
        seconds = self.times[column].to_numpy(float)[here]
        found = weighted_median(np.where(np.isnan(seconds), np.inf, seconds), self.people[here])
        return found / 60 if np.isfinite(found) else None


def mode_tables(data: MapData, words: Words) -> list[Table]:
    """Return for each mode the minutes within which half of the people arrive, by district."""
    if not len(data.times.columns) or not (data.cells["population"] > 0).any():
        return []
    whole = {"key": ALL, "ja": words["table.whole"].ja, "en": words["table.whole"].en}
    places = [whole, *places_of(data)]
    columns = [Cell(ja=str(p["ja"]), en=str(p["en"]), right=True) for p in places]
    living = _Living.of(data, [str(place["key"]) for place in places])
    tables = []
    for mode in MODES:
        rows = tuple(
            (
                both(service.label),
                *(_cell(living, service, mode, place, words) for place in living.within),
            )
            for service in data.services
            if time_column(service.key, mode) in data.times
        )
        if rows:
            title = {"mode": words[f"mode.{mode}"].ja, "mode_en": words[f"mode.{mode}"].en}
            tables.append(
                Table(
                    head=(both(words["table.service"]), *columns),
                    groups=((None, rows),),
                    caption=_caption(words, title),
                )
            )
    return tables


def _caption(words: Words, title: dict[str, str]) -> Cell:
    label = words["findings.median_by_mode"]
    return Cell(
        ja=label.ja.replace("{mode}", title["mode"]),
        en=label.en.replace("{mode}", title["mode_en"]),
    )


def mode_notes(data: MapData, words: Words) -> Bullets | None:
    """Return what of the times is not there."""
    if not len(data.times.columns):
        return Bullets(items=((both(words["findings.no_times"], tone="missing"),),))
    ridden = any(f"_{TRANSIT}_" in str(name) for name in data.times.columns)
    return None if ridden else Bullets(items=((both(words["findings.no_rides"], tone="missing"),),))


def _cell(living: _Living, service: Service, mode: str, place: str, words: Words) -> Cell:
    """Return the median as usual, with the band of winter beneath where there is one."""
    here = living.within[place]
    if not living.people[here].sum():
        return BLANK
    usual = living.median_min(time_column(service.key, mode), place)
    if usual is None:
        reasons = living.times[f"{service.key}_{mode}_reason"].to_numpy()[here]
        unknown = all(reason == "no_facility_data" for reason in reasons)
        never = both(words["findings.half_never"], tone="soft", right=True)
        return missing(words) if unknown else never
    seasons = [time_column(service.key, mode, season) for season in WINTER]
    band = [living.median_min(name, place) for name in seasons if name in living.times]
    return figure(_text(usual), _winter(band, words))


def _winter(band: list[float | None], words: Words) -> str:
    known = [value for value in band if value is not None]
    if len(known) < len(WINTER):
        return ""
    values = {"low": _text(min(known)), "high": _text(max(known))}
    return filled(words["findings.winter_line"], values).ja


def _text(minutes: float) -> str:
    """Return whole minutes rounded up, as all pages have them."""
    return f"{np.ceil(minutes - 1e-9):.0f}"


def weighted_median(values: NDArray[np.float64], weights: NDArray[np.float64]) -> float:
    """Return the least value at or below which at least half of the weight lies."""
    order = np.argsort(values, kind="stable")
    total = np.cumsum(weights[order])
    place = int(np.searchsorted(total, total[-1] / 2 - 1e-9))
    return float(values[order][min(place, len(values) - 1)])
