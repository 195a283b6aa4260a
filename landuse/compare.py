"""Compare two finished runs of one city: which land changed, for whom, and what they reach."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd

from landuse.changes import (
    area_matrix,
    changed_coverage,
    changed_people,
    changed_times,
    changes_of,
    overlaid,
)
from landuse.errors import Fault, InputError, MissingFileError
from landuse.gis import faces_table
from landuse.outputs import record_of
from landuse.scheme import read_scheme
from landuse.sources.store import sha256_of
from landuse.study import Study

if TYPE_CHECKING:
    from landuse.toml import Label

__all__ = ["Comparison", "Side", "compare", "read_side"]

FILES = ("zones.gpkg", "cells.parquet", "coverage.csv")
"""What a comparison reads of each run."""

SHOWN = 10
"""Changed pieces of land that the summary lists."""


@dataclass(frozen=True, kw_only=True)
class Side:
    """What of one run is compared."""

    name: str
    """Its folder, or how else a reader knows it."""
    city: str
    """Key of the city."""
    made: str
    """When the run was made; blank for one still in memory."""
    faces: gpd.GeoDataFrame
    """With `zone`, `rule`, and the rest of the partition's columns."""
    cells: pd.DataFrame
    """Index `cell_id`."""
    coverage: pd.DataFrame
    built: Path | None = None
    """Folder of its tables; None for a run still in memory."""


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """What differs between two runs."""

    before: Side
    after: Side
    changes: gpd.GeoDataFrame
    """Each piece of land whose zone or rule is another, see `landuse.changes.changes_of`."""
    areas: pd.DataFrame
    """`from_zone`, `to_zone`, `area_km2`: all land, changed or not."""
    people: pd.DataFrame
    """People by zone before and after, see `landuse.changes.changed_people`."""
    coverage: pd.DataFrame
    """The shares of both by standard, see `landuse.changes.changed_coverage`."""
    times: pd.DataFrame
    """Who has a shorter way and who a longer, see `landuse.changes.changed_times`."""

    @property
    def changed_km2(self) -> float:
        """Area of the land whose zone is another."""
        return float(self.areas.loc[_moved(self.areas), "area_km2"].sum())

    @property
    def changed_people(self) -> float:
        """People (of the run after) on cells whose zone is another."""
        return float(self.people.loc[_moved(self.people), "population_after"].sum())

    def tables(self) -> dict[str, Any]:
        """Return everything but the shapes as plain rows; unknown figures are None."""
        return {
            "before": {"name": self.before.name, "made": self.before.made},
            "after": {"name": self.after.name, "made": self.after.made},
            "city": self.after.city,
            "changed_km2": self.changed_km2,
            "changed_people": self.changed_people,
            "changes": plain_rows(pd.DataFrame(self.changes.drop(columns="geometry"))),
            "areas": plain_rows(self.areas),
            "people": plain_rows(self.people),
            "coverage": plain_rows(self.coverage),
            "times": plain_rows(self.times),
        }

    def json(self) -> str:
        """Return `tables` as JSON."""
        return json.dumps(self.tables(), ensure_ascii=False, indent=1, allow_nan=False)

    def text(self) -> str:
        """Return the most important figures as lines."""
        labels = {zone.key: zone.label for zone in read_scheme().zones}
        pieces = self.changes[self.changes["changed"] == "zone"]
        rules = self.changes[self.changes["changed"] == "rule"]
        lines = [
            f"{self.before.name} → {self.after.name}",
            f"  {self.changed_km2:,.4f} km² 区分が変わった土地 land of another zone",
            f"  {self.changed_people:,.0f} 人 そこに住む人 people on it (by cells)",
            f"  {rules['area_km2'].sum():,.4f} km² 規則だけ変わった土地 another rule, same zone",
        ]
        lines += [
            f"  {row['area_km2']:9,.4f} km² {_name(labels, row['from_zone'])}"
            f" → {_name(labels, row['to_zone'])}"
            for row in self.areas[_moved(self.areas)]
            .sort_values("area_km2", ascending=False)
            .to_dict("records")
        ]
        for place, row in enumerate(pieces.head(SHOWN).to_dict("records"), start=1):
            lines.append(
                f"  {place}. {row['area_km2']:.4f} km² {row['from_rule']} → {row['to_rule']}"
            )
        return "\n".join(lines)


