"""States inside trades and what leaving there is worth: by hand, and against a trade followed in plain Python."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from novosky.execution.position import position_state
from novosky.labels import position_states as kernels
from novosky.labels.paths import Bracket, Entries, LabelBars
from novosky.labels.position_states import ADD, EXIT, HOLD, PositionStates, position_states, sample_rows, take_rows
from support.path_oracle import follow, hand_bars, random_label_bars
from support.plain import plain

FLAT = (100.0, 101.0, 99.0, 100.0)


def entries(*pairs: tuple[int, int]) -> Entries:
    return Entries(np.array([t for t, _ in pairs], np.int64), np.array([side for _, side in pairs], np.int64))


def test_state_by_hand() -> None:
    # A BUY at 100.20 with its stop 10 below, second bar of a horizon of 8, bid now 105.20: 5 of 10, 4.99 %.
    held, pnl, r, direction = position_state(1, 100.2, 10.0, 11, 12, 105.2, 0.2, 8)
    assert (held, direction) == (0.25, 1.0)
    assert pnl == pytest.approx(100 * 5.0 / 100.2)
    assert r == pytest.approx(0.5)
    # A SELL at 100.00 closes at ask: bid 104.80 and spread 0.20 are 105.00, half of its stop's distance lost.
    held, pnl, r, direction = position_state(-1, 100.0, 10.0, 11, 11, 104.8, 0.2, 8)
    assert (held, direction) == (0.125, -1.0)
    assert pnl == pytest.approx(-5.0)
    assert r == pytest.approx(-0.5)


def test_rows_by_hand() -> None:
    """A BUY at 100, stop 90, target 120, horizon 5: it rises to 108, falls, and is stopped in bar 4."""
    bars = hand_bars(
        [
            FLAT,
            (100.0, 109.0, 99.0, 108.0),
            (108.0, 108.5, 101.0, 102.0),
            (102.0, 103.0, 94.0, 95.0),
            (95.0, 96.0, 89.0, 91.0),
            FLAT,
            FLAT,
        ],
        horizon=5,
    )
    rows = position_states(entries((0, 1)), bars, Bracket(1.0, 2.0), 0.25)
    assert rows.bar.tolist() == [1, 2, 3]
    # Going on loses 1 R; leaving at the next open would have brought +0.8, +0.2 and -0.5 R.
    np.testing.assert_allclose(rows.d, [-1.8, -1.2, -0.5])
    np.testing.assert_allclose(rows.weight, [1.8, 1.2, 0.5])
    assert rows.y.tolist() == [EXIT, EXIT, EXIT]
    assert rows.end.tolist() == [4, 4, 4]
    np.testing.assert_allclose(rows.state, [[0.2, 8.0, 0.8, 1], [0.4, 2.0, 0.2, 1], [0.6, -5.0, -0.5, 1]])


def test_classes_follow_the_margin_and_the_last_choice_is_before_the_horizon() -> None:
    """A SELL from 100, stop 110: the horizon of 4 closes it at the open of bar 5, 94."""
    bars = hand_bars(
        [
            FLAT,
            FLAT,
            (100.0, 101.0, 95.5, 96.0),
            (96.0, 97.0, 91.5, 92.0),
            (92.0, 95.0, 91.0, 94.0),
            (94.0, 95.0, 93.0, 94.0),
        ],
        horizon=4,
    )
    rows = position_states(entries((0, -1)), bars, Bracket(1.0, 2.0), 0.25)
    # At the close of bar 4 the horizon leaves at the next open anyway: no row. +0.6 R against 0, 0.4 and 0.8.
    assert rows.bar.tolist() == [1, 2, 3]
    np.testing.assert_allclose(rows.d, [0.6, 0.2, -0.2])
    assert rows.y.tolist() == [ADD, HOLD, EXIT]
    assert rows.end.tolist() == [5, 5, 5]


def test_leaving_where_a_gap_ends_the_trade_teaches_nothing() -> None:
    """The open of bar 3 lies beyond the stop: going on and leaving meet the same price, d = 0."""
    bars = hand_bars([FLAT, FLAT, FLAT, (80.0, 81.0, 79.0, 80.0), FLAT, FLAT, FLAT], horizon=5)
    rows = position_states(entries((0, 1)), bars, Bracket(1.0, 2.0), 0.25)
    assert rows.bar.tolist() == [1]
    np.testing.assert_allclose(rows.d, [-2.0])


def test_paths_that_the_bars_do_not_end_are_left_out() -> None:
    bars = hand_bars([FLAT] * 4 + [(100.5, 101.0, 99.0, 100.0)] * 2, horizon=3)
    rows = position_states(entries((0, 1), (2, 1), (4, -1), (5, 1)), bars, Bracket(1.0, 1.0), 0.25)
    assert set(rows.entry) == {0}
    none = position_states(entries(), bars, Bracket(1.0, 1.0), 0.25)
    assert none.state.shape == (0, 4)


def slow_rows(wanted: Entries, bars: LabelBars, bracket: Bracket, margin: float) -> list[tuple[float, ...]]:
    rows = []
    for k, (t, side) in enumerate(zip(wanted.decision.tolist(), wanted.side.tolist(), strict=True)):
        atr = float(bars.atr[t])
        path = follow(bars, t, side, bracket.stop_atr * atr, bracket.target_atr * atr)
        if path.bar is None:
            continue
        for s in range(t + 1, path.bar):
            if s + 1 == t + 1 + bars.horizon:
                continue
            now = follow(bars, t, side, bracket.stop_atr * atr, bracket.target_atr * atr, life=s - t)
            ask = bars.spread[s] if side < 0 else 0.0
            profit = (bars.close[s] + ask - path.entry) * side
            d = path.r - now.r
            if abs(d) > 1e-9:
                y = 0 if d < 0 else 2 if d > margin else 1
                state = ((s - t) / bars.horizon, 100 * profit / path.entry, profit / abs(path.entry - path.stop), side)
                rows.append((k, s, *state, d, y, abs(d), path.bar))
    return rows


def as_table(rows: PositionStates) -> np.ndarray:
    return np.column_stack([rows.entry, rows.bar, rows.state, rows.d, rows.y, rows.weight, rows.end])


@given(seed=st.integers(0, 2**32), stop=st.sampled_from([0.5, 1.2, 3.0]), target=st.sampled_from([0.6, 1.5, 4.0]))
@settings(max_examples=60, deadline=None)
def test_rows_equal_the_slow_oracle(seed: int, stop: float, target: float) -> None:
    bars = random_label_bars(seed)
    random = np.random.Generator(np.random.PCG64(seed))
    decision = np.sort(random.choice(60, 25, replace=False)).astype(np.int64)
    wanted = Entries(decision, random.choice(np.array([-1, 1]), 25))
    expected = slow_rows(wanted, bars, Bracket(stop, target), 0.25)
    rows = position_states(wanted, bars, Bracket(stop, target), 0.25)
    assert len(rows.d) == len(expected)
    if expected:
        np.testing.assert_allclose(as_table(rows), np.array(expected), atol=1e-9)


def test_compiled_equals_plain() -> None:
    bars = random_label_bars(4)
    wanted = entries(*[(t, 1 if t % 2 else -1) for t in range(2, 58, 3)])
    bracket = Bracket(1.2, 1.5)
    fast, slow = kernels._path_ends(wanted, bars, bracket), plain(kernels._path_ends)(wanted, bars, bracket)
    for a, b in zip(fast, slow, strict=True):
        np.testing.assert_array_equal(a, b)
    walked = kernels._walk(wanted, bars, bracket, *fast)
    for a, b in zip(walked, plain(kernels._walk)(wanted, bars, bracket, *fast), strict=True):
        np.testing.assert_array_equal(a, b)


@given(total=st.integers(0, 5000), most=st.integers(1, 2000))
def test_a_sample_is_even_and_bounded(total: int, most: int) -> None:
    rows = sample_rows(total, most)
    assert len(rows) == min(total, most)
    if len(rows) > 1:
        steps = np.diff(rows)
        assert steps.min() >= 1
        assert steps.max() - steps.min() <= 1
        assert rows[0] == 0
        assert total - 1 - rows[-1] <= steps.max()


def test_taking_rows_keeps_them_whole() -> None:
    bars = random_label_bars(9)
    rows = position_states(entries(*[(t, 1) for t in range(3, 50)]), bars, Bracket(2.0, 2.0), 0.25)
    some = take_rows(rows, sample_rows(len(rows.d), 20))
    assert len(some.d) == 20
    np.testing.assert_array_equal(as_table(some), as_table(rows)[np.arange(20) * len(rows.d) // 20])
