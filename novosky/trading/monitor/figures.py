"""Figures of closed trades; None where a figure does not exist."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from novosky.trading.ledger.trades import LiveTrade


class Figures(NamedTuple):
    """Of trades in order of closing; money is the account's."""

    trades: int
    win_rate: float | None
    profit_factor: float | None  # gains over losses; None without a loss
    net: float
    expectancy_r: float | None  # mean R of those whose R is known
    trades_with_r: int
    losses_in_row_now: int
    losses_in_row_most: int
    confidence_of_winners: float | None
    confidence_of_losers: float | None


def figures(trades: Sequence[LiveTrade]) -> Figures:
    """A trade of net 0 is no win, no loss, and ends a streak of losses, as the core's breaker counts."""
    nets = [trade.net for trade in trades]
    won, lost = sum(net for net in nets if net > 0.0), -sum(net for net in nets if net < 0.0)
    r = [trade.r for trade in trades if trade.r is not None]
    now, most = _streaks(nets)
    return Figures(
        trades=len(trades),
        win_rate=sum(net > 0.0 for net in nets) / len(nets) if nets else None,
        profit_factor=won / lost if lost > 0.0 else None,
        net=round(sum(nets), 2),
        expectancy_r=_mean(r),
        trades_with_r=len(r),
        losses_in_row_now=now,
        losses_in_row_most=most,
        confidence_of_winners=_mean([one.confidence for one in trades if one.net > 0.0 and one.confidence is not None]),
        confidence_of_losers=_mean([one.confidence for one in trades if one.net < 0.0 and one.confidence is not None]),
    )


def last(trades: Sequence[LiveTrade], lookback: int) -> Sequence[LiveTrade]:
    """The last `lookback` ones; 0 is all."""
    return trades[-lookback:] if lookback else trades


def _streaks(nets: Sequence[float]) -> tuple[int, int]:
    now = most = 0
    for net in nets:
        now = now + 1 if net < 0.0 else 0
        most = max(most, now)
    return now, most


def _mean(values: Sequence[float]) -> float | None:
    return sum(values) / len(values) if values else None
