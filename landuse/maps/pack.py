"""Numbers into short texts that a page can carry and unpack by itself.

Integers become zigzag varints (seven bits a byte, the sign in the lowest bit), bytes are
deflated and written in an armour of 85 signs, of which five are four bytes: a sixteenth
shorter than base64, and none of them means anything in HTML or JSON. The browser's own
`DecompressionStream` reads them back; `assets/js/codec.js` is the other half of this module.
"""

from __future__ import annotations

import json
import zlib
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import ArrayLike, NDArray

    Ints = NDArray[np.int64]

__all__ = [
    "armoured",
    "bare",
    "deltas",
    "inert_json",
    "pack_bytes",
    "pack_ints",
    "packed_payload",
    "read_payload",
    "unpack_bytes",
    "unpack_ints",
]

# What could end a script element, open a comment in one, or break a line in JavaScript.
_UNSAFE = {ord(sign): f"\\u{ord(sign):04x}" for sign in "<>&\u2028\u2029"}


_SIGNS = np.array([code for code in range(35, 127) if chr(code) not in "&'<>\\`"][:85], np.uint8)
_PLACES = 85 ** np.arange(4, -1, -1)


def armoured(raw: bytes) -> str:
    """Return bytes as text; a last group of n bytes becomes n + 1 signs."""
    short = -len(raw) % 4
    groups = np.frombuffer(raw + bytes(short), ">u4").astype(np.int64)
    digits = groups[:, None] // _PLACES % 85
    signs = bytes(_SIGNS[digits]).decode("ascii")
    return signs[: len(signs) - short]


def bare(text: str) -> bytes:
    """Return the bytes of `armoured`."""
    digits = np.searchsorted(_SIGNS, np.frombuffer(text.encode("ascii"), np.uint8))
    short = -len(digits) % 5
    padded = np.append(digits, np.full(short, 84)).reshape(-1, 5)
    raw = (padded @ _PLACES).astype(">u4").tobytes()
    return raw[: len(raw) - short]


def pack_bytes(raw: bytes) -> str:
    """Return bytes deflated, as text."""
    return armoured(zlib.compress(raw, 9))


def unpack_bytes(text: str) -> bytes:
    """Return the bytes of `pack_bytes`."""
    return zlib.decompress(bare(text))


def pack_ints(values: ArrayLike) -> bytes:
    """Return integers of up to 62 bits as zigzag varints."""
    signed = np.asarray(values, np.int64).ravel()
    zigzag = ((signed << 1) ^ (signed >> 63)).astype(np.uint64)
    bits = int(zigzag.max(initial=0)).bit_length()
    septets = zigzag[:, None] >> np.arange(0, max(bits, 1), 7, dtype=np.uint64)
    used = septets > 0
    used[:, 0] = True
    more = np.zeros_like(used)
    more[:, :-1] = used[:, 1:]
    return ((septets & 0x7F) | (more.astype(np.uint64) << 7)).astype(np.uint8)[used].tobytes()


def unpack_ints(raw: bytes) -> Ints:
    """Return the integers of `pack_ints`."""
    bytes_ = np.frombuffer(raw, np.uint8)
    ends = np.flatnonzero(bytes_ < 0x80)
    if not len(ends):
        return np.zeros(0, np.int64)
    starts = np.concatenate([[0], ends[:-1] + 1])
    place = np.arange(len(bytes_)) - np.repeat(starts, ends - starts + 1)
    parts = (bytes_ & 0x7F).astype(np.int64) << (7 * place)
    zigzag = np.add.reduceat(parts, starts)
    return np.asarray((zigzag >> 1) ^ -(zigzag & 1))


def deltas(values: ArrayLike) -> Ints:
    """Return each value less the one before; the first stays as it is."""
    whole = np.asarray(values, np.int64)
    return np.concatenate([whole[:1], whole[1:] - whole[:-1]])


def inert_json(value: object) -> str:
    r"""Return JSON that cannot end or leave the script element it stands in.

    `<`, `>`, `&` and the two line separators of Unicode are written as `\\uXXXX`, which
    JSON reads back as the same characters.

    Raises
    ------
    ValueError
        If a number is not finite.
    """
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return text.translate(_UNSAFE)


def packed_payload(payload: dict[str, Any]) -> str:
    """Return what the scripts of a page work on as JSON, all but the cells' columns packed.

    The columns are small already and are unpacked one by one when they are asked for.
    """
    cells = payload.get("cells") or {}
    columns = cells.get("columns", ())
    bare_cells = {**cells, "columns": [{**column, "text": ""} for column in columns]}
    rest = payload | {"cells": bare_cells if cells else None}
    texts = [column["text"] for column in columns]
    return inert_json({"columns": texts, "rest": pack_bytes(inert_json(rest).encode())})


def read_payload(text: str) -> dict[str, Any]:
    """Return what `packed_payload` wrote."""
    packed = json.loads(text)
    payload: dict[str, Any] = json.loads(unpack_bytes(packed["rest"]))
    for place, column in enumerate(packed["columns"]):
        payload["cells"]["columns"][place]["text"] = column
    return payload


def concatenated(columns: Iterable[ArrayLike]) -> bytes:
    """Return several columns of integers, one after another, as `pack_ints` does."""
    return b"".join(pack_ints(column) for column in columns)
