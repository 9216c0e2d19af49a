"""Trades by confidence: buckets by hand, ties that stay together, promises, top against bottom."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from novosky.evaluation.confidence import (
    LEAST_TRADES,
    MOST_BUCKETS,
    Promises,
    bucket_edges,
    buckets,
    members,
    promises,
    top_minus_bottom,
)


def nothing_promised(n: int) -> Promises:
    return Promises(*np.full((3, n), np.nan))


@pytest.mark.parametrize(
    ("trades", "edges"),
    [
        (19, []),
        (20, [0, 20]),
        (39, [0, 39]),
        (40, [0, 20, 40]),
        (500, [*range(0, 501, 100)]),
    ],
)
def test_buckets_of_equal_count(trades: int, edges: list[int]) -> None:
    assert bucket_edges(np.arange(trades) / trades).tolist() == edges


def test_equal_confidences_stay_together() -> None:
    shares = np.repeat([2 / 3, 1.0], [30, 90])
    assert bucket_edges(shares).tolist() == [0, 30, 120]
    assert bucket_edges(np.ones(200)).tolist() == [0, 200]
    assert bucket_edges(np.repeat([0.6, 1.0], [5, 195])).tolist() == [0, 200]  # five alone would be too few


@given(st.lists(st.integers(0, 12), max_size=160))
@settings(max_examples=60, deadline=None)
def test_every_trade_is_in_one_bucket_and_buckets_rise(drawn: list[int]) -> None:
    confidence = np.array(drawn) / 12.0
    parts = members(confidence)
    assert len(parts) <= MOST_BUCKETS
    assert all(len(part) >= LEAST_TRADES for part in parts)
    if len(drawn) < LEAST_TRADES:
        assert parts == []
        return
    assert sorted(np.concatenate(parts)) == list(range(len(drawn)))
    assert all((np.diff(part) > 0).all() for part in parts)  # in order of exit
    for below, above in pairwise(parts):
        assert confidence[below].max() < confidence[above].min()


def test_promises_by_hand() -> None:
    """Target 2 R: half the time it is reached, three in ten lose, two in ten neither."""
    found = promises(np.array([0.5]), np.array([0.3]), np.array([2.0]))
    assert [column[0] for column in found] == pytest.approx([0.5, 0.5 * 2 - 0.5, 0.5 * 2 - 0.3])


def test_a_bucket_by_hand() -> None:
    confidence = np.tile([0.4, 0.6], 20)
    r = np.tile([-1.0, 2.0, -1.0, -1.0], 10)
    promised = promises(confidence, 1.0 - confidence, np.full(40, 2.0))
    low, high = buckets(confidence, 10.0 * r, r, promised, 200, 0.9, 1)
    assert low[:5] == (0.4, 0.4, 20, 0.0, -1.0)
    assert low.mean_r_interval is None
    assert high[:5] == (0.6, 0.6, 20, 0.5, 0.5)
    assert high.mean_r_interval is not None
    assert high[6:] == pytest.approx((0.6, 0.8, 0.8))
    assert buckets(confidence, r, r, nothing_promised(40), 200, 0.9, 1)[0][6:] == (None, None, None)


def test_top_against_bottom() -> None:
    random = np.random.default_rng(4)
    confidence = random.random(400)
    r = random.normal(size=400)
    surest = confidence >= np.sort(confidence)[320]
    difference, bounds = top_minus_bottom(confidence, r + 2.0 * surest, 300, 0.9, 1)
    order = np.argsort(confidence)
    assert difference == pytest.approx((r + 2.0)[order[320:]].mean() - r[order[:80]].mean())
    assert bounds is not None
    assert 0.0 < bounds.low < difference < bounds.high
    assert top_minus_bottom(np.ones(400), r, 300, 0.9, 1) == (None, None)
    assert top_minus_bottom(confidence[:10], r[:10], 300, 0.9, 1) == (None, None)


def test_the_interval_of_the_difference_holds_the_truth_about_as_often_as_it_says() -> None:
    """300 series of 200 trades whose good and bad times change slowly and whose confidence says nothing."""
    held = 0
    for seed in range(300):
        random = np.random.default_rng(seed)
        good_times = np.convolve(random.normal(size=209), np.ones(10) / 10**0.5, "valid")
        r = np.where(random.random(200) < 0.4, 1.5, -1.0) + 0.5 * good_times
        _, bounds = top_minus_bottom(random.random(200), r, 300, 0.9, seed)
        assert bounds is not None
        held += bounds.low <= 0.0 <= bounds.high
    assert 0.84 <= held / 300 <= 0.95
