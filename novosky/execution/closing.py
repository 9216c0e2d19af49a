"""Positions that close, whole or in part: deals booked in cents, the trade's row written."""

from __future__ import annotations

from typing import Any

from novosky.execution.brackets import exit_price
from novosky.execution.codes import DEAL_CLOSE, DEAL_PARTIAL, MOVED_STOP, PARTIAL_DONE, STOP
from novosky.execution.compiled import compiled
from novosky.execution.costs import price_difference_money, to_cents
from novosky.execution.records import Bar, Book, Position
from novosky.execution.sizing import commission_of, whole_steps
from novosky.execution.terms import Contract, Rules


@compiled
def write_deal(
    book: Book,
    bar: int,
    kind: int,
    position: Position,
    volume: float,
    price: float,
    profit: float,
    commission: float,
    swap: float,
    risk_money: float,
) -> None:
    """Book one deal, all money in cents, and write its row."""
    book.balance = to_cents(book.balance + profit - commission + swap)
    deal = book.booked[book.n_booked]
    deal.bar = bar
    deal.ticket = position.ticket
    deal.kind = kind
    deal.side = position.side
    deal.volume_lots = volume
    deal.price = price
    deal.profit = profit
    deal.commission = commission
    deal.swap = swap
    deal.risk_money = risk_money
    deal.balance_after = book.balance
    book.n_booked += 1


@compiled
def profit_of(position: Position, price: float, volume: float, contract: Contract) -> float:
    """Booked profit of `volume` lots of a position that closes at `price`."""
    return to_cents(price_difference_money(position.entry_price, price, volume, contract) * position.side)


@compiled
def costs_of_exit(position: Position, volume: float, spread: float, slippage: float, contract: Contract) -> None:
    """What spread and slippage took of an exit; a BUY has paid its spread at the entry."""
    if position.side < 0:
        position.spread_cost += price_difference_money(0.0, spread, volume, contract)
    position.slippage_cost += price_difference_money(0.0, slippage, volume, contract)


@compiled
def note_price(position: Position, price: float) -> None:
    """A price of the closing side that the position has seen."""
    low, high = min(position.worst, position.best, price), max(position.worst, position.best, price)
    position.worst, position.best = (low, high) if position.side > 0 else (high, low)


@compiled
def close_at_market(book: Book, k: int, bar: Bar, bid: float, reason: int, contract: Contract) -> None:
    """Close position `k` where the market stands at `bid`, worse by the bar's slippage."""
    position = book.positions[k]
    quote = exit_price(position.side, bid, bar.spread)
    note_price(position, quote)
    close_position(book, k, bar, quote - position.side * bar.slippage, bar.slippage, reason, 0, contract)


@compiled
def close_position(
    book: Book,
    k: int,
    bar: Bar,
    price: float,
    slippage: float,
    reason: int,
    ambiguous: int,
    contract: Contract,
) -> None:
    """Close position `k` at `price` (slippage inside) and write the trade's row; those behind it move up."""
    position = book.positions[k]
    side, volume = position.side, position.volume
    costs_of_exit(position, volume, bar.spread, slippage, contract)
    profit = profit_of(position, price, volume, contract)
    commission = to_cents(commission_of(volume, price, contract))
    write_deal(book, bar.number, DEAL_CLOSE, position, volume, price, profit, commission, position.swap, 0.0)
    trade = write_trade(book, position, bar, price, profit, commission)
    trade.exit_reason = MOVED_STOP if reason == STOP and position.stop_moved != 0 else reason
    trade.ambiguous = ambiguous
    if ambiguous != 0:
        before = position.gross - position.commission + trade.swap
        stopped = position.stop - side * bar.slippage
        trade.r_pessimistic = (before + leaving_at(position, stopped, contract)) / position.risk_money
        trade.r_optimistic = (before + leaving_at(position, position.target, contract)) / position.risk_money
    count_trade(book, trade.net, trade.r)
    vacate(book, k)


