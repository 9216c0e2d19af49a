"""Positions that open: the pending intent, and additions to what is open."""

from __future__ import annotations

from novosky.execution.account import equity_at, margin_with
from novosky.execution.brackets import bracket_levels, entry_price, exit_price, levels_allowed, tick_within
from novosky.execution.closing import write_deal
from novosky.execution.codes import (
    DEAL_ADD,
    DEAL_OPEN,
    MARGIN,
    OPENED,
    POSITION_OPEN,
    STOP_CAP,
    STOPS_LEVEL,
    WEEK_END,
)
from novosky.execution.compiled import compiled
from novosky.execution.costs import SAME_MONEY, price_difference_money, to_cents
from novosky.execution.records import Bar, Book, Position
from novosky.execution.sizing import commission_of, sized
from novosky.execution.terms import Contract, Rules


@compiled
def plan_opening(book: Book, bar: Bar, contract: Contract, rules: Rules) -> tuple[int, float, float, float, float]:
    """What the last close's intent asks for at the bar's open: (verdict, lots, quote, stop, target).

    By what was known when it was decided, and by the account of now; where the verdict refuses, the rest is 0.0.
    """
    side = book.pending_side
    quote = entry_price(side, bar.open, bar.spread)
    stop, target = bracket_levels(side, quote, book.pending_sl, book.pending_tp, contract.tick_size)
    verdict, volume, stop = _sized_opening(book, bar, quote, stop, target, contract, rules)
    if verdict != OPENED:
        return verdict, 0.0, 0.0, 0.0, 0.0
    return OPENED, volume, quote, stop, target


@compiled
def _sized_opening(  # noqa: PLR0911
    book: Book, bar: Bar, quote: float, stop: float, target: float, contract: Contract, rules: Rules
) -> tuple[int, float, float]:
    """Verdict, lots, and the stop, which the rules may draw nearer."""
    if bar.week_end:
        return WEEK_END, 0.0, stop
    if book.open >= rules.max_positions:
        return POSITION_OPEN, 0.0, stop
    side = book.pending_side
    if not levels_allowed(side, bar.open, bar.spread, stop, target, contract.stops_distance):
        return STOPS_LEVEL, 0.0, stop
    equity = equity_at(book, bar.open, bar.spread, contract)
    distance = abs(quote - stop)
    verdict, volume, allowed = sized(equity, book.pending_risk_multiplier, distance, quote, contract, rules)
    if verdict != OPENED:
        return verdict, 0.0, stop
    if allowed < distance:
        stop = tick_within(quote, side, allowed, contract.tick_size)
        if not levels_allowed(side, bar.open, bar.spread, stop, target, contract.stops_distance):
            return STOPS_LEVEL, 0.0, stop
    if margin_with(book, side, volume, quote + side * bar.slippage, contract) > equity + SAME_MONEY:
        return MARGIN, 0.0, stop
    return OPENED, volume, stop


@compiled
def open_pending(book: Book, bar: Bar, contract: Contract, rules: Rules) -> int:
    """Open the last close's intent at the bar's open; the verdict."""
    verdict, volume, quote, stop, target = plan_opening(book, bar, contract, rules)
    if verdict == OPENED:
        position = book.positions[book.open]
        position.risk_multiplier = book.pending_risk_multiplier
        position.confidence = book.pending_confidence
        position.hold_from = bar.number
        position.stop_distance = abs(quote - stop)
        position.stop = stop
        position.target = target
        position.stop_moved = position.adds = position.is_add = 0
        book_opening(book, position, book.pending_side, volume, quote, bar, contract)
    return verdict


