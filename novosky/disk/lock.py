"""One process at a time works in a place: a file that names its owner, and is taken over from a dead one.

Claimants take turns by a system lock on a file beside it, which the system itself lets go of when a process dies; so
two that find the same dead owner cannot both take its place.
"""

from __future__ import annotations

import json
import logging
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType

from novosky.disk import files
from novosky.disk.owner import Owner
from novosky.disk.text import as_json
from novosky.errors import NovoskyError, UserError

_log = logging.getLogger(__name__)
_TURN_SECONDS = 10.0


class Lock:
    """Held from `take` to `release`, or for a `with` block; `told` says whose lock was taken over."""

    def __init__(self, path: Path, work: str = "loop") -> None:
        """`work`: what one of which may go on at a time, for the refusal."""
        self.path, self.work = path, work
        self.told = ""
        self._mine: Owner | None = None

    def take(self) -> Lock:
        """Become the owner; UserError names a living one and its age."""
        mine = Owner.this_process()
        try:
            files.make_folder(self.path.parent)
            with _turn(self.path.with_name(f".{self.path.name}.turn"), self.work):
                self._settle()
                claim = self.path.with_name(f".{self.path.name}.{mine.pid}")
                files.write(claim, as_json(mine.as_dict()))
                files.link(claim, self.path)
                self._mine = mine
                files.unlink(claim)
        except OSError as error:
            raise NovoskyError(
                f"lock {error.filename or self.path}: could not be taken ({error.strerror}); nothing was changed: "
                "mend that and run again"
            ) from error
        if self.told:
            _log.warning("%s", self.told)
        return self

    @property
    def is_held(self) -> bool:
        """Whether the file still names this object's process."""
        return self._mine is not None and _read(self.path) == self._mine

    def confirm(self) -> None:
        """Raises NovoskyError when the lock is not this object's any more: somebody removed the file."""
        if not self.is_held:
            raise NovoskyError(
                f"lock {self.path}: expected this process to hold it, found another or none: it was removed "
                f"meanwhile; nothing was changed: see that no other {self.work} runs here, and run again"
            )

    def release(self) -> None:
        """Let go; a lock that is another's by now is left."""
        if self.is_held:
            self.path.unlink(missing_ok=True)
        self._mine = None

    def __enter__(self) -> Lock:
        return self.take()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()

    def _settle(self) -> None:
        """Clear the way, or refuse."""
        for left in self.path.parent.glob(f".{self.path.name}.[0-9]*"):
            files.unlink(left)
        if not self.path.exists():
            return
        owner = _read(self.path)
        if owner is not None and owner.lives:
            raise UserError(
                f"lock {self.path}: held by {owner}; one {self.work} at a time works here: wait for it or stop it "
                "(when that machine is gone for good, remove the file)"
            )
        whose = "nobody that can be read" if owner is None else f"{owner}, which is gone"
        self.told = f"lock {self.path}: was held by {whose}; taken over"
        files.unlink(self.path)


def _read(path: Path) -> Owner | None:
    """None of a file that names nobody: links appear whole, so only a damaged or a copied one does not."""
    try:
        return Owner.read(json.loads(path.read_bytes()))
    except (OSError, ValueError, TypeError):
        return None


@contextmanager
def _turn(path: Path, work: str) -> Iterator[None]:
    """Alone among the claimants; the file stays, since removing it would let two in."""
    with path.open("a+b") as file:
        give_up_s = time.monotonic() + _TURN_SECONDS
        while not _locked(file.fileno()):
            if time.monotonic() > give_up_s:
                raise UserError(f"lock {path}: another {work} is just starting here; run again when it is done")
            time.sleep(0.01)
        yield


def _locked(handle: int) -> bool:
    try:
        if os.name == "nt":
            import msvcrt

            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined,unused-ignore]
        else:
            import fcntl

            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):
        return False
    return True
