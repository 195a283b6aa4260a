"""Read TOML files so that every fault in one is reported at once.

A `Keys` hands out the values of one table, notes a fault for each key that is missing
or of the wrong kind, and at the end names the keys that nobody asked for.
"""

from __future__ import annotations

import math
import tomllib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from landuse.errors import CityError, Fault, MissingFileError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence
    from pathlib import Path

__all__ = ["Keys", "Label", "read_toml"]


@dataclass(frozen=True, kw_only=True)
class Label:
    """A name shown to readers, Japanese first."""

    ja: str
    en: str
    easy: str = ""
    """やさしい日本語: short words for children and learners; empty: as `ja`."""

    def __str__(self) -> str:
        return f"{self.ja} {self.en}"


def read_toml(path: Path) -> dict[str, Any]:
    """Read one TOML file.

    Raises
    ------
    MissingFileError
        If there is no such file.
    CityError
        If it is not UTF-8 or not TOML; the message of the parser names line and column.
    """
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (FileNotFoundError, IsADirectoryError):
        raise MissingFileError(
            Fault(where=str(path), what="there is no such file", fix="check the path")
        ) from None
    except UnicodeDecodeError as error:
        what = f"is not UTF-8 (byte {error.start})"
        raise CityError(Fault(where=str(path), what=what, fix="save it as UTF-8")) from None
    except tomllib.TOMLDecodeError as error:
        what = f"is not valid TOML: {error}"
        fix = "mend that line; a key or table may stand only once"
        raise CityError(Fault(where=str(path), what=what, fix=fix)) from None


@dataclass(kw_only=True)
class Keys:
    """The keys of one TOML table, handed out with their kind checked."""

    table: Mapping[str, Any]
    where: str
    faults: list[Fault]
    asked: set[str] = field(default_factory=set)

    def fault(self, key: str, what: str, fix: str) -> None:
        """Note one fault of this table."""
        where = f"{self.where}.{key}" if key else self.where
        self.faults.append(Fault(where=where, what=what, fix=fix))

    def _take(self, key: str, kind: type | tuple[type, ...], default: Any, name: str) -> Any:  # noqa: ANN401 - TOML values are of any kind
        """Return a value of the right kind, the default, or, with a fault, None."""
        self.asked.add(key)
        if key not in self.table:
            if default is None:
                self.fault(key, "is missing", f"add {key} = <{name}>")
            return default
        value = self.table[key]
        if not isinstance(value, kind) or isinstance(value, bool) != (kind is bool):
            self.fault(key, f"is {value!r}", f"give a {name}")
            return None
        return value

    def text(self, key: str, default: str | None = None) -> str:
        """Return a text; without a default the key is required."""
        value = self._take(key, str, default, "text")
        return "" if value is None else str(value)

    def number(self, key: str, default: float | None = None, *, positive: bool = True) -> float:
        """Return a finite number, above zero unless said otherwise, then at least zero."""
        value = self._take(key, (float, int), default, "number")
        if value is None:
            return 0.0
        fits = math.isfinite(value) and (value > 0 if positive else value >= 0)
        if key in self.table and not fits:
            bound = "above zero" if positive else "of zero or more"
            self.fault(key, f"is {value!r}", f"give a number {bound}")
        return float(value)

    def flag(self, key: str, *, default: bool) -> bool:
        """Return true or false."""
        return bool(self._take(key, bool, default, "true or false"))

    def choice(self, key: str, among: Collection[str], default: str | None = None) -> str:
        """Return one of some words; with a fault, the default or the first of them."""
        value = self._take(key, str, default, "text")
        if key in self.table and value is not None and value not in among:
            self.fault(key, f"is {value!r}", f"use one of: {', '.join(among)}")
            value = None
        return str(value) if value is not None else (default or next(iter(among)))

    def texts(self, key: str, default: tuple[str, ...] | None = None) -> tuple[str, ...]:
        """Return a list of texts as a tuple."""
        value = self._take(key, (list,), None if default is None else list(default), "list")
        if value is None:
            return default or ()
        if not all(isinstance(item, str) for item in value):
            self.fault(key, f"is {value!r}", "give a list of texts")
            return default or ()
        return tuple(value)

    def integers(self, key: str, default: tuple[int, ...] | None = None) -> tuple[int, ...]:
        """Return a list of whole numbers as a tuple."""
        value = self._take(key, (list,), None if default is None else list(default), "list")
        if not all(isinstance(item, int) and not isinstance(item, bool) for item in value or ()):
            self.fault(key, f"is {value!r}", "give a list of whole numbers")
            return default or ()
        return tuple(value or ())

    def text_table(self, key: str) -> dict[str, str]:
        """Return a table of texts, such as old name -> new name; empty where it is not there."""
        keys = self.subtable(key, {})
        return {name: keys.text(name) for name in keys.table}

    def list_table(self, key: str) -> dict[str, tuple[str, ...]]:
        """Return a table of lists of texts; empty where it is not there."""
        keys = self.subtable(key, {})
        return {name: keys.texts(name) for name in keys.table}

    def subtable(self, key: str, default: Mapping[str, Any] | None = None) -> Keys:
        """Return a table within this one."""
        value = self._take(key, dict, default, "table")
        return Keys(table=value or {}, where=f"{self.where}.{key}", faults=self.faults)

    def label(self, key: str) -> Label:
        """Return a name in Japanese and English, and perhaps in easy Japanese."""
        keys = self.subtable(key)
        if not isinstance(self.table.get(key), dict):
            return Label(ja="", en="")  # one fault is enough
        label = Label(ja=keys.text("ja"), en=keys.text("en"), easy=keys.text("easy", ""))
        keys.refuse_unknown()
        return label

    def rows(self, key: str, name_key: str = "key") -> Iterator[Keys]:
        """Return the tables of an array of tables, each named by its own key."""
        value = self._take(key, (list,), [], "list of tables")
        for place, row in enumerate(value or ()):
            if not isinstance(row, dict):
                self.fault(f"{key}[{place}]", f"is {row!r}", f"write it as [[{key}]]")
                continue
            name = row.get(name_key, place)
            yield Keys(table=row, where=f"{self.where}: {key} {name}", faults=self.faults)

    def refuse_twice(self, what: str, names: Sequence[str]) -> None:
        """Note a fault for each name that stands more than once."""
        for name in sorted({name for name in names if name and names.count(name) > 1}):
            times = f"stands {names.count(name)} times"
            self.fault(f"{what} {name}", times, "give each its own key")

    def refuse_unknown(self) -> None:
        """Note a fault for each key that was never asked for."""
        for key in self.table:
            if key not in self.asked:
                known = ", ".join(sorted(self.asked))
                self.fault(key, "is not a key of this table", f"remove it or use one of: {known}")
