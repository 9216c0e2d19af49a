"""The core's book, kept by what the broker did: the ledger's rows move it, the core's functions decide on it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final, NamedTuple

import numpy as np

from novosky.execution.brackets import exit_price
from novosky.execution.breakers import roll_calendar
from novosky.execution.closing import count_trade, vacate
from novosky.execution.codes import PARTIAL_DONE, PARTIAL_DUE, VERDICT_NAMES
from novosky.execution.costs import price_difference_money
from novosky.execution.equity_state import RECENT_TRADES
from novosky.execution.loop import at_close, set_bar
from novosky.execution.management import note_excursion
from novosky.execution.records import BAR_DTYPE, SHADOW, Bar, Book, Position, new_book
from novosky.execution.series import BarArrays
from novosky.execution.shadow import step_shadow
from novosky.execution.terms import Contract, Rules, as_record
from novosky.models.decision.loop import Deciders, consult, new_scratch
from novosky.trading.bot.chain import Decided
from novosky.trading.intent import ADD, Intent
from novosky.trading.ledger.rows import Fill, PositionEvent, Row
from novosky.trading.ledger.state import LedgerState

SAME_LEVEL: Final = 1e-9


class Verdict(NamedTuple):
    """What a close led to: code of the intent's verdict, and the position model's wish for the first position."""

    verdict: int
    wish: int


@dataclass
class Day:
    """What closed since the limits' clock began a day."""

    since_ms: int = 0
    trades: int = 0
    wins: int = 0
    net: float = 0.0


