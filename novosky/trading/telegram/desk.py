"""What the bot shows: a frozen record that it publishes once a cycle, from which questions are answered."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class OpenPosition:
    ticket: int
    symbol: str
    side: int  # 1 BUY, -1 SELL
    volume: float  # lots
    price_open: float
    stop: float  # 0.0: none
    target: float
    profit: float  # account currency, swap included
    opened_ms: int  # UTC


@dataclass(frozen=True, slots=True)
class Today:
    """Since the profile's daily reset."""

    trades: int = 0  # closed
    wins: int = 0
    net: float = 0.0  # account currency, after all costs
    since_ms: int = 0  # UTC


@dataclass(frozen=True, slots=True)
class Desk:
    """The bot at the end of a cycle. Times are epoch milliseconds, UTC; money is the account's currency."""

    time_ms: int
    bot: str  # its name, as notices begin
    state: str  # trading, dry, paused, stopped: what the bot would do with a signal
    connected: bool
    symbol: str
    timeframe: str
    revision: str
    currency: str
    balance: float
    equity: float
    drawdown_pct: float  # of the highest equity seen, 0 .. 100
    today: Today = Today()
    positions: tuple[OpenPosition, ...] = ()
    guards: tuple[str, ...] = ()  # those that hold, each with its reason
    last_bar_ms: int = 0  # open of the last closed bar
    last_decision: str = ""  # its verdict in words
    server_clock: str = ""  # the broker's clock beside UTC, in words
