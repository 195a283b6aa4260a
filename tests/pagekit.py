"""Pages in a headless Chromium without network: what they complain about, ask for and show.

The browser itself is the fixture `browser` of `conftest`, one for each test file. Pages
are opened with `Visit`; what a page looks like is kept by `Visit.shot` in
`artefacts/screenshots/`, or where the environment variable LANDUSE_SHOTS says.
"""

from __future__ import annotations

import os
import shutil
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import pytest
import toy

from landuse import maps

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Browser, Page

    from landuse.maps.data import MapData

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
SIZES = {"desktop": (1280, 800), "phone": (360, 740)}
BUILDERS: dict[str, Callable[[MapData], str]] = {
    "public": maps.public_page,
    "staff": maps.staff_page,
}
SHOTS = Path(__file__).parent.parent / "artefacts" / "screenshots"

HIT = """
window.hits = 0;
window.hit = () => { window.hits += 1; };
window.addEventListener("message", (event) => { if (event.data === "hit") window.hit(); });
"""
"""What injected text calls, by name or, from a document of another origin, by a message."""


@contextmanager
def chromium() -> Iterator[Browser]:
    """Open Debian's Chromium, or skip the test and say what is missing."""
    if CHROMIUM is None:
        pytest.skip("chromium is not installed: apt-get install chromium fonts-noto-cjk")
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    with sync_api.sync_playwright() as engine:
        opened = engine.chromium.launch(
            executable_path=CHROMIUM,
            args=["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"],
        )
        yield opened
        opened.close()


class Visit:
    """One opened page with everything it complained about or asked for.

    `with Visit(browser, file) as visit:` closes it again. `complaints` holds console lines
    and script errors, `requests` every address asked for, `dialogs` what alert and its kin
    said; `window.hits` counts how often injected text called `hit()`.
    """

    def __init__(
        self,
        browser: Browser,
        file: Path,
        size: tuple[int, int] = SIZES["desktop"],
        *,
        fragment: str = "",
        ready: str = "body.lu-ready",
        wait_ms: int = 20_000,
        **context: Any,  # noqa: ANN401 - options of a browser context
    ) -> None:
        width, height = size
        self.context = browser.new_context(
            viewport={"width": width, "height": height}, locale="ja-JP", offline=True, **context
        )
        self.context.add_init_script(HIT)
        self.page: Page = self.context.new_page()
        self.complaints: list[str] = []
        self.requests: list[str] = []
        self.dialogs: list[str] = []
        self.page.on("console", lambda message: self.note(message.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.on("dialog", self.hear)
        self.page.set_default_timeout(8_000)
        self.page.goto(file.as_uri() + fragment)
        self.wait_ready(ready, wait_ms)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.context.close()

    def wait_ready(self, ready: str = "body.lu-ready", wait_ms: int = 20_000) -> None:
        """Wait until the page stands; where it does not, tell what it complained about."""
        try:
            self.page.wait_for_selector(ready, timeout=wait_ms)
        except Exception as error:
            message = f"the page does not stand; it said {self.complaints}"
            raise AssertionError(message) from error

    def note(self, complaint: str) -> None:
        # That one is about `pixel` below, not about the page.
        if "willReadFrequently" not in complaint:
            self.complaints.append(complaint)

    def hear(self, dialog: Any) -> None:  # noqa: ANN401 - playwright's Dialog
        self.dialogs.append(dialog.message)
        dialog.dismiss()

    @property
    def outside(self) -> list[str]:
        """Return the addresses asked for that are not files or parts of the page itself."""
        return [url for url in self.requests if not url.startswith(("file:", "data:"))]

    def run(self, script: str, arg: Any = None) -> Any:  # noqa: ANN401 - whatever the page answers
        """Run a script whose `page` is the page's own object and `arg` what is handed in."""
        return self.page.evaluate(f"(arg) => window.landuse.then((page) => {{ {script} }})", arg)

    def screen(self, lon: float, lat: float) -> tuple[float, float]:
        """Return where on the screen a place of the map is, in pixels."""
        x, y = self.run(
            "const at = page.map.latLngToContainerPoint([arg[1], arg[0]]);"
            "const box = page.map.getContainer().getBoundingClientRect();"
            "return [at.x + box.x, at.y + box.y];",
            [lon, lat],
        )
        return float(x), float(y)

    def click_at(self, lon: float, lat: float) -> None:
        """Click on a place of the map in view and wait for the answer."""
        before = self.run("return page.chosen && page.chosen.lon;")
        self.page.mouse.click(*self.screen(lon, lat))
        self.page.wait_for_function(
            "(old) => window.landuse.then((page) => page.chosen && page.chosen.lon !== old)",
            arg=before,
        )
        self.page.wait_for_selector("#lu-tab-place section.spot")

    def click(self, row: float, col: float) -> None:
        """Click on the centre of a cell of the toy town and wait for the answer."""
        self.click_at(*toy.lonlat(row, col))

    def text(self, selector: str) -> str:
        return self.page.locator(selector).inner_text()

    def pixel(self, row: float, col: float) -> list[int]:
        """Return the colour drawn at the centre of a cell of the toy town."""
        lon, lat = toy.lonlat(row, col)
        return list(
            self.run(
                f"const at = page.map.latLngToLayerPoint([{lat}, {lon}]);"
                "const canvas = document.querySelector('canvas.lu-canvas');"
                "const min = L.DomUtil.getPosition(canvas);"
                "const ratio = canvas.width / canvas.clientWidth;"
                "const x = Math.round((at.x - min.x) * ratio);"
                "const y = Math.round((at.y - min.y) * ratio);"
                "return [...canvas.getContext('2d').getImageData(x, y, 1, 1).data].slice(0, 3);"
            )
        )

    def width(self) -> int:
        """Return how wide the page's content is; wider than the screen, it scrolls sideways."""
        return int(self.page.evaluate("document.documentElement.scrollWidth"))

    def shot(self, name: str) -> Path:
        """Keep what the page looks like now."""
        path = Path(os.environ.get("LANDUSE_SHOTS") or SHOTS) / f"{name}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=path)
        return path


def rgb(colour: str) -> list[int]:
    """Return red, green and blue of a `#RRGGBB`."""
    return [int(colour[place : place + 2], 16) for place in (1, 3, 5)]
