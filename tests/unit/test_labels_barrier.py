"""Barrier labels by hand, and as the same event as the core's trades."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from novosky.execution.codes import OPENED
from novosky.execution.series import plain_bars, plain_intents
from novosky.execution.simulate import simulate
from novosky.labels.barrier import BUY, HOLD, SELL, UNKNOWN, BarrierLabels, barrier_labels
from support.candles import CONTRACT, RULES
from support.plain import plain

UP = (100.0, 115.0, 99.0, 112.0)
DOWN = (100.0, 101.0, 85.0, 88.0)
FLAT = (100.0, 101.0, 99.0, 100.0)


def labels_of(
    candles: list[tuple[float, float, float, float]],
    horizon: int,
    spread: float = 0.0,
    sl: float = 1.0,
    tp: float = 1.0,
) -> BarrierLabels:
    table = np.array(candles)
    o, h, low, _ = (np.ascontiguousarray(column) for column in table.T)
    n = len(candles)
    return barrier_labels(o, h, low, np.full(n, spread), np.full(n, 10.0), sl, tp, horizon, 0.01)


def test_classes_by_hand() -> None:
    labels = labels_of([FLAT, UP, DOWN, FLAT, FLAT, FLAT], horizon=1)
    # From bar 0 a BUY at 100 reaches 110 in bar 1; from bar 1 a SELL reaches 90; later nothing moves.
    assert labels.y.tolist() == [BUY, SELL, HOLD, HOLD, UNKNOWN, UNKNOWN]
    # Bar 0: the BUY ends in bar 1; the SELL is stopped there too. Timed-out labels look at the open after.
    assert labels.end.tolist() == [1, 2, 4, 5, 6, 6]
    assert labels.r_long[:4].tolist() == [1.0, -1.0, 0.0, 0.0]
    assert labels.r_short[:4].tolist() == [-1.0, 1.0, 0.0, 0.0]


def test_the_reference_spread_moves_the_target_away() -> None:
    # A BUY at ask 106 has its target at 116, above the high of 115.
    assert labels_of([FLAT, UP, FLAT, FLAT], horizon=1, spread=6.0).y[0] == HOLD


def test_a_bar_that_holds_both_levels_is_a_win_for_neither() -> None:
    assert labels_of([FLAT, (100.0, 111.0, 89.0, 100.0), FLAT, FLAT], horizon=1).y[0] == HOLD


def test_when_both_sides_would_win_the_earlier_does() -> None:
    bars = [FLAT, (100.0, 106.0, 99.0, 100.0), (100.0, 101.0, 94.0, 100.0), FLAT, FLAT]
    labels = labels_of(bars, horizon=2, sl=2.0, tp=0.5)
    assert labels.y[0] == BUY
    tied = labels_of([FLAT, (100.0, 106.0, 94.0, 100.0), FLAT, FLAT], horizon=1, sl=2.0, tp=0.5)
    assert tied.y[0] == HOLD


def test_compiled_equals_plain() -> None:
    rng = np.random.Generator(np.random.PCG64(3))
    o, h, low, _c = random_bars(rng, 300)
    atr = np.full(300, 1.5)
    atr[:20] = np.nan
    arguments = (o, h, low, np.full(300, 0.05), atr, 1.0, 1.3, 12, 0.01)
    fast, slow = barrier_labels(*arguments), plain(barrier_labels)(*arguments)
    for a, b in zip(fast, slow, strict=True):
        np.testing.assert_array_equal(a, b)
    assert set(fast.y[:20]) == {UNKNOWN}


def random_bars(rng: np.random.Generator, n: int) -> tuple[np.ndarray, ...]:
    close = np.round(100 * np.exp(np.cumsum(rng.normal(0, 0.01, n))), 2)
    open_ = np.round(np.concatenate(([100.0], close[:-1])) * np.exp(rng.normal(0, 0.003, n)), 2)
    high = np.round(np.maximum(open_, close) + rng.exponential(0.5, n), 2)
    low = np.round(np.minimum(open_, close) - rng.exponential(0.5, n), 2)
    return open_, high, low, close


@given(
    seed=st.integers(0, 2**32), side=st.sampled_from([1, -1]), horizon=st.integers(1, 30), decision=st.integers(0, 60)
)
@settings(max_examples=60, deadline=None)
def test_a_label_is_the_trade_that_the_core_makes(seed: int, side: int, horizon: int, decision: int) -> None:
    """Same bars, same bracket, same spread, holding limit = horizon: the trade's R is the label's R."""
    rng = np.random.Generator(np.random.PCG64(seed))
    n = 120
    o, h, low, c = random_bars(rng, n)
    spread = np.round(rng.uniform(0, 0.2, n), 2)
    atr = rng.uniform(0.8, 3.0, n)
    labels = barrier_labels(o, h, low, spread, atr, 1.2, 0.9, horizon, 0.01)
    wanted = np.zeros(n, np.int8)
    wanted[decision] = side
    verdict = np.where(wanted != 0, OPENED, 1).astype(np.int16)
    bars = plain_bars(o, h, low, c, spread, atr, np.zeros(n, np.int64), np.zeros(n, np.int64))
    rules = RULES._replace(max_hold_bars=horizon, risk_pct=100.0)
    large = CONTRACT._replace(volume_max=1e9)
    run = simulate(bars, plain_intents(wanted, verdict, np.zeros(n), 1.2, 0.9), large, rules, 1e7, 0, n)
    assert len(run.trades) == 1
    expected = labels.r_long[decision] if side > 0 else labels.r_short[decision]
    np.testing.assert_allclose(run.trades["r"][0], expected, atol=1e-6)
    assert run.trades["exit_bar"][0] <= labels.end[decision]
