"""Does a voter know more than the base rate? Its out-of-fold log-loss against that of the class frequencies.

The difference has an interval by the circular block bootstrap (Politis and Romano 1992): labels overlap, so
neighbouring rows are nearly the same row, and only whole stretches of rows may be drawn.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass

import numpy as np

from novosky.market.bars import Floats
from novosky.models.classes import BUY, HOLD, N_CLASSES, SELL, Flags, Labels

RESAMPLES = 1000
LIVES_PER_BLOCK = 3  # a block as long as one label's life would understate the variance by a third


@dataclass(frozen=True, slots=True)
class Comparison:
    """Mean log-loss (nats) of a voter and of the base rate; `low` and `high` bound the difference, one-sided each."""

    rows: int
    log_loss: float
    base_log_loss: float
    difference: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class VoterSkill:
    """One voter on its calibrated out-of-fold rows; `direction` looks at the outer classes alone: BUY against SELL."""

    name: str
    classes: Comparison
    direction: Comparison
    brier: float
    accuracy: float
    kept: bool
    reason: str

    def to_json(self) -> dict[str, object]:
        return asdict(self)


def judge_voter(
    name: str,
    probabilities: Floats,
    y: Labels,
    base: Floats,
    label_life: int,
    confidence: float,
    seed: int,
    weight: Floats | None = None,
) -> VoterSkill:
    """Judge calibrated `probabilities` (n, 3) against the `base` rates (n, 3) that were known before each row.

    `label_life` in rows; `confidence` of the one-sided bound that the difference must keep below 0; `weight` (n,) says
    how much each row counts.
    """
    counts = np.ones(len(y)) if weight is None else weight
    classes = compare(*_weighed(counts, _loss(probabilities, y), _loss(base, y)), label_life, confidence, seed)
    decided = y != HOLD
    direction = compare(
        *_weighed(counts[decided], _direction_loss(probabilities, y)[decided], _direction_loss(base, y)[decided]),
        label_life,
        confidence,
        seed,
    )
    kept = classes.high < 0.0
    reason = (
        f"log-loss {classes.log_loss:.5f} against {classes.base_log_loss:.5f} of the base rate: the {confidence:.0%} "
    )
    reason += f"bound of the difference, {classes.high:+.5f}, is {'below' if kept else 'not below'} 0"
    outcome = np.eye(N_CLASSES)[y]
    brier = float(np.average(np.sum((probabilities - outcome) ** 2, axis=1), weights=counts))
    accuracy = float(np.average(np.argmax(probabilities, axis=1) == y, weights=counts))
    return VoterSkill(name, classes, direction, brier, accuracy, kept, reason)


def voter_set(skills: list[VoterSkill]) -> tuple[Flags, bool]:
    """Which voters vote, shape (voters,), and whether none had skill: then all of them stay."""
    skilled = np.array([skill.kept for skill in skills], dtype=np.bool_)
    none_skilled = not skilled.any()
    return (np.ones_like(skilled) if none_skilled else skilled), none_skilled


def compare(loss: Floats, base_loss: Floats, label_life: int, confidence: float, seed: int) -> Comparison:
    """Mean losses of the same rows and one-sided `confidence` bounds of their difference."""
    difference = loss - base_loss
    means = block_means(difference, LIVES_PER_BLOCK * label_life, seed)
    low, high = np.quantile(means, [1.0 - confidence, confidence])
    return Comparison(
        len(loss), float(loss.mean()), float(base_loss.mean()), float(difference.mean()), float(low), float(high)
    )


def block_means(values: Floats, block: int, seed: int) -> Floats:
    """Means of `RESAMPLES` circular block resamples of `values` (n,), in time order; a block has at least n^(1/3)."""
    n = len(values)
    block = min(max(block, round(np.cbrt(n))), n)
    wrapped = np.concatenate([[0.0], np.cumsum(np.concatenate([values, values[: block - 1]]))])
    sums = wrapped[block:] - wrapped[:-block]
    random = np.random.Generator(np.random.PCG64(seed))
    starts = random.integers(0, n, (RESAMPLES, -(-n // block)))
    means: Floats = sums[starts].mean(axis=1) / block
    return means


def _weighed(weight: Floats, loss: Floats, base_loss: Floats) -> tuple[Floats, Floats]:
    """Losses scaled so that their plain means are the weighted means."""
    scale = weight / weight.mean()
    return loss * scale, base_loss * scale


def _loss(probabilities: Floats, y: Labels) -> Floats:
    own: Floats = -np.log(probabilities[np.arange(len(y)), y])
    return own


def _direction_loss(probabilities: Floats, y: Labels) -> Floats:
    """Loss of the share that goes to the right side when HOLD is out of the question."""
    buy, sell = probabilities[:, BUY], probabilities[:, SELL]
    own: Floats = -np.log(np.where(y == BUY, buy, sell) / (buy + sell))
    return own
