"""Which land changes its zone when the rules change: no new partition, only new decisions.

Faces stay as they are cut; what changes is the table from sets of claims to zones, of which
a city has some hundreds. Only a threshold of density cuts faces, and only those that the
meshes concerned meet.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from landuse.whatif.changes import Change
from landuse.whatif.families import one_at_a_time
from landuse.whatif.ground import ground_of
from landuse.zoning.decide import zone_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import TypeVar

    from numpy.typing import NDArray

    from landuse.scheme import Overlaps, Scheme
    from landuse.study import Study
    from landuse.whatif.ground import Edit, Ground

    Ints = NDArray[np.int64]
    Zones = NDArray[np.object_]
    Frame = TypeVar("Frame", pd.DataFrame, gpd.GeoDataFrame)

__all__ = ["OtherTables", "Sensitivity", "flips", "sensitivity"]

PEOPLE = ("population", "population_65plus")
TABLE = ("change", "from_zone", "to_zone", "area_km2", *PEOPLE)


@dataclass(frozen=True, kw_only=True)
class OtherTables(Change):
    """Whole tables instead of the study's own, such as read from another file."""

    overlaps: Overlaps | None = None
    scheme: Scheme | None = None

    @property
    def key(self) -> str:
        """Short name."""
        return "other_tables"

    def tables(self, overlaps: Overlaps, scheme: Scheme) -> tuple[Overlaps, Scheme]:
        """Return the tables given, or the study's own where none is."""
        return self.overlaps or overlaps, self.scheme or scheme


@dataclass(frozen=True, kw_only=True)
class Sensitivity:
    """What some changes, each made alone, do to the zones of a study."""

    changes: tuple[Change, ...]
    table: pd.DataFrame
    """`change, label_ja, label_en, from_zone, to_zone, area_km2, population,
    population_65plus`; changes by which nothing flips have no row. People go by the centre
    of their cell, as in every table by zone; NaN where the study knows nobody."""
    summary: pd.DataFrame
    """One row for each change, the most land first: `change, label_ja, label_en, area_km2,
    share` (of all land), `population, population_65plus`."""
    flipped: gpd.GeoDataFrame
    """The land that flips: `change, face` (index of the study's face), `from_zone, to_zone,
    area_km2`, people as above."""
    faces: gpd.GeoDataFrame
    """The study's faces with `robustness` (the part of the changes, 0 to 1, in which the face
    keeps its zone; a face that keeps it in part counts in part), `flips` (number of changes
    that move any of it) and `other_zone` (where it goes most often; empty: nowhere)."""


def flips(
    study: Study,
    change: Change | None = None,
    *,
    overlaps: Overlaps | None = None,
    scheme: Scheme | None = None,
) -> gpd.GeoDataFrame:
    """Return the land whose zone one change moves, as `Sensitivity.flipped`.

    Parameters
    ----------
    study
        From `landuse.run`. It is not changed, and nothing is read or cut again.
    change
        From `landuse.whatif`; left out, the tables below are what changes.
    overlaps, scheme
        Other tables of zoning, from `landuse.scheme.read_overlaps` and `read_scheme`.

    Raises
    ------
    CityError
        If the tables lack what the change names.
    """
    change = change or OtherTables(overlaps=overlaps, scheme=scheme)
    return _flip(ground_of(study), change).flipped


def sensitivity(study: Study, changes: Sequence[Change] | None = None) -> Sensitivity:
    """Return which land flips under each of some changes, and how robust each face is.

    Parameters
    ----------
    study
        From `landuse.run`. It is not changed, and nothing is read or cut again.
    changes
        Each is made alone. Left out, `landuse.whatif.one_at_a_time(study)`.

    Raises
    ------
    CityError
        If the tables lack what a change names, or a change stands twice.
    """
    ground = ground_of(study)
    chosen = tuple(one_at_a_time(study) if changes is None else changes)
    found = [_flip(ground, change) for change in chosen]
    flipped = _stacked([one.flipped for one in found], _none(ground))
    labels = _labels(chosen, study.rules.scheme)
    moved = _stacked([one.table for one in found], pd.DataFrame(columns=TABLE, dtype=object))
    table = labels.merge(pd.DataFrame(moved), on="change")
    return Sensitivity(
        changes=chosen,
        table=table,
        summary=_summary(labels, table, float(ground.faces["area_km2"].sum())),
        flipped=flipped,
        faces=_robust(ground.faces, flipped, len(chosen)),
    )


