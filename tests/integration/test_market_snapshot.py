"""Snapshots: made once, equal everywhere, verified, whole or not there at all."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from novosky.config.schema.market import NewsConfig
from novosky.errors import ConfigError, DataError, NovoskyError
from novosky.market import snapshot_files
from novosky.market.planted import planted_weight
from novosky.market.snapshot import open_market
from novosky.market.synthetic import generate
from support.market_files import MADE_NEWS, NO_NEWS, from_file, generated, same_bars, write_csv, write_parquet

CALENDAR = "datetime_utc,currency,impact,event\n2024-01-01T13:30:00Z,USD,high,A\n2024-02-01T13:30:00Z,EUR,low,B\n"
TESTS = Path(__file__).resolve().parents[1]


def hashes(folder: Path) -> dict[str, str]:
    return {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in sorted(folder.iterdir())}


def python(code: str, *arguments: object) -> subprocess.CompletedProcess[str]:
    """Run `code` in another process that finds the tests' helpers."""
    environment = os.environ | {"PYTHONPATH": str(TESTS)}
    command = [sys.executable, "-c", code, *(str(argument) for argument in arguments)]
    return subprocess.run(command, capture_output=True, text=True, env=environment, check=False, timeout=120)


@pytest.mark.parametrize("source", ["synthetic", "random_walk", "planted"])
@pytest.mark.parametrize("news", [MADE_NEWS, NO_NEWS], ids=["news", "no_news"])
def test_generated_market_is_written_once_and_read_back(tmp_path: Path, source: str, news: NewsConfig) -> None:
    data = generated(source)
    first = open_market(data, news, tmp_path / "data")
    written = hashes(first.snapshot.folder)
    again = open_market(data, news, tmp_path / "data")
    made = generate(data)
    assert same_bars(first.bars, made.bars)
    assert same_bars(again.bars, made.bars)
    assert again.snapshot == first.snapshot
    assert hashes(first.snapshot.folder) == written
    assert first.snapshot.bars_hash == made.bars.content_hash()
    assert first.snapshot.facts == made.facts()
    assert first.snapshot.name.startswith(f"{source}-BTCUSD-M15-")
    if news is MADE_NEWS:
        assert again.calendar is not None
        assert again.calendar.content_hash() == made.calendar.content_hash() == first.snapshot.calendar_hash
        assert again.calendar.title == made.calendar.title
    else:
        assert (first.calendar, again.calendar, first.snapshot.calendar_hash) == (None, None, None)


def test_snapshot_keeps_what_the_edge_was(tmp_path: Path) -> None:
    data = generated("planted", oracle_sharpe=8.0)
    market = open_market(data, NO_NEWS, tmp_path)
    assert market.snapshot.facts["oracle_sharpe_expected"] == pytest.approx(8.0, rel=0.1)
    assert (planted_weight(market.bars) != 0).mean() == market.snapshot.facts["share_of_bars_with_drift"]


def test_another_setting_is_another_snapshot_and_overwrites_none(tmp_path: Path) -> None:
    names = set()
    for changes in ({}, {"seed": 4}, {"bars": 2001}, {"point": 0.1}, {"oracle_sharpe": 2.0}, {"start": "2024-01-02"}):
        names.add(open_market(generated(**changes), MADE_NEWS, tmp_path).snapshot.name)
    names.add(open_market(generated(), NO_NEWS, tmp_path).snapshot.name)
    assert len(names) == 7
    assert {folder.name for folder in tmp_path.iterdir()} == names


def test_what_does_not_make_bars_is_no_part_of_the_key(tmp_path: Path) -> None:
    one = open_market(generated(), MADE_NEWS, tmp_path)
    other = open_market(generated(days_per_year=252), replace(MADE_NEWS, min_impact="low"), tmp_path)
    assert one.snapshot == other.snapshot


