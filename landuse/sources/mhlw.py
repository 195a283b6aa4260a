"""Hospitals, clinics and care services as the health ministry lists them.

Reads the open CSV of 介護サービス情報公表 (one file for each service), the lists of
facilities of 医療情報ネット, the recommended data sets of both, and Hokkaido's list of 2015;
which of these a file is shows by its columns. The forms and the words stand in the preset
`mhlw.toml`.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from landuse.config import preset
from landuse.sources.forms import (
    made_unique,
    municipality,
    numbered_rows,
    read_any,
    read_forms,
    recognised,
    roles_of,
)
from landuse.sources.heading import plain
from landuse.sources.report import rows_text
from landuse.sources.table import numbers
from landuse.toml import read_toml

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import pandas as pd

    from landuse.sources.forms import Form
    from landuse.sources.report import Findings
    from landuse.sources.vector import Found
    from landuse.sources.window import Window

__all__ = ["open_mhlw"]

PRESET = "mhlw.toml"
HOSPITAL_BEDS = 20
"""Beds from which an institution is a hospital and no clinic (医療法 art. 1-5)."""

PREVENTIVE = "介護予防"


def open_mhlw(path: Path, findings: Findings, *, window: Window | None = None) -> Found:  # noqa: ARG001 - rows without a place must stay for the geocoder
    """Read a list of hospitals, clinics or care services.

    Parameters
    ----------
    path
        CSV or workbook, also in a zip file.
    findings
        Of the layer.
    window
        Not used: the gate cuts to the study area.

    Returns
    -------
    Found
        `facility_id`, `name`, `address`, `lon`, `lat`, `category`, `roles` and, where the
        list has them, `beds`, `capacity`, `phone`, `url`, `municipality` (five digits).
        Without `category`, with a note, where the list does not tell it.

    Raises
    ------
    LayerError
        If the list is of no known form; the nearest is named.
    """
    found = read_any(path, findings)
    form, table = recognised(found.table, read_forms(PRESET), findings)
    words = read_toml(preset(PRESET))
    table = _with_category(table, form, words, findings, path=path)
    table = table.assign(roles=roles_of(table, form, findings))
    table = _with_municipality(table, findings)
    if "facility_id" in table:
        table = table.assign(facility_id=_ids(table, findings, path=path))
    return replace(found, table=table)


def _ids(table: pd.DataFrame, findings: Findings, *, path: Path) -> pd.Series:
    """Return the list's own ids, with the service behind: an office may offer several."""
    ids = table["facility_id"].fillna("").astype("str").str.strip()
    if "service_word" in table:
        services = table["service_word"].fillna("").astype("str").map(plain)
        ids = ids.where(ids == "", ids + "-" + services)
    ids = ids.where(ids != "", numbered_rows(table, findings, path=path))
    return made_unique(ids, findings)


def _with_municipality(table: pd.DataFrame, findings: Findings) -> pd.DataFrame:
    """Give rows the five digits of their municipality, where the list has a code."""
    if "municipality" in table:
        codes = table["municipality"].fillna("").astype("str")
    elif {"prefecture_code", "city_code"} <= set(table.columns):
        parts = table[["prefecture_code", "city_code"]].fillna("").astype("str")
        known = (parts != "").all(axis=1)
        joined = parts["prefecture_code"].str.zfill(2) + parts["city_code"].str.zfill(3)
        whole = parts["city_code"].str.len() >= 5  # some lists repeat the prefecture there
        codes = joined.mask(whole, parts["city_code"]).where(known, "")
    else:
        return table
    right = codes.map(municipality)
    wrong = (codes != "") & (right == "")
    if wrong.any():
        what = f"{codes[wrong].iloc[0]!r} is no municipal code with a right check digit"
        fix = "correct it if rows are selected by it"
        findings.note(what, fix, place=f"{rows_text(codes.index[wrong])}: column municipality")
    return table.assign(municipality=right)


def _with_category(
    table: pd.DataFrame, form: Form, words: Mapping[str, Any], findings: Findings, *, path: Path
) -> pd.DataFrame:
    if form.category:
        return table.assign(category=form.category)
    if "service_word" in table:
        texts = table["service_word"]
        category = texts.map(lambda text: _care(text, words["care"]))
        return table.assign(category=_told(category, texts, findings))
    if "kind_word" in table:
        known = {plain(word): kind for word, kind in words["medical_words"].items()}
        texts = table["kind_word"]
        category = texts.map(lambda text: known.get(plain(str(text)), ""))
        return _checked(table.assign(category=_told(category, texts, findings)), findings)
    return _checked(_by_file_or_code(table, words, findings, path=path), findings)


def _care(text: object, known: Mapping[str, str]) -> str:
    """Return the category of a service, whatever stands in brackets behind it."""
    if not isinstance(text, str):
        return ""
    word = plain(text)
    return known.get(word) or known.get(word.removeprefix(PREVENTIVE), "")


def _told(category: pd.Series, texts: pd.Series, findings: Findings) -> pd.Series:
    unknown = category == ""
    if unknown.any():
        words = sorted(set(texts[unknown].fillna("(blank)").astype("str")))[:5]
        what = f"{', '.join(words)}: of no known category, left blank"
        fix = "no service counts them; leave them out with where if that is right"
        findings.note(what, fix, place=f"{rows_text(texts.index[unknown])}: column category")
    return category.astype("str")


def _by_file_or_code(
    table: pd.DataFrame, words: Mapping[str, Any], findings: Findings, *, path: Path
) -> pd.DataFrame:
    """Tell hospitals from clinics by the published file's name, else by the code of each row."""
    names = f"{path.name} {findings.layer.sublayer}"
    by_file = [kind for mark, kind in words["medical_files"].items() if mark in names]
    codes: Mapping[str, str] = words["medical_codes"]
    by_code = None
    if "kind_code" in table:
        texts = table["kind_code"].fillna("").astype("str")
        kinds = {plain(word): kind for word, kind in words["medical_words"].items()}
        by_code = texts.map(lambda text: codes.get(text.lstrip("0")) or kinds.get(plain(text), ""))
    if by_file:
        if by_code is not None and (differs := (by_code != by_file[0]) & (by_code != "")).any():
            what = f"機関区分 says {by_code[differs].iloc[0]}, the name of the file {by_file[0]}"
            findings.note(
                what, "the file's name is believed", place=rows_text(table.index[differs])
            )
        return table.assign(category=by_file[0])
    if by_code is None:
        what = "does not say whether these are hospitals or clinics"
        fix = 'say it in the city file: constants = { category = "hospital" }'
        findings.note(what, fix, place="column category")
        return table
    return table.assign(category=_told(by_code, table["kind_code"], findings))


def _checked(table: pd.DataFrame, findings: Findings) -> pd.DataFrame:
    """Compare beds with what the law calls a hospital and a clinic."""
    if not {"category", "beds"} <= set(table.columns):
        return table
    beds = numbers(table["beds"])[0]
    few = (table["category"] == "hospital") & (beds < HOSPITAL_BEDS)
    many = table["category"].isin(("clinic", "dental_clinic")) & (beds >= HOSPITAL_BEDS)
    said = (f"hospitals of fewer than {HOSPITAL_BEDS} beds", f"clinics of {HOSPITAL_BEDS} or more")
    for rows, what in zip((few, many), said, strict=True):
        if rows.any():
            fix = "see whether the category or the beds are wrong"
            findings.note(what, fix, place=rows_text(table.index[rows]))
    return table
