"""A folium map as one HTML file that asks the network for nothing.

Folium links to half a dozen scripts on other people's servers. Here the map is rendered
once, its own styles and scripts are taken out, the libraries that ship with this package
are put in, and a content-security policy names each script by its hash: whatever else
might slip into the page, the browser will not run it.
"""

from __future__ import annotations

import base64
import hashlib
import re
from typing import TYPE_CHECKING, cast

import jinja2
import markupsafe

from landuse.errors import Fault, LanduseError
from landuse.maps.pack import inert_json, pack_bytes
from landuse.maps.words import asset

if TYPE_CHECKING:
    from collections.abc import Iterable

    import folium
    from branca.element import Figure

__all__ = [
    "RemoteAssetError",
    "bundle",
    "document",
    "environment",
    "leaflet_script",
    "leaflet_style",
]


class RemoteAssetError(LanduseError):
    """A map asks for a script or style that this package does not carry."""


_READING = re.compile(r"\[([^][|]+)\|([^][|]+)\]")
_RUBY = markupsafe.Markup("<ruby>{}<rp>（</rp><rt>{}</rt><rp>）</rp></ruby>")
_SCRIPT = re.compile(r"<script[^>]*>(.*?)</script>", re.DOTALL)
_STYLE = re.compile(r"<style[^>]*>(.*?)</style>", re.DOTALL)
_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_REMOTE = re.compile(r"""<(?:script|link|img|iframe)\b[^>]*?\b(?:src|href)=["']?([^"'\s>]+)""")


def environment() -> jinja2.Environment:
    """Return the template environment of all pages: everything is escaped."""
    made = jinja2.Environment(
        loader=jinja2.PackageLoader("landuse.maps"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["fill"] = _fill
    made.filters["read"] = _read_aloud
    return made


def _fill(text: str, values: dict[str, object]) -> str:
    for name, value in values.items():
        text = text.replace("{" + name + "}", str(value))
    return text


def _read_aloud(text: str) -> markupsafe.Markup:
    """Return easy Japanese with each `[漢字|かんじ]` as kanji below their reading."""
    parts = _READING.split(text)
    pairs = zip(parts[1::3], parts[2::3], parts[3::3], strict=True)
    read = (_RUBY.format(*pair[:2]) + markupsafe.escape(pair[2]) for pair in pairs)
    return markupsafe.escape(parts[0]) + markupsafe.Markup("").join(read)


def leaflet_script() -> str:
    """Return Leaflet, without the pointer to its source map (a file we do not carry)."""
    return re.sub(r"\n?//# sourceMappingURL=\S+", "", _read("leaflet/leaflet.js"))


def leaflet_style() -> str:
    """Return Leaflet's style sheet without the pictures it points to, which we do not use."""
    return re.sub(r"url\([^)]*\)", "none", _read("leaflet/leaflet.css"))


def _read(name: str) -> str:
    return asset(name).read_text(encoding="utf-8")


def bundle(
    map_: folium.Map, *, title: str, lang: str = "ja", image_hosts: Iterable[str] = ()
) -> str:
    """Return a folium map as one self-contained HTML document.

    Parameters
    ----------
    map_
        A map made by `landuse.maps.pages.folium_map`, which carries its own Leaflet.
    title
        Title of the document, plain text.
    lang
        Language of the document.
    image_hosts
        Origins such as `https://example.org` that pictures (map tiles) may come from.

    Raises
    ------
    RemoteAssetError
        If something that was added to the map needs a remote script or style.
    """
    figure = cast("Figure", map_.get_root())
    figure.render()
    header = figure.header.render()
    body = figure.html.render()
    _refuse_remote(header + body)
    scripts = [*_SCRIPT.findall(header), figure.script.render()]
    start = _read("js/unpack.js")
    return document(
        title=title,
        lang=lang,
        styles=_STYLE.findall(header),
        body=body,
        scripts=[start],
        held=[script.replace(start, "") for script in scripts],
        image_hosts=image_hosts,
    )


def _refuse_remote(html: str) -> None:
    found = sorted({url for url in _REMOTE.findall(html) if not url.startswith(("data:", "#"))})
    if found:
        raise RemoteAssetError(
            "\n".join(
                str(
                    Fault(
                        where="map",
                        what=f"needs {url}, which this package does not carry",
                        fix="leave that layer or plug-in out of the page",
                    )
                )
                for url in found
            )
        )


def document(
    *,
    title: str,
    lang: str,
    styles: Iterable[str],
    body: str,
    scripts: Iterable[str] = (),
    held: Iterable[str] = (),
    image_hosts: Iterable[str] = (),
) -> str:
    """Return an HTML document whose policy admits exactly these styles and scripts.

    `body` is markup and must be safe already; all else is escaped or hashed. `held` are
    scripts that stand in the page packed, a third as long; `assets/js/unpack.js` must be
    among `scripts` then and starts them in their order.
    """
    sheets = [squeezed for style in styles if (squeezed := _squeezed(style))]
    codes = [script.strip() for script in scripts if script.strip()]
    template = environment().get_template("document.html.j2")
    packed = [script.strip() for script in held if script.strip()]
    policy = _policy(sheets, [*codes, *packed], image_hosts)
    return template.render(
        title=title,
        lang=lang,
        policy=policy,
        styles=sheets,
        body=body,
        scripts=codes,
        held=inert_json([pack_bytes(code.encode()) for code in packed]) if packed else "",
    )


def _squeezed(style: str) -> str:
    """Return a style sheet without comments, indents and empty lines: a quarter shorter."""
    lines = (line.strip() for line in _COMMENT.sub("", style).splitlines())
    return "\n".join(line for line in lines if line)


def _policy(styles: list[str], scripts: list[str], image_hosts: Iterable[str]) -> str:
    rules = {
        "default-src": ["'none'"],
        "script-src": [_digest(script) for script in scripts] or ["'none'"],
        "style-src": [_digest(style) for style in styles] or ["'none'"],
        "img-src": ["data:", *image_hosts],
        "connect-src": ["'none'"],
        "base-uri": ["'none'"],
        "form-action": ["'none'"],
    }
    return "; ".join(f"{name} {' '.join(values)}" for name, values in rules.items())


def _digest(text: str) -> str:
    sha = hashlib.sha256(text.encode()).digest()
    return f"'sha256-{base64.b64encode(sha).decode('ascii')}'"
