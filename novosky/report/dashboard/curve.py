"""Equity and drawdown over time, and the account as it stands."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any, Final

import numpy as np

from novosky.execution.records import Floats
from novosky.trading.monitor.course import Point, drawdown

STRETCHES: Final = 500


def curve(points: Sequence[Point]) -> list[list[float]]:
    """Rows of time in UTC ms, equity, balance, drawdown in % of the highest equity so far."""
    if not points:
        return []
    equity = np.array([point.equity for point in points])
    peak = np.maximum.accumulate(equity)
    fall = np.where(peak > 0.0, 100.0 * (peak - equity) / np.where(peak > 0.0, peak, 1.0), 0.0)
    kept = even_extremes(equity)
    return [[points[i].time_ms, points[i].equity, points[i].balance, float(fall[i])] for i in kept]


def even_extremes(values: Floats, stretches: int = STRETCHES) -> list[int]:
    """Indices of the lowest and the highest value of each equal stretch, two of each, and the last one of all.

    As many of each stretch, because the chart gives every point the same room.
    """
    n = len(values)
    if n <= 2 * stretches:
        return list(range(n))
    edges = np.linspace(0, n, stretches + 1).astype(np.int64).tolist()
    kept = []
    for start, stop in itertools.pairwise(edges):
        part = values[start:stop]
        low, high = start + int(np.argmin(part)), start + int(np.argmax(part))
        if low == high:
            low, high = start, stop - 1
        kept += sorted((low, high))
    return kept if kept[-1] == n - 1 else [*kept, n - 1]


def account(points: Sequence[Point], positions: int) -> dict[str, Any] | None:
    """At the last bar's close; None before the first."""
    if not points:
        return None
    last, fall = points[-1], drawdown(points)
    assert fall is not None
    return {
        "time_ms": last.time_ms,
        "balance": last.balance,
        "equity": last.equity,
        "floating": round(last.equity - last.balance, 2),
        "positions": positions,
        "peak": max(point.equity for point in points),
        "drawdown_now_pct": fall.now_pct,
        "drawdown_most_pct": fall.most_pct,
        "first_equity": points[0].equity,
        "first_ms": points[0].time_ms,
    }
