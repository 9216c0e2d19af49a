"""A label says up to which bar it looked; purge relies on it. Change what lies after: the label may not move."""

from __future__ import annotations

import numpy as np

from novosky.audit.altered import moments, noise_after
from novosky.audit.finding import FAIL, PASS, Finding, differs
from novosky.audit.subject import Subject
from novosky.labels.barrier import UNKNOWN

MEND = "a label's `end` must be the last bar that it read: without that, purge does not keep blocks and windows apart"
PIECE_BARS = 500  # before and after a moment: labels of earlier bars have ended by then


def look_ahead_labels(subject: Subject) -> Finding:
    """Labels that end at or before a moment, with noise after it."""
    bars = subject.prepared.bars.slice(0, subject.prepared.windows["train"].stop)
    chosen = moments(bars, None, PIECE_BARS, len(bars) - 2, subject.effort.label_points, 0)
    wrong: list[int] = []
    checked = 0
    for t in chosen:
        first = max(0, int(t) - PIECE_BARS)
        piece = bars.slice(first, min(len(bars), int(t) + PIECE_BARS))
        base = subject.label(piece, subject.config)
        other = subject.label(noise_after(piece, int(t) - first, int(t)), subject.config)
        ended = np.flatnonzero((base.y[: t - first + 1] != UNKNOWN) & (base.end[: t - first + 1] <= t - first))
        checked += len(ended)
        moved = differs(base.y[ended], other.y[ended]) | differs(base.end[ended], other.end[ended])
        moved |= differs(base.r_long[ended], other.r_long[ended]) | differs(base.r_short[ended], other.r_short[ended])
        wrong += (first + ended[moved]).tolist()
    if not wrong:
        return Finding(PASS, f"{checked:,} labels at {len(chosen)} moments depend on nothing after their end")
    found = f"{len(wrong):,} of {checked:,} labels depend on bars after their end"
    return Finding(FAIL, found, subject.when(min(wrong)), MEND, {"labels": len(wrong), "checked": checked})
