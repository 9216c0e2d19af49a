"""The week's diary: what it remembers, what it refuses, which week is gone on with."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from novosky.config.schema import Config
from novosky.disk import files
from novosky.errors import ConfigError, DataError
from novosky.optimize.weekly.diary import DONE, FAILED, PENDING, RUNNING, Diary
from novosky.optimize.weekly.history import HEAD, history_with
from novosky.optimize.weekly.ports import Ports
from novosky.optimize.weekly.refresh import at_hand, can_be_newer, last_close, newest
from novosky.optimize.weekly.run import asked_hash, open_diary
from novosky.optimize.weekly.swept import check_profile

NAMES = ["preflight", "tune signal", "keep", "report"]


def ports_of(said: list[str]) -> Ports:
    def never(*_: object) -> None:
        raise AssertionError

    return Ports(said.append, never, never, never, never, never, never)  # type: ignore[arg-type]


def week_in(folder: Path, compose: Callable[..., Config], *more: str) -> Config:
    return compose("mode=weekly", f"weekly.folder={folder}", *more)


def test_a_diary_is_read_as_it_was_written(tmp_path: Path) -> None:
    diary = Diary.new(tmp_path / "week.json", "asked", NAMES, 0.0)
    diary.facts["until"] = "2024-01-01"
    diary.enter("preflight", DONE, "7 checks", 1.25)
    diary.enter("tune signal", RUNNING)
    read = Diary.read(tmp_path / "week.json")
    assert read is not None
    assert read.content == diary.content
    assert (read.week, read.state("preflight"), read.open_phase()) == ("19700101T000000Z", DONE, "tune signal")
    read.begin_again(("report",))
    assert [row["state"] for row in read.phases] == [DONE, PENDING, PENDING, PENDING]
    assert read.content["starts"] == 2


def test_a_full_disk_leaves_the_diary_as_it_was(tmp_path: Path) -> None:
    diary = Diary.new(tmp_path / "week.json", "asked", NAMES, 0.0)
    before = diary.path.read_bytes()

    def full(moment: str, operation: str, path: Path) -> None:
        if (moment, operation) == ("middle", "write"):
            raise OSError(28, "No space left on device")

    with files.observed_by(full), pytest.raises(OSError, match="No space"):
        diary.enter("preflight", DONE)
    assert diary.path.read_bytes() == before


@pytest.mark.parametrize("content", [b"", b"[]", b'{"schema_version": 9}', b'{"schema_version": 1, "week"'])
def test_a_file_that_is_no_diary_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "week.json").write_bytes(content)
    with pytest.raises(DataError, match="expected the diary of a week"):
        Diary.read(tmp_path / "week.json")


def test_a_week_is_gone_on_with_only_where_it_is_the_same_and_young(
    tmp_path: Path, compose: Callable[..., Config]
) -> None:
    said: list[str] = []
    config = week_in(tmp_path, compose)
    first = open_diary(config, NAMES, ports_of(said))
    first.enter("tune signal", FAILED, "no memory")
    assert open_diary(config, NAMES, ports_of(said)).week == first.week
    assert "failed in the phase tune signal (no memory); going on there" in said[-1]
    for other, why in (
        (week_in(tmp_path, compose, "weekly.resume=false"), "weekly.resume=false"),
        (week_in(tmp_path, compose, "seed=8"), "asked for with other settings"),
    ):
        Diary(first.path, first.content).write()
        assert open_diary(other, NAMES, ports_of(said)).content["starts"] == 1
        assert why in said[-1]
    first.content["started_s"] -= 49 * 3600
    first.write()
    assert open_diary(config, NAMES, ports_of(said)).content["starts"] == 1
    assert "49 hours old" in said[-1]
    ended = open_diary(config, NAMES, ports_of(said))
    ended.end()
    said.clear()
    assert open_diary(config, NAMES, ports_of(said)).content["starts"] == 1
    assert not said, "a week that ended is not spoken of"


def test_who_is_told_and_how_fast_make_no_other_week(compose: Callable[..., Config]) -> None:
    config = compose("mode=weekly")
    assert asked_hash(config) == asked_hash(replace(config, threads=1, report=replace(config.report, html=False)))
    assert asked_hash(config) != asked_hash(replace(config, tune=replace(config.tune, trials=7)))


def test_a_week_has_one_row_of_the_history(tmp_path: Path) -> None:
    path = tmp_path / "PERF_HISTORY.md"
    for week, score in (("20260101T000000Z", "1"), ("20260108T000000Z", "2"), ("20260108T000000Z", "3 | 4")):
        path.write_bytes(history_with(path, (week, score), week))
    assert path.read_text() == f"{HEAD}| 20260101T000000Z | 1 |\n| 20260108T000000Z | 3 / 4 |\n"


def test_fresh_bars_are_asked_of_sources_that_can_have_them(compose: Callable[..., Config], tmp_path: Path) -> None:
    frozen = compose("mode=weekly", "data=parquet", "data.snapshot=some", "data.path=null")
    assert "frozen" in can_be_newer(frozen)
    assert newest(frozen) is frozen
    grown = compose(
        "mode=weekly", "data=parquet", "data.snapshot=some", "data.path=a.parquet", f"paths.data={tmp_path}"
    )
    assert newest(grown).data.snapshot is None, "the file is read again"
    (tmp_path / "some").mkdir()
    for is_here in (False, True):
        found = at_hand(grown)
        assert found is not None
        assert (found.data.path, found.data.snapshot) == ((None, "some") if is_here else ("a.parquet", None))
        (tmp_path / "some/snapshot.json").write_text("{}")
    assert "generated" in can_be_newer(compose("mode=weekly"))
    live = compose("mode=weekly", "data=ccxt", "data.exchange=bitstamp", "data.market=BTC/USD",
                   "data.since=2024-01-01", "data.until=2024-02-01", f"paths.data={tmp_path}")  # fmt: skip
    assert last_close(live, 1_704_067_200_000 + 899_999) == "2024-01-01T00:00"
    assert newest(live, "2024-03-01T00:15").data.until == "2024-03-01T00:15"
    assert newest(live).data.until > "2024-02-01"
    assert at_hand(live) is None, "nobody is asked before the week's own phase"
    for until in ("2024-02-01", "2024-02-08"):
        folder = tmp_path / f"ccxt-BTCUSD-M15-{until}"
        folder.mkdir()
        settings = {"since": "2024-01-01 00:00 UTC", "until": f"{until} 00:00 UTC"}
        (folder / "snapshot.json").write_text(json.dumps({"settings": settings}))
    found = at_hand(live)
    assert found is not None
    assert found.data.until == "2024-02-08T00:00:00"


def test_nothing_is_applied_beyond_the_profile(compose: Callable[..., Config]) -> None:
    config = compose("mode=weekly")
    bold = replace(config, profile=replace(config.profile, risk_pct=2.6))
    with pytest.raises(ConfigError, match=r"profile.risk_pct=2.6: outside 1 .. 2.5 of profile.risk_pct_bounds"):
        check_profile(config, bold)
    wide = replace(config, profile=replace(config.profile, weekly_loss_pct=13.0))
    with pytest.raises(ConfigError, match=r"profile.weekly_loss_pct=13: beyond the profile's 12"):
        check_profile(config, wide)
    check_profile(config, replace(config, profile=replace(config.profile, risk_pct=1.0, weekly_loss_pct=5.0)))


@pytest.mark.parametrize(
    ("overrides", "said"),
    [
        (("weekly.push=true",), "nothing to push without weekly.commit=true"),
        (("optimize.analyze_only=true",), "a week decides"),
        (("weekly.retrain=false", "weekly.skip=[sweep]"), "nothing is left to try"),
        (("window=gate",), "leave it away"),
        (("weekly.skip=[keep]",), "weekly.skip"),
    ],
)
def test_weeks_that_make_no_sense_are_refused(
    compose: Callable[..., Config], overrides: tuple[str, ...], said: str
) -> None:
    with pytest.raises(ConfigError, match=said):
        compose("mode=weekly", *overrides)