def test_file_is_known_by_its_bytes_not_by_its_place(tmp_path: Path) -> None:
    bars = generate(generated("random_walk")).bars
    folders = []
    for place in ("here", "there"):
        (tmp_path / place).mkdir()
        path = tmp_path / place / "bars.parquet"
        write_parquet(bars, path)
        market = open_market(from_file("parquet", path), NO_NEWS, tmp_path / place / "data")
        assert same_bars(market.bars, bars)
        folders.append(market.snapshot.folder)
    assert folders[0].name == folders[1].name
    assert hashes(folders[0]) == hashes(folders[1])
    assert str(tmp_path) not in (folders[0] / "snapshot.json").read_text()

    changed = replace(bars, close=bars.close * 1.0)
    changed.close[5] = changed.open[5]
    write_parquet(changed, tmp_path / "here" / "bars.parquet")
    other = open_market(from_file("parquet", tmp_path / "here" / "bars.parquet"), NO_NEWS, tmp_path / "here" / "data")
    assert other.snapshot.name != folders[0].name
    assert folders[0].is_dir()


def test_same_bars_from_another_format_have_the_same_content_hash(tmp_path: Path) -> None:
    bars = generate(generated("random_walk")).bars
    write_parquet(bars, tmp_path / "x.parquet")
    write_csv(bars, tmp_path / "x.csv")
    parquet = open_market(from_file("parquet", tmp_path / "x.parquet"), NO_NEWS, tmp_path)
    csv = open_market(from_file("csv", tmp_path / "x.csv"), NO_NEWS, tmp_path)
    assert parquet.snapshot.bars_hash == csv.snapshot.bars_hash == bars.content_hash()


def test_calendar_of_a_file_goes_into_the_snapshot(tmp_path: Path) -> None:
    (tmp_path / "cal.csv").write_text(CALENDAR)
    news = NewsConfig(source="csv", path=str(tmp_path / "cal.csv"))
    market = open_market(generated(), news, tmp_path)
    assert market.calendar is not None
    assert market.calendar.currency == ("USD", "EUR")
    assert market.snapshot.source["events_without_time"] == 0
    (tmp_path / "cal.csv").write_text(CALENDAR.replace("low", "high"))
    assert open_market(generated(), news, tmp_path).snapshot.name != market.snapshot.name


def test_bars_beyond_the_calendar_are_refused_and_leave_no_snapshot(tmp_path: Path) -> None:
    (tmp_path / "cal.csv").write_text(CALENDAR)
    news = NewsConfig(source="csv", path=str(tmp_path / "cal.csv"))
    with pytest.raises(DataError, match="the calendar covers"):
        open_market(generated(bars=4000), news, tmp_path / "data")
    assert not (tmp_path / "data").exists()


def test_made_news_for_a_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"news=synthetic .* found data=csv: set news=csv or news=none"):
        open_market(from_file("csv", tmp_path / "x.csv"), MADE_NEWS, tmp_path)


def flip_a_byte(file: Path) -> None:
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(bytes(content))


@pytest.mark.parametrize("name", ["bars.parquet", "calendar.parquet"])
def test_edited_snapshot_is_refused(tmp_path: Path, name: str) -> None:
    folder = open_market(generated(), MADE_NEWS, tmp_path).snapshot.folder
    flip_a_byte(folder / name)
    with pytest.raises(DataError, match=f"{folder}: {name} was changed since it was written"):
        open_market(generated(), MADE_NEWS, tmp_path)


def test_edited_hash_is_refused(tmp_path: Path) -> None:
    folder = open_market(generated(), MADE_NEWS, tmp_path).snapshot.folder
    meta = json.loads((folder / "snapshot.json").read_text())
    meta["bars"]["content_hash"] = "0" * 64
    (folder / "snapshot.json").write_text(json.dumps(meta))
    with pytest.raises(DataError, match=r"bars.parquet was changed since it was written .expected hash 000000000000"):
        open_market(generated(), MADE_NEWS, tmp_path)


@pytest.mark.parametrize("damage", ["bars.parquet", "calendar.parquet", "snapshot.json"])
def test_snapshot_with_a_missing_file_is_refused(tmp_path: Path, damage: str) -> None:
    folder = open_market(generated(), MADE_NEWS, tmp_path).snapshot.folder
    (folder / damage).unlink()
    with pytest.raises(DataError, match=r"cannot be read .*remove the folder to make it again"):
        open_market(generated(), MADE_NEWS, tmp_path)


