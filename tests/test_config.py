"""City and service files: every mistake found, all at once, with its key."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from landuse.config import read_city, read_services
from landuse.errors import CityError, MissingFileError
from landuse.schema import Grade
from landuse.toml import Label

if TYPE_CHECKING:
    from pathlib import Path

HEAD = """
key = "toy"
code = "01206"
name = { ja = "玩具市", en = "Toy" }
crs = "EPSG:6681"
published_area_km2 = 100.0
published_area_source = "a drawing"
services = "services.toml"
zones = "zones.toml"
overlaps = "overlaps.toml"
speeds = "speeds.toml"
"""
LAYER = """
[[layer]]
key = "{key}"
role = "{role}"
path = "layer.csv"
name = {{ ja = "層", en = "Layer" }}
source = "a drawing"
vintage = "2020"
grade = "official"
"""
BOUNDARY = LAYER.format(key="boundary", role="boundary")
CLAIMS = LAYER.format(key="farm", role="claims")
SERVICE = """
[[service]]
key = "clinic"
name = { ja = "診療所", en = "Clinic" }
kind = "watch_over"
select = { category = ["clinic"] }
mode = "walk"
within_min = 15
demand = "population"
standard_source = "a drawing"
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("layer.csv", "zones.toml", "overlaps.toml", "speeds.toml"):
        (tmp_path / name).write_text("", encoding="utf-8")
    (tmp_path / "services.toml").write_text(SERVICE, encoding="utf-8")
    return tmp_path


def city_file(folder: Path, text: str) -> Path:
    path = folder / "city.toml"
    path.write_text(text, encoding="utf-8")
    return path


def faults_of(folder: Path, text: str) -> dict[str, str]:
    """Return where -> what of each fault of a city file."""
    with pytest.raises(CityError) as caught:
        read_city(city_file(folder, text))
    assert all(fault.fix for fault in caught.value.faults)
    return {fault.where: fault.what for fault in caught.value.faults}


def test_a_right_file_is_read(folder: Path) -> None:
    city = read_city(city_file(folder, HEAD + BOUNDARY + CLAIMS))
    assert (city.key, city.code, city.label) == ("toy", "01206", Label(ja="玩具市", en="Toy"))
    assert [layer.key for layer in city.layers] == ["boundary", "farm"]
    assert city.layers[0].path == folder / "layer.csv"
    assert city.layers[0].origin.grade is Grade.OFFICIAL
    assert [layer.key for layer in city.of_role("claims")] == ["farm"]
    assert city.services[0].select == {"category": ("clinic",)}
    assert city.services[0].straight_m == 0


def test_the_ways_of_reading_a_layer_are_read(folder: Path) -> None:
    more = """
columns = ["mesh_code", "population"]
rename = { "病院名" = "name" }
where = { "種別" = ["病院", "診療所"] }
constants = { category = "hospital" }
crs = "EPSG:6668"
encoding = "cp932"
sublayer = "a"
claim_column = "地域区"
claim_codes = { "普通地域" = "park_ordinary" }
embed = false
"""
    layer = read_city(city_file(folder, HEAD + BOUNDARY + CLAIMS + more)).layers[1]
    assert layer.columns == ("mesh_code", "population")
    assert layer.rename == {"病院名": "name"}
    assert layer.where == {"種別": ("病院", "診療所")}
    assert layer.constants == {"category": "hospital"}
    assert (layer.crs, layer.encoding, layer.sublayer) == ("EPSG:6668", "cp932", "a")
    assert layer.claim_codes == {"普通地域": "park_ordinary"}
    assert layer.embed is False


def test_a_missing_city_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(MissingFileError, match=r"city\.toml"):
        read_city(tmp_path / "city.toml")


def test_a_missing_layer_file_is_named_with_its_key(folder: Path) -> None:
    text = HEAD + BOUNDARY + CLAIMS.replace("layer.csv", "gone.geojson")
    faults = faults_of(folder, text)
    assert list(faults) == ["city.toml: layer farm.path"]
    assert "gone.geojson" in faults["city.toml: layer farm.path"]


@pytest.mark.parametrize("name", ["services", "zones", "overlaps", "speeds"])
def test_a_missing_table_is_named(folder: Path, name: str) -> None:
    text = HEAD.replace(f"{name}.toml", "gone.toml") + BOUNDARY + CLAIMS
    ((where, what),) = faults_of(folder, text).items()
    assert where == f"city.toml.{name}"
    assert "gone.toml, which is not there" in what


def test_an_unknown_key_is_refused_wherever_it_stands(folder: Path) -> None:
    text = "colour = 1\n" + HEAD + BOUNDARY + 'pth = "x"\n' + CLAIMS
    assert list(faults_of(folder, text)) == ["city.toml: layer boundary.pth", "city.toml.colour"]


@pytest.mark.parametrize(
    "line",
    [
        'key = "toy"',
        'code = "01206"',
        'name = { ja = "玩具市", en = "Toy" }',
        'crs = "EPSG:6681"',
        "published_area_km2 = 100.0",
    ],
)
def test_a_missing_key_of_the_city_is_one_fault(folder: Path, line: str) -> None:
    key = line.split(maxsplit=1)[0]
    faults = faults_of(folder, HEAD.replace(line, "") + BOUNDARY + CLAIMS)
    assert faults == {f"city.toml.{key}": "is missing"}


