"""Generated markets: pure functions of their settings, whose edge is known because it was put there.

`random_walk` has none, `planted` a large one of a shape to choose (`planted`, `impulses`), `synthetic` a small one on
top of a daily pattern, events and a spread that breathes. Prices follow a continuous martingale times the planted
drift; within a bar volatility is constant, the path is drawn at `SUBSTEPS` points, and high and low are drawn exactly
between them (Brownian bridge), so that an order at a price between two points is filled as fairly as one at a point:
no bracket, however lopsided, has an expectation of its own.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
from numpy.random import PCG64, Generator, SeedSequence
from numpy.typing import NDArray

from novosky.config.schema.market import DataConfig
from novosky.errors import ConfigError, DataError
from novosky.execution.compiled import compiled
from novosky.market.bars import Bars, Floats, Ints
from novosky.market.calendar import Calendar
from novosky.market.impulses import crowd, hide_impulses, impulse_strength, no_impulses
from novosky.market.indicators import average_step
from novosky.market.planted import EMA_PERIOD, drift_strength, oracle_returns, session_weight
from novosky.market.schedule import synthetic_calendar
from novosky.market.timeframes import timeframe_minutes
from novosky.market.volatility import EVENT_LOG_JUMP, bars_per_year, clock_factor, clustered_volatility, event_jump

GENERATOR_VERSION = 1  # part of a snapshot's key: raise it when the same settings give other bars
START_PRICE = 80_000.0
SUBSTEPS = 15
CHUNK_BARS = 65_536
SPREAD_SHARE_OF_PRICE = 0.0002
TICKS_PER_MINUTE = 150.0
STREAMS = ("volatility", "path", "extremes", "volume", "spread", "regime")  # a new one goes last: the others stay


@dataclass(frozen=True, slots=True)
class Generated:
    """A market, its calendar, and what only its maker knows of each bar, shape (n_bars,).

    `sigma` volatility, `drift` mu; with a structure for later stages (see `impulses`) `trigger` the sign of the drift
    that the bar sets off, 0 for none, and `regime` the row of the kernel that it would take.
    """

    bars: Bars
    calendar: Calendar
    sigma: Floats
    drift: Floats
    trigger: NDArray[np.int8]
    regime: Ints

    def facts(self) -> dict[str, float]:
        """The edge in figures: expected and realised annual Sharpe ratio of the cost-free oracle, drift, its share."""
        active = self.drift != 0
        log_return = np.log(self.bars.close / self.bars.open)
        profit = oracle_returns(log_return, self.sigma, self.drift)
        year = bars_per_year(self.bars.timeframe_minutes)
        deviation = float(np.std(profit))
        return {
            "oracle_sharpe_expected": float(math.sqrt(np.mean((self.drift / self.sigma) ** 2) * year)),
            "oracle_sharpe_realised": float(np.mean(profit)) / deviation * math.sqrt(year) if deviation else 0.0,
            "drift_per_bar_sigma": float(np.max(np.abs(self.drift / self.sigma))),
            "share_of_bars_with_drift": float(np.mean(active)),
        }


def generate(data: DataConfig) -> Generated:
    """The generated market that `data` describes.

    Raises ConfigError when a setting of the generator is missing, DataError when the price runs down to nothing.
    """
    n_bars, start_ms, seed, oracle_sharpe = _settings(data)
    minutes = timeframe_minutes(data.timeframe)
    time_ms = start_ms + np.arange(n_bars, dtype=np.int64) * minutes * 60_000
    streams = _streams(seed)
    calendar = synthetic_calendar(time_ms, minutes * 60_000, seed)
    pattern = _pattern(time_ms, minutes, calendar) if data.source == "synthetic" else np.ones(n_bars)
    sigma = clustered_volatility(n_bars, minutes, streams["volatility"]) * pattern

    if data.structure == "trend":
        strength, weight = drift_strength(oracle_sharpe, minutes), session_weight(time_ms, minutes)
        hidden = no_impulses(n_bars)
    else:
        strength = impulse_strength(data.structure, oracle_sharpe, minutes)
        hidden = hide_impulses(data.structure, time_ms, _draws(_streams(seed)["path"], n_bars), streams["regime"])
        weight = hidden.direction
    prices, direction = _walk(sigma, weight, data.structure == "trend", strength, data.point, streams)
    bars = Bars(
        data.symbol,
        minutes,
        data.point,
        time_ms,
        open=prices[0],
        high=prices[1],
        low=prices[2],
        close=prices[3],
        tick_volume=_tick_volume(sigma, minutes, streams["volume"]) * crowd(hidden.trigger),
        spread_points=_spread_points(prices[0] / data.point, pattern, streams["spread"]),
        real_volume=np.zeros(n_bars),
    )
    return Generated(bars, calendar, sigma, strength * sigma * direction, hidden.trigger, hidden.regime)


def _streams(seed: int) -> dict[str, Generator]:
    """A generator for each of `STREAMS`, at its beginning."""
    children = SeedSequence(seed).spawn(len(STREAMS))
    return {name: Generator(PCG64(child)) for name, child in zip(STREAMS, children, strict=True)}


def _draws(path: Generator, n_bars: int) -> Iterator[tuple[slice, Floats]]:
    """The normal draws that make up the bars, (n, SUBSTEPS) for a range of bars at a time: memory stays flat."""
    for begin in range(0, n_bars, CHUNK_BARS):
        part = slice(begin, min(begin + CHUNK_BARS, n_bars))
        yield part, path.standard_normal((part.stop - part.start, SUBSTEPS))


def _settings(data: DataConfig) -> tuple[int, int, int, float]:
    """Bars, start (ms), seed and oracle Sharpe ratio, or ConfigError for the one that is missing."""
    oracle_sharpe = 0.0 if data.source == "random_walk" else data.oracle_sharpe
    if data.bars is None or data.start is None or data.seed is None or oracle_sharpe is None:
        needed = ("bars", "start", "seed") + (() if data.source == "random_walk" else ("oracle_sharpe",))
        missing = ", ".join(f"data.{name}" for name in needed if getattr(data, name) is None)
        raise ConfigError(f"data={data.source} is generated and needs {missing}")
    try:
        start = datetime.fromisoformat(data.start)
    except ValueError as error:
        raise ConfigError(f"data.start={data.start}: expected an ISO date such as 2024-01-01, UTC") from error
    start = start.replace(tzinfo=UTC) if start.tzinfo is None else start
    grid_ms = timeframe_minutes(data.timeframe) * 60_000
    start_ms = round(start.timestamp() * 1000)
    if start_ms % grid_ms:
        raise ConfigError(f"data.start={data.start} is not the open of a {data.timeframe} bar: give a whole date")
    return data.bars, start_ms, data.seed, oracle_sharpe


def _pattern(time_ms: Ints, minutes: int, calendar: Calendar) -> Floats:
    """Volatility that the clock and the calendar foretell, as a factor, shape (n_bars,)."""
    size = np.array(EVENT_LOG_JUMP)[calendar.impact]
    return np.asarray(clock_factor(time_ms) * np.exp(event_jump(time_ms, minutes * 60_000, calendar.time_ms, size)))


@compiled
def _walk_range(
    sigma: Floats,
    weight: Floats,
    with_trend: bool,
    strength: float,
    point: float,
    normals: Floats,
    uniforms: Floats,
    state: Floats,
    prices: Floats,
    direction: Floats,
) -> None:
    """Bars of one chunk into `prices` (4, n), whole points; `state` is [log price, last close, average, closes seen].

    The maximum of a Brownian bridge from x to y with variance v is (x + y + sqrt((y - x)^2 - 2 v ln U)) / 2.
    """
    steps = normals.shape[1]
    for i in range(len(sigma)):
        direction[i] = weight[i]
        if with_trend:
            direction[i] *= np.sign(state[1] - state[2]) if state[3] >= EMA_PERIOD else 0.0
        variance = sigma[i] * sigma[i] / steps
        drift = strength * sigma[i] * direction[i] / steps - 0.5 * variance
        x = state[0]
        top, bottom = x, x
        for j in range(steps):
            y = x + drift + math.sqrt(variance) * normals[i, j]
            rise = math.sqrt((y - x) ** 2 - 2.0 * variance * math.log(1.0 - uniforms[i, j, 0]))
            fall = math.sqrt((y - x) ** 2 - 2.0 * variance * math.log(1.0 - uniforms[i, j, 1]))
            top = max(top, 0.5 * (x + y + rise))
            bottom = min(bottom, 0.5 * (x + y - fall))
            x = y
        prices[0, i] = np.rint(math.exp(state[0]) / point)
        prices[1, i] = np.rint(math.exp(top) / point)
        prices[2, i] = np.rint(math.exp(bottom) / point)
        prices[3, i] = np.rint(math.exp(x) / point)
        state[0], state[1] = x, prices[3, i]
        state[2] = average_step(state[2], state[1], state[3], EMA_PERIOD, 2.0 / (EMA_PERIOD + 1.0))
        state[3] += 1.0


def _walk(
    sigma: Floats, weight: Floats, with_trend: bool, strength: float, point: float, streams: dict[str, Generator]
) -> tuple[list[Floats], Floats]:
    """Open, high, low, close in price units, and the planted direction: `weight`, times the trend's sign if asked."""
    n_bars = len(sigma)
    points, direction = np.empty((4, n_bars)), np.zeros(n_bars)
    state = np.array([math.log(START_PRICE), 0.0, 0.0, 0.0])
    for part, normals in _draws(streams["path"], n_bars):
        uniforms = streams["extremes"].random((len(normals), SUBSTEPS, 2))
        chunk = points[:, part], direction[part]
        _walk_range(sigma[part], weight[part], with_trend, strength, point, normals, uniforms, state, *chunk)
    worn_out = np.flatnonzero(points[2] < 1000)
    if len(worn_out):
        raise DataError(
            f"the generated market ran down to {points[2, worn_out[0]] * point:g} at bar {worn_out[0]}, under 1000 "
            f"points of {point:g}: ask for fewer data.bars, another data.seed or a smaller data.point"
        )
    decimals = max(0, 2 - math.floor(math.log10(point)))
    return [np.round(row * point, decimals) for row in points], direction


def _tick_volume(sigma: Floats, minutes: int, rng: Generator) -> Floats:
    """Ticks grow with volatility, with noise of their own."""
    typical = np.exp(np.mean(np.log(sigma)))
    ticks = TICKS_PER_MINUTE * minutes * sigma / typical * rng.lognormal(0.0, 0.3, len(sigma))
    return np.asarray(np.maximum(1.0, np.rint(ticks)))


def _spread_points(open_points: Floats, pattern: Floats, rng: Generator) -> Floats:
    """A share of the price; wider where the pattern is far from usual: in the quiet hours and around events."""
    noise = rng.lognormal(0.0, 0.05, len(pattern))
    return np.asarray(np.rint(SPREAD_SHARE_OF_PRICE * open_points * np.maximum(1.0 / pattern, pattern) ** 0.5 * noise))
