"""What has come of a file so far, of which edition it is, and whether it can be the file."""

from __future__ import annotations

import json
import re
import struct
import zipfile
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from landuse.sources.store import write_json

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["HEAD", "PAGE", "Download", "Edition", "Part", "is_page", "unsound", "visible"]

HEAD = 512
"""Bytes from which a web page is told."""
MARKUP = (".xml", ".gml", ".kml", ".osm", ".graphml", ".html", ".htm", ".svg", ".qml", ".sld")
"""Kinds of file that begin with `<` by right."""
PAGES = (".html", ".htm")
PAGE = "a web page"
VISIBLE = re.compile(r"[\x20-\x7e]{1,400}")
"""What may go from one answer into a later question."""


@dataclass(frozen=True, kw_only=True)
class Download:
    """One file to have, and how a person would come by it."""

    url: str
    path: Path
    """Where it goes, in the folder of the lock."""
    sha256: str = ""
    """Hash of the edition that is wanted; empty: whatever comes first is trusted."""
    title: str
    page: str = ""
    """Page on which a person finds it."""
    licence: str = ""


@dataclass(frozen=True, kw_only=True)
class Edition:
    """What a server says of a file, by which later bytes are known to be of the same one."""

    url: str
    etag: str = ""
    last_modified: str = ""
    validator: str = ""
    """The one of the two that stands for every byte; empty: neither does."""
    total: int | None = None
    """Size of the whole, where the server says it."""


@dataclass(frozen=True, kw_only=True)
class Part:
    """What has come of a file so far."""

    download: Download

    @property
    def path(self) -> Path:
        """Where the bytes are."""
        return self.download.path.with_name(self.download.path.name + ".part")

    @property
    def note(self) -> Path:
        """Where it is said of which edition they are."""
        return self.path.with_name(self.path.name + ".json")

    @property
    def size(self) -> int:
        """How many bytes have come."""
        return self.path.stat().st_size if self.path.exists() else 0

    def edition(self) -> Edition | None:
        """Return the edition that can be gone on with, or None where all must come again."""
        try:
            edition = _edition_of(json.loads(self.note.read_text(encoding="utf-8")))
        except (FileNotFoundError, ValueError, RecursionError, TypeError):
            return None
        same = edition.url == self.download.url and bool(self.size)
        held = bool(edition.validator or self.download.sha256)
        fits = edition.total is None or self.size <= edition.total
        return edition if same and held and fits else None

    def begin(self, edition: Edition) -> None:
        """Forget what came before; the bytes go first, so that no note ever lies about them."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.path.write_bytes(b"")
        self.keep(edition)

    def keep(self, edition: Edition) -> None:
        """Write down of which edition the bytes are."""
        write_json(self.note, asdict(edition))

    def remove(self) -> None:
        """Forget everything."""
        self.path.unlink(missing_ok=True)
        self.note.unlink(missing_ok=True)


def _edition_of(said: Any) -> Edition:  # noqa: ANN401 - whatever the note holds
    edition = Edition(**said)
    texts = (edition.url, edition.etag, edition.last_modified, edition.validator)
    if not all(isinstance(text, str) for text in texts):
        raise TypeError
    if edition.validator and not VISIBLE.fullmatch(edition.validator):
        raise ValueError
    if edition.total is not None and type(edition.total) is not int:
        raise TypeError
    return edition


def visible(text: str) -> str:
    """Return a header's text if it is plain and short, else nothing."""
    return text if VISIBLE.fullmatch(text) else ""


def unsound(path: Path, *, kind: str) -> str:
    """Return what a file is instead of what its kind says, or nothing if it may be that.

    Parameters
    ----------
    path
        The file.
    kind
        The suffix of its final name. Only zip files are looked into, as far as their
        directory, which stands at their end.
    """
    with path.open("rb") as file:
        head = file.read(HEAD)
    if not head:
        return "an empty file"
    if is_page(head, kind.lower()):
        return PAGE
    if kind.lower() == ".zip" and not (head.startswith(b"PK") and _has_directory(path)):
        return "a zip file that is cut or damaged"
    return ""


def is_page(head: bytes, kind: str) -> bool:
    """Tell a web page by its first bytes where the kind of file is another."""
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    page = text.startswith((b"<!doctype html", b"<html"))
    return (page and kind not in PAGES) or (text.startswith(b"<") and kind not in MARKUP)


def _has_directory(path: Path) -> bool:
    try:
        with zipfile.ZipFile(path):
            return True
    except (zipfile.BadZipFile, EOFError, OSError, RuntimeError, ValueError, struct.error):
        return False
