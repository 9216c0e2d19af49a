"""Figures of a window's trades and equity, each with its formula."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from novosky.evaluation.bootstrap import Interval
from novosky.evaluation.score import profit_factor
from novosky.evaluation.studentised import studentised_interval
from novosky.execution.records import Floats, Ints

MS_PER_DAY = 86_400_000


class TradeFigures(NamedTuple):
    """Of the trades alone; None where a figure does not exist."""

    trades: int
    win_rate: float | None
    profit_factor: float | None
    profit_factor_interval: Interval | None
    expectancy_r: float | None
    expectancy_r_interval: Interval | None
    gross_profit: float
    gross_loss: float
    net_profit: float


def trade_figures(net: Floats, r: Floats, samples: int, coverage: float, seed: int) -> TradeFigures:
    """Win rate, profit factor and expectancy with studentised block-bootstrap intervals.

    `net` in account money and `r` in multiples of the risked money, shape (n_trades,), in order of exit.
    """
    n = len(net)
    won, lost = float(net[net > 0].sum()), float(-net[net < 0].sum())
    if n == 0:
        return TradeFigures(0, None, None, None, None, None, 0.0, 0.0, 0.0)
    return TradeFigures(
        trades=n,
        win_rate=float(np.mean(net > 0)),
        profit_factor=profit_factor(won, lost),
        profit_factor_interval=profit_factor_interval(net, samples, coverage, seed),
        expectancy_r=float(r.mean()),
        expectancy_r_interval=expectancy_interval(r, samples, coverage, seed),
        gross_profit=won,
        gross_loss=lost,
        net_profit=float(net.sum()),
    )


def sized_expectancy(
    r: Floats, size: Floats, samples: int, coverage: float, seed: int
) -> tuple[float | None, Interval | None]:
    """Mean R of trades that count as much as they risked, sum(size * r) / sum(size), with its interval.

    `size` (n_trades,) above 0. What the account felt, where `expectancy_r` counts every trade alike.
    """
    n = len(r)
    if n == 0:
        return None, None
    mean = float((size * r).sum() / size.sum())
    return mean, studentised_interval(np.stack((size * r, size), axis=1), "ratio", samples, coverage, seed)


def expectancy_interval(r: Floats, samples: int, coverage: float, seed: int) -> Interval | None:
    """Interval of the mean of `r` (n_trades,); None where there are too few trades for one."""
    return studentised_interval(np.stack((r, np.zeros(len(r))), axis=1), "mean", samples, coverage, seed)


def profit_factor_interval(net: Floats, samples: int, coverage: float, seed: int) -> Interval | None:
    """Interval of sum of gains / sum of losses of `net` (n_trades,), made on the logarithm; None without a loss."""
    columns = np.stack((np.maximum(net, 0.0), np.maximum(-net, 0.0)), axis=1)
    found = studentised_interval(columns, "log_ratio", samples, coverage, seed)
    if found is None:
        return None
    with np.errstate(over="ignore"):
        return Interval(float(np.exp(found.low)), float(np.exp(found.high)))


def max_drawdown(equity: Floats, start: float) -> float:
    """Largest fall from a peak as a fraction of the peak, on marked-to-market equity that began at `start`."""
    curve = np.concatenate(([start], equity))
    peaks = np.maximum.accumulate(curve)
    return float(np.max((peaks - curve) / peaks))


def daily_returns(time_ms: Ints, equity: Floats, start: float) -> Floats:
    """Return of each UTC day that has a bar: equity at its last bar over equity at the day before's."""
    if len(equity) == 0:
        return np.empty(0)
    day = time_ms // MS_PER_DAY
    last = np.flatnonzero(np.diff(day, append=day[-1] + 1))
    ends = np.concatenate(([start], equity[last]))
    return np.diff(ends) / ends[:-1]


def sharpe(daily: Floats, days_per_year: int) -> float | None:
    """mean / standard deviation of daily returns * sqrt(days_per_year), risk-free rate 0 (Sharpe 1994).

    `days_per_year` is the market's calendar: 365 where it trades round the clock. None without variance.
    """
    if len(daily) < 2:
        return None
    deviation = float(np.std(daily, ddof=1))
    return float(daily.mean()) / deviation * float(np.sqrt(days_per_year)) if deviation > 0 else None


def sharpe_interval(daily: Floats, days_per_year: int, samples: int, coverage: float, seed: int) -> Interval | None:
    """Interval of `sharpe` by resampling daily returns (n_days,) (Ledoit and Wolf 2008); None where it has none."""
    n = len(daily)
    found = studentised_interval(np.stack((daily, daily**2), axis=1), "sharpe", samples, coverage, seed)
    if found is None:
        return None
    scale = float(np.sqrt(days_per_year * (n - 1) / n))  # of the population's deviation to the sample's
    return Interval(found.low * scale, found.high * scale)


class BuyAndHold(NamedTuple):
    """Bought at the window's first open, sold at its last close, spread paid once, no leverage."""

    return_fraction: float
    max_drawdown: float


def buy_and_hold(open_: Floats, close: Floats, spread: Floats) -> BuyAndHold:
    """What holding the symbol over the same bars would have given."""
    bought = open_[0] + spread[0]
    return BuyAndHold(float(close[-1] / bought - 1.0), max_drawdown(close, float(bought)))


def count_names(codes: NDArray[Any], names: tuple[str, ...]) -> dict[str, int]:
    """How often each named code occurs, in the order of the names, those that never occur left out."""
    counts = np.bincount(codes.astype(np.int64), minlength=len(names))
    return {name: int(count) for name, count in zip(names, counts, strict=True) if count}
