"""The vote: calibrated probabilities of the voters become a side, a confidence and a gap.

Directions are symmetric: exchanging SELL and BUY in the input turns the side round and changes nothing else.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from novosky.config.schema.learning import PredictionConfig
from novosky.errors import NovoskyError
from novosky.execution.codes import LOW_CONFIDENCE, LOW_PROBABILITY_GAP, NO_VOTE, OPENED
from novosky.market.bars import Floats
from novosky.models.classes import BUY, HOLD, SELL, Flags

LONG, NONE, SHORT = 1, 0, -1

Sides = NDArray[np.int8]


class Opinion(NamedTuple):
    """What the voters say together, one row a bar; where `side` is 0, `confidence` and `gap` are 0."""

    side: Sides  # +1 BUY, -1 SELL, 0 none
    confidence: Floats  # mean probability of the side over all voters, or the share of voters that agree
    gap: Floats  # lead of the side's mean probability, see `lead`


class Votes(NamedTuple):
    """An opinion with the thresholds' verdict on it, a code of `execution.codes`."""

    side: Sides
    confidence: Floats
    gap: Floats
    verdict: NDArray[np.int16]

    @property
    def passed(self) -> Flags:
        """Rows that may trade."""
        passed: Flags = self.verdict == OPENED
        return passed


def vote(probabilities: Floats, settings: PredictionConfig) -> Opinion:
    """The opinion of voters with calibrated `probabilities` (voters, n, 3), columns SELL, HOLD, BUY."""
    if not np.isfinite(probabilities).all():
        raise NovoskyError("vote: expected finite probabilities, found NaN or infinity in those of a voter")
    sell, hold, buy = (probabilities[:, :, k] for k in (SELL, HOLD, BUY))
    if settings.vote == "direction":
        for_buy, for_sell = buy > sell, sell > buy
    else:
        for_buy, for_sell = buy > np.maximum(sell, hold), sell > np.maximum(buy, hold)
    side, share = _agreement(for_buy, for_sell, settings)
    mean = probabilities.mean(axis=0)
    own = np.where(side == LONG, mean[:, BUY], mean[:, SELL])
    confidence = own if settings.confidence == "mean_probability" else share
    voted = side != NONE
    gap = own - _next_best(mean, side, settings)
    return Opinion(side, np.where(voted, confidence, 0.0), np.where(voted, gap, 0.0))


def _agreement(for_buy: Flags, for_sell: Flags, settings: PredictionConfig) -> tuple[Sides, Floats]:
    """The side with more voters than the other (and, by majority, than HOLD), if its share exceeds the least one."""
    n_voters = len(for_buy)
    buys, sells = for_buy.sum(axis=0), for_sell.sum(axis=0)
    holds = n_voters - buys - sells if settings.vote == "majority" else np.zeros_like(buys)
    share = np.maximum(buys, sells) / n_voters
    agreed = share > settings.min_agreement
    side = np.zeros(len(buys), dtype=np.int8)
    side[agreed & (buys > np.maximum(sells, holds))] = LONG
    side[agreed & (sells > np.maximum(buys, holds))] = SHORT
    return side, share


def _next_best(mean: Floats, side: Sides, settings: PredictionConfig) -> Floats:
    """Mean probability that the side must lead: of the opposite side (direction) or the best other class (majority)."""
    opposite = np.where(side == LONG, mean[:, SELL], mean[:, BUY])
    return opposite if settings.vote == "direction" else np.maximum(opposite, mean[:, HOLD])


def learned_threshold(opinion: Opinion, settings: PredictionConfig) -> float:
    """The quantile of confidence over the rows that have a side; +inf when none has one, so that nothing trades."""
    confidence = opinion.confidence[opinion.side != NONE]
    return float(np.quantile(confidence, settings.confidence_quantile)) if len(confidence) else np.inf


def judge(opinion: Opinion, settings: PredictionConfig, threshold: float | Floats) -> Votes:
    """The verdict on each row; `threshold` (one, or one a row) is the learned quantile, unused by `rule=original`.

    The quantile must be exceeded, so that at most the stated share of rows trades even where confidences tie; the
    original's absolute threshold must be reached.
    """
    side, confidence, gap = opinion
    sure = confidence > threshold if settings.rule == "quantile" else confidence >= settings.confidence_threshold
    verdict = np.full(len(side), OPENED, dtype=np.int16)
    verdict[gap < settings.min_probability_diff] = LOW_PROBABILITY_GAP
    verdict[~sure] = LOW_CONFIDENCE
    verdict[side == NONE] = NO_VOTE
    return Votes(side, confidence, gap, verdict)
