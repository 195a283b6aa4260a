"""The monitoring sheet, written in its form with values as published."""

from __future__ import annotations

from typing import TYPE_CHECKING

import openpyxl

from landuse.sources.monitoring_book import place_of

if TYPE_CHECKING:
    from pathlib import Path

Grid = list[list[object]]

WIDTH, HEADINGS = 480, 9
INDICATORS = {
    "PE": ("273", "医療施設\n徒歩圏人口カバー率"),
    "PF": ("274", "福祉施設徒歩圏人口カバー率"),
    "PG": ("275", "商業施設徒歩圏人口カバー率（％）"),
    "PH": ("276", "駅・バス停徒歩圏人口カバー率"),
    "QQ": ("311", "保育所徒歩圏０～４歳人口カバー率"),
    "QW": ("317", "歩道設置率"),
    "RC": ("323", "公園緑地徒歩圏人口カバー率"),
}
PUBLISHED = {
    "01206": ("釧路市", {"PE": 84.981, "PG": 94.5025, "PH": 89.268, "QW": 39.3254, "RC": 95.8249}),
    "01202": ("函館市", {"PE": 90.89, "PF": 88.89, "PG": 94.31, "PH": 90.82, "QQ": 84.41}),
    "02201": ("青森市", {"PE": 89.69, "PF": 14.74, "PG": 90.08, "PH": 82.25, "QQ": 90.98}),
}
"""Code -> name and per cents as published; what is not here is blank in the sheet."""


def grid() -> Grid:
    """Return the cells of a sheet of a few municipalities, headings and all."""
    cells: Grid = [[None] * WIDTH for _ in range(HEADINGS)]
    cells[0][0] = "都市モニタリングシート（R6年全体表）"
    cells[3][place_of("H")] = "市区町村コード"
    cells[3][place_of("G")] = "市区町村名"
    cells[5][place_of("H")] = 2020  # a year that is no code of a municipality
    cells[2][place_of("PE")] = "徒歩圏人口カバー率"  # merged over four columns
    for letter, (number, label) in INDICATORS.items():
        cells[4][place_of(letter)] = float(number)
        cells[6][place_of(letter)] = label
        cells[8][place_of(letter)] = "％"
    for code, (name, values) in PUBLISHED.items():
        row: list[object] = [None] * WIDTH
        row[place_of("G")], row[place_of("H")] = name, code
        for letter, value in values.items():
            row[place_of(letter)] = value
        cells.append(row)
    cells.append(["全国平均", *[None] * (WIDTH - 1)])
    return cells


def book(path: Path, cells: Grid | None = None, *, sheet: str = "R6年全体表") -> Path:
    made = openpyxl.Workbook(write_only=True)
    made.create_sheet("表紙").append(["都市モニタリングシート"])
    page = made.create_sheet(sheet)
    for row in grid() if cells is None else cells:
        page.append(row)
    made.save(path)
    return path
