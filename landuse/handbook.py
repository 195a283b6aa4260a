"""The official indicators: straight-line catchments under their official names.

国土交通省「都市構造の評価に関するハンドブック」(2014) and 都市モニタリングシート measure how many
people live within some metres of a facility as the crow flies. Radii are data here
(`presets/indicators.toml`), each with its source and a mark.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from landuse.errors import CityError, Fault
from landuse.services import DEMAND_GROUPS
from landuse.toml import Keys, Label, read_toml

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

__all__ = ["PLACES", "Circle", "Indicator", "OfficialValue", "official_of", "read_indicators"]

PLACES = ("facilities", "stations", "stops")
"""Roles of layers round which circles are drawn."""

PLACE_NAMES = {"facilities": "施設 facilities", "stations": "駅 stations", "stops": "バス停 stops"}


@dataclass(frozen=True, kw_only=True)
class Circle:
    """Everything within some metres of some places."""

    places: str
    within_m: float
    select: Mapping[str, tuple[str, ...]]
    """Column -> accepted values; every column must match."""
    needs: tuple[str, ...] = ()
    """Values without any place of which the figure would mislead: it is no data then."""
    optional: bool = False
    """Whether the figure stands without these places, where the data have none."""


@dataclass(frozen=True, kw_only=True)
class Indicator:
    """The share of people within reach, by an official definition."""

    key: str
    label: Label
    group: str
    """Whom it counts: a column of the cells."""
    circles: tuple[Circle, ...]
    """People in any of them count."""
    all_of: tuple[str, ...]
    """Or: people whom all of these other indicators count."""
    source: str
    official: str = ""
    """Key of the indicator in `presets/monitoring.toml`, where its official value stands."""

    @property
    def definition(self) -> str:
        """Radii as shown beside every figure, e.g. `駅 stations 800 m; バス停 stops 300 m`."""
        if self.all_of:
            return " ∩ ".join(self.all_of)
        named = [(PLACE_NAMES[circle.places], circle.within_m) for circle in self.circles]
        return "; ".join(f"{name} {within_m:g} m" for name, within_m in named)


@dataclass(frozen=True, kw_only=True)
class OfficialValue:
    """An indicator of the city as the authority published it."""

    indicator: str
    share: float
    """0 to 1; NaN where the authority left it blank."""
    vintage: str
    source: str


def read_indicators(path: Path) -> tuple[Indicator, ...]:
    """Read a file of indicators.

    Raises
    ------
    MissingFileError
        If there is no such file.
    CityError
        With every fault of the file.
    """
    faults: list[Fault] = []
    keys = Keys(table=read_toml(path), where=path.name, faults=faults)
    indicators = tuple(_indicator(row) for row in keys.rows("indicator"))
    named = [indicator.key for indicator in indicators]
    keys.refuse_twice("indicator", named)
    for place, indicator in enumerate(indicators):
        for name in set(indicator.all_of) - set(named[:place]):
            what, fix = f"names {name!r}, which is not above it", "write that indicator first"
            keys.fault(f"indicator {indicator.key}.all_of", what, fix)
    keys.refuse_unknown()
    if faults:
        raise CityError(faults)
    return indicators


def _indicator(keys: Keys) -> Indicator:
    indicator = Indicator(
        key=keys.text("key"),
        label=keys.label("name"),
        group=keys.choice("group", DEMAND_GROUPS),
        circles=tuple(_circle(row) for row in keys.rows("circle", "places")),
        all_of=keys.texts("all_of", ()),
        source=keys.text("source"),
        official=keys.text("official", ""),
    )
    if bool(indicator.circles) == bool(indicator.all_of):
        keys.fault("circle", "is both or neither of circle and all_of", "give one of the two")
    keys.refuse_unknown()
    return indicator


def _circle(keys: Keys) -> Circle:
    circle = Circle(
        places=keys.choice("places", PLACES),
        within_m=keys.number("within_m"),
        select=keys.list_table("select"),
        needs=keys.texts("needs", ()),
        optional=keys.flag("optional", default=False),
    )
    keys.refuse_unknown()
    return circle


def official_of(keys: Keys) -> OfficialValue:
    """Read one `[[official]]` of a city file: a published share, in per cent there."""
    percent = keys.number("percent", positive=False)
    if percent > 100:
        keys.fault("percent", f"is {percent}", "give per cent from 0 to 100")
    value = OfficialValue(
        indicator=keys.text("indicator"),
        share=percent / 100,
        vintage=keys.text("vintage"),
        source=keys.text("source"),
    )
    keys.refuse_unknown()
    return value
