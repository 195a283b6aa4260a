"""Streets of OpenStreetMap: cut at junctions, directed, and closed to those who may not pass."""

from __future__ import annotations

import bz2
import math
from typing import TYPE_CHECKING

import numpy as np
import osmium
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from layerkit import CRS, LAT, LON, layer
from osmtoy import STEP_KM, findings_of, osm, street, streets, streets_and_notes

from landuse.config import preset
from landuse.errors import CityError, LayerError
from landuse.network import network_from_edges
from landuse.sources import read_streets
from landuse.sources.osm import open_osm_streets, streets_of_mode
from landuse.sources.osm.tags import ACCESS, kind_of, read_tags
from landuse.sources.osm.values import duration_s, limit_kmh, order_of
from landuse.sources.window import Window
from landuse.speeds import read_speeds

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import geopandas as gpd

    from landuse.network import Network

ROAD = {"highway": "residential"}
CROSS = osm(
    {1: (0, 0), 2: (1, 0), 3: (2, 0), 4: (1, 1), 5: (1, -1), 6: (1.5, 0.2)},
    {10: ([1, 2, 6, 3], ROAD | {"name": "東西通"}), 11: ([4, 2, 5], {"highway": "tertiary_link"})},
)
ENTITY = '<!DOCTYPE osm [<!ENTITY a "aaaa">]><osm'
HOSTILE = CROSS.replace("<osm", ENTITY).replace("東西", "&a;").encode()
METRES = "EPSG:3857"
"""Metres on the equator, where the toys lie."""


def pairs(edges: gpd.GeoDataFrame) -> set[tuple[str, str]]:
    return set(zip(edges["u"], edges["v"], strict=True))


def network(edges: gpd.GeoDataFrame, mode: str) -> Network:
    speeds = read_speeds(preset("speeds.toml"))
    return network_from_edges(streets_of_mode(edges.to_crs(METRES), mode), speeds=speeds, mode=mode)


def faults(path: Path, window: Window | None = None) -> str:
    with pytest.raises(LayerError) as caught:
        open_osm_streets(path, findings_of(path), window=window)
    assert len(caught.value.faults) == 1
    return str(caught.value)


def test_ways_are_cut_where_they_share_a_node_and_nowhere_else(tmp_path: Path) -> None:
    edges = streets(tmp_path, CROSS)
    assert pairs(edges) == {("1", "2"), ("2", "3"), ("4", "2"), ("2", "5")}
    assert edges.set_index("u")["name"]["1"] == "東西通"
    assert set(edges["kind"]) == {"street", "tertiary"}
    assert set(edges["highway"]) == {"residential", "tertiary_link"}
    assert edges.index.name == "row"
    assert edges.index[0] == 1


def test_ways_that_cross_without_a_common_node_do_not_meet(tmp_path: Path) -> None:
    nodes = {1: (0, 0), 2: (2, 0), 3: (1, -1), 4: (1, 1)}
    edges = streets(tmp_path, osm(nodes, {10: ([1, 2], ROAD), 11: ([3, 4], ROAD)}))
    assert pairs(edges) == {("1", "2"), ("3", "4")}


def test_length_is_measured_on_the_ellipsoid(tmp_path: Path) -> None:
    edges = streets(tmp_path, osm({1: (0, 0), 2: (1, 0), 3: (3, 0)}, {10: ([1, 2, 3], ROAD)}))
    assert edges["length_km"].tolist() == pytest.approx([3 * STEP_KM])


def test_a_way_that_meets_itself_is_cut_there(tmp_path: Path) -> None:
    nodes = {1: (0, 0), 2: (1, 0), 3: (2, 1), 4: (2, -1)}
    edges = streets(tmp_path, osm(nodes, {10: ([1, 2, 3, 4, 2], ROAD)}))
    assert pairs(edges) == {("1", "2"), ("2", "2")}


