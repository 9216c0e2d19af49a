"""Gains in R and their bounds: by hand, their level where there is no gain, and their power where there is one."""

from __future__ import annotations

import numpy as np
import pytest

from novosky.models.forward.gain import paired_gain, weighted_gain


def test_paired_by_hand() -> None:
    gain = paired_gain(np.array([1.0, 0.5, -1.0]), np.array([0.5, 0.0, -1.5]), 1, seed=1)
    assert gain.rows == 3
    assert (gain.r, gain.plain_r) == pytest.approx((1 / 6, -1 / 3))
    assert (gain.difference, gain.low, gain.high) == pytest.approx((0.5, 0.5, 0.5))
    assert gain.found
    assert gain.to_json()["found"] is True


def test_weighted_by_hand() -> None:
    gain = weighted_gain(np.array([1.0, -1.0, 2.0]), np.array([1.0, 0.1, 0.5]), 1, seed=1)
    assert gain.r == pytest.approx((1.0 - 0.1 + 1.0) / 1.6)
    assert gain.plain_r == pytest.approx(2 / 3)
    assert gain.difference == pytest.approx(gain.r - 2 / 3)


def test_equal_sizes_and_equal_choices_are_no_gain() -> None:
    r = np.random.Generator(np.random.PCG64(2)).normal(0.3, 1.0, 200)
    equal = weighted_gain(r, np.full(200, 0.1), 5, seed=1)
    assert (equal.difference, equal.low, equal.high) == pytest.approx((0.0, 0.0, 0.0), abs=1e-12)
    assert not equal.found
    same = paired_gain(r, r.copy(), 5, seed=1)
    assert (same.difference, same.low, same.high) == (0.0, 0.0, 0.0)
    assert not same.found


def recent_mean(r: np.ndarray) -> np.ndarray:
    """Sizes that follow the mean of the last five trades, as the risk stage's do."""
    before = np.concatenate([np.zeros(5), np.convolve(r, np.ones(5) / 5, mode="valid")[:-1]])
    return np.clip(0.5 + before, 0.1, 1.25)


def test_sizes_that_follow_a_fair_coin_are_seldom_said_to_gain() -> None:
    """At 95 %, about 5 in 100."""
    found = 0
    for seed in range(200):
        r = np.random.Generator(np.random.PCG64(seed)).choice(np.array([-1.0, 1.0]), 400)
        found += weighted_gain(r, recent_mean(r), 5, seed=seed).found
    assert found / 200 < 0.10


def test_sizes_that_follow_streaks_are_said_to_gain() -> None:
    random = np.random.Generator(np.random.PCG64(3))
    odds = np.where((np.arange(800) // 50) % 2 == 0, 0.75, 0.35)
    r = np.where(random.random(800) < odds, 1.0, -1.0)
    gain = weighted_gain(r, recent_mean(r), 5, seed=1)
    assert gain.found
    assert gain.difference > 0.1


def test_overlapping_rows_are_no_proof() -> None:
    """Twenty trades that share a path are one: row by row, chance would be said to gain in a third of the cases."""
    overlapped = rowwise = 0
    for seed in range(200):
        noise = np.random.Generator(np.random.PCG64(seed)).normal(size=1019)
        r = np.convolve(noise, np.ones(20) / np.sqrt(20), mode="valid")
        overlapped += paired_gain(r, np.zeros(1000), 20, seed=seed).found
        rowwise += r.mean() > 1.645 * r.std() / np.sqrt(1000)
    assert overlapped / 200 < 0.12
    assert rowwise / 200 > 0.25
