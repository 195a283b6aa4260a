"""JPGIS GML: geometries by reference, axes by where they lie, and files that mean harm."""

from __future__ import annotations

import io
import zipfile
from typing import TYPE_CHECKING

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from ksjkit import GML_HEAD, LAT, LON, check, faults, opened, written
from layerkit import layer

from landuse.errors import LayerError
from landuse.sources.ksj.gml import GmlLayer, gml_layers
from landuse.sources.report import Findings

if TYPE_CHECKING:
    from pathlib import Path

HEAD = GML_HEAD.format(system="JGD2011 / (B, L)")


def read(body: str, path: Path, *, head: str = HEAD, end: str = "</ksj:Dataset>") -> list[GmlLayer]:
    findings = Findings(layer=layer(path / "a.xml", "land"))
    return gml_layers(io.BytesIO(f"{head}{body}{end}".encode()), findings)


def fault(body: str, path: Path, **options: str) -> str:
    with pytest.raises(LayerError) as caught:
        read(body, path, **options)
    (one,) = caught.value.faults
    assert one.fix
    return one.what


def thing(inside: str, kind: str = "Thing") -> str:
    return f'<ksj:{kind} gml:id="T"><ksj:name>釧路</ksj:name>{inside}</ksj:{kind}>'


def curve(name: str, points: str) -> str:
    return (
        f'<gml:Curve gml:id="{name}"><gml:segments><gml:LineStringSegment><gml:posList>{points}'
        "</gml:posList></gml:LineStringSegment></gml:segments></gml:Curve>"
    )


def ring(*names: str) -> str:
    members = "".join(f'<gml:curveMember xlink:href="#{name}"/>' for name in names)
    return f"<gml:exterior><gml:Ring>{members}</gml:Ring></gml:exterior>"


def surface(name: str, *patches: str) -> str:
    inside = "".join(f"<gml:PolygonPatch>{patch}</gml:PolygonPatch>" for patch in patches)
    return f'<gml:Surface gml:id="{name}"><gml:patches>{inside}</gml:patches></gml:Surface>'


POINT = f'<gml:Point gml:id="p"><gml:pos>{LAT} {LON}</gml:pos></gml:Point>'
AT = '<ksj:position xlink:href="#p"/>'


def test_a_point_is_found_wherever_the_feature_stands(tmp_path: Path) -> None:
    for body in (
        POINT + thing(AT),
        thing(AT) + POINT,
        thing(f"<ksj:position>{POINT}</ksj:position>"),
    ):
        (found,) = read(body, tmp_path)
        assert found.features[0].shape == shapely.Point(LON, LAT)
        assert found.features[0].texts == {"name": "釧路"}
        assert (found.kind, found.system) == ("Thing", "JGD2011 / (B, L)")


def test_longitude_first_is_turned_round_because_it_lies_nowhere_in_japan(tmp_path: Path) -> None:
    swapped = f'<gml:Point gml:id="p"><gml:pos>{LON} {LAT}</gml:pos></gml:Point>'
    (found,) = read(swapped + thing(AT), tmp_path)
    assert found.features[0].shape == shapely.Point(LON, LAT)


SQUARE = [(43.0, 144.0), (43.0, 144.1), (43.1, 144.1), (43.1, 144.0), (43.0, 144.0)]


@given(
    st.permutations(range(4)).map(lambda p: p[0]), st.lists(st.booleans(), min_size=2, max_size=2)
)
def test_a_ring_out_of_curves_closes_whichever_way_they_run(
    tmp_path_factory: pytest.TempPathFactory, cut: int, turned: list[bool]
) -> None:
    points = SQUARE[:-1][cut:] + SQUARE[:-1][:cut]
    halves = [points[:3], [points[2], points[3], points[0]]]
    halves = [half[::-1] if back else half for half, back in zip(halves, turned, strict=True)]
    texts = ["\n".join(f"{a} {b}" for a, b in half) for half in halves]
    body = curve("a", texts[0]) + curve("b", texts[1]) + surface("s", ring("a", "b"))
    (found,) = read(body + thing('<ksj:area xlink:href="#s"/>'), tmp_path_factory.mktemp("ring"))
    assert found.features[0].shape.equals(shapely.box(144.0, 43.0, 144.1, 43.1))


