"""Small downloads of 国土数値情報, true to the format of any edition of the catalogue.

Names, columns, types and codes come from the catalogue alone; files are written byte by
byte, so that nothing of what reads them has a hand in them.
"""

from __future__ import annotations

import json
import math
import re
import struct
import zipfile
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape

import numpy as np
import pandas as pd
import pytest
import shapely
from layerkit import layer
from pyproj import CRS

from landuse.catalogue import catalogue
from landuse.errors import LayerError
from landuse.sources.ksj import open_ksj
from landuse.sources.report import Findings

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from landuse.catalogue import CodeList, Column, Dataset, Edition
    from landuse.errors import Fault
    from landuse.sources.vector import Found
    from landuse.sources.window import Window

LON, LAT = 144.38, 43.0
"""The middle of Kushiro, degrees."""
STEP = 0.004
SIDE = 0.001
NAMES = ("釧路", "ソ表①", "髙﨑", "愛国", "阿寒湖畔", "音別")
"""Among them letters whose second byte is a backslash, and such as Shift_JIS proper lacks."""
DEPTHS = (
    ("2.0m以上 ～ 5.0m未満", 2.0, 5.0),
    ("1m以上2m未満", 1.0, 2.0),
    ("0.3m未満", math.nan, 0.3),
    ("２０ｍ以上", 20.0, math.nan),
)
FILLINGS = {"pref": "01", "code": "01206", "mesh": "6444", "bureau": "81"}
META = """<?xml version="1.0" encoding="shift_jis"?>
<MD_Metadata><title>国土数値情報</title><referenceSystemInfo><MD_ReferenceSystem>
<referenceSystemIdentifier><authority><title>標準</title></authority>
<code>{system}</code></referenceSystemIdentifier></MD_ReferenceSystem></referenceSystemInfo>
</MD_Metadata>
"""
GML_HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<ksj:Dataset gml:id="D" xmlns:ksj="http://nlftp.mlit.go.jp/ksj/schemas/ksj-app"
 xmlns:gml="http://www.opengis.net/gml/3.2" xmlns:xlink="http://www.w3.org/1999/xlink">
