"""The edge that is planted into a generated market: a drift that session and trend predict together, neither alone.

The drift of bar t is mu[t] = k * sigma[t] * d[t], with
    d[t] = weight(session of bar t's open) * sign(close[t-1] - EMA200[t-1]),
    weight = +1 while New York is open (the trend goes on), -share / (1 - share) else (it turns),
    share  = New York's share of the week's bars, 45 of 168 hours.
All of it is known when bar t opens. The weights balance, so that neither the session nor the distance from the
average says anything about direction alone.

A cost-free oracle that holds mu/sigma^2 of its capital earns (mu/sigma)^2 per bar with a variance of (mu/sigma)^2,
hence an annual Sharpe ratio of sqrt(mean((mu/sigma)^2) * bars_per_year) = k * sqrt(mean(weight^2) * bars_per_year).
`drift_strength` solves that for k.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from novosky.errors import ConfigError
from novosky.market.bars import Bars, Floats, Ints
from novosky.market.indicators import ema
from novosky.market.sessions import SESSIONS, session_flags
from novosky.market.volatility import bars_per_year

EMA_PERIOD = 200
WEEK_MS = 7 * 86_400_000


def session_weight(time_ms: Ints, timeframe_minutes: int) -> Floats:
    """+1 where the trend goes on, below 0 where it turns, by the bar's open time, shape (n,); mean 0 over a week."""
    share = new_york_share(timeframe_minutes)
    return np.where(new_york_open(time_ms), 1.0, -share / (1.0 - share))


def drift_strength(oracle_sharpe: float, timeframe_minutes: int) -> float:
    """k, the drift per bar in standard deviations, that gives the oracle this annual Sharpe ratio."""
    if oracle_sharpe == 0:
        return 0.0
    week = session_weight(_one_week(timeframe_minutes), timeframe_minutes)
    mean_square = float(np.mean(week**2))
    if mean_square == 0:
        raise ConfigError(
            f"data.oracle_sharpe={oracle_sharpe:g} needs bars within the day: the planted edge lives in New York's "
            "hours; set data.timeframe to H4 or finer, or data=random_walk"
        )
    return oracle_sharpe / math.sqrt(mean_square * bars_per_year(timeframe_minutes))


def planted_weight(bars: Bars) -> Floats:
    """d of every bar, shape (n_bars,): the drift planted into it in units of k * sigma, known at the close before."""
    trend = np.sign(np.nan_to_num(bars.close - ema(bars.close, EMA_PERIOD)))
    weight = np.zeros(len(bars))
    weight[1:] = session_weight(bars.time_ms, bars.timeframe_minutes)[1:] * trend[:-1]
    return weight


def new_york_open(time_ms: Ints) -> NDArray[np.bool_]:
    """Whether New York is open at each UTC time, shape (n,)."""
    return np.asarray(session_flags(time_ms)[:, SESSIONS.index("new_york")])


def new_york_share(timeframe_minutes: int) -> float:
    """Share of a week's bars that open while New York is open."""
    return float(np.mean(new_york_open(_one_week(timeframe_minutes))))


def _one_week(timeframe_minutes: int) -> Ints:
    """Opens of a week of bars; New York is open as long in any other."""
    return np.arange(0, WEEK_MS, timeframe_minutes * 60_000, dtype=np.int64)


def oracle_returns(log_return: Floats, sigma: Floats, drift: Floats) -> Floats:
    """Cost-free profit per bar of the oracle, as a share of its capital: (mu/sigma^2) * simple return, to first order.

    `log_return` is ln(close/open) with the martingale's -sigma^2/2 taken out again; `drift` is mu.
    """
    return drift / sigma**2 * (log_return + 0.5 * sigma**2)
