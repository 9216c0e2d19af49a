"""Every finite-window feature once more, slowly and obviously; and TA-Lib for the recursive ones."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import numpy as np
import talib

from novosky.market.bars import Bars, Floats

DAY_MS = 86_400_000


def talib_features(bars: Bars) -> dict[str, Floats]:
    """Columns of the recursive features by TA-Lib, (n,) each. Seeds differ: compare after a few hundred bars."""
    high, low, close = bars.high, bars.low, bars.close
    atr = talib.ATR(high, low, close, 14)
    fast, middle, slow = talib.EMA(close, 20), talib.EMA(close, 50), talib.EMA(close, 200)
    line, signal, hist = talib.MACD(close, 12, 26, 9)
    plus, minus = talib.PLUS_DI(high, low, close, 14), talib.MINUS_DI(high, low, close, 14)
    upper, centre, lower = talib.BBANDS(close, 20, 2, 2)
    rsi = talib.RSI(close, 14) / 100
    columns = {
        "price_vs_ema20": (close - fast) / atr,
        "price_vs_ema50": (close - middle) / atr,
        "price_vs_ema200": (close - slow) / atr,
        "ema_crossover": (middle - slow) / atr,
        "macd_line": line / atr,
        "macd_signal": signal / atr,
        "macd_hist": hist / atr,
        "rsi_14": rsi,
        "trend_strength": talib.ADX(high, low, close, 14) / 100,
        "directional_balance": (plus - minus) / (plus + minus),
        "bb_upper": (upper - close) / atr,
        "bb_lower": (close - lower) / atr,
        "bb_width": (upper - lower) / centre,
        "range_position": (close - lower) / (upper - lower),
        "atr_ratio": 100 * atr / close,
        "momentum_5": talib.MOM(close, 5) / atr,
        "momentum_10": talib.MOM(close, 10) / atr,
        "rate_of_change": talib.ROC(close, 14),
        "candle_direction": (close - bars.open) / atr,
        "high_low_ratio": (high - low) / atr,
        "upper_wick": (high - np.maximum(bars.open, close)) / atr,
        "lower_wick": (np.minimum(bars.open, close) - low) / atr,
        "spread_ratio": bars.spread_points * bars.point / atr,
    }
    columns["ema_stack"] = np.where(
        (fast > middle) & (middle > slow), 1.0, np.where((fast < middle) & (middle < slow), -1.0, 0.0)
    )
    columns["ema_slope_5"] = talib.MOM(fast, 5) / atr
    columns["rsi_slope"] = talib.MOM(rsi, 5)
    columns["rsi_divergence"] = _place(rsi) - _place(close)
    return columns


def _place(values: Floats) -> Floats:
    lowest, highest = talib.MIN(values, 14), talib.MAX(values, 14)
    return (values - lowest) / (highest - lowest)


def window(bars: Bars, i: int, days: float) -> slice:
    """Bars up to i that opened in the span of time before the close of bar i, at least that one bar."""
    since = bars.time_ms[i] + bars.timeframe_ms - int(days * DAY_MS)
    inside = [j for j in range(i + 1) if bars.time_ms[j] >= since]
    return slice(inside[0] if inside else i, i + 1)


def window_features(bars: Bars, i: int) -> dict[str, float]:
    """The features of hours, days, volume and candles at bar i, from plain slices."""
    close, volume = bars.close, bars.tick_volume
    atr = talib.ATR(bars.high, bars.low, bars.close, 14)[i]
    day, hour, three_days = window(bars, i, 1), window(bars, i, 1 / 24), window(bars, i, 3)
    last20 = slice(i - 19, i + 1)
    true_range = talib.TRANGE(bars.high, bars.low, close)
    typical = talib.TYPPRICE(bars.high, bars.low, close)
    top, bottom = bars.high[day].max(), bars.low[day].min()
    body = close[last20] - bars.open[last20]
    returns = np.diff(close[i - 20 : i + 1]) / close[i - 20 : i]
    return {
        "atr_14": atr / true_range[day].mean(),
        "volatility_20": 100 * returns.std(),
        "hourly_return": 100 * (close[i] / close[hour.start - 1] - 1),
        "daily_return": 100 * (close[i] / close[day.start - 1] - 1),
        "daily_range_position": (close[i] - bottom) / (top - bottom),
        "daily_range": (top - bottom) / atr,
        "drawdown_pct": 100 * (1 - close[i] / bars.high[three_days].max()),
        "volume_ratio": volume[i] / volume[last20].mean(),
        "volume_delta": (volume[last20][body > 0].sum() - volume[last20][body < 0].sum()) / volume[last20].sum(),
        "volume_trend": volume[last20].mean() / volume[day].mean(),
        "price_vs_vwap": (close[i] - np.average(typical[day], weights=volume[day])) / atr,
        "close_vs_open": (close[i] - bars.open[i]) / (bars.high[i] - bars.low[i]),
        "consecutive_direction": _run(bars, i),
    }


def _run(bars: Bars, i: int) -> float:
    signs = [np.sign(bars.close[j] - bars.open[j]) for j in range(max(0, i - 9), i + 1)][::-1]
    run = next((k for k, sign in enumerate(signs) if sign != signs[0]), len(signs))
    return float(signs[0] * run / 10)


def higher_features(bars: Bars, i: int, minutes: int) -> tuple[float, float, float]:
    """RSI, trend and range position at bar i on a higher timeframe: group by bucket, keep those that have ended."""
    span = minutes * 60_000
    now = bars.time_ms[i] + bars.timeframe_ms
    buckets: dict[int, list[int]] = {}
    for j in range(i + 1):
        buckets.setdefault(int(bars.time_ms[j] // span), []).append(j)
    ended = [rows for bucket, rows in buckets.items() if (bucket + 1) * span <= now][1:][-15:]
    if len(ended) < 15:
        return (np.nan, np.nan, np.nan)
    high = np.array([bars.high[rows].max() for rows in ended])
    low = np.array([bars.low[rows].min() for rows in ended])
    close = np.array([bars.close[rows[-1]] for rows in ended])
    moves = np.diff(close)
    ups, downs = moves[moves > 0].sum(), -moves[moves < 0].sum()
    ranges = np.maximum(high[1:], close[:-1]) - np.minimum(low[1:], close[:-1])
    top, bottom = high[1:].max(), low[1:].min()
    return (
        2 * ups / (ups + downs) - 1,
        (close[-1] - close[1:].mean()) / ranges.mean(),
        (bars.close[i] - bottom) / (top - bottom),
    )


def news_features(now_ms: int, events: list[int], near_ms: int, risk_ms: int) -> tuple[float, float, float, float]:
    """The four news features at a moment, by looking at every event."""
    now = datetime.fromtimestamp(now_ms / 1000, UTC)
    times = [datetime.fromtimestamp(event / 1000, UTC) for event in events]
    away = min([abs(now - time) for time in times] + [timedelta(days=1)])
    today = sum(time.date() == now.date() for time in times)
    near, risk = timedelta(milliseconds=near_ms), timedelta(milliseconds=risk_ms)
    return (float(away <= near), away / timedelta(days=1), float(today), float(away <= risk))


HIGHER: dict[str, tuple[int, int]] = {
    "m30_rsi_norm": (30, 0),
    "m30_trend": (30, 1),
    "m30_range_position": (30, 2),
    "h1_rsi_norm": (60, 0),
    "h1_trend": (60, 1),
    "h1_range_position": (60, 2),
    "h4_rsi_norm": (240, 0),
    "higher_tf_trend": (240, 1),
    "h4_range_position": (240, 2),
    "d1_rsi_norm": (1440, 0),
    "d1_trend": (1440, 1),
    "d1_range_position": (1440, 2),
}
"""Feature -> minutes of its timeframe, place in `higher_features`."""

CLOCK: dict[str, Callable[[datetime], float]] = {
    "session_hour_sin": lambda now: np.sin((now.hour + now.minute / 60) / 24 * 2 * np.pi),
    "session_hour_cos": lambda now: np.cos((now.hour + now.minute / 60) / 24 * 2 * np.pi),
    "session_week_sin": lambda now: np.sin((now.weekday() + (now.hour + now.minute / 60) / 24) / 7 * 2 * np.pi),
    "session_week_cos": lambda now: np.cos((now.weekday() + (now.hour + now.minute / 60) / 24) / 7 * 2 * np.pi),
}
