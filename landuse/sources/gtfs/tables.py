"""Agencies, routes, trips, stops and shapes of a feed, and names in other languages."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from landuse.sources.gtfs.values import degrees, numbers, one_of, references, whole

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from landuse.sources.gtfs.sheet import Log, Sheet

    Bools = NDArray[np.bool_]
    Texts = NDArray[np.object_]

__all__ = ["agencies_table", "routes_table", "shapes_table", "stops_table", "trips_table"]

LANGUAGES = {
    "name": ("ja", "ja-jp"),
    "name_en": ("en", "en-us", "en-gb"),
    "name_kana": ("ja-hrkt",),
}
"""Column of stops -> languages, best first, in small letters: makers write ja-HrKt too."""


def agencies_table(sheet: Sheet) -> pd.DataFrame:
    """Return the operators."""
    table = pd.DataFrame(
        {"agency_id": sheet.texts("agency_id"), "name": sheet.texts("agency_name")}
    )
    return _in_order(table.assign(row=sheet.rows), "agency_id")


def routes_table(sheet: Sheet, log: Log) -> pd.DataFrame:
    """Return the routes; a name is the short and the long one together."""
    short, long = sheet.texts("route_short_name"), sheet.texts("route_long_name")
    kind = numbers(sheet, "route_type", log, read=whole, kind="a route type such as 3 (bus)")
    table = pd.DataFrame(
        {
            "route_id": sheet.texts("route_id"),
            "name": [
                " ".join(dict.fromkeys(filter(None, pair)))
                for pair in zip(short, long, strict=True)
            ],
            "short_name": short,
            "long_name": long,
            "type": np.nan_to_num(kind, nan=-1).astype(np.int32),
            "agency_id": sheet.texts("agency_id"),
            "parent_route": sheet.texts("jp_parent_route_id"),
            "row": sheet.rows,
        }
    )
    return _in_order(table, "route_id")


def trips_table(
    sheet: Sheet, routes: pd.Index, services: pd.Index, log: Log, *, owners: tuple[Sheet, Sheet]
) -> pd.DataFrame:
    """Return the trips; one without route or service is a fault."""
    direction = numbers(sheet, "direction_id", log, read=one_of(0, 1), kind="0 or 1")
    table = pd.DataFrame(
        {
            "trip_id": sheet.texts("trip_id"),
            "run": np.zeros(len(sheet), dtype=np.int32),
            "route": references(sheet, "route_id", routes, log, owner=owners[0]),
            "service": references(sheet, "service_id", services, log, owner=owners[1]),
            "direction": np.nan_to_num(direction, nan=-1).astype(np.int8),
            "headsign": sheet.texts("trip_headsign"),
            "block_id": sheet.texts("block_id"),
            "shape_id": sheet.texts("shape_id"),
            "row": sheet.rows,
        }
    )
    return _in_order(table, "trip_id")


def stops_table(
    sheet: Sheet,
    translations: Sheet,
    log: Log,
    *,
    area: tuple[float, float, float, float] | None,
) -> pd.DataFrame:
    """Return stops, stations and entrances with their names and places.

    Stops without coordinates, at (0, 0) or outside `area` are notes: a timetable can be
    right where a place is not known.
    """
    lon = numbers(sheet, "stop_lon", log, read=degrees(180), kind="a longitude in degrees")
    lat = numbers(sheet, "stop_lat", log, read=degrees(90), kind="a latitude in degrees")
    nowhere = (lon == 0) & (lat == 0)
    lon, lat = np.where(nowhere, np.nan, lon), np.where(nowhere, np.nan, lat)
    kind = numbers(sheet, "location_type", log, read=one_of(0, 1, 2, 3, 4), kind="0 to 4")
    table = pd.DataFrame(
        {"stop_id": sheet.texts("stop_id")}
        | _names(sheet, translations)
        | {
            "lon": lon,
            "lat": lat,
            "location_type": np.nan_to_num(kind).astype(np.int8),
            "platform": sheet.texts("platform_code"),
            "row": sheet.rows,
        }
    )
    table = _in_order(table, "stop_id")
    ids = pd.Index(table["stop_id"], dtype=object)
    if ids.is_unique:
        parent = references(sheet, "parent_station", ids, log, owner=sheet, required=False)
        table["parent"] = pd.Series(parent, index=sheet.rows).reindex(table["row"]).to_numpy()
    else:
        table["parent"] = np.int32(-1)  # a fault already
    _note_places(sheet, (lon, lat), nowhere, area, log)
    return table


def _note_places(
    sheet: Sheet,
    place: tuple[NDArray[np.float64], NDArray[np.float64]],
    nowhere: Bools,
    area: tuple[float, float, float, float] | None,
    log: Log,
) -> None:
    lon, lat = place
    fix = "correct them in the feed; without a place nobody walks there"
    located = {"stop_lon", "stop_lat"} <= set(sheet.columns)
    blank = (np.isnan(lon) | np.isnan(lat)) & ~nowhere
    if located and blank.any():
        log.note("no coordinates", fix, place=sheet.place(blank))
    if nowhere.any():
        log.note("coordinates (0, 0): taken as unknown", fix, place=sheet.place(nowhere))
    if area is not None:
        west, south, east, north = area
        outside = (lon < west) | (lon > east) | (lat < south) | (lat > north)
        if outside.any():
            what = f"outside {west:g} to {east:g} east, {south:g} to {north:g} north"
            log.note(
                what, "check them if the feed is of this area alone", place=sheet.place(outside)
            )


def _names(sheet: Sheet, translations: Sheet) -> dict[str, Texts]:
    """Return the names of stops by column; the feed's own name where no Japanese one is."""
    ids, own = sheet.texts("stop_id"), sheet.texts("stop_name")
    by_id, by_name = _dictionaries(translations)
    names = {}
    for column, languages in LANGUAGES.items():
        found = np.full(len(sheet), "", dtype=np.object_)
        for language in reversed(languages):
            right, plain = by_id.get(language, {}), by_name.get(language, {})
            found = np.array(
                [
                    right.get(i) or plain.get(n) or old
                    for i, n, old in zip(ids, own, found, strict=True)
                ],
                dtype=np.object_,
            )
        names[column] = found
    names["name"] = np.where(names["name"] == "", own, names["name"])
    return names


