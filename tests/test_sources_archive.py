"""Layers in zip files and shapefiles, whatever their makers called things."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pyogrio
import pytest
from layerkit import faults, layer, points, read_layer, saved, squares

from landuse.errors import LayerError
from landuse.sources import archive, vector

PARTS = (".shp", ".shx", ".dbf", ".prj")


def shapefile(folder: Path, name: str = "a", encoding: str = "cp932", cpg: str = "") -> Path:
    """Write squares with Japanese names, the statement of encoding removed or replaced."""
    folder.mkdir(exist_ok=True)
    path = folder / f"{name}.shp"
    table = squares().assign(name=["新橋大通", "ソ表①髙﨑", "愛国"])
    pyogrio.write_dataframe(table.rename(columns={"name": "名称"}), path, encoding=encoding)
    path.with_suffix(".cpg").unlink()
    if cpg:
        path.with_suffix(".cpg").write_text(cpg, encoding="ascii")
    return path


def zipped(path: Path, *files: Path, inside: str = "") -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as bundle:
        for file in files:
            bundle.write(file, inside + file.name)
    return path


@pytest.mark.parametrize("encoding", ["cp932", "utf-8"])
@pytest.mark.parametrize("cpg", ["", "UTF-8", "CP932", "ISO-8859-1"])
def test_the_bytes_of_a_shapefile_decide_and_not_what_it_says(
    tmp_path: Path, encoding: str, cpg: str
) -> None:
    read, report = read_layer(layer(shapefile(tmp_path, encoding=encoding, cpg=cpg)))
    assert read["名称"].tolist() == ["新橋大通", "ソ表①髙﨑", "愛国"]
    assert report.encoding == encoding


def test_a_declared_encoding_of_a_shapefile_must_be_right(tmp_path: Path) -> None:
    path = shapefile(tmp_path)
    assert len(read_layer(layer(path, encoding="cp932"))[0]) == 3
    (fault,) = faults(layer(path, encoding="utf-8"), LayerError)
    assert fault.what == "the .dbf is not utf-8"


@pytest.mark.filterwarnings("ignore:.*(Normalized|truncated)")
@pytest.mark.parametrize("encoding", ["cp932", "utf-8"])
def test_a_name_cut_within_a_letter_loses_that_letter_only(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "a.shp"
    table = squares().rename(columns={"name": "とても長い列の名前"})
    table["説明"] = ["あ" * 150] * 3
    pyogrio.write_dataframe(table, path, encoding=encoding)
    read, _ = read_layer(layer(path))
    assert read.columns[0] in ("とても長い", "とても")
    text = read["説明"][0]
    assert set(text) == {"あ"}
    assert 80 <= len(text) <= 127


def test_the_hash_of_a_shapefile_covers_its_companions(tmp_path: Path) -> None:
    path = shapefile(tmp_path)
    before = read_layer(layer(path))[1]
    assert before.bytes == sum(path.with_suffix(part).stat().st_size for part in PARTS)
    table = path.with_suffix(".dbf")
    table.write_bytes(table.read_bytes().replace("愛国".encode("cp932"), "美原".encode("cp932")))
    assert read_layer(layer(path))[1].sha256 != before.sha256


def test_companions_in_capitals_belong_to_it(tmp_path: Path) -> None:
    path = shapefile(tmp_path)
    for part in PARTS[1:]:
        path.with_suffix(part).rename(path.with_suffix(part.upper()))
    assert len(vector.parts_of(path)) == 4


@pytest.mark.parametrize("inside", ["", "P23-12_38_GML/", "釧路市/"])
def test_the_only_layer_of_a_zip_file_is_read(tmp_path: Path, inside: str) -> None:
    path = shapefile(tmp_path / "in", "地区")
    (tmp_path / "in" / "KS-META.xml").write_text("<xml/>", encoding="utf-8")
    bundle = zipped(tmp_path / "a.zip", *path.parent.iterdir(), inside=inside)
    read, report = read_layer(layer(bundle))
    assert read["名称"][0] == "新橋大通"
    assert report.encoding == "cp932"
    assert report.bytes == bundle.stat().st_size


def test_names_in_cp932_inside_a_zip_file_are_understood(tmp_path: Path) -> None:
    path = saved(squares(), tmp_path / "a.gpkg")
    info = zipfile.ZipInfo("xxxx.gpkg")
    bundle = tmp_path / "a.zip"
    with zipfile.ZipFile(bundle, "w") as made:
        made.writestr(info, path.read_bytes())
    data = bundle.read_bytes().replace(b"xxxx.gpkg", "表示".encode("cp932") + b".gpkg")
    bundle.write_bytes(data)
    (fault,) = faults(layer(bundle, sublayer="農地"), LayerError)
    assert "found: 表示.gpkg" in fault.what
    assert len(read_layer(layer(bundle, sublayer=""))[0]) == 3


def test_several_layers_of_a_zip_file_need_a_choice(tmp_path: Path) -> None:
    shapes = [shapefile(tmp_path / "in", name) for name in ("A10a", "A10b")]
    bundle = zipped(tmp_path / "a.zip", *(tmp_path / "in").iterdir(), inside="x/")
    (fault,) = faults(layer(bundle), LayerError)
    assert "holds 2 layers (x/A10a.shp, x/A10b.shp)" in fault.what
    assert "sublayer" in fault.fix
    for way in ("A10b", "A10b.shp", "x/A10b", "x/A10b.shp"):
        assert len(read_layer(layer(bundle, sublayer=way))[0]) == 3
    assert len(shapes) == 2


def test_a_zip_file_without_layers_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("x", encoding="utf-8")
    (fault,) = faults(layer(zipped(tmp_path / "a.zip", tmp_path / "a.txt")), LayerError)
    assert "holds no layer (found: none)" in fault.what


@pytest.mark.parametrize(
    "name", ["../../evil.gpkg", "/etc/evil.gpkg", "C:\\evil.gpkg", "a/../../evil.gpkg"]
)
def test_a_name_that_leads_outside_leads_nowhere(tmp_path: Path, name: str) -> None:
    path = saved(squares(), tmp_path / "a.gpkg")
    folder = tmp_path / "deep" / "er"
    folder.mkdir(parents=True)
    bundle = folder / "a.zip"
    with zipfile.ZipFile(bundle, "w") as made:
        made.writestr(zipfile.ZipInfo(name), path.read_bytes())
    before = set(tmp_path.rglob("*"))
    assert len(read_layer(layer(bundle))[0]) == 3
    assert set(tmp_path.rglob("*")) == before
    assert not Path("/etc/evil.gpkg").exists()


def test_a_member_that_swells_is_stopped_while_it_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archive, "MAX_RATIO", 2)
    big = tmp_path / "a.csv"
    big.write_bytes(b"0" * 5_000_000)
    (fault,) = faults(layer(zipped(tmp_path / "a.zip", big), "facilities"), LayerError)
    assert "unpacks to more than 2 MiB" in fault.what


def test_a_crowd_of_members_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "MAX_MEMBERS", 2)
    bundle = zipped(tmp_path / "a.zip", *shapefile(tmp_path / "in").parent.iterdir())
    (fault,) = faults(layer(bundle), LayerError)
    assert fault.what == "holds 4 files"


def test_a_damaged_or_locked_zip_file_is_refused(tmp_path: Path) -> None:
    path = saved(points(), tmp_path / "a.gpkg")
    bundle = zipped(tmp_path / "a.zip", path)
    data = bytearray(bundle.read_bytes())
    data[200:260] = bytes(60)
    bundle.write_bytes(data)
    (fault,) = faults(layer(bundle, "facilities"), LayerError)
    assert "cannot be read" in fault.what or "can be read" in fault.what
    locked = bytearray(zipped(tmp_path / "b.zip", path).read_bytes())
    locked[6] |= 1
    locked[locked.rfind(b"PK\x01\x02") + 8] |= 1
    (tmp_path / "b.zip").write_bytes(locked)
    (fault,) = faults(layer(tmp_path / "b.zip", "facilities"), LayerError)
    assert "encrypted" in fault.what


def test_a_zip_file_with_two_files_of_one_name_is_refused(tmp_path: Path) -> None:
    path = zipped(tmp_path / "a.zip", *(shapefile(tmp_path / "s").with_suffix(s) for s in PARTS))
    with zipfile.ZipFile(path, "a") as bundle:
        bundle.writestr("b.dbf", b"other rows")
    path.write_bytes(path.read_bytes().replace(b"b.dbf", b"a.dbf"))
    (fault,) = faults(layer(path), LayerError)
    assert fault.what == "holds a.dbf more than once"


def test_a_zip_file_with_a_file_without_a_name_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as bundle:
        info = zipfile.ZipInfo("a")
        info.filename = ""
        bundle.writestr(info, b"x")
    (fault,) = faults(layer(path), LayerError)
    assert "not a zip file that can be read" in fault.what


@pytest.mark.parametrize("at", range(36, 60, 3))
def test_a_damaged_lzma_member_is_refused(tmp_path: Path, at: int) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_LZMA) as bundle:
        bundle.writestr("a.csv", b"lon,lat\n" * 99)
    data = bytearray(path.read_bytes())
    data[at] ^= 0xFF
    path.write_bytes(data)
    assert faults(layer(path), LayerError)
