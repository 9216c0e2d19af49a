"""The shadow account of the equity-curve filter: every trade that the gates before it let pass, counted in R.

It goes on while the filter holds, so that the filter can let go again.
"""

from __future__ import annotations

from novosky.execution.at_open import why_leave
from novosky.execution.bar_range import bar_exit
from novosky.execution.brackets import bracket_levels, entry_price, exit_price, levels_allowed
from novosky.execution.codes import (
    EQUITY_FILTER,
    IGNORE,
    NOT_CLOSED,
    OPENED,
    OPPOSITE_SIGNAL,
    POSITION_MODEL,
    REVERSE,
    STOP,
    WISH_EXIT,
)
from novosky.execution.compiled import compiled
from novosky.execution.management import move_stop, note_excursion, touches
from novosky.execution.records import SHADOW, Bar, Book
from novosky.execution.series import Intent
from novosky.execution.terms import Contract, Rules


@compiled
def open_shadow(book: Book, bar: Bar, contract: Contract) -> None:
    """Open what the last close gave the shadow book."""
    shadow = book.positions[SHADOW]
    side = book.pending_shadow
    book.pending_shadow = 0
    if bar.week_end or shadow.side != 0:
        return
    quote = entry_price(side, bar.open, bar.spread)
    stop, target = bracket_levels(side, quote, book.pending_sl, book.pending_tp, contract.tick_size)
    if not levels_allowed(side, bar.open, bar.spread, stop, target, contract.stops_distance):
        return
    shadow.side = side
    shadow.entry_bar = shadow.hold_from = bar.number
    shadow.entry_price = quote + side * bar.slippage
    shadow.stop = stop
    shadow.target = target
    shadow.stop_distance = abs(quote - stop)
    shadow.stop_moved = shadow.leave = 0
    shadow.worst = shadow.best = exit_price(side, bar.open, bar.spread)


@compiled
def close_shadow(book: Book, price: float, rules: Rules) -> None:
    """Count the shadow's trade, closed at `price` (slippage inside), and ask the filter again."""
    shadow = book.positions[SHADOW]
    n = rules.equity_filter_trades
    book.shadow_r[book.shadow_trades % n] = (price - shadow.entry_price) * shadow.side / shadow.stop_distance
    book.shadow_trades += 1
    shadow.side = 0
    course, highest = 0.0, 0.0
    for j in range(max(0, book.shadow_trades - n), book.shadow_trades):
        course += book.shadow_r[j % n]
        highest = max(highest, course)
    book.filter_halt = 1 if highest - course >= rules.equity_filter_drawdown_r - 1e-9 else 0


@compiled
def decide_shadow(book: Book, intent: Intent, rules: Rules) -> None:
    """What the shadow account makes of a close: it asks the gates before the filter alone."""
    shadow = book.positions[SHADOW]
    if shadow.side != 0 and intent.wish == WISH_EXIT:
        shadow.leave = POSITION_MODEL
    if intent.verdict != OPENED and intent.verdict < EQUITY_FILTER:
        return
    if shadow.side == 0:
        book.pending_shadow = intent.side
    elif shadow.side != intent.side and rules.on_opposite != IGNORE:
        if shadow.leave == NOT_CLOSED:
            shadow.leave = OPPOSITE_SIGNAL
        if rules.on_opposite == REVERSE:
            book.pending_shadow = intent.side


@compiled
def step_shadow(book: Book, bar: Bar, contract: Contract, rules: Rules) -> None:
    """The shadow account's bar, up to its close."""
    shadow = book.positions[SHADOW]
    if shadow.side != 0 and why_leave(shadow, bar, rules) != NOT_CLOSED:
        close_shadow(book, exit_price(shadow.side, bar.open, bar.spread) - shadow.side * bar.slippage, rules)
    if book.pending_shadow != 0:
        open_shadow(book, bar, contract)
    if shadow.side != 0:
        if not touches(shadow, bar):
            note_excursion(shadow, bar)
            move_stop(shadow, bar, contract, rules)
            return
        reason, price, _ = bar_exit(shadow, bar, rules)
        close_shadow(book, price - (shadow.side * bar.slippage if reason == STOP else 0.0), rules)
