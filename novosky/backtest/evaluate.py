"""A model set on one window: predictions, decisions, trades, figures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from novosky.backtest.ground import labels_of
from novosky.backtest.inputs import contract_of
from novosky.backtest.judge import Judged, Market, judge
from novosky.backtest.prepare import Prepared
from novosky.backtest.window_chain import TRAIN_OOF, Traded, first_block, trade_window
from novosky.config.schema import Config
from novosky.errors import WindowError
from novosky.evaluation.reliability import Reliability, brier, log_loss, reliability
from novosky.evaluation.windows import Window, check_unseen
from novosky.execution.records import Floats
from novosky.labels.barrier import CLASS_NAMES, UNKNOWN
from novosky.models.bundle.bundle import Bundle
from novosky.models.stages.signal import SignalModel


@dataclass(frozen=True, slots=True)
class VoterOnWindow:
    """One voter's calibrated probabilities against what the window's labels were."""

    log_loss: float
    base_rate_log_loss: float
    brier: float
    curves: Mapping[str, Reliability]


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What a window gave, and how well the voters knew it."""

    judged: Judged
    voters: Mapping[str, VoterOnWindow]
    threshold: float | None  # confidence to exceed; None where each block has its own
    wishes: NDArray[np.int8]  # of the position model at each close of the window
    start_balance: float


def refuse_closed(name: str) -> None:
    """Refuse the windows that no evaluation may name, before any work is done."""
    if name == "train":
        raise WindowError(
            "window=train: the models have learned these bars, so a result on them means nothing; "
            "window=train_oof judges their out-of-fold predictions there"
        )
    if name == "holdout":
        raise WindowError(
            "window=holdout: closed; it is opened only on a promoted set, which this version cannot make yet; "
            "judge on window=sweep"
        )


def choose_window(config: Config, prepared: Prepared, bundle: Bundle) -> Window:
    """The bars that `window=` names; refuses those that may not be judged."""
    name = config.window
    refuse_closed(name)
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
    if traded.probabilities is not None:
        voters = _voters_on_window(config, prepared, bundle.signal, window, traded.probabilities)
    return Evaluation(judged, voters, traded.threshold, traded.wishes, config.account.balance)


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


def _voters_on_window(
    config: Config, prepared: Prepared, model: SignalModel, window: Window, probabilities: Floats
) -> dict[str, VoterOnWindow]:
    """Judge every voter, dropped ones too, on the labels that end inside the window."""
    labels = labels_of(prepared.bars, config)
    span = slice(window.start, window.stop)
    known = (labels.y[span] != UNKNOWN) & (labels.end[span] < window.stop)
    y = labels.y[span][known]
    counts = model.facts["train"]["classes"]
    base = np.array([counts[name] for name in CLASS_NAMES], dtype=np.float64)
    base_rows = np.tile(base / base.sum(), (len(y), 1))
    out = {}
    for name, table in zip(model.names, probabilities, strict=True):
        p = table[known]
        out[name] = VoterOnWindow(
            log_loss(p, y),
            log_loss(base_rows, y),
            brier(p, y),
            {label: reliability(p[:, k], y == k) for k, label in enumerate(CLASS_NAMES)},
        )
    return out
