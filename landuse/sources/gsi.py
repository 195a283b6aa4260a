"""Emergency evacuation sites and designated shelters of the Geospatial Information Authority.

The national CSV in its present and its former form, the GeoJSON of one municipality, and
the recommended data set of the Digital Agency with the same content. The forms stand in
the preset `gsi.toml`.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

import geopandas as gpd
import pandas as pd
import shapely

from landuse.config import preset
from landuse.sources.forms import (
    made_unique,
    municipality,
    numbered_rows,
    read_any,
    read_forms,
    recognised,
    roles_of,
    ticks,
)
from landuse.sources.report import rows_text
from landuse.toml import read_toml

if TYPE_CHECKING:
    from pathlib import Path

    from landuse.sources.report import Findings
    from landuse.sources.vector import Found
    from landuse.sources.window import Window

__all__ = ["open_gsi"]

PRESET = "gsi.toml"
COMMON_ID = re.compile(r"E(\d{5})\d{8}")
FILE_CODE = re.compile(r"(?<!\d)(\d{6})(?!\d)")


def open_gsi(path: Path, findings: Findings, *, window: Window | None = None) -> Found:  # noqa: ARG001 - rows without a place must stay
    """Read a list of emergency sites or designated shelters.

    Parameters
    ----------
    path
        CSV, GeoJSON or workbook, also in a zip file.
    findings
        Of the layer.
    window
        Not used: the gate cuts to the study area.

    Returns
    -------
    Found
        `facility_id`, `name`, `address`, points or `lon` and `lat`, `roles`
        (`emergency_site`, `designated_shelter`, `tsunami_refuge`, joined by `;`), the
        hazards a site is designated for as booleans (`flood`, `landslide`, `storm_surge`,
        `earthquake`, `tsunami`, `large_fire`, `inland_flood`, `volcano`), `municipality`
        (five digits). A shelter that the list ties to the same address as a site has no
        role by that; one that is both designations has both.

    Raises
    ------
    LayerError
        If the list is of no known form; the nearest is named.
    """
    found = read_any(path, findings)
    form, table = recognised(found.table, read_forms(PRESET), findings)
    flags = read_toml(preset(PRESET))["flags"]["names"]
    table = table.assign(roles=roles_of(table, form, findings))
    given = {name: ticks(table[name], findings) for name in flags if name in table}
    table = table.assign(**given, municipality=_municipalities(table, findings, path=path))
    table = table.assign(facility_id=_ids(table, findings, path=path))
    _note_admission(table, findings)
    _note_doubles(table, findings)
    return replace(found, table=table)


def _municipalities(table: pd.DataFrame, findings: Findings, *, path: Path) -> pd.Series:
    """Return the five digits of each row's municipality, from its code or its common id."""
    blank = pd.Series("", index=table.index, dtype="str")
    codes = blank
    if "municipality" in table:
        texts = table["municipality"].fillna("").astype("str")
        codes = texts.map(municipality)
        wrong = (texts != "") & (codes == "")
        if wrong.any():
            what = f"{texts[wrong].iloc[0]!r} is no municipal code with a right check digit"
            place = f"{rows_text(texts.index[wrong])}: column municipality"
            findings.note(what, "correct it if rows are selected by it", place=place)
    if "facility_id" in table:
        ids = table["facility_id"].fillna("").astype("str")
        from_id = ids.str.extract(f"^{COMMON_ID.pattern}$", expand=False).fillna("")
        codes = codes.where(codes != "", from_id)
    _compare_with_name(codes, findings, path=path)
    return codes.astype("str")


def _compare_with_name(codes: pd.Series, findings: Findings, *, path: Path) -> None:
    """Note where the six digits in the file's name are of another municipality."""
    found = FILE_CODE.search(path.stem)
    if not found:
        return
    named = municipality(found.group(1))
    if not named:
        what = f"its name holds {found.group(1)}, whose check digit is wrong"
        findings.note(what, "see whether it is the file you meant")
        return
    others = codes[(codes != "") & (codes != named)]
    if len(others):
        what = f"its name says municipality {named}, these rows {others.iloc[0]}"
        findings.note(what, "see whether it is the file you meant", place=rows_text(others.index))


def _ids(table: pd.DataFrame, findings: Findings, *, path: Path) -> pd.Series:
    """Return the common id; in the former lists municipality and number; else the row."""
    ids = numbered_rows(table, findings, path=path)
    if "number" in table:
        numbered = table["municipality"] + "-" + table["number"].fillna("").astype("str")
        known = (table["municipality"] != "") & (table["number"].fillna("").astype("str") != "")
        ids = ids.where(~known, numbered)
    if "facility_id" in table:
        own = table["facility_id"].fillna("").astype("str").str.strip()
        ids = ids.where(own == "", own)
    return made_unique(ids, findings)


def _note_admission(table: pd.DataFrame, findings: Findings) -> None:
    if "admits" not in table:
        return
    some = table["admits"].fillna("").astype("str").str.strip() != ""
    if some.any():
        what = f"admit only some people ({table['admits'][some].iloc[0]}): counted as shelters"
        fix = "leave them out with where, if they are not for everyone"
        findings.note(what, fix, place=f"{rows_text(table.index[some])}: column admits")


def _note_doubles(table: pd.DataFrame, findings: Findings) -> None:
    """Note rows of one name at one place: two designations of one building."""
    if isinstance(table, gpd.GeoDataFrame):
        place = pd.Series(shapely.to_wkb(table.geometry.to_numpy()), index=table.index)
    elif {"lon", "lat"} <= set(table.columns):
        place = table["lon"].astype("str") + " " + table["lat"].astype("str")
    else:
        return
    twice = pd.DataFrame({"name": table["name"], "place": place}).duplicated()
    if twice.any():
        what = f"{int(twice.sum())} with name and place of a row before: kept"
        fix = "one building may be designated twice; counts of facilities count both"
        findings.note(what, fix, place=rows_text(table.index[twice]))
