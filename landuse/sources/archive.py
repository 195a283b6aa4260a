"""One layer out of a zip file, without unpacking the rest.

`unzipped` copies a member and its companions under names of our own; `contents` hands out
what can be read from a file, a folder or a zip file without copying anything. So no name in
an archive can lead anywhere, and what comes out is counted while it is read.
"""

from __future__ import annotations

import lzma
import stat
import struct
import zipfile
import zlib
from collections import Counter
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from glob import escape
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from typing import IO, TYPE_CHECKING

from landuse.errors import Fault, LayerError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

__all__ = ["BROKEN", "DAMAGE", "SUFFIXES", "Part", "contents", "file_part", "unzipped"]

SUFFIXES = (".parquet", ".gpkg", ".geojson", ".json", ".shp", ".csv", ".tsv", ".graphml")
"""Kinds of file that are read as layers."""

COMPANIONS = (".shp", ".shx", ".dbf", ".prj")
METADATA = "KS-META*"
"""What 国土数値情報 lays beside a file to describe it."""
MAX_BYTES = 2_000_000_000
MAX_RATIO = 200
MAX_STREAM = 4 << 30
"""Bytes of a member that is read in blocks and never stands in memory or on disk whole: the
largest shapefile there can be. The ratio is not limited here, as blanks of a DBF shrink to
less than a 200th; Deflate itself ends at 1032."""
MAX_MEMBERS = 10_000
MIB = 1 << 20

BROKEN = (
    *(zipfile.BadZipFile, zlib.error, lzma.LZMAError, struct.error, LookupError),
    *(EOFError, RuntimeError, OSError),
)
"""What Python raises where an archive is damaged, locked or packed in an unknown way; a
member without a name is an IndexError."""

DAMAGE = (*BROKEN, ValueError)
"""The same where nothing else is done in between whose errors would be hidden."""


class _ArchiveError(Exception):
    """Why an archive cannot be used, and what to do."""


@dataclass(frozen=True, kw_only=True)
class Part:
    """One file that can be read: by itself, in a folder or in a zip file."""

    name: str
    """Folders and name, as seen from the folder or zip file."""
    size: int
    """Bytes, as the folder or zip file says."""
    packed: int = 0
    """Bytes that it takes in the zip file; 0: it is in none."""
    opened: Callable[[], IO[bytes]]
    """Opens it from its beginning; its checksum is held against its bytes at the end."""

    @property
    def stem(self) -> str:
        """Return its name without folders and suffix."""
        return PurePosixPath(self.name).stem

    @property
    def suffix(self) -> str:
        """Return its suffix in small letters, with the dot."""
        return _suffix(self.name)

    @property
    def swells(self) -> bool:
        """Tell whether it is too large, or was packed too well, to stand in memory whole."""
        ratio = MAX_RATIO * max(self.packed, MIB) if self.packed else MAX_BYTES
        return self.size > min(MAX_BYTES, ratio)

    @property
    def folder(self) -> str:
        """Return the folders that it lies in."""
        return str(PurePosixPath(self.name).parent)


@contextmanager
def contents(path: Path, *, where: str) -> Iterator[tuple[Part, ...]]:
    """Give the files of a folder or zip file, or those that belong to a file.

    A zip file in a zip file is looked into where nothing else is there, one level deep.

    Parameters
    ----------
    path
        A folder, a zip file, or any other file, beside which its companions lie.
    where
        How messages name the layer.

    Raises
    ------
    LayerError
        If the archive is damaged, encrypted or holds too much.
    """
    with ExitStack() as stack:
        try:
            parts = _parts(path, stack)
        except _ArchiveError as error:
            what, fix = error.args
            raise LayerError(Fault(where=where, what=what, fix=fix)) from None
        except DAMAGE as error:
            what = f"is not a zip file that can be read ({error})"
            raise LayerError(Fault(where=where, what=what, fix="download it again")) from None
        yield tuple(parts)


def _parts(path: Path, stack: ExitStack) -> list[Part]:
    if path.suffix.lower() == ".zip" and path.is_file():
        return _members(path, stack)
    if path.is_dir():
        files = sorted(file for file in path.rglob("*") if file.is_file())
        _check_count(len(files))
        return [_on_disk(file, path) for file in files]
    beside = {*path.parent.glob(f"{escape(path.stem)}.*"), *path.parent.glob(METADATA)}
    return [_on_disk(file, path.parent) for file in sorted(beside) if file.is_file()]


def file_part(file: Path) -> Part:
    """Return a file on disk as a part by itself."""
    return _on_disk(file, file.parent)


def _on_disk(file: Path, folder: Path) -> Part:
    name = file.relative_to(folder).as_posix()
    return Part(name=name, size=file.stat().st_size, opened=lambda: file.open("rb"))


def _members(path: Path, stack: ExitStack) -> list[Part]:
    archive = stack.enter_context(_opened(path))
    parts = _files_in(archive)
    inner = [part for part in parts if part.suffix == ".zip"]
    if not inner or any(part.suffix in (".shp", ".geojson", ".gml") for part in parts):
        return parts
    if sum(part.size for part in inner) > MAX_STREAM:
        what = f"holds zip files of more than {MAX_STREAM // MIB} MiB"
        raise _ArchiveError(what, "unpack it yourself if you trust it, and name one of them")
    folder = Path(stack.enter_context(TemporaryDirectory(prefix="landuse-")))
    infos = {info.filename: info for info in archive.infolist()}
    found: list[Part] = []
    for place, part in enumerate(inner):
        copy = folder / f"{place}.zip"
        _copy_member(archive, infos[part.name], copy)
        found += _files_in(stack.enter_context(_opened(copy)))
    return found


