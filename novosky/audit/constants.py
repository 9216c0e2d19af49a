"""A feature that never changes teaches nothing, and surprises the model on the day when it does."""

from __future__ import annotations

from novosky.audit.finding import PASS, WARN, Finding, some_of
from novosky.audit.subject import Subject

MEND = "drop it from features.names, or give bars (or a calendar) on which it speaks"


def constants(subject: Subject) -> Finding:
    """Features that are constant on the rows of train."""
    features, train = subject.prepared.features, subject.prepared.windows["train"]
    still = list(features.constant_names(features.warmup_bars, train.stop))
    if still:
        return Finding(WARN, f"constant in train: {some_of(still)}", "train", MEND, {"names": still})
    return Finding(PASS, f"all {len(features.names)} features change in train")
