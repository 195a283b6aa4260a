"""Files of OpenStreetMap read with osmium, in one pass over nodes and one over ways.

The places of nodes go into a table on disk and only ways near the window are kept, so memory
does not grow with what lies outside it. (osmium's own sets of ids would: ids of today are
spread so widely that one set takes 1.6 GB.) Nodes are read before ways whatever their order
in the file, as some answers of Overpass need.
"""

from __future__ import annotations

import shutil
from array import array
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import numpy as np

from landuse.sources.osm.strings import has_nul

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from landuse.sources.report import Findings
    from landuse.sources.window import Window

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

__all__ = [
    "WORLD",
    "Bounds",
    "Source",
    "Ways",
    "inside",
    "opened_osm",
    "read_ways",
    "told_by_osmium",
]

Bounds = tuple[float, float, float, float]
"""West, south, east, north in degrees."""

WORLD: Bounds = (-np.inf, -np.inf, np.inf, np.inf)
UNITS = 10_000_000
"""Units of osmium's whole-number coordinates in a degree; a node that the file does not have
stands far beyond 180 degrees."""
BATCH = 200_000
"""Nodes of ways looked at together."""
DISK_SHARE = 6
"""Free disk needed, as a multiple of the file: 16 bytes a node, packed into 3 or more."""
AGAIN = "download it again; if it was cut out of another file, cut it anew with osmium extract"

DAMAGE = (RuntimeError, ValueError, OSError, OverflowError, MemoryError)
"""What osmium raises over damaged files; texts that are no UTF-8 are ValueErrors."""


@dataclass(frozen=True, kw_only=True)
class Source:
    """A file of OpenStreetMap that has been opened, and where its nodes are."""

    file: Any
    """What osmium reads."""
    locations: Any
    """Osmium's handler that gives ways the places of their nodes."""
    findings: Findings

    def each(self, kind: str, *handlers: object) -> Iterator[Any]:
        """Give the objects of one kind (`NODE`, `WAY`, `RELATION`) that pass the filters."""
        import osmium  # noqa: PLC0415 - only OpenStreetMap's files need it

        with (
            told_by_osmium(self.findings),
            osmium.io.Reader(self.file, getattr(osmium.osm, kind)) as reader,
        ):
            things: Iterable[Any] = osmium.OsmFileIterator(reader, self.locations, *handlers)
            for thing in things:
                if thing.visible:
                    yield thing


@dataclass(frozen=True, kw_only=True)
class Ways:
    """Ways with their nodes, flat: those of way `i` stand from `starts[i]` to `starts[i + 1]`."""

    ids: Ints
    tags: list[dict[str, str]]
    starts: Ints
    refs: Ints
    """Ids of nodes."""
    xy: Floats
    """Degrees, shape (nodes, 2); NaN where the file lacks the node."""
    in_file: int
    """Ways that were looked at, also far from the window."""
    nowhere: int
    """Ways of which the file has no two nodes in a row; they are left out."""
    extent: Bounds
    """Box around all of those."""


@contextmanager
def opened_osm(path: Path, findings: Findings) -> Iterator[Source]:
    """Open a `.osm.pbf`, `.osm` or `.osm.bz2`, whatever its name says.

    Raises
    ------
    LayerError
        If it is none of these, is a history of changes, is damaged, or there is too little
        disk for the places of its nodes.
    """
    import osmium  # noqa: PLC0415 - only OpenStreetMap's files need it

    form = _form(path, findings)
    if form == "pbf" and has_nul(path):
        findings.stop("is damaged: it holds texts with a NUL in them", AGAIN)
    with TemporaryDirectory(prefix="landuse-") as folder:
        if shutil.disk_usage(folder).free < DISK_SHARE * path.stat().st_size:
            what = "needs more room for its nodes than the disk of temporary files has"
            findings.stop(what, "free some, or cut the file to the study area")
        with told_by_osmium(findings):
            index = osmium.index.create_map(f"sparse_file_array,{Path(folder) / 'nodes'}")
            locations = osmium.NodeLocationsForWays(index)
            locations.ignore_errors()
            file = osmium.io.File(path, form)
            with osmium.io.Reader(file, osmium.osm.NOTHING) as reader:
                history = reader.header().has_multiple_object_versions
        if history:
            findings.stop("is a history, not a map of one day", "give an extract of today")
        yield Source(file=file, locations=locations, findings=findings)


