"""Features may not know the future: take it away, replace it by noise, and no row up to that bar may change."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from novosky.audit.altered import cut_after, moments, noise_after, other_events_after
from novosky.audit.finding import FAIL, PASS, Finding, differs, some_of
from novosky.audit.subject import Subject
from novosky.features.build import build_features
from novosky.features.windows import DAY_MS
from novosky.market.bars import Bars, Ints

MEND = "use bars up to and including the one at hand, of higher timeframes closed ones alone"


def look_ahead_features(subject: Subject) -> Finding:
    """Every feature at many moments of several stretches, bit by bit."""
    names = subject.config.features.names
    changed: dict[str, list[tuple[int, int]]] = {name: [] for name in names}
    asked = 0
    for first, stop in stretches(subject):
        bars = subject.prepared.bars.slice(first, stop)
        base = build_features(bars, subject.prepared.event_ms, names, subject.settings).values
        count = subject.effort.points
        for t in moments(bars, subject.prepared.event_ms, _after_warm_up(subject), len(bars) - 1, count, first):
            asked += 1
            seen = np.zeros((t + 1, len(names)), np.bool_)
            for other, events in _other_futures(subject, bars, int(t)):
                values = build_features(other, events, names, subject.settings).values
                seen |= differs(values[: t + 1], base[: t + 1])
            for column in np.flatnonzero(seen.any(axis=0)):
                earliest = int(np.flatnonzero(seen[:, column])[0])
                changed[names[column]].append((first + int(t), int(t) - earliest + 1))
    return _finding(subject, {name: hits for name, hits in changed.items() if hits}, asked)


def stretches(subject: Subject) -> list[tuple[int, int]]:
    """Pieces of the market before `holdout`, `first <= i < stop`, each long enough for the warm-up and a rest."""
    length = min(subject.open_to, _after_warm_up(subject) + subject.effort.stretch_bars)
    starts: NDArray[np.int64] = np.linspace(0, subject.open_to - length, subject.effort.stretches).astype(np.int64)
    return [(int(start), int(start) + length) for start in np.unique(starts)]


def _after_warm_up(subject: Subject) -> int:
    return min(subject.prepared.features.warmup_bars, subject.open_to // 2)


def _other_futures(subject: Subject, bars: Bars, t: int) -> Iterator[tuple[Bars, Ints | None]]:
    known_ms = int(bars.time_ms[t]) + bars.timeframe_ms + subject.config.audit.known_events_days * DAY_MS
    yield cut_after(bars, t), subject.prepared.event_ms
    yield noise_after(bars, t, t), other_events_after(subject.prepared.event_ms, known_ms, t)


def _finding(subject: Subject, changed: dict[str, list[tuple[int, int]]], asked: int) -> Finding:
    if not changed:
        return Finding(
            PASS, f"no feature changed at {asked} moments, future cut or replaced", details={"moments": asked}
        )
    told = [
        f"{name} ({len(hits)} of {asked} moments, at least {max(reach for _, reach in hits)} bars ahead)"
        for name, hits in sorted(changed.items(), key=lambda item: -len(item[1]))
    ]
    details = {
        name: {
            "moments": len(hits),
            "bars_ahead_at_least": max(reach for _, reach in hits),
            "first": subject.when(hits[0][0]),
        }
        for name, hits in changed.items()
    }
    first = min(hits[0][0] for hits in changed.values())
    return Finding(
        FAIL, f"{some_of(told)} know the future", subject.when(first), MEND, {"moments": asked, "features": details}
    )
