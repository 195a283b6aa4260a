"""The browser reads columns exactly as Python wrote them, notices damage, and draws little."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import maptoy
import numpy as np
import pandas as pd
import pytest
import toy
from pagekit import Visit

from landuse import maps
from landuse.maps.columns import neighbours, pack_column
from landuse.maps.minutes import minute_codes
from landuse.maps.pack import deltas, pack_bytes, pack_ints, packed_payload, read_payload

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser

    from landuse.maps.data import MapData

pytestmark = pytest.mark.browser

SEASONS = ("usual", "winter_low", "winter_high")

DECODE = """
const flat = await Landuse.codec.runningSum(arg.index);
const at = new Int32Array(arg.rows * arg.cols).fill(-1);
flat.forEach((place, i) => { at[place] = i; });
const near = Landuse.columns.neighbours(flat, at, arg.cols, arg.rows);
const read = [];
for (const { text, like, usual } of arg.columns) {
  const kin = like.map((one) => read[one]);
  read.push(Landuse.columns.read(text, near, kin, usual === null ? null : read[usual]));
}
return { near: [...near], values: read.map((one) => [...one]) };
"""


def timed() -> MapData:
    """Return the toy town with times by foot and by car, in summer and in winter."""
    data = maptoy.map_data()
    slower = {"usual": 1.0, "winter_high": 1.2, "winter_low": 2.0}
    times = pd.DataFrame(
        {
            f"clinic_{mode}_{season}_s": data.cells["clinic_s"] * slower[season] * pace
            for mode, pace in (("walk", 1.0), ("drive", 0.3))
            for season in SEASONS
        }
    ).assign(clinic_walk_reason=data.cells["clinic_reason"], clinic_drive_reason="island")
    return dataclasses.replace(data, times=times)


def in_order(data: MapData) -> pd.DataFrame:
    """Return the cells as the page has them: by row, then by column."""
    rows, cols = toy.GRID.rows_cols(data.cells.index.to_numpy())
    return data.cells.iloc[np.lexsort((cols, rows))]


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("columns") / "page.html"
    path.write_text(maps.public_page(timed()), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def visit(browser: Browser, file: Path) -> Iterator[Visit]:
    with Visit(browser, file) as opened:
        yield opened
        assert opened.complaints == []


def layout(seed: int) -> tuple[np.ndarray, np.ndarray, int]:
    """Return a blob of cells with holes and islands: rows, columns, and how wide it is."""
    rng = np.random.default_rng(seed)
    side = int(rng.integers(3, 40))
    kept = rng.random((side, side)) < rng.uniform(0.3, 1)
    kept[0, 0] = kept[-1, -1] = True
    rows, cols = np.nonzero(kept)
    return rows, cols, side


@pytest.mark.parametrize("seed", range(6))
def test_the_browser_reads_what_python_wrote(visit: Visit, seed: int) -> None:
    rows, cols, side = layout(seed)
    rng = np.random.default_rng(seed)
    near = neighbours(rows, cols)
    smooth = np.ceil(np.hypot(rows - 3, cols - 5) * rng.uniform(0.5, 9)).astype(np.int32)
    noise = rng.integers(0, 65_536, len(rows)).astype(np.int32)
    wave = (smooth + 7 + (rng.random(len(rows)) < 0.05)).astype(np.int32)
    values = [smooth, noise, wave, np.minimum(2 * smooth, 120), wave * 3 % 251]
    told: list[tuple[list[int], int | None]] = [([], None), ([], None), ([0], None)]
    told += [([2, 0, 1], 0), ([1], 2)]
    texts = [
        pack_column(
            one,
            near,
            like=[values[k] for k in like],
            usual=None if usual is None else values[usual],
        )
        for one, (like, usual) in zip(values, told, strict=True)
    ]
    columns = [
        {"text": text, "like": like, "usual": usual}
        for text, (like, usual) in zip(texts, told, strict=True)
    ]
    index = pack_bytes(pack_ints(deltas(rows * side + cols)))
    asked = {"index": index, "rows": side, "cols": side, "columns": columns}
    found: Any = visit.page.evaluate(f"async (arg) => {{ {DECODE} }}", asked)
    assert found["near"] == near.ravel().tolist()
    assert found["values"] == [[*one.tolist(), 0] for one in values]


def test_every_time_of_the_page_is_the_table_s(visit: Visit) -> None:
    data = timed()
    known = minute_codes(data, in_order(data).index)
    for service, modes in known.codes.items():
        for mode, seasons in modes.items():
            for season, codes in seasons.items():
                shown = visit.run(
                    "return Landuse.facts.timesOf(page.cells, ...arg).then((all) => [...all]);",
                    [service, mode, season],
                )
                assert shown == codes.tolist(), (service, mode, season)


def test_a_time_that_was_not_computed_is_null(visit: Visit) -> None:
    for asked in (["clinic", "transit", "usual"], ["clinic", "walk", "spring"], ["no", "walk"]):
        assert visit.run("return Landuse.facts.timesOf(page.cells, ...arg);", asked) is None


def test_people_are_tenths_and_unknown_is_less_than_none(visit: Visit) -> None:
    people = in_order(timed())["population"]
    shown = visit.run("return [...page.cells.people];")
    assert shown == [round(10 * one) for one in people]


def test_a_damaged_column_is_not_shown_and_said(
    browser: Browser, file: Path, tmp_path: Path
) -> None:
    page = file.read_text(encoding="utf-8")
    start = page.index('id="lu-data">') + len('id="lu-data">')
    end = page.index("</script>", start)
    payload = read_payload(page[start:end])
    cells = payload["cells"]
    own = cells["columns"][cells["times"]["clinic"]["walk"]["usual"] - 1]
    own["text"] = own["text"][:-3] + ("###" if own["text"][-3:] != "###" else "$$$")
    spoilt = tmp_path / "spoilt.html"
    spoilt.write_text(page[:start] + packed_payload(payload) + page[end:], encoding="utf-8")
    with Visit(browser, spoilt) as visit:
        assert visit.run("return Landuse.facts.timesOf(page.cells, 'clinic');") is None
        assert "壊れています" in visit.text(".lu-torn")
        visit.click(1, 3)
        assert "自然地域" in visit.text("#lu-tab-place")
        assert visit.complaints == []


@pytest.mark.parametrize("part", ["lu-data", "lu-code"])
def test_a_damaged_page_says_so_at_once(
    browser: Browser, file: Path, tmp_path: Path, part: str
) -> None:
    page = file.read_text(encoding="utf-8")
    start = page.index(f'id="{part}">')
    place = page.index("</script>", start) - 300
    spoilt = tmp_path / "spoilt.html"
    spoilt.write_text(page[:place] + "####" + page[place + 4 :], encoding="utf-8")
    with Visit(browser, spoilt, ready="body.lu-damaged") as visit:
        assert "壊れています" in visit.text(".lu-torn")
        assert not visit.page.locator(".lu-wait").is_visible()


def test_a_whole_page_complains_of_nothing(visit: Visit) -> None:
    assert not visit.page.locator(".lu-torn").is_visible()


def test_a_short_step_draws_nothing_anew_and_a_long_one_does(visit: Visit) -> None:
    drawn = visit.run(
        "const { Canvas } = Landuse.view; let count = 0;"
        "const old = Canvas.prototype._update;"
        "Canvas.prototype._update = function () { count += 1; return old.call(this); };"
        "const step = (x) => { page.map.panBy([x, 0], { animate: false }); return count; };"
        "page.map.setMaxBounds(null);"
        "const counts = [step(60), step(-60), step(2000) > 0, step(-2000) > 1];"
        "Canvas.prototype._update = old; return counts;"
    )
    assert drawn == [0, 0, True, True]


def test_what_is_drawn_stays_right_after_a_short_step(visit: Visit) -> None:
    visit.run("page.state.ground.clear(); page.state.services.clear(); page.redraw();")
    before = visit.pixel(4, 0)
    visit.run("page.map.panBy([37, 21], { animate: false });")
    assert visit.pixel(4, 0) == before
