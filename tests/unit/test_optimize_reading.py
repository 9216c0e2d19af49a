"""A working set that is replaced while it is read is refused, wherever the replacement falls."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from novosky.errors import ModelCompatibilityError
from novosky.models.bundle.reading import read_as_one
from support.kept_sets import STAGES, write_set


def swap(root: Path) -> None:
    root.rename(root.with_name(".train.old"))
    write_set(root, 2)


def drop_risk(root: Path) -> None:
    shutil.rmtree(root / "risk")


def move_aside(root: Path) -> None:
    root.rename(root.with_name(".train.old"))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (swap, "another set was put there"),
        (drop_risk, "another set was put there"),
        (move_aside, "being replaced just"),
    ],
)
def test_a_change_while_reading(change: Callable[[Path], None], words: str, tmp_path: Path) -> None:
    root = tmp_path / "train"
    write_set(root, 1)
    with pytest.raises(ModelCompatibilityError, match=words), read_as_one(root, STAGES):
        change(root)


def test_what_else_is_wrong_is_told_as_it_is(tmp_path: Path) -> None:
    write_set(tmp_path / "train", 1)
    with pytest.raises(ModelCompatibilityError, match="edited"), read_as_one(tmp_path / "train", STAGES):
        raise ModelCompatibilityError("edited")


def test_a_mismatch_that_a_replacement_made_is_told_as_one(tmp_path: Path) -> None:
    write_set(tmp_path / "train", 1)
    reading = read_as_one(tmp_path / "train", STAGES)
    reading.__enter__()
    swap(tmp_path / "train")
    mismatch = ModelCompatibilityError("edited")
    with pytest.raises(ModelCompatibilityError, match="run again"):
        reading.__exit__(ModelCompatibilityError, mismatch, None)


def test_a_set_moved_aside_is_refused_with_the_mend(tmp_path: Path) -> None:
    write_set(tmp_path / ".train.old", 1)
    with (
        pytest.raises(ModelCompatibilityError, match=r"run.py mode=optimize goes on"),
        read_as_one(tmp_path / "train", STAGES),
    ):
        pass
