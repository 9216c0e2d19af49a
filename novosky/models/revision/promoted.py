"""The set that trades: the pointer, its record, and the folder, each held against the next before anything is read."""

from __future__ import annotations

import json
from pathlib import Path
from typing import NamedTuple

from novosky.config.fingerprint import fingerprint
from novosky.config.schema import Config
from novosky.disk.text import as_json
from novosky.errors import ModelCompatibilityError, WindowError
from novosky.models.revision.places import RevisionPlaces, revision_places
from novosky.models.revision.record import TAG, FileFacts, Record, facts_of, read_record

SCHEMA_VERSION = 1
WORKING, PROMOTED = "working", "promoted"


class Pointer(NamedTuple):
    """Which revision trades, and the seal of its record."""

    tag: str
    seal: str


def pointer_bytes(record: Record) -> bytes:
    """The pointer to a revision."""
    return as_json({"schema_version": SCHEMA_VERSION, "revision": record.tag, "record": record.seal})


def read_pointer(places: RevisionPlaces) -> Pointer | None:
    """None where nothing was promoted or pulled yet; ModelCompatibilityError for a pointer that names nothing."""
    if not places.pointer.exists():
        return None
    try:
        content = json.loads(places.pointer.read_bytes())
        pointer = Pointer(content["revision"], content["record"])
        if content["schema_version"] != SCHEMA_VERSION or TAG.fullmatch(pointer.tag) is None:
            raise ValueError(f"schema_version {content['schema_version']}, revision {pointer.tag}")
    except (ValueError, KeyError, TypeError) as error:
        raise ModelCompatibilityError(
            f"{places.pointer}: expected the name of a revision, found something else ({error}); choose one: run.py "
            "mode=pull revision=TAG"
        ) from error
    return pointer


def promoted(places: RevisionPlaces) -> Record:
    """The record of the revision that trades, once its folder is found to hold exactly these files.

    Raises ModelCompatibilityError where nothing is promoted, or pointer, record and folder are not of one revision.
    """
    pointer = read_pointer(places)
    if pointer is None:
        raise ModelCompatibilityError(
            f"{places.pointer}: no revision is promoted here; run.py mode=promote makes one, run.py mode=pull "
            "revision=TAG fetches one"
        )
    again = f"dvc checkout, or run.py mode=pull revision={pointer.tag}"
    file = places.record(pointer.tag)
    if not file.is_file():
        raise ModelCompatibilityError(
            f"{places.pointer} names {pointer.tag}, but git has no {file}: {places.models} is another commit's: dvc "
            "checkout, or check out the commit that has it"
        )
    record = read_record(file)
    if record.seal != pointer.seal:
        raise ModelCompatibilityError(
            f"{file}: another record of {pointer.tag} than {places.pointer} was set to ({record.seal[:12]} here, "
            f"{pointer.seal[:12]} there); {again}"
        )
    check_folder(places.folder(record.tag), record, again)
    return record


def check_folder(folder: Path, record: Record, mend: str) -> None:
    """Raises ModelCompatibilityError naming the first file that is missing, foreign or changed."""
    found = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if not path.is_dir())
    for name in sorted({*found, *record.files}):
        path, expected = folder / name, record.files.get(name)
        if expected is None:
            raise ModelCompatibilityError(f"{path}: not part of revision {record.tag}; remove it, or {mend}")
        if not path.is_file():
            raise ModelCompatibilityError(
                f"{path}: missing, revision {record.tag} has it (sha256 {expected.sha256[:12]}); {mend}"
            )
        check_content(path, path.read_bytes(), expected, mend)


def check_content(where: object, content: bytes, expected: FileFacts, mend: str) -> None:
    """Raises ModelCompatibilityError where `content` is not what the record says."""
    found = facts_of(content)
    if found != expected:
        raise ModelCompatibilityError(
            f"{where}: edited or damaged: the record says sha256 {expected.sha256[:12]} ({expected.bytes} bytes), "
            f"found {found.sha256[:12]} ({found.bytes} bytes); {mend}"
        )


def check_settings_promoted(config: Config, record: Record) -> None:
    """Raises WindowError where the settings that decide are not those that were promoted.

    The bars may be newer, and account, broker and profile are the trader's choice.
    """
    now, then = fingerprint(config).parts, record.facts["fingerprints"]
    free = {"account", "broker", "data", "profile"}
    if config.compare_stages:
        raise WindowError("window=holdout: compare_stages=true would judge other sets than the promoted; leave it away")
    other = sorted(name for name in now if name not in free and now[name] != then.get(name))
    if other:
        raise WindowError(
            f"window=holdout: {record.tag} was promoted with other settings of {', '.join(other)}; holdout never "
            "decides between settings: set them back (experiment=current), or judge on window=sweep"
        )


def models_root(config: Config) -> Path:
    """The folder of the set that `models=` names: working, promoted (verified here), or a path."""
    if config.models == WORKING:
        return Path(config.paths.train)
    if config.models == PROMOTED:
        places = revision_places(config)
        return places.folder(promoted(places).tag)
    return Path(config.models)
