"""Probability of backtest overfitting: does what was best on some of the days stay good on the others?

Bailey, Borwein, Lopez de Prado and Zhu, "The probability of backtest overfitting", Journal of Computational Finance 20
(2017): combinatorially symmetric cross-validation.
"""

from __future__ import annotations

from itertools import combinations
from typing import NamedTuple

import numpy as np

from novosky.errors import NovoskyError
from novosky.execution.records import Floats


class Overfitting(NamedTuple):
    """Over all ways to cut the blocks of days into two halves."""

    probability: float  # share in which the best of one half is at or below the median of the other
    loss_probability: float  # share in which its Sharpe ratio in the other half is below 0
    logits: Floats  # (n_splits,): log(rank / (1 - rank)) of the best in the other half, rank in (0, 1)


def overfitting(daily: Floats, blocks: int = 16) -> Overfitting:
    """PBO of choosing by Sharpe ratio among the columns of `daily` (n_days, n_tried).

    The days are cut into `blocks` equal ones, an even number; days left over at the start stay out. Equal ratios share
    their rank; a column without variance has a ratio of 0. Raises `NovoskyError` for tables that cannot be cut so.
    """
    n, tried = daily.shape
    length = n // blocks if blocks > 0 else 0
    if blocks < 2 or blocks % 2 or length < 2 or tried < 2:
        raise NovoskyError(
            f"overfitting: expected an even number of blocks of at least 2 days and 2 columns, found {n} days in "
            f"{blocks} blocks and {tried} columns; give more days or fewer blocks"
        )
    cut = daily[n - blocks * length :].reshape(blocks, length, tried)
    sums, squares = cut.sum(axis=1), (cut**2).sum(axis=1)
    half = length * (blocks // 2)
    logits, losses = [], 0
    for chosen in combinations(range(blocks), blocks // 2):
        inside = np.zeros(blocks, np.bool_)
        inside[list(chosen)] = True
        best = int(np.argmax(_sharpe(sums[inside], squares[inside], half)))
        outside = _sharpe(sums[~inside], squares[~inside], half)
        rank = (np.sum(outside < outside[best]) + (np.sum(outside == outside[best]) + 1) / 2.0) / (tried + 1)
        logits.append(np.log(rank / (1.0 - rank)))
        losses += outside[best] < 0.0
    found = np.array(logits)
    return Overfitting(float(np.mean(found <= 0.0)), losses / len(found), found)


def _sharpe(sums: Floats, squares: Floats, n: int) -> Floats:
    """Mean / standard deviation of each column over `n` days, from the sums of its blocks."""
    mean, square = sums.sum(axis=0) / n, squares.sum(axis=0) / n
    variance = square - mean**2
    varies = variance > 1e-12 * square
    return np.where(varies, mean / np.sqrt(np.where(varies, variance, 1.0)), 0.0)
