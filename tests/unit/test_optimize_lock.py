"""One owner at a time, and what becomes of a dead one's lock."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from novosky.disk.lock import Lock
from novosky.disk.owner import Owner, started
from novosky.errors import NovoskyError, UserError

HOLD = """
import sys
from pathlib import Path
from novosky.disk.lock import Lock
Lock(Path(sys.argv[1])).take()
print("held", flush=True)
sys.stdin.read()
"""


def write_owner(path: Path, **changes: Any) -> None:
    path.write_text(json.dumps({**Owner.this_process().as_dict(), **changes}))


def test_the_file_names_its_owner_and_goes_with_it(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "lock.json"
    with Lock(path) as lock:
        assert Owner.read(json.loads(path.read_text())).pid == os.getpid()
        lock.confirm()
        assert lock.told == ""
    assert not path.exists()


def test_a_living_owner_is_named_with_its_age(tmp_path: Path) -> None:
    path = tmp_path / "lock.json"
    child = subprocess.Popen([sys.executable, "-c", HOLD, path], stdin=-1, stdout=-1, text=True)
    assert child.stdout is not None
    assert child.stdout.readline() == "held\n"
    with pytest.raises(UserError, match=rf"held by process {child.pid} on .*, \d+ s old; one loop at a time"):
        Lock(path).take()
    child.kill()
    child.communicate()
    with Lock(path) as lock:
        assert f"was held by process {child.pid} on " in lock.told
        assert "which is gone; taken over" in lock.told


def test_a_killed_child_that_nobody_waited_for_is_dead(tmp_path: Path) -> None:
    path = tmp_path / "lock.json"
    child = subprocess.Popen([sys.executable, "-c", HOLD, path], stdin=-1, stdout=-1, text=True)
    assert child.stdout is not None
    child.stdout.readline()
    child.kill()
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)  # it stays a zombie
    with Lock(path) as lock:
        assert "which is gone" in lock.told
    child.communicate()


def test_the_same_process_has_it_once(tmp_path: Path) -> None:
    with Lock(tmp_path / "lock.json"), pytest.raises(UserError, match=f"held by process {os.getpid()}"):
        Lock(tmp_path / "lock.json").take()


@pytest.mark.skipif(started(os.getpid()) is None, reason="the start of a process is read from /proc")
@pytest.mark.parametrize("started_then", ["another boot:1", "{boot}:1"])
def test_another_process_with_the_owners_number_is_not_the_owner(tmp_path: Path, started_then: str) -> None:
    boot = (started(os.getpid()) or "").split(":")[0]
    write_owner(tmp_path / "lock.json", started=started_then.format(boot=boot))
    with Lock(tmp_path / "lock.json") as lock:
        assert "which is gone" in lock.told


def test_another_machines_owner_may_live(tmp_path: Path) -> None:
    write_owner(tmp_path / "lock.json", host="elsewhere", since_ms=0)
    with pytest.raises(UserError, match=r"on elsewhere, \d+ days old; .*remove the file"):
        Lock(tmp_path / "lock.json").take()


@pytest.mark.parametrize(
    "content", ["", "{", "[1]", '{"pid": "x"}', '{"pid": -1, "host": "", "started": "", "since_ms": 1}']
)
def test_a_lock_that_names_nobody_is_taken(tmp_path: Path, content: str) -> None:
    (tmp_path / "lock.json").write_text(content)
    with Lock(tmp_path / "lock.json") as lock:
        assert "held by nobody that can be read" in lock.told


def test_what_another_holds_by_now_is_left(tmp_path: Path) -> None:
    path = tmp_path / "lock.json"
    lock = Lock(path).take()
    write_owner(path, pid=1)
    with pytest.raises(NovoskyError, match="expected this process to hold it, found another or none"):
        lock.confirm()
    lock.release()
    assert json.loads(path.read_text())["pid"] == 1


def test_many_that_find_a_dead_owner_one_takes_it(tmp_path: Path) -> None:
    path = tmp_path / "lock.json"
    write_owner(path, started="another boot:1", pid=os.getpid())
    children = [
        subprocess.Popen([sys.executable, "-c", HOLD, path], stdin=-1, stdout=-1, stderr=-1, text=True)
        for _ in range(4)
    ]
    answers = [child.stdout.readline() for child in children if child.stdout is not None]
    assert sorted(answers) == ["", "", "", "held\n"]
    for child in children:
        child.communicate("")
