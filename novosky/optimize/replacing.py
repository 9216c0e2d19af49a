"""A file or a folder that gets a new content: complete beside the old one first, then put in its place.

Beside `train` there may lie `.train.new` (the next) and `.train.old` (the one before, moved aside). Between moving one
away and the other in there is no `train`, never half of one.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from novosky.disk import files
from novosky.errors import DataError
from novosky.optimize.places import content_hash


def next_of(target: Path) -> Path:
    """Where the next content waits, on the same disk."""
    return target.with_name(f".{target.name}.new")


def former_of(target: Path) -> Path:
    """Where a folder's content goes before the next one moves in."""
    return target.with_name(f".{target.name}.old")


def prepare(target: Path, fill: Callable[[Path], None]) -> str | None:
    """Let `fill` write the next content, force it to disk and return its hash; None of an empty one."""
    tidy(target)
    following = next_of(target)
    files.make_folder(target.parent)
    fill(following)
    if following.is_dir():
        files.force_folders(following)
    files.force_folder(target.parent)
    return content_hash(following)


def install(target: Path, before: str | None, after: str | None) -> None:
    """Put the next content in its place, from wherever an earlier attempt was interrupted; doing it again does nothing.

    Raises DataError, with nothing changed, where neither the old nor the new content is what it was.
    """
    found, following, former = content_hash(target), next_of(target), former_of(target)
    if found != after:
        waiting = content_hash(following)
        if found not in (before, None):  # None: it was just moved aside
            raise DataError(
                f"{target}: expected what was there before the commit ({_short(before)}) or what it puts there "
                f"({_short(after)}), found {_short(found)}: changed since the commit was interrupted; nothing was "
                f"lost: move it away and run again, then {_short(after)} is put there"
            )
        if waiting != after:
            raise DataError(
                f"{following}: expected the new content {_short(after)}, found {_short(waiting)}; bring it back"
            )
        if target.is_dir():
            files.rename(target, former)
        if following.exists():
            files.rename(following, target)
        else:
            files.unlink(target)
    files.force_folder(target.parent)
    if (found := content_hash(target)) != after:
        raise DataError(f"{target}: read back as {_short(found)}, written as {_short(after)}; the disk may be failing")


def tidy(target: Path) -> bool:
    """Remove what lies beside, once the target is what it should be; a missing target gets its old content back."""
    following, former = next_of(target), former_of(target)
    left = [path for path in (following, former) if path.exists()]
    if former.exists() and not target.exists():
        files.rename(former, target)
    for path in left:
        files.remove(path)
    if left:
        files.force_folder(target.parent)
    return bool(left)


def _short(digest: str | None) -> str:
    return digest[:12] if digest else "nothing"
