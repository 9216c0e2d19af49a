"""What the trade server's return codes mean and what the caller does about each.

The vendor's table: https://www.mql5.com/en/docs/constants/errorswarnings/enum_trade_return_codes. It has no 10005
and no 10037.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final, NamedTuple


class Action(StrEnum):
    """What the sender of a request does with the answer."""

    DONE = "done"  # all of it happened
    PARTIAL = "partial"  # a part of the volume was filled
    PLACED = "placed"  # accepted, not executed yet: look it up
    RETRY_SAME = "retry_same"  # nothing happened: the same request may be sent again after a pause
    RETRY_NEW_PRICE = "retry_new_price"  # nothing happened: send with the price of now
    STOP_OPENING = "stop_opening"  # nothing happened, and nothing will until someone mends it
    GIVE_UP = "give_up"  # nothing happened: this request is wrong or too late
    UNKNOWN = "unknown"  # it may have happened: look it up before anything else


class Retcode(NamedTuple):
    """One row of the vendor's table."""

    name: str  # behind TRADE_RETCODE_
    meaning: str
    action: Action


REQUOTE: Final = 10004
REJECT: Final = 10006
CANCEL: Final = 10007
PLACED: Final = 10008
DONE: Final = 10009
DONE_PARTIAL: Final = 10010
ERROR: Final = 10011
TIMEOUT: Final = 10012
INVALID: Final = 10013
INVALID_VOLUME: Final = 10014
INVALID_PRICE: Final = 10015
INVALID_STOPS: Final = 10016
TRADE_DISABLED: Final = 10017
MARKET_CLOSED: Final = 10018
NO_MONEY: Final = 10019
PRICE_CHANGED: Final = 10020
PRICE_OFF: Final = 10021
INVALID_EXPIRATION: Final = 10022
ORDER_CHANGED: Final = 10023
TOO_MANY_REQUESTS: Final = 10024
NO_CHANGES: Final = 10025
SERVER_DISABLES_AT: Final = 10026
CLIENT_DISABLES_AT: Final = 10027
LOCKED: Final = 10028
FROZEN: Final = 10029
INVALID_FILL: Final = 10030
CONNECTION: Final = 10031
ONLY_REAL: Final = 10032
LIMIT_ORDERS: Final = 10033
LIMIT_VOLUME: Final = 10034
INVALID_ORDER: Final = 10035
POSITION_CLOSED: Final = 10036
INVALID_CLOSE_VOLUME: Final = 10038
CLOSE_ORDER_EXIST: Final = 10039
LIMIT_POSITIONS: Final = 10040
REJECT_CANCEL: Final = 10041
LONG_ONLY: Final = 10042
SHORT_ONLY: Final = 10043
CLOSE_ONLY: Final = 10044
FIFO_CLOSE: Final = 10045
HEDGE_PROHIBITED: Final = 10046

