"""A folder is replaced whole, wherever the process dies."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from novosky.models.bundle.folder import replace_folder, restore

# Dies, without any clean-up, at the n-th call that reaches the file system.
CRASH = """
import os, sys
from pathlib import Path
from novosky.models.bundle.folder import replace_folder
target, n = Path(sys.argv[1]), int(sys.argv[2])
seen = 0
def count(event, arguments):
    global seen
    if event in ("open", "os.rename", "os.mkdir", "os.remove", "os.rmdir", "os.scandir", "shutil.rmtree", "os.listdir"):
        seen += 1
        if seen == n:
            os._exit(9)
def write(folder):
    (folder / "a").write_text("new a")
    (folder / "b").write_text("new b")
sys.addaudithook(count)
replace_folder(target, write)
os._exit(0)
"""


def content(folder: Path) -> dict[str, str]:
    return {file.name: file.read_text() for file in folder.iterdir()}


OLD, NEW, NEXT = {"a": "old a", "c": "old c"}, {"a": "new a", "b": "new b"}, {"d": "next"}


def fill(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (folder / name).write_text(text)


def test_a_kill_at_any_step_leaves_the_old_or_the_new(tmp_path: Path) -> None:
    outcomes = []
    for n in range(1, 200):
        target = tmp_path / str(n) / "signal"
        target.mkdir(parents=True)
        fill(target, OLD)
        died = subprocess.run([sys.executable, "-c", CRASH, str(target), str(n)], check=False).returncode == 9
        restore(target)
        found = content(target)
        assert found in (OLD, NEW)
        outcomes.append(found == NEW)
        replace_folder(target, lambda folder: fill(folder, NEXT))
        assert content(target) == NEXT
        assert [file.name for file in target.parent.iterdir()] == ["signal"]
        if not died:
            break
    assert not died
    assert outcomes == sorted(outcomes)  # old up to one step, new from there on
    assert outcomes.index(True) > 5
    assert outcomes.count(True) > 2


def test_a_failed_write_leaves_the_old(tmp_path: Path) -> None:
    target = tmp_path / "signal"
    replace_folder(target, lambda folder: fill(folder, OLD))

    def fail(folder: Path) -> None:
        fill(folder, {"a": "half"})
        raise OSError("no space left on device")

    with pytest.raises(OSError, match="no space"):
        replace_folder(target, fail)
    assert content(target) == OLD


def test_what_was_found_is_said(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / ".signal.old").mkdir()
    fill(tmp_path / ".signal.old", OLD)
    restore(tmp_path / "signal")
    assert content(tmp_path / "signal") == OLD
    assert "interrupted write" in caplog.text
