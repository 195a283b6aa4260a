"""One run at a time in a folder.

The lock belongs to the open file and not to its presence: the system lets go of it when
its holder ends, even if that was killed, so that no lock is ever stale.
"""

from __future__ import annotations

import errno
import os
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

from landuse.errors import Fault, InputError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import BinaryIO

__all__ = ["LockedError", "alone"]

LOCKED_BYTE = 1 << 30
"""Windows locks bytes and lets nobody read them; this one lies far behind the holder's number."""
HELD = (errno.EWOULDBLOCK, errno.EAGAIN, errno.EACCES, errno.EDEADLK)
"""What the systems answer where somebody else holds the lock."""
DIGITS = 20


class LockedError(InputError):
    """Another run works in the same folder; `pid` is its process, or None where unknown."""

    def __init__(self, lock: Path, pid: int | None) -> None:
        self.pid = pid
        who = "別の実行 another run" if pid is None else f"別の実行 another run (process {pid})"
        fix = (
            "終わるのを待ってから、もう一度実行してください "
            "wait until it has ended, or end it, then run again"
        )
        super().__init__(Fault(where=str(lock.parent), what=f"{who} が使用中 is at work", fix=fix))


@contextmanager
def alone(lock: Path) -> Iterator[None]:
    """Hold a lock file while the block runs.

    The file stays afterwards, empty: removing it would let two runs hold two files of one
    name.

    Raises
    ------
    LockedError
        If another run holds it.
    OSError
        If the file cannot be made or locked.
    """
    lock.parent.mkdir(parents=True, exist_ok=True)
    with lock.open("a+b", buffering=0) as file:
        if not _taken(file):
            raise LockedError(lock, _holder(file))
        file.truncate(0)
        file.write(str(os.getpid()).encode("ascii"))
        try:
            yield
        finally:
            file.truncate(0)
            _let_go(file)


def _holder(file: BinaryIO) -> int | None:
    file.seek(0)
    text = file.read(DIGITS)
    return int(text) if text.isdigit() else None


def _taken(file: BinaryIO) -> bool:
    try:
        _take(file)
    except OSError as error:
        if error.errno in HELD:
            return False
        raise
    return True


if sys.platform == "win32":
    import msvcrt

    def _take(file: BinaryIO) -> None:
        file.seek(LOCKED_BYTE)
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)

    def _let_go(file: BinaryIO) -> None:
        file.seek(LOCKED_BYTE)
        msvcrt.locking(file.fileno(), msvcrt.LK_UNLCK, 1)

else:
    import fcntl

    def _take(file: BinaryIO) -> None:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)

    def _let_go(file: BinaryIO) -> None:
        fcntl.flock(file, fcntl.LOCK_UN)
