"""A ledger written by hand for the dashboard: three trades, one of them open, a guard that holds; every sum by hand.

Bars are M15 from Monday, 2026-01-05 00:00 UTC; money is USD, one lot is one bitcoin.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

from novosky.trading.intent import ENTRY, Intent
from novosky.trading.ledger.rows import DONE, SENT, Decision, Equity, Event, Fill, OrderRow, PositionEvent, Row
from novosky.trading.ledger.store import Ledger

BOT: Final = "metatrader5-1-BTCUSD-7001"
T0: Final = 1_767_571_200_000
BAR: Final = 900_000
SYMBOL, REVISION = "BTCUSD", "v20260101-p3"
PROFILE: Final = {
    "number": 3, "name": "balanced", "risk_pct": 1.5, "daily_loss_pct": 5.0, "weekly_loss_pct": 12.0,
    "total_loss_pct": 30.0, "loss_base": "equity", "loss_pct_of": "period_start", "loss_clock": "utc",
}  # fmt: skip
FACTS: Final = {
    "terminal": "metatrader5", "symbol": SYMBOL, "timeframe": "M15", "digits": 2, "currency": "USD", "dry": False,
    "profile": PROFILE, "max_positions": 1, "max_consecutive_losses": 3,
}  # fmt: skip
LOSSES: Final[dict[str, Any]] = {
    "balance": 10_000.0, "equity": 10_000.0, "start_balance": 10_000.0, "day_start": 10_000.0, "week_start": 10_000.0,
    "day": 20_458, "week": 2_923, "losses_in_row": 0, "streak_halt": 0, "day_halt": 0, "week_halt": 0, "total_halt": 0,
}  # fmt: skip


class Hand:
    """Writes rows at the close of a bar by its number."""

    def __init__(self, url: str, bot: str = BOT, late_ms: int = 0) -> None:
        self.ledger = Ledger(url, bot)
        self.late_ms = late_ms
        self.deal = 0

    def at(self, bar: int, *rows: Row, late_ms: int = 0) -> None:
        """Bar `bar` has closed just now."""
        self.ledger.append(T0 + (bar + 1) * BAR + late_ms + self.late_ms, *rows)

    def start(self, **facts: Any) -> None:
        state = {"guard": "losses", "state": LOSSES, "answer": "free"}
        self.at(-1, Event("guard", "info", "losses: free", state))
        self.at(-1, Event("started", "info", "started", {"revision": REVISION, **FACTS, **facts}))

    def decide(self, bar: int, side: int, verdict: str, confidence: float, account: Equity, close: float, **core: Any):
        """A decision with its bar and what the core's book holds, and the account beside it."""
        gates = {
            "vote": {"passed": side != 0, "found": side, "limit": "a side"},
            "confidence": {"passed": confidence > 0.5, "found": confidence, "limit": 0.5},
            "positions": {"passed": account.positions < 1, "found": account.positions, "limit": 1},
        }
        book = {**LOSSES, "balance": account.balance, "equity": account.equity, **core}
        details = {
            "wish": -1, "missed": False, "features": 1, "checkpoint": {"book": book},
            "bar": [close - 10.0, close + 20.0, close - 30.0, close, 100.0, 1500.0],
        }  # fmt: skip
        self.at(bar, Decision(T0 + bar * BAR, SYMBOL, side, verdict, "", gates, details), account)

    def enter(self, bar: int, ticket: int, side: int, lots: float, price: float, stop: float, target: float) -> None:
        """An entry that bar `bar` decided, filled at its price."""
        intent = Intent(
            ENTRY, SYMBOL, T0 + bar * BAR, T0 + (bar + 3) * BAR, side, lots, price, stop, target, 0, REVISION, 7001,
            {"confidence": 0.55, "risk_money": round(abs(price - stop) * lots, 2), "risk_multiplier": 1.0},
        )  # fmt: skip
        self.at(bar, intent, OrderRow(intent.hash, 1, SENT), late_ms=1)
        done = OrderRow(intent.hash, 1, DONE, 10009, ticket, ticket, lots, price)
        held = PositionEvent(ticket, "opened", SYMBOL, side, lots, price, stop, target, stop, target, intent.hash)
        self.at(bar, done, self.fill(ticket, intent.hash, "in", side, lots, price, bar, -0.7, 0.0), held, late_ms=2)

    def leave(self, bar: int, ticket: int, price: float, profit: float, reason: str) -> None:
        """The broker closed a position within the bar that follows `bar`."""
        held = self.ledger.state.positions[ticket]
        fill = self.fill(ticket, "", "out", -held.side, held.volume, price, bar, -0.7, profit, reason)
        self.at(bar, fill, replace(held, event="closed", volume=0.0, text=reason), late_ms=3)

    def fill(
        self, ticket: int, intent: str, entry: str, side: int, lots: float, price: float, bar: int, commission: float,
        profit: float, reason: str = "expert",
    ) -> Fill:  # fmt: skip
        self.deal += 1
        time_ms = T0 + (bar + 1) * BAR + 2
        return Fill(
            self.deal, ticket, ticket, intent, SYMBOL, entry, side, lots, price, commission, 0.0, 0.0, profit, time_ms,
            reason,
        )  # fmt: skip


