"""The record of a revision: every file by hash, and what is known of the set; it lies in git and is never changed.

`seal` is the sha256 over the sorted content, not over the bytes of the file, which git may give other line ends.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from novosky.errors import DataError

SCHEMA_VERSION = 1
TAG = re.compile(r"v(\d{8})-p([1-5])(?:\.(\d+))?")
_PART = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*")
_MEND = "bring it back: git checkout -- {file}"


class FileFacts(NamedTuple):
    """A file: sha256 proves it, md5 is the name that a DVC remote gives it."""

    sha256: str
    md5: str
    bytes: int


@dataclass(frozen=True)
class Record:
    """`files` by path inside the revision's folder, / between the parts; `facts` as promote wrote them."""

    tag: str
    files: Mapping[str, FileFacts]
    facts: Mapping[str, Any]
    seal: str


def made_record(tag: str, files: Mapping[str, FileFacts], facts: Mapping[str, Any]) -> Record:
    """A new one; `facts` JSON-ready."""
    return Record(tag, files, facts, _seal(_content(tag, files, facts)))


def record_bytes(record: Record) -> bytes:
    """As it lies in git."""
    content = {**_content(record.tag, record.files, record.facts), "seal": record.seal}
    return (json.dumps(content, sort_keys=True, indent=1, allow_nan=False) + "\n").encode()


def read_record(file: Path) -> Record:
    """Raises DataError for a record that is missing, edited, or names a file outside its folder."""
    if not file.is_file():
        raise DataError(f"{file}: no such revision is known here; run.py mode=revisions lists those that are")
    mend = _MEND.format(file=file)
    try:
        content = json.loads(file.read_bytes())
        seal = content.pop("seal")
        if content["schema_version"] != SCHEMA_VERSION:
            raise DataError(
                f"{file}: expected schema_version {SCHEMA_VERSION}, found {content['schema_version']}; update"
            )
        files = {name: FileFacts(**facts) for name, facts in content["files"].items()}
        record = Record(content["revision"], files, content["facts"], seal)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise DataError(f"{file}: expected the record of a revision, found something else ({error}); {mend}") from error
    if seal != (found := _seal(content)):
        raise DataError(f"{file}: edited: its seal says {seal[:12]}, its content has {found[:12]}; {mend}")
    if record.tag != file.stem or TAG.fullmatch(record.tag) is None:
        raise DataError(f"{file}: expected the record of {file.stem}, found that of {record.tag}; {mend}")
    if unsafe := [name for name in files if not all(_PART.fullmatch(part) for part in name.split("/"))]:
        raise DataError(f"{file}: {unsafe[0]!r} is no name of a file inside a revision; {mend}")
    return record


def files_in(folder: Path) -> dict[str, FileFacts]:
    """Every file below `folder`."""
    found = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): facts_of(path.read_bytes()) for path in found}


def facts_of(content: bytes) -> FileFacts:
    """Of a file's bytes."""
    md5 = hashlib.md5(content, usedforsecurity=False).hexdigest()
    return FileFacts(hashlib.sha256(content).hexdigest(), md5, len(content))


def _content(tag: str, files: Mapping[str, FileFacts], facts: Mapping[str, Any]) -> dict[str, Any]:
    listed = {name: file._asdict() for name, file in files.items()}
    return {"schema_version": SCHEMA_VERSION, "revision": tag, "files": listed, "facts": dict(facts)}


def _seal(content: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
