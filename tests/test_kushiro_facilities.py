"""The embedded facilities of Kushiro: every row sourced, placed or openly unplaced."""

from __future__ import annotations

import sys
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest

from landuse.config import preset, read_services
from landuse.facilities import offers, without_data
from landuse.geocode import geocode
from landuse.schema import Grade

KUSHIRO = Path(__file__).parent.parent / "data" / "kushiro"
FACTS = KUSHIRO / "facts"
LAYERS = KUSHIRO / "layers"
CATEGORIES = {
    "hospital",
    "clinic",
    "airport",
    "port",
    "station",
    "interchange",
    "university",
    "government",
    "police_headquarters",
    "library",
    "culture_hall",
    "retail",
    "support_centre",
    "elderly_welfare_centre",
    "community_centre",
    "neighbourhood_hall",
    "children_centre",
    "parenting_centre",
    "branch_office",
    "police_box",
    "school",
    "fire_station",
    "other",
}


@pytest.fixture(scope="module")
def facilities() -> gpd.GeoDataFrame:
    table = pd.read_csv(LAYERS / "facilities.csv")
    points = gpd.GeoSeries(gpd.points_from_xy(table["lon"], table["lat"]), crs=4326)
    return gpd.GeoDataFrame(table, geometry=points.where(table["lon"].notna()))


@pytest.fixture(scope="module")
def towns() -> gpd.GeoDataFrame:
    return gpd.read_parquet(LAYERS / "towns.parquet").to_crs("EPSG:6681")


def fact(name: str) -> pd.DataFrame:
    return pd.read_csv(FACTS / f"{name}.csv", dtype=str, keep_default_na=False)


@pytest.mark.parametrize("name", ["shelters", "hubs", "watch_over"])
def test_every_fact_names_its_source_and_vintage(name: str) -> None:
    table = fact(name)
    assert (table["source"] != "").all()
    assert (table["vintage"] != "").all()
    assert table["key"].is_unique


@pytest.mark.parametrize("name", ["hubs", "watch_over"])
def test_every_stated_position_names_its_source(name: str) -> None:
    table = fact(name)
    stated = table["lon"] != ""
    assert (table["position_source"] != "").equals(stated)
    assert (table["lat"] != "").equals(stated)


def test_every_address_is_known_to_the_town_but_one_that_leaves_the_town_out(
    towns: gpd.GeoDataFrame,
) -> None:
    shelters = fact("shelters")
    placed = geocode(shelters["address"], towns=towns)
    coarse = ~placed["level"].isin(["chome", "town"])
    assert shelters.loc[coarse, "name"].tolist() == ["拓北会館"]
    assert placed.loc[coarse, "matched"].tolist() == ["音別町"]


def published() -> gpd.GeoDataFrame:
    """Return the shelters at the positions the city publishes, believed or not."""
    table = fact("shelters").astype({"lon": float, "lat": float})
    points = gpd.points_from_xy(table["lon"], table["lat"])
    return gpd.GeoDataFrame(table, geometry=points, crs=4326).to_crs("EPSG:6681")


def test_every_shelter_has_a_published_position_in_the_city() -> None:
    city = gpd.read_parquet(LAYERS / "boundary.parquet").to_crs("EPSG:6681").union_all()
    shelters = published()
    assert len(shelters) == 231
    assert shelters.within(city).all()


def test_a_published_position_stands_where_its_address_says_but_in_the_long_towns_of_onbetsu(
    towns: gpd.GeoDataFrame,
) -> None:
    shelters = published()
    placed = geocode(shelters["address"], towns=towns)
    far = placed.distance(shelters.geometry) > 1.5 * placed["error_m"]
    # The town points of these lie kilometres off; GSI confirms the five published positions.
    assert set(shelters.loc[far, "name"]) == {
        "体験学習センター",
        "尺別中央会館",
        "川西会館",
        "音別公園墓地",
        "音別神社社務所",
    }


def test_a_published_position_agrees_with_the_older_list_of_town_offices() -> None:
    shelters = published().set_index("key").geometry
    offices = pd.concat([fact("hubs"), fact("watch_over")]).set_index("key")
    # Compared are the four offices that are a shelter, or share the building with one.
    pairs = {
        "city-hall": "shelter-225",
        "branch-onbetsu": "shelter-230",
        "branch-akankohan": "shelter-070",
        "branch-fubushinai": "shelter-081",
    }
    table = offices.loc[list(pairs)]
    points = gpd.points_from_xy(table["lon"].astype(float), table["lat"].astype(float))
    older = gpd.GeoSeries(points, index=list(pairs.values()), crs=4326).to_crs("EPSG:6681")
    assert shelters.loc[older.index].distance(older).max() < 20


