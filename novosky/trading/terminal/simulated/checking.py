"""What the trade server asks of a request before it acts, in the order in which it refuses."""

from __future__ import annotations

import math

from novosky.execution.brackets import SAME_PRICE, exit_price
from novosky.execution.sizing import whole_steps
from novosky.trading.terminal import constants as mt5
from novosky.trading.terminal import retcodes
from novosky.trading.terminal.records import TradeRequest
from novosky.trading.terminal.simulated.account import Account

PASSES = 0
STEP_TOLERANCE = 1e-6


def refusal(request: TradeRequest, account: Account) -> int:
    """PASSES, or the return code of the first thing wrong."""
    refused = (
        _permissions(account)
        or _symbol(request, account)
        or (PASSES if account.market.open else retcodes.MARKET_CLOSED)
    )
    if refused:
        return refused
    if request.action == mt5.TRADE_ACTION_DEAL:
        return _deal(request, account)
    if request.action == mt5.TRADE_ACTION_SLTP:
        return _change(request, account)
    known = (mt5.TRADE_ACTION_PENDING, mt5.TRADE_ACTION_MODIFY, mt5.TRADE_ACTION_REMOVE, mt5.TRADE_ACTION_CLOSE_BY)
    return retcodes.INVALID_ORDER if request.action in known else retcodes.INVALID


def _permissions(account: Account) -> int:
    terms = account.terms
    if not terms.autotrading:
        return retcodes.CLIENT_DISABLES_AT
    if not terms.trade_allowed:
        return retcodes.TRADE_DISABLED
    return PASSES if terms.trade_expert else retcodes.SERVER_DISABLES_AT


def _symbol(request: TradeRequest, account: Account) -> int:
    if request.symbol != account.symbol.name:
        return retcodes.INVALID
    return retcodes.TRADE_DISABLED if account.symbol.trade_mode == mt5.SYMBOL_TRADE_MODE_DISABLED else PASSES


def _deal(request: TradeRequest, account: Account) -> int:
    if request.type not in (mt5.ORDER_TYPE_BUY, mt5.ORDER_TYPE_SELL):
        return retcodes.INVALID_ORDER
    symbol = account.symbol
    refused = _volume(request.volume, account)
    if refused:
        return refused
    if request.type_filling not in mt5.fillings_allowed(symbol.filling_mode, symbol.execution):
        return retcodes.INVALID_FILL
    side = mt5.side_of(request.type)
    if request.position and not account.terms.netting:
        return _closing(request, side, account)
    if account.terms.netting and account.open:
        return _netting(request, side, account)
    return _opening(request, side, request.volume, account)


def _volume(volume: float, account: Account) -> int:
    contract = account.symbol.contract
    if not math.isfinite(volume) or volume < contract.volume_min - 1e-12 or volume > contract.volume_max + 1e-12:
        return retcodes.INVALID_VOLUME
    steps = volume / contract.volume_step
    return PASSES if abs(steps - round(steps)) <= STEP_TOLERANCE else retcodes.INVALID_VOLUME


def _closing(request: TradeRequest, side: int, account: Account) -> int:
    k = account.find(request.position)
    if k < 0:
        return retcodes.POSITION_CLOSED
    position = account.book.positions[k]
    if side == position.side:
        return retcodes.INVALID
    if request.volume > position.volume + 1e-9:
        return retcodes.INVALID_CLOSE_VOLUME
    return _reducing(request, side, float(position.volume), account)


def _netting(request: TradeRequest, side: int, account: Account) -> int:
    position = account.book.positions[0]
    if request.position and request.position != account.holder(0).ticket:
        return retcodes.POSITION_CLOSED
    left = request.volume - float(position.volume)
    if side == position.side:
        return _opening(request, side, request.volume, account)
    if left > 1e-9:
        return _opening(request, side, left, account)
    return _reducing(request, side, float(position.volume), account)


def _reducing(request: TradeRequest, side: int, held: float, account: Account) -> int:
    """What is left must be nothing or a volume that the core's `close_part` leaves."""
    rest = held - request.volume
    if rest > 1e-9 and whole_steps(rest, account.contract) == 0.0:
        return retcodes.INVALID_VOLUME
    return _price(request, side, account)


