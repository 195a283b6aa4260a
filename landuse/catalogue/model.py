"""What is known of official files: the nouns of the catalogue."""

from __future__ import annotations

from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from landuse.errors import CityError, Fault
from landuse.schema import Grade

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from landuse.toml import Label

__all__ = [
    "MARKS",
    "READERS",
    "SHAPES",
    "TYPES",
    "Catalogue",
    "CodeList",
    "Column",
    "Dataset",
    "Edition",
    "Recipe",
    "Terms",
    "Translation",
    "fitting",
]

MARKS = ("verified", "code", "unverified")
"""Read in the publisher's own text; seen in public code that reads the files; recalled."""

READERS = ("ksj", "estat", "gtfs", "osm", "raster", "mhlw", "gsi", "sheet", "monitoring")
"""Which reader of `landuse.sources` opens a dataset's files."""

TYPES = ("text", "integer", "number", "code", "codes", "flag", "date", "year", "mesh", "depth")
"""How a column's values are read. `code`: one value of a code list. `codes`: several in one
cell. `flag`: 0 or 1. `depth`: free text such as 「2.0m以上 ～ 5.0m未満」, which becomes two
columns of metres."""

SHAPES = ("point", "line", "polygon", "mesh", "raster", "none")


@dataclass(frozen=True, kw_only=True)
class CodeList:
    """Codes and what they mean, of one edition or several."""

    key: str
    labels: Mapping[str, str]
    """Code as the file writes it (a text) -> meaning in Japanese."""
    partial: bool = False
    """Whether codes beyond the list are known to exist; elsewhere they are a fault."""
    mark: str = "unverified"


@dataclass(frozen=True, kw_only=True)
class Column:
    """One column of a file."""

    name: str
    """As the file has it."""
    to: str
    """The readable name it gets."""
    ja: str
    """Its meaning, in the publisher's words."""
    type: str = "text"
    codes: str = ""
    """Key of its code list, for `code` and `codes`."""
    unknown: tuple[str, ...] = ()
    """Values that mean `not known`, such as 9999: they become blank."""
    aliases: tuple[str, ...] = ()
    """Other names of the column in other formats of the same edition."""
    optional: bool = False
    """Whether files of the edition may lack it."""


@dataclass(frozen=True, kw_only=True)
class Terms:
    """A licence and what it permits."""

    key: str
    name: str
    """As shown to readers."""
    embed_raw: bool
    """Whether the features themselves may stand in a public map."""
    embed_derived: bool
    """Whether what is computed from them (zones, shares) may."""
    redistribute: bool
    """Whether the file may be passed on."""
    commercial: bool
    attribution: str
    """The line to print; `{title}` stands for the dataset's name."""
    not_in: tuple[str, ...] = ()
    """Codes of prefectures that the terms leave out: there, the features may not be shown."""
    page: str = ""
    mark: str = "unverified"

    def embeds(self, pref: str) -> bool:
        """Tell whether a public map of a prefecture may show the features themselves."""
        return self.embed_raw and pref not in self.not_in


@dataclass(frozen=True, kw_only=True)
class Translation:
    """A new column made from the codes of another."""

    column: str
    codes: Mapping[str, str]
    """Value of `column` -> value of the new column; others become blank."""


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """How an edition serves a role: keys of a layer, on readable column names."""

    rename: Mapping[str, str] = field(default_factory=dict)
    where: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """`{code}` and `{pref}` stand for those of the municipality."""
    constants: Mapping[str, str] = field(default_factory=dict)
    translate: Mapping[str, Translation] = field(default_factory=dict)
    claim: str = ""
    claim_column: str = ""
    claim_codes: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Edition:
    """One edition of a dataset: what its files look like and may be used for."""

    dataset: str
    key: str
    vintage: str
    """Year or date the data speak of."""
    url: str
    """Address with `{pref}`, `{code}`, `{mesh}` (first mesh) to fill in."""
    stems: tuple[str, ...]
    """Globs of file names without suffix that belong to this edition and no other."""
    columns: tuple[Column, ...]
    terms: Terms
    crs: str = ""
    """Reference system where the file does not say; empty: it must say."""
    encoding: str = ""
    grade: Grade = Grade.OFFICIAL
    mark: str = "unverified"
    note: str = ""
    recipes: Mapping[str, Recipe] = field(default_factory=dict)
    """Role -> how it is served."""
    dissolve: str = ""
    """Column whose equal values make one row (multi-part municipalities)."""
    midpoint: str = ""
    """Column by which lines are grouped to one point each (stations)."""
    highest: str = ""
    """Column of ranks of which the highest counts where polygons overlap (hazards)."""
    legend: str = ""
    """Legend of `presets/legends.toml` that says what the numbers of a raster mean."""

    @property
    def name(self) -> str:
        """Dataset and edition, as messages name it."""
        return f"{self.dataset} {self.key}"

    def owns(self, stem: str) -> bool:
        """Tell whether a file name (without suffix) is one of this edition's."""
        return any(fnmatchcase(stem.lower(), glob.lower()) for glob in self.stems)

    def missing(self, names: Iterable[str]) -> list[str]:
        """Return required columns that are not among some names."""
        there = {name.lower() for name in names}
        return [
            column.name
            for column in self.columns
            if not column.optional
            and not there & {name.lower() for name in (column.name, *column.aliases)}
        ]


@dataclass(frozen=True, kw_only=True)
class Dataset:
    """A dataset in all its editions."""

    key: str
    label: Label
    publisher: str
    page: str
    shapes: tuple[str, ...]
    reader: str
    editions: Mapping[str, Edition]

    @property
    def title(self) -> str:
        """Publisher's series, name and key, as credited."""
        return f"{self.publisher} {self.label.ja}（{self.key}）"


@dataclass(frozen=True, kw_only=True)
class Catalogue:
    """All datasets that are known."""

    datasets: Mapping[str, Dataset]
    codes: Mapping[str, CodeList]

    def edition(self, dataset: str, edition: str, *, where: str) -> Edition:
        """Return one edition; with an empty key, the newest.

        Raises
        ------
        CityError
            If there is no such dataset or edition, with those there are.
        """
        if dataset not in self.datasets:
            listed = ", ".join(self.datasets)
            fix = f"use one of: {listed}; or leave it out and describe the file yourself"
            raise CityError(Fault(where=where, what=f"is {dataset!r}, not known", fix=fix))
        editions = self.datasets[dataset].editions
        key = edition or max(editions)
        if key not in editions:
            what = f"is {edition!r}, which {dataset} does not have"
            fix = f"use one of: {', '.join(editions)}"
            raise CityError(Fault(where=where, what=what, fix=fix))
        return editions[key]


def fitting(editions: Iterable[Edition], names: Iterable[str]) -> list[Edition]:
    """Return editions by how well their columns fit some names, best first.

    Fewest required columns missing first, then most columns known.
    """
    there = list(names)
    lower = {name.lower() for name in there}

    def badness(edition: Edition) -> tuple[int, int]:
        known = {name.lower() for c in edition.columns for name in (c.name, *c.aliases)}
        return len(edition.missing(there)), len(lower - known)

    return sorted(editions, key=badness)