def write_desk(url: str, bot: str = BOT, late_ms: int = 0) -> Hand:
    """The whole story.

    Trade 1: BUY 0.10 at 60,000, stop 59,000, out at 62,000 (target): +200.00 - 1.40 = +198.60, risk 100.00, +1.986 R.
    Trade 2: SELL 0.20 at 61,000, stop 61,500, out at 61,500 (stop): -100.00 - 1.40 = -101.40, risk 100.00, -1.014 R.
    Trade 3: BUY 0.05 at 61,200, stop 60,700, target 62,200, open; last close 61,400: +0.40 R.
    Balance 10,000 - 0.70 + 199.30 - 0.70 - 100.70 - 0.70 = 10,096.50; equity 10,106.50 with 10.00 floating.
    Highest equity 10,198.60, so drawdown (10,198.60 - 10,106.50) / 10,198.60 = 0.9030651 %; at its worst, equity
    10,047.90: 1.4776538 %.
    """
    hand = Hand(url, bot, late_ms)
    hand.start()
    hand.decide(0, 1, "low_confidence", 0.41, Equity(10_000.0, 10_000.0, 0.0, 10_000.0, 0), 59_990.0)
    hand.decide(1, 1, "opened", 0.55, Equity(10_000.0, 10_000.0, 0.0, 10_000.0, 0), 60_000.0)
    hand.enter(1, 101, 1, 0.10, 60_000.0, 59_000.0, 62_000.0)
    hand.decide(2, 1, "position_open", 0.56, Equity(9_999.3, 10_049.3, 60.0, 9_989.3, 1), 60_500.0)
    hand.leave(2, 101, 62_000.0, 200.0, "tp")
    hand.decide(3, 0, "no_vote", 0.0, Equity(10_198.6, 10_198.6, 0.0, 10_198.6, 0), 61_900.0)
    hand.decide(4, -1, "opened", 0.55, Equity(10_198.6, 10_198.6, 0.0, 10_198.6, 0), 61_000.0)
    hand.enter(4, 102, -1, 0.20, 61_000.0, 61_500.0, 60_000.0)
    hand.decide(5, -1, "position_open", 0.56, Equity(10_197.9, 10_047.9, 61.0, 9_986.9, 1), 61_300.0)
    hand.leave(5, 102, 61_500.0, -100.0, "sl")
    hand.decide(6, 1, "opened", 0.55, Equity(10_097.2, 10_097.2, 0.0, 10_097.2, 0), 61_150.0, losses_in_row=1)
    hand.at(6, Event("not_opened", "info", "entry refused", {"bar_ms": T0 + 6 * BAR, "why": "spread_spike"}))
    hand.decide(7, 1, "opened", 0.55, Equity(10_097.2, 10_097.2, 0.0, 10_097.2, 0), 61_200.0, losses_in_row=1)
    hand.enter(7, 103, 1, 0.05, 61_200.0, 60_700.0, 62_200.0)
    hand.decide(
        8, 1, "position_open", 0.57, Equity(10_096.5, 10_106.5, 30.6, 10_075.9, 1), 61_400.0, losses_in_row=1,
        day_start=10_180.0,
    )  # fmt: skip
    held = {"answer": "no_opening", "since_ms": T0 + 9 * BAR, "reason": "the spread is 80, 75 is let"}
    hand.at(
        8,
        Event(
            "guard", "alarm", "spread_spike tripped", {"guard": "spread_spike", "state": held, "answer": "no_opening"}
        ),
    )
    return hand