def _form(path: Path, findings: Findings) -> str:
    """Tell by its first bytes in which form a file is; its name may say anything."""
    with path.open("rb") as file:
        head = file.read(512)
    text = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    forms = {
        "pbf": head[6:15] == b"OSMHeader",
        "osm.bz2": head.startswith(b"BZh"),
        "osm.gz": head.startswith(b"\x1f\x8b"),
        "osm": text.startswith((b"<?xml", b"<osm")) and b"<html" not in text,
    }
    found = next((form for form, fits in forms.items() if fits), "")
    if b"<osmchange" in text:
        findings.stop("is a list of changes, not a map", "give an extract of the map itself")
    if not found:
        page = text.startswith((b"<!doctype", b"<html", b"<?xml"))
        what = "is a web page, not data" if page else "is no file of OpenStreetMap"
        findings.stop(what, "download it again as .osm.pbf, .osm or .osm.bz2")
    return found


@contextmanager
def told_by_osmium(findings: Findings) -> Iterator[None]:
    """Make osmium's errors ours; some come only when a tag is looked at.

    Raises
    ------
    LayerError
        Where osmium finds damage.
    """
    import osmium  # noqa: PLC0415 - only OpenStreetMap's files need it

    try:
        yield
    except (*DAMAGE, osmium.InvalidLocationError) as error:
        from landuse.errors import LanduseError  # noqa: PLC0415 - an InputError is a ValueError

        if isinstance(error, LanduseError):
            raise
        told = str(error).splitlines()[0][:200] if str(error) else type(error).__name__
        findings.stop(f"is damaged or cut short ({told})", AGAIN)


def read_ways(
    source: Source,
    *,
    keys: Iterable[str],
    wanted: frozenset[str],
    chosen: Callable[[Mapping[str, str]], bool],
    window: Window | None,
) -> Ways:
    """Read the ways near a window; the nodes of the source must have been read before.

    Parameters
    ----------
    source
        The file.
    keys
        A way has one of these keys.
    wanted
        Keys of the tags that are kept.
    chosen
        Tells by its tags whether a way is kept.
    window
        Ways that certainly lie outside are left out; some near it may stay.
    """
    import osmium  # noqa: PLC0415 - only OpenStreetMap's files need it

    gathered = _Gathered(box=window.bounds if window else WORLD, wanted=wanted)
    with told_by_osmium(source.findings):
        for way in source.each("WAY", osmium.filter.KeyFilter(*keys)):
            if chosen(way.tags):
                gathered.add(way)
    return gathered.ways()


def inside(xy: Floats, box: Bounds) -> NDArray[np.bool_]:
    """Tell which points, a row each, lie in a box; NaN does not."""
    west, south, east, north = box
    x, y = xy[:, 0], xy[:, 1]
    return np.asarray((x >= west) & (x <= east) & (y >= south) & (y <= north))


