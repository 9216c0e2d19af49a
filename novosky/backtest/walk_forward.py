"""Every fold trained on what lies before it and judged on what follows: one account, one out-of-sample curve."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from novosky.backtest.chosen_until import seen_by_settings
from novosky.backtest.evaluate import Evaluation, evaluate
from novosky.backtest.inputs import bar_arrays
from novosky.backtest.knowledge import VoterOnWindow, pooled_vote
from novosky.backtest.prepare import Prepared
from novosky.backtest.significance import Course
from novosky.backtest.training import OpenProgress, train_stages
from novosky.config.schema import Config
from novosky.evaluation.folds import walk_forward_folds
from novosky.evaluation.metrics import BuyAndHold, TradeFigures, buy_and_hold, max_drawdown, sharpe, trade_figures
from novosky.execution.records import TRADE_DTYPE
from novosky.models.bundle.bundle import Bundle

FoldProgress = Callable[[int], OpenProgress]


@dataclass(frozen=True)
class Fold:
    """One stretch: its models, what they made of it, and whether its bars had a part in choosing the settings."""

    bundle: Bundle
    evaluation: Evaluation
    seen_by_settings: bool


@dataclass(frozen=True)
class WalkForward:
    """All folds as one account, and the part of it that no fold seen by the settings belongs to."""

    folds: Sequence[Fold]
    course: Course
    unseen: Course
    figures: TradeFigures  # of `unseen`, as all that follow
    vote: VoterOnWindow | None  # what the vote knew there
    max_drawdown: float
    sharpe: float | None
    buy_and_hold: BuyAndHold | None  # over the bars of `unseen`, the gaps between folds included


def walk_forward(config: Config, prepared: Prepared, folder: Path, progress: FoldProgress) -> WalkForward:
    """Train and judge fold after fold; each begins with the balance that the one before it left.

    The sets are written under `folder`, fold by fold. Limits on losses count anew in each fold, as for an account that
    starts with a new set. Raises as training and judging do.
    """
    folds, balance = [], config.account.balance
    for k, windows in enumerate(walk_forward_folds(prepared.windows, config.windows), start=1):
        own = replace(
            config,
            window="sweep",
            account=replace(config.account, balance=balance),
            paths=replace(config.paths, train=str(folder / f"fold_{k}")),
        )
        stretch = replace(prepared, windows=windows)
        bundle = train_stages(own, stretch, progress(k))
        evaluation = evaluate(own, stretch, bundle)
        folds.append(Fold(bundle, evaluation, seen_by_settings(config, prepared, windows["sweep"].start)))
        balance = float(evaluation.judged.simulation.book["balance"][0])
        if balance <= 0.0:
            break
    return _together(config, prepared, folds)


def _together(config: Config, prepared: Prepared, folds: Sequence[Fold]) -> WalkForward:
    unseen = [fold for fold in folds if not fold.seen_by_settings]
    course, counted = _course(config, prepared, folds), _course(config, prepared, unseen)
    scoring = config.score
    return WalkForward(
        folds,
        course,
        counted,
        trade_figures(
            np.ascontiguousarray(counted.trades["net"]),
            np.ascontiguousarray(counted.trades["r"]),
            scoring.bootstrap_samples,
            scoring.interval,
            config.seed,
        ),
        pooled_vote(config, [fold.evaluation.voters for fold in unseen]),
        max_drawdown(counted.equity, counted.start_balance),
        sharpe(counted.daily_returns(), prepared.days_per_year),
        _held(config, prepared, unseen),
    )


def _course(config: Config, prepared: Prepared, folds: Sequence[Fold]) -> Course:
    """The folds' accounts one after another; none of them gives an account without a bar."""
    time_ms, simulations = prepared.bars.time_ms, [fold.evaluation.judged.simulation for fold in folds]
    spans = [time_ms[slice(*fold.evaluation.judged.window[1:])] for fold in folds]
    trades = np.concatenate([np.empty(0, TRADE_DTYPE), *(one.trades for one in simulations)])
    return Course(
        np.concatenate([time_ms[:0], *spans]),
        np.concatenate([np.empty(0), *(one.equity for one in simulations)]),
        folds[0].evaluation.start_balance if folds else config.account.balance,
        trades,
        time_ms[trades["exit_bar"]],
        prepared.days_per_year,
    )


def _held(config: Config, prepared: Prepared, folds: Sequence[Fold]) -> BuyAndHold | None:
    if not folds:
        return None
    span = slice(folds[0].evaluation.judged.window.start, folds[-1].evaluation.judged.window.stop)
    arrays = bar_arrays(prepared.bars, config)
    return buy_and_hold(arrays.open[span], arrays.close[span], arrays.spread[span])
