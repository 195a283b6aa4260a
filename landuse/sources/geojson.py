"""How many features a GeoJSON holds, counted without GDAL, which drops broken ones silently."""

from __future__ import annotations

import json
import re
from contextlib import suppress
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["features_in"]

MAX_PARSED = 64 << 20
"""Bytes of a file that is parsed once more only to count."""

MARKS = (re.compile(rb'"type"\s*:\s*"Feature"'), re.compile(rb'"geometry"\s*:'))
"""What every feature has."""


def features_in(source: bytes) -> int:
    """Return how many features a GeoJSON in UTF-8 holds, broken ones too.

    In a large file, and one that is not well-formed, they are counted by what each of them
    has.
    """
    if len(source) <= MAX_PARSED:
        with suppress(ValueError, RecursionError, TypeError):
            document = json.loads(source, object_pairs_hook=_joined)
            return len(document["features"]) if "features" in document else 1
    return max(len(mark.findall(source)) for mark in MARKS)


def _joined(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    """Return an object; several lists of features in it count together."""
    lists = [value for key, value in pairs if key == "features" and isinstance(value, list)]
    made = dict(pairs)
    if len(lists) > 1:
        made["features"] = [feature for several in lists for feature in several]
    return made
