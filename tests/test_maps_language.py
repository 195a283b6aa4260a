"""The page in Japanese, easy Japanese and English, by keyboard, by touch and in large type."""

from __future__ import annotations

import re
from itertools import combinations
from typing import TYPE_CHECKING, Any

import maptoy
import pytest
from pagekit import BUILDERS, SIZES, Visit

from landuse.config import preset
from landuse.maps.bundle import environment
from landuse.maps.palette import PATTERNS, ink_on, read_palette
from landuse.maps.vision import contrast
from landuse.maps.words import asset, read_words
from landuse.schema import CLAIMS, claim_bit
from landuse.scheme import read_overlaps, read_scheme
from landuse.services import read_services
from landuse.zoning import explain

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser

READING = re.compile(r"\[([^][|]+)\|([^][|]+)\]")
KANJI = re.compile(r"[一-龯々]")
CITIZENS_MEET = (
    "page",
    "tab",
    "legend",
    "grade",
    "place",
    "kind",
    "mode",
    "reason",
    "table",
    "sources",
    "map",
    "language",
    "dialog",
    "shell",
    "patches",
    "find",
    "gaps",
    "refuge",
    "near",
    "inview",
    "paint",
    "share",
    "sheet",
    "own",
)
"""Sections of words that stand on the public page."""

POLITE = ("です", "ます", "ました", "ません", "ませんでした", "でした", "ください")
TWICE_DENIED = ("なくはない", "ないわけでは", "ないことはない", "ざるを得")


def easy_texts() -> dict[str, str]:
    """Return every easy text that ships, by where it stands."""
    scheme = read_scheme()
    services = read_services(preset("services.toml"))
    labels = {
        **read_words(),
        **{f"zone {zone.key}": zone.label for zone in scheme.zones},
        **{f"meaning {zone.key}": zone.meaning for zone in scheme.zones},
        **{f"rule {rule.key}": rule.text for rule in scheme.rules},
        **{f"claim {claim}": label for claim, label in scheme.claim_labels.items()},
        **{f"service {service.key}": service.label for service in services},
        **{f"note {service.key}": service.note for service in services},
    }
    return {where: label.easy for where, label in labels.items() if label.easy}


def aloud(text: str) -> str:
    return READING.sub(r"\2", text)


# ---- the texts ----


def test_whatever_a_citizen_meets_is_there_in_easy_japanese() -> None:
    words = read_words()
    lacking = [
        key
        for key, label in words.items()
        if key.split(".")[0] in CITIZENS_MEET and label.ja and not label.easy
    ]
    assert lacking == []


def test_zones_rules_claims_and_services_have_easy_names() -> None:
    scheme = read_scheme()
    services = read_services(preset("services.toml"))
    assert all(zone.label.easy and zone.meaning.easy for zone in scheme.zones)
    assert all(rule.text.easy for rule in scheme.rules)
    assert all(scheme.claim_labels[claim].easy for claim in CLAIMS)
    assert all(service.label.easy and service.note.easy for service in services)


def test_every_kanji_of_an_easy_text_has_its_reading() -> None:
    # Of 分 the reading hangs on the number before it, which the page fills in.
    bare = {
        where: text
        for where, text in easy_texts().items()
        if KANJI.search(READING.sub("", text).replace("分", ""))
    }
    assert bare == {}


def test_easy_texts_are_written_without_gaps_between_words() -> None:
    japanese = r"[ぁ-んァ-ヶー一-龯\[\]、。「」（）]"
    gaps = re.compile(rf"(?<={japanese}) (?={japanese})")
    assert {where: text for where, text in easy_texts().items() if gaps.search(text)} == {}


def test_readings_are_hiragana() -> None:
    readings = {found[1] for text in easy_texts().values() for found in READING.findall(text)}
    assert [one for one in readings if not re.fullmatch(r"[ぁ-んー]+", one)] == []


def test_easy_sentences_are_short_polite_and_denied_once_at_most() -> None:
    for where, text in easy_texts().items():
        outside_brackets = re.sub(r"（[^）]*）", "", aloud(text))
        sentences = outside_brackets.split("。")[:-1] if where != "sources.software" else []
        for sentence in sentences:
            assert len(sentence) <= 62, (where, sentence)
            assert sentence.rstrip("」").endswith(POLITE), (where, sentence)
        assert not any(form in aloud(text) for form in TWICE_DENIED), where


