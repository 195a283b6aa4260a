"""Raster files as one grid of pixels, of which only the study window is read."""

from __future__ import annotations

import warnings
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np
from pyproj import CRS
from pyproj.exceptions import CRSError

from landuse.crs import swapped_axes
from landuse.sources.datum import is_tokyo
from landuse.sources.tilefiles import DRIVERS, tile_files

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from landuse.sources.report import Findings
    from landuse.sources.window import Window

    Bools = NDArray[np.bool_]
    Box = tuple[int, int, int, int]

__all__ = ["Pixels", "read_tiles"]

ALIGNED_PX = 0.01
"""How far, in pixels, the grids of two tiles may lie apart and still be one."""

MAX_PIXELS = 200_000_000

SMALLEST, FARTHEST = 1e-9, 1e12
"""Limits of what can be the side of a pixel and its coordinates, in degrees or metres."""

TOKYO_PAD_DEG = 0.01
"""What the window grows by for the Tokyo datum, which lies up to 0.007° away."""


@dataclass(frozen=True, kw_only=True)
class Pixels:
    """The pixels of a window and where they lie."""

    classes: NDArray[np.integer]
    """Rows by columns, of a type that GDAL can outline."""
    known: Bools
    """Which pixels have a value."""
    corner: tuple[float, float]
    """Where the first column and the first row begin, in coordinates of `crs`."""
    pixel: tuple[float, float]
    """Width and height of a pixel, negative where columns run west and rows south."""
    crs: CRS
    crs_from: str


@dataclass(frozen=True, kw_only=True)
class _Tile:
    """An open raster and where its pixels lie in the common grid."""

    data: Any
    row: int = 0
    column: int = 0

    @property
    def box(self) -> tuple[int, int, int, int]:
        """First and one past the last row, then column."""
        rows, columns = self.data.shape
        return self.row, self.row + rows, self.column, self.column + columns


def read_tiles(
    paths: Sequence[Path], findings: Findings, *, window: Window | None = None
) -> Pixels:
    """Read the part of some tiles that touches a window.

    Parameters
    ----------
    paths
        Rasters, zip files that hold one, folders or patterns of them. All are tiles of one
        grid; where they overlap, the first by name counts.
    findings
        Of the layer, whose `crs` counts where the files say nothing.
    window
        Pixels that lie wholly outside are not read.

    Raises
    ------
    LayerError
        If a raster cannot be read, has several bands or is turned; tiles do not fit
        together; the window is not on them, or too large.
    CrsError
        If it is not known where the pixels lie.
    """
    with ExitStack() as stack, _told_by_gdal(findings):
        files = tile_files(paths, findings, stack=stack)
        opened = {name: stack.enter_context(_opened(name, files[name], findings)) for name in files}
        crs = _system(opened.values(), findings)
        findings.raise_faults()
        tiles = _fitted(opened, findings)
        box = _box(tiles, crs, findings, window=window)
        values, known = _mosaic(tiles, box, findings)
        first = tiles[0].data
        along = first.transform
        said = "file" if first.crs else "city file"
    return Pixels(
        classes=values,
        known=known,
        corner=(along.c + along.a * box[2], along.f + along.e * box[0]),
        pixel=(along.a, along.e),
        crs=crs,
        crs_from=said,
    )


@contextmanager
def _told_by_gdal(findings: Findings) -> Iterator[None]:
    """Make errors of GDAL ours; that a raster lies nowhere is told elsewhere."""
    from rasterio.errors import (  # noqa: PLC0415 - heavy; only rasters need it
        NotGeoreferencedWarning,
        RasterioError,
    )

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", NotGeoreferencedWarning)
            yield
    except RasterioError as error:
        findings.stop(f"cannot be read as a raster: {error}", "download it again")


@contextmanager
def _opened(name: str, path: Path, findings: Findings) -> Iterator[Any]:
    import rasterio  # noqa: PLC0415 - heavy; only rasters need it

    driver = DRIVERS.get(path.suffix.lower())
    if driver is None:
        fix = f"save it as one of {', '.join(DRIVERS)}"
        findings.stop(f"{name} is of no kind of raster that is read here", fix)
    with rasterio.open(path, driver=driver) as data:
        _check(data, name, findings)
        yield data


