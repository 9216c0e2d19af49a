"""Studies in their journal: killed, resumed, shared, torn, foreign."""

from __future__ import annotations

import multiprocessing
from pathlib import Path

import pytest

from novosky.errors import ConfigError
from novosky.search.locks import FileLock, is_locked
from novosky.search.study import ABANDONED, SLOT, journal_file
from support.toy_study import FACTS, NAME, SPACE, toy_desk, work, work_and_die

SPAWN = multiprocessing.get_context("spawn")


def trials_of(folder: Path) -> dict[int, tuple[float, float]]:
    """Setting and value by slot, of trials that were not abandoned; each slot once."""
    with toy_desk(folder) as desk:
        kept = [trial for trial in desk.study.get_trials() if ABANDONED not in trial.user_attrs]
    found = {trial.user_attrs[SLOT]: (trial.params["x"], trial.value) for trial in kept}
    assert len(found) == len(kept)
    return found


def abandoned_of(folder: Path) -> int:
    with toy_desk(folder) as desk:
        return sum(ABANDONED in trial.user_attrs for trial in desk.study.get_trials())


@pytest.fixture(scope="module")
def unbroken(tmp_path_factory: pytest.TempPathFactory) -> dict[int, tuple[float, float]]:
    """Thirty trials in one go."""
    folder = tmp_path_factory.mktemp("unbroken")
    assert work(folder, 30) == 30
    return trials_of(folder)


def test_first_trial_is_the_current_setting(unbroken: dict[int, tuple[float, float]]) -> None:
    assert unbroken[0] == (SPACE.current["x"], 0.25)
    assert len({x for x, _ in unbroken.values()}) == 30


@pytest.mark.parametrize("first", [0, 13])
def test_killed_and_resumed_is_as_if_it_had_never_stopped(
    tmp_path: Path, unbroken: dict[int, tuple[float, float]], first: int
) -> None:
    victim = SPAWN.Process(target=work_and_die, args=(tmp_path, 30, first))
    victim.start()
    victim.join()
    assert victim.exitcode == -9
    assert work(tmp_path, 30) == 30 - first
    assert trials_of(tmp_path) == unbroken
    assert abandoned_of(tmp_path) == 1
    assert work(tmp_path, 30) == 0


def test_more_trials_of_the_same_study_go_on(tmp_path: Path, unbroken: dict[int, tuple[float, float]]) -> None:
    assert work(tmp_path, 12) == 12
    assert work(tmp_path, 30) == 18
    assert trials_of(tmp_path) == unbroken


def test_two_processes_run_no_trial_twice(tmp_path: Path) -> None:
    workers = [SPAWN.Process(target=work, args=(tmp_path, 40)) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert [worker.exitcode for worker in workers] == [0, 0]
    assert sorted(trials_of(tmp_path)) == list(range(40))
    assert abandoned_of(tmp_path) == 0


@pytest.mark.parametrize("torn", [b'{"op_code":6,"work', b"\x00\x00"])
def test_write_that_was_interrupted_is_taken_back(
    tmp_path: Path, unbroken: dict[int, tuple[float, float]], torn: bytes
) -> None:
    work(tmp_path, 30, most=7)
    with journal_file(tmp_path, NAME).open("ab") as journal:
        journal.write(torn)
    assert work(tmp_path, 30) == 23
    assert trials_of(tmp_path) == unbroken


def test_study_of_something_else_is_refused(tmp_path: Path) -> None:
    work(tmp_path, 2)
    with (
        pytest.raises(ConfigError, match="study of something else: its data differ"),
        toy_desk(tmp_path, {**FACTS, "data": "other bars"}),
    ):
        pass


def test_lock_is_one_owners(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    one, other = FileLock(path), FileLock(path)
    assert not is_locked(path)
    assert one.try_acquire()
    assert not other.try_acquire()
    assert is_locked(path)
    one.release()
    assert other.try_acquire()
    other.release()
