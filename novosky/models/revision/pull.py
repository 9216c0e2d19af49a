"""Fetch a revision: every file by its hash, held against the record in git, before the pointer moves."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from novosky.disk import files
from novosky.disk.lock import Lock
from novosky.errors import ModelCompatibilityError
from novosky.features.build import feature_hash
from novosky.models.bundle.bundle import load_bundle
from novosky.models.revision.move import move
from novosky.models.revision.places import RevisionPlaces
from novosky.models.revision.promoted import check_content, check_folder
from novosky.models.revision.record import Record
from novosky.models.revision.remote import Remote

OpenRemote = Callable[[], Remote]
Progress = Callable[[str, float], None]


def is_whole(places: RevisionPlaces, record: Record) -> bool:
    """Whether the revision's folder is here, exactly as the record says."""
    try:
        check_folder(places.folder(record.tag), record, "")
    except ModelCompatibilityError:
        return False
    return True


def pull(
    places: RevisionPlaces,
    lock: Lock,
    record: Record,
    open_remote: OpenRemote,
    check: Callable[[Path, Record], None],
    progress: Progress,
) -> int:
    """Make `record` the revision that trades and give the number of files that were fetched; 0 where all were here.

    A file that does not come, or is not what the record says, changes nothing: DataError or ModelCompatibilityError.
    """
    if is_whole(places, record):
        move(places, lock, record, None, lambda folder: check(folder, record))
        return 0
    remote = open_remote()

    def fill(folder: Path) -> None:
        for number, (name, facts) in enumerate(sorted(record.files.items())):
            progress(name, number / len(record.files))
            content = remote.read(facts.md5)
            where = f"{name} of {record.tag} as {remote.where} has it"
            check_content(where, content, facts, "nothing was changed: send it there again (dvc push)")
            files.make_folder((folder / name).parent)
            files.write(folder / name, content)

    move(places, lock, record, fill, lambda folder: check(folder, record))
    return len(record.files)


def check_models(folder: Path, record: Record) -> None:
    """The set loads here: links, features by this version's code, golden rows by this machine's libraries."""
    names = record.facts["features"]
    bundle = load_bundle(folder, record.facts["stages"], names, feature_hash(names))
    if bundle.name != record.facts["models"]:
        raise ModelCompatibilityError(
            f"{folder}: expected the set {record.facts['models'][:12]} of {record.tag}, found {bundle.name[:12]}"
        )
