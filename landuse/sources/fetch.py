"""Official files into a city's folder, each known again by its hash.

::

    on record and unchanged -> kept
    there without a record  -> a person put it there: taken as it is, and put on record
    altered, cut, or gone   -> fetched; the old file is set aside as `<name>.old`

What arrives is put on record at once, so that a run that is ended loses nothing. Files
that fail do not hold up the others; all of them are told in the end, each with what to
download by hand and where to put it.
"""

from __future__ import annotations

import errno
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Literal
from urllib.parse import urlsplit

from landuse.errors import Fault, InputError
from landuse.sources.download import bring
from landuse.sources.lock import LockedError, alone
from landuse.sources.part import Download, Part, unsound
from landuse.sources.record import RECORD, SHA256, Entry, read_record
from landuse.sources.store import atomic, sha256_of
from landuse.sources.web import Manners, Web, WebError, address_fault

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from landuse.sources.record import Record

__all__ = ["Download", "FetchError", "Fetched", "LockedError", "Manners", "checklist", "fetch"]

OURS = (".part", ".part.json", ".old")
"""Ends of names that this package gives to files of its own."""
MANNERS = Manners()
FULL = (errno.ENOSPC, errno.EFBIG, getattr(errno, "EDQUOT", errno.ENOSPC))
BARRED = (errno.EACCES, errno.EPERM, errno.EROFS)

Status = Literal["fetched", "kept", "again", "by hand"]


@dataclass(frozen=True, kw_only=True)
class Fetched(Entry):
    """One file that is there, and where it came from."""

    path: Path
    status: Status
    """`fetched`, `kept` as it was, fetched `again`, or found where somebody put it `by hand`."""


class FetchError(InputError):
    """Some files could not be had; one fault for each.

    Attributes
    ----------
    fetched
        The files that are there.
    missing
        The downloads that failed.
    offline
        Whether no server could be reached for any of them.
    """

    def __init__(
        self,
        faults: Iterable[Fault],
        *,
        fetched: tuple[Fetched, ...] = (),
        missing: tuple[Download, ...] = (),
        offline: bool = False,
    ) -> None:
        super().__init__(faults)
        self.fetched = fetched
        self.missing = missing
        self.offline = offline

    @property
    def checklist(self) -> str:
        """What to download by hand and where to put it, to print."""
        return checklist(self.missing)


class _RefusedError(Exception):
    """Why a download is not even tried, and what to do."""


@dataclass(frozen=True, kw_only=True)
class _Run:
    """One call of `fetch`: the folder, its record, and whom to tell."""

    lock: Path
    record: Record
    web: Web
    say: Callable[[str], None]
    progress: Callable[[Path, int, int | None], None]
    taken: set[str] = field(default_factory=set)
    """Places of this run's files, as Windows compares them."""


def fetch(
    downloads: Iterable[Download],
    *,
    lock: Path,
    say: Callable[[str], None] = lambda _: None,
    progress: Callable[[Path, int, int | None], None] = lambda *_: None,
    manners: Manners = MANNERS,
) -> tuple[Fetched, ...]:
    """Have every file of a list in its place, unchanged since it came.

    Parameters
    ----------
    downloads
        The files, all in the folder of `lock` or below it.
    lock
        Lock file; its folder also gets the record, `fetched.json`.
    say
        Told each step, a line of text.
    progress
        Told, while a file comes, its path, the bytes that are there and those of the whole
        (None where the server does not say).
    manners
        How to behave towards servers.

    Returns
    -------
    tuple of Fetched
        In the order of the list.

    Raises
    ------
    LockedError
        If another run is at work in the folder.
    FetchError
        If a file could not be had; the others are there all the same.
    """
    done: list[Fetched] = []
    failed: list[tuple[Download, Exception]] = []
    try:
        with alone(lock), Web(manners) as web:
            record = read_record(lock.with_name(RECORD), say=say)
            run = _Run(lock=lock, record=record, web=web, say=say, progress=progress)
            for download in downloads:
                try:
                    done.append(_have(download, run))
                except (WebError, OSError, _RefusedError) as error:
                    say(f"{download.path.name}: 失敗 failed")
                    failed.append((download, error))
    except OSError as error:
        raise FetchError([_disk_fault(error, where=str(lock.parent))]) from None
    if failed:
        raise _failure(failed, tuple(done))
    return tuple(done)


