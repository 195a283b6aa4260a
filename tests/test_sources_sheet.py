"""Workbooks as staff keep them: which rows are the table, what its cells say, and bombs."""

from __future__ import annotations

import datetime as dt
import zipfile
from contextlib import suppress
from typing import TYPE_CHECKING

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from layerkit import layer

from landuse.errors import LayerError
from landuse.sources import book
from landuse.sources.report import Findings
from landuse.sources.sheet import open_sheet

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

    from landuse.errors import Fault

HEAD = ["名称", "所在地", "緯度", "経度"]
HALL = ["会館", "釧路市黒金町7-5", 42.9849, 144.3815]
CLINIC = ["診療所", "釧路市新橋大通6", 43.0098, 144.3726]


def workbook(path: Path, rows: list[list[object]], *, merge: tuple[str, ...] = ()) -> Path:
    made = openpyxl.Workbook()
    sheet = made.active
    for row in rows:
        sheet.append(row)
    for cells in merge:
        sheet.merge_cells(cells)
    made.save(path)
    return path


def opened(
    path: Path, role: str = "facilities", **options: object
) -> tuple[pd.DataFrame, Findings]:
    findings = Findings(layer=layer(path, role, **options))
    return open_sheet(path, findings).table, findings


def refused(path: Path, **options: object) -> Fault:
    with pytest.raises(LayerError) as caught:
        opened(path, **options)
    (fault,) = caught.value.faults
    assert fault.where.startswith(f"{path.name} [toy]")
    assert fault.fix
    return fault


def told(findings: Findings) -> str:
    return "\n".join(map(str, findings.notes))


# Which rows are the table


def test_titles_above_the_header_are_passed_and_said(tmp_path: Path) -> None:
    rows = [["公共施設一覧", None, None, "令和5年4月1日現在"], [], HEAD, HALL, CLINIC]
    table, findings = opened(workbook(tmp_path / "a.xlsx", rows))
    assert table["name"].tolist() == ["会館", "診療所"]
    assert table.index.tolist() == [4, 5]  # as Excel numbers them
    assert "row 3: taken for the names of the columns" in told(findings)
    assert "公共施設一覧" in told(findings)


def test_blank_rows_within_the_table_keep_the_numbers_of_the_sheet(tmp_path: Path) -> None:
    table, _ = opened(workbook(tmp_path / "a.xlsx", [HEAD, HALL, [], [], CLINIC]))
    assert table.index.tolist() == [2, 5]


def test_two_rows_of_names_are_joined_where_cells_are_merged(tmp_path: Path) -> None:
    rows = [
        ["番号", "名称", "位置", None],
        [None, None, "緯度", "経度"],
        [1, "会館", 42.9849, 144.3815],
        [2, "診療所", 43.0098, 144.3726],
    ]
    path = workbook(tmp_path / "a.xlsx", rows, merge=("A1:A2", "B1:B2", "C1:D1"))
    table, _ = opened(path)
    assert table.columns.tolist()[:4] == ["番号", "名称", "位置_緯度", "位置_経度"]
    assert table["lon"].tolist() == ["144.3815", "144.3726"]


def test_heads_of_groups_above_a_full_header_are_joined(tmp_path: Path) -> None:
    rows = [["施設", None, "位置", None], HEAD, HALL, CLINIC]
    table, _ = opened(workbook(tmp_path / "a.xlsx", rows, merge=("A1:B1", "C1:D1")))
    assert table.columns.tolist()[:4] == ["施設_名称", "施設_所在地", "位置_緯度", "位置_経度"]
    assert len(table) == 2


def test_a_header_of_unknown_words_is_the_first_row_that_names_all_columns(tmp_path: Path) -> None:
    rows = [["市の表", None, None], ["甲", "乙", "丙"], ["a", "b", 1], ["c", "d", 2]]
    table, _ = opened(workbook(tmp_path / "a.xlsx", rows))
    assert table.columns.tolist() == ["甲", "乙", "丙"]
    assert table["丙"].tolist() == ["1", "2"]


