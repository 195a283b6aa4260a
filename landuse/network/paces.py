"""What streets cost at the speeds of a mode, traffic lights included."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from landuse.speeds import Speeds

    Floats = NDArray[np.float64]

__all__ = ["paces"]


def paces(edges: pd.DataFrame, wait_s: Floats, *, speeds: Speeds, mode: str) -> Floats:
    """Return the seconds of each edge, the lights at its ends left out.

    Where any light costs something the streets say where the lights are, and each is paid
    for; then the speed between lights counts, where a kind of road has one, lest they be
    paid for twice. A speed that an edge states, such as a signed limit, loses the same
    share of itself as its kind does, in winter for one.

    Parameters
    ----------
    edges
        `kind`, `length_m`, `stated_kmh` and `light_s`.
    wait_s
        Seconds at each node.
    speeds, mode
        Speeds, and whose.

    Returns
    -------
    numpy.ndarray
        Infinite where the kind has no speed.
    """
    lit = bool(wait_s.any() or edges["light_s"].any())
    road = speeds.of(mode).road
    by_kind = (
        {kind: speed.between_lights_kmh if lit else speed.kmh for kind, speed in road.items()},
        {kind: speed.left for kind, speed in road.items()},
        {kind: speed.most_kmh for kind, speed in road.items()},
    )
    kmh, left, most_kmh = (
        edges["kind"].map(numbers).fillna(0.0).to_numpy(float) for numbers in by_kind
    )
    stated = edges["stated_kmh"].to_numpy(float)
    own = np.where(np.isnan(stated), kmh, np.minimum(stated * left, most_kmh))
    passed = kmh > 0
    length_m, light_s = (edges[name].to_numpy(float) for name in ("length_m", "light_s"))
    seconds = length_m / np.where(passed, own, 1.0) * 3.6 + light_s
    return np.asarray(np.where(passed, seconds, np.inf), dtype=np.float64)
