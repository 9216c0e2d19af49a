"""Stationary block bootstrap: intervals that respect that neighbouring trades resemble each other."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from novosky.execution.compiled import compiled
from novosky.execution.records import Floats


class Interval(NamedTuple):
    low: float
    high: float


def mean_block(n: int) -> float:
    """Mean block length for `n` trades: n^(1/3), the rate that minimises the error of a mean's variance
    (Hall, Horowitz and Jing 1995)."""
    return max(1.0, float(round(np.cbrt(n))))


@compiled
def _resampled_indices(starts: NDArray[np.int64], jumps: NDArray[np.bool_]) -> NDArray[np.int64]:
    n = len(starts)
    index = np.empty(n, np.int64)
    current = starts[0]
    for i in range(n):
        current = starts[i] if jumps[i] else (current + 1) % n
        index[i] = current
    return index


def stationary_indices(n: int, samples: int, block: float, seed: int) -> NDArray[np.int64]:
    """Indices of resamples, shape (samples, n): blocks of geometric length with mean `block`, wrapped around.

    Politis and Romano, "The stationary bootstrap", JASA 89 (1994).
    """
    random = np.random.Generator(np.random.PCG64(seed))
    out = np.empty((samples, n), np.int64)
    for k in range(samples):
        jumps = random.random(n) < 1.0 / block
        jumps[0] = True
        out[k] = _resampled_indices(random.integers(0, n, n), jumps)
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
