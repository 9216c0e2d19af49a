"""Studentised bootstrap intervals of statistics that are smooth functions of two means.

Percentile intervals of a block bootstrap are too short when neighbours resemble each other: blocks of finite length
lose part of the dependence. Here the error of each resample is measured in its own standard error, and the distribution
of that ratio is laid around the figure with the figure's. Both come from the slowest waves of the series, so that slow
dependence widens the interval and the uncertainty of the standard error itself is in the ratio (Götze and Künsch 1996;
Ledoit and Wolf 2008 for the Sharpe ratio; Goncalves and Vogelsang 2011 for resampling without its blocks known).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from novosky.evaluation.bootstrap import Interval, draw_resample, mean_block
from novosky.evaluation.long_run import standard_error, waves_of
from novosky.execution.compiled import compiled
from novosky.execution.records import Floats

MIN_ROWS = 5  # fewer have no standard error worth the name


class Smooth(NamedTuple):
    """f(means), shape (samples,), and its gradient, shape (samples, 2)."""

    value: Floats
    gradient: Floats


def mean_of(means: Floats) -> Smooth:
    """The first mean itself; the second column is idle."""
    return Smooth(means[:, 0], np.stack((np.ones(len(means)), np.zeros(len(means))), axis=1))


def ratio_of(means: Floats) -> Smooth:
    """First mean / second mean: expectancy by size."""
    top, bottom = means.T
    return Smooth(top / bottom, np.stack((1.0 / bottom, -top / bottom**2), axis=1))


def log_ratio_of(means: Floats) -> Smooth:
    """log(first mean / second mean): profit factor, whose errors are multiples."""
    top, bottom = means.T
    return Smooth(np.log(top) - np.log(bottom), np.stack((1.0 / top, -1.0 / bottom), axis=1))


def sharpe_of(means: Floats) -> Smooth:
    """Mean / standard deviation (of the population) from the means of x and x^2 (Ledoit and Wolf 2008)."""
    mean, square = means.T
    variance = np.maximum(square - mean**2, 0.0)
    return Smooth(mean / np.sqrt(variance), np.stack((square / variance**1.5, -0.5 * mean / variance**1.5), axis=1))


FUNCTIONS = {"mean": mean_of, "ratio": ratio_of, "log_ratio": log_ratio_of, "sharpe": sharpe_of}


def studentised_interval(columns: Floats, function: str, samples: int, coverage: float, seed: int) -> Interval | None:
    """Interval of `FUNCTIONS[function]` of the means of `columns` (n, 2), rows in order of time.

    With T* = (f(resample) - f) / se(resample) the bounds are f - se * quantile(T*). None with fewer than `MIN_ROWS`
    rows, or where f has no standard error. A bound is infinite where too many resamples have none.
    """
    if len(columns) < MIN_ROWS:
        return None
    with np.errstate(divide="ignore", invalid="ignore"):
        of = FUNCTIONS[function]
        centre = columns.mean(axis=0)
        value, gradient = of(centre[None, :])
        error = standard_error((columns - centre) @ gradient[0]) if np.isfinite(gradient).all() else 0.0
        if not error > 0.0:
            return None
        random = np.random.Generator(np.random.PCG64(seed))
        means, spread = np.empty((samples, 2)), np.empty((samples, 3))
        n = len(columns)
        _moments(random, np.ascontiguousarray(columns), waves_of(n), mean_block(n), means, spread)
        drawn, slope = of(means)
        own = slope[:, 0] ** 2 * spread[:, 0] + 2.0 * slope[:, 0] * slope[:, 1] * spread[:, 1]
        own += slope[:, 1] ** 2 * spread[:, 2]
        ratios = (drawn - value[0]) / np.sqrt(np.maximum(own, 0.0))
    # A resample without a standard error (no loss in it) could lie on either side: half of them each.
    ratios = ratios[~np.isnan(ratios)]
    lost = samples - len(ratios)
    ratios = np.sort(np.concatenate((np.full(lost // 2, -np.inf), ratios, np.full(lost - lost // 2, np.inf))))
    tail = (1.0 - coverage) / 2.0
    low, high = np.quantile(ratios, [tail, 1.0 - tail], method="nearest")
    return Interval(float(value[0] - error * high), float(value[0] - error * low))


@compiled
def _moments(
    random: np.random.Generator, columns: Floats, waves: Floats, block: float, means: Floats, spread: Floats
) -> None:
    """Means of each resample (samples, 2) and their covariances from its waves (samples, 3): xx, xy, yy."""
    n, number = waves.shape
    index, begins = np.empty(n, np.int64), np.empty(n, np.bool_)
    wave_x, wave_y = np.empty(number), np.empty(number)
    scale = 1.0 / (number * float(n) ** 3)
    for k in range(len(means)):
        draw_resample(random, n, block, index, begins)
        wave_x[:] = 0.0
        wave_y[:] = 0.0
        sum_x = sum_y = 0.0
        for i in range(n):
            x, y = columns[index[i], 0], columns[index[i], 1]
            sum_x += x
            sum_y += y
            for j in range(number):
                wave_x[j] += waves[i, j] * x
                wave_y[j] += waves[i, j] * y
        xx = xy = yy = 0.0
        for j in range(number):
            xx, xy, yy = xx + wave_x[j] ** 2, xy + wave_x[j] * wave_y[j], yy + wave_y[j] ** 2
        means[k, 0], means[k, 1] = sum_x / n, sum_y / n
        spread[k, 0], spread[k, 1], spread[k, 2] = xx * scale, xy * scale, yy * scale
