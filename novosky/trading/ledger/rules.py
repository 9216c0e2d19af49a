"""What may be written after what. Here at most once is kept: an order leaves only where its `sent` row may be."""

from __future__ import annotations

from typing import Final

from novosky.errors import NovoskyError
from novosky.trading.intent import ACTIONS, OPENING, Intent, check_magic
from novosky.trading.ledger.rows import (
    ABSENT,
    ANSWERS,
    EXPIRED,
    LOOKED_UP,
    REFUSED,
    SENT,
    Fill,
    OrderRow,
    Row,
)
from novosky.trading.ledger.state import IN_FLIGHT, WRITTEN, LedgerState, opening_of

# After a lost answer nothing leaves before a look-up; an opening that was looked up and not found is settled by
# `state.py`, so that only what takes away from a position (a close, a new level) can be sent a second time.
_NOTHING_DONE: Final = (WRITTEN, REFUSED, ABSENT)
MAY_FOLLOW: Final[dict[str, tuple[str, ...]]] = {
    SENT: _NOTHING_DONE,
    EXPIRED: _NOTHING_DONE,
    **{answer: (SENT,) for answer in ANSWERS},
    **{found: IN_FLIGHT for found in LOOKED_UP},
}


def check(state: LedgerState, row: Row, time_ms: int) -> None:
    """NovoskyError for a row that may not follow what was written."""
    if isinstance(row, Intent):
        _check_intent(state, row, time_ms)
    elif isinstance(row, OrderRow):
        _check_order(state, row, time_ms)
    elif isinstance(row, Fill) and row.deal_ticket in state.deals:
        raise _refused(f"deal {row.deal_ticket}", "expected one that is not booked, found it booked")


def _check_intent(state: LedgerState, intent: Intent, time_ms: int) -> None:
    where = f"intent {intent.hash}"
    if intent.action not in ACTIONS or intent.side not in (-1, 1):
        raise _refused(where, f"expected one of {', '.join(ACTIONS)} and a side, found {intent.action} {intent.side}")
    check_magic(intent.magic)
    if time_ms >= intent.expires_ms:
        raise _refused(where, f"expected one that lasts beyond {time_ms}, found that it expired at {intent.expires_ms}")
    if intent.hash in state.intents or intent.hash in state.settled:
        raise _refused(where, "expected a new one, found it written")
    if intent.action in OPENING and opening_of(intent) in state.opened_on:
        written = state.opened_on[opening_of(intent)]
        raise _refused(where, f"expected the first {intent.action} of its bar, found {written} before it")


def _check_order(state: LedgerState, row: OrderRow, time_ms: int) -> None:
    where = f"order of intent {row.intent}"
    pursued = state.intents.get(row.intent)
    if pursued is None:
        found = f"it {state.settled[row.intent].phase}" if row.intent in state.settled else "none"
        raise _refused(where, f"expected an intent written and not settled, found {found}")
    if pursued.phase not in MAY_FOLLOW.get(row.phase, ()):
        raise _refused(where, f"{row.phase!r} cannot follow {pursued.phase!r}")
    if row.phase == SENT and time_ms >= pursued.intent.expires_ms:
        raise _refused(where, f"expected to leave before {pursued.intent.expires_ms}, found {time_ms}")
    attempt = pursued.attempt + (row.phase == SENT)
    if row.attempt != attempt:
        raise _refused(where, f"expected attempt {attempt}, found {row.attempt}")


def _refused(where: str, text: str) -> NovoskyError:
    return NovoskyError(f"ledger, {where}: {text}; nothing was written")
