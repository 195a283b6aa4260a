"""What is on record of the files in a folder: where each came from, and its hash."""

from __future__ import annotations

import json
import re
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from landuse.sources.store import write_json

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

__all__ = ["RECORD", "SHA256", "Entry", "Record", "read_record"]

RECORD = "fetched.json"
SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, kw_only=True)
class Entry:
    """Where a file came from, and how it is known again."""

    url: str
    sha256: str
    bytes: int
    when: str
    """Day on which it came or was first found, ISO 8601 in UTC."""
    etag: str = ""
    last_modified: str = ""
    by_hand: bool = False
    """Whether a person put it there."""

    def fits(self, sha256: str, size: int) -> bool:
        """Tell whether bytes are those on record."""
        return (self.sha256, self.bytes) == (sha256, size)


@dataclass(kw_only=True)
class Record:
    """The record of a folder, written anew with every change."""

    path: Path
    files: dict[str, Entry] = field(default_factory=dict)
    """Path below the folder -> what is known of the file."""
    refused: dict[str, str] = field(default_factory=dict)
    """Path below the folder -> hash of an altered file that could not be fetched again yet."""

    def put(self, key: str, entry: Entry) -> None:
        """Put a file on record."""
        self.files[key] = entry
        self.refused.pop(key, None)
        self._write()

    def refuse(self, key: str, sha256: str) -> None:
        """Remember that a file is not the one on record; only another may take its place."""
        self.refused[key] = sha256
        self._write()

    def _write(self) -> None:
        files = {key: asdict(entry) for key, entry in sorted(self.files.items())}
        write_json(self.path, {"files": files, "refused": self.refused})


def read_record(path: Path, *, say: Callable[[str], None]) -> Record:
    """Return the record of a folder; what of it cannot be used is said and left out."""
    record = Record(path=path)
    try:
        said = json.loads(path.read_text(encoding="utf-8"))
        files, refused = dict(said["files"]), dict(said.get("refused", {}))
    except FileNotFoundError:
        return record
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        say(f"{path.name}: 記録が読めません cannot be read; the files are taken as they stand")
        return record
    for key, value in files.items():
        entry = _entry(value)
        if entry is None:
            say(f"{path.name}: {key!r} cannot be read; that file is taken as it stands")
        else:
            record.files[key] = entry
    record.refused |= {key: value for key, value in refused.items() if isinstance(value, str)}
    return record


def _entry(value: Any) -> Entry | None:  # noqa: ANN401 - whatever the file holds
    try:
        entry = Entry(**value)
    except TypeError:
        return None
    texts = (entry.url, entry.sha256, entry.when, entry.etag, entry.last_modified)
    good = all(isinstance(text, str) for text in texts) and type(entry.bytes) is int
    return entry if good and SHA256.fullmatch(entry.sha256) else None
