"""Which column of a list is the name, the address, the longitude …: guessed and shown.

A guess is a help to write the city file, not a part of the data: what it finds is told
with the line to paste, it fills only what the city file leaves open, and where two columns
fit it decides nothing.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import geopandas as gpd
import pandas as pd

from landuse.config import preset
from landuse.sources.columns import CONTRACTS, POINTS
from landuse.sources.coordinates import axis_of, degrees, pairs
from landuse.sources.heading import column_words, plain
from landuse.toml import read_toml

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from landuse.sources.report import Findings
    from landuse.sources.vector import Found

__all__ = ["Guess", "guess_columns", "guess_toml", "guessed"]

PLACE = ("lon", "lat")
COORDINATES = (*PLACE, "x", "y", "pair")
SAME_DEGREES = 1e-4
"""Two columns within this (some 10 m) say the same place."""

ADDRESS = r"^\S{1,12}?[市区町村郡].*[\d一二三四五六七八九十](?:丁目|番|号|条|[-‐－−ー]|$)"
"""A municipality, and a number that ends or goes on as numbers of addresses do."""
WAYS = {"dms": "degrees, minutes and seconds", "packed": "DDMMSS in one number"}


@dataclass(frozen=True, kw_only=True)
class Guess:
    """What the columns of a list seem to be."""

    columns: Mapping[str, str] = field(default_factory=dict)
    """Role (`name`, `address`, `lon`, `lat`, `category` …) -> column."""
    reasons: Mapping[str, str] = field(default_factory=dict)
    """Role -> why: `its name` or `its values`."""
    ambiguous: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Role -> columns that fit it alike; none is taken."""
    pair: str = ""
    """Column that holds latitude and longitude in one cell."""
    remarks: tuple[str, ...] = ()
    """What else a reader of the guess must know."""


def guess_columns(table: pd.DataFrame) -> Guess:
    """Guess which column is what, by the names of the preset and by values.

    Parameters
    ----------
    table
        A list as read, all texts or typed.

    Returns
    -------
    Guess
        Coordinates are told by their ranges in Japan, even where the names of the columns
        say the opposite; everything else by names, an address also by its wording.
    """
    named = _named(table)
    columns, ambiguous = _single(table, named)
    reasons = dict.fromkeys(columns, "its name")
    place = _guess_place(table, named, taken=set(columns.values()))
    if "address" not in named:
        found = [name for name in _free(table, columns) if _looks_like_address(table[name])]
        if len(found) == 1:
            columns["address"], reasons["address"] = found[0], "its values"
        elif found:
            ambiguous["address"] = tuple(found)
    return Guess(
        columns=dict(place.columns) | columns,
        reasons=dict(place.reasons) | reasons,
        ambiguous=ambiguous | dict(place.ambiguous),
        pair=place.pair,
        remarks=place.remarks,
    )


def _named(table: pd.DataFrame) -> dict[str, list[str]]:
    """Return role -> columns that are called so; whole names come before last parts."""
    named: dict[str, list[str]] = {}
    for role, words in column_words().items():
        whole = [str(name) for name in table if plain(str(name)) in words]
        last = [str(name) for name in table if plain(str(name)).rpartition("_")[2] in words]
        if whole or last:
            named[role] = whole or last
    return named


def _single(
    table: pd.DataFrame, named: Mapping[str, list[str]]
) -> tuple[dict[str, str], dict[str, tuple[str, ...]]]:
    columns, ambiguous = {}, {}
    for role, found in named.items():
        if role in COORDINATES:
            continue
        if len(found) == 1 or all(table[found[0]].equals(table[name]) for name in found):
            columns[role] = found[0]
        else:
            ambiguous[role] = tuple(found)
    return columns, ambiguous


def _free(table: pd.DataFrame, columns: Mapping[str, str]) -> list[str]:
    return [str(name) for name in table if name not in columns.values()]


def _looks_like_address(column: pd.Series) -> bool:
    texts = column.dropna().astype("str")
    return len(texts) > 0 and bool(texts.str.contains(ADDRESS).mean() >= 0.8)


