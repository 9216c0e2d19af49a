"""Other futures: the market with nothing, or with noise, after a bar. What is known by then may not change."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from novosky.features.windows import DAY_MS, HOUR_MS
from novosky.market.bars import Bars, Ints

NOISES = (0.0005, 0.005, 0.05)  # of price, a bar: a feature may notice large moves alone, or small ones alone
FUTURE_BARS = 300  # noise that is added: three days of M15, so that joins with the current day end inside


def cut_after(bars: Bars, last: int) -> Bars:
    """Nothing follows bar `last`."""
    return bars.slice(0, last + 1)


def noise_after(bars: Bars, last: int, seed: int) -> Bars:
    """Up to 300 bars of noise follow bar `last`: prices, volume, spread, and gaps in time."""
    random = np.random.Generator(np.random.PCG64(seed))
    n = min(FUTURE_BARS, len(bars) - last - 1)
    step = random.normal(0.0, NOISES[seed % len(NOISES)], (3, n))
    close = bars.close[last] * np.exp(np.cumsum(step[0]))
    open_ = np.concatenate([bars.close[last : last + 1], close[:-1]])[:n]
    high, low = np.maximum(open_, close) * np.exp(np.abs(step[1])), np.minimum(open_, close) * np.exp(-np.abs(step[2]))
    gaps = random.choice(np.array([1, 1, 1, 2, 5]), n)
    new = {
        "time_ms": bars.time_ms[last] + np.cumsum(gaps) * bars.timeframe_ms,
        "open": open_,
        "high": high,
        "low": low,
        "close": close,
        "tick_volume": np.floor(random.exponential(1.0 + 3.0 * float(bars.tick_volume[last]), n)),
        "spread_points": np.floor(random.exponential(1.0 + 3.0 * float(bars.spread_points[last]), n)),
        "real_volume": np.floor(random.exponential(1.0, n)),
    }
    past = {name: getattr(bars, name)[: last + 1] for name in new}
    joined: dict[str, Any] = {
        name: np.concatenate([past[name], values.astype(past[name].dtype)]) for name, values in new.items()
    }
    return replace(bars, **joined)


def other_events_after(event_ms: Ints | None, known_until_ms: int, seed: int) -> Ints | None:
    """The calendar with other events after `known_until_ms`: schedules are published only so far ahead."""
    if event_ms is None:
        return None
    later = event_ms[event_ms > known_until_ms]
    moved = later + np.random.Generator(np.random.PCG64(seed)).integers(1, DAY_MS // 60_000, len(later)) * 60_000
    return np.sort(np.concatenate([event_ms[event_ms <= known_until_ms], moved]))


def moments(bars: Bars, event_ms: Ints | None, start: int, stop: int, count: int, seed: int) -> Ints:
    """About `count` bars of `start <= i < stop` after which to change the future, in order.

    Half at random; the others where careless joins show: at the edges of H1, H4 and D1 bars, before gaps, and before
    scheduled events.
    """
    random = np.random.Generator(np.random.PCG64(seed))
    inside = np.arange(start, stop)
    close_ms = bars.time_ms[inside] + bars.timeframe_ms
    places = [inside[close_ms % span < 2 * bars.timeframe_ms] for span in (HOUR_MS, 4 * HOUR_MS, DAY_MS)]
    before_gap = np.flatnonzero(np.diff(bars.time_ms[start : stop + 1]) > bars.timeframe_ms) + start
    places.append(before_gap)
    if event_ms is not None and len(event_ms):
        following = np.searchsorted(event_ms, close_ms)
        to_next_ms = event_ms[np.minimum(following, len(event_ms) - 1)] - close_ms
        places.append(inside[(to_next_ms >= 0) & (to_next_ms <= HOUR_MS)])
    each = max(1, count // (2 * len(places)))
    chosen = [random.choice(place, min(each, len(place)), replace=False) for place in places if len(place)]
    chosen.append(random.choice(inside, min(count - count // 2, len(inside)), replace=False))
    return np.unique(np.concatenate(chosen)).astype(np.int64)
