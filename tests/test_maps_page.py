"""Pages that ask nobody for anything and run nothing but their own scripts."""

from __future__ import annotations

import base64
import dataclasses
import functools
import hashlib
import json
import operator
import re

import folium
import geopandas as gpd
import maptoy
import pandas as pd
import pytest
import toy

from landuse import maps
from landuse.maps.bundle import RemoteAssetError, bundle, leaflet_script
from landuse.maps.data import MapData
from landuse.maps.pack import read_payload, unpack_bytes
from landuse.maps.pages import GSI_TILES
from landuse.maps.words import asset

SCRIPT = re.compile(r"<script>(.*?)</script>", re.DOTALL)
STYLE = re.compile(r"<style>(.*?)</style>", re.DOTALL)
HELD = re.compile(r'<script type="application/json" id="lu-code">(.*?)</script>', re.DOTALL)
PAYLOAD = re.compile(r'<script type="application/json" id="lu-data">(.*?)</script>', re.DOTALL)


@pytest.fixture(scope="module")
def data() -> MapData:
    return maptoy.map_data()


@pytest.fixture(scope="module", params=["public", "staff"])
def page(request: pytest.FixtureRequest, data: MapData) -> str:
    return maps.public_page(data) if request.param == "public" else maps.staff_page(data)


def policy_of(page: str) -> dict[str, list[str]]:
    found = re.search(r'http-equiv="Content-Security-Policy" content="([^"]*)"', page)
    assert found
    rules = found.group(1).replace("&#39;", "'").split("; ")
    return {rule.split()[0]: rule.split()[1:] for rule in rules}


def digest(text: str) -> str:
    return "'sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() + "'"


def test_no_element_of_a_page_points_to_another_host(page: str) -> None:
    markup = SCRIPT.sub("", STYLE.sub("", PAYLOAD.sub("", page)))
    assert not re.findall(r"<(?:script|link|img|iframe|object|embed)\b[^>]*(?:src|href)=", markup)
    assert re.findall(r'href="([^"#][^"]*)"', markup) == ["https://example.org/"]
    assert not re.search(r"url\(", "".join(STYLE.findall(page)))


def test_folium_s_servers_are_not_named(page: str) -> None:
    for host in ("cdn.jsdelivr.net", "cdnjs", "code.jquery", "bootstrapcdn", "unpkg"):
        assert host not in page


def test_the_policy_names_each_script_and_style_by_its_hash(page: str) -> None:
    policy = policy_of(page)
    held = HELD.search(page)
    assert held
    packed = [unpack_bytes(text).decode() for text in json.loads(held.group(1))]
    assert len(packed) == 4
    seen = SCRIPT.findall(page)
    assert policy["script-src"] == [digest(script) for script in [*seen, *packed]]
    assert policy["style-src"] == [digest(style) for style in STYLE.findall(page)]
    assert policy["default-src"] == policy["connect-src"] == ["'none'"]
    assert policy["img-src"] == ["data:"]
    assert "unsafe" not in " ".join(functools.reduce(operator.iadd, policy.values(), []))


def test_leaflet_stands_packed_in_the_page_unchanged(page: str) -> None:
    held = HELD.search(page)
    assert held
    assert unpack_bytes(json.loads(held.group(1))[0]).decode() == leaflet_script().strip()


def test_no_markup_carries_a_handler_or_a_style(page: str) -> None:
    markup = SCRIPT.sub("", PAYLOAD.sub("", page))
    assert not re.search(r"<[^>]*\s(?:on\w+|style)=", markup)


def test_a_page_is_japanese_and_may_be_enlarged(page: str) -> None:
    assert '<html lang="ja">' in page
    assert page.count('name="viewport"') == 1
    assert 'content="width=device-width, initial-scale=1"' in page
    assert "この地図は証明ではありません" in page


def test_areas_stand_in_the_page_without_any_script(page: str) -> None:
    without = SCRIPT.sub("", PAYLOAD.sub("", page))
    measured = maptoy.map_data().measured_area_km2()
    for text in (f"{measured:.2f} km²", "0.25 km²", f"{measured - 0.25:+.2f} km²", "都市的地域"):
        assert text in without


def test_leaflet_is_the_published_one() -> None:
    folder = asset("leaflet")
    for line in (folder / "SOURCE.txt").read_text(encoding="utf-8").splitlines()[2:]:
        sha, name = line.split()
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == sha


def test_tiles_are_off_and_leave_no_trace(page: str) -> None:
    assert "cyberjapandata" not in page


