"""Timetable feeds: three stops, two routes and a week, and everything that can be wrong."""

from __future__ import annotations

import datetime as dt
import io
import zipfile
from dataclasses import fields
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from layerkit import LAT, LON, layer

from landuse.errors import LayerError, MissingFileError
from landuse.sources.gtfs import (
    Feed,
    files,
    on_trunk,
    open_gtfs,
    read_gtfs,
    services_on,
    stop_departures,
    trips_on,
    trunk_routes,
    trunk_sections,
    typical_dates,
)
from landuse.sources.report import Findings
from landuse.sources.window import Window

if TYPE_CHECKING:
    from collections.abc import Sequence

    from landuse.errors import Fault

MONDAY, TUESDAY = dt.date(2024, 4, 1), dt.date(2024, 4, 2)
SATURDAY, SUNDAY = dt.date(2024, 4, 6), dt.date(2024, 4, 7)

TOY = {
    "agency.txt": "agency_id,agency_name\n1,玩具バス\n",
    "routes.txt": (
        "route_id,route_short_name,route_long_name,route_type\nR1,1,駅前線,3\nR2,2,港線,3\n"
    ),
    "stops.txt": (
        "stop_id,stop_name,stop_lat,stop_lon\n"
        f"A,釧路駅,{LAT},{LON}\nB,①髙﨑,{LAT},{LON + 0.01}\nC,港,{LAT},{LON + 0.04}\n"
    ),
    "calendar.txt": (
        "service_id,monday,tuesday,wednesday,thursday,friday,saturday,sunday,start_date,end_date\n"
        "平日,1,1,1,1,1,0,0,20240401,20240430\n土日,0,0,0,0,0,1,1,20240401,20240430\n"
    ),
    "trips.txt": (
        "route_id,service_id,trip_id,direction_id\n"
        "R1,平日,T1,0\nR1,平日,T2,1\nR2,土日,T3,0\nR1,平日,T4,0\n"
    ),
    "stop_times.txt": (
        "trip_id,arrival_time,departure_time,stop_id,stop_sequence\n"
        "T1,08:00:00,08:00:00,A,1\nT1,08:10:00,08:11:00,B,2\nT1,08:30:00,08:30:00,C,3\n"
        "T2,09:00:00,09:00:00,C,1\nT2,09:30:00,09:30:00,A,2\n"
        "T3,10:00:00,10:00:00,A,1\nT3,10:20:00,10:20:00,C,2\n"
        "T4,23:50:00,23:50:00,A,5\nT4,24:05:00,24:05:00,B,9\n"
    ),
}
"""A weekday has T1 (A B C), T2 (C A) and T4 (A B, past midnight); a weekend has T3 (A C)."""


def texts(**changes: str | None) -> dict[str, str]:
    """Return the toy with files exchanged, added or (None) left out."""
    new = {f"{name}.txt": text for name, text in changes.items()}
    return {name: text for name, text in (TOY | new).items() if text is not None}


def zipped(feed: dict[str, str], *, inside: str = "", encoding: str = "utf-8") -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as bundle:
        for name, text in feed.items():
            bundle.writestr(inside + name, text.encode(encoding))
    return made.getvalue()


def read(feed: dict[str, str], *, encoding: str = "utf-8", **options: Any) -> Feed:  # noqa: ANN401 - options of read_gtfs
    with TemporaryDirectory() as folder:
        path = Path(folder) / "toy.zip"
        path.write_bytes(zipped(feed, encoding=encoding))
        return read_gtfs(path, **options)


def faults(**changes: str | None) -> Sequence[Fault]:
    """Return the faults of a spoilt toy; each names the feed and a remedy."""
    with pytest.raises(LayerError) as caught:
        read(texts(**changes))
    assert all(fault.where.startswith("toy.zip") and fault.fix for fault in caught.value.faults)
    return caught.value.faults


