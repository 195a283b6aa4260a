"""Links that bring back what was seen, and pages shown within other pages."""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

import maptoy
import pytest
import toy
from pagekit import SIZES, Visit

from landuse import maps

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, BrowserContext, Route

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("share") / "my town & co.html"
    path.write_text(maps.public_page(maptoy.map_data()), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def shared(browser: Browser, file: Path) -> Iterator[Visit]:
    with Visit(browser, file, SIZES["desktop"]) as opened:
        yield opened
        assert opened.complaints == []


def values(visit: Visit) -> dict[str, str]:
    return dict(visit.run("return [...Landuse.link.values(page)];"))


def hash_of(visit: Visit) -> str:
    """Return what stands behind the # once the page has written it."""
    visit.page.wait_for_timeout(450)
    return str(visit.page.evaluate("() => location.hash"))


def test_a_link_brings_back_place_view_layers_colours_and_language(
    browser: Browser, file: Path
) -> None:
    with Visit(browser, file, SIZES["desktop"]) as visit:
        assert hash_of(visit) == ""
        visit.page.locator("input[value=minutes]").check()
        visit.page.locator("summary", has_text="土地利用の区分").first.click()
        visit.page.get_by_label("森林地域").first.uncheck()
        visit.page.get_by_label("診療所").first.check()
        visit.page.locator("[data-language=en]").click()
        visit.click(1, 3)
        visit.run("page.map.setView([page.chosen.lat, page.chosen.lon], 15, { animate: false });")
        before, fragment = values(visit), hash_of(visit)
        address = visit.page.evaluate("() => location.href")
        assert visit.run("return page.addressOf();") == address
        answer = visit.text("#lu-tab-place h2")
        assert visit.complaints == []
    readable = r"#map=15/[\d.]+/[\d.]+&at=[\d.]+,[\d.]+&paint=minutes&for=clinic&hide=forest"
    assert re.match(readable, fragment)
    assert fragment.endswith("&lang=en")
    with Visit(browser, file, SIZES["desktop"], fragment=fragment) as visit:
        assert values(visit) == before
        assert visit.text("#lu-tab-place h2") == answer
        assert visit.page.evaluate("() => document.documentElement.lang") == "en"
        visit.page.locator("#lu-to-map").click()
        assert visit.page.locator("input[value=minutes]").is_checked()
        assert not visit.page.get_by_label("Forest").first.is_checked()
        assert "5 min" in visit.text(".surface-key")
        assert visit.run("return page.surface !== null;")
        assert visit.complaints == []


def test_a_link_to_a_facility_shows_the_facility(browser: Browser, file: Path) -> None:
    with Visit(browser, file, fragment="#facility=f1&tab=place") as visit:
        assert "本町診療所" in visit.text("#lu-tab-place .facility-answer")
        assert "facility=f1" in visit.run("return page.addressOf();")


HOSTILE = (
    "#at=<img src=x onerror=hit()>&lang=javascript:hit()&tab=__proto__",
    "#map=NaN/Infinity/-Infinity&at=1e999,0x10&paint=constructor&for=toString",
    "#map=99999/42.7/141.3&strength=-5000",
    "#at=0,0&map=5/-89.9/179.9&facility=%3Cscript%3Ehit()%3C/script%3E",
    "#%&%%%=%E0%A4%A&at=%&map==&&&===&hide=%",
    "#lang=&tab=&paint=&for=&by=&when=&at=&map=&facility=",
    "#__proto__=1&constructor=2&hasOwnProperty=3&toString=4",
    "#hide=__proto__,constructor&show=<svg onload=hit()>&ground=&claims=none,none",
    "#" + "at=141.3,42.7&" * 3000,
    "#v=1&z=12&x=3&layers=old&unknown=🦌",
    "#tab=work&tab=sources",
)


def test_a_hostile_or_outdated_link_opens_a_sound_page(browser: Browser, file: Path) -> None:
    with Visit(browser, file, fragment=HOSTILE[0]) as visit:
        usual = values(visit)
        assert (usual["lang"], usual["paint"], usual["at"]) == ("ja", "zones", "")
        for fragment in HOSTILE[1:]:
            visit.page.evaluate("(hash) => { location.hash = hash; }", fragment)
            visit.page.wait_for_timeout(60)
            found = values(visit)
            assert 20 <= int(found["strength"]) <= 100
            zoom = float(found["map"].split("/")[0])
            limits = visit.run("return [page.map.getMinZoom(), page.map.getMaxZoom()];")
            assert limits[0] - 0.01 <= zoom <= limits[1]
            for key in ("paint", "for", "by", "when", "lang", "facility"):
                assert found[key] == usual[key], fragment
        assert visit.page.evaluate("() => window.hits") == 0
        assert visit.complaints == []


def test_what_is_written_is_what_is_read(shared: Visit) -> None:
    pairs = [
        ["map", "12.25/42.98/144.38"],
        ["facility", "a&b=c#d %/é東"],
        ["hide", "x,y"],
        ["embed", ""],
    ]
    back = shared.run("return [...Landuse.link.parse(`#${Landuse.link.written(arg)}`)];", pairs)
    assert back == pairs


def test_pasting_another_link_into_the_same_page_changes_what_it_shows(
    browser: Browser, file: Path
) -> None:
    with Visit(browser, file, fragment="#lang=en&paint=people") as visit:
        lon, lat = toy.lonlat(1, 3)
        visit.page.evaluate("(hash) => { location.hash = hash; }", f"at={lon:.5f},{lat:.5f}")
        visit.page.wait_for_selector("#lu-tab-place section.spot")
        assert values(visit)["paint"] == "zones"
        assert values(visit)["lang"] == "ja"
        visit.page.evaluate("() => { location.hash = 'map_landuse'; }")
        assert values(visit)["at"].startswith(f"{lon:.3f}")


def test_a_frame_that_refuses_history_is_written_to_quietly(shared: Visit) -> None:
    shared.page.evaluate("() => { history.replaceState = () => { throw new Error('no'); }; }")
    shared.click(1, 3)
    assert "at=" in hash_of(shared)


REFUSE = "() => { navigator.clipboard.writeText = () => Promise.reject(new Error('no')); }"
KEEP = "() => { navigator.clipboard.writeText = async (text) => { window.kept = text; }; }"


def test_the_link_is_copied_or_laid_out_selected(shared: Visit, file: Path) -> None:
    shared.click(1, 2)
    shared.page.evaluate(KEEP)
    shared.page.locator("#lu-copy-link").click()
    shared.page.wait_for_selector(".lu-toast.lu-shown")
    kept = shared.page.evaluate("() => window.kept")
    assert kept == shared.run("return page.addressOf();")
    assert kept.startswith(shared.page.evaluate("(uri) => new URL(uri).href", file.as_uri()) + "#")
    shared.page.evaluate(REFUSE)
    shared.page.locator("#lu-copy-link").click()
    box = shared.page.locator("dialog textarea")
    assert box.input_value() == kept
    selected = box.evaluate("(box) => box.value.slice(box.selectionStart, box.selectionEnd)")
    assert selected == kept
    shared.page.keyboard.press("Escape")
    shared.page.locator("dialog").wait_for(state="detached")


def snippet(visit: Visit) -> str:
    visit.page.locator("#lu-embed").click()
    text = visit.page.locator("dialog textarea").input_value()
    visit.page.keyboard.press("Escape")
    return text


def attributes(frame: str) -> dict[str, str]:
    return {key: html.unescape(value) for key, value in re.findall(r'(\w+)="([^"]*)"', frame)}


def serve(context: BrowserContext, files: dict[str, str]) -> None:
    """Let a context see some files as those of a web site, and nothing else."""

    def answer(route: Route) -> None:
        name = unquote(urlsplit(route.request.url).path).lstrip("/")
        if name in files:
            route.fulfill(body=files[name], content_type="text/html; charset=utf-8")
        else:
            route.abort()

    context.route("**/*", answer)


def test_the_snippet_shows_the_page_within_another(
    browser: Browser, shared: Visit, file: Path
) -> None:
    shared.page.locator("[data-language=easy]").click()
    shared.click(1, 3)
    frame = snippet(shared)
    found = attributes(frame)
    assert found["title"]
    assert found["src"].startswith("my%20town%20%26%20co.html#embed&")
    assert found["loading"] == "lazy"
    assert found["allow"] == "fullscreen; clipboard-write"
    assert "allow-same-origin" not in found["sandbox"]
    context = browser.new_context(viewport={"width": 900, "height": 700})
    outer = f"<!DOCTYPE html><html lang=ja><title>outer</title><body>{frame}</body>"
    serve(context, {"outer.html": outer, file.name: file.read_text(encoding="utf-8")})
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto("https://city.test/outer.html")
    inner: Any = page.frame_locator("iframe")
    inner.locator("body.lu-embed.lu-ready").wait_for(timeout=20_000)
    assert not inner.locator(".lu-top").is_visible()
    assert not inner.locator("#lu-body").is_visible()
    assert inner.locator("html").get_attribute("data-lang") == "easy"
    map_, whole = inner.locator(".folium-map").bounding_box(), page.locator("iframe").bounding_box()
    assert whole is not None
    assert map_["height"] > 0.75 * whole["height"]
    assert "証明" in inner.locator(".lu-frame-bar").inner_text()
    link = inner.locator(".lu-open")
    assert link.get_attribute("target") == "_blank"
    with context.expect_page() as opened:
        link.click()
    opened.value.wait_for_selector("body.lu-ready", timeout=20_000)
    assert "embed" not in opened.value.url
    assert "at=" in opened.value.url
    assert opened.value.locator(".lu-top").is_visible()
    assert complaints == []
    context.close()


def test_an_embedded_map_still_answers(browser: Browser, file: Path) -> None:
    with Visit(browser, file, (480, 420), fragment="#embed") as visit:
        assert visit.page.locator("body.lu-folded").count() == 1
        visit.click(1, 3)
        assert "自然地域" in visit.text("#lu-tab-place")
        assert visit.page.evaluate("() => location.hash").startswith("#embed")
        assert visit.width() <= 480
        assert visit.complaints == []
