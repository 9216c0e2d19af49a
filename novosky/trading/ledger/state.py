"""What the rows amount to. The same function folds them when they are written and when they are read again."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any, Final

from novosky.trading.intent import LEAVING, LEVELS, OPENING, Intent
from novosky.trading.ledger.rows import (
    ABSENT,
    ADOPTED,
    DONE,
    FOUND,
    GUARD,
    LOST,
    PART_DONE,
    PLACED,
    REFUSED,
    REPORTED,
    SENT,
    SMALLEST_LOTS,
    Entry,
    Equity,
    Event,
    Fill,
    OrderRow,
    PositionEvent,
)

WRITTEN: Final = "written"  # phase of an intent that no order was sent for yet
IN_FLIGHT: Final = (SENT, LOST, PLACED)  # its outcome is not known
OPEN_PHASES: Final = (WRITTEN, REFUSED, *IN_FLIGHT)
TRADED: Final = (DONE, PART_DONE, FOUND)  # a deal of it has to be in the broker's history


@dataclass(frozen=True)
class Pursued:
    """An intent and how far it came."""

    intent: Intent
    written_ms: int
    phase: str = WRITTEN
    attempt: int = 0
    sent_ms: int = 0  # of the last attempt
    order_ticket: int = 0  # as answered; 0: not known

    @property
    def is_in_flight(self) -> bool:
        """Whether its outcome has to be looked up."""
        return self.phase in IN_FLIGHT


@dataclass(frozen=True)
class Owed:
    """Deals that the broker's history has not shown yet: the lots that they must come to, +buys, and since when.

    Of an intent that was told as done the lots are not counted: one deal of it is enough.
    """

    lots: float
    since_ms: int


@dataclass
class LedgerState:
    """Derived from a prefix of the entries; equal for equal prefixes."""

    number: int = 0  # of the last entry
    time_ms: int = 0
    intents: dict[str, Pursued] = field(default_factory=dict)  # by hash, those not settled
    settled: dict[str, Pursued] = field(default_factory=dict)  # by hash
    opened_on: dict[tuple[str, str, int, int], str] = field(default_factory=dict)  # `opening_of` -> hash
    positions: dict[int, PositionEvent] = field(default_factory=dict)  # by ticket, the open ones
    closed: set[int] = field(default_factory=set)  # tickets of positions that were open once
    taken: dict[int, Pursued] = field(default_factory=dict)  # ticket -> what took from it, and does not show yet
    deals: set[int] = field(default_factory=set)  # tickets booked
    unbooked: dict[int | str, Owed] = field(default_factory=dict)  # deals that are missing, by position or intent
    order_intents: dict[int, str] = field(default_factory=dict)  # order ticket -> hash
    guards: dict[str, dict[str, Any]] = field(default_factory=dict)  # name -> the state last written
    reported: set[int] = field(default_factory=set)  # tickets of positions that are not the bot's
    equity: Equity | None = None

    def apply(self, entry: Entry) -> None:
        """Take the next entry in; what may be written at all is `rules.py`'s."""
        row = entry.row
        if isinstance(row, Intent):
            self.intents[row.hash] = Pursued(row, entry.time_ms)
            if row.action in OPENING:
                self.opened_on[opening_of(row)] = row.hash
        elif isinstance(row, OrderRow):
            self._pursue(row, entry.time_ms)
        elif isinstance(row, Fill):
            self.deals.add(row.deal_ticket)
            self.unbooked.pop(row.intent, None)
            if row.position_ticket in self.taken and self.taken[row.position_ticket].intent.hash == row.intent:
                del self.taken[row.position_ticket]
            self._owe(row.position_ticket, -row.side * row.volume, entry.time_ms)
        elif isinstance(row, PositionEvent):
            self._move(row, entry.time_ms)
        elif isinstance(row, Equity):
            self.equity = row
        elif isinstance(row, Event) and row.name == GUARD:
            self.guards[row.details["guard"]] = dict(row.details["state"])
        elif isinstance(row, Event) and row.name == REPORTED:
            self.reported.add(row.details["ticket"])
        self.number, self.time_ms = entry.number, entry.time_ms

    def _pursue(self, row: OrderRow, time_ms: int) -> None:
        now = replace(self.intents[row.intent], phase=row.phase, attempt=row.attempt)
        if row.phase == SENT:
            now = replace(now, sent_ms=time_ms, order_ticket=0)
        if row.order_ticket:
            now = replace(now, order_ticket=row.order_ticket)
            self.order_intents[row.order_ticket] = row.intent
        self.intents[row.intent] = now
        if row.phase not in OPEN_PHASES and not (row.phase == ABSENT and now.intent.action not in OPENING):
            del self.intents[row.intent]
            self.settled[row.intent] = now
            if row.phase in TRADED and now.intent.action != LEVELS:
                self.unbooked[row.intent] = Owed(0.0, now.sent_ms)
            if row.phase in TRADED and now.intent.action in LEAVING:
                self.taken[now.intent.position_ticket] = now

    def _move(self, row: PositionEvent, time_ms: int) -> None:
        ticket, before = row.position_ticket, self.positions.get(row.position_ticket)
        if row.volume > 0.0:
            self.positions[ticket] = row
        else:
            self.positions.pop(ticket, None)
            self.closed.add(ticket)
        if before is None or before.volume != row.volume:
            self.taken.pop(ticket, None)
        if row.event == ADOPTED:  # its deals were made before this ledger
            self.unbooked.pop(ticket, None)
            return
        held = 0.0 if before is None else before.side * before.volume
        self._owe(ticket, row.side * row.volume - held, time_ms)

    def _owe(self, ticket: int, lots: float, time_ms: int) -> None:
        owed = self.unbooked.pop(ticket, Owed(0.0, time_ms))
        if abs(owed.lots + lots) > SMALLEST_LOTS:
            self.unbooked[ticket] = replace(owed, lots=owed.lots + lots)

    def is_being_taken(self, ticket: int, since_ms: int) -> bool:
        """Whether an order to take from a position is on its way, or was told as done since then and does not show.

        On a netting account a second order to close what is closed opens the opposite position.
        """
        told = self.taken.get(ticket)
        on_its_way = (one.intent for one in self.intents.values() if one.is_in_flight)
        return (told is not None and told.sent_ms >= since_ms) or any(
            intent.position_ticket == ticket and intent.action in LEAVING for intent in on_its_way
        )

    def unbooked_since_ms(self) -> int | None:
        """Since when deals are missing; None where all are booked."""
        return min((owed.since_ms for owed in self.unbooked.values()), default=None)


def opening_of(intent: Intent) -> tuple[str, str, int, int]:
    """What an entry or an addition may be written for once: its action, symbol, bar and position."""
    return intent.action, intent.symbol, intent.bar_time_ms, intent.position_ticket


def replay(entries: Iterable[Entry]) -> LedgerState:
    """The state after these entries, the first of which is number 1."""
    state = LedgerState()
    for entry in entries:
        state.apply(entry)
    return state
