"""Positions: what the ledger holds, what the terminal shows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from novosky.trading.intent import OPENING, Intent, is_ours
from novosky.trading.ledger.rows import ADOPTED, REPORTED, Event, Fill, PositionEvent, Row
from novosky.trading.ledger.state import LedgerState, Pursued
from novosky.trading.reconcile.evidence import is_deal_of, is_position_of
from novosky.trading.reconcile.seen import Own, Seen, SeenDeal, SeenPosition
from novosky.trading.reconcile.settlement import ACT, WAIT, WRITE, ClosePosition, Settlement


def settle_position(state: LedgerState, position: SeenPosition, seen: Seen, own: Own) -> Settlement | None:
    """One that the terminal shows: known, found again, the bot's but unknown, or a stranger's."""
    known = state.positions.get(position.ticket)
    if known is not None:
        return _compare(state, known, position, seen, own)
    if not is_ours(position.magic, own.magic):
        return _report(state, position, "another's position: it is not touched", "info")
    intent = opened_by(state, position, seen, own)
    name = f"position {position.ticket}"
    if intent is not None:
        rows = _taken_in(state, position, seen, own, intent)
        return Settlement(WRITE, f"{name}: filled while nobody looked", rows, level="warning")
    name += ", the bot's by its magic, unknown to this ledger"
    if own.unknown == "adopt":
        return Settlement(WRITE, f"{name}: adopted", _taken_in(state, position, seen, own, None), level="alarm")
    if own.unknown == "close":
        action = ClosePosition(position.ticket, position.volume)
        return Settlement(ACT, f"{name}: closed", (), action, "alarm")
    return _report(state, position, "the bot's own, unknown to this ledger: left as it is", "alarm")


def settle_gone(state: LedgerState, known: PositionEvent, seen: Seen, own: Own) -> Settlement:
    """One that the ledger holds and the terminal does not show."""
    name = f"position {known.position_ticket}"
    deals = [deal for deal in seen.deals if deal.position_ticket == known.position_ticket]
    closing = [deal for deal in deals if deal.entry != "in"]
    closed = replace(known, event="closed", volume=0.0)
    fills = new_fills(state, known.position_ticket, seen, own)
    if closing:
        event = replace(closed, text=closing[-1].reason)
        return Settlement(WRITE, f"{name}: closed at the broker ({closing[-1].reason})", (*fills, event))
    event = replace(closed, event="vanished", text="no closing deal shows")
    text = f"{name}: gone, and no deal that closed it shows; the deal is booked when it does"
    return Settlement(WRITE, text, (*fills, event), level="alarm")


def late_fills(state: LedgerState, seen: Seen, own: Own) -> list[Settlement]:
    """Deals that appeared after their position was written down as closed."""
    settlements = []
    for ticket in sorted({deal.position_ticket for deal in seen.deals} & state.closed - set(state.positions)):
        fills = new_fills(state, ticket, seen, own)
        if fills:
            settlements.append(Settlement(WRITE, f"position {ticket}: deals booked late", fills))
    return settlements


def lived_unseen(state: LedgerState, seen: Seen, own: Own) -> list[Settlement]:
    """Positions that opened while nobody looked and are not shown: closed again already, or not shown yet."""
    shown = {position.ticket for position in seen.positions} | set(state.positions) | state.closed
    settlements: list[Settlement] = []
    ours = {deal.position_ticket for deal in seen.deals if is_ours(deal.magic, own.magic)}
    for ticket in sorted(ours - shown):
        deals = [deal for deal in seen.deals if deal.position_ticket == ticket]
        opened = next(((p, d) for d in deals for p in _openings(state) if is_deal_of(d, p, own)), None)
        if opened is None:
            continue
        if _open_volume(deals) > own.volume_step / 2:
            settlements.append(Settlement(WAIT, f"position {ticket}: its deal shows, the position does not yet"))
            continue
        pursued, deal = opened
        intent = pursued.intent
        event = PositionEvent(
            ticket, "closed", deal.symbol, intent.side, 0.0, deal.price, 0.0, 0.0, intent.stop, intent.target,
            intent.hash, deals[-1].reason,
        )  # fmt: skip
        rows: tuple[Row, ...] = (*new_fills(state, ticket, seen, own), event)
        text = f"position {ticket}: opened and closed while nobody looked ({deals[-1].reason})"
        settlements.append(Settlement(WRITE, text, rows, level="warning"))
    return settlements


def opened_by(state: LedgerState, position: SeenPosition, seen: Seen, own: Own) -> Intent | None:
    """The intent that opened a position, by its own mark or by its first deal's order."""
    deals = [deal for deal in seen.deals if deal.position_ticket == position.ticket]
    for pursued in _openings(state):
        if is_position_of(position, pursued, own) or any(is_deal_of(deal, pursued, own) for deal in deals):
            return pursued.intent
    return None


