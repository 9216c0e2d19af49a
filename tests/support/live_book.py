"""Ledgers by hand: trades with round numbers, as a bot would write them; and a revision that promised something."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from novosky.models.revision.promoted import pointer_bytes
from novosky.models.revision.record import files_in, made_record, record_bytes
from novosky.trading.intent import ADD, ENTRY, Intent
from novosky.trading.ledger.rows import Decision, Entry, Equity, Fill, PositionEvent, Row
from novosky.trading.ledger.store import Ledger

BAR_MS = 900_000
DAY_MS = 86_400_000
START_MS = 1_772_409_600_000  # Monday, 2026-03-02 00:00 UTC
REVISION = "v20260131-p3"


@dataclass
class LiveBook:
    """Rows with their times; bar 0 opens at `START_MS`."""

    revision: str = REVISION
    rows: list[tuple[int, Row]] = field(default_factory=list)
    balance: float = 10_000.0
    deals: int = 0

    @property
    def entries(self) -> list[Entry]:
        return [Entry(number, time_ms, row) for number, (time_ms, row) in enumerate(self.rows, 1)]

    def write(self, bar: float, *rows: Row) -> None:
        """At this bar's open."""
        self.rows += [(START_MS + round(bar * BAR_MS), row) for row in rows]

    def decide(self, bar: int, intent: str = "") -> None:
        """What a closed bar led to."""
        self.write(bar + 1, Decision(START_MS + bar * BAR_MS, "BTCUSD", 0, "opened" if intent else "vote", intent, {}))

    def intent(self, bar: int, action: str = ENTRY, side: int = 1, ticket: int = 0, **details: Any) -> Intent:
        """0.1 lots at 60,000 with a stop 1,000 away: 100 of money at risk."""
        at = START_MS + bar * BAR_MS
        known = {"confidence": 0.6, "risk_money": 100.0, "risk_multiplier": 1.0} | details
        made = Intent(
            action=action, symbol="BTCUSD", bar_time_ms=at, expires_ms=at + 2 * BAR_MS, side=side, volume=0.1,
            price=60_000.0, stop=60_000.0 - 1_000.0 * side, target=60_000.0 + 1_500.0 * side, position_ticket=ticket,
            revision=self.revision, magic=7, details={name: one for name, one in known.items() if one is not None},
        )  # fmt: skip
        self.write(bar + 1, made)
        return made

    def fill(
        self, bar: float, ticket: int, entry: str, side: int, volume: float = 0.1, price: float = 60_000.0,
        profit: float = 0.0, commission: float = 0.0, swap: float = 0.0, fee: float = 0.0, intent: str = "",
        reason: str = "expert",
    ) -> None:  # fmt: skip
        """A deal in this bar."""
        self.deals += 1
        time_ms = START_MS + round(bar * BAR_MS)
        self.write(
            bar,
            Fill(
                self.deals, self.deals, ticket, intent, "BTCUSD", entry, side, volume, price, commission, swap, fee,
                profit, time_ms, reason,
            ),
        )  # fmt: skip

    def event(self, bar: float, ticket: int, event: str, volume: float, intent: str = "", side: int = 1) -> None:
        """The position after it."""
        self.write(
            bar,
            PositionEvent(ticket, event, "BTCUSD", side, volume, 60_000.0, 59_000.0, 61_500.0, 0.0, 0.0, intent),
        )

    def trade(self, bar: int, profit: float, side: int = 1, slipped: float = 0.0, **details: Any) -> None:
        """Decided at `bar`, opened at the next, closed two bars later; the deals cost 0.70."""
        made, ticket = self.intent(bar, side=side, **details), 1000 + bar
        self.decide(bar, made.hash)
        price = 60_000.0 + slipped * side
        self.fill(bar + 1, ticket, "in", side, price=price, commission=-0.35, intent=made.hash)
        self.event(bar + 1, ticket, "opened", 0.1, made.hash, side)
        reason = "tp" if profit > 0 else "sl"
        self.fill(bar + 3, ticket, "out", -side, profit=profit, commission=-0.35, reason=reason)
        self.event(bar + 3, ticket, "closed", 0.0, made.hash, side)
        self.balance = round(self.balance + profit - 0.70, 2)
        self.equity(bar + 3)

    def equity(self, bar: float, equity: float | None = None) -> None:
        now = self.balance if equity is None else equity
        self.write(bar, Equity(self.balance, now, 0.0, now, 0))

    def save(self, file: Path, bot: str = "paper") -> str:
        """As a bot writes them; the URL."""
        url = f"sqlite:///{file}"
        with Ledger(url, bot) as ledger:
            for time_ms, row in self.rows:
                ledger.append(time_ms, row)
        return url


def promise_r(root: Path, r: Sequence[float], days: int = 30) -> None:
    """Promote a revision under `root` that was judged by trades of these R, one after the other over so many days."""
    folder = root / "models" / REVISION
    folder.mkdir(parents=True)
    names = ("ticket", "entry_time", "exit_bar_time", "slippage_cost", "commission", "swap", "risk_money", "r")
    with (folder / "judged_trades.csv").open("w", newline="", encoding="utf-8") as text:
        rows = csv.writer(text)
        rows.writerow(names)
        for number, value in enumerate(r):
            day, hour = divmod(number * 24 * days // len(r), 24)
            at = f"2026-01-{day + 1:02d}T{hour:02d}:00:00Z"
            rows.writerow((number + 1, at, at, 0.0, 0.7, 0.0, 100.0, value))
    window = {"name": "gate", "bars": 96 * days, "from": "2026-01-01 00:00 UTC", "to": f"2026-01-{days:02d} 23:45 UTC"}
    record = made_record(REVISION, files_in(folder), {"windows": [window]})
    (root / "revisions").mkdir()
    (root / "revisions" / f"{REVISION}.json").write_bytes(record_bytes(record))
    (root / "models" / "pointer.json").write_bytes(pointer_bytes(record))


__all__ = ["ADD", "ENTRY", "LiveBook", "promise_r"]
