"""The broker's stop-out: what it closes when the equity no longer carries the margin."""

from __future__ import annotations

import math

from novosky.execution.account import equity_at, margin_with
from novosky.execution.brackets import SAME_PRICE, bracket_exit, exit_price
from novosky.execution.closing import close_at_market, close_position, note_price
from novosky.execution.codes import STOP, STOP_OUT
from novosky.execution.compiled import compiled
from novosky.execution.costs import SAME_MONEY, price_difference_money
from novosky.execution.records import Bar, Book
from novosky.execution.terms import Contract


@compiled
def meet_stop_out(book: Book, bar: Bar, contract: Contract) -> None:
    """Walk from the open to the bar's end that is worse for the account, closing what the margin level closes.

    Own stops that lie nearer close first; where the level is reached the largest open loss closes, until the equity
    carries what is left. Equity is a line over the bid, so that the crossing is exact.
    """
    here = bar.open
    while book.open > 0:
        level = margin_with(book, 0, 0.0, 0.0, contract) * contract.stop_out_pct / 100.0 + SAME_MONEY
        now = equity_at(book, here, bar.spread, contract)
        if now <= level:
            close_at_market(book, largest_loss(book, here, bar.spread, contract), bar, here, STOP_OUT, contract)
            continue
        slope = money_per_price(book, contract)
        if slope == 0.0:
            return
        worst = bar.low if slope > 0.0 else bar.high
        if equity_at(book, worst, bar.spread, contract) > level:
            return
        crossing = here - (now - level) / slope
        k = nearest_stop(book, here, crossing, bar.spread)
        if k >= 0:
            here = close_at_its_stop(book, k, here, bar, contract)
            continue
        tick = contract.tick_size
        if slope > 0.0:
            here = max(math.floor(crossing / tick + 1e-6) * tick, worst)
        else:
            here = min(math.ceil(crossing / tick - 1e-6) * tick, worst)
        close_at_market(book, largest_loss(book, here, bar.spread, contract), bar, here, STOP_OUT, contract)


@compiled
def money_per_price(book: Book, contract: Contract) -> float:
    """By how much the equity moves when the bid moves by 1.0; 0.0 where both sides cancel."""
    net, total = 0.0, 0.0
    for k in range(book.open):
        net += book.positions[k].side * book.positions[k].volume
        total += book.positions[k].volume
    if abs(net) <= 1e-9 * total:
        return 0.0
    return price_difference_money(0.0, 1.0, net, contract)


@compiled
def largest_loss(book: Book, bid: float, spread: float, contract: Contract) -> int:
    """The position that shows the least profit at this bid, the earliest of equals."""
    found, least = 0, math.inf
    for k in range(book.open):
        position = book.positions[k]
        moved = (exit_price(position.side, bid, spread) - position.entry_price) * position.side
        shown = price_difference_money(0.0, moved, position.volume, contract)
        if shown < least - 1e-9:
            found, least = k, shown
    return found


@compiled
def nearest_stop(book: Book, here: float, crossing: float, spread: float) -> int:
    """The position whose stop the walk from `here` to `crossing` (bids) meets first; -1 where it meets none."""
    direction = 1 if crossing < here else -1  # falling bids meet the stops of BUYs
    found, best = -1, 0.0
    for k in range(book.open):
        position = book.positions[k]
        if position.side != direction:
            continue
        bid = position.stop if direction > 0 else position.stop - spread
        ahead = (bid - crossing) * direction
        if ahead >= -SAME_PRICE and (found < 0 or ahead > best + SAME_PRICE):
            found, best = k, ahead
    return found


@compiled
def close_at_its_stop(book: Book, k: int, here: float, bar: Bar, contract: Contract) -> float:
    """Close position `k` at its stop, at `here` where the bar opened beyond it; the bid that stands then."""
    position = book.positions[k]
    side, stop = position.side, position.stop
    bid = min(stop, here) if side > 0 else max(stop - bar.spread, here)
    quote = exit_price(side, bid, bar.spread) if bid == here else stop
    note_price(position, quote)
    _, _, both = bracket_exit(side, bar.open, bar.high, bar.low, bar.spread, stop, position.target, False)
    close_position(book, k, bar, quote - side * bar.slippage, bar.slippage, STOP, 1 if both else 0, contract)
    return float(bid)
