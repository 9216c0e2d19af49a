"""A start: the book as the ledger has it, and the history that the chain begins with."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from novosky.errors import DataError
from novosky.market.bars import Bars
from novosky.trading.bot.book import LiveBook
from novosky.trading.bot.chain import Chain
from novosky.trading.bot.session import Session
from novosky.trading.guards.board import Board, first_events, restored
from novosky.trading.guards.losses import Losses
from novosky.trading.ledger.rows import Decision, Row

CHECKPOINT: Final = "checkpoint"  # in a decision's details: the book after it


def restore(session: Session) -> None:
    """The book as the last checkpoint has it, and every row since; a new ledger begins with its limits."""
    book, state, entries = session.book, session.ledger.state, session.ledger.entries()
    account = session.broker.account()
    board = restored(state.guards, state.equity)
    book.begin(account.balance if board is None else board.losses.start_balance)
    session.board = Board(Losses.of(book.book)) if board is None else board
    saved = [(entry.number, checkpoint) for entry in entries if (checkpoint := _checkpoint_of(entry.row))]
    after = 0
    if saved:
        after, checkpoint = saved[-1]
        book.restore(checkpoint)
    for entry in entries:
        if entry.number > after:
            book.apply(entry.row, state)
    if board is None:
        session.write(*first_events(session.board))


def decided_on(closed: Bars, book: LiveBook, need: int) -> Bars:
    """Bars that warm the chain up: those that were decided on, all but the last where none was yet.

    What closed since is left to be decided on. Raises DataError for fewer than `need`.
    """
    known = len(closed) - 1 if book.bar_ms < 0 else int((closed.time_ms <= book.bar_ms).sum())
    if known < max(need, 1):
        raise DataError(f"terminal: expected at least {need + 1} closed bars of history, found {len(closed)}")
    return closed.slice(0, known)


def refuse_constant(chain: Chain, allowed: tuple[str, ...] | None, bars: int) -> None:
    """A feature that never changes says nothing, and often that its source is not fed; None allows any."""
    names = [] if allowed is None else [name for name in chain.constant_names if name not in allowed]
    if names:
        raise DataError(
            f"features: expected ones that change, found {', '.join(names)} constant over {bars} bars of the "
            "terminal's history; see to the calendar or the bars, or allow them: "
            f"trade.constant_features=[{','.join(names)}]"
        )


def _checkpoint_of(row: Row) -> Mapping[str, Any] | None:
    return row.details.get(CHECKPOINT) if isinstance(row, Decision) else None
