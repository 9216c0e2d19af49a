"""The ledger's trades beside those of a backtest of the whole span."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from novosky.backtest.window_chain import Traded
from novosky.execution.codes import EXIT_NAMES, WINDOW_END
from novosky.market.bars import Ints
from novosky.trading.ledger.rows import Entry, Fill
from novosky.trading.ledger.trades import LiveTrade, live_trades

PRICES: Final = ("entry_price", "exit_price")
MONEY: Final = ("profit", "commission", "swap", "net")
SAME_PRICE, SAME_MONEY, SAME_SHARE = 1e-6, 0.005, 1e-6
REPLAY_ALONE, LEDGER_ALONE = "the replay alone", "the ledger alone"


@dataclass(frozen=True)
class Row:
    """One trade of either side; bars are places among the data's bars."""

    entry_bar: int
    exit_bar: int | None  # None: still open at the last close that the bot decided on
    side: int
    volume: float
    entry_price: float
    exit_price: float
    exit_reason: str
    profit: float
    commission: float
    swap: float
    net: float
    risk_money: float
    confidence: float
    risk_multiplier: float
    ticket: int = 0


@dataclass(frozen=True)
class Pair:
    """The same trade on both sides, or one that only one side has; `parts` are the fields that differ."""

    expected: Row | None
    found: Row | None
    parts: tuple[str, ...]

    @property
    def first_bar(self) -> int:
        return min(row.entry_bar for row in (self.expected, self.found) if row is not None)

    @property
    def last_bar(self) -> int | None:
        """None where it is still open on a side."""
        ends = [row.exit_bar for row in (self.expected, self.found) if row is not None]
        known = [end for end in ends if end is not None]
        return max(known) if len(known) == len(ends) else None

    @property
    def ticket(self) -> int:
        return 0 if self.found is None else self.found.ticket


def pairs_of(expected: Sequence[Row], found: Sequence[Row]) -> list[Pair]:
    """By bar and side of the entry, in the order of their entries."""
    left, pairs = list(found), []
    for row in sorted(expected, key=lambda one: (one.entry_bar, one.volume)):
        alike = [one for one in left if (one.entry_bar, one.side) == (row.entry_bar, row.side)]
        match = min(alike, key=lambda one: abs(one.volume - row.volume), default=None)
        if match is None:
            pairs.append(Pair(row, None, (REPLAY_ALONE,)))
        else:
            left.remove(match)
            pairs.append(Pair(row, match, differing(row, match)))
    pairs += [Pair(None, row, (LEDGER_ALONE,)) for row in left]
    return sorted(pairs, key=lambda pair: pair.first_bar)


def differing(expected: Row, found: Row) -> tuple[str, ...]:
    """Names of the fields that differ."""
    if expected.exit_bar is None or found.exit_bar is None:
        return () if expected.exit_bar == found.exit_bar else ("exit_bar",)
    parts = [name for name in ("exit_bar", "exit_reason") if getattr(expected, name) != getattr(found, name)]
    for names, size in ((PRICES, SAME_PRICE), (MONEY, SAME_MONEY), (("volume",), 1e-9)):
        parts += [name for name in names if abs(getattr(expected, name) - getattr(found, name)) > size]
    for name in ("risk_money", "confidence", "risk_multiplier"):
        here, there = getattr(expected, name), getattr(found, name)
        if abs(here - there) > SAME_SHARE * max(1.0, abs(here)):
            parts.append(name)
    return tuple(parts)


def rows_of_core(traded: Traded, ends_bar: int) -> list[Row]:
    """`ends_bar`: the one after the last close that was decided on; what happens on it is not compared."""
    return [_of_core(row, ends_bar) for row in traded.simulation.trades]


def rows_of_ledger(entries: Iterable[Entry], time_ms: Ints, ends_bar: int) -> list[Row]:
    """Closed trades, and those that are open at the end."""
    rows = list(entries)
    trades = live_trades(rows)
    first: dict[int, Fill] = {}
    for fill in (entry.row for entry in rows if isinstance(entry.row, Fill)):
        first.setdefault(fill.position_ticket, fill)
    opened = [first[ticket] for ticket in (*trades.open_tickets, *trades.lost_tickets) if ticket in first]
    return [*(_of_ledger(trade, time_ms, ends_bar) for trade in trades.closed), *(_open(f, time_ms) for f in opened)]


def _of_core(row: Any, ends_bar: int) -> Row:
    is_open = int(row.exit_bar) >= ends_bar or int(row.exit_reason) == WINDOW_END
    return Row(
        entry_bar=int(row.entry_bar),
        exit_bar=None if is_open else int(row.exit_bar),
        side=int(row.side),
        volume=round(float(row.volume_lots), 8),
        entry_price=float(row.entry_price),
        exit_price=float(row.exit_price),
        exit_reason=EXIT_NAMES[int(row.exit_reason)],
        profit=float(row.gross),
        commission=float(row.commission),
        swap=float(row.swap),
        net=float(row.net),
        risk_money=float(row.risk_money),
        confidence=float(row.confidence),
        risk_multiplier=float(row.risk_multiplier),
    )


def _of_ledger(trade: LiveTrade, time_ms: Ints, ends_bar: int) -> Row:
    exit_bar = bar_of(time_ms, trade.closed_ms)
    return Row(
        entry_bar=bar_of(time_ms, trade.opened_ms),
        exit_bar=None if exit_bar >= ends_bar else exit_bar,
        side=trade.side,
        volume=trade.volume,
        entry_price=trade.entry_price,
        exit_price=trade.exit_price,
        exit_reason=trade.exit_reason,
        profit=trade.profit,
        commission=trade.commission,
        swap=trade.swap,
        net=trade.net,
        risk_money=trade.risk_money or 0.0,
        confidence=trade.confidence or 0.0,
        risk_multiplier=1.0 if trade.risk_multiplier is None else trade.risk_multiplier,
        ticket=trade.position_ticket,
    )


def _open(fill: Fill, time_ms: Ints) -> Row:
    entry_bar = bar_of(time_ms, fill.deal_time_ms)
    unknown = (0.0,) * 7
    return Row(entry_bar, None, fill.side, fill.volume, fill.price, 0.0, "", *unknown, ticket=fill.position_ticket)


def bar_of(time_ms: Ints, at_ms: int) -> int:
    """Place of the bar in which a time lies."""
    return int(np.searchsorted(time_ms, at_ms, side="right")) - 1
