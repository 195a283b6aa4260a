"""Compiling kernels once: on first use, kept on disk where numba may write."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar, cast

import numba

if TYPE_CHECKING:
    from collections.abc import Callable

    Kernel = TypeVar("Kernel", bound=Callable[..., object])

__all__ = ["inlined", "kernel"]


def kernel(function: Kernel) -> Kernel:
    """Compile a function of plain arrays that lets other threads run meanwhile."""
    try:
        return cast("Kernel", numba.njit(cache=True, nogil=True)(function))
    except RuntimeError:  # no folder in which numba may write
        return cast("Kernel", numba.njit(nogil=True)(function))


def inlined(function: Kernel) -> Kernel:
    """Let kernels take a function up into themselves: a call would hand on all its arrays."""
    return cast("Kernel", numba.njit(inline="always")(function))
