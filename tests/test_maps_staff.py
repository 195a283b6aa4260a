"""The office's tools on the staff page: filter, measure, overlaps, drafts, files, comparison."""

from __future__ import annotations

import csv
import io
import json
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import maptoy
import numpy as np
import pandas as pd
import pytest
import toy
from pagekit import SIZES, Visit
from pyproj import Geod
from shapely.geometry import shape

from landuse import maps
from landuse.changes import area_matrix, changes_of, overlaid
from landuse.claims import overlap_areas
from landuse.compare import plain_rows
from landuse.maps.comparison import compare_page
from landuse.maps.work import REGIONS, work_layer
from landuse.overlaps import read_overlaps
from landuse.schema import STATUTORY_CLAIMS, mask_of_claims
from landuse.scheme import read_scheme
from landuse.sources.store import FORMULA_STARTS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser

    from landuse.maps.data import MapData

GEOD = Geod(ellps="GRS80")
CELL_KM2 = toy.block([(2, 0)]).area / 1e6
OVERLAPS = {
    "agricultural": ("farm_core", "forest_other"),
    "natural": ("farm_other", "forest_protected", "park_special", "wetland"),
}
"""Claims of the toy town's fields (four cells) and park (four cells) for the office."""


def office() -> MapData:
    """Return the toy town with overlapping legal regions and its rules in words."""
    data = maptoy.map_data()
    faces = data.faces
    claims = [
        OVERLAPS.get(zone, own) for zone, own in zip(faces["zone"], faces["claims"], strict=True)
    ]
    faces = faces.assign(claims=pd.Series(claims, index=faces.index, dtype=object))
    return replace(data, faces=faces, scheme=read_scheme(), overlaps=read_overlaps())


# What the page is handed


def test_a_face_across_a_district_border_is_counted_by_its_parts() -> None:
    west = toy.block([(row, col) for row, col, _ in toy.CELLS if col < 2])
    east = toy.block([(row, col) for row, col, _ in toy.CELLS if col >= 2])
    columns = {"district": ["w", "e"], "name_ja": ["西", "東"], "name_en": ["W", "E"]}
    halves = gpd.GeoDataFrame(columns, geometry=[west, east], crs=toy.CRS)
    data = replace(maptoy.map_data(), districts=halves)
    shares = work_layer(data, bends_m=5)["districts"]["shares"]
    # The forest in the north is five cells wide, two of them in the west; so with the fields.
    cells = sorted(round(area / 1e6 / CELL_KM2) for _, _, area in shares)
    assert cells == [2, 2, 4, 6]
    whole = toy.block([(r, c) for r, c, x in toy.CELLS if x == "F" and c < 5])
    assert sum(area for _, _, area in shares) / 1e6 == pytest.approx(
        whole.area / 1e6 + 4 * CELL_KM2, rel=1e-3
    )


def test_every_statutory_claim_is_of_one_region() -> None:
    claims = [claim for _, _, own in REGIONS.values() for claim in own]
    assert sorted(claims) == sorted(STATUTORY_CLAIMS)


def test_the_public_page_carries_none_of_the_tools() -> None:
    page = maps.public_page(office())
    for mark in ("data-download", "Landuse.filter", "返信の下書き", "bends_m", "Landuse.reply"):
        assert mark not in page, mark


# In the browser


@pytest.fixture(scope="module")
def visit(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Visit]:
    """Return one opened staff page for all tests here, with fingers and a clipboard."""
    file = tmp_path_factory.mktemp("staff") / "staff.html"
    file.write_text(maps.staff_page(office()), encoding="utf-8")
    with Visit(browser, file, has_touch=True, accept_downloads=True) as opened:
        yield opened
        assert opened.complaints == []
        assert [url for url in opened.outside if not url.startswith("blob:")] == []


@pytest.fixture
def work(visit: Visit) -> Visit:
    """Return the page at its tab of tools, nothing filtered."""
    visit.run("Landuse.filter.reset(page); page.measure.end();")
    visit.page.locator("#lu-to-work").click()
    visit.page.evaluate(
        "document.querySelectorAll('details.work').forEach((d) => { d.open = true; })"
    )
    return visit


