"""The rows that training read, against those that trading would have seen: one bar at a time."""

from __future__ import annotations

import numpy as np

from novosky.audit.finding import FAIL, PASS, Finding, differs, some_of
from novosky.audit.subject import Subject
from novosky.features.stream import FeatureStream
from novosky.market.bars import Bars, Floats, Ints

MEND = "carry what the feature needs in its state, and declare its lookback_bars or lookback_minutes"
STREAMED = ("time_ms", "open", "high", "low", "close", "tick_volume", "spread_points")


def parity_features(subject: Subject) -> Finding:
    """Every row of the last bars before `holdout` from a cold start, to the last bit."""
    n = subject.effort.stream_bars
    first = 0 if n == 0 else max(0, subject.open_to - n)
    prepared = subject.on(subject.prepared.bars.slice(first, subject.open_to), subject.prepared.event_ms, first)
    rows = streamed(subject, prepared.bars, prepared.event_ms)
    unequal = differs(rows, prepared.features.values)
    if not unequal.any():
        return Finding(PASS, f"{len(rows):,} rows equal bar by bar", details={"rows": len(rows)})
    columns = np.flatnonzero(unequal.any(axis=0))
    names = subject.prepared.features.names
    counts = {names[k]: int(unequal[:, k].sum()) for k in columns}
    told = [f"{name} ({count:,} of {len(rows):,} rows)" for name, count in counts.items()]
    at = first + int(np.flatnonzero(unequal.any(axis=1))[0])
    return Finding(FAIL, f"{some_of(told)} differ bar by bar", subject.when(at), MEND, {"rows": counts})


def streamed(subject: Subject, bars: Bars, event_ms: Ints | None) -> Floats:
    """The feature rows (n_bars, features) of the stream that trading feeds."""
    names = subject.config.features.names
    stream = FeatureStream(bars.timeframe_minutes, bars.point, event_ms, names, subject.settings)
    columns = [getattr(bars, name).tolist() for name in STREAMED]
    rows = np.empty((len(bars), len(names)))
    for i, bar in enumerate(zip(*columns, strict=True)):
        rows[i] = stream.push(*bar)
    return rows
