"""Bad input: one clear message each, all at once, and the files of the run before untouched."""

from __future__ import annotations

import csv
import json
import os
import re
import shutil
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
import toy
from packedkit import unpacked

import landuse as package
from landuse import finished, read_city

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Done, Run
    from shapely.geometry.base import BaseGeometry

    Command = Callable[..., Done]
    Spoil = Callable[[Path], None]

ROOT = Path(package.__file__).parent.parent


# Ways to spoil a town


def with_layer(key: str, table: pd.DataFrame) -> Spoil:
    """Return what puts another layer in the place of the town's own."""

    def spoil(folder: Path) -> None:
        toy.write_layer(folder, key, table)

    return spoil


def with_parquet(key: str, table: gpd.GeoDataFrame) -> Spoil:
    """Return what puts a GeoParquet in the place of a layer: it may lack or have any system."""

    def spoil(folder: Path) -> None:
        table.to_parquet(folder / "layers" / f"{key}.parquet")
        edit(folder / "city.toml", f"layers/{key}.geojson", f"layers/{key}.parquet")

    return spoil


def with_text(name: str, old: str, new: str) -> Spoil:
    """Return what alters a file of texts."""
    return lambda folder: edit(folder / name, old, new)


def without_file(*names: str) -> Spoil:
    def spoil(folder: Path) -> None:
        for name in names:
            (folder / "layers" / name).unlink()

    return spoil


def in_bytes(name: str, change: Callable[[bytes], bytes]) -> Spoil:
    def spoil(folder: Path) -> None:
        path = folder / "layers" / name
        path.write_bytes(change(path.read_bytes()))

    return spoil


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def all_of(*spoils: Spoil) -> Spoil:
    def spoil(folder: Path) -> None:
        for each in spoils:
            each(folder)

    return spoil


