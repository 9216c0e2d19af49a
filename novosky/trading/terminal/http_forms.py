"""The bridge's answers as records: what it leaves out, what it says in its own words, and its clock.

Two bridges speak the same paths. The original's symbol and account have fewer fields than the vendor's; the upstream's
(psyb0t/mt5-httpapi) have all, with times moved to UTC by the offset that it is configured with.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from novosky.errors import NovoskyError
from novosky.trading.terminal import constants as mt5
from novosky.trading.terminal.conversion import record_of
from novosky.trading.terminal.failures import CallError
from novosky.trading.terminal.records import RATES_DTYPE, AccountInfo, Position, SymbolInfo, Tick

R = TypeVar("R")

TIMES = frozenset({"time", "time_setup", "time_done", "time_expiration", "time_update"})
ORDER_MODE = mt5.SYMBOL_ORDER_MARKET | mt5.SYMBOL_ORDER_SL | mt5.SYMBOL_ORDER_TP


def on_server_clock(row: Any, offset_s: int) -> dict[str, Any]:
    """The answer's fields, its times moved from the bridge's clock to the server's; 0 stays: it means none."""
    if not isinstance(row, Mapping):
        raise CallError(mt5.RES_E_INTERNAL_FAIL_RECEIVE, f"expected an object, found {type(row).__name__}")
    moved = dict(row)
    for name in row:
        scale = 1 if name in TIMES else 1000 if name.removesuffix("_msc") in TIMES else 0
        if scale and isinstance(row[name], (int, float)) and row[name]:
            moved[name] = row[name] + offset_s * scale
    return moved


def rows_of(kind: type[R], body: Any, offset_s: int) -> tuple[R, ...]:
    if not isinstance(body, list):
        raise CallError(mt5.RES_E_INTERNAL_FAIL_RECEIVE, f"expected a list, found {type(body).__name__}")
    return tuple(record_of(kind, _identified(kind, on_server_clock(row, offset_s))) for row in body)


def account_of(body: Any) -> AccountInfo:
    """What the bridge does not say of the account is UNKNOWN: whether it nets is not guessed."""
    return record_of(AccountInfo, {"trade_mode": mt5.UNKNOWN, "margin_mode": mt5.UNKNOWN} | on_server_clock(body, 0))


def tick_of(body: Any, offset_s: int) -> Tick:
    row = on_server_clock(body, offset_s)
    if "time_msc" not in row and isinstance(row.get("time"), (int, float)):
        row["time_msc"] = int(row["time"] * 1000)
    return record_of(Tick, row)


def symbol_of(body: Any, tick: Tick, offset_s: int) -> SymbolInfo:
    """Missing levels are refused: a stops level that nobody told is not 0."""
    row = on_server_clock(body, offset_s)
    if "trade_mode" not in row and "trade_allowed" in row:
        row["trade_mode"] = mt5.SYMBOL_TRADE_MODE_FULL if row["trade_allowed"] else mt5.SYMBOL_TRADE_MODE_DISABLED
    told = {
        "trade_exemode": mt5.SYMBOL_TRADE_EXECUTION_MARKET,
        "trade_calc_mode": mt5.UNKNOWN,
        "swap_mode": mt5.UNKNOWN,
        "filling_mode": mt5.SYMBOL_FILLING_FOK | mt5.SYMBOL_FILLING_IOC,  # the bridge chooses
        "order_mode": ORDER_MODE,
        "bid": tick.bid,
        "ask": tick.ask,
        "time": tick.time,
    }
    return record_of(SymbolInfo, told | row)


def bars_of(body: Any, offset_s: int) -> NDArray[Any]:
    """Bars, oldest first whatever the bridge's order."""
    if not isinstance(body, list):
        raise CallError(mt5.RES_E_INTERNAL_FAIL_RECEIVE, f"expected a list of bars, found {type(body).__name__}")
    try:
        rows = [tuple(on_server_clock(row, offset_s)[name] for name in RATES_DTYPE.names or ()) for row in body]
        bars = np.array(rows, RATES_DTYPE)
    except (KeyError, OverflowError, TypeError, ValueError) as error:
        raise NovoskyError(f"bars of the terminal: expected {', '.join(RATES_DTYPE.names or ())}: {error}") from error
    if not all(np.isfinite(bars[name]).all() for name in ("open", "high", "low", "close")):
        raise NovoskyError("bars of the terminal: expected prices, found NaN or infinity")
    newest_first = len(bars) > 1 and bars["time"][0] > bars["time"][-1]
    return bars[::-1].copy() if newest_first else bars  # not sorted: in autumn a server's clock shows an hour twice


def _identified(kind: type[Any], row: dict[str, Any]) -> dict[str, Any]:
    """A position that the bridge gives no identifier is known by its ticket."""
    if kind is Position and not row.get("identifier"):
        row["identifier"] = row.get("ticket")
    return row
