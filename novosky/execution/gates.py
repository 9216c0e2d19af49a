"""The gates that depend on the market alone; those that depend on the account are asked in the loop."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from novosky.execution.codes import ATR_FLOOR, EMA_TREND, NEWS_BLOCK, OPENED, SESSION, SPREAD_LIMIT, WEEK_END
from novosky.execution.compiled import compiled
from novosky.execution.records import Floats


class MarketGates(NamedTuple):
    """Settings of the gates; 0 switches a limit off. The week's end has none here: its times are an input."""

    min_atr: float  # price units
    news_block_ms: int
    ema_trend: bool
    by_session: bool
    max_spread: float  # price units


class GateInputs(NamedTuple):
    """What the gates look at, as of each bar's close, shape (n_bars,)."""

    close: Floats
    spread: Floats  # of the closed bar, price units
    atr: Floats
    ema200: Floats
    news_distance_ms: NDArray[np.int64]  # to the nearest scheduled event, past or next
    session_open: NDArray[np.bool_]  # whether a session that may trade is open
    week_end: NDArray[np.bool_]  # whether nothing may be held any more


@compiled
def first_refusal(
    side: NDArray[np.int8], verdict: NDArray[np.int16], seen: GateInputs, gates: MarketGates
) -> NDArray[np.int16]:
    """Verdict of each bar after the market's gates: the first that refused, or what `verdict` already said."""
    out = verdict.copy()
    for i in range(len(side)):
        if out[i] != OPENED:
            continue
        if gates.min_atr > 0.0 and not seen.atr[i] >= gates.min_atr:
            out[i] = ATR_FLOOR
        elif gates.news_block_ms > 0 and seen.news_distance_ms[i] <= gates.news_block_ms:
            out[i] = NEWS_BLOCK
        elif gates.ema_trend and not (seen.close[i] - seen.ema200[i]) * side[i] > 0.0:
            out[i] = EMA_TREND
        elif gates.by_session and not seen.session_open[i]:
            out[i] = SESSION
        elif seen.week_end[i]:
            out[i] = WEEK_END
        elif gates.max_spread > 0.0 and seen.spread[i] > gates.max_spread:
            out[i] = SPREAD_LIMIT
    return out
