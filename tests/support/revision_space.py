"""A folder with random sets as revisions: files by hash in a remote, records, and what moves the pointer."""

from __future__ import annotations

import shutil
from pathlib import Path

from novosky.disk.lock import Lock
from novosky.models.revision.move import move
from novosky.models.revision.places import WORK, RevisionPlaces
from novosky.models.revision.pull import pull
from novosky.models.revision.record import Record, facts_of, files_in, made_record
from novosky.models.revision.remote import FolderRemote, Remote
from support.kept_sets import write_set

FIRST, SECOND = "v20260131-p3", "v20260131-p3.2"


class RevisionSpace:
    """`promote` and `pull` as the modes do them, but for what a set's own check says."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.places = RevisionPlaces(root / "models", root / "revisions")
        self.remote = root / "remote"
        self.remote.mkdir(parents=True)

    def record(self, tag: str) -> Record:
        """A set of its own, sent to the remote."""
        folder = self.root / f"set-{tag}"
        if not folder.exists():
            write_set(folder, sum(map(ord, tag)))
            for file in (path for path in folder.rglob("*") if path.is_file()):
                self.object(facts_of(file.read_bytes()).md5).parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(file, self.object(facts_of(file.read_bytes()).md5))
        return made_record(tag, files_in(folder), {"models": tag})

    def object(self, md5: str) -> Path:
        """Where a DVC remote keeps a file."""
        return self.remote / "files" / "md5" / md5[:2] / md5[2:]

    def promote(self, tag: str) -> Record:
        """The set of this tag trades."""
        record = self.record(tag)
        with Lock(self.places.lock, WORK) as lock:
            source = self.root / f"set-{tag}"
            move(
                self.places,
                lock,
                record,
                lambda folder: _copied(source, folder),
                lambda _folder: None,
            )
        return record

    def pull(self, record: Record, remote: Remote | None = None) -> int:
        """From the remote, where its files are not here."""
        with Lock(self.places.lock, WORK) as lock:
            source = remote or FolderRemote(self.remote)
            return pull(self.places, lock, record, lambda: source, lambda _folder, _record: None, lambda *_: None)

    def standing(self) -> dict[str, bytes]:
        """Every file that anybody reads."""
        folders = (self.places.models, self.places.records)
        found = [file for folder in folders for file in sorted(folder.rglob("*")) if file.is_file()]
        return {str(file.relative_to(self.root)): file.read_bytes() for file in found}


def _copied(source: Path, target: Path) -> None:
    shutil.copytree(source, target, dirs_exist_ok=True)
