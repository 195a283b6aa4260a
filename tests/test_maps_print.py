"""The sheet for paper: true to scale, its text embedded, every part shown as large as may be."""

from __future__ import annotations

import re
import zlib
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING

import geopandas as gpd
import maptoy
import matplotlib as mpl
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from landuse import maps
from landuse.errors import InputError
from landuse.maps.furniture import bar_length_m
from landuse.maps.labels import town_names
from landuse.maps.layout import AIR_MM, LEAST_GAIN, PAPERS_MM, Sheet, arrange, scale_for
from landuse.maps.lettering import drawable, lines, width_mm
from landuse.maps.parts import groups_of
from landuse.maps.print import prints
from landuse.schema import Grade, Origin

if TYPE_CHECKING:
    from landuse.maps.data import MapData

PT_PER_MM = 72 / 25.4
CRS = "EPSG:6681"


@pytest.fixture(scope="module")
def data() -> MapData:
    return maptoy.map_data()


@pytest.fixture(scope="module")
def sheet(data: MapData) -> bytes:
    return maps.zones_pdf(data)


FEW = settings(max_examples=25, deadline=None)
"""Each example lays out whole sheets."""


@cache
def cached_toy() -> MapData:
    return maptoy.map_data()


def city_of(*boxes: tuple[float, float, float, float]) -> MapData:
    """Return the toy town with a boundary of rectangles, given in kilometres, all forest."""
    shapes = [shapely.box(1e3 * w, 1e3 * s, 1e3 * e, 1e3 * n) for w, s, e, n in boxes]
    toy = cached_toy()
    one = toy.faces[toy.faces["zone"] == "forest"].iloc[:1]
    faces = gpd.GeoDataFrame(one.drop(columns="geometry"), geometry=[shapely.union_all(shapes)])
    boundary = gpd.GeoDataFrame(geometry=[shapely.MultiPolygon(shapes)], crs=CRS)
    return replace(toy, boundary=boundary, faces=faces.set_crs(CRS), districts=boundary[:0])


def streams(pdf: bytes) -> str:
    """Return all drawing commands of a PDF."""
    found = re.findall(rb"stream\r?\n(.*?)\r?\nendstream", pdf, re.DOTALL)
    texts = []
    for stream in found:
        try:
            texts.append(zlib.decompress(stream).decode("latin-1"))
        except zlib.error:
            continue
    return "\n".join(texts)


def quarters_pt(pdf: bytes) -> set[float]:
    """Return the widths of all rectangles, as the scale bar is made of, in points."""
    pattern = r"(\S+) (\S+) m\n(\S+) \2 l\n\3 (\S+) l\n\1 \4 l\nh"
    found = re.findall(pattern, streams(pdf))
    return {round(float(right) - float(left), 2) for left, _, right, _ in found}


# The sheet


def test_equal_inputs_give_equal_sheets(data: MapData, sheet: bytes) -> None:
    assert sheet == maps.zones_pdf(data)
    assert maps.zones_png(data, dpi=40) == maps.zones_png(data, dpi=40)


@pytest.mark.parametrize("paper", PAPERS_MM)
def test_a_sheet_has_the_size_of_its_paper(data: MapData, paper: str) -> None:
    found = prints(data, paper=paper, dpi=50)
    box = re.search(rb"/MediaBox \[ 0 0 (\S+) (\S+) \]", found.pdf)
    assert box is not None
    sides = sorted(float(side) / PT_PER_MM for side in box.groups())
    assert sides == pytest.approx(PAPERS_MM[paper], abs=0.05)
    assert found.png[:8] == b"\x89PNG\r\n\x1a\n"
    pixels = sorted((int.from_bytes(found.png[16:20]), int.from_bytes(found.png[20:24])))
    assert pixels == pytest.approx([side * 50 / 25.4 for side in PAPERS_MM[paper]], abs=1)


@pytest.mark.parametrize("paper", PAPERS_MM)
def test_a_kilometre_on_paper_is_what_the_scale_says(data: MapData, paper: str) -> None:
    made = arrange(data, paper=paper)
    drawn = quarters_pt(maps.zones_pdf(data, paper=paper))
    for frame in made.frames:
        mm = bar_length_m(frame) / 4 / frame.scale * 1000
        assert any(abs(width / PT_PER_MM - mm) < 0.02 for width in drawn), (frame, drawn)


