"""`news=forexfactory` from the command to the snapshot, and under a running bot."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from novosky.config.schema import Config
from novosky.errors import ConfigError, DataError, NovoskyError
from novosky.features.arrays import FeatureSettings
from novosky.features.build import build_features
from novosky.features.stream import FeatureStream
from novosky.market.feed_refresh import refresh
from novosky.market.snapshot import open_market
from novosky.market.synthetic import generate
from novosky.modes.dispatch import dispatch
from novosky.trading.bot.live_calendar import LiveCalendar
from novosky.trading.guards.board import Board
from novosky.trading.guards.losses import Losses
from support.market_files import generated
from support.week_feed import BUSY, WeekFeed, event, ms, week_feed

Compose = Callable[..., Config]
MONDAY = ms("2026-08-31 09:00")


def filled(feed: WeekFeed, folder: Path) -> None:
    """An archive with the usual week."""
    refresh(feed.news(folder), MONDAY)


def test_a_snapshot_holds_the_weeks_of_its_bars(tmp_path: Path) -> None:
    bars = generated("random_walk", bars=1000, start="2026-08-31", timeframe="M5")
    with week_feed() as feed:
        filled(feed, tmp_path)
        news = feed.news(tmp_path)
        market = open_market(bars, news, tmp_path / "data")
        assert market.calendar is not None
        assert len(market.calendar) == 4
        assert market.snapshot.source["events_listed_late"] == 1
        feed.rows = [event("CPI", "2026-09-10T08:30:00-04:00")]
        assert refresh(news, MONDAY + 7 * 86_400_000).added is not None
        assert open_market(bars, news, tmp_path / "data").snapshot.name == market.snapshot.name
        longer = generated("random_walk", bars=3000, start="2026-08-31", timeframe="M5")
        assert len(open_market(longer, news, tmp_path / "data").calendar or ()) == 5
        with pytest.raises(DataError, match="is not known"):
            open_market(
                generated("random_walk", bars=5000, start="2026-08-31", timeframe="M5"), news, tmp_path / "data"
            )


def test_a_named_snapshot_needs_no_archive(tmp_path: Path) -> None:
    bars = generated("random_walk", bars=1000, start="2026-08-31", timeframe="M5")
    with week_feed() as feed:
        filled(feed, tmp_path)
        made = open_market(bars, feed.news(tmp_path), tmp_path / "data").snapshot
        bars.snapshot = made.name
        again = open_market(bars, feed.news(tmp_path / "elsewhere"), tmp_path / "data").snapshot
        assert (again.name, again.calendar_hash) == (made.name, made.calendar_hash)


def test_the_week_alone(compose: Compose, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tomorrow = datetime.now(UTC).replace(microsecond=0)
    with week_feed() as feed:
        feed.rows = [event("FOMC", tomorrow.isoformat()), event("CPI", (tomorrow + timedelta(minutes=1)).isoformat())]
        keys = ("mode=data", "news=forexfactory", f"news.url={feed.url}", f"news.path={tmp_path}/c/w.jsonl")
        config = compose(*keys, "news.fetch_only=true", f"paths.data={tmp_path}/data")
        (tmp_path / "run").mkdir()
        assert dispatch(config, tmp_path / "run").exit_code == 0
        block = json.loads((tmp_path / "run" / "result.json").read_text())["news"]
        assert block["fetched"] == {"new": 2, "revised": 0, "gone": 0}
        assert len(block["this_week"]["that_count"]) == 2
        assert "2 new events" in capsys.readouterr().out
        assert dispatch(config, tmp_path / "run").exit_code == 0
        assert feed.asked == 1
        assert not (tmp_path / "data").exists()
    elsewhere = (*keys[:3], f"news.path={tmp_path}/none/w.jsonl", "news.fetch_only=true")
    with pytest.raises(NovoskyError, match=r"are not known: news feed .* did not answer"):
        dispatch(compose(*elsewhere), tmp_path / "run")


@pytest.mark.parametrize(("keys", "words"), [
    (("news=none", "news.url=http://x/y"), "only news=forexfactory has it"),
    (("news=forexfactory", "news.url=file:///etc/passwd"), "expected http"),
    (("news=forexfactory", "news.path=null"), "news.path: required"),
    (("news=forexfactory", "news.fetch_only=true"), "only mode=data stops there"),
])  # fmt: skip
def test_settings_that_contradict(compose: Compose, keys: tuple[str, ...], words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        compose("mode=backtest" if "fetch_only" in keys[-1] else "mode=data", *keys)


def test_a_stream_goes_on_with_the_new_week() -> None:
    names, bars = ("news_minutes_away", "news_count_today"), generate(generated("random_walk", bars=1000)).bars
    first = bars.time_ms[:1] + 3_600_000
    both = np.append(first, bars.time_ms[600:601])
    expected = build_features(bars, both, names, FeatureSettings(60, 30)).values
    stream = FeatureStream(bars.timeframe_minutes, bars.point, first, names, FeatureSettings(60, 30))
    columns = (bars.time_ms, bars.open, bars.high, bars.low, bars.close, bars.tick_volume, bars.spread_points)
    rows = []
    for i, (time_ms, *values) in enumerate(zip(*(column.tolist() for column in columns), strict=True)):
        if i == 400:
            stream.take_events(both)
        rows.append(stream.push(time_ms, *values))
    assert np.array_equal(rows[400:], expected[400:])
    assert not np.array_equal(expected[550], expected[400])


class Told:
    """What a bot's session and chain hear of the calendar."""

    def __init__(self, now_ms: int) -> None:
        self.now_ms, self.said, self.taken = now_ms, list[str](), list[int]()
        self.board = Board(Losses(1.0, 1.0, 1.0, 1.0, 1.0))

    def say(self, kind: str, level: str, text: str) -> None:
        self.said.append(f"{kind} {level}: {text}")

    def guard(self, calendar: object) -> None:
        self.board = replace(self.board, calendar=calendar)

    def take_events(self, event_ms: object) -> None:
        self.taken.append(len(event_ms))  # type: ignore[arg-type]