class _Flip(NamedTuple):
    """What one change moves."""

    flipped: gpd.GeoDataFrame
    table: pd.DataFrame


def _flip(ground: Ground, change: Change) -> _Flip:
    overlaps, scheme = change.tables(ground.overlaps, ground.scheme)
    edits = change.edits(ground)
    place, shapes, masks = _pieces(ground, edits)
    after, before = _zones(masks, overlaps, scheme), ground.faces["zone"].to_numpy(object)[place]
    moved = after != before
    rows = gpd.GeoDataFrame(
        {"face": ground.faces.index[place[moved]], "from_zone": before[moved]}
        | {"to_zone": after[moved]},
        geometry=shapes[moved],
        crs=ground.faces.crs,
    )
    people = _people(ground, edits, overlaps, scheme)
    flipped = _with_people(rows, people).assign(change=change.key)
    return _Flip(flipped=flipped[list(_none(ground))], table=_table(flipped, people, change.key))


def _pieces(ground: Ground, edits: Sequence[Edit]) -> tuple[Ints, Zones, Ints]:
    """Return number of the face, shape and claims of each piece that the edits leave."""
    place = np.arange(len(ground.faces))
    shapes, masks = np.asarray(ground.faces.geometry), ground.masks
    for edit in edits:
        concerned = edit.face[place]
        if edit.area is None:
            masks = edit.of(masks, concerned)
            continue
        inside = shapely.intersection(shapes[concerned], edit.area)
        outside = shapely.difference(shapes[concerned], edit.area)
        cut, whole = np.flatnonzero(concerned), np.flatnonzero(~concerned)
        place = np.concatenate([place[whole], place[cut], place[cut]])
        edited = edit.of(masks[cut], np.ones(len(cut), bool))
        masks = np.concatenate([masks[whole], edited, masks[cut]])
        shapes = np.concatenate([shapes[whole], inside, outside])
        kept = shapely.area(shapes) > 0
        place, shapes, masks = place[kept], shapes[kept], masks[kept]
    return place, shapes, masks


def _zones(masks: Ints, overlaps: Overlaps, scheme: Scheme) -> Zones:
    """Return the zone of each set of claims, each set decided once."""
    distinct, place = np.unique(masks, return_inverse=True)
    decided = [zone_of(int(mask), overlaps, scheme) for mask in distinct]
    return np.array([*decided, None], dtype=object)[place]


def _people(
    ground: Ground, edits: Sequence[Edit], overlaps: Overlaps, scheme: Scheme
) -> pd.DataFrame:
    """Return the people of cells that move: `face, from_zone, to_zone` and `PEOPLE`."""
    face = ground.face_of_cell
    masks = ground.masks[face]
    for edit in edits:
        masks = edit.of(masks, edit.cell)
    after, before = _zones(masks, overlaps, scheme), ground.faces["zone"].to_numpy(object)[face]
    moved = after != before
    table = pd.DataFrame(
        {"face": ground.faces.index[face[moved]], "from_zone": before[moved]}
        | {"to_zone": after[moved]}
        | {name: ground.cells[name].to_numpy(float)[moved] for name in PEOPLE}
    )
    return table.groupby(["face", "from_zone", "to_zone"], as_index=False).sum(min_count=1)


