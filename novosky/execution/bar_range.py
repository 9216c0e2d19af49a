"""A bar's range against stops and targets."""

from __future__ import annotations

from novosky.execution.brackets import bracket_exit, finer_exit
from novosky.execution.closing import close_position
from novosky.execution.codes import FINER_BARS, NOT_CLOSED, OPTIMISTIC, STOP
from novosky.execution.compiled import compiled
from novosky.execution.management import note_excursion, note_last_excursion, touches
from novosky.execution.records import Bar, Book, Position
from novosky.execution.terms import Contract, Rules


@compiled
def bar_exit(position: Position, bar: Bar, rules: Rules) -> tuple[int, float, int]:
    """What the bar's range does to a position: (exit code, price, 1 ambiguous or 2 ambiguous and settled)."""
    side, spread, stop, target = position.side, bar.spread, position.stop, position.target
    optimistic = rules.reading == OPTIMISTIC
    reason, price, both = bracket_exit(side, bar.open, bar.high, bar.low, spread, stop, target, optimistic)
    if not both:
        return reason, price, 0
    if rules.reading == FINER_BARS:
        code, finer_price, still = finer_exit(side, bar, stop, target)
        if code != NOT_CLOSED:
            return code, finer_price, 1 if still else 2
    return reason, price, 1


@compiled
def passes_by(book: Book, bar: Bar) -> bool:
    """Whether the bar's range meets no level; its excursions are noted then."""
    for k in range(book.open):
        if touches(book.positions[k], bar):
            return False
    for k in range(book.open):
        note_excursion(book.positions[k], bar)
    return True


@compiled
def close_at_level(book: Book, k: int, bar: Bar, price: float, reason: int, ambiguous: int, contract: Contract) -> None:
    """Close position `k` at a level or a gap's open: stops are market orders and slip, targets are not and do not."""
    position = book.positions[k]
    note_last_excursion(position, reason, price)
    slippage = bar.slippage if reason == STOP else 0.0
    close_position(book, k, bar, price - position.side * slippage, slippage, reason, ambiguous, contract)


@compiled
def meet_gaps(book: Book, bar: Bar, contract: Contract) -> None:
    """Stops and targets that the bar's open lies beyond."""
    k = 0
    while k < book.open:
        position = book.positions[k]
        reason, price, _ = bracket_exit(
            position.side, bar.open, bar.open, bar.open, bar.spread, position.stop, position.target, False
        )
        if reason == NOT_CLOSED:
            k += 1
        else:
            close_at_level(book, k, bar, price, reason, 0, contract)


@compiled
def meet_range(book: Book, bar: Bar, contract: Contract, rules: Rules) -> None:
    """Stops and targets against the bar's range, position by position."""
    k = 0
    while k < book.open:
        position = book.positions[k]
        reason, price, ambiguous = bar_exit(position, bar, rules)
        if reason == NOT_CLOSED:
            note_excursion(position, bar)
            k += 1
        else:
            close_at_level(book, k, bar, price, reason, ambiguous, contract)
