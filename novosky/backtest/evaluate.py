"""A model set on one window: predictions, decisions, trades, figures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from novosky.backtest.confidence_block import confidence_block
from novosky.backtest.inputs import contract_of
from novosky.backtest.judge import Judged, Market, judge
from novosky.backtest.knowledge import VoterOnWindow, mean_vote, voters_on_window
from novosky.backtest.prepare import Prepared
from novosky.backtest.window_chain import TRAIN_OOF, Traded, first_block, trade_window
from novosky.config.schema import Config
from novosky.errors import WindowError
from novosky.evaluation.windows import Window, check_unseen
from novosky.models.bundle.bundle import Bundle
from novosky.models.revision.promoted import PROMOTED


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What a window gave, and how well the voters knew it."""

    judged: Judged
    voters: Mapping[str, VoterOnWindow]  # the vote first; empty where the probabilities are out of fold
    confidence: Mapping[str, Any]  # `confidence_buckets` of the result
    threshold: float | None  # confidence to exceed; None where each block has its own
    wishes: NDArray[np.int8]  # of the position model at each close of the window
    start_balance: float


def refuse_closed(config: Config) -> None:
    """Refuse the windows that this evaluation may not name, before any work is done."""
    if config.window == "train":
        raise WindowError(
            "window=train: the models have learned these bars, so a result on them means nothing; "
            "window=train_oof judges their out-of-fold predictions there"
        )
    if config.window == "holdout" and (config.mode, config.models) != ("backtest", PROMOTED):
        raise WindowError(
            f"window=holdout: closed; it is opened only on a promoted set, found models={config.models} with "
            f"mode={config.mode}: run.py mode=promote, then mode=backtest window=holdout models=promoted; until then "
            "judge on window=sweep"
        )


def choose_window(config: Config, prepared: Prepared, bundle: Bundle) -> Window:
    """The bars that `window=` names; refuses those that may not be judged."""
    name = config.window
    refuse_closed(config)
    if name == TRAIN_OOF:
        blocks = bundle.signal.facts["blocks"]
        first = blocks["edges"][first_block(bundle)] + blocks["embargo_bars"]
        return Window(TRAIN_OOF, int(first), prepared.windows["train"].stop)
    window = prepared.windows[name]
    check_unseen(
        window,
        int(prepared.bars.time_ms[window.start]),
        bundle.train_ends_ms,
        config.windows.purge_bars * prepared.bars.timeframe_ms,
    )
    return window


def evaluate(config: Config, prepared: Prepared, bundle: Bundle) -> Evaluation:
    """Decide and trade `config.window` with the stages of `bundle`."""
    window = choose_window(config, prepared, bundle)
    traded = trade_window(config, prepared, bundle, window)
    judged = judge_traded(config, prepared, bundle, window, traded)
    voters: Mapping[str, VoterOnWindow] = {}
    vote = None
    if traded.probabilities is not None:
        voters = voters_on_window(config, prepared.bars, bundle.signal, window, traded.probabilities)
        vote = mean_vote(bundle.signal, traded.probabilities)
    confidence = confidence_block(config, judged, vote)
    return Evaluation(judged, voters, confidence, traded.threshold, traded.wishes, config.account.balance)


def judge_traded(config: Config, prepared: Prepared, bundle: Bundle, window: Window, traded: Traded) -> Judged:
    """What the trades of a window are worth under the terms and the account of `config`."""
    return judge(
        Market(prepared.bars.time_ms, traded.arrays, prepared.days_per_year),
        traded.intents,
        traded.simulation,
        contract_of(config.broker, config.account, config.execution),
        config.account.balance,
        window,
        config.score,
        config.seed,
        1.0 if bundle.risk is None or window.name == TRAIN_OOF else bundle.risk.mean_multiplier,
    )
