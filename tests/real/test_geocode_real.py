"""How far the geocoder is from places whose true position somebody measured.

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
    """Return count, median and 90th percentile of the error, and the share within the radius."""
    return {
        "n": len(found),
        "median_m": found["distance_m"].median(),
        "p90_m": found["distance_m"].quantile(0.9),
        "within_share": (found["distance_m"] <= found["error_m"]).mean(),
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
    assert found["median_m"] < 250
    assert found["within_share"] >= 0.9


def row(found: pd.DataFrame) -> str:
    """Return the figures as they stand in the table of `SOURCES.md`."""
    said = figures(found)
    return (
        f"| {said['n']} | {said['median_m']:.0f} m | {said['p90_m']:,.0f} m "
        f"| {100 * said['within_share']:.1f} % |"
    )


def test_the_published_error_figures_are_the_measured_ones() -> None:
    text = (ROOT / "data" / "kushiro" / "SOURCES.md").read_text(encoding="utf-8")
    found = errors(shelters())
    parts = [found, found[found["level"] == "chome"], found[found["level"] == "town"]]
    for part in (*parts, errors(hospitals()), embedded()):
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
            "level": pairs["position_level"],
            "error_m": pairs["position_error_m"].astype(float).fillna(float("inf")),
            "distance_m": distance,
        }
    )