class LiveBook:
    """One account: positions by the broker's ticket, money by the broker's figures, decisions by the core."""

    def __init__(self, contract: Contract, rules: Rules, models: Deciders, n_features: int) -> None:
        self.books = new_book(0.0)
        self.contract, self.rules = as_record(contract), as_record(rules)
        self.models = models
        self.scratch = new_scratch(n_features, len(models.position.link), RECENT_TRADES)
        self.recent: list[float] = []  # R of the last trades, in order
        self.booked: dict[int, float] = {}  # money of the deals of open positions, by ticket
        self.number = 0  # of the last closed bar
        self.bar_ms = -1  # its open time
        self.money_to_ms = -1  # of the last deposit or withdrawal that was seen; -1: none was looked for
        self.today = Day()
        self.last_verdict = ""
        self._bars = np.zeros(1, BAR_DTYPE)

    @property
    def book(self) -> Book:
        return self.books[0]

    @property
    def tickets(self) -> list[int]:
        """Of the open positions, in the order of their opening."""
        return [int(self.book.positions[k].ticket) for k in range(int(self.book.open))]

    def position(self, ticket: int) -> Position:
        return self.book.positions[self.tickets.index(ticket)]

    @property
    def risk_unit(self) -> float:
        """What one trade risks of the equity by the rules, money: 1 R."""
        return float(self.book.equity * self.rules.risk_pct / 100.0)

    def begin(self, balance: float) -> None:
        """An account that has not traded yet."""
        self.books[:] = new_book(balance)

    def bar(self, arrays: BarArrays, number: int) -> Bar:
        """The core's record of a bar whose row is `arrays`."""
        bar = self._bars[0]
        set_bar(bar, arrays, 0)
        bar.number = number
        return bar

    def begin_bar(self, bar: Bar) -> bool:
        """A bar has opened: on the first of a day or week limits start anew. Whether it is."""
        if bar.day == self.book.day and bar.week == self.book.week:
            return False
        roll_calendar(self.book, bar.day, bar.week, self.rules)
        return True

    def close_bar(self, arrays: BarArrays, bar_ms: int, decided: Decided, balance: float) -> Verdict:
        """The next bar is over and this is what the chain says: mark, follow, decide, ask the models.

        What was closed meanwhile has been applied before; `balance` is the broker's.
        """
        self.number, self.bar_ms = self.number + 1, bar_ms
        book, bar = self.book, self.bar(arrays, self.number)
        self.begin_bar(bar)
        book.n_closed = book.n_booked = book.pending_side = 0
        for k in range(int(book.open)):
            note_excursion(book.positions[k], bar)
        if self.rules.equity_filter_drawdown_r > 0.0:
            step_shadow(book, bar, self.contract, self.rules)
        book.balance = balance
        verdict = at_close(book, bar, decided.intent, self.contract, self.rules)
        self.scratch.r_history[: len(self.recent)] = self.recent
        wish = consult(book, bar, decided.x, len(self.recent), self.models, self.rules, self.scratch)
        self.last_verdict = VERDICT_NAMES[int(verdict)]
        return Verdict(int(verdict), int(wish))

    def drop_pending(self) -> None:
        """The bar's moment has passed: what it decided to open is not opened."""
        self.book.pending_side = 0
        for k in range(int(self.book.open)):
            self.book.positions[k].add = 0

    def apply(self, row: Row, state: LedgerState) -> None:
        """Follow a row of the ledger; `state` knows the intents."""
        if isinstance(row, Fill):
            money = row.profit + row.commission + row.swap + row.fee
            self.booked[row.position_ticket] = self.booked.get(row.position_ticket, 0.0) + money
        elif isinstance(row, PositionEvent):
            is_here = row.position_ticket in self.tickets
            if row.volume <= 0.0:
                self._leave(row.position_ticket, is_here)
            elif is_here:
                self._change(self.position(row.position_ticket), row, state)
            else:
                self._enter(row, intent_of(row.intent, state))

    def take_swaps(self, swaps: Mapping[int, float]) -> None:
        """What the broker holds against each position by now."""
        for k in range(int(self.book.open)):
            position = self.book.positions[k]
            position.swap = swaps.get(int(position.ticket), float(position.swap))

    def _enter(self, row: PositionEvent, intent: Intent | None) -> None:
        book = self.book
        position = book.positions[book.open]
        _fill(position, {})
        facts: Mapping[str, Any] = {} if intent is None else intent.details
        stop, target = row.stop or row.wanted_stop, row.target or row.wanted_target
        quote, share = row.price, 1.0
        if intent is not None:
            stop, target, quote = _same(intent.stop, stop), _same(intent.target, target), intent.price
            share = _same(intent.volume, row.volume) / intent.volume
        bid, spread = facts.get("bid", row.price), facts.get("spread", 0.0)
        position.ticket = row.position_ticket
        position.side = row.side
        position.decision_bar, position.entry_bar = self.number, self.number + 1
        position.hold_from = facts.get("hold_from", self.number + 1)
        position.volume = row.volume
        position.entry_price = row.price
        position.stop, position.target = stop, target
        position.stop_distance = abs(quote - stop) or 1.0
        position.risk_money = facts.get("risk_money", 0.0) * share or self.money(position.stop_distance, row.volume)
        position.risk_multiplier = facts.get("risk_multiplier", 1.0)
        position.confidence = facts.get("confidence", 0.0)
        position.worst = position.best = exit_price(row.side, bid, spread)
        position.is_add = int(intent is not None and intent.action == ADD)
        book.open += 1
        book.tickets += 1
        if position.is_add and intent is not None and intent.position_ticket in self.tickets:
            self.position(intent.position_ticket).adds += 1

    def _change(self, position: Position, row: PositionEvent, state: LedgerState) -> None:
        if row.volume > position.volume + SAME_LEVEL:  # netting: the entry is the average
            more = row.volume - float(position.volume)
            planned = _addition_to(row.position_ticket, self.bar_ms, state)
            if planned is not None and "risk_money" in planned.details:
                position.risk_money += planned.details["risk_money"] * _same(planned.volume, more) / planned.volume
            else:
                position.risk_money += self.money(abs(row.price - float(position.stop)), more)
            position.adds += 1
        elif row.volume < position.volume - SAME_LEVEL and position.partial == PARTIAL_DUE:
            position.partial = PARTIAL_DONE
        position.volume, position.entry_price = row.volume, row.price
        if row.event == "levels":  # else a stop that the last close moved may not be at the broker yet
            self._move(position, row.stop or row.wanted_stop, row.target or row.wanted_target)

    def _move(self, position: Position, stop: float, target: float) -> None:
        if abs(stop - position.stop) > SAME_LEVEL and stop > 0.0:
            position.stop, position.stop_moved = stop, 1
        if target > 0.0:
            position.target = _same(float(position.target), target)

    def _leave(self, ticket: int, is_here: bool) -> None:
        money = round(self.booked.pop(ticket, 0.0), 2)
        if not is_here:
            return
        k = self.tickets.index(ticket)
        r = money / float(self.book.positions[k].risk_money)
        count_trade(self.book, money, r)
        self.today = Day(
            self.today.since_ms,
            self.today.trades + 1,
            self.today.wins + (money > 0.0),
            round(self.today.net + money, 2),
        )
        vacate(self.book, k)
        self.recent = [*self.recent, r][-RECENT_TRADES:]

    def money(self, distance: float, volume: float) -> float:
        """Money that `volume` lots lose over a price distance."""
        return float(price_difference_money(0.0, distance, volume, self.contract))

    def checkpoint(self) -> dict[str, Any]:
        """All that the next bar's decision needs, as plain values."""
        book = self.book
        ring = int(self.rules.equity_filter_trades)
        return {
            "number": self.number,
            "bar_ms": self.bar_ms,
            "money_to_ms": self.money_to_ms,
            "today": asdict(self.today),
            "recent_r": self.recent,
            "booked": {str(ticket): money for ticket, money in self.booked.items()},
            "book": {name: book[name].item() for name in SCALARS},
            "positions": [_plain(book.positions[k]) for k in range(int(book.open))],
            "shadow": _plain(book.positions[SHADOW]),
            "shadow_r": book.shadow_r[:ring].tolist(),
        }

    def restore(self, saved: Mapping[str, Any]) -> None:
        """What `checkpoint` gave; fields that an older program did not write stay as they are."""
        book = self.book
        self.number, self.bar_ms, self.money_to_ms = saved["number"], saved["bar_ms"], saved["money_to_ms"]
        self.recent, self.today = list(saved["recent_r"]), Day(**saved["today"])
        self.booked = {int(ticket): money for ticket, money in saved["booked"].items()}
        for name in SCALARS:
            book[name] = saved["book"].get(name, book[name])
        for k, row in enumerate(saved["positions"]):
            _fill(book.positions[k], row)
        _fill(book.positions[SHADOW], saved["shadow"])
        ring = saved["shadow_r"]
        book.shadow_r[: len(ring)] = ring


