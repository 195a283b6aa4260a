"""JPGIS GML of 国土数値情報: geometries by name, features that refer to them.

The file is read as a stream by expat. A document type is refused, because entities could
swell or lead elsewhere and no file of the ministry has one. Structures read: `gml:Point`,
`gml:Curve` and `gml:LineString`, `gml:Surface` and `gml:Polygon`, with rings written out or
put together from curves by `xlink:href`. The schema is GML 3.2.1 (ISO 19136).
"""

from __future__ import annotations

import codecs
import re
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NoReturn
from xml.parsers import expat

import numpy as np
import shapely

from landuse.sources.ksj.assembly import AGAIN, Assembly, GmlShape

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import IO

    from landuse.sources.report import Findings

__all__ = ["Feature", "GmlLayer", "gml_layers"]

BLOCK = 1 << 20
HEAD = 300
"""Bytes within which a file states its encoding."""
MAX_DEPTH = 100
MAX_TEXT = 256 << 20
"""Characters in one element."""

GML = "http://www.opengis.net/gml"
HREF = "http://www.w3.org/1999/xlink href"
SHAPES = ("Point", "Curve", "LineString", "Surface", "Polygon", "OrientableCurve")
HOLDERS = ("exterior", "interior")
ENCODING = re.compile(rb"""<\?xml[^>]*encoding=["']([A-Za-z0-9._-]+)["']""")
CUT = "breaks off in line {line}: it was cut short"


@dataclass(kw_only=True)
class Feature:
    """One feature as the file writes it."""

    line: int
    texts: dict[str, str] = field(default_factory=dict)
    """Name of an element that holds a text -> the text; several of one name are joined by
    a comma."""
    references: list[str] = field(default_factory=list)
    """Names of the geometries that it refers to."""
    shape: shapely.Geometry | None = None


@dataclass(frozen=True, kw_only=True)
class GmlLayer:
    """Features of one type."""

    kind: str
    """Name of their element."""
    features: list[Feature]
    system: str
    """`srsName` as the file gives it."""


def gml_layers(file: IO[bytes], findings: Findings) -> list[GmlLayer]:
    """Read all features of a file, by type, in the order of the file.

    Coordinates come out as longitude, latitude. Which stands first is decided by where they
    lie: the ranges of Japan do not meet.

    Raises
    ------
    LayerError
        If the file is cut short, not well-formed, declares a document type, or refers to
        geometries that it does not hold.
    """
    reader = _Reader(findings)
    reader.read(file)
    if not reader.features:
        findings.stop("holds no feature", "check whether it is a data file")
    shapes = Assembly(reader.shapes, findings)
    for feature in (one for several in reader.features.values() for one in several):
        found = [shapes.made(name, feature.line) for name in feature.references]
        if found:
            feature.shape = found[0] if len(found) == 1 else _together(found)
    return [
        GmlLayer(kind=kind, features=features, system=reader.system)
        for kind, features in reader.features.items()
    ]


def _together(shapes: list[shapely.Geometry]) -> shapely.Geometry:
    parts = [part for shape in shapes for part in shapely.get_parts(shape)]
    kinds = {part.geom_type for part in parts}
    if kinds == {"Point"}:
        return shapely.MultiPoint(parts)
    if kinds == {"LineString"}:
        return shapely.MultiLineString(parts)
    return (
        shapely.MultiPolygon(parts) if kinds == {"Polygon"} else shapely.GeometryCollection(parts)
    )


