"""All layers of a city as read, by role."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from landuse.errors import Fault, LayerError, MissingFileError
from landuse.geocode import geocode
from landuse.handbook import OfficialValue
from landuse.sources import (
    Report,
    check_meets,
    read,
    read_all,
    read_official,
    read_streets,
    read_timetable,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from landuse.config import City
    from landuse.transit.timetable import Timetable

__all__ = ["MARGIN_M", "Inputs", "located", "read_inputs"]

MARGIN_M = 3000.0
"""How far beyond the boundary ways and facilities are looked at, so that the edge of the
city is not the edge of the world."""

CHECKED_ROLES = (
    "claims",
    "population",
    "towns",
    "districts",
    "facilities",
    "roads",
    "network",
)
"""Roles whose layers must lie where the boundary does."""

READ_APART = ("boundary", "network", "official_values", "timetable")
"""Roles that are not read like the others."""

PLACED_LEVELS = ("chome", "town")
"""Levels at which an address is a place; a former town alone is too coarse."""

ROUNDING_M2 = 1.0
"""Gaps between districts below this come from rounding and are left as they are."""

OPTIONAL_COLUMNS: Mapping[str, str | float] = {
    "address": "",
    "category": "",
    "roles": "",
    "position_error_m": float("nan"),
}
"""What a facility list may lack -> what then stands there."""


@dataclass(frozen=True, kw_only=True)
class Inputs:
    """What the files of a city hold, in its own system."""

    city: City
    tables: Mapping[str, gpd.GeoDataFrame]
    """Layer key -> table."""
    reports: Mapping[str, Report]
    """Layer key -> what reading it found."""
    streets: gpd.GeoDataFrame | None
    """Edges of the street graph, if the city has one."""
    timetable: Timetable | None = None
    """What runs on the date of the study, of all feeds together."""
    official: tuple[OfficialValue, ...] = ()
    """Indicators as published for this city: those of the city file, then of the workbook."""

    def each(self, role: str) -> list[gpd.GeoDataFrame]:
        """Return the tables of one role, in the order of the city file."""
        return [self.tables[layer.key] for layer in self.city.of_role(role)]

    def all(self, role: str) -> gpd.GeoDataFrame:
        """Return all rows of one role as one table; empty if the city has no such layer."""
        tables = self.each(role)
        if not tables:
            names = ["kind"] if role.endswith("roads") else []
            return gpd.GeoDataFrame({name: [] for name in names}, geometry=[], crs=self.city.crs)
        return _stacked(tables, self.city.crs)

    def passable(self) -> gpd.GeoDataFrame:
        """Return the roads that ways over the land use, access roads included."""
        parts = [self.all("roads"), self.all("access_roads")]
        filled = [part for part in parts if len(part)]
        return parts[0] if not filled else _stacked(filled, self.city.crs)

    def maybe(self, role: str) -> gpd.GeoDataFrame | None:
        """Return all rows of one role, or None if the city has no such layer."""
        return self.all(role) if self.city.of_role(role) else None


def _stacked(tables: list[gpd.GeoDataFrame], crs: str) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(pd.concat(tables, ignore_index=True), crs=crs)


def read_inputs(city: City) -> Inputs:
    """Read every layer of a city.

    Raises
    ------
    InputError
        With every fault of every file, and every layer that lies elsewhere.
    """
    try:
        return _read_inputs(city)
    except (LayerError, MissingFileError) as error:
        faults = list(dict.fromkeys([*_every_fault(city), *error.faults]))
        if len(faults) == len(error.faults):
            raise
        raise LayerError(faults) from None


def _read_inputs(city: City) -> Inputs:
    (first,) = city.of_role("boundary")
    boundary, report = read(first, crs=city.crs)
    others = [layer for layer in city.layers if layer.role not in READ_APART]
    done = read_all(others, crs=city.crs, area=boundary, margin_m=MARGIN_M)
    done |= {
        layer.key: read_streets(layer, crs=city.crs, area=boundary, margin_m=MARGIN_M)
        for layer in city.of_role("network")
    }
    tables = {first.key: boundary} | {key: table for key, (table, _) in done.items()}
    reports = {first.key: report} | {key: report for key, (_, report) in done.items()}
    official, told = _official(city)
    timetable, feeds = _timetable(city)
    _check_meets(city, tables, boundary)
    for layer in city.of_role("districts"):
        tables[layer.key], gap_km2 = _filled(tables[layer.key], boundary)
        reports[layer.key] = _with_gap(reports[layer.key], gap_km2)
    streets = [tables.pop(layer.key) for layer in city.of_role("network")]
    return Inputs(
        city=city,
        tables=tables,
        reports=reports | told | feeds,
        streets=streets[0] if streets else None,
        timetable=timetable,
        official=official,
    )


def _timetable(city: City) -> tuple[Timetable | None, dict[str, Report]]:
    """Return what runs on the study's date, all operators together."""
    feeds = city.of_role("timetable")
    if not feeds or city.timing is None:
        return None, {}
    from landuse.transit import merged  # noqa: PLC0415 - half a second, and few cities need it

    read_ones = {layer.key: read_timetable(layer, date=city.timing.date) for layer in feeds}
    parts = {key: timetable for key, (timetable, _) in read_ones.items()}
    return merged(parts), {key: report for key, (_, report) in read_ones.items()}


