"""What axe finds on the pages: nothing serious or critical, in any language, on any screen."""

from __future__ import annotations

from importlib import resources
from typing import TYPE_CHECKING, Any

import maptoy
import pytest
from pagekit import BUILDERS, SIZES, Visit

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Browser

pytestmark = pytest.mark.browser

LANGUAGES = ("ja", "easy", "en")
TABS = {
    "public": ("map", "place", "tables", "sources"),
    "staff": ("map", "place", "tables", "work", "sources"),
}

# Of what scrolls within the panel axe leaves out whatever is out of sight, so the panel is
# laid out at full length; and every group of layers is open.
UNFOLD = """
document.body.style.display = "block";
document.body.style.height = "auto";
document.getElementById("lu-body").style.overflow = "visible";
page.map.getContainer().style.height = "240px";
for (const group of document.querySelectorAll("details")) group.open = true;
"""
ALL_TABS = 'for (const tab of document.querySelectorAll("[role=tabpanel]")) tab.hidden = false;'
LOOK = """(contrast) => axe
  .run({
    resultTypes: ["violations"],
    rules: { "target-size": { enabled: true }, "color-contrast": { enabled: contrast } },
  })
  .then((found) => found.violations
    .filter((one) => ["serious", "critical"].includes(one.impact))
    .flatMap((one) => one.nodes
      .map((node) => `${one.id} ${node.target} ${node.html.slice(0, 120)}`)))
"""


@pytest.fixture(scope="module")
def axe() -> str:
    package = "axe_playwright_python"
    pytest.importorskip(package, reason=f"{package}, which carries axe, is not installed")
    return (resources.files(package) / "axe.min.js").read_text("utf-8")


@pytest.fixture(scope="module", params=["public", "staff"])
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def file(kind: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("axe") / f"{kind}.html"
    path.write_text(BUILDERS[kind](maptoy.map_data()), encoding="utf-8")
    return path


def look(visit: Visit, *, contrast: bool = True) -> list[str]:
    found: Any = visit.page.evaluate(LOOK, contrast)
    return [str(one) for one in found]


@pytest.mark.parametrize("size", SIZES)
def test_nothing_serious_in_any_language(browser: Browser, file: Path, axe: str, size: str) -> None:
    with Visit(browser, file, SIZES[size]) as visit:
        visit.click(1, 3)
        visit.page.evaluate(axe)
        visit.run(UNFOLD + ALL_TABS)
        found = {}
        for language in LANGUAGES:
            visit.run("page.setLanguage(arg);", language)
            # The dearest rule by far; colours are the same on every screen.
            found[language] = look(visit, contrast=size == "desktop")
    assert found == {language: [] for language in LANGUAGES}


def test_nothing_serious_with_each_tab_open(
    browser: Browser, file: Path, axe: str, kind: str
) -> None:
    with Visit(browser, file) as visit:
        visit.click(1, 3)
        visit.page.evaluate(axe)
        found = {}
        for tab in TABS[kind]:
            visit.page.click(f"#lu-to-{tab}")
            found[tab] = look(visit)
    assert found == {tab: [] for tab in TABS[kind]}


def test_a_dialog_has_nothing_serious_and_axe_sees_what_is_planted(
    browser: Browser, file: Path, axe: str
) -> None:
    with Visit(browser, file) as visit:
        visit.page.evaluate(axe)
        visit.run("Landuse.panel.dialog('題', [Landuse.panel.el('p', {}, '本文')]);")
        assert look(visit) == []
        visit.page.keyboard.press("Escape")
        visit.run(
            "const pale = document.createElement('p'); pale.textContent = '見えにくい文';"
            "pale.style.color = '#CCCCCC'; document.getElementById('lu-tab-map').prepend(pale);"
            "document.getElementById('lu-tools').append(document.createElement('button'));"
        )
        rules = {one.split(" ")[0] for one in look(visit)}
    assert {"color-contrast", "button-name"} <= rules
