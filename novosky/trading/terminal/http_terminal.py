"""The port over the REST bridge before a terminal on another machine (port 6542, Bearer token)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, TypeVar
from urllib.parse import quote

import numpy as np
from numpy.typing import NDArray

from novosky.errors import NovoskyError
from novosky.trading.terminal import constants as mt5
from novosky.trading.terminal import records, retcodes
from novosky.trading.terminal.conversion import record_of
from novosky.trading.terminal.failures import CallError, shown
from novosky.trading.terminal.http_forms import account_of, bars_of, on_server_clock, rows_of, symbol_of, tick_of
from novosky.trading.terminal.http_link import Answer, HttpLink
from novosky.trading.terminal.http_orders import call_of, result_of
from novosky.trading.terminal.records import RATES_DTYPE, Deal, Order, OrderResult, Position, TradeRequest
from novosky.trading.terminal.server_clock import ServerTime, server_time_of, system_utc_ms

T = TypeVar("T")

SUCCESS: Final = (mt5.RES_S_OK, "Success")
LAST_SECOND: Final = 2**31 - 1
MOST_BARS: Final = 100_000  # that a bridge gives at once
CODES: Final = {
    400: mt5.RES_E_INVALID_PARAMS,
    401: mt5.RES_E_AUTH_FAILED,
    403: mt5.RES_E_AUTH_FAILED,
    404: mt5.RES_E_NOT_FOUND,
    503: mt5.RES_E_NO_CONNECTION,
    504: mt5.RES_E_INTERNAL_FAIL_TIMEOUT,
}
TIMEFRAME_NAMES: Final = {value: name for name, value in mt5.TIMEFRAMES.items()}
# What the port can ask and no bridge can answer.
LACKS: Final = frozenset({"login", "order_check", "order_calc_margin"})


class HttpTerminal:
    """The bridge's calls as the port.

    The session is this side's: `shutdown` leaves the terminal to the bridge's other users. Upstream's bridge is told
    by the offset that its terminal names; times are moved by it to the server's clock.
    """

    def __init__(
        self, url: str, token: str | None, timeout_s: float = 10.0, utc_ms: Callable[[], int] = system_utc_ms
    ) -> None:
        self._link, self._token, self._utc_ms = HttpLink(url, token, timeout_s), token, utc_ms
        self._up = False
        self._upstream = False
        self._offset_s = 0
        self._error = SUCCESS

    def initialize(self) -> bool:
        self._up = True
        self._up = self._told(self._greet) is True
        return self._up

    def login(self, login: int, password: str, server: str) -> bool:
        self._error = (mt5.RES_E_UNSUPPORTED, "the bridge keeps the account itself")
        return False

    def shutdown(self) -> None:
        self._up, self._error = False, SUCCESS

    def last_error(self) -> tuple[int, str]:
        return self._error

    def terminal_info(self) -> records.TerminalInfo | None:
        return self._told(lambda: record_of(records.TerminalInfo, self._get("/terminal")))

    def account_info(self) -> records.AccountInfo | None:
        return self._told(lambda: account_of(self._get("/account")))

    def symbol_info(self, symbol: str) -> records.SymbolInfo | None:
        return self._told(lambda: symbol_of(self._get(_symbol(symbol)), self._tick(symbol), self._offset_s))

    def symbol_info_tick(self, symbol: str) -> records.Tick | None:
        return self._told(lambda: self._tick(symbol))

    def symbol_select(self, symbol: str, enable: bool = True) -> bool:
        """The bridge shows a symbol when it is asked for it, and hides none."""
        if not enable:
            self._error = (mt5.RES_E_UNSUPPORTED, "the bridge hides no symbol")
            return False
        return self._told(lambda: on_server_clock(self._get(_symbol(symbol)), 0)["name"]) == symbol

    def copy_rates_from_pos(self, symbol: str, timeframe: int, start_pos: int, count: int) -> NDArray[Any] | None:
        def ask() -> NDArray[Any]:
            if start_pos < 0 or count <= 0:
                raise CallError(mt5.RES_E_INVALID_PARAMS, "expected start_pos >= 0 and count > 0")
            bars = self._latest(symbol, timeframe, start_pos + count)
            end = len(bars) - start_pos
            return bars[max(0, end - count) : max(0, end)]

        return self._told(ask)

    def copy_rates_range(self, symbol: str, timeframe: int, date_from: int, date_to: int) -> NDArray[Any] | None:
        def ask() -> NDArray[Any]:
            if self._upstream:
                dates = {"from": date_from - self._offset_s, "to": date_to - self._offset_s}
                bars = self._bars(symbol, timeframe, dates)
            else:  # the original knows the last bars only
                seconds = mt5.TIMEFRAME_MINUTES.get(timeframe, 1) * 60
                count = (self._tick(symbol).time - date_from) // seconds + 2
                bars = self._latest(symbol, timeframe, count) if count > 0 else np.zeros(0, RATES_DTYPE)
            return bars[(bars["time"] >= date_from) & (bars["time"] <= date_to)]

        return self._told(ask)

    def order_check(self, request: TradeRequest) -> records.OrderCheck | None:
        self._error = (mt5.RES_E_UNSUPPORTED, "the bridge checks no order")
        return None

    def order_send(self, request: TradeRequest) -> OrderResult | None:
        def ask() -> OrderResult:
            if len(request.comment) > mt5.COMMENT_LENGTH:
                raise CallError(mt5.RES_E_INVALID_PARAMS, 'Invalid "comment" argument')
            call = call_of(request)
            if call is None:
                return OrderResult(retcodes.INVALID_ORDER, comment="the bridge has no call for it: it was not sent")
            return result_of(request, self._link.ask(call.method, call.path, body=call.body))

        return self._told(ask)

    def order_calc_margin(self, action: int, symbol: str, volume: float, price: float) -> float | None:
        self._error = (mt5.RES_E_UNSUPPORTED, "the bridge calculates no margin")
        return None

    def positions_get(self, *, symbol: str | None = None, ticket: int | None = None) -> tuple[Position, ...] | None:
        return self._told(lambda: _chosen(self._rows(Position, "/positions"), symbol=symbol, ticket=ticket))

    def orders_get(self, *, symbol: str | None = None, ticket: int | None = None) -> tuple[Order, ...] | None:
        return self._told(lambda: _chosen(self._rows(Order, "/orders"), symbol=symbol, ticket=ticket))

    def history_orders_get(
        self,
        date_from: int | None = None,
        date_to: int | None = None,
        *,
        ticket: int | None = None,
        position: int | None = None,
    ) -> tuple[Order, ...] | None:
        fields = {"ticket": ticket, "position_id": position}
        return self._told(lambda: self._history(Order, "/history/orders", (date_from, date_to), fields))

    def history_deals_get(
        self,
        date_from: int | None = None,
        date_to: int | None = None,
        *,
        ticket: int | None = None,
        position: int | None = None,
    ) -> tuple[Deal, ...] | None:
        fields = {"order": ticket, "position_id": position}
        return self._told(lambda: self._history(Deal, "/history/deals", (date_from, date_to), fields))

    def server_time(self, symbol: str) -> ServerTime | None:
        return self._told(lambda: server_time_of(self._tick(symbol).time_msc, self._utc_ms()))

    def _greet(self) -> bool:
        """Have the bridge reach its terminal, and learn its clock."""
        self._good(self._link.ask("POST", "/terminal/init"))
        terminal = self._get("/terminal")
        if not isinstance(terminal, dict):
            raise CallError(mt5.RES_E_INTERNAL_FAIL_RECEIVE, "expected the terminal's state")
        offset = terminal.get("broker_utc_offset_seconds")
        self._upstream = isinstance(offset, int)
        self._offset_s = offset if isinstance(offset, int) else 0
        return True

    def _told(self, ask: Callable[[], T]) -> T | None:
        """What `ask` answers; None where it failed, for the reason in `last_error`."""
        self._error = SUCCESS
        self._link.begin()
        try:
            if not self._up:
                raise CallError(mt5.RES_E_NO_CONNECTION, "not initialized")
            return ask()
        except CallError as failed:
            self._error = (failed.code, shown(failed.words, (self._token,)))
        except (NovoskyError, ArithmeticError, LookupError, TypeError, ValueError) as error:
            self._error = (mt5.RES_E_INTERNAL_FAIL_RECEIVE, shown(error, (self._token,)))
        return None

    def _get(self, path: str, query: dict[str, Any] | None = None) -> Any:
        return self._good(self._link.ask("GET", path, query))

    def _good(self, answer: Answer) -> Any:
        if answer.good:
            return answer.body
        body = answer.body if isinstance(answer.body, dict) else {}
        words = body.get("message") or body.get("error") or "no words"
        raise CallError(CODES.get(answer.status, mt5.RES_E_FAIL), f"HTTP {answer.status}: {words}")

    def _rows(self, kind: type[T], path: str, query: dict[str, Any] | None = None) -> tuple[T, ...]:
        """Rows. Upstream answers an empty list where its terminal failed too: its last error tells which."""
        rows = rows_of(kind, self._get(path, query), self._offset_s)
        if not rows:
            code = on_server_clock(self._get("/error"), 0).get("code")
            if isinstance(code, int) and code != mt5.RES_S_OK:
                raise CallError(mt5.RES_E_FAIL, f"nothing, and the terminal's last error is {code}")
        return rows

    def _history(
        self, kind: type[T], path: str, dates: tuple[int | None, int | None], fields: dict[str, int | None]
    ) -> tuple[T, ...]:
        """The bridge knows two times only: of a ticket or a position it gives all there is, to choose from here."""
        first, last = dates if set(fields.values()) == {None} else (None, None)
        query = {"from": max(0, (first or 0) - self._offset_s)}
        query["to"] = min(LAST_SECOND if last is None else last, LAST_SECOND) - self._offset_s
        return _chosen(self._rows(kind, path, query), **fields)

    def _tick(self, symbol: str) -> records.Tick:
        return tick_of(self._get(f"{_symbol(symbol)}/tick"), self._offset_s)

    def _latest(self, symbol: str, timeframe: int, count: int) -> NDArray[Any]:
        bars = self._bars(symbol, timeframe, {"count": min(count, MOST_BARS)})
        return bars[-count:]

    def _bars(self, symbol: str, timeframe: int, query: dict[str, Any]) -> NDArray[Any]:
        name = TIMEFRAME_NAMES.get(timeframe)
        if name is None:
            raise CallError(mt5.RES_E_INVALID_PARAMS, f"expected one of the timeframes {', '.join(mt5.TIMEFRAMES)}")
        body = self._get(f"{_symbol(symbol)}/rates", {"timeframe": name} | query)
        return bars_of(body, self._offset_s)


def _symbol(name: str) -> str:
    return f"/symbols/{quote(name, safe='')}"


def _chosen(rows: tuple[T, ...], **fields: Any) -> tuple[T, ...]:
    """Rows whose fields are as given; None: any."""
    return tuple(row for row in rows if all(value in (None, getattr(row, name)) for name, value in fields.items()))
