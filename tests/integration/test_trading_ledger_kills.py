"""A real process is killed before and after each statement: nothing committed is lost, nothing is half."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from novosky.trading.ledger.state import replay
from novosky.trading.ledger.store import Ledger
from tests.support.ledger_rows import CALLS, NOW, ONE_OF_EACH

ROOT = Path(__file__).resolve().parents[2]

# Per moment a process writes the calls one by one, says so after each, and kills itself. Moments are counted over all
# statements, commits among them, that leave for the database; moment 0 never comes and tells how many there are.
WRITER = """
import json, os, signal, sys
from sqlalchemy import event
from novosky.trading.ledger.store import Ledger
from tests.support.ledger_rows import CALLS, NOW

def write(path, fatal, told):
    ledger = Ledger(f"sqlite:///{path}", "bot")
    moment = 0
    def passed(*_):
        nonlocal moment
        moment += 1
        if moment == fatal:
            os.kill(os.getpid(), signal.SIGKILL)
    for name in ("before_cursor_execute", "after_cursor_execute", "commit"):
        event.listen(ledger._engine, name, passed)
    for rows in CALLS:
        ledger.append(NOW, *rows)
        os.write(told, b"x")
        passed()
    return moment

folder, out = sys.argv[1], []
read, told = os.pipe()
moments = write(f"{folder}/0.sqlite", 0, told)
os.read(read, 100)
for fatal in range(1, moments + 1):
    child = os.fork()
    if child == 0:
        try:
            write(f"{folder}/{fatal}.sqlite", fatal, told)
        finally:
            os._exit(1)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL, status
    os.write(told, b".")
    out.append(len(os.read(read, 100)) - 1)
print(json.dumps(out))
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this system")
def test_killed_at_every_statement(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", WRITER, str(tmp_path)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert len(told) >= 2 * 2 * len(ONE_OF_EACH)  # before and after two inserts for each row
    for fatal, calls in enumerate(told, 1):
        check_what_stands(tmp_path / f"{fatal}.sqlite", calls)


def check_what_stands(path: Path, told: int) -> None:
    """At least what was told, at most one call more, each call whole; the file is sound, and is written on."""
    connection = sqlite3.connect(path)
    assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
    connection.close()
    with Ledger(f"sqlite:///{path}", "bot") as ledger:
        found = [entry.row for entry in ledger.entries()]
        prefixes = [[row for rows in CALLS[:calls] for row in rows] for calls in (told, told + 1)]
        assert found in prefixes
        assert ledger.state == replay(ledger.entries())
        ledger.append(NOW, *ONE_OF_EACH[len(found) :])
        assert [entry.row for entry in ledger.entries()] == list(ONE_OF_EACH)


@pytest.mark.parametrize("cut", [1, 100, 4_000])
def test_a_torn_end_of_the_log_loses_no_more_than_its_transaction(tmp_path: Path, cut: int) -> None:
    """As a power cut in the middle of a write leaves it."""
    path, copy = tmp_path / "ledger.sqlite", tmp_path / "copy.sqlite"
    with Ledger(f"sqlite:///{path}", "bot") as ledger:
        for rows in CALLS:
            ledger.append(NOW, *rows)
        copy.write_bytes(path.read_bytes())
        log = path.with_name(path.name + "-wal").read_bytes()
    copy.with_name(copy.name + "-wal").write_bytes(log[:-cut])
    with Ledger(f"sqlite:///{copy}", "bot") as ledger:
        found = [entry.row for entry in ledger.entries()]
        assert found == [row for rows in CALLS[:-1] for row in rows]
