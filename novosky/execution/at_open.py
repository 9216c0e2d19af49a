"""What happens at a bar's open to what is already open: swap, closings, partial closes."""

from __future__ import annotations

from novosky.execution.closing import close_at_market, close_part
from novosky.execution.codes import NOT_CLOSED, PARTIAL_DUE, TIME, WEEK_END_EXIT
from novosky.execution.compiled import compiled
from novosky.execution.costs import to_cents
from novosky.execution.opening import open_additions
from novosky.execution.records import Bar, Book, Position
from novosky.execution.terms import Contract, Rules


@compiled
def charge_swap(book: Book, bar: Bar, contract: Contract) -> None:
    """The nights since the last bar, on every open position."""
    for k in range(book.open):
        position = book.positions[k]
        price = position.entry_price if contract.swap_on_entry_price else bar.open
        if position.side > 0:
            night = contract.swap_long_fixed + contract.swap_long_per_price * price
        else:
            night = contract.swap_short_fixed + contract.swap_short_per_price * price
        position.swap = to_cents(position.swap + to_cents(bar.nights * night * position.volume))


@compiled
def why_leave(position: Position, bar: Bar, rules: Rules) -> int:
    """Why a position leaves at the open of `bar`; NOT_CLOSED where it stays."""
    if bar.number - position.hold_from >= rules.max_hold_bars:
        return TIME
    if bar.week_end:
        return WEEK_END_EXIT
    return int(position.leave)


@compiled
def acts_at_open(book: Book, bar: Bar, rules: Rules) -> bool:
    """Whether any position leaves, closes in part, or is added to at this open."""
    for k in range(book.open):
        position = book.positions[k]
        if why_leave(position, bar, rules) != NOT_CLOSED or position.partial == PARTIAL_DUE or position.add != 0:
            return True
    return False


@compiled
def act_at_open(book: Book, bar: Bar, contract: Contract, rules: Rules) -> None:
    """What leaves at the open, whole or in part; then what is added."""
    k = 0
    while k < book.open:
        reason = why_leave(book.positions[k], bar, rules)
        if reason != NOT_CLOSED:
            close_at_market(book, k, bar, bar.open, reason, contract)
            continue
        if book.positions[k].partial == PARTIAL_DUE:
            close_part(book, k, bar, contract, rules)
        k += 1
    open_additions(book, bar, contract, rules)
