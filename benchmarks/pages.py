"""Our page beside plain folium: size, time to make, time to first drawing, pan.

    python benchmarks/pages.py            # the table of benchmarks/README.md
    python benchmarks/pages.py --quick    # one round, a 4,000-face municipality

Side by side in one run, in turns, in headless Chromium without network. Skipped, with the
reason, where Chromium or playwright is absent.

* *landuse* is the page as we ship it: zones with rules and reasons, search, print sheet,
  tables, and in the first row of Kushiro the times of 145,138 cells to 23 services by mode and
  season, which plain folium could not show at all; the second row leaves the cells out, the
  made-up municipality has none;
* *folium* is what its manual shows: one `folium.GeoJson` of the same faces with a
  `style_function`, `GeoJsonTooltip` and `GeoJsonPopup`, and a `CircleMarker` for each
  facility. Its ten links to other servers are taken out and our own Leaflet put in, or it
  would draw nothing here: it draws with Leaflet alone, and the weight of what it would fetch
  (1.8 MB) is not counted. `prefer_canvas` is on: without it folium is slower still.

"script" and "work" are Chromium's own account (`ScriptDuration`, `TaskDuration`) until the
whole page is ready, "drawn" is the clock from opening the file until the map is seen, and "pan"
the main thread's work for one step of 100 pixels, averaged over ten.
"""

from __future__ import annotations

import argparse
import gzip
import re
import shutil
import statistics
import tempfile
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Browser

    from landuse.maps import MapData

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
SIDE_M = 36_900
"""Side of the made-up municipality: as large as Kushiro."""
LEAFLET_CDN = re.compile(
    r"<(?:script|link)[^>]*(?:src|href)=\"https?://[^\"]*\"[^>]*>(?:</script>)?"
)


@dataclass(frozen=True, kw_only=True)
class Cost:
    """What one opening of a page took."""

    script_s: float
    work_s: float
    drawn_s: float
    pan_ms: float


def mosaic(n_faces: int) -> gpd.GeoDataFrame:
    """Return a made-up municipality: a Voronoi mosaic with wavy, shared borders."""
    rng = np.random.default_rng(7)
    seeds = shapely.MultiPoint(rng.uniform(0, SIDE_M, (n_faces, 2)))
    square = shapely.box(0, 0, SIDE_M, SIDE_M)
    cells = shapely.get_parts(shapely.voronoi_polygons(seeds, extend_to=square))
    edges = shapely.union_all(shapely.boundary(shapely.intersection(cells, square)))
    short = shapely.segmentize(shapely.get_parts(edges), SIDE_M / np.sqrt(n_faces) / 6)

    def waves(at: np.ndarray) -> np.ndarray:
        off_edge = np.minimum(at, SIDE_M - at).min(axis=1).clip(0, 500)[:, None] / 500
        bend = SIDE_M / np.sqrt(n_faces) / 14
        turned = np.stack([np.sin(at[:, 1] / 61), np.cos(at[:, 0] / 53)], axis=1)
        return np.asarray(at + off_edge * bend * turned)

    drawn = shapely.polygonize(shapely.transform(short, waves).tolist())
    return gpd.GeoDataFrame(geometry=shapely.get_parts(drawn), crs=6680)


def made_up(kushiro: MapData, n_faces: int) -> MapData:
    """Return a municipality of many faces, each of its own kind of rule and zone."""
    rng = np.random.default_rng(8)
    kinds = kushiro.faces.drop(columns="geometry").drop_duplicates("zone").reset_index(drop=True)
    shapes = mosaic(n_faces)
    n_faces = len(shapes)
    drawn = kinds.iloc[rng.integers(0, len(kinds), n_faces)].reset_index(drop=True)
    faces = gpd.GeoDataFrame(drawn, geometry=shapes.geometry, crs=shapes.crs)
    faces["rule_text_ja"] = [f"規則{i % 40}" for i in range(n_faces)]
    faces["area_km2"] = faces.area / 1e6
    whole = gpd.GeoDataFrame(geometry=[shapely.box(0, 0, SIDE_M, SIDE_M)], crs=shapes.crs)
    bare = {"towns", "districts", "neighbours", "land", "lakes", "rivers", "roads", "railways"}
    empty = {
        name: getattr(kushiro, name).iloc[:0].to_crs(shapes.crs)
        for name in (*bare, "stations", "transport", "facilities")
        if len(getattr(kushiro, name))
    }
    none: dict[str, Any] = {name: pd.DataFrame() for name in ("cells", "times", "worst_towns")}
    return replace(kushiro, boundary=whole, faces=faces, **empty, **none)