def same(one: Feed, other: Feed) -> bool:
    """Tell whether two feeds are the same but for the rows in the files."""
    for table in ("agencies", "routes", "services", "exceptions", "trips", "stops"):
        left, right = (
            getattr(feed, table).drop(columns="row", errors="ignore") for feed in (one, other)
        )
        pd.testing.assert_frame_equal(left, right)
    times = [feed.stop_times for feed in (one, other)]
    return (one.start, one.end) == (other.start, other.end) and all(
        np.array_equal(*(getattr(table, field.name) for table in times))
        for field in fields(times[0])
    )


def per_stop(feed: Feed, kind: str, **options: Any) -> dict[str, float]:  # noqa: ANN401 - options of stop_departures
    table = stop_departures(feed, **options)
    return dict(zip(table["stop_id"], table[f"departures_{kind}"], strict=True))


# What is counted


def test_departures_leave_out_the_last_stop_of_each_trip() -> None:
    feed = read(TOY)
    assert per_stop(feed, "weekday") == {"A": 2, "B": 1, "C": 1}
    assert per_stop(feed, "saturday") == per_stop(feed, "holiday") == {"A": 1, "B": 0, "C": 0}
    assert stop_departures(feed)["routes"].tolist() == [2, 1, 1]


def test_nobody_departs_where_nobody_may_board() -> None:
    lines = TOY["stop_times.txt"].splitlines()
    kinds = dict.fromkeys(range(1, 10), "0") | {1: "1", 2: "3", 4: "2"}
    table = [lines[0] + ",pickup_type", *(f"{lines[at]},{kind}" for at, kind in kinds.items())]
    assert per_stop(read(texts(stop_times="\n".join(table))), "weekday") == {"A": 1, "B": 1, "C": 1}


def test_times_past_midnight_go_on_as_24_and_more() -> None:
    times = read(TOY).stop_times
    assert (times.departure_s.dtype, times.departure_s.max()) == (np.int32, 86_700)
    assert times.starts.tolist() == [0, 3, 5, 7, 9]


def test_a_kind_of_day_without_any_trip_is_no_data_and_not_zero() -> None:
    feed = read(
        texts(
            trips="route_id,service_id,trip_id\n" + "".join(f"R1,平日,T{n}\n" for n in range(1, 5))
        )
    )
    assert typical_dates(feed).saturday is None
    assert np.isnan(list(per_stop(feed, "saturday").values())).all()
    assert per_stop(feed, "weekday") == {"A": 3, "B": 1, "C": 1}


def test_platforms_are_counted_alone_or_for_their_station() -> None:
    stops = (
        "stop_id,stop_name,stop_lat,stop_lon,location_type,parent_station\n"
        f"S,駅,{LAT},{LON},1,\nA,駅,{LAT},{LON},0,S\nB,駅,{LAT},{LON},0,S\nC,港,{LAT},{LON},,\nE,口,{LAT},{LON},2,S\n"
    )
    feed = read(texts(stops=stops))
    assert per_stop(feed, "weekday") == {"A": 2, "B": 1, "C": 1}
    assert per_stop(feed, "weekday", by="station") == {"S": 3, "C": 1}


def test_headways_are_run_out_before_their_end() -> None:
    rows = (
        "trip_id,start_time,end_time,headway_secs\n"
        "T1,06:00:00,07:00:00,1200\nT1,07:00:00,07:30:00,900\n"
    )
    feed = read(texts(frequencies=rows))
    assert per_stop(feed, "weekday") == {"A": 1 + 5, "B": 5, "C": 1}
    runs = feed.trips[feed.trips["trip_id"] == "T1"]
    first = feed.stop_times.departure_s[feed.stop_times.starts[runs.index]]
    assert (first / 60).tolist() == [360, 380, 400, 420, 435]
    assert runs["run"].tolist() == [0, 1, 2, 3, 4]
    at_b = feed.stop_times.departure_s[feed.stop_times.starts[runs.index] + 1]
    assert set(at_b - first) == {660}


