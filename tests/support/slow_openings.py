"""What the slow broker asks before it opens: the quote, the levels, the volume, the stop's cost, the margin."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import NamedTuple

from novosky.execution import codes
from novosky.execution.terms import Contract, Rules
from support.slow_books import ZERO, Ledger, Opening, Position
from support.slow_brackets import levels_allowed
from support.slow_numbers import SlowBar, above, below


class Order(NamedTuple):
    """What is asked for: an own bracket, or an addition under another position's."""

    side: int
    stop: Fraction
    target: Fraction
    multiplier: Fraction
    is_add: bool = False


def side_totals(positions: Sequence[tuple[int, Fraction, Fraction]], side: int) -> list[Fraction]:
    """Volume of a side, and volume x entry price."""
    mine = [(volume, price) for which, volume, price in positions if which == side]
    return [sum((volume for volume, _ in mine), ZERO), sum((volume * price for volume, price in mine), ZERO)]


def margin(contract: Contract, positions: Sequence[tuple[int, Fraction, Fraction]]) -> Fraction:
    """Margin of positions, each its side, volume and entry price."""

    def of(volume: Fraction, price: Fraction) -> Fraction:
        return volume * (contract.margin_fixed + contract.margin_per_price * price)

    long, short = side_totals(positions, +1), side_totals(positions, -1)
    smaller, larger = sorted((long, short))
    if not smaller[0]:
        return of(larger[0], larger[1] / larger[0]) if larger[0] else ZERO
    uncovered = of(larger[0] - smaller[0], larger[1] / larger[0])
    covered = of(smaller[0], (larger[1] + smaller[1]) / (larger[0] + smaller[0]))
    return uncovered + covered * contract.margin_hedged_rate


class Desk:
    """Sizes and refuses; it changes nothing."""

    def __init__(self, ledger: Ledger, contract: Contract, rules: Rules) -> None:
        self.ledger, self.contract, self.rules = ledger, contract, rules

    def lots(self, equity: Fraction, multiplier: Fraction, distance: Fraction, quote: Fraction) -> Fraction:
        """The volume whose stop costs the risk, in steps; 0 where that is below the smallest."""
        risk = equity * self.rules.risk_pct * multiplier / 100
        loss = distance * self.ledger.value + 2 * self.ledger.commission(Fraction(1), quote)
        volume = below(min(risk / loss, self.contract.volume_max), self.contract.volume_step)
        return volume if volume >= self.contract.volume_min else ZERO

    def volume(self, order: Order, equity: Fraction, distance: Fraction, quote: Fraction) -> Fraction:
        """The volume to trade; 0 where there is none."""
        volume = self.lots(equity, order.multiplier, distance, quote)
        whole = self.lots(equity, Fraction(1), distance, quote)
        with_cap = self.rules.max_risk_per_trade_pct and self.rules.cap_stops
        if not volume and (with_cap or (order.multiplier < 1 and whole)):
            return self.contract.volume_min
        return volume

    def ask(self, order: Order, bar: SlowBar, equity: Fraction, others: Sequence[Position]) -> Opening:
        """The first refusal, or what to open."""
        quote = bar.opening(order.side, bar.open)
        price = quote + order.side * bar.slippage
        if not levels_allowed(order.side, order.stop, order.target, bar, self.contract):
            return Opening(codes.STOPS_LEVEL)
        volume = self.volume(order, equity, abs(quote - order.stop), quote)
        if not volume:
            return Opening(codes.VOLUME_BELOW_MINIMUM)
        stop = self.borne_stop(order, quote, volume, equity)
        if stop is None:
            return Opening(codes.STOP_CAP)
        if not levels_allowed(order.side, stop, order.target, bar, self.contract):
            return Opening(codes.STOPS_LEVEL)
        held = [(other.side, other.volume, other.entry) for other in others]
        if equity < margin(self.contract, [*held, (order.side, volume, price)]):
            return Opening(codes.MARGIN)
        return Opening(codes.OPENED, volume, price, stop, abs(quote - stop))

    def borne_stop(self, order: Order, quote: Fraction, volume: Fraction, equity: Fraction) -> Fraction | None:
        """The stop, drawn in where it would cost too much; None where that is refused or leaves less than a tick."""
        farthest = equity * self.rules.max_risk_per_trade_pct / 100 / (self.ledger.value * volume)
        if not self.rules.max_risk_per_trade_pct or abs(quote - order.stop) <= farthest:
            return order.stop
        if order.is_add or not self.rules.cap_stops or farthest < self.contract.tick_size:
            return None
        return self.drawn_in(order.side, quote, farthest)

    def drawn_in(self, side: int, quote: Fraction, distance: Fraction) -> Fraction:
        """The tick that lies farthest from the quote within a distance."""
        tick = self.contract.tick_size
        return above(quote - distance, tick) if side > 0 else below(quote + distance, tick)
