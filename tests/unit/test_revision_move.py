"""Promote and pull on random sets: what moves, what is refused, and that a refusal changes nothing."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from novosky.disk.lock import Lock
from novosky.errors import DataError, ModelCompatibilityError, UserError
from novosky.models.revision.listing import revisions
from novosky.models.revision.places import WORK
from novosky.models.revision.promoted import promoted
from support.revision_space import FIRST, SECOND, RevisionSpace


@pytest.fixture
def space(tmp_path: Path) -> RevisionSpace:
    """Two revisions, of which the second trades."""
    made = RevisionSpace(tmp_path)
    made.promote(FIRST)
    made.promote(SECOND)
    return made


def test_there_and_back(space: RevisionSpace) -> None:
    first, second = space.record(FIRST), space.record(SECOND)
    assert promoted(space.places) == second
    assert space.pull(first) == 0, "its files are here"
    assert promoted(space.places) == first
    shutil.rmtree(space.places.folder(SECOND))
    assert [(one.tag, one.is_current, one.files) for one in revisions(space.places)] == [
        (FIRST, True, "yes"),
        (SECOND, False, "no"),
    ]
    assert space.pull(second) == len(second.files)
    assert promoted(space.places) == second


def flip(file: Path) -> None:
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.chmod(0o644)
    file.write_bytes(content)


@pytest.mark.parametrize("damage", ["flipped", "cut", "missing"])
def test_a_bad_download_changes_nothing(space: RevisionSpace, damage: str) -> None:
    first = space.record(FIRST)
    shutil.rmtree(space.places.folder(FIRST))
    before = space.standing()
    for name, facts in first.files.items():
        file = space.object(facts.md5)
        whole = file.read_bytes()
        if damage == "flipped":
            flip(file)
        elif damage == "cut":
            file.write_bytes(whole[:-1])
        else:
            file.unlink()
        with pytest.raises(UserError, match=r"dvc push") as refusal:
            space.pull(first)
        assert isinstance(refusal.value, DataError if damage == "missing" else ModelCompatibilityError)
        assert name in str(refusal.value) or facts.md5[2:] in str(refusal.value)
        assert space.standing() == before
        assert [path.name for path in space.places.moving.iterdir()] == [".lock.json.turn"]
        file.write_bytes(whole)
    assert space.pull(first) == len(first.files)


def test_a_damaged_folder_is_refused_and_pulled_anew(space: RevisionSpace) -> None:
    second = space.record(SECOND)
    folder = space.places.folder(SECOND)
    wrong = {
        "edited or damaged": lambda: flip(folder / "signal" / "trees.npz"),
        "missing, revision": (folder / "risk" / "manifest.json").unlink,
        "not part of revision": (folder / "sltp" / "extra.npz").touch,
        "not part of revision ": lambda: (folder / "more").write_text("more"),
    }
    for words, damage in wrong.items():
        damage()
        with pytest.raises(ModelCompatibilityError, match=f"{words}.*run.py mode=pull revision={SECOND}"):
            promoted(space.places)
        assert revisions(space.places)[1].files == "damaged"
        assert space.pull(second) == len(second.files)
        assert promoted(space.places) == second


def test_pointer_record_and_folder_of_one_revision(space: RevisionSpace) -> None:
    space.places.record(SECOND).unlink()
    with pytest.raises(ModelCompatibilityError, match=r"names v20260131-p3.2, but git has no .* dvc checkout"):
        promoted(space.places)
    space.places.pointer.write_text("{}")
    with pytest.raises(ModelCompatibilityError, match="expected the name of a revision, found something else"):
        promoted(space.places)
    space.places.pointer.unlink()
    with pytest.raises(ModelCompatibilityError, match="no revision is promoted here"):
        promoted(space.places)


def test_one_at_a_time(space: RevisionSpace) -> None:
    before = space.standing()
    with Lock(space.places.lock, WORK), pytest.raises(UserError, match="one promote or pull at a time works here"):
        space.promote("v20260207-p1")
    space.record("v20260207-p1")
    assert space.standing() == before


@pytest.mark.skipif(os.name == "nt", reason="links need rights there")
def test_a_link_is_not_replaced(space: RevisionSpace, tmp_path: Path) -> None:
    space.places.models.rename(tmp_path / "elsewhere")
    space.places.models.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(UserError, match="expected a plain folder, found a link"):
        space.promote("v20260207-p1")
