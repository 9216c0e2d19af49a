"""Feature values against hand-made numbers, slow obvious code and TA-Lib."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pytest
import talib

from novosky.features.build import build_features
from novosky.market.bars import Bars, Floats, Ints
from novosky.market.indicators import atr, ema
from support.feature_bars import SETTINGS, START_MS, make_bars, random_bars, random_events
from support.feature_oracle import CLOCK, HIGHER, higher_features, news_features, talib_features, window_features

MINUTE_MS = 60_000
RECURSIVE_SEED_BARS = 2000
"""TA-Lib starts some averages elsewhere; from here on the two agree."""


def column(bars: Bars, name: str, event_ms: Ints | None = None) -> Floats:
    return build_features(bars, event_ms, [name], SETTINGS).values[:, 0]


def test_atr_and_ema_equal_talib_from_the_first_value_on() -> None:
    bars = random_bars(1, 500)
    expected = talib.ATR(bars.high, bars.low, bars.close, 14)
    np.testing.assert_allclose(atr(bars.high, bars.low, bars.close, 14), expected, rtol=1e-12)
    np.testing.assert_allclose(ema(bars.close, 50), talib.EMA(bars.close, 50), rtol=1e-12)


def test_atr_by_hand() -> None:
    high, low, close = (
        np.array([11.0, 14.0, 13.0, 20.0]),
        np.array([9.0, 12.0, 9.0, 19.0]),
        np.array([10.0, 13, 10, 19]),
    )
    # true ranges 4 (14 - 10), 4 (13 - 9), 10 (20 - 10): mean of two is 4, then 4 + (10 - 4) / 2
    np.testing.assert_array_equal(atr(high, low, close, 2), [np.nan, np.nan, 4.0, 7.0])


@pytest.mark.parametrize("seed", [2, 3])
def test_recursive_features_equal_talib(seed: int) -> None:
    bars = random_bars(seed, 4000)
    oracle = talib_features(bars)
    matrix = build_features(bars, None, list(oracle), SETTINGS).values
    for k, (name, expected) in enumerate(oracle.items()):
        got = matrix[RECURSIVE_SEED_BARS:, k]
        np.testing.assert_allclose(got, expected[RECURSIVE_SEED_BARS:], rtol=1e-6, atol=1e-6, err_msg=name)
        if name not in {"macd_line", "ema_stack"}:  # TA-Lib starts the line late, with its signal; the stack has no NaN
            np.testing.assert_array_equal(np.isnan(matrix[:, k]), np.isnan(expected), err_msg=name)


@pytest.mark.parametrize("minutes", [5, 15, 60, 240])
def test_window_features_equal_slow_code_over_gaps(minutes: int) -> None:
    bars = random_bars(4, 1500, minutes=minutes, gap_share=0.05)
    names = list(window_features(bars, 1000))
    matrix = build_features(bars, None, names, SETTINGS).values
    for i in range(1000, 1500, 7):
        expected = list(window_features(bars, i).values())
        np.testing.assert_allclose(matrix[i], expected, rtol=1e-9, atol=1e-9, err_msg=str(names))


@pytest.mark.parametrize("minutes", [5, 15, 30, 60, 240])
def test_higher_timeframes_use_only_bars_that_have_ended(minutes: int) -> None:
    bars = random_bars(5, 1900 if minutes <= 15 else 900, minutes=minutes, gap_share=0.1)
    matrix = build_features(bars, None, list(HIGHER), SETTINGS).values
    for i in range(17, len(bars), 97):
        expected = [higher_features(bars, i, max(span, minutes))[place] for span, place in HIGHER.values()]
        np.testing.assert_allclose(matrix[i], expected, rtol=1e-9, atol=1e-9)


def test_an_hour_closes_with_its_last_bar_or_with_the_first_bar_after_it() -> None:
    close = np.arange(1.0, 81.0) ** 2
    values = column(make_bars(close), "h1_trend")
    assert np.flatnonzero(np.isfinite(values))[0] == 16 * 4 - 1  # the 16th hour ends with this bar
    assert values[64] == values[65] == values[66] == values[63] != values[67]

    keep = np.arange(80) != 67  # the last bar of an hour is missing
    gappy = column(make_bars(close[keep], time_ms=(START_MS + np.arange(80) * 15 * MINUTE_MS)[keep]), "h1_trend")
    assert gappy[66] == gappy[63]  # the hour has not ended yet
    assert gappy[67] != gappy[63]  # first bar of the next hour


def test_candles_by_hand() -> None:
    bars = make_bars(
        [11.0, 12.0, 12.0, 9.0, 8.0],
        open_=[10.0, 11.0, 12.0, 12.0, 9.0],
        high=[13.0, 12.0, 12.0, 12.0, 9.0],
        low=[9.0, 11.0, 12.0, 8.0, 8.0],
    )
    np.testing.assert_array_equal(column(bars, "close_vs_open"), [0.25, 1.0, 0.0, -0.75, -1.0])
    np.testing.assert_array_equal(column(bars, "consecutive_direction"), [0.1, 0.2, 0.0, -0.1, -0.2])


def test_a_run_counts_up_to_ten() -> None:
    close = np.arange(2.0, 22.0)
    runs = column(make_bars(close, open_=close - 1), "consecutive_direction")
    np.testing.assert_allclose(runs[[0, 8, 9, 19]], [0.1, 0.9, 1.0, 1.0])


@pytest.mark.parametrize(("minutes", "bars_per_hour"), [(5, 12), (15, 4), (60, 1), (240, 1)])
def test_hourly_return_spans_an_hour_on_every_timeframe(minutes: int, bars_per_hour: int) -> None:
    close = 100.0 * 1.01 ** np.arange(40)
    values = column(make_bars(close, minutes=minutes), "hourly_return")
    assert np.isnan(values[:bars_per_hour]).all()
    np.testing.assert_allclose(values[bars_per_hour:], 100 * (1.01**bars_per_hour - 1), rtol=1e-12)


def test_hourly_return_over_a_gap_starts_at_the_last_close_before_the_hour() -> None:
    time_ms = START_MS + np.array([0, 15, 30, 45, 60, 150, 165]) * MINUTE_MS
    values = column(make_bars([1.0, 2, 3, 4, 5, 10, 20], time_ms=time_ms), "hourly_return")
    np.testing.assert_allclose(values[4:], [400.0, 100.0, 300.0])  # 5/1, 10/5, 20/5


def test_sessions_and_phases_are_taken_at_the_close() -> None:
    bars = random_bars(6, 900, gap_share=0.2)
    for name, expected in CLOCK.items():
        closes = [datetime.fromtimestamp((t + 15 * MINUTE_MS) / 1000, UTC) for t in bars.time_ms.tolist()]
        np.testing.assert_allclose(column(bars, name), [expected(now) for now in closes], atol=1e-12)
    evening = make_bars([1.0], time_ms=[START_MS + (12 * 60 + 45) * MINUTE_MS])  # Monday 12:45-13:00 UTC, winter
    flags = build_features(
        evening, None, ["is_asian_session", "is_london_session", "is_ny_session", "session_overlap"], SETTINGS
    )
    assert flags.values.tolist() == [[0.0, 1.0, 1.0, 1.0]]  # New York opens at 13:00 UTC: with this bar's close


def test_news_by_hand() -> None:
    bars = make_bars(np.ones(5), time_ms=START_MS + np.array([-15, 0, 45, 600, 5000]) * MINUTE_MS)
    events = START_MS + np.array([60, 60, 700]) * MINUTE_MS
    names = ["is_news_near", "news_minutes_away", "news_count_today", "is_news_risk_window"]
    values = build_features(bars, events, names, SETTINGS).values
    day = 24 * 60
    assert values.tolist() == [
        [1.0, 60 / day, 3.0, 0.0],  # closes at 00:00 of the events' day, exactly 60 minutes before
        [1.0, 45 / day, 3.0, 0.0],
        [1.0, 0.0, 3.0, 1.0],  # closes at the very moment
        [0.0, 85 / day, 3.0, 0.0],  # 615: nearer to 700 than to 60
        [0.0, 1.0, 0.0, 0.0],  # days after the last
    ]


def test_news_equals_slow_code() -> None:
    bars = random_bars(7, 1500, gap_share=0.1)
    events = random_events(7, bars)
    names = ["is_news_near", "news_minutes_away", "news_count_today", "is_news_risk_window"]
    values = build_features(bars, events, names, SETTINGS).values
    for i in range(0, 1500, 11):
        now_ms = int(bars.time_ms[i]) + bars.timeframe_ms
        expected = news_features(now_ms, events.tolist(), 60 * MINUTE_MS, 30 * MINUTE_MS)
        np.testing.assert_allclose(values[i], expected, atol=1e-12)
