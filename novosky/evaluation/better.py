"""Which of two runs is better on the same days: resampled together, so that the market's share cancels out."""

from __future__ import annotations

import numpy as np

from novosky.errors import NovoskyError
from novosky.evaluation.bootstrap import mean_block, stationary_indices
from novosky.execution.records import Floats

SAMPLES = 5000


def probability_better(daily_a: Floats, daily_b: Floats, seed: int) -> float:
    """Share of resamples in which `a` earned more than `b`; ties count half, so that equal runs give 0.5.

    Daily R of the same days, (n_days,) each. Paired stationary block bootstrap of the mean difference (Politis and
    Romano 1994), mean block n^(1/3). Not corrected for how many runs were tried.
    """
    if daily_a.shape != daily_b.shape or len(daily_a) == 0:
        raise NovoskyError(f"paired days: expected as many of both, at least one, found {len(daily_a)}, {len(daily_b)}")
    difference = daily_a - daily_b
    index = stationary_indices(len(difference), SAMPLES, mean_block(len(difference)), seed)
    totals = difference[index].sum(axis=1)
    return float(np.mean(totals > 0.0) + 0.5 * np.mean(totals == 0.0))
