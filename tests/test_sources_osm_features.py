"""Facilities, land and water of OpenStreetMap by their tags, and asking Overpass for them."""

from __future__ import annotations

import json
import math
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

import osmium
import pytest
import shapely
from layerkit import CRS, LAT, LON, layer, read_layer
from osmtoy import features, findings_of, osm

from landuse.config import preset
from landuse.errors import LayerError, MissingFileError
from landuse.services import read_services
from landuse.sources.osm import open_osm_features, open_osm_streets
from landuse.sources.osm.features import address_of
from landuse.sources.osm.overpass import fetch_overpass, overpass_query
from landuse.sources.osm.tags import read_tags
from landuse.sources.web import Manners
from landuse.sources.window import Window

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

SQUARE = {1: (0, 0), 2: (10, 0), 3: (10, 10), 4: (0, 10)}
HOLE = {5: (4, 4), 6: (6, 4), 7: (6, 6), 8: (4, 6)}
RINGS = {20: ([1, 2, 3, 4, 1], {}), 21: ([5, 6, 7, 8, 5], {})}
FOREST = {"type": "multipolygon", "landuse": "forest", "name": "阿寒の森"}


@pytest.mark.parametrize(
    ("tags", "category", "roles"),
    [
        ({"amenity": "hospital"}, "hospital", ""),
        ({"amenity": "doctors"}, "clinic", ""),
        ({"amenity": "police", "name": "新橋交番"}, "police_box", ""),
        ({"amenity": "police", "name": "音別駐在所"}, "police_box", ""),
        ({"amenity": "police", "name": "釧路警察署"}, "police_headquarters", ""),
        ({"amenity": "police"}, "police", ""),
        ({"amenity": "townhall", "name": "釧路市役所"}, "government", "municipal_office"),
        ({"amenity": "townhall", "name": "鳥取支所"}, "branch_office", "municipal_office"),
        ({"amenity": "social_facility", "name": "東部地域包括支援センター"}, "support_centre", ""),
        (
            {"amenity": "social_facility", "social_facility:for": "senior"},
            "elderly_care",
            "",
        ),
        ({"amenity": "community_centre", "name": "愛国町内会館"}, "neighbourhood_hall", ""),
        ({"amenity": "community_centre", "name": "コア鳥取"}, "community_centre", ""),
        ({"amenity": "university"}, "university", "university"),
        ({"amenity": "college", "name": "釧路工業高等専門学校"}, "university", "college"),
        ({"amenity": "college", "name": "Cooking"}, "vocational_school", ""),
        ({"shop": "mall"}, "retail", "large_retail"),
        ({"shop": "supermarket"}, "retail", "supermarket"),
        ({"aeroway": "aerodrome"}, "airport", ""),
        ({"aeroway": "aerodrome", "aerodrome:type": "military"}, "airfield", ""),
        ({"railway": "station"}, "station", ""),
        ({"highway": "motorway_junction"}, "interchange", ""),
        (
            {"emergency": "assembly_point", "assembly_point:tsunami": "yes"},
            "other",
            "emergency_site;tsunami_refuge",
        ),
    ],
)
def test_tags_make_a_facility_of_the_service_files_words(
    tmp_path: Path, tags: Mapping[str, str], category: str, roles: str
) -> None:
    table, _ = features(tmp_path, osm({7: (1, 2, tags), 8: (0, 0)}), "facilities")
    assert table[["facility_id", "category", "roles"]].to_numpy().tolist() == [
        ["n7", category, roles]
    ]
    assert table.geometry.iloc[0] == shapely.Point(0.001, 0.002)


def test_every_category_that_a_service_selects_can_come_from_tags_or_is_known_not_to() -> None:
    services = read_services(preset("services.toml"))
    wanted = {word for service in services for word in service.select.get("category", ())}
    assert wanted - {rule.category for rule in read_tags().facilities} == set()


def test_a_name_is_japanese_where_there_is_one_and_beds_are_numbers(tmp_path: Path) -> None:
    one = {"amenity": "hospital", "name": "Kushiro", "name:ja": "釧路", "name:en": "Kushiro City"}
    nodes = {1: (0, 0, one | {"beds": "643"}), 2: (1, 0, {"amenity": "hospital", "beds": "many"})}
    table, _ = features(tmp_path, osm(nodes), "facilities")
    assert table["name"].tolist() == ["釧路", ""]
    assert table["name_en"].tolist() == ["Kushiro City", ""]
    assert table["beds"].tolist() == pytest.approx([643, math.nan], nan_ok=True)


