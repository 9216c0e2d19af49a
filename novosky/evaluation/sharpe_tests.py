"""Is a Sharpe ratio more than luck, and more than the luck of the best of many? Ratios here are per day.

Bailey and Lopez de Prado, "The Sharpe ratio efficient frontier", Journal of Risk 15 (2012), and "The deflated Sharpe
ratio", Journal of Portfolio Management 40 (2014). Their days are independent; where days resemble each other trust
`metrics.sharpe_interval` more.
"""

from __future__ import annotations

from statistics import NormalDist
from typing import NamedTuple

import numpy as np

from novosky.execution.records import Floats

NORMAL = NormalDist()
EULER_GAMMA = 0.5772156649015329


class DailyShape(NamedTuple):
    """What the tests ask of daily returns; `kurtosis` is 3 for a normal distribution."""

    days: int
    sharpe: float  # mean / standard deviation, not annualised
    skewness: float
    kurtosis: float


def daily_shape(daily: Floats) -> DailyShape | None:
    """Shape of daily returns (n_days,); None with fewer than three days or without variance."""
    n = len(daily)
    centred = daily - daily.mean() if n else daily
    variance = float((centred**2).mean()) if n else 0.0
    if n < 3 or not variance > 0.0:
        return None
    return DailyShape(
        n,
        float(daily.mean()) / (variance * n / (n - 1)) ** 0.5,
        float((centred**3).mean()) / variance**1.5,
        float((centred**4).mean()) / variance**2,
    )


def _spread(shape: DailyShape) -> float:
    """Variance of the estimated ratio times (days - 1) (Mertens 2002; Lo 2002 where returns are normal)."""
    return max(1.0 - shape.skewness * shape.sharpe + (shape.kurtosis - 1.0) / 4.0 * shape.sharpe**2, 1e-12)


def probabilistic_sharpe(shape: DailyShape, benchmark: float = 0.0) -> float:
    """Probability that the true daily ratio is above `benchmark` (daily)."""
    return NORMAL.cdf((shape.sharpe - benchmark) * ((shape.days - 1) / _spread(shape)) ** 0.5)


def min_track_record_days(shape: DailyShape, benchmark: float = 0.0, confidence: float = 0.95) -> float:
    """Days that the ratio would have to last for `probabilistic_sharpe` to reach `confidence`; infinite if never."""
    if shape.sharpe <= benchmark:
        return float("inf")
    return 1.0 + _spread(shape) * (NORMAL.inv_cdf(confidence) / (shape.sharpe - benchmark)) ** 2


def expected_best_sharpe(looks: int, variance: float) -> float:
    """Expected largest of `looks` independent daily ratios without skill that vary by `variance` (2014, equation 1)."""
    if looks < 2:
        return 0.0
    rare, rarer = NORMAL.inv_cdf(1.0 - 1.0 / looks), NORMAL.inv_cdf(1.0 - 1.0 / (looks * np.e))
    return float(variance**0.5 * ((1.0 - EULER_GAMMA) * rare + EULER_GAMMA * rarer))


def deflated_sharpe(shape: DailyShape, looks: int, variance: float | None = None) -> float:
    """Probability that the true daily ratio is above what the best of `looks` without skill would show.

    `variance` of the looks' daily ratios; where it is not known, 1 / (days - 1), that of ratios without skill.
    """
    known = 1.0 / (shape.days - 1) if variance is None else variance
    return probabilistic_sharpe(shape, expected_best_sharpe(looks, known))
