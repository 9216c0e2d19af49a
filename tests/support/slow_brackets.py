"""Stop and target of the slow broker: which one a bar meets, at which price, and where the stop moves to."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import NamedTuple

from novosky.execution import codes
from novosky.execution.terms import Contract, Rules
from support.slow_numbers import Candle, SlowBar, nearest


class Exit(NamedTuple):
    """How a bar ends a position: the price filled and the slippage in it, and the fills of both readings."""

    reason: int
    price: Fraction
    slippage: Fraction
    ambiguous: int = 0
    stop_price: Fraction | None = None
    target_price: Fraction | None = None


def levels_allowed(side: int, stop: Fraction, target: Fraction, bar: SlowBar, contract: Contract) -> bool:
    """Whether stop and target lie beyond the closing side of the price at the open, by the stops level."""
    quote = bar.closing(side, bar.open)
    rooms = (side * (quote - stop), side * (target - quote))
    return all(room > 0 and room >= contract.stops_distance for room in rooms)


@dataclass
class Bracketed:
    """A position as far as prices go; the shadow account's is nothing more."""

    side: int
    hold_from: int
    entry: Fraction
    stop: Fraction
    target: Fraction
    stop_distance: Fraction
    best: Fraction
    worst: Fraction
    moved: bool = False
    leave: int = codes.NOT_CLOSED

    def better(self, price: Fraction, other: Fraction) -> bool:
        """Whether a price is better for the position than another."""
        return self.side * (price - other) > 0

    def stop_met(self, quote: Fraction) -> bool:
        return not self.better(quote, self.stop)

    def target_met(self, quote: Fraction) -> bool:
        return not self.better(self.target, quote)

    def reason_at_open(self, bar: SlowBar, rules: Rules) -> int:
        """Why the position leaves at this bar's open; the first reason that holds."""
        if rules.max_hold_bars and bar.number >= self.hold_from + rules.max_hold_bars:
            return codes.TIME
        return codes.WEEK_END_EXIT if bar.flat else self.leave

    def stopped_at(self, quote: Fraction, bar: SlowBar) -> Exit:
        reason = codes.MOVED_STOP if self.moved else codes.STOP
        return Exit(reason, quote - self.side * bar.slippage, bar.slippage)

    def exit_in(self, bar: SlowBar, rules: Rules) -> Exit | None:
        """What the bar's range does to the position; None where it stays."""
        first = self.exit_at_open(bar, bar)
        if first is not None:
            return first
        stops, wins = self.levels_met(bar, bar)
        stop, target = self.stopped_at(self.stop, bar), Exit(codes.TARGET, self.target, Fraction(0))
        if not (stops and wins):
            return stop if stops else target if wins else None
        taken, settled = stop, False
        if rules.reading == codes.OPTIMISTIC:
            taken = target
        elif rules.reading == codes.FINER_BARS:
            taken, settled = self.first_in_finer(bar, stop, target)
        return taken._replace(ambiguous=2 if settled else 1, stop_price=stop.price, target_price=target.price)

    def exit_at_open(self, candle: SlowBar | Candle, bar: SlowBar) -> Exit | None:
        """A gap through a level fills at the open."""
        quote = bar.closing(self.side, candle.open)
        if self.stop_met(quote):
            return self.stopped_at(quote, bar)
        return Exit(codes.TARGET, quote, Fraction(0)) if self.target_met(quote) else None

    def levels_met(self, candle: SlowBar | Candle, bar: SlowBar) -> tuple[bool, bool]:
        """Whether the range meets the stop, and whether it meets the target."""
        worst, best = (candle.low, candle.high) if self.side > 0 else (candle.high, candle.low)
        return self.stop_met(bar.closing(self.side, worst)), self.target_met(bar.closing(self.side, best))

    def first_in_finer(self, bar: SlowBar, stop: Exit, target: Exit) -> tuple[Exit, bool]:
        """The exit by the finer bars, and whether they settled it."""
        for candle in bar.finer:
            gap = self.exit_at_open(candle, bar)
            if gap is not None:
                return gap, True
            stops, wins = self.levels_met(candle, bar)
            if stops or wins:
                return (stop if stops else target), not (stops and wins)
        return stop, False

    def see(self, bar: SlowBar) -> None:
        """Remember the best and worst price of the bar."""
        for bid in (bar.high, bar.low):
            quote = bar.closing(self.side, bid)
            self.best = quote if self.better(quote, self.best) else self.best
            self.worst = quote if self.better(self.worst, quote) else self.worst

    def has_made(self, price: Fraction, stop_distances: Fraction) -> bool:
        return self.side * (price - self.entry) >= stop_distances * self.stop_distance

    def move_stop(self, bar: SlowBar, contract: Contract, rules: Rules) -> None:
        """Break-even and trailing stop on the closed bar."""
        candidates = []
        if rules.breakeven_r and self.has_made(self.best, rules.breakeven_r):
            candidates.append(self.entry + self.side * rules.breakeven_offset)
        if rules.trail_atr and self.has_made(self.best, rules.trail_start_r):
            candidates.append(self.best - self.side * rules.trail_atr * bar.atr)
        if not candidates:
            return
        new = max((nearest(price, contract.tick_size) for price in candidates), key=lambda price: self.side * price)
        quote = bar.closing(self.side, bar.close)
        room = self.side * (quote - new)
        frozen = any(abs(quote - level) <= contract.freeze_distance for level in (self.stop, self.target))
        if self.better(new, self.stop) and room > 0 and room >= contract.stops_distance and not frozen:
            self.stop, self.moved = new, True
