"""M30, H1, H4 and D1 seen from the base timeframe, through closed bars only.

Each timeframe keeps its last 15 closed bars and looks at nothing older: after a cold start everything is exact as
soon as they are full. On a base timeframe that is longer, a group works on the base bars themselves.
"""

from __future__ import annotations

import numpy as np

from novosky.execution.compiled import compiled
from novosky.features.arrays import BarArrays
from novosky.features.registry import Feature, feature_group
from novosky.features.windows import DAY_MINUTES, DAY_MS, HOUR_MS
from novosky.market.bars import Floats
from novosky.market.indicators import cutler_rsi, mean_before, true_range

PERIOD = 14
KEPT = PERIOD + 1
BUCKETS_TO_FILL = KEPT + 1
"""The bars kept and the first bucket, which is thrown away: its beginning may be missing."""

# Places in the state: the open bucket, then highs, lows and closes of the closed bars (oldest first), then results.
CLOSED, BUCKET, HIGH, LOW, CLOSE = 0, 1, 2, 3, 4
HIGHS, LOWS, CLOSES = 5, 5 + KEPT, 5 + 2 * KEPT
RSI_NORM, TREND, HIGHEST, LOWEST = 5 + 3 * KEPT, 6 + 3 * KEPT, 7 + 3 * KEPT, 8 + 3 * KEPT
STATE_SIZE = 9 + 3 * KEPT


@compiled
def close_bucket(state: Floats, point: float) -> None:
    """Move the open bucket to the closed bars and work out the results anew."""
    state[CLOSED] += 1.0
    state[BUCKET] = 0.0
    for first, value in ((HIGHS, state[HIGH]), (LOWS, state[LOW]), (CLOSES, state[CLOSE])):
        for k in range(first, first + KEPT - 1):
            state[k] = state[k + 1]
        state[first + KEPT - 1] = value
    if state[CLOSED] <= KEPT:
        return
    highest, lowest, ranges = state[HIGHS + 1], state[LOWS + 1], 0.0
    for k in range(1, KEPT):
        highest, lowest = max(highest, state[HIGHS + k]), min(lowest, state[LOWS + k])
        ranges += true_range(state[HIGHS + k], state[LOWS + k], state[CLOSES + k - 1])
    state[RSI_NORM] = 2.0 * cutler_rsi(state[CLOSES : CLOSES + KEPT]) - 1.0
    mean = mean_before(state, CLOSES + KEPT, PERIOD)
    state[TREND] = (state[CLOSES + KEPT - 1] - mean) / max(ranges / PERIOD, point)
    state[HIGHEST], state[LOWEST] = highest, lowest


@compiled
def follow(bars: BarArrays, i: int, higher_ms: int, state: Floats) -> None:
    """Add bar i to its bucket; close a bucket at its end, or at the first later bar when its last bar is missing."""
    bucket = bars.time_ms[i] // higher_ms + 1  # never 0, which says that no bucket is open
    if state[BUCKET] != 0.0 and state[BUCKET] != bucket:
        close_bucket(state, bars.point)
    if state[BUCKET] == 0.0:
        state[BUCKET], state[HIGH], state[LOW] = bucket, bars.high[i], bars.low[i]
    state[HIGH], state[LOW] = max(state[HIGH], bars.high[i]), min(state[LOW], bars.low[i])
    state[CLOSE] = bars.close[i]
    if bars.time_ms[i] + bars.timeframe_ms >= bucket * higher_ms:
        close_bucket(state, bars.point)


@compiled
def higher_features(bars: BarArrays, start: int, stop: int, span_ms: int, state: Floats, out: Floats) -> None:
    """RSI, trend and range position on the timeframe `span_ms` for bars `start <= i < stop`."""
    higher_ms = max(span_ms, bars.timeframe_ms)
    for i in range(start, stop):
        follow(bars, i, higher_ms, state)
        if state[CLOSED] <= KEPT:
            out[i - start, :] = np.nan
            continue
        reach = state[HIGHEST] - state[LOWEST]
        out[i - start, 0] = state[RSI_NORM]
        out[i - start, 1] = state[TREND]
        out[i - start, 2] = (bars.close[i] - state[LOWEST]) / max(reach, bars.point)


