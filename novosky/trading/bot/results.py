"""What an order that was done changed, as the ledger's rows: its deals, and the position as it stands now."""

from __future__ import annotations

from novosky.trading.intent import ADD, CLOSE, LEVELS, OPENING, Intent
from novosky.trading.ledger.rows import PositionEvent, Row
from novosky.trading.ledger.state import LedgerState
from novosky.trading.reconcile.evidence import is_deal_of, is_position_of
from novosky.trading.reconcile.positions import new_fills
from novosky.trading.reconcile.seen import Own, Seen, SeenPosition
from novosky.trading.terminal.records import OrderResult

EVENTS = {CLOSE: "reduced", LEVELS: "levels"}


def done_rows(state: LedgerState, intent: Intent, answer: OrderResult, seen: Seen, own: Own) -> tuple[Row, ...]:
    """Rows beside the answer's own; nothing where the terminal does not show it yet: the next look finds it."""
    ticket = _ticket(state, intent, answer, seen, own)
    if ticket == 0:
        return ()
    fills = new_fills(state, ticket, seen, own)
    held = next((position for position in seen.positions if position.ticket == ticket), None)
    known = state.positions.get(ticket)
    if held is not None:
        return (*fills, _standing(intent, held, known))
    if known is None or not fills:
        return ()
    reason = str(intent.details.get("reason", intent.action))
    gone = PositionEvent(
        ticket, "closed", known.symbol, known.side, 0.0, known.price, known.stop, known.target, known.wanted_stop,
        known.wanted_target, known.intent, reason,
    )  # fmt: skip
    return (*fills, gone)


def _ticket(state: LedgerState, intent: Intent, answer: OrderResult, seen: Seen, own: Own) -> int:
    """The position that the order opened or changed; 0: none shows."""
    if intent.action not in OPENING:
        return intent.position_ticket
    pursued = state.intents[intent.hash]
    for deal in seen.deals:
        if (answer.order and deal.order_ticket == answer.order) or is_deal_of(deal, pursued, own):
            return deal.position_ticket
    return next((row.ticket for row in seen.positions if is_position_of(row, pursued, own)), 0)


def _standing(intent: Intent, held: SeenPosition, known: PositionEvent | None) -> PositionEvent:
    """The position after the order; what was meant stays meant."""
    if intent.action in OPENING and known is None:
        event, wanted, entry = "opened", (intent.stop, intent.target), intent.hash
    else:
        event = "added" if intent.action == ADD else EVENTS.get(intent.action, "reduced")
        wanted = (known.wanted_stop, known.wanted_target) if known is not None else (held.stop, held.target)
        if intent.action == LEVELS:
            wanted = (intent.stop, intent.target)
        entry = known.intent if known is not None else ""
    return PositionEvent(
        held.ticket, event, held.symbol, held.side, held.volume, held.price_open, held.stop, held.target, *wanted,
        entry, str(intent.details.get("reason", "")),
    )  # fmt: skip