def test_the_pdf_embeds_its_japanese_as_truetype_and_no_date(sheet: bytes) -> None:
    assert sheet.startswith(b"%PDF")
    assert b"IPAexGothic" in sheet
    assert b"/CIDFontType2" in sheet
    assert b"/Type3" not in sheet
    assert b"CreationDate" not in sheet


def test_an_unknown_paper_is_refused_before_anything_is_drawn(data: MapData) -> None:
    with pytest.raises(InputError, match="'B5' is unknown — use A4 or A3"):
        maps.zones_pdf(data, paper="B5")


def test_drawing_leaves_matplotlib_s_settings_alone(data: MapData) -> None:
    before = dict(mpl.rcParams)
    maps.zones_png(data, dpi=30)
    assert dict(mpl.rcParams) == before


def test_texts_are_never_read_as_formulas_and_lacking_signs_are_told() -> None:
    odd = maptoy.map_data(lambda text: f"{text} $\\frac{{1}}$ 🐉 مرحبا\x00\n")
    assert maps.zones_pdf(odd, paper="A4")


def test_a_hundred_sources_do_not_run_off_the_sheet(data: MapData) -> None:
    origin = Origin(source="とても長い出典の名前" * 12, vintage="2020", grade=Grade.OFFICIAL)
    many = {
        f"layer{place}": replace(origin, source=f"{origin.source}{place}") for place in range(99)
    }
    drawn = streams(maps.zones_pdf(replace(data, origins=many), paper="A4"))
    lowest = min(float(y) for y in re.findall(r"1 0 -?0 1 \S+ (\S+) cm\nBT", drawn))
    assert lowest >= 9 * PT_PER_MM


def test_a_coast_of_many_bends_makes_no_large_file() -> None:
    toy = cached_toy()
    bends = np.linspace(0, 2 * np.pi, 60_000, endpoint=False)
    far = 9000 + 3 * np.sin(977 * bends)
    coast = shapely.Polygon(np.column_stack([far * np.cos(bends), far * np.sin(bends)]))
    boundary = gpd.GeoDataFrame(geometry=[coast], crs=CRS)
    faces = toy.faces.iloc[:1].set_geometry(boundary.geometry.to_numpy(), crs=CRS)
    made = replace(toy, boundary=boundary, faces=faces, districts=toy.districts[:0], land=boundary)
    assert len(maps.zones_pdf(made)) < 1_500_000


def test_fifty_thousand_facilities_are_drawn_and_few_are_named() -> None:
    toy = cached_toy()
    west, south, east, north = toy.boundary.total_bounds
    side = np.linspace(0.01, 0.99, 225)
    x, y = np.meshgrid(west + side * (east - west), south + side * (north - south))
    rows = toy.facilities.iloc[np.zeros(x.size, int)]
    many = rows.assign(facility_id=np.arange(x.size).astype(str), service="airport")
    many = many.set_geometry(shapely.points(x.ravel(), y.ravel()), crs=toy.boundary.crs)
    assert len(maps.zones_pdf(replace(toy, facilities=many), paper="A4")) < 1_500_000


# The layout


def inside(sheet: Sheet) -> bool:
    wide, high = sheet.size_mm
    boxes = [*(frame.box for frame in sheet.frames), sheet.title, sheet.legend, sheet.notes]
    return all(
        box.x_mm >= 0 and box.y_mm >= 0 and box.right_mm <= wide and box.top_mm <= high
        for box in boxes
    )


def apart(sheet: Sheet) -> bool:
    boxes = [*(frame.box for frame in sheet.frames), sheet.title, sheet.legend, sheet.notes]
    shapes = [shapely.box(b.x_mm, b.y_mm, b.right_mm, b.top_mm) for b in boxes]
    total = sum(shape.area for shape in shapes)
    return bool(abs(shapely.union_all(shapes).area - total) < 1e-6 * total)


@pytest.mark.parametrize(
    ("wide", "high", "lies"), [(60, 15, True), (10, 30, True), (32, 28, False)]
)
def test_a_sheet_lies_or_stands_as_the_city_becomes_largest(
    wide: float, high: float, *, lies: bool
) -> None:
    made = arrange(city_of((0, 0, wide, high)), paper="A3")
    assert (made.size_mm[0] > made.size_mm[1]) == lies
    assert shapely.box(*made.main.bounds_m).contains(shapely.box(0, 0, 1e3 * wide, 1e3 * high))


