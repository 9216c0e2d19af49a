"""Is the best of many better than its benchmark, when all that were tried are counted?"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from novosky.evaluation.bootstrap import draw_resample, mean_block
from novosky.evaluation.long_run import standard_error, waves_of
from novosky.execution.compiled import compiled
from novosky.execution.records import Floats


class RealityCheck(NamedTuple):
    """`best`: column with the largest mean. p-values: chance of a best this good though none beats the benchmark."""

    best: int
    white_p: float  # White, "A reality check for data snooping", Econometrica 68 (2000)
    spa_p: float  # Hansen, "A test for superior predictive ability", JBES 23 (2005), consistent version


def reality_check(gains: Floats, samples: int, seed: int) -> RealityCheck:
    """Test of the best of all columns of `gains` (n_days, n_tried): daily gains over the benchmark, same days for all.

    White's statistic is the largest mean, so that one wild column hides all others; Hansen's weighs each mean by its
    standard error and leaves out the plainly bad. The standard errors are made anew in each resample (Romano and Wolf,
    "Stepwise multiple testing", Econometrica 73, 2005): with Hansen's, made once, it rejected too often on 200 days. A
    column that never varies is worth nothing to it. Expects at least three days; keeps 2 x samples x n_tried numbers.
    """
    n = len(gains)
    means = gains.mean(axis=0)
    errors = np.array([standard_error(column) for column in gains.T])
    random = np.random.Generator(np.random.PCG64(seed))
    drawn, own = np.empty((samples, gains.shape[1])), np.empty((samples, gains.shape[1]))
    _resampled(random, mean_block(n), np.ascontiguousarray(gains), waves_of(n), drawn, own)
    plainly_bad = means <= -errors * np.sqrt(2.0 * np.log(np.log(n)))
    white = (drawn - means).max(axis=1)
    spa = _ratio(drawn - np.where(plainly_bad, 0.0, means), np.where(errors > 0.0, own, 0.0)).max(axis=1)
    found = float(_ratio(means, errors).max())
    return RealityCheck(
        int(np.argmax(means)),
        _p_value(white, float(means.max())),
        _p_value(np.maximum(spa, 0.0), max(found, 0.0)),
    )


def _ratio(top: Floats, bottom: Floats) -> Floats:
    """top / bottom, 0 where the bottom is 0."""
    return np.divide(top, bottom, out=np.zeros_like(top), where=bottom > 0.0)


def _p_value(drawn: Floats, found: float) -> float:
    """Share of resampled statistics that reach the found one, itself counted (Davison and Hinkley 1997)."""
    return float((1 + np.sum(drawn >= found)) / (len(drawn) + 1))


@compiled
def _resampled(
    random: np.random.Generator, block: float, gains: Floats, waves: Floats, drawn: Floats, own: Floats
) -> None:
    """Of each resample of the rows of `gains` the means and their standard errors, both (samples, n_tried)."""
    n, tried = gains.shape
    number = waves.shape[1]
    index, begins = np.empty(n, np.int64), np.empty(n, np.bool_)
    sums = np.empty((number, tried))
    for k in range(len(drawn)):
        draw_resample(random, n, block, index, begins)
        drawn[k] = 0.0
        sums[:] = 0.0
        for i in range(n):
            for j in range(tried):
                drawn[k, j] += gains[index[i], j]
            for wave in range(number):
                for j in range(tried):
                    sums[wave, j] += waves[i, wave] * gains[index[i], j]
        for j in range(tried):
            drawn[k, j] /= n
            total = 0.0
            for wave in range(number):
                total += sums[wave, j] ** 2
            own[k, j] = np.sqrt(total / number) / n**1.5
