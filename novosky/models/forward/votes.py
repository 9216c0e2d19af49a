"""The vote on out-of-fold predictions, and the threshold that it teaches to what follows train.

Vote rule, confidence and quantile can change without training: they are worked out anew from stored predictions.

The threshold of a block is the quantile of what the block's own calibrators and voters would have said on the raw
predictions of the blocks just before. Each block's calibrated predictions as they stood will not do: the less a
calibrator trusts its voter, the closer together lie its confidences, so that a threshold from another calibrator lets
through all rows or none. Blocks further back were predicted by voters of fewer rows, whose scores scatter more.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from novosky.config.schema.learning import PredictionConfig
from novosky.market.bars import Floats, Ints
from novosky.models.decision.vote import Votes, judge, learned_threshold, vote
from novosky.models.forward.out_of_fold import OutOfFold
from novosky.models.forward.training_rows import FIRST_RAW, FIRST_VOTED
from novosky.models.trees.calibration import calibrate

RECENT_BLOCKS = 3


@dataclass(frozen=True, slots=True)
class ForwardVotes:
    """Votes on the rows of block 3 and later, in time order; every array has shape (rows,).

    `row` is the place in `OutOfFold`; `seen_to` the last bar that anything behind the vote saw; `threshold` the
    quantile of confidence learned from the blocks before.
    """

    row: Ints
    bar: Ints
    block: Ints
    seen_to: Ints
    threshold: Floats
    votes: Votes


def threshold_before(out_of_fold: OutOfFold, k: int, settings: PredictionConfig) -> float:
    """The quantile of confidence that block k may know, from the rows of recent blocks that are known before it."""
    known = out_of_fold.learned_before(k, max(FIRST_RAW, k - RECENT_BLOCKS))
    voters = np.flatnonzero(out_of_fold.kept[k])
    probabilities = [calibrate(out_of_fold.calibrators[k][v], out_of_fold.raw[v][known]) for v in voters]
    return learned_threshold(vote(np.stack(probabilities), settings), settings)


def final_threshold(out_of_fold: OutOfFold, settings: PredictionConfig) -> float:
    """The quantile of confidence for the bars after train."""
    return threshold_before(out_of_fold, len(out_of_fold.edges) - 1, settings)


def forward_votes(out_of_fold: OutOfFold, settings: PredictionConfig) -> ForwardVotes:
    """The vote on every row that a voter set and a quantile of earlier blocks can judge."""
    blocks = range(FIRST_VOTED, len(out_of_fold.edges) - 1)
    parts = [_block_votes(out_of_fold, k, settings) for k in blocks]
    row = np.concatenate([row for row, _, _ in parts])
    threshold = np.concatenate([np.full(len(row), threshold) for row, threshold, _ in parts])
    votes = Votes(*(np.concatenate(column) for column in zip(*(votes for _, _, votes in parts), strict=True)))
    return ForwardVotes(row, out_of_fold.bar[row], out_of_fold.block[row], out_of_fold.seen_to[row], threshold, votes)


def _block_votes(out_of_fold: OutOfFold, k: int, settings: PredictionConfig) -> tuple[Ints, float, Votes]:
    row = np.flatnonzero(out_of_fold.block == k)
    threshold = threshold_before(out_of_fold, k, settings)
    opinion = vote(out_of_fold.calibrated[out_of_fold.kept[k]][:, row], settings)
    return row, threshold, judge(opinion, settings, threshold)
