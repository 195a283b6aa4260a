"""Which official files a city needs, where they come from and where they go."""

from __future__ import annotations

from typing import TYPE_CHECKING

from landuse.catalogue import catalogue
from landuse.errors import Fault
from landuse.inputs import MARGIN_M
from landuse.sources import read
from landuse.sources.fetch import MANNERS, Download, fetch
from landuse.sources.window import window_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from landuse.config import City
    from landuse.layer import Layer
    from landuse.sources.fetch import Fetched, Manners

__all__ = ["asks_overpass", "by_hand", "downloads_of", "fetch_all"]

OVERPASS = ("osm", "overpass")
"""Dataset and edition of layers that are a question to Overpass."""

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
    done = fetch(downloads_of(city), lock=lock, say=say, progress=progress, manners=manners)
    _ask_overpass(city, say)
    return done


def asks_overpass(layer: Layer) -> bool:
    """Tell whether a layer is asked of Overpass rather than downloaded."""
    of = layer.edition
    return of is not None and (of.dataset, of.key) == OVERPASS


def _ask_overpass(city: City, say: Callable[[str], None]) -> None:
    """Ask for the streets and places of OpenStreetMap round the boundary, once it is there."""
    wanted = [layer for layer in city.layers if asks_overpass(layer)]
    (first,) = city.of_role("boundary")
    if not wanted or not first.path.exists():
        return
    from landuse.sources.osm.overpass import fetch_overpass  # noqa: PLC0415 - osmium is heavy

    boundary, _ = read(first, crs=city.crs)
    window = window_of(boundary, margin_m=MARGIN_M)
    for layer in wanted:
        say(f"{layer.path.name}: Overpass に尋ねる asking Overpass")
        fetch_overpass(window, role=layer.role, path=layer.path)


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
        if not layer.urls and not asks_overpass(layer)
        for path in layer.paths
        if not path.exists()
    ]
