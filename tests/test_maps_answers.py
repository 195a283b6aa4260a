"""What the pages answer of the embedded Kushiro is what `landuse explain` answers."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pytest
import shapely
from pagekit import Visit

from landuse.answer import answer
from landuse.cartography import map_data
from landuse.maps.pages import DISPLAY_M, both_pages
from landuse.maps.words import read_words

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Browser

    from landuse.answer import Answer
    from landuse.study import Study

pytestmark = pytest.mark.browser

N_PLACES = 100
SEED = 20261125
COLUMNS = ("walk", "transit", "drive")
SEASONS = ("usual", "winter_high", "winter_low")

READ = """
// What is asked here is what the panel says; drawing each view would only take its time.
page.redraw = page.map.setView = page.map.panTo = () => page.map;
const told = [];
const ja = (node) => (node ? (node.querySelector(".ja") || node).textContent : "");
for (const [lon, lat] of arg) {
  await page.goTo(lon, lat, 12);
  const tab = document.querySelector("#lu-tab-place");
  const record = tab.querySelector(".face-record");
  told.push({
    last: page.cells.last_minute,
    zone: ja(tab.querySelector(".zone-answer h3 > span:nth-of-type(2)")),
    why: ja(tab.querySelector(".zone-answer dd p")),
    rule: record ? record.querySelector("code").textContent : null,
    people: [...tab.querySelectorAll("dl.columns dd")].slice(0, 2).map(ja),
    cell: [...tab.querySelectorAll(".spot dd")].at(-1).textContent,
    heads: [...tab.querySelectorAll(".near-by thead tr")].map((head) => head.children.length - 1),
    rows: [...tab.querySelectorAll(".near-by tbody tr")].map((row) => ({
      service: ja(row.querySelector(".service-name > span:last-child")),
      facility: (row.querySelector(".nearest") || { textContent: "" }).textContent,
      within: row.querySelector(".verdict") && row.querySelector(".verdict.near") !== null,
      times: [...row.querySelectorAll("td.time")].map((time) => ({
        own: time.classList.contains("own"),
        usual: ja(time.querySelector("div:not(.winter)") || time),
        winter: ja(time.querySelector(".winter")),
      })),
      reason: row.classList.contains("unknown") ? ja(row.querySelector("td")) : "",
    })),
  });
}
return told;
"""


def random_places(study: Study) -> gpd.GeoSeries:
    """Return places inside: half anywhere, half where people live, and some on the shore."""
    dice = np.random.default_rng(SEED)
    crs, boundary = study.city.crs, study.boundary.union_all()
    west, south, east, north = boundary.bounds
    anywhere = shapely.points(dice.uniform((west, south), (east, north), (20 * N_PLACES, 2)))
    people = study.cells["population"].fillna(0).to_numpy()
    lived = dice.choice(len(people), 2 * N_PLACES, p=people / people.sum())
    x, y = study.grid.centres_xy(study.cells["row"].iloc[lived], study.cells["col"].iloc[lived])
    at_home = shapely.points(np.column_stack([x, y]) + dice.uniform(-40, 40, (len(lived), 2)))
    edge = shapely.get_coordinates(shapely.segmentize(boundary.boundary, 100.0))
    ashore = shapely.points(dice.permutation(edge) + dice.normal(0, 40, edge.shape))
    rows, cols = study.grid.locate_xy(shapely.get_x(ashore), shapely.get_y(ashore))
    no_cell = ~np.isin(study.grid.cell_ids(rows, cols), study.cells.index)
    # A page's borders are drawn simplified; what is nearer to them is not told apart.
    inner = boundary.buffer(-3 * DISPLAY_M["public"])
    shapely.prepare([boundary, inner])
    half = N_PLACES // 2
    kept = [
        anywhere[shapely.contains(inner, anywhere)][:half],
        at_home[shapely.contains(inner, at_home)][: half - 5],
        ashore[shapely.contains(inner, ashore) & no_cell][:5],
    ]
    places = np.concatenate(kept)
    assert len(places) == N_PLACES
    degrees = gpd.GeoSeries(places, crs=crs).to_crs("EPSG:6668")
    lonlat = shapely.get_coordinates(degrees.to_numpy()).round(6)
    return gpd.GeoSeries(shapely.points(lonlat), crs="EPSG:6668")


@pytest.fixture(scope="module")
def places(kushiro: Study) -> gpd.GeoSeries:
    return random_places(kushiro)


@pytest.fixture(scope="module")
def explained(kushiro: Study, places: gpd.GeoSeries) -> list[Answer]:
    return [answer(kushiro, f"{point.x:.6f},{point.y:.6f}") for point in places]


@pytest.fixture(scope="module")
def pages(kushiro: Study, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("kushiro")
    made = both_pages(map_data(kushiro))
    files = {}
    for kind in ("public", "staff"):
        files[kind] = folder / f"{kind}.html"
        files[kind].write_text(getattr(made, kind), encoding="utf-8")
    return files


def test_the_page_of_a_city_fits_into_a_megabyte(pages: dict[str, Path]) -> None:
    """With every service's minutes on foot and by car, in summer and in winter."""
    assert pages["public"].stat().st_size <= 1_000_000
    assert pages["staff"].stat().st_size <= 2_500_000


