"""COMMIT and REVERT: working set, current.yaml, log and best change together, or none of them does.

Everything new is written complete beside the old, forced to disk and named by its hash in the journal (`prepared`);
then renames put it in place. A crash before `prepared` leaves the old state, one after it is finished by `recover`.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from novosky.disk import files
from novosky.disk.lock import Lock
from novosky.disk.text import as_json
from novosky.errors import DataError, NovoskyError, UserError
from novosky.models.bundle.folder import restore
from novosky.optimize.journal import BEGIN, PREPARED, append_step, read_journal
from novosky.optimize.log import COMMIT, Entry, log_with, read_log
from novosky.optimize.places import Places, content_hash, contents, file_hash
from novosky.optimize.recovery import BEST, GO_ON, LOG, ROLES, finish, given_up, hashes, target, telling, told
from novosky.optimize.replacing import prepare
from novosky.optimize.snapshot import CURRENT, TRAIN, Snapshot, read_snapshot, take_snapshot

_FREE = "nothing was changed, what stood stands: mend that (free some space) and run again"


class Transaction:
    """One iteration's decision; made by `begin`, ended by `commit` or `revert`."""

    def __init__(self, places: Places, lock: Lock, incumbent: Snapshot) -> None:
        self.places, self.incumbent = places, incumbent
        self._lock = lock

    def commit(self, candidate: Path, current_yaml: str, entry: Entry, best: Mapping[str, Any] | None = None) -> None:
        """Make the stage folders in `candidate` the working set, `current_yaml` the content of current.yaml.

        Files at the top of the working set (DVC's .gitignore) stay. `best`, where given, becomes optimize_best.json.
        Raises UserError when the working set or current.yaml is not the incumbent's any more.
        """
        if entry.get("decision") != COMMIT:
            raise ValueError(f"a commit's entry has the decision {COMMIT}, found {entry.get('decision')}")
        if not contents(candidate):
            raise NovoskyError(f"{candidate}: expected the candidate's stage folders, found none")
        with self._preparing():
            self._check_unchanged()
            kept = [file for file in _top_files(self.places.train) if not (candidate / file.name).exists()]
            after = {
                **self._records(entry, best),
                CURRENT: prepare(self.places.current, lambda new: files.write(new, current_yaml.encode())),
                TRAIN: prepare(self.places.train, lambda new: _copy_all(candidate, new, kept)),
            }
            self._announce(after, entry)
        finish(self.places)

    def revert(self, entry: Entry) -> str:
        """Log the decision; put the incumbent back where something changed it meanwhile, and say so in words.

        What is found then is kept in a snapshot of its own before it goes.
        """
        if entry.get("decision") == COMMIT:
            raise ValueError(f"a revert's entry has another decision than {COMMIT}")
        words, after = "", dict[str, str | None]()
        with self._preparing():
            if changed := self._changed():
                found = take_snapshot(self.places)
                incumbent = read_snapshot(self.incumbent.folder)
                words = f"{' and '.join(changed)} changed since; kept in {found.folder}, {incumbent.folder} is put back"
                after = {
                    TRAIN: prepare(self.places.train, lambda new: _copy_all(incumbent.folder / TRAIN, new, ())),
                    CURRENT: prepare(self.places.current, lambda new: _copy_one(incumbent.folder / CURRENT, new)),
                }
            self._announce({**after, **self._records(entry, None)}, entry)
        finish(self.places)
        return words

    def _changed(self) -> list[str]:
        """Which of working set and current.yaml are not the incumbent's any more."""
        now, then = hashes(self.places), {TRAIN: self.incumbent.train, CURRENT: self.incumbent.current}
        return [
            f"{target(self.places, name)} ({(then[name] or 'nothing')[:12]} then, {(now[name] or 'nothing')[:12]} now)"
            for name in then
            if now[name] != then[name]
        ]

    def _check_unchanged(self) -> None:
        if changed := self._changed():
            raise UserError(
                f"{' and '.join(changed)}: changed since the iteration began, so the candidate was judged against "
                "another; what is there stays: run the loop again, with nothing else training here"
            )

    def _records(self, entry: Entry, best: Mapping[str, Any] | None) -> dict[str, str | None]:
        log = log_with(self.places.log, entry)
        after = {LOG: prepare(self.places.log, lambda new: files.write(new, log))}
        if best is not None:
            after[BEST] = prepare(self.places.best, lambda new: files.write(new, as_json(best)))
        return after

    def _announce(self, after: Mapping[str, str | None], entry: Entry) -> None:
        """From here on the new state is what stands."""
        self._lock.confirm()
        targets = {
            name: {"before": content_hash(target(self.places, name)), "after": after[name]}
            for name in ROLES
            if name in after
        }
        about = {"decision": entry["decision"], "iteration": entry["iteration"], "targets": targets}
        append_step(self.places.journal, PREPARED, about)

    @contextmanager
    def _preparing(self) -> Iterator[None]:
        """What fails in here changed nothing that anybody reads; the rest of it is removed where the disk lets us."""
        self._lock.confirm()
        try:
            yield
        except Exception as error:
            is_old = not self._lock.is_held or given_up(self.places, type(error).__name__)
            if isinstance(error, OSError):
                raise told(error, _FREE if is_old else GO_ON) from error
            raise


def begin(places: Places, lock: Lock, name: str) -> Transaction:
    """Keep what stands in a snapshot and note in the journal that `name` (a loop's iteration) began.

    Raises NovoskyError when an earlier transaction was left open: `recover` comes first.
    """
    lock.confirm()
    for path in (places.train, places.current):
        if path.is_symlink() or os.path.ismount(path):
            raise UserError(f"{path}: expected a plain file or folder, found a link or a mount: it cannot be replaced")
    read_log(places.log)
    if opened := read_journal(places.journal).open:
        raise NovoskyError(f"{places.journal}: {opened[0].facts['name']} is still open; recover first")
    with telling(_FREE):
        files.make_folder(places.folder)
        files.force_folder(places.folder.parent)
        for left in sorted(places.train.glob(".*.old")):
            restore(places.train / left.name[1 : -len(".old")])
        incumbent = take_snapshot(places)
        append_step(places.journal, BEGIN, {"name": name, "incumbent": incumbent.tag, **hashes(places)})
    return Transaction(places, lock, incumbent)


def _top_files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if path.is_file()) if folder.is_dir() else []


def _copy_all(source: Path, target: Path, more: Sequence[Path]) -> None:
    """The folder's files and `more` at its top; DataError when they do not read back as they were."""
    files.make_folder(target)
    found = {source / name: name for name in contents(source)} | {file: file.name for file in more}
    for file, name in found.items():
        files.copy(file, target / name)
    expected = {name: file_hash(file) for file, name in found.items()}
    for name, digest in contents(target).items():
        if digest != expected[name]:
            raise DataError(
                f"{target / name}: read back as {digest}, copied from {expected[name]}; the disk may be failing"
            )


def _copy_one(source: Path, target: Path) -> None:
    if source.exists():
        files.copy(source, target)
