"""Ways to spoil a file: blind ones on bytes, and those that know texts, JSON, XML, DBF and zip.

Every mutator takes a source of chance and bytes and returns bytes, so that one number makes
one mutant, everywhere and always the same.
"""

from __future__ import annotations

import io
import itertools
import json
import re
import sqlite3
import struct
import zipfile
import zlib
from contextlib import closing, suppress
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import random
    from collections.abc import Callable, Mapping

    Chance = random.Random
    Mutator = Callable[[Chance, bytes], bytes]
    Members = dict[str, bytes]

EXTREMES = ("", "-1", "0", "nan", "inf", "-inf", "1e999", "1e-400", "9" * 40, "９.９", "1,000", "*")
"""What may stand where a number stood."""

HOSTILE = (
    "",
    "\0",
    "\x1b[31m",
    "=cmd|' /C calc'!A0",
    "../../etc",
    "'\"",
    "𠮷" * 300,
    "\u202e",
    "%s%n",
)
"""What may stand where a text stood."""

NUMBER = re.compile(rb"-?\d+(?:\.\d+)?")
ENCODINGS = ("utf-16", "utf-16-le", "utf-8-sig", "cp932", "euc_jp", "iso2022_jp", "cp949", "utf-7")
WORDS = tuple(
    struct.pack(form, value)
    for form in ("<i", ">i", "<H", ">H")
    for value in (0, 1, 0x7FFF, *((-1, 2**31 - 1, -(2**31), 10**6) if form[1] == "i" else (65535,)))
)
DOUBLES = tuple(
    struct.pack("<d", value)
    for value in (0.0, float("nan"), float("inf"), -1e308, 1e-320, 144.38, 43.0, 999.0, -180.0)
)


# ── bytes ────────────────────────────────────────────────────────────────────────────────


def flipped(chance: Chance, data: bytes) -> bytes:
    new = bytearray(data)
    for _ in range(chance.choice((1, 1, 2, 3, 8, 40))):
        new[chance.randrange(len(new))] ^= 1 << chance.randrange(8)
    return bytes(new)


def overwritten(chance: Chance, data: bytes) -> bytes:
    at, size = chance.randrange(len(data)), chance.choice((1, 2, 4, 8, 16, 64, 300))
    run = chance.choice((b"\0", b"\xff", b" ", b"9", b"\x80")) * size
    run = chance.choice((run, chance.randbytes(size)))
    return data[:at] + run[: len(data) - at] + data[at + size :]


def cut(chance: Chance, data: bytes) -> bytes:
    at = chance.choice((chance.randrange(len(data)), max(len(data) - chance.randrange(1, 40), 1)))
    return data[:at]


def headless(chance: Chance, data: bytes) -> bytes:
    return data[chance.choice((1, 3, 100, chance.randrange(len(data)))) :]


def inserted(chance: Chance, data: bytes) -> bytes:
    at = chance.randrange(len(data) + 1)
    more = chance.choice((b"\0" * 40, b'"', b",", b"\n", b"<", b"{", b"\xef\xbb\xbf", b"\x1a"))
    return data[:at] + chance.choice((more, chance.randbytes(20))) + data[at:]


def doubled(chance: Chance, data: bytes) -> bytes:
    at, size = chance.randrange(len(data)), chance.choice((1, 8, 50, 400, len(data)))
    block = data[at : at + size]
    return data[: at + size] + block + data[at + size :]


def taken_out(chance: Chance, data: bytes) -> bytes:
    at, size = chance.randrange(len(data)), chance.choice((1, 2, 8, 32, 200))
    return data[:at] + data[at + size :]


def exchanged(chance: Chance, data: bytes) -> bytes:
    size = chance.choice((4, 8, 32, 100))
    one, other = sorted(chance.randrange(len(data)) for _ in range(2))
    if other < one + size or other + size > len(data):
        return data[::-1]
    first, second = data[one : one + size], data[other : other + size]
    return data[:one] + second + data[one + size : other] + first + data[other + size :]


def worded(chance: Chance, data: bytes) -> bytes:
    """Put an extreme whole number or float where one may stand."""
    word = chance.choice(chance.choice((WORDS, DOUBLES)))
    at = chance.randrange(min(len(data), chance.choice((100, len(data)))))
    at -= at % chance.choice((1, 2, 4))
    return data[:at] + word + data[at + len(word) :]


