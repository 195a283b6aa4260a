"""Every command of the contract, on the toy town."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
import toy

from landuse import __version__, finished, read_city

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from conftest import Done, Run

    Command = Callable[..., Done]

STEPS = [
    "読み込み reading layers",
    "区分 cutting and deciding zones",
    "メッシュと人口 cells and people",
    "到達時間 travel times",
    "カバー率 coverage",
    "作図 drawing maps",
    "書き出し writing files",
]
"""What a log shows of a run."""

LON, LAT = toy.lonlat(0, 0)
CELL = str(toy.GRID.cell_ids(0, 0))


def more_people(run: Run) -> None:
    """Let one more person live in the south-west cell."""
    people = toy.population()
    people.loc[people["cell_id"] == CELL, "population"] += 1
    toy.write_layer(run.city.parent, "people", people)


# The command as such


def test_the_command_says_its_version_and_its_commands(landuse: Command) -> None:
    assert landuse("--version").out == f"{__version__}\n"
    help_text = landuse("--help")
    assert help_text.code == 0
    for name in ("build", "check", "explain", "map", "export"):
        assert name in help_text.out


@pytest.mark.parametrize("words", [["sing"], ["check"], ["explain", "x.toml"], ["build", "--oot"]])
def test_wrong_words_are_the_users_input(landuse: Command, words: list[str]) -> None:
    done = landuse(*words)
    assert done.code == 2
    assert "landuse --help" in done.err or "Error" in done.err


def test_it_can_be_called_as_a_module(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "landuse", "check", "gone.toml"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr == "error: gone.toml: there is no such file — check the path\n"
    assert not list(tmp_path.iterdir())


def test_a_run_that_is_stopped_by_hand_ends_with_130(
    landuse: Command, toy_city: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("landuse.study.run", stop)
    done = landuse("build", toy_city)
    assert (done.code, done.out, done.err) == (130, "", "")


def test_an_error_of_ours_is_not_dressed_up_as_the_users(
    landuse: Command, toy_city: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        message = "a bug"
        raise RuntimeError(message)

    monkeypatch.setattr("landuse.study.run", fail)
    with pytest.raises(RuntimeError, match="a bug"):
        landuse("build", toy_city)


# build


@pytest.fixture(scope="module")
def contract(toy_run: Run) -> set[str]:
    return set(toy_run.files)


def test_build_makes_every_file_and_says_what_it_found(
    landuse: Command, toy_city: Path, tmp_path: Path, contract: set[str]
) -> None:
    out = tmp_path / "out"
    done = landuse("build", toy_city, "--out", out)
    assert done.code == 0
    assert done.err.splitlines() == STEPS
    assert done.out.startswith("玩具町 Toy Town  0.25 km² 測定 measured\n")
    assert f"report.html  {out / 'built' / 'report.html'}" in done.out.splitlines()
    made = {path.relative_to(out).as_posix() for path in out.rglob("*") if path.is_file()}
    assert made == contract


def test_build_without_a_city_takes_the_embedded_one_and_writes_where_it_stands(
    landuse: Command, toy_city: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("landuse.config.embedded_city", lambda: toy_city)
    monkeypatch.chdir(tmp_path)
    assert landuse("build").code == 0
    assert (tmp_path / "data" / "toy" / "built" / "zones.gpkg").is_file()
    assert (tmp_path / "maps" / "toy" / "public.html").is_file()


def test_build_refuses_a_folder_that_is_a_file_before_it_runs(
    landuse: Command, toy_city: Path
) -> None:
    done = landuse("build", toy_city, "--out", toy_city)
    assert done.code == 2
    assert done.faults == [
        f"--out: {toy_city} is no folder that can be written to — give another folder"
    ]
    assert done.err.count("\n") == 1


def test_a_path_that_the_disk_refuses_is_said_without_a_traceback(
    landuse: Command, toy_city: Path, tmp_path: Path
) -> None:
    done = landuse("build", toy_city, "--out", tmp_path / ("x" * 300))
    assert done.code == 2
    (fault,) = done.faults
    assert "File name too long" in fault
    assert "check the path" in fault


# check


def test_check_lists_layers_and_services_and_notes(landuse: Command, toy_city: Path) -> None:
    done = landuse("check", toy_city)
    assert (done.code, done.err) == (0, "")
    layers, services = done.out.split("┡")[1:]
    for word in ("boundary", "EPSG:6668 (cell_id)", "utf-8", "2020", "CC0", "modelled", " 26 "):
        assert word in layers
    assert "交番 Police box │ 1          │ 0" in services
    notes = [line for line in done.out.splitlines() if line.startswith("note: ")]
    assert notes[0].startswith("note: places.csv [places]: rows 3, 4: no geometry")
    assert notes[1].startswith("note: services.toml: service police_box: no facility with a known")
    made = {path.name for path in toy_city.parent.iterdir()}
    assert made == {"layers", "city.toml", "services.toml"}


def test_check_as_json_is_for_scripts(landuse: Command, toy_city: Path) -> None:
    found = json.loads(landuse("check", toy_city, "--json").out)
    layers = {row["layer"]: row for row in found["layers"]}
    assert list(layers) == list(toy.layers())
    assert (layers["people"]["rows"], layers["people"]["grade"]) == ("26", "modelled")
    assert len(layers["places"]["notes"]) == 1
    services = {row["service"]: row for row in found["services"]}
    assert [(row["facilities"], row["placed"]) for row in services.values()] == [
        ("1", "1"),
        ("1", "1"),
        ("1", "0"),
        ("1", "1"),
    ]
    assert services["clinic"]["notes"] == []


def test_check_says_when_a_service_has_no_facility_or_lacks_places(
    landuse: Command, tmp_path: Path
) -> None:
    places = toy.facilities()
    places["category"] = ["clinic", "clinic", "clinic", "airport"]
    city = toy.write_city(tmp_path / "toy", places=places)
    done = landuse("check", city, "--json")
    notes = {row["service"]: row["notes"] for row in json.loads(done.out)["services"]}
    assert done.code == 0
    assert notes["airport"] == []
    (police,) = notes["police_box"]
    assert "no facility: shown as no data — add its facilities" in police
    (clinic,) = notes["clinic"]
    assert "1 of 3 without a known place: left out" in clinic


def test_check_says_how_many_rows_lie_elsewhere(landuse: Command, tmp_path: Path) -> None:
    people = toy.population()
    people.loc[25, "cell_id"] = str(toy.GRID.cell_ids(0, 8))
    city = toy.write_city(tmp_path / "toy", people=people)
    done = landuse("check", city)
    assert "note: people.csv [people]: 1 rows lie outside the study area" in done.out


# explain


@pytest.mark.parametrize("place", [f"{LON},{LAT}", CELL, "本町一丁目"])
def test_explain_says_zone_reason_and_minutes(landuse: Command, toy_run: Run, place: str) -> None:
    done = landuse("explain", toy_run.city, place, "--out", toy_run.out)
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith(f"{place} → ")
    assert "区分: 都市的地域" in done.out
    assert "✓ 診療所 Clinic: 0 分 min  本町診療所" in done.out
    assert "交番 Police box: 施設のデータなし" in done.out


def test_explain_as_json_is_for_scripts(landuse: Command, toy_run: Run) -> None:
    done = landuse("explain", toy_run.city, CELL, "--json", "--out", toy_run.out)
    found = json.loads(done.out)
    assert (found["cell_id"], found["zone"]["zone"]) == (CELL, "urban")
    airport = found["services"][3]
    on_foot, by_car = airport.pop("times")
    assert (on_foot["mode"], by_car["mode"]) == ("walk", "drive")
    assert (by_car["seconds"], by_car["reason"]) == (None, "island")
    assert airport == {
        "key": "airport",
        "label": "空港 Airport",
        "mode": "drive",
        "seconds": None,
        "minutes": None,
        "reason": "island",
        "facility": "",
        "within": None,
    }


def test_explain_without_a_finished_run_runs_and_leaves_nothing(
    landuse: Command, toy_city: Path, tmp_path: Path
) -> None:
    done = landuse("explain", toy_city, CELL, "--json", "--out", tmp_path / "out")
    assert done.code == 0
    assert json.loads(done.out)["people"] == [10, 1]
    assert done.err.splitlines() == STEPS[:5]
    assert not (tmp_path / "out").exists()


def test_explain_after_a_change_answers_from_the_new_layers(landuse: Command, own_run: Run) -> None:
    more_people(own_run)
    done = landuse("explain", own_run.city, CELL, "--json", "--out", own_run.out)
    assert json.loads(done.out)["people"] == [11, 1]


@pytest.mark.parametrize("place", [f"{LAT},{LON}", "6444", "未知町"])
def test_explain_refuses_a_place_that_is_not_here(
    landuse: Command, toy_run: Run, place: str
) -> None:
    done = landuse("explain", toy_run.city, place, "--out", toy_run.out)
    assert (done.code, done.out) == (2, "")
    (fault,) = done.faults
    assert fault.startswith(f"PLACE: {place!r}")


# map and export


def test_map_draws_again_from_the_finished_run(landuse: Command, own_run: Run) -> None:
    (own_run.out / "maps" / "public.html").unlink()
    done = landuse("map", own_run.city, "--out", own_run.out)
    assert (done.code, done.err) == (0, "")
    assert str(own_run.out / "maps" / "public.html") in done.out.splitlines()
    assert "玩具町" in (own_run.out / "maps" / "public.html").read_text(encoding="utf-8")
    assert finished.read(read_city(own_run.city), own_run.out / "built")


def test_export_writes_each_format_that_is_asked_for(landuse: Command, own_run: Run) -> None:
    done = landuse("export", own_run.city, "--to", "geojson, geoparquet", "--out", own_run.out)
    assert (done.code, done.err) == (0, "")
    built = own_run.out / "built"
    assert done.out.splitlines() == [str(built / "faces.geojson"), str(built / "faces.parquet")]
    assert all((built / name).is_file() for name in ("faces.geojson", "faces.parquet"))


@pytest.mark.parametrize("spoil", ["a layer", "a table", "nothing is there"])
def test_what_no_longer_fits_is_run_again_as_a_whole(
    landuse: Command, own_run: Run, spoil: str
) -> None:
    if spoil == "a layer":
        more_people(own_run)
    elif spoil == "a table":
        path = own_run.out / "built" / "coverage.csv"
        path.write_bytes(path.read_bytes().replace(b"clinic", b"cinema"))
    else:
        own_run = type(own_run)(
            city=own_run.city, out=own_run.out.with_name("new"), study=own_run.study
        )
    done = landuse("export", own_run.city, "--to", "csv", "--out", own_run.out)
    assert done.code == 0
    assert done.err.splitlines() == STEPS
    again = finished.read(read_city(own_run.city), own_run.out / "built")
    assert again
    assert again.cells["population"].sum() == (63 if spoil == "a layer" else 62)
    assert set(again.coverage["service"]) == set(again.cost_methods)


def test_an_unknown_paper_is_refused_before_anything_runs(
    landuse: Command, toy_city: Path, tmp_path: Path
) -> None:
    done = landuse("export", toy_city, "--to", "pdf", "--paper", "B5", "--out", tmp_path / "out")
    assert (done.code, done.out) == (2, "")
    assert done.faults == ["--paper: 'B5' is unknown — use A4 or A3"]
    assert not (tmp_path / "out").exists()


def test_an_unknown_format_is_refused_before_anything_runs(
    landuse: Command, toy_city: Path, tmp_path: Path
) -> None:
    done = landuse("export", toy_city, "--to", "gpkg,shp", "--out", tmp_path / "out")
    assert (done.code, done.out) == (2, "")
    assert done.faults == [
        "--to: 'shp' is unknown — use gpkg, geoparquet, geojson, csv, pdf, png, report, maps"
    ]
    assert done.err.count("\n") == 1
    assert not (tmp_path / "out").exists()