def test_a_bot_is_given_the_new_week_and_opens_nothing_without_it(tmp_path: Path) -> None:
    with week_feed() as feed:
        calendar, told = LiveCalendar(feed.news(tmp_path), is_needed=True), Told(MONDAY)
        calendar.begin(MONDAY)
        assert len(calendar.event_ms) == 2

        def bar(at_ms: int) -> None:
            told.now_ms = at_ms
            calendar.attend(told, told)  # type: ignore[arg-type]
            calendar.wait()

        bar(MONDAY)
        assert (told.board.holding, told.taken, feed.asked) == ((), [], 1)
        feed.faults.append(BUSY)
        sunday = ms("2026-09-06 04:00")
        bar(sunday)
        assert told.board.holding == ("calendar",)
        assert "the last known week ended 2026-09-06 04:00 UTC" in told.board.calendar.reason
        feed.rows = [event("CPI", "2026-09-10T08:30:00-04:00")]
        bar(sunday + 60_000)
        bar(sunday + 120_000)
        assert (feed.asked, told.board.holding) == (2, ("calendar",))
        assert len(told.said) == 1
        assert told.said[0].startswith("calendar warning: news feed")
        bar(sunday + 400_000)
        bar(sunday + 500_000)
        assert (told.board.holding, told.taken, feed.asked) == ((), [3], 3)


def test_a_bot_does_not_start_without_its_week(tmp_path: Path) -> None:
    with week_feed() as feed:
        feed.faults.append(BUSY)
        with pytest.raises(NovoskyError, match=r"this week's events are not known.*HTTP 429.*wait five minutes"):
            LiveCalendar(feed.news(tmp_path), is_needed=True).begin(MONDAY)
        feed.faults.append(BUSY)
        LiveCalendar(feed.news(tmp_path / "b"), is_needed=False).begin(MONDAY)
