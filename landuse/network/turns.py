"""What junctions cost beyond the streets that meet there.

Traffic lights cost seconds wherever a way passes their node, for each mode its own. A way
that turns back on its own street is never among the best: leave the detour out and it is
shorter, as long as what a junction costs does not depend on where one comes from. It could
only pay to turn in the midst of a street, and there a way begins or ends: a traveller leaves
a place in whichever direction the street allows. So U-turns are ruled out without a graph of
turns, which would be three times the size; banned turns, which would need one, are not in
the data that the readers give.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["TURNS", "Turns", "turns_of"]


@dataclass(frozen=True, kw_only=True)
class Turns:
    """What a mode pays at junctions."""

    signal_s: float = 0.0
    """Seconds at a node with traffic lights."""
    source: str = ""
    verified: bool = False
    """Whether somebody checked the figure against its source."""


UNIFORM = (
    "平均待ち = 赤² ÷ 2 ÷ 周期（一様到着）。赤と周期は仮定 mean wait of uniform arrivals, "
    "red squared over twice the cycle; red and cycle assumed: "
)
TURNS: Mapping[str, Turns] = {
    "walk": Turns(signal_s=15.0, source=UNIFORM + "60 s of 120 s"),
    "walk_elderly": Turns(signal_s=20.0, source=UNIFORM + "70 s of 120 s"),
    "wheelchair": Turns(signal_s=20.0, source=UNIFORM + "70 s of 120 s"),
    "bike": Turns(signal_s=12.5, source=UNIFORM + "50 s of 100 s"),
    "drive": Turns(signal_s=12.5, source=UNIFORM + "50 s of 100 s"),
}
"""Mode -> what it pays, where nothing else is said; none of it verified."""


def turns_of(mode: str) -> Turns:
    """Return what a mode pays at junctions: nothing if it is not in the table.

    Lights add nothing where the streets do not say where they are.
    """
    return TURNS.get(mode, Turns(source="なし none assumed"))
