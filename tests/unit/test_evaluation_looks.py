"""The looks ledger: appended, counted by overlap of time, proof against torn lines."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from novosky.errors import NovoskyError
from novosky.evaluation.looks import Look, count_looks, record_look

LOOK = Look("BTCUSD", "sweep", 1000, 2000, "aaaa", "m1", "backtest", 1.5)


def test_distinct_configurations_on_overlapping_time_count(tmp_path: Path) -> None:
    ledger = tmp_path / "looks" / "ledger.jsonl"
    assert count_looks(ledger, "BTCUSD", 0, 5000).distinct == 0
    for look in (
        LOOK,
        LOOK,  # the same again is the same look
        LOOK._replace(configuration="bbbb"),
        LOOK._replace(models="m2"),
        LOOK._replace(configuration="cccc", from_ms=2001, to_ms=3000),  # later bars
        LOOK._replace(configuration="dddd", underlying="EURUSD"),
    ):
        record_look(ledger, look, at_ms=0)
    assert count_looks(ledger, "BTCUSD", 1000, 2000).distinct == 3
    assert count_looks(ledger, "BTCUSD", 1500, 2500).distinct == 4
    assert count_looks(ledger, "EURUSD", 1500, 2500).distinct == 1
    assert len(ledger.read_text().splitlines()) == 6


def test_a_torn_line_is_passed_over_and_closed(tmp_path: Path) -> None:
    ledger = tmp_path / "ledger.jsonl"
    record_look(ledger, LOOK, at_ms=0)
    with ledger.open("a") as file:
        file.write('{"underlying": "BTC')
    record_look(ledger, LOOK._replace(configuration="bbbb"), at_ms=0)
    assert count_looks(ledger, "BTCUSD", 1000, 2000).distinct == 2
    assert count_looks(ledger, "BTCUSD", 1000, 2000).unreadable == 1
    assert json.loads(ledger.read_text().splitlines()[-1])["configuration"] == "bbbb"


def test_a_ledger_that_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(NovoskyError, match="could not be written"):
        record_look(tmp_path / "file" / "ledger.jsonl", LOOK, at_ms=0)


def test_processes_that_append_at_once_lose_nothing(tmp_path: Path) -> None:
    ledger = tmp_path / "ledger.jsonl"
    code = (
        "import sys; from pathlib import Path; from novosky.evaluation.looks import Look, record_look\n"
        "for k in range(50):\n"
        "    look = Look('BTCUSD', 'sweep', 0, 1, f'{sys.argv[2]}-{k}', 'm', 'backtest', 0.0)\n"
        "    record_look(Path(sys.argv[1]), look, 0)\n"
    )
    workers = [subprocess.Popen([sys.executable, "-c", code, str(ledger), str(k)]) for k in range(3)]
    assert [worker.wait() for worker in workers] == [0, 0, 0]
    assert count_looks(ledger, "BTCUSD", 0, 1).distinct == 150
