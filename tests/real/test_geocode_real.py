"""How far the geocoder and the embedded facilities are from positions somebody measured.

Truth: designated shelters and evacuation sites of the Geospatial Information Authority (GSI),
and hospitals of 2015. The figures stand in `data/kushiro/SOURCES.md`.
"""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

import geopandas as gpd
import jaconv
import pandas as pd
import pytest

from landuse.geocode import geocode

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
FACTS = ROOT / "data" / "kushiro" / "facts"
LAYERS = ROOT / "data" / "kushiro" / "layers"
REAL = Path(os.environ.get("LANDUSE_REAL", ROOT.parent / "shared" / "real"))
METRIC = "EPSG:6681"

pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(
        not (REAL / "shelters_gsi").is_dir(),
        reason=f"no real data in {REAL}; set LANDUSE_REAL to the folder that holds them",
    ),
]


def features() -> Iterator[dict[str, object]]:
    for path in sorted((REAL / "shelters_gsi").glob("*_012068.json")):
        for feature in json.loads(path.read_text(encoding="utf-8"))["features"]:
            lon, lat = feature["geometry"]["coordinates"]
            said = feature["properties"]
            yield {
                "name": said["施設・場所名"],
                "address": said["住所"],
                "lon": lon,
                "lat": lat,
            }


def on_map(table: pd.DataFrame) -> gpd.GeoDataFrame:
    points = gpd.points_from_xy(table["lon"], table["lat"])
    return gpd.GeoDataFrame(table, geometry=points, crs=4326).to_crs(METRIC)


def shelters() -> gpd.GeoDataFrame:
    """Return the GSI places once each; a place may stand in both lists, or twice in one."""
    table = pd.DataFrame(features()).drop_duplicates(["address", "lon", "lat"], ignore_index=True)
    return on_map(table)


def hospitals() -> gpd.GeoDataFrame:
    table = pd.read_csv(REAL / "hospitals_2015" / "hospital_list.csv", dtype={"address": str})
    here = table[table["address"].str.startswith("釧路市", na=False)].reset_index(drop=True)
    return on_map(here.rename(columns={"longtitude": "lon", "latitude": "lat"}))


def towns() -> gpd.GeoDataFrame:
    return gpd.read_parquet(LAYERS / "towns.parquet").to_crs(METRIC)


def errors(truth: gpd.GeoDataFrame) -> pd.DataFrame:
    """Return level, radius and distance to the truth, in metres, of each address."""
    placed = geocode(truth["address"], towns=towns())
    return placed.drop(columns="geometry").assign(distance_m=placed.distance(truth.geometry))


def figures(found: pd.DataFrame) -> dict[str, float]:
    """Return count, median and 90th percentile of the error, and the share within the radius.

    The share is of the rows that state a radius, and NaN where none does.
    """
    stated = found.dropna(subset="error_m")
    return {
        "n": len(found),
        "median_m": found["distance_m"].median(),
        "p90_m": found["distance_m"].quantile(0.9),
        "within_share": (stated["distance_m"] <= stated["error_m"]).mean(),
    }


def plain(name: str) -> str:
    """Return a facility's name without storeys, brackets and marks."""
    name = re.sub(r"\(.*", "", jaconv.normalize(name, "NFKC"))
    return re.sub(r"[0-9]+(?:階|[ー~・]).*|屋上.*|[\s「」]", "", name)


def test_every_measured_shelter_is_found_at_least_to_its_former_town() -> None:
    levels = errors(shelters())["level"]
    assert "none" not in set(levels)
    assert levels.isin(["chome", "town"]).mean() > 0.99


def test_half_of_the_shelters_are_placed_within_a_few_hundred_metres() -> None:
    found = figures(errors(shelters()))
    assert found["median_m"] < 250  # a chome of the built-up area is about 400 m across
    assert found["p90_m"] < 1_000


def test_nine_in_ten_shelters_lie_within_the_stated_radius() -> None:
    assert figures(errors(shelters()))["within_share"] >= 0.9


def test_hospitals_are_placed_as_well_as_shelters() -> None:
    found = figures(errors(hospitals()))
    assert found["n"] == 17
    assert found["median_m"] < 250
    assert found["within_share"] > 0.85


def test_the_embedded_facilities_stand_near_their_true_places() -> None:
    found = figures(embedded())
    assert found["n"] > 150
    assert found["median_m"] < 15
    assert found["p90_m"] < 100


def test_a_published_position_is_within_a_building_or_two_of_the_truth() -> None:
    found = from_source(embedded())
    assert found["distance_m"].max() < 500
    assert (found["distance_m"] < 100).mean() > 0.97


def test_the_published_positions_are_far_better_than_the_addresses_of_the_same_places() -> None:
    rows = from_source(embedded())
    placed = geocode(rows["address"], towns=towns())
    by_address = placed.distance(gpd.GeoSeries(rows["truth"], crs=METRIC))
    assert rows["distance_m"].median() < by_address.median() / 10
    assert rows["distance_m"].quantile(0.9) < by_address.quantile(0.9) / 5


def test_the_doubted_positions_are_no_better_than_the_addresses() -> None:
    doubted = pd.read_csv(FACTS / "doubted_positions.csv")["name"]
    published = pd.read_csv(FACTS / "shelters.csv").set_index("name").loc[doubted]
    found = embedded().set_index("name").loc[doubted]
    points = gpd.GeoSeries(
        gpd.points_from_xy(published["lon"], published["lat"]), index=doubted, crs=4326
    ).to_crs(METRIC)
    assert (found["distance_m"] < points.distance(gpd.GeoSeries(found["truth"], crs=METRIC))).all()
    assert (found["distance_m"] <= found["error_m"]).all()


def from_source(found: pd.DataFrame) -> pd.DataFrame:
    return found[found["level"] == "source"]


def row(found: pd.DataFrame) -> str:
    """Return the figures as they stand in the table of `SOURCES.md`."""
    said = figures(found)
    share = "–" if pd.isna(said["within_share"]) else f"{100 * said['within_share']:.1f} %"
    return f"| {said['n']} | {said['median_m']:.0f} m | {said['p90_m']:,.0f} m | {share} |"


def test_the_published_error_figures_are_the_measured_ones() -> None:
    text = (ROOT / "data" / "kushiro" / "SOURCES.md").read_text(encoding="utf-8")
    found = errors(shelters())
    parts = [found, found[found["level"] == "chome"], found[found["level"] == "town"]]
    ours = embedded()
    by_address = ours[ours["level"].isin(["chome", "town"])]
    for part in (*parts, errors(hospitals()), ours, from_source(ours), by_address):
        assert row(part) in text


def embedded() -> pd.DataFrame:
    """Return the error of the embedded facilities that GSI lists under the same name."""
    table = pd.read_csv(LAYERS / "facilities.csv").dropna(subset="lon")
    ours = on_map(table.assign(key=table["name"].map(plain))).drop_duplicates("key")
    measured = shelters()
    truth = measured.assign(key=measured["name"].map(plain)).drop_duplicates("key")
    pairs = ours.merge(truth[["key", "geometry"]], on="key", suffixes=("", "_true"))
    distance = pairs.geometry.distance(gpd.GeoSeries(pairs["geometry_true"], crs=METRIC))
    return pd.DataFrame(
        {
            "name": pairs["name"],
            "address": pairs["address"],
            "level": pairs["position_level"],
            "error_m": pairs["position_error_m"].astype(float),
            "distance_m": distance,
            "truth": pairs["geometry_true"],
        }
    )
