"""No bar may serve two sides: labels that were learned from end before the block or window that judges begins."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from novosky.audit.finding import FAIL, PASS, Finding
from novosky.audit.subject import Subject
from novosky.errors import WindowError
from novosky.evaluation.windows import NAMES, Windows, check_unseen
from novosky.labels.barrier import UNKNOWN, BarrierLabels
from novosky.models.forward.training_rows import TrainingRows

MEND = "set windows.purge_bars to at least labels.horizon_bars, and train the set again"


def shared_bars(subject: Subject) -> Finding:
    """Forward blocks of train, the four windows, and what the trained stages have seen."""
    labels = subject.label(subject.prepared.bars, subject.config)
    found = [
        *between_blocks(subject.rows()),
        *between_windows(labels, subject.prepared.windows),
        *seen_windows(subject),
    ]
    if found:
        bar, _ = found[0]
        details = {"found": [what for _, what in found]}
        return Finding(FAIL, "; ".join(what for _, what in found), subject.when(bar), MEND, details)
    return Finding(PASS, f"{subject.config.windows.blocks} blocks and {len(NAMES)} windows share no bar through labels")


def between_blocks(rows: TrainingRows) -> list[tuple[int, str]]:
    """Learned rows whose labels reach into the block that they serve, with the first such bar."""
    found = []
    for k in range(1, rows.n_blocks + 1):
        late = rows.known_before(k) & (rows.label_end >= rows.edges[k])
        if late.any():
            where = f"block {k + 1}" if k < rows.n_blocks else "the end of train"
            bar = int(rows.bar[late][0])
            found.append((bar, f"{late.sum()} labels learned from before {where} end at or after its first bar"))
    return found


def between_windows(labels: BarrierLabels, windows: Windows) -> list[tuple[int, str]]:
    """Labels of one window that end in the next."""
    found = []
    for earlier, later in pairwise(NAMES):
        span = slice(windows[earlier].start, windows[earlier].stop)
        late = (labels.y[span] != UNKNOWN) & (labels.end[span] >= windows[later].start)
        if late.any():
            bar = windows[earlier].start + int(np.argmax(late))
            found.append((bar, f"{late.sum()} labels of window {earlier} end in window {later}"))
    return found


def seen_windows(subject: Subject) -> list[tuple[int, str]]:
    """Windows after train that a model of the set has seen."""
    if subject.bundle is None:
        return []
    found = []
    purge_ms = subject.config.windows.purge_bars * subject.prepared.bars.timeframe_ms
    for name in NAMES[1:]:
        window = subject.prepared.windows[name]
        try:
            start_ms = int(subject.prepared.bars.time_ms[window.start])
            check_unseen(window, start_ms, subject.bundle.train_ends_ms, purge_ms)
        except WindowError as error:
            found.append((window.start, str(error)))
    return found
