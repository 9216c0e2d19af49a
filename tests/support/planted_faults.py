"""Features that are broken on purpose, as a careless user would write them, registered while a test needs them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from novosky.features import registry
from novosky.features.arrays import BarArrays
from novosky.features.registry import Feature, feature_group
from novosky.features.windows import DAY_MS, HOUR_MS
from novosky.market.bars import Floats

PEEKING = ("next_close", "big_move_next", "h1_as_of_now", "share_of_highest")
HORIZON_BARS = 24


@contextmanager
def planted() -> Iterator[None]:
    """The broken features among the registered ones."""
    registry.all_features()
    before = dict(registry._columns)
    feature_group(
        Feature("next_close", "the next close"),
        Feature("big_move_next", "1 where the next bar moves by more than 4 ATR"),
        Feature("h1_as_of_now", "close of the H1 bar that the bar lies in, joined by its open time"),
        Feature("share_of_highest", "close over the highest of the file"),
        Feature("outcome", "return of the next 24 bars"),
        Feature("forgetful", "EMA(2000) that says it is warm after 100 bars", warmup_bars=100, tolerance=1e-9),
        Feature("far_back", "close 300 bars ago, with no look-back declared", warmup_bars=300),
        state_size=1,
    )(broken)
    feature_group(
        Feature("reaction", "move after the event that is less than an hour away"),
        Feature("events_in_a_month", "scheduled events of the next 30 days"),
        needs_calendar=True,
    )(joined)
    try:
        yield
    finally:
        registry._columns.clear()
        registry._columns.update(before)


def broken(bars: BarArrays, start: int, stop: int, state: Floats, out: Floats) -> None:
    n = len(bars.close)
    highest = bars.close.max()
    for i in range(start, stop):
        following = bars.close[min(i + 1, n - 1)] - bars.close[i]
        out[i - start, 0] = following / bars.close[i]
        out[i - start, 1] = 1.0 if abs(following) > 4.0 * bars.atr[i] else 0.0
        last = i
        while last + 1 < n and bars.time_ms[last + 1] // HOUR_MS == bars.time_ms[i] // HOUR_MS:
            last += 1
        out[i - start, 2] = bars.close[last] / bars.close[i]
        out[i - start, 3] = bars.close[i] / highest
        out[i - start, 4] = bars.close[min(i + HORIZON_BARS, n - 1)] / bars.close[i] - 1.0
        state[0] = bars.close[i] if state[0] == 0.0 else state[0] + (bars.close[i] - state[0]) * 2.0 / 2001.0
        out[i - start, 5] = bars.close[i] / state[0]
        out[i - start, 6] = bars.close[max(0, i - 300)] / bars.close[i]


def joined(bars: BarArrays, start: int, stop: int, state: Floats, out: Floats) -> None:
    n, events = len(bars.close), len(bars.event_ms)
    for i in range(start, stop):
        out[i - start, 0] = 0.0
        now_ms = bars.time_ms[i] + bars.timeframe_ms
        k = 0
        while k < events and bars.event_ms[k] < now_ms:
            k += 1
        if k < events and bars.event_ms[k] - now_ms < HOUR_MS:
            out[i - start, 0] = bars.close[min(i + 4, n - 1)] / bars.close[i] - 1.0
        within = 0.0
        for event in bars.event_ms[k:]:
            within += event - now_ms < 30 * DAY_MS
        out[i - start, 1] = within
