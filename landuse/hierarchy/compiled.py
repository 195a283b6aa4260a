"""Compiling kernels once: on first use, kept on disk where numba may write."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar, cast

import numba
from numba.core.options import DefaultOptions

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    Kernel = TypeVar("Kernel", bound=Callable[..., object])

__all__ = ["bare", "inlined", "kernel"]

UNCOUNTED: Mapping[str, Any] = {"_nrt": False} if hasattr(DefaultOptions, "_nrt") else {}
"""Keeps numba from counting references to arrays each time one function hands them to another,
which took ten times as long as the work itself. It is for functions that make no array."""


def kernel(function: Kernel) -> Kernel:
    """Compile a function of plain arrays that lets other threads run meanwhile."""
    return _compiled(function, {})


def bare(function: Kernel) -> Kernel:
    """Compile a function of plain arrays that makes none itself."""
    return _compiled(function, UNCOUNTED)


def inlined(function: Kernel) -> Kernel:
    """Let kernels take a function that makes no array up into themselves."""
    return cast("Kernel", numba.njit(inline="always", **UNCOUNTED)(function))


def _compiled(function: Kernel, options: Mapping[str, Any]) -> Kernel:
    try:
        return cast("Kernel", numba.njit(cache=True, nogil=True, **options)(function))
    except RuntimeError:  # no folder in which numba may write
        return cast("Kernel", numba.njit(nogil=True, **options)(function))