def test_addresses_run_from_the_prefecture_to_the_number() -> None:
    parts = {
        "addr:housenumber": "1",
        "addr:block_number": "3",
        "addr:neighbourhood": "2丁目",
        "addr:quarter": "愛国東",
        "addr:city": "釧路市",
        "addr:province": "北海道",
    }
    tags = read_tags()
    assert address_of(parts, tags) == "北海道釧路市愛国東2丁目3-1"
    assert address_of(parts | {"addr:full": " 釧路市愛国 "}, tags) == "釧路市愛国"
    assert address_of({}, tags) == ""


def test_a_facility_drawn_as_an_area_stands_within_it(tmp_path: Path) -> None:
    nodes = {1: (0, 0), 2: (10, 0), 3: (10, 1), 4: (1, 1), 5: (1, 10), 6: (0, 10)}
    ways = {9: ([1, 2, 3, 4, 5, 6, 1], {"amenity": "school"})}
    table, _ = features(tmp_path, osm(nodes, ways), "facilities")
    outline = shapely.Polygon([(x / 1000, y / 1000) for x, y in nodes.values()])
    assert table["facility_id"].tolist() == ["w9"]
    assert outline.contains(table.geometry.iloc[0])
    assert not outline.contains(outline.centroid)


def test_land_is_areas_with_holes_and_claims(tmp_path: Path) -> None:
    relations = {30: ([(20, "outer"), (21, "inner")], FOREST)}
    ways = RINGS | {21: (RINGS[21][0], {"natural": "wetland"}), 22: ([1, 2], {"landuse": "forest"})}
    table, _ = features(tmp_path, osm(SQUARE | HOLE, ways, relations), "claims")
    found = table.set_index("osm_id")
    assert found["claim"].to_dict() == {"r30": "cover_forest", "w21": "wetland"}
    assert found["name"]["r30"] == "阿寒の森"
    areas = shapely.area(found.geometry.to_numpy()) * 1e6
    assert dict(zip(found.index, areas, strict=True)) == pytest.approx({"r30": 96, "w21": 4})


@pytest.mark.parametrize(
    ("key", "value", "claim"),
    [
        ("landuse", "residential", "built_up"),
        ("landuse", "retail", "built_up"),
        ("landuse", "farmland", "cover_farm"),
        ("landuse", "meadow", "cover_farm"),
        ("natural", "wood", "cover_forest"),
        ("natural", "wetland", "wetland"),
        ("natural", "water", "water"),
        ("natural", "heath", "cover_nature"),
        ("natural", "bare_rock", "cover_nature"),
    ],
)
def test_tags_of_land_are_claims(tmp_path: Path, key: str, value: str, claim: str) -> None:
    text = osm(SQUARE, {20: ([1, 2, 3, 4, 1], {key: value})})
    assert features(tmp_path, text, "claims")[0]["claim"].tolist() == [claim]


def test_water_is_areas_and_rivers_but_no_forests(tmp_path: Path) -> None:
    ways = {
        20: ([1, 2, 3, 4, 1], {"natural": "water"}),
        21: ([1, 3], {"waterway": "river", "name": "釧路川"}),
        22: ([1, 3], {"waterway": "stream"}),
        23: ([1, 2, 3, 1], {"landuse": "forest"}),
    }
    table, _ = features(tmp_path, osm(SQUARE, ways), "water")
    kinds = dict(zip(table["osm_id"], table.geometry.geom_type, strict=True))
    assert kinds == {"w20": "MultiPolygon", "w21": "LineString"}


def test_an_area_that_lacks_a_part_is_left_out_and_counted(tmp_path: Path) -> None:
    relations = {30: ([(20, "outer"), (99, "outer")], FOREST)}
    ways = RINGS | {22: ([5, 6, 7, 5], {"natural": "wood"})}
    table, notes = features(tmp_path, osm(SQUARE | HOLE, ways, relations), "claims")
    assert table["osm_id"].tolist() == ["w22"]
    assert "1 areas or lines lack nodes or members, or do not close" in notes[0]


def test_areas_come_whole_where_they_meet_the_window_and_not_at_all_elsewhere(
    tmp_path: Path,
) -> None:
    far = {11: (90, 0), 12: (91, 0), 13: (91, 1)}
    ways = {20: ([1, 2, 3, 4, 1], {"landuse": "forest"}), 21: ([11, 12, 13, 11], FOREST)}
    window = Window(bounds=(0.009, 0.009, 0.05, 0.05))
    table, _ = features(tmp_path, osm(SQUARE | far, ways), "claims", window)
    assert table["osm_id"].tolist() == ["w20"]
    assert shapely.area(table.geometry.iloc[0]) * 1e6 == pytest.approx(100)
    with pytest.raises(LayerError, match="holds nothing in the study area with the tags"):
        features(tmp_path, osm(far, {21: ways[21]}), "claims", window)