class _Reader:
    """Takes the events of the parser."""

    def __init__(self, findings: Findings) -> None:
        self.findings = findings
        self.system = ""
        self.shapes: dict[str, GmlShape] = {}
        self.features: dict[str, list[Feature]] = {}
        self.stack: list[str] = []
        self.text: list[str] = []
        self.leaf = False
        self.feature: Feature | None = None
        self.open: list[GmlShape] = []
        self.parser = expat.ParserCreate(encoding="utf-8", namespace_separator=" ")
        self.parser.buffer_text = True
        self.parser.buffer_size = BLOCK
        self.parser.StartElementHandler = self.start
        self.parser.EndElementHandler = self.end
        self.parser.CharacterDataHandler = self.characters
        self.parser.StartDoctypeDeclHandler = self.doctype

    @property
    def line(self) -> int:
        return self.parser.CurrentLineNumber

    def stop(self, what: str) -> NoReturn:
        self.findings.stop(what, AGAIN)

    def read(self, file: IO[bytes]) -> None:
        try:
            for block in _utf8(file):
                self.parser.Parse(block, False)  # noqa: FBT003 - expat's own signature
            self.parser.Parse(b"", True)  # noqa: FBT003
        except expat.ExpatError as error:
            if error.code in CUT_SHORT:
                self.stop(CUT.format(line=error.lineno))
            why = expat.errors.messages.get(error.code, "")
            self.stop(f"is not well-formed XML in line {error.lineno}: {why}")
        except EOFError:
            self.stop(CUT.format(line=self.line))
        except (UnicodeError, LookupError) as error:
            self.stop(f"is not in the encoding that it states: {error}")

    def doctype(self, *_: object) -> NoReturn:
        self.stop(f"declares a document type in line {self.line}, which no such file needs")

    def characters(self, text: str) -> None:
        if self.leaf:
            self.text.append(text)

    def start(self, name: str, attributes: dict[str, str]) -> None:
        space, _, local = name.rpartition(" ")
        self.text, self.leaf = [], True
        self.stack.append(local)
        if len(self.stack) > MAX_DEPTH:
            self.stop(f"nests elements more than {MAX_DEPTH} deep in line {self.line}")
        if "srsName" in attributes and not self.system:
            self.system = attributes["srsName"]
        if space.startswith(GML):
            self.start_shape(local, attributes)
        elif len(self.stack) == 2:
            self.feature = Feature(line=self.line)
        if HREF in attributes and self.feature is not None and not self.open:
            self.feature.references.append(attributes[HREF].lstrip("#"))
            self.leaf = False

    def start_shape(self, local: str, attributes: dict[str, str]) -> None:
        if local in SHAPES:
            named = next((attributes[key] for key in attributes if key.endswith(" id")), "")
            shape = GmlShape(kind=local, name=named or f"\0{len(self.shapes)}")
            shape.reverse = attributes.get("orientation") == "-"
            if self.open and self.open[-1].rings:
                self.open[-1].rings[-1].append(shape.name)
            elif self.feature is not None and not self.open:
                self.feature.references.append(shape.name)
            self.open.append(shape)
            self.shapes[shape.name] = shape
        elif self.open and local in HOLDERS:
            self.open[-1].rings.append([])
            self.open[-1].outer.append(local == "exterior")
        elif self.open and local in ("curveMember", "baseCurve") and HREF in attributes:
            target = attributes[HREF].lstrip("#")
            if local == "baseCurve":
                self.open[-1].base = target
            elif self.open[-1].rings:
                self.open[-1].rings[-1].append(target)

    def end(self, name: str) -> None:
        space, _, local = name.rpartition(" ")
        text = "".join(self.text) if self.leaf else ""
        if len(text) > MAX_TEXT:
            self.stop(f"holds a text of {len(text)} characters before line {self.line}")
        if space.startswith(GML):
            self.end_shape(local, text)
        elif self.feature is not None and len(self.stack) == 2:
            self.features.setdefault(local, []).append(self.feature)
            self.feature = None
        elif self.feature is not None and self.leaf and not self.open:
            self.add(local, text.strip())
        self.stack.pop()
        self.leaf = False

    def end_shape(self, local: str, text: str) -> None:
        if not self.open:
            if self.feature is not None and self.leaf and text.strip():
                self.add(local, text.strip())  # gml:timePosition and the like
        elif local in ("pos", "posList"):
            self.add_points(text)
        elif local == self.open[-1].kind:
            self.open.pop()

    def add(self, name: str, text: str) -> None:
        texts = self.feature.texts if self.feature is not None else {}
        # The ministry's own conversion writes what stands several times so: 38210,38401.
        texts[name] = f"{texts[name]},{text}" if texts.get(name) else text

    def add_points(self, text: str) -> None:
        try:
            numbers = np.array(text.split(), dtype=np.float64)
        except ValueError:
            self.stop(f"has coordinates that are no numbers before line {self.line}")
        if len(numbers) % 2:
            self.stop(f"has an odd number of coordinates before line {self.line}")
        points = numbers.reshape(-1, 2)
        shape = self.open[-1]
        if shape.rings:
            shape.rings[-1].append(points)
        elif shape.coordinates is None:
            shape.coordinates = points
        else:
            shape.coordinates = np.concatenate((shape.coordinates, points))


CUT_SHORT = {
    expat.errors.codes[message]
    for message in (
        expat.errors.XML_ERROR_NO_ELEMENTS,
        expat.errors.XML_ERROR_UNCLOSED_TOKEN,
        expat.errors.XML_ERROR_PARTIAL_CHAR,
        expat.errors.XML_ERROR_UNCLOSED_CDATA_SECTION,
    )
}


def _utf8(file: IO[bytes]) -> Iterator[bytes]:
    """Give a file as UTF-8, whichever encoding it is in.

    Its first block decides, for other Japanese encodings are hardly ever right as UTF-8;
    only then what its first line states.
    """
    block = file.read(BLOCK)
    decoder = codecs.getincrementaldecoder(_encoding(block))()
    while block:
        yield decoder.decode(block).encode()
        block = file.read(BLOCK)
    if decoder.getstate()[0]:
        raise EOFError


def _encoding(first: bytes) -> str:
    if first[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
        return "utf-16"
    with suppress(UnicodeDecodeError):
        codecs.getincrementaldecoder("utf-8")().decode(first)
        return "utf-8"
    stated = ENCODING.search(first[:HEAD])
    name = codecs.lookup(stated[1].decode("ascii") if stated else "utf-8").name
    return "cp932" if name == "shift_jis" else name
