"""The sheet for printing: a true scale, nothing cut, and only the sheet on paper."""

from __future__ import annotations

import math
import re
from dataclasses import replace
from typing import TYPE_CHECKING

import maptoy
import pytest
import toy
from pagekit import SIZES, Visit
from pyproj import Geod

from landuse import maps

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser

pytestmark = pytest.mark.browser

MM = 25.4 / 96
"""A pixel of CSS on paper."""
GEOD = Geod(ellps="GRS80")
A4_PT = {"portrait": (595, 842), "landscape": (842, 595)}


@pytest.fixture(scope="module")
def visit(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Visit]:
    path = tmp_path_factory.mktemp("sheet") / "public.html"
    data = maptoy.map_data()
    long_note = "とても長い名前の地区" * 12
    data = replace(data, faces=data.faces.assign(why_ja=data.faces["why_ja"] + long_note))
    path.write_text(maps.public_page(data), encoding="utf-8")
    with Visit(browser, path, SIZES["desktop"]) as opened:
        opened.page.evaluate("() => { window.print = () => { window.printed = true; }; }")
        yield opened
        assert opened.complaints == []
        assert opened.outside == []


def opened(visit: Visit, paper: str = "portrait", scale: int = 0) -> None:
    visit.run("page.closeSheet(); page.openSheet(arg);", {"paper": paper, "scale": scale})
    visit.page.wait_for_selector("#lu-sheet .sheet-map")


def millimetres(visit: Visit, selector: str) -> tuple[float, float]:
    box = visit.page.locator(selector).bounding_box()
    assert box is not None
    return box["width"] * MM, box["height"] * MM


@pytest.mark.parametrize("paper", ["portrait", "landscape"])
@pytest.mark.parametrize("scale", [0, 2_500, 25_000])
def test_distances_on_paper_are_those_on_the_ground(visit: Visit, paper: str, scale: int) -> None:
    opened(visit, paper, scale)
    said = int(visit.page.locator(".sheet-scale").get_attribute("data-denominator") or 0)
    assert scale in {0, said}
    view = visit.run("return Landuse.sheet.viewOf(page, page.sheet);")
    wide_mm, _ = millimetres(visit, ".sheet-map")
    # The edges of the map as degrees, by the zoom that it was drawn at.
    zoom = visit.run("return Landuse.plot.zoomOf(arg[0], arg[1]);", [said, view["lat"]])
    half_deg = (wide_mm / MM / 2) * 360 / (256 * 2**zoom)
    lat, lon = view["lat"], view["lon"]
    _, _, ground_m = GEOD.inv(lon - half_deg, lat, lon + half_deg, lat)
    assert ground_m * 1000 / wide_mm == pytest.approx(said, rel=0.002)


def test_the_bar_is_as_long_as_it_says(visit: Visit) -> None:
    for scale in (2_500, 15_000, 75_000, 1_000_000):
        opened(visit, "portrait", scale)
        ruler = visit.page.locator(".sheet-ruler")
        metres = float(ruler.get_attribute("data-metres") or 0)
        wide_mm, _ = millimetres(visit, ".sheet-ruler")
        assert wide_mm * scale / 1000 == pytest.approx(metres, rel=0.005)
        assert 20 <= wide_mm <= 60.5
        unit = f"{metres / 1000:g} km" if metres >= 1000 else f"{metres:g} m"
        assert unit in visit.text(".sheet-marks")


def test_a_place_is_drawn_where_the_scale_puts_it(visit: Visit) -> None:
    visit.run("page.state.ground.clear(); page.state.services.clear(); page.redraw();")
    opened(visit, "portrait", 10_000)
    view = visit.run("return Landuse.sheet.viewOf(page, page.sheet);")
    zones = {zone["key"]: zone["colour"] for zone in visit.run("return page.data.zones;")}
    lon, lat = toy.lonlat(4, 0)
    away, _, metres = GEOD.inv(view["lon"], view["lat"], lon, lat)
    east = metres * math.sin(math.radians(away))
    north = metres * math.cos(math.radians(away))
    dots = visit.run(
        "const canvas = document.querySelector('.sheet-map');"
        "const perMm = canvas.width / arg[0];"
        "const x = Math.round(canvas.width / 2 + arg[1] * perMm);"
        "const y = Math.round(canvas.height / 2 - arg[2] * perMm);"
        "const [w, h] = [60, 60];"
        "const data = canvas.getContext('2d').getImageData(x - w / 2, y - h / 2, w, h).data;"
        "const seen = {};"
        "for (let i = 0; i < data.length; i += 4) {"
        "  const key = [data[i], data[i + 1], data[i + 2]].join();"
        "  seen[key] = (seen[key] || 0) + 1;"
        "} return seen;",
        [190, east / 10, north / 10],
    )
    colour = ",".join(str(int(zones["forest"][place : place + 2], 16)) for place in (1, 3, 5))
    assert max(dots, key=dots.get) == colour
    assert len(dots) > 1  # the pattern lies over the colour, for prints without colours


