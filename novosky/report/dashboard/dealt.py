"""Positions that are open and trades that are over."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from novosky.report.dashboard.follow import Book
from novosky.report.dashboard.words import side_name
from novosky.report.text import EXIT_WORDS, words
from novosky.trading.ledger.trades import LiveTrade

SHOWN: Final = 40


def positions(book: Book) -> list[dict[str, Any]]:
    """Open ones; R so far is by the last bar's close (a bid), without costs."""
    opened = {row.position_ticket: time_ms for time_ms, row in _openings(book)}
    close = book.bars[-1][4] if book.bars else None
    rows = []
    for ticket, row in book.state.positions.items():
        intent = book.state.settled.get(row.intent) or book.state.intents.get(row.intent)
        first_stop = intent.intent.stop if intent is not None else row.wanted_stop
        distance = abs(row.price - first_stop) if first_stop else 0.0
        rows.append(
            {
                "ticket": ticket,
                "symbol": row.symbol,
                "side": side_name(row.side),
                "volume": row.volume,
                "price": row.price,
                "stop": row.stop or None,
                "target": row.target or None,
                "opened_ms": opened.get(ticket),
                "r": None if close is None or distance <= 0.0 else row.side * (close - row.price) / distance,
                "risk_money": None if intent is None else intent.intent.details.get("risk_money"),
                "confidence": None if intent is None else intent.intent.details.get("confidence"),
                "unprotected": row.stop <= 0.0,
            }
        )
    return rows


def _openings(book: Book) -> list[tuple[int, Any]]:
    from novosky.trading.ledger.rows import PositionEvent

    first: dict[int, tuple[int, Any]] = {}
    for entry in book.entries:
        if isinstance(entry.row, PositionEvent):
            first.setdefault(entry.row.position_ticket, (entry.time_ms, entry.row))
    return list(first.values())


def trade_rows(closed: Sequence[LiveTrade], limit: int = SHOWN) -> list[dict[str, Any]]:
    """The last ones, newest first."""
    return [
        {
            "ticket": one.position_ticket,
            "side": side_name(one.side),
            "volume": one.volume,
            "opened_ms": one.opened_ms,
            "closed_ms": one.closed_ms,
            "entry_price": one.entry_price,
            "exit_price": one.exit_price,
            "net": one.net,
            "r": one.r,
            "confidence": one.confidence,
            "reason": words(one.exit_reason, EXIT_WORDS),
        }
        for one in reversed(closed[-limit:])
    ]


def marks(closed: Sequence[LiveTrade], from_ms: int) -> list[list[Any]]:
    """For the price chart: side, opened, entry, closed, exit, net."""
    return [
        [side_name(one.side), one.opened_ms, one.entry_price, one.closed_ms, one.exit_price, one.net]
        for one in closed
        if one.closed_ms >= from_ms
    ]