def test_a_role_that_is_not_read_from_the_map_is_refused(tmp_path: Path) -> None:
    with pytest.raises(LayerError, match="role population, which is not read"):
        features(tmp_path, osm(SQUARE), "population")


def test_facilities_and_land_come_through_the_gate(tmp_path: Path) -> None:
    east, north = LON * 1000, LAT * 1000
    nodes = {n: (x + east, y + north) for n, (x, y) in SQUARE.items()}
    nodes[9] = (east, north, {"amenity": "clinic", "name": "愛国医院"})  # type: ignore[assignment]
    text = osm(nodes, {20: ([1, 2, 3, 4, 1], {"landuse": "residential"})})
    (tmp_path / "a.osm").write_text(text, encoding="utf-8")
    clinics, _ = read_layer(layer(tmp_path / "a.osm", "facilities", reader="osm"))
    assert clinics[["name", "category"]].to_numpy().tolist() == [["愛国医院", "clinic"]]
    land, report = read_layer(layer(tmp_path / "a.osm", "claims", reader="osm", claim=""))
    assert land["claim"].tolist() == ["built_up"]
    assert land.crs == CRS
    assert report.repaired == 0


AREA = Window(bounds=(-0.01, -0.02, 0.03, 0.04))
ANSWER = osm(
    {1: (0, 0), 2: (1, 0, {"barrier": "gate"})}, {10: ([1, 2], {"highway": "service"})}
).replace(
    '<osm version="0.6">',
    '<osm version="0.6" generator="Overpass API 0.7.62.5 1bd436f1">\n<note>The data included in '
    "this document is from www.openstreetmap.org. The data is made available under ODbL.</note>\n"
    '<meta osm_base="2026-11-01T00:00:00Z"/>\n',
)
BUSY = "<html><head><title>OSM3S Response</title></head><body>too busy</body></html>"
REMARK = '<remark> runtime error: Query timed out in "query" at line 2 after 180 seconds. </remark>'
Turn = tuple[int, str, dict[str, str]]


class _Server(ThreadingHTTPServer):
    turns: list[Turn]
    asked: list[str]


