"""Calibration at work: the curves of several voters as arrays, and the one compiled body that applies them.

Learning the curves is in `calibration.py`; here a row in a loop and a row in a batch go through the same code.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from novosky.execution.compiled import compiled
from novosky.market.bars import Floats, Ints

CLIP = 1e-6  # log-odds of a score stay within +-13.8


class Curves(NamedTuple):
    """Per voter a sigmoid, or where it has knots a curve through them: straight in between, flat outside.

    Knots of class k of voter v lie in `start[v, k]` to `start[v, k + 1]`.
    """

    slope: Floats  # (voters, 3)
    intercept: Floats  # (voters, 3)
    start: Ints  # (voters, 4)
    score: Floats  # (knots,) rising within a class
    probability: Floats  # (knots,)


@compiled
def one_vs_rest_row(curves: Curves, voter: int, row: Floats) -> None:
    """Raw probabilities (3,) become those of each class against the rest, in place."""
    start = curves.start[voter]
    sigmoid = start[0] == start[-1]
    for k in range(len(row)):
        if sigmoid:
            row[k] = _sigmoid(curves.slope[voter, k], curves.intercept[voter, k], row[k])
        else:
            knots = slice(start[k], start[k + 1])
            row[k] = _interpolated(curves.score[knots], curves.probability[knots], row[k])


@compiled
def calibrate_row(curves: Curves, voter: int, row: Floats) -> None:
    """Raw probabilities (3,) become calibrated ones that sum to 1, in place."""
    one_vs_rest_row(curves, voter, row)
    total = 0.0
    for k in range(len(row)):
        total += row[k]
    row /= total


@compiled
def one_vs_rest_rows(curves: Curves, voter: int, rows: Floats, start: int, stop: int) -> None:
    """`one_vs_rest_row` for rows `start <= row < stop` of (n, 3)."""
    for i in range(start, stop):
        one_vs_rest_row(curves, voter, rows[i])


@compiled
def calibrate_rows(curves: Curves, voter: int, rows: Floats, start: int, stop: int) -> None:
    """`calibrate_row` for rows `start <= row < stop` of (n, 3)."""
    for i in range(start, stop):
        calibrate_row(curves, voter, rows[i])


@compiled
def _sigmoid(slope: float, intercept: float, p: float) -> float:
    """The logistic function of the line through the log-odds of `p`, without overflow."""
    clipped = min(max(p, CLIP), 1.0 - CLIP)
    z = slope * (np.log(clipped) - np.log1p(-clipped)) + intercept
    small = np.exp(-abs(z))
    return float((1.0 if z >= 0.0 else small) / (1.0 + small))


@compiled
def _interpolated(score: Floats, probability: Floats, p: float) -> float:
    """`numpy.interp` at one point."""
    last = len(score) - 1
    if p <= score[0]:
        return float(probability[0])
    if p >= score[last]:
        return float(probability[last])
    left = np.searchsorted(score, p, side="right") - 1
    slope = (probability[left + 1] - probability[left]) / (score[left + 1] - score[left])
    return float(slope * (p - score[left]) + probability[left])
