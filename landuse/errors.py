"""Every error a user of `landuse` can meet.

::

    LanduseError
    └── InputError (ValueError)            the user's input: exit code 2
        ├── CityError                      a city, scheme or service file (TOML)
        ├── LayerError                     the content of a layer
        │   └── CrsError                   its coordinate reference system
        └── MissingFileError (FileNotFoundError)

An `InputError` carries all the faults found in one file, not just the first.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = [
    "CityError",
    "CrsError",
    "Fault",
    "InputError",
    "LanduseError",
    "LayerError",
    "MissingFileError",
]


@dataclass(frozen=True, kw_only=True)
class Fault:
    """One thing wrong with the input, and how to mend it."""

    where: str
    """File, then row or key: `city.toml: layers.farm.path`."""
    what: str
    """What is wrong, with the offending value."""
    fix: str
    """What the reader should do."""

    def __str__(self) -> str:
        return f"{self.where}: {self.what} — {self.fix}"


class LanduseError(Exception):
    """Base of all errors of this package."""


class InputError(LanduseError, ValueError):
    """The user's input cannot be used; `faults` lists everything that is wrong."""

    def __init__(self, faults: Fault | Iterable[Fault]) -> None:
        self.faults: tuple[Fault, ...] = (faults,) if isinstance(faults, Fault) else tuple(faults)
        super().__init__("\n".join(str(fault) for fault in self.faults))


class CityError(InputError):
    """A city, scheme or service file says something that cannot be used."""


class LayerError(InputError):
    """A layer's rows, values or geometries cannot be used."""


class CrsError(LayerError):
    """A layer's coordinates are in no, the wrong, or an unsuitable reference system."""


class MissingFileError(InputError, FileNotFoundError):
    """A file that the city file names is not there."""
