"""The simulated terminal as the vendor's package: an importable module with its function names and constants."""

from __future__ import annotations

import threading
from collections import namedtuple
from collections.abc import Callable
from dataclasses import asdict, fields
from functools import wraps
from types import ModuleType
from typing import Any, TypeVar

from novosky.trading.terminal import constants, records, retcodes
from novosky.trading.terminal.port import Terminal
from novosky.trading.terminal.records import TradeRequest

T = TypeVar("T")

INVALID_ARGUMENTS = (constants.RES_E_INVALID_PARAMS, "Invalid arguments")
REQUEST_FIELDS = frozenset(field.name for field in fields(TradeRequest))
KINDS = (
    *(records.TerminalInfo, records.AccountInfo, records.SymbolInfo, records.Tick, records.OrderCheck),
    *(records.OrderResult, records.Position, records.Order, records.Deal),
)
TUPLES = {kind: namedtuple(kind.__name__, [field.name for field in fields(kind)]) for kind in KINDS}


class SimulatedMetaTrader5:
    """The vendor's functions, answered by a terminal of the port, one call at a time whatever the thread."""

    def __init__(self, terminal: Terminal) -> None:
        self._terminal = terminal
        self._error: tuple[int, str] | None = None
        self._lock = threading.RLock()

    def initialize(self, *path: str, **named: Any) -> bool:
        if not self._terminal.initialize():
            return False
        return "login" not in named or self.login(
            named["login"], password=named.get("password", ""), server=named.get("server", "")
        )

    def login(self, login: int, /, *, password: str = "", server: str = "", timeout: int = 60_000) -> bool:
        return self._terminal.login(login, password, server)

    def shutdown(self) -> None:
        self._terminal.shutdown()

    def last_error(self) -> tuple[int, str]:
        return self._error if self._error is not None else self._terminal.last_error()

    def terminal_info(self) -> Any:
        return _named(self._terminal.terminal_info())

    def account_info(self) -> Any:
        return _named(self._terminal.account_info())

    def symbol_info(self, symbol: str, /) -> Any:
        return _named(self._terminal.symbol_info(symbol))

    def symbol_info_tick(self, symbol: str, /) -> Any:
        return _named(self._terminal.symbol_info_tick(symbol))

    def symbol_select(self, symbol: str, enable: bool = True, /) -> bool:
        return self._terminal.symbol_select(symbol, enable)

    def copy_rates_from_pos(self, symbol: str, timeframe: int, start_pos: int, count: int, /) -> Any:
        return self._terminal.copy_rates_from_pos(symbol, timeframe, start_pos, count)

    def copy_rates_range(self, symbol: str, timeframe: int, date_from: int, date_to: int, /) -> Any:
        return self._terminal.copy_rates_range(symbol, timeframe, date_from, date_to)

    def order_check(self, request: dict[str, Any], /) -> Any:
        asked = self._request(request)
        return None if asked is None else _named(self._terminal.order_check(asked))

    def order_send(self, request: dict[str, Any], /) -> Any:
        asked = self._request(request)
        return None if asked is None else _named(self._terminal.order_send(asked))

    def order_calc_margin(self, action: int, symbol: str, volume: float, price: float, /) -> float | None:
        return self._terminal.order_calc_margin(action, symbol, volume, price)

    def positions_get(self, **named: Any) -> Any:
        return self._filtered(self._terminal.positions_get, named)

    def orders_get(self, **named: Any) -> Any:
        return self._filtered(self._terminal.orders_get, named)

    def history_orders_get(self, *dates: int, **named: Any) -> Any:
        return self._between(self._terminal.history_orders_get, dates, named)

    def history_deals_get(self, *dates: int, **named: Any) -> Any:
        return self._between(self._terminal.history_deals_get, dates, named)

    def _filtered(self, get: Callable[..., Any], named: dict[str, Any]) -> Any:
        if not set(named) <= {"symbol", "ticket"}:
            self._refused()
            return None
        if "symbol" in named:
            named.pop("ticket", None)  # as the vendor's functions do
        return _named_rows(get(**named))

    def _between(self, get: Callable[..., Any], dates: tuple[int, ...], named: dict[str, Any]) -> Any:
        if (len(dates), len(named)) not in ((2, 0), (0, 1)) or not set(named) <= {"ticket", "position"}:
            self._refused()
            return None
        return _named_rows(get(*dates, **named))

    def _request(self, request: Any) -> TradeRequest | None:
        if type(request) is not dict or "action" not in request or not set(request) <= REQUEST_FIELDS:
            self._refused()
            return None
        return TradeRequest(**request)

    def _refused(self) -> None:
        self._error = INVALID_ARGUMENTS

    def locked(self, call: Callable[..., T]) -> Callable[..., T]:
        """The call as a function of the module: alone, and with a last error of its own."""

        @wraps(call)
        def function(*args: Any, **named: Any) -> T:
            with self._lock:
                if call.__name__ != "last_error":
                    self._error = None
                return call(*args, **named)

        return function


def as_module(terminal: Terminal) -> ModuleType:
    """The module to import as `MetaTrader5`: its functions over `terminal`, its constants."""
    module = ModuleType("MetaTrader5", "The simulated terminal by the names of the vendor's package.")
    package = SimulatedMetaTrader5(terminal)
    for name in (name for name in vars(SimulatedMetaTrader5) if not name.startswith("_") and name != "locked"):
        setattr(module, name, package.locked(getattr(package, name)))
    for name, value in vars(constants).items():
        if name.isupper() and isinstance(value, int):
            setattr(module, name, value)
    for name, value in constants.TIMEFRAMES.items():
        setattr(module, f"TIMEFRAME_{name}", value)
    for code, row in retcodes.RETCODES.items():
        setattr(module, f"TRADE_RETCODE_{row.name}", code)
    return module


def _named(record: Any) -> Any:
    return None if record is None else TUPLES[type(record)](**asdict(record))


def _named_rows(rows: Any) -> Any:
    return None if rows is None else tuple(_named(row) for row in rows)
