"""Voters with and without skill, and the block bootstrap that tells them apart."""

from __future__ import annotations

import numpy as np

from novosky.models.forward.skill import LIVES_PER_BLOCK, RESAMPLES, block_means, compare, judge_voter, voter_set

LIFE = 20


def overlapping(n: int, seed: int) -> np.ndarray:
    """A mean-zero series in which neighbours share `LIFE` terms, as rows with overlapping labels do."""
    noise = np.random.Generator(np.random.PCG64(seed)).normal(size=n + LIFE - 1)
    return np.convolve(noise, np.ones(LIFE) / np.sqrt(LIFE), mode="valid")


def test_comparison_by_hand() -> None:
    result = compare(np.array([0.5, 0.7, 0.9]), np.array([1.0, 1.0, 1.0]), 1, 0.95, seed=1)
    assert result.rows == 3
    assert np.isclose(result.log_loss, 0.7)
    assert result.base_log_loss == 1.0
    assert np.isclose(result.difference, -0.3)
    assert result.low <= result.difference <= result.high < 0


def test_block_means_of_a_whole_circle_are_the_mean() -> None:
    """A block as long as the series is the series, wherever it starts."""
    means = block_means(np.arange(7.0), 7, seed=3)
    assert len(means) == RESAMPLES
    np.testing.assert_allclose(means, 3.0)


def test_bound_holds_its_level_on_overlapping_rows() -> None:
    """No skill and no harm: the 95 % bound should lie below 0 about 5 times in 100; row by row it would far oftener."""
    trials, n = 300, 2000
    zero = np.zeros(n)
    blocks = sum(compare(overlapping(n, s), zero, LIFE, 0.95, seed=s).high < 0 for s in range(trials))
    assert 0.02 < blocks / trials < 0.11
    rowwise = 0
    for s in range(trials):
        series = overlapping(n, s)
        rowwise += series.mean() + 1.645 * series.std() / np.sqrt(n) < 0
    assert rowwise / trials > 0.25
    assert n > 10 * LIVES_PER_BLOCK * LIFE


def test_planted_skill_is_kept_and_noise_dropped() -> None:
    random = np.random.Generator(np.random.PCG64(5))
    n = 3000
    y = random.integers(0, 3, n).astype(np.int8)
    base = np.full((n, 3), 1 / 3)
    knows = np.full((n, 3), 0.3)
    knows[np.arange(n), y] = 0.4
    guesses = random.dirichlet([20, 20, 20], n)
    skilled = judge_voter("knows", knows, y, base, LIFE, 0.95, seed=1)
    noisy = judge_voter("guesses", guesses, y, base, LIFE, 0.95, seed=1)
    assert skilled.kept
    assert skilled.accuracy == 1.0
    assert np.isclose(skilled.classes.log_loss, -np.log(0.4))
    assert np.isclose(skilled.direction.log_loss, -np.log(0.4 / 0.7))
    assert np.isclose(skilled.brier, 0.6**2 + 2 * 0.3**2)
    assert not noisy.kept
    assert "not below 0" in noisy.reason
    kept, none_skilled = voter_set([skilled, noisy])
    assert kept.tolist() == [True, False]
    assert not none_skilled


def test_without_any_skill_all_stay_and_it_is_said() -> None:
    y = np.tile(np.array([0, 1, 2], np.int8), 300)
    base = np.full((900, 3), 1 / 3)
    same = judge_voter("base rate itself", base, y, base, LIFE, 0.95, seed=1)
    assert not same.kept
    kept, none_skilled = voter_set([same, same])
    assert kept.tolist() == [True, True]
    assert none_skilled
