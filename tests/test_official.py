"""The official study of Kushiro, end to end on files true to format over a made-up town."""

from __future__ import annotations

import itertools
import json
import re
import tomllib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import officialkit
import pytest
import shapely
from officialkit import SUB_ZONES
from packedkit import unpacked

from landuse import outputs, read_city, run
from landuse.config import preset
from landuse.maps.pack import read_payload
from landuse.schema import MEASURED_CLAIMS, claims_of_mask
from landuse.sources import read

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

    from landuse.study import Study

TOWN = (
    shapely.box(144.29, 42.99, 144.41, 43.09),
    shapely.box(144.42, 42.99, 144.43, 43.0),
)
"""A town in two parts round the square of fields."""
SQUARE = (144.30, 43.00, 144.40, 43.08)
HIDDEN = ("P14の施設1", "P18-pointの施設1")
"""Facilities whose licences keep their points out of public maps."""

WEAK = ("urban_other", "park_ordinary", "conservation_ordinary")
"""Sub-zones that are no zone of their own: there, what is on the ground decides."""

PAIRS = list(itertools.combinations(range(len(SUB_ZONES)), 2))


@dataclass(frozen=True, kw_only=True)
class Done:
    official: officialkit.Official
    study: Study
    out: Path


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> Done:
    folder = tmp_path_factory.mktemp("official")
    official = officialkit.write_official(folder / "kushiro", TOWN, SQUARE)
    study = run(read_city(official.city))
    outputs.write(study, outputs.places(study.city, out=folder / "out"))
    return Done(official=official, study=study, out=folder / "out")


def face_at(done: Done, i: int, j: int) -> pd.Series:
    """Return the face in the middle of a field."""
    (place,) = officialkit.in_plane(done.official.field(i, j).centroid)
    faces = done.study.faces
    return faces[faces.contains(place)].iloc[0]


def statutory(mask: int) -> set[str]:
    return set(claims_of_mask(mask)) - set(MEASURED_CLAIMS)


def rows() -> list[dict[str, object]]:
    return list(tomllib.loads(preset("overlaps.toml").read_text("utf-8"))["pair"])


def row_of(one: str, other: str) -> dict[str, object] | None:
    """Return the row of the overlap table for two sub-zones, if it has one."""
    for row in rows():
        if {one, other} == {one, other} & {*row["a"], *row["b"]} and (  # type: ignore[misc]
            (one in row["a"] and other in row["b"]) or (one in row["b"] and other in row["a"])  # type: ignore[operator]
        ):
            return row
    return None


def test_every_layer_is_read_and_every_person_arrives(done: Done) -> None:
    cells = done.study.cells
    assert set(done.study.inputs.reports) == {layer.key for layer in done.study.city.layers}
    assert cells["population"].sum() == pytest.approx(done.official.people)
    assert cells["population_65plus"].sum() == pytest.approx(12 * done.official.meshes)


def test_the_faces_cover_the_town_once(done: Done) -> None:
    measured = done.study.measured_area_km2
    assert done.study.faces["area_km2"].sum() == pytest.approx(measured, rel=1e-9)
    total = done.study.zone_areas.query("district == 'all' and zone == 'all'")["area_km2"]
    assert total.item() == pytest.approx(measured, rel=1e-9)


@pytest.mark.parametrize(
    ("i", "j"), PAIRS, ids=[f"{SUB_ZONES[i]}-{SUB_ZONES[j]}" for i, j in PAIRS]
)
def test_every_pair_of_sub_zones_is_decided_by_its_row(done: Done, i: int, j: int) -> None:
    one, other = SUB_ZONES[i], SUB_ZONES[j]
    face = face_at(done, i, j)
    assert statutory(face["mask"]) == {one, other}
    row = row_of(one, other)
    told = done.study.explain(face["mask"]).text("ja")
    if row is None:
        assert face["winner"] in {one, other}
        return
    assert row["note"]["ja"] in told  # type: ignore[index]
    if row["winner"] in ("a", "b"):
        (winner,) = {one, other} & set(row[str(row["winner"])])  # type: ignore[call-overload]
        unsettled = winner in WEAK and face["path"] == "measured"
        assert face["winner"] == winner or unsettled


def test_where_one_sub_zone_stands_alone_it_decides(done: Done) -> None:
    for i, zone in enumerate(SUB_ZONES):
        face = face_at(done, i, i)
        assert statutory(face["mask"]) == {zone}
        assert face["winner"] == zone or (zone in WEAK and face["path"] == "measured")


