"""Every fold trained on what lies before it and judged on what follows: one account, one out-of-sample curve."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from novosky.backtest.evaluate import Evaluation, evaluate
from novosky.backtest.prepare import Prepared
from novosky.backtest.training import OpenProgress, train_stages
from novosky.config.checks.market import iso_date
from novosky.config.schema import Config
from novosky.evaluation.folds import walk_forward_folds
from novosky.evaluation.metrics import TradeFigures, daily_returns, max_drawdown, sharpe, trade_figures
from novosky.execution.records import Floats, Ints
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
    """All folds as one account. Trades and equity of the folds in time order; `time_ms` of the equity's bars."""

    folds: Sequence[Fold]
    trades: NDArray[Any]
    equity: Floats
    time_ms: Ints
    figures: TradeFigures  # of the folds that the settings have not seen
    max_drawdown: float
    sharpe: float | None


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
        folds.append(Fold(bundle, evaluation, _seen_by_settings(config, prepared, windows["sweep"].start)))
        balance = float(evaluation.judged.simulation.book["balance"][0])
        if balance <= 0.0:
            break
    return _together(config, prepared, folds)


def _seen_by_settings(config: Config, prepared: Prepared, start: int) -> bool:
    """Whether a fold begins on or before the last day that chose the settings."""
    if config.windows.chosen_until is None:
        return False
    last = iso_date("windows.chosen_until", config.windows.chosen_until)
    after = datetime.combine(last + timedelta(days=1), time.min, UTC)
    return int(prepared.bars.time_ms[start]) < int(after.timestamp() * 1000)


def _together(config: Config, prepared: Prepared, folds: Sequence[Fold]) -> WalkForward:
    judged = [fold.evaluation.judged for fold in folds]
    spans = [slice(one.window.start, one.window.stop) for one in judged]
    equity = np.concatenate([one.simulation.equity for one in judged])
    time_ms = np.concatenate([prepared.bars.time_ms[span] for span in spans])
    trades = np.concatenate([one.simulation.trades for one in judged])
    unseen = [one.simulation.trades for fold, one in zip(folds, judged, strict=True) if not fold.seen_by_settings]
    counted = np.concatenate(unseen) if unseen else trades[:0]
    scoring, balance = config.score, config.account.balance
    return WalkForward(
        folds,
        trades,
        equity,
        time_ms,
        trade_figures(
            np.ascontiguousarray(counted["net"]),
            np.ascontiguousarray(counted["r"]),
            scoring.bootstrap_samples,
            scoring.interval,
            config.seed,
        ),
        max_drawdown(equity, balance),
        sharpe(daily_returns(time_ms, equity, balance), config.data.days_per_year),
    )