def new_fills(state: LedgerState, ticket: int, seen: Seen, own: Own) -> tuple[Fill, ...]:
    """Deals of a position that are not booked yet."""
    deals = (deal for deal in seen.deals if deal.position_ticket == ticket and deal.ticket not in state.deals)
    return tuple(_as_fill(state, deal, own) for deal in deals)


def _compare(
    state: LedgerState, known: PositionEvent, position: SeenPosition, seen: Seen, own: Own
) -> Settlement | None:
    fills = new_fills(state, position.ticket, seen, own)
    now = replace(
        known, side=position.side, volume=position.volume, price=position.price_open, stop=position.stop,
        target=position.target,
    )  # fmt: skip
    if now == known:
        text = f"position {position.ticket}: deals booked late"
        return Settlement(WRITE, text, fills) if fills else None
    moved_levels = (now.stop, now.target) != (known.stop, known.target)
    if moved_levels and now.stop > 0.0:  # moved by hand or by an intent of the bot's: that is what holds now
        now = replace(now, wanted_stop=now.stop, wanted_target=now.target)
    event = "levels"
    if now.volume != known.volume:
        event = "added" if now.volume > known.volume else "reduced"
    rows: tuple[Row, ...] = (*fills, replace(now, event=event, text=""))
    return Settlement(WRITE, f"position {position.ticket}: {event} at the broker", rows, level="warning")


def _report(state: LedgerState, position: SeenPosition, text: str, level: str) -> Settlement | None:
    if position.ticket in state.reported:
        return None
    text = f"position {position.ticket} of magic {position.magic}: {text}"
    event = Event(REPORTED, level, text, {"ticket": position.ticket, "magic": position.magic})
    return Settlement(WRITE, text, (event,), level=level)


def _openings(state: LedgerState) -> Iterable[Pursued]:
    """The latest first."""
    every = (*state.settled.values(), *state.intents.values())
    return (pursued for pursued in reversed(every) if pursued.intent.action in OPENING)


def _open_volume(deals: list[SeenDeal]) -> float:
    return sum(deal.volume if deal.entry == "in" else -deal.volume for deal in deals)


def _taken_in(
    state: LedgerState, position: SeenPosition, seen: Seen, own: Own, intent: Intent | None
) -> tuple[Row, ...]:
    """Its deals and its state; without an intent its levels as they are count as meant."""
    event, wanted, intent_hash = ADOPTED, (position.stop, position.target), ""
    if intent is not None:
        event, wanted, intent_hash = "found", (intent.stop, intent.target), intent.hash
    taken = PositionEvent(
        position.ticket, event, position.symbol, position.side, position.volume, position.price_open, position.stop,
        position.target, *wanted, intent_hash,
    )  # fmt: skip
    return (*new_fills(state, position.ticket, seen, own), taken)


def _as_fill(state: LedgerState, deal: SeenDeal, own: Own) -> Fill:
    every = (*state.settled.values(), *state.intents.values())
    intent = next((p.intent.hash for p in reversed(every) if is_deal_of(deal, p, own)), "")
    return Fill(
        deal.ticket, deal.order_ticket, deal.position_ticket, intent, deal.symbol, deal.entry, deal.side, deal.volume,
        deal.price, deal.commission, deal.swap, deal.fee, deal.profit, deal.time_ms, deal.reason,
    )  # fmt: skip