def choose(visit: Visit, name: str, value: str) -> None:
    row = visit.page.locator("#lu-work-filter .field", has_text=name)
    row.locator("select").select_option(value=value)


def download(visit: Visit, kind: str) -> str:
    with visit.page.expect_download() as event:
        visit.page.locator(f"[data-download={kind}]").click()
    assert event.value.suggested_filename.startswith("toy-2026-11-21-")
    return event.value.path().read_bytes().decode("utf-8")


@pytest.mark.browser
def test_a_filter_leaves_one_zone_with_its_area_and_pales_the_rest(work: Visit) -> None:
    full, other = work.pixel(3, 1), work.pixel(2, 0)
    choose(work, "区分", "3")
    told = work.text("#lu-work-filter .filter-result")
    assert f"2範囲・{11 * CELL_KM2:.2f}"[:9] in told  # ten cells of the town and the exclave
    assert work.page.locator("#lu-work-filter table.kinds tbody tr").count() == 1
    assert work.page.locator(".lu-chip").is_visible()
    assert work.pixel(3, 1) == full
    assert sum(work.pixel(2, 0)) > sum(other) + 60
    work.page.locator(".lu-chip button").click()
    assert work.pixel(2, 0) == other
    assert work.page.locator(".lu-chip").is_hidden()


@pytest.mark.browser
def test_filters_by_rule_grade_claim_and_district_combine(work: Visit) -> None:
    counts = "return [page.work.found.faces.size, page.work.found.area / 1e6];"
    choose(work, "旧市町", "2")
    assert work.run(counts) == [1, pytest.approx(CELL_KM2, rel=1e-3)]
    choose(work, "旧市町", "1")
    choose(work, "確かさ", "official")
    assert work.run(counts)[1] == pytest.approx(4 * CELL_KM2, rel=1e-3)
    choose(work, "指定・調査", str(STATUTORY_CLAIMS.index("park_special")))
    assert "条件に合う範囲はありません" in work.text("#lu-work-filter .filter-result")
    choose(work, "確かさ", "")
    choose(work, "決めたきまり", "park_special-first")
    assert work.run(counts) == [1, pytest.approx(4 * CELL_KM2, rel=1e-3)]


POINTS = [[144.2, 43.0], [144.9, 43.05], [144.6, 43.6], [144.1, 43.4]]


@pytest.mark.browser
@pytest.mark.parametrize("size", [1.0, 0.1, 0.002])
def test_lengths_and_areas_are_those_of_the_ellipsoid(visit: Visit, size: float) -> None:
    points = (np.array(POINTS[0]) + size * (np.array(POINTS) - np.array(POINTS[0]))).tolist()
    lon, lat = zip(*points, strict=True)
    area, perimeter = GEOD.polygon_area_perimeter(lon, lat)
    ours = visit.page.evaluate(
        "(p) => [Landuse.geodesy.length([...p, p[0]]), Landuse.geodesy.area(p)]", points
    )
    assert ours[0] == pytest.approx(perimeter, rel=1e-8)
    assert ours[1] == pytest.approx(abs(area), rel=1e-5)


@pytest.mark.browser
def test_two_clicks_measure_a_line_and_a_finger_adds_to_it(work: Visit) -> None:
    work.page.locator("[data-measure=line]").click()
    spots = [toy.lonlat(0, 0), toy.lonlat(0, 4)]
    for spot in spots:
        work.page.mouse.click(*work.screen(*spot))
    metres = GEOD.inv(*spots[0], *spots[1])[2]
    points = work.run("return page.measure.points;")
    assert GEOD.line_length(*zip(*points, strict=True)) == pytest.approx(metres, rel=0.02)
    told = work.text(".lu-measure .measure-told")
    shown = float(told.split(" m")[0])
    assert shown == pytest.approx(GEOD.line_length(*zip(*points, strict=True)), abs=0.51)
    work.page.touchscreen.tap(*work.screen(*toy.lonlat(3, 3)))
    work.page.wait_for_function("document.querySelector('.measure-told').innerText.includes('3点')")
    assert work.run("return page.chosen;") is None or work.page.locator("#lu-tab-work").is_visible()