def _dictionaries(sheet: Sheet) -> tuple[dict[str, dict[str, str]], dict[str, dict[str, str]]]:
    """Return language -> stop_id -> name, and language -> the feed's own name -> name.

    Feeds up to GTFS-JP 2 say (trans_id, lang, translation) with the own name as trans_id;
    later ones say for which table and field, and give the id or the own name.
    """
    old = "trans_id" in sheet.columns
    languages = sheet.texts("lang" if old else "language")
    table = pd.DataFrame(
        {
            "language": [language.lower().replace("_", "-") for language in languages],
            "text": sheet.texts("translation"),
            "id": sheet.texts("record_id"),
            "name": sheet.texts("trans_id" if old else "field_value"),
        }
    )
    if not old:
        meant = (sheet.texts("table_name") == "stops") & (sheet.texts("field_name") == "stop_name")
        table = table[meant]
    # Sorted, so that of two translations the same one wins in whatever order they stand.
    table = table[table["text"] != ""].sort_values(["text"], ascending=False)
    by_id: dict[str, dict[str, str]] = {}
    by_name: dict[str, dict[str, str]] = {}
    for language, text, record, name in table.itertuples(index=False):
        home, key = (by_id, record) if record else (by_name, name)
        home.setdefault(language, {})[key] = text
    return by_id, by_name


def shapes_table(sheet: Sheet, log: Log) -> pd.DataFrame:
    """Return the points of the shapes in their order; unusable points are faults."""
    need: Mapping[str, str] = {"shape_pt_lon": "lon", "shape_pt_lat": "lat"}
    table = pd.DataFrame(
        {"shape_id": sheet.texts("shape_id")}
        | {
            column: numbers(sheet, name, log, read=degrees(180), kind="degrees", required=True)
            for name, column in need.items()
        }
        | {
            "sequence": numbers(
                sheet, "shape_pt_sequence", log, read=whole, kind="a whole number", required=True
            )
        }
    )
    table = table.sort_values(["shape_id", "sequence"], kind="stable", ignore_index=True)
    return table.drop(columns="sequence")


def _in_order(table: pd.DataFrame, key: str) -> pd.DataFrame:
    return table.sort_values(key, kind="stable", ignore_index=True)
