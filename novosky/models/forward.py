"""Out-of-fold predictions forward in time: what judges a row of block k has seen blocks before k only.

    block      0        1          2                3 and later
    voters     train    predict    predict          predict      fitted on rows known before the block
    calibrators         learn      apply            apply        fitted on the raw predictions known before the block
    voter set                      learn            apply        from the calibrated predictions known before the block

Purge: a row is known before a block when it lies the longest life of a label before the block's first bar. (By each
label's own end, only the quick ones among the last rows would count, and quick ones are no fair sample.)
Embargo: the first `embargo_bars` of a block are not predicted; they serve as training rows of later blocks.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from novosky.errors import DataError, NovoskyError
from novosky.market.bars import Floats, Ints
from novosky.models.calibration import Calibrator, calibrate, fit_calibrator
from novosky.models.classes import N_CLASSES, Flags, Inputs, Labels, class_counts, require_all_classes
from novosky.models.skill import VoterSkill, judge_voter, voter_set
from novosky.models.voters import Voter, derived_seed

FIRST_RAW, FIRST_CALIBRATED, FIRST_VOTED = 1, 2, 3
UNSEEN = -1

Progress = Callable[[str, float], None]
FitVoters = Callable[[Inputs, Labels, int], Sequence[Voter]]


@dataclass(frozen=True, slots=True)
class TrainingRows:
    """Rows to learn from, in time order.

    `x` (n, features) float32; `y` (n,) class codes; `bar` (n,) the bar at whose close the row is known; `label_end`
    (n,) the last bar that its label looked at; `edges` (blocks + 1,) first bar of each block and the end of train.
    """

    x: Inputs
    y: Labels
    bar: Ints
    label_end: Ints
    edges: Ints
    embargo_bars: int

    def __post_init__(self) -> None:
        n = len(self.x)
        if n == 0:
            raise DataError("training rows: expected some after the warm-up, found none; give more bars")
        if not len(self.y) == len(self.bar) == len(self.label_end) == n:
            raise NovoskyError("training rows: x, y, bar and label_end must have the same number of rows")
        if np.any(np.diff(self.bar) <= 0) or np.any(np.diff(self.edges) <= 0):
            raise NovoskyError("training rows: bar and edges must rise strictly")
        if np.any((self.y < 0) | (self.y >= N_CLASSES)) or np.any(self.label_end < self.bar):
            raise NovoskyError("training rows: every row needs a class, and a label that ends at its bar or later")
        if self.bar[0] < self.edges[0] or self.bar[-1] >= self.edges[-1]:
            raise NovoskyError("training rows: every row must lie between the first and the last edge")
        if not np.isfinite(self.x).all():
            row, column = np.argwhere(~np.isfinite(self.x))[0]
            raise DataError(
                f"training rows: expected finite features, found {self.x[row, column]} in column {column} "
                f"at bar {self.bar[row]}"
            )
        if self.n_blocks <= FIRST_VOTED:
            raise DataError(f"windows.blocks: expected more than {FIRST_VOTED} forward blocks, found {self.n_blocks}")
        shortest, life = int(np.diff(self.edges).min()), label_life(self.bar, self.label_end)
        if shortest <= life + self.embargo_bars:
            raise DataError(
                f"forward blocks must be longer than the longest label ({life} bars) plus windows.embargo_bars "
                f"({self.embargo_bars}), but the shortest has {shortest} bars; give more bars or fewer windows.blocks"
            )

    @property
    def n_blocks(self) -> int:
        return len(self.edges) - 1

    def judged_in(self, k: int) -> Flags:
        """Rows that are predicted as block k."""
        inside: Flags = (self.bar >= self.edges[k] + self.embargo_bars) & (self.bar < self.edges[k + 1])
        return inside

    def known_before(self, k: int) -> Flags:
        """Rows whose label must have ended before block k; k = n_blocks: before the end of train."""
        return known_before(self.bar, self.label_end, int(self.edges[k]))


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


def forward_out_of_fold(
    rows: TrainingRows,
    names: Sequence[str],
    fit: FitVoters,
    calibration: str,
    skill_confidence: float,
    seed: int,
    progress: Progress,
) -> tuple[OutOfFold, list[VoterSkill], bool]:
    """Out-of-fold predictions, each voter's skill on all of them, and whether no voter had any.

    `fit(x, y, block)` trains the voters, in the order of `names`.
    """
    raw, base, block, raw_seen = predict_forward(rows, len(names), fit, progress)
    calibrated, seen_to, calibrators = calibrate_forward(rows, raw, block, raw_seen, calibration)
    calibrated_seen = seen_to.copy()
    n_blocks = rows.n_blocks
    kept = np.ones((n_blocks + 1, len(names)), dtype=np.bool_)
    skills: list[VoterSkill] = []
    no_skill = False
    for k in range(FIRST_VOTED, n_blocks + 1):
        learned = rows.known_before(k) & (block >= FIRST_CALIBRATED)
        require_all_classes(rows.y[learned], f"the calibrated rows before block {k} of {n_blocks}")
        skills = [
            judge_voter(
                name,
                calibrated[v][learned],
                rows.y[learned],
                base[learned],
                label_life(rows.bar, rows.label_end),
                skill_confidence,
                derived_seed(seed, k, v),
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
    return out_of_fold, skills, no_skill


def predict_forward(
    rows: TrainingRows, n_voters: int, fit: FitVoters, progress: Progress
) -> tuple[Floats, Floats, Ints, Ints]:
    """Raw predictions (voters, n, 3), base rates (n, 3), block (n,) and last bar seen (n,) by voters of each block."""
    n = len(rows.x)
    raw = np.full((n_voters, n, N_CLASSES), np.nan)
    base = np.full((n, N_CLASSES), np.nan)
    block = np.full(n, UNSEEN, dtype=np.int64)
    seen_to = np.full(n, UNSEEN, dtype=np.int64)
    work = np.cumsum(np.arange(1, rows.n_blocks)) / np.sum(np.arange(1, rows.n_blocks))
    for k in range(FIRST_RAW, rows.n_blocks):
        learned, judged = rows.known_before(k), rows.judged_in(k)
        y = rows.y[learned]
        require_all_classes(y, f"the training rows before block {k} of {rows.n_blocks}")
        voters = fit(rows.x[learned], y, k)
        if judged.any():
            for v, voter in enumerate(voters):
                raw[v][judged] = voter.predict(rows.x[judged])
        base[judged] = class_counts(y) / len(y)
        block[judged] = k
        seen_to[judged] = last_seen(rows, learned)
        progress(f"block {k + 1} of {rows.n_blocks}", float(work[k - 1]))
    return raw, base, block, seen_to


def calibrate_forward(
    rows: TrainingRows, raw: Floats, block: Ints, raw_seen: Ints, method: str
) -> tuple[Floats, Ints, tuple[tuple[Calibrator, ...], ...]]:
    """Calibrated predictions (voters, n, 3), the last bar seen (n,) by them, and each block's calibrators."""
    calibrated = np.full_like(raw, np.nan)
    seen_to = raw_seen.copy()
    calibrators: list[tuple[Calibrator, ...]] = [()] * FIRST_CALIBRATED
    for k in range(FIRST_CALIBRATED, rows.n_blocks + 1):
        learned, judged = rows.known_before(k) & (block >= FIRST_RAW), block == k
        require_all_classes(rows.y[learned], f"the out-of-fold rows before block {k} of {rows.n_blocks}")
        calibrators.append(tuple(fit_calibrator(method, scores[learned], rows.y[learned]) for scores in raw))
        for v, calibrator in enumerate(calibrators[k]):
            calibrated[v][judged] = calibrate(calibrator, raw[v][judged])
        # the judged rows' voters, the learned rows' labels, and the voters that predicted the learned rows
        seen_to[judged] = max(
            int(raw_seen[judged].max(initial=UNSEEN)), last_seen(rows, learned), int(raw_seen[learned].max())
        )
    return calibrated, seen_to, tuple(calibrators)


def label_life(bar: Ints, label_end: Ints) -> int:
    """Longest life of a label, bars after its row."""
    return int(np.max(label_end - bar))


def known_before(bar: Ints, label_end: Ints, edge: int) -> Flags:
    """Rows on which even the longest label would have ended before the bar `edge`."""
    known: Flags = bar + label_life(bar, label_end) < edge
    return known


def last_seen(rows: TrainingRows, learned: Flags) -> int:
    """Last bar that the labels of these rows looked at."""
    return int(rows.label_end[learned].max())


def check_forward(bar: Ints, seen_to: Ints, embargo_bars: int) -> None:
    """Refuse predictions that saw their own row's bar, or one within the embargo before it."""
    predicted = seen_to != UNSEEN
    leaks = np.flatnonzero(predicted & (seen_to + embargo_bars >= bar))
    if len(leaks):
        first = leaks[0]
        raise NovoskyError(
            f"out-of-fold predictions must end {embargo_bars} bars before the row they judge, but {len(leaks)} do not: "
            f"the first, at bar {bar[first]}, has seen bar {seen_to[first]}"
        )
