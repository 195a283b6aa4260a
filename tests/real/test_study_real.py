"""The whole job on real layers of Kushiro: `kushiro.toml` beside this file says which.

Everything is counted twice: by the call `landuse.run`, and by the command `landuse build`, which
runs beside it. The command is given the city file as it stands in the repository, in a folder
where its relative paths lead to the data, wherever those are.

One test measures how far the embedded zones are from these. Its figures stand in section 4 of
`data/kushiro/SOURCES.md`: when one changes here, change it there (`pytest -s` prints the table).
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import pandas as pd
import pyogrio
import pytest
import shapely

import landuse
from landuse.cells import cells_within, place_of
from landuse.claims import claim_table
from landuse.config import embedded_city
from landuse.partition import measure_fit, partition
from landuse.schema import ZONES, mask_of_claims
from landuse.sources import read, read_all
from landuse.study import Study, read_rules
from landuse.zoning import classify

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
REAL = Path(os.environ.get("LANDUSE_REAL", ROOT.parent / "shared" / "real")).resolve()
NEEDED = (
    "boundary_n03",
    "national_parks",
    "farmland",
    "population_mesh500_2010",
    "hospitals_2015",
    "shelters_gsi",
    "stations",
)

pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(
        not all((REAL / name).is_dir() for name in NEEDED),
        reason=f"no real data in {REAL}; set LANDUSE_REAL to the folder that holds them",
    ),
]

BUILT = (
    "zones.gpkg",
    "zone_areas.csv",
    "cells.parquet",
    "times.parquet",
    "facilities.parquet",
    "coverage.csv",
    "provenance.json",
    "report.html",
)
DRAWN = ("public.html", "staff.html", "zones.png", "zones.pdf")

WITH_FACILITIES = {
    "tertiary_hospital",
    "perinatal_paediatric_hospital",
    "general_hospital",
    "airport",
    "port",
    "main_station",
    "interchange",
    "designated_shelter",
    "tsunami_refuge",
}
"""Services that a list of this city file holds; there is no list of the others."""

TIMEOUT_S = 240
"""A stuck command ends here; it takes about half a minute."""


@pytest.fixture(scope="module")
def city_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a copy of the city file that stands to the data as the repository's own would."""
    place = tmp_path_factory.mktemp("real")
    (place / "shared").mkdir()
    (place / "shared" / "real").symlink_to(REAL)
    tests = place / "repository" / "tests" / "real"
    tests.mkdir(parents=True)
    (place / "repository" / "data").symlink_to(ROOT / "data")
    return Path(shutil.copy(Path(__file__).with_name("kushiro.toml"), tests))


@pytest.fixture(scope="module")
def command(city_file: Path) -> Iterator[subprocess.Popen[str]]:
    """Start `landuse build`."""
    arguments = ["build", str(city_file), "--out", str(city_file.parent / "out")]
    with subprocess.Popen(
        [sys.executable, "-m", "landuse", *arguments],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        env=os.environ | {"PYTHONIOENCODING": "utf-8"},
    ) as process:
        yield process
        process.kill()


@pytest.fixture(scope="module")
def study(city_file: Path, command: subprocess.Popen[str]) -> Study:
    assert command.pid  # it works while this process does
    return landuse.run(landuse.read_city(city_file))


@pytest.fixture(scope="module")
def summary(command: subprocess.Popen[str]) -> str:
    """Return what the command printed when it was done."""
    printed, log = command.communicate(timeout=TIMEOUT_S)
    assert command.returncode == 0, log
    return printed


@pytest.fixture(scope="module")
def out(city_file: Path, summary: str) -> Path:
    """Return the folder that the command filled."""
    assert summary
    return city_file.parent / "out"


@pytest.fixture(scope="module")
def parts() -> gpd.GeoDataFrame:
    """Return the boundary as it was published, islets and all."""
    return gpd.read_file(REAL / "boundary_n03" / "01206.json").to_crs("EPSG:6681")


