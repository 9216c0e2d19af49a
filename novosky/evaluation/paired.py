"""Is A better than B on the same days? A studentised stationary block bootstrap of the daily differences."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from novosky.errors import WindowError
from novosky.evaluation.bootstrap import mean_block
from novosky.execution.compiled import compiled
from novosky.execution.records import Floats

MIN_RESAMPLES = 2000  # of the probability
AS_GOOD = 20  # resamples at least as good by chance that settle a p-value: its error is then 1 / sqrt(20) of itself


class Paired(NamedTuple):
    """What the daily differences A - B say."""

    days: int
    mean_difference_r: float  # R a day
    z: float  # mean over its standard error, which knows that neighbouring days resemble each other
    p: float  # one-sided: chance of a z as great where A is no better than B
    probability: float  # share of resamples in which A brought more than B, ties by half
    resamples: int


def paired(a: Floats, b: Floats, seed: int, significance: float = 0.01) -> Paired:
    """Compare the daily R of two results, each (n_days,), on the same days; `b` of zeros stands for flat.

    Stationary bootstrap (Politis and Romano, JASA 89, 1994), mean block n^(1/3) days. Each resample has a standard
    error of its own (Goetze and Kuensch, Annals of Statistics 24, 1996), so that a skewed or heavy-tailed R keeps the
    size of the test. p is sequential (Besag and Clifford, Biometrika 78, 1991): resampling ends when 20 were as good
    by chance, or when `significance` could be told from more. Without variance nothing can be said: z 0, p 1.
    Raises WindowError when the days differ in number, or hold a figure that is no number.
    """
    if len(a) != len(b):
        raise WindowError(f"paired test: expected the same days of both results, found {len(a)} and {len(b)}")
    difference = np.asarray(a, np.float64) - np.asarray(b, np.float64)
    if not np.isfinite(difference).all():
        raise WindowError(f"paired test: expected numbers, found {difference[~np.isfinite(difference)][0]} in daily R")
    n = len(difference)
    mean = float(difference.mean()) if n else 0.0
    block = mean_block(n)
    variance = long_run_variance(difference - mean, block) if n > 1 else 0.0
    if variance <= 1e-20 * mean * mean:
        return Paired(n, mean, 0.0, 1.0, 0.5 if mean == 0.0 else float(mean > 0.0), 0)
    z = mean / math.sqrt(variance / n)
    most = max(MIN_RESAMPLES, math.ceil(AS_GOOD / significance))
    random = np.random.Generator(np.random.PCG64(seed))
    as_good, above, drawn = _resample(random, difference - mean, mean, z, block, MIN_RESAMPLES, most)
    return Paired(n, mean, z, (as_good + 1) / (drawn + 1), above / drawn, drawn)


@compiled
def long_run_variance(centred: Floats, block: float) -> float:
    """n x the variance of the mean of a stationary resample, exactly (Politis and Romano 1994, Lemma 1).

    c(0) + 2 sum over i of (1 - i / n) (1 - 1 / block)^i c(i), where c are the autocovariances around the circle of
    `centred` (n,), whose mean is 0.
    """
    n = len(centred)
    total = 0.0
    for lag in range(n):
        weight = (1.0 - lag / n) * (1.0 - 1.0 / block) ** lag
        if weight < 1e-12:
            break
        covariance = 0.0
        for i in range(n):
            covariance += centred[i] * centred[(i + lag) % n]
        total += weight * covariance / n * (1.0 if lag == 0 else 2.0)
    return total


@compiled
def _resample(
    random: np.random.Generator, centred: Floats, mean: float, z: float, block: float, at_least: int, at_most: int
) -> tuple[int, float, int]:
    """Resamples with a z as great as `z`, resamples with a mean above 0 (ties by half), resamples drawn."""
    n = len(centred)
    sums = np.zeros(2 * n + 1)  # of the days from the first, twice around the circle
    for i in range(2 * n):
        sums[i + 1] = sums[i] + centred[i % n]
    log_stay = math.log(1.0 - 1.0 / block) if block > 1.0 else -math.inf
    as_good, above, drawn = 0, 0.0, 0
    while drawn < at_most and (drawn < at_least or as_good < AS_GOOD):
        # The variance of a resample is that of its blocks: sum over blocks of (sum - length * mean)^2, over n.
        filled, total, squares, crossed, lengths = 0, 0.0, 0.0, 0.0, 0.0
        while filled < n:
            start = int(random.random() * n)
            length = int(min(1.0 + math.floor(math.log(1.0 - random.random()) / log_stay), float(n - filled)))
            of_block = sums[start + length] - sums[start]
            total += of_block
            squares += of_block * of_block
            crossed += of_block * length
            lengths += float(length * length)
            filled += length
        shift = total / n
        variance = (squares - 2.0 * shift * crossed + shift * shift * lengths) / n
        # No division: a resample of one single block has no variance of its own, and counts as good when it rose.
        if shift * math.sqrt(n) >= z * math.sqrt(max(variance, 0.0)):
            as_good += 1
        if shift + mean > 0.0:
            above += 1.0
        elif shift + mean == 0.0:
            above += 0.5
        drawn += 1
    return as_good, above, drawn
