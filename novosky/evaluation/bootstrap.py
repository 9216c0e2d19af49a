"""Stationary block bootstrap: resamples that keep how neighbouring trades and days resemble each other."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from novosky.execution.compiled import compiled
from novosky.execution.records import Flags, Floats, Ints


class Interval(NamedTuple):
    low: float
    high: float


def bounds_of(interval: Interval | None) -> list[float | None] | None:
    """An interval for JSON, which has no infinity: a side without a bound is None."""
    return None if interval is None else [bound if math.isfinite(bound) else None for bound in interval]


def mean_block(n: int) -> float:
    """Mean block length for `n` trades: n^(1/3), the rate that minimises the error of a mean's variance
    (Hall, Horowitz and Jing 1995)."""
    return max(1.0, float(round(np.cbrt(n))))


@compiled
def draw_resample(random: np.random.Generator, n: int, block: float, index: Ints, begins: Flags) -> None:
    """One resample of `n` rows into `index`: blocks of geometric length with mean `block`, wrapped around.

    `index` may be longer or shorter than the rows; `begins`, of its length, is set where a block begins.
    Politis and Romano, "The stationary bootstrap", JASA 89 (1994).
    """
    current = 0
    for i in range(len(index)):
        begins[i] = i == 0 or random.random() * block < 1.0
        current = int(random.random() * n) if begins[i] else (current + 1) % n
        index[i] = current


def stationary_indices(n: int, samples: int, block: float, seed: int) -> NDArray[np.int64]:
    """Indices of resamples, shape (samples, n). What loops over resamples calls `draw_resample` and keeps none."""
    random = np.random.Generator(np.random.PCG64(seed))
    out, begins = np.empty((samples, n), np.int64), np.empty(n, np.bool_)
    for k in range(samples):
        draw_resample(random, n, block, out[k], begins)
    return out


def percentile_interval(values: Floats, coverage: float) -> Interval:
    """The central `coverage` of resampled values, bounds being values that occurred.

    Values that do not exist (NaN) are left out; infinite ones count, so that a bound may be infinite.
    """
    found = values[~np.isnan(values)]
    if len(found) == 0:
        return Interval(float("nan"), float("nan"))
    tail = (1.0 - coverage) / 2.0
    low, high = np.quantile(found, [tail, 1.0 - tail], method="nearest")
    return Interval(float(low), float(high))
