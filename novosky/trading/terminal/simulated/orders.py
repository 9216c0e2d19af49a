"""Requests that passed the checks, executed."""

from __future__ import annotations

from novosky.execution.codes import POSITION_MODEL
from novosky.trading.terminal import constants as mt5
from novosky.trading.terminal.records import TradeRequest
from novosky.trading.terminal.simulated.account import Account
from novosky.trading.terminal.simulated.booking import Booking


def execute(request: TradeRequest, account: Account, booking: Booking, now_ms: int) -> tuple[int, int, float, float]:
    """(order, deal, volume, price) of a request at the price of now; zeros for a change of levels."""
    if request.action == mt5.TRADE_ACTION_SLTP:
        k = account.find(request.position) if request.position else 0
        account.set_levels(k, request.sl, request.tp, now_ms)
        return 0, 0, 0.0, 0.0
    order = booking.history.next_order()
    side = mt5.side_of(request.type)
    if account.terms.netting and account.open:
        _net(request, side, order, account, now_ms)
    elif request.position and not account.terms.netting:
        account.leave(account.find(request.position), request.volume, POSITION_MODEL)
    else:
        account.enter(request, side, request.volume, order, now_ms)
    return order, *booking.requested(request, order, now_ms)


def _net(request: TradeRequest, side: int, order: int, account: Account, now_ms: int) -> None:
    """On a netting account a deal adds to the position, reduces it, closes it, or turns it over."""
    position = account.book.positions[0]
    if position.side == side:
        account.add(0, request, request.volume, now_ms)
        return
    left = request.volume - float(position.volume)
    account.leave(0, min(request.volume, float(position.volume)), POSITION_MODEL)
    if left > 1e-9:
        account.enter(request, side, left, order, now_ms)