def test_easy_texts_take_the_same_values_as_the_japanese_ones() -> None:
    named = re.compile(r"\{\w+\}")
    for key, label in read_words().items():
        if label.easy:
            assert set(named.findall(label.easy)) <= set(named.findall(label.ja)), key


@pytest.mark.parametrize(
    ("claims", "parts"),
    [
        (("farm_core",), ("農業をする地域", "法律で決めた")),
        (("cover_forest",), ("木が多い", "今の様子")),
        ((), ("決めるものがありません", "残りの土地")),
    ],
)
def test_the_easy_reason_follows_the_decision(
    claims: tuple[str, ...], parts: tuple[str, ...]
) -> None:
    mask = sum(claim_bit(claim) for claim in claims)
    told = explain(mask, read_overlaps(), read_scheme()).sentence("easy")
    assert all(part in READING.sub(r"\1", told) for part in parts), told


def test_readings_in_the_template_stay_text() -> None:
    template = environment().from_string("{{ text | read }}")
    assert str(template.render(text="[地図|ちず]です")) == (
        "<ruby>地図<rp>（</rp><rt>ちず</rt><rp>）</rp></ruby>です"
    )
    hostile = template.render(text="[<img src=x>|<b>]<script>")
    assert "<img" not in hostile
    assert "<script" not in hostile


