"""Slopes: how the way up and the way down change the time of a move."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from landuse.leastcost.moves import MARGIN

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["SLOPES", "Slopes", "factor_at", "packed_slopes"]

SLOPES = np.arange(-2000, 2001) / 2000
"""The slopes for which a factor is given: metres up a metre along, half a thousandth apart."""


class Slopes(NamedTuple):
    """The lie of the land, and what a slope does to the time of one who goes up it."""

    elevation_m: NDArray[Any]
    """Shape of the friction; a move from or to a cell without a number counts as level."""
    factor: Floats
    """Time over that on level ground, for each of `SLOPES`; infinite where nobody passes.

    Between two of them it is a straight line; steeper than one in one counts as that.
    """


def factor_at(slopes: Slopes, slope: NDArray[Any]) -> Floats:
    """Return the factor for some slopes, as the search does: 1 where a slope is not known."""
    known = np.isfinite(slope)
    place = (np.clip(np.where(known, slope, 0.0), -1.0, 1.0) + 1.0) * (len(SLOPES) // 2)
    low = np.minimum(place.astype(np.int64), len(SLOPES) - 2)
    part = place - low
    below, above = slopes.factor[low], slopes.factor[low + 1]
    with np.errstate(invalid="ignore"):  # 0 times infinity, replaced at once
        mixed = below + part * (above - below)
    mixed = np.where(part <= EDGE, below, np.where(part >= 1 - EDGE, above, mixed))
    return np.where(known, np.where(np.isnan(mixed), np.inf, mixed), 1.0)


EDGE = 1e-9
"""How near to one of `SLOPES` a slope takes its factor: a limit of 8 % lets 8 % pass."""


def packed_slopes(
    slopes: Slopes | None, direction: str
) -> tuple[NDArray[Any], Floats, float] | None:
    """Return what the kernel wants: heights in the padded raster, factors, and whose up is up."""
    if slopes is None:
        return None
    height = np.pad(
        np.asarray(slopes.elevation_m, np.float32), MARGIN, constant_values=np.float32(np.nan)
    )
    sign = -1.0 if direction == "to" else 1.0
    return height.ravel(), np.ascontiguousarray(slopes.factor, dtype=np.float64), sign
