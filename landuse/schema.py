"""The words that every table shares: claims, zones, grades, reasons, columns.

One word has one meaning everywhere, so the vocabularies stand here and nowhere else.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from landuse.errors import Fault, LayerError

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pandas as pd

__all__ = [
    "CLAIMS",
    "MEASURED_CLAIMS",
    "REASONS",
    "STATUTORY_CLAIMS",
    "ZONES",
    "Grade",
    "Origin",
    "claim_bit",
    "claims_of_mask",
    "mask_of_claims",
    "require_columns",
]


class Grade(StrEnum):
    """How far a figure can be trusted; the worst grade wins when layers combine."""

    OFFICIAL = "official"
    DERIVED = "derived"
    MODELLED = "modelled"

    @classmethod
    def worst(cls, grades: Iterable[Grade | str]) -> Grade:
        """Return the least trustworthy of some grades (`official` if there are none)."""
        order = list(cls)
        return max((cls(grade) for grade in grades), key=order.index, default=cls.OFFICIAL)


@dataclass(frozen=True, kw_only=True)
class Origin:
    """Where a layer or a figure comes from and why to trust it."""

    source: str
    """Who published it and under what title."""
    vintage: str
    """Year or date the data speak of."""
    grade: Grade
    licence: str = ""
    attribution: str = ""
    """The line that the licence wants printed, if any."""
    url: str = ""
    """Address, or `package NAME VERSION` of the registry it was taken from."""


STATUTORY_CLAIMS = (
    "urban_core",
    "urban_other",
    "farm_core",
    "farm_other",
    "forest_protected",
    "forest_other",
    "park_special",
    "park_ordinary",
    "conservation_special",
    "conservation_ordinary",
)
"""Sub-zones of the five legal regions (国土利用計画法 art. 9)."""

MEASURED_CLAIMS = (
    "settlement_centre",
    "settlement_cluster",
    "built_up",
    "cover_farm",
    "cover_forest",
    "cover_nature",
    "wetland",
    "water",
)
"""What is on the ground, whatever the law says."""

CLAIMS = STATUTORY_CLAIMS + MEASURED_CLAIMS
"""The whole claim vocabulary; a claim's place in it is its bit in a face's mask."""

ZONES = ("urban", "quasi_urban", "agricultural", "forest", "natural")
"""Keys of the five planning zones of the city's basic plan."""

REASONS = (
    "off_network",
    "island",
    "beyond_cutoff",
    "no_service_that_day",
    "closed_by_scenario",
    "outside_data",
    "no_facility_data",
)
"""Why a cost is blank; an empty string means that it is not."""


def claim_bit(claim: str) -> int:
    """Return the bit (a power of two) that stands for a claim in a mask."""
    return 1 << CLAIMS.index(claim)


def mask_of_claims(claims: Iterable[str]) -> int:
    """Return the bit mask of a set of claims."""
    mask = 0
    for claim in claims:
        mask |= claim_bit(claim)
    return mask


def claims_of_mask(mask: int) -> tuple[str, ...]:
    """Return the claims whose bits are set in a mask, in vocabulary order."""
    return tuple(claim for place, claim in enumerate(CLAIMS) if mask >> place & 1)


def require_columns(table: pd.DataFrame, columns: Iterable[str], *, where: str) -> None:
    """Check that a table has some columns.

    Raises
    ------
    LayerError
        One fault for each missing column, with the columns there are.
    """
    missing = [column for column in columns if column not in table.columns]
    if missing:
        found = ", ".join(map(str, table.columns))
        raise LayerError(
            Fault(
                where=f"{where}: column {column}",
                what=f"is missing (found: {found})",
                fix=f"rename the right column to {column} in the city file",
            )
            for column in missing
        )
