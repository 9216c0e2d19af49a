"""Equity and drawdown over time, and the account as it stands."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np

from novosky.report.thinning import drawn_points
from novosky.trading.monitor.course import Point, drawdown

BUCKETS: Final = 300  # four points each at most


def curve(points: Sequence[Point]) -> list[list[float]]:
    """Rows of time in UTC ms, equity, balance, drawdown in % of the highest equity so far; extremes are kept."""
    if not points:
        return []
    equity = np.array([point.equity for point in points])
    peak = np.maximum.accumulate(equity)
    fall = np.where(peak > 0.0, 100.0 * (peak - equity) / np.where(peak > 0.0, peak, 1.0), 0.0)
    kept = np.union1d(drawn_points(equity, BUCKETS), drawn_points(fall, BUCKETS))
    return [[points[i].time_ms, points[i].equity, points[i].balance, round(float(fall[i]), 4)] for i in kept.tolist()]


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
    }
