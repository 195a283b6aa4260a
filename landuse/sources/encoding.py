"""Japanese text: as its marks say, else UTF-8 where it is strictly that, else cp932.

A byte order mark or the escapes of ISO-2022-JP are certain. Without them guessing from
statistics is not needed: hardly any cp932 text is valid UTF-8. EUC-JP can pass for cp932
full of half-width kana, so `decoded` does not accept it unasked; `decoded_euc` says whether
what is neither may be EUC-JP, for a reader who can tell the user that this is a guess.
"""

from __future__ import annotations

import codecs
import re
import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

__all__ = ["decoded", "decoded_euc", "decoded_table"]

GUESSES = ("utf-8", "cp932")
UNUSED = frozenset("\x80\xa0\uf8f0\uf8f1\uf8f2\uf8f3")
"""What Python makes of single bytes that no cp932 text holds."""

BOMS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
ESCAPES = re.compile(rb"\x1b(?:\$[@B]|\([BJI]|\$\(D)")
"""How ISO-2022-JP changes its set of letters; no other text holds an escape byte."""

JAPANESE = re.compile(
    r"[\u2010-\u2026\u2190-\u26ff\u3000-\u30ff\u3200-\u33ff\u4e00-\u9fff\uff01-\uff5e]"
)
"""Kana, kanji, full-width letters, and marks such as ① ㈱ ○ ※ … of Japanese lists."""

KANA = re.compile(r"[\u3041-\u3093\u30a1-\u30f6]")
LIST_WORDS = re.compile("名称|施設|住所|所在地|緯度|経度|電話|番号|市町村|市区町村|丁目")
"""Words of Japanese lists. Korean and Chinese bytes also decode as kanji of EUC-JP, but not
to kana, nor to words."""

MOSTLY = 0.95
"""Share of letters beyond ASCII that are kana, kanji or full-width in a Japanese text."""

SOME_KANA = 0.03


def decoded(data: bytes, *, declared: str = "") -> tuple[str, str]:
    """Return a text and the encoding it was in; a byte order mark is left off.

    Raises
    ------
    ValueError
        If it is in none of the encodings.
    """
    if not declared and data.startswith(BOMS):
        return _utf16(data), "utf-16"
    if not declared and data.isascii() and ESCAPES.search(data):
        return _iso2022(data), "iso2022_jp"
    (text,), encoding = _first_that_fits([data], declared=declared, cut=False)
    return text.removeprefix("\ufeff"), encoding


def decoded_euc(data: bytes) -> tuple[str, str] | None:
    """Return a text that is very likely EUC-JP, and its encoding; None where it is not.

    For bytes that `decoded` refuses. Nearly every letter beyond ASCII must be Japanese,
    and there must be kana or a word of lists.
    """
    for encoding in ("euc_jp", "euc_jis_2004"):  # the second has ① and ㈱ besides
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        return (text, encoding) if _plausible(text) else None
    return None


def _plausible(text: str) -> bool:
    beyond = [letter for letter in text if letter > "\x7f"]
    if not beyond or any(unicodedata.category(letter) == "Cc" for letter in beyond):
        return False
    japanese = sum(bool(JAPANESE.match(letter)) for letter in beyond)
    kana = sum(bool(KANA.match(letter)) for letter in beyond)
    if japanese < MOSTLY * len(beyond):
        return False
    return kana >= SOME_KANA * japanese or bool(LIST_WORDS.search(text))


def _utf16(data: bytes) -> str:
    """Decode what a byte order mark calls UTF-16; a NUL within shows that it is not."""
    try:
        text = data.decode("utf-16")
    except UnicodeDecodeError as error:
        message = f"begins like UTF-16 but is not ({error.reason})"
        raise ValueError(message) from None
    if "\0" in text:
        message = "begins like UTF-16 but holds NULs"
        raise ValueError(message)
    return text


def _iso2022(data: bytes) -> str:
    for encoding in ("iso2022_jp", "iso2022_jp_3", "iso2022_jp_ext"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    message = "has the escapes of ISO-2022-JP but letters of none of its sets"
    raise ValueError(message)


def decoded_table(table: pd.DataFrame, *, declared: str = "") -> tuple[pd.DataFrame, str]:
    """Decode a table that was read byte by byte as Latin-1, as DBF files are.

    Such files state their encoding wrongly or not at all, and cut texts and column names
    in the middle of a character; the cut character is left off.

    Raises
    ------
    ValueError
        As in `decoded`.
    """
    texts = {str(name) for name in table.columns}
    columns = [name for name in table.columns if table[name].dtype in ("str", "object")]
    for name in columns:
        texts.update(text for text in table[name].unique() if isinstance(text, str))
    raw = sorted(text for text in texts if not text.isascii())
    right, encoding = _first_that_fits(
        [text.encode("latin-1") for text in raw], declared=declared, cut=True
    )
    new = dict(zip(raw, right, strict=True))
    table = table.assign(**{name: table[name].map(lambda t: new.get(t, t)) for name in columns})
    return table.rename(columns=new), encoding


def _first_that_fits(parts: Sequence[bytes], *, declared: str, cut: bool) -> tuple[list[str], str]:
    """Return the parts as text in the first encoding in which all of them are right."""
    for encoding in (_widened(declared),) if declared else GUESSES:
        try:
            texts = [_decode(part, encoding, cut=cut) for part in parts]
        except UnicodeDecodeError:
            continue
        if declared or not _suspect(parts, "".join(texts), encoding):
            return texts, encoding
    message = f"is not {declared}" if declared else "is neither UTF-8 nor cp932 (Shift_JIS)"
    raise ValueError(message)


def _decode(part: bytes, encoding: str, *, cut: bool) -> str:
    return codecs.getincrementaldecoder(encoding)().decode(part, final=not cut)


def _widened(encoding: str) -> str:
    """Read what calls itself Shift_JIS as cp932, which has ① and 髙 besides."""
    name = codecs.lookup(encoding).name
    return "cp932" if name == "shift_jis" else name


def _suspect(parts: Sequence[bytes], text: str, encoding: str) -> bool:
    """Tell whether a text that can be decoded is still something else.

    UTF-16 shows by its NULs; bytes that cp932 does not use become private letters; EUC-JP
    turns into half-width kana.
    """
    if "\0" in text:
        return True
    if encoding != "cp932":
        return False
    half = sum("\uff61" <= letter <= "\uff9f" for letter in text)
    full = sum(letter > "\x7f" for letter in text) - half
    return bool(UNUSED.intersection(text)) or (half > full and _is_euc(b"\0".join(parts)))


def _is_euc(data: bytes) -> bool:
    try:
        data.decode("euc_jp")
    except UnicodeDecodeError:
        return False
    return True
