"""A model set on one window: predictions, decisions, trades, figures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from novosky.backtest.decisions import decide_bars
from novosky.backtest.inputs import bar_arrays, contract_of, rules_of
from novosky.backtest.judge import Judged, Market, judge
from novosky.backtest.prepare import Prepared
from novosky.backtest.training import labels_of
from novosky.config.schema import Config
from novosky.errors import WindowError
from novosky.evaluation.reliability import Reliability, brier, log_loss, reliability
from novosky.evaluation.windows import Window, check_unseen
from novosky.execution.codes import NO_VOTE
from novosky.execution.records import Floats
from novosky.labels.barrier import CLASS_NAMES, UNKNOWN
from novosky.models.signal import SignalModel
from novosky.models.vote import Votes, vote
from novosky.models.vote import judge as judge_votes

TRAIN_OOF = "train_oof"


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


def choose_window(config: Config, prepared: Prepared, model: SignalModel) -> Window:
    """The bars that `window=` names; refuses those that may not be judged."""
    name = config.window
    refuse_closed(name)
    if name == TRAIN_OOF:
        first = int(model.decide_out_of_fold(config.prediction).bar[0])
        return Window(TRAIN_OOF, first, prepared.windows["train"].stop)
    window = prepared.windows[name]
    check_unseen(
        window,
        int(prepared.bars.time_ms[window.start]),
        {"signal": model.train_end_ms},
        config.windows.purge_bars * prepared.bars.timeframe_ms,
    )
    return window


def evaluate(config: Config, prepared: Prepared, model: SignalModel) -> Evaluation:
    """Decide and trade `config.window` with `model`."""
    window = choose_window(config, prepared, model)
    span = slice(window.start, window.stop)
    threshold = None
    if window.name == TRAIN_OOF:
        votes = _out_of_fold_votes(config, prepared, model)
        voters: Mapping[str, VoterOnWindow] = {}
    else:
        x = np.ascontiguousarray(prepared.features.values[span], dtype=np.float32)
        probabilities = model.predict_all(x)
        threshold = model.threshold(config.prediction)
        votes = _spread_votes(
            judge_votes(vote(probabilities[model.kept], config.prediction), config.prediction, threshold),
            np.arange(window.start, window.stop),
            len(prepared.bars),
        )
        voters = _voters_on_window(config, prepared, model, window, probabilities)
    arrays = bar_arrays(prepared.bars, config)
    intents = decide_bars(prepared.bars, arrays, prepared.event_ms, votes, config.execution)
    judged = judge(
        Market(prepared.bars.time_ms, arrays, config.data.days_per_year),
        intents,
        contract_of(config.broker),
        rules_of(config.execution, config.profile),
        config.account.balance,
        window,
        config.score,
        config.seed,
    )
    return Evaluation(judged, voters, threshold)


def _out_of_fold_votes(config: Config, prepared: Prepared, model: SignalModel) -> Votes:
    forward = model.decide_out_of_fold(config.prediction)
    return _spread_votes(forward.votes, forward.bar, len(prepared.bars))


def _spread_votes(votes: Votes, bar: np.ndarray[tuple[int], np.dtype[np.int64]], n_bars: int) -> Votes:
    """Votes of some bars as columns over all bars; the others have no vote."""
    side = np.zeros(n_bars, np.int8)
    verdict = np.full(n_bars, NO_VOTE, np.int16)
    confidence, gap = np.zeros(n_bars), np.zeros(n_bars)
    side[bar], verdict[bar], confidence[bar], gap[bar] = votes.side, votes.verdict, votes.confidence, votes.gap
    return Votes(side, confidence, gap, verdict)


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
