"""The catalogue that ships, and short ways to ask it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from landuse.catalogue import catalogue

if TYPE_CHECKING:
    from landuse.catalogue import Column, Edition

CATALOGUE = catalogue()
EDITIONS = [
    edition for dataset in CATALOGUE.datasets.values() for edition in dataset.editions.values()
]


def named(edition: Edition) -> str:
    """Return what a test case of an edition is called."""
    return edition.name.replace(" ", "-")


def column(edition: Edition, to: str) -> Column:
    """Return a column by its readable name."""
    return next(column for column in edition.columns if column.to == to)


def of(dataset: str, edition: str) -> Edition:
    """Return an edition that the catalogue has."""
    return CATALOGUE.edition(dataset, edition, where="test")


def labels(edition: Edition, to: str) -> dict[str, str]:
    """Return the code list of a column."""
    return dict(CATALOGUE.codes[column(edition, to).codes].labels)


def facility(edition: Edition, to: str, code: str) -> str:
    """Return the word that a code of facilities becomes, blank if it has none."""
    return edition.recipes["facilities"].translate[to].codes.get(code, "")
