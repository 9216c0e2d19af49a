"""Resamples, standard errors and intervals: against slow copies, theory, and strategies whose truth is known."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from novosky.config.schema.trading import ScoreConfig
from novosky.evaluation.bootstrap import draw_resample, mean_block, percentile_interval, stationary_indices
from novosky.evaluation.day_resamples import TALLIES, _walk, drawdown_interval, score_interval
from novosky.evaluation.long_run import standard_error, waves_of
from novosky.evaluation.metrics import max_drawdown
from novosky.evaluation.score import score
from novosky.evaluation.studentised import FUNCTIONS, _moments, studentised_interval
from support.plain import plain


def generator(seed: int) -> np.random.Generator:
    return np.random.Generator(np.random.PCG64(seed))


def drawn(seed: int, n: int, length: int, block: float, samples: int) -> list[tuple[np.ndarray, np.ndarray]]:
    """Resamples one after the other, as the kernels draw them."""
    random, out = generator(seed), []
    for _ in range(samples):
        index, begins = np.empty(length, np.int64), np.empty(length, np.bool_)
        draw_resample(random, n, block, index, begins)
        out.append((index, begins))
    return out


def autoregressive(seed: int, n: int, coefficient: float) -> np.ndarray:
    noise = generator(seed).normal(size=n + 200)
    x = np.empty(n + 200)
    x[0] = noise[0]
    for i in range(1, n + 200):
        x[i] = coefficient * x[i - 1] + noise[i]
    return x[200:]


def test_blocks_have_the_asked_mean_length_and_wrap() -> None:
    index = stationary_indices(1000, 50, 8.0, seed=3)
    jumps = (np.diff(index, axis=1) % 1000 != 1).mean()
    assert 1 / jumps == pytest.approx(8.0, rel=0.05)
    assert (index.min(), index.max()) == (0, 999)
    np.testing.assert_array_equal(index, stationary_indices(1000, 50, 8.0, seed=3))
    assert (np.diff(index, axis=1) == -999).any()


@settings(max_examples=50, deadline=None)
@given(n=st.integers(1, 40), length=st.integers(1, 60), block=st.floats(1.0, 10.0), seed=st.integers(0, 999))
def test_any_resample_goes_on_inside_its_blocks(n: int, length: int, block: float, seed: int) -> None:
    ((index, begins),) = drawn(seed, n, length, block, 1)
    assert begins[0]
    assert ((index >= 0) & (index < n)).all()
    goes_on = ~begins[1:]
    np.testing.assert_array_equal(index[1:][goes_on], (index[:-1][goes_on] + 1) % n)


def test_blocks_of_one_draw_every_row_alike() -> None:
    counts = np.bincount(stationary_indices(10, 20_000, 1.0, seed=1).ravel(), minlength=10)
    assert counts / 20_000 == pytest.approx(np.ones(10), abs=0.05)


def test_percentiles_occurred_and_nothing_has_none() -> None:
    assert percentile_interval(np.arange(101.0), 0.9) == (5.0, 95.0)
    assert percentile_interval(np.array([np.nan, 1.0, np.inf]), 0.9) == (1.0, np.inf)
    assert np.isnan(percentile_interval(np.array([np.nan]), 0.9)).all()


def test_waves_are_orthogonal_and_see_no_mean() -> None:
    waves = waves_of(50)
    assert waves.shape == (50, 5)  # 0.4 * 50^(2/3) = 5.4
    np.testing.assert_allclose(waves.sum(axis=0), 0.0, atol=1e-9)
    np.testing.assert_allclose(waves.T @ waves, 50**2 * np.eye(5), atol=1e-8)
    assert [waves_of(n).shape[1] for n in (3, 5, 255, 30_000)] == [2, 4, 16, 64]


def test_standard_error_by_hand() -> None:
    """Two terms, one wave: cos(pi / 4) = -cos(3 pi / 4), so 1 and 3 have (1 - 3) / 2."""
    assert standard_error(np.array([1.0, 3.0])) == pytest.approx(1.0)
    assert standard_error(np.full(50, 0.1)) == 0.0


@pytest.mark.parametrize("coefficient", [-0.4, 0.0, 0.3, 0.7])
def test_standard_error_of_an_autoregression_is_its_closed_form(coefficient: float) -> None:
    """Long-run standard deviation of x[t] = a x[t - 1] + e[t]: 1 / (1 - a)."""
    squares = [standard_error(autoregressive(k, 4000, coefficient)) ** 2 for k in range(100)]
    assert np.sqrt(np.mean(squares) * 4000) * (1 - coefficient) == pytest.approx(1.0, abs=0.03)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_gradients_are_those_of_the_values(name: str) -> None:
    means = np.array([[0.3, 1.2], [0.7, 0.9], [1.1, 4.0]])
    value, gradient = FUNCTIONS[name](means)
    for column in (0, 1):
        step = np.zeros(2)
        step[column] = 1e-6
        slope = (FUNCTIONS[name](means + step).value - FUNCTIONS[name](means - step).value) / 2e-6
        assert gradient[:, column] == pytest.approx(slope, rel=1e-6, abs=1e-9)
    assert np.isfinite(value).all()


def test_sharpe_terms_have_the_variance_of_mertens() -> None:
    """1 - skewness SR + (kurtosis - 1) / 4 SR^2, exact for the sample's own moments."""
    x = generator(4).exponential(size=300) - 0.8
    columns = np.stack((x, x**2), axis=1)
    _, gradient = FUNCTIONS["sharpe"](columns.mean(axis=0)[None, :])
    terms = (columns - columns.mean(axis=0)) @ gradient[0]
    z = (x - x.mean()) / x.std()
    ratio = x.mean() / x.std()
    assert terms.var() == pytest.approx(1 - (z**3).mean() * ratio + ((z**4).mean() - 1) / 4 * ratio**2)