def compare(before: Study | Side | Path | str, after: Study | Side | Path | str) -> Comparison:
    """Return what differs between two runs of one city, exactly.

    Parameters
    ----------
    before, after
        Each a `Study`, or the folder of tables that a run left (`…/built`).

    Raises
    ------
    MissingFileError
        If a folder holds no finished run, or a file of it is gone.
    InputError
        If a file was altered since, or the two are of different cities.
    CrsError, LayerError
        If the faces cannot be laid over each other.
    """
    sides = [_side(run) for run in (before, after)]
    old, new = sides
    if old.city != new.city:
        what = f"{old.name} is of {old.city!r}, {new.name} of {new.city!r}"
        raise InputError(Fault(where="compare", what=what, fix="give two runs of one city"))
    regions = overlaid(old.faces, new.faces)
    return Comparison(
        before=old,
        after=new,
        changes=changes_of(regions),
        areas=area_matrix(regions),
        people=changed_people(old.cells, new.cells),
        coverage=changed_coverage(old.coverage, new.coverage),
        times=changed_times(old.cells, new.cells),
    )


def read_side(built: Path) -> Side:
    """Read what is compared from a folder of tables that `landuse.outputs.write` left.

    Raises
    ------
    MissingFileError
        If it is no folder of a finished run, or files are gone.
    InputError
        If files were altered after the run.
    """
    record = record_of(built)
    if record is None:
        fix = "give the folder that `landuse build` wrote its tables to, DIR/built"
        what = "holds no finished run (provenance.json is missing or cannot be read)"
        raise MissingFileError(Fault(where=str(built), what=what, fix=fix))
    _check_files(built, record)
    city = record.get("city") or {}
    return Side(
        name=str(built),
        city=str(city.get("key", "")),
        made=str(record.get("made", "")),
        faces=_faces(built / "zones.gpkg"),
        cells=pd.DataFrame(
            gpd.read_parquet(built / "cells.parquet").set_index("cell_id").drop(columns="geometry")
        ),
        coverage=read_table(built / "coverage.csv"),
        built=built,
    )


def _check_files(built: Path, record: dict[str, Any]) -> None:
    """Refuse a run of which a file is gone or was altered, all faults together."""
    fix = "run `landuse build` again"
    gone = [built / name for name in FILES if not (built / name).is_file()]
    if gone:
        raise MissingFileError(
            Fault(where=str(path), what="there is no such file", fix=fix) for path in gone
        )
    hashes = record.get("files") or {}
    altered = [built / name for name in FILES if sha256_of(built / name) != hashes.get(name)]
    if altered:
        what = "is not the file of the run that provenance.json speaks of"
        raise InputError(Fault(where=str(path), what=what, fix=fix) for path in altered)


def _side(run: Study | Side | Path | str) -> Side:
    if isinstance(run, Side):
        return run
    if not isinstance(run, Study):
        return read_side(Path(run))
    return Side(
        name=run.city.path.name,
        city=run.city.key,
        made="",
        faces=faces_table(run),
        cells=pd.DataFrame(run.cells.drop(columns="geometry", errors="ignore")),
        coverage=run.coverage,
    )


def _faces(path: Path) -> gpd.GeoDataFrame:
    import pyogrio  # noqa: PLC0415 - heavy

    layer = gpd.GeoDataFrame(pyogrio.read_dataframe(path, layer="faces"))
    faces = gpd.GeoDataFrame(layer.explode(ignore_index=True))
    texts = [name for name in ("winner", "losers", "runner_up", "claims") if name in faces]
    return faces.assign(**{name: faces[name].fillna("") for name in texts})


def read_table(path: Path) -> pd.DataFrame:
    """Return a table of a run, blank texts as such; an empty one where there is nothing."""
    try:
        return pd.read_csv(path, keep_default_na=False, na_values=[""], low_memory=False)
    except pd.errors.EmptyDataError:
        return pd.DataFrame()


def plain_rows(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the rows of a table as JSON takes them."""
    return [
        {str(name): _plain(value) for name, value in row.items()}
        for row in table.to_dict("records")
    ]


def _plain(value: Any) -> object:  # noqa: ANN401 - a cell of a table
    if isinstance(value, float | np.floating):
        return float(value) if np.isfinite(value) else None
    if isinstance(value, np.integer):
        return int(value)
    return None if pd.isna(value) else str(value) if not isinstance(value, int) else value


def _moved(table: pd.DataFrame) -> pd.Series:
    return table["from_zone"] != table["to_zone"]


def _name(labels: dict[str, Label], zone: str) -> str:
    return str(labels[zone]) if zone in labels else (zone or "市外 outside")
