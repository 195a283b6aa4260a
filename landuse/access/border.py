"""Where an answer could change if data reached farther: what lies beyond the edge."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from landuse.errors import Fault, LayerError

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["border_flag", "reach_border_flag"]


def border_flag(
    costs_to_nearest_s: pd.Series[float],
    edge_s: pd.Series[float],
    *,
    cutoff_s: float = np.inf,
) -> pd.Series[bool]:
    """Flag the places whose nearest facility could lie beyond the edge of the data.

    Whoever leaves the data first comes to their edge. So a facility that the data do not
    show costs at least `edge_s`, and could only be nearer where that is less than both the
    cost of the nearest one known and the cut-off.

    Parameters
    ----------
    costs_to_nearest_s
        Seconds to the nearest facility; infinite where none is in reach, NaN where the
        place is blank.
    edge_s
        Least seconds from the same places to the edge of the data, by the same ways in the
        same direction; infinite or NaN where no way leads there.
    cutoff_s
        Farther facilities do not count.

    Returns
    -------
    pandas.Series
        `border_flag`, index of `costs_to_nearest_s`: True where
        `edge_s < min(costs_to_nearest_s, cutoff_s)`, a blank cost counting as infinite:
        what lies beyond might be all that can be reached. Where it is False, no facility
        out there can change the cost.

    Raises
    ------
    LayerError
        If the edge is not given for every place.
    """
    edge = _aligned(edge_s, costs_to_nearest_s.index)
    least_s = np.minimum(costs_to_nearest_s.fillna(np.inf).to_numpy(float), cutoff_s)
    flags = edge < least_s
    return pd.Series(flags, index=costs_to_nearest_s.index, name="border_flag")


def reach_border_flag(
    edge_s: pd.Series[float], *, cutoff_s: float, steps: int = 1
) -> pd.Series[bool]:
    """Flag the places whose sum over what is in reach could change beyond the edge.

    Parameters
    ----------
    edge_s
        Least seconds from each place to the edge of the data; infinite or NaN where no way
        leads there.
    cutoff_s
        Where the decay of the measure ends.
    steps
        1 for counts and gravity: only facilities within the cut-off count. 2 for floating
        catchments: a facility at the cut-off may share itself with people as far again,
        and costs there and back are taken to be equal.

    Returns
    -------
    pandas.Series
        `reach_border_flag`, index of `edge_s`: True where `edge_s <= steps * cutoff_s`.
        Where it is False, nothing beyond the edge can change the sum.

    Raises
    ------
    LayerError
        If `steps` is neither 1 nor 2.
    """
    if steps not in (1, 2):
        raise LayerError(Fault(where="steps", what=f"is {steps}", fix="give 1 or 2"))
    flags = edge_s.to_numpy(float) <= steps * cutoff_s
    flags &= np.isfinite(edge_s.to_numpy(float))
    return pd.Series(flags, index=edge_s.index, name="reach_border_flag")


def _aligned(edge_s: pd.Series[float], places: pd.Index) -> NDArray[np.float64]:
    missing = places.difference(edge_s.index)
    if len(missing):
        what = f"{len(missing):,} places have none, the first {missing[0]!r}"
        raise LayerError(Fault(where="edge_s", what=what, fix="give the edge for every place"))
    return np.asarray(edge_s.reindex(places), dtype=np.float64)
