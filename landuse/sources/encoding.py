"""Japanese text: UTF-8 where it is strictly that, else cp932, else a question.

Guessing from statistics is never needed: hardly any cp932 text is valid UTF-8. EUC-JP
can pass for cp932 full of half-width kana, so such a file is not accepted unasked.
"""

from __future__ import annotations

import codecs
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

__all__ = ["decoded", "decoded_table"]

GUESSES = ("utf-8", "cp932")
UNUSED = frozenset("\x80\xa0\uf8f0\uf8f1\uf8f2\uf8f3")
"""What Python makes of single bytes that no cp932 text holds."""


def decoded(data: bytes, *, declared: str = "") -> tuple[str, str]:
    """Return a text and the encoding it was in; a byte order mark is left off.

    Raises
    ------
    ValueError
        If it is in none of the encodings.
    """
    (text,), encoding = _first_that_fits([data], declared=declared, cut=False)
    return text.removeprefix("\ufeff"), encoding


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