def test_sums_and_footnotes_at_the_end_are_left_out_and_counted(tmp_path: Path) -> None:
    tail = [["合　計", "2施設", None, None], ["※ 令和5年に移転"], ["(注) 市調べ"]]
    rows = [HEAD, HALL, ["合計温泉", "釧路市", 43.0, 144.4], ["計", None, 9, None], CLINIC, *tail]
    table, findings = opened(workbook(tmp_path / "a.xlsx", rows))
    assert table["name"].tolist() == ["会館", "合計温泉", "計", "診療所"]
    assert "rows 6, 7, 8: 3 at the end, sums or footnotes" in told(findings)
    assert "row 4: look like sums within the table: kept" in told(findings)


def test_a_column_without_a_name_keeps_its_cells_under_its_letter(tmp_path: Path) -> None:
    table, _ = opened(workbook(tmp_path / "a.xlsx", [HEAD, [*HALL, None, "鍵は支所"], CLINIC]))
    assert table["column F"].tolist()[0] == "鍵は支所"
    assert "column E" not in table


def test_a_sheet_without_names_is_refused_unless_the_city_file_gives_them(tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx", [HALL, CLINIC])
    assert "no row that names its columns" in refused(path).what
    table, _ = opened(path, columns=("name", "address", "lat", "lon"))
    assert table.index.tolist() == [1, 2]
    assert "names 2" in refused(path, columns=("name", "lat")).what


def test_doubled_names_are_refused(tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx", [["名称", "住所", "備考", "備考"], ["a", "b", "c", "d"]])
    assert "名称, 住所, 備考, 備考" in refused(path).what


# Which sheet


def test_the_sheet_is_the_named_or_the_only_one_that_is_seen_and_filled(tmp_path: Path) -> None:
    made = openpyxl.Workbook()
    made.active.title = "一覧"
    for row in (HEAD, HALL):
        made.active.append(row)
    made.create_sheet("空")
    hidden = made.create_sheet("マスタ")
    hidden.append(["code", "word"])
    hidden.sheet_state = "hidden"
    made.save(tmp_path / "a.xlsx")
    assert len(opened(tmp_path / "a.xlsx")[0]) == 1
    assert (
        "has no sheet '表' (found: 一覧, 空, マスタ)"
        in refused(tmp_path / "a.xlsx", sublayer="表").what
    )
    hidden.sheet_state = "visible"
    made.save(tmp_path / "b.xlsx")
    fault = refused(tmp_path / "b.xlsx")
    assert "holds 2 sheets with cells" in fault.what
    assert "sublayer" in fault.fix
    assert opened(tmp_path / "b.xlsx", sublayer="一覧")[0]["name"].tolist() == ["会館"]
    assert "is empty" in refused(tmp_path / "b.xlsx", sublayer="空").what


# What cells say


def test_cells_are_texts_of_their_values(tmp_path: Path) -> None:
    values = ["01206", 1206, 1206.0, 0.1 + 0.2, 1e-7, True, dt.date(2020, 1, 2), dt.time(9, 30)]
    values += [dt.datetime(2020, 1, 2, 3, 4, 5), 12345678901234, "=1+1", " 全角　"]  # noqa: DTZ001
    names = [f"列{place}甲" for place in range(len(values))]
    path = workbook(tmp_path / "a.xlsx", [names, values])
    table, _ = opened(path)
    texts = ["01206", "1206", "1206", "0.3", "0.0000001", "TRUE", "2020-01-02", "09:30:00"]
    read = table.iloc[0].tolist()
    assert [text.replace("0.30000000000000004", "0.3") for text in read[:8]] == texts
    assert read[8:10] == ["2020-01-02T03:04:05", "12345678901234"]
    assert read[10] != read[10]  # a formula that was never calculated has no value
    assert read[11] == " 全角　"


@given(st.integers(-(10**15), 10**15))
def test_whole_numbers_never_gain_a_point(number: int) -> None:
    from landuse.sources.sheet import _text  # noqa: PLC0415

    assert _text(float(number)) == str(number)


def test_errors_of_formulas_are_blank_and_counted(tmp_path: Path) -> None:
    cell = '<row r="3"><c r="A3"><v>7</v></c><c r="B3" t="e"><v>#N/A</v></c></row>'
    table, findings = opened(raw_book(tmp_path / "a.xlsx", HEADER_XML + cell))
    assert table["address"].isna().tolist() == [False, True]
    assert "errors such as #N/A in 1 cells" in told(findings)


def test_zeros_that_only_a_number_format_shows_are_said_to_be_lost(tmp_path: Path) -> None:
    made = openpyxl.Workbook()
    for row in (["名称", "市町村コード"], ["会館", 1206]):
        made.active.append(row)
    made.active["B2"].number_format = "00000"
    made.save(tmp_path / "a.xlsx")
    table, findings = opened(tmp_path / "a.xlsx")
    assert table["市町村コード"].tolist() == ["1206"]
    assert "leading zeros" in told(findings)


# Hostile and broken files

HEADER_XML = "".join(
    f'<row r="{row}">'
    + "".join(
        f'<c r="{column}{row}" t="inlineStr"><is><t>{text}</t></is></c>'
        for column, text in zip("AB", texts, strict=True)
    )
    + "</row>"
    for row, texts in ((1, ("名称", "住所")), (2, ("会館", "釧路市黒金町7")))
)
SPREADSHEET = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"


def raw_book(path: Path, rows: str, *, before: str = "") -> Path:
    """Write the least that is a workbook, with the XML of its rows as given."""
    one = '<Relationship Id="r1" Type="{1}/{2}" Target="{3}"/>'
    link = f'<Relationships xmlns="{{0}}">{one}</Relationships>'
    parts = {
        "_rels/.rels": link.format(PACKAGE, RELATIONS, "officeDocument", "xl/workbook.xml"),
        "xl/_rels/workbook.xml.rels": link.format(PACKAGE, RELATIONS, "worksheet", "s.xml"),
        "xl/workbook.xml": f'<workbook xmlns="{SPREADSHEET}" xmlns:r="{RELATIONS}"><sheets>'
        '<sheet name="S" sheetId="1" r:id="r1"/></sheets></workbook>',
        "xl/s.xml": f'<?xml version="1.0"?>{before}<worksheet xmlns="{SPREADSHEET}"><sheetData>'
        f"{rows}</sheetData></worksheet>",
    }
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in parts.items():
            archive.writestr(name, text)
    return path


@pytest.mark.parametrize(
    "far",
    [
        '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>',
        '<row r="1048576"><c r="XFD1048576" t="inlineStr"><is><t>a</t></is></c></row>',
        '<x:row xmlns:x="u" r="9"><x:c r=\'XFD999999\'><x:v>1</x:v></x:c></x:row>',
    ],
)
def test_one_cell_far_away_is_refused_before_memory_is_asked_for(tmp_path: Path, far: str) -> None:
    fault = refused(raw_book(tmp_path / "a.xlsx", HEADER_XML + far))
    assert "reaches to row" in fault.what


def test_a_far_cell_that_is_only_painted_does_no_harm(tmp_path: Path) -> None:
    far = '<row r="1048576"><c r="XFD1048576" s="0"/></row>'
    assert len(opened(raw_book(tmp_path / "a.xlsx", HEADER_XML + far))[0]) == 1


def test_a_book_that_unpacks_to_too_much_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = raw_book(tmp_path / "a.xlsx", HEADER_XML + " " * 3_000_000)
    monkeypatch.setattr(book, "MAX_BYTES", 2_000_000)
    assert "unpacks to more than" in refused(path).what
    monkeypatch.undo()
    monkeypatch.setattr(book, "MAX_RATIO", 1)
    assert "unpacks to more than" in refused(path).what
    monkeypatch.undo()
    monkeypatch.setattr(book, "MAX_MEMBERS", 3)
    assert "holds 4 files" in refused(path).what


def test_entities_that_grow_are_refused(tmp_path: Path) -> None:
    laughs = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10))
    before = f'<!DOCTYPE worksheet [<!ENTITY a0 "haha">{laughs}]>'
    rows = HEADER_XML + '<row r="3"><c r="A3" t="inlineStr"><is><t>&a9;</t></is></c></row>'
    assert "is damaged" in refused(raw_book(tmp_path / "a.xlsx", rows, before=before)).what