def test_a_ring_of_its_own_is_one_edge(tmp_path: Path) -> None:
    nodes = {1: (0, 0), 2: (1, 0), 3: (1, 1)}
    edges = streets(tmp_path, osm(nodes, {10: ([1, 2, 3, 1], ROAD | {"junction": "roundabout"})}))
    assert pairs(edges) == {("1", "1")}
    assert edges["oneway"].tolist() == [True]


def test_a_node_named_twice_in_a_row_is_no_junction(tmp_path: Path) -> None:
    nodes = {1: (0, 0), 2: (1, 0), 3: (2, 0)}
    assert pairs(streets(tmp_path, osm(nodes, {10: ([1, 2, 2, 3], ROAD)}))) == {("1", "3")}


def test_nodes_at_one_place_that_a_street_joins_are_one_node(tmp_path: Path) -> None:
    nodes = {1: (0, 0), 2: (1, 0), 3: (1, 0), 4: (2, 0), 5: (1, 1)}
    ways = {10: ([1, 2], ROAD), 11: ([2, 3], ROAD), 12: ([3, 4], ROAD), 13: ([3, 5], ROAD)}
    assert pairs(streets(tmp_path, osm(nodes, ways))) == {("1", "2"), ("2", "4"), ("2", "5")}


def test_a_way_that_stands_twice_is_read_once(tmp_path: Path) -> None:
    text = osm({1: (0, 0), 2: (1, 0), 3: (2, 0)}, {10: ([1, 2, 3], ROAD)})
    way = text[text.index("<way") : text.index("</way>") + 6]
    edges, notes = streets_and_notes(tmp_path, text.replace(way, way + way))
    assert pairs(edges) == {("1", "3")}
    assert "1 ways stand more than once" in notes[0]


def test_what_is_no_road_is_left_out_and_the_unknown_is_named(tmp_path: Path) -> None:
    nodes = {1: (0, 0), 2: (1, 0), 3: (1, 1)}
    ways = {
        10: ([1, 2], ROAD),
        11: ([1, 2], {"highway": "construction"}),
        12: ([1, 2], {"highway": "moebius_strip"}),
        13: ([1, 2, 3, 1], {"highway": "service", "area": "yes"}),
        14: ([1, 2, 3, 1], {"highway": "pedestrian", "area": "yes"}),
        15: ([1, 2], {"route": "bus"}),
    }
    edges, notes = streets_and_notes(tmp_path, osm(nodes, ways))
    assert set(edges["way_id"]) == {10, 14}
    assert len(notes) == 1
    assert "1 ways with a highway that is not known (moebius_strip)" in notes[0]


ONEWAY = {
    "yes": (True, 1, 0, "1"),
    "true": (True, 1, 0, "1"),
    "1": (True, 1, 0, "1"),
    "-1": (True, 1, 0, "2"),
    "reverse": (True, 1, 0, "2"),
    "no": (False, 0, 0, "1"),
    "alternating": (False, 0, 0, "1"),
    "perhaps": (False, 0, 0, "1"),
}


@pytest.mark.parametrize("word", ONEWAY)
def test_oneway_turns_the_line_so_that_cars_go_along_it(tmp_path: Path, word: str) -> None:
    edge = street(tmp_path, ROAD | {"oneway": word}).iloc[0]
    assert (edge["oneway"], edge["oneway_bike"], edge["oneway_foot"], edge["u"]) == ONEWAY[word]
    assert edge.geometry.coords[0] == ((0, 0) if edge["u"] == "1" else (0.001, 0))


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        ({"highway": "motorway"}, (True, 1, 0)),
        ({"highway": "motorway", "oneway": "no"}, (False, 0, 0)),
        ({"highway": "motorway_link"}, (True, 1, 0)),
        ({"oneway": "yes", "oneway:bicycle": "no"}, (True, 0, 0)),
        ({"oneway": "yes", "oneway:bicycle": "-1"}, (True, -1, 0)),
        ({"oneway": "-1", "oneway:bicycle": "-1"}, (True, 1, 0)),
        ({"oneway": "yes", "cycleway:left": "opposite_lane"}, (True, 0, 0)),
        ({"oneway": "yes", "oneway:foot": "yes"}, (True, 1, 1)),
        ({"oneway:motor_vehicle": "yes"}, (True, 0, 0)),
    ],
)
def test_each_traveller_minds_its_own_direction(
    tmp_path: Path, tags: Mapping[str, str], expected: tuple[bool, int, int]
) -> None:
    edge = street(tmp_path, ROAD | dict(tags)).iloc[0]
    assert (edge["oneway"], edge["oneway_bike"], edge["oneway_foot"]) == expected


