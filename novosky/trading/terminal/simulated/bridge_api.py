"""The REST bridge's API over a terminal of the port, in the original's form or in upstream's.

Upstream is psyb0t/mt5-httpapi: trade results instead of positions, all of the vendor's fields, times in UTC.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any, Final, NamedTuple

from novosky.trading.terminal import constants as mt5
from novosky.trading.terminal import retcodes
from novosky.trading.terminal.http_forms import on_server_clock
from novosky.trading.terminal.port import Terminal
from novosky.trading.terminal.records import OrderResult, TradeRequest

FILLINGS: Final = {"FOK": mt5.ORDER_FILLING_FOK, "IOC": mt5.ORDER_FILLING_IOC, "RETURN": mt5.ORDER_FILLING_RETURN}
SIDES: Final = {"BUY": mt5.ORDER_TYPE_BUY, "SELL": mt5.ORDER_TYPE_SELL}
DEVIATION: Final = 20
ORIGINALS: Final = {
    "account": "login name server currency balance equity margin margin_free margin_level profit leverage "
    "trade_allowed trade_expert",
    "symbol": "name description digits point spread trade_contract_size trade_tick_size trade_tick_value volume_min "
    "volume_max volume_step trade_stops_level trade_freeze_level",
    "tick": "bid ask last time",
    "position": "ticket time type magic symbol volume price_open price_current sl tp swap profit comment",
    "deal": "ticket order position_id time type entry symbol volume price commission swap profit magic comment",
}


class Reply(NamedTuple):
    status: int
    body: Any


class RefusedError(Exception):
    """A request that is answered with an error."""

    def __init__(self, status: int, words: str, retcode: int | None = None) -> None:
        super().__init__(status, words, retcode)
        self.status, self.words, self.retcode = status, words, retcode


class BridgeApi:
    """Answers (method, path, query, body) as the bridge does."""

    def __init__(self, terminal: Terminal, upstream: bool, utc_offset_s: int = 0) -> None:
        """`utc_offset_s`: with which upstream's bridge is configured; the original has none."""
        self._terminal, self._upstream = terminal, upstream
        self._offset_s = utc_offset_s if upstream else 0

    def reply(self, method: str, path: str, query: Mapping[str, str], body: Any) -> Reply:
        try:
            return self._route(method, path.strip("/").split("/"), query, body if isinstance(body, dict) else {})
        except RefusedError as refusal:
            words, code = refusal.words, refusal.retcode
            return Reply(refusal.status, {"error": words} if self._upstream else {"retcode": code, "message": words})
        except (KeyError, TypeError, ValueError) as error:
            return Reply(400, {"error" if self._upstream else "message": f"bad request: {error}"})

    def _route(self, method: str, parts: list[str], query: Mapping[str, str], body: dict[str, Any]) -> Reply:
        match method, parts:
            case "GET", ["symbols", name, *what]:
                return Reply(200, self._symbol(name, "".join(what), query))
            case "GET", ["history", ("deals" | "orders") as what]:
                return Reply(200, self._history(what, query))
            case "GET", [what]:
                return Reply(200, self._state(what))
            case "POST", ["terminal", "init"]:
                return Reply(200, {"success": self._terminal.initialize()})
            case "POST", ["orders"]:
                return self._open(body)
            case (("PUT" | "DELETE"), ["positions", ticket]):
                return self._change(method, int(ticket), body)
        raise RefusedError(404, f"no {method} /{'/'.join(parts)}")

    def _state(self, what: str) -> Any:
        terminal = self._terminal
        if what == "terminal":
            own = {"broker_utc_offset_seconds": self._offset_s} if self._upstream else {}
            return self._row(terminal.terminal_info()) | own
        known: dict[str, Callable[[], Any]] = {
            "ping": lambda: {"status": "ok"},
            "error": lambda: dict(zip(("code", "message"), terminal.last_error(), strict=True)),
            "account": lambda: self._row(terminal.account_info(), "account"),
            "positions": lambda: self._rows(terminal.positions_get(), "position"),
            "orders": lambda: self._rows(terminal.orders_get()),
        }
        if what not in known:
            raise RefusedError(404, f"no /{what}")
        return known[what]()

    def _symbol(self, name: str, what: str, query: Mapping[str, str]) -> Any:
        if what == "tick":
            return self._row(self._terminal.symbol_info_tick(name), "tick")
        if what == "rates":
            return self._rates(name, query)
        row = self._row(self._terminal.symbol_info(name), "symbol")
        return row if self._upstream else row | {"trade_allowed": True}

    def _history(self, what: str, query: Mapping[str, str]) -> list[dict[str, Any]]:
        if what == "deals":
            return self._rows(self._terminal.history_deals_get(*self._dates(query)), "deal")
        return self._rows(self._terminal.history_orders_get(*self._dates(query)))

    def _row(self, record: Any, kind: str = "") -> dict[str, Any]:
        if record is None:
            code, words = self._terminal.last_error()
            raise RefusedError(503 if code == mt5.RES_E_NO_CONNECTION else 404, words)
        row = on_server_clock(asdict(record), -self._offset_s)
        kept = ORIGINALS[kind].split() if kind and not self._upstream else row
        return {name: row[name] for name in kept}

    def _rows(self, records: Any, kind: str = "") -> list[dict[str, Any]]:
        if records is None and not self._upstream:
            self._row(None)
        return [self._row(record, kind) for record in records or ()]  # upstream tells no failure from nothing

    def _rates(self, name: str, query: Mapping[str, str]) -> list[dict[str, Any]]:
        timeframe = mt5.TIMEFRAMES[query.get("timeframe", "M1")]
        if "to" in query and self._upstream:
            bars = self._terminal.copy_rates_range(name, timeframe, *self._dates(query))
        else:
            bars = self._terminal.copy_rates_from_pos(name, timeframe, 0, int(query.get("count", "100")))
        if bars is None:
            self._row(None)
            return []
        rows = [dict(zip(bars.dtype.names or (), bar, strict=True)) for bar in bars.tolist()]
        rows = [on_server_clock(row, -self._offset_s) for row in rows]
        return rows if self._upstream else rows[::-1]  # "most recent first"

    def _dates(self, query: Mapping[str, str]) -> tuple[int, int]:
        return int(query["from"]) + self._offset_s, int(query["to"]) + self._offset_s

    def _open(self, body: dict[str, Any]) -> Reply:
        request = TradeRequest(
            mt5.TRADE_ACTION_DEAL,
            str(body["symbol"]),
            float(body["volume"]),
            SIDES[str(body["type"]).upper()],
            price=float(body.get("price", 0.0)),
            sl=float(body.get("sl", 0.0)),
            tp=float(body.get("tp", 0.0)),
            deviation=int(body.get("deviation", DEVIATION)),
            type_filling=FILLINGS[str(body.get("type_filling", "IOC"))],
            magic=int(body.get("magic", 0)),
            comment=str(body.get("comment", "")),
        )
        if not all(map(math.isfinite, (request.volume, request.price, request.sl, request.tp))):
            raise RefusedError(400, "a number is none")
        result = self._terminal.order_send(request)
        if result is not None and (self._upstream or result.retcode == retcodes.DONE):
            status = 201 if result.retcode == retcodes.DONE else 200
            return Reply(status, asdict(result) if self._upstream else self._opened(result))
        raise self._refused(result)

    def _change(self, method: str, ticket: int, body: dict[str, Any]) -> Reply:
        held = self._terminal.positions_get(ticket=ticket)
        if not held:
            raise RefusedError(404, f"Position {ticket} not found", retcodes.POSITION_CLOSED)
        position = held[0]
        if method == "PUT":
            sl, tp = float(body.get("sl", position.sl)), float(body.get("tp", position.tp))
            request = TradeRequest(mt5.TRADE_ACTION_SLTP, position.symbol, sl=sl, tp=tp, position=ticket)
        else:
            volume, side = float(body.get("volume", position.volume)), -mt5.side_of(position.type)
            filling = mt5.ORDER_FILLING_IOC
            deal = (mt5.TRADE_ACTION_DEAL, position.symbol, volume, mt5.type_of(side))
            request = TradeRequest(*deal, type_filling=filling, position=ticket)
        result = self._terminal.order_send(request)
        if result is None or result.retcode != retcodes.DONE:
            raise self._refused(result)
        if self._upstream:
            return Reply(200, asdict(result))
        if method == "PUT":
            return Reply(200, self._rows(self._terminal.positions_get(ticket=ticket), "position")[0])
        return Reply(200, self._rows(self._terminal.history_deals_get(ticket=result.order), "deal")[-1])

    def _opened(self, result: OrderResult) -> dict[str, Any]:
        """The position that the order opened or, on a netting account, changed; else the deal."""
        positions = self._terminal.positions_get() or ()
        if found := [row for row in positions if row.ticket == result.order] or positions[:1]:
            return self._row(found[0], "position")
        return self._rows(self._terminal.history_deals_get(ticket=result.order), "deal")[-1]

    def _refused(self, result: OrderResult | None) -> RefusedError:
        if result is None:
            return RefusedError(500, f"order_send failed: {self._terminal.last_error()}")
        status = 500 if self._upstream else 400
        return RefusedError(status, result.comment or retcodes.name_of(result.retcode), result.retcode)