@pytest.mark.browser
def test_the_keyboard_measures_an_area(work: Visit) -> None:
    work.page.locator("[data-measure=area]").press("Enter")
    for step in ("", "ArrowRight", "ArrowDown", "ArrowLeft"):
        if step:
            work.page.keyboard.press(step)
            work.page.wait_for_timeout(350)
        work.page.keyboard.press("Enter")
    assert "4点" in work.text(".measure-told")
    work.page.keyboard.press("Backspace")
    told = work.text(".measure-told")
    assert "3点" in told
    points = work.run("return page.measure.points;")
    metres2 = abs(GEOD.polygon_area_perimeter(*zip(*points, strict=True))[0])
    assert 1_000 < metres2 < 10_000
    assert float(told.split(" m²")[0].replace(",", "")) == pytest.approx(metres2, abs=0.51)
    work.page.keyboard.press("Escape")
    assert work.page.locator(".lu-measure").is_hidden()


@pytest.mark.browser
def test_an_outline_that_crosses_itself_has_no_area(work: Visit) -> None:
    work.run(
        "page.measure.begin('area'); for (const [r, c] of arg) page.capture(r, c);",
        [[144.0, 43.0], [144.1, 43.1], [144.1, 43.0], [144.0, 43.1]],
    )
    assert "交わっている" in work.text(".measure-told")


@pytest.mark.browser
def test_overlapping_regions_are_listed_hatched_and_settled_by_the_table(work: Visit) -> None:
    rows = work.page.locator("#lu-work-overlaps table").nth(0).locator("tbody tr")
    # Four cells of fields in two regions, four of park in three; the park is the same size.
    assert {tuple(re.findall(r"[^ ×]+?地域", text)) for text in rows.all_inner_texts()} == {
        ("農業地域", "森林地域"),
        ("農業地域", "森林地域", "自然公園地域"),
    }
    table = overlap_areas(
        office().faces.assign(mask=[mask_of_claims(c) for c in office().faces["claims"]])
    )
    pair = table[(table["claim"] == "farm_core") & (table["with_claim"] == "forest_other")]
    shown = work.run("return Landuse.overlaps.pairs(page).map((p) => [p.a.key, p.b.key, p.area]);")
    area = next(area for a, b, area in shown if (a, b) == ("farm_core", "forest_other"))
    assert area / 1e6 == pytest.approx(float(pair["area_km2"].iloc[0]), abs=1e-6)
    guidance = work.text("#lu-work-overlaps")
    rule = read_overlaps().rule_of["farm_core", "forest_other"]
    assert rule.winner == "a"
    row = work.page.locator("#lu-work-overlaps tr", has_text="農用地区域").first.inner_text()
    for text in (f"表の行 {rule.key}", rule.note.ja, rule.source):
        assert text in row, text
    verdict = row.split("km²")[1].split()
    assert verdict[0] == "農用地区域"  # the one that prevails
    assert "優先する" in " ".join(verdict[:8])
    assert "照合先" in guidance
    before = work.pixel(2, 1)
    work.page.locator("[data-overlaps=all]").click()
    near = [work.pixel(2 + d, 1) for d in np.linspace(-0.3, 0.3, 7)]
    assert any(colour != before for colour in near)
    work.page.locator("#lu-work-overlaps button.small", has_text="消す").click()
    assert work.pixel(2, 1) == before


@pytest.mark.browser
def test_shapes_are_saved_as_geojson_of_what_is_filtered(work: Visit) -> None:
    choose(work, "区分", "2")
    found = json.loads(download(work, "geojson"))
    assert found["about"]["tolerance_m"] == 5
    assert "簡略" in found["about"]["note"]
    (feature,) = found["features"]
    told = feature["properties"]
    assert (told["zone"], told["rule"], told["grade"]) == (
        "agricultural",
        "farm_core-first",
        "official",
    )
    assert told["claims"] == ["farm_core", "forest_other"]
    assert told["area_km2"] == pytest.approx(4 * CELL_KM2, abs=1e-6)
    ring = np.array(feature["geometry"]["coordinates"][0])
    assert (ring[0] == ring[-1]).all()
    (x, y), (next_x, next_y) = ring[:-1].T, ring[1:].T
    assert (x * next_y - next_x * y).sum() > 0  # the land is on the left: anticlockwise
    assert (np.abs(ring * 1e6 - np.rint(ring * 1e6)) < 1e-3).all()
    drawn = gpd.GeoSeries([shape(feature["geometry"])], crs="EPSG:6668").to_crs(toy.CRS).iloc[0]
    expected = toy.block([(row, col) for row, col, letter in toy.CELLS if letter == "A"])
    assert drawn.is_valid
    assert drawn.symmetric_difference(expected).area < 0.02 * expected.area