def test_a_street_that_turns_by_the_hour_is_closed_to_vehicles(tmp_path: Path) -> None:
    edge = street(tmp_path, ROAD | {"oneway": "reversible"}).iloc[0]
    assert [edge[f"access_{who}"] for who in ACCESS] == [True, False, False]


@pytest.mark.parametrize(
    ("tags", "walk", "bike", "car"),
    [
        ({"highway": "residential"}, 1, 1, 1),
        ({"highway": "motorway"}, 0, 0, 1),
        ({"highway": "trunk"}, 1, 1, 1),
        ({"highway": "trunk", "motorroad": "yes"}, 0, 0, 1),
        ({"highway": "trunk", "motorroad": "yes", "sidewalk": "left"}, 1, 0, 1),
        ({"highway": "trunk", "sidewalk": "no"}, 1, 1, 1),
        ({"highway": "footway"}, 1, 0, 0),
        ({"highway": "footway", "bicycle": "yes"}, 1, 1, 0),
        ({"highway": "footway", "access": "yes"}, 1, 0, 0),
        ({"highway": "steps"}, 1, 0, 0),
        ({"highway": "track"}, 1, 1, 0),
        ({"highway": "track", "motor_vehicle": "yes"}, 1, 1, 1),
        ({"highway": "service", "access": "private"}, 0, 0, 0),
        ({"highway": "service", "access": "private", "foot": "yes"}, 1, 0, 0),
        ({"highway": "service", "access": "no", "vehicle": "yes"}, 0, 1, 1),
        ({"highway": "service", "vehicle": "no", "motorcar": "destination"}, 1, 0, 1),
        ({"highway": "service", "motor_vehicle": "private"}, 1, 1, 0),
        ({"highway": "primary", "bicycle": "use_sidepath"}, 1, 0, 1),
        ({"highway": "path", "bicycle": "dismount"}, 1, 0, 0),
        ({"highway": "residential", "access": "permissive;private"}, 1, 1, 1),
        ({"route": "ferry"}, 1, 1, 0),
        ({"route": "ferry", "motor_vehicle": "yes"}, 1, 1, 1),
    ],
)
def test_the_most_specific_tag_decides_who_may_pass(
    tmp_path: Path, tags: Mapping[str, str], walk: int, bike: int, car: int
) -> None:
    edge = street(tmp_path, tags).iloc[0]
    assert [edge[f"access_{who}"] for who in ACCESS] == [bool(walk), bool(bike), bool(car)]


def test_an_access_word_that_nobody_knows_is_named_and_not_obeyed(tmp_path: Path) -> None:
    text = osm({1: (0, 0), 2: (1, 0)}, {10: ([1, 2], ROAD | {"access": "perhaps"})})
    edges, notes = streets_and_notes(tmp_path, text)
    assert edges["access_car"].all()
    assert "1 words that are not known: access=perhaps" in notes[0]


LIMITS = {
    "50": 50,
    "50 km/h": 50,
    "５０": 50,
    "30 mph": 30 * 1.609344,
    "10 knots": 18.52,
    "JP:urban": 60,
    "JP:motorway": 100,
    "JP:zone30": 30,
    "zone:20": 20,
    "60;40": 40,
    "50|30|50": 30,
    "none": math.nan,
    "signals": math.nan,
    "": math.nan,
    "fast": math.nan,
    "1e3": math.nan,
    "-50": math.nan,
}