def emptied(chance: Chance, data: bytes) -> bytes:
    return chance.choice((b"", b"\0" * len(data), b"\n", b"\xef\xbb\xbf", b" " * 50, data[:1]))


BYTES: tuple[Mutator, ...] = (
    *(flipped, flipped, flipped, overwritten, overwritten, cut, cut, headless, inserted, inserted),
    *(doubled, taken_out, exchanged, worded, worded, emptied),
)


# ── texts ────────────────────────────────────────────────────────────────────────────────


def renumbered(chance: Chance, data: bytes) -> bytes:
    found = list(NUMBER.finditer(data))
    if not found:
        return flipped(chance, data)
    for one in sorted(chance.sample(found, min(len(found), chance.choice((1, 1, 3)))), key=_start):
        new = chance.choice(EXTREMES).encode()
        data = data[: one.start()] + new + data[one.end() :] if found else data
    return data


def _start(found: re.Match[bytes]) -> int:
    return -found.start()


def recoded(chance: Chance, data: bytes) -> bytes:
    text = _text(data)
    return text.encode(chance.choice(ENCODINGS), "replace")


def _text(data: bytes) -> str:
    for encoding in ("utf-8", "cp932"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    return data.decode("latin-1")


def _encoding(data: bytes) -> str:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return "cp932"
    return "utf-8"


def lines_changed(chance: Chance, data: bytes) -> bytes:
    """Double, drop, exchange, empty or join lines."""
    lines = data.splitlines(keepends=True)
    at, other = chance.randrange(len(lines)), chance.randrange(len(lines))
    way = chance.randrange(6)
    if way == 0:
        lines.insert(at, lines[other])
    elif way == 1:
        del lines[at]
    elif way == 2:
        lines[at], lines[other] = lines[other], lines[at]
    elif way == 3:
        lines[at] = chance.choice((b"\n", b",,,,,\n", b" \r\n", b"\x0c\n"))
    elif way == 4:
        lines[at] = lines[at].rstrip(b"\r\n")
    else:
        lines = [line.rstrip(b"\r\n") + chance.choice((b"\r", b"\n\n", b"\r\n")) for line in lines]
    return b"".join(lines)


def columns_changed(chance: Chance, data: bytes) -> bytes:
    """Exchange, rename, drop or double columns, or their heads alone."""
    encoding = _encoding(data)
    rows = [line.split(",") for line in data.decode(encoding, "replace").splitlines()]
    at, other = chance.randrange(len(rows[0])), chance.randrange(len(rows[0]))
    way = chance.randrange(6)
    for row in rows[:1] if way in (0, 1, 2) else rows:
        if max(at, other) >= len(row):
            continue
        if way == 1:
            row[at] = chance.choice((*HOSTILE, row[other], row[at] + "x", row[at].upper()))
        elif way in (0, 3):
            row[at], row[other] = row[other], row[at]
        elif way == 4:
            del row[at]
        else:
            row.insert(at, row[other])
    text = "\r\n".join(",".join(row) for row in rows) + "\r\n"
    return text.encode(encoding, "replace")


def cells_changed(chance: Chance, data: bytes) -> bytes:
    """Put something hostile into a few cells."""
    encoding = _encoding(data)
    rows = [line.split(",") for line in data.decode(encoding, "replace").splitlines()]
    for _ in range(chance.choice((1, 2, 5))):
        row = chance.choice(rows)
        row[chance.randrange(len(row))] = chance.choice(HOSTILE + EXTREMES)
    text = "\r\n".join(",".join(row) for row in rows) + "\r\n"
    return text.encode(encoding, "replace")


TEXT: tuple[Mutator, ...] = (
    *(renumbered, renumbered, recoded, lines_changed, lines_changed),
    *(columns_changed, columns_changed, cells_changed, cells_changed),
)


# ── JSON ─────────────────────────────────────────────────────────────────────────────────

GEOMETRIES: tuple[Any, ...] = (
    None,
    {},
    [],
    {"type": "Point", "coordinates": []},
    {"type": "Point", "coordinates": [0, 0]},
    {"type": "Point", "coordinates": [43.0, 144.38]},
    {"type": "Point", "coordinates": ["144.38", None]},
    {"type": "Point", "coordinates": [1e308, -1e308, 5, 6]},
    {"type": "Point", "coordinates": [float("nan"), float("inf")]},
    {"type": "Polygon", "coordinates": [[[144, 43], [145, 44], [145, 43], [144, 44], [144, 43]]]},
    {"type": "Polygon", "coordinates": [[[144, 43], [145, 44]]]},
    {"type": "Polygon", "coordinates": [[]]},
    {"type": "MultiPolygon", "coordinates": []},
    {"type": "LineString", "coordinates": [[144.38, 43.0]]},
    {"type": "LineString", "coordinates": [[144.38, 43.0], [144.38, 43.0]]},
    {"type": "GeometryCollection", "geometries": []},
    {"type": "Klein bottle", "coordinates": [1, 2]},
)
VALUES: tuple[Any, ...] = (
    *(None, "", {}, [], [[]], 0, -1, 1e308, 10**400, float("nan"), True, "x" * 5000, "\0"),
    {"a": [1, {"b": None}]},
)


def json_changed(chance: Chance, data: bytes) -> bytes:
    """Change something anywhere in a document that is well-formed."""
    if chance.random() < 0.06:
        deep = chance.choice((b"[", b'{"a":')) * 10_000
        return data.replace(b'"coordinates"', b'"deep": ' + deep + b', "coordinates"', 1)
    document = json.loads(data)
    features = document["features"]
    feature = chance.choice(features)
    way = chance.randrange(9)
    if way < 3:
        feature["geometry"] = chance.choice(GEOMETRIES)
    elif way == 3:
        features.insert(chance.randrange(len(features)), json.loads(json.dumps(feature)))
    elif way == 4:
        features.remove(feature)
    elif way == 5:
        document["crs"] = chance.choice(
            (*VALUES, *({"type": "name", "properties": {"name": name}} for name in SYSTEMS))
        )
    else:
        place, key = chance.choice(list(_places(document)))
        if way == 6:
            del place[key]
        elif way == 7 and isinstance(place, dict):
            place[key + chance.choice(("x", " ", ""))] = place.pop(key)
        else:
            place[key] = chance.choice(VALUES)
    return json.dumps(document, ensure_ascii=chance.random() < 0.5).encode("utf-8", "replace")


SYSTEMS = ("EPSG:6681", "EPSG:99999", "urn:ogc:def:crs:EPSG::4301", "", "x" * 3000, "EPSG:4979")


def _places(value: Any) -> Any:  # noqa: ANN401 - JSON
    """Give every container of a document with each of its keys."""
    if isinstance(value, (dict, list)):
        for key in list(value) if isinstance(value, dict) else range(len(value)):
            yield value, key
            yield from _places(value[key])


# ── XML ──────────────────────────────────────────────────────────────────────────────────

ENTITIES = (
    '<!DOCTYPE a [<!ENTITY a "aaaaaaaaaa">'
    + "".join(
        f'<!ENTITY {here} "{f"&{before};" * 10}">'
        for before, here in itertools.pairwise("abcdefghi")
    )
    + "]>"
)
DOCTYPES = (
    ENTITIES.encode(),
    b'<!DOCTYPE a SYSTEM "file:///etc/passwd">',
    b'<!DOCTYPE a [<!ENTITY i SYSTEM "file:///etc/hostname">]>',
    b'<!DOCTYPE a [<!ENTITY % p SYSTEM "http://127.0.0.1:9/x">%p;]>',
)
TAG = re.compile(rb"<[^<>!?]{1,300}>")
TEXT_NODE = re.compile(rb">([^<>]{1,300})<")
ATTRIBUTE = re.compile(rb'(\s[\w:]{1,40}=)"([^"<>]{0,300})"')


def xml_changed(chance: Chance, data: bytes) -> bytes:
    """Change tags, attributes, texts; declare entities and use them."""
    way = chance.randrange(8)
    if way == 0:
        head, sep, rest = data.partition(b"?>")
        used = TEXT_NODE.sub(b">&i;<", rest, count=1)
        return head + sep + chance.choice(DOCTYPES) + chance.choice((rest, used))
    if way == 1:
        one = chance.choice(list(TAG.finditer(data)))
        new = chance.choice((b"", one[0] * 2, b"<a>" * 5000, one[0].lower(), b"<![CDATA["))
        return data[: one.start()] + new + data[one.end() :]
    if way == 2 and (found := list(TEXT_NODE.finditer(data))):
        one = chance.choice(found)
        new = chance.choice(HOSTILE + EXTREMES + ("&amp;", "&lt;a", "&#0;", "1 2 3")).encode()
        return data[: one.start(1)] + new + data[one.end(1) :]
    if way < 6 and (found := list(ATTRIBUTE.finditer(data))):
        one = chance.choice(found)
        other = chance.choice(found)[2]
        text = chance.choice(HOSTILE[:1] + EXTREMES + ("x" * 2000,)).encode()
        new = chance.choice((b"", one[0] * 2, one[1] + b'"' + chance.choice((other, text)) + b'"'))
        return data[: one.start()] + new + data[one.end() :]
    if way == 6:
        return _element_changed(chance, data)
    wrong = chance.choice((b"utf-16", b"shift_jis", b"EUC-JP", b"ascii", b"no-such", b"utf-7"))
    return re.sub(rb"encoding=.([\w-]+).", b'encoding="' + wrong + b'"', data, count=1)


def _element_changed(chance: Chance, data: bytes) -> bytes:
    """Drop, double or rename an element with all that is in it."""
    names = sorted(set(re.findall(rb"<([\w:]+)[\s>]", data)))
    name = re.escape(chance.choice(names))
    found = list(re.finditer(rb"<(%b)([\s>].*?)</%b>" % (name, name), data, re.DOTALL))
    if not found:
        return cut(chance, data)
    one = chance.choice(found)
    new = chance.choice((b"", one[0] * 2, one[0].replace(one[1], one[1] + b"x")))
    return data[: one.start()] + new + data[one.end() :]


# ── shapefiles ───────────────────────────────────────────────────────────────────────────


def dbf_changed(chance: Chance, data: bytes) -> bytes:
    """Change counts and lengths of the header, fields, marks of deletion."""
    new = bytearray(data)
    head = int.from_bytes(data[8:10], "little")
    width = int.from_bytes(data[10:12], "little")
    rows = int.from_bytes(data[4:8], "little")
    fields = (head - 33) // 32
    field = 32 + 32 * chance.randrange(fields)
    way = chance.randrange(7)
    if way == 0:
        new[4:8] = chance.choice((0, 1, rows - 1, rows + 1, 2**32 - 1)).to_bytes(4, "little")
    elif way == 1:
        other = chance.choice((0, width - 1, width + 1, 65535, 1))
        new[10:12] = max(other, 0).to_bytes(2, "little")
    elif way == 2:
        new[8:10] = chance.choice((0, 31, 32, head - 1, head + 32, 65535)).to_bytes(2, "little")
    elif way == 3:
        new[field + chance.choice((11, 16, 17))] = chance.choice((0, 1, 255, *b"NFDLCMX@"))
    elif way == 4:
        name = chance.choice((b"\0" * 11, b"geometry\0\0\0", new[32:43], b"\xff" * 11))
        new[field : field + 11] = name
    elif way == 5:
        new[head + width * chance.randrange(rows)] = chance.choice(b"*\0x")
    else:
        new[chance.choice((0, 29))] = chance.randrange(256)
    return bytes(new)


def shp_changed(chance: Chance, data: bytes) -> bytes:
    """Change types, counts, parts and coordinates of the records."""
    new = bytearray(data)
    starts = _records(data)
    start = chance.choice(starts)
    way = chance.randrange(7)
    if way == 0:
        new[24:28] = chance.choice((0, 50, 49, len(data), 2**31 - 1, -1 % 2**32)).to_bytes(4)
    elif way == 1:
        at = chance.choice((32, start + 8))
        new[at : at + 4] = struct.pack("<i", chance.choice((0, 1, 3, 5, 8, 13, 15, 25, 31, -1, 99)))
    elif way == 2:
        at = start + chance.choice((0, 4))
        new[at : at + 4] = struct.pack(">i", chance.choice((0, 1, 2, -1, 10**6, 2**31 - 1)))
    elif way == 3:
        at = start + 8 + chance.choice((36, 40, 44))
        new[at : at + 4] = struct.pack("<i", chance.choice((0, 1, 2, -1, 4, 10**6, 2**31 - 1)))
    elif way == 4:
        for at in range(start + 12, len(new) - 8, 8):  # every coordinate of the rest
            new[at : at + 8] = chance.choice(DOUBLES)
    else:
        end = min([one for one in starts if one > start], default=len(data))
        for at in range(start + 12, end - 8, 4):
            if chance.random() < 0.2:
                new[at : at + 8] = chance.choice(DOUBLES)
    return bytes(new[: max(len(data), 1)])


def shx_changed(chance: Chance, data: bytes) -> bytes:
    """Change where records are said to begin and how long they are; drop or add some."""
    way = chance.randrange(4)
    if way == 0:
        return data[:-8]
    if way == 1:
        return data + chance.choice((data[-8:], bytes(8)))
    at = 100 + 4 * chance.randrange((len(data) - 100) // 4) if way == 2 else 24
    new = chance.choice((0, 1, 49, 50, -1 % 2**32, 2**31 - 1, len(data), len(data) // 2 - 4))
    return data[:at] + new.to_bytes(4) + data[at + 4 :]


def dbf_cell_changed(chance: Chance, data: bytes) -> bytes:
    """Put something else into one cell of a DBF, as wide as it is."""
    head, width = (int.from_bytes(data[at : at + 2], "little") for at in (8, 10))
    rows, fields = int.from_bytes(data[4:8], "little"), (head - 33) // 32
    place, row = chance.randrange(fields), chance.randrange(rows)
    before = sum(data[32 + 32 * field + 16] for field in range(place))
    size = data[32 + 32 * place + 16]
    at = head + row * width + 1 + before
    text = chance.choice((*EXTREMES, *HOSTILE, "*" * size, "9" * size, "髙"))
    new = text.encode(chance.choice(("cp932", "utf-8")), "replace")[:size].ljust(size)
    return data[:at] + new + data[at + size :]


def _records(data: bytes) -> list[int]:
    starts, at = [], 100
    while at + 12 <= len(data):
        starts.append(at)
        at += 8 + 2 * max(int.from_bytes(data[at + 4 : at + 8]), 2)
    return starts


PRJS = (
    b"",
    b"EPSG:6668",
    b"EPSG:99999",
    b"\xff\xfe\x00" * 30,
    b"+proj=longlat",
    b'GEOGCS["x"]',
    b'PROJCS["' + b"[" * 3000,
    b'LOCAL_CS["here",UNIT["metre",1]]',
    b'GEOCCS["x",DATUM["D",SPHEROID["S",6378137,298.257]],PRIMEM["G",0],UNIT["m",1]]',
    (
        b'GEOGCS["t",DATUM["D_Tokyo",SPHEROID["Bessel_1841",6377397.155,299.1528128]],'
        b'PRIMEM["Greenwich",0],UNIT["Degree",0.0174532925199433]]'
    ),
    b'{"type": "GeographicCRS"}',
    b"urn:ogc:def:crs:EPSG::4979",
)


def prj_changed(chance: Chance, _data: bytes) -> bytes:
    return chance.choice(PRJS)


# ── other forms ──────────────────────────────────────────────────────────────────────────


def tiff_changed(chance: Chance, data: bytes) -> bytes:
    """Change tags, types, counts or values in the directory of a TIFF."""
    new = bytearray(data)
    at = int.from_bytes(data[4:8], "little")
    count = int.from_bytes(data[at : at + 2], "little")
    entry = at + 2 + 12 * chance.randrange(count)
    field, size = chance.choice(((0, 2), (2, 2), (4, 4), (8, 4), (8, 2)))
    value = chance.choice(
        (0, 1, 2, 3, 5, 32, 255, 1000, 2 ** (8 * size) - 1, chance.randrange(999))
    )
    new[entry + field : entry + field + size] = value.to_bytes(size, "little")
    return bytes(new)


def pbf_changed(chance: Chance, data: bytes) -> bytes:
    """Change bytes within an unpacked block of a file of OpenStreetMap and pack it again."""
    blocks, at = [], 0
    while at + 4 <= len(data):
        size = int.from_bytes(data[at : at + 4])
        head = data[at + 4 : at + 4 + size]
        length = _datasize(head)
        begin = at + 4 + size
        blocks.append((head, data[begin : begin + length]))
        at = begin + length
    place = chance.randrange(len(blocks))
    head, blob = blocks[place]
    raw = _raw_of(blob)
    raw = chance.choice(BYTES[:-1])(chance, raw) if raw else raw
    packed = zlib.compress(raw)
    new = b"\x10" + _varint(len(raw)) + b"\x1a" + _varint(len(packed)) + packed
    kind = b"OSMHeader" if b"OSMHeader" in head else b"OSMData"
    head = b"\x0a" + bytes((len(kind),)) + kind + b"\x18" + _varint(len(new))
    blocks[place] = head, new
    return b"".join(struct.pack(">I", len(head)) + head + blob for head, blob in blocks)


def _datasize(head: bytes) -> int:
    at = 2 + head[1]
    return _read_varint(head, at + 1)[0]


def _raw_of(blob: bytes) -> bytes:
    at = 0
    while at < len(blob):
        field = blob[at] >> 3
        value, at = _read_varint(blob, at + 1)
        if field == 1:
            return blob[at : at + value]
        if field == 3:
            return zlib.decompress(blob[at : at + value])
    return b""


def _read_varint(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        value |= (data[at] & 0x7F) << shift
        shift, at = shift + 7, at + 1
        if not data[at - 1] & 0x80:
            return value, at


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


STATEMENTS = (
    "UPDATE gpkg_contents SET srs_id = {n}",
    "UPDATE gpkg_contents SET data_type = 'x'",
    "UPDATE gpkg_contents SET table_name = 'rtree_toy_geom'",
    "UPDATE gpkg_geometry_columns SET column_name = 'name'",
    "UPDATE gpkg_geometry_columns SET geometry_type_name = 'POINT', z = {n}",
    "UPDATE gpkg_geometry_columns SET srs_id = {n}",
    "UPDATE gpkg_spatial_ref_sys SET definition = 'GEOGCS[', organization_coordsys_id = {n}",
    "UPDATE gpkg_ogr_contents SET feature_count = {n}",
    "DELETE FROM gpkg_ogr_contents",
    "DELETE FROM gpkg_geometry_columns",
    "DELETE FROM gpkg_spatial_ref_sys",
    "DELETE FROM rtree_toy_geom",
    "DELETE FROM toy WHERE fid = {n}",
    "DELETE FROM toy",
    "INSERT INTO toy (geom, name) SELECT geom, name FROM toy",
    "UPDATE toy SET geom = x'{blob}' WHERE fid = {n}",
    "UPDATE toy SET geom = NULL WHERE fid = {n}",
    "UPDATE toy SET geom = substr(geom, 1, {n})",
    "UPDATE toy SET geom = substr(geom, 1, 8) || x'{blob}' WHERE fid = {n}",
    "UPDATE toy SET name = x'{blob}', area = 'none', \"when\" = '2020-99-99' WHERE fid = {n}",
    "UPDATE toy SET area = 1e999, code = {n}, flag = 'x'",
    "ALTER TABLE toy ADD COLUMN more BLOB DEFAULT x'{blob}'",
    'ALTER TABLE toy RENAME COLUMN name TO "na;me"',
    "ALTER TABLE toy RENAME TO toys",
    "CREATE VIEW other AS SELECT * FROM toy",
    "PRAGMA application_id = {n}",
    "PRAGMA user_version = {n}",
    "PRAGMA encoding = 'UTF-16'",
)


def gpkg_changed(chance: Chance, data: bytes) -> bytes:
    """Change the tables of a GeoPackage behind its triggers' backs."""
    with closing(sqlite3.connect(":memory:")) as base:
        base.deserialize(data)
        names = "SELECT name FROM sqlite_master WHERE type = 'trigger'"
        for (name,) in base.execute(names).fetchall():
            base.execute(f'DROP TRIGGER "{name}"')
        number = chance.choice((0, 1, 3, 6, -1, 4301, 6681, 99999, 2**62, 40))
        blob = chance.choice((b"", bytes(40), b"\x01\x03" + bytes(30), chance.randbytes(50)))
        statement = chance.choice(STATEMENTS).format(n=number, blob=blob.hex())
        with suppress(sqlite3.Error):
            base.execute(statement)
        base.commit()
        return base.serialize()


def parquet_changed(chance: Chance, data: bytes) -> bytes:
    """Change the `geo` document or the geometries of a GeoParquet."""
    import pyarrow as pa  # noqa: PLC0415 - heavy
    import pyarrow.parquet as pq  # noqa: PLC0415

    table = pq.read_table(io.BytesIO(data))
    meta = dict(table.schema.metadata)
    way = chance.randrange(5)
    if way < 2:
        document = json.loads(meta[b"geo"])
        place, key = chance.choice(list(_places(document)))
        place[key] = chance.choice((*VALUES, *SYSTEMS))
        meta[b"geo"] = json.dumps(document).encode("utf-8", "replace")
    elif way == 2:
        meta[b"geo"] = flipped(chance, meta[b"geo"])
    elif way == 3:
        cells = table["geometry"].to_pylist()
        row = chance.randrange(len(cells))
        cells[row] = chance.choice((None, b"", cells[row][:20], worded(chance, cells[row])))
        at = table.schema.get_field_index("geometry")
        table = table.set_column(at, "geometry", pa.array(cells, pa.binary()))
    else:
        at = chance.randrange(table.num_columns)
        table = chance.choice((table.remove_column(at), table.slice(0, 0), table.slice(2)))
        meta.pop(chance.choice(list(meta)))
    made = io.BytesIO()
    pq.write_table(table.replace_schema_metadata(meta), made)
    return made.getvalue()


BY_SUFFIX: Mapping[str, tuple[Mutator, ...]] = {
    ".gpkg": (gpkg_changed,) * 30,
    ".parquet": (parquet_changed,) * 30,
    ".dbf": (*(dbf_changed,) * 16, *(dbf_cell_changed,) * 16),
    ".shp": (shp_changed,) * 20,
    ".shx": (shx_changed,) * 12,
    ".prj": (prj_changed,) * 30,
    ".cpg": (recoded, cells_changed),
    ".csv": TEXT * 3,
    ".txt": TEXT * 3,
    ".par": TEXT,
    ".geojson": (json_changed,) * 24 + TEXT[:3],
    ".xml": (xml_changed,) * 20 + TEXT[:3],
    ".osm": (xml_changed,) * 20 + TEXT[:3],
    ".graphml": (xml_changed,) * 20 + TEXT[:3],
    ".pbf": (pbf_changed,) * 30,
    ".tif": (tiff_changed,) * 24,
}


def changed(chance: Chance, name: str, data: bytes) -> tuple[bytes, str]:
    """Change a file by one to three mutators that suit its suffix; say which."""
    suffix = re.search(r"\.\w+$", name)
    able = BYTES + BY_SUFFIX.get(suffix[0].lower() if suffix else "", ())
    told = []
    for _ in range(chance.choice((1, 1, 1, 1, 2, 3))):
        mutator = chance.choice(able)
        told.append(mutator.__name__)
        try:
            data = mutator(chance, data) if data else data
        except Exception:  # noqa: BLE001 - an earlier mutator has left another form
            data = flipped(chance, data)
    return data, " + ".join(told)


# ── zip files ────────────────────────────────────────────────────────────────────────────

NAMES = (
    "../evil{}",
    "../../../../../../tmp/evil{}",
    "/tmp/evil{}",  # noqa: S108 - nothing may ever be written there
    "C:\\evil{}",
    "..\\evil{}",
    "a/../../evil{}",
    "\udce3\udc81{}",
    "釧路{}",
    "con{}",
    ".{}",
    "a\0b{}",
    "\n\x1b[2J{}",
    "{}" + "/" * 50,
    "x" * 300 + "{}",
    "..",
    "",
)


def packed(members: Mapping[str, bytes], **options: Any) -> bytes:  # noqa: ANN401 - of ZipFile
    """Return a zip file; the time within is always the same."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", options.pop("compression", zipfile.ZIP_DEFLATED)) as bundle:
        for name, data in members.items():
            bundle.writestr(zipfile.ZipInfo(name), data, **options)
    return made.getvalue()


def unpacked(data: bytes) -> Members:
    with zipfile.ZipFile(io.BytesIO(data)) as bundle:
        return {name: bundle.read(name) for name in bundle.namelist() if not name.endswith("/")}


def zip_changed(chance: Chance, members: Members) -> tuple[bytes, str]:
    """Pack members in a way that no good zip file is packed in."""
    trick = chance.choice(TRICKS)
    return trick(chance, dict(members)), trick.__name__


def named_badly(chance: Chance, members: Members) -> bytes:
    name = chance.choice(list(members))
    suffix = re.search(r"\.\w+$", name)
    new = chance.choice(NAMES).format(suffix[0] if suffix else "")
    data = members.pop(name) if chance.random() < 0.7 else members[name]
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as bundle:
        for key, value in members.items():
            bundle.writestr(zipfile.ZipInfo(key), value)
        info = zipfile.ZipInfo("a")
        info.filename = new.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
        info.flag_bits |= chance.choice((0, 0x800))
        bundle.writestr(info, data)
    return made.getvalue()


def linked(chance: Chance, members: Members) -> bytes:
    name = chance.choice(list(members))
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as bundle:
        for key, value in members.items():
            info = zipfile.ZipInfo(key)
            info.external_attr = (0o120777 if key == name else 0o100644) << 16
            bundle.writestr(info, b"/etc/passwd" if key == name else value)
    return made.getvalue()


def stands_twice(chance: Chance, members: Members) -> bytes:
    name = chance.choice(list(members))
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as bundle:
        for key, value in members.items():
            bundle.writestr(zipfile.ZipInfo(key), value)
        again = zipfile.ZipInfo("x" * len(name))
        bundle.writestr(again, chance.choice((members[name], members[name][:-8], b"")))
    return made.getvalue().replace(b"x" * len(name), name.encode())


def header_changed(chance: Chance, members: Members) -> bytes:
    """Change a field of a local or central header or of the end of the directory."""
    new = bytearray(packed(members))
    sign, fields = chance.choice(
        (
            (b"PK\x03\x04", ((4, 2), (6, 2), (8, 2), (14, 4), (18, 4), (22, 4), (26, 2), (28, 2))),
            (
                b"PK\x01\x02",
                ((6, 2), (8, 2), (10, 2), (16, 4), (20, 4), (24, 4), (28, 2), (30, 2), (42, 4)),
            ),
            (b"PK\x05\x06", ((4, 2), (6, 2), (8, 2), (10, 2), (12, 4), (16, 4), (20, 2))),
        )
    )
    places = [found.start() for found in re.finditer(re.escape(sign), bytes(new))]
    at = chance.choice(places)
    field, size = chance.choice(fields)
    old = int.from_bytes(new[at + field : at + field + size], "little")
    top = 2 ** (8 * size) - 1
    value = chance.choice((0, 1, old ^ 1, old + 1, max(old - 1, 0), old ^ 0x41, 9, 12, 14, 99, top))
    new[at + field : at + field + size] = (value & top).to_bytes(size, "little")
    return bytes(new)


def bomb(chance: Chance, members: Members) -> bytes:
    name = chance.choice(list(members))
    filler = chance.choice((b"\0", b" ", b"1,", b"a"))
    members[name] += filler * chance.choice((3_000_000, 1_000_000, 20_000_000))
    return packed(members)


def nested(chance: Chance, members: Members) -> bytes:
    data = packed(members)
    for _ in range(chance.choice((1, 1, 1, 2, 3, 30))):
        data = packed({chance.choice(("a.zip", "b/ä.zip", "../c.zip", "d")): data})
    return data if chance.random() < 0.6 else packed({"a.zip": data, "b.zip": packed(members)})


def cut_directory(chance: Chance, members: Members) -> bytes:
    data = packed(members)
    return data[: data.rindex(b"PK\x01\x02") + chance.randrange(60)]


def otherwise_packed(chance: Chance, members: Members) -> bytes:
    way = chance.choice((zipfile.ZIP_STORED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA))
    data = packed(members, compression=way)
    return chance.choice((data, flipped(chance, data)))


def wrapped(chance: Chance, members: Members) -> bytes:
    """Put something before, behind or into a zip file."""
    data = packed(members)
    more = chance.choice((b"MZ" + b"\0" * 90, b"<html>", bytes(3), data))
    return chance.choice((more + data, data + more, data[:-2] + b"\xff\xff" + more))


def folders(chance: Chance, members: Members) -> bytes:
    """Add folders, hidden files, empty files, files of the same suffix."""
    name = chance.choice(list(members))
    more = chance.choice((f"{name}/", f"__MACOSX/{name}", f".{name}", f"a/{name}", name.upper()))
    data = b"" if more.endswith("/") else chance.choice((b"", members[name], b"x"))
    return packed({**members, more: data})


def left_out(chance: Chance, members: Members) -> bytes:
    del members[chance.choice(list(members))]
    return packed(members)


TRICKS: tuple[Callable[[Chance, Members], bytes], ...] = (
    *(named_badly, named_badly, linked, stands_twice, header_changed, header_changed),
    *(header_changed, nested, cut_directory, otherwise_packed, wrapped, folders, left_out, bomb),
)
