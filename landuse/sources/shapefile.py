"""Shapefiles of any size, from disk or straight out of a zip file, in flat memory.

The .shx says where records begin, so blocks of whole records can be read one after the
other; of each block only the boxes are looked at, and only records that meet the window
become geometries. Formats as in the ESRI Shapefile Technical Description of July 1998.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import shapely

from landuse.sources import rings
from landuse.sources.dbf import AGAIN, Fields, fields_of, rows_of, skip
from landuse.sources.report import rows_text

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import IO

    from numpy.typing import NDArray

    from landuse.sources.archive import Part
    from landuse.sources.report import Findings

    Bounds = tuple[float, float, float, float]
    Bools = NDArray[np.bool_]
    Bytes = NDArray[np.uint8]
    Ints = NDArray[np.int64]
    Shapes = NDArray[np.object_]

__all__ = ["Records", "Shapefile", "header_of", "records_of"]

HEAD = 100
MAGIC = 9994
BLOCK = 4 << 20
"""Bytes of records read at a time; a single longer record is read alone."""

MAX_INDEX = 400_000_000
"""Bytes of a .shx: fifty million records."""
MAX_WHOLE = 3_000_000_000
"""Bytes of .shp and .dbf that are read without a window, for all of that stands in memory."""

POINTS, LINES, POLYGONS, MULTIPOINTS = (1, 11, 21), (3, 13, 23), (5, 15, 25), (8, 18, 28)
"""Shape types: plain, with heights and measures, with measures. Only x and y are read."""


@dataclass(frozen=True, kw_only=True)
class Shapefile:
    """The three files without which there is no shapefile."""

    shp: Part
    shx: Part
    dbf: Part


@dataclass(frozen=True, kw_only=True)
class Records:
    """Rows of a shapefile."""

    shapes: Shapes
    """Geometry of each, None where it has none."""
    rows: Ints
    """Number of each in the file, from 1."""
    cells: Bytes
    """Its bytes in the DBF."""
    fields: Fields
    rows_in_file: int
    """All that are not marked as deleted."""


def header_of(file: Shapefile, findings: Findings) -> Fields:
    """Return what the DBF's header says, after all three files were held against each other.

    Raises
    ------
    LayerError
        If one is cut short, or they do not count the same rows.
    """
    with file.dbf.opened() as opened:
        fields = fields_of(opened, findings)
    if file.dbf.size < fields.size:
        findings.stop("its .dbf is cut short", AGAIN)
    counted = (_stated_size(file.shx, findings) - HEAD) // 8
    _stated_size(file.shp, findings)
    if counted != fields.rows:
        what = f"its .shx counts {counted} rows, its .dbf {fields.rows}"
        findings.stop(what, "copy all its files again from one download")
    return fields


def records_of(
    file: Shapefile, fields: Fields, findings: Findings, *, bounds: Bounds | None = None
) -> Records:
    """Read the rows whose box meets some bounds, and those that have none.

    Parameters
    ----------
    file
        The shapefile.
    fields
        As from `header_of`.
    findings
        Of the layer.
    bounds
        West, south, east, north in the file's own system; None: everything.

    Raises
    ------
    LayerError
        If a record is damaged or missing.
    """
    if bounds is None and file.shp.size + file.dbf.size > MAX_WHOLE:
        what = f"is larger than {MAX_WHOLE // 10**6:,} MB and would be read whole"
        findings.stop(what, "say in which system it is, so that the study area can be cut out")
    starts, lengths = _index(file.shx, findings)
    wanted = np.zeros(len(starts), dtype=np.bool_)
    shapes = np.full(len(starts), None, dtype=object)
    with file.shp.opened() as opened:
        kind = int.from_bytes(opened.read(HEAD)[32:36], "little")
        for block in _blocks(opened, starts, lengths, findings):
            boxes = _boxes(block, kind, findings)
            meets = np.ones(len(boxes), dtype=np.bool_) if bounds is None else _meets(boxes, bounds)
            wanted[block.records] = meets
            with np.errstate(all="ignore"):  # coordinates of damaged files overflow
                found = _geometries(block, np.flatnonzero(meets), kind, findings)
            shapes[block.records[meets]] = found
        skip(opened, file.shp.size)  # a zip file checks its sum only at the end
    with file.dbf.opened() as opened:
        cells, deleted = rows_of(opened, fields, findings, wanted=wanted)
        skip(opened, file.dbf.size)
    rows = np.flatnonzero(wanted)
    there = ~deleted[rows]
    if deleted.any():
        findings.note(f"{int(deleted.sum())} rows are marked as deleted: left out", "nothing")
    return Records(
        shapes=shapes[rows[there]],
        rows=rows[there] + 1,
        cells=cells[there],
        fields=fields,
        rows_in_file=len(starts) - int(deleted.sum()),
    )


def _stated_size(part: Part, findings: Findings) -> int:
    """Return the bytes that the header of a .shp or .shx promises and the file has."""
    with part.opened() as opened:
        head = opened.read(HEAD)
    stated = 2 * int.from_bytes(head[24:28], "big")
    if len(head) < HEAD or int.from_bytes(head[:4], "big") != MAGIC:
        findings.stop(f"its {part.suffix} has no header of a shapefile", AGAIN)
    if part.size < stated:
        findings.stop(f"its {part.suffix} is cut short", AGAIN)
    return max(stated, HEAD)


def _index(part: Part, findings: Findings) -> tuple[Ints, Ints]:
    """Return first byte and length in bytes of each record, its head of 8 bytes included."""
    if part.size > MAX_INDEX:
        findings.stop(f"its .shx has more than {MAX_INDEX // 8:,} records", "give a part of it")
    with part.opened() as opened:
        data = opened.read()
    entries = max(2 * int.from_bytes(data[24:28], "big") - HEAD, 0) // 8
    if len(data) < HEAD + 8 * entries:
        findings.stop("its .shx is cut short", AGAIN)
    words = np.frombuffer(data, dtype=">i4", count=2 * entries, offset=HEAD)
    starts, lengths = 2 * words[0::2].astype(np.int64), 2 * words[1::2].astype(np.int64) + 8
    if len(starts) and (starts.min() < HEAD or lengths.min() < 12):
        findings.stop("its .shx is damaged", AGAIN)
    return starts, lengths


@dataclass(frozen=True, kw_only=True)
class _Block:
    """Some records as bytes."""

    data: Bytes
    starts: Ints
    """Where the content of each begins in `data`."""
    lengths: Ints
    """Bytes of its content."""
    records: Ints
    """Which of the file they are."""


def _blocks(file: IO[bytes], starts: Ints, lengths: Ints, findings: Findings) -> Iterator[_Block]:
    """Read the records in the order in which they lie in the file."""
    order = np.argsort(starts, kind="stable")
    begin, end = starts[order], starts[order] + lengths[order]
    if (begin[1:] < end[:-1]).any():
        findings.stop("its .shx has records overlap", AGAIN)
    place, first = HEAD, 0
    while first < len(order):
        last = max(int(np.searchsorted(end, begin[first] + BLOCK, side="right")), first + 1)
        skip(file, int(begin[first]) - place)
        data = file.read(int(end[last - 1] - begin[first]))
        place = int(end[last - 1])
        if len(data) < place - begin[first]:
            findings.stop("its .shp is cut short", AGAIN)
        inside = begin[first:last] - begin[first]
        block = np.frombuffer(data, dtype=np.uint8)
        _check_lengths(block, inside, lengths[order[first:last]], findings)
        yield _Block(
            data=block,
            starts=inside + 8,
            lengths=lengths[order[first:last]] - 8,
            records=order[first:last],
        )
        first = last


def _check_lengths(data: Bytes, inside: Ints, lengths: Ints, findings: Findings) -> None:
    stated = 2 * _taken(data, inside + 4, ">i4").astype(np.int64) + 8
    if (stated != lengths).any():
        findings.stop("its .shx does not fit its .shp", "copy both again from one download")


def _taken(data: Bytes, starts: Ints, dtype: str, count: int = 1) -> NDArray[np.int32]:
    """Return values of one type that begin at some bytes, `count` from each."""
    size = np.dtype(dtype).itemsize * count
    cells = data[starts[:, None] + np.arange(size)]
    values: NDArray[np.int32] = cells.view(dtype).reshape(len(starts), count)
    return values[:, 0] if count == 1 else values


def _boxes(block: _Block, kind: int, findings: Findings) -> NDArray[np.float64]:
    """Return west, south, east, north of each record; NaN where it has no geometry."""
    boxes = np.full((len(block.starts), 4), np.nan)
    kinds = _taken(block.data, block.starts, "<i4")
    there = kinds != 0
    if ((kinds != kind) & there).any() or kind not in POINTS + LINES + POLYGONS + MULTIPOINTS:
        wrong = sorted({int(found) for found in kinds[there]} - {kind}) or [kind]
        findings.stop(f"holds shapes of type {wrong[0]} in a .shp of type {kind}", AGAIN)
    count = 2 if kind in POINTS else 4
    if (block.lengths[there] < 4 + 8 * count).any():
        findings.stop("its .shp has records too short for their type", AGAIN)
    starts = block.starts[there] + 4
    found = _taken(block.data, starts, "<f8", count)
    boxes[there] = np.tile(found, 2) if kind in POINTS else found
    return boxes


def _meets(boxes: NDArray[np.float64], bounds: Bounds) -> Bools:
    """Tell which boxes meet the bounds; those that are no numbers cannot be left out."""
    west, south, east, north = bounds
    beyond = (boxes[:, 0] > east) | (boxes[:, 2] < west)
    beyond |= (boxes[:, 1] > north) | (boxes[:, 3] < south)
    return np.asarray(~beyond)


def _geometries(block: _Block, chosen: Ints, kind: int, findings: Findings) -> Shapes:
    """Make the geometries of some records of a block."""
    found = np.full(len(chosen), None, dtype=object)
    there = np.flatnonzero(_taken(block.data, block.starts[chosen], "<i4") != 0)
    if not len(there):
        return found
    starts, lengths = block.starts[chosen[there]], block.lengths[chosen[there]]
    if kind in POINTS:
        found[there] = shapely.points(_taken(block.data, starts + 4, "<f8", 2))
    elif kind in MULTIPOINTS:
        found[there] = _multipoints(block.data, starts, lengths, findings)
    else:
        make = rings.lines if kind in LINES else rings.polygons
        xy, part, owner = _parts(block.data, starts, lengths, findings)
        broken = np.unique(owner[part[~np.isfinite(xy).all(axis=1)]])
        if len(broken):
            rows = rows_text(block.records[chosen[there[broken]]] + 1)
            findings.note("NaN or infinite coordinates: no geometry", "correct them", place=rows)
            xy[np.isin(owner[part], broken)] = 0.0
        found[there] = make(xy, part, owner, len(there))
        found[there[broken]] = None
    return found


def _multipoints(data: Bytes, starts: Ints, lengths: Ints, findings: Findings) -> Shapes:
    points = _counts(data, starts + 36, lengths - 40, 16, findings)
    xy = _points(data, starts + 40, points)
    return rings.multipoints(xy, np.repeat(np.arange(len(starts)), points), len(starts))


def _counts(data: Bytes, starts: Ints, room: Ints, each: int, findings: Findings) -> Ints:
    """Return a count that stands in each record, which must have room for so many."""
    if (room < 0).any():
        findings.stop("its .shp has records too short for their type", AGAIN)
    counts = _taken(data, starts, "<i4").astype(np.int64)
    if (counts < 0).any() or (counts * each > room).any():
        findings.stop("its .shp has records that promise more points than they hold", AGAIN)
    return counts


def _points(data: Bytes, starts: Ints, counts: Ints) -> NDArray[np.float64]:
    pieces = [
        data[start : start + 16 * count]
        for start, count in zip(starts.tolist(), counts.tolist(), strict=True)
    ]
    return np.concatenate(pieces).view("<f8").reshape(-1, 2)


def _parts(
    data: Bytes, starts: Ints, lengths: Ints, findings: Findings
) -> tuple[NDArray[np.float64], Ints, Ints]:
    """Return the points of lines or rings, the part of each, and the record of each part."""
    room = lengths - 44
    parts = _counts(data, starts + 36, room, 4, findings)
    points = _counts(data, starts + 40, room - 4 * parts, 16, findings)
    xy = _points(data, starts + 44 + 4 * parts, points)
    pieces = [
        data[start : start + 4 * count]
        for start, count in zip((starts + 44).tolist(), parts.tolist(), strict=True)
    ]
    first = np.concatenate(pieces).view("<i4").astype(np.int64)
    owner = np.repeat(np.arange(len(starts)), parts)
    before = np.cumsum(points) - points
    begin = first + before[owner]
    opens = np.flatnonzero(np.diff(owner, prepend=-1))
    in_order = np.diff(begin, append=len(xy)) >= 0
    fits = (first >= 0) & (first <= points[owner])
    if (
        (first[opens] != 0).any()
        or not (in_order.all() and fits.all())
        or (points[parts == 0]).any()
    ):
        findings.stop("its .shp has records whose parts are out of order", AGAIN)
    sizes = np.diff(begin, append=len(xy))
    return xy, np.repeat(np.arange(len(first)), sizes), owner