def test_tiles_when_offered_are_allowed_credited_and_still_off(data: MapData) -> None:
    page = maps.public_page(data, tiles=True)
    assert policy_of(page)["img-src"] == ["data:", "https://cyberjapandata.gsi.go.jp"]
    found = PAYLOAD.search(page)
    assert found
    assert read_payload(found.group(1))["tiles"]["credit_url"] == GSI_TILES["credit_url"]
    assert "地理院タイル" in page


def test_equal_inputs_give_equal_pages(data: MapData) -> None:
    assert maps.staff_page(data) == maps.staff_page(maptoy.map_data())


def test_drawing_changes_no_table(data: MapData) -> None:
    before = maptoy.map_data()
    maps.staff_page(data)
    for field in dataclasses.fields(MapData):
        value, old = getattr(data, field.name), getattr(before, field.name)
        if isinstance(value, pd.DataFrame):
            pd.testing.assert_frame_equal(pd.DataFrame(value), pd.DataFrame(old))


def hostile(text: str) -> str:
    markup = "</script><script>alert(1)</script><img src=x onerror=alert(2)>\u2028&lt;b>"
    return text + markup + "{{7*7}}{% endraw %}"


def test_hostile_texts_stay_texts() -> None:
    page = maps.staff_page(maptoy.map_data(hostile))
    (held,) = HELD.findall(page)
    assert len(SCRIPT.findall(page)) == 1
    assert len(policy_of(page)["script-src"]) == 1 + len(json.loads(held))
    assert "<img src=x" not in page
    assert "<script>alert" not in page
    # Folium reads what elements say as templates again: nothing of the data may be run.
    assert ">49" not in page
    (packed,) = PAYLOAD.findall(page)
    told = json.dumps(read_payload(packed), ensure_ascii=False)
    assert (page + told).count("{{7*7}}{% endraw %}") > 100
    assert not set(packed) & set("<>&\u2028")


def test_a_notebook_map_is_folium_s_and_needs_no_network(data: MapData) -> None:
    shown = maps.folium_map(data)
    assert isinstance(shown, folium.Map)
    html = shown.get_root().render()
    assert not re.findall(r'<(?:script|link)[^>]+(?:src|href)="http', html)
    assert shown._repr_html_().startswith("<div")


def test_a_notebook_map_takes_the_user_s_own_layers(data: MapData) -> None:
    shown = maps.folium_map(data)
    folium.CircleMarker(toy.lonlat(0, 0)[::-1]).add_to(shown)
    html = shown.get_root().render()
    assert "jquery" in html
    assert "leaflet@" not in html


def test_a_page_refuses_layers_that_need_the_network(data: MapData) -> None:
    shown = maps.folium_map(data)
    folium.Marker(toy.lonlat(0, 0)[::-1]).add_to(shown)
    with pytest.raises(RemoteAssetError, match="jquery"):
        bundle(shown, title="x")


def test_a_page_needs_no_more_than_boundary_and_faces(data: MapData) -> None:
    bare = MapData(
        key=data.key,
        label=data.label,
        vintage="",
        made_on="",
        published_area_km2=0.25,
        published_area_source="",
        zones=data.zones,
        boundary=data.boundary,
        faces=data.faces,
        zone_areas=data.zone_areas,
    )
    assert "都市的地域" in maps.public_page(bare)
    assert "都市的地域" in maps.report_page(bare)
    assert maps.zones_png(bare)


def test_empty_layers_leave_the_page_whole(data: MapData) -> None:
    empty = gpd.GeoDataFrame({"geometry": []}, geometry="geometry", crs=toy.CRS)
    page = maps.staff_page(
        dataclasses.replace(
            data,
            facilities=data.facilities.iloc[:0],
            roads=empty,
            neighbours=data.neighbours.iloc[:0],
            towns=data.towns.iloc[:0],
            coverage=data.coverage.iloc[:0],
            worst_towns=data.worst_towns.iloc[:0],
        )
    )
    assert "lu-data" in page


def test_a_zone_without_land_stands_in_the_legend_with_nothing(data: MapData) -> None:
    forest_only = data.faces.assign(zone="forest")
    areas = pd.DataFrame(
        {
            "zone": ["forest", "all"],
            "district": "all",
            "area_km2": [0.25, 0.25],
            "share": [1.0, 1.0],
        }
    )
    page = maps.public_page(dataclasses.replace(data, faces=forest_only, zone_areas=areas))
    assert "0.00 km²" in page


def test_styles_travel_without_their_comments_and_indents(page: str) -> None:
    for style in STYLE.findall(page):
        assert "/*" not in style
        assert not re.search(r"\n\s", style)
    assert ".lu-panel" in "".join(STYLE.findall(page))
