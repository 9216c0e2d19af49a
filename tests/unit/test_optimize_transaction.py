"""COMMIT, REVERT and what a start does with what it finds."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from novosky.disk import files
from novosky.disk.lock import Lock
from novosky.errors import DataError, NovoskyError, UserError
from novosky.optimize.journal import PREPARED, read_journal
from novosky.optimize.log import read_log
from novosky.optimize.places import Places, contents
from novosky.optimize.recovery import recover, unfinished
from novosky.optimize.snapshot import read_snapshot
from novosky.optimize.transaction import begin
from support.kept_sets import entry_of, places_in, standing, write_set


class Killed(BaseException):
    """Stands for SIGKILL: no handler of the code catches it."""


@pytest.fixture
def places(tmp_path: Path) -> Places:
    found = places_in(tmp_path)
    write_set(found.train, 0)
    (found.train / ".gitignore").write_text("/signal\n")
    found.current.parent.mkdir(parents=True)
    found.current.write_text("seed: 0\n")
    write_set(tmp_path / "candidate", 1)
    return found


@pytest.fixture
def lock(places: Places) -> Iterator[Lock]:
    with Lock(places.lock) as held:
        yield held


def commit(places: Places, lock: Lock, number: int = 1) -> None:
    candidate = places.train.parents[1] / "candidate"
    begin(places, lock, f"iteration {number}").commit(candidate, f"seed: {number}\n", entry_of(number), {"score": 2.0})


def killed_at(operation: str, name: str, places: Places, lock: Lock) -> None:
    """Commit until just before an operation on a path that ends with `name`."""

    def hook(moment: str, what: str, path: Path) -> None:
        if (moment, what) == ("before", operation) and path.name == name:
            raise Killed

    with pytest.raises(Killed), files.observed_by(hook):
        commit(places, lock)


def test_a_commit_changes_all_four_and_keeps_the_top_files(places: Places, lock: Lock, tmp_path: Path) -> None:
    commit(places, lock)
    assert contents(places.train) == {
        **contents(tmp_path / "candidate"),
        ".gitignore": contents(places.train)[".gitignore"],
    }
    assert places.current.read_text() == "seed: 1\n"
    assert read_log(places.log) == [entry_of(1)]
    assert json.loads(places.best.read_text()) == {"score": 2.0}
    assert recover(places, lock) == ""


def test_a_revert_logs_and_changes_nothing_else(places: Places, lock: Lock) -> None:
    commit(places, lock)
    before = standing(places.train.parents[1])
    assert begin(places, lock, "iteration 2").revert(entry_of(2, "REVERT")) == ""
    after = standing(places.train.parents[1])
    log = "outputs/optimize/optimize_log.json"
    assert {name: content for name, content in after.items() if name != log} == {
        name: content for name, content in before.items() if name != log
    }
    assert [entry["decision"] for entry in read_log(places.log)] == ["COMMIT", "REVERT"]


def test_a_revert_puts_a_changed_set_back_and_keeps_what_it_found(places: Places, lock: Lock) -> None:
    incumbent = contents(places.train)
    transaction = begin(places, lock, "iteration 1")
    (places.train / "signal" / "trees.npz").write_bytes(b"trained since")
    places.current.unlink()
    changed = contents(places.train)
    words = transaction.revert(entry_of(1, "REVERT"))
    assert contents(places.train) == incumbent
    assert places.current.read_text() == "seed: 0\n"
    found = next(folder for folder in places.folder.glob("_snapshot_*") if folder != transaction.incumbent.folder)
    assert str(found) in words
    assert contents(found / "train") == changed


def test_a_revert_to_nothing_leaves_nothing(tmp_path: Path) -> None:
    places = places_in(tmp_path)
    with Lock(places.lock) as lock:
        transaction = begin(places, lock, "iteration 1")
        write_set(places.train, 1)
        places.current.parent.mkdir(parents=True)
        places.current.write_text("seed: 1\n")
        transaction.revert(entry_of(1, "REVERT"))
        assert contents(places.train) == {}
        assert not places.current.exists()
        assert recover(places, lock) == ""


def test_a_commit_over_a_set_that_changed_meanwhile_is_refused(places: Places, lock: Lock, tmp_path: Path) -> None:
    transaction = begin(places, lock, "iteration 1")
    (places.train / "risk" / "trees.npz").write_bytes(b"trained since")
    before = standing(tmp_path)
    with pytest.raises(UserError, match=r"outputs/train .* changed since the iteration began"):
        transaction.commit(tmp_path / "candidate", "seed: 1\n", entry_of(1))
    assert standing(tmp_path) == before
    assert recover(places, lock) == ""


@pytest.mark.parametrize(
    ("operation", "name", "words"),
    [
        ("write", "trees.npz", "leftovers of an interrupted step were removed"),  # of the snapshot
        ("mkdir", ".train.new", "iteration 1: interrupted before a decision was ready; rolled back: what stood"),
    ],
)
def test_a_kill_while_it_is_prepared_is_rolled_back(
    operation: str, name: str, words: str, places: Places, lock: Lock, tmp_path: Path
) -> None:
    before = standing(tmp_path)
    killed_at(operation, name, places, lock)
    assert recover(places, lock).startswith(words)
    assert standing(tmp_path) == before
    assert recover(places, lock) == ""


@pytest.mark.parametrize(
    ("operation", "name"), [("rename", ".train.old"), ("rename", "train"), ("rename", "optimize_log.json")]
)
def test_a_kill_after_all_is_ready_goes_on(
    operation: str, name: str, places: Places, lock: Lock, tmp_path: Path
) -> None:
    killed_at(operation, name, places, lock)
    assert "COMMIT is being put in place" in unfinished(places)
    with pytest.raises(NovoskyError, match="iteration 1 is still open; recover first"):
        begin(places, lock, "iteration 2")
    assert recover(places, lock) == "iteration 1: COMMIT was interrupted when all of it was ready; it is done now"
    assert contents(tmp_path / "candidate").items() <= contents(places.train).items()
    assert (places.current.read_text(), len(read_log(places.log))) == ("seed: 1\n", 1)
    assert (recover(places, lock), unfinished(places)) == ("", "")


def test_a_set_trained_after_an_interrupted_commit_is_not_overwritten(places: Places, lock: Lock) -> None:
    killed_at("rename", ".train.old", places, lock)
    (places.train / "signal" / "trees.npz").write_bytes(b"trained since")
    trained = contents(places.train)
    with pytest.raises(DataError, match=r"train: expected what was there before .* move it away and run again"):
        recover(places, lock)
    assert contents(places.train) == trained
    places.train.rename(places.train.with_name("elsewhere"))
    assert "it is done now" in recover(places, lock)  # as the message promises
    assert places.current.read_text() == "seed: 1\n"


def test_a_damaged_new_set_is_never_put_in_place(places: Places, lock: Lock, tmp_path: Path) -> None:
    before = standing(tmp_path)
    killed_at("rename", ".train.old", places, lock)
    (places.train.with_name(".train.new") / "risk" / "trees.npz").write_bytes(b"damaged")
    with pytest.raises(DataError, match=r"\.train\.new: expected the new content"):
        recover(places, lock)
    assert standing(tmp_path) == before


def test_a_changed_snapshot_is_named_and_refused(places: Places, lock: Lock) -> None:
    snapshot = begin(places, lock, "iteration 1").incumbent
    recover(places, lock)
    file = snapshot.folder / "train" / "sltp" / "golden.npz"
    file.write_bytes(b"damaged")
    with pytest.raises(DataError, match=r"sltp/golden\.npz: snapshot with a wrong hash: expected [0-9a-f]{64}, found"):
        read_snapshot(snapshot.folder)
    with pytest.raises(DataError, match="snapshot with a wrong hash"):
        begin(places, lock, "iteration 2")
    shutil.rmtree(snapshot.folder)
    assert begin(places, lock, "iteration 2").incumbent == snapshot


def test_the_same_state_is_kept_once(places: Places, lock: Lock) -> None:
    for number in (1, 2):
        begin(places, lock, f"iteration {number}").revert(entry_of(number, "REVERT"))
    assert len(list(places.folder.glob("_snapshot_*"))) == 1


def test_a_log_that_is_none_is_named_before_anything(places: Places, lock: Lock) -> None:
    places.log.write_text('{"iteration": 1}')
    with pytest.raises(DataError, match=r"optimize_log\.json: expected a JSON list of entries"):
        begin(places, lock, "iteration 1")
    assert not places.journal.exists()


def test_an_entry_without_its_keys_changes_nothing(places: Places, lock: Lock, tmp_path: Path) -> None:
    before = standing(tmp_path)
    entry = {key: value for key, value in entry_of(1).items() if key != "reason"}
    transaction = begin(places, lock, "iteration 1")
    with pytest.raises(ValueError, match="reason missing"):
        transaction.commit(tmp_path / "candidate", "", entry)
    assert standing(tmp_path) == before
    assert read_journal(places.journal).open == ()


def test_a_linked_working_set_is_refused(places: Places, lock: Lock, tmp_path: Path) -> None:
    places.train.rename(tmp_path / "elsewhere")
    places.train.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(UserError, match="found a link or a mount"):
        begin(places, lock, "iteration 1")


def test_without_the_lock_nothing_is_done(places: Places) -> None:
    with Lock(places.lock) as lock:
        transaction = begin(places, lock, "iteration 1")
        places.lock.unlink()
        with pytest.raises(NovoskyError, match="expected this process to hold it"):
            transaction.revert(entry_of(1, "REVERT"))
        with pytest.raises(NovoskyError, match="expected this process to hold it"):
            recover(places, lock)
    assert read_journal(places.journal).steps[-1].name != PREPARED