@dataclass(kw_only=True)
class _Gathered:
    """Ways gathered in batches; after each batch those far from the box are dropped."""

    box: Bounds
    wanted: frozenset[str]
    refs: array[int] = field(default_factory=lambda: array("q"))
    x: array[int] = field(default_factory=lambda: array("i"))
    y: array[int] = field(default_factory=lambda: array("i"))
    ids: list[int] = field(default_factory=list)
    sizes: list[int] = field(default_factory=list)
    tags: list[dict[str, str]] = field(default_factory=list)
    done: list[tuple[Ints, list[dict[str, str]], Ints, Ints, Floats]] = field(default_factory=list)
    in_file: int = 0
    nowhere: int = 0
    extent: Bounds = (np.inf, np.inf, -np.inf, -np.inf)

    def add(self, way: Any) -> None:  # noqa: ANN401 - osmium's way
        """Take one way; the tags of one that is surely far away are not looked at."""
        nodes = [(node.ref, node.x, node.y) for node in way.nodes]
        refs, x, y = zip(*nodes, strict=True) if nodes else ((), (), ())
        near = bool(nodes) and self.may_meet(x, y)
        self.refs.extend(refs)
        self.x.extend(x)
        self.y.extend(y)
        self.ids.append(way.id)
        self.sizes.append(len(nodes))
        tags = {tag.k: tag.v for tag in way.tags if tag.k in self.wanted} if near else {}
        self.tags.append(tags)
        if len(self.refs) >= BATCH:
            self.sift()

    def may_meet(self, x: Sequence[int], y: Sequence[int]) -> bool:
        """Tell whether the box around some nodes meets ours; unknown nodes only widen it."""
        west, south, east, north = (side * UNITS for side in self.box)
        return max(x) >= west and min(x) <= east and max(y) >= south and min(y) <= north

    def sift(self) -> None:
        """Keep of the batch what may meet the box."""
        sizes = np.array(self.sizes, dtype=np.int64)
        units = np.column_stack([np.array(self.x), np.array(self.y)]).reshape(-1, 2)
        # Also places that are on no globe, as damaged files have them.
        wrong = (np.abs(units) > np.array([180, 90]) * UNITS).any(axis=1)
        xy = np.where(wrong[:, None], np.nan, units / UNITS)
        owner = np.repeat(np.arange(len(sizes)), sizes)
        kept = _have_steps(xy, owner, self.box, len(sizes))
        self.nowhere += int((~_have_steps(xy, owner, WORLD, len(sizes))).sum())
        nodes = kept[owner]
        tags = [tags for tags, keep in zip(self.tags, kept, strict=True) if keep]
        refs = np.array(self.refs, dtype=np.int64)[nodes]
        self.done.append((np.array(self.ids)[kept], tags, sizes[kept], refs, xy[nodes]))
        self.in_file += len(sizes)
        self.extent = _around(self.extent, xy)
        self.refs, self.x, self.y = array("q"), array("i"), array("i")
        self.ids, self.sizes, self.tags = [], [], []

    def ways(self) -> Ways:
        """Return everything kept, each way once."""
        self.sift()
        ids, tags, sizes, refs, xy = zip(*self.done, strict=True)
        all_sizes = np.concatenate(sizes)
        return Ways(
            ids=np.concatenate(ids).astype(np.int64),
            tags=[one for part in tags for one in part],
            starts=np.concatenate([[0], np.cumsum(all_sizes)]).astype(np.int64),
            refs=np.concatenate(refs),
            xy=np.concatenate(xy),
            in_file=self.in_file,
            nowhere=self.nowhere,
            extent=self.extent,
        )


def _have_steps(xy: Floats, owner: Ints, box: Bounds, ways: int) -> NDArray[np.bool_]:
    """Tell which ways have a step from node to node whose own box meets the box."""
    west, south, east, north = box
    low, high = np.minimum(xy[:-1], xy[1:]), np.maximum(xy[:-1], xy[1:])
    near = (low[:, 0] <= east) & (high[:, 0] >= west) & (low[:, 1] <= north) & (high[:, 1] >= south)
    have = np.zeros(ways, dtype=np.bool_)
    have[owner[:-1][near & (owner[:-1] == owner[1:])]] = True
    return have


def _around(box: Bounds, xy: Floats) -> Bounds:
    known = xy[~np.isnan(xy[:, 0])]
    if not len(known):
        return box
    (west, south), (east, north) = known.min(axis=0), known.max(axis=0)
    return (
        min(box[0], float(west)),
        min(box[1], float(south)),
        max(box[2], float(east)),
        max(box[3], float(north)),
    )
