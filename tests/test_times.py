"""Times on foot, by bus and by car, as usual and in winter, on the toy town with streets."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
import toy
from pandas.testing import assert_frame_equal
from test_rides import TRANSIT, with_bus

from landuse import finished, outputs, read_city, run
from landuse.answer import answer
from landuse.caveats import caveats_of, lights_known
from landuse.config import preset
from landuse.coverage import coverage, standards
from landuse.errors import LayerError
from landuse.maps.data import check
from landuse.minutes import whole_minutes
from landuse.network import network_from_edges, put_on_streets
from landuse.schema import REASONS
from landuse.services import time_column
from landuse.snaps import distances
from landuse.speeds import read_speeds

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from conftest import Done, Run

    from landuse.study import Study

CELL = str(toy.GRID.cell_ids(4, 4))
EXCLAVE = str(toy.GRID.cell_ids(0, 10))
WINTER = '\nconditions = ["winter"]\n'
W, H = (float(step[0]) for step in toy.GRID.steps_m())
SPEEDS = read_speeds(preset("speeds.toml"))
PLACED = ("clinic", "shelter", "airport")
SEASONS = ("usual", "winter_high", "winter_low")


def in_winter(city: Path) -> Path:
    text = city.read_text(encoding="utf-8")
    city.write_text(text.replace('\nservices = "', f'{WINTER}services = "', 1), encoding="utf-8")
    return city


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Study:
    """Return the town with streets, in winter too; the exclave's lead nowhere."""
    folder = tmp_path_factory.mktemp("times") / "toy"
    return run(read_city(in_winter(toy.write_city(folder, streets=toy.streets()))))


@pytest.fixture(scope="module")
def bus(tmp_path_factory: pytest.TempPathFactory) -> Study:
    """Return the town without streets but with a bus to its exclave."""
    folder = tmp_path_factory.mktemp("bus_times") / "toy"
    return run(read_city(in_winter(with_bus(folder))))


def seconds(study: Study, service: str, mode: str, season: str = "usual") -> pd.Series:
    return study.times[time_column(service, mode, season)]


def modes(study: Study) -> list[tuple[str, str]]:
    names = [str(name) for name in study.times if str(name).endswith("_usual_s")]
    return [tuple(name.removesuffix("_usual_s").rsplit("_", 1)) for name in names]  # type: ignore[misc]


def test_every_service_with_a_place_has_its_modes_and_no_other(study: Study, bus: Study) -> None:
    assert sorted(modes(study)) == sorted((s, m) for s in PLACED for m in ("walk", "drive"))
    assert sorted(modes(bus)) == sorted(
        (s, m) for s in PLACED for m in ("walk", "drive", "transit")
    )
    for service, mode in modes(bus):
        for season in SEASONS:
            assert time_column(service, mode, season) in bus.times


@pytest.mark.parametrize("which", ["study", "bus"])
def test_a_services_own_mode_as_usual_is_that_of_its_cells_to_the_last_bit(
    which: str, request: pytest.FixtureRequest
) -> None:
    town: Study = request.getfixturevalue(which)
    assert town.times.index.equals(town.cells.index)
    for service in town.city.services:
        if service.key in PLACED:
            own = seconds(town, service.key, service.shown_as)
            np.testing.assert_array_equal(own, town.cells[f"{service.key}_s"])
            for part in ("reason", "to"):
                mine = town.times[f"{service.key}_{service.shown_as}_{part}"].astype(str)
                assert mine.tolist() == town.cells[f"{service.key}_{part}"].tolist()


@pytest.mark.parametrize("which", ["study", "bus"])
def test_a_time_is_blank_where_a_reason_stands_and_nowhere_else(
    which: str, request: pytest.FixtureRequest
) -> None:
    town: Study = request.getfixturevalue(which)
    for service, mode in modes(town):
        for season in SEASONS:
            name = f"{service}_{mode}" + ("" if season == "usual" else f"_{season}")
            blank = seconds(town, service, mode, season).isna()
            reason = town.times[f"{name}_reason"]
            assert reason.isin(("", *REASONS)).all()
            assert ((reason != "") == blank).all()
            assert ((town.times[f"{name}_to"] == "") == blank).all()