def _opening(request: TradeRequest, side: int, volume: float, account: Account) -> int:
    refused = _mode(side, account) or _room(side, volume, account)
    if refused:
        return refused
    if not levels_taken(side, request.sl, request.tp, account):
        return retcodes.INVALID_STOPS
    refused = _price(request, side, account)
    if refused:
        return refused
    reverses = account.terms.netting and account.open > 0 and account.book.positions[0].side != side
    carried = account.carries_alone(side, volume) if reverses else account.carries(side, volume)
    return PASSES if carried else retcodes.NO_MONEY


def _mode(side: int, account: Account) -> int:
    mode = account.symbol.trade_mode
    if mode == mt5.SYMBOL_TRADE_MODE_CLOSEONLY:
        return retcodes.CLOSE_ONLY
    if mode == mt5.SYMBOL_TRADE_MODE_LONGONLY and side < 0:
        return retcodes.LONG_ONLY
    return retcodes.SHORT_ONLY if mode == mt5.SYMBOL_TRADE_MODE_SHORTONLY and side > 0 else PASSES


def _room(side: int, volume: float, account: Account) -> int:
    terms, limit = account.terms, account.symbol.volume_limit
    if account.open >= terms.max_positions and not terms.netting:
        return retcodes.LIMIT_POSITIONS
    full = limit > 0.0 and _lots_on(side, account) + volume > limit + 1e-9
    return retcodes.LIMIT_VOLUME if full else PASSES


def _lots_on(side: int, account: Account) -> float:
    return sum(float(row.volume) for row in account.book.positions[: account.open] if row.side == side)


def _price(request: TradeRequest, side: int, account: Account) -> int:
    """Only quoted execution reads the request's price: farther than `deviation` from the quote is a requote."""
    if account.symbol.execution not in (mt5.SYMBOL_TRADE_EXECUTION_INSTANT, mt5.SYMBOL_TRADE_EXECUTION_REQUEST):
        return PASSES
    if not request.price > 0.0:
        return retcodes.INVALID_PRICE
    quote = account.market.ask if side > 0 else account.market.bid
    allowed = request.deviation * account.symbol.point + SAME_PRICE
    return PASSES if abs(request.price - quote) <= allowed else retcodes.REQUOTE


def levels_taken(side: int, stop: float, target: float, account: Account) -> bool:
    """Whether the levels that are set lie beyond the price that closes the position, by the stops level at least.

    The core's `levels_allowed` for one level or both.
    """
    if not (math.isfinite(stop) and math.isfinite(target)) or stop < 0.0 or target < 0.0:
        return False
    closing = float(exit_price(side, account.market.bid, account.market.spread))
    least = max(account.symbol.contract.stops_distance - SAME_PRICE, SAME_PRICE)
    return not (stop and (closing - stop) * side < least) and not (target and (target - closing) * side < least)


def _change(request: TradeRequest, account: Account) -> int:
    k = 0 if account.terms.netting and not request.position and account.open else account.find(request.position)
    if k < 0:
        return retcodes.POSITION_CLOSED
    stop, target = account.stop_of(k), account.target_of(k)
    if abs(request.sl - stop) <= SAME_PRICE and abs(request.tp - target) <= SAME_PRICE:
        return retcodes.NO_CHANGES
    side = int(account.book.positions[k].side)
    if not levels_taken(side, request.sl, request.tp, account):
        return retcodes.INVALID_STOPS
    return retcodes.FROZEN if _frozen(side, stop, target, account) else PASSES


def _frozen(side: int, stop: float, target: float, account: Account) -> bool:
    """Whether a level that lies now is too near to be changed; the core's `may_move`."""
    freeze = account.symbol.contract.freeze_distance
    if freeze <= 0.0:
        return False
    closing = float(exit_price(side, account.market.bid, account.market.spread))
    near = freeze + SAME_PRICE
    return bool((stop and (closing - stop) * side <= near) or (target and (target - closing) * side <= near))