def test_blank_times_lie_between_others_by_the_way() -> None:
    head = "trip_id,arrival_time,departure_time,stop_id,stop_sequence"
    rows = ["T1,08:00:00,08:00:00,A,1", "T1,,,B,2", "T1,08:40:00,08:40:00,C,3"]
    by_line = read(texts(stop_times="\n".join([head, *rows])))
    # B is a quarter of the way east from A to C.
    assert by_line.stop_times.arrival_s.tolist() == [28_800, 28_800 + 600, 31_200]
    assert by_line.stop_times.estimated.tolist() == [False, True, False]
    ways = [f"{row},{way}" for row, way in zip(rows, (0, 300, 400), strict=True)]
    by_shape = read(texts(stop_times="\n".join([head + ",shape_dist_traveled", *ways])))
    assert by_shape.stop_times.arrival_s.tolist() == [28_800, 28_800 + 1800, 31_200]
    stops = "stop_id,stop_name,stop_lat,stop_lon\nA,あ,43,144\nB,い,,\nC,う,43,145\n"
    by_count = read(texts(stops=stops, stop_times="\n".join([head, *rows])))
    assert by_count.stop_times.arrival_s.tolist() == [28_800, 28_800 + 1200, 31_200]
    assert any("1 in equal parts" in note.what for note in by_count.notes)


# Days


def test_exceptions_come_after_the_weekly_pattern() -> None:
    feed = read(
        texts(calendar_dates="service_id,date,exception_type\n平日,20240402,2\n土日,20240402,1\n")
    )
    assert services_on(feed, MONDAY) == {"平日"}
    assert services_on(feed, TUESDAY) == {"土日"}
    assert trips_on(feed, TUESDAY).tolist() == [False, False, True, False]
    assert typical_dates(feed).weekday == MONDAY


def test_a_feed_may_have_calendar_dates_alone() -> None:
    rows = "service_id,date,exception_type\n平日,20240402,1\n土日,20240407,1\n土日,20240406,1\n"
    feed = read(texts(calendar=None, calendar_dates=rows))
    dates = typical_dates(feed)
    assert (dates.weekday, dates.saturday, dates.holiday) == (TUESDAY, SATURDAY, SUNDAY)
    assert (feed.start, feed.end) == (TUESDAY, SUNDAY)
    assert services_on(feed, dt.date(2024, 4, 3)) == set()


def test_a_date_beyond_the_validity_is_no_answer() -> None:
    info = "feed_publisher_name,feed_start_date,feed_end_date\nx,20240402,20240403\n"
    feed = read(texts(feed_info=info))
    assert (feed.start, feed.end) == (TUESDAY, dt.date(2024, 4, 3))
    with pytest.raises(
        LayerError, match="says nothing of 2024-04-01: it is valid 2024-04-02 to 2024-04-03"
    ):
        services_on(feed, MONDAY)


def test_the_busiest_day_stands_for_its_kind() -> None:
    rows = "service_id,date,exception_type\n土日,20240410,1\n平日,20240407,1\n土日,20240406,2\n"
    dates = typical_dates(read(texts(calendar_dates=rows)))
    assert dates.weekday == dt.date(2024, 4, 10)
    assert dates.saturday == dt.date(2024, 4, 13)
    assert dates.holiday == SUNDAY


def test_an_end_in_the_far_future_is_an_open_end() -> None:
    feed = read(texts(calendar=TOY["calendar.txt"].replace("20240430", "99991231")))
    assert feed.end == dt.date(2199, 12, 31)
    assert typical_dates(feed).weekday == MONDAY


# Trunk routes


def timetable(runs: Sequence[tuple[str, str, str]]) -> dict[str, str]:
    """Return a feed of trips (route, direction, places on the way) on weekdays."""
    trips, calls = (
        ["route_id,service_id,trip_id,direction_id"],
        [TOY["stop_times.txt"].splitlines()[0]],
    )
    for at, (route, direction, way) in enumerate(runs):
        trips.append(f"{route},平日,T{at},{direction}")
        calls += [f"T{at},08:{n:02}:00,08:{n:02}:00,{stop},{n}" for n, stop in enumerate(way)]
    return texts(trips="\n".join(trips), stop_times="\n".join(calls))


