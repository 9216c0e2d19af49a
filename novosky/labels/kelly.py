"""Targets of the risk stage, and the size that follows from them.

For each trade: the mean of R, and of R squared, over it and the next ones. A bet of R that risks the share f of the
capital grows it by E log(1 + f R), about f E[R] - f^2 E[R^2] / 2 for small bets, which is greatest at

    f = E[R] / E[R^2]

(Kelly 1956, "A new interpretation of information rate"; Thorp 2006, "The Kelly criterion in blackjack, sports betting
and the stock market", section 7). Estimates are wrong, so f scales the profile's risk within bounds and never sets it.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from novosky.errors import NovoskyError
from novosky.execution.compiled import compiled
from novosky.execution.equity_state import RISK_FEATURES, equity_features
from novosky.execution.records import Floats, Ints

MIN_MULTIPLIER, MAX_MULTIPLIER = 0.10, 1.25


class RiskTargets(NamedTuple):
    """One row a trade; targets NaN, and the trade's own exit as `end`, where too few trades follow."""

    state: Floats  # (rows, 7), RISK_FEATURES from the trades closed before the decision
    target: Floats  # (rows, 2), mean of R and of R squared over this trade and those after it
    end: Ints  # exit bar of the last trade that the target looked at


def risk_targets(decision: Ints, exit_bar: Ints, r: Floats, next_trades: int) -> RiskTargets:
    """States and targets of trades that follow one another, arrays (rows,); `next_trades` counts the trade itself."""
    if np.any(decision[1:] < exit_bar[:-1]) or np.any(exit_bar <= decision):
        raise NovoskyError("risk targets: expected trades in order, each decided when the one before it had closed")
    n = len(r)
    target, end = np.full((n, 2), np.nan), exit_bar.copy()
    complete = n - next_trades + 1
    if complete > 0:
        following = np.lib.stride_tricks.sliding_window_view(r, next_trades)
        target[:complete] = np.column_stack([following.mean(axis=1), (following**2).mean(axis=1)])
        end[:complete] = exit_bar[next_trades - 1 :]
    return RiskTargets(_states(r), target, end)


@compiled
def kelly_multiplier(mean_r: float, mean_square_r: float, full_size_kelly: float) -> float:
    """Share of the profile's risk at the Kelly fraction mean_r / mean_square_r, which is 1 at `full_size_kelly`.

    Clipped to 0.10-1.25: it scales a trade and never blocks or turns one. Trades that never earned nor lost anything
    (`mean_square_r` 0) give the least.
    """
    fraction = max(0.0, mean_r / mean_square_r) if mean_square_r > 0.0 else 0.0
    return min(max(fraction / full_size_kelly, MIN_MULTIPLIER), MAX_MULTIPLIER)


@compiled
def _states(r: Floats) -> Floats:
    """`RISK_FEATURES` before each trade."""
    state = np.empty((len(r), len(RISK_FEATURES)))
    total_r, peak_r = 0.0, 0.0
    for i in range(len(r)):
        equity_features(r, i, total_r, peak_r, state[i])
        total_r += r[i]
        peak_r = max(peak_r, total_r)
    return state
