"""Out-of-fold predictions forward in time: what judges a row of block k has seen blocks before k only.

    block      first    +1         +2               +3 and later
    voters     train    predict    predict          predict      fitted on rows known before the block
    calibrators         learn      apply            apply        fitted on the raw predictions known before the block
    voter set                      learn            apply        from the calibrated predictions known before the block

Purge: a row is known before a block when it lies the longest life of a label before the block's first bar. (By each
label's own end, only the quick ones among the last rows would count, and quick ones are no fair sample.)
Embargo: the first `embargo_bars` of a block are not predicted; they serve as training rows of later blocks.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from novosky.market.bars import Floats, Ints
from novosky.models.classes import (
    N_CLASSES,
    Flags,
    Inputs,
    Labels,
    class_weights,
    require_all_classes,
)
from novosky.models.forward.skill import VoterSkill, judge_voter, voter_set
from novosky.models.forward.training_rows import (
    FIRST_CALIBRATED,
    FIRST_RAW,
    FIRST_VOTED,
    UNSEEN,
    TrainingRows,
    known_before,
    label_life,
)
from novosky.models.trees.calibration import Calibrator, calibrate, fit_calibrator
from novosky.models.trees.voters import Voter, derived_seed

Progress = Callable[[str, float], None]
FitVoters = Callable[[Inputs, Labels, Floats | None, int], Sequence[Voter]]


@dataclass(frozen=True, slots=True)
class OutOfFold:
    """Predictions forward in time for every row, NaN where there is none; rows and edges as in `TrainingRows`.

    `raw`, `calibrated` (voters, n, 3); `base` (n, 3) class frequencies of the rows the voters learned from;
    `block` (n,), UNSEEN where a row is not predicted; `seen_to` (n,) the last bar that anything behind the row's
    prediction saw; `kept` (blocks + 1, voters) the voter set and `calibrators[block][voter]` the calibrators of each
    block, the last ones for what follows train.
    """

    y: Labels
    bar: Ints
    label_end: Ints
    edges: Ints
    raw: Floats
    calibrated: Floats
    base: Floats
    block: Ints
    seen_to: Ints
    kept: Flags
    calibrators: tuple[tuple[Calibrator, ...], ...]

    def learned_before(self, k: int, first_block: int) -> Flags:
        """Rows predicted as `first_block` or later that are known before block k; k = blocks: before the end."""
        return known_before(self.bar, self.label_end, int(self.edges[k])) & (self.block >= first_block)


@dataclass(frozen=True, slots=True)
class Forward:
    """Out-of-fold predictions, each voter's skill on all of them, whether no voter had any, and each block's voters."""

    out_of_fold: OutOfFold
    skills: list[VoterSkill]
    no_skill: bool
    voters: tuple[tuple[Voter, ...], ...]


def forward_out_of_fold(
    rows: TrainingRows,
    names: Sequence[str],
    fit: FitVoters,
    calibration: str,
    skill_confidence: float,
    seed: int,
    threads: int,
    progress: Progress,
) -> Forward:
    """Train, calibrate and choose voters forward in time; `fit(x, y, weight, block)` trains them in `names`' order."""
    raw, base, block, raw_seen, voters = predict_forward(rows, len(names), fit, threads, progress)
    calibrated, seen_to, calibrators = calibrate_forward(rows, raw, block, raw_seen, calibration)
    calibrated_seen = seen_to.copy()
    n_blocks = rows.n_blocks
    kept = np.ones((n_blocks + 1, len(names)), dtype=np.bool_)
    skills: list[VoterSkill] = []
    no_skill = False
    life_rows = math.ceil(label_life(rows.bar, rows.label_end) * rows.rows_per_bar)
    for k in range(rows.first_block + FIRST_VOTED, n_blocks + 1):
        learned = rows.known_before(k) & (block >= rows.first_block + FIRST_CALIBRATED)
        _require_classes(rows, learned, f"the calibrated rows before block {k} of {n_blocks}")
        skills = [
            judge_voter(
                name,
                calibrated[v][learned],
                rows.y[learned],
                base[learned],
                life_rows,
                skill_confidence,
                derived_seed(seed, k, v),
                _some(rows.weight, learned),
            )
            for v, name in enumerate(names)
        ]
        kept[k], no_skill = voter_set(skills)
        judged = block == k
        seen_to[judged] = np.maximum(
            calibrated_seen[judged], max(last_seen(rows, learned), int(calibrated_seen[learned].max()))
        )
    out_of_fold = OutOfFold(
        rows.y, rows.bar, rows.label_end, rows.edges, raw, calibrated, base, block, seen_to, kept, calibrators
    )
    return Forward(out_of_fold, skills, no_skill, voters)


