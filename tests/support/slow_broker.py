"""A second execution core, written for clarity from docs/execution.md alone; it shares no code with the first.

Everything is exact: prices, volumes and money are fractions, so that a level touched is touched and half a cent is
half a cent.
"""

from __future__ import annotations

from fractions import Fraction
from typing import NamedTuple

from novosky.execution import codes
from novosky.execution.series import BarArrays, FinerBars, Intents
from novosky.execution.terms import Contract, Rules
from support.slow_books import ZERO, Deal, Ledger, Opening, Position, Trade
from support.slow_brackets import Exit
from support.slow_limits import Limits
from support.slow_numbers import SlowBar, below, cents, exact, exact_terms, slow_bar
from support.slow_openings import Desk, Order, margin
from support.slow_shadow import Decision, Shadow, decision, opposite
from support.slow_stop_out import StopOut


class SlowRun(NamedTuple):
    """What happened over a window."""

    trades: list[Trade]
    deals: list[Deal]
    equity: list[Fraction]
    verdicts: list[int]


def slow_simulate(
    bars: BarArrays,
    intents: Intents,
    contract: Contract,
    rules: Rules,
    balance: float,
    start: int,
    stop: int,
    finer: FinerBars,
) -> SlowRun:
    """Let the bars `start <= i < stop` happen to an account."""
    broker = SlowBroker(exact_terms(contract), exact_terms(rules), exact(balance))
    for i in range(start, stop):
        bar = slow_bar(bars, finer, i)
        broker.happen(bar, decision(intents, i, bar.atr))
    broker.end(bar)
    return SlowRun(broker.ledger.trades, broker.ledger.deals, broker.equity, broker.verdicts)


