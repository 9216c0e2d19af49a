"""A terminal of a few lines for tests of the reconciliation: positions, deals, marks, no rules of a broker."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from novosky.trading.intent import CLOSE, LEVELS, OPENING, Intent, order_comment, order_magic
from novosky.trading.ledger.state import LedgerState
from novosky.trading.reconcile.seen import Own, Seen, SeenDeal, SeenOrder, SeenPosition
from novosky.trading.reconcile.settle import reconcile
from novosky.trading.reconcile.settlement import Settlement
from tests.support.ledger_rows import MAGIC

OWN = Own("BTCUSD", MAGIC)


@dataclass
class SmallTerminal:
    """Every order is filled at `price`; the caller says what the bot hears of it."""

    time_ms: int = 1_800_000
    price: float = 61_000.0
    netting: bool = False
    positions: dict[int, SeenPosition] = field(default_factory=dict)
    orders: list[SeenOrder] = field(default_factory=list)
    deals: list[SeenDeal] = field(default_factory=list)
    last: int = 100

    def ticket(self) -> int:
        self.last += 1
        return self.last

    def do(self, intent: Intent, share: float = 1.0, overwritten: bool = False) -> SeenDeal | None:
        """Fill an intent's order, or a share of it; `overwritten`: the broker puts a comment of its own."""
        mark = order_magic(MAGIC, intent.hash)
        comment = "[broker]" if overwritten else order_comment(intent.hash)
        if intent.action in OPENING:
            return self.open(intent.side, intent.volume * share, mark, comment, intent.stop, intent.target)
        if intent.position_ticket not in self.positions:
            return None
        position = self.positions[intent.position_ticket]
        if intent.action == LEVELS:
            self.positions[position.ticket] = replace(position, stop=intent.stop, target=intent.target)
            return None
        return self.close(position.ticket, position.volume if intent.action == CLOSE else intent.volume, mark, comment)

    def open(
        self, side: int, volume: float, magic: int, comment: str = "", stop: float = 0.0, target: float = 0.0
    ) -> SeenDeal:
        ticket = self.ticket()
        self.positions[ticket] = SeenPosition(
            ticket, "BTCUSD", side, volume, self.price, stop, target, magic, comment, self.time_ms
        )
        return self._deal(ticket, side, "in", volume, magic, comment, "expert", ticket)

    def close(self, ticket: int, volume: float, magic: int, comment: str = "", reason: str = "expert") -> SeenDeal:
        position = self.positions[ticket]
        left = round(position.volume - volume, 8)
        if left > 0.0:
            self.positions[ticket] = replace(position, volume=left)
        else:
            del self.positions[ticket]
        return self._deal(ticket, -position.side, "out", volume, magic, comment, reason, self.ticket())

    def hit(self, ticket: int, reason: str = "sl") -> SeenDeal:
        """The broker closes: the deal has the position's magic, the comment is the broker's."""
        position = self.positions[ticket]
        return self.close(ticket, position.volume, position.magic, f"[{reason} {position.stop}]", reason)

    def seen(self, deals_from_ms: int = 0) -> Seen:
        return Seen(
            self.time_ms, self.price, self.price + 1.0, self.netting, tuple(self.positions.values()),
            tuple(self.orders), tuple(self.deals), deals_from_ms,
        )  # fmt: skip

    def reconcile(self, state: LedgerState, own: Own = OWN) -> list[Settlement]:
        return reconcile(state, self.seen(), own)

    def _deal(
        self, position: int, side: int, entry: str, volume: float, magic: int, comment: str, reason: str, order: int
    ) -> SeenDeal:
        deal = SeenDeal(
            self.ticket(), order, position, "BTCUSD", side, entry, volume, self.price, -0.5, 0.0, 0.0, 1.0, magic,
            comment, reason, self.time_ms,
        )  # fmt: skip
        self.deals.append(deal)
        return deal
