"""The decision chain over bars: votes -> market gates -> brackets -> intents."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from novosky.backtest.inputs import EMA_TREND_PERIOD
from novosky.config.schema.trading import ExecutionConfig
from novosky.execution.gates import GateInputs, MarketGates, first_refusal
from novosky.execution.records import Floats, Ints
from novosky.execution.series import BarArrays, Intents, plain_intents
from novosky.market.bars import Bars
from novosky.market.indicators import ema
from novosky.market.sessions import SESSIONS, session_flags
from novosky.market.trading_days import in_week_end
from novosky.models.decision.vote import Votes

MS_PER_MINUTE = 60_000


def decide_bars(
    bars: Bars,
    arrays: BarArrays,
    event_ms: Ints | None,
    votes: Votes,
    brackets: Floats,
    execution: ExecutionConfig,
    broker_clock: str,
) -> Intents:
    """What the chain wants at each bar's close; rows as `votes` and `bars`, `brackets` (n_bars, 2) in ATR.

    `broker_clock` tells the week's end. Sizes are full: the risk model scales them in the loop.
    """
    seen = gate_inputs(bars, arrays, ema(bars.close, EMA_TREND_PERIOD), event_ms, execution, broker_clock)
    return intents_of(votes, brackets, seen, execution)


def gate_inputs(
    bars: Bars, arrays: BarArrays, ema200: Floats, event_ms: Ints | None, execution: ExecutionConfig, broker_clock: str
) -> GateInputs:
    """What the market's gates look at, as of each bar's close; `ema200` (n_bars,) of the closes."""
    close_ms = bars.time_ms + bars.timeframe_ms
    return GateInputs(
        close=bars.close,
        spread=arrays.spread,
        atr=arrays.atr,
        ema200=ema200,
        news_distance_ms=_news_distance_ms(close_ms, event_ms),
        session_open=_session_open(close_ms, execution.sessions),
        week_end=in_week_end(close_ms, broker_clock, execution.week_end_flat_minutes),
    )


def market_gates(execution: ExecutionConfig) -> MarketGates:
    """The gates' limits."""
    return MarketGates(
        min_atr=execution.min_atr_threshold,
        news_block_ms=execution.news_block_minutes * MS_PER_MINUTE,
        ema_trend=execution.enable_ema_trend_filter,
        by_session=bool(execution.sessions),
        max_spread=execution.max_spread,
    )


def intents_of(votes: Votes, brackets: Floats, seen: GateInputs, execution: ExecutionConfig) -> Intents:
    """Votes through the market's gates, with their brackets; one row a bar."""
    verdict = first_refusal(votes.side, votes.verdict, seen, market_gates(execution))
    plain = plain_intents(votes.side, verdict, votes.confidence, execution.sl_atr, execution.tp_atr)
    sl_atr, tp_atr = np.ascontiguousarray(brackets.T)
    return plain._replace(sl_atr=sl_atr, tp_atr=tp_atr)


def _news_distance_ms(close_ms: Ints, event_ms: Ints | None) -> Ints:
    """From each close to the nearest scheduled event, past or next; far away where there is none."""
    never = np.iinfo(np.int64).max
    if event_ms is None or len(event_ms) == 0:
        return np.full(len(close_ms), never, np.int64)
    after = np.searchsorted(event_ms, close_ms)
    to_next = np.where(after < len(event_ms), event_ms[np.minimum(after, len(event_ms) - 1)] - close_ms, never)
    since_last = np.where(after > 0, close_ms - event_ms[np.maximum(after - 1, 0)], never)
    return np.minimum(to_next, since_last)


def _session_open(close_ms: Ints, sessions: list[str]) -> NDArray[np.bool_]:
    flags = session_flags(close_ms)
    open_ = np.zeros(len(close_ms), np.bool_)
    for name in sessions:
        open_ |= flags[:, SESSIONS.index(name)] > 0
    return open_