# ---- the page ----


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("language") / "public.html"
    path.write_text(BUILDERS["public"](maptoy.map_data()), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def opened(browser: Browser, file: Path) -> Iterator[Visit]:
    """Return one page for all tests that leave nothing behind."""
    with Visit(browser, file) as visit:
        yield visit
        assert visit.complaints == []


@pytest.fixture
def visit(opened: Visit) -> Visit:
    opened.run("page.setLanguage('ja'); page.setPatterns(false); page.showTab('map');")
    return opened


def choose(visit: Visit, language: str) -> None:
    visit.page.click(f'#lu-tools button[data-language="{language}"]')


SEEN = """
const seen = [];
const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
while (walk.nextNode()) {
  const node = walk.currentNode;
  if (node.parentElement.checkVisibility() && node.data.trim()) seen.push(node.data.trim());
}
return seen;
"""


@pytest.mark.browser
def test_the_switch_changes_title_language_and_words(visit: Visit) -> None:
    wanted = {
        "ja": ("ja", "玩具町 土地利用とくらしの地図", "この場所"),
        "easy": ("ja", "玩具町の土地と生活の地図", "この場所"),
        "en": ("en", "Land use and everyday reach, Toy Town", "This place"),
    }
    for language, (lang, title, tab) in wanted.items():
        choose(visit, language)
        assert visit.page.evaluate("document.documentElement.lang") == lang
        assert title in visit.page.title()
        assert tab in READING.sub(r"\1", visit.page.locator("#lu-to-place").inner_text()) or (
            language == "easy"
        )
        pressed = visit.page.locator('#lu-tools [aria-pressed="true"]')
        assert pressed.get_attribute("data-language") == language


@pytest.mark.browser
def test_in_japanese_english_stands_beside_it(visit: Visit) -> None:
    assert visit.text("#lu-to-tables").split() == ["表", "Tables"]


@pytest.mark.browser
def test_easy_japanese_stands_alone_with_readings(visit: Visit) -> None:
    choose(visit, "easy")
    tab = visit.page.locator("#lu-to-map")
    assert tab.locator("ruby rt").all_inner_texts() == ["ちず"]
    assert "Map" not in tab.inner_text()


@pytest.mark.browser
def test_in_english_nothing_that_has_english_is_left_in_japanese(visit: Visit) -> None:
    visit.click(1, 3)
    visit.run("page.setLanguage('en');")
    visit.run("for (const group of document.querySelectorAll('details')) group.open = true;")
    japanese = {label.ja for label in read_words().values() if label.en and KANJI.search(label.ja)}
    names = {"日本語", "やさしい日本語"}
    for tab in ("map", "place", "tables", "sources"):
        visit.run("page.showTab(arg);", tab)
        left = set(visit.run(SEEN)) & (japanese - names)
        assert left == set(), tab


@pytest.mark.browser
def test_places_keep_their_japanese_names_in_english(visit: Visit) -> None:
    visit.click(1, 3)
    choose(visit, "en")
    assert "本町一丁目" in visit.text("#lu-tab-place h2")


@pytest.mark.browser
def test_labels_that_only_machines_read_follow(visit: Visit) -> None:
    labels = {
        "placeholder": "#lu-query",
        "aria-label": "#map_landuse",
        "title": ".leaflet-control-zoom-in",
    }
    for attribute, place in labels.items():
        texts = {}
        for language in ("ja", "easy", "en"):
            choose(visit, language)
            texts[language] = visit.page.get_attribute(place, attribute) or ""
        assert KANJI.search(texts["ja"]), attribute
        assert not KANJI.search(texts["en"]), texts["en"]
        assert "|" not in texts["easy"], texts["easy"]
        assert len(set(texts.values())) == 3, texts


@pytest.mark.browser
def test_options_follow(visit: Visit) -> None:
    visit.run("page.showTab('tables');")
    option = visit.page.locator("#lu-tables select option").first
    before = option.inner_text()
    choose(visit, "en")
    assert "全年齢" in before
    assert option.inner_text() == "everyone"


@pytest.mark.browser
def test_other_modules_hear_of_the_change(visit: Visit) -> None:
    heard = visit.run(
        "let heard = ''; document.addEventListener('lu-language', () => { heard = page.language; },"
        " { once: true }); page.setLanguage('en'); return heard;"
    )
    assert heard == "en"
    assert visit.run("page.setLanguage('xx'); return page.language;") == "ja"


@pytest.mark.browser
def test_an_answer_is_said_in_one_line_in_one_language(visit: Visit) -> None:
    said = {}
    for language in ("ja", "en"):
        choose(visit, language)
        visit.click(1, 2)
        said[language] = visit.page.locator("#lu-said").text_content() or ""
        visit.click(0, 1)
    assert "農業地域 公式" in said["ja"]
    assert "Agricultural" not in said["ja"]
    assert "Agricultural official" in said["en"]
    assert "農業地域" not in said["en"]


# ---- keyboard ----


@pytest.mark.browser
def test_tabs_go_by_arrows_home_and_end(visit: Visit) -> None:
    visit.page.focus("#lu-to-map")
    for key, tab in (
        ("ArrowRight", "place"),
        ("End", "sources"),
        ("ArrowRight", "map"),
        ("ArrowLeft", "sources"),
        ("Home", "map"),
    ):
        visit.page.keyboard.press(key)
        assert visit.page.evaluate("document.activeElement.dataset.tab") == tab
        assert visit.page.is_visible(f"#lu-tab-{tab}")


@pytest.mark.browser
def test_the_first_key_offers_to_skip_to_the_map(visit: Visit) -> None:
    assert visit.page.evaluate("document.querySelector('a, button, input').className") == "skip"
    visit.page.focus(".skip")
    assert visit.page.locator(".skip").bounding_box()["x"] >= 0  # type: ignore[index]
    visit.page.keyboard.press("Enter")
    visit.page.keyboard.press("Enter")
    visit.page.wait_for_selector("#lu-tab-place section.spot")
    assert visit.page.evaluate("document.activeElement.id") == "map_landuse"


@pytest.mark.browser
def test_all_that_can_be_used_is_reached_by_tab_and_seen_to_be(visit: Visit) -> None:
    visit.run("for (const group of document.querySelectorAll('details')) group.open = true;")
    for tab in ("map", "place", "tables", "sources"):
        visit.run("page.showTab(arg); document.body.classList.add('lu-keys');", tab)
        wanted = visit.page.evaluate(
            "[...document.querySelectorAll('a[href], button, input, select, summary')]"
            ".filter((node) => node.checkVisibility() && node.tabIndex >= 0"
            " && !(node.type === 'radio' && !node.checked))"
            ".map((node, place) => { node.dataset.place = place; return place; })"
        )
        visit.page.evaluate(
            "document.activeElement.blur(); window.getSelection().removeAllRanges();"
        )
        visit.page.focus(".skip")
        reached, unseen = set(), []
        for _ in range(2 * len(wanted)):
            place, seen = visit.page.evaluate(
                "(() => { const node = document.activeElement;"
                " const style = getComputedStyle(node);"
                " return [node.dataset.place ?? '',"
                " parseFloat(style.outlineWidth) >= 2 && style.outlineStyle !== 'none']; })()"
            )
            if place != "":
                reached.add(int(place))
                if not seen:
                    unseen.append(place)
            visit.page.keyboard.press("Tab")
        assert set(wanted) <= reached, tab
        assert unseen == [], tab


@pytest.mark.browser
def test_escape_on_the_map_forgets_the_place(visit: Visit) -> None:
    visit.click(1, 1)
    visit.page.focus("#map_landuse")
    visit.page.keyboard.press("Escape")
    assert visit.run("return page.chosen;") is None
    assert visit.page.is_visible("#lu-tab-map")


@pytest.mark.browser
def test_every_patch_of_land_can_be_asked_about_from_a_list(visit: Visit) -> None:
    visit.run("page.showTab('tables');")
    group = visit.page.locator("details", has=visit.page.locator(".patches"))
    if group.get_attribute("open") is None:
        group.locator("summary").press("Enter")
    asked = set()
    options = group.locator("select option")
    for place in range(options.count()):
        visit.run("page.showTab('tables');")
        group.locator("select").select_option(index=place)
        rows = group.locator("tbody button").count()
        for row in range(rows):
            visit.run("page.showTab('tables');")
            group.locator("tbody button").nth(row).press("Enter")
            visit.page.wait_for_selector("#lu-tab-place section.spot")
            asked.add(visit.run("return page.chosen.face;"))
            assert visit.page.evaluate("document.activeElement.id") == "lu-tab-place"
    assert asked == set(range(visit.run("return page.faces.features.length;")))


@pytest.mark.browser
def test_a_dialog_holds_the_focus_and_gives_it_back(visit: Visit) -> None:
    visit.page.focus("#lu-to-map")
    visit.run("Landuse.panel.dialog('題', [Landuse.panel.el('button', {}, '一')]);")
    within = []
    for _ in range(4):
        visit.page.keyboard.press("Tab")
        within.append(
            visit.page.evaluate(
                "document.activeElement === document.body"
                " || !!document.activeElement.closest('dialog')"
            )
        )
    assert all(within)
    visit.page.keyboard.press("Escape")
    visit.page.wait_for_selector("dialog", state="detached")
    assert visit.page.evaluate("document.activeElement.id") == "lu-to-map"


# ---- patterns ----


@pytest.mark.browser
def test_patterns_tell_each_two_zones_apart_without_colour(visit: Visit) -> None:
    visit.run("page.setPatterns(true);")
    tiles = visit.run(
        "return page.data.zones.map((zone) => {"
        " const tile = Landuse.patterns.tile(zone.pattern, '#000000', 1);"
        " const side = tile.width;"
        " return [...tile.getContext('2d').getImageData(0, 0, side, side).data]"
        "   .filter((_, i) => i % 4 === 3); });"
    )
    for one, other in combinations(tiles, 2):
        differ = sum(abs(a - b) > 100 for a, b in zip(one, other, strict=True))
        assert differ >= 10  # of 144 pixels


@pytest.mark.browser
def test_patterns_are_drawn_on_the_map_and_in_its_key(visit: Visit) -> None:
    count = (
        "const canvas = document.querySelector('canvas.lu-canvas');"
        "const data = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;"
        "const seen = new Set(); for (let i = 0; i < data.length; i += 4)"
        " seen.add((data[i] << 16) + (data[i + 1] << 8) + data[i + 2]); return seen.size;"
    )
    image = "return getComputedStyle(document.querySelector('.legend .swatch')).backgroundImage;"
    plain = visit.run(count), visit.run(image)
    visit.page.locator("#lu-layers label.row", has_text="模様").locator("input").check()
    drawn = visit.run(count), visit.run(image)
    assert plain[1] == "none"
    assert drawn[1] != "none"
    assert drawn[0] > plain[0]


def test_every_pattern_is_drawn_by_the_page_and_stands_out_on_its_zone() -> None:
    script = asset("js/patterns.js").read_text("utf-8")
    sheet = asset("css/patterns.css").read_text("utf-8")
    for name in PATTERNS:
        assert f"{name}: (ctx)" in script
        assert f".pattern-{name} " in sheet
    for colour in read_palette().zones.values():
        assert contrast(ink_on(colour), colour) >= 3


def test_zones_without_a_pattern_of_their_own_get_one_that_is_free() -> None:
    patterns = read_palette().patterns_of_zones(["urban", "harbour", "moor"])
    assert len(set(patterns.values())) == 3


# ---- other screens ----


@pytest.mark.browser
def test_who_asks_for_system_colours_or_calm_gets_them(browser: Browser, file: Path) -> None:
    asked: dict[str, Any] = {"forced_colors": "active", "reduced_motion": "reduce"}
    with Visit(browser, file, **asked) as visit:
        assert visit.run("return page.state.patterns;") is True
        moved = visit.run(
            "page.map.setZoom(page.map.getZoom() + 1, { animate: false });"
            "const before = page.map.getCenter().lng; page.map.panBy([40, 0]);"
            "return page.map.getCenter().lng !== before && !page.map._panAnim?._inProgress;"
        )
    assert moved


@pytest.mark.browser
def test_at_four_hundred_per_cent_all_is_in_one_column(browser: Browser, file: Path) -> None:
    # 1280 by 800 at 400 % is a screen of 320 by 200.
    with Visit(browser, file, (320, 200)) as visit:
        assert visit.width() <= 320
        box = visit.page.locator("#map_landuse").bounding_box()
        assert box is not None
        assert box["height"] >= 120
        assert box["y"] < visit.page.locator(".lu-bar").bounding_box()["y"]  # type: ignore[index]
        visit.page.locator("#lu-to-sources").click()
        last = visit.page.locator("#lu-tab-sources p").last
        last.scroll_into_view_if_needed()
        assert last.is_visible()


@pytest.mark.browser
def test_on_phones_one_button_opens_the_further_tools(browser: Browser, file: Path) -> None:
    with Visit(browser, file, SIZES["phone"]) as visit:
        visit.run("page.tools.append(Landuse.panel.el('button', { id: 'more' }, '一'));")
        assert not visit.page.is_visible("#more")
        visit.page.click(".lu-more")
        assert visit.page.is_visible("#more")
        assert visit.page.get_attribute(".lu-more", "aria-expanded") == "true"


@pytest.mark.browser
def test_people_unknown_are_hatched_and_nobody_is_said(visit: Visit) -> None:
    visit.page.locator("#lu-layers input[value=people]").check()
    rows = visit.page.locator("#lu-layers .surface-key li")
    assert rows.first.inner_text().startswith("住んでいる人はいない")
    assert rows.last.inner_text().startswith("データなし")
    assert rows.last.locator(".swatch-hatch").count() == 1
    visit.page.locator("#lu-layers input[value=zones]").check()


@pytest.mark.browser
def test_every_table_of_figures_says_how_sure_they_are(visit: Visit) -> None:
    visit.run("page.showTab('tables');")
    for place in range(visit.page.locator("#lu-tables > .table-wrap, #lu-tables > div").count()):
        block = visit.page.locator("#lu-tables > .table-wrap, #lu-tables > div").nth(place)
        assert block.locator(".grade").count() > 0


@pytest.mark.browser
def test_licences_stand_in_full(visit: Visit) -> None:
    visit.run("page.showTab('sources');")
    listed = visit.text("#lu-tab-sources .source-list")
    for origin in maptoy.origins().values():
        assert origin.source in listed
        assert origin.licence in listed
        assert origin.url in listed
    if visit.page.get_attribute("#lu-tab-sources details", "open") is None:
        visit.page.click("#lu-tab-sources summary")
    assert "DISCLAIMED. IN NO EVENT" in visit.text("#lu-tab-sources").replace("\n", " ")


@pytest.mark.browser
def test_what_fingers_press_is_large_enough(browser: Browser, file: Path) -> None:
    with Visit(browser, file, SIZES["phone"]) as visit:
        for language in ("ja", "easy", "en"):
            visit.run("page.setLanguage(arg);", language)
            assert visit.width() <= SIZES["phone"][0]
            small = visit.page.evaluate(
                "[...document.querySelectorAll('.lu-tools button, #lu-tabs button, #lu-fold,"
                " #lu-layers summary, #lu-layers label.row, #lu-layers button.small, select,"
                " .lu-home, .leaflet-bar a')]"
                ".filter((node) => node.checkVisibility() && (node.offsetHeight < 44"
                " || node.offsetWidth < 40)).map((node) => node.outerHTML.slice(0, 90))"
            )
            assert small == [], language
            map_box = visit.page.locator("#map_landuse").bounding_box()
            assert map_box is not None
            assert map_box["height"] >= 200