@pytest.mark.parametrize("text", LIMITS)
def test_speed_limits_are_read_in_their_units(text: str) -> None:
    found = limit_kmh(text, read_tags().limits_kmh)
    assert found == pytest.approx(LIMITS[text], nan_ok=True)


def test_a_limit_that_cannot_be_is_not_used_and_named(tmp_path: Path) -> None:
    text = osm({1: (0, 0), 2: (1, 0)}, {10: ([1, 2], ROAD | {"maxspeed": "500"})})
    edges, notes = streets_and_notes(tmp_path, text)
    assert edges["speed_kmh"].isna().all()
    assert "1 speed limits are not believed (500 km/h)" in notes[0]


def test_where_the_directions_differ_the_lower_limit_counts(tmp_path: Path) -> None:
    tags = ROAD | {"maxspeed:forward": "50", "maxspeed:backward": "40"}
    assert street(tmp_path, tags)["speed_kmh"].tolist() == [40]


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("1:30", 5400),
        ("00:05", 300),
        ("0:00:30", 30),
        ("45", 2700),
        ("10 minutes", 600),
        ("PT1H30M", 5400),
        ("P", math.nan),
        ("0", math.nan),
        ("soon", math.nan),
    ],
)
def test_durations_are_read_in_their_forms(text: str, seconds: float) -> None:
    assert duration_s(text) == pytest.approx(seconds, nan_ok=True)


@given(st.text(max_size=30))
def test_no_value_of_a_tag_makes_a_parser_fail(text: str) -> None:
    limit = limit_kmh(text, {"none": 0})
    assert math.isnan(limit) or limit >= 0
    assert math.isnan(duration_s(text)) or duration_s(text) > 0
    assert -100 < order_of(text) < 100


def test_the_time_of_a_ferry_is_shared_out_by_length(tmp_path: Path) -> None:
    nodes = {1: (0, 0), 2: (10, 0), 3: (40, 0), 4: (10, 10)}
    boat = {"route": "ferry", "duration": "0:40"}
    edges = streets(tmp_path, osm(nodes, {10: ([1, 2, 3], boat), 11: ([2, 4], {"route": "ferry"})}))
    edges = edges.set_index("v")
    assert edges["ferry"].all()
    assert edges["kind"].unique() == ["ferry"]
    assert edges["duration_s"][["2", "3"]].tolist() == pytest.approx([600, 1800])
    assert edges["speed_kmh"]["2"] == pytest.approx(40 * STEP_KM / (40 / 60))
    assert math.isnan(edges["speed_kmh"]["4"])


BARRED = {1: (0, 0), 2: (1, 0), 3: (2, 0)}


def barred(folder: Path, tags: Mapping[str, str]) -> gpd.GeoDataFrame:
    """Return a street of which the middle node has some tags."""
    return streets(folder, osm(BARRED | {2: (1, 0, tags)}, {10: ([1, 2, 3], ROAD)}))


@pytest.mark.parametrize(
    ("tags", "stopped"),
    [
        ({"barrier": "bollard"}, {"car"}),
        ({"barrier": "bollard", "access": "yes"}, {"car"}),
        ({"barrier": "bollard", "motor_vehicle": "yes"}, set()),
        ({"barrier": "gate"}, set()),
        ({"barrier": "gate", "access": "private"}, {"walk", "wheelchair", "bike", "car"}),
        ({"barrier": "gate", "access": "no", "foot": "yes"}, {"bike", "car"}),
        ({"barrier": "lift_gate", "motor_vehicle": "no"}, {"car"}),
        ({"barrier": "stile"}, {"wheelchair", "bike", "car"}),
        ({"barrier": "something new"}, set()),
    ],
)
def test_a_barrier_stops_those_whom_it_stops(
    tmp_path: Path, tags: Mapping[str, str], stopped: set[str]
) -> None:
    edges = barred(tmp_path, tags)
    assert len(edges) == (2 if stopped else 1)
    assert set(edges.sort_values("u")["closed_v"].iloc[0].split()) == stopped


