"""Rows that a stage learns from, cut into forward blocks, and what of them is known when."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from novosky.errors import DataError, NovoskyError, UntrainableError
from novosky.market.bars import Floats, Ints
from novosky.models.classes import CLASS_NAMES, N_CLASSES, Flags, Inputs, Labels

FIRST_RAW, FIRST_CALIBRATED, FIRST_VOTED = 1, 2, 3  # blocks after the first, see `out_of_fold`
UNSEEN = -1


@dataclass(frozen=True, slots=True)
class TrainingRows:
    """Rows to learn from, in time order.

    `x` (n, features) float32; `y` (n,) class codes; `bar` (n,) the bar at whose close the row is known; `label_end`
    (n,) the last bar that its label looked at; `edges` (blocks + 1,) first bar of each block and the end of train.
    A later stage adds `weight` (n,), how much each row counts; `parent_seen` (n,), the last bar that any model of an
    earlier stage behind the row saw; and `first_block`, the earliest block that has rows.
    """

    x: Inputs
    y: Labels
    bar: Ints
    label_end: Ints
    edges: Ints
    embargo_bars: int
    weight: Floats | None = None
    parent_seen: Ints | None = None
    first_block: int = 0
    class_names: tuple[str, ...] = CLASS_NAMES

    def __post_init__(self) -> None:
        n = len(self.x)
        if n == 0:
            raise UntrainableError("training rows: expected some after the warm-up, found none; give more bars")
        if not len(self.y) == len(self.bar) == len(self.label_end) == n:
            raise NovoskyError("training rows: x, y, bar and label_end must have the same number of rows")
        if np.any(np.diff(self.bar) < 0) or np.any(np.diff(self.edges) <= 0):
            raise NovoskyError("training rows: bar may not fall, and edges must rise strictly")
        if np.any((self.y < 0) | (self.y >= N_CLASSES)) or np.any(self.label_end < self.bar):
            raise NovoskyError("training rows: every row needs a class, and a label that ends at its bar or later")
        if self.n_blocks <= self.first_block + FIRST_VOTED:
            raise UntrainableError(
                f"windows.blocks: expected more than {self.first_block + FIRST_VOTED} forward blocks for this stage, "
                f"found {self.n_blocks}"
            )
        if self.bar[0] < self.edges[self.first_block] or self.bar[-1] >= self.edges[-1]:
            raise NovoskyError("training rows: every row must lie between the first and the last edge")
        if self.parent_seen is not None:
            check_forward(self.bar, self.parent_seen, self.embargo_bars)
        if not np.isfinite(self.x).all():
            row, column = np.argwhere(~np.isfinite(self.x))[0]
            raise DataError(
                f"training rows: expected finite features, found {self.x[row, column]} in column {column} "
                f"at bar {self.bar[row]}"
            )
        shortest, life = int(np.diff(self.edges).min()), label_life(self.bar, self.label_end)
        if shortest <= life + self.embargo_bars:
            raise UntrainableError(
                f"forward blocks must be longer than the longest label ({life} bars) plus windows.embargo_bars "
                f"({self.embargo_bars}), but the shortest has {shortest} bars; give more bars or fewer windows.blocks"
            )

    @property
    def n_blocks(self) -> int:
        return len(self.edges) - 1

    @property
    def rows_per_bar(self) -> float:
        """Rows per bar that has any; above 1 where several trades are open at once."""
        return len(self.bar) / (1 + np.count_nonzero(np.diff(self.bar)))

    def judged_in(self, k: int) -> Flags:
        """Rows that are predicted as block k."""
        inside: Flags = (self.bar >= self.edges[k] + self.embargo_bars) & (self.bar < self.edges[k + 1])
        return inside

    def known_before(self, k: int) -> Flags:
        """Rows whose label must have ended before block k; k = n_blocks: before the end of train."""
        return known_before(self.bar, self.label_end, int(self.edges[k]))


def label_life(bar: Ints, label_end: Ints) -> int:
    """Longest life of a label, bars after its row."""
    return int(np.max(label_end - bar))


def known_before(bar: Ints, label_end: Ints, edge: int) -> Flags:
    """Rows on which even the longest label would have ended before the bar `edge`."""
    known: Flags = bar + label_life(bar, label_end) < edge
    return known


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
