"""Spearman's rank correlation (1904) of columns."""

from __future__ import annotations

import numpy as np

from novosky.execution.records import Floats


def rank_correlation(rows: Floats) -> Floats:
    """Of every pair of columns of `rows` (n, columns), shape (columns, columns); ties at their mean rank, 0 for a
    constant."""
    ranks = np.empty(rows.shape)
    for k in range(rows.shape[1]):
        _, group = np.unique(rows[:, k], return_inverse=True)
        counts = np.bincount(group)
        ranks[:, k] = (np.cumsum(counts) - 0.5 * (counts - 1))[group]
    centred = ranks - ranks.mean(axis=0)
    length = np.sqrt((centred**2).sum(axis=0))
    length[length == 0.0] = np.inf
    correlation: Floats = (centred / length).T @ (centred / length)
    return correlation
