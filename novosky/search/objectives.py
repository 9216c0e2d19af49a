"""What a fold is worth: one number for each objective."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from novosky.errors import DataError
from novosky.search.trading import FoldTrades

DIRECTIONS = {"log_loss": "minimize", "expected_r": "maximize", "reference_score": "maximize"}


@dataclass(frozen=True)
class Fold:
    """What a trial did on a fold: mean log-loss of the vote (nats), trades; None where no objective asks for it."""

    log_loss: float | None
    trades: FoldTrades | None


def expected_r(trades: FoldTrades, min_trades: int) -> float:
    """Weighted sum of R over the number of trades, or over `min_trades` where there are fewer; 0 without trades.

    Few trades are drawn to 0, which is what not trading is worth: a handful of lucky ones must not win a study.
    """
    return float((trades.weight * trades.r).sum()) / max(len(trades.r), min_trades)


def values_of(fold: Fold, objectives: Sequence[str], min_trades: int) -> list[float]:
    """The fold's value by each objective; all of them finite. Raises DataError."""
    found = []
    for name in objectives:
        value = fold.log_loss
        if fold.trades is not None and name != "log_loss":
            value = expected_r(fold.trades, min_trades) if name == "expected_r" else fold.trades.reference_score
        if value is None or not math.isfinite(value):
            raise DataError(f"objective {name}: expected a finite value of the fold, found {value}")
        found.append(value)
    return found


def is_better(a: float, b: float, objective: str) -> bool:
    """Whether value `a` is strictly better than `b`."""
    return a < b if DIRECTIONS[objective] == "minimize" else a > b