@feature_group(
    Feature(
        "m30_rsi_norm",
        "Cutler's RSI(14) of closed M30 bars, -1..1",
        warmup_bars=BUCKETS_TO_FILL,
        warmup_minutes=BUCKETS_TO_FILL * 30,
    ),
    Feature(
        "m30_trend",
        "last M30 close minus the mean of 14, in mean M30 true ranges",
        warmup_bars=BUCKETS_TO_FILL,
        warmup_minutes=BUCKETS_TO_FILL * 30,
    ),
    Feature(
        "m30_range_position",
        "place of the close in the range of 14 closed M30 bars: 0 low, 1 high",
        warmup_bars=BUCKETS_TO_FILL,
        warmup_minutes=BUCKETS_TO_FILL * 30,
    ),
    state_size=STATE_SIZE,
)
def m30(bars: BarArrays, start: int, stop: int, state: Floats, out: Floats) -> None:
    higher_features(bars, start, stop, HOUR_MS // 2, state, out)


@feature_group(
    Feature(
        "h1_rsi_norm",
        "Cutler's RSI(14) of closed H1 bars, -1..1",
        warmup_bars=BUCKETS_TO_FILL,
        warmup_minutes=BUCKETS_TO_FILL * 60,
    ),
    Feature(
        "h1_trend",
        "last H1 close minus the mean of 14, in mean H1 true ranges",
        warmup_bars=BUCKETS_TO_FILL,
        warmup_minutes=BUCKETS_TO_FILL * 60,
    ),
    Feature(
        "h1_range_position",
        "place of the close in the range of 14 closed H1 bars: 0 low, 1 high",
        warmup_bars=BUCKETS_TO_FILL,
        warmup_minutes=BUCKETS_TO_FILL * 60,
    ),
    state_size=STATE_SIZE,
)
def h1(bars: BarArrays, start: int, stop: int, state: Floats, out: Floats) -> None:
    higher_features(bars, start, stop, HOUR_MS, state, out)


@feature_group(
    Feature(
        "h4_rsi_norm",
        "Cutler's RSI(14) of closed H4 bars, -1..1",
        warmup_bars=BUCKETS_TO_FILL,
        warmup_minutes=BUCKETS_TO_FILL * 4 * 60,
    ),
    Feature(
        "higher_tf_trend",
        "last H4 close minus the mean of 14, in mean H4 true ranges",
        warmup_bars=BUCKETS_TO_FILL,
        warmup_minutes=BUCKETS_TO_FILL * 4 * 60,
    ),
    Feature(
        "h4_range_position",
        "place of the close in the range of 14 closed H4 bars: 0 low, 1 high",
        warmup_bars=BUCKETS_TO_FILL,
        warmup_minutes=BUCKETS_TO_FILL * 4 * 60,
    ),
    state_size=STATE_SIZE,
)
def h4(bars: BarArrays, start: int, stop: int, state: Floats, out: Floats) -> None:
    higher_features(bars, start, stop, 4 * HOUR_MS, state, out)


@feature_group(
    Feature(
        "d1_rsi_norm",
        "Cutler's RSI(14) of closed D1 bars, -1..1",
        warmup_bars=BUCKETS_TO_FILL,
        warmup_minutes=BUCKETS_TO_FILL * DAY_MINUTES,
    ),
    Feature(
        "d1_trend",
        "last D1 close minus the mean of 14, in mean D1 true ranges",
        warmup_bars=BUCKETS_TO_FILL,
        warmup_minutes=BUCKETS_TO_FILL * DAY_MINUTES,
    ),
    Feature(
        "d1_range_position",
        "place of the close in the range of 14 closed D1 bars: 0 low, 1 high",
        warmup_bars=BUCKETS_TO_FILL,
        warmup_minutes=BUCKETS_TO_FILL * DAY_MINUTES,
    ),
    state_size=STATE_SIZE,
)
def d1(bars: BarArrays, start: int, stop: int, state: Floats, out: Floats) -> None:
    higher_features(bars, start, stop, DAY_MS, state, out)
