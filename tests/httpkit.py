"""A local web server that misbehaves on demand, and a clock that nobody waits for."""

from __future__ import annotations

import gzip
import io
import json
import re
import socket
import threading
import time
import zipfile
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest

from landuse.sources.fetch import Download, Fetched, FetchError, Manners, fetch

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from landuse.errors import Fault

    Act = Callable[["_Handler", "Source"], None]

CHANGED = "Wed, 01 Jan 2020 00:00:00 GMT"


@dataclass(kw_only=True)
class Clock:
    """A clock that sleeping moves on, and that notes how long was slept."""

    now: float = 0.0
    slept: list[float] = field(default_factory=list)

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds

    def manners(self, **options: object) -> Manners:
        """Return manners that keep to this clock and leave nothing to chance."""
        timing = {"sleep": self.sleep, "clock": lambda: self.now, "chance": lambda: 1.0}
        return Manners(**({"timeout_s": 5.0} | timing | options))  # type: ignore[arg-type]


@dataclass(kw_only=True)
class Asked:
    """One request as the server saw it."""

    path: str
    headers: dict[str, str]
    sent: int = 0
    """Bytes of the body that went out."""

    @property
    def range(self) -> str:
        return self.headers.get("range", "")


@dataclass(kw_only=True)
class Source:
    """A file on the server, and how the next requests for it go wrong."""

    data: bytes
    etag: str = '"1"'
    changed: str = CHANGED
    acts: list[Act] = field(default_factory=list)
    """What happens to the first, second … request; afterwards all goes well."""


@dataclass(kw_only=True)
class Site:
    """A running server."""

    url: str
    sources: dict[str, Source] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)

    def put(self, name: str, data: bytes, *acts: Act, etag: str = '"1"') -> str:
        """Put a file on the server and return its address."""
        self.sources[f"/{name}"] = Source(data=data, acts=list(acts), etag=etag)
        return f"{self.url}/{name}"


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    site: Site

    def do_GET(self) -> None:
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.asked = Asked(path=self.path, headers=headers)
        self.site.asked.append(self.asked)
        source = self.site.sources.get(self.path)
        if source is None:
            status(404)(self, Source(data=b""))
        else:
            (source.acts.pop(0) if source.acts else good)(self, source)

    def head(self, code: int, headers: dict[str, object]) -> None:
        self.send_response(code)
        for name, value in headers.items():
            self.send_header(name, str(value))
        self.end_headers()

    def body(self, data: bytes) -> None:
        with suppress(OSError):  # a client that has seen enough goes away
            self.wfile.write(data)
            self.wfile.flush()
            self.asked.sent += len(data)

    def hang_up(self) -> None:
        self.close_connection = True
        with suppress(OSError):
            self.connection.shutdown(socket.SHUT_RDWR)

    def log_message(self, *_: object) -> None:
        pass


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def handle_error(self, *_: object) -> None:
        pass


