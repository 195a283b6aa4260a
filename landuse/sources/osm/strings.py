"""Texts of a .osm.pbf that osmium must not see: those with a NUL in them.

libosmium keeps the tags of an object as texts that end with a NUL, one behind the other. A
NUL within a text shifts keys and values, and the last of them ends beyond its memory: the
process dies. Such texts come of damaged or hostile files only, so these are refused first.

Form: https://wiki.openstreetmap.org/wiki/PBF_Format, blocks of protocol buffers.
"""

from __future__ import annotations

import zlib
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["has_nul"]

MAX_HEAD = 64 << 10
MAX_BLOCK = 32 << 20
"""Bytes of a block's head, and of a block; osmium refuses larger ones too."""

RAW, ZLIB, DATASIZE, STRINGS = 1, 3, 3, 1
"""Numbers of fields."""
ONE_BLANK = b"\n\0"
"""How a table of texts begins: the first is always blank, which is the only NUL of most."""


def has_nul(path: Path) -> bool:
    """Tell whether a text in a .osm.pbf holds a NUL.

    What is no such file, or breaks off, is left for osmium to tell.
    """
    with path.open("rb") as file:
        return any(_table_has_nul(table) for block in _blocks(file) for table in _tables(block))


def _blocks(file: IO[bytes]) -> Iterator[bytes]:
    """Give the contents of all blocks, unpacked."""
    while len(size := file.read(4)) == 4 and int.from_bytes(size) <= MAX_HEAD:
        length = next((v for n, v in _fields(file.read(int.from_bytes(size))) if n == DATASIZE), 0)
        if not isinstance(length, int) or length > MAX_BLOCK:
            return
        for number, value in _fields(file.read(length)):
            if isinstance(value, bytes) and number in (RAW, ZLIB):
                yield value if number == RAW else _unpacked(value)


def _unpacked(data: bytes) -> bytes:
    try:
        return zlib.decompressobj().decompress(data, MAX_BLOCK)
    except zlib.error:
        return b""


def _tables(block: bytes) -> Iterator[bytes]:
    return (value for n, value in _fields(block) if n == STRINGS and isinstance(value, bytes))


def _table_has_nul(table: bytes) -> bool:
    if table.startswith(ONE_BLANK) and table.count(0) == 1:
        return False
    return any(isinstance(text, bytes) and b"\0" in text for _, text in _fields(table))


def _fields(data: bytes) -> Iterator[tuple[int, int | bytes]]:
    """Give number and value of each field of a message, until it ends or makes no sense."""
    at = 0
    try:
        while at < len(data):
            key, at = _varint(data, at)
            kind = key & 7
            if kind == 0:
                value, at = _varint(data, at)
                yield key >> 3, value
            elif kind == 2:
                size, at = _varint(data, at)
                yield key >> 3, data[at : at + size]
                at += size
            elif kind in FIXED:
                at += FIXED[kind]
            else:
                return
    except IndexError:
        return


FIXED = {1: 8, 5: 4}
"""Kind of field -> its bytes."""


def _varint(data: bytes, at: int) -> tuple[int, int]:
    """Return a number of as many bytes as it takes, and where the next begins."""
    value = shift = 0
    while True:
        byte = data[at]
        value |= (byte & 0x7F) << shift
        at += 1
        shift += 7
        if byte < 0x80 or shift > 63:
            return value, at