def plain_folium(data: MapData, path: Path) -> None:
    """Write the page that folium's manual would have us write."""
    import folium  # noqa: PLC0415 - timed by itself

    names = sorted(data.faces["zone"].unique())
    colours = dict(zip(names, ["red", "blue", "green", "orange", "purple"] * 9, strict=False))
    faces = data.faces[["zone", "rule", "grade", "area_km2", "why_ja", "geometry"]].to_crs(4326)
    west, south, east, north = faces.total_bounds
    centre = [(south + north) / 2, (west + east) / 2]
    drawn = folium.Map(location=centre, zoom_start=10, tiles=None, prefer_canvas=True)
    folium.GeoJson(
        faces,
        style_function=lambda face: {
            "fillColor": colours[face["properties"]["zone"]],
            "color": "white",
            "weight": 0.5,
            "fillOpacity": 0.7,
        },
        tooltip=folium.GeoJsonTooltip(["zone"]),
        popup=folium.GeoJsonPopup(["zone", "rule", "grade", "area_km2", "why_ja"]),
    ).add_to(drawn)
    if len(data.facilities):
        known = data.facilities.geometry.notna() & ~data.facilities.geometry.is_empty
        placed = data.facilities[known].to_crs(4326)
        at = zip(placed["name"], placed.geometry.y, placed.geometry.x, strict=True)
        for name, lat, lon in at:
            folium.CircleMarker([lat, lon], radius=5, tooltip=str(name)).add_to(drawn)
    drawn.fit_bounds([[south, west], [north, east]])
    drawn.save(path)


def offline(path: Path) -> Path:
    """Return a copy of folium's page with Leaflet inside and its links taken out."""
    from landuse.maps.bundle import leaflet_script, leaflet_style  # noqa: PLC0415

    text = LEAFLET_CDN.sub("", path.read_text("utf-8"))
    head = f"<style>{leaflet_style()}</style><script>{leaflet_script()}</script>"
    # Folium's tooltips build their table with jQuery-free code, so Leaflet is all they need.
    copy = path.with_suffix(".offline.html")
    copy.write_text(text.replace("<head>", "<head>" + head, 1), "utf-8")
    return copy


MAP = "Object.values(window).find((one) => one instanceof L.Map)"
WATCH = """new MutationObserver((_, watcher) => {
  if (!document.querySelector('canvas')) return;
  const ours = document.getElementById('lu-body');
  if (ours && !document.body.classList.contains('lu-drawn')) return;
  watcher.disconnect();
  requestAnimationFrame(() => {
    const { port1, port2 } = new MessageChannel(); // the next task, once the frame is painted
    port1.onmessage = () => { window.drawnAt = performance.now(); };
    port2.postMessage(null);
  });
}).observe(document, { subtree: true, childList: true, attributes: true });"""
"""Notes in the page when the map's first frame has been painted."""

READY = """() => window.drawnAt
  && (!document.getElementById('lu-body') || document.body.classList.contains('lu-ready'))"""
PAN = """async (ours) => {
  const map = ours ? (await window.landuse).map : MAP;
  const frame = () => new Promise((done) => requestAnimationFrame(() => setTimeout(done, 0)));
  for (let i = 0; i < 10; i += 1) {
    map.panBy([i < 5 ? 100 : -100, 0], { animate: false });
    await frame();
  }
}""".replace("MAP", MAP)


def opened(browser: Browser, path: Path, *, ours: bool) -> Cost:
    """Open a page and return what it took."""
    context = browser.new_context(viewport={"width": 1280, "height": 800}, offline=True)
    page = context.new_page()
    session = context.new_cdp_session(page)
    session.send("Performance.enable")

    def metrics() -> dict[str, float]:
        found = session.send("Performance.getMetrics")["metrics"]
        return {one["name"]: one["value"] for one in found}

    page.add_init_script(WATCH)
    page.goto(path.as_uri(), wait_until="commit")
    page.wait_for_function(READY, timeout=120_000)
    drawn_s = page.evaluate("window.drawnAt") / 1000
    first = metrics()
    page.wait_for_timeout(500)
    before = metrics()["TaskDuration"]
    page.evaluate(PAN, ours)
    pan_ms = (metrics()["TaskDuration"] - before) * 100
    context.close()
    return Cost(
        script_s=first["ScriptDuration"],
        work_s=first["TaskDuration"],
        drawn_s=drawn_s,
        pan_ms=pan_ms,
    )