@pytest.mark.parametrize("which", ["study", "bus"])
def test_winter_makes_nobody_earlier_and_its_bands_are_in_order(
    which: str, request: pytest.FixtureRequest
) -> None:
    town: Study = request.getfixturevalue(which)
    for service, mode in modes(town):
        usual, quick, slow = (
            seconds(town, service, mode, season).fillna(np.inf).to_numpy("float32")
            for season in SEASONS
        )
        assert (usual <= quick).all()
        assert (quick <= slow).all()
        moved = np.isfinite(usual) & (usual > 0) & np.isfinite(slow)
        if mode != "transit":  # the bus runs to time; only the walk to it is slower
            assert (slow[moved] > usual[moved]).all()


def test_each_mode_pays_its_own_speed_and_winter_takes_its_share(study: Study) -> None:
    # From the middle of a cell along its street to the clinic's: two blocks east. 80 m a minute
    # on foot, 20 km/h by car; winter leaves 0.862 to 0.926 and 0.5 to 0.7 of that.
    east = str(toy.GRID.cell_ids(0, 2))
    for mode, kmh, (low, high) in (("walk", 4.8, (0.862, 0.926)), ("drive", 20.0, (0.5, 0.7))):
        usual, quick, slow = (seconds(study, "clinic", mode, s)[east] for s in SEASONS)
        assert usual == pytest.approx(2 * W / kmh * 3.6, rel=1e-3)
        assert quick == pytest.approx(usual / high, rel=1e-3)
        assert slow == pytest.approx(usual / low, rel=1e-3)


def test_on_foot_is_at_the_pace_by_which_a_service_is_judged(study: Study) -> None:
    # The shelter is judged by older people's walk, 60 m a minute; its town point is the middle
    # of the cell in the far corner.
    shelter = next(s for s in study.city.services if s.key == "shelter")
    assert shelter.shown_modes(rides=False) == {"walk": "walk_elderly", "drive": "drive"}
    west = str(toy.GRID.cell_ids(4, 2))
    assert seconds(study, "shelter", "walk")[west] == pytest.approx(2 * W / 3.6 * 3.6, rel=1e-3)


def test_the_exclave_is_an_island_to_both_modes_of_the_street(study: Study) -> None:
    for mode in ("walk", "drive"):
        assert np.isnan(seconds(study, "clinic", mode)[EXCLAVE])
        assert study.times.loc[EXCLAVE, f"clinic_{mode}_reason"] == "island"


def test_the_bus_reaches_every_service_and_walking_competes(bus: Study) -> None:
    for service in PLACED:
        ridden, walked = (
            seconds(bus, service, mode).fillna(np.inf).to_numpy("float32")
            for mode in ("transit", "walk")
        )
        if service != "shelter":  # on foot that one is at older people's pace
            assert (ridden <= walked).all()
    assert np.isfinite(seconds(bus, "airport", "transit")[str(toy.GRID.cell_ids(0, 0))])
    assert bus.way_methods["transit"] == "timetable and surface"


def test_coverage_in_winter_comes_of_the_same_times(study: Study) -> None:
    judged = [s for s in standards(study.city.services) if s.mode != "straight"]
    for band in ("low", "high"):
        own = {
            f"{s.key}_s": seconds(study, s.key, s.shown_as, f"winter_{band}")
            for s in study.city.services
            if s.key in PLACED
        }
        people = study.cells[["district", "zone", "population", "population_65plus"]]
        table = coverage(
            people.assign(**own, police_box_s=np.nan), judged, without_data=["police_box"]
        )
        told = study.profiles[study.profiles["band"] == band].reset_index(drop=True)
        assert_frame_equal(told[table.columns], table)


