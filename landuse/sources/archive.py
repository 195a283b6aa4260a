"""One layer out of a zip file, without unpacking the rest.

The member and its companions are copied under names of our own, so no name in the
archive can lead anywhere; what comes out is counted while it is read.
"""

from __future__ import annotations

import zipfile
import zlib
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from landuse.errors import Fault, LayerError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = ["SUFFIXES", "unzipped"]

SUFFIXES = (".parquet", ".gpkg", ".geojson", ".json", ".shp", ".csv", ".tsv", ".graphml")
"""Kinds of file that are read as layers."""

COMPANIONS = (".shp", ".shx", ".dbf", ".prj")
MAX_BYTES = 2_000_000_000
MAX_RATIO = 200
MAX_MEMBERS = 10_000
MIB = 1 << 20

DAMAGE = (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, OSError, ValueError)
"""What Python raises where an archive is damaged, locked or packed in an unknown way."""


class _ArchiveError(Exception):
    """Why an archive cannot be used, and what to do."""


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
    """Open an archive whose names are UTF-8 or cp932."""
    try:
        return zipfile.ZipFile(path, metadata_encoding="cp932")
    except UnicodeDecodeError:
        return zipfile.ZipFile(path)


def _copy(archive: zipfile.ZipFile, member: str, folder: Path) -> Path:
    members = [info for info in archive.infolist() if not info.is_dir()]
    if len(members) > MAX_MEMBERS:
        what = f"holds {len(members)} files"
        raise _ArchiveError(what, "give a zip file of the layer alone")
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
