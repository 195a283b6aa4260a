"""Which facility offers which service, on four rows."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import pytest
from shapely import Point

from landuse.config import Service, preset, read_services
from landuse.errors import LayerError
from landuse.facilities import offers, placed, without_data
from landuse.toml import Label


def service(key: str, **select: tuple[str, ...]) -> Service:
    label = Label(ja=key, en=key)
    return Service(
        key=key,
        label=label,
        kind="hub",
        select=select,
        mode="walk",
        within_min=10,
        straight_m=0,
        demand="population",
        standard_source="",
        note=label,
    )


def facilities() -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(
        {
            "facility_id": ["a", "b", "c", "d"],
            "name": ["市立病院", "診療所", "学校", "支所"],
            "category": ["hospital", "clinic", "school", None],
            "roles": ["general;tertiary", "", "shelter", None],
        },
        geometry=[Point(0, 0), Point(1, 1), None, Point(2, 2)],
        crs="EPSG:6681",
    )


def test_a_facility_offers_what_all_its_selected_columns_match() -> None:
    tertiary = service("tertiary", category=("hospital",), roles=("tertiary",))
    clinics = service("clinics", category=("clinic", "hospital"))
    found = offers(facilities(), [tertiary, clinics])
    assert list(zip(found["service"], found["facility_id"], strict=True)) == [
        ("tertiary", "a"),
        ("clinics", "a"),
        ("clinics", "b"),
    ]


def test_part_of_a_word_does_not_match() -> None:
    assert offers(facilities(), [service("x", roles=("gen",))]).empty


def test_a_service_without_a_known_place_has_no_data() -> None:
    services = [service("school", category=("school",)), service("clinic", category=("clinic",))]
    found = offers(facilities(), services)
    assert len(found) == 2
    assert placed(found)["facility_id"].tolist() == ["b"]
    assert without_data(found, services) == ("school",)


def test_a_missing_selecting_column_is_named() -> None:
    with pytest.raises(LayerError, match="column beds"):
        offers(facilities(), [service("x", beds=("1",))])


def test_every_service_that_ships_is_readable() -> None:
    services = read_services(Path(preset("services.toml")))
    assert {service.kind for service in services} == {"hub", "watch_over"}
