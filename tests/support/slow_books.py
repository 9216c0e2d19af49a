"""The money of the slow broker: positions, what closing them brings, trades and deals; exact, booked in cents."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import NamedTuple

from novosky.execution import codes
from novosky.execution.terms import Contract
from support.slow_brackets import Bracketed, Exit
from support.slow_numbers import SlowBar, cents

ZERO = Fraction(0)


class Deal(NamedTuple):
    """One booking, as a row of DEAL_DTYPE."""

    bar: int
    ticket: int
    kind: int
    side: int
    volume_lots: Fraction
    price: Fraction
    profit: Fraction
    commission: Fraction
    swap: Fraction
    risk_money: Fraction
    balance_after: Fraction


class Opening(NamedTuple):
    """What the broker answers to an order: a refusal, or what it opens."""

    refusal: int
    volume: Fraction = ZERO
    price: Fraction = ZERO
    stop: Fraction = ZERO
    distance: Fraction = ZERO


class Trade(NamedTuple):
    """One position from its opening to its last closing, as a row of TRADE_DTYPE."""

    ticket: int
    decision_bar: int
    entry_bar: int
    exit_bar: int
    side: int
    volume_lots: Fraction
    entry_price: Fraction
    exit_price: Fraction
    stop: Fraction
    target: Fraction
    exit_reason: int
    ambiguous: int
    gross: Fraction
    spread_cost: Fraction
    slippage_cost: Fraction
    commission: Fraction
    swap: Fraction
    net: Fraction
    risk_money: Fraction
    r: Fraction
    r_pessimistic: Fraction
    r_optimistic: Fraction
    confidence: Fraction
    risk_multiplier: Fraction
    adds: int
    is_add: int
    balance_after: Fraction
    worst_between: tuple[Fraction, Fraction]  # bounds of mae_r: of the bar of the exit it only counts what was met
    best_between: tuple[Fraction, Fraction]  # of mfe_r


@dataclass(kw_only=True)
class Position(Bracketed):
    """A position of the account."""

    ticket: int
    decision_bar: int
    entry_bar: int
    volume: Fraction
    opened: Fraction
    multiplier: Fraction
    confidence: Fraction
    risk_money: Fraction = ZERO
    commission: Fraction = ZERO
    spread_cost: Fraction = ZERO
    slippage_cost: Fraction = ZERO
    is_add: bool = False
    adds: int = 0
    wants_add: bool = False
    partial_due: bool = False
    partial_done: bool = False
    swap: Fraction = ZERO
    swap_booked: Fraction = ZERO
    gross: Fraction = ZERO
    exit_value: Fraction = ZERO

    def bounds(self, sign: int, seen: Fraction, bar: SlowBar, way: Exit) -> tuple[Fraction, Fraction]:
        """The best (worst: -1) showing in stop distances: at least of what was seen, at most of the whole bar."""
        at_fill = (seen, way.price + self.side * way.slippage)
        at_most = (*at_fill, way.price, bar.closing(self.side, bar.high), bar.closing(self.side, bar.low))
        least, most = (max(sign * self.side * (p - self.entry) for p in prices) for prices in (at_fill, at_most))
        return max(least, ZERO) / self.stop_distance, max(most, ZERO) / self.stop_distance


class Ledger:
    """The balance, and every booking that made it."""

    def __init__(self, balance: Fraction, contract: Contract) -> None:
        self.balance, self.contract = balance, contract
        self.value = contract.tick_value / contract.tick_size
        self.deals: list[Deal] = []
        self.trades: list[Trade] = []
        self.losses_in_row = 0

    def profit(self, position: Bracketed, volume: Fraction, price: Fraction) -> Fraction:
        return position.side * (price - position.entry) * volume * self.value

    def commission(self, volume: Fraction, price: Fraction) -> Fraction:
        """One side's, not rounded."""
        per_value = self.contract.commission_pct / 100
        return volume * (self.contract.commission_per_lot + per_value * price * self.value)

    def book(self, deal: Deal) -> Deal:
        """Put a deal into the balance."""
        self.balance += deal.profit - deal.commission + deal.swap
        self.deals.append(deal._replace(balance_after=self.balance))
        return deal

    def enter(self, bar: SlowBar, position: Position, kind: int, opening: Opening) -> None:
        """Book an entry, and its costs in the position."""
        volume, price = opening.volume, opening.price
        risk = opening.distance * self.value * volume
        commission = cents(self.commission(volume, price))
        self.book(
            Deal(bar.number, position.ticket, kind, position.side, volume, price, ZERO, commission, ZERO, risk, ZERO)
        )
        position.risk_money += risk
        position.commission += commission
        position.spread_cost += bar.spread * volume * self.value if position.side > 0 else ZERO
        position.slippage_cost += bar.slippage * volume * self.value

    def take_part(
        self, bar: SlowBar, position: Position, kind: int, volume: Fraction, price: Fraction, slip: Fraction
    ) -> None:
        """Close a part, or all, of a position at a price that holds so much slippage."""
        profit = cents(self.profit(position, volume, price))
        commission = cents(self.commission(volume, price))
        swap = cents(position.swap * volume / position.volume)
        deal = self.book(
            Deal(bar.number, position.ticket, kind, position.side, volume, price, profit, commission, swap, ZERO, ZERO)
        )
        position.gross += deal.profit
        position.commission += deal.commission
        position.swap_booked += deal.swap
        position.swap -= deal.swap
        position.volume -= volume
        position.exit_value += volume * price
        position.spread_cost += bar.spread * volume * self.value if position.side < 0 else ZERO
        position.slippage_cost += slip * volume * self.value

    def close(self, bar: SlowBar, position: Position, way: Exit) -> None:
        """Close what is left of a position and write its trade."""
        r_pessimistic = self.r_at(position, way.price if way.stop_price is None else way.stop_price)
        r_optimistic = self.r_at(position, way.price if way.target_price is None else way.target_price)
        self.take_part(bar, position, codes.DEAL_CLOSE, position.volume, way.price, way.slippage)
        net = position.gross - position.commission + position.swap_booked
        self.losses_in_row = self.losses_in_row + 1 if net < 0 else 0
        self.trades.append(
            Trade(
                ticket=position.ticket,
                decision_bar=position.decision_bar,
                entry_bar=position.entry_bar,
                exit_bar=bar.number,
                side=position.side,
                volume_lots=position.opened,
                entry_price=position.entry,
                exit_price=position.exit_value / position.opened,
                stop=position.stop,
                target=position.target,
                exit_reason=way.reason,
                ambiguous=way.ambiguous,
                gross=position.gross,
                spread_cost=cents(position.spread_cost),
                slippage_cost=cents(position.slippage_cost),
                commission=position.commission,
                swap=position.swap_booked,
                net=net,
                risk_money=position.risk_money,
                r=net / position.risk_money,
                r_pessimistic=r_pessimistic,
                r_optimistic=r_optimistic,
                confidence=position.confidence,
                risk_multiplier=position.multiplier,
                adds=position.adds,
                is_add=int(position.is_add),
                balance_after=self.balance,
                worst_between=position.bounds(-1, position.worst, bar, way),
                best_between=position.bounds(+1, position.best, bar, way),
            )
        )

    def r_at(self, position: Position, price: Fraction) -> Fraction:
        """The trade's R if what is left closed at a price."""
        gross = position.gross + cents(self.profit(position, position.volume, price))
        commission = position.commission + cents(self.commission(position.volume, price))
        return (gross - commission + position.swap_booked + position.swap) / position.risk_money
