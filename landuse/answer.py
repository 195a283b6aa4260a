"""Answers for one place: which zone and why, who lives there, what is near."""

from __future__ import annotations

import json
import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from landuse.errors import Fault, InputError
from landuse.geocode import geocode
from landuse.grid import MESH_CRS
from landuse.minutes import (
    REASON_TEXT,
    method_lines,
    method_of,
    reason_text,
    seconds_and_minutes,
    time_lines,
    times_of,
    whole_minutes,
)
from landuse.sources.mesh import CODES, mesh_polygons

if TYPE_CHECKING:
    from landuse.services import Service
    from landuse.study import Study

__all__ = ["REASON_TEXT", "Answer", "answer", "point_of"]

LONLAT = re.compile(r"(-?\d+(?:\.\d+)?)\s*,\s*(-?\d+(?:\.\d+)?)")


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What is known of one place."""

    place: str
    """As asked."""
    found: str
    """How it was read: coordinates, a mesh code, or the town an address led to."""
    lonlat: tuple[float, float]
    error_m: float | None
    """Radius within which the place lies; None for coordinates and cells."""
    cell_id: str
    town: str
    district: str
    people: tuple[float, float]
    """People of the cell, and those of 65 and over; NaN where unknown."""
    zone: dict[str, Any]
    """The explanation of the zone: keys of `landuse.zoning.Explanation`."""
    zone_text: str
    services: tuple[dict[str, Any], ...]
    """For each service: key, label, seconds and minutes or reason, facility, within the
    standard; and `times` on foot, by timetable and by car: mode, whose `speeds`, the same again,
    and under each of `profiles` a quick and a slow time."""
    methods: tuple[dict[str, Any], ...] = ()
    """For each mode whose speeds count: how its times were found, from what, and the grade."""

    def text(self) -> str:
        """Return the answer as lines to read out at a counter."""
        radius = f"（±{self.error_m:,.0f} m）" if self.error_m is not None else ""
        lon, lat = self.lonlat
        lines = [
            f"{self.place} → {self.found}{radius}  {lat:.5f}N {lon:.5f}E  {self.cell_id}",
            f"{self.district} {self.town}",
            "",
            self.zone_text,
            "",
        ]
        for service in self.services:
            lines += [
                _service_line(service),
                *time_lines(service["times"], beside=service["facility"]),
            ]
        return "\n".join([*lines, "", *method_lines(self.methods)]).rstrip()

    def json(self) -> str:
        """Return the answer as JSON; unknown figures are null."""
        fields = self.__dict__ | {"people": [_known(count) for count in self.people]}
        del fields["zone_text"]
        return json.dumps(fields, ensure_ascii=False, indent=1, allow_nan=False)


def _service_line(service: dict[str, Any]) -> str:
    if service["seconds"] is None:
        return f"  {service['label']}: {reason_text(service['reason'])}"
    mark, minutes = "✓" if service["within"] else "×", whole_minutes(service["seconds"])
    return f"  {mark} {service['label']}: {minutes} 分 min  {service['facility']}"


def answer(study: Study, place: str) -> Answer:
    """Return what a study knows of a place.

    Parameters
    ----------
    study
        A run.
    place
        `lon,lat` in degrees, a mesh code of 8 (1 km), 9 (500 m) or 10 digits (a cell), or
        an address of the city.

    Raises
    ------
    InputError
        If the place cannot be read, is not found, or lies outside the city.
    """
    point, found, error_m = point_of(study, place)
    face = _face_at(study, point, place)
    row, col = study.grid.locate_xy([point.x], [point.y])
    cell_id = str(study.grid.cell_ids(row, col)[0])
    cell = _cell(study, cell_id, point)
    times = study.times.iloc[int(np.flatnonzero(study.times.index == cell.name)[0])]
    explanation = study.explain(int(face["mask"]))
    degrees = gpd.GeoSeries([point], crs=study.city.crs).to_crs(MESH_CRS)
    return Answer(
        place=place,
        found=found,
        lonlat=(round(float(degrees.x.iloc[0]), 6), round(float(degrees.y.iloc[0]), 6)),
        error_m=error_m,
        cell_id=str(cell.name),
        town=str(cell["town"]),
        district=study.district_names.get(str(cell["district"]), str(cell["district"])),
        people=(float(cell["population"]), float(cell["population_65plus"])),
        zone=explanation.as_dict(),
        zone_text=explanation.text("ja"),
        services=tuple(_service(study, cell, times, service) for service in study.city.services),
        methods=tuple(method_of(study, pace) for pace in study.way_methods),
    )


def point_of(study: Study, place: str) -> tuple[shapely.Point, str, float | None]:
    """Return a place as a point of the city's system, how it was read, and its error in metres.

    Raises
    ------
    InputError
        If the place cannot be read or is not found.
    """
    text = unicodedata.normalize("NFKC", place).strip()
    coordinates = LONLAT.fullmatch(text)
    if coordinates:
        lon, lat = (float(part) for part in coordinates.groups())
        return _in_plane(study, lon, lat), "経度,緯度 lon,lat", None
    if text.isdecimal():
        return _meshed(study, text)
    return _addressed(study, place)


def _meshed(study: Study, code: str) -> tuple[shapely.Point, str, float | None]:
    """Return the middle of a mesh; one larger than a cell is read with its half diagonal."""
    tenths = re.fullmatch(CODES["cell_id"], code) is not None
    if not tenths and not re.fullmatch(CODES["mesh_code"], code):
        what = f"{code!r} is no mesh code"
        fix = "give 8 digits (1 km), 9 (500 m) or 10 (1/10 mesh) of JIS X 0410"
        raise InputError(Fault(where="PLACE", what=what, fix=fix))
    (square,) = mesh_polygons(pd.Series([code]), tenths=tenths).to_crs(study.city.crs)
    corner = shapely.Point(shapely.get_coordinates(square)[0])
    error_m = None if tenths else float(square.centroid.distance(corner))
    return square.centroid, "メッシュ mesh", error_m


def _in_plane(study: Study, lon: float, lat: float) -> shapely.Point:
    points = gpd.GeoSeries([shapely.Point(lon, lat)], crs=MESH_CRS).to_crs(study.city.crs)
    return shapely.Point(points.x.iloc[0], points.y.iloc[0])


def _addressed(study: Study, place: str) -> tuple[shapely.Point, str, float]:
    towns = study.inputs.maybe("towns")
    if towns is not None:
        found = geocode([place], towns=towns, city=study.city.label.ja).iloc[0]
        if found["level"] != "none":
            return found.geometry, str(found["matched"]), float(found["error_m"])
    what = f"{place!r} is not an address of {study.city.label} that the town list knows"
    fix = "give 町名 with 丁目, or lon,lat, or a mesh code"
    raise InputError(Fault(where="PLACE", what=what, fix=fix))


def _face_at(study: Study, point: shapely.Point, place: str) -> pd.Series:
    hits = study.faces.sindex.query(point, predicate="intersects")
    if len(hits) == 0:
        what = f"{place!r} lies outside {study.city.label}"
        fix = "give a place inside; longitude comes first"
        raise InputError(Fault(where="PLACE", what=what, fix=fix))
    return study.faces.iloc[int(min(hits))]


def _cell(study: Study, cell_id: str, point: shapely.Point) -> pd.Series[Any]:
    """Return a point's cell; on the shore its centre may be at sea, so the nearest one."""
    if cell_id in study.cells.index:
        place = np.flatnonzero(study.cells.index == cell_id)[0]
    else:
        x, y = study.grid.centres_xy(study.cells["row"], study.cells["col"])
        place = np.argmin(np.hypot(x - point.x, y - point.y))
    return study.cells.iloc[int(place)]


def _service(study: Study, cell: pd.Series, times: pd.Series, service: Service) -> dict[str, Any]:
    seconds = float(cell[f"{service.key}_s"])
    known = not np.isnan(seconds)
    facility = study.facility_names.get(cell[f"{service.key}_to"], "") if known else ""
    return {
        "key": service.key,
        "label": str(service.label),
        "mode": service.mode,
        **seconds_and_minutes(seconds),
        "reason": "" if known else str(cell[f"{service.key}_reason"]),
        "facility": facility,
        "within": bool(seconds <= service.within_min * 60) if known else None,
        "times": times_of(study, times, service),
    }


def _known(figure: float) -> float | None:
    return None if np.isnan(figure) else figure
