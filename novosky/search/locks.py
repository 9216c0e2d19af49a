"""File locks that the operating system lets go when their owner dies, however it dies."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

WAIT_SECONDS = 0.02


class FileLock:
    """An exclusive lock on a file beside what it protects; the file stays, only the lock on it counts."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file: int | None = None

    def try_acquire(self) -> bool:
        """Take the lock if nobody has it."""
        file = os.open(self.path, os.O_RDWR | os.O_CREAT)
        if _lock(file):
            self._file = file
            return True
        os.close(file)
        return False

    def acquire(self) -> bool:
        """Wait for the lock and take it."""
        while not self.try_acquire():
            time.sleep(WAIT_SECONDS)
        return True

    def release(self) -> None:
        """Let it go."""
        if self._file is not None:
            os.close(self._file)
            self._file = None


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the lock at `path`."""
    lock = FileLock(path)
    lock.acquire()
    try:
        yield
    finally:
        lock.release()


def is_locked(path: Path) -> bool:
    """Whether a living process holds the lock at `path`; a file that is not there is held by nobody."""
    if not path.exists():
        return False
    lock = FileLock(path)
    taken = lock.try_acquire()
    lock.release()
    return not taken


if sys.platform == "win32":
    import msvcrt

    def _lock(file: int) -> bool:
        try:
            msvcrt.locking(file, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

else:
    import fcntl

    def _lock(file: int) -> bool:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
        return True
