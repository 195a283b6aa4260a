"""Ages of the future-population meshes, whose small cells give theirs to a neighbour.

In 国土数値情報 将来推計人口メッシュ the total of every mesh is published, but a mesh with few
people (`HITOKU` is `*`) shows 0 in every age group and adds them to a mesh near by (`@`),
which `GASSAN` names. Read as they stand, a third of the rural meshes have nobody of 65.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from landuse.schema import Grade
from landuse.sources.report import rows_text
from landuse.sources.suppressed import share_back
from landuse.sources.table import numbers

if TYPE_CHECKING:
    from landuse.sources.report import Findings

__all__ = ["COLUMNS", "with_ages"]

COLUMNS = ("mesh_code", "suppressed", "merged_into", "population", "population_65plus")
"""What a table must have for its ages to be shared back."""

SECRECY = {"*": "2", "@": "1", "＊": "2", "＠": "1"}
"""Sign -> its sense in the census tables: held by another mesh, holding others."""


def with_ages(table: pd.DataFrame, findings: Findings) -> pd.DataFrame:
    """Share what a mesh holds of others' people of 65 and more back among them.

    Parameters
    ----------
    table
        With `COLUMNS`; a suppressed mesh has 0 or nothing in `population_65plus`.
    findings
        Told how many were shared, and how many had to be estimated because the mesh that
        holds them is not in the table: by the share of 65+ among all others.

    Returns
    -------
    pandas.DataFrame
        With the same sum of 65+ over each group, in proportion to the published totals,
        and `grade` modelled where a figure was shared or estimated.
    """
    secrecy = table["suppressed"].fillna("").astype(str).str.strip().map(SECRECY).fillna("")
    hidden = secrecy == "2"
    if not hidden.any():
        return table
    total, _ = numbers(table["population"])
    old, _ = numbers(table["population_65plus"])
    codes = table["mesh_code"].astype(str)
    into = table["merged_into"].fillna("").astype(str).where(hidden, "")
    members = codes[hidden].groupby(into[hidden]).agg(";".join)  # the file tells one end only
    cells = pd.DataFrame(
        {
            "mesh_code": codes,
            "secrecy": secrecy,
            "merged_into": into,
            "merged_from": codes.map(members).fillna(""),
            "population": total.astype(float),
            "population_65plus": old.astype(float).mask(hidden),
        },
        index=table.index,
    )
    shared = share_back(cells, findings, share_by={"population_65plus": "population"})
    known = shared["population_65plus"].notna()
    share = shared.loc[known, "population_65plus"].sum() / max(total[known].sum(), 1.0)
    filled = shared["population_65plus"].where(known | ~hidden, total * share)
    _tell(shared["shared"] & known, hidden & ~known, findings)
    return _graded(table.assign(population_65plus=filled), shared["shared"] | hidden, findings)


def _tell(shared: pd.Series, estimated: pd.Series, findings: Findings) -> None:
    if shared.any():
        what = f"{int(shared.sum())} meshes had their ages merged to keep people from being "
        what += "recognised: shared back by the published totals, and graded modelled"
        findings.note(what, "nothing to do", place="column population_65plus")
    if estimated.any():
        what = "the mesh that holds its ages is not in the table: 65+ is estimated by the share "
        what += "of all others, and graded modelled"
        place = f"{rows_text(estimated.index[estimated])}: column population_65plus"
        findings.note(what, "nothing to do if few people live there", place=place)


def _graded(table: pd.DataFrame, modelled: pd.Series, findings: Findings) -> pd.DataFrame:
    own = str(findings.layer.origin.grade)
    before = table["grade"].fillna("").replace("", own) if "grade" in table else own
    return table.assign(grade=np.where(modelled, str(Grade.MODELLED), before))
