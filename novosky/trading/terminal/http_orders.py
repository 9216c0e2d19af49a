"""Trade requests as calls of the bridge, and its answers as results.

A position that the bridge answers with (the original's form) and a trade result (upstream's) both become an
OrderResult; a refusal keeps the trade server's code where the bridge tells it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from novosky.trading.terminal import constants as mt5
from novosky.trading.terminal import retcodes
from novosky.trading.terminal.conversion import record_of
from novosky.trading.terminal.failures import CallError
from novosky.trading.terminal.http_link import Answer
from novosky.trading.terminal.records import Deal, OrderResult, Position, TradeRequest

FILLINGS: Final = {mt5.ORDER_FILLING_FOK: "FOK", mt5.ORDER_FILLING_IOC: "IOC", mt5.ORDER_FILLING_RETURN: "RETURN"}
SIDES: Final = {mt5.ORDER_TYPE_BUY: "BUY", mt5.ORDER_TYPE_SELL: "SELL"}
VOLUME_TOLERANCE: Final = 1e-9
NOT_FOUND: Final = 404


class Call(NamedTuple):
    method: str
    path: str
    body: dict[str, Any]


def call_of(request: TradeRequest) -> Call | None:
    """The bridge's call for a request; None where it has none (pending orders, levels without a ticket)."""
    if request.action == mt5.TRADE_ACTION_SLTP and request.position:
        return Call("PUT", f"/positions/{request.position}", {"sl": request.sl, "tp": request.tp})
    if request.action != mt5.TRADE_ACTION_DEAL or request.type not in SIDES:
        return None
    if request.position:  # the bridge takes side, filling, magic and comment of a closing upon itself
        body: dict[str, Any] = {"volume": request.volume}
        return Call("DELETE", f"/positions/{request.position}", body | _set(deviation=request.deviation))
    body = {"symbol": request.symbol, "type": SIDES[request.type], "volume": request.volume}
    body["type_filling"] = FILLINGS.get(request.type_filling, "FOK")
    fields = ("sl", "tp", "price", "deviation", "magic", "comment")
    return Call("POST", "/orders", body | _set(**{name: getattr(request, name) for name in fields}))


def result_of(request: TradeRequest, answer: Answer) -> OrderResult:
    """What became of the request. CallError where the answer does not say."""
    body = answer.body if isinstance(answer.body, Mapping) else {}
    code = body.get("retcode")
    if not answer.good:
        done = (retcodes.DONE, retcodes.DONE_PARTIAL, retcodes.PLACED)
        if (
            isinstance(code, int) and code in retcodes.RETCODES and code not in done
        ):  # a refusal that says "done" says nothing
            return OrderResult(code, comment=str(body.get("message", "")))
        if answer.status == NOT_FOUND and request.position:
            return OrderResult(retcodes.POSITION_CLOSED, comment="the bridge finds no such position")
        raise CallError(
            mt5.RES_E_FAIL, f"HTTP {answer.status}: {body.get('message') or body.get('error') or 'no words'}"
        )
    if code is not None:
        return record_of(OrderResult, body)
    if "entry" in body:
        deal = record_of(Deal, body)
        return _filled(request, deal.volume, OrderResult(retcodes.DONE, deal.ticket, deal.order, price=deal.price))
    position = record_of(Position, body)
    if request.action == mt5.TRADE_ACTION_SLTP:
        return OrderResult(retcodes.DONE)
    # On a netting account the position may be larger than what was just added.
    volume = min(request.volume, position.volume)
    return _filled(request, volume, OrderResult(retcodes.DONE, order=position.ticket, price=position.price_open))


def _filled(request: TradeRequest, volume: float, result: OrderResult) -> OrderResult:
    whole = volume >= request.volume - VOLUME_TOLERANCE
    code = retcodes.DONE if whole else retcodes.DONE_PARTIAL
    return OrderResult(code, result.deal, result.order, volume, result.price)


def _set(**fields: Any) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value}