def test_the_sheet_tells_what_a_reader_of_paper_must_know(visit: Visit) -> None:
    visit.run("page.closeSheet();")
    visit.click(1, 3)
    visit.page.locator("#lu-print").click()
    sheet = visit.text("#lu-sheet .sheet-paper")
    today = visit.page.evaluate(
        "() => { const d = new Date(); return `${d.getFullYear()}年${d.getMonth() + 1}月`; }"
    )
    for text in (
        "玩具町 土地利用とくらしの地図",
        "この地図は証明ではありません",
        "縮尺",
        today,
        "2020",
        "自然地域とした理由です",
        "本町一丁目 付近",
        "4分",
        "本町診療所",
        "boundaryの出典",
        "CC BY 4.0",
        "農業地域",
    ):
        assert text in sheet, text
    asked = visit.text(".sheet-asked")
    assert "自然地域" in asked
    assert "診療所 徒歩 4分 ✓" in " ".join(asked.split())
    assert visit.page.locator(".sheet-paper button, .sheet-paper input").count() == 0
    assert visit.page.locator(".sheet-paper [id]").count() == 0
    assert visit.page.locator("#lu-sheet .sheet-legend .swatch").count() >= 5


def test_the_sheet_is_opened_printed_and_closed_by_keyboard(visit: Visit) -> None:
    visit.run("page.closeSheet();")
    visit.page.locator("#lu-print").focus()
    visit.page.keyboard.press("Enter")
    visit.page.wait_for_selector("#lu-sheet .sheet-map")
    assert visit.page.evaluate("() => document.activeElement.id") == "lu-print-now"
    visit.page.keyboard.press("Enter")
    assert visit.page.evaluate("() => window.printed") is True
    visit.page.keyboard.press("Escape")
    assert visit.page.locator("#lu-sheet").count() == 0
    assert visit.page.evaluate("() => document.activeElement.id") == "lu-print"


def boxes(pdf: bytes) -> list[tuple[int, int]]:
    found = re.findall(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", pdf)
    return [(round(float(wide)), round(float(high))) for wide, high in found]


@pytest.mark.parametrize("paper", ["portrait", "landscape"])
def test_only_the_sheet_is_printed_on_a4_and_nothing_of_it_is_cut(visit: Visit, paper: str) -> None:
    opened(visit, paper)
    pages = boxes(visit.page.pdf(prefer_css_page_size=True))
    assert set(pages) == {A4_PT[paper]}
    assert 1 <= len(pages) <= 6
    visit.page.emulate_media(media="print")
    try:
        for selector in (".lu-panel", ".folium-map", ".lu-top", ".sheet-tools"):
            assert visit.page.locator(selector).is_hidden(), selector
        content = {"portrait": 190, "landscape": 277}[paper]
        wide, _ = millimetres(visit, ".sheet-paper")
        assert wide == pytest.approx(content, abs=0.5)
        first = visit.page.evaluate(
            "() => document.querySelector('.sheet-first').getBoundingClientRect().bottom"
            " - document.querySelector('.sheet-head').getBoundingClientRect().top"
        )
        assert first * MM <= {"portrait": 275, "landscape": 188}[paper]
        cut = visit.page.evaluate(
            "() => [...document.querySelectorAll('.sheet-paper *')].filter((node) => {"
            "  const own = node.getBoundingClientRect();"
            "  const paper = document.querySelector('.sheet-paper').getBoundingClientRect();"
            "  return own.width && (own.right > paper.right + 1 || own.left < paper.left - 1);"
            "}).map((node) => node.className)"
        )
        assert cut == []
    finally:
        visit.page.emulate_media(media="null")


def test_the_browsers_own_print_command_gives_the_sheet_too(visit: Visit) -> None:
    visit.run("page.closeSheet();")
    pages = boxes(visit.page.pdf(prefer_css_page_size=True))
    assert set(pages) == {A4_PT["portrait"]}
    visit.page.wait_for_function("() => !document.getElementById('lu-sheet')")
    visit.page.evaluate("() => window.dispatchEvent(new Event('beforeprint'))")
    assert visit.page.locator("#lu-sheet .sheet-map").count() == 1
    visit.page.evaluate("() => window.dispatchEvent(new Event('afterprint'))")
    assert visit.page.locator("#lu-sheet").count() == 0
    assert visit.page.locator(".folium-map").is_visible()


def test_minutes_on_paper_come_with_their_key(visit: Visit) -> None:
    visit.page.locator("#lu-to-map").click()
    visit.page.locator("input[value=minutes]").check()
    visit.page.wait_for_function("() => window.landuse.then((page) => page.surface !== null)")
    opened(visit)
    legend = visit.text(".sheet-legend")
    assert "5分まで" in legend
    assert "データなし" in legend
    visit.run("page.closeSheet();")
