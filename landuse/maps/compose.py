"""One page from a study and the user's own layers."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from landuse.maps.data import MapData
from landuse.maps.notebook import write_page
from landuse.maps.pages import folium_map

if TYPE_CHECKING:
    from collections.abc import Sequence

    from landuse.maps.own import OwnLayer

__all__ = ["HasMapData", "page"]


class HasMapData(Protocol):
    """What a page can be made from: a `landuse.Study`."""

    def map_data(self, *, public: bool = False) -> MapData:
        """Return the tables of a map, or what of them may be public."""


def page(
    source: HasMapData | MapData,
    *,
    layers: Sequence[OwnLayer] = (),
    title: str = "",
    staff: bool = False,
    tiles: bool = False,
    path: str | Path | None = None,
) -> str:
    """Compose one HTML page, which needs no server and no network.

    Parameters
    ----------
    source
        A study, or the data of one. Of a study a public page shows what the licences of
        its layers allow; data are shown as they are.
    layers
        Own layers from `landuse.maps.layer`, the first at the bottom. Their texts are
        shown as texts, whatever they hold; whether they may be published is for their
        owner to know.
    title
        Title instead of the page's own.
    staff
        The page for the counter and the office instead of the public one.
    tiles
        Offer the tiles of the Geospatial Information Authority of Japan, see
        `landuse.maps.public_page`.
    path
        File to write the page to, whole or not at all.

    Returns
    -------
    str
        The document.

    Raises
    ------
    CrsError, LayerError
        If a table cannot be drawn, or a layer's licence lets nothing be published.
    """
    data = source if isinstance(source, MapData) else source.map_data(public=not staff)
    document = folium_map(data, staff=staff, tiles=tiles, title=title).add(*layers).html()
    if path is not None:
        write_page(document, Path(path))
    return document
