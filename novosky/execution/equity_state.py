"""How the trading went of late: the inputs of the risk model, in R, so that they do not depend on the trader's size."""

from __future__ import annotations

import math
from typing import Any

from novosky.execution.compiled import compiled

RISK_FEATURES = (
    "drawdown_r",
    "mean_r_recent",
    "win_rate_recent",
    "r_std_recent",
    "consecutive_losses",
    "consecutive_wins",
    "last_r",
)
RECENT_TRADES = 20


@compiled
def equity_features(r_history: Any, count: int, total_r: float, peak_r: float, out: Any) -> None:
    """Fill `out` (7,) with `RISK_FEATURES` after the first `count` trades of `r_history`, the R of trades in order.

    `total_r` is the sum of those trades' R, `peak_r` the highest it has been (at least 0, where it began): carried by
    the caller, so that a call looks at the last 20 trades alone. Recent means these 20, or what there is: mean, share
    with R above 0, standard deviation (of the population), and the unbroken losses or wins at the end, at most 20.
    A trade of exactly 0 R is neither win nor loss. Before the first trade: 0, and a win rate of 0.5.
    """
    recent = min(count, RECENT_TRADES)
    total, wins = 0.0, 0
    for i in range(count - recent, count):
        total += r_history[i]
        wins += 1 if r_history[i] > 0.0 else 0
    mean = total / recent if recent > 0 else 0.0
    squares = 0.0
    for i in range(count - recent, count):
        squares += (r_history[i] - mean) ** 2
    losses_in_row, wins_in_row = 0, 0
    while losses_in_row < recent and r_history[count - 1 - losses_in_row] < 0.0:
        losses_in_row += 1
    while wins_in_row < recent and r_history[count - 1 - wins_in_row] > 0.0:
        wins_in_row += 1
    out[0] = peak_r - total_r
    out[1] = mean
    out[2] = wins / recent if recent > 0 else 0.5
    out[3] = math.sqrt(squares / recent) if recent > 0 else 0.0
    out[4] = losses_in_row
    out[5] = wins_in_row
    out[6] = r_history[count - 1] if count > 0 else 0.0