def swapped(table: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    shapes = shapely.transform(np.asarray(table.geometry), lambda xy: xy[:, ::-1])
    return table.set_geometry(shapes, crs=table.crs)


def far(table: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return a layer 200 km further east."""
    plane = table.to_crs(toy.CRS)
    return plane.set_geometry(plane.translate(200_000)).to_crs("EPSG:4326")


def in_zone(table: gpd.GeoDataFrame, crs: str | None) -> gpd.GeoDataFrame:
    """Return a layer in the city's plane that says it is in another system, or in none."""
    return table.to_crs(toy.CRS).set_crs(crs, allow_override=True)


def facilities(**columns: list[object]) -> pd.DataFrame:
    return toy.facilities().assign(**columns)


def bow_tie() -> BaseGeometry:
    """Return a ring through four centres of cells that crosses itself in the middle."""
    x, y = toy.GRID.centres_xy([0, 1], [0, 1])
    ring = [(x[0], y[0]), (x[1], y[1]), (x[1], y[0]), (x[0], y[1])]
    return shapely.Polygon(ring)


def with_bow_tie() -> gpd.GeoDataFrame:
    tied = toy.frame([bow_tie()], claim=["farm_other"])
    return gpd.GeoDataFrame(pd.concat([toy.claims(), tied], ignore_index=True), crs=tied.crs)


LAND = toy.LAYER_TOML.format(key="land", role="claims", path="layers/land.geojson", grade="derived")
MORE = toy.LAYER_TOML.format(
    key="more", role="facilities", path="layers/places.csv", grade="official"
)
CLINIC = toy.SERVICES_TOML.split("\n\n", maxsplit=1)[0]

CASES: dict[str, tuple[Spoil, list[str]]] = {
    "missing files": (
        without_file("land.geojson", "people.csv"),
        [
            "city.toml: layer land.path: names *land.geojson, which is not there — put the file",
            "city.toml: layer people.path: names *people.csv, which is not there — put the file",
        ],
    ),
    "an empty layer": (
        with_layer("land", toy.claims()[:0]),
        ["land.geojson [land]: is empty — give a file with rows"],
    ),
    "an empty table": (
        with_layer("people", toy.population()[:0]),
        ["people.csv [people]: is empty — give a file with rows"],
    ),
    "a file of no bytes": (
        in_bytes("towns.geojson", lambda _: b""),
        ["towns.geojson [towns]: is a file of no bytes — download or save it again"],
    ),
    "a layer without a system": (
        with_parquet("land", in_zone(toy.claims(), None)),
        ['land.parquet [land]: has no coordinate reference system — say which * crs = "EPSG:6668"'],
    ),
    "a boundary without a system": (
        with_parquet("boundary", in_zone(toy.boundary(), None)),
        ["boundary.parquet [boundary]: has no coordinate reference system — say which it is"],
    ),
    "a layer in the wrong plane zone": (
        with_parquet("land", in_zone(toy.claims(), "EPSG:6680")),
        ["land.parquet [land]: does not meet the boundary: * km away — check * the plane zone"],
    ),
    "a layer of metres that says it is in degrees": (
        with_parquet("towns", in_zone(toy.towns(), "EPSG:6668")),
        ["towns.parquet [towns]: says it is in degrees * its numbers are metres * — correct its"],
    ),
    "swapped axes of a layer": (
        with_layer("land", swapped(toy.claims())),
        ["land.geojson [land]: has its axes swapped* — exchange them: longitude is x"],
    ),
    "swapped axes of the boundary": (
        with_layer("boundary", swapped(toy.boundary())),
        ["boundary.geojson [boundary]: has its axes swapped* — exchange them"],
    ),
    "swapped columns of a table": (
        with_layer("places", toy.facilities().rename(columns={"lon": "lat", "lat": "lon"})),
        ["places.csv [places]: has its axes swapped* — exchange them"],
    ),
    "a boundary that meets no layer": (
        with_layer("boundary", far(toy.boundary())),
        [
            "boundary: meets none of the layers — correct the boundary",
            "districts.geojson [districts]: does not meet the boundary: the nearest row is 198",
            "towns.geojson [towns]: does not meet the boundary",
            "land.geojson [land]: does not meet the boundary",
            "people.csv [people]: does not meet the boundary",
            "places.csv [places]: does not meet the boundary",
        ],
    ),
    "a layer of another city": (
        with_layer("towns", far(toy.towns())),
        ["towns.geojson [towns]: does not meet the boundary: * — check whether it is of this city"],
    ),
    "towns without any coordinates": (
        with_layer("towns", toy.towns().set_geometry([None, shapely.Point(), None], crs=4326)),
        ["towns.geojson [towns]: has no usable row — correct its geometries *rows 1, 2, 3: no geo"],
    ),
    "an unknown key of the city": (
        with_text("city.toml", 'key = "toy"', 'key = "toy"\ncolour = "red"'),
        ["city.toml.colour: is not a key of this table — remove it or use one of: code, *, crs"],
    ),
    "an unknown key of a layer": (
        with_text("city.toml", 'key = "land"', 'key = "land"\nshade = 3'),
        ["city.toml: layer land.shade: is not a key of this table — remove it or use one of"],
    ),
    "an unknown key of a service": (
        with_text("services.toml", 'mode = "walk"', 'mode = "walk"\nspeed = 4'),
        ["services.toml: service clinic.speed: is not a key of this table — remove it"],
    ),
    "a layer that stands twice": (
        with_text("city.toml", LAND, LAND + LAND),
        ["city.toml.layer land: stands 2 times — give each its own key"],
    ),
    "a service that stands twice": (
        with_text("services.toml", CLINIC, f"{CLINIC}\n\n{CLINIC}"),
        ["services.toml.service clinic: stands 2 times — give each its own key"],
    ),
    "a key that stands twice": (
        with_text("city.toml", 'key = "toy"', 'key = "toy"\nkey = "town"'),
        ["*city.toml: is not valid TOML: *line 3* — mend that line"],
    ),
    "a facility that stands twice": (
        with_layer("places", facilities(facility_id=["f1", "f2", "f2", "f4"])),
        ["places.csv [places]: rows 3, 4: column facility_id: 'f2' stands 2 times — give each"],
    ),
    "a facility in two layers": (
        with_text("city.toml", LAND, LAND + MORE),
        [f"facilities: facility_id f{n}: stands in more, places — give each" for n in range(1, 5)],
    ),
    "a cell that stands twice": (
        in_bytes("people.csv", lambda data: data + data.splitlines(keepends=True)[1]),
        ["people.csv [people]: rows 2, 28: column cell_id: '6444338000' stands 2 times"],
    ),
    "people that are no number": (
        in_bytes("people.csv", lambda data: data.replace(b",10,", b",many,", 1)),
        ["people.csv [people]: row 2: column population: is not a number ('many') — correct it"],
    ),
    "a service that selects by a column that is not there": (
        with_text("services.toml", "category = [", "kind_of_place = ["),
        ["facilities: column kind_of_place: is missing (found: *) — rename the right column"],
    ),
    "an address table in an encoding that nobody said": (
        in_bytes("places.csv", lambda data: data.decode().encode("utf_16_le")),
        ["places.csv [places]: is neither UTF-8 nor cp932 (Shift_JIS) — save it as UTF-8"],
    ),
    "a city file that is not UTF-8": (
        in_bytes("../city.toml", lambda data: data.decode().encode("cp932")),
        ["*city.toml: is not UTF-8 (byte *) — save it as UTF-8"],
    ),
    "everything at once": (
        all_of(
            with_layer("land", swapped(toy.claims())),
            with_layer("people", toy.population()[:0]),
            with_layer("places", facilities(facility_id=["f1", "f1", "f3", "f4"])),
            with_layer("towns", toy.towns().assign(name=["a", "", "b"]).drop(columns="district")),
            with_layer("districts", far(toy.districts())),
        ),
        [
            "districts.geojson [districts]: does not meet the boundary",
            "towns.geojson [towns]: row 2: column name: is blank",
            "towns.geojson [towns]: column district: is missing",
            "land.geojson [land]: has its axes swapped",
            "people.csv [people]: is empty",
            "places.csv [places]: rows 2, 3: column facility_id: 'f1' stands 2 times",
        ],
    ),
}


def matches(message: str, pattern: str) -> bool:
    """Tell whether a message begins as a pattern does, in which * is any text."""
    return re.match(".*".join(map(re.escape, pattern.split("*"))), message) is not None


@pytest.mark.parametrize("case", CASES)
def test_a_fault_is_told_clearly_and_the_files_of_the_run_before_stay(
    landuse: Command, own_run: Run, case: str
) -> None:
    spoil, expected = CASES[case]
    spoil(own_run.city.parent)
    before = own_run.files
    done = landuse("build", own_run.city, "--out", own_run.out)
    assert done.code == 2
    assert done.out == ""
    assert len(done.faults) == len(expected), done.err
    for fault, pattern in zip(done.faults, expected, strict=True):
        assert matches(fault, pattern), fault
        assert " — " in fault
    assert "Traceback" not in done.err
    assert own_run.files == before


@pytest.mark.parametrize("case", CASES)
def test_check_finds_what_build_would_stumble_over(
    landuse: Command, toy_city: Path, case: str
) -> None:
    spoil, expected = CASES[case]
    spoil(toy_city.parent)
    done = landuse("check", toy_city)
    assert (done.code, done.out) == (2, "")
    assert len(done.faults) == len(expected)
    assert all(map(matches, done.faults, expected))


def test_nothing_is_left_behind_where_there_was_no_run_before(
    landuse: Command, toy_city: Path, tmp_path: Path
) -> None:
    without_file("land.geojson")(toy_city.parent)
    assert landuse("build", toy_city, "--out", tmp_path / "out").code == 2
    assert not (tmp_path / "out").exists()


# What is mended, left out or kept, and said


SCRIPT, FORMULA = "<script>alert(1)</script>", "=cmd|' /C calc'!A0"


@pytest.fixture(scope="module")
def rough(tmp_path_factory: pytest.TempPathFactory) -> Rough:
    """Return a run, by the command, of a town whose layers are rough but usable.

    A farm crosses itself; the clinic stands at (0, 0) and has an address, the shelter at
    no number, a library nowhere; the list is in cp932; names are scripts and formulas; one
    service has no facility at all.
    """
    folder = tmp_path_factory.mktemp("rough")
    places = facilities(
        name=[SCRIPT, "髙橋①会館", FORMULA, "玩具空港"],
        lon=["0", "NaN", "", f"{toy.lonlat(0, 10)[0]}"],
        lat=["0", "NaN", "", f"{toy.lonlat(0, 10)[1]}"],
        category=["clinic", "neighbourhood_hall", "library", "airport"],
    )
    towns = toy.towns().assign(name=["本町一丁目", "本町二丁目", FORMULA])
    districts = toy.districts().assign(name_ja=["本町", SCRIPT])
    city = toy.write_city(
        folder / "toy", land=with_bow_tie(), places=places, towns=towns, districts=districts
    )
    in_bytes("places.csv", lambda data: data.decode().encode("cp932"))(city.parent)
    edit(city.parent / "services.toml", 'ja = "診療所"', f'ja = "{SCRIPT}"')
    command = [sys.executable, "-m", "landuse", "build", str(city), "--out", str(folder / "out")]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    return Rough(city=city, out=folder / "out", code=done.returncode, err=done.stderr)


@dataclass(frozen=True, kw_only=True)
class Rough:
    """A run of the command in a process of its own."""

    city: Path
    out: Path
    code: int
    err: str

    def inputs(self) -> dict[str, dict[str, Any]]:
        text = (self.out / "built" / "provenance.json").read_text(encoding="utf-8")
        return {part["key"]: part for part in json.loads(text)["inputs"]}

    def facilities(self) -> gpd.GeoDataFrame:
        table = gpd.read_parquet(self.out / "built" / "facilities.parquet")
        return table.set_index("facility_id")


def test_a_rough_town_is_built_all_the_same(rough: Rough) -> None:
    assert rough.code == 0, rough.err
    assert "Traceback" not in rough.err
    assert "Warning" not in rough.err


def test_a_polygon_that_crosses_itself_is_repaired_counted_and_reported(rough: Rough) -> None:
    land = rough.inputs()["land"]
    assert (land["repaired"], land["dropped"]) == (1, 0)
    # Two quarters of a cell; they wind in opposite directions, so unrepaired they cancel out.
    assert land["area_change_m2"] == pytest.approx(toy.block([(0, 0)]).area / 2, rel=1e-3)
    (note,) = land["notes"]
    assert note.startswith("land.geojson [land]: row 6: crossed itself: repaired, area changed by")


def test_faces_cover_the_town_once_though_a_polygon_crossed_itself(rough: Rough) -> None:
    faces = gpd.read_file(rough.out / "built" / "zones.gpkg", layer="faces")
    assert faces.is_valid.all()
    assert faces.area.sum() == pytest.approx(faces.union_all().area, rel=1e-9)


def test_coordinates_of_zero_or_none_are_no_place(rough: Rough) -> None:
    assert rough.inputs()["places"]["unplaced"] == 3
    notes = " ".join(rough.inputs()["places"]["notes"])
    assert "row 2: coordinates (0, 0): kept without a place" in notes
    assert "rows 3, 4" in notes
    table = rough.facilities()
    clinic = gpd.GeoSeries(table.geometry, crs=table.crs).to_crs("EPSG:4326").loc["f1"]
    assert (clinic.x, clinic.y) == pytest.approx(toy.lonlat(0, 0), abs=1e-6)  # by its address
    assert table.loc["f1", "grade"] == "derived"


def test_an_address_table_in_cp932_reads_right(rough: Rough) -> None:
    assert rough.inputs()["places"]["encoding"] == "cp932"
    assert rough.facilities().loc["f2", "name"] == "髙橋①会館"


def test_a_service_without_facilities_is_no_data_and_said_to_be(
    rough: Rough, landuse: Command
) -> None:
    with (rough.out / "built" / "coverage.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["service"] == "police_box"]
    assert {(row["served"], row["share"]) for row in rows} == {("", "")}
    assert {row["demand"] for row in rows} >= {"62.0"}
    done = landuse("check", rough.city)
    assert done.code == 0
    assert "note: services.toml: service police_box: no facility: shown as no data" in done.out


@pytest.mark.parametrize("name", ["maps/public.html", "maps/staff.html", "built/report.html"])
def test_a_name_with_a_script_is_inert_in_every_page(rough: Rough, name: str) -> None:
    page = (rough.out / name).read_text(encoding="utf-8")
    assert "<script>alert" not in page
    assert "alert(1)" in (page if name == "built/report.html" else unpacked(page))


def test_a_name_with_a_formula_is_inert_in_every_table(rough: Rough) -> None:
    for path in (rough.out / "built").glob("*.csv"):
        with path.open(encoding="utf-8-sig", newline="") as file:
            texts = [text for row in csv.reader(file) for text in row]
        assert not [text for text in texts if text.startswith(("=", "@", "＝"))]


def test_scripts_and_formulas_come_through_as_they_are_where_they_do_no_harm(
    rough: Rough, landuse: Command
) -> None:
    table = rough.facilities()
    assert table.loc["f1", "name"] == SCRIPT
    lon, lat = toy.lonlat(0, 0)
    found = landuse("explain", rough.city, f"{lon},{lat}", "--json", "--out", rough.out)
    assert json.loads(found.out)["services"][0]["facility"] == SCRIPT


# Killed runs


KILLED = """
import os, signal, sys
from pathlib import Path
from landuse import cli, outputs, read_city, run
from landuse.sources import store

city, *moments = sys.argv[1:]
# What is compiled, imported and drawn once serves every killed run: drawing writes nothing.
drawn = outputs._drawn(run(read_city(city)), outputs.MAPS)
outputs._drawn = lambda *_, **__: drawn
flush = store._flush

def kill_at(last):
    count = 0
    def flush_or_die(path):
        nonlocal count
        count += 1
        if count == last:
            os.truncate(path, path.stat().st_size // 2)
            os.kill(os.getpid(), signal.SIGKILL)
        flush(path)
    store._flush = flush_or_die
    sys.argv = ["landuse", "build", city, "--out", f"out-{last}"]
    cli.main()

children = []
for moment in map(int, moments):
    child = os.fork()
    if child == 0:
        kill_at(moment)
    children.append(child)
for child in children:
    print(os.WTERMSIG(os.waitpid(child, 0)[1]), flush=True)
"""

ORDER = (
    "built/zone_areas.csv",
    "built/coverage.csv",
    "built/worst_towns.csv",
    "built/regional.csv",
    "built/rings.csv",
    "built/overlaps.csv",
    "built/indicators.csv",
    "built/hazards.csv",
    "built/bundles.csv",
    "built/equity.csv",
    "built/profiles.csv",
    "built/zones.gpkg",
    "built/zones.qgs",
    "built/cells.parquet",
    "built/times.parquet",
    "built/facilities.parquet",
    "maps/public.html",
    "maps/staff.html",
    "built/report.html",
    "maps/zones.png",
    "maps/zones.pdf",
    "built/provenance.json",
)
"""The order in which a run writes."""

MOMENTS = (1, 3, 7, 8, 11, 15)
"""Files at which runs are killed, half written."""


@pytest.fixture(scope="module")
def killed(toy_run: Run, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with one copy of a run for each moment.

    In each, a run of the same town with one more person was killed on top of the old one.
    """
    folder = tmp_path_factory.mktemp("killed")
    shutil.copytree(toy_run.city.parent, folder / "toy")
    people = toy.population()
    people.loc[0, "population"] += 1
    toy.write_layer(folder / "toy", "people", people)
    for moment in MOMENTS:
        shutil.copytree(toy_run.out, folder / f"out-{moment}")
    command = [sys.executable, "-c", KILLED, "toy/city.toml", *map(str, MOMENTS)]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        command,
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
        timeout=100,
    )
    assert done.stdout.split() == [str(int(signal.SIGKILL))] * len(MOMENTS)
    return folder


@pytest.mark.skipif(os.name == "nt", reason="there is no SIGKILL")
@pytest.mark.parametrize("moment", MOMENTS)
def test_a_killed_build_leaves_old_or_new_files_whole(
    killed: Path, toy_run: Run, moment: int
) -> None:
    out = killed / f"out-{moment}"
    for name in ORDER[moment - 1 :]:
        assert (out / name).read_bytes() == toy_run.files[name], name
    for name in ORDER[: moment - 1]:
        data = (out / name).read_bytes()
        assert whole(out / name, data), name
    if moment > 2:
        assert (out / "built/coverage.csv").read_bytes() != toy_run.files["built/coverage.csv"]
    drafts = [path for path in out.rglob("*") if ".part" in path.name]
    assert len(drafts) == 1
    assert finished.read(read_city(killed / "toy" / "city.toml"), out / "built") is None


ENDS = {
    ".csv": b"\r",
    ".qgs": b"</qgis>",
    ".html": b"</html>",
    ".png": b"IEND\xaeB`\x82",
    ".pdf": b"%%EOF",
}


def whole(path: Path, data: bytes) -> bool:
    """Tell whether a file can be read to its end."""
    if path.suffix == ".gpkg":
        return len(gpd.read_file(path, layer="zones")) == 5
    if path.suffix == ".parquet":
        return len(pd.read_parquet(path)) > 0
    return data.rstrip(b"\n").endswith(ENDS[path.suffix])


@pytest.mark.skipif(os.name == "nt", reason="there is no SIGKILL")
def test_the_next_build_makes_everything_anew_and_sweeps_up(killed: Path, landuse: Command) -> None:
    out = killed / f"out-{MOMENTS[-2]}"
    done = landuse("build", killed / "toy" / "city.toml", "--out", out)
    assert done.code == 0
    made = {path.relative_to(out).as_posix() for path in out.rglob("*") if path.is_file()}
    assert made == set(ORDER)
    again = finished.read(read_city(killed / "toy" / "city.toml"), out / "built")
    assert again
    assert again.cells["population"].sum() == 63
