"""Pages of towns that are not as one would wish: empty, huge, or strangely named."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

import geopandas as gpd
import maptoy
import numpy as np
import pandas as pd
import pytest
import shapely
import toy
from pagekit import BUILDERS, SIZES, Visit

from landuse.maps.data import MapData

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from playwright.sync_api import Browser

pytestmark = pytest.mark.browser

LONG = "長い名前の施設" * 286  # 2,002 characters without a place to break
STRANGE = {
    "emoji": "🏥👨‍👩‍👧‍👦🇯🇵",
    "right to left": "مستشفى المدينة שלום",
    "override": "\u202eesrever\u202c",
    "combining": "か\u3099" * 5 + "e\u0301" * 5,
    "old kanji": "髙﨑町辻󠄀",
    "half width": "ｼﾝﾘｮｳｼﾞｮ",
    "prototype": "__proto__",
    "constructor": "constructor",
    "white": "\u3000 \t ",
    "one word": "W" * 400,
}
N_MANY = 50_000
OPENS_WITHIN_S = 20.0
"""For a machine that does much else at the same time; by itself it takes a second or two."""


def named(names: list[object]) -> MapData:
    """Return the toy town with facilities of these names, along its rows."""
    data = maptoy.map_data()
    n = len(names)
    lon, lat = np.array([toy.lonlat(place % 5, place // 5 % 5) for place in range(min(n, 25))]).T
    at = np.arange(n) % 25
    spread = np.linspace(-0.0005, 0.0005, n)
    table = gpd.GeoDataFrame(
        {
            "facility_id": [f"n{place}" for place in range(n)],
            "name": names,
            "service": "clinic",
            "category": "clinic",
            "address": [f"本町{place}番地" for place in range(n)],
            "grade": "derived",
            "position_error_m": np.nan,
        },
        geometry=gpd.points_from_xy(lon[at] + spread, lat[at] + spread[::-1]),
        crs="EPSG:4326",
    ).to_crs(toy.CRS)
    cells = data.cells.assign(clinic_to="n0")
    return replace(data, facilities=table, cells=cells)


def bare() -> MapData:
    """Return a town of which only boundary and faces are known."""
    data = maptoy.map_data()
    kept = ("key", "label", "vintage", "made_on", "zones", "boundary", "faces", "zone_areas")
    area = {"published_area_km2": 0.25, "published_area_source": ""}
    return MapData(**{name: getattr(data, name) for name in kept}, **area)


def empty() -> MapData:
    """Return the toy town with every table there, and nothing in it."""
    data = maptoy.map_data()
    names = ("cells", "times", "facilities", "coverage", "worst_towns", "regional", "districts")
    layers = ("towns", "neighbours", "roads", "stations", "transport")
    return replace(data, **{name: getattr(data, name).iloc[:0] for name in (*names, *layers)})


def strange() -> MapData:
    """Return the toy town with every kind of strange name, and some without a name."""
    data = named([*STRANGE.values(), LONG, None, np.nan, "", pd.NA])
    towns = data.towns.assign(name=[LONG, *([""] * (len(data.towns) - 1))])
    cells = data.cells.assign(town=LONG)
    label = replace(data.label, ja=data.label.ja + "🏔" + "長" * 120, en="W" * 120)
    services = tuple(
        replace(one, label=replace(one.label, ja=LONG[:300], en="W" * 300)) for one in data.services
    )
    faces = data.faces.assign(why_ja=LONG, rule="r" * 300)
    changed = {"towns": towns, "cells": cells, "label": label, "services": services}
    return replace(data, faces=faces, **changed)


def without_town_names() -> MapData:
    data = maptoy.map_data()
    return replace(data, cells=data.cells.assign(town=None), towns=data.towns.assign(name=None))


TOWNS: dict[str, Callable[[], MapData]] = {
    "bare": bare,
    "empty": empty,
    "one": lambda: named(["ただ一つの診療所"]),
    "strange": strange,
    "nameless": without_town_names,
}


def page_of(kind: str, data: MapData, folder: Path) -> Path:
    path = folder / f"{kind}.html"
    path.write_text(BUILDERS[kind](data), encoding="utf-8")
    return path


def look_round(visit: Visit) -> None:
    """Open all tabs, ask about a place and search, and let nothing scroll sideways."""
    wide = visit.page.viewport_size["width"]
    for tab in visit.page.locator("#lu-tabs [role=tab]").all():
        tab.click()
        assert visit.width() <= wide
    visit.run("return page.goTo(arg[0], arg[1], 14);", toy.lonlat(1, 3))
    assert visit.page.locator(".zone-answer").count() == 1
    assert visit.width() <= wide
    over = visit.page.locator("#lu-body").evaluate("(box) => box.scrollWidth - box.clientWidth")
    assert over <= 0
    visit.page.fill("#lu-query", "診療所")
    assert visit.width() <= wide
    visit.page.fill("#lu-query", "どこにもない名前")
    assert "見つかりません" in visit.text("#lu-search")
    visit.page.keyboard.press("Escape")
    assert visit.complaints == []
    assert visit.outside == []


@pytest.mark.parametrize("town", TOWNS)
def test_the_page_still_works(browser: Browser, town: str, tmp_path: Path) -> None:
    data = TOWNS[town]()
    for kind, size in (("public", "phone"), ("staff", "desktop")):
        with Visit(browser, page_of(kind, data, tmp_path), SIZES[size]) as visit:
            look_round(visit)
            visit.shot(f"stress-{town}-{kind}-{size}")


def test_a_facility_without_a_name_says_so(browser: Browser, tmp_path: Path) -> None:
    with Visit(browser, page_of("public", named([None, "名のある診療所"]), tmp_path)) as visit:
        visit.run("return page.goTo(arg[0], arg[1], 14);", toy.lonlat(1, 3))
        assert "名前のデータなし" in visit.page.locator(".near-by").first.inner_text()
        visit.page.get_by_role("button", name="名前のデータなし").first.click()
        assert "名前のデータなし" in visit.text(".facility-answer")
        assert "本町0番地" in visit.text(".facility-answer")


def test_strange_names_are_found_as_they_stand(browser: Browser, tmp_path: Path) -> None:
    data = named(list(STRANGE.values()))
    with Visit(browser, page_of("public", data, tmp_path)) as visit:
        for name in STRANGE.values():
            if not name.strip():
                continue
            visit.page.fill("#lu-query", name)
            visit.page.locator("#lu-hits [role=option]", has_text=name).first.wait_for()
        assert visit.complaints == []


@pytest.fixture(scope="module")
def many() -> MapData:
    return named([f"第{place}診療所" for place in range(N_MANY)])


def test_fifty_thousand_facilities_open_and_are_found(
    browser: Browser, many: MapData, tmp_path: Path
) -> None:
    path = page_of("public", many, tmp_path)
    start = time.perf_counter()
    with Visit(browser, path, wait_ms=40_000) as visit:
        assert time.perf_counter() - start < OPENS_WITHIN_S
        assert visit.run("return page.data.facilities.length;") == N_MANY
        visit.page.fill("#lu-query", "第49999診療所")
        visit.page.locator("#lu-hits [role=option]", has_text="第49999診療所").first.click()
        visit.page.wait_for_selector(".facility-answer")
        assert "本町49999番地" in visit.text(".facility-answer")
        visit.page.locator("#lu-to-map").click()
        assert f"{N_MANY:,}か所" in visit.text("#lu-layers").replace(f"{N_MANY}か", f"{N_MANY:,}か")
        assert visit.complaints == []
        visit.shot("stress-many-public-desktop")
    assert path.stat().st_size < 8_000_000
    assert shapely.is_valid(many.boundary.geometry).all()
