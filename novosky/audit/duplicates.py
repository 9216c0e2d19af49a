"""Two features that say the same thing share their importance and slow every tree."""

from __future__ import annotations

import numpy as np

from novosky.audit.finding import PASS, WARN, Finding, some_of
from novosky.audit.subject import Subject
from novosky.evaluation.rank_correlation import rank_correlation

MEND = "drop one of each pair from features.names, and train again"


def duplicates(subject: Subject) -> Finding:
    """Rank correlation (Spearman 1904) of every pair on the rows of train, either sign."""
    prepared, limit = subject.prepared, subject.config.audit.duplicate_correlation
    rows = prepared.features.values[prepared.features.warmup_bars : prepared.windows["train"].stop]
    names = prepared.features.names
    correlation = np.abs(rank_correlation(rows))
    pairs = sorted(
        ((names[i], names[j], float(correlation[i, j])) for i, j in zip(*np.triu_indices(len(names), 1), strict=True)),
        key=lambda pair: -pair[2],
    )
    close = [pair for pair in pairs if pair[2] > limit]
    if close:
        told = some_of([f"{left} and {right} ({value:.3f})" for left, right, value in close])
        return Finding(WARN, f"nearly the same: {told}", "train", MEND, {"pairs": close})
    highest = f"{pairs[0][0]} and {pairs[0][1]} ({pairs[0][2]:.3f})" if pairs else "none"
    return Finding(PASS, f"no pair above {limit:g}; closest: {highest}")