def intent_of(intent_hash: str, state: LedgerState) -> Intent | None:
    """The intent with this hash; None where the ledger has none."""
    pursued = state.intents.get(intent_hash) or state.settled.get(intent_hash)
    return None if pursued is None else pursued.intent


def _addition_to(ticket: int, bar_ms: int, state: LedgerState) -> Intent | None:
    """The addition to a position that the last close decided; None where it was another's."""
    every = (*state.settled.values(), *state.intents.values())
    asked = (pursued.intent for pursued in reversed(every) if pursued.intent.position_ticket == ticket)
    return next((intent for intent in asked if intent.action == ADD and intent.bar_time_ms == bar_ms), None)


def _same(wanted: float, found: float) -> float:
    """What the core meant, where the broker shows it but for what decimals take from binary numbers."""
    return wanted if abs(wanted - found) <= SAME_LEVEL else found


def _plain(position: Position) -> dict[str, Any]:
    return {name: position[name].item() for name in position.dtype.names}


def _fill(position: Position, saved: Mapping[str, Any]) -> None:
    for name in position.dtype.names:
        position[name] = saved.get(name, 0)


SCALARS: Final = tuple(
    name
    for name, (kind, *_) in new_book(1.0).dtype.fields.items()  # type: ignore[union-attr]
    if kind.shape == () and name not in ("n_closed", "n_booked")
)
