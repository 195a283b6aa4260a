"""A page with what it carries packed: what a test must search that asks what a page gives away."""

from __future__ import annotations

import json
import re

from landuse.maps.pack import read_payload

PAYLOAD = re.compile(r'<script type="application/json" id="lu-data">(.*?)</script>', re.DOTALL)


def unpacked(page: str) -> str:
    """Return the text of a page and, behind it, that of its payload."""
    found = PAYLOAD.search(page)
    assert found, "the page carries nothing"
    return page + json.dumps(read_payload(found[1]), ensure_ascii=False)
