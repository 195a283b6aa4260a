"""Tables of shapefiles (dBASE), byte for byte.

GDAL reads a number by the decimals that the header states: the ministry's files state none
and hold some, so that 16.5 would come out as 16. Here values are the bytes that stand there.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import IO

    from numpy.typing import NDArray

    from landuse.sources.report import Findings

__all__ = [
    "CP932_BYTE",
    "Fields",
    "fields_of",
    "latin_columns",
    "latin_names",
    "rows_of",
    "texts_of",
]

CP932_BYTE = 0x13
"""Language byte of a header that says Japanese Windows."""

NUMBERS = ("N", "F")

DELETED = ord("*")

HEAD = 32
BLOCK = 8 << 20
"""Bytes read at a time."""

AGAIN = "download or copy it again"


@dataclass(frozen=True, kw_only=True)
class Fields:
    """What the header of a DBF says."""

    names: tuple[bytes, ...]
    kinds: tuple[str, ...]
    """`C` text, `N` and `F` number, `L` flag, `D` date."""
    starts: tuple[int, ...]
    """First byte of each field in a row; byte 0 is the mark of deletion."""
    widths: tuple[int, ...]
    rows: int
    head_bytes: int
    row_bytes: int
    language: int
    """Byte 29: which code page, if the maker said."""

    @property
    def size(self) -> int:
        """Bytes that the file must have at least."""
        return self.head_bytes + self.rows * self.row_bytes


def fields_of(file: IO[bytes], findings: Findings) -> Fields:
    """Read the header of a DBF.

    Raises
    ------
    LayerError
        If it is no such header.
    """
    head = file.read(HEAD)
    if len(head) < HEAD:
        findings.stop("its .dbf is cut short", AGAIN)
    rows, head_bytes, row_bytes = (
        int.from_bytes(head[start:end], "little") for start, end in ((4, 8), (8, 10), (10, 12))
    )
    described = file.read(max(head_bytes - HEAD, 0))
    end = described.find(b"\r")
    # Some makers leave the end mark out.
    described = described[: end if end >= 0 and end % HEAD == 0 else len(described)]
    items = [described[i : i + HEAD] for i in range(0, len(described) - HEAD + 1, HEAD)]
    widths = tuple(item[16] + (item[17] << 8) * (item[11:12] == b"C") for item in items)
    if not items or 1 + sum(widths) > row_bytes or head_bytes < HEAD + HEAD * len(items):
        findings.stop("the header of its .dbf is damaged", AGAIN)
    return Fields(
        names=tuple(item[:11].split(b"\0")[0].rstrip() for item in items),
        kinds=tuple(chr(item[11]).upper() for item in items),
        starts=tuple(int(start) for start in 1 + np.cumsum((0, *widths[:-1]))),
        widths=widths,
        rows=rows,
        head_bytes=head_bytes,
        row_bytes=row_bytes,
        language=head[29],
    )


def rows_of(
    file: IO[bytes], fields: Fields, findings: Findings, *, wanted: NDArray[np.bool_]
) -> tuple[NDArray[np.uint8], NDArray[np.bool_]]:
    """Read rows as bytes, a block at a time.

    Parameters
    ----------
    file
        At its beginning.
    fields
        Its header.
    findings
        Of the layer.
    wanted
        Which rows to keep, one for each.

    Returns
    -------
    tuple
        One row of `fields.row_bytes` bytes for each row that is wanted; and which of all
        rows are marked as deleted.

    Raises
    ------
    LayerError
        If the file ends before its last row.
    """
    skip(file, fields.head_bytes)
    at_once = max(BLOCK // fields.row_bytes, 1)
    kept = [np.zeros((0, fields.row_bytes), dtype=np.uint8)]
    deleted = np.zeros(fields.rows, dtype=np.bool_)
    for first in range(0, fields.rows, at_once):
        count = min(at_once, fields.rows - first)
        data = file.read(count * fields.row_bytes)
        if len(data) < count * fields.row_bytes:
            findings.stop("its .dbf is cut short", AGAIN)
        rows = np.frombuffer(data, dtype=np.uint8).reshape(count, fields.row_bytes)
        kept.append(rows[wanted[first : first + count]])
        deleted[first : first + count] = rows[:, 0] == DELETED
    return np.concatenate(kept), deleted


def skip(file: IO[bytes], count: int) -> None:
    """Read on without keeping anything."""
    while count > 0:
        data = file.read(min(count, BLOCK))
        if not data:
            return
        count -= len(data)


def texts_of(
    rows: NDArray[np.uint8], fields: Fields, place: int, *, decode: Callable[[bytes], str]
) -> pd.Series:
    """Return one field of some rows as texts without blanks around them.

    Parameters
    ----------
    rows
        As from `rows_of`.
    fields
        The header.
    place
        Which field, from 0.
    decode
        How bytes become a text; called once for each different value.
    """
    start, width = fields.starts[place], fields.widths[place]
    if not width or not len(rows):
        return pd.Series([""] * len(rows), dtype="str")
    cells = np.ascontiguousarray(rows[:, start : start + width]).view(f"S{width}")[:, 0]
    numbers, different = pd.factorize(cells.astype(object))
    number = fields.kinds[place] in NUMBERS
    texts = [decode(_plain(value, number=number)) for value in different]
    return pd.Series(np.array(texts, dtype=object)[numbers], dtype="str")


def latin_columns(rows: NDArray[np.uint8], fields: Fields) -> dict[str, pd.Series]:
    """Return names and texts of all fields as Latin-1, byte for byte, for their decoding."""
    return {
        name: texts_of(rows, fields, place, decode=_latin)
        for place, name in enumerate(latin_names(fields))
    }


def latin_names(fields: Fields) -> list[str]:
    """Return the names as Latin-1."""
    return distinct([_latin(raw) for raw in fields.names])


def distinct(names: Iterable[str]) -> list[str]:
    """Put `_2` behind a name that stands for the second time, and so on."""
    found: list[str] = []
    for name in names:
        free, number = name, 1
        while free in found:
            number += 1
            free = f"{name}_{number}"
        found.append(free)
    return found


def _latin(raw: bytes) -> str:
    return raw.decode("latin-1")


def _plain(value: bytes, *, number: bool) -> bytes:
    """Leave off padding; a number that is all asterisks did not fit into its field: blank."""
    value = value.split(b"\0")[0].strip()
    return b"" if number and value and not value.strip(b"*") else value
