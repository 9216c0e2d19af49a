"""How large the moves of a generated market are: clustering, fat tails, and the clock."""

from __future__ import annotations

import math

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from novosky.execution.compiled import compiled
from novosky.market.bars import Floats, Ints

ANNUAL_VOLATILITY = 0.55
DAYS_PER_YEAR = 365  # a generated market never closes
# Log volatility = slow + fast + shock: standard deviation of each, and half-life in hours of the first two.
SLOW_SD, SLOW_HALF_LIFE_HOURS = 0.35, 120.0
FAST_SD, FAST_HALF_LIFE_HOURS = 0.35, 4.0
SHOCK_SD = 0.25
EVENT_LOG_JUMP = (0.0, 0.15, 0.5, 1.2)  # by impact: none, low, medium, high
EVENT_HALF_LIFE_MINUTES = 30.0
WEEKEND_FACTOR = 0.7
# fmt: off
HOUR_FACTOR = np.array([
    0.95, 0.95, 0.90, 0.85, 0.80, 0.80, 0.85, 0.95, 1.05, 1.00, 0.95, 0.95,
    1.05, 1.35, 1.50, 1.40, 1.25, 1.10, 1.00, 1.00, 0.95, 0.90, 0.85, 0.90,
])
# fmt: on


@compiled
def _autoregression(draws: Floats, carry: float) -> Floats:
    """x[t] = carry * x[t-1] + sqrt(1 - carry^2) * draws[t], begun in its stationary distribution."""
    out = np.empty(len(draws))
    out[0] = draws[0]
    fresh = math.sqrt(1.0 - carry * carry)
    for i in range(1, len(draws)):
        out[i] = carry * out[i - 1] + fresh * draws[i]
    return out


def clustered_volatility(n_bars: int, timeframe_minutes: int, rng: Generator) -> Floats:
    """Standard deviation of each bar's log return, shape (n_bars,), of `ANNUAL_VOLATILITY` in root mean square.

    sigma = base * exp(x - v) with x the sum of the three parts and v its variance, since E[exp(2x)] = exp(2v).
    Returns drawn with it have a kurtosis of 3 * exp(4v), about 10.
    """
    draws = rng.standard_normal((n_bars, 3))
    slow_carry = 0.5 ** (timeframe_minutes / 60 / SLOW_HALF_LIFE_HOURS)
    fast_carry = 0.5 ** (timeframe_minutes / 60 / FAST_HALF_LIFE_HOURS)
    log_volatility = (
        SLOW_SD * _autoregression(np.ascontiguousarray(draws[:, 0]), slow_carry)
        + FAST_SD * _autoregression(np.ascontiguousarray(draws[:, 1]), fast_carry)
        + SHOCK_SD * draws[:, 2]
    )
    variance = SLOW_SD**2 + FAST_SD**2 + SHOCK_SD**2
    base = ANNUAL_VOLATILITY / math.sqrt(bars_per_year(timeframe_minutes))
    return base * np.exp(log_volatility - variance)


def bars_per_year(timeframe_minutes: int) -> float:
    """Bars in a year of a market that never closes."""
    return DAYS_PER_YEAR * 1440 / timeframe_minutes


def clock_factor(time_ms: Ints) -> Floats:
    """Volatility by hour of day and weekend, shape (n_bars,); root mean square 1 over a week."""
    factor = HOUR_FACTOR[time_ms // 3_600_000 % 24] * np.where(is_weekend(time_ms), WEEKEND_FACTOR, 1.0)
    week_mean_square = np.mean(HOUR_FACTOR**2) * (5 + 2 * WEEKEND_FACTOR**2) / 7
    return np.asarray(factor / math.sqrt(week_mean_square))


def is_weekend(time_ms: Ints) -> NDArray[np.bool_]:
    """Saturday or Sunday, UTC (epoch day 0 was a Thursday)."""
    return np.asarray((time_ms // 86_400_000 + 3) % 7 >= 5)


@compiled
def event_jump(time_ms: Ints, timeframe_ms: int, event_ms: Ints, event_jump_size: Floats) -> Floats:
    """Log volatility that events add, shape (n_bars,): the largest jump still ringing, each decaying by half-life."""
    out = np.zeros(len(time_ms))
    carry = 0.5 ** (timeframe_ms / 60_000.0 / EVENT_HALF_LIFE_MINUTES)
    level = 0.0
    j = 0
    for i in range(len(time_ms)):
        level *= carry
        while j < len(event_ms) and event_ms[j] < time_ms[i] + timeframe_ms:
            if event_ms[j] >= time_ms[i]:
                level = max(level, event_jump_size[j])
            j += 1
        out[i] = level
    return out
