"""The user's own layers in a real browser, and the page within the frame of a notebook."""

from __future__ import annotations

from importlib import resources
from typing import TYPE_CHECKING

import geopandas as gpd
import maptoy
import pandas as pd
import pytest
import toy
from pagekit import SIZES, Visit, rgb
from shapely.geometry import LineString, Point

from landuse import maps

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser

    from landuse.maps import OwnLayer

pytestmark = pytest.mark.browser

HOSTILE = "<img src=x onerror=hit()></script><script>hit()</script>"


def cells(places: list[tuple[int, int]], **columns: list[object]) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(columns, geometry=[toy.block([place]) for place in places], crs=toy.CRS)


def areas() -> OwnLayer:
    """Return two coloured cells, one of no known kind, and one far beyond the map."""
    table = cells(
        [(4, 0), (4, 1), (4, 2), (4, 3000)],
        kind=["良い", "悪い", None, "良い"],
        note=[HOSTILE, "二つ目", "三つ目", "遠く"],
    )
    return maps.layer(
        table,
        name=f"面{HOSTILE}",
        column="kind",
        colours={"良い": "#123456", "悪い": "#C0FFEE"},
        popup=["note"],
        opacity=1,
    )


def overlapping() -> OwnLayer:
    """Return two areas of one colour, the second within the first and turned the other way."""
    inner = toy.block([(2, 1)])
    outer = toy.block([(2, 0), (2, 1), (2, 2)])
    table = gpd.GeoDataFrame(geometry=[outer, inner.reverse()], crs=toy.CRS)
    return maps.layer(table, name="重なり", colours="#0000AA", opacity=1)


def marks() -> OwnLayer:
    """Return a point and a line with numbers, and a row without a place."""
    shapes = [
        Point(*toy.lonlat(3, 3)),
        LineString([toy.lonlat(3, 0), toy.lonlat(3, 2)]),
        None,
    ]
    table = gpd.GeoDataFrame({"n": [1.5, 20.0, 3.0]}, geometry=shapes, crs="EPSG:4326")
    return maps.layer(
        table, name="点と線", column="n", breaks=[10], unit="人", popup=["n"], opacity=1
    )


def empty() -> OwnLayer:
    table = gpd.GeoDataFrame({"n": pd.Series(dtype=float)}, geometry=[], crs="EPSG:6668")
    return maps.layer(table, name="空のレイヤー", column="n")


@pytest.fixture(scope="module")
def visit(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Visit]:
    path = tmp_path_factory.mktemp("own") / "own.html"
    layers = [areas(), overlapping(), marks(), empty()]
    maps.page(maptoy.map_data(), layers=layers, title="自分の地図", path=path)
    with Visit(browser, path) as opened:
        opened.run("page.state.ground.clear(); page.state.services.clear(); page.redraw();")
        yield opened
        assert opened.complaints == []
        assert opened.outside == []
        assert opened.dialogs == []
        assert opened.page.evaluate("window.hits") == 0


def test_areas_have_the_colour_of_their_class_and_what_is_not_known_has_none(visit: Visit) -> None:
    assert visit.pixel(4, 0) == rgb("#123456")
    assert visit.pixel(4, 1) == rgb("#C0FFEE")
    zone = visit.run("return page.data.zones.find((zone) => zone.key === 'forest').colour;")
    assert visit.pixel(4, 2) not in (rgb("#123456"), rgb("#C0FFEE"), rgb(zone))


def test_areas_that_overlap_are_filled_all_over(visit: Visit) -> None:
    assert visit.pixel(2, 0) == visit.pixel(2, 1) == rgb("#0000AA")


def test_the_legend_has_swatches_counts_and_what_is_not_on_the_map(visit: Visit) -> None:
    legend = visit.text("details.own")
    for words in (
        "自分のレイヤー",
        f"面{HOSTILE}",
        "良い",
        "データなし",
        "この地図の範囲の外 1件",
        "位置のないもの 1件",
        "1.5–10 人",
        "中身のないレイヤーです",
    ):
        assert words in legend, words
    swatch = visit.page.locator("details.own li", has_text="良い").locator(".swatch").first
    assert swatch.evaluate("(node) => node.style.backgroundColor") == "rgb(18, 52, 86)"
    visit.shot("own_legend")


def test_a_click_tells_the_columns_as_text_above_the_place(visit: Visit) -> None:
    visit.click(4, 0)
    answer = visit.text("#lu-tab-place")
    assert HOSTILE in answer
    assert "二つ目" not in answer
    assert answer.index("良い") < answer.index("森林地域")
    visit.click(3, 3)
    assert "1.5" in visit.text("#lu-tab-place .own-answer")
    visit.click(3, 1)
    assert "20" in visit.text("#lu-tab-place .own-answer")
    visit.click(0, 4)
    assert visit.page.locator("#lu-tab-place .own-answer").count() == 0


