"""A small simulated broker: hand-made candles in, a server and a terminal out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from novosky.execution.series import BarArrays
from novosky.execution.terms import Contract
from novosky.market.bars import Bars
from novosky.trading.terminal import constants as mt5
from novosky.trading.terminal.records import TradeRequest
from novosky.trading.terminal.simulated.replay import Replay
from novosky.trading.terminal.simulated.server import SimulatedServer
from novosky.trading.terminal.simulated.terms import AccountTerms, SymbolTerms

Candle = tuple[float, float, float, float]

SYMBOL = "BTCUSD"
MONDAY_MS = 1_704_067_200_000  # 2024-01-01 00:00 UTC
MINUTE_MS = 60_000
M15_MS = 15 * MINUTE_MS
FLAT: Candle = (100.0, 101.0, 99.0, 100.0)

# One lot of 1 unit: a price difference of 1.00 is 1.00 of money per lot.
CONTRACT = Contract(tick_size=0.01, tick_value=0.01, volume_min=0.01, volume_max=100.0, volume_step=0.01)
TERMS = SymbolTerms(SYMBOL, CONTRACT)
ACCOUNT = AccountTerms(1000.0)


def candle_bars(candles: Sequence[Candle], start_ms: int = MONDAY_MS, minutes: int = 15) -> Bars:
    columns = np.ascontiguousarray(np.array(candles, np.float64).T)
    n = len(candles)
    times = start_ms + np.arange(n, dtype=np.int64) * minutes * MINUTE_MS
    return Bars(SYMBOL, minutes, 0.01, times, *columns, np.full(n, 50.0), np.full(n, 20.0), np.zeros(n))


def candle_arrays(
    bars: Bars, spread: float = 0.2, slippage: float = 0.0, nights: Mapping[int, int] | None = None
) -> BarArrays:
    n = len(bars)
    day = bars.time_ms // 86_400_000
    return BarArrays(
        bars.open,
        bars.high,
        bars.low,
        bars.close,
        spread=np.full(n, spread),
        slippage=np.full(n, slippage),
        atr=np.full(n, 10.0),
        day=day,
        week=(day + 3) // 7,
        nights=np.array([(nights or {}).get(i, 0) for i in range(n)], np.int8),
        flat=np.zeros(n, np.bool_),
    )


def broker(
    candles: Sequence[Candle] = (FLAT,) * 8,
    *,
    contract: Contract = CONTRACT,
    finer: Bars | None = None,
    at_bar: int = 1,
    clock: str = "utc",
    reading: int = 0,
    symbol: Mapping[str, Any] | None = None,
    account: Mapping[str, Any] | None = None,
    **arrays: Any,
) -> SimulatedServer:
    """A server whose clock stands at the open of bar `at_bar`."""
    bars = candle_bars(candles)
    replay = Replay(bars, candle_arrays(bars, **arrays), finer, clock=clock, reading=reading)
    terms = replace(TERMS, contract=contract, **(symbol or {}))
    return SimulatedServer(replay, terms, replace(ACCOUNT, **(account or {})), int(bars.time_ms[at_bar]))


def market_order(side: int, volume: float = 1.0, **fields: Any) -> TradeRequest:
    marks: dict[str, Any] = {"magic": 7, "comment": "NOVOSKY 1a2b"}
    return TradeRequest(mt5.TRADE_ACTION_DEAL, SYMBOL, volume, mt5.type_of(side), **(marks | fields))


def levels(position: int, sl: float = 0.0, tp: float = 0.0) -> TradeRequest:
    return TradeRequest(mt5.TRADE_ACTION_SLTP, SYMBOL, sl=sl, tp=tp, position=position)
