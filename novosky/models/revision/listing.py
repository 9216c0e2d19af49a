"""All revisions that git knows: which trades, whose files are here, what was known when they were promoted."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from novosky.errors import UserError
from novosky.models.revision.places import RevisionPlaces
from novosky.models.revision.promoted import check_folder, read_pointer
from novosky.models.revision.record import TAG, Record, read_record

HERE, ELSEWHERE, DAMAGED = "yes", "no", "damaged"


class Listed(NamedTuple):
    """A revision; `record` is None where it cannot be read, and `wrong` says why or what is wrong with its files."""

    tag: str
    record: Record | None
    is_current: bool
    files: str
    wrong: str


def tags_in(records: Path) -> list[str]:
    """Tags of the records in a folder, the oldest first."""
    found = [file.stem for file in records.glob("v*.json")] if records.is_dir() else []
    return sorted((tag for tag in found if TAG.fullmatch(tag)), key=_age)


def revisions(places: RevisionPlaces) -> list[Listed]:
    """Each revision with every file held against its record, the oldest first."""
    pointer = read_pointer(places)
    return [_listed(places, tag, pointer is not None and pointer.tag == tag) for tag in tags_in(places.records)]


def next_tag(day: str, profile: int, taken: set[str]) -> str:
    """`v20260131-p3` for the day `20260131`; the second of a day and profile is `v20260131-p3.2`."""
    first = f"v{day}-p{profile}"
    numbers = (tag for tag in (first, *(f"{first}.{number}" for number in range(2, 10_000))) if tag not in taken)
    return next(numbers)


def _listed(places: RevisionPlaces, tag: str, is_current: bool) -> Listed:
    folder = places.folder(tag)
    try:
        record = read_record(places.record(tag))
    except UserError as error:
        return Listed(tag, None, is_current, HERE if folder.is_dir() else ELSEWHERE, str(error))
    if not folder.is_dir():
        return Listed(tag, record, is_current, ELSEWHERE, "")
    try:
        check_folder(folder, record, f"run.py mode=pull revision={tag}")
    except UserError as error:
        return Listed(tag, record, is_current, DAMAGED, str(error))
    return Listed(tag, record, is_current, HERE, "")


def _age(tag: str) -> tuple[str, int, int]:
    match = TAG.fullmatch(tag)
    assert match is not None
    return match[1], int(match[2]), int(match[3] or 1)