<gml:boundedBy><gml:EnvelopeWithTimePeriod srsName="{system}">
<gml:lowerCorner>20.0 122.0</gml:lowerCorner><gml:upperCorner>46.0 154.0</gml:upperCorner>
</gml:EnvelopeWithTimePeriod></gml:boundedBy>
"""
SYSTEMS = {4301: "TD / (B, L)", 4612: "JGD2000 / (B, L)", 6668: "JGD2011 / (B, L)"}


@dataclass(frozen=True, kw_only=True)
class Written:
    """A download and what reading it must give."""

    path: Path
    wanted: dict[str, list[Any]]
    """Readable name -> value of each row; NaN, "" or None where it is blank."""
    shapes: list[shapely.Geometry]
    stem: str


def stem_of(edition: Edition) -> str:
    """Return a file name that an edition owns."""
    glob = next(glob for glob in edition.stems if ":" not in glob)
    stem = re.sub(r"\[(.)[^]]*\]", r"\1", glob)
    stem = re.sub(r"\?{4}", FILLINGS["mesh"], stem)
    stem = re.sub(r"\?", "1", re.sub(r"^\*", "01206_", stem))
    stem = re.sub(r"\*$", "" if re.search(r"[A-Za-z]\*$", stem) else "_01", stem).replace("*", "")
    assert edition.owns(stem), (edition.name, stem)
    return stem


def zip_name(edition: Edition) -> str:
    """Return the name of the download: that of its address."""
    name = re.sub(r"\{(\w+)\}", lambda found: FILLINGS.get(found[1], "01"), edition.url)
    name = name.rpartition("/")[2]
    return name if name.endswith(".zip") else f"{stem_of(edition)}_GML.zip"


# ── what stands in the rows ──────────────────────────────────────────────────────────────


def cells_of(
    column: Column, codes: Mapping[str, CodeList], rows: int, place: int
) -> tuple[list[str], dict[str, list[Any]]]:
    """Return the texts of a column and the columns that must come of them."""
    pairs = [_cell(column, codes, row, place) for row in range(rows)]
    texts = [text for text, _ in pairs]
    values = {name: [value[name] for _, value in pairs] for name in pairs[0][1]}
    return texts, values


def _cell(
    column: Column, codes: Mapping[str, CodeList], row: int, place: int
) -> tuple[str, dict[str, Any]]:
    """Return one cell; the second row has the value that means unknown, the third is blank."""
    if row == 1 and column.unknown:
        return column.unknown[0], _blank(column)
    if row == 2 and column.type in ("number", "integer", "date", "text") and place % 2:
        return "", _blank(column)
    return _filled(column, codes, row)


def _blank(column: Column) -> dict[str, Any]:
    to = column.to
    if column.type in ("code", "codes"):
        return {to: "", f"{to}_ja": ""}
    if column.type == "depth":
        return {to: "", f"{to}_min_m": math.nan, f"{to}_max_m": math.nan}
    if column.type in ("number", "integer", "year"):
        return {to: math.nan}
    return {to: None if column.type == "flag" else ""}


def _filled(column: Column, codes: Mapping[str, CodeList], row: int) -> tuple[str, dict[str, Any]]:
    to = column.to
    if column.type in ("code", "codes"):
        labels = codes[column.codes].labels
        keys = [key for key in labels if key not in column.unknown]
        several = [keys[(row + more) % len(keys)] for more in range(1 + (column.type == "codes"))]
        ja = "、".join(labels[key] for key in several)
        return ",".join(several), {to: ",".join(several), f"{to}_ja": ja}
    if column.type == "depth":
        text, low, high = DEPTHS[row % len(DEPTHS)]
        return text, {to: text, f"{to}_min_m": low, f"{to}_max_m": high}
    if column.type == "flag":
        return str(row % 2), {to: bool(row % 2)}
    if column.type == "date":
        return f"2015033{row % 2}", {to: f"2015-03-3{row % 2}"}
    number = {"year": 2015 + row, "integer": 10 * row, "number": 16.5 + row}.get(column.type)
    if number is not None:
        return str(number), {to: float(number)}
    text = f"6444{row:04}" if column.type == "mesh" else f"{NAMES[row % len(NAMES)]}{row}"
    return text, {to: text}


def shape_of(kind: str, row: int) -> shapely.Geometry:
    """Return a point, line or square of a row of them eastwards from the middle of Kushiro."""
    x = round(LON + STEP * row, 6)
    if kind == "point":
        return shapely.Point(x, LAT)
    if kind == "line":
        return shapely.LineString([(x, LAT), (x + SIDE, LAT), (x + SIDE, LAT + SIDE)])
    return shapely.box(x, LAT, x + SIDE, LAT + SIDE)


# ── files ────────────────────────────────────────────────────────────────────────────────


def write_ksj_zip(  # noqa: PLR0913 - every trap of the format is an option
    folder: Path,
    dataset: Dataset,
    edition: Edition,
    codes: Mapping[str, CodeList],
    *,
    rows: int = 6,
    prj: bool = True,
    meta: bool = True,
    form: str = "shp",
    encoding: str = "cp932",
    stem: str = "",
    shapes: Sequence[shapely.Geometry | None] | None = None,
    cells: Mapping[str, Sequence[str]] | None = None,
) -> Written:
    """Write a download of one layer and return what it holds; `cells` overrides columns."""
    kind = dataset.shapes[0]
    stem = stem or stem_of(edition)
    shapes = list(shapes or [shape_of(kind, row) for row in range(rows)])
    texts: dict[str, Sequence[str]] = {}
    values: dict[str, list[Any]] = {}
    for place, column in enumerate(_distinct(edition.columns, form, encoding)):
        texts[column.name], more = cells_of(column, codes, len(shapes), place)
        values |= more
    texts |= cells or {}
    epsg = CRS(edition.crs or "EPSG:6668").to_epsg() or 6668
    kinds = {column.name: column.type for column in edition.columns}
    files = _files(form, texts, shapes, kinds, encoding=encoding, epsg=epsg)
    if form == "shp" and prj:
        files[".prj"] = CRS(epsg).to_wkt("WKT1_ESRI").encode()
    path = folder / zip_name(edition)
    folder.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as bundle:
        for suffix, data in files.items():
            bundle.writestr(f"{path.stem}/{stem}{suffix}", data)
        if meta:
            text = META.format(system=SYSTEMS[epsg])
            bundle.writestr(f"{path.stem}/KS-META-{stem}.xml", text.encode("cp932"))
    return Written(path=path, wanted=values, shapes=shapes, stem=stem)


def _distinct(columns: Sequence[Column], form: str, encoding: str) -> list[Column]:
    """Leave out optional columns that a DBF would cut to one and the same name."""
    cut = [column.name.encode(encoding)[:10] for column in columns]
    clear = [column for column, name in zip(columns, cut, strict=True) if cut.count(name) == 1]
    assert form != "shp" or all(column.optional for column in columns if column not in clear)
    return clear if form == "shp" else list(columns)


def _files(
    form: str,
    cells: Mapping[str, Sequence[str]],
    shapes: Sequence[shapely.Geometry],
    kinds: Mapping[str, str],
    *,
    encoding: str,
    epsg: int,
) -> dict[str, bytes]:
    if form == "geojson":
        return {".geojson": geojson(cells, shapes, kinds, epsg)}
    if form == "gml":
        return {".xml": gml(cells, shapes, epsg)}
    shp, shx = shapefile(shapes)
    files = {".shp": shp, ".shx": shx, ".dbf": dbf(cells, kinds, encoding)}
    if encoding == "utf-8":
        files[".cpg"] = b"UTF-8"
    return files


def dbf(cells: Mapping[str, Sequence[str]], kinds: Mapping[str, str], encoding: str) -> bytes:
    """Return a DBF; numbers stand in fields without decimals, as the ministry writes them."""
    fields, columns = b"", []
    for name, texts in cells.items():
        raw = [text.encode(encoding) for text in texts]
        width = max(1, *map(len, raw))
        number = kinds[name] in ("number", "integer", "year")
        letter = b"F" if number else b"D" if kinds[name] == "date" and width == 8 else b"C"
        cut = name.encode(encoding)[:10].ljust(11, b"\0")
        fields += cut + letter + bytes(4) + bytes((width, 0)) + bytes(14)
        columns.append([value.rjust(width) if number else value.ljust(width) for value in raw])
    count = len(next(iter(cells.values())))
    width = 1 + sum(len(column[0]) for column in columns)
    language = 0x13 if encoding == "cp932" else 0
    head = struct.pack("<B3BIHH16xBB2x", 3, 115, 3, 31, count, 33 + len(fields), width, 0, language)
    body = b"".join(b" " + b"".join(row) for row in zip(*columns, strict=True))
    return head + fields + b"\r" + body + b"\x1a"


def shapefile(shapes: Sequence[shapely.Geometry | None]) -> tuple[bytes, bytes]:
    """Return the .shp and .shx of points, lines or polygons; None is a null shape."""
    there = [shape for shape in shapes if shape is not None]
    kind = {0: 1, 1: 3, 2: 5}[int(shapely.get_dimensions(there[0]))]
    contents = [_record(shape, kind) for shape in shapes]
    box = shapely.total_bounds(np.array(there, dtype=object))
    records, index, place = b"", b"", 100
    for number, content in enumerate(contents, start=1):
        index += struct.pack(">ii", place // 2, len(content) // 2)
        records += struct.pack(">ii", number, len(content) // 2) + content
        place += 8 + len(content)
    return tuple(  # type: ignore[return-value]
        struct.pack(">i20xi", 9994, (100 + len(body)) // 2)
        + struct.pack("<ii4d32x", 1000, kind, *box)
        + body
        for body in (records, index)
    )


def _record(shape: shapely.Geometry | None, kind: int) -> bytes:
    if shape is None:
        return struct.pack("<i", 0)
    if kind == 1:
        return struct.pack("<i2d", 1, shape.x, shape.y)
    parts = []
    for part in shapely.get_parts(shape):
        if kind == 3:
            parts.append(shapely.get_coordinates(part))
        else:
            # Outer rings run clockwise, holes the other way.
            turned = shapely.normalize(part)
            rings = (turned.exterior, *turned.interiors)
            wanted = (False, *(True for _ in turned.interiors))
            for ring, left in zip(rings, wanted, strict=True):
                xy = shapely.get_coordinates(ring)
                parts.append(xy if shapely.is_ccw(ring) == left else xy[::-1])
    starts = np.cumsum([0, *(len(part) for part in parts)])
    head = struct.pack("<i4dii", kind, *shape.bounds, len(parts), starts[-1])
    return (
        head + starts[:-1].astype("<i4").tobytes() + np.concatenate(parts).astype("<f8").tobytes()
    )


def geojson(
    cells: Mapping[str, Sequence[str]],
    shapes: Sequence[shapely.Geometry],
    kinds: Mapping[str, str],
    epsg: int,
) -> bytes:
    """Return GeoJSON as the ministry writes it: with the old member `crs`, in UTF-8."""
    features = []
    for row, shape in enumerate(shapes):
        properties = {name: _json(texts[row], kinds[name]) for name, texts in cells.items()}
        geometry = json.loads(shapely.to_geojson(shape))
        features.append({"type": "Feature", "properties": properties, "geometry": geometry})
    crs = {"type": "name", "properties": {"name": f"urn:ogc:def:crs:EPSG::{epsg}"}}
    whole = {"type": "FeatureCollection", "crs": crs, "features": features}
    return json.dumps(whole, ensure_ascii=False).encode()


def _json(text: str, kind: str) -> object:
    if not text:
        return None
    number = re.fullmatch(r"-?[0-9]+(\.[0-9]+)?", text)
    if kind in ("number", "integer", "year", "flag") and number:
        return float(text) if "." in text else int(text)
    return text


def gml(cells: Mapping[str, Sequence[str]], shapes: Sequence[shapely.Geometry], epsg: int) -> bytes:
    """Return JPGIS GML: latitude first, geometries by reference, surfaces out of curves."""
    parts = [GML_HEAD.format(system=SYSTEMS[epsg])]
    for row, shape in enumerate(shapes):
        name, text = _gml_shape(shape, row)
        filled = "".join(
            f"\t<ksj:{tag}>{escape(texts[row])}</ksj:{tag}>\n" for tag, texts in cells.items()
        )
        parts.append(f'{text}<ksj:Thing gml:id="T{row}">\n{filled}')
        parts.append(f'\t<ksj:position xlink:href="#{name}"/>\n</ksj:Thing>\n')
    return "".join([*parts, "</ksj:Dataset>\n"]).encode("utf-8-sig")


def _gml_shape(shape: shapely.Geometry, row: int) -> tuple[str, str]:
    def curve(name: str, ring: shapely.Geometry) -> str:
        points = "\n".join(f"{y!r} {x!r}" for x, y in shapely.get_coordinates(ring).tolist())
        return (
            f'<gml:Curve gml:id="{name}"><gml:segments><gml:LineStringSegment><gml:posList>\n'
            f"{points}\n</gml:posList></gml:LineStringSegment></gml:segments></gml:Curve>\n"
        )

    if shape.geom_type == "Point":
        place = f"{shape.y!r} {shape.x!r}"
        return f"pt{row}", f'<gml:Point gml:id="pt{row}"><gml:pos>{place}</gml:pos></gml:Point>\n'
    if shape.geom_type == "LineString":
        return f"cv{row}", curve(f"cv{row}", shape)
    text, patches = "", ""
    for number, part in enumerate(shapely.get_parts(shape)):
        patches += "<gml:PolygonPatch>"
        for place, ring in enumerate((part.exterior, *part.interiors)):
            name = f"cv{row}_{number}_{place}"
            text += curve(name, ring)
            side = "interior" if place else "exterior"
            member = f'<gml:Ring><gml:curveMember xlink:href="#{name}"/></gml:Ring>'
            patches += f"<gml:{side}>{member}</gml:{side}>"
        patches += "</gml:PolygonPatch>"
    whole = f'<gml:Surface gml:id="sf{row}"><gml:patches>{patches}</gml:patches></gml:Surface>\n'
    return f"sf{row}", text + whole


# ── reading them back ────────────────────────────────────────────────────────────────────

KNOWN = catalogue()
SETS = {key: one for key, one in KNOWN.datasets.items() if one.reader == "ksj"}
EDITIONS = [(key, edition) for key, one in SETS.items() for edition in one.editions]
SEVERAL = [key for key, one in SETS.items() if len(one.editions) > 1]
RESHAPED = ("dissolve", "midpoint", "highest")


def entry(dataset: str, edition: str) -> tuple[Dataset, Edition]:
    return SETS[dataset], SETS[dataset].editions[edition]


def opened(
    path: Path,
    edition: Edition,
    *,
    window: Window | None = None,
    **options: Any,  # noqa: ANN401 - keys of a layer
) -> tuple[Found, Findings]:
    findings = Findings(layer=layer(path, options.pop("role", "land"), **options))
    others = SETS[edition.dataset].editions.values() if edition.dataset in SETS else ()
    found = open_ksj(
        path, findings, edition=edition, codes=KNOWN.codes, others=others, window=window
    )
    return found, findings


def faults(
    path: Path,
    edition: Edition,
    kind: type[LayerError] = LayerError,
    **options: Any,  # noqa: ANN401 - keys of a layer
) -> Sequence[Fault]:
    with pytest.raises(kind) as caught:
        opened(path, edition, **options)
    assert all(fault.where.startswith(path.name) and fault.fix for fault in caught.value.faults)
    return caught.value.faults


def written(
    folder: Path,
    dataset: str,
    edition: str,
    **options: Any,  # noqa: ANN401 - those of the kit
) -> tuple[Written, Edition]:
    """Write a download of an edition; return it and the edition."""
    one, other = entry(dataset, edition)
    return write_ksj_zip(folder, one, other, KNOWN.codes, **options), other


def notes(findings: Findings) -> str:
    return "\n".join(str(note) for note in findings.notes)


def same(found: pd.Series, wanted: list[Any]) -> bool:
    """Compare values; blanks are NaN, NA or empty texts, each as its type has it."""
    return len(found) == len(wanted) and all(
        pd.isna(value)
        if want is None or (isinstance(want, float) and math.isnan(want))
        else value == want
        for value, want in zip(found.tolist(), wanted, strict=True)
    )


def check(found: Found, made: Written, edition: Edition) -> None:
    table = found.table
    wrong = {name for name, values in made.wanted.items() if not same(table[name], values)}
    assert not wrong
    assert table.index.tolist() == list(range(1, len(made.shapes) + 1))
    shapes = np.array(made.shapes, dtype=object)
    if edition.midpoint:
        middle = shapely.line_interpolate_point(shapes, 0.5, normalized=True)
        assert shapely.distance(np.asarray(table.geometry), middle).max() < SIDE / 2
    else:
        same_shape = shapely.equals(np.asarray(table.geometry), shapes)
        assert same_shape.all()