def checklist(downloads: Iterable[Download]) -> str:
    """Return what to download by hand and where to put it, as a list to tick off."""
    head = (
        "手でダウンロードするファイル（置いてから、もう一度実行してください）\n"
        "Files to download by hand (put them there, then run again)"
    )
    return "\n\n".join([head, *(_item(download) for download in downloads)])


def _item(download: Download) -> str:
    licence = f"（{download.licence}）" if download.licence else ""
    lines = [
        f"□ {download.title}{licence}",
        f"   ページ page:      {download.page}" if download.page else "",
        f"   ファイル file:    {download.url}",
        f"   置き場所 put at:  {download.path}",
        f"   SHA-256:          {download.sha256}" if download.sha256 else "",
    ]
    return "\n".join(line for line in lines if line)


def _have(download: Download, run: _Run) -> Fetched:
    """Have one file: kept, accepted, or fetched."""
    key = _checked(download, run)
    path, entry = download.path, run.record.files.get(key)
    if not path.exists():
        return _bring(download, run, key, status="fetched")
    sha256, size = sha256_of(path), path.stat().st_size
    wrong = _wrong(download, entry, sha256, size, refused=run.record.refused.get(key, sha256))
    if wrong:
        run.say(f"{path.name}: もう一度取得 fetching it again, because the file there {wrong}")
        try:
            return _bring(download, run, key, status="again")
        except (WebError, OSError) as error:
            run.record.refuse(key, sha256)
            meant = f" (if that was meant, take it out of {RECORD})" if entry else ""
            error.add_note(f"; the file that is there {wrong}{meant}")
            raise
    if entry and entry.fits(sha256, size):
        run.say(f"{path.name}: そのまま kept")
        return Fetched(path=path, status="kept", **asdict(entry))
    entry = Entry(url=download.url, sha256=sha256, bytes=size, when=_today(), by_hand=True)
    run.record.put(key, entry)
    run.say(f"{path.name}: 手で置かれたファイル found there, put by hand")
    return Fetched(path=path, status="by hand", **asdict(entry))


def _wrong(download: Download, entry: Entry | None, sha256: str, size: int, *, refused: str) -> str:
    """Return why the file that is there cannot stay, or nothing.

    One that differs from the record stays refused until another takes its place, which
    then can only have been put there by hand.
    """
    if download.sha256:
        same = sha256 == download.sha256.lower()
        return "" if same else f"is another edition than is wanted (SHA-256 {sha256})"
    if entry and entry.fits(sha256, size):
        same = entry.by_hand or entry.url == download.url
        return "" if same else f"came from {entry.url}"
    if entry and refused == sha256:
        cut = f"was cut to {size:,} of {entry.bytes:,} bytes"
        return f"{cut if size < entry.bytes else 'was altered'} since {entry.when}"
    what = unsound(download.path, kind=download.path.suffix)
    return f"is {what}" if what else ""


def _checked(download: Download, run: _Run) -> str:
    """Return where a download belongs in the record.

    Raises
    ------
    _RefusedError
        If its address, place or hash cannot be used.
    """
    key = _key(download.path, run.lock.parent)
    what, fix = address_fault(download.url), "correct its url"
    if not what and download.sha256 and not SHA256.fullmatch(download.sha256.lower()):
        what, fix = "has a sha256 that is none", "give 64 hexadecimal digits, or leave it out"
    name = download.path.name.lower()
    if name in (RECORD, run.lock.name) or name.endswith(OURS):
        what, fix = "has a name that is used for the work itself", "give it another name"
    if key.casefold() in run.taken:
        what, fix = "has the same place as another download", "give each its own"
    if download.path.is_dir():
        what, fix = "has the place of a folder", "remove the folder, or choose another place"
    if what:
        raise _RefusedError(what, fix)
    run.taken.add(key.casefold())
    return key


