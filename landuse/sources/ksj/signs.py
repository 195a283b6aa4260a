"""What else a download says of itself: its reference system and its text encoding."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from landuse.sources.dbf import CP932_BYTE, distinct
from landuse.sources.encoding import decoded, decoded_table

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import pandas as pd
    from pyproj import CRS

    from landuse.sources.archive import Part
    from landuse.sources.report import Findings

__all__ = ["crs_of", "decoded_by", "stated_encoding", "system_named"]

TOKYO, JGD2000, JGD2011 = "EPSG:4301", "EPSG:4612", "EPSG:6668"
MAX_TEXT = 1 << 20
"""Bytes of a .prj, .cpg or metadata file; more is no such file."""

IDENTIFIER = re.compile(
    r"<(?:\w+:)?referenceSystemIdentifier>.*?<(?:\w+:)?code>(.*?)</(?:\w+:)?code>", re.DOTALL
)
SUFFIX = re.compile(r"[-_](tky|jgd2011|jgd2000|jgd)(?![a-z0-9])", re.IGNORECASE)
SUFFIXES = {"tky": TOKYO, "jgd": JGD2000, "jgd2000": JGD2000, "jgd2011": JGD2011}
EPSG = re.compile(r"EPSG(?::|/|%3A)+(?:[0-9.]+/|[0-9.]*:)?([0-9]{4,5})(?![0-9.])", re.IGNORECASE)
NAMES = (("jgd2011", JGD2011), ("jgd2000", JGD2000), ("td/", TOKYO), ("tokyo", TOKYO))
JAPANESE = re.compile("[\u3040-\u30ff\u3400-\u9fff\uff66-\uff9f]")


def system_named(text: str) -> str:
    """Return the system that metadata name, such as `JGD2011 / (B, L)`; empty: none known."""
    plain = re.sub(r"\s", "", text).lower()
    if found := EPSG.search(plain):
        return f"EPSG:{found[1]}"
    return next((system for name, system in NAMES if name in plain), "")


def crs_of(
    *, prj: Part | None, meta: Iterable[Part], name: str, findings: Findings
) -> tuple[CRS | None, str]:
    """Return the reference system that a download states, and where it does.

    The .prj counts, else the metadata, else the ending of the name (`-tky`, `-jgd`,
    `-jgd2011`). The city file decides between signs that contradict each other, if it names
    one of them. JGD2000 and JGD2011 differ by less than a metre outside the regions that
    moved in 2011: that is a note.
    """
    from pyproj import CRS  # noqa: PLC0415 - heavy; only where a download is read

    signs = _signs(prj, meta, name, findings)
    if not signs:
        return None, ""
    chosen = next(iter(signs))
    datums = {_datum(system) for system in signs.values()}
    if len(datums) > 1:
        told = ", ".join(f"{where}: {_name(system)}" for where, system in signs.items())
        declared = findings.layer.crs
        agreeing = [
            where for where, system in signs.items() if declared and system == CRS(declared)
        ]
        if agreeing:
            chosen = agreeing[0]
        elif any("tokyo" in datum for datum in datums):
            fix = 'find out which is right and say it in the city file: crs = "EPSG:…"'
            findings.crs_fault(f"contradicts itself about its system ({told})", fix)
        else:
            fix = "nothing, unless the place moved in the earthquake of 2011"
            findings.note(f"names two systems ({told}); taken as that of the {chosen}", fix)
    return signs[chosen], chosen


def _signs(prj: Part | None, meta: Iterable[Part], name: str, findings: Findings) -> dict[str, CRS]:
    from pyproj import CRS  # noqa: PLC0415 - heavy
    from pyproj.exceptions import CRSError  # noqa: PLC0415

    found: dict[str, CRS] = {}
    if prj and (text := _text_of(prj).strip()):
        try:
            crs = CRS.from_user_input(text)
            code = crs.to_epsg(min_confidence=70)
            found[".prj"] = CRS.from_epsg(code) if code else crs
        except CRSError:
            what = "its .prj cannot be understood"
            findings.note(what, 'say the system in the city file (crs = "EPSG:…") or mend it')
    systems = {system_named(code) for part in meta for code in IDENTIFIER.findall(_text_of(part))}
    if len(systems := systems - {""}) == 1:
        found["metadata"] = CRS(systems.pop())
    if suffix := SUFFIX.search(name):
        found["name"] = CRS(SUFFIXES[suffix[1].lower()])
    return found


def _datum(crs: CRS) -> str:
    geodetic = crs.geodetic_crs
    return str(geodetic.datum.name if geodetic and geodetic.datum else crs.name).lower()


def _name(crs: CRS) -> str:
    return f"{crs.to_string()} {crs.name}" if crs.to_authority() else str(crs.name)


def _text_of(part: Part) -> str:
    if part.size > MAX_TEXT:
        return ""
    with part.opened() as opened:
        data = opened.read(MAX_TEXT)
    try:
        return decoded(data)[0]
    except ValueError:
        return data.decode("ascii", "replace")


def stated_encoding(*, language: int, cpg: Part | None, path: str) -> str:
    """Return the encoding that a shapefile claims; empty if it claims none.

    The language byte of the DBF counts, else the .cpg, else `UTF-8` in the path.
    """
    if language == CP932_BYTE:
        return "cp932"
    text = _text_of(cpg).strip().lower().replace("_", "-") if cpg else ""
    if text in ("utf-8", "utf8", "65001"):
        return "utf-8"
    if text.removeprefix("cp").removeprefix("ansi ") in ("932", "shift-jis", "sjis"):
        return "cp932"
    plain = path.lower().replace("_", "-")
    if "utf-8" in plain or "utf8" in plain:
        return "utf-8"
    return "cp932" if "shift-jis" in plain or "sjis" in plain else ""


def decoded_by(
    table: pd.DataFrame, findings: Findings, *, stated: str, last_resort: str
) -> tuple[pd.DataFrame, str]:
    """Decode a table of bytes as Latin-1: by what the city file says, else by its bytes.

    Bytes decide, because the claims of files are often wrong. Where they are right in UTF-8
    but hold no Japanese letter in it, and the file claims cp932, the claim counts.

    Raises
    ------
    LayerError
        If they are in no encoding we know.
    """
    declared = findings.layer.encoding
    try:
        done, encoding = _distinct(decoded_table(table, declared=declared))
        if not declared and stated == "cp932" and encoding == "utf-8" and not _japanese(done):
            done, encoding = _distinct(decoded_table(table, declared="cp932"))
    except ValueError as error:
        if not declared and last_resort:
            return decoded_by_force(table, findings, encoding=last_resort)
        fix = 'name its encoding in the city file (encoding = "…")'
        findings.stop(f"the .dbf {error}", fix)
    if stated and encoding != stated and _foreign(table):
        findings.note(f"says its texts are {stated}, but they are {encoding}", "nothing: read so")
    return done, encoding


def _distinct(done: tuple[pd.DataFrame, str]) -> tuple[pd.DataFrame, str]:
    """Tell apart names that became equal as a cut letter was left off."""
    table, encoding = done
    return table.set_axis(distinct(map(str, table.columns)), axis=1), encoding


def decoded_by_force(
    table: pd.DataFrame, findings: Findings, *, encoding: str
) -> tuple[pd.DataFrame, str]:
    """Decode in the encoding of the edition, after nothing else fitted."""
    try:
        return _distinct(decoded_table(table, declared=encoding))
    except ValueError:
        fix = 'name its encoding in the city file (encoding = "…")'
        findings.stop(f"the .dbf is neither UTF-8 nor cp932 nor {encoding}", fix)


def _texts(table: pd.DataFrame) -> set[str]:
    columns: Mapping[str, pd.Series] = {
        str(name): table[name] for name in table if table[name].dtype in ("str", "object")
    }
    found = {str(text) for column in columns.values() for text in column.unique()}
    return found | {str(name) for name in table.columns}


def _japanese(table: pd.DataFrame) -> bool:
    return any(JAPANESE.search(text) for text in _texts(table)) or not _foreign(table)


def _foreign(table: pd.DataFrame) -> bool:
    return any(not text.isascii() for text in _texts(table))
