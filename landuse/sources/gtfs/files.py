"""The texts of one feed, out of a zip file or a folder, however deep its maker put them.

Nothing is unpacked to disk and only files that are read are opened at all, so no name in
an archive leads anywhere and fare tables of many megabytes cost nothing.
"""

from __future__ import annotations

import io
from collections import Counter
from contextlib import ExitStack
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from landuse.errors import Fault, LayerError, MissingFileError
from landuse.sources import archive

if TYPE_CHECKING:
    import zipfile
    from collections.abc import Callable, Iterable, Mapping

    Listing = Mapping[str, Callable[[], bytes]]

__all__ = ["feed_files"]

CORE = ("stop_times.txt", "trips.txt", "stops.txt", "routes.txt")
"""Files by which a feed is known; a folder with one of them is taken for a feed."""

DEPTH = 2
"""Zip files in one another: the file itself and one within."""

MAX_BYTES = 1_000_000_000


class _FeedError(Exception):
    """Why no feed can be had, and what to do."""


def feed_files(
    path: Path, *, wanted: Iterable[str], member: str = "", where: str
) -> dict[str, bytes]:
    """Return the bytes of the wanted files of a feed, as far as they are there.

    Parameters
    ----------
    path
        A zip file or a folder. The feed may lie in a folder in it, or in one zip file in
        it.
    wanted
        Names of files, in small letters.
    member
        The folder or the zip file inside to take, where there are several feeds.
    where
        How messages name the feed.

    Raises
    ------
    MissingFileError
        If the path is not there.
    LayerError
        If it cannot be read, is too large, or holds no or several feeds.
    """
    if not path.exists():
        fix = "put the feed there, or correct the path"
        raise MissingFileError(Fault(where=where, what=f"there is no file {path}", fix=fix))
    try:
        with ExitStack() as stack:
            home = _home(_listing(path, stack), member, stack, DEPTH)
            return _read({name: home[name] for name in wanted if name in home})
    except _FeedError as error:
        what, fix = error.args
    except archive.DAMAGE as error:
        what, fix = f"cannot be read ({error})", "download it again"
    raise LayerError(Fault(where=where, what=what, fix=fix))


def _read(home: Listing) -> dict[str, bytes]:
    data: dict[str, bytes] = {}
    for name, read in home.items():
        data[name] = read()
        if sum(map(len, data.values())) > MAX_BYTES:
            raise _FeedError(*_too_large("the feed", MAX_BYTES))
    return data


def _listing(path: Path, stack: ExitStack) -> Listing:
    if path.is_dir():
        return _folder_listing(path)
    return _zip_listing(stack.enter_context(archive._opened(path)))  # noqa: SLF001 - of one house


def _folder_listing(path: Path) -> Listing:
    found = sorted(
        file
        for pattern in ("*", "*/*", "*/*/*")
        for file in path.glob(pattern)
        if file.suffix.lower() in (".txt", ".zip") and file.is_file()
    )
    return {str(PurePosixPath(file.relative_to(path))): _reader(file) for file in found}


def _reader(file: Path) -> Callable[[], bytes]:
    def read() -> bytes:
        if file.stat().st_size > MAX_BYTES:
            raise _FeedError(*_too_large(file.name, MAX_BYTES))
        return file.read_bytes()

    return read


def _too_large(name: str, limit: int) -> tuple[str, str]:
    what = f"{name} is larger than {limit // archive.MIB} MiB"
    return what, "cut the feed to the region first"


def _zip_listing(bundle: zipfile.ZipFile) -> Listing:
    members = [info for info in bundle.infolist() if not info.is_dir()]
    if len(members) > archive.MAX_MEMBERS:
        what = f"holds {len(members)} files"
        raise _FeedError(what, "give a zip file of the feed alone")
    # Some Windows tools write folders with backslashes.
    names = [info.filename.replace("\\", "/") for info in members]
    if len(set(names)) < len(names):
        doubled = sorted(name for name, count in Counter(names).items() if count > 1)
        what = f"holds {', '.join(doubled[:5])} more than once"
        raise _FeedError(what, "make the zip file again, with each file once")
    return {name: _member_reader(bundle, info) for name, info in zip(names, members, strict=True)}


def _member_reader(bundle: zipfile.ZipFile, info: zipfile.ZipInfo) -> Callable[[], bytes]:
    def read() -> bytes:
        limit = min(MAX_BYTES, archive.MAX_RATIO * max(info.compress_size, archive.MIB))
        with bundle.open(info) as source:
            data = source.read(limit + 1)
            if len(data) > limit:
                raise _FeedError(*_too_large(info.filename, limit))
            # Only reading on to the end makes Python compare the checksum.
            source.read(1)
        return data

    return read


def _home(listing: Listing, member: str, stack: ExitStack, depth: int) -> Listing:
    """Choose the folder that holds the feed, and name its files without the folder."""
    homes: dict[str, dict[str, Callable[[], bytes]]] = {}
    for name, read in listing.items():
        path = PurePosixPath(name)
        homes.setdefault(str(path.parent), {})[path.name.lower()] = read
    cores = {home: sum(name in files for name in CORE) for home, files in homes.items()}
    most = max(cores.values(), default=0)
    inside = [name for name in listing if name.lower().endswith(".zip")]
    if most == 0:
        return _within_zip(listing, inside, member, stack, depth)
    best = [home for home, count in cores.items() if count == most]
    chosen = [home for home in best if _is_meant(home, member)] or best
    if len(chosen) > 1:
        raise _FeedError(*_several(chosen))
    return homes[chosen[0]]


def _within_zip(
    listing: Listing, inside: list[str], member: str, stack: ExitStack, depth: int
) -> Listing:
    chosen = [name for name in inside if _is_meant(name, member)] or inside
    if len(chosen) > 1:
        raise _FeedError(*_several(chosen))
    if not chosen or depth == 1:
        names = ", ".join(sorted(listing)[:10]) or "none"
        what = f"holds no feed: none of {', '.join(CORE)} (found: {names})"
        raise _FeedError(what, "give the zip file of a GTFS feed")
    opened = archive._opened(io.BytesIO(listing[chosen[0]]()))  # type: ignore[arg-type]  # noqa: SLF001 - opens any file
    return _home(_zip_listing(stack.enter_context(opened)), member, stack, depth - 1)


def _is_meant(name: str, member: str) -> bool:
    path = PurePosixPath(name)
    return not member or member in (name, path.name, path.stem)


def _several(names: list[str]) -> tuple[str, str]:
    what = f"holds {len(names)} feeds ({', '.join(sorted(names)[:20])})"
    return what, 'choose one with sublayer = "…" in the city file'
