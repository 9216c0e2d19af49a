"""A set that is replaced while it is read is refused: its files are read one after another, and a mix may fit."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from novosky.errors import ModelCompatibilityError
from novosky.models.bundle.folder import is_moved_aside
from novosky.models.bundle.manifest import manifest_hash


@contextmanager
def read_as_one(root: Path, stages: Sequence[str]) -> Iterator[None]:
    """Read the stages of `root` in this block; ModelCompatibilityError when they are not the same ones at its end."""
    _check_there(root)
    before = _manifests(root, stages)
    try:
        yield
    except (ModelCompatibilityError, OSError):
        _check_same(root, stages, before)
        raise
    _check_same(root, stages, before)


def _check_same(root: Path, stages: Sequence[str], before: dict[str, str]) -> None:
    _check_there(root)
    if _manifests(root, stages) != before:
        raise ModelCompatibilityError(f"{root}: another set was put there while this one was read; run again")


def _check_there(root: Path) -> None:
    if is_moved_aside(root):
        raise ModelCompatibilityError(
            f"{root}: the set is being replaced just now, or a commit was interrupted there; run again, and when it "
            "stays so: run.py mode=optimize goes on with the commit"
        )


def _manifests(root: Path, stages: Sequence[str]) -> dict[str, str]:
    found = {}
    for name in stages:
        try:
            found[name] = manifest_hash(root / name)
        except OSError:  # not there, or not any more
            continue
    return found
