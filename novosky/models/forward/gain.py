"""Is what a regressor chose worth more than not choosing? R by its choice against R by a plain one, on the same rows.

Intervals by the circular block bootstrap of `skill`: rows whose trades overlap are drawn together.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass

import numpy as np

from novosky.market.bars import Floats
from novosky.models.forward.skill import LIVES_PER_BLOCK, block_means

CONFIDENCE = 0.95
_ROUNDING_R = 1e-12


@dataclass(frozen=True, slots=True)
class Gain:
    """Mean R by the model and by the plain choice; `low` and `high` bound the difference, one-sided 95 % each."""

    rows: int
    r: float
    plain_r: float
    difference: float
    low: float
    high: float

    @property
    def found(self) -> bool:
        """The difference is above 0 beyond chance."""
        return self.low > _ROUNDING_R

    def to_json(self) -> dict[str, object]:
        return {**asdict(self), "found": self.found}


def paired_gain(r: Floats, plain_r: Floats, overlap: int, seed: int) -> Gain:
    """R of the same trades under two choices, (n,) each in time order; `overlap` trades are open at once."""
    means = block_means(r - plain_r, LIVES_PER_BLOCK * overlap, seed)
    return _gain(len(r), float(r.mean()), float(plain_r.mean()), means)


def weighted_gain(r: Floats, weight: Floats, overlap: int, seed: int) -> Gain:
    """Mean R of trades sized by `weight` (n,), sum(w r) / sum(w), against their plain mean.

    The three means of a resample come from the same blocks, since the same seed draws the same starts.
    """
    block = LIVES_PER_BLOCK * overlap
    weighted = block_means(weight * r, block, seed) / block_means(weight, block, seed)
    own = float((weight * r).sum() / weight.sum())
    return _gain(len(r), own, float(r.mean()), weighted - block_means(r, block, seed))


def _gain(rows: int, r: float, plain_r: float, means: Floats) -> Gain:
    low, high = np.quantile(means, [1.0 - CONFIDENCE, CONFIDENCE])
    return Gain(rows, r, plain_r, r - plain_r, float(low), float(high))