def payload(path: Path) -> dict[str, object]:
    text = path.read_text("utf-8")
    found = re.search(
        r'<script type="application/json" id="lu-data">(.*?)</script>', text, re.DOTALL
    )
    assert found
    return read_payload(found[1])


def test_the_staff_map_explains_each_overlap_by_its_rule(done: Done) -> None:
    kinds = payload(done.out / "maps" / "staff.html")["faces"]["kinds"]  # type: ignore[index,call-overload]
    told = {(kind["winner"], loser): kind["why"][0] for kind in kinds for loser in kind["losers"]}
    for i, j in PAIRS:
        face = face_at(done, i, j)
        (loser,) = [claim for claim in face["losers"].split(";") if claim in SUB_ZONES][:1]
        assert told[face["winner"], loser] == done.study.explain(face["mask"]).sentence("ja")


def test_the_public_map_keeps_to_the_licences(done: Done) -> None:
    public, staff = (
        unpacked((done.out / "maps" / f"{page}.html").read_text("utf-8"))
        for page in ("public", "staff")
    )
    for name in HIDDEN:
        assert name in staff
        assert name not in public
    assert "P04の施設1" in public
    closed = {"farm_core", "farm_other", "conservation_special", "conservation_ordinary"}
    kinds = payload(done.out / "maps" / "public.html")["faces"]["kinds"]  # type: ignore[index,call-overload]
    seen = {claim for kind in kinds for claim in claims_of_mask(kind["mask"])}
    assert not seen & closed
    assert "forest_protected" in seen
    assert "図形そのものは載せず" in public


def test_the_official_indicators_are_measured_beside_the_published_ones(done: Done) -> None:
    table = done.study.indicators.set_index("indicator")
    for key, percent in (("medical_walk", 84.981), ("transit_walk", 89.268)):
        assert table.loc[key, "official_share"] == pytest.approx(percent / 100)
        assert 0 < table.loc[key, "share"] < 1
    assert "home_care" in table.loc["welfare_walk", "missing"]


def test_people_within_the_tsunami_are_counted(done: Done) -> None:
    table = done.study.hazards.set_index("class")
    # The flood covers a quarter of the square of fields, where everybody lives alike densely.
    assert set(table.index) == {"2.0m以上 ～ 5.0m未満", "all"}
    (flood, town) = officialkit.in_plane(
        shapely.box(SQUARE[0], SQUARE[1], sum(SQUARE[::2]) / 2, sum(SQUARE[1::2]) / 2),
        shapely.union_all(TOWN),
    )
    assert table.loc["all", "area_km2"] == pytest.approx(flood.area / 1e6, rel=1e-6)
    assert table.loc["all", "population_share"] == pytest.approx(flood.area / town.area, rel=0.05)


def test_services_find_their_facilities_by_codes_alone(done: Done) -> None:
    offered = done.study.facilities
    clinics = set(offered.query("service == 'clinic'")["name"])
    assert {"P04の施設1", "P04の施設3"} <= clinics
    assert "P04の施設2" not in set(offered["name"]), "a dental clinic is no clinic"
    assert "P18-pointの施設1" in set(offered.query("service == 'police_box'")["name"])


def test_an_edition_in_the_place_of_another_is_refused_by_name(done: Done) -> None:
    city = done.official.city
    text = city.read_text("utf-8").replace(
        'dataset = "A09"\nedition = "2018"',
        'dataset = "A09"\nedition = "2011"\npath = "raw/A09-18_01_GML.zip"',
    )
    other = city.with_name("swapped.toml")
    other.write_text(text, encoding="utf-8")
    swapped = read_city(other)
    (layer,) = (layer for layer in swapped.layers if layer.key == "urban_region")
    with pytest.raises(Exception, match="2018"):
        read(layer, crs=swapped.crs)
    other.unlink()


def test_what_a_run_leaves_says_what_it_was_made_from(done: Done) -> None:
    record = json.loads((done.out / "built" / "provenance.json").read_text("utf-8"))
    inputs = {one["key"]: one for one in record["inputs"]}
    assert "非商用" in inputs["farm_region"]["licence"]
    assert inputs["forest_region"]["attribution"].startswith("「国土数値情報")
    assert inputs["land_use"]["rows_in_file"] == sum(
        inputs["land_use"][part] for part in ("rows", "not_selected", "dropped", "outside")
    )
    assert all(len(one["sha256"]) == 64 for one in inputs.values())
