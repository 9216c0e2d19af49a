"""Skill against the base rate: its parts by hand, and intervals that know how labels overlap."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from novosky.evaluation.loss_skill import MOST_STRETCHES, in_stretches, loss_skill, pooled_skill


def moving_sums(n: int, life: int, seed: int) -> NDArray[np.float64]:
    """Sums of `life` neighbouring noises, as losses of labels that look `life` bars ahead; true mean 0."""
    noise = np.random.default_rng(seed).normal(size=n + life - 1)
    sums = np.concatenate(([0.0], np.cumsum(noise)))
    return np.asarray(sums[life:] - sums[:-life])


def test_skill_by_hand() -> None:
    own, base = np.array([1.0, 2.0, 3.0]), np.array([2.0, 2.0, 4.0])
    skill = loss_skill(own, base, np.arange(3), 2, 200, 0.9, 1)
    assert skill[:4] == pytest.approx((3, 2.0, 8 / 3, 2 / 3))
    assert skill.score == pytest.approx(1 - 2 / (8 / 3))
    assert skill.interval is None  # two stretches


def test_stretches_by_hand() -> None:
    """Bars 10..12 and 13..15, none in 16..18, 19 alone."""
    values = np.array([1.0, 2.0, 4.0, 8.0, 16.0])
    found = in_stretches(values, np.array([10, 12, 13, 15, 19]), 3)
    assert found.tolist() == [[3.0, 2.0], [12.0, 2.0], [16.0, 1.0]]


@pytest.mark.parametrize(("n", "life"), [(100, 7), (499, 1), (501, 1), (60_000, 24), (60_000, 240)])
def test_a_stretch_is_at_least_a_labels_life_and_there_are_not_too_many(n: int, life: int) -> None:
    found = in_stretches(np.ones(n), np.arange(n), life)
    assert len(found) <= MOST_STRETCHES
    assert (found[:-1, 1] >= life).all()
    assert found[:, 1].sum() == n


@pytest.mark.parametrize(("n", "life"), [(2_400, 24), (2_400, 96), (9_000, 24)])
def test_the_interval_of_overlapping_labels_holds_the_truth_about_as_often_as_it_says(n: int, life: int) -> None:
    """300 series of true mean 0; if rows were taken as independent the share would be about a quarter."""
    held, naive = 0, 0
    for seed in range(300):
        gain = moving_sums(n, life, seed)
        found = loss_skill(-gain, np.zeros(n), np.arange(n), life, 300, 0.9, seed).interval
        assert found is not None
        held += found.low <= 0.0 <= found.high
        naive += abs(gain.mean()) <= 1.645 * gain.std() / np.sqrt(n)
    assert 0.84 <= held / 300 <= 0.95
    assert naive / 300 < 0.40


def test_windows_together_are_one_series() -> None:
    own, base = moving_sums(1_200, 24, 1), moving_sums(1_200, 24, 2)
    whole = loss_skill(own, base, np.arange(1_200), 24, 300, 0.9, 5)
    parts = [loss_skill(own[part], base[part], np.arange(1_200)[part], 24, 300, 0.9, 5) for part in halves(480)]
    pooled = pooled_skill(parts, 300, 0.9, 5)
    assert pooled is not None
    assert np.array_equal(pooled.stretches, whole.stretches)
    assert pooled.interval == whole.interval
    assert pooled[:4] == pytest.approx(whole[:4])
    assert pooled_skill([], 300, 0.9, 5) is None


def halves(cut: int) -> tuple[slice, slice]:
    return slice(None, cut), slice(cut, None)


def test_what_does_not_vary_has_no_interval() -> None:
    same = loss_skill(np.ones(600), np.ones(600), np.arange(600), 24, 200, 0.9, 1)
    assert (same.skill, same.score, same.interval) == (0.0, 0.0, None)


def test_the_interval_lies_around_the_skill_and_on_its_side() -> None:
    gain = 0.5 + moving_sums(4_800, 24, 3) / 24**0.5
    better = loss_skill(1.0 - gain, np.ones(4_800), np.arange(4_800), 24, 300, 0.95, 1)
    worse = loss_skill(1.0 + gain, np.ones(4_800), np.arange(4_800), 24, 300, 0.95, 1)
    assert better.interval is not None
    assert worse.interval is not None
    assert 0.0 < better.interval.low < better.skill < better.interval.high
    assert worse.interval.low < worse.skill < worse.interval.high < 0.0
