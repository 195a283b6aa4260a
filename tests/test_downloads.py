"""`landuse fetch`: what a city needs comes, is known again, or is listed for a person to get."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpkit
import pytest
import toy

from landuse.catalogue import catalogue
from landuse.config import embedded_city, read_city
from landuse.downloads import by_hand, downloads_of, fetch_all
from landuse.sources.osm import overpass

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from conftest import Done

    Command = Callable[..., Done]

FOREST = """
[[layer]]
key = "forest"
role = "claims"
dataset = "A13"
edition = "2015"
"""


@pytest.fixture
def site() -> Iterator[httpkit.Site]:
    with httpkit.serving() as found:
        yield found


def moved(city: Path, site: httpkit.Site, *keys: str) -> dict[str, bytes]:
    """Move layers of a town onto a server and leave their addresses in the city file."""
    text = city.read_text(encoding="utf-8")
    held = {}
    for key in keys:
        (path,) = (city.parent / "layers").glob(f"{key}.*")
        held[key] = path.read_bytes()
        url = site.put(path.name, held[key])
        text = text.replace(
            f'path = "layers/{path.name}"', f'path = "raw/{path.name}"\nurls = ["{url}"]'
        )
        path.unlink()
    city.write_text(text, encoding="utf-8")
    return held


def test_files_come_are_used_and_are_kept(
    toy_city: Path, site: httpkit.Site, landuse: Command
) -> None:
    held = moved(toy_city, site, "land", "people")
    refused = landuse("check", toy_city)
    assert refused.code == 2
    assert all("landuse fetch city.toml" in fault for fault in refused.faults)
    done = landuse("fetch", toy_city)
    assert done.code == 0
    assert done.out.count("fetched") == 2
    assert (toy_city.parent / "raw" / "people.csv").read_bytes() == held["people"]
    assert landuse("check", toy_city).code == 0
    again = landuse("fetch", toy_city)
    assert again.out.count("kept") == 2
    assert len(site.asked) == 2, "nothing is asked for twice"


def test_an_altered_file_is_seen_and_fetched_again(
    toy_city: Path, site: httpkit.Site, landuse: Command
) -> None:
    held = moved(toy_city, site, "people")
    landuse("fetch", toy_city)
    path = toy_city.parent / "raw" / "people.csv"
    path.write_bytes(held["people"][:-7])
    assert "again" in landuse("fetch", toy_city).out
    assert path.read_bytes() == held["people"]


def test_what_failed_is_told_with_what_to_do_by_hand_and_the_rest_is_there(
    toy_city: Path, site: httpkit.Site, landuse: Command
) -> None:
    moved(toy_city, site, "land", "people")
    del site.sources["/land.geojson"]
    done = landuse("fetch", toy_city)
    assert done.code == 2
    assert any("land.geojson" in fault and "404" in fault for fault in done.faults)
    assert "□" in done.out
    assert str(toy_city.parent / "raw" / "land.geojson") in done.out
    assert (toy_city.parent / "raw" / "people.csv").exists()


def test_a_file_without_an_address_is_a_persons_task(toy_city: Path, landuse: Command) -> None:
    (toy_city.parent / "layers" / "land.geojson").unlink()
    done = landuse("fetch", toy_city)
    assert done.code == 2
    (fault,) = done.faults
    assert fault.startswith("city.toml: layer land")
    assert "no address of it is known" in fault


def test_addresses_come_from_the_catalogue_with_the_citys_codes(toy_city: Path) -> None:
    toy_city.write_text(toy_city.read_text(encoding="utf-8") + FOREST, encoding="utf-8")
    (found,) = downloads_of(read_city(toy_city, fetched=False))
    assert found.url.endswith("/A13/A13-15/A13-15_01_GML.zip")
    assert found.path == toy_city.parent / "raw" / "A13-15_01_GML.zip"
    assert found.page == catalogue().datasets["A13"].page


def test_the_official_study_knows_the_address_of_every_file_but_its_own() -> None:
    city = read_city(embedded_city().with_name("official.toml"), fetched=False)
    wanted = downloads_of(city)
    assert len({download.path for download in wanted}) == len(wanted)
    assert not by_hand(city)
    meshes = [download.url for download in wanted if "L03-b-21_" in download.url]
    first = [url.rpartition("L03-b-21_")[2][:4] for url in meshes]
    assert first == ["6443", "6444", "6543", "6544"]


def test_overpass_is_asked_for_the_area_round_the_boundary(
    toy_city: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = toy_city.read_text(encoding="utf-8") + FOREST.replace(
        'dataset = "A13"\nedition = "2015"',
        'dataset = "osm"\nedition = "overpass"\npath = "raw/overpass.osm"',
    ).replace('role = "claims"', 'role = "network"')
    toy_city.write_text(text, encoding="utf-8")
    asked = []
    monkeypatch.setattr(
        overpass, "fetch_overpass", lambda window, **more: asked.append((window, more))
    )
    city = read_city(toy_city, fetched=False)
    fetch_all(city)
    ((window, more),) = asked
    west, south, east, north = window.bounds
    lon, lat = toy.lonlat(2, 2)
    assert west < lon < east
    assert south < lat < north
    assert more == {"role": "network", "path": toy_city.parent / "raw" / "overpass.osm"}
    assert not by_hand(city)
