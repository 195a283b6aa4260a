"""No text of the data, of an address or of a query ever runs, wherever a page shows it.

Every text that a study can hold gets every payload at once, and each payload alone names a
facility and a town; then everything on the page that can be pressed is pressed. The policy
of the page stays on: what it refuses would be a complaint, and none is allowed.
"""

from __future__ import annotations

import dataclasses
from enum import StrEnum
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import maptoy
import pandas as pd
import pytest
import toy
from pagekit import Visit
from payloads import ELSEWHERE, PAYLOADS, unsafe
from shapely.geometry import Point

from landuse import maps
from landuse.maps.comparison import compare_page
from landuse.maps.compose import page as composed_page

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from playwright.sync_api import Browser

    from landuse.maps.data import MapData

pytestmark = pytest.mark.browser

EVIL = " ".join(text for text, _ in PAYLOADS)
CHOSEN = {
    *("zone", "service", "grade", "path", "winner", "losers", "runner_up"),
    *("mode", "kind", "group", "unit", "demand", "claims", "hidden"),
}
"""Columns and fields that hold names which the program itself gives out."""
WHOLE = "all"


def poisoned(value: Any, where: str, text: str, sinks: set[str]) -> Any:  # noqa: ANN401 - any part of a map
    """Return part of a map with a text behind each of its texts, and note where."""
    if isinstance(value, pd.DataFrame):
        return value.assign(**poisoned_columns(value, where, text, sinks))
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        parts = {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
        changed = {
            name: poisoned(part, f"{where}.{name}", text, sinks)
            for name, part in parts.items()
            if name not in CHOSEN and not (name in {"key", "select"} and where != "data")
        }
        return dataclasses.replace(value, **changed)
    if isinstance(value, dict):
        return {key: poisoned(part, f"{where}.*", text, sinks) for key, part in value.items()}
    if isinstance(value, tuple) and where != "data.claim_layers.*":
        return tuple(poisoned(part, f"{where}[]", text, sinks) for part in value)
    if isinstance(value, str) and not isinstance(value, StrEnum):
        sinks.add(where)
        return value + text
    return value


def poisoned_columns(
    table: pd.DataFrame, where: str, text: str, sinks: set[str]
) -> dict[str, list[object]]:
    texts = [
        name
        for name in table.columns
        if name not in CHOSEN
        and not name.endswith(("_reason", "reason"))
        and table[name].map(lambda cell: isinstance(cell, str)).any()
    ]
    sinks.update(f"{where}.{name}" for name in texts)
    return {name: [with_text(cell, text) for cell in table[name]] for name in texts}


def with_text(cell: object, text: str) -> object:
    return cell + text if isinstance(cell, str) and cell not in {"", WHOLE} else cell


def each_alone(data: MapData) -> MapData:
    """Add a facility and a town for each payload, named with it and nothing else."""
    texts = [text for text, _ in PAYLOADS]
    places = [Point(*toy.lonlat(row % 5, row // 5 % 5)) for row in range(len(texts))]
    points = gpd.GeoSeries(places, crs="EPSG:4326").to_crs(toy.CRS)
    facilities = gpd.GeoDataFrame(
        {
            "facility_id": texts,
            "name": texts,
            "service": "clinic",
            "category": "clinic",
            "address": texts,
            "grade": "derived",
            "position_error_m": 300.0,
        },
        geometry=points,
    )
    towns = gpd.GeoDataFrame(
        {"name": texts, "name_en": texts, "district": data.districts["district"].iloc[0]},
        geometry=points,
    )
    return dataclasses.replace(
        data,
        facilities=pd.concat([data.facilities, facilities], ignore_index=True),
        towns=pd.concat([data.towns, towns], ignore_index=True),
    )


SINKS: set[str] = set()


@pytest.fixture(scope="module")
def evil() -> MapData:
    data = poisoned(maptoy.map_data(), "data", EVIL, SINKS)
    return each_alone(data)


def composed(data: MapData) -> str:
    """Return a staff page with a hostile layer of the user's own on it."""
    table = gpd.GeoDataFrame(
        {"kind": [EVIL, "x"], f"note{EVIL}": [EVIL, "x"]},
        geometry=[toy.block([(0, 0)]), toy.block([(1, 1)])],
        crs=toy.CRS,
    )
    own = maps.layer(table, name=EVIL, column="kind", unit=EVIL, popup=[f"note{EVIL}"])
    return composed_page(data, layers=[own], title=EVIL, staff=True)


def compared(data: MapData) -> str:
    """Return the page of two runs, whose files may have been altered."""
    changes = gpd.GeoDataFrame(
        {
            "from_zone": ["urban"],
            "to_zone": ["forest"],
            "from_rule": [EVIL],
            "to_rule": [EVIL],
            "changed": [EVIL],
            "area_km2": [0.01],
        },
        geometry=[toy.block([(0, 0)])],
        crs=toy.CRS,
    )
    rows = {name: [] for name in ("areas", "people", "coverage", "times")}
    tables = {"names": [EVIL, EVIL], "made": [EVIL, EVIL], **rows}
    return compare_page(data, before=data.faces, changes=changes, tables=tables)


PAGES: dict[str, Callable[[MapData], str]] = {
    "public": maps.public_page,
    "composed": composed,
    "compared": compared,
}

PRESS = """
const pause = (ms = 0) => new Promise((done) => setTimeout(done, ms));
window.print = () => {};
window.open = () => null;
const KINDS = "button, summary, input[type=checkbox], input[type=radio], [role=option]";
const pressed = new WeakSet();
let presses = 0;
for (let round = 0; round < 5 && presses < 250; round += 1) {
  for (const node of document.querySelectorAll(KINDS)) {
    if (pressed.has(node) || !node.isConnected || node.disabled || presses >= 250) continue;
    pressed.add(node);
    node.click();
    presses += 1;
    await pause();
  }
  document.querySelectorAll("dialog[open]").forEach((dialog) => dialog.close());
}
for (const select of document.querySelectorAll("select")) {
  for (const option of [...select.options].slice(0, 6)) {
    select.value = option.value;
    select.dispatchEvent(new Event("change", { bubbles: true }));
    await pause();
  }
}
return presses;
"""

ASK = """
const pause = (ms = 0) => new Promise((done) => setTimeout(done, ms));
const query = document.querySelector("#lu-query");
for (const [lon, lat] of arg.places) await page.goTo(lon, lat, 14);
// From here on only the panel speaks: drawing each view would but take its time.
page.redraw = page.map.setView = page.map.panTo = () => page.map;
for (const facility of page.data.facilities) {
  if (facility.lon !== null) await page.showFacility(facility);
}
for (const text of arg.texts) {
  query.value = text;
  query.dispatchEvent(new Event("input", { bubbles: true }));
  await pause();
  query.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", bubbles: true }));
}
for (const [place, text] of arg.texts.entries()) {
  location.hash = `${arg.keys[place % arg.keys.length]}${encodeURIComponent(text)}`;
  if (place % arg.keys.length === 0) await pause();
}
await pause(50);
for (const language of ["easy", "en", "ja"]) { page.setLanguage(language); await pause(); }
window.dispatchEvent(new Event("beforeprint"));
await pause(60);
window.dispatchEvent(new Event("afterprint"));
return page.data.facilities.length;
"""

QUESTIONS = {
    "texts": [text for text, _ in PAYLOADS],
    "places": [toy.lonlat(row, col) for row, col in ((1, 3), (4, 0), (2, 1), (0, 10), (2, 7))],
    "keys": ["", "lang=", "at=", "facility=", "paint=", "show=", "own=", "embed&tab=", "hide="],
}


@pytest.fixture(scope="module", params=PAGES)
def walked(
    request: pytest.FixtureRequest,
    browser: Browser,
    evil: MapData,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Visit]:
    """Return a page of hostile texts on which everything has been pressed and asked."""
    path = tmp_path_factory.mktemp("evil") / "page.html"
    path.write_text(PAGES[request.param](evil), encoding="utf-8")
    with Visit(browser, path, fragment=f"#at={EVIL[:3000]}&lang={EVIL[:500]}") as visit:
        visit.page.set_default_timeout(60_000)
        pressed = visit.page.evaluate(f"window.landuse.then(async (page) => {{ {PRESS} }})")
        assert pressed > 40
        if request.param != "compared":  # it asks and answers as the staff page does
            asked = visit.page.evaluate(
                f"(arg) => window.landuse.then(async (page) => {{ {ASK} }})", QUESTIONS
            )
            assert asked > len(PAYLOADS)
        visit.page.wait_for_timeout(100)
        yield visit


def test_nothing_ran(walked: Visit) -> None:
    assert [frame.evaluate("window.hits") for frame in walked.page.frames] == [0]
    assert walked.dialogs == []


def test_nothing_was_asked_of_the_network_and_nothing_was_refused(walked: Visit) -> None:
    assert walked.outside == []
    assert walked.complaints == []


def test_no_text_became_markup(walked: Visit) -> None:
    made = "img, svg, video, audio, iframe, object, embed, base, math, marquee, template"
    # The dialog that passes the page on holds a frame's markup, as text in a field.
    assert walked.page.locator(made).count() == 0
    handlers = (
        "() => [...document.querySelectorAll('*')].flatMap((node) =>"
        " [...node.attributes].map((one) => one.name).filter((name) => name.startsWith('on')))"
    )
    assert walked.page.evaluate(handlers) == []


def test_links_lead_to_web_addresses_only(walked: Visit) -> None:
    links = "() => [...document.querySelectorAll('a[href]')].map((link) => link.protocol)"
    assert set(walked.page.evaluate(links)) <= {"https:", "http:", "file:"}
    strange = "a[href^='javascript'], a[href^='data'], [src], form"
    assert walked.page.locator(strange).count() == 0


def test_the_policy_names_scripts_by_their_hashes(walked: Visit) -> None:
    policy = walked.page.locator("meta[http-equiv=Content-Security-Policy]")
    rules = dict(
        part.strip().split(" ", 1) for part in str(policy.get_attribute("content")).split(";")
    )
    assert rules["default-src"] == "'none'"
    assert all(one.startswith("'sha256-") for one in rules["script-src"].split())
    assert rules["base-uri"] == rules["form-action"] == "'none'"


def test_texts_reached_what_a_reader_sees(walked: Visit) -> None:
    """Without this, the tests above could pass on a page that shows nothing."""
    walked.run("page.setLanguage('ja'); return page.goTo(arg[0], arg[1], 14);", toy.lonlat(1, 3))
    shown = walked.page.evaluate("() => document.body.textContent")
    assert shown.count("<img src=x onerror=hit()>") > 100
    assert "{{ hit() }}" in shown


def test_every_text_that_a_study_holds_was_tried(evil: MapData) -> None:
    assert len(evil.facilities) > len(PAYLOADS) >= 60
    wanted = {
        *("data.label.ja", "data.label.en", "data.vintage", "data.made_on"),
        *("data.published_area_source", "data.zones[].label.ja", "data.zones[].meaning.en"),
        *("data.services[].label.ja", "data.services[].note.ja", "data.faces.rule"),
        *("data.services[].standard_source", "data.faces.rule_text_ja", "data.faces.why_en"),
        *("data.cells.town", "data.cells.district", "data.cells.clinic_to"),
        *("data.facilities.name", "data.facilities.address", "data.facilities.facility_id"),
        *("data.regional.name", "data.regional.name_en", "data.worst_towns.town"),
        *("data.districts.name_ja", "data.towns.name", "data.neighbours.name_ja"),
        *("data.stations.name_ja", "data.transport.name_ja", "data.transport.category"),
        *("data.origins.*.source", "data.origins.*.vintage", "data.origins.*.licence"),
        *("data.origins.*.url", "data.layer_labels.*.ja", "data.claim_labels.*.ja"),
        *("data.notes[].ja", "data.key", "data.origins.*.attribution"),
    }
    assert wanted <= SINKS
    assert len(SINKS) >= 50


def test_the_report_is_as_inert(browser: Browser, evil: MapData, tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    path.write_text(maps.report_page(evil), encoding="utf-8")
    with Visit(browser, path, ready="body") as visit:
        visit.page.wait_for_timeout(200)
        assert [frame.evaluate("window.hits") for frame in visit.page.frames] == [0]
        assert (visit.complaints, visit.outside, visit.dialogs) == ([], [], [])
        assert visit.page.locator("meta[http-equiv=Content-Security-Policy]").count() == 1
        assert visit.page.locator("script, iframe, [onerror], [onload]").count() == 0
        links = "() => [...document.querySelectorAll('a[href]')].map((link) => link.protocol)"
        assert set(visit.page.evaluate(links)) <= {"https:", "http:", "file:"}


def test_every_payload_is_alive_and_would_be_noticed(browser: Browser, tmp_path: Path) -> None:
    """Pages that take a text for more than text: each payload runs or asks the network."""
    path = tmp_path / "unsafe.html"
    path.write_text('<!doctype html><body class="lu-ready">x', encoding="utf-8")
    with Visit(browser, path) as visit:
        documents = [unsafe(text, context) for text, context in PAYLOADS]
        visit.page.evaluate(
            "(documents) => documents.forEach((one, i) => { const frame = document.createElement"
            "('iframe'); frame.name = `f${i}`; frame.srcdoc = one; document.body.append(frame); })",
            documents,
        )
        visit.page.wait_for_timeout(1_000)
        ran = {
            place
            for place in range(len(PAYLOADS))
            if (frame := visit.page.frame(f"f{place}")) and frame.evaluate("window.hits")
        }
        asked = {url.removeprefix(ELSEWHERE) for url in visit.outside}
    silent = [
        payload
        for place, payload in enumerate(PAYLOADS)
        if place not in ran and not any(f"{ELSEWHERE}{one}" in payload[0] for one in asked)
    ]
    assert silent == []
    assert len(ran) >= 60