@contextmanager
def serving() -> Iterator[Site]:
    """Run a server in a thread, past any proxy, for as long as the block lasts."""
    handler = type("Handler", (_Handler,), {})
    server = _Server(("127.0.0.1", 0), handler)
    handler.site = Site(url=f"http://127.0.0.1:{server.server_address[1]}")  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.005})
    thread.start()
    try:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("NO_PROXY", "127.0.0.1")
            yield handler.site  # type: ignore[attr-defined]
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class Folder:
    """A city's folder for downloads, and what was said while they came."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.clock = Clock()
        self.said: list[str] = []
        self.seen: list[tuple[int, int | None]] = []

    @property
    def lock(self) -> Path:
        return self.path / ".fetch.lock"

    @property
    def record(self) -> dict[str, Any]:
        found = json.loads((self.path / "fetched.json").read_text(encoding="utf-8"))["files"]
        return dict(found)

    @property
    def names(self) -> set[str]:
        """Files that a person sees there."""
        files = {path.name for path in self.path.rglob("*") if path.is_file()}
        return files - {".fetch.lock", "fetched.json"}

    def wants(self, url: str, name: str = "a.zip", **more: Any) -> Download:  # noqa: ANN401 - fields of Download
        page = "https://example.org/page"
        return Download(url=url, path=self.path / name, title="行政区域", page=page, **more)

    def fetch(self, *downloads: Download, **manners: Any) -> tuple[Fetched, ...]:  # noqa: ANN401 - fields of Manners
        return fetch(
            downloads,
            lock=self.lock,
            say=self.said.append,
            progress=lambda _, done, total: self.seen.append((done, total)),
            manners=self.clock.manners(**manners),
        )

    def faults(self, *downloads: Download, **manners: Any) -> tuple[Fault, ...]:  # noqa: ANN401 - fields of Manners
        with pytest.raises(FetchError) as caught:
            self.fetch(*downloads, **manners)
        return caught.value.faults


def unused_port() -> int:
    """Return a port on which nobody answers."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def zip_of(size: int, name: str = "a.csv") -> bytes:
    """Return a zip file with a member of some bytes that do not shrink."""
    box = io.BytesIO()
    with zipfile.ZipFile(box, "w", zipfile.ZIP_STORED) as bundle:
        bundle.writestr(name, bytes(range(256)) * (size // 256 + 1))
    return box.getvalue()


# How a request is answered. ------------------------------------------------------------------


def _of(source: Source) -> dict[str, object]:
    said = {"ETag": source.etag, "Last-Modified": source.changed}
    return {name: value for name, value in said.items() if value}


def _asked_part(handler: _Handler, source: Source) -> tuple[int, bytes, dict[str, object]]:
    """Return status, body and headers as RFC 9110 wants them."""
    headers = _of(source)
    wanted = re.fullmatch(r"bytes=(\d+)-", handler.asked.range)
    only_if = handler.asked.headers.get("if-range")
    if not wanted or (only_if and only_if not in (source.etag, source.changed)):
        return 200, source.data, headers
    start, total = int(wanted[1]), len(source.data)
    if start >= total:
        return 416, b"", headers | {"Content-Range": f"bytes */{total}"}
    span = {"Content-Range": f"bytes {start}-{total - 1}/{total}"}
    return 206, source.data[start:], headers | span


def good(handler: _Handler, source: Source) -> None:
    """Answer as RFC 9110 wants it."""
    code, data, headers = _asked_part(handler, source)
    handler.head(code, headers | {"Content-Length": len(data)})
    handler.body(data)


def cut(after: int) -> Act:
    """Hang up after some bytes of the body."""

    def act(handler: _Handler, source: Source) -> None:
        code, data, headers = _asked_part(handler, source)
        handler.head(code, headers | {"Content-Length": len(data)})
        handler.body(data[:after])
        handler.hang_up()

    return act


def silent(after: int, seconds: float) -> Act:
    """Send some bytes and then nothing for a while."""

    def act(handler: _Handler, source: Source) -> None:
        code, data, headers = _asked_part(handler, source)
        handler.head(code, headers | {"Content-Length": len(data)})
        handler.body(data[:after])
        time.sleep(seconds)
        handler.hang_up()

    return act


def unsized(after: int | None = None) -> Act:
    """Send without a length, so that only the end of the connection ends the file."""

    def act(handler: _Handler, source: Source) -> None:
        code, data, headers = _asked_part(handler, source)
        handler.head(code, headers | {"Connection": "close"})
        handler.body(data[:after])
        handler.hang_up()

    return act


def chunked(after: int | None = None, *, size: int = 100) -> Act:
    """Send in chunks; if cut, then within the transfer."""

    def act(handler: _Handler, source: Source) -> None:
        code, data, headers = _asked_part(handler, source)
        handler.head(code, headers | {"Transfer-Encoding": "chunked"})
        for start in range(0, len(data[:after]), size):
            piece = data[:after][start : start + size]
            handler.body(f"{len(piece):x}\r\n".encode() + piece + b"\r\n")
        if after is None:
            handler.body(b"0\r\n\r\n")
        else:
            handler.hang_up()

    return act


def packed(handler: _Handler, source: Source) -> None:
    """Pack the body although nobody asked for it."""
    data = gzip.compress(source.data)
    headers = _of(source) | {"Content-Encoding": "gzip", "Content-Length": len(data)}
    handler.head(200, headers)
    handler.body(data)


def packed_and_cut(handler: _Handler, source: Source) -> None:
    """Pack the body and hang up after half of it."""
    data = gzip.compress(source.data, compresslevel=0)
    headers = _of(source) | {"Content-Encoding": "gzip", "Content-Length": len(data)}
    handler.head(200, headers)
    handler.body(data[: len(data) // 2])
    handler.hang_up()


def whole(handler: _Handler, source: Source) -> None:
    """Ignore Range and If-Range."""
    handler.head(200, _of(source) | {"Content-Length": len(source.data)})
    handler.body(source.data)


def says_length(length: int) -> Act:
    """Say a length that is not true, and hang up at the end of the file."""

    def act(handler: _Handler, source: Source) -> None:
        handler.head(200, _of(source) | {"Content-Length": length})
        handler.body(source.data)
        handler.hang_up()

    return act


def says(code: int, data: bytes = b"", **headers: object) -> Act:
    """Answer with a status, headers (`_` for `-`) and a body, whatever was asked."""

    def act(handler: _Handler, _: Source) -> None:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        handler.head(code, named | {"Content-Length": len(data)})
        handler.body(data)

    return act


def status(code: int, **headers: object) -> Act:
    """Answer with a status and a page that explains it."""
    return says(code, b"<html>sorry</html>", **headers)


def page(handler: _Handler, source: Source) -> None:
    """Greet with a web page where a file was asked for."""
    says(200, b"<!DOCTYPE html><html><body>Welcome</body></html>")(handler, source)


def changes(data: bytes, etag: str, then: Act = good) -> Act:
    """Put another edition in the place of the file, then answer."""

    def act(handler: _Handler, source: Source) -> None:
        source.data, source.etag = data, etag
        then(handler, source)

    return act


def ignoring_if_range(handler: _Handler, source: Source) -> None:
    """Give the rest of another edition, as a careless server does."""
    handler.asked.headers.pop("if-range", None)
    good(handler, source)
