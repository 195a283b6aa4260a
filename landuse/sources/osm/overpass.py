"""OpenStreetMap of a study area asked from an Overpass server and saved as one file.

The answer is kept as the server gave it, whole, beside the question and its hash: a study can
be repeated from the file, and the file is read like any other extract. The data are
© OpenStreetMap contributors, Open Database Licence (ODbL) 1.0.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from landuse.errors import Fault, MissingFileError
from landuse.sources.osm.features import ROLES, pairs_of
from landuse.sources.osm.tags import Tags, read_tags
from landuse.sources.store import sha256_of
from landuse.sources.web import Manners, Web, WebError, address_fault, refusal, translated

if TYPE_CHECKING:
    from pathlib import Path

    from requests import Response

    from landuse.sources.window import Window

__all__ = ["fetch_overpass", "overpass_query"]

SERVER_S = 180
"""Time that the server may take over the question, seconds."""
SERVER_BYTES = 1_073_741_824
"""Memory that it may use."""
BLOCK = 1 << 16
TAIL = 4096
"""Bytes at the end of an answer in which its end and remarks stand."""
DAY = re.compile(r"\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}:\d{2}Z)?", re.ASCII)
REMARK = re.compile(rb"<remark>\s*(.*?)\s*</remark>", re.DOTALL)
BY_HAND = "https://overpass-turbo.eu"


@dataclass(frozen=True, kw_only=True)
class _Wish:
    """What is asked for and where it is put."""

    query: str
    url: str
    path: Path

    @property
    def asked(self) -> Path:
        """File of the question, for those who ask it by hand."""
        return self.path.with_name(f"{self.path.name}.query.txt")

    @property
    def proof(self) -> Path:
        """File that says which question the answer belongs to, and its hash."""
        return self.path.with_name(f"{self.path.name}.json")


def overpass_query(window: Window, *, role: str, date: str = "", tags: Tags | None = None) -> str:
    """Return the question that a layer of some role needs, in Overpass QL.

    Parameters
    ----------
    window
        The box asked for.
    role
        `network` for streets, or a role of `open_osm_features`.
    date
        Day (`2026-01-31`) or moment (`2026-01-31T00:00:00Z`) of the map; empty: today's.
    tags
        The tables; None: those of the package.

    Raises
    ------
    MissingFileError
        If the role is not read from OpenStreetMap or the date is none.
    """
    if role != "network" and role not in ROLES:
        what = f"is {role!r}, which is not read from OpenStreetMap"
        fix = f"use network or one of: {', '.join(ROLES)}"
        raise MissingFileError(Fault(where="role", what=what, fix=fix))
    if date and not DAY.fullmatch(date):
        fix = "write it as 2026-01-31"
        raise MissingFileError(Fault(where="date", what=f"is {date!r}", fix=fix))
    west, south, east, north = window.bounds
    moment = f'[date:"{date if "T" in date else f"{date}T00:00:00Z"}"]' if date else ""
    wanted = _wanted(role, tags or read_tags())
    return (
        f"[out:xml][timeout:{SERVER_S}][maxsize:{SERVER_BYTES}]{moment}"
        f"[bbox:{south:.7f},{west:.7f},{north:.7f},{east:.7f}];\n"
        f"({' '.join(wanted)});\n(._;>;);\nout body;\n"
    )


def _wanted(role: str, tags: Tags) -> list[str]:
    if role == "network":
        return ['way["highway"];', 'way["route"="ferry"];']
    values: dict[str, list[str]] = {}
    for key, value in pairs_of(role, tags):
        values.setdefault(key, []).append(value)
    return [f'nwr["{key}"~"^({"|".join(words)})$"];' for key, words in values.items()]


def fetch_overpass(
    window: Window,
    *,
    role: str,
    path: Path,
    url: str = "",
    date: str = "",
    manners: Manners | None = None,
) -> Path:
    """Ask an Overpass server for what a layer needs and save the answer as `.osm`.

    If the file is there, whole, and of the same question, nothing is asked. Beside it stand
    the question (`….query.txt`) and its proof (`….json`: question, server, hash, bytes).

    Parameters
    ----------
    window, role, date
        As for `overpass_query`.
    path
        Where the answer is put; its name should end in `.osm`.
    url
        Address of the server's interpreter; empty: that of `presets/osm.toml`.
    manners
        How to behave; None: as everywhere, but with the patience that Overpass needs.

    Returns
    -------
    Path
        The file, for `open_osm_streets` or `open_osm_features`.

    Raises
    ------
    MissingFileError
        If there is no whole answer, with what to do by hand.
    """
    tags = read_tags()
    query = overpass_query(window, role=role, date=date, tags=tags)
    wish = _Wish(query=query, url=url or tags.overpass_url, path=path)
    if _have(wish):
        return path
    polite = manners or Manners(timeout_s=SERVER_S + 60.0)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        wish.asked.write_text(query, encoding="utf-8")
        part = _fetched(wish, polite)
        proof = {
            "query": query,
            "url": wish.url,
            "sha256": sha256_of(part),
            "bytes": part.stat().st_size,
            "licence": "© OpenStreetMap contributors, ODbL 1.0",
        }
        wish.proof.write_text(json.dumps(proof, ensure_ascii=False, indent=1), encoding="utf-8")
        part.replace(path)
    except WebError as error:
        raise _missing(wish, f"could not be fetched: the server {error}") from None
    except OSError as error:
        raise _missing(wish, f"cannot be written ({error.strerror})") from None
    return path


def _have(wish: _Wish) -> bool:
    """Tell whether the answer to this very question is there as it came."""
    try:
        proof = json.loads(wish.proof.read_text(encoding="utf-8"))
        return bool(proof["query"] == wish.query and proof["sha256"] == sha256_of(wish.path))
    except (OSError, ValueError, KeyError, TypeError):
        return False


def _missing(wish: _Wish, what: str) -> MissingFileError:
    fix = (
        f"try again later or with a smaller area; or by hand: open {BY_HAND}, paste the "
        f"question of {wish.asked.name}, run it, export the raw OSM data (XML) and save it as "
        f"{wish.path}"
    )
    return MissingFileError(Fault(where=wish.path.name, what=what, fix=fix))


def _fetched(wish: _Wish, manners: Manners) -> Path:
    """Ask until a whole answer has come, at most as often as manners allow."""
    address = f"{wish.url}?{urlencode({'data': wish.query})}"
    if reason := address_fault(address):
        what = f"has no usable address: {reason}"
        raise WebError(what)
    part = wish.path.with_name(f"{wish.path.name}.part")
    with Web(manners) as web:
        for turn in range(manners.retries + 1):
            try:
                with web.answer(address, headers={"Accept": "application/xml"}) as response:
                    _take(response, part, manners)
                _check(part)
            except WebError as error:
                part.unlink(missing_ok=True)
                if not error.again or turn == manners.retries:
                    raise
                manners.sleep(max(error.wait_s, manners.backoff_s(turn)))
            else:
                return part
    raise AssertionError  # the last turn either returns or raises


def _take(response: Response, part: Path, manners: Manners) -> None:
    """Write the body of an answer to a file."""
    if response.status_code != 200:
        raise refusal(response, manners)
    taken = 0
    with part.open("wb") as file, translated():
        for block in response.iter_content(BLOCK):
            taken += len(block)
            if taken > manners.max_bytes:
                what = f"sends more than {manners.max_bytes:,} bytes"
                raise WebError(what)
            file.write(block)


def _check(part: Path) -> None:
    """Refuse pages, answers that stop half way and those that say they are not whole.

    An Overpass server that runs out of time answers with status 200 and a remark at the end.
    """
    with part.open("rb") as file:
        head = file.read(TAIL)
        file.seek(max(0, part.stat().st_size - TAIL))
        tail = file.read()
    if b"<osm" not in head:
        what = "sent a web page instead of data" if b"<html" in head.lower() else "sent no map"
        raise WebError(what)
    if remark := REMARK.search(tail):
        told = remark[1].decode("utf-8", "replace")[:200]
        what = f"gave up half way ({told})"
        raise WebError(what, again="too busy" in told)
    if not tail.rstrip().endswith(b"</osm>"):
        what = "cut the answer short"
        raise WebError(what, again=True)