def test_a_city_in_one_piece_has_one_frame() -> None:
    assert len(arrange(city_of((0, 0, 20, 20))).frames) == 1


def test_a_far_part_gets_a_frame_and_the_rest_becomes_larger() -> None:
    main, far = (0, 0, 20, 20), (70, 70, 75, 76)
    made = arrange(city_of(main, far))
    assert len(made.apart) == 1
    assert shapely.box(*made.apart[0].bounds_m).contains(shapely.box(70e3, 70e3, 75e3, 76e3))
    assert shapely.box(*made.main.bounds_m).contains(shapely.box(0, 0, 20e3, 20e3))
    together = scale_for((0, 0, 75e3, 76e3), made.main.box.wide_mm, made.main.box.high_mm)
    assert together >= LEAST_GAIN * made.main.scale


def test_a_near_part_and_a_rock_in_the_sea_get_no_frame() -> None:
    assert not arrange(city_of((0, 0, 20, 20), (20.5, 0, 22, 2))).apart
    assert not arrange(city_of((0, 0, 20, 20), (70, 70, 70.1, 70.1))).apart


def test_many_far_parts_share_three_frames() -> None:
    far = [(100.0 * place, 80, 100.0 * place + 4, 84) for place in range(1, 6)]
    made = arrange(city_of((0, 0, 20, 20), *far))
    assert len(made.apart) == 3
    views = [shapely.box(*frame.bounds_m) for frame in made.apart]
    for west, south, east, north in far:
        part = shapely.box(1e3 * west, 1e3 * south, 1e3 * east, 1e3 * north)
        assert any(view.contains(part) for view in views)


@FEW
@given(
    wide=st.floats(0.5, 200), high=st.floats(0.5, 200), gap=st.floats(0, 300),
    paper=st.sampled_from(sorted(PAPERS_MM)),
)  # fmt: skip
def test_nothing_on_a_sheet_lies_over_anything_else(
    wide: float, high: float, gap: float, paper: str
) -> None:
    made = arrange(city_of((0, 0, wide, high), (wide + gap, 0, wide + gap + 1, 1)), paper=paper)
    assert inside(made)
    assert apart(made)


@given(metres=st.floats(10, 1e6), mm=st.floats(20, 400))
def test_a_scale_shows_all_and_is_at_most_a_quarter_too_small(metres: float, mm: float) -> None:
    scale = scale_for((0, 0, metres, 1), mm, mm)
    needed = metres / (mm - 2 * AIR_MM) * 1000
    assert needed <= scale * 1.001 + 1
    assert scale <= 1.34 * needed + 1


def test_parts_are_grouped_by_how_far_they_lie() -> None:
    made = city_of((0, 0, 20, 20), (21, 0, 22, 1), (60, 0, 65, 5), (65.5, 0, 66, 1)).boundary
    assert np.allclose(groups_of(made), [(0, 0, 22e3, 20e3), (60e3, 0, 66e3, 5e3)])


# Lettering


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("あいうえお", ["あいう", "えお"]),
        ("", [""]),
        ("abc def", ["abc", "def"]),
        ("averylongword", ["averyl", "ongwo", "rd"]),
        ("あいう。え", ["あい", "う。え"]),
        ("あい「うえ", ["あい", "「うえ"]),
    ],
)
def test_lines_break_between_words_and_where_japanese_may(text: str, found: list[str]) -> None:
    three = 3.2 * 10 * 25.4 / 72
    assert lines(text, three, 10) == found


@given(st.text(max_size=60), st.floats(8, 60))
def test_no_line_is_wider_than_its_place_and_no_sign_is_lost(text: str, wide: float) -> None:
    found = lines(text, wide, 6)
    carried = 6 * 25.4 / 72  # a closing mark may hang over by itself
    assert all(width_mm(line, 6) <= wide + carried for line in found)
    assert re.sub(r"\s", "", "".join(found)) == re.sub(r"\s", "", drawable(text))


def test_a_japanese_sign_is_one_em_wide() -> None:
    assert width_mm("釧", 72) == pytest.approx(25.4)


def test_town_names_lose_their_chome_and_the_largest_comes_first(data: MapData) -> None:
    found = town_names(data)
    assert found.index[0] == "本町"
    assert found["people"].is_monotonic_decreasing
    assert found["people"].sum() <= data.cells["population"].sum()
