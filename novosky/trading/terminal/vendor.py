"""The port over the vendor's package, or over anything that has its functions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from novosky.errors import NovoskyError
from novosky.trading.terminal import constants as mt5
from novosky.trading.terminal import records
from novosky.trading.terminal.conversion import record_of, request_dict
from novosky.trading.terminal.failures import CallError, shown
from novosky.trading.terminal.records import RATES_DTYPE, Deal, Order, Position, TradeRequest
from novosky.trading.terminal.server_clock import ServerTime, server_time_of, system_utc_ms
from novosky.trading.terminal.vendor_module import MetaTrader5

R = TypeVar("R")

LAST_SECOND = 2**31 - 1
SUCCESS = (mt5.RES_S_OK, "Success")
NOTHING_THERE = (mt5.RES_S_OK, mt5.RES_E_NOT_FOUND)
SHARE_OF_LIMIT = 0.9  # of the time limit that the terminal is given: it shall answer before the caller gives up


@dataclass(frozen=True, slots=True)
class Login:
    """The account to log in to; without a password the terminal's saved one is used."""

    login: int
    password: str | None = field(default=None, repr=False)
    server: str | None = None


class VendorTerminal:
    """The vendor's functions as the port: records instead of named tuples, None instead of exceptions.

    Against its C functions an empty `**named` is not the same as none: `order_send(*args, **{})` is refused with
    (-2, "Unnamed arguments not allowed").
    """

    def __init__(
        self,
        module: MetaTrader5,
        account: Login | None = None,
        path: str | None = None,
        timeout_s: float = 10.0,
        utc_ms: Callable[[], int] = system_utc_ms,
    ) -> None:
        self._mt5, self._account, self._path, self._utc_ms = module, account, path, utc_ms
        self._timeout_ms = int(timeout_s * 1000 * SHARE_OF_LIMIT)
        self._secrets = {account.password} if account is not None else set()
        self._error: tuple[int, str] | None = SUCCESS

    def initialize(self) -> bool:
        account = self._account
        named = _given(login=account.login, password=account.password, server=account.server) if account else {}
        path = () if self._path is None else (self._path,)
        return bool(self._ask(self._mt5.initialize, *path, **named, timeout=self._timeout_ms))

    def login(self, login: int, password: str, server: str) -> bool:
        self._secrets.add(password)
        return bool(self._ask(self._mt5.login, login, password=password, server=server, timeout=self._timeout_ms))

    def shutdown(self) -> None:
        self._ask(self._mt5.shutdown)

    def last_error(self) -> tuple[int, str]:
        if self._error is None:
            told = self._ask(self._mt5.last_error)
            if self._error is None:
                self._error = self._as_error(told)
        return self._error

    def terminal_info(self) -> records.TerminalInfo | None:
        return self._row(records.TerminalInfo, self._mt5.terminal_info)

    def account_info(self) -> records.AccountInfo | None:
        return self._row(records.AccountInfo, self._mt5.account_info)

    def symbol_info(self, symbol: str) -> records.SymbolInfo | None:
        return self._row(records.SymbolInfo, self._mt5.symbol_info, symbol)

    def symbol_info_tick(self, symbol: str) -> records.Tick | None:
        return self._row(records.Tick, self._mt5.symbol_info_tick, symbol)

    def symbol_select(self, symbol: str, enable: bool = True) -> bool:
        return bool(self._ask(self._mt5.symbol_select, symbol, enable))

    def copy_rates_from_pos(self, symbol: str, timeframe: int, start_pos: int, count: int) -> NDArray[Any] | None:
        return self._rates(self._mt5.copy_rates_from_pos, symbol, timeframe, start_pos, count)

    def copy_rates_range(self, symbol: str, timeframe: int, date_from: int, date_to: int) -> NDArray[Any] | None:
        return self._rates(self._mt5.copy_rates_range, symbol, timeframe, date_from, date_to)

    def order_check(self, request: TradeRequest) -> records.OrderCheck | None:
        return self._row(records.OrderCheck, self._mt5.order_check, request_dict(request))

    def order_send(self, request: TradeRequest) -> records.OrderResult | None:
        return self._row(records.OrderResult, self._mt5.order_send, request_dict(request))

    def order_calc_margin(self, action: int, symbol: str, volume: float, price: float) -> float | None:
        margin = self._ask(self._mt5.order_calc_margin, action, symbol, volume, price)
        return float(margin) if isinstance(margin, (int, float)) else None

    def positions_get(self, *, symbol: str | None = None, ticket: int | None = None) -> tuple[Position, ...] | None:
        return self._open(Position, self._mt5.positions_get, symbol, ticket)

    def orders_get(self, *, symbol: str | None = None, ticket: int | None = None) -> tuple[Order, ...] | None:
        return self._open(Order, self._mt5.orders_get, symbol, ticket)

    def history_orders_get(
        self,
        date_from: int | None = None,
        date_to: int | None = None,
        *,
        ticket: int | None = None,
        position: int | None = None,
    ) -> tuple[Order, ...] | None:
        return self._history(Order, self._mt5.history_orders_get, (date_from, date_to), ticket, position)

    def history_deals_get(
        self,
        date_from: int | None = None,
        date_to: int | None = None,
        *,
        ticket: int | None = None,
        position: int | None = None,
    ) -> tuple[Deal, ...] | None:
        return self._history(Deal, self._mt5.history_deals_get, (date_from, date_to), ticket, position)

    def server_time(self, symbol: str) -> ServerTime | None:
        tick = self.symbol_info_tick(symbol)
        return None if tick is None else server_time_of(tick.time_msc, self._utc_ms())

    def _ask(self, call: Callable[..., Any], *args: Any, **named: Any) -> Any:
        """What the package answers; None where it raised, for the reason in `_error`."""
        self._error = None
        try:
            return call(*args, **named) if named else call(*args)
        except CallError as failed:
            self._error = (failed.code, shown(failed.words, self._secrets))
        except Exception as error:
            self._error = (mt5.RES_E_INTERNAL_FAIL, shown(f"{type(error).__name__}: {error}", self._secrets))
        return None

    def _row(self, kind: type[R], call: Callable[..., Any], *args: Any) -> R | None:
        answer = self._ask(call, *args)
        return None if answer is None else self._record(kind, answer)

    def _rows(
        self, kind: type[R], nothing: tuple[int, ...], call: Callable[..., Any], *args: Any, **named: Any
    ) -> tuple[R, ...] | None:
        """Records; none where the package answers None and its error is one of `nothing`."""
        answer = self._ask(call, *args, **named)
        if answer is None:
            return () if self.last_error()[0] in nothing else None
        if not isinstance(answer, (tuple, list)):
            self._error = (mt5.RES_E_INTERNAL_FAIL_RECEIVE, f"expected rows, found {type(answer).__name__}")
            return None
        rows = []
        for row in answer:
            record = self._record(kind, row)
            if record is None:
                return None
            rows.append(record)
        return tuple(rows)

    def _open(
        self, kind: type[R], call: Callable[..., Any], symbol: str | None, ticket: int | None
    ) -> tuple[R, ...] | None:
        if ticket is None:
            return self._rows(kind, (mt5.RES_S_OK,), call, **_given(symbol=symbol))
        rows = self._rows(kind, NOTHING_THERE, call, ticket=ticket)
        return rows and tuple(row for row in rows if symbol in (None, getattr(row, "symbol", None)))

    def _history(
        self,
        kind: type[R],
        call: Callable[..., Any],
        dates: tuple[int | None, int | None],
        ticket: int | None,
        position: int | None,
    ) -> tuple[R, ...] | None:
        if ticket is not None:
            return self._rows(kind, NOTHING_THERE, call, ticket=ticket)
        if position is not None:
            return self._rows(kind, NOTHING_THERE, call, position=position)
        first, last = dates
        return self._rows(kind, (mt5.RES_S_OK,), call, first or 0, LAST_SECOND if last is None else last)

    def _rates(self, call: Callable[..., Any], *args: Any) -> NDArray[Any] | None:
        answer = self._ask(call, *args)
        if answer is None:
            return np.zeros(0, RATES_DTYPE) if self.last_error()[0] == mt5.RES_S_OK else None
        try:
            return np.asarray(answer)[list(RATES_DTYPE.names or ())].astype(RATES_DTYPE)
        except (IndexError, KeyError, TypeError, ValueError) as error:
            self._error = (mt5.RES_E_INTERNAL_FAIL_RECEIVE, shown(f"bars of another form: {error}"))
            return None

    def _record(self, kind: type[R], answer: Any) -> R | None:
        try:
            return record_of(kind, answer)
        except NovoskyError as error:
            self._error = (mt5.RES_E_INTERNAL_FAIL_RECEIVE, shown(error, self._secrets))
            return None

    def _as_error(self, told: Any) -> tuple[int, str]:
        try:
            code, words = told
            return int(code), shown(words, self._secrets)
        except (TypeError, ValueError):
            return mt5.RES_E_INTERNAL_FAIL_RECEIVE, "the far end's last error is none"


def _given(**named: Any) -> dict[str, Any]:
    return {name: value for name, value in named.items() if value is not None}