def _key(path: Path, folder: Path) -> str:
    """Return a path below the folder in the spelling of the record; links are not followed."""
    full, base = path.absolute(), folder.absolute()
    below = full.relative_to(base) if full.is_relative_to(base) else None
    if below is None or not below.parts or ".." in below.parts:
        what = f"has a place outside {folder}: {path}"
        raise _RefusedError(what, "choose a place in that folder")
    return below.as_posix()


def _bring(
    download: Download, run: _Run, key: str, *, status: Literal["fetched", "again"]
) -> Fetched:
    """Fetch a file, put it on record, set the old one aside, and the new one in its place.

    The record comes first: a run that is ended in between finds the part whole, and asks
    nobody for it again.
    """
    path, part = download.path, Part(download=download)
    run.say(f"{path.name}: 取得 fetching from {urlsplit(download.url).netloc}")
    edition = bring(download, web=run.web, say=run.say, progress=run.progress)
    entry = Entry(
        url=download.url,
        sha256=download.sha256.lower() or sha256_of(part.path),
        bytes=part.size,
        when=_today(),
        etag=edition.etag,
        last_modified=edition.last_modified,
    )
    before = run.record.files.get(key, entry)
    if before.sha256 != entry.sha256:
        run.say(f"{path.name}: 版が変わりました another edition than that of {before.when}")
    run.record.put(key, entry)
    if path.exists():
        old = path.with_name(f"{path.name}.old")
        path.replace(old)
        run.say(f"{path.name}: the old file is kept as {old.name}")
    with atomic(path) as draft:
        part.path.replace(draft)
    part.remove()
    return Fetched(path=path, status=status, **asdict(entry))


def _today() -> str:
    return datetime.now(tz=UTC).date().isoformat()


def _failure(failed: list[tuple[Download, Exception]], done: tuple[Fetched, ...]) -> FetchError:
    faults = [_fault(download, error) for download, error in failed]
    offline = all(isinstance(error, WebError) and error.away for _, error in failed)
    if offline:
        what = "どのサーバーにもつながりません no server can be reached"
        fix = (
            f"次の {len(failed)} 件を手で置くか、つながる所で実行してください "
            "put these files there by hand, or run where there is a network"
        )
        faults.insert(0, Fault(where="ネットワーク network", what=what, fix=fix))
    missing = tuple(download for download, _ in failed)
    return FetchError(faults, fetched=done, missing=missing, offline=offline)


def _fault(download: Download, error: Exception) -> Fault:
    name = download.path.name
    if isinstance(error, OSError):
        return _disk_fault(error, where=name)
    if isinstance(error, _RefusedError):
        what, fix = error.args
        return Fault(where=name, what=what, fix=fix)
    more = "".join(getattr(error, "__notes__", []))
    source = f"{download.page or download.url}"
    fix = (
        f"「{download.title}」を {source} から手で取り、{download.path} に置いてください "
        "get it from there by hand and put it at that place"
    )
    what = f"the server {urlsplit(download.url).netloc} {error}{more}"
    return Fault(where=name, what=what, fix=fix)


def _disk_fault(error: OSError, *, where: str) -> Fault:
    place = f" ({error.filename})" if error.filename else ""
    if error.errno in FULL:
        fix = "make room; what has come is kept, and the next run goes on from there"
        return Fault(
            where=where, what=f"ディスクに空きがありません the disk is full{place}", fix=fix
        )
    if error.errno in BARRED:
        fix = "check its rights, and close the programs that have it open"
        return Fault(where=where, what=f"may not be read or written{place}", fix=fix)
    what = f"cannot be read or written: {error.strerror or error}{place}"
    return Fault(where=where, what=what, fix="check the path and the disk")
