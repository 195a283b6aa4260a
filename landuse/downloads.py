"""Which official files a city needs, where they come from and where they go."""

from __future__ import annotations

from typing import TYPE_CHECKING

from landuse.catalogue import catalogue
from landuse.errors import Fault
from landuse.sources.fetch import MANNERS, Download, fetch

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from landuse.config import City
    from landuse.layer import Layer
    from landuse.sources.fetch import Fetched, Manners

__all__ = ["by_hand", "downloads_of", "fetch_all"]

LOCK = "raw/.fetch.lock"
"""In the city's folder; official files and their record lie beside it."""


def fetch_all(
    city: City,
    *,
    say: Callable[[str], None] = lambda _: None,
    progress: Callable[[Path, int, int | None], None] = lambda *_: None,
    manners: Manners = MANNERS,
) -> tuple[Fetched, ...]:
    """Have every official file of a city in its place.

    Parameters
    ----------
    city
        From `landuse.config.read_city` with `fetched=False`.
    say, progress, manners
        As for `landuse.sources.fetch.fetch`.

    Raises
    ------
    FetchError
        If a file could not be had; the others are there all the same.
    """
    lock = city.path.parent / LOCK
    return fetch(downloads_of(city), lock=lock, say=say, progress=progress, manners=manners)


def downloads_of(city: City) -> tuple[Download, ...]:
    """Return every file of a city's layers that has an address, each once.

    Two layers may be made of one file: stations and lines of one zip.
    """
    found = {download.path: download for layer in city.layers for download in _downloads(layer)}
    return tuple(found.values())


def _downloads(layer: Layer) -> list[Download]:
    return [
        Download(
            url=url,
            path=path,
            title=str(layer.label),
            page=_page(layer),
            licence=layer.origin.licence,
        )
        for url, path in zip(layer.urls, layer.paths, strict=False)  # no addresses, or as many
    ]


def _page(layer: Layer) -> str:
    """Return where a person finds the file."""
    page = catalogue().datasets[layer.edition.dataset].page if layer.edition else ""
    return page or layer.origin.url


def by_hand(city: City) -> list[Fault]:
    """Return what no address is known of and is not there yet: a person must get it."""
    return [
        Fault(
            where=f"{city.path.name}: layer {layer.key}",
            what=f"{path} is not there, and no address of it is known",
            fix=f"get {layer.label} ({_page(layer) or layer.origin.source}) and put it there",
        )
        for layer in city.layers
        if not layer.urls
        for path in layer.paths
        if not path.exists()
    ]