RETCODES: Final[dict[int, Retcode]] = {
    REQUOTE: Retcode("REQUOTE", "requote", Action.RETRY_NEW_PRICE),
    REJECT: Retcode("REJECT", "request rejected", Action.GIVE_UP),
    CANCEL: Retcode("CANCEL", "request cancelled by the trader", Action.GIVE_UP),
    PLACED: Retcode("PLACED", "order placed", Action.PLACED),
    DONE: Retcode("DONE", "request completed", Action.DONE),
    DONE_PARTIAL: Retcode("DONE_PARTIAL", "only part of the request was completed", Action.PARTIAL),
    ERROR: Retcode("ERROR", "request processing error", Action.UNKNOWN),
    TIMEOUT: Retcode("TIMEOUT", "request cancelled by timeout", Action.UNKNOWN),
    INVALID: Retcode("INVALID", "invalid request", Action.GIVE_UP),
    INVALID_VOLUME: Retcode("INVALID_VOLUME", "invalid volume in the request", Action.GIVE_UP),
    INVALID_PRICE: Retcode("INVALID_PRICE", "invalid price in the request", Action.RETRY_NEW_PRICE),
    INVALID_STOPS: Retcode("INVALID_STOPS", "invalid stops in the request", Action.GIVE_UP),
    TRADE_DISABLED: Retcode("TRADE_DISABLED", "trade is disabled", Action.STOP_OPENING),
    MARKET_CLOSED: Retcode("MARKET_CLOSED", "market is closed", Action.GIVE_UP),
    NO_MONEY: Retcode("NO_MONEY", "not enough money", Action.GIVE_UP),
    PRICE_CHANGED: Retcode("PRICE_CHANGED", "prices changed", Action.RETRY_NEW_PRICE),
    PRICE_OFF: Retcode("PRICE_OFF", "no quotes to process the request", Action.RETRY_SAME),
    INVALID_EXPIRATION: Retcode("INVALID_EXPIRATION", "invalid expiration date", Action.GIVE_UP),
    ORDER_CHANGED: Retcode("ORDER_CHANGED", "order state changed", Action.GIVE_UP),
    TOO_MANY_REQUESTS: Retcode("TOO_MANY_REQUESTS", "too frequent requests", Action.RETRY_SAME),
    NO_CHANGES: Retcode("NO_CHANGES", "no changes in the request", Action.DONE),
    SERVER_DISABLES_AT: Retcode("SERVER_DISABLES_AT", "autotrading disabled by the server", Action.STOP_OPENING),
    CLIENT_DISABLES_AT: Retcode("CLIENT_DISABLES_AT", "autotrading disabled by the terminal", Action.STOP_OPENING),
    LOCKED: Retcode("LOCKED", "request locked for processing", Action.UNKNOWN),
    FROZEN: Retcode("FROZEN", "order or position frozen", Action.GIVE_UP),
    INVALID_FILL: Retcode("INVALID_FILL", "invalid order filling type", Action.STOP_OPENING),
    CONNECTION: Retcode("CONNECTION", "no connection with the trade server", Action.UNKNOWN),
    ONLY_REAL: Retcode("ONLY_REAL", "allowed for live accounts only", Action.STOP_OPENING),
    LIMIT_ORDERS: Retcode("LIMIT_ORDERS", "too many pending orders", Action.GIVE_UP),
    LIMIT_VOLUME: Retcode("LIMIT_VOLUME", "too much volume in the symbol", Action.GIVE_UP),
    INVALID_ORDER: Retcode("INVALID_ORDER", "incorrect or prohibited order type", Action.STOP_OPENING),
    POSITION_CLOSED: Retcode("POSITION_CLOSED", "position already closed", Action.GIVE_UP),
    INVALID_CLOSE_VOLUME: Retcode("INVALID_CLOSE_VOLUME", "close volume exceeds the position", Action.GIVE_UP),
    CLOSE_ORDER_EXIST: Retcode("CLOSE_ORDER_EXIST", "a close order exists already", Action.UNKNOWN),
    LIMIT_POSITIONS: Retcode("LIMIT_POSITIONS", "too many open positions", Action.GIVE_UP),
    REJECT_CANCEL: Retcode("REJECT_CANCEL", "activation rejected, order cancelled", Action.GIVE_UP),
    LONG_ONLY: Retcode("LONG_ONLY", "only long positions are allowed", Action.STOP_OPENING),
    SHORT_ONLY: Retcode("SHORT_ONLY", "only short positions are allowed", Action.STOP_OPENING),
    CLOSE_ONLY: Retcode("CLOSE_ONLY", "only closing is allowed", Action.STOP_OPENING),
    FIFO_CLOSE: Retcode("FIFO_CLOSE", "positions close in the order of their opening only", Action.GIVE_UP),
    HEDGE_PROHIBITED: Retcode("HEDGE_PROHIBITED", "opposite positions are prohibited", Action.GIVE_UP),
}


def action_of(retcode: int | None) -> Action:
    """What to do about an answer; no answer (None) and a code that the table lacks may have happened."""
    row = RETCODES.get(retcode) if retcode is not None else None
    return row.action if row is not None else Action.UNKNOWN


def name_of(retcode: int | None) -> str:
    """`invalid stops in the request (10016)`."""
    if retcode is None:
        return "no answer"
    row = RETCODES.get(retcode)
    return f"{row.meaning if row is not None else 'a code that the vendor does not list'} ({retcode})"
