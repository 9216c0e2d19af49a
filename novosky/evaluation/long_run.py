"""Standard error of a mean whose terms depend on their neighbours: from its slowest waves."""

from __future__ import annotations

import numpy as np

from novosky.execution.records import Floats

LEAST_WAVES, MOST_WAVES = 4, 64


def waves_of(n: int) -> Floats:
    """Type II cosines of the slowest frequencies, shape (n, waves), each with mean 0 and sum of squares n^2.

    0.4 n^(2/3) of them, the choice of Lazarus, Lewis, Stock and Watson, "HAR inference: recommendations for practice",
    JBES 36 (2018). With terms z, the mean over waves of (waves' z / n^1.5)^2 is the long-run variance of z over n. At
    most 64: more would make the errors hardly more exact, and see less of the slow dependence.
    """
    number = min(max(round(0.4 * n ** (2.0 / 3.0)), LEAST_WAVES), MOST_WAVES, n - 1)
    turns = np.pi * (np.arange(n) + 0.5)[:, None] * np.arange(1, number + 1) / n
    return np.asarray(np.sqrt(2.0 * n) * np.cos(turns))


def standard_error(terms: Floats) -> float:
    """Standard error of the mean of `terms` (n,), n >= 2, in their order; 0 where nothing varies."""
    n = len(terms)
    if np.ptp(terms) == 0.0:
        return 0.0
    return float(np.sqrt(((waves_of(n).T * (terms - terms.mean())).sum(axis=1) ** 2).mean()) / n**1.5)
