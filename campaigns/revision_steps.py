"""What the revisions' crash campaign does in a workspace: promote, promote another, pull one back, fetch, repair.

The sets are random bytes, so what a set's own check says is left out; all else is what `mode=promote` and `mode=pull`
call.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable
from pathlib import Path

from novosky.disk import files
from novosky.disk.lock import Lock
from novosky.models.revision.move import move, settle
from novosky.models.revision.places import WORK, RevisionPlaces
from novosky.models.revision.promoted import pointer_bytes
from novosky.models.revision.pull import pull
from novosky.models.revision.record import Record, facts_of, files_in, made_record, record_bytes
from novosky.models.revision.remote import FolderRemote
from novosky.optimize.publishing import copy_set

sys.path.append(str(Path(__file__).resolve().parents[1] / "tests"))
from support.kept_sets import STAGES, write_set

Told = Callable[[int], None]
TAGS = ("v20260131-p3", "v20260131-p3.2", "v20260207-p1")
STEPS = ("promote 0", "promote 1", "pull 0", "fetch 1", "repair 1", "promote 2")


def places_in(root: Path) -> RevisionPlaces:
    """Where everything lies below `root`."""
    return RevisionPlaces(root / "models", root / "revisions")


def make_workspace(root: Path, file_bytes: int = 500) -> None:
    """Three sets with their cards, and a remote that has them."""
    for number, tag in enumerate(TAGS):
        write_set(root / f"set_{number}", number, file_bytes)
        (root / f"parts_{number}").mkdir()
        (root / f"parts_{number}" / "card.md").write_text(f"# {tag}\n")
        copy_set(root / f"whole_{number}", root / f"set_{number}", STAGES, root / f"parts_{number}")
        for file in (path for path in (root / f"whole_{number}").rglob("*") if path.is_file()):
            md5 = facts_of(file.read_bytes()).md5
            files.copy(file, root / "remote" / "files" / "md5" / md5[:2] / md5[2:])


def record_of(root: Path, number: int) -> Record:
    """The record of a set."""
    return made_record(TAGS[number], files_in(root / f"whole_{number}"), {"number": number})


def before_step(root: Path, step: str) -> None:
    """What somebody else did before: a revision's files went, or were damaged."""
    name, number = step.split()
    folder = places_in(root).folder(TAGS[int(number)])
    if name == "fetch":
        shutil.rmtree(folder)
    if name == "repair":
        (folder / "signal" / "trees.npz").write_bytes(b"damaged")


def careful(root: Path, steps: tuple[str, ...], told: Told) -> None:
    """The steps as the modes do them."""
    places = places_in(root)
    with Lock(places.lock, WORK) as lock:
        settle(places, lock)
        for done, step in enumerate(steps, start=1):
            before_step(root, step)
            name, number = step.split()
            record = record_of(root, int(number))
            if name == "promote":
                train, parts = root / f"set_{number}", root / f"parts_{number}"
                move(places, lock, record, _filler(train, parts), _accept)
            else:
                remote = root / "remote"
                pull(places, lock, record, lambda remote=remote: FolderRemote(remote), _accept_set, _silent)
            told(done)


def careless(root: Path, steps: tuple[str, ...], told: Told) -> None:
    """Each file where it belongs, one after another."""
    places = places_in(root)
    for done, step in enumerate(steps, start=1):
        before_step(root, step)
        number = int(step.split()[1])
        record = record_of(root, number)
        files.make_folder(places.records)
        files.make_folder(places.models)
        files.write(places.record(record.tag), record_bytes(record))
        files.write(places.pointer, pointer_bytes(record))
        for name in record.files:
            files.copy(root / f"whole_{number}" / name, places.folder(record.tag) / name)
        told(done)


WAYS = {way.__name__: way for way in (careful, careless)}


def _filler(train: Path, parts: Path) -> Callable[[Path], None]:
    return lambda target: copy_set(target, train, STAGES, parts)


def _accept(_folder: Path) -> None:
    """Random bytes answer no golden rows."""


def _accept_set(_folder: Path, _record: Record) -> None:
    """The same."""


def _silent(_text: str, _share: float) -> None:
    """No bar."""
