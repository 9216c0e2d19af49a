"""Bars that a terminal keeps, asked for in pieces."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from novosky.errors import ConfigError, NovoskyError
from novosky.market.trading_days import wall_ms
from novosky.trading.terminal import constants as mt5
from novosky.trading.terminal.port import Terminal

PIECE_BARS: Final = 20_000  # a few megabytes over the bridge


def require_same(terminal: Terminal, symbol: str, point: float, clock: str) -> None:
    """Refuse another point, and a clock that the last tick is ahead of (one behind it may only be old).

    Raises ConfigError, or NovoskyError where there is no answer.
    """
    if not terminal.symbol_select(symbol):
        raise ConfigError(f"data.symbol={symbol}: the terminal has no such symbol {terminal.last_error()}")
    told = terminal.symbol_info(symbol)
    if told is None:
        raise NovoskyError(f"data=terminal: no answer about {symbol} {terminal.last_error()}; nothing was written")
    if not np.isclose(told.point, point, rtol=1e-9, atol=0.0):
        raise ConfigError(f"data.point={point:g}: the terminal's {symbol} has {told.point:g}; set it so")
    now = terminal.server_time(symbol)
    if now is None or now.utc_offset_seconds is None:
        return
    utc_ms = round(now.utc_epoch * 1000)
    due = (int(wall_ms(np.array([utc_ms], np.int64), clock)[0]) - utc_ms) // 1000
    if now.utc_offset_seconds > due:
        raise ConfigError(
            f"data.clock={clock}: is {due / 3600:+g} h from UTC now, the terminal's last tick is "
            f"{now.utc_offset_seconds / 3600:+g} h; choose the server's clock"
        )


def read_history(
    terminal: Terminal,
    symbol: str,
    timeframe: str,
    date_from: int,
    date_to: int,
    report: Callable[[str, float], None] = lambda _text, _share: None,
    piece_bars: int = PIECE_BARS,
) -> NDArray[Any]:
    """Bars that open in `date_from <= time <= date_to`, seconds of the server's clock; oldest first, none twice.

    Raises NovoskyError where a piece is not answered: a history with a hole that the terminal does not have is none.
    """
    number, pieces = mt5.TIMEFRAMES[timeframe], []
    span = piece_bars * mt5.TIMEFRAME_MINUTES[number] * 60
    for first in range(date_from, date_to + 1, span):
        bars = terminal.copy_rates_range(symbol, number, first, min(first + span - 1, date_to))
        if bars is None:
            raise NovoskyError(f"data=terminal: no answer about bars {terminal.last_error()}; nothing was written")
        pieces.append(bars)
        report(f"{sum(map(len, pieces)):,} bars", (first - date_from) / max(1, date_to - date_from))
    return np.concatenate(pieces)
