"""What was found in a layer: faults that stop the run, notes that do not, and counts."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NoReturn

from landuse.errors import CrsError, Fault, LayerError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from landuse.config import Layer

__all__ = ["Findings", "Report", "rows_text"]

NAMED_ROWS = 20
"""Rows that a message names one by one; more are counted."""


@dataclass(frozen=True, kw_only=True)
class Report:
    """What reading one layer found and did."""

    key: str
    role: str
    path: Path
    rows: int
    """Rows handed on."""
    rows_in_file: int
    crs: str
    """Reference system of the coordinates in the file."""
    crs_from: str
    """Who said so: `file`, `metadata`, `name` (of the file), `catalogue`, `city file`, `GTFS`,
    `RFC 7946` (GeoJSON that is silent), `columns lon, lat`, `cell_id`, `mesh_code`, or empty
    where the rows have no coordinates at all."""
    encoding: str
    """Text encoding as read."""
    not_selected: int = 0
    """Rows that `where` of the city file leaves out."""
    repaired: int = 0
    """Self-crossing polygons that were made valid."""
    area_change_m2: float = 0.0
    """By how much the repair changed their summed area."""
    dropped: int = 0
    """Rows without usable coordinates that were left out."""
    unplaced: int = 0
    """Facilities kept without a place, for the geocoder or as `no data`."""
    outside: int = 0
    """Rows left out because they lie outside the study area."""
    notes: tuple[Fault, ...] = ()
    """Findings that did not stop the reading."""
    sha256: str
    bytes: int


@dataclass(kw_only=True)
class Findings:
    """Gathers what is wrong with one layer, so that all of it is told at once."""

    layer: Layer
    faults: list[Fault] = field(default_factory=list)
    notes: list[Fault] = field(default_factory=list)
    counts: dict[str, float] = field(default_factory=dict)
    about_crs: bool = False

    @property
    def where(self) -> str:
        """File and key of the layer, as every message begins."""
        return f"{self.layer.path.name} [{self.layer.key}]"

    def fault(self, what: str, fix: str, *, place: str = "") -> None:
        """Note something that makes the layer unusable."""
        self.faults.append(self._finding(what, fix, place))

    def crs_fault(self, what: str, fix: str) -> None:
        """Note that positions cannot be trusted."""
        self.about_crs = True
        self.fault(what, fix)

    def note(self, what: str, fix: str, *, place: str = "") -> None:
        """Note something that the reader should know but that stops nothing."""
        self.notes.append(self._finding(what, fix, place))

    def count(self, name: str, number: float) -> None:
        """Add to a count of the report."""
        self.counts[name] = self.counts.get(name, 0) + number

    def stop(self, what: str, fix: str) -> NoReturn:
        """Raise for a layer that cannot even be opened.

        Raises
        ------
        LayerError
            With this fault and those found before.
        """
        self.fault(what, fix)
        raise LayerError(self.faults) from None

    def raise_faults(self) -> None:
        """Raise everything found so far, if anything was.

        Raises
        ------
        CrsError
            If one of the faults is about the reference system.
        LayerError
            Otherwise.
        """
        if self.faults:
            raise (CrsError if self.about_crs else LayerError)(self.faults)

    def _finding(self, what: str, fix: str, place: str) -> Fault:
        where = f"{self.where}: {place}" if place else self.where
        return Fault(where=where, what=what, fix=fix)


def rows_text(rows: Iterable[object]) -> str:
    """Name rows in a message: `row 3`, `rows 3, 7`, `rows 1, 2, … and 80 more`."""
    named = [str(row) for row in rows]
    more = f" … and {len(named) - NAMED_ROWS} more" if len(named) > NAMED_ROWS else ""
    return f"row{'s' if len(named) > 1 else ''} {', '.join(named[:NAMED_ROWS])}{more}"