def _check(data: Any, name: str, findings: Findings) -> None:  # noqa: ANN401 - a dataset of rasterio
    if data.count != 1:
        what = f"has {data.count} bands: a picture or a stack, not one band of classes"
        findings.fault(what, "save the band that holds the classes alone", place=name)
    kind = np.dtype(data.dtypes[0]).kind
    if kind not in "iuf":
        findings.fault(f"holds {data.dtypes[0]}, not whole numbers", "save it as such", place=name)
    if data.transform.is_identity:
        findings.crs_fault("is a picture without a place on the ground", "give the GeoTIFF")
    elif not _is_sane(data.transform):
        findings.crs_fault("has pixels of no size or place", "download it again")
    elif data.transform.b or data.transform.d:
        what = "is turned against its reference system"
        findings.crs_fault(what, "reproject it (nearest neighbour) to a system without rotation")


def _is_sane(along: Any) -> bool:  # noqa: ANN401 - an Affine
    """Tell whether pixels have a size and lie within reach, so that they can be counted."""
    within = bool((np.abs(along) < FARTHEST).all())  # NaN is not
    return within and min(abs(along.a) + abs(along.b), abs(along.e) + abs(along.d)) > SMALLEST


def _system(opened: Iterable[Any], findings: Findings) -> CRS:
    """Return the one system of all tiles: theirs, else that of the city file."""
    stated = {data.crs.to_wkt() if data.crs else "" for data in opened}
    if len(stated) > 1:
        findings.crs_fault("has tiles in different systems", "bring all to one system")
    text = stated.pop() or findings.layer.crs
    try:
        crs = CRS(text) if text else None
    except CRSError:
        crs = None
    if crs is None or not (crs.is_geographic or crs.is_projected):
        fix = 'say which it is in the city file, e.g. crs = "EPSG:4326"'
        findings.crs_fault("has no coordinate reference system", fix)
        findings.raise_faults()
    return CRS(crs)


def _fitted(opened: Mapping[str, Any], findings: Findings) -> list[_Tile]:
    """Place tiles in the grid of the first."""
    first = next(iter(opened.values())).transform
    tiles = []
    for name, data in opened.items():
        own, (rows, columns) = data.transform, data.shape
        column, row = (own.c - first.c) / first.a, (own.f - first.f) / first.e
        off = max(abs(column - round(column)), abs(row - round(row)))
        off += max(abs(own.a / first.a - 1) * columns, abs(own.e / first.e - 1) * rows)
        if off > ALIGNED_PX:
            what = "has pixels that do not lie in the grid of the first tile"
            findings.fault(what, "give each grid its own layer, or resample one", place=name)
            continue
        tiles.append(_Tile(data=data, row=round(row), column=round(column)))
    findings.raise_faults()
    return tiles


def _box(tiles: Sequence[_Tile], crs: CRS, findings: Findings, *, window: Window | None) -> Box:
    """Return the rows and columns to read: all, or those that touch the window."""
    boxes = np.array([tile.box for tile in tiles])
    top, left = boxes[:, [0, 2]].min(axis=0)
    bottom, right = boxes[:, [1, 3]].max(axis=0)
    if window is not None:
        rows, columns = _in_pixels(window, tiles[0].data.transform, crs)
        top, bottom = max(top, rows[0]), min(bottom, rows[1])
        left, right = max(left, columns[0]), min(right, columns[1])
    box = int(top), int(bottom), int(left), int(right)
    if not any(_overlap(tile.box, box) for tile in tiles):
        _stop_elsewhere(tiles, crs, findings)
    if (pixels := (bottom - top) * (right - left)) > MAX_PIXELS:
        what = f"has {pixels:,} pixels to read (at most {MAX_PIXELS:,})"
        findings.stop(what, "cut it to the study area, or give coarser pixels")
    return box


