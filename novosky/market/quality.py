"""What a market's bars look like: gaps, doubtful bars, what was left out. Reported, never mended in silence."""

from __future__ import annotations

from typing import Any

import numpy as np

from novosky.market.bars import Bars, utc_text

OUTLIER_SIGMAS = 20.0
MOST_OUTLIERS_LISTED = 10
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
        "flat_bars": int(np.count_nonzero(bars.high == bars.low)),
        "outliers": _outliers(bars),
        "bars_by_weekday": {name: int(count) for name, count in zip(WEEKDAYS, weekday, strict=True)},
    }


def _largest_gap(bars: Bars, steps: np.ndarray[Any, np.dtype[np.int64]]) -> dict[str, Any] | None:
    if not len(steps) or steps.max() <= bars.timeframe_ms:
        return None
    i = int(np.argmax(steps))
    return {
        "after": utc_text(int(bars.time_ms[i])),
        "until": utc_text(int(bars.time_ms[i + 1])),
        "missing_bars": int(steps[i] // bars.timeframe_ms - 1),
    }


def _outliers(bars: Bars) -> dict[str, Any]:
    """Bars that moved, or reached, more than `OUTLIER_SIGMAS` robust standard deviations from the close before."""
    reference = bars.close[:-1]
    reach = np.maximum.reduce([np.abs(np.log(price[1:] / reference)) for price in (bars.close, bars.high, bars.low)])
    scale = np.median(np.abs(np.log(bars.close[1:] / reference))) / NORMAL_QUARTILE if len(bars) > 1 else 0.0
    found = np.flatnonzero(reach > OUTLIER_SIGMAS * scale) + 1 if scale > 0 else np.empty(0, dtype=np.int64)
    largest = found[np.argsort(-reach[found - 1], kind="stable")][:MOST_OUTLIERS_LISTED]
    return {
        "beyond_sigmas": OUTLIER_SIGMAS,
        "count": len(found),
        "largest": [{"time": utc_text(int(bars.time_ms[i])), "sigmas": round(float(reach[i - 1] / scale), 1)} for i in largest],
    }