def predict_forward(
    rows: TrainingRows, n_voters: int, fit: FitVoters, threads: int, progress: Progress
) -> tuple[Floats, Floats, Ints, Ints, tuple[tuple[Voter, ...], ...]]:
    """Raw predictions (voters, n, 3), base rates (n, 3), block (n,), last bar seen (n,) and voters of each block."""
    n = len(rows.x)
    raw = np.full((n_voters, n, N_CLASSES), np.nan)
    base = np.full((n, N_CLASSES), np.nan)
    block = np.full(n, UNSEEN, dtype=np.int64)
    seen_to = np.full(n, UNSEEN, dtype=np.int64)
    blocks = range(rows.first_block + FIRST_RAW, rows.n_blocks)
    work = np.cumsum(np.arange(1, len(blocks) + 1)) / np.sum(np.arange(1, len(blocks) + 1))
    voters: list[tuple[Voter, ...]] = [()] * blocks.start
    for k in blocks:
        learned, judged = rows.known_before(k), rows.judged_in(k)
        y, weight = rows.y[learned], _some(rows.weight, learned)
        _require_classes(rows, learned, f"the training rows before block {k} of {rows.n_blocks}")
        voters.append(tuple(fit(rows.x[learned], y, weight, k)))
        if judged.any():
            for v, voter in enumerate(voters[k]):
                raw[v][judged] = voter.predict(rows.x[judged], threads)
        shares = class_weights(y, weight)
        base[judged] = shares / shares.sum()
        block[judged] = k
        seen_to[judged] = last_seen(rows, learned)
        progress(f"block {k + 1} of {rows.n_blocks}", float(work[k - blocks.start]))
    return raw, base, block, with_parents(rows, seen_to), tuple(voters)


def calibrate_forward(
    rows: TrainingRows, raw: Floats, block: Ints, raw_seen: Ints, method: str
) -> tuple[Floats, Ints, tuple[tuple[Calibrator, ...], ...]]:
    """Calibrated predictions (voters, n, 3), the last bar seen (n,) by them, and each block's calibrators."""
    calibrated = np.full_like(raw, np.nan)
    seen_to = raw_seen.copy()
    blocks = range(rows.first_block + FIRST_CALIBRATED, rows.n_blocks + 1)
    calibrators: list[tuple[Calibrator, ...]] = [()] * blocks.start
    for k in blocks:
        learned, judged = rows.known_before(k) & (block >= rows.first_block + FIRST_RAW), block == k
        _require_classes(rows, learned, f"the out-of-fold rows before block {k} of {rows.n_blocks}")
        y, weight = rows.y[learned], _some(rows.weight, learned)
        calibrators.append(tuple(fit_calibrator(method, scores[learned], y, weight) for scores in raw))
        for v, calibrator in enumerate(calibrators[k]):
            calibrated[v][judged] = calibrate(calibrator, raw[v][judged])
        # the judged rows' voters, the learned rows' labels, and the voters that predicted the learned rows
        seen_to[judged] = np.maximum(raw_seen[judged], max(last_seen(rows, learned), int(raw_seen[learned].max())))
    return calibrated, seen_to, tuple(calibrators)


def last_seen(rows: TrainingRows, learned: Flags) -> int:
    """Last bar that the labels of these rows, or the models behind them, looked at."""
    seen = int(rows.label_end[learned].max())
    return seen if rows.parent_seen is None else max(seen, int(rows.parent_seen[learned].max()))


def with_parents(rows: TrainingRows, seen_to: Ints) -> Ints:
    """`seen_to` of predicted rows, the earlier stages' models behind each row's own inputs included."""
    if rows.parent_seen is None:
        return seen_to
    return np.where(seen_to == UNSEEN, UNSEEN, np.maximum(seen_to, rows.parent_seen))


def _some(values: Floats | None, rows: Flags) -> Floats | None:
    return None if values is None else values[rows]


def _require_classes(rows: TrainingRows, learned: Flags, where: str) -> None:
    require_all_classes(rows.y[learned], where, rows.class_names)