def _in_pixels(
    window: Window,
    transform: Any,  # noqa: ANN401 - an Affine
    crs: CRS,
) -> tuple[tuple[int, int], tuple[int, int]]:
    west, south, east, north = window.in_crs(crs)
    pad = TOKYO_PAD_DEG * (1 if crs.is_geographic else 111_320) if is_tokyo(crs) else 0.0
    columns = sorted((x - transform.c) / transform.a for x in (west - pad, east + pad))
    rows = sorted((y - transform.f) / transform.e for y in (south - pad, north + pad))
    whole = [(int(np.floor(low)), int(np.ceil(high))) for low, high in (rows, columns)]
    return whole[0], whole[1]


def _overlap(one: Box, other: Box) -> Box | None:
    top, left = max(one[0], other[0]), max(one[2], other[2])
    bottom, right = min(one[1], other[1]), min(one[3], other[3])
    return (top, bottom, left, right) if top < bottom and left < right else None


def _stop_elsewhere(tiles: Sequence[_Tile], crs: CRS, findings: Findings) -> NoReturn:
    bounds = np.array([tile.data.bounds for tile in tiles])
    west, south = bounds[:, :2].min(axis=0)
    east, north = bounds[:, 2:].max(axis=0)
    numbers = f"x {west:.6g} to {east:.6g}, y {south:.6g} to {north:.6g}"
    if crs.is_geographic and swapped_axes((west, south, east, north)):
        what = f"has its axes swapped: latitude stands where longitude belongs ({numbers})"
        findings.crs_fault(what, "exchange them: longitude is x and comes first")
    else:
        what = f"does not meet the study area ({numbers})"
        findings.fault(what, "give the tiles that cover the city, or correct their system")
    findings.raise_faults()
    raise AssertionError


def _mosaic(
    tiles: Sequence[_Tile], box: Box, findings: Findings
) -> tuple[NDArray[np.integer], Bools]:
    """Read the pixels of a box, and tell which have a value."""
    shape = box[1] - box[0], box[3] - box[2]
    kind = np.result_type(*(_kind(tile.data.dtypes[0]) for tile in tiles))
    values, known = np.zeros(shape, dtype=kind), np.zeros(shape, dtype=np.bool_)
    differing = 0
    for tile in tiles:
        shared = _overlap(tile.box, box)
        if shared is None:
            continue
        read = _read(tile, shared, findings)
        place = np.s_[
            shared[0] - box[0] : shared[1] - box[0], shared[2] - box[2] : shared[3] - box[2]
        ]
        has = ~np.ma.getmaskarray(read)
        differing += int((has & known[place] & (read.data != values[place])).sum())
        new = has & ~known[place]
        values[place][new] = read.data[new]
        known[place] |= has
    if differing:
        what = f"{differing:,} pixels where tiles overlap have different classes"
        findings.note(what, "the first tile by name counts there")
    return values, known


def _kind(dtype: str) -> np.dtype[np.integer]:
    """Return the type of pixels that GDAL can outline and that holds a type of files."""
    same = {"uint8": "uint8", "int8": "int16", "int16": "int16", "uint16": "uint16"}
    return np.dtype(same.get(dtype, "int32"))


def _read(tile: _Tile, box: Box, findings: Findings) -> np.ma.MaskedArray:
    """Read a part of one tile; pixels without a value are masked."""
    from rasterio.windows import Window as Block  # noqa: PLC0415 - heavy; only rasters need it

    part = Block(box[2] - tile.column, box[0] - tile.row, box[3] - box[2], box[1] - box[0])
    read = tile.data.read(1, window=part, masked=True)
    kind = _kind(tile.data.dtypes[0])
    if read.dtype.kind == "f":
        read = np.ma.masked_invalid(read)
    given = read.compressed() if read.dtype.itemsize > 2 else read.data[:0]
    limits = np.iinfo(kind)
    if ((given % 1 != 0) | (given < limits.min) | (given > limits.max)).any():
        what = "holds measured values, not numbers of classes"
        findings.stop(what, "give the raster of classes, in whole numbers")
    return np.ma.masked_array(read.filled(0).astype(kind), np.ma.getmaskarray(read))
