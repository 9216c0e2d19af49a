"""No position of the bot's without a stop."""

from __future__ import annotations

from novosky.trading.intent import CLOSE
from novosky.trading.ledger.rows import PositionEvent
from novosky.trading.ledger.state import LedgerState
from novosky.trading.reconcile.seen import Seen, SeenPosition
from novosky.trading.reconcile.settlement import ACT, WAIT, ClosePosition, SetLevels, Settlement


def protect(state: LedgerState, held: PositionEvent, position: SeenPosition, seen: Seen) -> Settlement | None:
    """Give the stop back that was meant; close where none is known or the market is beyond a level already.

    Levels on their way are no reason to wait: sent twice they are the same levels.
    """
    if position.stop > 0.0:
        return None
    ticket, stop = position.ticket, held.wanted_stop
    for pursued in state.intents.values():
        intent = pursued.intent
        if pursued.is_in_flight and intent.position_ticket == ticket and intent.action == CLOSE:
            return Settlement(WAIT, f"position {ticket}: without a stop, {intent.action} {intent.hash} is on its way")
    quote, target = seen.bid if position.side > 0 else seen.ask, held.wanted_target
    why = ""
    if stop <= 0.0:
        why = "none is known"
    elif (quote - stop) * position.side <= 0.0:
        why = f"the market ({quote}) is beyond it ({stop})"
    elif target > 0.0 and (target - quote) * position.side <= 0.0:  # it would be refused, and the stop with it
        why = f"the market ({quote}) is beyond its target ({target})"
    if why:
        action = ClosePosition(ticket, position.volume)
        return Settlement(ACT, f"position {ticket}: without a stop, {why}: closed", (), action, "alarm")
    action_back = SetLevels(ticket, stop, target)
    return Settlement(ACT, f"position {ticket}: without its stop {stop}: set again", (), action_back, "alarm")