def test_a_doubted_position_says_why_and_gives_way_to_the_address(
    facilities: gpd.GeoDataFrame,
) -> None:
    doubted = fact("doubted_positions").set_index("key")
    rows = facilities.set_index("facility_id").loc[doubted.index]
    assert (doubted["reason"] != "").all()
    assert rows["name"].equals(doubted["name"])
    assert set(rows["position_level"]) == {"chome"}


def test_every_other_shelter_stands_at_its_published_position(
    facilities: gpd.GeoDataFrame,
) -> None:
    # A place that stands in another list too may have its position from there.
    others = {*fact("same_places")["name"], *fact("doubted_positions")["name"]}
    shelters = published().to_crs(4326).set_index("key")
    shelters = shelters[~shelters["name"].isin(others)]
    rows = facilities.set_index("facility_id").loc[shelters.index]
    assert len(rows) > 220
    assert set(rows["position_level"]) == {"source"}
    assert set(rows["grade"]) == {"official"}
    assert rows.geometry.geom_equals_exact(shelters.geometry, 1e-6).all()


def test_no_two_places_share_the_point_of_a_source(facilities: gpd.GeoDataFrame) -> None:
    stated = facilities[facilities["position_level"] == "source"]
    assert not stated.duplicated(["lon", "lat"]).any()


def test_no_place_is_left_out_or_stands_twice(facilities: gpd.GeoDataFrame) -> None:
    shelters, same = fact("shelters"), fact("same_places")
    merged = same.loc[same["list"] == "shelters", "name"]
    expected = set(shelters.loc[~shelters["name"].isin(merged), "key"])
    expected |= set(fact("hubs")["key"]) | set(fact("watch_over")["key"])
    assert facilities["facility_id"].is_unique
    assert expected <= set(facilities["facility_id"])
    others = set(facilities["facility_id"]) - expected
    assert all(name.startswith("office-") for name in others)
    # 38 offices, less those in a shelter or a fact.
    assert len(others) == 38 - (same["list"] == "offices").sum()


def test_a_place_in_two_lists_has_the_roles_of_both(facilities: gpd.GeoDataFrame) -> None:
    hall = facilities.set_index("facility_id").loc["city-hall"]
    assert set(hall["roles"].split(";")) == {
        "municipal_office",
        "designated_shelter",
        "emergency_site",
        "tsunami_refuge",
    }
    assert hall["capacity"] == 90


def test_every_category_and_grade_is_a_known_word(facilities: gpd.GeoDataFrame) -> None:
    assert set(facilities["category"]) <= CATEGORIES
    assert set(facilities["grade"]) <= {str(grade) for grade in Grade}


def test_a_geocoded_place_is_not_official(facilities: gpd.GeoDataFrame) -> None:
    geocoded = facilities["position_level"].isin(["chome", "town"])
    assert set(facilities.loc[geocoded, "grade"]) == {"derived"}
    assert (facilities.loc[geocoded, "position_error_m"] > 0).all()


def test_every_known_position_lies_in_the_city(facilities: gpd.GeoDataFrame) -> None:
    # The border is simplified, so a place on it may fall outside by less than a kilometre.
    city = gpd.read_parquet(LAYERS / "boundary.parquet").to_crs("EPSG:6681").union_all()
    placed = facilities[facilities["lon"].notna()].to_crs("EPSG:6681")
    assert placed.distance(city).max() < 1_000


def test_support_centres_are_kept_though_nobody_knows_where_they_are(
    facilities: gpd.GeoDataFrame,
) -> None:
    centres = facilities[facilities["category"] == "support_centre"]
    assert len(centres) == 7
    assert centres.geometry.isna().all()


def test_each_service_has_places_or_openly_none(facilities: gpd.GeoDataFrame) -> None:
    services = read_services(preset("services.toml"))
    offered = offers(facilities, services)
    assert without_data(offered, services) == ("support_centre", "police_box", "clinic")
    assert all(service.standard_source and service.note.ja for service in services)


def test_making_the_table_again_gives_the_same_bytes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not (KUSHIRO / "packages").is_dir():
        pytest.skip("the packages are not downloaded; run data/kushiro/build.py first")
    monkeypatch.setattr(sys, "path", [str(KUSHIRO), *sys.path])
    from packages import Packages  # noqa: PLC0415 - lives beside the data
    from place_facilities import build  # noqa: PLC0415

    for layer in LAYERS.glob("t*.parquet"):
        (tmp_path / layer.name).write_bytes(layer.read_bytes())
    build(tmp_path, Packages())
    assert (tmp_path / "facilities.csv").read_bytes() == (LAYERS / "facilities.csv").read_bytes()
