"""The street reader on a genuine extract, Porto Alegre; skipped where it is not there."""

from __future__ import annotations

import os
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import osmium
import pytest
import shapely
from osmtoy import findings_of

from landuse.config import preset
from landuse.network import network_from_edges
from landuse.sources.osm import open_osm_features, open_osm_streets, streets_of_mode
from landuse.sources.osm.tags import read_tags
from landuse.sources.window import Window
from landuse.speeds import Speed, Speeds, read_speeds

if TYPE_CHECKING:
    import geopandas as gpd

    from landuse.network import Network

ROOT = Path(__file__).parents[2]
REAL = Path(os.environ.get("LANDUSE_REAL", ROOT.parent / "shared" / "real"))
EXTRACT = REAL / "porto_alegre" / "poa_osm.pbf"
PLANE = "EPSG:31982"
"""SIRGAS 2000 / UTM 22S, where Porto Alegre lies."""
NODES, HIGHWAYS = 43_264, 15_886
"""What SOURCE.txt says is in the file."""

pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(
        not EXTRACT.is_file(), reason=f"no extract {EXTRACT}; set LANDUSE_REAL to its folder"
    ),
]


@pytest.fixture(scope="module")
def edges() -> gpd.GeoDataFrame:
    return open_osm_streets(EXTRACT, findings_of(EXTRACT)).table


def speeds() -> Speeds:
    """Return the speeds of the package, walkers also on paths as on streets."""
    known = read_speeds(preset("speeds.toml"))
    walked = ("footway", "path", "steps", "cycleway", "track")
    as_street = dict.fromkeys(walked, Speed(kmh=4.8, source="as street", verified=False))
    walk = known.modes["walk"]
    return replace(known, modes={**known.modes, "walk": replace(walk, road=as_street | walk.road)})


def network(edges: gpd.GeoDataFrame, mode: str) -> Network:
    streets = streets_of_mode(edges.to_crs(PLANE), mode)
    return network_from_edges(streets, speeds=speeds(), mode=mode)


def test_every_highway_is_read_or_is_no_road_by_the_table(edges: gpd.GeoDataFrame) -> None:
    assert sum(1 for _ in osmium.FileProcessor(EXTRACT, osmium.osm.NODE)) == NODES
    tags = read_tags()
    found, roads = 0, set()
    for way in osmium.FileProcessor(EXTRACT, osmium.osm.WAY):
        highway = way.tags.get("highway", "")
        found += bool(highway)
        word = highway.removesuffix("_link")
        area = way.tags.get("area") == "yes"
        if word in tags.highways and not (area and tags.highways[word].kind != "footway"):
            roads.add(way.id)
    assert found == HIGHWAYS
    assert set(edges["way_id"]) == roads
    assert len(roads) > 0.99 * HIGHWAYS


def test_no_length_is_lost_against_osmiums_own(edges: gpd.GeoDataFrame) -> None:
    used = set(edges["way_id"])
    processor = osmium.FileProcessor(EXTRACT).with_locations()
    ways = (thing for thing in processor if thing.is_way() and thing.id in used)
    whole_km = sum(osmium.geom.haversine_distance(way.nodes) for way in ways) / 1000
    # A sphere for the ellipsoid: less than half a percent anywhere.
    assert edges["length_km"].sum() == pytest.approx(whole_km, rel=0.005)
    drawn_km = edges.to_crs(PLANE).length.sum() / 1000
    # The plane of UTM is true to 1 - 0.0004 at its meridian.
    assert edges["length_km"].sum() == pytest.approx(drawn_km, rel=0.001)


def test_every_end_is_a_node_at_one_place(edges: gpd.GeoDataFrame) -> None:
    shapes = edges.geometry.to_numpy()
    ends = np.vstack([shapely.get_coordinates(shapely.get_point(shapes, at)) for at in (0, -1)])
    names = np.concatenate([edges["u"], edges["v"]])
    places = {(name, *place) for name, place in zip(names, ends.tolist(), strict=True)}
    assert len(places) == len(set(names))
    assert shapely.is_valid(shapes).all()
    assert set(edges["kind"]) <= {row.kind for row in read_tags().highways.values()}


@pytest.mark.parametrize("mode", ["walk", "drive"])
def test_nearly_all_of_the_town_hangs_together(edges: gpd.GeoDataFrame, mode: str) -> None:
    built = network(edges, mode)
    assert np.bincount(built.component).max() > 0.95 * len(built.nodes)
    assert np.isfinite(built.graph.data).all()
    assert (built.graph.data >= 0).all()


def test_cars_obey_the_directions_that_walkers_do_not(edges: gpd.GeoDataFrame) -> None:
    drive, walk = (network(edges, mode).edges for mode in ("drive", "walk"))
    assert np.isinf(drive["back_s"]).sum() > 5_000
    assert np.isfinite(walk["back_s"]).all()


def test_a_window_gives_the_same_streets_as_a_cut(edges: gpd.GeoDataFrame) -> None:
    window = Window(bounds=(-51.23, -30.04, -51.21, -30.02))
    part = open_osm_streets(EXTRACT, findings_of(EXTRACT), window=window).table
    box = shapely.box(*window.bounds)
    inside_km = [
        shapely.length(shapely.intersection(table.geometry.to_numpy(), box)).sum()
        for table in (edges, part)
    ]
    assert inside_km[0] == pytest.approx(inside_km[1], rel=1e-9)
    assert shapely.intersects(part.geometry.to_numpy(), box).all()
    assert len(part) < 0.3 * len(edges)


def test_it_takes_no_more_than_three_seconds(edges: gpd.GeoDataFrame) -> None:
    before = time.process_time()
    again = open_osm_streets(EXTRACT, findings_of(EXTRACT)).table
    assert time.process_time() - before < 3
    assert len(again) == len(edges)


def test_facilities_and_land_are_found_by_their_tags() -> None:
    facilities = open_osm_features(EXTRACT, findings_of(EXTRACT, "facilities")).table
    counts = facilities["category"].value_counts()
    assert (counts["bus_stop"], counts["bus_station"], counts["station"]) == (1054, 26, 3)
    assert facilities["facility_id"].is_unique
    land = open_osm_features(EXTRACT, findings_of(EXTRACT, "claims")).table
    assert set(land["claim"]) == {"built_up", "water"}
    assert shapely.is_valid(land.geometry.to_numpy()).all()