@compiled
def book_opening(
    book: Book, position: Position, side: int, volume: float, quote: float, bar: Bar, contract: Contract
) -> None:
    """Fill the free slot `position`, whose levels are set, and book the deal."""
    book.open += 1
    book.tickets += 1
    position.ticket = book.tickets
    position.side = side
    position.decision_bar = bar.number - 1
    position.entry_bar = bar.number
    position.worst = position.best = exit_price(side, bar.open, bar.spread)
    position.volume = position.entry_price = position.risk_money = position.commission = 0.0
    position.gross = position.swap = position.swap_booked = position.volume_closed = position.exit_value = 0.0
    position.spread_cost = position.slippage_cost = 0.0
    position.partial = position.leave = position.add = 0
    book_entry(book, position, volume, quote, bar, DEAL_OPEN, contract)


@compiled
def book_entry(
    book: Book, position: Position, volume: float, quote: float, bar: Bar, kind: int, contract: Contract
) -> None:
    """`volume` lots enter `position`: its entry becomes the average by volume, risk and costs add up."""
    fill = quote + position.side * bar.slippage
    risk_money = abs(price_difference_money(quote, position.stop, volume, contract))
    commission = to_cents(commission_of(volume, fill, contract))
    if kind == DEAL_OPEN:
        position.entry_price = fill
    else:
        total = position.volume + volume
        position.entry_price = (position.entry_price * position.volume + fill * volume) / total
    position.volume += volume
    position.risk_money += risk_money
    if position.side > 0:
        position.spread_cost += price_difference_money(0.0, bar.spread, volume, contract)
    position.slippage_cost += price_difference_money(0.0, bar.slippage, volume, contract)
    position.commission = to_cents(position.commission + commission)
    write_deal(book, bar.number, kind, position, volume, fill, 0.0, commission, 0.0, risk_money)


@compiled
def open_additions(book: Book, bar: Bar, contract: Contract, rules: Rules) -> None:
    """Additions that the last close asked for, in the order of their positions; a refused one is dropped."""
    for k in range(book.open):
        position = book.positions[k]
        if position.add != 0:
            position.add = 0
            if not bar.week_end:
                add_to(book, k, bar, contract, rules)


@compiled
def plan_addition(book: Book, k: int, bar: Bar, contract: Contract, rules: Rules) -> tuple[int, float, float]:
    """The same trade as position `k` once more, under its stop and target: (verdict, lots, quote)."""
    position = book.positions[k]
    side = position.side
    quote = entry_price(side, bar.open, bar.spread)
    if not rules.netting and book.open >= rules.max_positions:
        return POSITION_OPEN, 0.0, quote
    if not levels_allowed(side, bar.open, bar.spread, position.stop, position.target, contract.stops_distance):
        return STOPS_LEVEL, 0.0, quote
    equity = equity_at(book, bar.open, bar.spread, contract)
    distance = (quote - position.stop) * side
    verdict, volume, allowed = sized(equity, position.risk_multiplier, distance, quote, contract, rules)
    if verdict != OPENED:
        return verdict, 0.0, quote
    if allowed < distance:
        return STOP_CAP, 0.0, quote
    if margin_with(book, side, volume, quote + side * bar.slippage, contract) > equity + SAME_MONEY:
        return MARGIN, 0.0, quote
    return OPENED, volume, quote


@compiled
def add_to(book: Book, k: int, bar: Bar, contract: Contract, rules: Rules) -> int:
    """Add to position `k` at the bar's open; the verdict."""
    verdict, volume, quote = plan_addition(book, k, bar, contract, rules)
    if verdict != OPENED:
        return verdict
    position = book.positions[k]
    position.adds += 1
    if rules.netting:
        book_entry(book, position, volume, quote, bar, DEAL_ADD, contract)
        return OPENED
    added = book.positions[book.open]
    added.risk_multiplier = position.risk_multiplier
    added.confidence = position.confidence
    added.hold_from = position.hold_from
    added.stop = position.stop
    added.target = position.target
    added.stop_distance = (quote - position.stop) * position.side
    added.stop_moved = added.adds = 0
    added.is_add = 1
    book_opening(book, added, position.side, volume, quote, bar, contract)
    return OPENED
