"""Batch, stream, future, scale and hard times: what must hold on any bars."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from novosky.features.build import build_features, feature_hash
from novosky.features.registry import all_features, warmup_bars
from novosky.market.bars import Bars, Floats
from support.feature_bars import SETTINGS, random_bars, random_events, streamed

NAMES = list(all_features())
TIMEFRAMES = st.sampled_from([5, 15, 30, 60, 240, 1440])
SEEDS = st.integers(0, 2**32)


def same_bits(left: Floats, right: Floats) -> bool:
    return left.tobytes() == right.tobytes()


@settings(max_examples=12, deadline=None)
@given(seed=SEEDS, minutes=TIMEFRAMES, nasty=st.booleans())
def test_stream_equals_batch_to_the_last_bit(seed: int, minutes: int, nasty: bool) -> None:
    bars = random_bars(seed, 1500, minutes=minutes, nasty=nasty)
    events = random_events(seed, bars)
    batch = build_features(bars, events, NAMES, SETTINGS).values
    assert same_bits(streamed(bars, events, NAMES), batch)


@settings(max_examples=25, deadline=None)
@given(seed=SEEDS, minutes=TIMEFRAMES, cut=st.integers(1, 2999))
def test_the_future_changes_nothing(seed: int, minutes: int, cut: int) -> None:
    bars = random_bars(seed, 3000, minutes=minutes)
    events = random_events(seed, bars)
    other = random_bars(seed + 1, 3000, minutes=minutes, nasty=True)
    arrays = ("open", "high", "low", "close", "tick_volume", "spread_points")
    mixed = replace(bars, **{k: np.concatenate((getattr(bars, k)[:cut], getattr(other, k)[cut:])) for k in arrays})
    before = build_features(bars, events, NAMES, SETTINGS).values[:cut]
    assert same_bits(build_features(mixed, events, NAMES, SETTINGS).values[:cut], before)
    assert same_bits(build_features(bars.slice(0, cut), events, NAMES, SETTINGS).values, before)


@settings(max_examples=15, deadline=None)
@given(seed=SEEDS, minutes=st.sampled_from([15, 60, 240]))
def test_rows_after_the_warm_up_are_finite_in_hard_times(seed: int, minutes: int) -> None:
    bars = random_bars(seed, 5000, minutes=minutes, nasty=True, gap_share=0.1)
    matrix = build_features(bars, random_events(seed, bars), NAMES, SETTINGS)
    assert matrix.warmup_bars == warmup_bars(NAMES, minutes * 60_000)
    assert np.isfinite(matrix.values[matrix.warmup_bars :]).all()


def test_a_market_that_never_moves_gives_finite_neutral_rows() -> None:
    flat = random_bars(1, 2500)
    still = np.full(2500, 100.0)
    nothing = np.zeros(2500)
    bars = replace(flat, open=still, high=still, low=still, close=still, tick_volume=nothing, spread_points=nothing)
    matrix = build_features(bars, random_events(1, bars), NAMES, SETTINGS)
    last = dict(zip(NAMES, matrix.values[-1].tolist(), strict=True))
    assert np.isfinite(matrix.values[matrix.warmup_bars :]).all()
    neutral = {"rsi_14": 0.5, "range_position": 0.5, "volume_ratio": 1.0, "volume_trend": 1.0, "macd_line": 0.0}
    neutral |= {"daily_range_position": 0.5, "trend_strength": 0.0, "h4_rsi_norm": 0.0, "price_vs_vwap": 0.0}
    assert {name: last[name] for name in neutral} == neutral


def scaled(bars: Bars, factor: float) -> Bars:
    prices = {name: getattr(bars, name) * factor for name in ("open", "high", "low", "close")}
    return replace(bars, point=bars.point * factor, **prices)


@settings(max_examples=10, deadline=None)
@given(seed=SEEDS, power=st.integers(-20, 20), nasty=st.booleans())
def test_a_power_of_two_on_all_prices_changes_no_bit(seed: int, power: int, nasty: bool) -> None:
    bars = random_bars(seed, 2500, nasty=nasty)
    events = random_events(seed, bars)
    plain = build_features(bars, events, NAMES, SETTINGS).values
    assert same_bits(build_features(scaled(bars, 2.0**power), events, NAMES, SETTINGS).values, plain)


@settings(max_examples=10, deadline=None)
@given(seed=SEEDS, factor=st.floats(1e-4, 1e4))
def test_any_factor_on_all_prices_changes_nothing_but_rounding(seed: int, factor: float) -> None:
    bars = random_bars(seed, 2500)
    events = random_events(seed, bars)
    matrix = build_features(bars, events, NAMES, SETTINGS)
    other = build_features(scaled(bars, factor), events, NAMES, SETTINGS)
    rows = slice(matrix.warmup_bars, None)
    np.testing.assert_allclose(other.values[rows], matrix.values[rows], rtol=1e-6, atol=1e-8)


def test_the_unit_of_volume_does_not_matter() -> None:
    bars = random_bars(3, 2500)
    names = ["volume_ratio", "volume_delta", "volume_trend", "price_vs_vwap"]
    plain = build_features(bars, None, names, SETTINGS).values
    more = build_features(replace(bars, tick_volume=bars.tick_volume * 1024.0), None, names, SETTINGS).values
    assert same_bits(plain, more)


@pytest.mark.parametrize("seed", [1, 2])
def test_a_cold_start_after_the_warm_up_is_within_tolerance(seed: int) -> None:
    bars = random_bars(seed, 6000)
    events = random_events(seed, bars)
    full = build_features(bars, events, NAMES, SETTINGS).values
    for start in (500, 1111, 2222, 3333):
        cold = build_features(bars.slice(start, 6000), events, NAMES, SETTINGS).values
        for k, feature in enumerate(all_features().values()):
            first = feature.warmup(bars.timeframe_ms)
            off = np.abs(cold[first:, k] - full[start + first :, k]).max()
            assert off <= feature.tolerance, f"{feature.name} from {start}: off by {off}"


PLAIN_PYTHON = """
import sys
sys.path.insert(0, {tests!r})
import numba, numpy as np
from novosky.features.build import build_features, feature_hash
from novosky.features.registry import all_features
from support.feature_bars import SETTINGS, random_bars, random_events
assert numba.config.DISABLE_JIT
bars = random_bars(9, 700, minutes=240)
names = list(all_features())
with np.errstate(all="ignore"):
    np.save({out!r}, build_features(bars, random_events(9, bars), names, SETTINGS).values)
print(feature_hash(names))
"""


def test_the_uncompiled_kernels_give_the_same_values(tmp_path: Path) -> None:
    out = tmp_path / "plain.npy"
    tests = str(Path(__file__).resolve().parents[1])
    code = PLAIN_PYTHON.format(tests=tests, out=str(out))
    environment = os.environ | {"NUMBA_DISABLE_JIT": "1"}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    bars = random_bars(9, 700, minutes=240)
    compiled = build_features(bars, random_events(9, bars), NAMES, SETTINGS).values
    assert same_bits(compiled, np.load(out))
    assert done.stdout.strip() == feature_hash(NAMES)
