"""What a market's bars look like: gaps, doubtful bars, what was left out. Reported, never mended in silence."""

from __future__ import annotations

from typing import Any

import numpy as np

from novosky.market.bars import Bars, Floats, Ints, utc_text

OUTLIER_SIGMAS = 20.0
TORN_SIGMAS = 1.0
MOST_LISTED = 10
WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
# Half the width between the quartiles of a normal distribution, in standard deviations.
NORMAL_QUARTILE = 0.6744897501960817


def quality(bars: Bars) -> dict[str, Any]:
    """Counts and places of what an owner should know about `bars`, ready for JSON."""
    n_bars = len(bars)
    steps = np.diff(bars.time_ms)
    gaps = np.flatnonzero(steps > bars.timeframe_ms)
    weekday = np.bincount((bars.time_ms // 86_400_000 + 3) % 7, minlength=7)
    return {
        "bars": n_bars,
        "first_bar": utc_text(int(bars.time_ms[0])),
        "last_bar": utc_text(int(bars.time_ms[-1])),
        "gaps": len(gaps),
        "missing_bars": int(np.sum(steps[gaps] // bars.timeframe_ms - 1)),
        "largest_gap": _largest_gap(bars, steps),
        "zero_spread_share": float(np.mean(bars.spread_points == 0)),
        "zero_volume_bars": int(np.count_nonzero(bars.tick_volume == 0)),
        "closes_off_point_share": _off_point_share(bars),
        "flat_bars": int(np.count_nonzero(bars.high == bars.low)),
        "outliers": _outliers(bars),
        "torn": _torn(bars),
        "bars_by_weekday": {name: int(count) for name, count in zip(WEEKDAYS, weekday, strict=True)},
    }


def _off_point_share(bars: Bars) -> float:
    """Share of the closes that are no whole number of points: above 0 the configured point is too coarse."""
    points = bars.close / bars.point
    return float(np.mean(np.abs(points - np.rint(points)) > 1e-4))


def _largest_gap(bars: Bars, steps: Ints) -> dict[str, Any] | None:
    if not len(steps) or steps.max() <= bars.timeframe_ms:
        return None
    i = int(np.argmax(steps))
    return {
        "after": utc_text(int(bars.time_ms[i])),
        "until": utc_text(int(bars.time_ms[i + 1])),
        "missing_bars": int(steps[i] // bars.timeframe_ms - 1),
    }


def _robust_sigma(bars: Bars) -> float:
    """Standard deviation of a bar's log return as its quartiles tell it, untouched by the bars in doubt."""
    moves = np.abs(np.diff(np.log(bars.close)))
    return float(np.median(moves)) / NORMAL_QUARTILE if len(moves) else 0.0


def _torn(bars: Bars) -> dict[str, Any]:
    """Bars whose close and the next open, with no bar missing between, lie more than a usual bar's move apart."""
    jump = np.abs(np.log(bars.open[1:] / bars.close[:-1]))
    next_to = np.diff(bars.time_ms) == bars.timeframe_ms
    return _listed(bars, np.where(next_to, jump, 0.0), TORN_SIGMAS, offset=0)


def _outliers(bars: Bars) -> dict[str, Any]:
    """Bars that moved, or reached, far from the close before."""
    before = bars.close[:-1]
    reach = np.abs(np.log(np.stack([bars.close[1:], bars.high[1:], bars.low[1:]]) / before)).max(axis=0, initial=0.0)
    return _listed(bars, reach, OUTLIER_SIGMAS, offset=1)


def _listed(bars: Bars, size: Floats, limit_sigmas: float, offset: int) -> dict[str, Any]:
    """How many of `size` exceed the limit, and the largest; `size[i]` belongs to bar `i + offset`."""
    sigma = _robust_sigma(bars)
    found = np.flatnonzero(size > limit_sigmas * sigma) if sigma > 0 else np.empty(0, dtype=np.int64)
    largest = found[np.argsort(-size[found], kind="stable")][:MOST_LISTED]
    return {
        "beyond_sigmas": limit_sigmas,
        "count": len(found),
        "largest": [
            {"time": utc_text(int(bars.time_ms[i + offset])), "sigmas": round(float(size[i] / sigma), 1)}
            for i in largest
        ],
    }