def _guess_place(table: pd.DataFrame, named: Mapping[str, list[str]], *, taken: set[str]) -> Guess:
    """Guess the coordinates: by names first, then one cell for both, then by values."""
    old = read_toml(preset("columns.toml"))["datum"]["old"]
    tokyo = [str(name) for name in table if any(word in str(name).lower() for word in old)]
    remarks = [f"{name} is in the old Tokyo datum: not used" for name in tokyo]
    called = [name for role in ("lat", "lon", "x", "y") for name in named.get(role, ())]
    called = [name for name in dict.fromkeys(called) if name not in tokyo]
    read = {name: degrees(table[name]) for name in called}
    found = _by_axis(read)
    remarks += [
        f"{name} holds numbers of a plane or of another country: not guessed"
        for name, (values, way) in read.items()
        if way == "decimal" and values.abs().max() > 360
    ]
    if not any(found.values()):
        found |= _blank_by_name(table, named, called)
    if any(found.values()):
        return _settled(found, read, named, remarks, "its name")
    free = [str(name) for name in table if name not in {*taken, *tokyo, *called}]
    both = [name for name in free if pairs(table[name]) is not None]
    if both:
        several = {"lat and lon": tuple(both)} if len(both) > 1 else {}
        pair = "" if several else both[0]
        return Guess(pair=pair, ambiguous=several, remarks=tuple(remarks))
    read = {name: degrees(table[name]) for name in free}
    read = {name: parts for name, parts in read.items() if _fractional(*parts)}
    return _settled(_by_axis(read), read, named, remarks, "its values")


def _by_axis(read: Mapping[str, tuple[pd.Series, str]]) -> dict[str, dict[str, pd.Series]]:
    found: dict[str, dict[str, pd.Series]] = {"lon": {}, "lat": {}}
    for name, (values, way) in read.items():
        axis = axis_of(values) if way else ""
        if axis:
            found[axis][name] = values
    return found


def _blank_by_name(
    table: pd.DataFrame, named: Mapping[str, list[str]], called: Sequence[str]
) -> dict[str, dict[str, pd.Series]]:
    """Take columns without any value, or with values of nowhere, at their names."""
    found = {}
    for axis in PLACE:
        names = [name for name in named.get(axis, ()) if name in called]
        far = {name: degrees(table[name])[0] for name in names}
        found[axis] = {n: v for n, v in far.items() if not v.abs().max() > 360}
    return found


def _fractional(values: pd.Series, way: str) -> bool:
    """Tell whether numbers are as fine as coordinates; ages and beds are whole."""
    known = values.dropna()
    return bool(way) and len(known) > 0 and bool((known != known.round()).mean() >= 0.5)


def _settled(
    found: Mapping[str, Mapping[str, pd.Series]],
    read: Mapping[str, tuple[pd.Series, str]],
    named: Mapping[str, list[str]],
    remarks: Sequence[str],
    reason: str,
) -> Guess:
    """Choose one column for each axis, or none where several differ."""
    columns, reasons, ambiguous, told = {}, {}, {}, list(remarks)
    for axis, candidates in found.items():
        names = sorted(candidates, key=lambda name: read.get(name, (None, ""))[1] != "decimal")
        if not names:
            continue
        first = candidates[names[0]]
        if any((candidates[name] - first).abs().max() > SAME_DEGREES for name in names):
            ambiguous[axis] = tuple(candidates)
            continue
        other = "lat" if axis == "lon" else "lon"
        swapped = names[0] in named.get(other, ()) and names[0] not in named.get(axis, ())
        if swapped:
            told.append(f"{names[0]} is called {other} but holds {axis}")
        columns[axis] = names[0]
        reasons[axis] = "its values" if swapped else reason
    return Guess(columns=columns, reasons=reasons, ambiguous=ambiguous, remarks=tuple(told))


def guess_toml(guess: Guess, layer_key: str) -> str:
    """Return the lines to paste into the city file, below the `[[layer]]` of that key.

    What cannot be said by a rename (two candidates, both coordinates in one cell) stands
    above it as comments.
    """
    lines = [f"# [[layer]] key = {_quoted(layer_key)}"]
    for role, names in guess.ambiguous.items():
        lines.append(f"# {role}: {' or '.join(map(_quoted, names))}")
    if guess.pair:
        lines.append(f"# {_quoted(guess.pair)} holds lat and lon in one cell")
    lines += [f"# {_quoted(remark)}" for remark in guess.remarks]
    return "\n".join([*lines, _rename(guess.columns)])