def half_mesh_of_cell(code: pd.Index) -> pd.Series:
    """Return the 500 m mesh that holds each 1/10 mesh cell."""
    digits = code.to_series()
    quarter = 1 + 2 * (digits.str[8].astype(int) >= 5) + (digits.str[9].astype(int) >= 5)
    return digits.str[:8] + quarter.astype(str)


def area_claimed(study: Study, *claims: str) -> float:
    """Return the land that at least one of some claims lies on, km2."""
    held = (study.faces["mask"] & mask_of_claims(claims)) > 0
    return float(study.faces["area_km2"][held].sum())


# ── people ───────────────────────────────────────────────────────────────────────────────


def test_the_585_meshes_of_the_city_hold_its_people(study: Study) -> None:
    people = study.inputs.all("population")
    assert len(people) == 585
    assert people["population"].sum() == 180_711
    assert people["households"].sum() == 80_868


def test_everybody_arrives_on_a_cell_of_their_own_mesh(study: Study) -> None:
    people = study.inputs.all("population").set_index("mesh_code")["population"]
    arrived = study.cells["population"].groupby(half_mesh_of_cell(study.cells.index)).sum()
    assert arrived.sum() == pytest.approx(180_711, abs=1e-6)
    lost = (arrived - people.reindex(arrived.index, fill_value=0)).abs()
    assert lost.max() < 1e-6
    assert set(people.index) <= set(arrived.index)


def test_a_group_that_nobody_counted_is_unknown_and_not_zero(study: Study) -> None:
    assert study.cells["population_65plus"].isna().all()
    older = study.coverage[study.coverage["group"] == "65plus"]
    assert older["share"].isna().all()
    none = older.dropna(subset="demand")
    # A zone that a district has no land of holds nobody, whoever was counted.
    assert set(zip(none["district"], none["zone"], strict=True)) == {
        ("akan", "urban"),
        ("onbetsu", "urban"),
    }
    assert (none["demand"] == 0).all()


# ── zones ────────────────────────────────────────────────────────────────────────────────


def test_zones_cover_the_city_once(study: Study) -> None:
    assert study.measured_area_km2 == pytest.approx(1363.03, abs=0.005)
    assert abs(measure_fit(study.faces, study.boundary).relative_difference) < 1e-9
    assert study.zones["area_km2"].sum() == pytest.approx(study.measured_area_km2, rel=1e-9)
    assert study.zones["zone"].is_unique


def test_no_two_faces_overlap(study: Study) -> None:
    shapes = study.faces.geometry.to_numpy()
    assert shapely.is_valid(shapes).all()
    left, right = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    pairs = left < right
    shared_m2 = shapely.area(shapely.intersection(shapes[left[pairs]], shapes[right[pairs]]))
    assert pairs.sum() > len(shapes)
    assert shared_m2.max() == 0.0


def test_every_face_is_in_exactly_one_zone(study: Study) -> None:
    assert study.faces["zone"].isin(ZONES).all()
    by_zone = study.faces.groupby("zone")["area_km2"].sum()
    total = study.zone_areas.query("district == 'all' and zone != 'all'").set_index("zone")
    assert by_zone.reindex(total.index).tolist() == pytest.approx(total["area_km2"].tolist())


def test_all_46_parts_are_covered_and_nothing_lies_outside(
    study: Study, parts: gpd.GeoDataFrame
) -> None:
    assert len(parts) == 46
    covered = shapely.coverage_union_all(study.faces.geometry.to_numpy())
    # Corners may move by half a grid unit, so an area by the outline times that at most.
    grid_m = measure_fit(study.faces, study.boundary).grid_m
    for part in parts.geometry:
        held_m2 = shapely.intersection(covered, part).area
        assert held_m2 == pytest.approx(part.area, abs=part.length * grid_m)
    city = parts.union_all()
    assert shapely.difference(covered, city).area <= city.length * grid_m


