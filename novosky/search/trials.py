"""One trial: its settings on each fold, its values, and how it ended."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from novosky.config.schema import Config
from novosky.search.ground import Ground
from novosky.search.objectives import Fold, values_of
from novosky.search.regression_folds import risk_folds, sltp_folds
from novosky.search.space import Params, with_params
from novosky.search.study import ABANDONED, ERROR, SLOT, optuna_module
from novosky.search.voter_folds import position_folds, signal_folds

Folds = Callable[[Ground, Config, Sequence[str]], Iterator[Fold]]

FOLDS: Mapping[str, Folds] = {
    "signal": signal_folds,
    "position": position_folds,
    "sltp": sltp_folds,
    "risk": risk_folds,
    "joint": signal_folds,
}
COMPLETE, PRUNED, FAILED = "complete", "pruned", "failed"
FOLD_VALUES, FOLD_TRADES, SECONDS = "fold_values", "fold_trades", "seconds"


@dataclass(frozen=True)
class Trial:
    """A finished trial: `values` by objective, means over `fold_values` (folds, objectives); empty where it failed.

    `number` counts all trials ever begun, `slot` those of the study; `error` says why it failed.
    """

    number: int
    slot: int
    state: str
    params: Params
    values: tuple[float, ...]
    fold_values: tuple[tuple[float, ...], ...]
    fold_trades: tuple[int, ...]
    seconds: float
    error: str | None


def judge_params(ground: Ground, study: str, params: Params, objectives: Sequence[str]) -> list[list[float]]:
    """Values of these settings on every fold, (folds, objectives): what a trial of the study is judged by."""
    config = with_params(ground.config, params)
    min_trades = ground.config.tune.min_trades
    return [values_of(fold, objectives, min_trades) for fold in FOLDS[study](ground, config, objectives)]


def run_trial(ground: Ground, study: str, objectives: Sequence[str], desk_study: Any, trial: Any) -> None:
    """Judge a reserved trial and tell the study; an error of its own is recorded with it and ends nothing else."""
    state = optuna_module().trial.TrialState
    began = time.perf_counter()
    values: list[list[float]] = []
    trades: list[int] = []
    pruned = False
    try:
        config = with_params(ground.config, trial.params)
        folds = ground.config.tune.folds
        for fold in FOLDS[study](ground, config, objectives):
            values.append(values_of(fold, objectives, ground.config.tune.min_trades))
            trades += [] if fold.trades is None else [len(fold.trades.r)]
            if len(objectives) == 1 and len(values) < folds:
                trial.report(float(np.mean(values)), step=len(values))
                pruned = trial.user_attrs[SLOT] > 0 and trial.should_prune()
            if pruned:
                break
    except Exception as error:
        trial.set_user_attr(ERROR, f"{type(error).__name__}: {error}")
    trial.set_user_attr(FOLD_VALUES, values)
    trial.set_user_attr(FOLD_TRADES, trades)
    trial.set_user_attr(SECONDS, round(time.perf_counter() - began, 3))
    if ERROR in trial.user_attrs:
        desk_study.tell(trial, state=state.FAIL)
    elif pruned:
        desk_study.tell(trial, state=state.PRUNED)
    else:
        desk_study.tell(trial, np.mean(values, axis=0).tolist())


def finished_trials(desk_study: Any) -> list[Trial]:
    """The study's trials by slot; those that a dead process left are not among them."""
    found = [_read(trial) for trial in desk_study.get_trials(deepcopy=False) if _is_finished(trial)]
    return sorted(found, key=lambda trial: trial.slot)


def abandoned_trials(desk_study: Any) -> int:
    """How many trials were left by a process that died; each was run again."""
    return sum(ABANDONED in trial.user_attrs for trial in desk_study.get_trials(deepcopy=False))


def _is_finished(trial: Any) -> bool:
    return bool(trial.state.is_finished()) and SLOT in trial.user_attrs and ABANDONED not in trial.user_attrs


def _read(trial: Any) -> Trial:
    state = {"COMPLETE": COMPLETE, "PRUNED": PRUNED}.get(trial.state.name, FAILED)
    attributes = trial.user_attrs
    return Trial(
        trial.number,
        attributes[SLOT],
        state,
        dict(trial.params),
        tuple(trial.values) if state == COMPLETE else (),
        tuple(tuple(values) for values in attributes.get(FOLD_VALUES, [])),
        tuple(attributes.get(FOLD_TRADES, [])),
        float(attributes.get(SECONDS, 0.0)),
        attributes.get(ERROR),
    )