def test_no_way_leads_cars_through_a_bollard_but_people(tmp_path: Path) -> None:
    edges = barred(tmp_path, {"barrier": "bollard"})
    parts = {mode: len(set(network(edges, mode).component)) for mode in ("drive", "walk")}
    assert parts == {"drive": 2, "walk": 1}


def test_traffic_lights_are_told_at_both_ends_and_between(tmp_path: Path) -> None:
    light = {"highway": "crossing;traffic_signals"}
    nodes = {1: (0, 0, light), 2: (1, 0, {"highway": "traffic_signals"}), 3: (2, 0)}
    edge = streets(tmp_path, osm(nodes, {10: ([1, 2, 3], ROAD)})).iloc[0]
    assert (edge["signals_u"], edge["signals_v"], edge["signals_between"]) == (True, False, 1)


WINDOW = Window(bounds=(0.0, -0.001, 0.01, 0.001))


def test_ways_end_at_their_first_node_beyond_the_window(tmp_path: Path) -> None:
    nodes = {1: (-9, 0), 2: (-5, 0), 3: (5, 0), 4: (15, 0), 5: (30, 0)}
    edges = streets(tmp_path, osm(nodes, {10: ([1, 2, 3, 4, 5], ROAD)}), WINDOW)
    assert pairs(edges) == {("2", "4")}


def test_a_way_that_crosses_the_window_without_a_node_in_it_stays(tmp_path: Path) -> None:
    nodes = {1: (5, -9), 2: (5, 9), 3: (-9, 3), 4: (-3, 9), 5: (20, 20), 6: (30, 20)}
    ways = {10: ([1, 2], ROAD), 11: ([3, 4], ROAD), 12: ([5, 6], ROAD)}
    assert pairs(streets(tmp_path, osm(nodes, ways), WINDOW)) == {("1", "2")}


def test_a_corner_that_a_way_passes_by_is_not_met(tmp_path: Path) -> None:
    nodes = {1: (-3, 0), 2: (2, 6), 3: (5, 0), 4: (6, 0)}
    ways = {10: ([1, 2], ROAD), 11: ([3, 4], ROAD)}
    assert pairs(streets(tmp_path, osm(nodes, ways), WINDOW)) == {("3", "4")}


def test_a_ferry_that_meets_the_window_stays_whole(tmp_path: Path) -> None:
    nodes = {1: (5, 0), 2: (50, 0), 3: (100, 0)}
    edges = streets(tmp_path, osm(nodes, {10: ([1, 2, 3], {"route": "ferry"})}), WINDOW)
    assert pairs(edges) == {("1", "3")}


def test_a_file_of_another_place_says_where_it_lies(tmp_path: Path) -> None:
    (tmp_path / "a.osm").write_text(osm({1: (90, 0), 2: (95, 0)}, {10: ([1, 2], ROAD)}))
    told = faults(tmp_path / "a.osm", WINDOW)
    assert "holds 1 streets, but none meets the study area" in told
    assert "they lie in 0.090 to 0.095 E" in told


def test_a_file_without_streets_is_told_with_what_it_has(tmp_path: Path) -> None:
    ways = {10: ([1, 2], {"highway": "proposed"}), 11: ([1, 2], {"landuse": "forest"})}
    (tmp_path / "a.osm").write_text(osm({1: (0, 0), 2: (1, 0)}, ways))
    assert "holds no street" in (told := faults(tmp_path / "a.osm"))
    assert "1 highways are no streets" in told


def test_a_way_is_cut_where_the_file_lacks_its_nodes(tmp_path: Path) -> None:
    nodes = {1: (0, 0), 2: (1, 0), 4: (3, 0), 5: (4, 0)}
    edges, notes = streets_and_notes(tmp_path, osm(nodes, {10: ([1, 2, 3, 4, 5, 6], ROAD)}))
    assert pairs(edges) == {("1", "2"), ("4", "5")}
    assert "1 ways lack some of their nodes" in notes[0]