def test_farmland_and_parks_claim_what_they_are_known_to_hold(study: Study) -> None:
    # Published to 1 m and to 10 m square: half of the last digit.
    assert area_claimed(study, "cover_farm") == pytest.approx(107.801, abs=0.0005)
    parks_km2 = area_claimed(study, "park_special", "park_ordinary")
    assert parks_km2 == pytest.approx(285.52, abs=0.005)


def test_former_municipalities_add_up_to_the_city(study: Study) -> None:
    # Their layer is of the embedded boundary: 13.6 km2 of this one lie outside all three.
    notes = study.inputs.reports["districts"].notes
    assert any("13.58 km2" in str(note) for note in notes)
    whole = study.zone_areas.query("zone == 'all'").set_index("district")["area_km2"]
    assert whole.drop("all").sum() == pytest.approx(whole["all"], rel=1e-8)


# ── coverage ─────────────────────────────────────────────────────────────────────────────


def test_shares_lie_between_none_and_all(study: Study) -> None:
    told = study.coverage.dropna(subset="share")
    assert told["share"].between(0, 1).all()
    assert (told["served"] <= told["demand"] * (1 + 1e-12)).all()
    assert set(told["service"]) == WITH_FACILITIES


def test_services_without_a_list_are_told_as_no_data(study: Study) -> None:
    services = {service.key for service in study.city.services}
    blank = study.coverage[~study.coverage["service"].isin(WITH_FACILITIES)]
    assert set(blank["service"]) == services - WITH_FACILITIES
    assert blank["served"].isna().all()
    for service in services - WITH_FACILITIES:
        assert (study.cells[f"{service}_reason"] == "no_facility_data").all()


def test_every_blank_time_has_a_reason(study: Study) -> None:
    for service in WITH_FACILITIES:
        blank = study.cells[f"{service}_s"].isna()
        assert ((study.cells[f"{service}_reason"] != "") == blank).all()
        assert (study.cells["population"][blank] == 0).all(), "people live where no way leads"


def test_districts_and_zones_divide_the_demand(study: Study) -> None:
    rows = study.coverage.query("group == 'all' and service == 'designated_shelter'")
    for _, table in rows.groupby("unit"):
        whole = table.query("district == 'all' and zone == 'all'")["demand"].item()
        inner = table.query("district != 'all' and zone != 'all'")["demand"].sum()
        assert [whole, inner] == pytest.approx([180_711, 180_711], abs=1e-6)


def test_all_shelters_of_the_lists_serve(study: Study) -> None:
    offered = study.facilities["service"].value_counts()
    assert (offered["designated_shelter"], offered["tsunami_refuge"]) == (191, 153)
    assert offered["general_hospital"] == 3


def test_no_computed_share_is_graded_as_published(study: Study) -> None:
    # Half-mesh people stand on cells by weights of ours, so nothing is better than modelled.
    assert set(study.coverage["grade"]) == {"modelled"}


# ── the embedded zones beside these ──────────────────────────────────────────────────────


@pytest.fixture(scope="module")
def embedded() -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]:
    """Return the embedded boundary and its faces."""
    city = landuse.read_city(embedded_city())
    boundary, _ = read(city.of_role("boundary")[0], crs=city.crs)
    layers = read_all(city.of_role("claims"), crs=city.crs)
    claims, _ = claim_table([table for table, _ in layers.values()], boundary)
    rules = read_rules(city)
    return boundary, classify(partition(boundary, claims), rules.overlaps, rules.scheme)


@pytest.fixture(scope="module")
def both(study: Study, embedded: tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]) -> pd.DataFrame:
    """Return the cells of both boundaries with their zone on each, and the real people."""
    boundary, faces = embedded
    shared = study.cells.index.intersection(cells_within(boundary, study.grid).index)
    cells = study.cells.loc[shared]
    ours = place_of(cells, faces, study.grid, column="zone")
    return pd.DataFrame({"real": cells["zone"], "ours": ours, "people": cells["population"]})