def test_moments_are_those_of_the_resamples_and_their_waves() -> None:
    columns = generator(1).normal(size=(40, 2))
    waves, means, spread = waves_of(40), np.empty((30, 2)), np.empty((30, 3))
    _moments(generator(9), columns, waves, 3.0, means, spread)
    for k, (index, _) in enumerate(drawn(9, 40, 40, 3.0, 30)):
        rows = columns[index]
        assert means[k] == pytest.approx(rows.mean(axis=0))
        errors = [standard_error(rows @ np.array(one)) ** 2 for one in ((1, 0), (0, 1), (1, 1))]
        assert spread[k, [0, 2]] == pytest.approx(errors[:2])
        assert spread[k].sum() + spread[k, 1] == pytest.approx(errors[2])
    again = np.empty((30, 2)), np.empty((30, 3))
    plain(_moments)(generator(9), columns, waves, 3.0, *again)
    np.testing.assert_allclose(again[0], means, rtol=1e-13)
    np.testing.assert_allclose(again[1], spread, rtol=1e-12)


def test_interval_of_a_profit_factor_is_that_of_a_slow_copy() -> None:
    """Skewed, so that an interval laid the wrong way round would be another one."""
    columns = np.stack((generator(6).exponential(size=60) ** 2, 1.0 + generator(7).random(60)), axis=1)

    def logarithm(rows: np.ndarray) -> tuple[float, float]:
        top, bottom = rows.mean(axis=0)
        return np.log(top / bottom), standard_error(rows[:, 0] / top - rows[:, 1] / bottom)

    value, error = logarithm(columns)
    errors = [logarithm(columns[index]) for index, _ in drawn(8, 60, 60, mean_block(60), 400)]
    ratios = percentile_interval(np.array([(one - value) / own for one, own in errors]), 0.9)
    expected = (value - error * ratios.high, value - error * ratios.low)
    assert studentised_interval(columns, "log_ratio", 400, 0.9, 8) == pytest.approx(expected)
    assert abs(ratios.high + ratios.low) > 0.1


