"""Drawn slippage: a hash of seed and time, exponential, and nothing else; slippage by volatility of the past."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from novosky.execution.slippage import random_slippage, splitmix64, volatility_slippage
from support.plain import plain

ALL_BITS = 2**64 - 1


def mixed(state: int) -> int:
    """SplitMix64 once more, in Python's own integers."""
    z = (state + 0x9E3779B97F4A7C15) & ALL_BITS
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & ALL_BITS
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & ALL_BITS
    return z ^ (z >> 31)


def test_the_generator_gives_its_published_numbers() -> None:
    """The first numbers of seed 1234567, the example in circulation (Rosetta Code, "Pseudo-random numbers")."""
    states = [(1234567 + k * 0x9E3779B97F4A7C15) & ALL_BITS for k in range(3)]
    found = splitmix64(np.array(states, np.uint64)).tolist()
    assert found == [6457827717110365317, 3203168211198807973, 9817491932198370423]


@given(seed=st.integers(0, 2**31 - 1), time_ms=st.integers(-(2**40), 2**42), mean=st.floats(0.01, 100))
@settings(deadline=None)  # the first call compiles
def test_a_draw_is_the_exponential_of_a_hash(seed: int, time_ms: int, mean: float) -> None:
    uniform = (mixed((mixed(seed) + time_ms) & ALL_BITS) >> 11) * 2.0**-53
    found = random_slippage(np.array([time_ms], np.int64), mean, seed)[0]
    assert found == pytest.approx(-mean * math.log1p(-uniform), rel=1e-12)
    assert 0.0 <= found < math.inf


def test_a_bars_draw_depends_on_its_time_alone() -> None:
    time_ms = np.arange(5000, dtype=np.int64) * 900_000
    whole = random_slippage(time_ms, 2.0, 7)
    assert np.array_equal(whole[1234:2345], random_slippage(time_ms[1234:2345], 2.0, 7))
    assert np.array_equal(whole[::-1], random_slippage(time_ms[::-1], 2.0, 7))
    assert not np.any(whole == random_slippage(time_ms, 2.0, 8))


def test_draws_look_exponential_and_unrelated() -> None:
    """Mean, deviation, median and the correlation of neighbours of 200,000 draws, within four standard errors."""
    n, mean = 200_000, 2.0
    drawn = random_slippage(np.arange(n, dtype=np.int64) * 900_000, mean, 7)
    error = 4.0 / math.sqrt(n)
    assert drawn.mean() == pytest.approx(mean, abs=mean * error)
    assert drawn.std() == pytest.approx(mean, abs=mean * math.sqrt(2) * error)
    assert np.median(drawn) == pytest.approx(mean * math.log(2), abs=mean * error)
    assert abs(np.corrcoef(drawn[:-1], drawn[1:])[0, 1]) < error


def test_volatility_of_the_previous_close() -> None:
    atr = np.array([math.nan, math.nan, 10.0, 20.0, 40.0])
    for run in (volatility_slippage, plain(volatility_slippage)):
        assert run(atr, 0.1).tolist() == [0.0, 0.0, 0.0, 1.0, 2.0]