FIGURES = {
    "embedded_km2": [53.5, 21.9, 106.8, 850.5, 332.7],
    "real_km2": [53.0, 21.7, 103.1, 847.7, 337.5],
    "real_found": [1.0, 1.0, 0.475, 0.917, 0.973],
    "embedded_right": [1.0, 1.0, 0.456, 0.926, 0.963],
}
"""What the table of `compared` says, zone by zone in the order of `ZONES`."""


def compared(study: Study, faces: gpd.GeoDataFrame, both: pd.DataFrame) -> pd.DataFrame:
    """Return, for each zone, both areas (km2) and how many cells of either are the other's."""
    same = both["real"] == both["ours"]
    return pd.DataFrame(
        {
            "embedded_km2": faces.groupby("zone")["area_km2"].sum(),
            "real_km2": study.faces.groupby("zone")["area_km2"].sum(),
            "real_found": same.groupby(both["real"]).mean(),
            "embedded_right": same.groupby(both["ours"]).mean(),
        }
    ).reindex(list(ZONES))


def test_how_far_the_embedded_zones_are(
    study: Study, embedded: tuple[gpd.GeoDataFrame, gpd.GeoDataFrame], both: pd.DataFrame
) -> None:
    table = compared(study, embedded[1], both)
    same = both["real"] == both["ours"]
    people = float(both["people"][same].sum() / both["people"].sum())
    print(f"\n{table.round(3)}\n{pd.crosstab(both['real'], both['ours'])}")  # noqa: T201
    print(f"{same.mean():.1%} of {len(both):,} cells, {people:.1%} of the people")  # noqa: T201
    assert [same.mean(), people] == pytest.approx([0.902, 0.996], abs=0.002)
    for column, figures in FIGURES.items():
        tolerance = 0.1 if column.endswith("km2") else 0.002
        assert table[column].tolist() == pytest.approx(figures, abs=tolerance), column


# ── the command ──────────────────────────────────────────────────────────────────────────


def test_the_command_shows_the_measured_area_beside_the_published(summary: str) -> None:
    assert "1,363.03 km² 測定" in summary
    assert "1,362.90 km² 公表 published (+0.13)" in summary
    assert "180,711 人" in summary


def test_the_command_leaves_every_file(out: Path) -> None:
    for path in [
        *(out / "built" / name for name in BUILT),
        *(out / "maps" / name for name in DRAWN),
    ]:
        assert path.stat().st_size > 0, path.name
    assert pyogrio.list_layers(out / "built" / "zones.gpkg")[:, 0].tolist()[:2] == [
        "faces",
        "zones",
    ]


def test_the_command_and_the_call_count_the_same(out: Path, study: Study) -> None:
    areas = pd.read_csv(out / "built" / "zone_areas.csv", encoding="utf-8-sig")
    assert areas["area_km2"].tolist() == pytest.approx(study.zone_areas["area_km2"].tolist())
    cells = gpd.read_parquet(out / "built" / "cells.parquet")
    assert cells["population"].sum() == pytest.approx(180_711, abs=1e-6)
    assert cells["cell_id"].tolist() == study.cells.index.tolist()
    assert cells["zone"].tolist() == study.cells["zone"].tolist()


def test_provenance_names_every_input(out: Path, study: Study) -> None:
    record = json.loads((out / "built" / "provenance.json").read_text("utf-8"))
    inputs: dict[str, dict[str, Any]] = {row["key"]: row for row in record["inputs"]}
    assert inputs.keys() == {layer.key for layer in study.city.layers}
    for layer in study.city.layers:
        row = inputs[layer.key]
        assert row["sha256"] == hashlib.sha256(layer.path.read_bytes()).hexdigest()
        assert row["vintage"] == layer.origin.vintage != ""
        assert row["grade"] == layer.origin.grade
        assert row["source"]
        assert row["licence"]
    assert inputs["population"]["rows"] == 585
    assert record["area_km2"]["measured"] == pytest.approx(1363.031, abs=0.0005)
    assert record["area_km2"]["published"] == 1362.90
