"""The equity's course, and the last day's result by the clock of the loss limits."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from novosky.trading.ledger.rows import Entry, Equity
from novosky.trading.ledger.trades import LiveTrade

# As novosky/market/clocks.py has them, without its tables: the zone, and hours shown beyond it.
ZONES: Final = {"utc": ("UTC", 0), "new_york_plus_7": ("America/New_York", 7), "eet": ("Europe/Athens", 0)}


class Point(NamedTuple):
    """The account at a bar's close."""

    time_ms: int
    balance: float
    equity: float


class Drawdown(NamedTuple):
    """Fall from the highest equity so far, % of it."""

    now_pct: float
    most_pct: float


class Day(NamedTuple):
    """The last day of the ledger."""

    date: str
    trades: int
    net: float  # of the trades that closed on it
    equity_change: float | None  # since the last point before it; None where it is the first day


def course(entries: Iterable[Entry]) -> tuple[Point, ...]:
    """Equity rows in their order."""
    rows = ((entry.time_ms, entry.row) for entry in entries)
    return tuple(Point(time_ms, row.balance, row.equity) for time_ms, row in rows if isinstance(row, Equity))


def drawdown(points: Sequence[Point], from_ms: int = 0) -> Drawdown | None:
    """From `from_ms` on; None without a point. Money paid in or out counts as gain or loss."""
    peak = most = now = 0.0
    seen = [point.equity for point in points if point.time_ms >= from_ms]
    for equity in seen:
        peak = max(peak, equity)
        now = 100.0 * (peak - equity) / peak if peak > 0.0 else 0.0
        most = max(most, now)
    return Drawdown(now, most) if seen else None


def last_day(trades: Sequence[LiveTrade], points: Sequence[Point], now_ms: int, clock: str) -> Day:
    """The day that `now_ms` lies in."""
    today = date_of(now_ms, clock)
    nets = [trade.net for trade in trades if date_of(trade.closed_ms, clock) == today]
    before = [point.equity for point in points if date_of(point.time_ms, clock) < today]
    change = round(points[-1].equity - before[-1], 2) if before else None
    return Day(today, len(nets), round(sum(nets), 2), change)


def date_of(time_ms: int, clock: str) -> str:
    """Date that the clock shows, as 2026-01-31."""
    zone, ahead_hours = ZONES[clock]
    shown = datetime.fromtimestamp(time_ms / 1000, UTC).astimezone(ZoneInfo(zone))
    return (shown.replace(tzinfo=None) + timedelta(hours=ahead_hours)).date().isoformat()