def test_ways_without_any_nodes_ask_for_a_file_with_nodes(tmp_path: Path) -> None:
    (tmp_path / "a.osm").write_text(osm({}, {10: ([1, 2], ROAD)}))
    assert "not the nodes that they run through" in faults(tmp_path / "a.osm")


def test_ways_may_stand_before_their_nodes_as_overpass_sends_them(tmp_path: Path) -> None:
    nodes = {3: (2, 0), 1: (0, 0), 2: (1, 0)}
    text = osm(nodes, {10: ([1, 2, 3], ROAD)}, ways_first=True)
    assert streets(tmp_path, text)["length_km"].tolist() == pytest.approx([2 * STEP_KM])


def test_every_form_of_file_gives_the_same_streets_whatever_its_name(tmp_path: Path) -> None:
    expected = streets(tmp_path, CROSS)
    (tmp_path / "a.osm.bz2").write_bytes(bz2.compress(CROSS.encode()))
    with osmium.SimpleWriter(tmp_path / "a.osm.pbf") as writer:
        for thing in osmium.FileProcessor(tmp_path / "toy.osm"):
            writer.add(thing)
    (tmp_path / "wrong.osm").write_bytes((tmp_path / "a.osm.pbf").read_bytes())
    for name in ("a.osm.bz2", "a.osm.pbf", "wrong.osm"):
        found = open_osm_streets(tmp_path / name, findings_of(tmp_path / name)).table
        assert found.drop(columns="geometry").equals(expected.drop(columns="geometry")), name
        assert shapely.equals_exact(found.geometry, expected.geometry, tolerance=1e-9).all()


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (CROSS.encode()[:-200], "is damaged or cut short"),
        (bz2.compress(CROSS.encode())[:-20], "is damaged or cut short"),
        (b"\x00\x00\x00\x0e\n\tOSMHeader\x18\x10", "is damaged or cut short"),
        (b"<!DOCTYPE html><html><body>504</body></html>", "is a web page"),
        (b'<?xml version="1.0"?><osmChange version="0.6"></osmChange>', "is a list of changes"),
        (b"PK\x03\x04 no map", "is no file of OpenStreetMap"),
        (HOSTILE, "is damaged or cut short"),
    ],
)
def test_a_file_that_is_no_whole_map_is_refused_once(
    tmp_path: Path, data: bytes, told: str
) -> None:
    (tmp_path / "a.osm.pbf").write_bytes(data)
    assert told in faults(tmp_path / "a.osm.pbf")


places = st.tuples(st.integers(-20, 20), st.integers(-20, 20))


@settings(max_examples=60, deadline=None)
@given(
    nodes=st.lists(places, min_size=2, max_size=12, unique=True),
    ways=st.lists(st.lists(st.integers(0, 11), min_size=2, max_size=8), min_size=1, max_size=6),
)
def test_cutting_loses_no_length_and_moves_no_node(
    tmp_path_factory: pytest.TempPathFactory,
    nodes: list[tuple[int, int]],
    ways: list[list[int]],
) -> None:
    refs = [[place % len(nodes) + 1 for place in way] for way in ways]
    refs = [way for way in refs if len(set(way)) > 1] or [[1, 2]]
    text = osm(dict(enumerate(nodes, 1)), {10 + n: (way, ROAD) for n, way in enumerate(refs)})
    edges = streets(tmp_path_factory.mktemp("osm"), text)
    lines = [shapely.LineString([nodes[ref - 1] for ref in way]) for way in refs]
    drawn = sum(line.length for line in lines) / 1000
    assert shapely.length(edges.geometry.to_numpy()).sum() == pytest.approx(drawn, rel=1e-6)
    for at, end in ((0, "u"), (-1, "v")):
        ends = shapely.get_coordinates(shapely.get_point(edges.geometry.to_numpy(), at)) * 1000
        assert np.allclose(ends, [nodes[int(node) - 1] for node in edges[end]], atol=1e-6)
    inner = [xy for line in edges.geometry for xy in line.coords[1:-1]]
    assert len(inner) == len(set(inner))