@compiled
def count_trade(book: Book, net: float, r: float) -> None:
    """What a closed trade adds to the account's course."""
    book.losses_in_row = book.losses_in_row + 1 if net < 0.0 else 0
    book.total_r += r
    book.peak_r = max(book.peak_r, book.total_r)
    book.trades += 1


@compiled
def vacate(book: Book, k: int) -> None:
    """Free slot `k`; the positions behind it move up."""
    book.open -= 1
    for j in range(k, book.open):
        book.positions[j] = book.positions[j + 1]
    book.positions[book.open].side = 0


@compiled
def write_trade(book: Book, position: Position, bar: Bar, price: float, profit: float, commission: float) -> Any:
    """The row of a position whose rest closes at `price` with this `profit` and `commission`."""
    trade = book.closed[book.n_closed]
    book.n_closed += 1
    trade.ticket = position.ticket
    trade.decision_bar = position.decision_bar
    trade.entry_bar = position.entry_bar
    trade.exit_bar = bar.number
    trade.side = position.side
    trade.volume_lots = position.volume_closed + position.volume
    trade.entry_price = position.entry_price
    trade.exit_price = price
    if position.volume_closed > 0.0:
        trade.exit_price = (position.exit_value + price * position.volume) / trade.volume_lots
    trade.stop = position.stop
    trade.target = position.target
    trade.stop_distance = position.stop_distance
    trade.gross = to_cents(position.gross + profit)
    trade.spread_cost = to_cents(position.spread_cost)
    trade.slippage_cost = to_cents(position.slippage_cost)
    trade.commission = to_cents(position.commission + commission)
    trade.swap = to_cents(position.swap_booked + position.swap)
    trade.net = to_cents(trade.gross - trade.commission + trade.swap)
    trade.risk_money = position.risk_money
    trade.r = trade.net / position.risk_money
    trade.r_pessimistic = trade.r_optimistic = trade.r
    trade.mae_r = max(0.0, (position.entry_price - position.worst) * position.side / position.stop_distance)
    trade.mfe_r = max(0.0, (position.best - position.entry_price) * position.side / position.stop_distance)
    trade.confidence = position.confidence
    trade.risk_multiplier = position.risk_multiplier
    trade.adds = position.adds
    trade.is_add = position.is_add
    trade.balance_after = book.balance
    return trade


@compiled
def leaving_at(position: Position, price: float, contract: Contract) -> float:
    """Booked profit of closing the rest at `price`, less its commission."""
    commission = to_cents(commission_of(position.volume, price, contract))
    return profit_of(position, price, position.volume, contract) - commission


@compiled
def parts_of(position: Position, contract: Contract, rules: Rules) -> tuple[float, float]:
    """Lots that a partial close takes, and those that stay; 0.0 and 0.0 where one of them would be too small."""
    part = whole_steps(position.volume * rules.partial_fraction, contract)
    rest = whole_steps(position.volume - part, contract)
    return (part, rest) if part > 0.0 and rest > 0.0 else (0.0, 0.0)


@compiled
def close_part(book: Book, k: int, bar: Bar, contract: Contract, rules: Rules) -> None:
    """Close the rules' fraction of position `k` at the open; nothing where part or rest would be too small."""
    position = book.positions[k]
    position.partial = PARTIAL_DONE
    part, rest = parts_of(position, contract, rules)
    if part == 0.0:
        return
    price = exit_price(position.side, bar.open, bar.spread) - position.side * bar.slippage
    costs_of_exit(position, part, bar.spread, bar.slippage, contract)
    profit = profit_of(position, price, part, contract)
    commission = to_cents(commission_of(part, price, contract))
    swap = to_cents(position.swap * part / position.volume)
    write_deal(book, bar.number, DEAL_PARTIAL, position, part, price, profit, commission, swap, 0.0)
    position.gross = to_cents(position.gross + profit)
    position.commission = to_cents(position.commission + commission)
    position.swap = to_cents(position.swap - swap)
    position.swap_booked = to_cents(position.swap_booked + swap)
    position.volume_closed += part
    position.exit_value += part * price
    position.volume = rest