@pytest.mark.browser
def test_tables_are_saved_as_excel_in_japan_reads_them(work: Visit) -> None:
    text = download(work, "faces")
    assert text.startswith("\ufeff")
    assert text.count("\n") == text.count("\r\n")
    rows = list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"), newline="")))
    assert sum(float(row["area_km2"]) for row in rows) == pytest.approx(
        office().faces["area_km2"].sum(), abs=1e-5
    )
    cells = download(work, "cells").removeprefix("\ufeff")
    rows = list(csv.DictReader(io.StringIO(cells, newline="")))
    assert len(rows) == 26
    assert sum(float(row["population"]) for row in rows) == pytest.approx(62)
    far = next(row for row in rows if row["town"] == "飛地町")
    assert (far["clinic_min"], far["clinic_reason"]) == ("", "island")


@pytest.mark.browser
def test_no_cell_of_a_table_begins_a_formula(visit: Visit) -> None:
    texts = [start + "1+1" for start in FORMULA_STARTS]
    text = visit.page.evaluate(
        "(t) => Landuse.download.csv(['x', 'y'], t.map((s) => [s, -1.5]))", texts
    )
    rows = list(csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline="")))
    assert [row[0] for row in rows[1:]] == ["'" + one for one in texts]
    assert {row[1] for row in rows[1:]} == {"-1.5"}  # numbers stay numbers


@pytest.mark.browser
def test_only_what_is_in_view_is_saved_when_asked(work: Visit) -> None:
    lon, lat = toy.lonlat(0, 10)
    work.run("page.map.setView([arg[1], arg[0]], 17, { animate: false });", [lon, lat])
    work.page.locator("#lu-work-download input[type=checkbox]").check()
    found = json.loads(download(work, "geojson"))
    assert [one["properties"]["zone"] for one in found["features"]] == ["forest"]
    work.page.locator("#lu-work-download input[type=checkbox]").uncheck()
    work.page.locator(".lu-home").click()


@pytest.mark.browser
def test_a_reply_is_drafted_edited_and_copied(work: Visit) -> None:
    work.click(1, 3)
    work.page.locator("#lu-tab-place [data-reply=open]").click()
    area = work.page.locator("textarea.reply-text")
    draft = area.input_value()
    for text in (
        "お問い合わせいただき",
        "本町 本町一丁目 付近",
        "自然地域（どんな土地か）",
        "自然地域とした理由です",
        "［park_special-first］",
        "本町診療所」：徒歩 4分（基準 4分以内）",
        "・交番：施設の位置データなし",
        "landの出典（2020、算出）",
        "証明ではありません",
        "計算日 2026-11-21",
    ):
        assert text in draft, text
    area.fill(draft + "\n担当より")
    work.context.grant_permissions(["clipboard-read", "clipboard-write"])
    work.page.locator("[data-reply=copy]").click()
    work.page.wait_for_selector("text=コピーしました")
    assert work.page.evaluate("navigator.clipboard.readText()").endswith("担当より")
    work.page.locator("dialog select").select_option("en")
    work.page.wait_for_function(
        "document.querySelector('textarea.reply-text').value.includes('not a certificate')"
    )
    work.page.keyboard.press("Escape")
    work.page.wait_for_selector("dialog", state="detached")


@pytest.mark.browser
def test_a_closed_clipboard_is_made_up_for_by_the_selection(work: Visit) -> None:
    work.click(2, 0)
    work.page.evaluate(
        "() => { navigator.clipboard.writeText = () => Promise.reject(new Error('closed')); }"
    )
    work.page.evaluate(
        "() => document.addEventListener('copy', () => {"
        " window.copied = document.activeElement.value; })"
    )
    work.page.locator("#lu-tab-place [data-reply=open]").click()
    work.page.locator("[data-reply=copy]").click()
    work.page.wait_for_selector("text=コピーしました")
    assert "農業地域" in work.page.evaluate("window.copied")
    work.page.keyboard.press("Escape")


