"""The shadow account of the slow broker: one trade at a time, in R, from prices alone."""

from __future__ import annotations

from fractions import Fraction
from itertools import accumulate
from typing import NamedTuple

from novosky.execution import codes
from novosky.execution.series import Intents
from novosky.execution.terms import Contract, Rules
from support.slow_brackets import Bracketed, levels_allowed
from support.slow_numbers import SlowBar, exact, nearest


class Decision(NamedTuple):
    """One close's intent; distances of the bracket in price units."""

    bar: int
    side: int
    verdict: int
    sl: Fraction
    tp: Fraction
    multiplier: Fraction
    confidence: Fraction
    wish: int

    def levels(self, quote: Fraction, tick: Fraction) -> tuple[Fraction, Fraction]:
        """Stop and target of a position whose quote at the open this is."""
        return nearest(quote - self.side * self.sl, tick), nearest(quote + self.side * self.tp, tick)


def decision(intents: Intents, i: int, atr: Fraction) -> Decision:
    """The intent of the close of bar i."""
    return Decision(
        i,
        int(intents.side[i]),
        int(intents.verdict[i]),
        exact(intents.sl_atr[i]) * atr,
        exact(intents.tp_atr[i]) * atr,
        exact(intents.risk_multiplier[i]),
        exact(intents.confidence[i]),
        int(intents.wish[i]),
    )


def opposite(positions: list[Bracketed], side: int) -> list[Bracketed]:
    return [position for position in positions if position.side == -side]


class Shadow:
    """Takes what the chain lets through, whether or not the real account may."""

    def __init__(self, contract: Contract, rules: Rules) -> None:
        self.contract, self.rules = contract, rules
        self.position: Bracketed | None = None
        self.pending: Decision | None = None
        self.results: list[Fraction] = []

    def happen(self, bar: SlowBar) -> None:
        """The bar, from its open to its close."""
        at_open = self.position.reason_at_open(bar, self.rules) if self.position else codes.NOT_CLOSED
        if self.position and at_open:
            self.close(bar.closing(self.position.side, bar.open) - self.position.side * bar.slippage)
        if self.pending and not self.position and not bar.flat:
            self.open(self.pending, bar)
        self.pending = None
        if self.position is None:
            return
        met = self.position.exit_in(bar, self.rules)
        if met:
            self.close(met.price)
            return
        self.position.see(bar)
        self.position.move_stop(bar, self.contract, self.rules)

    def open(self, decision: Decision, bar: SlowBar) -> None:
        quote = bar.opening(decision.side, bar.open)
        stop, target = decision.levels(quote, self.contract.tick_size)
        if not levels_allowed(decision.side, stop, target, bar, self.contract):
            return
        at_once = bar.closing(decision.side, bar.open)
        entry = quote + decision.side * bar.slippage
        self.position = Bracketed(
            decision.side, bar.number, entry, stop, target, abs(quote - stop), best=at_once, worst=at_once
        )

    def close(self, price: Fraction) -> None:
        position = self.position
        assert position is not None
        self.results.append(position.side * (price - position.entry) / position.stop_distance)
        self.position = None

    def refuses(self) -> bool:
        """Whether the course of the last results, from 0 on, ends so far below its highest point."""
        limit = self.rules.equity_filter_drawdown_r
        course = [*accumulate(self.results[-self.rules.equity_filter_trades :], initial=Fraction(0))]
        return bool(limit) and max(course) - course[-1] >= limit

    def hear(self, decision: Decision) -> None:
        """What the next open does, by the intent of this close and the position model's wish."""
        position = self.position
        if position and decision.wish == codes.WISH_EXIT:
            position.leave = codes.POSITION_MODEL
        if decision.side == 0 or codes.OPENED < decision.verdict <= codes.WEEK_END:
            return
        if position is None:
            self.pending = decision
        elif opposite([position], decision.side) and self.rules.on_opposite != codes.IGNORE:
            position.leave = position.leave or codes.OPPOSITE_SIGNAL
            self.pending = decision if self.rules.on_opposite == codes.REVERSE else None