def test_thirty_trips_one_way_make_a_trunk_route_and_twenty_nine_do_not() -> None:
    runs = [("R1", "0", "AB")] * 30 + [("R1", "1", "BA")] * 29 + [("R2", "0", "BC")]
    feed = read(timetable(runs))
    table = trunk_routes(feed, MONDAY)
    assert table.set_index("trips")["trunk"].to_dict() == {1: False, 29: False, 30: True}
    assert on_trunk(feed, MONDAY).tolist() == [True, True, False]
    assert not on_trunk(feed, MONDAY, one_way_per_day=31).any()
    assert trunk_routes(feed, SATURDAY).empty


def test_trips_both_ways_are_not_added_where_no_direction_tells_them_apart() -> None:
    for direction in ("", "0"):
        runs = [("R1", direction, "ABC")] * 15 + [("R1", direction, "CBA")] * 15
        table = trunk_routes(read(timetable(runs)), MONDAY)
        assert (table["trips"].tolist(), table["direction"].tolist()) == ([15, 15], [-1, -1])
        assert set(table["from_place"]) == {"釧路駅", "港"}


@pytest.mark.parametrize("direction", ["", "0"])
def test_the_two_senses_of_a_loop_are_not_added(direction: str) -> None:
    runs = [("R1", direction, "ABCA")] * 20 + [("R1", direction, "ACBA")] * 10
    table = trunk_routes(read(timetable(runs)), MONDAY)
    assert sorted(table["trips"]) == [10, 20]
    there_and_back = trunk_routes(read(timetable([("R1", direction, "ABA")] * 30)), MONDAY)
    assert there_and_back["trips"].tolist() == [30]


def test_routes_that_share_a_road_are_trunk_there_together() -> None:
    runs = [("R1", "0", "AB")] * 20 + [("R2", "0", "ABC")] * 10
    feed = read(timetable(runs))
    assert not on_trunk(feed, MONDAY).any()
    assert on_trunk(feed, MONDAY, by="section").tolist() == [True, True, False]
    sections = trunk_sections(feed, MONDAY).set_index(["from_place", "to_place"])
    assert sections["trips"].to_dict() == {("釧路駅", "①髙﨑"): 30, ("①髙﨑", "港"): 10}
    assert sections["routes"].tolist() == [2, 1]


def test_variants_of_one_route_may_count_together() -> None:
    routes = (
        "route_id,route_long_name,route_type,jp_parent_route_id\nR1,駅前線,3,P\nR2,駅前線,3,P\n"
    )
    feed = timetable([("R1", "0", "AB")] * 20 + [("R2", "0", "AB")] * 10)
    read_in = read(feed | {"routes.txt": routes})
    assert not trunk_routes(read_in, MONDAY)["trunk"].any()
    assert trunk_routes(read_in, MONDAY, by="parent")["trips"].tolist() == [30]
    assert on_trunk(read_in, MONDAY, by="parent").sum() == 2


# Names


@pytest.mark.parametrize(
    "rows",
    [
        (
            "trans_id,lang,translation\n釧路駅,en,Kushiro Station\n"
            "釧路駅,ja-HrKt,くしろえき\n釧路駅,ja,釧路駅\n"
        ),
        (
            "table_name,field_name,language,translation,record_id,field_value\n"
            "stops,stop_name,en,Kushiro Station,A,\nstops,stop_name,ja-Hrkt,くしろえき,,釧路駅\n"
            "stops,stop_desc,en,wrong,A,\nroutes,route_long_name,en,wrong,A,\n"
        ),
    ],
    ids=["old", "new"],
)
def test_names_of_stops_come_in_other_languages(rows: str) -> None:
    stop = read(texts(translations=rows)).stops.iloc[0]
    assert stop[["name", "name_en", "name_kana"]].tolist() == [
        "釧路駅",
        "Kushiro Station",
        "くしろえき",
    ]
    assert read(texts(translations=rows)).stops["name_en"].tolist() == ["Kushiro Station", "", ""]


def test_a_japanese_name_wins_in_a_feed_of_another_language() -> None:
    rows = "table_name,field_name,language,translation,record_id\nstops,stop_name,ja,東京,A\n"
    assert read(texts(translations=rows)).stops["name"].tolist() == ["東京", "①髙﨑", "港"]