class SlowBroker:
    """An account, and what every bar does to it."""

    def __init__(self, contract: Contract, rules: Rules, balance: Fraction) -> None:
        self.contract, self.rules = contract, rules
        self.ledger = Ledger(balance, contract)
        self.desk = Desk(self.ledger, contract, rules)
        self.limits = Limits(balance, rules)
        self.shadow = Shadow(contract, rules)
        self.positions: list[Position] = []
        self.pending: Decision | None = None
        self.tickets = 0
        self.equity: list[Fraction] = []
        self.verdicts: list[int] = []

    def happen(self, bar: SlowBar, decided: Decision) -> None:
        """The order inside a bar."""
        if self.limits.roll(bar.day, bar.week):
            self.ledger.losses_in_row = 0
        self.shadow.happen(bar)
        self.charge_swap(bar)
        self.close_at_open(bar)
        self.add(bar)
        self.open_pending(bar)
        StopOut(self, bar).walk()
        for position in list(self.positions):
            met = position.exit_in(bar, self.rules)
            if met:
                self.close(bar, position, met)
        self.equity.append(self.equity_at(bar, bar.close))
        self.manage(bar)
        self.limits.trip(self.equity[-1], self.ledger.balance, self.ledger.losses_in_row)
        self.verdicts.append(self.judge(decided))

    def equity_at(self, bar: SlowBar, bid: Fraction) -> Fraction:
        """Balance, what is open at this bid, and the swap that waits."""
        shown = (self.ledger.profit(p, p.volume, bar.closing(p.side, bid)) + p.swap for p in self.positions)
        return self.ledger.balance + sum(shown, ZERO)

    def margin(self) -> Fraction:
        return margin(self.contract, [(p.side, p.volume, p.entry) for p in self.positions])

    def close(self, bar: SlowBar, position: Position, way: Exit) -> None:
        self.ledger.close(bar, position, way)
        self.positions.remove(position)

    def close_at_market(self, bar: SlowBar, position: Position, bid: Fraction, reason: int) -> None:
        price = bar.closing(position.side, bid) - position.side * bar.slippage
        self.close(bar, position, Exit(reason, price, bar.slippage))

    def charge_swap(self, bar: SlowBar) -> None:
        terms = self.contract
        long = (terms.swap_long_fixed, terms.swap_long_per_price)
        short = (terms.swap_short_fixed, terms.swap_short_per_price)
        for p in self.positions:
            fixed, per_price = long if p.side > 0 else short
            price = p.entry if terms.swap_on_entry_price else bar.open
            p.swap += cents(p.volume * (fixed + per_price * price) * bar.nights)

    def close_at_open(self, bar: SlowBar) -> None:
        """What leaves at the open, and the parts that the last close asked for."""
        for p in list(self.positions):
            reason = p.reason_at_open(bar, self.rules)
            if reason:
                self.close_at_market(bar, p, bar.open, reason)
            elif p.partial_due:
                p.partial_due, p.partial_done = False, True
                part = below(p.volume * self.rules.partial_fraction, self.contract.volume_step)
                if min(part, p.volume - part) >= self.contract.volume_min:
                    price = bar.closing(p.side, bar.open) - p.side * bar.slippage
                    self.ledger.take_part(bar, p, codes.DEAL_PARTIAL, part, price, bar.slippage)

    def add(self, bar: SlowBar) -> None:
        """The additions that the last close asked for."""
        for p in list(self.positions):
            wanted, p.wants_add = p.wants_add, False
            if not wanted or (not self.rules.netting and len(self.positions) >= self.rules.max_positions):
                continue
            order = Order(p.side, p.stop, p.target, p.multiplier, is_add=True)
            opening = self.desk.ask(order, bar, self.equity_at(bar, bar.open), self.positions)
            if opening.refusal:
                continue
            p.adds += 1
            if self.rules.netting:
                self.enlarge(bar, p, opening)
            else:
                self.open(bar, order, opening, p.confidence, p)

    def enlarge(self, bar: SlowBar, p: Position, opening: Opening) -> None:
        """An addition on netting."""
        total = p.volume + opening.volume
        self.ledger.enter(bar, p, codes.DEAL_ADD, opening)
        p.entry = (p.volume * p.entry + opening.volume * opening.price) / total
        p.volume = total
        p.opened += opening.volume

    def open_pending(self, bar: SlowBar) -> None:
        """What the last close decided; its verdict belongs to that close."""
        decided, self.pending = self.pending, None
        if decided is None:
            return
        if bar.flat:
            self.verdicts[-1] = codes.WEEK_END
        elif len(self.positions) >= self.rules.max_positions:
            self.verdicts[-1] = codes.POSITION_OPEN
        else:
            quote = bar.opening(decided.side, bar.open)
            order = Order(decided.side, *decided.levels(quote, self.contract.tick_size), decided.multiplier)
            opening = self.desk.ask(order, bar, self.equity_at(bar, bar.open), self.positions)
            self.verdicts[-1] = opening.refusal
            if opening.refusal == codes.OPENED:
                self.open(bar, order, opening, decided.confidence, None)

    def open(self, bar: SlowBar, order: Order, opening: Opening, confidence: Fraction, parent: Position | None) -> None:
        """A new position; with a parent it is an addition on hedging."""
        self.tickets += 1
        at_once = bar.closing(order.side, bar.open)
        position = Position(
            side=order.side,
            hold_from=parent.hold_from if parent else bar.number,
            entry=opening.price,
            stop=opening.stop,
            target=order.target,
            stop_distance=opening.distance,
            best=at_once,
            worst=at_once,
            ticket=self.tickets,
            decision_bar=bar.number - 1,
            entry_bar=bar.number,
            volume=opening.volume,
            opened=opening.volume,
            multiplier=order.multiplier,
            confidence=confidence,
            is_add=parent is not None,
        )
        self.ledger.enter(bar, position, codes.DEAL_OPEN, opening)
        self.positions.append(position)

    def manage(self, bar: SlowBar) -> None:
        for p in self.positions:
            p.see(bar)
            p.move_stop(bar, self.contract, self.rules)
            shown = p.has_made(bar.closing(p.side, bar.close), self.rules.partial_r)
            p.partial_due = bool(self.rules.partial_r) and not p.partial_done and shown

    def judge(self, decided: Decision) -> int:
        """The verdict on this close's decision, and what the next open does."""
        refusals = [decided.verdict] if decided.verdict else []
        refusals += [codes.EQUITY_FILTER] if self.shadow.refuses() else []
        refusals += self.limits.holding()
        self.shadow.hear(decided)
        self.wish(decided.wish)
        if refusals:
            return min(refusals)
        against = opposite(self.positions, decided.side)
        room = self.rules.max_positions - len(self.positions)
        if against and self.rules.on_opposite != codes.IGNORE:
            for p in against:
                p.leave = p.leave or codes.OPPOSITE_SIGNAL
            room = room + len(against) if self.rules.on_opposite == codes.REVERSE else 0
        if room <= 0:
            return codes.POSITION_OPEN
        self.pending = decided
        return codes.OPENED

    def wish(self, wish: int) -> None:
        """The position model's, for every open position."""
        for p in self.positions:
            if wish == codes.WISH_EXIT:
                p.leave = codes.POSITION_MODEL
            may = not p.is_add and p.adds < self.rules.max_adds and not self.limits.holding()
            p.wants_add = wish == codes.WISH_ADD and may

    def end(self, bar: SlowBar) -> None:
        """The window's last close: nothing stays open, nothing is left to be decided."""
        if self.pending:
            self.verdicts[-1] = codes.NO_NEXT_BAR
        for p in list(self.positions):
            self.close_at_market(bar, p, bar.close, codes.WINDOW_END)
        self.equity[-1] = self.ledger.balance