class _Overpass(BaseHTTPRequestHandler):
    server: _Server

    def do_GET(self) -> None:
        self.server.asked.append(parse_qs(urlsplit(self.path).query)["data"][0])
        status, body, headers = self.server.turns.pop(0)
        data = body.encode()
        self.send_response(status)
        for name, value in {"Content-Length": str(len(data)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def overpass(*turns: Turn) -> Iterator[tuple[str, _Server]]:
    """Serve answers, one for each question."""
    with _Server(("127.0.0.1", 0), _Overpass) as server:
        server.turns, server.asked = list(turns), []
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/api/interpreter", server
        finally:
            server.shutdown()
            thread.join()


def fetched(folder: Path, *turns: Turn) -> tuple[Path, list[float], list[str]]:
    """Return the file, how long was waited before each turn, and what was asked."""
    waits: list[float] = []
    manners = Manners(retries=2, rate_s=0, timeout_s=5, sleep=waits.append, chance=lambda: 1.0)
    with overpass(*turns) as (url, server):
        path = folder / "streets.osm"
        path = fetch_overpass(AREA, role="network", path=path, url=url, manners=manners)
    return path, waits, server.asked


def refused(folder: Path, *turns: Turn) -> str:
    with pytest.raises(MissingFileError) as caught:
        fetched(folder, *turns)
    told = str(caught.value)
    assert "paste the question of streets.osm.query.txt" in told
    assert str(folder / "streets.osm") in told
    assert "[out:xml]" in (folder / "streets.osm.query.txt").read_text(encoding="utf-8")
    assert sorted(path.name for path in folder.iterdir()) == ["streets.osm.query.txt"]
    return told


def test_the_question_names_the_box_south_first_and_asks_for_all_nodes() -> None:
    text = overpass_query(AREA, role="network", date="2026-01-31")
    assert "[bbox:-0.0200000,-0.0100000,0.0400000,0.0300000]" in text
    assert '[date:"2026-01-31T00:00:00Z"]' in text
    assert 'way["highway"];' in text
    assert "(._;>;);\nout body;" in text
    assert 'nwr["natural"~"^(water)$"];' in overpass_query(AREA, role="water")
    for wrong in ({"role": "population"}, {"role": "network", "date": "tomorrow"}):
        with pytest.raises(MissingFileError):
            overpass_query(AREA, **wrong)


def test_an_answer_is_saved_as_it_came_and_read_like_any_file(tmp_path: Path) -> None:
    path, waits, asked = fetched(tmp_path, (200, ANSWER, {}))
    assert path.read_text(encoding="utf-8") == ANSWER
    assert asked == [(tmp_path / "streets.osm.query.txt").read_text(encoding="utf-8")]
    proof = json.loads((tmp_path / "streets.osm.json").read_text(encoding="utf-8"))
    assert (proof["bytes"], proof["query"]) == (len(ANSWER.encode()), asked[0])
    assert waits == []
    edges = open_osm_streets(path, findings_of(path)).table
    assert edges[["u", "v"]].to_numpy().tolist() == [["1", "2"]]


def test_what_is_there_is_not_asked_for_again_unless_it_was_altered(tmp_path: Path) -> None:
    fetched(tmp_path, (200, ANSWER, {}))
    assert fetched(tmp_path)[2] == []
    (tmp_path / "streets.osm").write_text("<osm/>", encoding="utf-8")
    path, _, asked = fetched(tmp_path, (200, ANSWER, {}))
    assert len(asked) == 1
    assert path.read_text(encoding="utf-8") == ANSWER


def test_a_server_that_wants_us_to_wait_is_waited_for(tmp_path: Path) -> None:
    _, waits, asked = fetched(
        tmp_path, (429, BUSY, {"Retry-After": "17"}), (504, BUSY, {}), (200, ANSWER, {})
    )
    assert len(asked) == 3
    assert waits == [17, 2]


def test_a_cut_connection_and_a_short_answer_are_asked_for_again(tmp_path: Path) -> None:
    short = (200, ANSWER[:-40], {})
    cut = (200, ANSWER[:-40], {"Content-Length": str(len(ANSWER.encode())), "Connection": "close"})
    path, _, asked = fetched(tmp_path, short, cut, (200, ANSWER, {}))
    assert len(asked) == 3
    assert path.read_text(encoding="utf-8") == ANSWER


def test_a_server_that_stays_busy_is_told_with_what_to_do_by_hand(tmp_path: Path) -> None:
    assert "the server fails (504)" in refused(tmp_path, *[(504, BUSY, {})] * 3)


def test_a_page_instead_of_data_is_no_answer(tmp_path: Path) -> None:
    assert "sent a web page instead of data" in refused(tmp_path, (200, BUSY, {}))


def test_an_answer_that_says_it_is_not_whole_is_refused(tmp_path: Path) -> None:
    text = ANSWER.replace("</osm>", f"{REMARK}</osm>")
    assert "gave up half way (runtime error: Query timed out" in refused(tmp_path, (200, text, {}))


def test_nobody_at_home_is_told(tmp_path: Path) -> None:
    manners = Manners(retries=0, timeout_s=1)
    url = "http://127.0.0.1:1/api"
    with pytest.raises(MissingFileError, match="could not be fetched: the server"):
        fetch_overpass(AREA, role="water", path=tmp_path / "w.osm", url=url, manners=manners)


def test_a_facility_file_without_facilities_is_told(tmp_path: Path) -> None:
    (tmp_path / "a.osm").write_text(osm({1: (0, 0, {"natural": "tree"})}), encoding="utf-8")
    with pytest.raises(LayerError, match="holds nothing with the tags of role facilities"):
        open_osm_features(tmp_path / "a.osm", findings_of(tmp_path / "a.osm", "facilities"))


def test_a_text_with_a_nul_in_a_pbf_is_refused_before_osmium_sees_it(tmp_path: Path) -> None:
    # libosmium reads beyond its memory over such a file, and the process dies.
    path = tmp_path / "a.osm.pbf"
    tags = {"amenity": "hospital", "name": "abcdefgh"}
    with osmium.SimpleWriter(osmium.io.File(str(path), "pbf,pbf_compression=none")) as writer:
        writer.add_node(osmium.osm.mutable.Node(id=1, location=(LON, LAT), tags=tags))
    findings = findings_of(path, "facilities")
    assert len(open_osm_features(path, findings).table) == 1
    path.write_bytes(path.read_bytes().replace(b"abcdefgh", b"abcd\0fgh"))
    with pytest.raises(LayerError, match="texts with a NUL"):
        open_osm_features(path, findings)


def test_coordinates_that_are_no_numbers_are_refused(tmp_path: Path) -> None:
    text = osm({1: (0, 0, {"amenity": "hospital"})}).replace('lat="0.0000000"', 'lat="-inf"')
    with pytest.raises(LayerError, match="is damaged or cut short"):
        features(tmp_path, text, "facilities")


def test_a_ring_or_line_that_lacks_its_nodes_is_counted(tmp_path: Path) -> None:
    ways = {20: ([1, 2, 3, 1], {"natural": "water"}), 21: ([1, 77, 3, 1], {"natural": "water"})}
    ways[22] = ([1, 77], {"waterway": "river"})
    table, notes = features(tmp_path, osm(SQUARE, ways), "water")
    assert table["osm_id"].tolist() == ["w20"]
    assert "2 areas or lines lack nodes" in notes[0]
