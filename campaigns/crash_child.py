"""The process that the crash campaign kills: commits and reverts in a workspace, with a fault at one operation.

`python -m campaigns.crash_child ROOT STEPS WAY FAULT`; it prints the number of each step that it was told is done.
"""

from __future__ import annotations

import errno
import json
import os
import signal
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from novosky.disk import files
from novosky.disk.lock import Lock
from novosky.errors import NovoskyError
from novosky.optimize.log import COMMIT, log_with
from novosky.optimize.places import Places, contents
from novosky.optimize.recovery import recover
from novosky.optimize.transaction import begin

sys.path.append(str(Path(__file__).resolve().parents[1] / "tests"))
from support.kept_sets import entry_of, places_in, write_set

FILLS_THE_DISK = ("write", "append", "mkdir", "link")
Told = Callable[[int], None]


def keep_or_revert(root: Path, steps: Sequence[str], told: Told) -> None:
    """The steps as the loop does them: `commit`, `revert`, and `restore`, a revert after something broke the set."""
    places = places_in(root)
    with Lock(places.lock) as lock:
        recover(places, lock)
        for number, step in enumerate(steps, start=1):
            transaction = begin(places, lock, f"iteration {number}")
            if step == "commit":
                entry, best = entry_of(number), {"score": number}
                transaction.commit(root / f"candidate_{number}", f"seed: {number}\n", entry, best)
            else:
                if step == "restore":
                    break_set(places, number)
                transaction.revert(entry_of(number, "REVERT"))
            told(number)


def break_set(places: Places, number: int) -> None:
    """Something else writes into the working set."""
    write_set(places.train / "more", 100 + number)


def copied_in_place(root: Path, steps: Sequence[str], told: Told) -> None:
    """Careless: each file over the old one."""
    places = places_in(root)
    for number, step in enumerate(steps, start=1):
        if step == "commit":
            for name in contents(root / f"candidate_{number}"):
                files.copy(root / f"candidate_{number}" / name, places.train / name)
        _write_records(places, number, step, files.write)
        told(number)


def renamed_without_journal(root: Path, steps: Sequence[str], told: Told) -> None:
    """Less careless: everything is put in place by a rename, but nothing says how far it came."""
    places = places_in(root)

    def replaced(path: Path, content: bytes) -> None:
        files.write(path.with_name(f".{path.name}.new"), content)
        files.rename(path.with_name(f".{path.name}.new"), path)

    for number, step in enumerate(steps, start=1):
        if step == "commit":
            new, old = (places.train.with_name(f".train.{name}") for name in ("new", "old"))
            for name in contents(root / f"candidate_{number}"):
                files.copy(root / f"candidate_{number}" / name, new / name)
            files.rename(places.train, old)
            files.rename(new, places.train)
            files.remove(old)
        _write_records(places, number, step, replaced)
        told(number)


def _write_records(places: Places, number: int, step: str, put: Callable[[Path, bytes], None]) -> None:
    places.folder.mkdir(parents=True, exist_ok=True)
    if step == "commit":
        put(places.current, f"seed: {number}\n".encode())
        put(places.best, (json.dumps({"score": number}, indent=1) + "\n").encode())
    put(places.log, log_with(places.log, entry_of(number, COMMIT if step == "commit" else "REVERT")))


WAYS = {way.__name__: way for way in (keep_or_revert, copied_in_place, renamed_without_journal)}


class Fault:
    """At the `number`th moment of an operation: `kill`, `full` (no space, once) or `full_from` (from there on)."""

    def __init__(self, kind: str, number: int, record: Path | None = None) -> None:
        self.kind, self.number, self.count, self.record = kind, number, 0, record

    def __call__(self, moment: str, operation: str, path: Path) -> None:
        self.count += 1
        if self.record is not None:
            with self.record.open("a") as file:
                file.write(json.dumps([moment, operation, str(path)]) + "\n")
        if self.kind == "kill" and self.count == self.number:
            os.kill(os.getpid(), signal.SIGKILL)
        is_full = self.count == self.number or (self.kind == "full_from" and self.count > self.number)
        if self.kind == "full" and is_full and moment != "after":
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        if self.kind == "full_from" and is_full and moment != "after" and operation in FILLS_THE_DISK:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def main() -> None:
    root, steps, way, fault = sys.argv[1:5]
    kind, number, record = json.loads(fault)
    print(0, flush=True)
    try:
        with files.observed_by(Fault(kind, number, Path(record) if record else None)):
            WAYS[way](Path(root), steps.split(","), lambda done: print(done, flush=True))
    except NovoskyError as error:
        print(f"error: {error}", flush=True)
        sys.exit(error.exit_code)


if __name__ == "__main__":
    main()