def test_what_is_locked_or_no_workbook_says_so(tmp_path: Path) -> None:
    (tmp_path / "a.xlsx").write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(2000))
    assert "password" in refused(tmp_path / "a.xlsx").what
    (tmp_path / "a.xls").write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(2000))
    assert "cannot be read" in refused(tmp_path / "a.xls").what
    (tmp_path / "b.xls").write_text("<html><table><tr><td>名称</td></tr></table></html>")
    assert "no workbook inside but text" in refused(tmp_path / "b.xls").what


def test_a_book_saved_with_the_wrong_suffix_is_read_for_what_it_is(tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx", [HEAD, HALL]).rename(tmp_path / "a.xls")
    assert opened(path)[0]["name"].tolist() == ["会館"]


ODS = """<office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"
 xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0"
 xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"><office:body><office:spreadsheet>
<table:table table:name="S">{}</table:table></office:spreadsheet></office:body>
</office:document-content>"""
ODS_CELL = '<table:table-cell office:value-type="string"{}><text:p>{}</text:p></table:table-cell>'


def open_document(path: Path, rows: str) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("META-INF/manifest.xml", "<manifest/>")
        archive.writestr("content.xml", ODS.format(rows))
    return path


def ods_row(*texts: str) -> str:
    cells = "".join(ODS_CELL.format("", text) for text in texts)
    return f"<table:table-row>{cells}</table:table-row>"


def test_an_opendocument_sheet_is_read_and_its_empty_end_does_no_harm(tmp_path: Path) -> None:
    end = (
        '<table:table-row table:number-rows-repeated="1048570">'
        '<table:table-cell table:number-columns-repeated="16384"/></table:table-row>'
    )
    rows = ods_row("名称", "住所") + ods_row("会館", "釧路市黒金町7") + end
    table, _ = opened(open_document(tmp_path / "a.ods", rows))
    assert table["name"].tolist() == ["会館"]


@pytest.mark.parametrize("times", ["9999999", "99999999999999", "x"])
def test_an_opendocument_cell_that_repeats_for_ever_is_refused(tmp_path: Path, times: str) -> None:
    repeated = ODS_CELL.format(f' table:number-columns-repeated="{times}"', "a")
    rows = ods_row("名称", "住所") + f"<table:table-row>{repeated}</table:table-row>"
    assert "repeats a cell" in refused(open_document(tmp_path / "a.ods", rows)).what


def test_no_damage_to_a_book_gives_anything_but_a_table_or_a_fault(tmp_path: Path) -> None:
    whole = workbook(tmp_path / "a.xlsx", [HEAD, HALL, CLINIC]).read_bytes()
    path = tmp_path / "b.xlsx"

    @given(st.lists(st.tuples(st.integers(0, len(whole) - 1), st.integers(0, 255)), max_size=4))
    def damaged(bytes_at: list[tuple[int, int]]) -> None:
        data = bytearray(whole)
        for place, value in bytes_at:
            data[place] = value
        path.write_bytes(bytes(data))
        findings = Findings(layer=layer(path, "facilities"))
        with suppress(LayerError):
            open_sheet(path, findings)

    damaged()
    for cut in range(0, len(whole), 97):
        path.write_bytes(whole[:cut])
        with pytest.raises(LayerError):
            open_sheet(path, Findings(layer=layer(path, "facilities")))


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        ('<row r="3"', '<row r="2"', "row 2 stands twice or out of order"),
        ('r="A3"', 'r="A9"', "cell A9 in row 3"),
        ("<sheetData>", "<sheetData></sheetData><sheetData>", "two tables of cells in one"),
    ],
)
def test_a_sheet_of_which_rows_would_get_lost_is_refused(
    tmp_path: Path, old: str, new: str, what: str
) -> None:
    # Readers keep one of two rows of one number, and one of two tables.
    made = openpyxl.Workbook()
    for row in (("施設名", "住所"), ("a", "b"), ("c", "d")):
        made.active.append(row)
    made.save(tmp_path / "whole.xlsx")
    path = tmp_path / "a.xlsx"
    with zipfile.ZipFile(tmp_path / "whole.xlsx") as whole, zipfile.ZipFile(path, "w") as bundle:
        for name in whole.namelist():
            text = whole.read(name).decode()
            bundle.writestr(name, text.replace(old, new, 1) if "sheet1" in name else text)
    with pytest.raises(LayerError, match=what):
        open_sheet(path, Findings(layer=layer(path, "facilities")))
