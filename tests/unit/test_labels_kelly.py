"""Equity states, the moments ahead and Kelly's fraction: by hand, and against slow formulas."""

from __future__ import annotations

import statistics

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from novosky.errors import NovoskyError
from novosky.execution.equity_state import RECENT_TRADES, RISK_FEATURES, equity_features
from novosky.labels import kelly
from novosky.labels.kelly import MAX_MULTIPLIER, MIN_MULTIPLIER, kelly_multiplier, risk_targets
from support.plain import plain


def state_after(r: list[float]) -> dict[str, float]:
    total = peak = 0.0
    for one in r:
        total += one
        peak = max(peak, total)
    out = np.empty(len(RISK_FEATURES))
    equity_features(np.array([*r, 99.0, 99.0]), len(r), total, peak, out)
    return dict(zip(RISK_FEATURES, out.tolist(), strict=True))


def test_before_the_first_trade() -> None:
    assert state_after([]) == dict(zip(RISK_FEATURES, [0.0, 0.0, 0.5, 0.0, 0.0, 0.0, 0.0], strict=True))


def test_state_by_hand() -> None:
    # Up to +2.5 R, then two losses: 1.5 below the peak; mean 1/4, deviations 1.25, 0.75, -1.25, -0.75.
    assert state_after([1.5, 1.0, -1.0, -0.5]) == pytest.approx(
        {
            "drawdown_r": 1.5,
            "mean_r_recent": 0.25,
            "win_rate_recent": 0.5,
            "r_std_recent": np.sqrt((1.25**2 + 0.75**2) / 2),
            "consecutive_losses": 2,
            "consecutive_wins": 0,
            "last_r": -0.5,
        }
    )
    assert state_after([-1.0])["drawdown_r"] == 1.0  # the peak is where it began
    assert state_after([-1.0])["r_std_recent"] == 0.0


def test_a_trade_of_zero_ends_both_streaks() -> None:
    state = state_after([1.0, 1.0, 0.0])
    assert (state["consecutive_wins"], state["consecutive_losses"]) == (0, 0)
    assert state["win_rate_recent"] == pytest.approx(2 / 3)


def test_streaks_are_capped_and_old_trades_forgotten() -> None:
    state = state_after([5.0] + [-0.1] * 30)
    assert state["consecutive_losses"] == RECENT_TRADES
    assert state["win_rate_recent"] == 0.0
    assert state["drawdown_r"] == pytest.approx(3.0)
    assert state_after([5.0] + [-0.1] * 20)["mean_r_recent"] == pytest.approx(-0.1)
    assert state_after([5.0] + [-0.1] * 19)["mean_r_recent"] == pytest.approx(3.1 / 20)


R_LISTS = st.lists(st.sampled_from([-1.0, -0.4, 0.0, 0.3, 1.0, 2.5]), max_size=60)


@given(r=R_LISTS)
@settings(deadline=None)
def test_state_equals_the_slow_oracle(r: list[float]) -> None:
    state, recent = state_after(r), r[-20:]
    curve = [sum(r[:i]) for i in range(len(r) + 1)]
    losses = wins = 0
    for one in recent:
        losses = losses + 1 if one < 0 else 0
        wins = wins + 1 if one > 0 else 0
    expected = [
        max(curve) - curve[-1],
        statistics.fmean(recent) if recent else 0.0,
        sum(one > 0 for one in recent) / len(recent) if recent else 0.5,
        statistics.pstdev(recent) if recent else 0.0,
        losses,
        wins,
        r[-1] if r else 0.0,
    ]
    assert list(state.values()) == pytest.approx(expected, abs=1e-9)


def trades(r: list[float]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Decided at bars 10, 20, ...; each closes 7 bars later."""
    decision = 10 + 10 * np.arange(len(r))
    return decision, decision + 7, np.array(r)


def test_targets_by_hand() -> None:
    decision, exit_bar, r = trades([1.0, -1.0, 2.0, 0.0])
    rows = risk_targets(decision, exit_bar, r, next_trades=2)
    np.testing.assert_allclose(rows.target[:3], [[0.0, 1.0], [0.5, 2.5], [1.0, 2.0]])
    assert np.isnan(rows.target[3]).all()
    assert rows.end.tolist() == [27, 37, 47, 47]
    assert rows.state[0].tolist() == [0.0, 0.0, 0.5, 0.0, 0.0, 0.0, 0.0]
    assert rows.state[2].tolist() == [1.0, 0.0, 0.5, 1.0, 1.0, 0.0, -1.0]


@given(r=R_LISTS, ahead=st.integers(1, 8))
@settings(deadline=None)
def test_targets_and_states_equal_the_slow_oracle(r: list[float], ahead: int) -> None:
    decision, exit_bar, array = trades(r)
    rows = risk_targets(decision, exit_bar, array, ahead)
    assert rows.state.shape == (len(r), 7)
    for i in range(len(r)):
        assert rows.state[i].tolist() == pytest.approx(list(state_after(r[:i]).values()), abs=1e-9)
        following = r[i : i + ahead]
        if len(following) < ahead:
            assert np.isnan(rows.target[i]).all()
            assert rows.end[i] == exit_bar[i]
        else:
            expected = [statistics.fmean(following), statistics.fmean(one * one for one in following)]
            assert rows.target[i].tolist() == pytest.approx(expected)
            assert rows.end[i] == exit_bar[i + ahead - 1]


def test_trades_that_overlap_are_refused() -> None:
    with pytest.raises(NovoskyError, match="each decided when the one before it had closed"):
        risk_targets(np.array([10, 15]), np.array([16, 20]), np.zeros(2), 1)
    risk_targets(np.array([10, 16]), np.array([16, 20]), np.zeros(2), 1)  # the close that ends one may decide the next


def test_kelly_by_hand() -> None:
    # A coin that pays +1 or -1 with 55 %: mean 0.1, square 1, the textbook's 2p - 1 = 0.1.
    assert kelly_multiplier(0.1, 1.0, 0.1) == pytest.approx(1.0)
    assert kelly_multiplier(0.05, 1.0, 0.1) == pytest.approx(0.5)
    assert kelly_multiplier(0.5, 1.0, 0.1) == MAX_MULTIPLIER == 1.25
    assert kelly_multiplier(-0.5, 1.0, 0.1) == MIN_MULTIPLIER == 0.10


def test_kelly_is_where_growth_is_greatest() -> None:
    """Against the exact optimum of E log(1 + f R), for a small edge."""
    r, p = np.array([-1.0, 0.2, 1.0]), np.array([0.45, 0.08, 0.47])
    fractions = np.linspace(0.0, 0.2, 20_001)
    growth = (np.log1p(fractions[:, None] * r) * p).sum(axis=1)
    best = fractions[growth.argmax()]
    assert kelly_multiplier(float(r @ p), float(r**2 @ p), 0.05) == pytest.approx(best / 0.05, rel=0.02)


def test_compiled_equals_plain() -> None:
    r = np.random.Generator(np.random.PCG64(1)).normal(0.1, 1.0, 50)
    np.testing.assert_array_equal(kelly._states(r), plain(kelly._states)(r))
    for mean in (-0.1, 0.02, 0.3):
        assert kelly_multiplier(mean, 0.9, 0.1) == plain(kelly_multiplier)(mean, 0.9, 0.1)
