"""Rows for tests of the ledger."""

from __future__ import annotations

from dataclasses import replace

from novosky.trading.intent import ENTRY, Intent
from novosky.trading.ledger.rows import DONE, SENT, Decision, Equity, Event, Fill, OrderRow, PositionEvent

MAGIC = 20250101
ENTRY_INTENT = Intent(
    action=ENTRY,
    symbol="BTCUSD",
    bar_time_ms=900_000,
    expires_ms=2_700_000,
    side=1,
    volume=0.1,
    price=61_000.1,
    stop=60_000.0,
    target=63_000.0,
    position_ticket=0,
    revision="v20261101-p3",
    magic=MAGIC,
    details={"confidence": 0.1 + 0.2, "votes": [1, 0, 1]},
)
FILL = Fill(
    deal_ticket=7, order_ticket=5, position_ticket=5, intent=ENTRY_INTENT.hash, symbol="BTCUSD", entry="in", side=1,
    volume=0.1, price=61_000.3, commission=-0.7, swap=0.0, fee=0.0, profit=0.0, deal_time_ms=1_800_500, reason="expert",
)  # fmt: skip
OPENED = PositionEvent(5, "opened", "BTCUSD", 1, 0.1, 61_000.3, 60_000.0, 63_000.0, 60_000.0, 63_000.0, FILL.intent)

NOW = 1_800_000
SENT_ROW = OrderRow(ENTRY_INTENT.hash, 1, SENT)
ONE_OF_EACH = (
    Decision(900_000, "BTCUSD", 1, "opened", ENTRY_INTENT.hash, {"session": {"passed": True, "found": None}}),
    ENTRY_INTENT,
    SENT_ROW,
    OrderRow(ENTRY_INTENT.hash, 1, DONE, 10009, 5, 7, 0.1, 61_000.3, "Request executed"),
    FILL,
    OPENED,
    Equity(500.0, 499.3, 12.2, 487.1, 1),
    Event("start", "info", "größer als nötig ✓", {"pid": 1}),
)
# The rows of one call stand or fall together.
CALLS = (ONE_OF_EACH[:1], ONE_OF_EACH[1:3], ONE_OF_EACH[3:6], ONE_OF_EACH[6:])


def entry_at(bar: int, side: int = 1) -> Intent:
    """An entry that the bar of this number decided."""
    return replace(ENTRY_INTENT, bar_time_ms=bar * 900_000, expires_ms=(bar + 2) * 900_000, side=side)