def test_a_curve_may_be_another_turned_round(tmp_path: Path) -> None:
    turned = (
        '<gml:OrientableCurve gml:id="o" orientation="-"><gml:baseCurve xlink:href="#a"/>'
        "</gml:OrientableCurve>"
    )
    body = curve("a", "43 144 43.1 144.1") + turned + thing('<ksj:location xlink:href="#o"/>')
    (found,) = read(body, tmp_path)
    assert found.features[0].shape == shapely.LineString([(144.1, 43.1), (144, 43)])


def test_patches_of_a_surface_are_polygons_of_their_own_with_their_holes(tmp_path: Path) -> None:
    def square(name: str, x: float, size: float) -> str:
        return curve(name, f"43 {x} 43 {x + size} {43 + size} {x + size} {43 + size} {x} 43 {x}")

    hole = ring("c").replace("exterior", "interior")
    body = square("a", 144, 0.1) + square("b", 145, 0.1) + square("c", 145, 0.05)
    body += surface("s", ring("a"), ring("b") + hole) + thing('<ksj:area xlink:href="#s"/>')
    (found,) = read(body, tmp_path)
    shape = found.features[0].shape
    assert [len(part.interiors) for part in shape.geoms] == [0, 1]
    assert shape.area == pytest.approx(0.01 + 0.01 - 0.0025)


def test_texts_that_stand_several_times_are_joined_as_the_ministry_does(tmp_path: Path) -> None:
    body = thing(f"<ksj:code>38210</ksj:code><ksj:code>38401</ksj:code>{AT}") + POINT
    assert read(body, tmp_path)[0].features[0].texts["code"] == "38210,38401"


def test_types_of_features_come_apart(tmp_path: Path) -> None:
    body = POINT + thing(AT) + thing(AT, "Other") + thing(AT)
    assert [(one.kind, len(one.features)) for one in read(body, tmp_path)] == [
        ("Thing", 2),
        ("Other", 1),
    ]


# Files that are damaged or mean harm


def test_a_file_cut_short_says_in_which_line(tmp_path: Path) -> None:
    body = POINT + "\n" + thing(AT) + "\n"
    line = HEAD.count("\n") + 3
    assert fault(body, tmp_path, end="") == f"breaks off in line {line}: it was cut short"