# Forms of a feed


@pytest.mark.parametrize("encoding", ["cp932", "utf-8", "utf-8-sig"])
def test_any_japanese_encoding_gives_the_same_feed(encoding: str) -> None:
    feed = read(TOY, encoding=encoding)
    assert same(feed, read(TOY))
    assert feed.encoding == ("cp932" if encoding == "cp932" else "utf-8")


def test_line_ends_quotes_spaces_and_blank_lines_change_nothing() -> None:
    quoted = {
        name: "\r\n".join(
            ",".join(f'"{word}"' for word in line.split(",")) for line in text.split()
        )
        for name, text in TOY.items()
    }
    assert same(read(quoted), read(TOY))
    spaced = {name: text.replace(",", " , ").replace("\n", "\n\n") for name, text in TOY.items()}
    assert same(read(spaced), read(TOY))


def test_a_feed_lies_in_a_folder_or_a_zip_file_or_both(tmp_path: Path) -> None:
    whole = read(TOY)
    (tmp_path / "a.zip").write_bytes(zipped(TOY, inside="feed/gtfs/"))
    (tmp_path / "b.zip").write_bytes(zipped(TOY, inside="feed\\"))
    with zipfile.ZipFile(tmp_path / "c.zip", "w") as bundle:
        bundle.writestr("folder/toy.zip", zipped(TOY, inside="feed/"))
        bundle.writestr("folder/readme.pdf", b"x")
    folder = tmp_path / "d" / "feed"
    folder.mkdir(parents=True)
    for name, text in TOY.items():
        (folder / name.upper()).write_text(text, encoding="utf-8")
    for path in (
        tmp_path / "a.zip",
        tmp_path / "b.zip",
        tmp_path / "c.zip",
        tmp_path / "d",
        folder,
    ):
        assert same(read_gtfs(path), whole)


def test_one_of_several_feeds_is_chosen_by_name(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "all.zip", "w") as bundle:
        bundle.writestr("x/bus.zip", zipped(TOY))
        bundle.writestr(
            "x/train.zip", zipped(texts(calendar_dates="service_id,date,exception_type\n"))
        )
    with pytest.raises(LayerError, match=r"holds 2 feeds \(x/bus.zip, x/train.zip\)"):
        read_gtfs(tmp_path / "all.zip")
    assert same(read_gtfs(tmp_path / "all.zip", member="bus"), read(TOY))


def test_fare_tables_are_not_even_opened(tmp_path: Path) -> None:
    data = zipped(TOY | {"pass_rules.txt": "pass_id\n" + "x\n" * 9999})
    with zipfile.ZipFile(io.BytesIO(data)) as bundle:
        start = bundle.getinfo("pass_rules.txt").header_offset
    (tmp_path / "a.zip").write_bytes(data[: start + 60] + b"\xff" * 8 + data[start + 68 :])
    assert same(read_gtfs(tmp_path / "a.zip"), read(TOY))


def test_bad_archives_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, whole = tmp_path / "a.zip", zipped(TOY)
    locked = bytearray(whole)
    for at in (
        i for i in range(len(locked)) if locked[i : i + 4] in (b"PK\x01\x02", b"PK\x03\x04")
    ):
        locked[at + (8 if locked[at + 2] == 1 else 6)] |= 1
    bomb = zipped(texts(stops=TOY["stops.txt"] + " " * 3_000_000))
    monkeypatch.setattr(files.archive, "MAX_RATIO", 2)
    twice = whole.replace(b"agency.txt", b"routes.txt")
    for data, reason in (
        (whole[:-40], "not a zip file"),
        (whole[:200] + bytes(40) + whole[240:], "cannot be read"),
        (bytes(locked), "encrypted"),
        (bomb, "stops.txt is larger than 2 MiB"),
        (twice, "holds routes.txt more than once"),
        (zipped({"readme.txt": "x"}), "holds no feed"),
    ):
        path.write_bytes(data)
        with pytest.raises(LayerError, match=reason):
            read_gtfs(path)
    with pytest.raises(MissingFileError):
        read_gtfs(tmp_path / "none.zip")
    monkeypatch.setattr(files.archive, "MAX_MEMBERS", 3)
    path.write_bytes(whole)
    with pytest.raises(LayerError, match="holds 6 files"):
        read_gtfs(path)