def test_interval_of_independent_trades_agrees_with_theory() -> None:
    r = generator(5).normal(0.1, 1.0, 900)
    low, high = studentised_interval(np.stack((r, r), axis=1), "mean", 4000, 0.95, seed=1)
    half = 1.96 * r.std() / 30
    assert low == pytest.approx(r.mean() - half, abs=0.02)
    assert high == pytest.approx(r.mean() + half, abs=0.02)


def test_interval_knows_dependence_of_any_length() -> None:
    """Percentiles of short blocks see too little of it: the truth is sqrt(1.8 / 0.2) = 3 times the independent one."""
    x = autoregressive(2, 3000, 0.8)
    low, high = studentised_interval(np.stack((x, x), axis=1), "mean", 2000, 0.90, seed=1)
    assert (high - low) / (2 * 1.645 * x.std() / np.sqrt(3000)) == pytest.approx(3.0, rel=0.25)


@pytest.mark.parametrize("repeat", [0.0, 0.3])
def test_intervals_hold_the_truth_about_as_often_as_they_say(repeat: float) -> None:
    """A small sample of the campaign: 200 strategies of 250 brackets; binomial standard error 2.1 %."""
    held = 0
    for k in range(200):
        random = generator(k)
        r = np.where(random.random(250) < 0.43, 1.5, -1.0)
        r = r[np.maximum.accumulate(np.where(random.random(250) >= repeat, np.arange(250), 0))]
        low, high = studentised_interval(np.stack((r, r), axis=1), "mean", 300, 0.90, seed=k)
        held += low <= 0.43 * 1.5 - 0.57 <= high
    assert 168 <= held <= 192


def test_what_has_no_error_has_no_interval() -> None:
    few = np.ones((4, 2))
    assert studentised_interval(few, "mean", 100, 0.9, 1) is None
    assert studentised_interval(np.ones((50, 2)), "mean", 100, 0.9, 1) is None
    no_loss = np.stack((np.arange(1.0, 21.0), np.zeros(20)), axis=1)
    assert studentised_interval(no_loss, "log_ratio", 100, 0.9, 1) is None


def test_one_loss_leaves_both_sides_open() -> None:
    """Many resamples hold no loss at all, and then nothing bounds the factor."""
    one_loss = np.stack((np.ones(20), np.zeros(20)), axis=1)
    one_loss[7] = (0.0, 1.0)
    assert studentised_interval(one_loss, "log_ratio", 1000, 0.9, 1) == (-np.inf, np.inf)


def test_drawdown_and_score_of_resampled_days_are_those_of_a_slow_copy() -> None:
    random = generator(3)
    counts = random.integers(0, 4, 60)
    day = np.repeat(np.arange(60), counts)
    net = np.where(random.random(len(day)) < 0.45, 15.0, -10.0)
    daily = np.bincount(day, net, 60) / 1000.0
    rules = ScoreConfig(min_trades=5)
    drawdowns, scores = [], []
    for index, _ in drawn(7, 60, 60, mean_block(60), 200):
        trades = np.concatenate([net[day == d] for d in index])
        drawdowns.append(max_drawdown(np.cumprod(1 + daily[index]), 1.0))
        won, lost = trades[trades > 0].sum(), -trades[trades < 0].sum()
        scores.append(score(len(trades), (trades > 0).mean(), won, lost, drawdowns[-1], rules).value)
    assert drawdown_interval(daily, 200, 0.9, 7) == pytest.approx(percentile_interval(np.array(drawdowns), 0.9))
    expected = percentile_interval(np.array(scores), 0.9)
    assert score_interval(daily, net, day, rules, 200, 0.9, 7) == pytest.approx(expected)
    assert drawdown_interval(daily[:1], 200, 0.9, 7) is None
    assert score_interval(daily, net[:0], day[:0], rules, 200, 0.9, 7) is None


def test_walk_compiled_and_plain_are_the_same_bits() -> None:
    daily, tallies = generator(1).normal(0, 0.01, 50), generator(2).random((50, TALLIES))
    found = []
    for kernel in (_walk, plain(_walk)):
        out = np.zeros((20, TALLIES + 1))
        kernel(generator(5), 4.0, daily, tallies, out)
        found.append(out.tobytes())
    assert found[0] == found[1]
