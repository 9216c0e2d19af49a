"""Out-of-fold values forward in time: a regressor judges rows of block k after it learned from blocks before k alone.

As `out_of_fold`, without calibration and voter sets: the first block that has rows trains, later ones are predicted.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from novosky.errors import DataError, NovoskyError, UntrainableError
from novosky.market.bars import Floats, Ints
from novosky.models.classes import Flags, Inputs
from novosky.models.forward.out_of_fold import Progress
from novosky.models.forward.training_rows import FIRST_RAW, UNSEEN, check_forward, known_before
from novosky.models.trees.lightgbm_regressor import Regressor

LEAST_BLOCKS = 2  # with one, nothing shows whether what was learned holds later

FitTargets = Callable[[Inputs, Floats, int], Sequence[Regressor]]


@dataclass(frozen=True, slots=True)
class RegressionRows:
    """Rows to learn values from, in time order.

    `x` (n, inputs) float32; `target` (n, targets), NaN in rows that are predicted and not learned from; `bar` (n,) the
    bar at whose close the row is known; `label_end` (n,) the last bar that its targets looked at; `parent_seen` (n,)
    the last bar that any model of an earlier stage behind the row saw; `edges` (blocks + 1,) first bar of each block
    and the end of train; `first_block` the earliest that has rows.
    """

    x: Inputs
    target: Floats
    bar: Ints
    label_end: Ints
    parent_seen: Ints
    edges: Ints
    embargo_bars: int
    first_block: int

    def __post_init__(self) -> None:
        n = len(self.x)
        if not len(self.target) == len(self.bar) == len(self.label_end) == len(self.parent_seen) == n:
            raise NovoskyError("regression rows: x, target, bar, label_end and parent_seen must have the same rows")
        if np.any(np.diff(self.bar) < 0) or np.any(np.diff(self.edges) <= 0):
            raise NovoskyError("regression rows: bar may not fall, and edges must rise strictly")
        if np.any(self.label_end < self.bar):
            raise NovoskyError("regression rows: targets must end at their row's bar or later")
        if n and (self.bar[0] < self.edges[self.first_block] or self.bar[-1] >= self.edges[-1]):
            raise NovoskyError("regression rows: every row must lie between the edge of first_block and the last one")
        check_forward(self.bar, self.parent_seen, self.embargo_bars)
        if not np.isfinite(self.x).all():
            row, column = np.argwhere(~np.isfinite(self.x))[0]
            raise DataError(
                f"regression rows: expected finite inputs, found {self.x[row, column]} in column {column} "
                f"at bar {self.bar[row]}"
            )

    @property
    def n_blocks(self) -> int:
        return len(self.edges) - 1

    @property
    def teaches(self) -> Flags:
        """Rows that have targets."""
        known: Flags = ~np.isnan(self.target.sum(axis=1))
        return known

    def judged_in(self, k: int) -> Flags:
        """Rows that are predicted as block k."""
        inside: Flags = (self.bar >= self.edges[k] + self.embargo_bars) & (self.bar < self.edges[k + 1])
        return inside

    def known_before(self, k: int) -> Flags:
        """Rows with targets that must have ended before block k; k = n_blocks: before the end of train.

        Where targets end in the order of their rows (trades that follow one another), each one's own end decides: no
        quick one overtakes a slow one, and a single long wait would cost every block its last rows.
        """
        teaches, edge = self.teaches, int(self.edges[k])
        known = np.zeros(len(self.bar), dtype=np.bool_)
        if not teaches.any():
            return known
        end = self.label_end[teaches]
        in_order = bool(np.all(np.diff(end) >= 0))
        known[teaches] = end < edge if in_order else known_before(self.bar[teaches], end, edge)
        return known


@dataclass(frozen=True, slots=True)
class ForwardValues:
    """Predictions forward in time, NaN where a row has none; rows as in `RegressionRows`.

    `value` (n, targets); `base` (n, targets), the mean of the targets that the regressors learned from; `block` (n,)
    and `seen_to` (n,), the last bar that anything behind the prediction saw, UNSEEN where there is none.
    """

    value: Floats
    base: Floats
    block: Ints
    seen_to: Ints

    @property
    def predicted(self) -> Flags:
        there: Flags = self.block != UNSEEN
        return there

    @property
    def first_block(self) -> int:
        """The earliest block that was predicted."""
        return int(self.block[self.predicted].min())


def forward_values(
    stage: str, rows: RegressionRows, least_rows: int, fit: FitTargets, threads: int, progress: Progress
) -> ForwardValues:
    """Predict every row after `first_block` by regressors that learned from at least `least_rows` rows before it.

    `fit(x, target, block)` trains a regressor for each target. Raises `UntrainableError`, which names the `stage`,
    when fewer than two blocks have enough rows before them and rows of their own.
    """
    value, base = np.full_like(rows.target, np.nan), np.full_like(rows.target, np.nan)
    block = np.full(len(rows.x), UNSEEN, dtype=np.int64)
    seen_to = np.full(len(rows.x), UNSEEN, dtype=np.int64)
    blocks = range(rows.first_block + FIRST_RAW, rows.n_blocks)
    work = np.cumsum(np.arange(1, len(blocks) + 1))
    for k, done in zip(blocks, work, strict=True):
        learned, judged = rows.known_before(k), rows.judged_in(k)
        if learned.sum() >= least_rows and judged.any():
            for column, regressor in enumerate(fit(rows.x[learned], rows.target[learned], k)):
                value[judged, column] = regressor.predict(rows.x[judged], threads)
            base[judged] = rows.target[learned].mean(axis=0)
            block[judged] = k
            behind = max(rows.label_end[learned].max(), rows.parent_seen[learned].max())
            seen_to[judged] = np.maximum(behind, rows.parent_seen[judged])
        progress(f"block {k + 1} of {rows.n_blocks}", float(done / work[-1]))
    usable = len(np.unique(block[block != UNSEEN]))
    if usable < LEAST_BLOCKS:
        raise UntrainableError(
            f"stage.{stage}: expected at least {LEAST_BLOCKS} forward blocks with {least_rows} rows known before them "
            f"to learn from, found {usable} of windows.blocks={rows.n_blocks}, with {rows.teaches.sum()} rows in all "
            f"from block {rows.first_block + 1} on; give more bars or blocks, lower stage.{stage}.lightgbm."
            f"min_leaf_rows, or set stage.{stage}.enabled=false"
        )
    check_forward(rows.bar, seen_to, rows.embargo_bars)
    return ForwardValues(value, base, block, seen_to)