def test_a_mode_gets_its_own_streets_direction_and_speed(tmp_path: Path) -> None:
    nodes = {n: (n, 0) for n in range(1, 6)}
    ways = {
        10: ([1, 2], ROAD | {"oneway": "yes", "oneway:bicycle": "-1", "maxspeed": "30"}),
        11: ([2, 3], {"highway": "steps"}),
        12: ([3, 4], {"highway": "motorway"}),
        13: ([4, 5], ROAD | {"surface": "sand"}),
    }
    edges = streets(tmp_path, osm(nodes, ways))
    used = {mode: set(streets_of_mode(edges, mode)["way_id"]) for mode in read_tags().modes}
    assert used["walk"] == used["walk_elderly"] == {10, 11, 13}
    assert used["wheelchair"] == {10}
    assert used["bike"] == {10, 13}
    assert used["drive"] == {10, 12, 13}
    first = {mode: streets_of_mode(edges, mode).iloc[0] for mode in ("walk", "bike", "drive")}
    assert [first[mode]["u"] for mode in first] == ["1", "2", "1"]
    assert [first[mode]["oneway"] for mode in first] == [False, True, True]
    assert [first[mode]["speed_kmh"] for mode in first] == pytest.approx(
        [math.nan, math.nan, 30], nan_ok=True
    )


def test_the_network_of_cars_obeys_oneway(tmp_path: Path) -> None:
    text = osm({1: (0, 0), 2: (1, 0)}, {10: ([1, 2], ROAD | {"oneway": "-1", "maxspeed": "36"})})
    graph = network(streets(tmp_path, text), "drive").graph
    assert graph.nnz == 1
    assert graph.data[0] == pytest.approx(STEP_KM / 36 * 3600, rel=1e-3)


def test_modes_without_rules_are_refused(tmp_path: Path) -> None:
    with pytest.raises(LayerError, match="mode: is 'fly'"):
        streets_of_mode(streets(tmp_path, CROSS), "fly")


def test_streets_come_through_the_gate_and_keep_what_modes_need(tmp_path: Path) -> None:
    here = {1: (LON * 1000, LAT * 1000), 2: (LON * 1000 + 1, LAT * 1000, {"barrier": "bollard"})}
    ways = {10: ([1, 2], ROAD | {"oneway": "-1"}), 11: ([2, 3], ROAD)}
    (tmp_path / "a.osm").write_text(osm(here | {3: (LON * 1000 + 2, LAT * 1000)}, ways))
    lines, report = read_streets(layer(tmp_path / "a.osm", "network", reader="osm"), crs=CRS)
    assert (report.rows, report.crs) == (2, "EPSG:4326")
    assert lines["length_km"].to_numpy() * 1000 == pytest.approx(lines.length.to_numpy(), rel=1e-3)
    drive = streets_of_mode(lines, "drive")
    assert drive["oneway"].tolist() == [True, False]
    assert drive["u"].tolist() == ["2|0u", "2|1u"]


def test_every_kind_is_told_once_and_faults_of_the_table_all_at_once(tmp_path: Path) -> None:
    tags = read_tags()
    assert kind_of("motorway_link", tags) == "expressway"
    assert kind_of("tramway", tags) == "tramway"
    text = preset("osm.toml").read_text(encoding="utf-8")
    text = text.replace('kind = "ferry"', "").replace('modes = ["car"], one', 'modes = ["ca"], one')
    (tmp_path / "osm.toml").write_text(text, encoding="utf-8")
    with pytest.raises(CityError) as caught:
        read_tags(tmp_path / "osm.toml")
    assert len(caught.value.faults) == 2
