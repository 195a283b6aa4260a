"""The legend that counts what is in view: exact areas, and totals that equal the tables."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import maptoy
import numpy as np
import pandas as pd
import pytest
import toy
from pagekit import SIZES, Visit

from landuse import maps
from landuse.maps.in_view import people_zones
from landuse.maps.pack import unpack_bytes, unpack_ints

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser

KEYS = [zone.key for zone in maptoy.map_data().zones]


def test_every_cell_with_people_has_its_zone_in_the_order_of_the_page() -> None:
    part = people_zones(maptoy.map_data())
    assert part is not None
    zones = unpack_ints(unpack_bytes(part["zones"]))
    cells = maptoy.cells().sort_index()
    lived_in = cells[cells["population"] > 0]
    assert sorted(KEYS[place - 1] for place in zones) == sorted(lived_in["zone"])
    people = lived_in.groupby("zone")["population"].sum()
    assert part["people"][0] == 0
    assert dict(zip(KEYS, part["people"][1:], strict=True)) == {
        key: people.get(key, 0.0) for key in KEYS
    }


def test_without_cells_nobody_is_counted() -> None:
    assert people_zones(replace(maptoy.map_data(), cells=pd.DataFrame())) is None


@pytest.fixture(scope="module")
def visit(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Visit]:
    path = tmp_path_factory.mktemp("in_view") / "public.html"
    path.write_text(maps.public_page(maptoy.map_data()), encoding="utf-8")
    with Visit(browser, path, SIZES["desktop"]) as opened:
        yield opened
        assert opened.complaints == []


pytestmark = pytest.mark.browser


def areas(visit: Visit, west: float, south: float, east: float, north: float) -> dict[str, float]:
    sums = visit.run(
        "const [west, south, east, north] = arg;"
        "return Landuse.inView.areas(page, { west, south, east, north }).sums;",
        [west, south, east, north],
    )
    return dict(zip(KEYS, sums, strict=True))


def test_all_in_view_is_the_table_of_zones(visit: Visit) -> None:
    visit.page.locator(".lu-home").click()
    visit.page.wait_for_function("() => document.querySelector('#lu-in-view .total')")
    table = maptoy.zone_areas().set_index("zone")["area_km2"]
    found = visit.run("return page.inView;")
    assert found["all"]
    for key, m2, people in zip(KEYS, found["sums"], found["people"], strict=True):
        assert m2 / 1e6 == pytest.approx(table.get(key, 0.0), abs=1e-5)
        cells = maptoy.cells()
        assert people == pytest.approx(cells.loc[cells["zone"] == key, "population"].sum())
    said = visit.text("#lu-in-view")
    assert "見えている範囲（市全体）" in said
    assert f"{table['all']:.2f} km²" in said


def test_two_halves_make_the_whole_wherever_they_are_cut(visit: Visit) -> None:
    west, south, east, north = visit.run("return page.data.box;")
    whole = areas(visit, west - 1, south - 1, east + 1, north + 1)
    for share in (0.1, 0.37, 0.5, 0.83):
        lon, lat = west + share * (east - west), south + share * (north - south)
        left, right = areas(visit, 0, -80, lon, 80), areas(visit, lon, -80, 180, 80)
        below, above = areas(visit, 0, -80, 180, lat), areas(visit, 0, lat, 180, 80)
        for key in KEYS:
            assert left[key] + right[key] == pytest.approx(whole[key], rel=1e-6, abs=1)
            assert below[key] + above[key] == pytest.approx(whole[key], rel=1e-6, abs=1)


def test_one_cell_of_the_town_is_measured_as_its_zone_only(visit: Visit) -> None:
    lon, lat = toy.lonlat(4, 0)  # a forest cell, as the drawing in `toy` shows
    found = areas(visit, lon - 1 / 1600, lat - 1 / 2400, lon + 1 / 1600, lat + 1 / 2400)
    assert found["forest"] == pytest.approx(sum(found.values()))
    assert found["forest"] == pytest.approx(9_400, rel=0.02)  # 1/800 by 1/1200 degree at 42.7 N


def test_a_hole_is_not_part_of_what_surrounds_it(visit: Visit) -> None:
    ring = [[0, 0, 4, 0, 4, 4, 0, 4], [1, 1, 1, 3, 3, 3, 3, 1]]
    cut = visit.run("return arg[0].map((ring) => Landuse.inView.cutRing(ring, arg[1]));",
                    [ring, [2, -1, 9, 9]])  # fmt: skip
    sizes = [visit.run("return Landuse.inView.areaOf(arg);", one) for one in cut]
    assert np.allclose(sizes, [8, 2])


def test_the_table_follows_the_view(visit: Visit) -> None:
    lon, lat = toy.lonlat(4, 0)
    visit.run("page.map.setView([arg[1], arg[0]], 17, { animate: false });", [lon, lat])
    visit.page.wait_for_function(
        "() => !document.querySelector('#lu-in-view caption').textContent.includes('市全体')"
    )
    assert visit.run("return page.inView.all;") is False
    shown = visit.run("return page.inView.sums;")
    assert 0 < sum(shown) < 1e6 * maptoy.zone_areas().set_index("zone")["area_km2"]["all"]
    visit.page.locator(".lu-home").click()
