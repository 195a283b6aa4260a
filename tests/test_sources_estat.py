"""Census meshes of e-Stat: written in their exact form here, read back, shared back."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from layerkit import CRS, layer, read_layer

from landuse.catalogue import catalogue
from landuse.errors import LayerError
from landuse.sources.columns import conform
from landuse.sources.estat import open_estat, open_estats
from landuse.sources.estat_tables import canonical, census
from landuse.sources.mesh import mesh_polygons
from landuse.sources.report import Findings
from landuse.sources.suppressed import share_back
from landuse.sources.window import Window

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from landuse.sources.vector import Found

NO_LINK = ("0", "", "")
A, B, C, D = (f"64444219{quarter}" for quarter in ("11", "12", "13", "14"))
"""Four meshes of 250 m in the town of Kushiro."""

LABELS = {
    "001": "人口（総数）",
    "004": "０～１４歳人口　総数",
    "010": "１５～６４歳人口　総数",
    "019": "６５歳以上人口　総数",
    "022": "７５歳以上人口　総数",
    "034": "世帯総数",
    "036": "１人世帯数　一般世帯数",
}
Row = tuple[str, tuple[str, str, str], "Sequence[object]"]


def text_of(
    rows: Sequence[Row], *, table: str = "T001142", labels: Mapping[str, str] | None = LABELS
) -> bytes:
    """Write rows (code, links, figures) as e-Stat does."""
    named = LABELS if labels is None else labels
    lines = [["KEY_CODE", "HTKSYORI", "HTKSAKI", "GASSAN", *(f"{table}{code}" for code in named)]]
    if labels is not None:
        lines.append(["", "", "", "", *(f"　{label}" for label in labels.values())])
    lines += [[code, *links, *map(str, figures)] for code, links, figures in rows]
    return ("\r\n".join(",".join(line) for line in lines) + "\r\n").encode("cp932")


def read(path: Path, *, window: Window | None = None, **options: object) -> tuple[Found, Findings]:
    findings = Findings(layer=layer(path, "population", **options))
    return open_estat(path, findings, window=window), findings


def written(path: Path, rows: Sequence[Row], **options: object) -> Path:
    path.write_bytes(text_of(rows, **options))  # type: ignore[arg-type]
    return path


def column(found: Found, name: str) -> dict[str, float]:
    return dict(zip(found.table["mesh_code"], found.table[name], strict=True))


def refused(path: Path, **options: object) -> str:
    with pytest.raises(LayerError) as caught:
        read(path, **options)
    assert all(fault.fix and fault.where.startswith(path.name) for fault in caught.value.faults)
    return str(caught.value)


PLAIN: list[Row] = [
    (A, NO_LINK, [100, 10, 50, 40, 20, 45, 12]),
    (B, NO_LINK, [30, 0, 20, 10, "-", 15, 5]),
]
GROUP: list[Row] = [
    (A, ("1", "", f"{B};{C}"), [60, 9, 45, 36, 18, 20, 8]),
    (B, ("2", A, ""), [20, "*", "*", "*", "*", 10, "*"]),
    (C, ("2", A, ""), [10, "*", "*", "*", "*", 10, "*"]),
    (D, NO_LINK, [7, 0, 0, 7, 7, 4, 1]),
]


# Form of the file


def test_codes_figures_and_places_come_in_readable(tmp_path: Path) -> None:
    found, findings = read(written(tmp_path / "tblT001142Q6444.txt", PLAIN))
    assert list(found.table["mesh_code"]) == [A, B]
    assert column(found, "population") == {A: 100, B: 30}
    assert column(found, "population_65plus") == {A: 40, B: 10}
    assert column(found, "households") == {A: 45, B: 15}
    assert found.encoding == "cp932"
    assert (str(found.crs), found.crs_from) == ("EPSG:6668", "mesh_code")
    assert list(found.table.index) == [3, 4]
    assert not findings.notes
    # A quarter of a 1 km mesh: 7.5 seconds by 11.25; the first lies in the south west.
    west, south, east, north = found.table.geometry.iloc[0].bounds
    assert (east - west, north - south) == pytest.approx((11.25 / 3600, 7.5 / 3600))
    assert (west, south) == pytest.approx((144 + 2 / 8 + 9 / 80, 64 / 1.5 + 4 / 12 + 1 / 120))


def test_a_dash_is_no_data_and_zero_is_zero(tmp_path: Path) -> None:
    found, _ = read(written(tmp_path / "a.txt", PLAIN))
    assert np.isnan(column(found, "population_75plus")[B])
    assert column(found, "population_0_14")[B] == 0


@pytest.mark.parametrize("mark", ["*", "-", "X", "", "－", " "])
def test_no_mark_of_missing_figures_becomes_zero(tmp_path: Path, mark: str) -> None:
    rows = [*PLAIN, (C, NO_LINK, [5, mark, mark, mark, mark, 2, mark])]
    found, _ = read(written(tmp_path / "a.txt", rows))
    assert np.isnan(column(found, "population_65plus")[C])
    assert column(found, "population")[C] == 5


def test_without_the_row_of_labels_no_row_is_lost(tmp_path: Path) -> None:
    found, findings = read(written(tmp_path / "a.txt", PLAIN, labels=None))
    assert column(found, "population_65plus") == {A: 40, B: 10}
    assert list(found.table.index) == [2, 3]
    assert not findings.notes  # codes of a table that is known and checked


def test_2015_has_its_old_people_in_another_column(tmp_path: Path) -> None:
    labels = {"001": "人口総数", "016": "６５歳以上人口総数", "025": "世帯総数"}
    path = written(tmp_path / "a.txt", [(A, NO_LINK, [9, 4, 3])], table="T000876", labels=labels)
    found, _ = read(path)
    assert column(found, "population_65plus") == {A: 4}
    assert str(found.crs) == "EPSG:4612"


def test_2010_has_no_links_at_all(tmp_path: Path) -> None:
    codes = ",".join(f"T00064900{number}" for number in (1, 2, 3, 4))
    text = f"KEY_CODE,{codes}\r\n,人口総数,男,女,世帯総数\r\n{A},9,5,4,3\r\n"
    path = tmp_path / "a.txt"
    path.write_bytes(text.encode("cp932"))
    found, _ = read(path)
    assert column(found, "households") == {A: 3}
    assert not found.table["shared"].any()


def test_an_unknown_table_is_read_by_its_labels_and_says_so(tmp_path: Path) -> None:
    labels = {"901": "　人口（総数）", "902": "65歳以上人口", "903": "平均年齢"}
    path = written(tmp_path / "a.txt", [(A, NO_LINK, [9, 4, 61])], table="T009999", labels=labels)
    found, findings = read(path)
    assert column(found, "population_65plus") == {A: 4}
    assert any("T009999 is not known" in note.what for note in findings.notes)


def test_a_table_without_people_is_refused_with_its_labels(tmp_path: Path) -> None:
    path = written(
        tmp_path / "a.txt", [(A, NO_LINK, [61])], table="T009999", labels={"001": "平均年齢"}
    )
    assert "T009999001 平均年齢" in refused(path)


def test_an_unknown_table_without_labels_is_refused(tmp_path: Path) -> None:
    assert "no column of people" in refused(
        written(tmp_path / "a.txt", PLAIN, table="T009999", labels=None)
    )


def test_labels_that_slipped_by_a_column_are_refused(tmp_path: Path) -> None:
    slipped = dict(zip(LABELS, [*list(LABELS.values())[1:], "人口（総数）"], strict=True))
    message = refused(written(tmp_path / "a.txt", PLAIN, labels=slipped))
    assert "column T001142010" in message
    assert "is population_15_64 in table T001142" in message


@pytest.mark.parametrize("code", ["64444219", A + "1", "6444421955", "x", ""])
def test_codes_of_another_mesh_are_refused_with_their_row(tmp_path: Path, code: str) -> None:
    message = refused(written(tmp_path / "a.txt", [*PLAIN, (code, NO_LINK, PLAIN[0][2])]))
    assert "row 5: column KEY_CODE" in message


def test_a_code_that_stands_twice_is_refused(tmp_path: Path) -> None:
    assert "rows 3, 5" in refused(written(tmp_path / "a.txt", [*PLAIN, PLAIN[0]]))


@pytest.mark.parametrize("figure", ["viele", "-5", "1e999"])
def test_figures_that_are_none_are_refused(tmp_path: Path, figure: str) -> None:
    rows = [(A, NO_LINK, [figure, 1, 1, 1, 1, 1, 1])]
    assert "row 3: column T001142001" in refused(written(tmp_path / "a.txt", rows))


def test_all_faults_of_all_files_are_told_at_once(tmp_path: Path) -> None:
    written(tmp_path / "tblT001142Q6444.txt", [(A, NO_LINK, ["y"] * 7)])
    (tmp_path / "tblT001142Q6443.txt").write_bytes(b"a,b\r\n1,2\r\n")
    (tmp_path / "tblT001142Q6543.txt").write_bytes(b"KEY_CODE\r\n1,2\r\n")
    message = refused(tmp_path)
    assert all(text in message for text in ("'y'", "no column KEY_CODE", "not 1 fields"))


@pytest.mark.parametrize(
    ("label", "plain"),
    [
        ("　０～１４歳人口　総数", "0~14歳人口"),
        ("0〜14歳人口総数", "0~14歳人口"),
        ("　人口（総数）", "人口"),
    ],
)
def test_labels_compare_without_width_spaces_and_totals(label: str, plain: str) -> None:
    assert canonical(label) == plain


def test_every_label_of_the_table_of_tables_is_written_as_it_is_compared() -> None:
    assert all(canonical(label) == label for label in census().roles)


# Several files


def zipped(path: Path, members: Mapping[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return path


OTHER = "6443721911"


def test_several_first_meshes_in_one_zip_are_one_layer(tmp_path: Path) -> None:
    members = {
        "tblT001142Q6444.txt": text_of(PLAIN),
        "sub/tblT001142Q6443.txt": text_of([(OTHER, NO_LINK, [8, 1, 4, 3, 1, 4, 2])]),
        "readme.txt": "国勢調査".encode("cp932"),
    }
    found, _ = read(zipped(tmp_path / "a.zip", members))
    assert column(found, "population") == {A: 100, B: 30, OTHER: 8}
    assert "3 of tblT001142Q6443.txt" in found.table.index


def test_zips_in_a_folder_or_in_a_zip_are_read_alike(tmp_path: Path) -> None:
    folder = tmp_path / "e-stat"
    folder.mkdir()
    for first, rows in (("6444", PLAIN), ("6443", [(OTHER, NO_LINK, [8, 1, 4, 3, 1, 4, 2])])):
        zipped(folder / f"tblT001142Q{first}.zip", {f"tblT001142Q{first}.txt": text_of(rows)})
    outer = zipped(tmp_path / "all.zip", {p.name: p.read_bytes() for p in folder.iterdir()})
    one, _ = read(folder)
    two, _ = read(outer)
    assert column(one, "population") == column(two, "population") == {A: 100, B: 30, OTHER: 8}


def test_a_download_needs_no_suffix(tmp_path: Path) -> None:
    path = zipped(
        tmp_path / "data?statsId=T001142&code=6444", {"tblT001142Q6444.txt": text_of(PLAIN)}
    )
    found, _ = read(path)
    assert column(found, "population") == {A: 100, B: 30}


def test_figures_held_in_the_file_of_the_next_first_mesh_find_back(tmp_path: Path) -> None:
    one = written(tmp_path / "tblT001142Q6443.txt", [(OTHER, ("2", A, ""), GROUP[1][2])])
    two = written(tmp_path / "tblT001142Q6444.txt", [(A, ("1", "", OTHER), GROUP[0][2])])
    findings = Findings(layer=layer(one, "population"))
    found = open_estats((one, two), findings)
    assert column(found, "population_65plus") == pytest.approx({OTHER: 9, A: 27}, abs=1e-5)


def test_one_member_can_be_chosen(tmp_path: Path) -> None:
    members = {f"tblT001142Q{n}.txt": text_of(rows) for n, rows in (("6444", PLAIN), ("6443", []))}
    path = zipped(tmp_path / "a.zip", members)
    found, _ = read(path, sublayer="tblT001142Q6444")
    assert len(found.table) == 2
    assert "holds no table other (texts found: tblT001142Q6444.txt" in refused(
        path, sublayer="other"
    )


def test_files_of_different_tables_are_not_mixed(tmp_path: Path) -> None:
    members = {
        "tblT001142Q6444.txt": text_of(PLAIN),
        "tblT001102Q6443.txt": text_of([(OTHER, NO_LINK, range(7))], table="T001102"),
    }
    assert "different tables" in refused(zipped(tmp_path / "a.zip", members))


def test_the_same_first_mesh_twice_is_refused(tmp_path: Path) -> None:
    members = {"a/tblT001142Q6444.txt": text_of(PLAIN), "b/tblT001142Q6444.txt": text_of(PLAIN)}
    assert "stands in more than one file" in refused(zipped(tmp_path / "a.zip", members))


def test_meshes_on_a_border_of_prefectures_are_added(tmp_path: Path) -> None:
    members = {"tblT001142Q01.txt": text_of(GROUP), "tblT001142Q02.txt": text_of(PLAIN)}
    found, findings = read(zipped(tmp_path / "a.zip", members))
    assert column(found, "population") == {A: 160, B: 50, C: 10, D: 7}
    # B: 36 * 20 / 90 of the first file and 10 of the second.
    assert column(found, "population_65plus")[B] == pytest.approx(8 + 10, abs=1e-5)
    assert np.isnan(column(found, "population_75plus")[B])
    assert any("2 meshes on a border" in note.what for note in findings.notes)


def test_a_bomb_and_a_damaged_zip_are_refused(tmp_path: Path) -> None:
    bomb = zipped(tmp_path / "bomb.zip", {"tblT001142Q6444.txt": b"0" * 250_000_000})
    assert "unpacks to more than 200 MiB" in refused(bomb)
    broken = tmp_path / "broken.zip"
    broken.write_bytes(bomb.read_bytes()[:5000])
    assert "not a zip file that can be read" in refused(broken)


def test_boundary_files_are_compared_by_their_codes(tmp_path: Path) -> None:
    written(tmp_path / "tblT001142Q6444.txt", PLAIN)
    codes = pd.Series([A, B, C])
    squares = mesh_polygons(codes, tenths=False)
    shapes = gpd.GeoDataFrame({"KEY_CODE": codes}, geometry=squares)
    shapes.to_file(tmp_path / "MESH06444.shp")
    found, _ = read(tmp_path)
    assert len(found.table) == 2
    shapes.iloc[1:].to_file(tmp_path / "MESH06444.shp")
    assert f"does not hold mesh {A}" in refused(tmp_path)


def test_a_window_cuts_after_the_sharing(tmp_path: Path) -> None:
    path = written(tmp_path / "a.txt", GROUP)
    whole, _ = read(path)
    inside = shapely.box(*whole.table.geometry.iloc[1].bounds).centroid
    window = Window(bounds=(inside.x, inside.y, inside.x, inside.y))
    cut, _ = read(path, window=window)
    assert column(cut, "population_65plus") == {B: column(whole, "population_65plus")[B]}
    with pytest.raises(LayerError, match="none of its 4 meshes is near"):
        read(path, window=Window(bounds=(139.0, 35.0, 140.0, 36.0)))


def test_one_of_several_first_meshes_may_lie_beyond_the_window(tmp_path: Path) -> None:
    path = written(tmp_path / "a.txt", GROUP)
    far = Window(bounds=(139.0, 35.0, 140.0, 36.0))
    found, _ = read(path, window=far, others=(tmp_path / "b.txt",))
    assert found.table.empty


# Merged secret cells


def test_held_figures_are_shared_by_the_published_totals(tmp_path: Path) -> None:
    found, _ = read(written(tmp_path / "a.txt", GROUP))
    # 36 old people among 60, 20 and 10 people; 8 single households among 20, 10 and 10.
    assert column(found, "population_65plus") == pytest.approx({A: 24, B: 8, C: 4, D: 7}, abs=1e-5)
    assert column(found, "households_one_person") == pytest.approx({A: 4, B: 2, C: 2, D: 1})
    assert column(found, "population") == {A: 60, B: 20, C: 10, D: 7}
    assert column(found, "shared") == {A: True, B: True, C: True, D: False}
    assert column(found, "grade") == {A: "modelled", B: "modelled", C: "modelled", D: "derived"}
    assert column(found, "merged_into") == {A: "", B: A, C: A, D: ""}


def test_totals_that_are_zero_or_unknown_make_equal_parts(tmp_path: Path) -> None:
    for total in (0, "*"):
        rows: list[Row] = [
            (A, ("1", "", B), [0, 1, 4, 6, 2, 0, 1]),
            (B, ("2", A, ""), [total, "*", "*", "*", "*", 0, "*"]),
        ]
        found, _ = read(written(tmp_path / "a.txt", rows))
        assert column(found, "population_65plus") == {A: 3, B: 3}


def test_a_holder_beyond_the_file_leaves_blanks_and_is_told(tmp_path: Path) -> None:
    rows: list[Row] = [(B, ("2", OTHER, ""), [20, "*", "*", "*", "*", 10, "*"]), GROUP[3]]
    found, findings = read(written(tmp_path / "a.txt", rows))
    assert np.isnan(column(found, "population_65plus")[B])
    assert column(found, "population")[B] == 20
    assert any("row 3" in note.where and "stay blank" in note.what for note in findings.notes)


def test_members_beyond_the_file_lose_nobody(tmp_path: Path) -> None:
    rows: list[Row] = [(A, ("1", "", f"{B};{OTHER}"), GROUP[0][2]), GROUP[1]]
    found, findings = read(written(tmp_path / "a.txt", rows))
    assert found.table["population_65plus"].sum() == 36
    assert any("spread over fewer cells" in note.what for note in findings.notes)


def test_a_link_that_only_the_holder_tells_is_enough(tmp_path: Path) -> None:
    rows: list[Row] = [GROUP[0], (B, ("2", "", ""), GROUP[1][2]), GROUP[2]]
    found, _ = read(written(tmp_path / "a.txt", rows))
    assert column(found, "population_65plus") == pytest.approx({A: 24, B: 8, C: 4}, abs=1e-5)


def test_a_link_that_the_holder_does_not_list_is_followed_and_told(tmp_path: Path) -> None:
    rows: list[Row] = [(A, ("1", "", C), GROUP[0][2]), *GROUP[1:3]]
    found, findings = read(written(tmp_path / "a.txt", rows))
    assert column(found, "population_65plus") == pytest.approx({A: 24, B: 8, C: 4}, abs=1e-5)
    assert any("row 4" in note.where and "different cells" in note.what for note in findings.notes)


def test_a_chain_ends_at_the_cell_that_holds_the_figures(tmp_path: Path) -> None:
    rows: list[Row] = [
        (A, ("1", "", B), GROUP[0][2]),
        (B, ("2", A, C), GROUP[1][2]),
        (C, ("2", B, ""), GROUP[2][2]),
    ]
    found, findings = read(written(tmp_path / "a.txt", rows))
    assert column(found, "population_65plus") == pytest.approx({A: 24, B: 8, C: 4}, abs=1e-5)
    assert any("held by another" in note.what for note in findings.notes)


@pytest.mark.parametrize("targets", [(A, B, C), (B, A, A), (B, C, A)])
def test_a_circle_of_links_is_refused(tmp_path: Path, targets: tuple[str, str, str]) -> None:
    rows: list[Row] = [
        (code, ("2", target, ""), [9, "*", "*", "*", "*", 3, "*"])
        for code, target in zip((A, B, C), targets, strict=True)
    ]
    assert "leads back to where it began" in refused(written(tmp_path / "a.txt", rows))


def test_a_code_of_secrecy_that_contradicts_the_links_is_told(tmp_path: Path) -> None:
    rows: list[Row] = [GROUP[0], (B, ("0", A, ""), GROUP[1][2]), GROUP[2]]
    _, findings = read(written(tmp_path / "a.txt", rows))
    assert any("row 4" in note.where and "HTKSYORI" in note.what for note in findings.notes)


def test_the_table_meets_the_contract_of_its_role(tmp_path: Path) -> None:
    found, findings = read(written(tmp_path / "a.txt", GROUP))
    table = conform(found.table, findings)
    findings.raise_faults()
    assert list(table["grade"]) == ["modelled"] * 3 + ["derived"]
    assert table["population_65plus"].sum() == 43


def test_the_gate_places_the_meshes_in_the_plane_of_the_city(tmp_path: Path) -> None:
    path = written(tmp_path / "a.txt", GROUP)
    table, report = read_layer(layer(path, "population", reader="estat"))
    assert (report.rows, report.crs, report.crs_from) == (4, "EPSG:6668", "mesh_code")
    # At 43 degrees north a quarter mesh is about 254 m by 232 m.
    assert table.area.to_numpy() == pytest.approx(254 * 231.5, rel=0.01)
    assert table["population_65plus"].sum() == 43


def test_a_table_of_another_edition_than_the_city_file_says_is_refused(tmp_path: Path) -> None:
    edition = catalogue().edition("census-mesh-250", "2020", where="")
    right = written(tmp_path / "a.txt", GROUP)
    assert len(read(right, edition=edition)[0].table) == 4
    wrong = written(tmp_path / "b.txt", GROUP[:1], table="T000876", labels=None)
    assert "is table T000876, but edition 2020 of census-mesh-250 is T001142" in refused(
        wrong, edition=edition
    )


@st.composite
def sheets(draw: st.DrawFn) -> pd.DataFrame:
    """Draw cells in groups: a holder, its members, and cells of no group."""
    sizes = draw(st.lists(st.integers(1, 5), min_size=1, max_size=8))
    rows = []
    for number, size in enumerate(sizes):
        people = draw(st.lists(st.integers(0, 400), min_size=size, max_size=size))
        old = draw(st.integers(0, sum(people)))
        codes = [f"{number}-{member}" for member in range(size)]
        for member, code in enumerate(codes):
            rows.append(
                {
                    "mesh_code": code,
                    "secrecy": ("2" if member else "1") if size > 1 else "0",
                    "merged_into": codes[0] if member else "",
                    "merged_from": "" if member else ";".join(codes[1:]),
                    "population": float(people[member]),
                    "old": np.nan if member else float(old),
                }
            )
    table = pd.DataFrame(draw(st.permutations(rows)))
    return table.set_axis(pd.RangeIndex(3, len(rows) + 3, name="row"))


@given(sheets())
def test_sharing_keeps_every_sum_to_the_last_digit(cells: pd.DataFrame) -> None:
    before = cells.copy()
    findings = Findings(layer=layer(Path("toy.txt"), "population"))
    done = share_back(cells, findings, share_by={"population": "", "old": "population"})
    pd.testing.assert_frame_equal(cells, before)
    assert done["old"].sum() == before["old"].sum()
    assert (done["population"] == before["population"]).all()
    group = cells["merged_into"].where(cells["merged_into"] != "", cells["mesh_code"])
    sums = pd.DataFrame({"was": before["old"], "is": done["old"]}).groupby(group).sum()
    assert (sums["was"] == sums["is"]).all()
    assert done["old"].notna().all()
    assert (done["old"] >= 0).all()
    peopled = cells["population"].groupby(group).transform("sum") > 0
    assert (done["old"] <= done["population"] + 1e-5)[peopled].all()
    alone = cells["secrecy"] == "0"
    assert (done["old"] == before["old"])[alone].all()
    assert (done["shared"] == ~alone).all()
    assert not findings.notes
    assert not findings.faults


def test_meshes_beyond_the_window_are_counted_as_outside(tmp_path: Path) -> None:
    far: Row = ("6440421914", NO_LINK, [7, 0, 0, 7, 7, 4, 1])
    path = written(tmp_path / "a.txt", [*PLAIN, far])
    shape = mesh_polygons(pd.Series([A]), tenths=False).to_crs(CRS)
    area = gpd.GeoDataFrame(geometry=shape.buffer(10), crs=CRS)
    _, report = read_layer(layer(path, "population", reader="estat"), area=area)
    assert (report.rows, report.rows_in_file, report.outside) == (1, 3, 2)