def _rename(columns: Mapping[str, str]) -> str:
    pairs_text = ", ".join(
        f"{_quoted(column)} = {_quoted(role)}" for role, column in columns.items() if role != column
    )
    return f"rename = {{ {pairs_text} }}"


def _quoted(text: str) -> str:
    """Write a text as TOML does; what is hostile in it is escaped."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def guessed(found: Found, findings: Findings) -> Found:
    """Return a table with the columns that its role needs and the city file does not name.

    Only for points. Columns are copied, not renamed, so that the city file may still
    speak of them. A guess is noted with its line; two columns that fit alike are a fault
    where one of them is needed.
    """
    contract = CONTRACTS[findings.layer.role]
    if isinstance(found.table, gpd.GeoDataFrame) or contract.shapes != POINTS:
        return found
    rename = findings.layer.rename
    table = found.table
    given = {rename.get(str(name), str(name)) for name in table} | set(findings.layer.constants)
    rest = table.drop(columns=[name for name in rename if name in table])
    guess = guess_columns(rest)
    wanted = [role for role in _wanted(findings) if role not in given]
    added = {role: table[guess.columns[role]] for role in wanted if role in guess.columns}
    if guess.pair and not {*PLACE} & {*given, *added}:
        both = pairs(table[guess.pair])
        if both is not None:
            added |= {axis: _written(both[axis]) for axis in PLACE}
    _tell(guess, added, findings)
    _fault_ambiguous(guess, {*given, *added}, wanted, findings)
    return replace(found, table=_in_decimals(table.assign(**added), findings))


def _wanted(findings: Findings) -> tuple[str, ...]:
    facilities = findings.layer.role == "facilities"
    return ("name", "address", *PLACE) if facilities else PLACE


def _tell(guess: Guess, added: Mapping[str, object], findings: Findings) -> None:
    if not added:
        return
    taken = {role: guess.columns[role] for role in added if role in guess.columns}
    told = [f"{role} = {name} (by {guess.reasons[role]})" for role, name in taken.items()]
    if guess.pair and "lon" in added and "lon" not in taken:
        told.append(f"lat and lon from {guess.pair}")
    what = f"columns guessed: {', '.join((*told, *guess.remarks))}"
    findings.note(what, f"check them, then fix them in the city file: {_rename(taken)}")
    more = {r: n for r, n in guess.columns.items() if r not in added and r != n and r not in PLACE}
    if more:
        fix = f"if they are, add to the city file: {_rename(more)}"
        findings.note(f"columns not used: {', '.join(more.values())} may be useful", fix)


def _fault_ambiguous(
    guess: Guess, had: set[str], wanted: Sequence[str], findings: Findings
) -> None:
    for role, names in guess.ambiguous.items():
        if role not in (*wanted, "lat and lon"):
            continue
        needed = role == "name" or not ({*PLACE} <= had or "address" in had)
        tell = findings.fault if needed else findings.note
        example = _rename({role: names[0]}) if role in wanted else "split it into lat and lon"
        tell(f"may be {' or '.join(names)}: not guessed", f"say which: {example}", place=role)


def _in_decimals(table: pd.DataFrame, findings: Findings) -> pd.DataFrame:
    """Write coordinates in degrees, minutes and seconds as decimal degrees."""
    rename = findings.layer.rename
    new = {}
    for name in (str(column) for column in table):
        if rename.get(name, name) not in PLACE:
            continue
        values, way = degrees(table[name])
        if way in WAYS and axis_of(values):
            new[name] = _written(values).where(values.notna(), table[name])
            what = f"is written as {WAYS[way]}: read as decimal degrees"
            findings.note(what, "nothing to do if it is so", place=f"column {name}")
    return table.assign(**new)


def _written(values: pd.Series) -> pd.Series:
    """Write degrees as texts, blank where unknown, as a list holds them."""
    return values.map(lambda value: None if pd.isna(value) else f"{value:.8f}").astype("str")
