"""Skill of a forecast: how much smaller its loss is than the base rate's, with an interval.

Labels of neighbouring bars look at the same bars for as long as they live, so that rows are not independent. They are
summed over whole stretches of time, each at least as long as a label lives (batch means: Schmeiser 1982): a stretch
shares bars with the next one alone, and the studentised interval sees that.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from novosky.evaluation.bootstrap import Interval
from novosky.evaluation.studentised import studentised_interval
from novosky.execution.records import Floats, Ints

MOST_STRETCHES = 500  # longer ones beyond: more would make the interval hardly more exact, and see less of slow times


class Skill(NamedTuple):
    """Mean losses of the same rows; `skill` is base - own, above 0 where the forecast knows something."""

    rows: int
    loss: float
    base_loss: float
    skill: float
    interval: Interval | None  # None where there are too few stretches, or nothing varies
    stretches: Floats  # (n, 2): sum of base - own, and rows, of each stretch in order of time

    @property
    def score(self) -> float:
        """1 - own / base: 1 knows everything, 0 as much as the base rate (Brier skill score where the loss is
        Brier's: Murphy 1973)."""
        return 1.0 - self.loss / self.base_loss


def loss_skill(
    own: Floats, base: Floats, bar: Ints, label_life: int, samples: int, coverage: float, seed: int
) -> Skill:
    """Skill of the losses `own` against `base`, both (n,), n >= 1, of rows at the rising bars `bar`.

    `label_life` is how many bars a label looks ahead.
    """
    stretches = in_stretches(base - own, bar, label_life)
    return Skill(
        len(own),
        float(own.mean()),
        float(base.mean()),
        float((base - own).mean()),
        stretch_interval(stretches, samples, coverage, seed),
        stretches,
    )


def pooled_skill(parts: Sequence[Skill], samples: int, coverage: float, seed: int) -> Skill | None:
    """The skill over the rows of several windows, in order of time, that share no label; None without parts."""
    if not parts:
        return None
    rows = np.array([part.rows for part in parts], dtype=np.float64)
    own, base = (np.array([getattr(part, name) for part in parts]) for name in ("loss", "base_loss"))
    stretches = np.concatenate([part.stretches for part in parts])
    return Skill(
        int(rows.sum()),
        float(np.average(own, weights=rows)),
        float(np.average(base, weights=rows)),
        float(np.average(base - own, weights=rows)),
        stretch_interval(stretches, samples, coverage, seed),
        stretches,
    )


def in_stretches(values: Floats, bar: Ints, label_life: int) -> Floats:
    """Sum and number of the `values` (n,) in each stretch of bars that holds any, shape (stretches, 2)."""
    length = max(label_life, -(-int(bar[-1] + 1 - bar[0]) // MOST_STRETCHES))
    begins = np.flatnonzero(np.diff((bar - bar[0]) // length, prepend=-1))
    return np.stack((np.add.reduceat(values, begins), np.diff(begins, append=len(values)).astype(np.float64)), axis=1)


def stretch_interval(stretches: Floats, samples: int, coverage: float, seed: int) -> Interval | None:
    """Studentised interval of sum over number; None where a bound does not exist."""
    if np.ptp(stretches[:, 0]) == 0.0:
        return None
    found = studentised_interval(stretches, "ratio", samples, coverage, seed)
    return found if found is not None and np.isfinite(found).all() else None