def _official(city: City) -> tuple[tuple[OfficialValue, ...], dict[str, Report]]:
    """Return published values: the city file's own, and those that only a workbook has."""
    values = {value.indicator: value for value in city.official}
    reports = {}
    for layer in city.of_role("official_values"):
        table, reports[layer.key] = read_official(layer, code=city.code)
        rows = {row["indicator"]: row for row in table.to_dict("records")}
        for indicator in city.indicators:
            if (row := rows.get(indicator.official)) and indicator.key not in values:
                values[indicator.key] = OfficialValue(
                    indicator=indicator.key,
                    share=float(row["value_share"]),
                    vintage=str(row["data_year"]),
                    source=f"{row['source']}（{row['label_ja']}）",
                )
    return tuple(values.values()), reports


def _check_meets(
    city: City, tables: Mapping[str, gpd.GeoDataFrame], boundary: gpd.GeoDataFrame
) -> None:
    checked = {
        f"{layer.path.name} [{layer.key}]": tables[layer.key]
        for layer in city.layers
        if layer.role in CHECKED_ROLES and layer.key in tables
    }
    check_meets(checked, boundary, margin_m=MARGIN_M)


def _every_fault(city: City) -> list[Fault]:
    """Read each layer on its own, so that one at fault does not hide what is wrong with another.

    Above all a boundary that lies elsewhere: the first layer that is cut to it would be
    blamed for that, though it is one of many that it does not meet.
    """
    faults: list[Fault] = []
    tables: dict[str, gpd.GeoDataFrame] = {}
    (first,) = city.of_role("boundary")
    for layer in (first, *(layer for layer in city.layers if layer is not first)):
        try:
            if layer.role == "official_values":
                read_official(layer, code=city.code)
                continue
            if layer.role == "timetable" and city.timing:
                read_timetable(layer, date=city.timing.date)
                continue
            # Files of a form of their own are of a whole prefecture: no more than is needed.
            area = tables.get(first.key) if layer.reader else None
            reader = read_streets if layer.role == "network" else read
            tables[layer.key], _ = reader(layer, crs=city.crs, area=area, margin_m=MARGIN_M)
        except (LayerError, MissingFileError) as error:
            faults += error.faults
    try:
        if first.key in tables:
            _check_meets(city, tables, tables[first.key])
    except LayerError as error:
        faults = [*error.faults, *faults]
    return faults


def _filled(
    districts: gpd.GeoDataFrame, boundary: gpd.GeoDataFrame
) -> tuple[gpd.GeoDataFrame, float]:
    """Give land of the municipality that no district holds to the nearest one.

    Districts drawn on another boundary leave strips along the border, and figures by
    district would not add up to the whole. Returns the districts and the land given, km2.
    """
    shapes = np.asarray(districts.geometry)
    city = shapely.union_all(boundary.geometry.to_numpy())
    gaps = shapely.get_parts(shapely.difference(city, shapely.union_all(shapes)))
    gaps = gaps[shapely.area(gaps) > ROUNDING_M2]
    if len(gaps) == 0:
        return districts, 0.0
    nearest = shapely.STRtree(shapes).nearest(shapely.point_on_surface(gaps))
    grown = [
        shapely.union_all([shape, *gaps[nearest == place]]) for place, shape in enumerate(shapes)
    ]
    return districts.set_geometry(grown, crs=districts.crs), float(shapely.area(gaps).sum()) / 1e6


def _with_gap(report: Report, gap_km2: float) -> Report:
    if gap_km2 == 0.0:
        return report
    what = f"{gap_km2:,.2f} km2 of the boundary lie in no district: given to the nearest"
    fix = "nothing to do if that is little; else give districts of this boundary"
    where = f"{report.path.name} [{report.key}]"
    return replace(report, notes=(*report.notes, Fault(where=where, what=what, fix=fix)))


def located(inputs: Inputs) -> gpd.GeoDataFrame:
    """Return all facilities, those with only an address placed by the geocoder.

    Returns
    -------
    geopandas.GeoDataFrame
        The facilities; a geocoded one is at most `derived` and has `position_error_m`. One
        that no address places keeps an empty geometry: no data, not left out.

    Raises
    ------
    LayerError
        If a `facility_id` stands in two layers.
    """
    table = _unique(inputs)
    for name, blank in OPTIONAL_COLUMNS.items():
        table = table if name in table else table.assign(**{name: blank})
    lost = (table.geometry.isna() | table.geometry.is_empty) & (table["address"] != "")
    towns = inputs.maybe("towns")
    if towns is None or not lost.any():
        return table
    found = geocode(table.loc[lost, "address"], towns=towns, city=inputs.city.label.ja)
    found = found[found["level"].isin(PLACED_LEVELS)]
    filled = table.copy()
    filled.loc[found.index, "geometry"] = found.geometry
    filled.loc[found.index, "position_error_m"] = found["error_m"]
    better = filled.index.isin(found.index) & (filled["grade"] == "official")
    filled.loc[better, "grade"] = "derived"
    return filled


def _unique(inputs: Inputs) -> gpd.GeoDataFrame:
    table = inputs.all("facilities")
    if "facility_id" not in table:
        return table.assign(facility_id="", name="", grade="")
    twice = table[table["facility_id"].duplicated(keep=False)]
    if len(twice):
        raise LayerError(
            Fault(
                where=f"facilities: facility_id {name}",
                what=f"stands in {', '.join(sorted(set(rows['layer'])))}",
                fix="give each facility an id of its own",
            )
            for name, rows in twice.groupby("facility_id")
        )
    return table
