"""A network made ready for many searches: which engine, and its hierarchy with costs."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from landuse.errors import Fault, LayerError
from landuse.hierarchy import contract, customise, elimination_order, topology_key
from landuse.network.graph import arcs, repriced

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from landuse.hierarchy import Costs, Hierarchy
    from landuse.network.graph import Network

    Floats = NDArray[np.float64]

__all__ = ["FAST_NODES", "Prepared", "key_of", "made_ready", "prepare"]

FAST_NODES = 5_000
"""Networks with so many nodes are worth a hierarchy when a matrix is asked for."""
ENGINES = ("fast", "plain")


@dataclass(frozen=True, kw_only=True)
class Prepared:
    """A network and how it is searched."""

    network: Network
    hierarchy: Hierarchy | None = None
    """None: searched plainly, by scipy."""
    costs: Costs | None = None
    threads: int = 1

    def repriced(self, *, ahead_s: Floats, back_s: Floats) -> Prepared:
        """Return the same with other seconds on the edges; the hierarchy's order stays.

        Raises
        ------
        LayerError
            As `landuse.network.repriced`.
        """
        network = repriced(self.network, ahead_s=ahead_s, back_s=back_s)
        costs = None if self.hierarchy is None else customise(self.hierarchy, arcs(network)[2])
        return replace(self, network=network, costs=costs)


def key_of(network: Network) -> str:
    """Return the name under which the hierarchy of a network's topology may be kept.

    It depends on which nodes the edges join, in their order, and on no speed or closure.
    """
    return topology_key(len(network.nodes), *arcs(network)[:2])


def prepare(
    network: Network,
    *,
    engine: str = "fast",
    hierarchy: Hierarchy | None = None,
    threads: int = 1,
) -> Prepared:
    """Make a network ready.

    Parameters
    ----------
    network
        The network.
    engine
        `fast`: a customisable contraction hierarchy; `plain`: Dijkstra's search of scipy.
    hierarchy
        One that was kept for a network of the same `key_of`, else it is made: a third of a
        second for 160,000 nodes.
    threads
        How many share the work of a search.

    Raises
    ------
    LayerError
        If the engine is neither, or the hierarchy is of another topology.
    """
    if engine not in ENGINES:
        what = f"is {engine!r}"
        raise LayerError(Fault(where="engine", what=what, fix="give 'fast' or 'plain'"))
    if engine == "plain":
        return Prepared(network=network, threads=threads)
    tail, head, cost_s = arcs(network)
    made = hierarchy or contract(elimination_order(len(network.nodes), tail, head), tail, head)
    if made.nodes != len(network.nodes) or len(made.arc) != len(tail):
        what = f"is of {made.nodes} nodes and {len(made.arc)} arcs, not of this network"
        raise LayerError(Fault(where="hierarchy", what=what, fix="keep it by key_of(network)"))
    return Prepared(network=network, hierarchy=made, costs=customise(made, cost_s), threads=threads)


def made_ready(network: Network) -> Prepared:
    """Return a network ready for many searches: with a hierarchy if it is worth one.

    Parameters
    ----------
    network
        The network; one of under `FAST_NODES` nodes is searched plainly.
    """
    return prepare(network, engine="fast" if len(network.nodes) >= FAST_NODES else "plain")
