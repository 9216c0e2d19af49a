"""Where the bot trades: a replay of a window on the simulated terminal, or a broker's terminal in real time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from novosky.backtest.evaluate import choose_window
from novosky.backtest.inputs import bar_arrays, finer_file
from novosky.backtest.looking import record_replay
from novosky.backtest.prepare import prepare
from novosky.config.checks.market import NEWS_FEATURES
from novosky.config.schema import Config
from novosky.config.schema.market import GENERATED_SOURCES
from novosky.errors import ConfigError, NovoskyError
from novosky.market.bars import Ints
from novosky.market.calendar_csv import read_calendar_csv
from novosky.market.sources import file_bytes
from novosky.models.bundle.bundle import Bundle
from novosky.trading.bot.clock import Clock, RealClock, ReplayClock
from novosky.trading.bot.live_calendar import LiveCalendar
from novosky.trading.paper import paper_server
from novosky.trading.terminal.port import Terminal
from novosky.trading.terminal.simulated.terminal import SimulatedTerminal


@dataclass
class Stage:
    """What the bot is given; `share` of a replay that has gone by, and whether all of it has."""

    terminal: Terminal
    clock: Clock
    event_ms: Ints | None
    login: int
    share: Callable[[], float]
    is_over: Callable[[], bool]
    is_quick: bool  # a replay that takes no time of its own
    calendar: LiveCalendar | None = None


def paper_stage(config: Config, bundle: Bundle, started: float) -> Stage:
    """The window's bars, one after the other; the first is decided on when the second opens. A look is recorded."""
    prepared = prepare(config)
    window = choose_window(config, prepared, bundle)
    until = config.terminal.replay_bars
    last = window.stop if until is None else min(window.stop, window.start + until)
    record_replay(config, prepared, window._replace(stop=last), bundle, started)
    bars = prepared.bars.slice(0, last)
    first_ms = int(bars.time_ms[window.start])
    server = paper_server(
        config, bars, bar_arrays(bars, config), int(bars.time_ms[window.start + 1]), finer_file(config)
    )

    def share() -> float:
        return (server.now_ms - first_ms) / (int(bars.time_ms[-1]) + bars.timeframe_ms - first_ms)

    clock = ReplayClock(server, config.terminal.speed)
    return Stage(
        SimulatedTerminal(server), clock, prepared.event_ms, server.terms.login, share,
        lambda: server.market.exhausted, config.terminal.speed == 0.0,
    )  # fmt: skip


def live_stage(config: Config, bundle: Bundle, started: float) -> Stage:
    """The configured terminal, this machine's clock, the calendar's file."""
    from novosky.trading.terminal.connect import open_terminal, settings_of

    terminal = open_terminal(settings_of(config.terminal))
    account = terminal.account_info()
    if account is None:
        raise NovoskyError(f"terminal={config.terminal.kind}: expected an account, found none: {terminal.last_error()}")
    clock = RealClock()
    calendar = None
    if config.news.source == "forexfactory":
        calendar = live_calendar(config)
        calendar.begin(clock.now_ms())
    events = _events(config) if calendar is None else calendar.event_ms
    return Stage(terminal, clock, events, account.login, lambda: 0.0, lambda: False, False, calendar)


def live_calendar(config: Config) -> LiveCalendar:
    """The week's events, fetched at the start and while the bot runs; needed where a decision looks at them."""
    is_needed = config.execution.news_block_minutes > 0 or bool(set(NEWS_FEATURES) & set(config.features.names))
    return LiveCalendar(config.news, is_needed)


def _events(config: Config) -> Ints | None:
    """Scheduled events that count; a generated calendar says nothing about a real market."""
    news = config.news
    if news.source == "none":
        return None
    if news.source in GENERATED_SOURCES:
        raise ConfigError(
            f"news={news.source}: a generated calendar at a broker's terminal; choose news=forexfactory, news=csv "
            "news.path=FILE, or news=none"
        )
    content = file_bytes(news.path, "news.path")
    calendar, _ = read_calendar_csv(content, str(Path(news.path or "")))
    return calendar.select(news.currencies, news.min_impact)
