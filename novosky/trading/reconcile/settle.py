"""The whole reconciliation, as one pure function."""

from __future__ import annotations

from collections.abc import Iterator

from novosky.trading.intent import is_ours
from novosky.trading.ledger.rows import PositionEvent
from novosky.trading.ledger.state import LedgerState
from novosky.trading.reconcile.evidence import is_order_of, settle_intents
from novosky.trading.reconcile.positions import late_fills, lived_unseen, settle_gone, settle_position
from novosky.trading.reconcile.protection import protect
from novosky.trading.reconcile.seen import Own, Seen, SeenPosition
from novosky.trading.reconcile.settlement import ACT, REFUSE, CancelOrder, Settlement


def reconcile(state: LedgerState, seen: Seen, own: Own) -> list[Settlement]:
    """What is to be written, waited for and done, in this order: intents, positions, stops, left-over orders.

    Where an answer begins with `refuse`, the account is not the bot's to trade, and it is the only one.
    """
    refusal = refuse(state, seen, own)
    if refusal is not None:
        return [refusal]
    return [
        *settle_intents(state, seen, own),
        *_settle_positions(state, seen, own),
        *_left_orders(state, seen, own),
    ]


def refuse(state: LedgerState, seen: Seen, own: Own) -> Settlement | None:
    """On netting one position is everybody's: a stranger's, or his part of it, cannot be told from the bot's."""
    if not seen.netting:
        return None
    for position in seen.positions:
        if position.symbol != own.symbol:
            continue
        if not is_ours(position.magic, own.magic):
            whose = f"position {position.ticket} of magic {position.magic}"
        elif _strangers_part(position, seen, own):
            whose = f"position {position.ticket}, a part of which is another's"
        else:
            continue
        text = (
            f"netting account: expected no position in {own.symbol} but the bot's, found {whose}: closing or adding "
            "would change another's trade; close it by hand, or trade on a hedging account"
        )
        return Settlement(REFUSE, text, level="alarm")
    return None


def _strangers_part(position: SeenPosition, seen: Seen, own: Own) -> bool:
    deals = (deal for deal in seen.deals if deal.position_ticket == position.ticket and deal.entry != "out")
    return any(not is_ours(deal.magic, own.magic) for deal in deals)


def _settle_positions(state: LedgerState, seen: Seen, own: Own) -> Iterator[Settlement]:
    here = [position for position in seen.positions if position.symbol == own.symbol]
    for position in here:
        settlement = settle_position(state, position, seen, own)
        if settlement is not None:
            yield settlement
        held = _held_after(state, position, settlement)
        unprotected = None if held is None else protect(state, held, position, seen)
        if unprotected is not None:
            yield unprotected
    tickets = {position.ticket for position in here}
    for known in state.positions.values():
        if known.position_ticket not in tickets:
            yield settle_gone(state, known, seen, own)
    yield from lived_unseen(state, seen, own)
    yield from late_fills(state, seen, own)


def _held_after(state: LedgerState, position: SeenPosition, settlement: Settlement | None) -> PositionEvent | None:
    """A position as the ledger holds it once the settlement is written."""
    for row in () if settlement is None else settlement.rows:
        if isinstance(row, PositionEvent):
            return row
    return state.positions.get(position.ticket)


def _left_orders(state: LedgerState, seen: Seen, own: Own) -> Iterator[Settlement]:
    """The bot sends market orders: what still works and belongs to no intent on its way is a rest, or unknown."""
    on_its_way = [pursued for pursued in state.intents.values() if pursued.is_in_flight]
    for order in seen.orders:
        if order.symbol != own.symbol or not is_ours(order.magic, own.magic):
            continue
        if not any(is_order_of(order, pursued, own) for pursued in on_its_way):
            text = f"order {order.ticket}: the bot's, and of no intent on its way: taken back"
            yield Settlement(ACT, text, (), CancelOrder(order.ticket), "warning")
