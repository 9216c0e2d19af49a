"""The vendor's package on another machine, or under Wine, behind an RPyC classic server (as mt5linux starts it)."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable
from typing import Any, TypeVar

from novosky.trading.terminal import constants as mt5
from novosky.trading.terminal.failures import CallError, Deadline
from novosky.trading.terminal.rpyc_link import Link, rpyc_package

T = TypeVar("T")


class RemoteMetaTrader5:
    """The vendor's functions; answers are plain values, mappings instead of named tuples.

    Each raises CallError where there is no answer within `timeout_s`. A connection that broke, or whose answer is still
    under way, is closed; `initialize` opens another.
    """

    def __init__(self, host: str, port: int, timeout_s: float) -> None:
        """ConfigError where RPyC is not installed; nothing is connected yet."""
        rpyc_package()
        self._host, self._port, self._timeout_s = host, port, timeout_s
        self._link: Link | None = None
        self._sock: socket.socket | None = None

    def initialize(self, *path: str, **named: Any) -> bool:
        if self._link is None:
            self._connect()
        return bool(self._asked(lambda link: link.value("initialize", *path, **named)))

    def login(self, login: int, /, *, password: str, server: str, timeout: int) -> bool:
        named = {"password": password, "server": server, "timeout": timeout}
        return bool(self._asked(lambda link: link.value("login", login, **named)))

    def shutdown(self) -> None:
        try:
            self._asked(lambda link: link.value("shutdown"))
        finally:
            self._drop()

    def last_error(self) -> Any:
        return self._asked(lambda link: link.value("last_error"))

    def terminal_info(self) -> Any:
        return self._asked(lambda link: link.row("terminal_info"))

    def account_info(self) -> Any:
        return self._asked(lambda link: link.row("account_info"))

    def symbol_info(self, symbol: str, /) -> Any:
        return self._asked(lambda link: link.row("symbol_info", symbol))

    def symbol_info_tick(self, symbol: str, /) -> Any:
        return self._asked(lambda link: link.row("symbol_info_tick", symbol))

    def symbol_select(self, symbol: str, enable: bool, /) -> bool:
        return bool(self._asked(lambda link: link.value("symbol_select", symbol, enable)))

    def copy_rates_from_pos(self, symbol: str, timeframe: int, start_pos: int, count: int, /) -> Any:
        return self._asked(lambda link: link.bars("copy_rates_from_pos", symbol, timeframe, start_pos, count))

    def copy_rates_range(self, symbol: str, timeframe: int, date_from: int, date_to: int, /) -> Any:
        return self._asked(lambda link: link.bars("copy_rates_range", symbol, timeframe, date_from, date_to))

    def order_check(self, request: dict[str, Any], /) -> Any:
        return self._asked(lambda link: link.row("order_check", link.mapping(request)))

    def order_send(self, request: dict[str, Any], /) -> Any:
        return self._asked(lambda link: link.row("order_send", link.mapping(request)))

    def order_calc_margin(self, action: int, symbol: str, volume: float, price: float, /) -> Any:
        return self._asked(lambda link: link.value("order_calc_margin", action, symbol, volume, price))

    def positions_get(self, **named: Any) -> Any:
        return self._asked(lambda link: link.rows("positions_get", **named))

    def orders_get(self, **named: Any) -> Any:
        return self._asked(lambda link: link.rows("orders_get", **named))

    def history_orders_get(self, *dates: int, **named: Any) -> Any:
        return self._asked(lambda link: link.rows("history_orders_get", *dates, **named))

    def history_deals_get(self, *dates: int, **named: Any) -> Any:
        return self._asked(lambda link: link.rows("history_deals_get", *dates, **named))

    def _connect(self) -> None:
        began = time.monotonic()
        try:
            self._sock = socket.create_connection((self._host, self._port), self._timeout_s)
        except OSError as error:
            where = f"{self._host}:{self._port}"
            raise CallError(mt5.RES_E_NO_CONNECTION, f"no RPyC server at {where}: {error.strerror or error}") from error
        sock, left = self._sock, self._timeout_s - (time.monotonic() - began)
        try:
            self._link = self._guarded(sock, left, lambda: Link(sock, self._timeout_s))
        finally:
            if self._link is None:
                self._drop()

    def _asked(self, ask: Callable[[Link], T]) -> T:
        link, sock = self._link, self._sock
        if link is None or sock is None:
            raise CallError(mt5.RES_E_NO_CONNECTION, f"no connection with {self._host}:{self._port}: initialize first")
        return self._guarded(sock, self._timeout_s, lambda: ask(link))

    def _guarded(self, sock: socket.socket, seconds: float, do: Callable[[], T]) -> T:
        with Deadline(seconds, sock) as deadline:
            try:
                return do()
            except BaseException as error:
                raise self._failure(error, deadline.passed) from error

    def _failure(self, error: BaseException, late: bool) -> BaseException:
        """What went wrong; the server may raise anything here, what ends a program included."""
        if isinstance(error, CallError):
            return error
        theirs = hasattr(error, "_remote_tb")
        if not theirs and not isinstance(error, Exception):
            return error  # Ctrl-C
        if theirs and not late:
            words = str(error).strip().splitlines()
            kind = type(error).__name__
            return CallError(mt5.RES_E_INTERNAL_FAIL, f"the server raised {kind}: {words[0] if words else ''}")
        self._drop()
        if late or isinstance(error, TimeoutError):
            return CallError(mt5.RES_E_INTERNAL_FAIL_TIMEOUT, f"no answer within {self._timeout_s:g} s")
        return CallError(mt5.RES_E_INTERNAL_FAIL_RECEIVE, f"the connection broke ({type(error).__name__})")

    def _drop(self) -> None:
        link, sock, self._link, self._sock = self._link, self._sock, None, None
        if sock is not None:
            sock.close()
        if link is not None:
            link.close()
