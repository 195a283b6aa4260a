"""The page as a folium map that shows itself in a notebook, safe from and for the notebook."""

from __future__ import annotations

from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Self, cast

import folium
from branca.element import Element

from landuse.errors import Fault, LayerError
from landuse.maps.bundle import bundle, leaflet_script, leaflet_style

if TYPE_CHECKING:
    from branca.element import Figure

    from landuse.maps.own import OwnLayer

__all__ = ["Ours", "PageMap", "Verbatim", "framed", "write_page"]

SANDBOX = "allow-scripts allow-downloads allow-modals allow-popups allow-popups-to-escape-sandbox"
"""What the page may do within a notebook: run its own scripts, save a file, open a source.
It has no access to the notebook around it."""

TRUST = "地図を見るには、このノートブックを信頼してください Trust this notebook to see the map"
"""Stands under the frame, to be read where a notebook that is not trusted leaves frames out."""


class Verbatim(Element):
    """Markup that is given out as it is.

    Folium reads what its elements say as Jinja templates once more, so that a `{{ }}` in
    the data would be *run in Python*; this element is not read again.
    """

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = text

    def render(self, **_: object) -> str:
        """Return the text."""
        return self.text


class Ours(Element):
    """An element of this package, which needs none of folium's scripts."""

    own: tuple[OwnLayer, ...] = ()
    """Layers of the user, the first at the bottom."""


class PageMap(folium.Map):
    """A folium map that carries its own Leaflet instead of linking to one.

    `add` takes layers of `landuse.maps.layer`: they become part of the page and need no
    network. Folium's own layers can be added like to any other folium map; then folium's
    links to jQuery, Bootstrap and Font Awesome come back, because its pop-ups and icons
    need them. They need the network too, so `html` refuses them and `save` and the
    notebook show the map as folium would.
    """

    page_title = ""
    """Title of the document."""
    image_hosts: tuple[str, ...] = ()
    """Where pictures may come from, see `landuse.maps.bundle.bundle`."""
    shown_px = 680
    """How high the map stands in a notebook."""

    @property
    def foreign(self) -> bool:
        """Whether something has been added that needs folium's scripts."""
        return any(not isinstance(child, Ours) for child in self._children.values())

    def add(self, *layers: OwnLayer) -> Self:
        """Lay own layers over the map and return the map.

        Raises
        ------
        LayerError
            If one was not made by `landuse.maps.layer`.
        """
        from landuse.maps.own import OwnLayer  # noqa: PLC0415 - names this module for its types

        if strange := [one for one in layers if not isinstance(one, OwnLayer)]:
            fix = "make it one: landuse.maps.layer(table, name=…); folium's own go in by add_child"
            raise LayerError(
                Fault(where="map", what=f"was given a {type(one).__name__} as a layer", fix=fix)
                for one in strange
            )
        for child in self._children.values():
            if isinstance(child, Ours):
                child.own = (*child.own, *layers)
        return self

    def html(self) -> str:
        """Return the map as one HTML document that asks the network for nothing.

        Raises
        ------
        RemoteAssetError
            If something that was added to the map needs a remote script or style.
        """
        return bundle(self, title=self.page_title, image_hosts=self.image_hosts)

    def save(
        self,
        outfile: str | bytes | Path | BinaryIO,
        close_file: bool = True,  # noqa: FBT001, FBT002 - folium's own signature
        **kwargs: object,
    ) -> None:
        """Write the map to a file: `html`, or folium's own page once it has layers of folium."""
        if self.foreign or not isinstance(outfile, (str, Path)):
            super().save(outfile, close_file, **kwargs)
        else:
            write_page(self.html(), Path(outfile))

    def render(self, **kwargs: object) -> str:
        """Render the map into its figure, our own Leaflet first."""
        header = cast("Figure", self.get_root()).header
        header.add_child(Verbatim(f"<style>{leaflet_style()}</style>"), name="leaflet_css")
        header.add_child(Verbatim(f"<script>{leaflet_script()}</script>"), name="leaflet")
        self.default_js = folium.Map.default_js[1:] if self.foreign else []
        self.default_css = folium.Map.default_css[1:] if self.foreign else []
        super().render(**kwargs)  # type: ignore[no-untyped-call]
        return ""

    def _repr_html_(self, **kwargs: object) -> str:
        """Show the map in a notebook, as a page of its own within a frame."""
        if self.foreign:
            return str(super()._repr_html_(**kwargs))
        return framed(self.html(), title=self.page_title, height_px=self.shown_px)


def framed(document: str, *, title: str, height_px: int) -> str:
    """Return an HTML document as a frame within another one, which it cannot reach.

    Parameters
    ----------
    document
        A whole document; its own content-security policy holds within the frame.
    title
        What a screen reader says of the frame.
    height_px
        Height of the frame.
    """
    return (
        f'<div style="position:relative;width:100%;height:{height_px}px"><span>{TRUST}</span>'
        f'<iframe title="{escape(title)}" sandbox="{SANDBOX}" allow="fullscreen; '
        f'clipboard-write" srcdoc="{escape(document)}" style="position:absolute;left:0;top:0;'
        'width:100%;height:100%;border:1px solid #d8d4dc;background:#fff"></iframe></div>'
    )


def write_page(document: str, path: Path) -> Path:
    """Write a document whole or not at all, and return its path."""
    unfinished = path.with_name(f".{path.name}.part")
    unfinished.write_text(document, encoding="utf-8")
    return unfinished.replace(path)
