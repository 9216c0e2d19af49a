"""How much of a result may be luck: intervals of an account's figures, tests of its Sharpe ratio, limits reached."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from novosky.backtest.judge import Judged
from novosky.config.schema import Config
from novosky.evaluation.bootstrap import bounds_of
from novosky.evaluation.day_resamples import drawdown_interval, score_interval
from novosky.evaluation.metrics import MS_PER_DAY, daily_returns, sharpe_interval
from novosky.evaluation.replay import START_BALANCE
from novosky.evaluation.ruin import LossLimits, Ruin, ruin
from novosky.evaluation.sharpe_tests import DailyShape, daily_shape, min_track_record_days, probabilistic_sharpe
from novosky.execution.records import Floats, Ints

WEEKS_PER_YEAR = 365.25 / 7


class Course(NamedTuple):
    """An account over time: opening times of its bars, equity at their closes, trades in order of exit."""

    time_ms: Ints  # (n_bars,)
    equity: Floats  # (n_bars,)
    start_balance: float
    trades: NDArray[Any]
    exit_ms: Ints  # (n_trades,), opening time of the bar in which each ended
    days_per_year: int

    def daily_returns(self) -> Floats:
        return daily_returns(self.time_ms, self.equity, self.start_balance)

    def shape(self) -> DailyShape | None:
        return daily_shape(self.daily_returns())

    def exit_days(self) -> Ints:
        """Row of each trade's exit in `daily_returns`."""
        return np.searchsorted(np.unique(self.time_ms // MS_PER_DAY), self.exit_ms // MS_PER_DAY)


def course_of(judged: Judged, time_ms: Ints, start_balance: float, days_per_year: int) -> Course:
    """The account of a judged window; `time_ms` of all bars."""
    window, simulation = judged.window, judged.simulation
    trades = simulation.trades
    span = slice(window.start, window.stop)
    return Course(time_ms[span], simulation.equity, start_balance, trades, time_ms[trades["exit_bar"]], days_per_year)


def significance_block(course: Course, config: Config) -> dict[str, Any]:
    """Intervals of Sharpe ratio and drawdown, is the ratio above 0, how often the profile's limits are reached."""
    daily, shape, scoring = course.daily_returns(), course.shape(), config.score
    samples, coverage, seed = scoring.bootstrap_samples, scoring.interval, config.seed
    drawdown = drawdown_interval(daily, samples, coverage, seed)
    enough = None if shape is None else min_track_record_days(shape, confidence=coverage)
    return {
        "interval": coverage,
        "days": len(daily),
        "sharpe_annual_interval": bounds_of(sharpe_interval(daily, course.days_per_year, samples, coverage, seed)),
        "max_drawdown_pct_interval": None if drawdown is None else [100.0 * bound for bound in drawdown],
        "probabilistic_sharpe": None if shape is None else probabilistic_sharpe(shape),
        "min_track_record_days": enough if enough is not None and math.isfinite(enough) else None,
        "loss_limits": _loss_limits(course, len(daily), config),
    }


def reference_interval(course: Course, judged: Judged, config: Config) -> list[float | None] | None:
    """Interval of the reference score, by resampling the days of its replay; `course` of the same window."""
    scoring = config.score
    course = course._replace(equity=judged.reference_replay.equity, start_balance=START_BALANCE)
    found = score_interval(
        course.daily_returns(),
        judged.reference_replay.net,
        course.exit_days(),
        scoring,
        scoring.bootstrap_samples,
        scoring.interval,
        config.seed,
    )
    return bounds_of(found)


def _loss_limits(course: Course, n_days: int, config: Config) -> dict[str, Any] | None:
    """How often a year drawn from these days, traded on at the profile's risk, reaches the profile's limits."""
    if len(course.trades) == 0:
        return None
    profile, year = config.profile, course.days_per_year
    found = ruin(
        np.ascontiguousarray(course.trades["r"] * course.trades["risk_multiplier"]),
        course.exit_days(),
        n_days,
        profile.risk_pct,
        LossLimits(
            profile.daily_loss_pct,
            profile.weekly_loss_pct,
            profile.total_loss_pct,
            profile.loss_pct_of == "start_balance",
        ),
        year,
        round(year / WEEKS_PER_YEAR),
        config.score.bootstrap_samples,
        config.seed,
    )
    return {"risk_pct": profile.risk_pct, "horizon_days": year, **_reached(found)}


def _reached(found: Ruin) -> dict[str, Any]:
    least, median, most, _ = found.final_return
    return {
        "daily_reached": found.daily,
        "weekly_reached": found.weekly,
        "total_reached": found.total,
        "max_drawdown_pct": {"median": 100.0 * found.max_drawdown[1], "of_20_worst": 100.0 * found.max_drawdown[2]},
        "return_pct": {"of_20_worst": 100.0 * least, "median": 100.0 * median, "of_20_best": 100.0 * most},
    }