@pytest.mark.browser
def test_a_claim_tells_its_rules_area_and_source(work: Visit) -> None:
    work.page.locator("#lu-work-claims button.link", has_text="農用地区域").click()
    told = work.text("dialog")
    assert f"{4 * CELL_KM2:.4f}"[:6] in told
    assert "landの出典（2020）" in told
    assert "農用地区域または農業地域である" in told
    assert "未照合" in told
    work.page.locator("dialog button.tool", has_text="この指定の土地だけ").click()
    assert work.run("return page.work.found.faces.size;") == 1


@pytest.mark.browser
def test_a_town_in_the_list_of_the_worst_served_is_shown_on_the_map(work: Visit) -> None:
    work.page.locator("#lu-to-tables").click()
    work.page.locator("#lu-tables button.link", has_text="飛地町").first.click()
    lon, lat = toy.lonlat(0, 10)
    assert work.run("return page.map.getBounds().contains([arg[1], arg[0]]);", [lon, lat])
    assert work.run("return [page.town.name, page.town.cells.length, page.state.paint];") == [
        "飛地町",
        1,
        "minutes",
    ]
    work.run("page.town = null;")
    work.page.locator("#lu-to-map").click()
    work.page.locator("input[name=lu-paint][value=zones]").check()
    work.page.locator(".lu-home").click()


# Two runs


def compared(data: MapData) -> str:
    """Return the page on which the toy's settlement was urban in the run before."""
    before = data.faces.copy()
    before.loc[before["zone"] == "quasi_urban", "zone"] = "urban"
    regions = overlaid(before, data.faces)
    tables: dict[str, Any] = {"names": ["a/built", "b/built"], "made": ["2026-11-20T10:00", ""]}
    tables |= {"areas": plain_rows(area_matrix(regions)), "people": [], "coverage": [], "times": []}
    return compare_page(data, before=before, changes=changes_of(regions), tables=tables)


@pytest.mark.browser
@pytest.mark.parametrize("size", ["desktop", "phone"])
def test_both_maps_move_together_and_a_change_tells_both_records(
    browser: Browser, tmp_path: Path, size: str
) -> None:
    (tmp_path / "compare.html").write_text(compared(office()), encoding="utf-8")
    with Visit(browser, tmp_path / "compare.html", SIZES[size]) as visit:
        visit.page.locator("#lu-to-work").click()
        assert f"1か所・{3 * CELL_KM2:.4f}"[:8] in visit.text("#lu-work-compare")
        if size == "desktop":
            same = (
                "return [page.map, page.comparing.second.map]"
                ".map((m) => [m.getCenter().lng, m.getZoom()]);"
            )
            visit.run("page.map.setView([42.985, 144.38], 12, { animate: false });")
            one, two = visit.run(same)
            assert one == pytest.approx(two, abs=1e-3)
            visit.run(
                "page.comparing.second.map.setView([42.983, 144.379], 13, { animate: false });"
            )
            one, two = visit.run(same)
            assert one == pytest.approx(two, abs=1e-3)
        visit.page.locator("[data-change='0']").click()
        told = visit.page.locator(".both-records")
        told.wait_for()
        records = told.locator(".record").all_inner_texts()
        assert "都市的地域" in records[0]
        assert "準じる" not in records[0]
        assert "都市的地域に準じる地域" in records[1]
        assert "この場所は変わりました" in told.inner_text()
        visit.page.locator("#lu-to-work").click()
        visit.page.locator("input[value=swipe]").check()
        after, before = (colour(visit, part) for part in (0, 100))
        assert after != before
        assert visit.width() <= SIZES[size][0]
        assert visit.complaints == []


def colour(visit: Visit, part: int) -> list[int]:
    """Return the colour of the settlement with the slider at a part of the map's width."""
    visit.page.locator(".lu-swipe-range").fill(str(part))
    return visit.pixel(0.25, 3.2)