def _with_people(rows: gpd.GeoDataFrame, people: pd.DataFrame) -> gpd.GeoDataFrame:
    """Return one row for each face and zone that it moves to, with its people."""
    keys = ["face", "from_zone", "to_zone"]
    if rows.duplicated(keys).any():
        rows = rows.dissolve(keys, as_index=False)
    joined = rows.merge(people, on=keys, how="left")
    # A face without the centre of a cell has nobody; where no people are known, so it stays.
    known = people[list(PEOPLE)].notna().any() if len(people) else dict.fromkeys(PEOPLE, True)
    filled = {name: joined[name].fillna(0.0) for name in PEOPLE if known[name]}
    return joined.assign(area_km2=joined.geometry.area / 1e6, **filled)


def _table(flipped: gpd.GeoDataFrame, people: pd.DataFrame, key: str) -> pd.DataFrame:
    keys = ["from_zone", "to_zone"]
    land = flipped.groupby(keys)["area_km2"].sum()
    lived = people.groupby(keys)[list(PEOPLE)].sum(min_count=1)
    table = pd.concat([land, lived], axis=1).reset_index(names=keys)
    known = not people[list(PEOPLE)].isna().all(axis=None) or not len(people)
    filled = table.fillna(dict.fromkeys(["area_km2", *PEOPLE], 0.0)) if known else table
    return filled.assign(change=key)


def _stacked(tables: Sequence[Frame], nothing: Frame) -> Frame:
    filled = [table for table in tables if len(table)]
    return pd.concat(filled, ignore_index=True) if filled else nothing


def _none(ground: Ground) -> gpd.GeoDataFrame:
    """Return no land, with the columns that flipped land has."""
    texts = {name: pd.Series(dtype=object) for name in ("change", "face", "from_zone", "to_zone")}
    figures = {name: pd.Series(dtype=float) for name in ("area_km2", *PEOPLE)}
    return gpd.GeoDataFrame(texts | figures, geometry=[], crs=ground.faces.crs)


def _labels(changes: Sequence[Change], scheme: Scheme) -> pd.DataFrame:
    told = [(change.key, change.label(scheme)) for change in changes]
    return pd.DataFrame(
        {
            "change": pd.Series([key for key, _ in told], dtype="str"),
            "label_ja": pd.Series([label.ja for _, label in told], dtype="str"),
            "label_en": pd.Series([label.en for _, label in told], dtype="str"),
        }
    )


def _summary(labels: pd.DataFrame, table: pd.DataFrame, total_km2: float) -> pd.DataFrame:
    sums = table.groupby("change")[["area_km2", *PEOPLE]].sum(min_count=1)
    joined = labels.merge(sums, left_on="change", right_index=True, how="left")
    filled = joined.fillna({"area_km2": 0.0})
    still = filled["area_km2"] == 0
    for name in PEOPLE:
        filled[name] = filled[name].mask(still & filled[name].isna(), 0.0)
    filled.insert(4, "share", filled["area_km2"] / total_km2)
    return filled.sort_values("area_km2", ascending=False, kind="stable", ignore_index=True)


def _robust(faces: gpd.GeoDataFrame, flipped: gpd.GeoDataFrame, changes: int) -> gpd.GeoDataFrame:
    """Return the faces with how often they keep their zone."""
    lost_km2 = flipped.groupby("face")["area_km2"].sum().reindex(faces.index, fill_value=0.0)
    kept = 1 - lost_km2 / faces["area_km2"] / max(changes, 1)
    times = flipped.groupby("face")["change"].nunique().reindex(faces.index, fill_value=0)
    by_zone = flipped.groupby(["face", "to_zone"])["area_km2"].sum().reset_index()
    often = by_zone.sort_values("area_km2", kind="stable").groupby("face")["to_zone"].last()
    return faces.assign(
        robustness=kept.clip(0, 1).to_numpy(float),
        flips=times.to_numpy(int),
        other_zone=often.reindex(faces.index).fillna("").to_numpy(object),
    )
