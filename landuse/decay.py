"""Decays: how much a facility counts for somebody, given what it costs to reach it.

A decay turns seconds into a weight between 0 and 1, never rises, and is 0 past its own
`cutoff_s`, which is also where routing may stop. Blank costs (NaN or infinite) weigh 0.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from itertools import pairwise
from typing import TYPE_CHECKING, Protocol

import numpy as np

from landuse.errors import CityError, Fault
from landuse.toml import Keys

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from numpy.typing import ArrayLike, NDArray

__all__ = [
    "SHAPES",
    "Binary",
    "Decay",
    "Exponential",
    "Gaussian",
    "Linear",
    "Logistic",
    "Power",
    "Stepped",
    "decay_from",
]


class Decay(Protocol):
    """Cost in seconds -> weight in [0, 1], 0 past `cutoff_s`."""

    @property
    def cutoff_s(self) -> float:
        """Cost past which every weight is 0."""

    def __call__(self, cost_s: ArrayLike) -> NDArray[np.float64]:
        """Return the weights of costs in seconds, shape kept."""


@dataclass(frozen=True, kw_only=True)
class Binary:
    """1 up to the cutoff, 0 past it: cumulative opportunities."""

    cutoff_s: float

    def __post_init__(self) -> None:
        _require_positive(self, "cutoff_s")

    def __call__(self, cost_s: ArrayLike) -> NDArray[np.float64]:
        """Return the weights of costs in seconds, shape kept."""
        return _cut(self.cutoff_s, cost_s, np.ones_like)


@dataclass(frozen=True, kw_only=True)
class Stepped:
    """A falling stair: each weight holds up to its own limit."""

    limits_s: tuple[float, ...]
    """Rising; the last one is the cutoff."""
    weights: tuple[float, ...]
    """Falling, in [0, 1], one for each limit."""

    def __post_init__(self) -> None:
        rising = all(low < high for low, high in pairwise((0.0, *self.limits_s)))
        falling = all(high >= low for high, low in pairwise((1.0, *self.weights, 0.0)))
        if not self.limits_s or len(self.limits_s) != len(self.weights):
            _refuse(self, "limits and weights differ in number", "give one weight for each limit")
        if not (rising and falling):
            fix = "let limits rise from above 0 and weights fall from 1 or less to 0 or more"
            _refuse(self, f"limits {self.limits_s} or weights {self.weights} are out of order", fix)

    @property
    def cutoff_s(self) -> float:
        """Cost past which every weight is 0."""
        return self.limits_s[-1]

    def __call__(self, cost_s: ArrayLike) -> NDArray[np.float64]:
        """Return the weights of costs in seconds, shape kept."""
        stair = np.array(self.weights)
        return _cut(self.cutoff_s, cost_s, lambda cost: stair[np.searchsorted(self.limits_s, cost)])


@dataclass(frozen=True, kw_only=True)
class Linear:
    """A straight fall from 1 at no cost to 0 at the cutoff."""

    cutoff_s: float

    def __post_init__(self) -> None:
        _require_positive(self, "cutoff_s")

    def __call__(self, cost_s: ArrayLike) -> NDArray[np.float64]:
        """Return the weights of costs in seconds, shape kept."""
        return _cut(self.cutoff_s, cost_s, lambda cost: 1.0 - cost / self.cutoff_s)


@dataclass(frozen=True, kw_only=True)
class Exponential:
    """exp(-cost / scale), the negative exponential of gravity models (Wilson 1971)."""

    scale_s: float
    """Cost at which 1/e = 37 % of the weight is left."""
    cutoff_s: float

    def __post_init__(self) -> None:
        _require_positive(self, "scale_s", "cutoff_s")

    def __call__(self, cost_s: ArrayLike) -> NDArray[np.float64]:
        """Return the weights of costs in seconds, shape kept."""
        return _cut(self.cutoff_s, cost_s, lambda cost: np.exp(-cost / self.scale_s))


@dataclass(frozen=True, kw_only=True)
class Gaussian:
    """exp(-(cost / scale)^2 / 2): nearly flat at first, as people do not mind short ways."""

    scale_s: float
    """Cost at which 61 % of the weight is left; at twice that, 14 %."""
    cutoff_s: float

    def __post_init__(self) -> None:
        _require_positive(self, "scale_s", "cutoff_s")

    def __call__(self, cost_s: ArrayLike) -> NDArray[np.float64]:
        """Return the weights of costs in seconds, shape kept."""
        return _cut(self.cutoff_s, cost_s, lambda cost: np.exp(-0.5 * (cost / self.scale_s) ** 2))


@dataclass(frozen=True, kw_only=True)
class Logistic:
    """A falling S: people go up to about `middle_s`, and hardly anybody far beyond it.

    1 less the distribution of a logistic variable, over its value at no cost, so that no
    cost weighs 1.
    """

    middle_s: float
    """Cost at which it falls most steeply, to about half."""
    deviation_s: float
    """Standard deviation of that variable: how gently it falls."""
    cutoff_s: float

    def __post_init__(self) -> None:
        _require_positive(self, "middle_s", "deviation_s", "cutoff_s")

    def __call__(self, cost_s: ArrayLike) -> NDArray[np.float64]:
        """Return the weights of costs in seconds, shape kept."""
        whole = self._left(np.zeros(()))
        return _cut(self.cutoff_s, cost_s, lambda cost: self._left(cost) / whole)

    def _left(self, cost_s: NDArray[np.float64]) -> NDArray[np.float64]:
        # As a hyperbolic tangent it does not overflow.
        steps = (cost_s - self.middle_s) / self.deviation_s
        left: NDArray[np.float64] = 1.0 - np.tanh(steps * (np.pi / np.sqrt(12)))
        return left


@dataclass(frozen=True, kw_only=True)
class Power:
    """(scale / cost)^exponent beyond the scale and 1 up to it, as 0 seconds have no power."""

    scale_s: float
    """Cost up to which the whole weight is left."""
    exponent: float
    """2 makes it the classical gravity (Hansen 1959)."""
    cutoff_s: float

    def __post_init__(self) -> None:
        _require_positive(self, "scale_s", "exponent", "cutoff_s")

    def __call__(self, cost_s: ArrayLike) -> NDArray[np.float64]:
        """Return the weights of costs in seconds, shape kept."""
        return _cut(
            self.cutoff_s,
            cost_s,
            lambda cost: (self.scale_s / np.maximum(cost, self.scale_s)) ** self.exponent,
        )


Smooth = Binary | Linear | Exponential | Gaussian | Logistic | Power

SHAPES: Mapping[str, type[Smooth | Stepped]] = {
    "binary": Binary,
    "stepped": Stepped,
    "linear": Linear,
    "exponential": Exponential,
    "gaussian": Gaussian,
    "logistic": Logistic,
    "power": Power,
}
"""Name of a shape in a TOML table -> its class."""


def decay_from(table: Mapping[str, Any], *, where: str = "decay") -> Decay:
    """Read a decay from a TOML table such as `{ shape = "linear", cutoff_min = 15 }`.

    Files speak in minutes: `cutoff_min`, for exponential, gaussian and power also
    `scale_min` (power: and `exponent`), for logistic `middle_min` and `deviation_min`;
    stepped has `steps = [{ within_min = 5, weight = 1.0 }, ...]` instead.

    Raises
    ------
    CityError
        With every fault of the table: unknown shape, missing, unknown or unusable keys.
    """
    faults: list[Fault] = []
    keys = Keys(table=table, where=where, faults=faults)
    shape = SHAPES.get(keys.choice("shape", tuple(SHAPES)), Binary)
    choices = _steps(keys) if shape is Stepped else _minutes(keys, shape)
    if "shape" in keys.table:
        keys.refuse_unknown()
    if not faults:
        try:
            return shape(**choices)
        except CityError as error:
            faults.extend(replace(fault, where=where) for fault in error.faults)
    raise CityError(faults)


def _minutes(keys: Keys, shape: type[Any]) -> dict[str, Any]:
    names = [field.name for field in fields(shape)]
    timed = [name.removesuffix("_s") for name in names if name.endswith("_s")]
    found = {f"{name}_s": 60 * keys.number(f"{name}_min") for name in timed}
    return found | {name: keys.number(name) for name in names if not name.endswith("_s")}


def _steps(keys: Keys) -> dict[str, Any]:
    steps = []
    for row in keys.rows("steps"):
        steps.append((60 * row.number("within_min"), row.number("weight", positive=False)))
        row.refuse_unknown()
    limits_s, weights = zip(*steps, strict=True) if steps else ((), ())
    return {"limits_s": limits_s, "weights": weights}


def _cut(
    cutoff_s: float,
    cost_s: ArrayLike,
    weigh: Callable[[NDArray[np.float64]], NDArray[np.float64]],
) -> NDArray[np.float64]:
    """Weigh the costs within the cutoff; blanks, like all past it, weigh 0."""
    cost = np.asarray(cost_s, dtype=np.float64)
    within = cost <= cutoff_s
    return np.where(within, weigh(np.where(within, cost, 0.0)), 0.0)


def _require_positive(decay: Any, *names: str) -> None:  # noqa: ANN401 - any of the shapes
    for name in names:
        if not 0 < getattr(decay, name) < np.inf:
            _refuse(decay, f"{name} is {getattr(decay, name)!r}", "give a number above zero")


def _refuse(decay: Any, what: str, fix: str) -> None:  # noqa: ANN401 - any of the shapes
    raise CityError(Fault(where=type(decay).__name__, what=what, fix=fix))
