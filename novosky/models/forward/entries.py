"""The out-of-fold signals that the later stages learn from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from novosky.config.schema.learning import PredictionConfig, TradesConfig
from novosky.market.bars import Floats, Ints
from novosky.models.classes import Flags
from novosky.models.decision.vote import NONE, Sides
from novosky.models.forward.training_rows import check_forward
from novosky.models.stages.signal import SignalModel


@dataclass(frozen=True, slots=True)
class OutOfFoldEntries:
    """Bars at whose close an out-of-fold signal has a side, in time order; every array has shape (n,).

    `trades` marks those whose confidence passes the quantile of the blocks before; `seen_to` is the last bar that
    anything behind the signal saw.
    """

    bar: Ints
    side: Sides
    probability: Floats
    seen_to: Ints
    trades: Flags

    def some(self, chosen: Flags | Ints) -> OutOfFoldEntries:
        """The rows marked, or at the places given."""
        return OutOfFoldEntries(*(getattr(self, name)[chosen] for name in self.__slots__))


def vote_settings(trades: TradesConfig) -> PredictionConfig:
    """The vote that the later stages learn from, whatever a trader chooses later."""
    return PredictionConfig(
        rule="quantile",
        vote=trades.vote,
        confidence=trades.confidence,
        min_agreement=trades.min_agreement,
        confidence_quantile=trades.confidence_quantile,
        exit_threshold=trades.exit_threshold,
        min_bars_held=trades.min_bars_held,
    )


def out_of_fold_entries(signal: SignalModel, settings: TradesConfig, embargo_bars: int) -> OutOfFoldEntries:
    """Every out-of-fold signal with a side; refuses one whose models have seen its own bar."""
    forward = signal.decide_out_of_fold(vote_settings(settings))
    check_forward(forward.bar, forward.seen_to, embargo_bars)
    sided = forward.votes.side != NONE
    return OutOfFoldEntries(
        np.ascontiguousarray(forward.bar[sided]),
        np.ascontiguousarray(forward.votes.side[sided]),
        np.ascontiguousarray(forward.votes.confidence[sided]),
        np.ascontiguousarray(forward.seen_to[sided]),
        np.ascontiguousarray(forward.votes.passed[sided]),
    )
