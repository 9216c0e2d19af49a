"""What the open positions are worth and bind: equity, margin."""

from __future__ import annotations

from novosky.execution.brackets import exit_price
from novosky.execution.compiled import compiled
from novosky.execution.costs import price_difference_money
from novosky.execution.records import Book
from novosky.execution.terms import Contract


@compiled
def equity_at(book: Book, bid: float, spread: float, contract: Contract) -> float:
    """Balance, what the open positions show at this bid, and their swap; the commission of closing is not in it."""
    equity = book.balance
    for k in range(book.open):
        position = book.positions[k]
        closing = exit_price(position.side, bid, spread)
        shown = price_difference_money(position.entry_price, closing, position.volume, contract) * position.side
        equity += shown + position.swap
    return float(equity)


@compiled
def margin_with(book: Book, side: int, volume: float, price: float, contract: Contract) -> float:
    """Money that the open positions and one more of `volume` lots (0.0: none) at `price` bind.

    Uncovered volume pays for itself at the larger side's average price, covered volume its hedged share at the average
    of all: https://www.metatrader5.com/en/terminal/help/trading_advanced/margin_forex
    """
    if contract.margin_fixed == 0.0 and contract.margin_per_price == 0.0:
        return 0.0
    long, short, long_value, short_value = 0.0, 0.0, 0.0, 0.0
    if side > 0:
        long, long_value = volume, volume * price
    else:
        short, short_value = volume, volume * price
    for k in range(book.open):
        position = book.positions[k]
        if position.side > 0:
            long += position.volume
            long_value += position.volume * position.entry_price
        else:
            short += position.volume
            short_value += position.volume * position.entry_price
    if long == 0.0 and short == 0.0:
        return 0.0
    covered = min(long, short)
    average = long_value / long if long >= short else short_value / short
    margin = abs(long - short) * (contract.margin_fixed + contract.margin_per_price * average)
    if covered > 0.0:
        of_all = (long_value + short_value) / (long + short)
        each = contract.margin_fixed + contract.margin_per_price * of_all
        margin += covered * contract.margin_hedged_rate * each
    return margin