@given(st.data())
def test_wherever_a_file_is_cut_it_is_refused(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    made, one = written(tmp_path_factory.mktemp("cut"), "A13", "2015", form="gml", rows=2)
    with zipfile.ZipFile(made.path) as bundle:
        (name,) = (name for name in bundle.namelist() if "META" not in name)
        text = bundle.read(name)
    whole = len(text.rstrip())
    file = made.path.parent / "A13-15_01.xml"
    file.write_bytes(text[: data.draw(st.integers(1, whole - 1))])
    (one_fault,) = faults(file, one)
    assert "breaks off in line" in one_fault.what


def test_a_document_type_is_refused_before_it_can_swell(tmp_path: Path) -> None:
    swelling = '<!DOCTYPE a [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;&a;">]>'
    head = HEAD.replace("?>\n", f"?>\n{swelling}\n", 1)
    assert "declares a document type in line 2" in fault(thing("&b;"), tmp_path, head=head)
    outside = '<!DOCTYPE a SYSTEM "file:///etc/passwd">'
    head = HEAD.replace("?>\n", f"?>\n{outside}\n", 1)
    assert "document type" in fault(thing(""), tmp_path, head=head)


def test_an_unknown_entity_is_refused(tmp_path: Path) -> None:
    assert "is not well-formed XML" in fault(thing("&xxe;"), tmp_path)


def test_a_geometry_that_is_not_there_is_named_with_the_line(tmp_path: Path) -> None:
    line = HEAD.count("\n") + 1
    what = fault(thing(AT), tmp_path)
    assert what == f"lacks the geometry 'p', which the feature in line {line} refers to"


@pytest.mark.parametrize(
    ("points", "what"),
    [("43 x", "no numbers"), ("43 144 43", "odd number"), ("43 144", "that is none")],
)
def test_coordinates_that_are_none_are_refused(tmp_path: Path, points: str, what: str) -> None:
    body = curve("a", points) + thing('<ksj:location xlink:href="#a"/>')
    assert what in fault(body, tmp_path)


def test_elements_nested_without_end_are_refused(tmp_path: Path) -> None:
    assert "nests elements" in fault("<ksj:a>" * 200, tmp_path, end="")


def test_curves_that_turn_each_other_round_for_ever_end(tmp_path: Path) -> None:
    def orientable(name: str, base: str) -> str:
        inside = f'<gml:baseCurve xlink:href="#{base}"/>'
        return f'<gml:OrientableCurve gml:id="{name}">{inside}</gml:OrientableCurve>'

    body = orientable("a", "b") + orientable("b", "a") + thing('<ksj:x xlink:href="#a"/>')
    (found,) = read(body, tmp_path)
    assert found.features[0].shape.is_empty


def test_a_file_without_features_is_refused(tmp_path: Path) -> None:
    assert fault(POINT, tmp_path) == "holds no feature"


@pytest.mark.parametrize("encoding", ["Shift_JIS", "EUC-JP", "UTF-16"])
def test_other_encodings_are_read_as_they_say(tmp_path: Path, encoding: str) -> None:
    text = (HEAD + POINT + thing(AT) + "</ksj:Dataset>").replace("UTF-8", encoding)
    findings = Findings(layer=layer(tmp_path / "a.xml", "land"))
    (found,) = gml_layers(io.BytesIO(text.encode(encoding)), findings)
    assert found.features[0].texts["name"] == "釧路"


def test_what_a_file_states_of_its_encoding_counts_less_than_its_bytes(tmp_path: Path) -> None:
    for stated in ("Shift_JIS", "x-klingon"):
        (found,) = read(POINT + thing(AT), tmp_path, head=HEAD.replace("UTF-8", stated))
        assert found.features[0].texts["name"] == "釧路"


def test_an_encoding_that_is_not_there_is_refused(tmp_path: Path) -> None:
    text = (HEAD + thing(AT) + "</ksj:Dataset>").replace("UTF-8", "x-klingon")
    findings = Findings(layer=layer(tmp_path / "a.xml", "land"))
    with pytest.raises(LayerError, match="not in the encoding that it states: unknown encoding"):
        gml_layers(io.BytesIO(text.encode("cp932")), findings)


def test_one_of_several_types_is_chosen_by_the_city_file_or_asked_for(tmp_path: Path) -> None:
    made, one = written(tmp_path, "P04", "2020", form="gml", rows=1)
    with zipfile.ZipFile(made.path) as bundle:
        (name,) = (name for name in bundle.namelist() if "META" not in name)
        text = bundle.read(name).decode("utf-8-sig")
    start, end = text.index("<ksj:Thing"), text.index("</ksj:Dataset>")
    double = text[:end] + text[start:end].replace("Thing", "Other") + text[end:]
    file = tmp_path / f"{made.stem}.xml"
    file.write_text(double, encoding="utf-8")
    (asked,) = faults(file, one)
    assert "holds 2 layers (Thing, Other)" in asked.what
    check(opened(file, one, sublayer="Other")[0], made, one)
    assert np.asarray(opened(file, one, sublayer="Thing")[0].table.geometry)[0] == made.shapes[0]


def test_an_utf_16_that_does_not_begin_as_one_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.xml"
    path.write_bytes(b'<?xml version="1.0" encoding="utf-16"?>\xff\xff<a/>')
    with path.open("rb") as file, pytest.raises(LayerError, match="not in the encoding"):
        gml_layers(file, Findings(layer=layer(path)))


@pytest.mark.parametrize("number", ["nan", "inf", "-1e308"])
def test_points_that_lie_nowhere_warn_of_nothing_of_ours(tmp_path: Path, number: str) -> None:
    made, edition = written(tmp_path, "A10", "2015", form="gml")
    with zipfile.ZipFile(made.path) as bundle:
        members = {name: bundle.read(name) for name in bundle.namelist()}
    with zipfile.ZipFile(made.path, "w") as bundle:
        for name, data in members.items():
            bundle.writestr(name, data.replace(b"43.0 144.38\n", f"{number} 144.38\n".encode(), 1))
    assert len(opened(made.path, edition)[0].table) == len(made.shapes)
