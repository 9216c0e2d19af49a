"""What the signal's voters, and their vote, knew of a window's labels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from novosky.backtest.ground import labels_of
from novosky.config.schema import Config
from novosky.evaluation.bootstrap import bounds_of
from novosky.evaluation.loss_skill import Skill, loss_skill, pooled_skill
from novosky.evaluation.reliability import Reliability, brier_losses, calibration_error, log_losses, reliability
from novosky.evaluation.windows import Window
from novosky.execution.records import Floats, Ints
from novosky.labels.barrier import BUY, CLASS_NAMES, HOLD, SELL, UNKNOWN
from novosky.market.bars import Bars
from novosky.models.stages.signal import SignalModel

VOTE = "vote"  # the mean of the voters that vote: what decides


@dataclass(frozen=True, slots=True)
class VoterOnWindow:
    """One voter's calibrated probabilities against what the window's labels were, and against the base rate of train.

    `direction` is the log-loss of BUY against SELL where one of them came true: to foresee that nothing will happen
    betters the log-loss of three classes, but names no side.
    """

    log_loss: Skill
    brier: Skill
    direction: Skill | None
    curves: Mapping[str, Reliability]


def voters_on_window(
    config: Config, bars: Bars, model: SignalModel, window: Window, probabilities: Floats
) -> dict[str, VoterOnWindow]:
    """Judge the vote and every voter, dropped ones too, on the labels that end inside the window.

    `probabilities` (voters, bars of the window, 3). Empty where no label ends inside.
    """
    labels = labels_of(bars, config)
    span = slice(window.start, window.stop)
    known = (labels.y[span] != UNKNOWN) & (labels.end[span] < window.stop)
    if not known.any():
        return {}
    y, bar = labels.y[span][known], window.start + np.flatnonzero(known)
    counts = model.facts["train"]["classes"]
    base = np.array([counts[name] for name in CLASS_NAMES], dtype=np.float64)
    tables = {VOTE: mean_vote(model, probabilities)} | dict(zip(model.names, probabilities, strict=True))
    return {name: knowledge_of(config, table[known], base / base.sum(), y, bar) for name, table in tables.items()}


def mean_vote(model: SignalModel, probabilities: Floats) -> Floats:
    """Mean probabilities of the voters that vote, (bars, 3), of `probabilities` (voters, bars, 3) of all."""
    return np.asarray(probabilities[model.kept].mean(axis=0))


def knowledge_of(config: Config, p: Floats, base: Floats, y: NDArray[np.int8], bar: Ints) -> VoterOnWindow:
    """What probabilities `p` (n, 3) know of the labels `y` (n,) at the rising bars `bar`; `base` (3,) in train."""
    base_rows = np.tile(base, (len(y), 1))
    log_loss = _skill(config, log_losses(p, y), log_losses(base_rows, y), bar)
    brier = _skill(config, brier_losses(p, y), brier_losses(base_rows, y), bar)
    decided = y != HOLD
    sides = (y[decided] == BUY).astype(np.int8)
    direction = None
    if decided.any():
        own, even = (log_losses(_of_sides(table[decided]), sides) for table in (p, base_rows))
        direction = _skill(config, own, even, bar[decided])
    curves = {label: reliability(p[:, k], y == k) for k, label in enumerate(CLASS_NAMES)}
    return VoterOnWindow(log_loss, brier, direction, curves)


def _of_sides(p: Floats) -> Floats:
    """Probabilities of SELL and BUY where HOLD is out of the question, (n, 2)."""
    outer = p[:, [SELL, BUY]]
    return np.asarray(outer / outer.sum(axis=1, keepdims=True))


def _skill(config: Config, own: Floats, base: Floats, bar: Ints) -> Skill:
    scoring = config.score
    life = config.labels.horizon_bars
    return loss_skill(own, base, bar, life, scoring.bootstrap_samples, scoring.interval, config.seed)


def pooled_vote(config: Config, windows: Sequence[Mapping[str, VoterOnWindow]]) -> VoterOnWindow | None:
    """The vote over several windows in order of time, without curves; None where none was judged."""
    votes = [voters[VOTE] for voters in windows if VOTE in voters]
    scoring = config.score
    settings = (scoring.bootstrap_samples, scoring.interval, config.seed)
    log_loss = pooled_skill([vote.log_loss for vote in votes], *settings)
    brier = pooled_skill([vote.brier for vote in votes], *settings)
    if log_loss is None or brier is None:
        return None
    sides = [vote.direction for vote in votes if vote.direction is not None]
    return VoterOnWindow(log_loss, brier, pooled_skill(sides, *settings), {})


def voter_block(voter: VoterOnWindow) -> dict[str, Any]:
    """The figures of a voter on a window, JSON-ready."""
    direction = voter.direction
    return {
        "rows": voter.log_loss.rows,
        "log_loss": voter.log_loss.loss,
        "base_rate_log_loss": voter.log_loss.base_loss,
        "log_loss_skill": voter.log_loss.skill,
        "log_loss_skill_interval": bounds_of(voter.log_loss.interval),
        "brier": voter.brier.loss,
        "base_rate_brier": voter.brier.base_loss,
        "brier_skill": voter.brier.skill,
        "brier_skill_interval": bounds_of(voter.brier.interval),
        "brier_skill_score": voter.brier.score,
        "direction_rows": 0 if direction is None else direction.rows,
        "direction_skill": None if direction is None else direction.skill,
        "direction_skill_interval": None if direction is None else bounds_of(direction.interval),
        "calibration_error": {name: calibration_error(curve) for name, curve in voter.curves.items()},
    }
