"""The edge that is planted into a generated market: a drift that hour and trend predict together, neither alone.

The drift of bar t is mu[t] = k * sigma[t] * d[t], with
    d[t] = side(UTC hour of bar t's open) * sign(close[t-1] - EMA50[t-1]),
    side = +1 (the trend goes on) from 13:00 to 18:00, -1 (it turns) from 01:00 to 06:00, 0 else.
All of it is known when bar t opens. As many hours continue as turn, so that neither the hour nor the distance from
the average says anything about direction alone.

A cost-free oracle that holds mu/sigma^2 of its capital earns (mu/sigma)^2 per bar with a variance of (mu/sigma)^2,
hence an annual Sharpe ratio of sqrt(mean((mu/sigma)^2) * bars_per_year) = k * sqrt(share * bars_per_year), with
`share` the share of bars where d is not 0. `drift_strength` solves that for k.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from novosky.errors import ConfigError
from novosky.market.bars import Bars, Floats, Ints
from novosky.market.indicators import ema
from novosky.market.volatility import bars_per_year

EMA_PERIOD = 50
HOUR_SIDE = np.zeros(24, dtype=np.int8)
HOUR_SIDE[13:18] = 1
HOUR_SIDE[1:6] = -1


def hour_side(time_ms: Ints) -> NDArray[np.int8]:
    """+1 where the trend goes on, -1 where it turns, 0 where nothing is planted, by the bar's open time."""
    return HOUR_SIDE[time_ms // 3_600_000 % 24]


def drift_strength(oracle_sharpe: float, timeframe_minutes: int) -> float:
    """k, the drift per bar in standard deviations, that gives the oracle this annual Sharpe ratio."""
    if oracle_sharpe == 0:
        return 0.0
    day = np.arange(0, 86_400_000, timeframe_minutes * 60_000, dtype=np.int64)
    share = np.count_nonzero(hour_side(day)) / len(day)
    if share == 0:
        raise ConfigError(
            f"data.oracle_sharpe={oracle_sharpe:g} needs bars within the day: the planted edge lives in hours of the "
            "day; set data.timeframe to H4 or finer, or data=random_walk"
        )
    return oracle_sharpe / math.sqrt(share * bars_per_year(timeframe_minutes))


def planted_direction(bars: Bars) -> NDArray[np.int8]:
    """d of every bar, shape (n_bars,): the sign of the drift planted into it, known at the close before."""
    trend = np.sign(np.nan_to_num(bars.close - ema(bars.close, EMA_PERIOD)))
    direction = np.zeros(len(bars), dtype=np.int8)
    direction[1:] = hour_side(bars.time_ms)[1:] * trend[:-1]
    return direction


def oracle_returns(log_return: Floats, sigma: Floats, drift: Floats) -> Floats:
    """Cost-free profit per bar of the oracle, as a share of its capital: (mu/sigma^2) * simple return, to first order.

    `log_return` is ln(close/open) with the martingale's -sigma^2/2 taken out again; `drift` is mu.
    """
    return drift / sigma**2 * (log_return + 0.5 * sigma**2)
