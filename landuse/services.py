"""Services: kinds of facility, whom they serve, and how far is too far."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from landuse.decay import decay_from
from landuse.errors import CityError, Fault
from landuse.toml import Keys, Label, read_toml

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from landuse.decay import Decay

__all__ = [
    "DEMAND_GROUPS",
    "KINDS",
    "MODES",
    "Service",
    "gathered_services",
    "read_services",
]

KINDS = ("hub", "watch_over")
MODES = ("walk", "walk_elderly", "drive")
DEMAND_GROUPS = ("population", "population_65plus")


@dataclass(frozen=True, kw_only=True)
class Service:
    """A kind of facility, whom it serves, and how far is too far."""

    key: str
    label: Label
    kind: str
    """`hub` (拠点都市機能) or `watch_over` (見守り)."""
    select: Mapping[str, tuple[str, ...]]
    """Column -> accepted values; every column must match."""
    mode: str
    within_min: float
    """The standard that coverage is judged by."""
    straight_m: float
    """Straight-line radius of the official indicators; 0: none."""
    demand: str
    standard_source: str
    note: Label
    decay: Decay | None = None
    """How much a facility counts by its cost, for `landuse.access.opportunities`."""


def read_services(path: Path) -> tuple[Service, ...]:
    """Read a service file.

    Raises
    ------
    MissingFileError
        If there is no such file.
    CityError
        With every fault of the file.
    """
    faults: list[Fault] = []
    services = gathered_services(path, faults)
    if faults:
        raise CityError(faults)
    return services


def gathered_services(path: Path, faults: list[Fault]) -> tuple[Service, ...]:
    """Read a service file, adding its faults to those of the file that names it."""
    keys = Keys(table=read_toml(path), where=path.name, faults=faults)
    services = tuple(_service(row) for row in keys.rows("service"))
    keys.refuse_twice("service", [service.key for service in services])
    if not services:
        keys.fault("service", "is empty", "add at least one [[service]]")
    keys.refuse_unknown()
    return services


def _service(keys: Keys) -> Service:
    service = Service(
        key=keys.text("key"),
        label=keys.label("name"),
        kind=keys.choice("kind", KINDS),
        select=_selection(keys),
        mode=keys.choice("mode", MODES),
        within_min=keys.number("within_min"),
        straight_m=keys.number("straight_m", 0.0, positive=False),
        demand=keys.choice("demand", DEMAND_GROUPS),
        standard_source=keys.text("standard_source"),
        note=Label(ja=keys.text("note_ja", ""), en=keys.text("note_en", "")),
        decay=_decay(keys),
    )
    keys.refuse_unknown()
    return service


def _selection(keys: Keys) -> dict[str, tuple[str, ...]]:
    select = keys.subtable("select")
    if not select.table:
        keys.fault("select", "is empty", "say which facilities offer the service")
    return {column: select.texts(column) for column in select.table}


def _decay(keys: Keys) -> Decay | None:
    table = keys.subtable("decay", {})
    if not table.table:
        return None
    try:
        return decay_from(table.table, where=table.where)
    except CityError as error:
        keys.faults.extend(error.faults)
        return None