@pytest.mark.parametrize("key", ["role", "path", "name", "source", "vintage", "grade"])
def test_a_missing_key_of_a_layer_is_named(folder: Path, key: str) -> None:
    lines = [line for line in CLAIMS.splitlines() if not line.startswith(f"{key} =")]
    faults = faults_of(folder, HEAD + BOUNDARY + "\n".join(lines))
    assert faults[f"city.toml: layer farm.{key}"] == "is missing"


def test_two_layers_of_one_key_are_refused(folder: Path) -> None:
    assert faults_of(folder, HEAD + BOUNDARY + CLAIMS + CLAIMS) == {
        "city.toml.layer farm": "stands 2 times"
    }


def test_two_services_of_one_key_are_refused(folder: Path) -> None:
    (folder / "services.toml").write_text(SERVICE + SERVICE, encoding="utf-8")
    assert faults_of(folder, HEAD + BOUNDARY + CLAIMS) == {
        "services.toml.service clinic": "stands 2 times"
    }


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('code = "01206"', "code = 1206"),
        ('code = "01206"', 'code = "1206"'),
        ("published_area_km2 = 100.0", 'published_area_km2 = "100"'),
        ("published_area_km2 = 100.0", "published_area_km2 = inf"),
        ('crs = "EPSG:6681"', 'crs = "EPSG:4326"'),
        ('crs = "EPSG:6681"', 'crs = "EPSG:2263"'),  # projected, but in feet
        ('crs = "EPSG:6681"', 'crs = "no such system"'),
        ('name = { ja = "玩具市", en = "Toy" }', 'name = "Toy"'),
    ],
)
def test_a_value_of_the_wrong_kind_is_one_fault(folder: Path, old: str, new: str) -> None:
    faults = faults_of(folder, HEAD.replace(old, new) + BOUNDARY + CLAIMS)
    assert list(faults) == [f"city.toml.{old.split(maxsplit=1)[0]}"]


@pytest.mark.parametrize(
    "line",
    [
        'claim = "farm"',
        'claim_codes = { "1" = "farm" }',
        "columns = [1, 2]",
        'where = { closed = "0" }',
        "constants = { category = 3 }",
        "rename = { a = 1 }",
        'crs = "EPSG:0"',
        'encoding = "mojibake"',
        'embed = "no"',
    ],
)
def test_a_wrong_way_of_reading_a_layer_is_one_fault(folder: Path, line: str) -> None:
    faults = faults_of(folder, HEAD + BOUNDARY + CLAIMS + line)
    (where,) = faults
    assert where.startswith(f"city.toml: layer farm.{line.split(maxsplit=1)[0]}")


def test_an_unknown_grade_and_role_are_refused_with_the_words_there_are(folder: Path) -> None:
    text = CLAIMS.replace('"official"', '"good"').replace('"claims"', '"claim"')
    with pytest.raises(CityError) as caught:
        read_city(city_file(folder, HEAD + BOUNDARY + CLAIMS + text.replace('"farm"', '"b"')))
    fixes = {fault.where.rsplit(".", 1)[1]: fault.fix for fault in caught.value.faults}
    assert fixes["grade"] == "use one of: official, derived, modelled"
    assert "claims" in fixes["role"]


@pytest.mark.parametrize(("layers", "count"), [(CLAIMS, 0), (2 * BOUNDARY + CLAIMS, 2)])
def test_a_city_has_exactly_one_boundary(folder: Path, layers: str, count: int) -> None:
    layers = layers.replace('"boundary"', '"b2"', 1) if count == 2 else layers
    faults = faults_of(folder, HEAD + layers)
    assert faults["city.toml.layer"] == f"has {count} boundaries"


def test_a_city_without_claims_is_refused(folder: Path) -> None:
    assert faults_of(folder, HEAD + BOUNDARY) == {"city.toml.layer": "has no claims"}


def test_two_populations_are_refused(folder: Path) -> None:
    people = "".join(LAYER.format(key=key, role="population") for key in "ab")
    assert faults_of(folder, HEAD + BOUNDARY + CLAIMS + people) == {
        "city.toml.layer": "has 2 of role population"
    }


def test_faults_of_city_layers_and_services_come_together(folder: Path) -> None:
    (folder / "services.toml").write_text(
        SERVICE.replace('"walk"', '"fly"').replace("within_min = 15", "within_min = -1"),
        encoding="utf-8",
    )
    text = (
        HEAD.replace('key = "toy"', "")
        + BOUNDARY.replace("layer.csv", "gone.csv")
        + CLAIMS.replace("official", "good")
        + "typo = 1\n"
    )
    assert set(faults_of(folder, text)) == {
        "city.toml.key",
        "city.toml: layer boundary.path",
        "city.toml: layer farm.grade",
        "city.toml: layer farm.typo",
        "services.toml: service clinic.mode",
        "services.toml: service clinic.within_min",
    }


def test_a_service_that_selects_nothing_is_refused(folder: Path) -> None:
    path = folder / "services.toml"
    path.write_text(SERVICE.replace('category = ["clinic"]', ""), encoding="utf-8")
    with pytest.raises(CityError, match=r"service clinic\.select: is empty"):
        read_services(path)


def test_a_missing_or_empty_service_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "services.toml"
    with pytest.raises(MissingFileError):
        read_services(path)
    path.write_text("", encoding="utf-8")
    with pytest.raises(CityError, match="add at least one"):
        read_services(path)