# Faults


def test_every_fault_of_a_feed_is_told_at_once() -> None:
    found = faults(
        trips=TOY["trips.txt"].replace("R2,土日", "R9,祝日") + "R1,平日,T1,2\n",
        stop_times=TOY["stop_times.txt"].replace("08:10:00", "8時").replace("A,5", "Z,5")
        + "T7,,,A,1\n",
        calendar=TOY["calendar.txt"].replace("20240430\n土", "20240431\n土"),
        stops=TOY["stops.txt"].replace(f"港,{LAT}", "港,北"),
        frequencies="trip_id,start_time,end_time,headway_secs\nT1,06:00:00,07:00:00,0\n",
    )
    assert {(fault.where, fault.what) for fault in found} == {
        ("toy.zip: calendar.txt: row 2: column end_date", "is '20240431': not a date YYYYMMDD"),
        ("toy.zip: trips.txt: row 4: column route_id", "is 'R9', which routes.txt does not have"),
        (
            "toy.zip: trips.txt: row 4: column service_id",
            "is '祝日', which calendar.txt or calendar_dates.txt does not have",
        ),
        ("toy.zip: trips.txt: row 6: column direction_id", "is '2': not 0 or 1"),
        ("toy.zip: trips.txt: rows 2, 6: trip_id", "'T1' stands more than once"),
        ("toy.zip: stops.txt: row 4: column stop_lat", "is '北': not a latitude in degrees"),
        (
            "toy.zip: stop_times.txt: row 11: column trip_id",
            "is 'T7', which trips.txt does not have",
        ),
        ("toy.zip: stop_times.txt: row 9: column stop_id", "is 'Z', which stops.txt does not have"),
        ("toy.zip: stop_times.txt: row 3: column arrival_time", "is '8時': not a time H:MM:SS"),
        (
            "toy.zip: frequencies.txt: row 2: column headway_secs",
            "is '0': not seconds above zero",
        ),
    }


