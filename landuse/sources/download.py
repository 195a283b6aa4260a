"""One file from a server, whole, however often the connection is cut.

What has come lies in `<name>.part`, and beside it in `<name>.part.json` which edition it is
of. It is gone on with only if the server can be held to that edition (RFC 9110, 13.1.5 and
14.2), or if the hash of the whole is known; else it is begun again.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from itertools import chain
from typing import TYPE_CHECKING

from landuse.sources.part import HEAD, PAGE, Edition, Part, is_page, unsound, visible
from landuse.sources.store import sha256_of
from landuse.sources.web import WebError, refusal, time_of, translated

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from requests import Response

    from landuse.sources.part import Download
    from landuse.sources.web import Web

__all__ = ["bring"]

BLOCK = 1 << 16
GOOD_PART = 1 << 20
"""Bytes after which a turn counts as a success, so that a bad line does not end a long file."""
RANGE = re.compile(r"bytes (?:(\d{1,18})-(\d{1,18})|\*)/(\d{1,18}|\*)")
PACKED = ("gzip", "x-gzip", "deflate")


@dataclass(frozen=True, kw_only=True)
class _Job:
    """One file on its way."""

    part: Part
    web: Web
    say: Callable[[str], None]
    progress: Callable[[Path, int, int | None], None]

    @property
    def path(self) -> Path:
        return self.part.download.path

    @property
    def url(self) -> str:
        return self.part.download.url


def bring(
    download: Download,
    *,
    web: Web,
    say: Callable[[str], None],
    progress: Callable[[Path, int, int | None], None],
) -> Edition:
    """Bring a file into its `Part`, whole and checked, in as many turns as it takes.

    Parameters
    ----------
    download
        What to bring.
    web
        The connections of this run.
    say
        Told why something is asked for again.
    progress
        Told the final path, the bytes that are there, and those of the whole or None.

    Raises
    ------
    WebError
        If the server does not give it.
    OSError
        If it cannot be written.
    """
    job = _Job(part=Part(download=download), web=web, say=say, progress=progress)
    turn, most = 0, job.part.size
    while True:
        try:
            return _turn(job)
        except WebError as error:
            if job.part.size >= most + GOOD_PART:
                turn, most = 0, job.part.size
            if not error.again or turn >= web.retries(error):
                web.call_away(error)
                raise
            wait_s = max(error.wait_s, web.manners.backoff_s(turn))
            say(f"{download.path.name}: the server {error}; asking again in {wait_s:.0f} s")
        web.manners.sleep(wait_s)
        turn += 1


def _turn(job: _Job) -> Edition:
    """Ask once, for the rest or for the whole, and check what is there then."""
    edition = known = job.part.edition()
    start = job.part.size if known else 0
    if edition is None or edition.total != start:
        with job.web.answer(job.url, headers=_range(known, start)) as response:
            edition = _take(job, known, response)
    _check(job.part, edition, resumed=start > 0)
    return edition


def _range(known: Edition | None, start: int) -> dict[str, str]:
    if known is None:
        return {}
    only_if = {"If-Range": known.validator} if known.validator else {}
    return {"Range": f"bytes={start}-"} | only_if


def _take(job: _Job, known: Edition | None, response: Response) -> Edition:
    """Add the answer to the part, or begin the part again with it."""
    status = response.status_code
    if known and status == 416:
        return _nothing_left(job.part, known, response)
    if known and status == 206:
        edition, head = _gone_on(job.part, known, response), b""
        job.part.keep(edition)
        job.say(f"{job.path.name}: going on after {_mb(job.part.size)}")
    elif status == 200:
        edition = _edition(job.url, response)
        _check_size(edition.total, job)
        # What is there is worth more than the greeting of a hotel's network.
        head = _head(response, job.path) if known else b""
        job.part.begin(edition)
    else:
        raise refusal(response, job.web.manners)
    _pour(job, edition, chain([head], _blocks(response)))
    return edition


def _edition(url: str, response: Response) -> Edition:
    """Return what an answer with the whole file says of it."""
    headers = response.headers
    etag, changed = headers.get("ETag", ""), headers.get("Last-Modified", "")
    length = headers.get("Content-Length", "")
    packed = _is_packed(response)
    whole = length.isascii() and length.isdigit() and not packed
    if "Transfer-Encoding" in headers:
        whole = False  # RFC 9112, 6.3: then a length means nothing
    validator = etag if etag.startswith('"') else ""
    if not etag and _is_settled(changed, headers.get("Date", "")):
        validator = changed
    return Edition(
        url=url,
        etag=visible(etag),
        last_modified=visible(changed),
        # Of a packed answer, the bytes that were sent are not those that are kept.
        validator="" if packed else visible(validator),
        total=int(length[:18]) if whole else None,
    )


def _is_settled(changed: str, now: str) -> bool:
    """Tell whether a file could not change twice within its time stamp (RFC 9110, 8.8.2.2)."""
    then, sent = time_of(changed), time_of(now)
    return bool(then and sent and (sent - then).total_seconds() >= 1)


def _is_packed(response: Response) -> bool:
    """Tell whether the server packed the file although it was asked not to.

    Raises
    ------
    WebError
        If it did so in a way that is not known here.
    """
    packing = response.headers.get("Content-Encoding", "").strip().lower()
    if packing in ("", "identity"):
        return False
    if packing in PACKED:
        return True
    what = f"packed the file in a way that is not known here ({visible(packing)[:40]})"
    raise WebError(what)


def _nothing_left(part: Part, known: Edition, response: Response) -> Edition:
    """Return the edition if the server says that its end is where the part ends."""
    found = RANGE.fullmatch(response.headers.get("Content-Range", "").strip())
    if found and found[3] == str(part.size):
        return replace(known, total=part.size)
    part.remove()
    what = "has less of the file than came before"
    raise WebError(what, again=True)


def _gone_on(part: Part, known: Edition, response: Response) -> Edition:
    """Return the edition if an answer goes on where the part ends, in the same edition."""
    found = RANGE.fullmatch(response.headers.get("Content-Range", "").strip())
    said = _edition(known.url, response)
    total = int(found[3]) if found and found[3] != "*" else None
    same = (known.etag, known.last_modified) == (said.etag, said.last_modified)
    if known.etag and said.etag:
        same = known.etag == said.etag
    elif not (known.last_modified and said.last_modified):
        same = True
    if total and known.total:
        same = same and total == known.total
    if found and found[1] == str(part.size) and same and not _is_packed(response):
        return replace(known, total=total or known.total)
    part.remove()
    what = "goes on with another edition or at another place"
    raise WebError(what, again=True)


def _blocks(response: Response) -> Iterator[bytes]:
    """Yield the body as it comes; what came before a cut is not lost."""
    unpack = _is_packed(response)
    while True:
        with translated():
            block = response.raw.read1(BLOCK, decode_content=unpack)
        if not block:
            return
        yield block


def _head(response: Response, path: Path) -> bytes:
    head = b""
    for block in _blocks(response):
        head += block
        if len(head) >= HEAD:
            break
    if is_page(head, path.suffix.lower()):
        raise _gave(PAGE)
    return head


def _pour(job: _Job, edition: Edition, blocks: Iterable[bytes]) -> None:
    done = job.part.size
    with job.part.path.open("ab") as file:
        for block in blocks:
            done += len(block)
            if done > job.web.manners.max_bytes:
                break
            file.write(block)
            job.progress(job.path, done, edition.total)
    _check_size(done, job)
    if edition.total is not None and done != edition.total:
        what = f"cut the connection after {_mb(done)} of {_mb(edition.total)}"
        raise WebError(what, again=True)


def _check_size(size: int | None, job: _Job) -> None:
    limit = job.web.manners.max_bytes
    if size is not None and size > limit:
        job.part.remove()
        what = f"sends a file of more than {_mb(limit)}"
        raise WebError(what)


def _check(part: Part, edition: Edition, *, resumed: bool) -> None:
    """Refuse a part that cannot be the file, and forget it unless it may just be cut."""
    wanted = part.download.sha256.lower()
    what = unsound(part.path, kind=part.download.path.suffix)
    if not what and wanted and (found := sha256_of(part.path)) != wanted:
        what = f"another file: its SHA-256 is {found}, not {wanted}"
    if not what:
        return
    cut = edition.total is None and what != PAGE
    if not cut:
        part.remove()
    raise _gave(what, again=cut or (resumed and what != PAGE))


def _gave(what: str, *, again: bool = False) -> WebError:
    return WebError(f"answered with {what}", again=again)


def _mb(size: int) -> str:
    return f"{size / 1e6:,.1f} MB"