def test_one_thread_finds_the_same(study: Study, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.cpu_count", lambda: 1)
    again = run(study.city)
    assert_frame_equal(again.times, study.times, check_exact=True)


def test_a_finished_run_has_the_same_times(study: Study, tmp_path: Path) -> None:
    outputs.write(study, outputs.places(study.city, out=tmp_path))
    again = finished.read(study.city, tmp_path / "built")
    assert again
    assert dict(again.way_methods) == dict(study.way_methods)
    assert set(study.way_methods.values()) == {"network"}
    assert set(again.times) == set(study.times)
    kinds = {name: "float32" for name in study.times if str(name).endswith("_s")}
    assert_frame_equal(
        again.times[study.times.columns].astype(kinds),
        study.times.astype(kinds),
        check_exact=True,
        check_categorical=False,
    )
    stored = pd.read_parquet(tmp_path / "built" / "times.parquet")
    assert stored.index.name == "cell_id"
    assert "clinic_walk_usual_s" not in stored, "that is clinic_s of the cells"
    record = json.loads((tmp_path / "built" / "provenance.json").read_text("utf-8"))
    assert "times.parquet" in record["files"]
    assert "walk" in record["columns"]["times.parquet"]["<service>_<mode>_<season>_s"]


def test_explain_tells_every_mode_and_the_range_of_winter(study: Study) -> None:
    found = {service["key"]: service for service in answer(study, CELL).services}
    assert found["police_box"]["times"] == []
    for service in PLACED:
        times = {time["mode"]: time for time in found[service]["times"]}
        assert list(times) == ["walk", "drive"]
        for mode, time in times.items():
            told = seconds(study, service, mode)[CELL]
            if np.isnan(told):
                assert (time["seconds"], time["reason"]) == (None, "island")
                continue
            assert time["seconds"] == pytest.approx(told, abs=1e-3)
            (winter,) = time["profiles"]
            assert winter["quick"]["seconds"] >= time["seconds"]
            assert winter["slow"]["seconds"] >= winter["quick"]["seconds"]
            assert time["facility"]
    assert [t["speeds"] for t in found["shelter"]["times"]] == ["walk_elderly", "drive"]


def test_explain_reads_out_each_mode_and_where_it_comes_from(study: Study) -> None:
    lines = answer(study, str(toy.GRID.cell_ids(0, 2))).text().splitlines()
    at = next(n for n, line in enumerate(lines) if "診療所 Clinic" in line)
    east = str(toy.GRID.cell_ids(0, 2))
    minutes = [
        [whole_minutes(seconds(study, "clinic", mode, season)[east]) for season in SEASONS]
        for mode in ("walk", "drive")
    ]
    (usual, *band), (by_car, *_) = minutes
    assert lines[at + 1].startswith(f"      徒歩 On foot: {usual} 分 min（冬季")
    assert f"{'–'.join(map(str, dict.fromkeys(band)))} 分 min）" in lines[at + 1]
    assert lines[at + 2].startswith(f"      自動車 By car: {by_car} 分 min")
    assert lines[-1].startswith("  [modelled] ")
    assert "network / speeds.toml / streets" in lines[-1]


def test_explain_takes_its_times_from_a_finished_run(
    toy_run: Run, landuse: Callable[..., Done], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("landuse.study.run", None)
    done = landuse("explain", toy_run.city, CELL, "--json", "--out", toy_run.out)
    (clinic, *_) = json.loads(done.out)["services"]
    assert [time["mode"] for time in clinic["times"]] == ["walk", "drive"]
    assert clinic["times"][0]["seconds"] == clinic["seconds"]


def test_a_map_has_the_times_and_refuses_those_of_other_cells(study: Study) -> None:
    data = study.map_data()
    assert data.times is study.times
    check(data)
    with pytest.raises(LayerError, match="lack 1 of 26 cells"):
        check(replace(data, times=data.times.iloc[1:]))
    with pytest.raises(LayerError, match="clinic_walk_reason"):
        check(replace(data, times=data.times.drop(columns="clinic_walk_reason")))


def test_the_bus_is_used_where_a_timetable_is_named_though_no_service_asks(
    tmp_path: Path,
) -> None:
    city = with_bus(tmp_path / "toy", extra=TRANSIT)
    services = city.parent / "services.toml"
    text = services.read_text(encoding="utf-8").replace('mode = "transit"', 'mode = "walk"')
    services.write_text(text, encoding="utf-8")
    town = run(read_city(city))
    assert town.cost_methods["clinic"] == "surface"
    assert seconds(town, "clinic", "transit")[EXCLAVE] == 9 * 60
    assert set(town.times["clinic_transit_reason"]) <= {"", *REASONS}


def test_the_note_on_times_is_true_of_the_run(study: Study, bus: Study, toy_run: Run) -> None:
    (streets,), (ridden,), (plain,) = map(caveats_of, (study, bus, toy_run.study))
    assert "道路網" in streets.ja
    assert "Winter, snow and ice: given as a range" in streets.en
    assert "時刻表" not in streets.ja
    assert "時刻表" in ridden.ja
    assert "2025-10-01" in ridden.easy
    assert "冬の雪や氷は含みません" in plain.ja
    assert "Snow and ice are not in them" in plain.en
    for note in (streets, ridden, plain):
        assert "坂は含みません" in note.ja
        assert "信号の位置は資料になく" in note.ja
    assert toy_run.study.map_data().notes[0] == plain


def test_lights_and_slopes_are_named_where_a_run_has_them(study: Study) -> None:
    lit = toy.streets().assign(signals_u=True)
    assert lights_known(lit)
    assert not lights_known(lit.assign(signals_u=False))
    assert not lights_known(None)
    heights = replace(study.city.layers[0], role="elevation")
    inputs = replace(
        study.inputs,
        streets=lit,
        city=replace(study.city, layers=(*study.city.layers, heights)),
    )
    (note,) = caveats_of(replace(study, inputs=inputs))
    assert "信号ごとに加えて" in note.ja
    assert "Slopes count on the land off the street only" in note.en
    over_land = replace(study, inputs=inputs, way_methods={"walk": "surface"})
    assert "Slopes slow down walkers" in caveats_of(over_land)[0].en
    by_car = replace(study, inputs=inputs, way_methods={"drive": "surface"})
    assert "Slopes are not in them" in caveats_of(by_car)[0].en


def test_a_run_says_how_far_from_their_streets_cells_and_facilities_lie(
    study: Study, bus: Study, tmp_path: Path
) -> None:
    # Every cell's middle, and every facility with a place, is the end of a street.
    table = study.street_distances
    assert table["mode"].tolist() == ["walk", "walk", "drive", "drive"] + ["walk_elderly"] * 2
    assert (table[["median_m", "p95_m", "max_m"]] < 0.5).all(axis=None)
    assert table["count"].tolist() == [26, 4] * 3
    assert table["outside_data"].tolist() == [0, 1] * 3, "nobody knows where the police box is"
    assert (table[["off_network", "island"]] == 0).all(axis=None)
    assert bus.street_distances.empty
    outputs.write(study, outputs.places(study.city, out=tmp_path))
    record = json.loads((tmp_path / "built" / "provenance.json").read_text("utf-8"))
    assert record["street_distances"][1]["outside_data"] == 1
    again = finished.read(study.city, tmp_path / "built")
    assert again
    assert_frame_equal(again.street_distances, table)


def test_a_place_far_from_any_street_and_one_on_an_island_are_counted() -> None:
    # Two streets of 61 nodes each matter; a third one of three nodes does not: whoever stands
    # on it is on an island.
    lines = [
        shapely.LineString([(x, y), (x + 10, y)])
        for y, count in ((0, 60), (5000, 60), (10_000, 2))
        for x in range(0, count * 10, 10)
    ]
    streets = gpd.GeoDataFrame({"kind": ["street"] * len(lines)}, geometry=lines, crs=toy.CRS)
    network = network_from_edges(streets, speeds=SPEEDS, mode="walk")
    spots = gpd.GeoSeries(
        [shapely.Point(xy) for xy in ((50, 30), (80, 10), (15, 10_000), (100, 2000))], crs=toy.CRS
    )
    found = distances(put_on_streets(network, spots, within_m=1000))
    assert (found["count"], found["island"], found["off_network"]) == (4, 1, 1)
    assert (found["median_m"], found["max_m"]) == (20.0, 30.0)


def test_check_tells_of_streets_where_there_are_any(
    landuse: Callable[..., Done], tmp_path: Path, toy_city: Path
) -> None:
    city = toy.write_city(tmp_path / "streets", streets=toy.streets())
    rows = json.loads(landuse("check", city, "--json").out)["streets"]
    assert [row["mode"] for row in rows] == ["walk", "walk_elderly", "drive"]
    assert {row["max_m"] for row in rows} == {"0 m"}
    assert {row["nodes"] for row in rows} == {"27"}
    assert "walk_elderly" in landuse("check", city).out
    assert "streets" not in json.loads(landuse("check", toy_city, "--json").out)
