"""The columns that each role promises, and the steps that lead there.

Steps come in the order of the city file's keys: rename, select rows (`where`), add
constants, translate codes, translate claims; then required columns, numbers, ids and grades
are checked.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from landuse.schema import CLAIMS, Grade
from landuse.sources.future import COLUMNS, with_ages
from landuse.sources.mesh import CODES
from landuse.sources.report import rows_text
from landuse.sources.table import numbers

if TYPE_CHECKING:
    from collections.abc import Mapping

    from landuse.sources.report import Findings

__all__ = ["CONTRACTS", "NUMBERS", "Contract", "as_text", "conform"]

POLYGONS = ("Polygon", "MultiPolygon")
LINES = ("LineString", "MultiLineString")
POINTS = ("Point",)


@dataclass(frozen=True, kw_only=True)
class Contract:
    """What a role promises to the rest of the package."""

    shapes: tuple[str, ...]
    required: tuple[str, ...] = ()
    """Columns that are there and filled in every row (only a facility may lack its name)."""
    ids: tuple[str, ...] = ()
    """Columns, where there, whose values are filled and stand once."""


CONTRACTS: Mapping[str, Contract] = {
    "boundary": Contract(shapes=POLYGONS),
    "districts": Contract(
        shapes=POLYGONS, required=("district", "name_ja", "name_en"), ids=("district",)
    ),
    "neighbours": Contract(shapes=POLYGONS, required=("name_ja", "code"), ids=("code",)),
    "towns": Contract(shapes=POINTS, required=("town_id", "name", "district"), ids=("town_id",)),
    "claims": Contract(shapes=POLYGONS, required=("claim",)),
    "population": Contract(shapes=POLYGONS, required=("population",), ids=tuple(CODES)),
    "facilities": Contract(shapes=POINTS, required=("name",), ids=("facility_id",)),
    "roads": Contract(shapes=LINES, required=("kind",)),
    "access_roads": Contract(shapes=LINES, required=("kind",)),
    "railways": Contract(shapes=LINES),
    "stops": Contract(shapes=POINTS, required=("stop_id", "name"), ids=("stop_id",)),
    "stations": Contract(shapes=POINTS, required=("station_id", "name_ja"), ids=("station_id",)),
    "transport": Contract(
        shapes=POINTS, required=("facility_id", "name_ja", "category"), ids=("facility_id",)
    ),
    "water": Contract(shapes=POLYGONS + LINES),
    "land": Contract(shapes=POLYGONS),
    "network": Contract(shapes=LINES, required=("kind",)),
    "hazards": Contract(shapes=POLYGONS, required=("hazard",)),
    "elevation": Contract(shapes=POLYGONS + POINTS, required=("elevation_m",), ids=("mesh_code",)),
    "municipalities": Contract(shapes=POINTS, required=("code", "name"), ids=("code",)),
}

NUMBERS = (
    "population",
    "population_65plus",
    "population_2020",
    "households",
    "share_65plus",
    "area_km2",
    "length_km",
    "length_m",
    "capacity",
    "beds",
    "position_error_m",
    "speed_kmh",
)
"""Columns that are numbers of zero or more wherever they stand."""

SIGNED = ("elevation_m",)
"""Columns that are numbers, below zero too."""

PEOPLE = ("population", "population_65plus")
"""Numbers that may not be blank where the role is population: no data is never zero."""


def conform(table: pd.DataFrame, findings: Findings) -> pd.DataFrame:
    """Return a table with the columns of its role; what does not fit becomes a fault.

    Blank texts become empty; blank numbers stay NaN. `layer` (its key) and, where the
    file has none, `grade` are added.
    """
    table = _with_constants(_selected(_renamed(table, findings), findings), findings)
    table = _translated(table, findings)
    table = _with_ids(_with_claims(_with_codes(table, findings), findings), findings)
    if findings.layer.role == "population" and set(COLUMNS) <= set(table):
        table = with_ages(table, findings)
    contract = CONTRACTS[findings.layer.role]
    _check_required(table, contract, findings)
    table = _with_numbers(table, findings)
    _check_ids(table, contract, findings)
    table = _with_grades(table.assign(layer=findings.layer.key), findings)
    texts = {str(name): table[name].fillna("") for name in table if _is_text(table[name])}
    ids = {name: table[name].map(as_text) for name in contract.ids if name in table}
    return table.assign(**texts | ids)


def _is_text(column: pd.Series) -> bool:
    return column.dtype in ("str", "object")


def as_text(value: object) -> str:
    """Write a value as the city file does: 1, not 1.0."""
    whole = isinstance(value, float) and value.is_integer()
    return "" if pd.isna(value) else str(int(value) if whole else value)  # type: ignore[call-overload]


def _found(table: pd.DataFrame) -> str:
    return f"found: {', '.join(str(name) for name in table if name != 'geometry')}"


def _renamed(table: pd.DataFrame, findings: Findings) -> pd.DataFrame:
    rename = findings.layer.rename
    for old, new in rename.items():
        if old not in table:
            what = f"is not in the file ({_found(table)})"
            findings.fault(what, "correct rename in the city file", place=f"column {old}")
        elif new in table and new not in rename:
            what = f"would get the name {new}, which another column has"
            fix = "choose another name, or rename the other column too"
            findings.fault(what, fix, place=f"column {old}")
    return table.rename(columns=rename).loc[:, lambda renamed: ~renamed.columns.duplicated()]


def _selected(table: pd.DataFrame, findings: Findings) -> pd.DataFrame:
    chosen = pd.Series(data=True, index=table.index)
    for column, values in findings.layer.where.items():
        if column not in table:
            what = f"is not in the file ({_found(table)})"
            findings.fault(what, "correct where in the city file", place=f"column {column}")
            continue
        texts = table[column].map(as_text)
        chosen &= texts.isin(values)
        if not texts.isin(values).any():
            what = f"holds none of {', '.join(values)} (found: {_listed(texts)})"
            findings.fault(what, "correct where in the city file", place=f"column {column}")
    findings.count("not_selected", int((~chosen).sum()))
    return table[chosen] if chosen.any() else table


def _listed(texts: pd.Series) -> str:
    values = sorted(set(texts))
    return ", ".join(values[:12]) + (f" … and {len(values) - 12} more" if len(values) > 12 else "")


def _with_constants(table: pd.DataFrame, findings: Findings) -> pd.DataFrame:
    constants = findings.layer.constants
    for column in constants:
        if column in table:
            fix = "remove it from constants in the city file, or rename the file's column"
            findings.fault("is in the file already", fix, place=f"column {column}")
    return table.assign(**constants)


def _translated(table: pd.DataFrame, findings: Findings) -> pd.DataFrame:
    """Make columns from the codes of others; codes without a word become blank."""
    made = {}
    for name, translation in findings.layer.translate.items():
        if translation.column not in table:
            what = f"is not in the file ({_found(table)})"
            fix = f"correct translate.{name} in the city file"
            findings.fault(what, fix, place=f"column {translation.column}")
            continue
        codes = table[translation.column].map(as_text)
        made[name] = codes.map(dict(translation.codes)).fillna("")
    return table.assign(**made)


def _with_claims(table: pd.DataFrame, findings: Findings) -> pd.DataFrame:
    """Give every polygon of a claim layer its claim, from one of three places."""
    layer = findings.layer
    if layer.role != "claims":
        return table
    if (bool(layer.claim) + bool(layer.claim_column) + ("claim" in table)) > 1:
        what = "is said more than once: by claim, claim_column or the file's own column"
        findings.fault(what, "keep one of them", place="claim")
    if layer.claim:
        return table.assign(claim=layer.claim)
    column = layer.claim_column or "claim"
    if column not in table:
        what = f"is not in the file ({_found(table)})"
        fix = "give claim, or claim_column and claim_codes, in the city file"
        findings.fault(what, fix, place=f"column {column}")
        return table.assign(claim="")
    codes = table[column].map(as_text)
    claims = codes.map(layer.claim_codes) if layer.claim_codes else codes.where(codes.isin(CLAIMS))
    for code, rows in codes[claims.isna()].groupby(codes):
        what = f"is {str(code)!r}, which stands for no claim"
        fix = "add it to claim_codes, or leave such rows out with where, in the city file"
        findings.fault(what, fix, place=f"{rows_text(rows.index)}: column {column}")
    return table.assign(claim=claims.fillna(""))


def _with_ids(table: pd.DataFrame, findings: Findings) -> pd.DataFrame:
    """Give facilities and stops without ids of their own the numbers of their rows."""
    name = {"facilities": "facility_id", "stops": "stop_id"}.get(findings.layer.role, "")
    if not name or name in table:
        return table
    findings.note(
        f"is not in the file; {findings.layer.role} are numbered by their rows",
        "rename the column that holds ids, if there is one",
        place=f"column {name}",
    )
    return table.assign(**{name: [f"{findings.layer.key}-{row}" for row in table.index]})


def _with_codes(table: pd.DataFrame, findings: Findings) -> pd.DataFrame:
    """Leave out neighbours without a code: land that belongs to no municipality yet."""
    if findings.layer.role != "neighbours" or "code" not in table:
        return table
    codes = table["code"].map(as_text).str.strip()
    if (codes == "").any():
        what = f"{int((codes == '').sum())} areas of no municipality (所属未定地): left out"
        findings.note(what, "nothing to do", place="column code")
        findings.count("not_selected", int((codes == "").sum()))
    return table[codes != ""]


def _check_required(table: pd.DataFrame, contract: Contract, findings: Findings) -> None:
    for column in contract.required:
        if column not in table:
            what = f"is missing ({_found(table)})"
            fix = f'rename the right column in the city file: rename = {{ "…" = "{column}" }}'
            findings.fault(what, fix, place=f"column {column}")
        elif column not in PEOPLE:
            _check_filled(table[column], findings)


def _check_filled(column: pd.Series, findings: Findings) -> None:
    blank = column.isna() | (column.astype("str").str.strip() == "")
    if not blank.any() or column.name == "claim":  # those have their fault already
        return
    place = f"{rows_text(column.index[blank])}: column {column.name}"
    if findings.layer.role == "facilities" and column.name == "name":
        findings.note("is blank", "shown without a name; fill it in if it has one", place=place)
    else:
        findings.fault("is blank", "fill it in, or remove the row", place=place)


def _with_numbers(table: pd.DataFrame, findings: Findings) -> pd.DataFrame:
    read = {}
    for name in (name for name in (*NUMBERS, *SIGNED) if name in table):
        read[name], wrong = numbers(table[name])
        _name_rows(table[name], wrong, "is not a number", findings)
        if name not in SIGNED:
            _name_rows(table[name], read[name] < 0, "is negative", findings)
        if findings.layer.role == "population" and name in PEOPLE:
            _name_rows(table[name], table[name].isna(), "is blank", findings)
    return table.assign(**read)


def _name_rows(column: pd.Series, wrong: pd.Series, what: str, findings: Findings) -> None:
    if wrong.any():
        values = [repr(value) for value in column[wrong].head(5).dropna()]
        seen = f" ({', '.join(values)})" if values else ""
        fix = "correct it in the file; where nothing is known, leave the row out"
        place = f"{rows_text(column.index[wrong])}: column {column.name}"
        findings.fault(what + seen, fix, place=place)


def _check_ids(table: pd.DataFrame, contract: Contract, findings: Findings) -> None:
    for column in (name for name in contract.ids if name in table):
        _check_filled(table[column], findings)
        ids = table[column].map(as_text)
        twice = ids[ids.duplicated(keep=False) & (ids != "")]
        for value, rows in list(twice.groupby(twice))[:5]:
            place = f"{rows_text(rows.index)}: column {column}"
            what = f"{str(value)!r} stands {len(rows)} times"
            findings.fault(what, "give each row its own, or remove the doubles", place=place)
        if twice.nunique() > 5:
            what = f"{twice.nunique()} values stand more than once"
            findings.fault(what, "see the first five above", place=f"column {column}")


def _with_grades(table: pd.DataFrame, findings: Findings) -> pd.DataFrame:
    """Fill the grade of each row: its own, else the layer's."""
    layer_grade = str(findings.layer.origin.grade)
    if "grade" not in table:
        return table.assign(grade=layer_grade)
    grades = table["grade"].map(as_text).replace("", layer_grade)
    known = [str(grade) for grade in Grade]
    wrong = ~grades.isin(known)
    if wrong.any():
        what = f"is {grades[wrong].iloc[0]!r}"
        fix = f"use one of {', '.join(known)}, or rename the column in the city file"
        place = f"{rows_text(grades.index[wrong])}: column grade"
        findings.fault(what, fix, place=place)
    return table.assign(grade=grades)