def _files_in(archive: zipfile.ZipFile) -> list[Part]:
    infos = _infos(archive)
    for info in infos:
        _check_member(info)
    return [
        Part(
            name=info.filename,
            size=info.file_size,
            packed=info.compress_size,
            opened=partial(_open_member, archive, info),
        )
        for info in infos
    ]


def _infos(archive: zipfile.ZipFile) -> list[zipfile.ZipInfo]:
    """Return the files of an archive, each of which must have a name of its own."""
    infos = [info for info in archive.infolist() if not info.is_dir()]
    _check_count(len(infos))
    names = Counter(info.filename for info in infos)
    doubled = sorted(name for name, count in names.items() if count > 1)
    if doubled:
        what = f"holds {', '.join(doubled[:5])} more than once"
        raise _ArchiveError(what, "make the zip file again, with each file once")
    return infos


def _check_count(files: int) -> None:
    if files > MAX_MEMBERS:
        what = f"holds {files} files"
        raise _ArchiveError(what, "give a folder or zip file of the layer alone")


def _check_member(info: zipfile.ZipInfo) -> None:
    what = ""
    if stat.S_ISLNK(info.external_attr >> 16):
        what = f"member {info.filename} is a link to somewhere else"
    elif info.flag_bits & 1:
        what = f"member {info.filename} is encrypted"
    if what:
        raise _ArchiveError(what, "unpack it yourself if you trust it, and name the folder")


def _open_member(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> IO[bytes]:
    """Open a member, of which never more comes out than it says."""
    if info.file_size > MAX_STREAM:
        message = f"member {info.filename} unpacks to more than {MAX_STREAM // MIB} MiB"
        raise zipfile.BadZipFile(message)
    try:
        return archive.open(info)
    except UnicodeDecodeError as error:
        message = f"member {info.filename} has a damaged name"
        raise zipfile.BadZipFile(message) from error


@contextmanager
def unzipped(path: Path, *, member: str, where: str) -> Iterator[Path]:
    """Give one data file of a zip file, in a folder that is gone afterwards.

    Parameters
    ----------
    path
        The zip file.
    member
        Name of the member, with or without folders and suffix; may be empty if only one
        member is a layer.
    where
        How messages name the layer.

    Raises
    ------
    LayerError
        If the archive is damaged, encrypted or too large, or the member is not there or
        not the only one.
    """
    with TemporaryDirectory(prefix="landuse-") as folder:
        try:
            with _opened(path) as archive:
                data = _copy(archive, member, Path(folder))
        except _ArchiveError as error:
            what, fix = error.args
            raise LayerError(Fault(where=where, what=what, fix=fix)) from None
        except DAMAGE as error:
            what = f"is not a zip file that can be read ({error})"
            raise LayerError(Fault(where=where, what=what, fix="download it again")) from None
        yield data


def _opened(path: Path) -> zipfile.ZipFile:
    """Open an archive whose names are UTF-8 or cp932, whether it says so or not."""
    for encoding in ("utf-8", "cp932"):
        try:
            return zipfile.ZipFile(path, metadata_encoding=encoding)
        except UnicodeDecodeError:
            continue
    return zipfile.ZipFile(path)


def _copy(archive: zipfile.ZipFile, member: str, folder: Path) -> Path:
    members = _infos(archive)
    chosen = _chosen([info.filename for info in members], member)
    stem = PurePosixPath(chosen).with_suffix("")
    kinds = COMPANIONS if chosen.lower().endswith(".shp") else (_suffix(chosen),)
    for info in members:
        name = PurePosixPath(info.filename)
        if name.with_suffix("") == stem and _suffix(info.filename) in kinds:
            _copy_member(archive, info, folder / f"layer{_suffix(info.filename)}")
    return folder / f"layer{_suffix(chosen)}"


def _chosen(names: Sequence[str], member: str) -> str:
    layers = [name for name in names if _suffix(name) in SUFFIXES]
    found = [name for name in layers if not member or member in _ways_to_name(name)]
    if len(found) == 1:
        return found[0]
    listed = ", ".join(sorted(found or layers)[:20]) or "none"
    if not found:
        what = f"holds no layer {member}".rstrip() + f" (found: {listed})"
        raise _ArchiveError(what, "name one of those, or a zip file that holds the layer")
    what = f"holds {len(found)} layers ({listed})"
    raise _ArchiveError(what, 'choose one with sublayer = "…" in the city file')


def _ways_to_name(name: str) -> tuple[str, ...]:
    path = PurePosixPath(name)
    return name, str(path.with_suffix("")), path.name, path.stem


def _suffix(name: str) -> str:
    return PurePosixPath(name).suffix.lower()


def _copy_member(archive: zipfile.ZipFile, info: zipfile.ZipInfo, target: Path) -> None:
    """Copy one member and stop as soon as more comes out than may be."""
    limit = min(MAX_BYTES, MAX_RATIO * max(info.compress_size, MIB))
    size = 0
    with archive.open(info) as source, target.open("wb") as copy:
        while block := source.read(MIB):
            size += len(block)
            if size > limit:
                what = f"member {info.filename} unpacks to more than {limit // MIB} MiB"
                raise _ArchiveError(what, "unpack it yourself if you trust it, and name the file")
            copy.write(block)
