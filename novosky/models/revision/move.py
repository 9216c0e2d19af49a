"""A revision is put in place as a whole: folder, record, pointer; a crash at any instruction leaves the old or the new.

The folder is made complete beside `models`, forced to disk and verified. Then one rename puts the intent there, which
holds record and pointer: before it the old state stands, from it on the next start goes on. Nothing that anybody reads
changes before the pointer does, which is one rename again.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from novosky.disk import files
from novosky.disk.lock import Lock
from novosky.disk.text import as_json
from novosky.errors import DataError, NovoskyError, UserError
from novosky.models.revision.places import RevisionPlaces
from novosky.models.revision.promoted import check_folder, pointer_bytes
from novosky.models.revision.record import Record, record_bytes

OLD = "what stood stands: mend that (free some space) and run again"
GO_ON = "the revision is complete on disk: mend that and run again, the next start goes on with it"
_AGAIN = "run it again"


def settle(places: RevisionPlaces, lock: Lock) -> str:
    """Go on with an interrupted move, or remove what is left of it, and say which; empty when all was settled."""
    lock.confirm()
    with _telling(GO_ON):
        if places.intent.exists():
            tag = _go_on(places)
            return f"{tag}: a move was interrupted when all of it was ready; it is done now"
        return "leftovers of an interrupted promote or pull were removed" if _tidy(places) else ""


def move(
    places: RevisionPlaces,
    lock: Lock,
    record: Record,
    fill: Callable[[Path], None] | None,
    check: Callable[[Path], None],
) -> None:
    """Make `record` the revision that trades.

    `fill` writes its folder, None where `models` holds it already; `check` may refuse the folder by raising. The
    record is written where git does not have it yet. Whatever is raised before the intent stands changes nothing.
    """
    settle(places, lock)
    for path in (places.models, places.records):
        if path.is_symlink():
            raise UserError(f"{path}: expected a plain folder, found a link: its content cannot be replaced safely")
    try:
        with _telling(OLD):
            _prepare(places, record, fill, check)
            lock.confirm()
            files.rename(places.moving / "intent.new", places.intent)
            files.force_folder(places.moving)
    except BaseException:
        if lock.is_held and not places.intent.exists():
            _try_to_tidy(places)
        raise
    with _telling(GO_ON):
        _go_on(places)


def _prepare(
    places: RevisionPlaces, record: Record, fill: Callable[[Path], None] | None, check: Callable[[Path], None]
) -> None:
    files.make_folder(places.models)
    files.make_folder(places.records)
    folder = places.folder(record.tag)
    if fill is not None:
        folder = places.following
        files.make_folder(folder)
        fill(folder)
        files.force_folders(folder)
    check_folder(folder, record, _AGAIN)
    check(folder)
    content = {"revision": record.tag, "has_folder": fill is not None}
    parts = {"record": record_bytes(record), "pointer": pointer_bytes(record)}
    text = {name: base64.b64encode(part).decode() for name, part in parts.items()}
    files.write(places.moving / "intent.new", as_json(content | text))
    for path in (places.moving, places.models.absolute().parent, places.records.absolute().parent):
        files.force_folder(path)


def _go_on(places: RevisionPlaces) -> str:
    """From the intent to the end; doing it again does nothing more."""
    intent = json.loads(places.intent.read_bytes())
    tag = str(intent["revision"])
    target = places.folder(tag)
    if intent["has_folder"] and places.following.exists():
        if target.exists():
            files.remove(places.former)
            files.rename(target, places.former)
        files.rename(places.following, target)
        files.force_folder(places.models)
    if not target.is_dir():
        raise DataError(f"{target}: expected the revision that is being put there, found nothing; bring it back")
    record, pointer = (base64.b64decode(intent[name]) for name in ("record", "pointer"))
    if not _same(places.record(tag), record):
        _replace(places.record(tag), record, places.records / f".{tag}.json.new")
    _replace(places.pointer, pointer, places.moving / "pointer.json")
    files.unlink(places.intent)
    files.force_folder(places.moving)
    _tidy(places)
    return tag


def _same(file: Path, content: bytes) -> bool:
    """Whatever line ends git gave it."""
    return file.is_file() and file.read_bytes().replace(b"\r\n", b"\n") == content


def _replace(target: Path, content: bytes, beside: Path) -> None:
    files.write(beside, content)
    files.rename(beside, target)
    files.force_folder(target.parent)


def _tidy(places: RevisionPlaces) -> bool:
    names = ("next", "former", "intent.new", "pointer.json")
    left = [path for path in (places.moving / name for name in names) if path.exists()]
    left += places.records.glob(".v*.json.new") if places.records.is_dir() else []
    for path in left:
        files.remove(path)
    return bool(left)


def _try_to_tidy(places: RevisionPlaces) -> None:
    """After an error that will be told; the next start does what the disk does not let us do now."""
    with suppress(OSError):
        _tidy(places)


@contextmanager
def _telling(mend: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise NovoskyError(f"{error.filename}: {error.strerror}; {mend}") from error