def cpu_s(work: Callable[[], object]) -> float:
    """Return the CPU seconds of this process for a piece of work."""
    begun = time.process_time()
    work()
    return time.process_time() - begun


@dataclass(frozen=True, kw_only=True)
class Contest:
    """One municipality, twice: our page and folium's."""

    name: str
    files: dict[str, Path]
    counted: dict[str, Path]
    """What is weighed: folium's page with its links, as a city would publish it."""
    made_s: dict[str, float]


def contest(name: str, data: MapData, folder: Path, ours: Callable[[MapData], str]) -> Contest:
    """Make both pages."""
    mine, theirs = folder / "landuse.html", folder / "folium.html"
    made = {
        "landuse": cpu_s(lambda: mine.write_text(ours(data), "utf-8")),
        "folium": cpu_s(lambda: plain_folium(data, theirs)),
    }
    return Contest(
        name=name,
        files={"landuse": mine, "folium": offline(theirs)},
        counted={"landuse": mine, "folium": theirs},
        made_s=made,
    )


def rows(browser: Browser, one: Contest, rounds: int) -> list[str]:
    """Open both pages in turns and return the rows of the table."""
    costs: dict[str, list[Cost]] = {key: [] for key in one.files}
    for _ in range(rounds):
        for key, path in one.files.items():
            costs[key].append(opened(browser, path, ours=key == "landuse"))
    table = {}
    for key, path in one.counted.items():
        raw = path.read_bytes()
        middle = {
            field: statistics.median(getattr(cost, field) for cost in costs[key])
            for field in ("script_s", "work_s", "drawn_s", "pan_ms")
        }
        size = {"mb": len(raw) / 1e6, "gzip": len(gzip.compress(raw, 6)) / 1e6}
        table[key] = {**size, "made": one.made_s[key], **middle}
    cells = ("mb", "gzip", "made", "script_s", "work_s", "drawn_s", "pan_ms")
    lines = [
        f"| {one.name} | {key} | {' | '.join(f'{row[cell]:.2f}' for cell in cells)} |"
        for key, row in table.items()
    ]
    ratio = [f"{table['folium'][cell] / table['landuse'][cell]:.1f} ×" for cell in cells]
    return [*lines, f"| | folium / landuse | {' | '.join(ratio)} |"]


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="one round, 4,000 faces")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--faces", type=int, default=20_000)
    parser.add_argument("--data", type=Path, help="a pickled MapData of Kushiro, to save its run")
    chosen = parser.parse_args()
    try:
        from playwright.sync_api import sync_playwright  # noqa: PLC0415 - may be absent
    except ImportError:
        print("skipped: playwright is not installed (pip install playwright)")
        return
    if CHROMIUM is None:
        print("skipped: chromium is not installed (apt-get install chromium)")
        return
    rounds, n_faces = (1, 4_000) if chosen.quick else (chosen.rounds, chosen.faces)
    kushiro = kushiro_data(chosen.data)
    from landuse import maps  # noqa: PLC0415

    maps.public_page(kushiro)  # compiles once, as the first run of a machine does
    heads = ("municipality", "page", "MB", "gzip MB", "made, CPU s", "script s", "work s")
    print(f"| {' | '.join((*heads, 'drawn s', 'pan ms'))} |\n|---|---|{'---:|' * 7}")
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as engine:
        flags = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
        browser = engine.chromium.launch(executable_path=CHROMIUM, args=flags)
        places = [Path(folder) / name for name in ("kushiro", "faces", "made-up")]
        for place in places:
            place.mkdir()
        faces_only = replace(kushiro, cells=pd.DataFrame(), times=pd.DataFrame())
        many = made_up(kushiro, n_faces)
        for one in (
            contest("Kushiro, public", kushiro, places[0], maps.public_page),
            contest("Kushiro, what folium shows", faces_only, places[1], maps.public_page),
            contest(f"{n_faces:,} faces, staff", many, places[2], maps.staff_page),
        ):
            print("\n".join(rows(browser, one, rounds)), flush=True)
        browser.close()


def kushiro_data(pickled: Path | None) -> MapData:
    """Return the embedded Kushiro, from its run or from a file."""
    if pickled:
        return cast("MapData", pd.read_pickle(pickled))  # noqa: S301 - the caller's own file
    import landuse as lu  # noqa: PLC0415

    return lu.run(lu.read_city(lu.embedded_city())).map_data()


if __name__ == "__main__":
    main()
