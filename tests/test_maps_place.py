"""The answer to a click, figure by figure, on the toy town, and colours by mode and season."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import maptoy
import pytest
import toy
from pagekit import SIZES, Visit, rgb

from landuse import maps
from landuse.toml import Label

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser

    from landuse.maps.data import MapData

pytestmark = pytest.mark.browser


def sheltered() -> MapData:
    """Return the toy town whose clinic is its shelter too, with a standard of four minutes."""
    data = maptoy.map_data()
    shelter = replace(
        data.services[0],
        key="refuge",
        label=Label(ja="避難所", en="Shelter"),
        select={"roles": ("designated_shelter",)},
    )
    again = {
        name.replace("clinic", "refuge"): data.cells[name]
        for name in data.cells.columns
        if name.startswith("clinic_")
    }
    times = {
        name.replace("clinic", "refuge"): data.times[name]
        for name in data.times.columns
        if name.startswith("clinic_")
    }
    return replace(
        data,
        services=(*data.services, shelter),
        cells=data.cells.assign(**again),
        times=data.times.assign(**times),
    )


@pytest.fixture(scope="module")
def visit(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Visit]:
    path = tmp_path_factory.mktemp("place") / "staff.html"
    path.write_text(maps.staff_page(sheltered()), encoding="utf-8")
    with Visit(browser, path, SIZES["desktop"]) as opened:
        yield opened
        assert opened.complaints == []


def ask(visit: Visit, row: float, col: float) -> None:
    visit.run("return page.goTo(arg[0], arg[1], 13);", toy.lonlat(row, col))


def row_of(visit: Visit, service: str) -> str:
    return visit.page.locator(".near-by tr", has_text=service).first.inner_text()


def test_minutes_stand_by_mode_with_the_band_of_winter(visit: Visit) -> None:
    """Four cells from the clinic: 4 min on foot (5 to 6 in winter), 48 s by car (60 to 80)."""
    ask(visit, 1, 3)
    shown = row_of(visit, "診療所")
    assert "4分" in shown
    assert "冬 5–6" in shown
    assert "1分" in shown
    assert "冬 1–2" in shown
    assert "✓ 基準内（徒歩4分）" in shown.replace(" ", "").replace("✓基", "✓ 基")


def test_a_cell_beyond_the_standard_says_so(visit: Visit) -> None:
    ask(visit, 4, 3)
    shown = row_of(visit, "診療所")
    assert "7分" in shown
    assert "✕" in shown
    assert "基準より遠い" in shown


def test_no_timetable_is_said_once(visit: Visit) -> None:
    ask(visit, 1, 3)
    assert visit.page.locator(".near-by thead").first.inner_text().count("バス") == 0
    assert visit.text("#lu-tab-place").count("時刻表のデータなし") == 1


def test_the_shelter_stands_with_its_caution_and_a_lacking_refuge_with_a_word(
    visit: Visit,
) -> None:
    ask(visit, 1, 3)
    refuge = visit.text(".refuge")
    for text in ("本町診療所", "4分", "冬 5–6分", "避難の指示ではありません", "ハザードマップ"):
        assert text in refuge
    assert "データなし。市の案内でお確かめください" in refuge


def test_the_district_says_who_is_within_the_standard(visit: Visit) -> None:
    data = sheltered()
    ask(visit, 1, 3)
    visit.page.locator(".district-coverage summary").click()
    shown = visit.page.locator(".district-coverage tr", has_text="診療所").inner_text()
    judged = data.coverage.query("service == 'clinic' and mode != 'straight' and zone == 'all'")
    for district, group in (("main", "all"), ("main", "65plus"), ("all", "all")):
        one = judged[(judged["district"] == district) & (judged["group"] == group)]
        (share,) = one["share"]
        assert f"{100 * share:.1f}%" in shown


def test_what_is_not_known_is_listed(visit: Visit) -> None:
    ask(visit, 1, 3)
    unknown = visit.text(".not-known")
    for text in (
        "nofacilitylocationinthedata：交番",
        "この場所の区分は推計です",
        "約100m四方",
        "2020",
        "2026-11-21",
    ):
        assert text in unknown.replace(" ", "").replace("\n", "")


def test_a_facility_tells_for_how_many_people_it_is_the_nearest(visit: Visit) -> None:
    data = sheltered()
    visit.run("return page.showFacility(page.data.facilities[0]);")
    people = data.cells.loc[data.cells["clinic_to"] == "f1", "population"].sum()
    assert f"約{round(people):,}人" in visit.text(".facility-answer")


def test_the_office_sees_every_claim_with_its_part_and_its_sources(visit: Visit) -> None:
    ask(visit, 1, 3)
    rows = visit.page.locator(".claims-record tr")
    assert rows.count() == 2
    told = [rows.nth(place).inner_text() for place in range(2)]
    (winner,) = [text for text in told if "採用した指定" in text]
    (loser,) = [text for text in told if "ゆずった指定" in text]
    assert "湿地" in loser
    assert "湿地" not in winner
    assert "landの出典（2020）" in winner
    assert "なし" in loser


def test_minutes_are_coloured_by_mode_and_season(visit: Visit) -> None:
    """At the far corner on foot 6 to 10 minutes; by car a minute or two, in any season."""
    visit.run("page.state.ground.clear(); page.state.services.clear(); page.chosen = null;")
    visit.page.locator("#lu-to-map").click()
    visit.page.locator("input[value=minutes]").check()
    scale = visit.run("return page.data.palette.minutes;")
    travel = visit.page.locator(".lu-travel select")

    def colour() -> list[int]:
        visit.page.wait_for_timeout(150)
        return visit.pixel(4, 2)

    assert colour() == rgb(scale["colours"][1])
    travel.nth(1).select_option("winter_low")
    assert "冬（遅い側）" in visit.text(".surface-key")
    assert colour() == rgb(scale["colours"][1])
    travel.nth(0).select_option("drive")
    assert colour() == rgb(scale["colours"][0])
    assert "車" in visit.text(".surface-key")
    travel.nth(0).select_option("")
    travel.nth(1).select_option("usual")
    assert colour() == rgb(scale["colours"][1])


def test_the_zone_is_told_while_times_are_still_read(visit: Visit) -> None:
    visit.run(
        "const { timesOf } = Landuse.facts;"
        "Landuse.facts.timesOf = () => new Promise(() => {});"
        "page.goTo(arg[0], arg[1], 13);"
        "Landuse.facts.timesOf = timesOf;",
        toy.lonlat(0, 0),
    )
    visit.page.get_by_text("最寄りの施設までの時間を読み込んでいます").wait_for()
    assert visit.page.locator(".zone-answer").count() == 1
    assert visit.page.locator(".not-known").count() == 0


@pytest.mark.parametrize("kind", ["public", "staff"])
@pytest.mark.parametrize("size", SIZES)
def test_states_are_kept_as_pictures(
    browser: Browser, kind: str, size: str, tmp_path: Path
) -> None:
    """Pictures for people to look at; what a machine can tell of them is that they fit."""
    path = tmp_path / f"{kind}.html"
    build = {"public": maps.public_page, "staff": maps.staff_page}[kind]
    path.write_text(build(sheltered()), encoding="utf-8")
    with Visit(browser, path, SIZES[size]) as visit:
        for state in ("map", "tables", "sources", *(("work",) if kind == "staff" else ())):
            visit.page.locator(f"#lu-to-{state}").click()
            visit.shot(f"{kind}-{size}-{state}")
            assert visit.width() <= SIZES[size][0]
        ask(visit, 1, 3)
        for language in ("ja", "easy", "en"):
            visit.run("page.setLanguage(arg);", language)
            assert visit.shot(f"{kind}-{size}-place-{language}").stat().st_size > 10_000
            assert visit.width() <= SIZES[size][0]


def test_what_a_service_is_judged_by_is_told_before_the_rest_is_read(visit: Visit) -> None:
    ask = """async () => {
      const of = async (wanted) => (await Landuse.near.all(PAGE, 0, wanted))
        .filter((one) => one.service.timed)
        .map((one) => [one.within, one.times.map((time) => [time.own, time.usual])]);
      return [await of({ first: true }), await of({})];
    }""".replace("PAGE", "await window.landuse")
    first, whole = visit.page.evaluate(ask)
    assert len(first) == len(whole) > 0
    for (early, some), (late, all_) in zip(first, whole, strict=True):
        assert early == late
        for (own, usual), (_, known) in zip(some, all_, strict=True):
            assert usual == (known if own else {"waiting": True})