@pytest.mark.parametrize(
    ("changes", "where", "what"),
    [
        ({"stops": None}, "stops.txt", "is missing"),
        (
            {"stop_times": "trip_id\n"},
            "stop_times.txt: column stop_id",
            "is missing (found: trip_id)",
        ),
        ({"routes": "route_id,route_type\n"}, "routes.txt", "has no rows"),
        ({"calendar": None}, "", "has neither calendar.txt nor calendar_dates.txt"),
        (
            {"agency": "agency_name,agency_name\nx,y\n"},
            "agency.txt",
            "names column agency_name twice",
        ),
        ({"agency": "agency_id,agency_name\n1,x,y\n1\n"}, "agency.txt: rows 2, 3", "not 2 fields"),
        ({"agency": 'agency_id,agency_name\n1,"x\n2,y\n'}, "agency.txt: line 2", "never closed"),
        (
            {"agency": 'agency_id,agency_name\n1,5" x\n2,6" y\n'},
            "agency.txt: line 2",
            "within a field",
        ),
        (
            {"calendar_dates": "service_id,date,exception_type\n平日,20240402,3\n"},
            "calendar_dates.txt: row 2: column exception_type",
            "is '3': not 1 or 2",
        ),
        (
            {"calendar_dates": "service_id,date,exception_type\n" + "平日,20240402,2\n" * 2},
            "calendar_dates.txt: rows 2, 3: service_id, date",
            "stands more than once",
        ),
        (
            {
                "calendar": TOY["calendar.txt"].replace(
                    "20240401,20240430\n土", "20240501,20240430\n土"
                )
            },
            "calendar.txt: row 2",
            "ends before it starts",
        ),
        (
            {"calendar": TOY["calendar.txt"].replace(",1", ",0")},
            "",
            "runs on no day",
        ),
        (
            {"stop_times": TOY["stop_times.txt"].replace("B,2", "B,1")},
            "stop_times.txt: rows 2, 3: column trip_id, stop_sequence",
            "a trip has one stop_sequence twice",
        ),
        (
            {"stop_times": TOY["stop_times.txt"].replace("08:30:00,08:30:00", ",")},
            "stop_times.txt: row 4: column arrival_time",
            "the first or last stop of a trip has no time",
        ),
        (
            {"stop_times": TOY["stop_times.txt"].replace("24:05:00", "00:05:00")},
            "stop_times.txt: row 10: column arrival_time",
            "arrives before it left the stop before",
        ),
        (
            {"stop_times": TOY["stop_times.txt"].replace("08:11:00", "08:09:59")},
            "stop_times.txt: row 3: column departure_time",
            "departs before it arrives",
        ),
        (
            {
                "stops": "stop_id,stop_name,stop_lat,stop_lon,parent_station\n"
                "A,駅,43,144,S\nB,い,43,144,\nC,港,43,144,A\n"
            },
            "stops.txt: row 2: column parent_station",
            "is 'S', which stops.txt does not have",
        ),
        (
            {"frequencies": "trip_id,start_time,end_time,headway_secs\nT1,00:00:00,999:00:00,1\n"},
            "frequencies.txt",
            "makes 3,596,400 runs",
        ),
        (
            {
                "frequencies": "trip_id,start_time,end_time,headway_secs\n"
                "T1,07:00:00,08:00:00,600\nT1,06:00:00,07:01:00,600\n"
            },
            "frequencies.txt: row 2: column start_time",
            "begins while the period before it lasts",
        ),
    ],
)
def test_each_fault_names_file_row_and_column(
    changes: dict[str, str | None], where: str, what: str
) -> None:
    start = f"toy.zip: {where}" if where else "toy.zip"
    found = [(fault.where, fault.what) for fault in faults(**changes)]
    assert [pair for pair in found if pair[0].startswith(start) and what in pair[1]], found


def test_a_broken_file_is_not_blamed_on_the_rows_that_name_it() -> None:
    (fault,) = faults(routes=TOY["routes.txt"] + "R3,3\n")
    assert fault.where == "toy.zip: routes.txt: row 4"


def test_places_that_are_odd_are_notes() -> None:
    rows = "D,x,,\nE,y,0,0\nF,z,-30.0,-51.2\n"
    feed = read(texts(stops=TOY["stops.txt"] + rows), area=(139.0, 41.0, 146.0, 46.0))
    assert [(note.where, note.what) for note in feed.notes] == [
        ("toy.zip: stops.txt: row 5", "no coordinates"),
        ("toy.zip: stops.txt: row 6", "coordinates (0, 0): taken as unknown"),
        ("toy.zip: stops.txt: row 7", "outside 139 to 146 east, 41 to 46 north"),
    ]
    assert feed.stops["lon"].isna().tolist() == [False, False, False, True, True, False]
    assert not read(texts(stops=TOY["stops.txt"] + "F,z,-30.0,-51.2\n")).notes


def test_calls_at_zones_of_demand_buses_are_left_out_and_told() -> None:
    lines = TOY["stop_times.txt"].splitlines()
    text = "\n".join(
        [lines[0] + ",location_id", *(f"{line}," for line in lines[1:]), "T3,,,,9,zone"]
    )
    feed = read(texts(stop_times=text))
    assert same(feed, read(TOY))
    assert "demand-responsive" in feed.notes[0].what


# The layer


def opened(path: Path, **options: Any) -> tuple[Any, Findings]:  # noqa: ANN401 - a Found
    findings = Findings(layer=layer(path, "facilities"))
    return open_gtfs(path, findings, **options), findings


