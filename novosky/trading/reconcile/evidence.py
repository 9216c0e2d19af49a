"""What a terminal shows of an intent whose outcome is not known."""

from __future__ import annotations

from novosky.trading.intent import CLOSE, LEVELS, OPENING, PARTIAL, carries
from novosky.trading.ledger.rows import ABSENT, EXPIRED, FOUND, OrderRow
from novosky.trading.ledger.state import LedgerState, Pursued
from novosky.trading.reconcile.seen import Own, Seen, SeenDeal, SeenOrder, SeenPosition
from novosky.trading.reconcile.settlement import ACT, WAIT, WRITE, CancelOrder, Settlement

_ENTRIES = {
    "entry": ("in", "inout"),
    "add": ("in", "inout"),
    CLOSE: ("out", "out_by", "inout"),
    PARTIAL: ("out", "out_by", "inout"),
}


def settle_intents(state: LedgerState, seen: Seen, own: Own) -> list[Settlement]:
    """What became of each intent that is not settled, in the order of their writing."""
    settlements = (settle_intent(pursued, seen, own) for pursued in state.intents.values())
    return [settlement for settlement in settlements if settlement is not None]


def settle_intent(pursued: Pursued, seen: Seen, own: Own) -> Settlement | None:
    """None where nothing is to be settled: it has not left, and its bar lasts."""
    intent = pursued.intent
    name = f"{intent.action} {intent.hash}"
    if not pursued.is_in_flight:
        if seen.time_ms < intent.expires_ms:
            return None
        return Settlement(WRITE, f"{name}: its bar is over", (_row(pursued, EXPIRED),))
    orders = [order for order in seen.orders if is_order_of(order, pursued, own)]
    if orders:
        return _still_working(orders[0], pursued, seen)
    found = _found(pursued, seen, own)
    if found is not None:
        return Settlement(WRITE, f"{name}: its answer was lost, it was done", (found,), level="warning")
    return _without_trace(pursued, seen, own)


def _still_working(order: SeenOrder, pursued: Pursued, seen: Seen) -> Settlement:
    name = f"{pursued.intent.action} {pursued.intent.hash}"
    if seen.time_ms < pursued.intent.expires_ms:
        return Settlement(WAIT, f"{name}: its order {order.ticket} still works")
    text = f"{name}: its bar is over, its order {order.ticket} is taken back"
    return Settlement(ACT, text, action=CancelOrder(order.ticket), level="warning")


def _without_trace(pursued: Pursued, seen: Seen, own: Own) -> Settlement:
    """Not done, once the terminal had the time to show it and its history reaches back far enough.

    Levels are not waited for: should they still arrive, they are those that are sent again.
    """
    name = f"{pursued.intent.action} {pursued.intent.hash}"
    is_young = pursued.intent.action != LEVELS and seen.time_ms - pursued.sent_ms < own.grace_ms
    if is_young or seen.deals_from_ms > pursued.sent_ms - own.grace_ms:
        return Settlement(WAIT, f"{name}: its answer was lost, and no trace of it shows yet")
    text = f"{name}: its answer was lost, it was not done"
    return Settlement(WRITE, text, (_row(pursued, ABSENT),), level="warning")


def is_deal_of(deal: SeenDeal, pursued: Pursued, own: Own) -> bool:
    """Whether a deal is what an intent's order did: by its order's ticket where that is known, else by its mark."""
    intent = pursued.intent
    if deal.symbol != intent.symbol or deal.entry not in _ENTRIES.get(intent.action, ()):
        return False
    if pursued.order_ticket and deal.order_ticket == pursued.order_ticket:
        return True
    opens = intent.action in OPENING
    same_way = deal.side == (intent.side if opens else -intent.side)
    return same_way and carries(deal.magic, deal.comment, own.magic, intent.hash)


def is_order_of(order: SeenOrder, pursued: Pursued, own: Own) -> bool:
    """Whether a working order is an intent's."""
    if pursued.order_ticket and order.ticket == pursued.order_ticket:
        return True
    return order.symbol == own.symbol and carries(order.magic, order.comment, own.magic, pursued.intent.hash)


def is_position_of(position: SeenPosition, pursued: Pursued, own: Own) -> bool:
    """Whether a position was opened by an intent."""
    intent = pursued.intent
    same = position.symbol == intent.symbol and position.side == intent.side and intent.action in OPENING
    return same and carries(position.magic, position.comment, own.magic, intent.hash)


def shows(state: LedgerState, intent_hash: str, seen: Seen, own: Own) -> bool:
    """Whether anything at the terminal may be an intent's doing: its mark, or another volume than the ledger's."""
    pursued = state.intents[intent_hash]
    known = state.positions.get(pursued.intent.position_ticket)
    if known is not None:
        volume = sum(row.volume for row in seen.positions if row.ticket == known.position_ticket)
        if abs(volume - known.volume) > own.volume_step / 2:
            return True
    return (
        any(is_deal_of(deal, pursued, own) for deal in seen.deals)
        or any(is_position_of(position, pursued, own) for position in seen.positions)
        or any(is_order_of(order, pursued, own) for order in seen.orders)
    )


def _found(pursued: Pursued, seen: Seen, own: Own) -> OrderRow | None:
    deals = [deal for deal in seen.deals if is_deal_of(deal, pursued, own)]
    if deals:
        volume = sum(deal.volume for deal in deals)
        price = sum(deal.volume * deal.price for deal in deals) / volume
        return _row(pursued, FOUND, deals[0].order_ticket, deals[-1].ticket, volume, price)
    for position in seen.positions:
        if is_position_of(position, pursued, own):
            return _row(pursued, FOUND, volume=position.volume, price=position.price_open)
        if pursued.intent.action == LEVELS and position.ticket == pursued.intent.position_ticket:
            wished = (pursued.intent.stop, pursued.intent.target)
            as_wished = all(
                abs(a - b) < own.tick_size / 2 for a, b in zip((position.stop, position.target), wished, strict=True)
            )
            return _row(pursued, FOUND, volume=position.volume) if as_wished else None
    return None


def _row(
    pursued: Pursued, phase: str, order: int = 0, deal: int = 0, volume: float = 0.0, price: float = 0.0
) -> OrderRow:
    return OrderRow(pursued.intent.hash, pursued.attempt, phase, 0, order, deal, volume, price)
