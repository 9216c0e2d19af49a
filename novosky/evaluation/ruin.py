"""How likely are a profile's loss limits to be reached? Resampled days of R, traded at the profile's risk."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from novosky.evaluation.bootstrap import draw_resample, mean_block
from novosky.execution.compiled import compiled
from novosky.execution.records import Floats, Ints

SAME_EQUITY = 1e-9  # share of the start by which a limit counts as reached
QUANTILES = (0.05, 0.50, 0.95, 0.99)


class LossLimits(NamedTuple):
    """A profile's limits, %: of the day's or week's start, or of the start balance where `of_start`."""

    daily_pct: float
    weekly_pct: float
    total_pct: float
    of_start: bool = False


class Ruin(NamedTuple):
    """Shares of the simulated runs that reached a limit at least once, and `QUANTILES` of where they went."""

    daily: float
    weekly: float
    total: float
    max_drawdown: tuple[float, ...]  # fraction, at the ends of trades
    final_return: tuple[float, ...]  # fraction of the start balance


def ruin(
    r: Floats,
    day: Ints,
    n_days: int,
    risk_pct: float,
    limits: LossLimits,
    horizon_days: int,
    days_per_week: int,
    samples: int,
    seed: int,
    block_days: float | None = None,
) -> Ruin:
    """Monte Carlo of `horizon_days` days drawn in stationary blocks from the days at hand.

    `r` and `day` (n_trades,) in order of exit: R, and the day 0 .. n_days - 1 of the exit; days without trades count.
    Each trade risks `risk_pct` % of the equity before it. As in the core, a daily limit ends the day's trading, a
    weekly one the week's (`days_per_week`: 7 round the clock, otherwise 5), the total limit all of it. Losses of open
    trades are not seen before their exit, so limits on marked equity are reached somewhat more often than this says.
    """
    first = np.searchsorted(day, np.arange(n_days + 1)).astype(np.int64)
    random = np.random.Generator(np.random.PCG64(seed))
    block = mean_block(n_days) if block_days is None else block_days
    out = np.zeros((samples, 5))
    fractions = LossLimits(
        limits.daily_pct / 100.0, limits.weekly_pct / 100.0, limits.total_pct / 100.0, limits.of_start
    )
    _trade(random, block, r * (risk_pct / 100.0), first, fractions, horizon_days, days_per_week, out)
    reached = out[:, :3].mean(axis=0)
    drawdown, final = (np.quantile(out[:, k], QUANTILES, method="nearest").tolist() for k in (3, 4))
    return Ruin(float(reached[0]), float(reached[1]), float(reached[2]), tuple(drawdown), tuple(final))


@compiled
def _trade(
    random: np.random.Generator,
    block: float,
    change: Floats,
    first: Ints,
    limits: LossLimits,
    horizon: int,
    days_per_week: int,
    out: Floats,
) -> None:
    """Into `out` (samples, 5): daily, weekly, total limit reached (0 or 1), largest drawdown, return."""
    n_days = len(first) - 1
    index, begins = np.empty(horizon, np.int64), np.empty(horizon, np.bool_)
    for k in range(len(out)):
        draw_resample(random, n_days, block, index, begins)
        equity = peak = week_start = 1.0
        week_halt = False
        for i in range(horizon):
            if i % days_per_week == 0:
                week_start, week_halt = equity, False
            if week_halt:
                continue
            day_start = equity
            for trade in range(first[index[i]], first[index[i] + 1]):
                equity += equity * change[trade]
                peak = max(peak, equity)
                out[k, 3] = max(out[k, 3], (peak - equity) / peak)
                now = equity - SAME_EQUITY
                day_halt = now <= day_start - (1.0 if limits.of_start else day_start) * limits.daily_pct
                week_halt = now <= week_start - (1.0 if limits.of_start else week_start) * limits.weekly_pct
                total_halt = now <= 1.0 - limits.total_pct
                if day_halt:
                    out[k, 0] = 1.0
                if week_halt:
                    out[k, 1] = 1.0
                if total_halt:
                    out[k, 2] = 1.0
                if day_halt or week_halt or total_halt:
                    break
            if out[k, 2] > 0.0:
                break
        out[k, 4] = equity - 1.0
