"""What becomes of an intent, and of wishes for what is open, at a bar's close."""

from __future__ import annotations

from novosky.execution.breakers import earliest, latched
from novosky.execution.codes import (
    CLOSE,
    EQUITY_FILTER,
    IGNORE,
    NOT_CLOSED,
    OPENED,
    OPPOSITE_SIGNAL,
    POSITION_MODEL,
    POSITION_OPEN,
    SPREAD_LIMIT,
    WISH_ADD,
    WISH_EXIT,
)
from novosky.execution.compiled import compiled
from novosky.execution.records import Bar, Book, Position
from novosky.execution.series import Intent
from novosky.execution.shadow import decide_shadow
from novosky.execution.terms import Rules


@compiled
def may_add(book: Book, position: Position, rules: Rules) -> bool:
    """Whether a close may ask for an addition to this position."""
    return bool(position.is_add == 0 and position.adds < rules.max_adds and latched(book) == OPENED)


@compiled
def heed_wish(book: Book, position: Position, wish: int, rules: Rules) -> None:
    """What a close's wish does to an open position."""
    if wish == WISH_EXIT:
        position.leave = POSITION_MODEL
    elif wish == WISH_ADD and may_add(book, position, rules):
        position.add = 1


@compiled
def face_opposite(book: Book, side: int, rules: Rules) -> int:
    """What an intent of `side` does to positions against it; how many places are taken when it opens."""
    taken = int(book.open)
    if rules.on_opposite == IGNORE:
        return taken
    against = 0
    for k in range(book.open):
        position = book.positions[k]
        if position.side != side:
            against += 1
            if position.leave == NOT_CLOSED:
                position.leave = OPPOSITE_SIGNAL
    if against > 0 and rules.on_opposite == CLOSE:
        return int(rules.max_positions)
    return taken - against


@compiled
def decide(book: Book, bar: Bar, intent: Intent, rules: Rules) -> int:
    """The account's gates among the market's: what becomes of an intent at a bar's close."""
    verdict = earliest(intent.verdict, latched(book))
    if rules.equity_filter_drawdown_r > 0.0:
        decide_shadow(book, intent, rules)
        if book.filter_halt != 0:
            verdict = earliest(verdict, EQUITY_FILTER)
    if intent.verdict in (OPENED, SPREAD_LIMIT):
        book.pending_sl = intent.sl_atr * bar.atr
        book.pending_tp = intent.tp_atr * bar.atr
    if verdict != OPENED:
        return verdict
    if book.open > 0 and face_opposite(book, intent.side, rules) >= rules.max_positions:
        return POSITION_OPEN
    book.pending_side = intent.side
    book.pending_risk_multiplier = intent.risk_multiplier
    book.pending_confidence = intent.confidence
    return OPENED
