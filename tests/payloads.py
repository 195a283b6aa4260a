"""Texts that run, or ask the network, where a page takes them for more than text.

Each stands with the context in which it does; `unsafe` writes that context, so that a test
can show of every payload that it is alive and that the harness would notice.
"""

from __future__ import annotations

import html
import json
import unicodedata
from typing import TYPE_CHECKING

import jinja2

if TYPE_CHECKING:
    from collections.abc import Callable

ELSEWHERE = "https://elsewhere.invalid/"
IMG = "<img src=x onerror=hit()>"

MARKUP = (
    IMG,
    "<svg onload=hit()>",
    "<svg/onload=hit()>",
    "<body onload=hit()>",
    "<script>hit()</script>",
    "<ScRiPt>hit()</sCrIpT>",
    "<script src=data:text/javascript,hit()></script>",
    '<iframe srcdoc="<script>parent.hit()</script>"></iframe>',
    "<iframe src=javascript:parent.hit()></iframe>",
    "<details open ontoggle=hit()>x</details>",
    "<video src=x onerror=hit()></video>",
    "<audio src=x onerror=hit()></audio>",
    "<link rel=stylesheet href=data:text/css,x onload=hit()>",
    "<style onload=hit()></style>",
    "<svg><script>hit()</script></svg>",
    "<svg><animate onbegin=hit() attributeName=x dur=1s>",
    "<img src=x onerror=&#104;&#105;&#116;&lpar;&rpar;>",
    "<img src=x onerror='h\\u0069t()'>",
    "<img/src/onerror=hit()>",
    "<img\tsrc=x\nonerror=hit()>",
    "<img\fsrc=x\fonerror=hit()>",
    "<<img src=x onerror=hit()>",
    "<img src=x onerror=hit()//",
    "<img src=x onerror=\u2028hit()>",
    f"<math><mtext></math>{IMG}",
    f'<noscript><p title="</noscript>{IMG}">',
    f"<!-->{IMG}-->",
    f"<template>{IMG}</template>{IMG}",
    f"\x00{IMG}",
    f"\u202e{IMG}",
    f"\ufeff{IMG}",
    f"<img src={ELSEWHERE}pixel.png>",
    f"<iframe src={ELSEWHERE}></iframe>",
    f"<link rel=stylesheet href={ELSEWHERE}x.css>",
)
QUOTED = ('"', "'", "")
LINKS = (
    "javascript:hit()",
    "JaVaScRiPt:hit()",
    " javascript:hit()",
    "\x01javascript:hit()",
    "java\tscript:hit()",
    "java\nscript:hit()",
    "javascript://elsewhere.invalid/%0ahit()",
    "javascript:hit()//https://elsewhere.invalid/",
    "&#106;avascript:hit()",
)

PAYLOADS: tuple[tuple[str, str], ...] = (
    *((text, "markup") for text in MARKUP),
    *((text, "link") for text in LINKS),
    ("data:text/html,<script>parent.postMessage('hit','*')</script>", "frame"),
    (f'">{IMG}', 'attribute "'),
    (f"'>{IMG}", "attribute '"),
    ('" onerror=hit() x="', 'attribute "'),
    ("' onerror=hit() x='", "attribute '"),
    ("x onerror=hit()", "attribute "),
    (f"</title>{IMG}", "title"),
    (f"</textarea>{IMG}", "textarea"),
    (f"</style>{IMG}", "style"),
    ("</script><script>hit()</script>", "json"),
    (f"</script >{IMG}", "json"),
    (f"-->{IMG}", "comment"),
    (f"--!>{IMG}", "comment"),
    (f"]]>{IMG}", "cdata"),
    ('";hit();//', 'script "'),
    ("';hit();//", "script '"),
    ("`;hit();//", "script `"),
    ('"+hit()+"', 'script "'),
    ("'+hit()+'", "script '"),
    ("`+hit()+`", "script `"),
    ("${hit()}", "script `"),
    ('\\";hit();//', "script naively escaped"),
    ("\u2028hit()//", "script comment"),
    ("\nhit()//", "script comment"),
    ("*/hit()/*", "script block comment"),
    ("hit()", "timer"),
    (f"&lt;{IMG[1:-1]}&gt;", "twice"),
    (f"&amp;lt;{IMG[1:-1]}&amp;gt;", "thrice"),
    (f"＜{IMG[1:-1]}＞", "normalised"),
    (f"red;background:url({ELSEWHERE}a.png)", "style attribute"),
    (f"@import url({ELSEWHERE}b.css);", "style"),
    ("{{ hit() }}", "template"),
    ("{% set x = hit() %}", "template"),
)
"""Payload and the context in which it would run."""


def _script(code: str) -> str:
    return f"<script>{code}</script>"


def _rendered(text: str) -> str:
    """Read a text as a template on the server, as folium does with what it is given."""
    source = jinja2.Environment(autoescape=True).from_string(text)
    found: list[str] = []
    source.render(hit=lambda: found.append(text))
    return _script("hit()") if found else ""


def _markup_of(text: str, *, times: int) -> str:
    for _ in range(times):
        text = html.unescape(text)
    return text


CONTEXTS: dict[str, Callable[[str], str]] = {
    "markup": lambda text: f"<div>{text}</div>",
    "link": lambda text: f'<a id=go href="{text}">x</a>' + _script("go.click()"),
    "frame": lambda text: f'<iframe src="{text}"></iframe>',
    'attribute "': lambda text: f'<img src=x title="{text}">',
    "attribute '": lambda text: f"<img src=x title='{text}'>",
    "attribute ": lambda text: f"<img src=x title={text}>",
    "title": lambda text: f"<title>{text}</title>",
    "textarea": lambda text: f"<textarea>{text}</textarea>",
    "style": lambda text: f"<style>{text}</style>",
    "style attribute": lambda text: f'<p style="color:{text}">x</p>',
    "json": lambda text: f'<script type="application/json">{json.dumps(text)}</script>',
    "comment": lambda text: f"<!-- {text} -->",
    "cdata": lambda text: f"<svg><![CDATA[ {text} ]]></svg>",
    'script "': lambda text: _script(f'var a = "{text}";'),
    "script '": lambda text: _script(f"var a = '{text}';"),
    "script `": lambda text: _script(f"var a = `{text}`;"),
    "script naively escaped": lambda text: _script(
        'var a = "{}";'.format(text.replace('"', '\\"'))
    ),
    "script comment": lambda text: _script(f"// {text}"),
    "script block comment": lambda text: _script(f"/* {text} */"),
    "timer": lambda text: _script(f"setTimeout({json.dumps(text)})"),
    "twice": lambda text: _markup_of(text, times=1),
    "thrice": lambda text: _markup_of(text, times=2),
    "normalised": lambda text: unicodedata.normalize("NFKC", text),
    "template": _rendered,
}


def unsafe(text: str, context: str) -> str:
    """Return a document that takes a text for markup, a script, an address or a template."""
    return f"<!doctype html><meta charset=utf-8><body>{CONTEXTS[context](text)}"
