"""The minutes that a counter is told of one place: by mode, under each profile, and why not."""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING, Any

import numpy as np

from landuse.schema import Grade
from landuse.services import TRANSIT, USUAL, time_column
from landuse.toml import Label

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pandas as pd

    from landuse.profiles import Profile
    from landuse.services import Service
    from landuse.study import Study

    Cell = pd.Series[Any]

__all__ = [
    "REASON_TEXT",
    "method_lines",
    "method_of",
    "reason_text",
    "seconds_and_minutes",
    "time_lines",
    "times_of",
    "whole_minutes",
]

REASON_TEXT = {
    "off_network": "水面などで道に出られない no way onto land or road",
    "island": "道がつながっていない no way leads there",
    "beyond_cutoff": "遠すぎる beyond the limit",
    "no_service_that_day": "その日は運行なし no service that day",
    "closed_by_scenario": "想定により閉鎖 closed in this scenario",
    "outside_data": "データの範囲外 outside the data",
    "no_facility_data": "施設のデータなし no data on facilities",
}
"""Reason code -> what a reader is told instead of a number."""

BY_TIMETABLE = Label(ja="バス・鉄道と徒歩", en="By bus or train and on foot")

METHOD_ROLES = {
    "surface": ("roads", "access_roads", "water", "elevation"),
    "network": ("network",),
    "timetable": ("timetable",),
}
"""Word of a method -> roles of the layers that it uses; land and claims apart."""


def times_of(study: Study, cell: Cell, service: Service) -> list[dict[str, Any]]:
    """Return what one cell (a row of `Study.times`) pays by each mode that was computed."""
    shown = service.shown_modes(rides=TRANSIT in study.way_methods)
    return [
        {
            "mode": mode,
            "speeds": pace,
            "label": str(_label(study, pace)),
            **_known_or_why(study, service.key, mode, USUAL, cell),
            "profiles": [_range(study, service.key, mode, p, cell) for p in study.rules.profiles],
        }
        for mode, pace in shown.items()
        if time_column(service.key, mode) in cell
    ]


def seconds_and_minutes(seconds: float) -> dict[str, float | None]:
    """Return a time as seconds to compute with and minutes to read, or nothing if it is blank."""
    known = not np.isnan(seconds)
    return {
        "seconds": round(seconds, 3) if known else None,
        "minutes": round(seconds / 60, 1) if known else None,
    }


def whole_minutes(seconds: float) -> int:
    """Return whole minutes, rounded up: within 15 means the same here, on maps and in tables."""
    return ceil(seconds / 60)


def _known_or_why(study: Study, service: str, mode: str, season: str, cell: Cell) -> dict[str, Any]:
    """Return time and facility of one cell, or why there are none."""
    name = f"{service}_{mode}" if season == USUAL else f"{service}_{mode}_{season}"
    reason, place = (str(cell[f"{name}_{part}"]) for part in ("reason", "to"))
    return seconds_and_minutes(float(cell[time_column(service, mode, season)])) | {
        "reason": reason,
        "facility": study.facility_names.get(place, ""),
    }


def _range(study: Study, service: str, mode: str, profile: Profile, cell: Cell) -> dict[str, Any]:
    """Return the least and the most minutes of one cell under a profile."""
    quick, slow = (
        _known_or_why(study, service, mode, f"{profile.key}_{band}", cell)
        for band in ("high", "low")
    )
    return {
        "profile": profile.key,
        "label": str(profile.label),
        "quick": {name: quick[name] for name in ("seconds", "minutes", "facility")},
        "slow": {name: slow[name] for name in ("seconds", "minutes", "facility")},
        "reason": quick["reason"] or slow["reason"],
    }


def _label(study: Study, pace: str) -> Label:
    return BY_TIMETABLE if pace == TRANSIT else study.rules.speeds.of(pace).label


def method_of(study: Study, pace: str) -> dict[str, Any]:
    """Return how the times at one mode's speeds were found; a speed is assumed in all of them."""
    method = study.way_methods[pace]
    roles = {role for part, parts in METHOD_ROLES.items() if part in method for role in parts}
    used = [layer for layer in study.city.layers if layer.role in roles]
    return {
        "mode": pace,
        "label": str(_label(study, pace)),
        "method": method,
        "grade": str(Grade.MODELLED),
        "sources": [
            study.city.speeds_path.name,
            *(f"{layer.label.ja}（{layer.origin.vintage}）{layer.origin.source}" for layer in used),
        ],
    }


def time_lines(times: Iterable[dict[str, Any]], *, beside: str) -> list[str]:
    """Return times by mode to read out, one line each, with facilities other than one."""
    return [
        f"      {time['label']}: {_minutes(time)}"
        + "".join(f"（{range_of['label']} {_span(range_of)}）" for range_of in time["profiles"])
        + (f"  {time['facility']}" if time["facility"] not in ("", beside) else "")
        for time in times
    ]


def _minutes(time: dict[str, Any]) -> str:
    if time["seconds"] is None:
        return reason_text(time["reason"])
    return f"{whole_minutes(time['seconds'])} 分 min"


def _span(found: dict[str, Any]) -> str:
    """Return the minutes under a profile, from the quick to the slow side."""
    quick_s, slow_s = found["quick"]["seconds"], found["slow"]["seconds"]
    if quick_s is None:
        return reason_text(found["reason"])
    if slow_s is None:
        return f"{whole_minutes(quick_s)} 分 min ～ {reason_text(found['reason'])}"
    ends = dict.fromkeys(map(whole_minutes, (quick_s, slow_s)))
    return f"{'–'.join(map(str, ends))} 分 min"


def reason_text(reason: str) -> str:
    """Return what a reader is told instead of a number."""
    return REASON_TEXT.get(reason, "データなし no data")


def method_lines(methods: Iterable[dict[str, Any]]) -> list[str]:
    """Return how times were found as lines to read out, one for all modes that share a way."""
    shared: dict[tuple[str, ...], list[str]] = {}
    for method in methods:
        how = (method["grade"], method["method"], *method["sources"])
        shared.setdefault(how, []).append(method["label"])
    return [
        f"  [{grade}] {'・'.join(labels)}: {how} / {' / '.join(sources)}"
        for (grade, how, *sources), labels in shared.items()
    ]
