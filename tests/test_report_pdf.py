"""The report on sheets: everything the page says, nothing cut, nothing over the edge."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

import maptoy
import pytest

from landuse.maps.findings import Bullets, Cell, Picture, Table
from landuse.maps.pen import Pen
from landuse.maps.report import WIDE_MM, sections
from landuse.maps.report_sheets import FOOT_MM, LEFT_MM, SIZE_MM, TOP_MM, report_pdf
from landuse.maps.typeset import grid_of

if TYPE_CHECKING:
    from typing import Any

    from landuse.maps.data import MapData


@pytest.fixture(scope="module")
def data() -> MapData:
    return maptoy.map_data()


class Heard(list["tuple[float, float, str]"]):
    """What was written: x, y in millimetres, and the text."""


@pytest.fixture(scope="module")
def heard(data: MapData) -> Heard:
    """Return every text that the typesetter wrote itself (plots write their own)."""
    found, write = Heard(), Pen.write

    def listen(self: Pen, x_mm: float, y_mm: float, text: str, **style: Any) -> None:  # noqa: ANN401
        found.append((x_mm, y_mm, text))
        write(self, x_mm, y_mm, text, **style)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Pen, "write", listen)
        pdf = report_pdf(data)
    found.append((0.0, 0.0, pdf.decode("latin-1")))
    return found


@pytest.fixture(scope="module")
def pdf(heard: Heard) -> bytes:
    return heard[-1][2].encode("latin-1")


def plain(text: str) -> str:
    return re.sub(r"\s", "", text)


def test_sheets_are_a4_with_embedded_letters_and_no_date(pdf: bytes) -> None:
    boxes = {tuple(map(float, box)) for box in re.findall(rb"/MediaBox \[ 0 0 (\S+) (\S+) \]", pdf)}
    (size,) = boxes
    assert [side * 25.4 / 72 for side in size] == pytest.approx(SIZE_MM, abs=0.1)
    assert b"IPAexGothic" in pdf
    assert b"/Type3" not in pdf
    assert b"CreationDate" not in pdf
    assert len(pdf) < 1_500_000


def test_every_sentence_and_figure_of_the_page_is_on_paper(data: MapData, heard: Heard) -> None:
    written = plain("".join(text for _, _, text in heard[:-1]))
    for section in sections(data):
        assert plain(section.title.ja) in written
        for part in section.parts:
            if isinstance(part, Bullets):
                cells = [cell for item in part.items for cell in item]
            elif isinstance(part, Table):
                cells = [cell for _, rows in part.groups for row in rows for cell in row]
            else:
                assert isinstance(part, Picture)
                cells = [part.caption]
            assert all(plain(cell.ja) in written for cell in cells)


def test_nothing_is_written_beyond_the_text_but_in_the_margins(heard: Heard) -> None:
    for x_mm, y_mm, _ in heard[:-1]:
        assert LEFT_MM - 0.01 <= x_mm <= LEFT_MM + WIDE_MM + 0.01
        assert FOOT_MM - 0.01 <= y_mm <= TOP_MM or y_mm in (9.5, 284.5)


def test_each_sheet_is_numbered_and_proves_nothing(pdf: bytes, heard: Heard) -> None:
    count = len(re.findall(rb"/Type /Page\b", pdf))
    written = [text for _, y_mm, text in heard[:-1] if y_mm == 9.5]
    assert [text for text in written if "/" in text] == [
        f"{place} / {count}" for place in range(1, count + 1)
    ]
    assert written.count("この地図は証明ではありません") == count


def test_a_head_is_repeated_on_each_sheet_of_a_long_table(data: MapData) -> None:
    town = data.worst_towns.iloc[0]
    long = data.worst_towns.loc[[town.name] * 150].assign(town=[f"町{n}" for n in range(150)])
    found, write = [], Pen.write

    def listen(self: Pen, x_mm: float, y_mm: float, text: str, **style: Any) -> None:  # noqa: ANN401
        found.append(text)
        write(self, x_mm, y_mm, text, **style)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Pen, "write", listen)
        report_pdf(replace(data, worst_towns=long, towns=data.towns[:0]))
    assert {f"町{n}" for n in range(150)} <= set(found)
    assert found.count("遠い人") >= 3


def test_hostile_and_lacking_signs_do_no_harm() -> None:
    odd = maptoy.map_data(lambda text: f"{text} 🐉 $\\frac{{1}}$ مرحبا\x07{'長' * 60}")
    assert report_pdf(odd).startswith(b"%PDF")


def test_a_row_is_as_high_as_its_highest_cell() -> None:
    long, short = Cell(ja="長い文" * 40), Cell(ja="短")
    head = (Cell(ja="a"), Cell(ja="b"))
    grid = grid_of(Table(head=head, groups=((None, ((long, short), (short, short))),)), 100.0)
    high, low = (chunk[0].high_mm for chunk in grid.chunks)
    assert high > 2 * low
    assert sum(grid.widths_mm) == pytest.approx(100.0)


def test_equal_inputs_give_equal_reports(data: MapData) -> None:
    few = replace(data, services=data.services[:1])
    assert report_pdf(few) == report_pdf(few)
