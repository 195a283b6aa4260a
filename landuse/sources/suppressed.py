"""Merged secret cells of the census meshes, shared back without losing anybody.

To keep a few people from being recognised, the census leaves the ages and households of a
small cell out (`*`) and adds them to those of a cell near by. The small cell names that
cell (HTKSAKI, here `merged_into`), the other lists those it holds (GASSAN, `merged_from`).
Total people and households stay published for each cell, so the held figures are shared
among a group in proportion to them. This is what users of the tables commonly do; the
Statistics Bureau publishes the links, not a way to undo them. Hence the grade `modelled`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from landuse.sources.report import rows_text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from landuse.sources.report import Findings

    Ints = NDArray[np.int64]
    Floats = NDArray[np.float64]

__all__ = ["share_back"]

PARTS = 2.0**20
"""Shares are whole multiples of a millionth: floats add those exactly, in any order."""

MERGED = "2"
"""HTKSYORI: 0 nothing done, 1 the cell holds figures of others, 2 its figures are in another."""

DOUBLINGS = 20
"""Steps along a chain double with each look, so this is further than any file is long."""


def share_back(
    cells: pd.DataFrame, findings: Findings, *, share_by: Mapping[str, str]
) -> pd.DataFrame:
    """Share what one cell holds for others among all of its group.

    Parameters
    ----------
    cells
        One row per cell: `mesh_code` (each once), `secrecy` (HTKSYORI), `merged_into`,
        `merged_from` (codes divided by `;`), all texts, and columns of numbers, NaN where
        the file has none.
    findings
        Links that lead nowhere are noted, those that run in a circle are faults.
    share_by
        Column to share -> column of published totals it is shared in proportion to; empty:
        in equal parts, as wherever a group's totals are unknown or zero.

    Returns
    -------
    DataFrame
        The cells with the same sums in every column, and `shared`: whether a figure of the
        cell was estimated so. Figures whose holder is not in the table stay NaN.
    """
    up = _links(cells, findings)
    group = _roots(cells, up, findings)
    members = group != np.arange(len(cells))
    sizes = np.bincount(group, minlength=len(cells))
    shared = np.zeros(len(cells), dtype=bool)
    new = {}
    for column, total in share_by.items():
        values = cells[column].to_numpy(dtype=float)
        asked = members & np.isnan(values) & ~np.isnan(values[group])
        part = asked | ((sizes > 1) & np.isin(np.arange(len(cells)), group[asked]))
        if part.any():
            weights = cells[total].to_numpy(dtype=float) if total else np.ones(len(cells))
            new[column] = values.copy()
            new[column][part] = _portions(values[part], weights[part], group[part])
            shared |= part
    return cells.assign(**new, shared=shared)


def _portions(values: Floats, weights: Floats, group: Ints) -> Floats:
    """Divide the one known value of each group by weight; the largest takes the remainder."""
    frame = pd.DataFrame({"group": group, "value": values, "weight": weights})
    by = frame.groupby("group")
    total, size = by["value"].transform("sum"), by["group"].transform("size")
    whole = (by["weight"].transform("count") == size) & (by["weight"].transform("sum") > 0)
    frame["weight"] = frame["weight"].where(whole, 1.0)
    exact = total * frame["weight"] / frame.groupby("group")["weight"].transform("sum")
    frame["portion"] = np.floor(exact * PARTS) / PARTS
    left = total - frame.groupby("group")["portion"].transform("sum")
    largest = frame.groupby("group")["weight"].idxmax().to_numpy()
    frame.loc[largest, "portion"] += left[largest]
    return frame["portion"].to_numpy()


def _links(cells: pd.DataFrame, findings: Findings) -> Ints:
    """Return for each row the row that holds its figures; itself where none does."""
    place = pd.Series(np.arange(len(cells)), index=cells["mesh_code"])
    up = np.arange(len(cells))
    into = cells["merged_into"].to_numpy()
    pointing = np.flatnonzero(into != "")
    targets = place.reindex(into[pointing]).to_numpy()
    lost = np.isnan(targets)
    up[pointing[~lost]] = targets[~lost].astype(np.int64)
    _note(
        cells,
        pointing[lost],
        findings,
        what="its figures are held by a cell that is not in the file: they stay blank",
        fix="give the neighbouring first mesh too, if its people matter",
    )
    loops = pointing[~lost][up[pointing[~lost]] == pointing[~lost]]
    _fault_loop(cells, loops, findings)
    return _linked_back(cells, place, up, findings)


def _linked_back(cells: pd.DataFrame, place: pd.Series, up: Ints, findings: Findings) -> Ints:
    """Add the links that only the holding cell tells, and compare both ends."""
    lists = cells["merged_from"].str.split(";").explode().str.strip()
    lists = lists[lists.fillna("") != ""]
    holders = cells.index.get_indexer(lists.index)
    members = place.reindex(lists.to_numpy()).to_numpy()
    absent = np.isnan(members)
    what = "holds figures of cells that are not in the file: nobody is lost, but they are spread"
    fix = "give the first mesh of those cells too, if it matters where they live"
    _note(cells, holders[absent], findings, what=f"{what} over fewer cells", fix=fix)
    members, holders = members[~absent].astype(np.int64), holders[~absent]
    silent = (cells["merged_into"].to_numpy()[members] == "") & (members != holders)
    up[members[silent]] = holders[silent]
    listed = set(zip(members.tolist(), holders.tolist(), strict=True))
    moved = np.flatnonzero(up != np.arange(len(up)))
    unlisted = [row for row in moved.tolist() if (row, int(up[row])) not in listed]
    contrary = np.concatenate([members[up[members] != holders], np.array(unlisted, dtype=np.int64)])
    what = "HTKSAKI and GASSAN name different cells that hold its figures"
    _note(cells, contrary, findings, what=what, fix="HTKSAKI is followed")
    _check_codes(cells, up, findings)
    return up


def _check_codes(cells: pd.DataFrame, up: Ints, findings: Findings) -> None:
    linked = (up != np.arange(len(up))) | (cells["merged_into"] != "").to_numpy()
    merged = (cells["secrecy"] == MERGED).to_numpy()
    odd = (merged & ~linked) | (linked & ~merged & (cells["secrecy"] != "").to_numpy())
    what = "HTKSYORI says otherwise than HTKSAKI and GASSAN"
    _note(cells, np.flatnonzero(odd), findings, what=what, fix="the links are followed")


def _roots(cells: pd.DataFrame, up: Ints, findings: Findings) -> Ints:
    """Follow the links to the cell that holds the figures in the end."""
    root = up.copy()
    chained = np.flatnonzero(up[up] != up)
    what = "its figures are held by a cell whose own figures are held by another"
    _note(cells, chained, findings, what=what, fix="the last cell of the chain is used")
    for _ in range(DOUBLINGS):
        root = root[root]
    ends = up[root] == root
    _fault_loop(cells, np.flatnonzero(~ends), findings)
    return np.where(ends, root, np.arange(len(cells)))


def _fault_loop(cells: pd.DataFrame, rows: Ints, findings: Findings) -> None:
    if len(rows):
        place = f"{rows_text(cells.index[rows])}: column HTKSAKI"
        findings.fault("leads back to where it began", "download the file again", place=place)


def _note(cells: pd.DataFrame, rows: Ints, findings: Findings, *, what: str, fix: str) -> None:
    if len(rows):
        rows = np.unique(rows)
        findings.note(what, fix, place=rows_text(cells.index[rows]))
