"""Places on a graph, as the hierarchy sees them: two nodes each, and what the legs cost."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from landuse.hierarchy.customise import MOST_TICKS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from landuse.hierarchy.customise import Costs

    Ints = NDArray[np.int64]
    Floats = NDArray[np.float64]

__all__ = ["Direct", "Places", "at_nodes", "in_ticks", "ticks_within"]

SLACK_S = 0.0005
"""Costs up to half a millisecond over a limit are within it: they may be rounded up to there."""


@dataclass(frozen=True, kw_only=True)
class Places:
    """Places, each joined to two neighbouring nodes or to one."""

    tail: Ints
    """A node; -1 where the place is nowhere."""
    head: Ints
    """The other node, or the same."""
    out_s: tuple[Floats, Floats]
    """Seconds from the place to tail and head; infinite where no way leads."""
    in_s: tuple[Floats, Floats]
    """Seconds from tail and head to the place."""

    def __len__(self) -> int:
        return len(self.tail)


@dataclass(frozen=True, kw_only=True)
class Direct:
    """Pairs with a way of their own that passes no node."""

    target: Ints
    source: Ints
    to_s: Floats
    """Seconds from target to source."""
    from_s: Floats
    """Seconds from source to target."""

    @classmethod
    def none(cls) -> Direct:
        """Return no pair."""
        places, seconds = np.zeros(0, np.int64), np.zeros(0)
        return cls(target=places, source=places, to_s=seconds, from_s=seconds)


def at_nodes(nodes: Ints) -> Places:
    """Return places that stand on nodes."""
    here, nowhere = np.zeros(len(nodes)), np.full(len(nodes), np.inf)
    return Places(tail=nodes, head=nodes, out_s=(here, nowhere), in_s=(here, nowhere))


def in_ticks(seconds: Floats, per_s: float) -> NDArray[np.int32]:
    """Return seconds as whole ticks, those that are too many as no way."""
    ticks = np.rint(np.minimum(seconds * per_s, MOST_TICKS))
    return ticks.astype(np.int32)


def ticks_within(limit_s: float, per_s: float) -> int:
    """Return the most ticks that are within a limit, to the millisecond."""
    return int(min((limit_s + SLACK_S) * per_s, MOST_TICKS - 1))


def lower_first(
    places: Places, costs: Costs, legs_s: tuple[Floats, Floats]
) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int32], NDArray[np.int32]]:
    """Return the lower and higher place of each, and the ticks of the legs to or from them."""
    known = places.tail >= 0
    where = costs.hierarchy.place
    if not len(where):
        nowhere = np.full(len(places), -1, np.int32)
        return nowhere, nowhere, nowhere, nowhere
    tail, head = (
        np.where(known, where[np.where(known, end, 0)], -1) for end in (places.tail, places.head)
    )
    first, second = (in_ticks(leg_s, costs.per_s) for leg_s in legs_s)
    turned = tail < head
    return (
        np.where(turned, head, tail).astype(np.int32),
        np.where(turned, tail, head).astype(np.int32),
        np.where(turned, second, first),
        np.where(turned, first, second),
    )
