"""The stop-out of the slow broker: the walk along a bar, against the trader."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from novosky.execution import codes
from support.slow_books import ZERO, Position
from support.slow_brackets import Exit
from support.slow_numbers import SlowBar, above, below

if TYPE_CHECKING:
    from support.slow_broker import SlowBroker


class StopOut:
    """One bar's walk from its open."""

    def __init__(self, broker: SlowBroker, bar: SlowBar) -> None:
        self.broker, self.bar, self.bid = broker, bar, bar.open

    def walk(self) -> None:
        """From the open to the range's end that is worse for the net volume."""
        if not self.broker.contract.stop_out_pct:
            return
        self.fill_gaps()
        self.sell_off()
        while (reached := self.next_level()) is not None:
            stops = [
                p
                for p in self.broker.positions
                if p.side == self.way and self.stop_bid(p) * self.way > reached * self.way
            ]
            if stops:
                self.own_stop(max(stops, key=lambda p: p.stop * p.side))
            else:
                self.bid = self.tick_from(reached)
                self.sell_off()

    def fill_gaps(self) -> None:
        """What the open itself meets leaves there, before the broker acts."""
        for p in list(self.broker.positions):
            quote = self.bar.closing(p.side, self.bar.open)
            if p.stop_met(quote):
                self.broker.close(self.bar, p, p.stopped_at(quote, self.bar))
            elif p.target_met(quote):
                self.broker.close(self.bar, p, Exit(codes.TARGET, quote, ZERO))

    @property
    def way(self) -> int:
        """+1 where the net volume is long and lower prices are worse, -1 where it is short, 0 where it is none."""
        net = sum((p.side * p.volume for p in self.broker.positions), ZERO)
        return (net > 0) - (net < 0)

    def stop_bid(self, p: Position) -> Fraction:
        """The bid at which a stop is met on this walk; a stop that lies behind it is met at once."""
        bid = p.stop if p.side > 0 else p.stop - self.bar.spread
        return min(bid, self.bid) if self.way > 0 else max(bid, self.bid)

    def excess(self, bid: Fraction) -> Fraction:
        """Equity above the level at which the broker closes."""
        level = self.broker.contract.stop_out_pct / 100 * self.broker.margin()
        return self.broker.equity_at(self.bar, bid) - level

    def next_level(self) -> Fraction | None:
        """The bid, from here on, at which the level is reached; None where it is not."""
        way = self.way
        if not way:
            return None
        if self.excess(self.bid) <= 0:
            return self.bid
        net = sum((p.side * p.volume for p in self.broker.positions), ZERO)
        reached = self.bid - self.excess(self.bid) / (net * self.broker.ledger.value)
        end = self.bar.low if way > 0 else self.bar.high
        return reached if (reached - end) * way >= 0 else None

    def tick_from(self, bid: Fraction) -> Fraction:
        """The first tick on the walk at which a level that lies at this bid is reached."""
        tick = self.broker.contract.tick_size
        return below(bid, tick) if self.way > 0 else above(bid, tick)

    def own_stop(self, p: Position) -> None:
        self.bid = self.stop_bid(p)
        met = p.exit_in(self.bar, self.broker.rules._replace(reading=codes.PESSIMISTIC))
        stopped = met if met and met.reason != codes.TARGET else p.stopped_at(p.stop, self.bar)
        self.broker.close(self.bar, p, stopped)

    def sell_off(self) -> None:
        """Close the largest open loss at this bid, until the level is above."""
        broker, bar = self.broker, self.bar
        while broker.positions and self.excess(self.bid) <= 0:
            worst = min(
                broker.positions, key=lambda p: broker.ledger.profit(p, p.volume, bar.closing(p.side, self.bid))
            )
            broker.close_at_market(bar, worst, self.bid, codes.STOP_OUT)
