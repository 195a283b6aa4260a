"""What the numbers of class rasters mean, from `presets/legends.toml`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from landuse.config import preset
from landuse.errors import CityError, Fault
from landuse.schema import MEASURED_CLAIMS
from landuse.toml import Keys, Label, read_toml

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

__all__ = ["MARKS", "Legend", "LegendClass", "read_legend", "read_legends"]

MARKS = ("verified", "seen", "unverified")
"""How sure the numbers are: compared with the publisher's own table, seen in several public
uses of the data, or neither."""


@dataclass(frozen=True, kw_only=True)
class LegendClass:
    """One class of a raster."""

    code: int
    label: Label
    claim: str
    """What it claims on the ground; empty: nothing that the zoning uses."""


@dataclass(frozen=True, kw_only=True)
class Legend:
    """The classes of one product."""

    key: str
    title: Label
    source: str
    licence: str
    vintage: str
    mark: str
    """One of `MARKS`."""
    note: str
    unknown: tuple[int, ...]
    """Numbers that stand for no class."""
    classes: Mapping[int, LegendClass]


def read_legend(name: str, *, path: Path | None = None) -> Legend:
    """Return one legend.

    Parameters
    ----------
    name
        Its key.
    path
        File of legends; those of the package where not given.

    Raises
    ------
    CityError
        If there is none of that name (those there are, are listed), or the file is wrong.
    """
    path = path or preset("legends.toml")
    legends = read_legends(path)
    if name not in legends:
        what = f"has no legend {name!r}"
        fix = f"use one of: {', '.join(legends)}"
        raise CityError(Fault(where=path.name, what=what, fix=fix))
    return legends[name]


def read_legends(path: Path) -> dict[str, Legend]:
    """Return the legends of a file by key.

    Raises
    ------
    MissingFileError
        If there is no such file.
    CityError
        With every fault of the file: keys unknown, missing or ill-typed, codes that are no
        whole numbers or stand twice, claims that are none of `MEASURED_CLAIMS`.
    """
    faults: list[Fault] = []
    keys = Keys(table=read_toml(path), where=path.name, faults=faults)
    legends = [_legend(row) for row in keys.rows("legend")]
    keys.refuse_twice("legend", [legend.key for legend in legends])
    keys.refuse_unknown()
    if faults:
        raise CityError(faults)
    return {legend.key: legend for legend in legends}


def _legend(keys: Keys) -> Legend:
    classes = [_class(row) for row in keys.rows("class", name_key="code")]
    unknown = tuple(_whole(keys, "unknown", text) for text in keys.texts("unknown", ()))
    legend = Legend(
        key=keys.text("key"),
        title=keys.label("title"),
        source=keys.text("source"),
        licence=keys.text("licence"),
        vintage=keys.text("vintage"),
        mark=keys.choice("mark", MARKS),
        note=keys.text("note", ""),
        unknown=unknown,
        classes={one.code: one for one in classes},
    )
    keys.refuse_twice("code", [str(one.code) for one in classes] + [str(one) for one in unknown])
    keys.refuse_unknown()
    return legend


def _class(keys: Keys) -> LegendClass:
    one = LegendClass(
        code=_whole(keys, "code", keys.text("code")),
        label=Label(ja=keys.text("ja"), en=keys.text("en")),
        claim=keys.choice("claim", ("", *MEASURED_CLAIMS)),
    )
    keys.refuse_unknown()
    return one


def _whole(keys: Keys, key: str, text: str) -> int:
    try:
        return int(text)
    except ValueError:
        keys.fault(key, f"is {text!r}", 'give the number of a class as text, e.g. "10"')
        return 0
