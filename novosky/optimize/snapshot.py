"""Snapshots of what stands: the working set and current.yaml in a folder that is named after their content.

`_snapshot_<tag>/` holds `train/`, `current.yaml` and `snapshot.json` with the sha256 of every file; the tag is the
beginning of the hash over all of them, so that the same state is kept once.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, NamedTuple

from novosky.disk import files
from novosky.disk.text import as_json
from novosky.errors import DataError
from novosky.optimize.places import Contents, Places, contents, file_hash, name_of

SCHEMA_VERSION = 1
MANIFEST, TRAIN, CURRENT = "snapshot.json", "train", "current.yaml"
PREFIX, UNFINISHED = "_snapshot_", ".unfinished_snapshot_"
_TAG_LENGTH = 16


class Snapshot(NamedTuple):
    """A state that can be put back; `train` and `current` are its hashes, None where there was nothing."""

    folder: Path
    tag: str
    train: str | None
    current: str | None


def take_snapshot(places: Places) -> Snapshot:
    """Keep what stands now; the same content is not written twice, but what lies there is verified.

    The folder appears whole, or not at all. Raises DataError for one whose files are not what its name says.
    """
    now = _found(places.train, places.current)
    tag = name_of(now)[:_TAG_LENGTH]
    folder = places.folder / f"{PREFIX}{tag}"
    if not folder.exists():
        unfinished = places.folder / f"{UNFINISHED}{tag}"
        files.remove(unfinished)
        files.make_folder(unfinished)
        for name in now:
            source = places.current if name == CURRENT else places.train / name.removeprefix(f"{TRAIN}/")
            files.copy(source, unfinished / name)
        files.write(unfinished / MANIFEST, as_json({"schema_version": SCHEMA_VERSION, "files": now}))
        files.force_folders(unfinished)
        files.rename(unfinished, folder)
        files.force_folder(places.folder)
    return read_snapshot(folder)


def read_snapshot(folder: Path) -> Snapshot:
    """A snapshot, every file of it verified; DataError names the file that is missing, foreign or changed."""
    mend = "nothing was changed; remove the folder when it is not needed, or bring the file back"
    manifest = folder / MANIFEST
    try:
        about: dict[str, Any] = json.loads(manifest.read_bytes())
        schema, expected = about["schema_version"], dict(about["files"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DataError(f"{manifest}: expected the list of a snapshot's files, found {error!r}; {mend}") from error
    if schema != SCHEMA_VERSION:
        raise DataError(f"{manifest}: expected schema_version {SCHEMA_VERSION}, found {schema}; use that version here")
    tag = folder.name.removeprefix(PREFIX)
    if name_of(expected)[:_TAG_LENGTH] != tag:
        raise DataError(f"{manifest}: edited: its files' hash is {name_of(expected)[:_TAG_LENGTH]}, not {tag}; {mend}")
    found = _found(folder / TRAIN, folder / CURRENT)
    for name in sorted(expected.keys() | found.keys()):
        if found.get(name) != expected.get(name):
            raise DataError(
                f"{folder / name}: snapshot with a wrong hash: expected {expected.get(name, 'no such file')}, found "
                f"{found.get(name, 'no such file')}; {mend}"
            )
    train = {name.removeprefix(f"{TRAIN}/"): digest for name, digest in expected.items() if name != CURRENT}
    return Snapshot(folder, tag, name_of(train) if train else None, expected.get(CURRENT))


def _found(train: Path, current: Path) -> Contents:
    found = {f"{TRAIN}/{name}": digest for name, digest in contents(train).items()}
    return {**found, CURRENT: file_hash(current)} if current.exists() else found