def test_a_layer_can_be_read_as_a_table_that_leads_to_its_places(visit: Visit) -> None:
    visit.page.click("#lu-to-map")
    layer = visit.page.locator(".own-layer", has_text="点と線")
    layer.locator("summary", has_text="表で読む").click()
    rows = layer.locator("tbody tr")
    rows.nth(2).wait_for()
    assert rows.all_inner_texts()[2].split() == ["3", "1.5–10", "人", "3"]
    # The third row has no place to go to.
    assert rows.locator("button").count() == 2
    rows.nth(0).locator("button").press("Enter")
    visit.page.wait_for_selector("#lu-tab-place .own-answer")
    assert "1.5" in visit.text("#lu-tab-place .own-answer")
    visit.run(
        "const [west, south, east, north] = page.data.box;"
        "page.map.fitBounds([[south, west], [north, east]], { animate: false });"
    )


def test_layers_can_be_switched_off_and_made_fainter(visit: Visit) -> None:
    visit.page.click("#lu-to-map")
    row = visit.page.locator(".own-layer", has_text="良い")
    slider = row.locator("input[type=range]")
    slider.evaluate(
        "(node) => { node.value = 50; node.dispatchEvent(new Event('input', { bubbles: true })); }"
    )
    faint = visit.pixel(4, 0)
    assert faint != rgb("#123456")
    row.locator("input[type=checkbox]").uncheck()
    zone = visit.run("return page.data.zones.find((zone) => zone.key === 'forest').colour;")
    assert visit.pixel(4, 0) == rgb(zone)
    visit.click(4, 0)
    assert visit.page.locator("#lu-tab-place .own-answer").count() == 0


def test_a_link_restores_which_layers_are_shown(visit: Visit) -> None:
    visit.run("[0, 1, 2, 3].forEach((place) => page.state.own.add(place));")
    visit.run("page.state.own.delete(1);")
    shown = visit.run("return page.addressOf();")
    assert "own=1,3,4" in shown
    visit.run(
        "page.state.own.add(1); const wanted = Landuse.link.parse('#own=2,9,x');"
        "return Landuse.link.restore(page, wanted, page.defaults);"
    )
    assert visit.run("return page.own.map((layer) => layer.on);") == [False, True, False, False]
    boxes = visit.page.locator(".own-layer input[type=checkbox]")
    # The control lists the uppermost layer first.
    assert [boxes.nth(place).is_checked() for place in range(4)] == [False, False, True, False]


def test_the_print_sheet_explains_the_layers_that_it_shows(visit: Visit) -> None:
    visit.run("page.state.own.add(0); page.state.own.delete(1);")
    keys = visit.run("return Landuse.own.keys(page).map((node) => node.textContent).join(' ');")
    assert "良い" in keys
    assert "重なり" not in keys


def test_axe_finds_nothing_serious_in_what_own_layers_add(visit: Visit) -> None:
    package = "axe_playwright_python"
    pytest.importorskip(package, reason=f"{package}, which carries axe, is not installed")
    visit.run("page.state.own.add(0); page.state.own.add(2);")
    visit.click(4, 0)
    visit.run(
        "for (const group of document.querySelectorAll('details.own, details.own details'))"
        " group.open = true;"
        "document.getElementById('lu-body').style.overflow = 'visible';"
        "for (const tab of document.querySelectorAll('[role=tabpanel]')) tab.hidden = false;"
    )
    visit.page.wait_for_selector(".own-table tbody tr")
    script = (resources.files(package) / "axe.min.js").read_text("utf-8")
    visit.page.evaluate(script + "; 0")
    found = visit.page.evaluate(
        "() => axe.run({ include: [['.own'], ['.own-answer']] }).then((all) => all.violations"
        ".filter((one) => ['serious', 'critical'].includes(one.impact))"
        ".flatMap((one) => one.nodes.map((node) => `${one.id} ${node.html.slice(0, 150)}`)))"
    )
    assert found == []


@pytest.mark.parametrize("size", SIZES.values(), ids=SIZES)
def test_the_page_stands_within_a_notebook_that_it_cannot_reach(
    browser: Browser, tmp_path: Path, size: tuple[int, int]
) -> None:
    shown = maps.folium_map(maptoy.map_data()).add(areas())
    around = "<!DOCTYPE html><meta charset=utf-8><p id=secret>ノート</p>"
    (tmp_path / "note.html").write_text(around + shown._repr_html_(), encoding="utf-8")
    width, height = size
    context = browser.new_context(viewport={"width": width, "height": height}, offline=True)
    page = context.new_page()
    told: list[str] = []
    asked: list[str] = []
    page.on("console", lambda message: told.append(message.text))
    page.on("pageerror", lambda error: told.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))
    page.goto((tmp_path / "note.html").as_uri())
    frame = page.frames[1]
    frame.wait_for_selector("body.lu-ready", timeout=20_000)
    lon, lat = toy.lonlat(4, 0)
    frame.evaluate(f"window.landuse.then((page) => page.goTo({lon}, {lat}, 14))")
    frame.wait_for_selector(".own-answer")
    # Whatever is switched, the page stays where it is: a frame without an address has no "#".
    frame.locator("#lu-tools button", has_text="English").click()
    page.wait_for_timeout(600)
    assert frame.locator(".own-answer").count() == 1
    assert told == []
    assert len(asked) == 1
    reach = "() => { try { return window.parent.document.title; } catch (error) { return null; } }"
    assert frame.evaluate(reach) is None
    context.close()
