"""A bus to the exclave of the toy town, whose waits are known by arithmetic."""

from __future__ import annotations

import zipfile
from typing import TYPE_CHECKING

import numpy as np
import pytest
import toy
from packedkit import unpacked

from landuse import outputs, read_city, run
from landuse.errors import CityError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from conftest import Done, Run

    from landuse.study import Study

DATE = "2025-10-01"
RIDE_MIN, HEADWAY_MIN = 5, 10
TRANSIT = f"""
[transit]
date = "{DATE}"
window = ["09:00", "10:00"]
cutoff_min = 60

[[layer]]
key = "bus"
role = "timetable"
reader = "gtfs"
path = "layers/bus.zip"
name = {{ ja = "バス", en = "Bus" }}
source = "toy"
vintage = "2025"
grade = "official"
"""


def clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}:00"


def write_feed(path: Path, *, day: str = "20251001") -> Path:
    """Write a feed with a bus each way every ten minutes from 8 to 11, five minutes long."""
    places = {"town": toy.lonlat(0, 0), "exclave": toy.lonlat(0, 10)}
    stops = [f"{name},{name},{lat!r},{lon!r}" for name, (lon, lat) in places.items()]
    trips, calls = [], []
    for start in range(8 * 60, 11 * 60, HEADWAY_MIN):
        for way, ends in (("out", ("town", "exclave")), ("in", ("exclave", "town"))):
            trip = f"{way}{start}"
            trips.append(f"r,s,{trip}")
            for at, (stop, minute) in enumerate(zip(ends, (start, start + RIDE_MIN), strict=True)):
                calls.append(f"{trip},{clock(minute)},{clock(minute)},{stop},{at}")
    tables = {
        "agency.txt": [
            "agency_id,agency_name,agency_url,agency_timezone",
            "a,a,http://a,Asia/Tokyo",
        ],
        "routes.txt": ["route_id,agency_id,route_short_name,route_type", "r,a,r,3"],
        "calendar_dates.txt": ["service_id,date,exception_type", f"s,{day},1"],
        "stops.txt": ["stop_id,stop_name,stop_lat,stop_lon", *stops],
        "trips.txt": ["route_id,service_id,trip_id", *trips],
        "stop_times.txt": ["trip_id,arrival_time,departure_time,stop_id,stop_sequence", *calls],
    }
    with zipfile.ZipFile(path, "w") as bundle:
        for name, lines in tables.items():
            bundle.writestr(name, "\n".join(lines) + "\n")
    return path


def with_bus(folder: Path, *, extra: str = TRANSIT, **feed: str) -> Path:
    """Write the toy town whose clinic is reached by bus."""
    city = toy.write_city(folder)
    write_feed(folder / "layers" / "bus.zip", **feed)
    services = folder / "services.toml"
    text = services.read_text(encoding="utf-8")
    services.write_text(text.replace('mode = "walk"', 'mode = "transit"', 1), encoding="utf-8")
    city.write_text(city.read_text(encoding="utf-8") + extra, encoding="utf-8")
    return city


def at(study: Study, row: int, col: int) -> float:
    return float(study.cells.loc[str(toy.GRID.cell_ids(row, col)), "clinic_s"])


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Study:
    return run(read_city(with_bus(tmp_path_factory.mktemp("bus") / "toy")))


def test_the_exclave_waits_as_arithmetic_says(study: Study) -> None:
    # Arrivals are wanted every minute; the last bus before came 0 to 9 minutes earlier, each
    # equally often, and rode five: the middle of 5 to 14 by nearest rank is 9 minutes.
    assert at(study, 0, 10) == (RIDE_MIN + HEADWAY_MIN // 2 - 1) * 60
    cell = study.cells.loc[str(toy.GRID.cell_ids(0, 10))]
    assert (cell["clinic_to"], cell["clinic_reason"]) == ("f1", "")


def test_where_walking_is_quicker_it_counts(study: Study, toy_run: Run) -> None:
    assert at(study, 0, 0) == 0.0
    for row, col in ((0, 1), (1, 1), (2, 0)):
        assert at(study, row, col) == at(toy_run.study, row, col)


def test_the_study_says_how_a_service_is_reached(study: Study) -> None:
    assert study.cost_methods["clinic"] == "timetable and surface"
    assert study.cost_methods["shelter"] == "surface"


def test_a_day_without_service_says_so(tmp_path: Path) -> None:
    # The feed runs on the second of October only; the first lies in no period of it.
    city = with_bus(tmp_path / "toy", day="20251002")
    with pytest.raises(Exception, match="2025-10-02"):
        run(read_city(city))


def test_a_time_or_a_timetable_that_is_missing_is_a_fault(tmp_path: Path) -> None:
    city = with_bus(tmp_path / "toy", extra="")
    with pytest.raises(CityError) as caught:
        read_city(city)
    assert {fault.where for fault in caught.value.faults} == {
        "city.toml.transit",
        "city.toml.layer",
    }
    wrong = with_bus(
        tmp_path / "wrong",
        extra=TRANSIT.replace('["09:00", "10:00"]', '["ten", "09:00"]').replace(DATE, "soon"),
    )
    with pytest.raises(CityError) as caught:
        read_city(wrong)
    assert {fault.where.rpartition(".")[2] for fault in caught.value.faults} == {"window", "date"}


def test_maps_and_files_come_out(
    study: Study, tmp_path: Path, landuse: Callable[..., Done]
) -> None:
    outputs.write(study, outputs.places(study.city, out=tmp_path))
    page = (tmp_path / "maps" / "public.html").read_text("utf-8")
    assert "バス・鉄道と徒歩" in unpacked(page)
    done = landuse("check", study.city.path)
    assert done.code == 0
    assert "bus" in done.out
    assert np.isfinite(at(study, 0, 10))
