"""What no vote may break, whatever the probabilities."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from novosky.config.schema.learning import PredictionConfig
from novosky.models.decision.vote import judge, learned_threshold, vote
from support.signal_rows import prediction

# sixteenths add up exactly, so that ties are ties and orders of summation do not matter
TABLES = st.tuples(st.integers(1, 5), st.integers(1, 12)).flatmap(
    lambda shape: arrays(np.float64, (*shape, 3), elements=st.integers(0, 16).map(lambda i: i / 16))
)
SETTINGS = st.builds(
    prediction,
    vote=st.sampled_from(["direction", "majority"]),
    confidence=st.sampled_from(["mean_probability", "vote_share"]),
    rule=st.sampled_from(["quantile", "original"]),
    min_agreement=st.sampled_from([0.0, 0.3, 0.5, 0.67, 0.9]),
    confidence_quantile=st.floats(0.05, 0.95),
    min_probability_diff=st.sampled_from([0.0, 0.1]),
)


@given(TABLES, SETTINGS)
def test_buy_and_sell_are_symmetric(table: np.ndarray, settings: PredictionConfig) -> None:
    there, back = vote(table, settings), vote(table[:, :, ::-1], settings)
    assert np.array_equal(back.side, -there.side)
    assert np.array_equal(back.confidence, there.confidence)
    assert np.array_equal(back.gap, there.gap)


@given(TABLES, SETTINGS, st.randoms(use_true_random=False))
def test_the_order_of_voters_does_not_matter(table: np.ndarray, settings: PredictionConfig, random: object) -> None:
    order = list(range(len(table)))
    random.shuffle(order)  # type: ignore[attr-defined]
    there, other = vote(table, settings), vote(table[order], settings)
    assert np.array_equal(other.side, there.side)
    np.testing.assert_allclose(other.confidence, there.confidence, atol=1e-15)
    np.testing.assert_allclose(other.gap, there.gap, atol=1e-15)


@given(TABLES, SETTINGS)
def test_a_side_has_enough_voters_and_a_bar_is_judged_alone(table: np.ndarray, settings: PredictionConfig) -> None:
    opinion = vote(table, settings)
    leaning = np.sign(table[:, :, 2] - table[:, :, 0])
    agree = (leaning == opinion.side).mean(axis=0)
    voted = opinion.side != 0
    assert np.all(agree[voted] > settings.min_agreement)
    assert np.all((opinion.confidence >= 0) & (opinion.confidence <= 1))
    assert not opinion.confidence[~voted].any()
    for i in range(table.shape[1]):
        alone = vote(table[:, i : i + 1], settings)
        assert (alone.side[0], alone.confidence[0], alone.gap[0]) == (
            opinion.side[i],
            opinion.confidence[i],
            opinion.gap[i],
        )


@given(TABLES, SETTINGS)
def test_at_most_the_stated_share_exceeds_its_quantile(table: np.ndarray, settings: PredictionConfig) -> None:
    opinion = vote(table, settings)
    settings.rule = "quantile"
    votes = judge(opinion, settings, learned_threshold(opinion, settings))
    voted = int((opinion.side != 0).sum())
    assert votes.passed.sum() <= (1 - settings.confidence_quantile) * max(voted - 1, 0) + 1
    assert not votes.passed[opinion.side == 0].any()
