"""The figures of a study as plain rows, for the pages and the report."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from landuse.maps.data import ALL

if TYPE_CHECKING:
    from landuse.maps.data import MapData

    Json = dict[str, Any]

__all__ = [
    "areas",
    "coverage",
    "district_names",
    "page_tables",
    "regional",
    "sources",
    "texts_and_figures",
    "worst",
]


def page_tables(data: MapData, *, staff: bool) -> Json:
    """Return the tables of a page; the public one has no towns and no region by name."""
    judged = data.coverage
    if not staff and len(judged):
        judged = judged[(judged["mode"] != "straight") & (judged["zone"] == ALL)]
    return {
        "areas": areas(data),
        "coverage": coverage(judged),
        "worst": worst(data.worst_towns) if staff else [],
        "regional": regional(data.regional) if staff else [],
        "rings": _records(data.rings) if staff else [],
    }


def areas(data: MapData) -> list[Json]:
    """Return `zone, district, area, share`; `all` stands for sums."""
    return [
        {"zone": str(zone), "district": str(district), "area": round(area, 4), "share": share}
        for zone, district, area, share in zip(
            data.zone_areas["zone"],
            data.zone_areas["district"],
            data.zone_areas["area_km2"].astype(float),
            _plain(data.zone_areas["share"], 5),
            strict=True,
        )
    ]


def coverage(table: pd.DataFrame) -> list[Json]:
    """Return the rows of a coverage table; blank figures stay blank."""
    if not len(table):
        return []
    return [
        {
            "service": str(row["service"]),
            "straight": row["mode"] == "straight",
            "within": float(row["within"]),
            "group": str(row["group"]),
            "district": str(row["district"]),
            "zone": str(row["zone"]),
            "demand": _figure(row["demand"], 1),
            "served": _figure(row["served"], 1),
            "share": _figure(row["share"], 4),
            "grade": str(row["grade"]),
        }
        for row in table.to_dict("records")
    ]


def worst(table: pd.DataFrame) -> list[Json]:
    """Return the worst-served towns by travel time, in the order of their ranks."""
    if not len(table):
        return []
    times = table[table["mode"] != "straight"]
    return [
        {
            "service": str(row["service"]),
            "group": str(row["group"]),
            "town": str(row["town"]),
            "district": str(row["district"]),
            "within": float(row["within"]),
            "demand": _figure(row["demand"], 1),
            "unserved": _figure(row["unserved"], 1),
            "share": _figure(row["share"], 4),
            "median": _figure(row["median_cost"], 1),
        }
        for row in times.to_dict("records")
    ]


def regional(table: pd.DataFrame) -> list[Json]:
    """Return one row for each municipality and hub service of the region."""
    if not len(table):
        return []
    return [
        {
            "name": str(row["name"]),
            "name_en": str(row.get("name_en", "") or ""),
            "population": _figure(row["population"], 0),
            "service": str(row["service"]),
            "straight_km": _figure(row["straight_km"], 1),
            "road_min": _figure(row["road_min"], 1),
            "reason": str(row.get("reason", "") or ""),
            "facility": str(row.get("facility", "") or ""),
        }
        for row in table.to_dict("records")
    ]


def texts_and_figures(table: pd.DataFrame) -> list[Json]:
    """Return the rows of a table; blank figures are none, blank texts empty."""
    return [
        {
            str(name): _figure(float(value), 6)
            if isinstance(value, (int, float, np.number))
            and pd.api.types.is_numeric_dtype(table[name])
            else ("" if pd.isna(value) else str(value))
            for name, value in row.items()
        }
        for row in table.to_dict("records")
    ]


def sources(data: MapData) -> list[Json]:
    """Return every origin with the name of its layer; only web addresses become links."""
    rows = []
    for key, origin in data.origins.items():
        label = data.layer_labels.get(key)
        rows.append(
            {
                "key": key,
                "ja": label.ja if label else key,
                "en": label.en if label else "",
                "easy": label.easy if label else "",
                "source": origin.source,
                "vintage": origin.vintage,
                "grade": str(origin.grade),
                "licence": origin.licence,
                "credit": origin.attribution,
                "url": origin.url,
                "link": origin.url.startswith(("https://", "http://")),
            }
        )
    return rows


def district_names(data: MapData) -> list[Json]:
    """Return key and names of the districts in the order of their layer."""
    table = data.districts
    if not len(table):
        return []
    return [
        {"key": str(key), "ja": str(ja), "en": str(en), "place": True}
        for key, ja, en in zip(table["district"], table["name_ja"], table["name_en"], strict=True)
    ]


def _records(table: pd.DataFrame) -> list[Json]:
    return [
        {str(name): _cell(value) for name, value in row.items()} for row in table.to_dict("records")
    ]


def _cell(value: object) -> object:
    if isinstance(value, (int, float, np.integer, np.floating)):
        return _figure(float(value), 4)
    return str(value)


def _plain(values: pd.Series, digits: int) -> list[float | None]:
    return [_figure(value, digits) for value in values.astype(float)]


def _figure(value: float, digits: int) -> float | None:
    """Return a figure for display, or nothing where none is known: never 0 for that."""
    number = float(value)
    return round(number, digits) if np.isfinite(number) else None
