"""The looks ledger: appended, counted by overlap of time, proof against torn lines."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from novosky.errors import DataError, NovoskyError
from novosky.evaluation.looks import Look, count_looks, merge_ledgers, read_ledger, record_look, spread_of_looks

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


def test_a_writer_killed_at_any_moment_loses_no_look_that_it_had_recorded(tmp_path: Path) -> None:
    ledger = tmp_path / "ledger.jsonl"
    code = (
        "import sys; from pathlib import Path; from novosky.evaluation.looks import Look, record_look\n"
        "for k in range(100_000):\n"
        "    record_look(Path(sys.argv[1]), Look('BTCUSD', 'gate', 0, 1, f'{sys.argv[2]}-{k}', 'm', 'x', 0.0), 0)\n"
        "    print(k, flush=True)\n"
    )
    recorded = 0
    for run in range(3):
        with subprocess.Popen([sys.executable, "-c", code, ledger, str(run)], stdout=subprocess.PIPE) as writer:
            assert writer.stdout is not None
            for _ in range(20 + 7 * run):
                writer.stdout.readline()
            writer.kill()
            recorded += 20 + 7 * run + len(writer.stdout.read().splitlines())
    found = count_looks(ledger, "BTCUSD", 0, 1)
    # Each run may have written one look that it was killed before telling of.
    assert recorded <= found.distinct <= recorded + 3
    assert found.unreadable <= 3
    record_look(ledger, LOOK, at_ms=0)
    assert count_looks(ledger, "BTCUSD", 1000, 2000).distinct == 1


@pytest.mark.parametrize("cut", range(0, 260, 20))
def test_a_line_cut_anywhere_costs_that_line_alone(tmp_path: Path, cut: int) -> None:
    ledger = tmp_path / "ledger.jsonl"
    record_look(ledger, LOOK, at_ms=0)
    whole = ledger.read_bytes()
    ledger.write_bytes(whole + whole[: min(cut, len(whole) - 2)])
    record_look(ledger, LOOK._replace(configuration="bbbb"), at_ms=0)
    assert count_looks(ledger, "BTCUSD", 1000, 2000) == (2, 1 if cut else 0)


def test_lines_of_an_older_version_and_of_no_version_are_read(tmp_path: Path) -> None:
    ledger = tmp_path / "ledger.jsonl"
    older = {name: value for name, value in LOOK._asdict().items() if name not in ("sharpe", "against")}
    newer = {**LOOK._asdict(), "configuration": "bbbb", "something": "new"}
    ledger.write_text(f"{json.dumps(older)}\n\n{json.dumps(newer)}\n[1]\n7\n")
    found = read_ledger(ledger, "BTCUSD", 1000, 2000)
    assert [look.configuration for look in found.looks] == ["aaaa", "bbbb"]
    assert (found.looks[0].sharpe, found.looks[0].against, found.unreadable) == (None, "", 2)


def test_the_spread_of_looks_counts_each_configuration_once_as_judged_last() -> None:
    looks = [
        LOOK._replace(configuration=name, score=score, sharpe=sharpe)
        for name, score, sharpe in (("a", 9.0, 0.5), ("b", 4.0, None), ("c", 6.0, 0.1), ("a", 2.0, 0.3))
    ]
    assert spread_of_looks(looks, "score") == (3, pytest.approx(4.0))  # of 2, 4, 6
    assert spread_of_looks(looks, "sharpe") == (2, pytest.approx(0.02))  # of 0.3, 0.1
    assert spread_of_looks(looks[:1], "sharpe") == (1, None)
    assert spread_of_looks([], "sharpe") == (0, None)


def test_merging_adds_what_is_lacking_once(tmp_path: Path) -> None:
    here, there = tmp_path / "here.jsonl", tmp_path / "there.jsonl"
    for ledger, names in ((here, "ab"), (there, "bcd")):
        for name in names:
            record_look(ledger, LOOK._replace(configuration=name), at_ms=0)
    with there.open("a") as file:
        file.write('{"underlying": "BTC')
    assert merge_ledgers(here, there) == (2, 1, 1)
    assert count_looks(here, "BTCUSD", 1000, 2000) == (4, 0)
    before = here.read_bytes()
    assert merge_ledgers(here, there) == (0, 3, 1)
    assert here.read_bytes() == before
    assert merge_ledgers(there, here) == (1, 3, 0)
    assert count_looks(there, "BTCUSD", 1000, 2000) == (4, 1)


def test_a_merge_cut_short_is_finished_by_the_next(tmp_path: Path) -> None:
    here, there = tmp_path / "here.jsonl", tmp_path / "there.jsonl"
    for name in "abc":
        record_look(there, LOOK._replace(configuration=name), at_ms=0)
    here.write_bytes(there.read_bytes()[:-40])
    assert merge_ledgers(here, there).added == 1
    assert count_looks(here, "BTCUSD", 1000, 2000).distinct == 3


def test_merging_without_another_ledger_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="expected a file to merge, found none"):
        merge_ledgers(tmp_path / "here.jsonl", tmp_path / "there.jsonl")