@pytest.fixture(scope="module", params=["public", "staff"])
def told(
    request: pytest.FixtureRequest,
    browser: Browser,
    pages: dict[str, Path],
    places: gpd.GeoSeries,
) -> list[dict[str, Any]]:
    """Return what a page says of each place, and which page it is."""
    lonlat = shapely.get_coordinates(places.to_numpy()).tolist()
    with Visit(browser, pages[request.param]) as visit:
        visit.page.set_default_timeout(60_000)
        answers = visit.page.evaluate(
            f"(arg) => window.landuse.then(async (page) => {{ {READ} }})", lonlat
        )
        assert visit.complaints == []
        assert visit.outside == []
    return [one | {"kind": request.param} for one in answers]


def near(study: Study, point: shapely.Point, reach_m: float) -> list[int]:
    """Return the faces that a display simplified by some metres may show at a point."""
    return list(study.faces.sindex.query(point.buffer(reach_m), predicate="intersects"))


def test_zone_rule_and_reason_are_those_of_the_tables(
    kushiro: Study, places: gpd.GeoSeries, explained: list[Answer], told: list[dict[str, Any]]
) -> None:
    names = {zone.key: zone.label.ja for zone in kushiro.rules.scheme.zones}
    points = places.to_crs(kushiro.city.crs)
    sure = 0
    for point, one, page in zip(points, explained, told, strict=True):
        faces = kushiro.faces.iloc[near(kushiro, point, 3 * DISPLAY_M[page["kind"]])]
        if faces["mask"].nunique() > 1:
            assert page["zone"] in {names[zone] for zone in faces["zone"]} | {""}
            continue
        sure += 1
        assert page["zone"] == names[one.zone["zone"]]
        assert page["why"] == kushiro.explain(int(faces["mask"].iloc[0])).sentence("ja")
        assert page["rule"] == (one.zone["rule"] if page["kind"] == "staff" else None)
    assert sure >= 0.7 * N_PLACES


def test_people_are_those_of_the_cell(explained: list[Answer], told: list[dict[str, Any]]) -> None:
    for one, page in zip(explained, told, strict=True):
        assert page["cell"] == one.cell_id
        for shown, count in zip(page["people"], one.people, strict=True):
            assert shown == in_words(count)


def in_words(people: float) -> str:
    if people == 0:
        return "住んでいる人はいないと推計"
    return "1人未満" if people < 1 else f"約{round(people):,}人"


def test_every_service_says_minutes_facility_and_verdict_of_the_tables(
    kushiro: Study, explained: list[Answer], told: list[dict[str, Any]]
) -> None:
    words = read_words()
    labels = {service.key: service.label.ja for service in kushiro.city.services}
    for one, page in zip(explained, told, strict=True):
        rows = {row["service"]: row for row in page["rows"]}
        assert len(rows) == len(kushiro.city.services)
        for service in one.services:
            row = rows[labels[service["key"]]]
            own = [time["usual"] for time in row["times"] if time["own"]]
            assert row["facility"] == service["facility"]
            assert row["within"] == service["within"]
            if service["minutes"] is None:
                reason = service["reason"]
                assert row["reason"] == words[f"reason.{reason}"].ja or own == [
                    words[f"brief.{reason}"].ja
                ]
            else:
                (shown,) = own
                seconds = kushiro.cells.loc[one.cell_id, f"{service['key']}_s"]
                assert shown == minutes(seconds, page["last"])
                # What explain prints is rounded to a tenth, what the page shows is rounded up.
                assert service["minutes"] <= page["last"] or shown.endswith("以上")
                assert int(shown.rstrip("分以上")) - service["minutes"] < 1.05


def minutes(seconds: float, last: int) -> str:
    """Return whole minutes, rounded up; from the page's last one on they are one class."""
    whole = math.ceil(seconds / 60)
    return f"{whole}分" if whole < last else f"{last}分以上"


def test_other_modes_and_winter_are_those_of_the_tables(
    kushiro: Study, explained: list[Answer], told: list[dict[str, Any]]
) -> None:
    words, times = read_words(), kushiro.times
    known = [c for c in COLUMNS if any(name.endswith(f"_{c}_usual_s") for name in times.columns)]
    compared = 0
    for one, page in zip(explained, told, strict=True):
        assert set(page["heads"]) == {len(known)}
        here = times.loc[one.cell_id]
        for service, row in zip(in_order(kushiro), page["rows"], strict=True):
            for column, shown in zip(known, row["times"], strict=bool(row["times"])):
                name = f"{service}_{column}"
                usual = here.get(f"{name}_usual_s")
                if usual is None or np.isnan(usual):
                    reason = "not_computed" if usual is None else here[f"{name}_reason"]
                    assert shown["usual"] == words[f"brief.{reason}"].ja
                    continue
                assert shown["usual"] == minutes(usual, page["last"])
                winter_s = [here[f"{name}_{season}_s"] for season in SEASONS[1:]]
                assert shown["winter"] == band(winter_s, page["last"])
                compared += 1
    assert compared > N_PLACES * len(known) * 10


def in_order(study: Study) -> list[str]:
    """Return the services as the answer lists them: those that watch over come first."""
    services = sorted(study.city.services, key=lambda service: service.kind == "hub")
    return [service.key for service in services]


def band(winter_s: list[float], last: int) -> str:
    known = [math.ceil(one / 60) for one in winter_s if not np.isnan(one)]
    ends = [f"{min(one, last)}{'+' * (one >= last)}" for one in known]
    open_end = "–" if len(known) == 1 else ""
    return "冬 " + "–".join(dict.fromkeys(ends)) + open_end if known else ""
