"""The pages in a real browser, without network: what a reader sees and what never runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import maptoy
import pytest
import toy
from pagekit import BUILDERS, SIZES, Visit, rgb

from landuse import maps

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module", params=["public", "staff"])
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def file(kind: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("pages") / f"{kind}.html"
    path.write_text(BUILDERS[kind](maptoy.map_data()), encoding="utf-8")
    return path


@pytest.fixture
def visit(browser: Browser, file: Path) -> Iterator[Visit]:
    opened = Visit(browser, file, SIZES["desktop"])
    yield opened
    assert opened.complaints == []
    assert [url for url in opened.requests if not url.startswith("file:")] == []
    opened.context.close()


def test_a_click_tells_zone_reason_people_and_minutes(visit: Visit) -> None:
    visit.click(1, 3)
    answer = visit.text("#lu-tab-place")
    for text in (
        "本町一丁目 付近",
        "自然地域",
        "自然地域とした理由です",
        "自然公園の特別地域",
        "湿地",
        "約1人",
        "4分",
        "本町診療所",
        "基準内",
        "この地図は証明ではありません",
    ):
        assert text in answer, text


def test_a_service_without_data_says_so_in_words(visit: Visit) -> None:
    visit.click(0, 1)
    row = visit.page.locator("#lu-tab-place .near-by tr", has_text="交番")
    assert "施設の位置データなし" in row.inner_text()
    assert "0分" not in row.inner_text()


def test_the_exclave_says_why_it_reaches_nothing(visit: Visit) -> None:
    visit.click(0.3, 10.3)
    row = visit.page.locator("#lu-tab-place .near-by tr", has_text="診療所")
    assert "陸続きで行けません" in row.inner_text()


def test_outside_the_town_is_said(visit: Visit) -> None:
    visit.click(2, 7)
    assert "玩具町の外です" in visit.text("#lu-tab-place")


def test_a_facility_answers_with_name_address_and_grade(visit: Visit) -> None:
    visit.click(0, 10)
    answer = visit.text("#lu-tab-place .facility-answer")
    for text in ("玩具空港", "飛地町", "約150m", "算出"):
        assert text in answer


def test_the_staff_page_tells_the_whole_record(visit: Visit, kind: str) -> None:
    visit.click(1, 3)
    record = visit.page.locator(".face-record")
    assert record.count() == (1 if kind == "staff" else 0)
    if kind == "staff":
        for text in ("park_special-first", "湿地", "準じる地域", "landの出典", "算出"):
            assert text in record.inner_text()


def test_every_surface_can_be_drawn(visit: Visit) -> None:
    for paint, words in (
        ("people", "1人未満"),
        ("elderly", "1人未満"),
        ("minutes", "5分まで"),
        ("standard", "基準内（4分以内）"),
        ("zones", ""),
    ):
        visit.page.locator(f"input[value={paint}]").check()
        visit.page.wait_for_function(
            "([paint]) => window.landuse.then((page) => page.state.paint === paint)", arg=[paint]
        )
        assert words in visit.text(".surface-key")


def test_land_has_the_colour_of_its_zone(visit: Visit) -> None:
    visit.run("page.state.ground.clear(); page.state.services.clear(); page.redraw();")
    zones = {zone["key"]: zone["colour"] for zone in visit.run("return page.data.zones;")}
    for row, col, zone in ((4, 0, "forest"), (2, 1, "agricultural"), (1, 4, "natural")):
        assert visit.pixel(row, col) == rgb(zones[zone])


def test_minutes_have_the_colour_of_their_class(visit: Visit) -> None:
    visit.run("page.state.ground.clear(); page.state.services.clear();")
    visit.page.locator("input[value=minutes]").check()
    visit.page.wait_for_function("window.landuse.then((page) => page.surface !== null)")
    scale = visit.run("return page.data.palette.minutes;")
    assert visit.pixel(1, 2) == rgb(scale["colours"][0])
    assert visit.pixel(4, 3) == rgb(scale["colours"][1])


def test_search_finds_towns_and_facilities_however_they_are_typed(visit: Visit) -> None:
    for query, expected in (
        ("本町２丁目", "本町二丁目"),
        ("シンリョウ", "本町診療所"),
        ("ない町", ""),
        ("診療所", "本町診療所"),
        ("飛地", "飛地町"),
    ):
        visit.page.fill("#lu-query", query)
        hits = visit.text("#lu-hits")
        assert expected in hits
        assert ("見つかりません" in hits) == (not expected)


def test_a_hit_leads_to_its_place(visit: Visit) -> None:
    visit.page.fill("#lu-query", "本町二丁目")
    visit.page.keyboard.press("Enter")
    visit.page.wait_for_selector("#lu-tab-place section.spot")
    assert "森林地域" in visit.text("#lu-tab-place")


def test_a_mesh_code_is_a_place(visit: Visit) -> None:
    visit.page.fill("#lu-query", toy.GRID.cell_ids(2, 1).item())
    visit.page.keyboard.press("Enter")
    visit.page.wait_for_selector("#lu-tab-place section.spot")
    assert toy.GRID.cell_ids(2, 1).item() in visit.text("#lu-tab-place")
    assert "農業地域" in visit.text("#lu-tab-place")


def test_a_facility_without_a_place_is_listed_but_not_shown(visit: Visit) -> None:
    visit.page.fill("#lu-query", "本町交番")
    assert "位置のデータがない" in visit.text("#lu-hits")
    assert visit.page.locator("#lu-hits button").count() == 0


def test_the_keyboard_asks_about_the_centre(visit: Visit) -> None:
    visit.page.locator(".folium-map").focus()
    visit.page.keyboard.press("Enter")
    visit.page.wait_for_selector("#lu-tab-place section.spot")


def test_tables_tell_what_the_map_shows(visit: Visit, kind: str) -> None:
    visit.page.locator("#lu-to-tables").click()
    tables = visit.text("#lu-tab-tables")
    assert "基準の時間内に着ける人の割合" in tables
    assert "データなし" in tables
    assert ("基準より遠い人が多い町" in tables) == (kind == "staff")
    assert ("道路データなし" in tables) == (kind == "staff")


def test_sources_stand_with_vintage_grade_and_licence(visit: Visit) -> None:
    visit.page.locator("#lu-to-sources").click()
    sources = visit.text("#lu-tab-sources")
    for text in ("boundaryの出典", "2020", "公式", "CC BY 4.0", "package toy 1.0", "Leaflet"):
        assert text in sources


def test_the_panel_of_a_phone_folds_away(browser: Browser, file: Path) -> None:
    visit = Visit(browser, file, SIZES["phone"])
    high = visit.page.locator(".folium-map").bounding_box()["height"]
    visit.page.locator("#lu-fold").click()
    assert visit.page.locator(".folium-map").bounding_box()["height"] > high + 150
    visit.click(1, 3)
    assert visit.page.locator("#lu-tab-place").is_visible()
    wide = visit.page.evaluate("document.documentElement.scrollWidth")
    assert wide <= SIZES["phone"][0]
    assert visit.complaints == []
    visit.context.close()


def test_a_page_works_in_a_sandboxed_frame(browser: Browser, file: Path, tmp_path: Path) -> None:
    outer = tmp_path / "outer.html"
    size = 'width="1000" height="700"'
    frame = f'<iframe sandbox="allow-scripts" {size} src="{file.as_uri()}"></iframe>'
    outer.write_text(frame, encoding="utf-8")
    context = browser.new_context(offline=True)
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.goto(outer.as_uri())
    page.frame_locator("iframe").locator("body.lu-ready").wait_for(timeout=20_000)
    assert complaints == []
    context.close()


PAYLOADS = (
    "<img src=x onerror=hit()>",
    "<svg onload=hit()>",
    "</script><script>hit()</script>",
    "</title></style></textarea><script>hit()</script>",
    "\"'><body onload=hit()>",
    "${hit()}",
    "`+hit()+`",
    "{{constructor.constructor('hit()')()}}",
    "javascript:hit()",
    "\u2028hit()//",
    "<a href=javascript:hit()>x</a>",
    "&lt;img src=x onerror=hit()&gt;",
)


def test_no_text_of_the_data_ever_runs(browser: Browser, kind: str, tmp_path: Path) -> None:
    evil = " ".join(PAYLOADS)
    path = tmp_path / "evil.html"
    path.write_text(BUILDERS[kind](maptoy.map_data(lambda text: text + evil)), encoding="utf-8")
    # The page's own policy would stop most of this, so the proof goes without it.
    bare = path.read_text(encoding="utf-8").replace("Content-Security-Policy", "X-None")
    path.write_text(bare, encoding="utf-8")
    visit = Visit(browser, path, SIZES["desktop"])
    visit.click(1, 3)
    visit.click(0, 10)
    visit.click(2, 7)
    visit.page.fill("#lu-query", "本町")
    visit.page.fill("#lu-query", evil)
    visit.page.keyboard.press("Escape")
    for tab in ("tables", "sources", "map"):
        visit.page.locator(f"#lu-to-{tab}").click()
    visit.page.locator("input[value=minutes]").check()
    visit.page.wait_for_timeout(100)
    assert visit.page.evaluate("window.hits") == 0
    assert visit.page.locator("img, svg, [onerror], [onload]").count() == 0
    assert [line for line in visit.complaints if "hit" in line] == []
    visit.context.close()


def test_a_script_that_slips_in_is_refused_by_the_policy(browser: Browser, file: Path) -> None:
    visit = Visit(browser, file, SIZES["desktop"])
    visit.page.evaluate(
        "const one = document.createElement('script'); one.textContent = 'window.slipped = 1';"
        "document.body.append(one);"
    )
    assert visit.page.evaluate("window.slipped") is None
    assert any("Content Security Policy" in line for line in visit.complaints)
    visit.context.close()


def test_tiles_are_asked_for_only_when_switched_on(browser: Browser, tmp_path: Path) -> None:
    path = tmp_path / "tiles.html"
    path.write_text(maps.public_page(maptoy.map_data(), tiles=True), encoding="utf-8")
    visit = Visit(browser, path, SIZES["desktop"])
    assert visit.requests == [path.as_uri()]
    visit.page.locator("summary", has_text="地名・境界").click()
    with visit.page.expect_request("https://cyberjapandata.gsi.go.jp/**"):
        visit.page.get_by_text("地理院タイルを使う").click()
    credit = visit.page.locator(".leaflet-control-attribution a", has_text="地理院タイル")
    assert credit.get_attribute("href") == "https://maps.gsi.go.jp/development/ichiran.html"
    asked = {url.split("/")[2] for url in visit.requests[1:]}
    assert asked == {"cyberjapandata.gsi.go.jp"}
    visit.context.close()
