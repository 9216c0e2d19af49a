"""Which settings a sweep tries: all of a grid, some at random, or those that optuna's TPE asks for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from importlib import import_module
from itertools import product
from math import exp, log, prod
from typing import Any

import numpy as np

from novosky.config.schema.sweep import SweepConfig
from novosky.errors import ConfigError
from novosky.search.setting import Setting
from novosky.search.sweep_space import Dimension

DIGITS = 6  # of a drawn number: what is written down is what was judged
Judge = Callable[[Setting], float | None]


def proposals(space: Sequence[Dimension], sweep: SweepConfig, seed: int, judge: Judge) -> Iterator[float | None]:
    """Judge setting after setting; what `judge` gave is handed on. It gives None for a setting that rules forbid."""
    if sweep.method == "tpe":
        yield from _tpe(space, sweep.trials, seed, judge)
        return
    settings = grid(space, sweep) if sweep.method == "grid" else _random(space, sweep.trials, seed)
    for setting in settings:
        yield judge(setting)


def grid(space: Sequence[Dimension], sweep: SweepConfig) -> list[Setting]:
    """Every combination, the first key slowest. Raises ConfigError where there are more than `sweep.trials`."""
    columns = [_points(dimension, sweep.grid_points) for dimension in space]
    count = prod(map(len, columns))
    if count > sweep.trials:
        sizes = " x ".join(f"{len(column)} {dimension.key}" for dimension, column in zip(space, columns, strict=True))
        raise ConfigError(
            f"sweep.space: a grid of {count:,} settings ({sizes}), more than sweep.trials={sweep.trials}; every one is "
            "a look: take fewer values, sweep.method=random, or raise sweep.trials"
        )
    return [dict(zip((dimension.key for dimension in space), row, strict=True)) for row in product(*columns)]


def _points(dimension: Dimension, count: int) -> list[Any]:
    if dimension.values:
        return list(dimension.values)
    low, high = dimension.low, dimension.high
    between = np.geomspace if dimension.log else np.linspace
    return list(dict.fromkeys(_number(dimension, float(value)) for value in between(low, high, count)))


def _number(dimension: Dimension, value: float) -> float | int:
    """Few digits, and never beyond the interval."""
    short = round(value) if dimension.whole else float(f"{value:.{DIGITS}g}")
    return type(short)(min(max(short, dimension.low), dimension.high))


def _random(space: Sequence[Dimension], trials: int, seed: int) -> Iterator[Setting]:
    random = np.random.Generator(np.random.PCG64(seed))
    for _ in range(trials):
        yield {dimension.key: _drawn(dimension, random) for dimension in space}


def _drawn(dimension: Dimension, random: np.random.Generator) -> Any:
    if dimension.values:
        return dimension.values[int(random.integers(len(dimension.values)))]
    if dimension.log:
        return _number(dimension, exp(random.uniform(log(dimension.low), log(dimension.high))))
    if dimension.whole:
        return int(random.integers(int(dimension.low), int(dimension.high) + 1))
    return _number(dimension, float(random.uniform(dimension.low, dimension.high)))


def _tpe(space: Sequence[Dimension], trials: int, seed: int, judge: Judge) -> Iterator[float | None]:
    """One after the other, so that each is proposed by all before it."""
    try:
        optuna = import_module("optuna")
    except ImportError:
        raise ConfigError(
            "sweep.method=tpe: expected the package optuna, found none; install the extra `optimize` "
            "(uv sync --extra optimize) or take sweep.method=grid or random"
        ) from None
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    study = optuna.create_study(direction="maximize", sampler=optuna.samplers.TPESampler(seed=seed))
    for _ in range(trials):
        trial = study.ask()
        value = judge({dimension.key: _suggested(dimension, trial) for dimension in space})
        if value is None:
            study.tell(trial, state=optuna.trial.TrialState.FAIL)
        else:
            study.tell(trial, value)
        yield value


def _suggested(dimension: Dimension, trial: Any) -> Any:
    if dimension.values:  # by place: optuna takes no lists
        return dimension.values[trial.suggest_categorical(dimension.key, list(range(len(dimension.values))))]
    suggest = trial.suggest_int if dimension.whole else trial.suggest_float
    return _number(dimension, suggest(dimension.key, dimension.low, dimension.high, log=dimension.log))
