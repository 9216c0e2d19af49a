"""The clock of a campaign: time passes, a hand that is not the bot's meddles, and naked positions are timed."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from novosky.trading.intent import is_ours
from novosky.trading.terminal import constants as mt5
from novosky.trading.terminal import retcodes
from novosky.trading.terminal.records import Position, TradeRequest
from novosky.trading.terminal.simulated.server import SimulatedServer

STEP_MS: Final = 30_000  # the longest time that passes unseen
DEEDS: Final = ("strip", "strip", "bare", "close", "halve", "shift")


class Deed(NamedTuple):
    """What a hand does, and when."""

    time_ms: int
    what: str  # strip the stop, bare of both levels, close, halve, shift the stop
    which: int


def drawn_deeds(seed: int, count: int, start_ms: int, end_ms: int) -> list[Deed]:
    """`count` deeds between the two times."""
    draw = random.Random(f"deeds {seed}")
    deeds = [Deed(draw.randrange(start_ms, end_ms), draw.choice(DEEDS), draw.randrange(9)) for _ in range(count)]
    return sorted(deeds)


@dataclass
class HandedClock:
    """A replay's clock without waiting.

    `faults` counts what has gone wrong so far; `naked_ms` is how long each position has been without a stop while
    nothing went wrong, `longest_naked_ms` the most of it.
    """

    server: SimulatedServer
    magic: int
    deeds: list[Deed]
    faults: Callable[[], int]
    end_ms: int
    at_end: Callable[[], None] = lambda: None
    done: dict[str, int] = field(default_factory=dict)
    naked_ms: dict[int, int] = field(default_factory=dict)
    longest_naked_ms: int = 0
    _faults_then: int = 0

    def now_ms(self) -> int:
        return self.server.now_ms

    def wake(self) -> None:
        """Nothing sleeps here."""

    def wait(self, ms: int) -> None:
        until = self.server.now_ms + ms
        while self.server.now_ms < until:
            self._pass(min(STEP_MS, until - self.server.now_ms))
        if self.server.now_ms >= self.end_ms:
            self.at_end()

    def _pass(self, ms: int) -> None:
        if self.faults() != self._faults_then:
            self._faults_then = self.faults()
            self.naked_ms.clear()
        naked = naked_tickets(self.server, self.magic)
        self.server.advance_to(self.server.now_ms + ms)
        still = naked & naked_tickets(self.server, self.magic) if naked else naked
        self.naked_ms = {ticket: self.naked_ms.get(ticket, 0) + ms for ticket in still}
        self.longest_naked_ms = max(self.longest_naked_ms, *self.naked_ms.values(), 0)
        while self.deeds and self.deeds[0].time_ms <= self.server.now_ms:
            self._do(self.deeds.pop(0))

    def _do(self, deed: Deed) -> None:
        rows = own_positions(self.server, self.magic)
        if not rows:
            return
        row = rows[deed.which % len(rows)]
        if self.server.send(_request(deed.what, row)).retcode == retcodes.DONE:
            self.done[deed.what] = self.done.get(deed.what, 0) + 1


def naked_tickets(server: SimulatedServer, magic: int) -> set[int]:
    """Of the bot's positions without a stop."""
    account = server.account
    bare = (account.holder(k) for k in range(account.open) if account.stop_of(k) == 0.0)
    return {holder.ticket for holder in bare if is_ours(holder.magic, magic)}


def own_positions(server: SimulatedServer, magic: int) -> list[Position]:
    """The bot's, as the server holds them."""
    account = server.account
    rows = [account.position(k) for k in range(account.open)]
    return [row for row in rows if is_ours(row.magic, magic)]


def _request(what: str, row: Position) -> TradeRequest:
    side = 1 if row.type == mt5.POSITION_TYPE_BUY else -1
    if what in ("strip", "bare", "shift"):
        stop = round(row.sl - side * 25.0, 2) if what == "shift" and row.sl else 0.0
        target = 0.0 if what == "bare" else row.tp
        return TradeRequest(mt5.TRADE_ACTION_SLTP, row.symbol, sl=stop, tp=target, position=row.ticket)
    volume = row.volume if what == "close" else max(round(row.volume / 2, 2), 0.01)
    return by_hand(-side, volume, position=row.ticket)


def by_hand(side: int, volume: float, **fields: Any) -> TradeRequest:
    """A person's market order."""
    usual: dict[str, Any] = {"type_filling": mt5.ORDER_FILLING_IOC, "comment": "by hand"}
    return TradeRequest(mt5.TRADE_ACTION_DEAL, "BTCUSD", volume, mt5.type_of(side), **(usual | fields))
