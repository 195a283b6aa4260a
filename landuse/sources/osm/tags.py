"""What the tags of OpenStreetMap mean here: the tables of `presets/osm.toml`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from landuse.config import preset
from landuse.errors import CityError
from landuse.schema import CLAIMS
from landuse.toml import Keys, read_toml

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from landuse.errors import Fault

__all__ = [
    "ACCESS",
    "Chain",
    "FacilityRule",
    "Highway",
    "LandRule",
    "Mode",
    "Tags",
    "kind_of",
    "read_tags",
]

ACCESS = ("walk", "bike", "car")
"""Ways to travel that the access tags of a way are read for."""

TRAVELLERS = (*ACCESS, "wheelchair")
"""Those that a point on a way may stop."""


@dataclass(frozen=True, kw_only=True)
class Highway:
    """What a value of `highway` says where no other tag speaks."""

    kind: str
    """Kind of road of the speed file."""
    modes: tuple[str, ...]
    """Who may pass, some of `ACCESS`."""
    oneway: bool = False


@dataclass(frozen=True, kw_only=True)
class Chain:
    """The keys that say whether somebody may pass, the most specific first."""

    own: tuple[str, ...]
    """Keys that open and close."""
    general: tuple[str, ...]
    """Keys that only close."""

    @property
    def keys(self) -> tuple[str, ...]:
        """All keys, the most specific first."""
        return self.own + self.general


@dataclass(frozen=True, kw_only=True)
class Mode:
    """Which streets a mode of the speed file uses, and in which direction."""

    access: str
    """One of `ACCESS`: the column `access_…` that must be true."""
    closed_by: str
    """Traveller that a point on the way must let pass."""
    oneway: str
    """Column of its direction."""
    limit: bool
    """Whether the speed limit is its own speed."""
    leave_out: Mapping[str, tuple[str, ...]]
    """Column -> values of streets that the mode does not use."""


@dataclass(frozen=True, kw_only=True)
class FacilityRule:
    """Tags that make something a facility of a category."""

    category: str
    roles: tuple[str, ...]
    tags: Mapping[str, tuple[str, ...]]
    """Key -> values, one of which it must have; every key must match."""
    name_ends: tuple[str, ...]
    """Ends of its name, one of which it must have; empty: any name."""


@dataclass(frozen=True, kw_only=True)
class LandRule:
    """Tags that make an area a claim on land."""

    claim: str
    tags: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, kw_only=True)
class Tags:
    """All tables."""

    highways: Mapping[str, Highway]
    not_roads: tuple[str, ...]
    walked_areas: tuple[str, ...]
    """Kinds of which also areas are walked, along their outline."""
    ferry: Highway
    open: tuple[str, ...]
    """Words of access tags that let pass."""
    closed: tuple[str, ...]
    chains: Mapping[str, Chain]
    """Traveller -> its keys."""
    barriers: Mapping[str, tuple[str, ...]]
    """Value of `barrier` -> travellers that it stops."""
    oneway: Mapping[str, int]
    """Word -> 1 along, -1 against, 0 both ways, 2 by the hour."""
    limits_kmh: Mapping[str, float]
    """Word of `maxspeed` that is no number -> km/h, 0 where not known."""
    lowest_kmh: float
    highest_kmh: float
    """Limits of what is believed."""
    modes: Mapping[str, Mode]
    facilities: tuple[FacilityRule, ...]
    land: tuple[LandRule, ...]
    water_lines: Mapping[str, tuple[str, ...]]
    address_whole: str
    address_parts: tuple[str, ...]
    address_numbers: tuple[str, ...]
    overpass_url: str


def kind_of(highway: str, tags: Tags) -> str:
    """Return the kind of road of a value of `highway`; words not in the table stay."""
    plain = highway.removesuffix("_link")
    return tags.highways[plain].kind if plain in tags.highways else plain


def read_tags(path: Path | None = None) -> Tags:
    """Read the tag tables, those of the package unless a path is given.

    Raises
    ------
    MissingFileError
        If there is no such file.
    CityError
        With every fault of the file.
    """
    path = path or preset("osm.toml")
    faults: list[Fault] = []
    keys = Keys(table=read_toml(path), where=path.name, faults=faults)
    access, speeds, address = (keys.subtable(name) for name in ("access", "maxspeed", "address"))
    oneway = keys.subtable("oneway")
    words = speeds.subtable("words")
    tags = Tags(
        highways={row.text("key"): _highway(row) for row in keys.rows("highway")},
        not_roads=keys.texts("not_roads"),
        walked_areas=keys.texts("walked_areas", ()),
        ferry=_highway(keys.subtable("ferry")),
        open=access.texts("open"),
        closed=access.texts("closed"),
        chains={row.text("key"): _chain(row) for row in access.rows("chain")},
        barriers={row.text("key"): _closes(row) for row in access.rows("barrier")},
        oneway={word: _direction(oneway, word) for word in oneway.table},
        limits_kmh={word: words.number(word, positive=False) for word in words.table},
        lowest_kmh=speeds.number("lowest_kmh"),
        highest_kmh=speeds.number("highest_kmh"),
        modes={row.text("key"): _mode(row) for row in keys.rows("mode")},
        facilities=tuple(_facility(row) for row in keys.rows("facility", "category")),
        land=tuple(_land(row) for row in keys.rows("land", "claim")),
        water_lines=keys.list_table("water_lines"),
        address_whole=address.text("whole"),
        address_parts=address.texts("parts"),
        address_numbers=address.texts("numbers"),
        overpass_url=keys.subtable("overpass").text("url"),
    )
    for table in (access, speeds, address, keys):
        table.refuse_unknown()
    for traveller in TRAVELLERS:
        if traveller not in tags.chains:
            access.fault("chain", f"has none for {traveller}", "add it")
    if faults:
        raise CityError(faults)
    return tags


def _among(keys: Keys, key: str, words: tuple[str, ...]) -> tuple[str, ...]:
    """Read a list of which every text is one of some words."""
    found = keys.texts(key)
    for word in found:
        if word not in words:
            keys.fault(key, f"names {word!r}", f"use some of: {', '.join(words)}")
    return found


def _highway(row: Keys) -> Highway:
    row.asked.add("key")
    highway = Highway(
        kind=row.text("kind"),
        modes=_among(row, "modes", ACCESS),
        oneway=row.flag("oneway", default=False),
    )
    row.refuse_unknown()
    return highway


def _chain(row: Keys) -> Chain:
    chain = Chain(own=row.texts("own"), general=row.texts("general"))
    row.refuse_unknown()
    return chain


def _closes(row: Keys) -> tuple[str, ...]:
    closes = _among(row, "closes", TRAVELLERS)
    row.refuse_unknown()
    return closes


def _direction(keys: Keys, word: str) -> int:
    value = keys.table[word]
    if value not in (-1, 0, 1, 2):
        keys.fault(word, f"is {value!r}", "give 1, -1, 0 or 2")
        return 0
    return int(value)


def _mode(row: Keys) -> Mode:
    mode = Mode(
        access=row.choice("access", ACCESS),
        closed_by=row.choice("closed_by", TRAVELLERS),
        oneway=row.choice("oneway", ("oneway", "oneway_foot", "oneway_bike")),
        limit=row.flag("limit", default=False),
        leave_out=row.list_table("leave_out"),
    )
    row.refuse_unknown()
    return mode


def _facility(row: Keys) -> FacilityRule:
    rule = FacilityRule(
        category=row.text("category"),
        roles=row.texts("roles", ()),
        tags=row.list_table("tags"),
        name_ends=row.texts("name_ends", ()),
    )
    if not rule.tags:
        row.fault("tags", "is empty", "say which tags make the category")
    row.refuse_unknown()
    return rule


def _land(row: Keys) -> LandRule:
    rule = LandRule(claim=row.choice("claim", CLAIMS), tags=row.list_table("tags"))
    if not rule.tags:
        row.fault("tags", "is empty", "say which tags make the claim")
    row.refuse_unknown()
    return rule