def test_stops_become_points_with_their_departures(tmp_path: Path) -> None:
    path = tmp_path / "toy.zip"
    path.write_bytes(zipped(texts(stops=TOY["stops.txt"] + "D,夢,,\n"), encoding="cp932"))
    found, findings = opened(path, one_way_per_day=2)
    table = found.table
    assert (found.crs.to_epsg(), found.crs_from, found.encoding) == (4326, "GTFS", "cp932")
    assert (table.index.name, table.index.tolist()) == ("row", [2, 3, 4, 5])
    assert table["departures_weekday"].tolist() == [2, 1, 1, 0]
    assert table["trunk"].tolist() == [True, True, True, False]
    assert (table.geometry.iloc[2].x, table.geometry.iloc[2].y) == (LON + 0.04, LAT)
    assert table.geometry.isna().tolist() == [False, False, False, True]
    assert any("weekday 2024-04-01, saturday 2024-04-06" in note.what for note in findings.notes)


def test_stops_beyond_the_window_are_counted(tmp_path: Path) -> None:
    path = tmp_path / "toy.zip"
    path.write_bytes(zipped(TOY))
    found, findings = opened(
        path, window=Window(bounds=(LON - 0.1, LAT - 0.1, LON + 0.02, LAT + 0.1))
    )
    assert found.table["stop_id"].tolist() == ["A", "B"]
    assert findings.counts["outside"] == 1
    found, findings = opened(path, window=Window(bounds=(139.0, 35.0, 140.0, 36.0)))
    assert (len(found.table), findings.counts) == (3, {})


# Laws


@st.composite
def feeds(draw: st.DrawFn) -> dict[str, str]:
    """Draw trips of two or more stops in a row, on weekdays or weekends."""
    trips, calls = ["route_id,service_id,trip_id"], [TOY["stop_times.txt"].splitlines()[0]]
    for at in range(draw(st.integers(1, 6))):
        trips.append(
            f"{draw(st.sampled_from(['R1', 'R2']))},{draw(st.sampled_from(['平日', '土日']))},T{at}"
        )
        clock = draw(st.integers(0, 90_000))
        for n, stop in enumerate(draw(st.lists(st.sampled_from("ABC"), min_size=2, max_size=6))):
            clock += draw(st.integers(0, 600))
            time = f"{clock // 3600}:{clock // 60 % 60:02}:{clock % 60:02}"
            calls.append(f"T{at},{time},{time},{stop},{n}")
    return texts(trips="\n".join(trips), stop_times="\n".join(calls))


@settings(max_examples=25, deadline=None)
@given(feeds())
def test_each_trip_departs_once_less_than_it_calls(toy: dict[str, str]) -> None:
    feed = read(toy)
    for date in (MONDAY, SATURDAY):
        on = trips_on(feed, date)
        calls = np.diff(feed.stop_times.starts)[on]
        kind = "weekday" if date == MONDAY else "saturday"
        counted = np.nan_to_num(list(per_stop(feed, kind).values())).sum()
        assert counted == calls.sum() - on.sum()


@settings(max_examples=25, deadline=None)
@given(feeds(), st.randoms())
def test_the_order_of_rows_means_nothing(toy: dict[str, str], random: Any) -> None:  # noqa: ANN401 - a Random
    shuffled = {}
    for name, text in toy.items():
        head, *rows = text.splitlines()
        random.shuffle(rows)
        shuffled[name] = "\n".join([head, *rows])
    assert same(read(shuffled), read(toy))
    assert same(read(toy, encoding="cp932"), read(toy))


@settings(max_examples=25, deadline=None)
@given(feeds(), st.integers(1, 30), st.sampled_from(["平日", "土日"]))
def test_an_exception_changes_the_trips_of_its_service_and_date_alone(
    toy: dict[str, str], day: int, service: str
) -> None:
    date, before = dt.date(2024, 4, day), read(toy)
    kind = 2 if service in services_on(before, date) else 1
    row = f"service_id,date,exception_type\n{service},{date:%Y%m%d},{kind}\n"
    after = read(toy | {"calendar_dates.txt": row})
    for other in (dt.date(2024, 4, n) for n in range(1, 31)):
        changed = trips_on(after, other) != trips_on(before, other)
        of_service = before.services["service_id"].to_numpy()[before.trips["service"]] == service
        assert np.array_equal(changed, of_service & (other == date))
