"""The vote by hand: three voters, four decimals, every rule."""

from __future__ import annotations

import numpy as np
import pytest

from novosky.errors import NovoskyError
from novosky.execution.codes import LOW_CONFIDENCE, NO_VOTE, VERDICT_NAMES
from novosky.models.decision.vote import Opinion, judge, learned_threshold, vote
from support.signal_rows import prediction

# SELL, HOLD, BUY of three voters on six bars
BARS = np.array(
    [
        [[0.2, 0.3, 0.5], [0.3, 0.3, 0.4], [0.1, 0.3, 0.6]],  # all for BUY
        [[0.5, 0.3, 0.2], [0.4, 0.3, 0.3], [0.3, 0.3, 0.4]],  # two of three for SELL
        [[0.2, 0.6, 0.2], [0.3, 0.4, 0.3], [0.1, 0.8, 0.1]],  # nobody prefers a direction
        [[0.3, 0.3, 0.4], [0.4, 0.3, 0.3], [0.2, 0.6, 0.2]],  # one each, one neither
        [[0.1, 0.7, 0.2], [0.1, 0.6, 0.3], [0.1, 0.5, 0.4]],  # BUY over SELL, but HOLD over both
        [[0.8, 0.1, 0.1], [0.3, 0.3, 0.4], [0.3, 0.3, 0.4]],  # two lean to BUY, one is sure of SELL
    ]
).transpose(1, 0, 2)


def test_direction_asks_each_voter_for_buy_or_sell() -> None:
    opinion = vote(BARS, prediction())
    assert opinion.side.tolist() == [1, -1, 0, 0, 1, 1]
    np.testing.assert_allclose(opinion.confidence, [0.5, 0.4, 0.0, 0.0, 0.3, 0.3])
    # lead over the opposite side
    np.testing.assert_allclose(opinion.gap, [0.5 - 0.2, 0.4 - 0.3, 0, 0, 0.3 - 0.1, 0.3 - 1.4 / 3])


def test_majority_lets_voters_hold() -> None:
    opinion = vote(BARS, prediction(vote="majority"))
    assert opinion.side.tolist() == [1, -1, 0, 0, 0, 1]
    # lead over the best other class, HOLD among them
    np.testing.assert_allclose(opinion.gap, [0.5 - 0.3, 0.4 - 0.3, 0, 0, 0, 0.3 - 1.4 / 3], atol=1e-15)


def test_vote_share_is_the_share_that_agrees() -> None:
    opinion = vote(BARS, prediction(confidence="vote_share"))
    np.testing.assert_allclose(opinion.confidence, [1, 2 / 3, 0, 0, 1, 2 / 3])


@pytest.mark.parametrize(
    ("least", "sides"), [(0.3, [1, -1, 0, 0, 1, 1]), (0.67, [1, 0, 0, 0, 1, 0]), (2 / 3, [1, 0, 0, 0, 1, 0])]
)
def test_agreement_must_exceed_the_least_share(least: float, sides: list[int]) -> None:
    assert vote(BARS, prediction(min_agreement=least)).side.tolist() == sides


def test_a_voter_alone_decides() -> None:
    assert vote(BARS[2:], prediction()).side.tolist() == [1, 1, 0, 0, 1, 1]


def test_verdicts_name_the_first_reason() -> None:
    opinion = Opinion(
        np.array([0, 1, -1, 1, 1], np.int8), np.array([0, 0.5, 0.6, 0.7, 0.8]), np.array([0, 0.0, 0.05, 0.05, 0.2])
    )
    by_quantile = judge(opinion, prediction(min_probability_diff=0.1), 0.6)
    assert [VERDICT_NAMES[code] for code in by_quantile.verdict] == [
        "no_vote",
        "low_confidence",
        "low_confidence",  # the quantile must be exceeded
        "low_probability_gap",
        "opened",
    ]
    assert by_quantile.passed.tolist() == [False, False, False, False, True]
    absolute = judge(opinion, prediction(rule="original", confidence_threshold=0.6), np.inf)
    assert absolute.verdict.tolist() == [
        NO_VOTE,
        LOW_CONFIDENCE,
        0,
        0,
        0,
    ]  # the threshold must be reached


def test_the_quantile_is_that_of_rows_with_a_side() -> None:
    opinion = Opinion(np.array([0, 1, -1, 1, 0, 1], np.int8), np.array([0.0, 0.4, 0.5, 0.6, 0.0, 0.7]), np.zeros(6))
    assert learned_threshold(opinion, prediction(confidence_quantile=0.5)) == pytest.approx(0.55)
    nobody = Opinion(np.zeros(2, np.int8), np.zeros(2), np.zeros(2))
    assert learned_threshold(nobody, prediction()) == np.inf


def test_nan_is_refused() -> None:
    broken = BARS.copy()
    broken[1, 2, 0] = np.nan
    with pytest.raises(NovoskyError, match="finite probabilities"):
        vote(broken, prediction())
