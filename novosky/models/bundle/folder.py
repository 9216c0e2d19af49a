"""A folder that is replaced as a whole: a crash at any instruction leaves the old one or the new one.

Beside `signal/` there may lie `.signal.new` (being written) and `.signal.old` (moved aside). The old folder is moved
away, the new one moved in, the old one deleted; `restore` settles whatever a crash between these steps left.
"""

from __future__ import annotations

import logging
import os
import shutil
from collections.abc import Callable
from pathlib import Path

_log = logging.getLogger(__name__)


def replace_folder(target: Path, write: Callable[[Path], None]) -> None:
    """Let `write` fill a new folder, force it to disk, then put it in the place of `target`."""
    restore(target)
    new, old = _beside(target)
    shutil.rmtree(new, ignore_errors=True)
    shutil.rmtree(old, ignore_errors=True)
    new.mkdir(parents=True)
    write(new)
    for file in new.iterdir():
        _force_to_disk(file)
    _force_to_disk(new)
    if target.exists():
        target.rename(old)
    new.rename(target)
    _force_to_disk(target.parent)
    shutil.rmtree(old, ignore_errors=True)


def restore(target: Path) -> None:
    """Put back the old folder when a crash fell between moving it away and moving the new one in."""
    _, old = _beside(target)
    if not target.exists() and old.exists():
        old.rename(target)
        _log.warning("%s: an interrupted write was found; the models from before it were put back", target)


def is_moved_aside(target: Path) -> bool:
    """Whether the folder is just being replaced, or was when a crash came."""
    return not target.exists() and _beside(target)[1].exists()


def _beside(target: Path) -> tuple[Path, Path]:
    return target.with_name(f".{target.name}.new"), target.with_name(f".{target.name}.old")


def _force_to_disk(path: Path) -> None:
    """fsync; folders cannot be opened for it on Windows, where the rename is journalled anyway."""
    if path.is_dir() and os.name == "nt":
        return
    handle = os.open(path, os.O_RDWR if os.name == "nt" else os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
