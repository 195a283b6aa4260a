"""The catalogue's table, read so that every fault in it is told at once."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

from landuse.catalogue.model import (
    MARKS,
    READERS,
    SHAPES,
    TYPES,
    Catalogue,
    CodeList,
    Column,
    Dataset,
    Edition,
    Recipe,
    Terms,
    Translation,
)
from landuse.errors import CityError, Fault
from landuse.schema import CLAIMS, Grade
from landuse.toml import Keys, read_toml

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["catalogue", "read_catalogue", "recipe", "translations"]


@cache
def catalogue() -> Catalogue:
    """Return the catalogue that ships with the package (read once: it never changes)."""
    return read_catalogue(Path(str(resources.files("landuse") / "presets" / "catalogue.toml")))


def read_catalogue(path: Path) -> Catalogue:
    """Read a catalogue.

    Raises
    ------
    MissingFileError
        If there is no such file.
    CityError
        With every fault of the file.
    """
    faults: list[Fault] = []
    keys = Keys(table=read_toml(path), where=path.name, faults=faults)
    terms = {key: _terms(row) for key, row in _by_key(keys, "licence").items()}
    codes = {key: _code_list(row) for key, row in _by_key(keys, "codes").items()}
    sets = {key: _column_set(row, codes) for key, row in _by_key(keys, "columns").items()}
    if not terms:  # nothing could be said of any edition
        keys.fault("licence", "is empty", "add at least one [[licence]]")
        raise CityError(faults)
    reading = _Reading(terms=terms, codes=codes, sets=sets)
    datasets = [_dataset(row, reading) for row in keys.rows("dataset")]
    keys.refuse_twice("dataset", [dataset.key for dataset in datasets])
    keys.refuse_unknown()
    if faults:
        raise CityError(faults)
    return Catalogue(datasets={dataset.key: dataset for dataset in datasets}, codes=codes)


def _by_key(keys: Keys, name: str) -> dict[str, Keys]:
    """Return the tables of one name, each by its own key."""
    rows = list(keys.rows(name))
    named = [row.text("key") for row in rows]
    keys.refuse_twice(name, named)
    return dict(zip(named, rows, strict=True))


@dataclass(frozen=True, kw_only=True)
class _Reading:
    """What entries of the catalogue may refer to."""

    terms: Mapping[str, Terms]
    codes: Mapping[str, CodeList]
    sets: Mapping[str, tuple[Column, ...]]


def _terms(keys: Keys) -> Terms:
    terms = Terms(
        key=keys.text("key"),
        name=keys.text("name"),
        embed_raw=keys.flag("embed_raw", default=False),
        embed_derived=keys.flag("embed_derived", default=True),
        redistribute=keys.flag("redistribute", default=False),
        commercial=keys.flag("commercial", default=False),
        attribution=keys.text("attribution"),
        not_in=keys.texts("not_in", ()),
        page=keys.text("page", ""),
        mark=keys.choice("mark", MARKS, "unverified"),
    )
    keys.refuse_unknown()
    return terms


def _code_list(keys: Keys) -> CodeList:
    found = CodeList(
        key=keys.text("key"),
        labels=keys.text_table("labels"),
        partial=keys.flag("partial", default=False),
        mark=keys.choice("mark", MARKS, "unverified"),
    )
    keys.refuse_unknown()
    return found


def _columns(keys: Keys, name: str, codes: Mapping[str, CodeList]) -> tuple[Column, ...]:
    """Read columns; one with `n = [first, last, step]` stands for a run of them."""
    columns: list[Column] = []
    for row in keys.rows(name, "name"):
        column = Column(
            name=row.text("name"),
            to=row.text("to"),
            ja=row.text("ja"),
            type=row.choice("type", TYPES, "text"),
            codes=row.choice("codes", codes, "") if "codes" in row.table else "",
            unknown=row.texts("unknown", ()),
            aliases=row.texts("aliases", ()),
            optional=row.flag("optional", default=False),
        )
        if column.type in ("code", "codes") and not column.codes:
            row.fault("codes", "is missing", "name the code list of the column")
        columns += _run(column, row)
        row.refuse_unknown()
    keys.refuse_twice(name, [column.name for column in columns])
    keys.refuse_twice(f"{name} to", [column.to for column in columns])
    return tuple(columns)


def _column_set(keys: Keys, codes: Mapping[str, CodeList]) -> tuple[Column, ...]:
    keys.text("key")
    columns = _columns(keys, "columns", codes)
    keys.refuse_unknown()
    return columns


def _run(column: Column, keys: Keys) -> list[Column]:
    """Return the columns that a pattern such as `P11_003_{n:02}` stands for."""
    span = keys.integers("n", ())
    if not span:
        return [column]
    first, last, step = (*span, 1)[:3]
    return [
        replace(
            column,
            name=column.name.format(n=n),
            to=column.to.format(n=n),
            ja=f"{column.ja} {n}",
            aliases=tuple(alias.format(n=n) for alias in column.aliases),
        )
        for n in range(first, last + 1, step)
    ]


def _dataset(keys: Keys, reading: _Reading) -> Dataset:
    key = keys.text("key")
    editions = [_edition(row, key, reading) for row in keys.rows("edition")]
    keys.refuse_twice("edition", [edition.key for edition in editions])
    if not editions:
        keys.fault("edition", "is empty", "add at least one [[dataset.edition]]")
    shapes = keys.texts("shapes")
    for shape in set(shapes) - set(SHAPES):
        keys.fault("shapes", f"names {shape!r}", f"use some of: {', '.join(SHAPES)}")
    dataset = Dataset(
        key=key,
        label=keys.label("name"),
        publisher=keys.text("publisher"),
        page=keys.text("page", ""),
        shapes=shapes,
        reader=keys.choice("reader", READERS, "ksj"),
        editions={edition.key: edition for edition in editions},
    )
    keys.refuse_unknown()
    return dataset


def _edition(keys: Keys, dataset: str, reading: _Reading) -> Edition:
    key = keys.text("key")
    edition = Edition(
        dataset=dataset,
        key=key,
        vintage=keys.text("vintage", key),
        url=keys.text("url", ""),
        stems=keys.texts("stems", ()),
        columns=_columns_of(keys, reading),
        terms=_terms_of(keys, reading),
        crs=keys.text("crs", ""),
        encoding=keys.text("encoding", ""),
        grade=Grade(keys.choice("grade", [str(grade) for grade in Grade], "official")),
        mark=keys.choice("mark", MARKS, "unverified"),
        note=keys.text("note", ""),
        recipes={row.text("role"): recipe(row) for row in keys.rows("as", "role")},
        dissolve=keys.text("dissolve", ""),
        midpoint=keys.text("midpoint", ""),
        highest=keys.text("highest", ""),
        legend=keys.text("legend", ""),
    )
    named = {column.to for column in edition.columns}
    for name in ("dissolve", "midpoint", "highest"):
        if getattr(edition, name) and getattr(edition, name) not in named:
            keys.fault(
                name, f"is {getattr(edition, name)!r}, which no column is called", "correct it"
            )
    keys.refuse_unknown()
    return edition


def _columns_of(keys: Keys, reading: _Reading) -> tuple[Column, ...]:
    """Return the columns that an edition names by a key, or lists itself, or both."""
    shared = keys.choice("columns_key", reading.sets, "") if "columns_key" in keys.table else ""
    own = _columns(keys, "columns", reading.codes) if "columns" in keys.table else ()
    columns = (*reading.sets.get(shared, ()), *own)
    if shared and own:
        keys.refuse_twice("columns", [column.name for column in columns])
        keys.refuse_twice("columns to", [column.to for column in columns])
    return columns


def _terms_of(keys: Keys, reading: _Reading) -> Terms:
    return reading.terms[keys.choice("licence", reading.terms)]


def recipe(keys: Keys) -> Recipe:
    """Read how a role is served."""
    keys.text("role", "")
    codes = keys.subtable("claim_codes", {})
    found = Recipe(
        rename=keys.text_table("rename"),
        where=keys.list_table("where"),
        constants=keys.text_table("constants"),
        translate=translations(keys),
        claim=keys.choice("claim", CLAIMS, ""),
        claim_column=keys.text("claim_column", ""),
        claim_codes={code: codes.choice(code, CLAIMS) for code in codes.table},
    )
    keys.refuse_unknown()
    return found


def translations(keys: Keys) -> dict[str, Translation]:
    """Read `translate`: new column -> the column it is made from, and the codes."""
    found = {}
    rows = keys.subtable("translate", {})
    for name in rows.table:
        row = rows.subtable(name)
        found[name] = Translation(column=row.text("column"), codes=row.text_table("codes"))
        row.refuse_unknown()
    return found