def test_snapshot_json_that_is_none_is_refused(tmp_path: Path) -> None:
    folder = open_market(generated(), MADE_NEWS, tmp_path).snapshot.folder
    (folder / "snapshot.json").write_text("{}")
    with pytest.raises(DataError, match="cannot be read"):
        open_market(generated(), MADE_NEWS, tmp_path)


OPEN = """
import sys
from pathlib import Path
from novosky.market.snapshot import open_market
from support.market_files import MADE_NEWS, generated
print(open_market(generated(), MADE_NEWS, Path(sys.argv[1])).snapshot.folder)
"""


def test_another_process_writes_the_same_bytes(tmp_path: Path) -> None:
    here = open_market(generated(), MADE_NEWS, tmp_path / "here").snapshot.folder
    done = python(OPEN, tmp_path / "there")
    assert done.returncode == 0, done.stderr
    assert hashes(Path(done.stdout.strip())) == hashes(here)


KILLED = """
import os, signal, sys
from novosky.market import snapshot_files
calls = 0
def killer(real, fatal):
    def wrapper(*arguments, **more):
        global calls
        calls += 1
        if calls == fatal:
            os.kill(os.getpid(), signal.SIGKILL)
        return real(*arguments, **more)
    return wrapper
fatal = int(sys.argv[2])
os.fsync = killer(os.fsync, fatal)
snapshot_files.Path.rename = killer(snapshot_files.Path.rename, fatal)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals and limits")
@pytest.mark.parametrize("fatal_step", [1, 2, 3, 4])
def test_killed_in_the_middle_of_a_write(tmp_path: Path, fatal_step: int) -> None:
    """Steps 1 to 3 end a file, step 4 is the renaming: killed before any of them, there is no snapshot."""
    done = python(KILLED + OPEN, tmp_path, fatal_step)
    assert done.returncode == -9
    left = list(tmp_path.iterdir())
    assert [path.name.startswith(snapshot_files.UNFINISHED) for path in left] == [True]

    market = open_market(generated(), MADE_NEWS, tmp_path)
    assert market.snapshot.bars_hash == generate(generated()).bars.content_hash()
    assert left[0].is_dir()  # it might belong to a process that is still at work

    hour_ago = time.time() - 3600
    os.utime(left[0], (hour_ago, hour_ago))
    open_market(generated(seed=5), MADE_NEWS, tmp_path)
    assert not left[0].exists()


FULL = """
import resource, sys
from pathlib import Path
from novosky.errors import NovoskyError
from novosky.market.snapshot import open_market
from novosky.market.synthetic import generate
from support.market_files import MADE_NEWS, generated
generate(generated())
resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))
try:
    open_market(generated(), MADE_NEWS, Path(sys.argv[1]))
except NovoskyError as error:
    print(error.exit_code, error)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals and limits")
def test_full_disk_leaves_nothing_and_says_so(tmp_path: Path) -> None:
    done = python(FULL, tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(f"3 could not write the snapshot {tmp_path}")
    assert "File too large; nothing was left behind" in done.stdout
    assert list(tmp_path.iterdir()) == []


def test_folder_that_may_not_be_made_is_a_fault(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file where the folder should be")
    with pytest.raises(NovoskyError, match="could not write the snapshot"):
        open_market(generated(), MADE_NEWS, tmp_path / "data")


def test_when_two_write_the_same_the_first_stands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = open_market(generated(), MADE_NEWS, tmp_path).snapshot.folder
    written = hashes(folder)
    monkeypatch.setattr("novosky.market.snapshot.read_snapshot", lambda _: None)
    second = open_market(generated(), MADE_NEWS, tmp_path)
    assert hashes(folder) == written
    assert second.snapshot.bars_hash == second.bars.content_hash()
    assert [path.name for path in tmp_path.iterdir()] == [folder.name]
