"""The bars that all of several runs judged, and what each run did on them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from novosky.backtest.judged_run import JudgedRun, window_of
from novosky.config.schema.market import GENERATED_SOURCES
from novosky.errors import WindowError
from novosky.evaluation.metrics import MS_PER_DAY
from novosky.market.bars import Floats, Ints, utc_text


@dataclass(frozen=True, slots=True)
class Common:
    """The common window: opens of its first and last bar, and the UTC days on which any run has a bar."""

    from_ms: int
    to_ms: int
    days: Ints


def common_bars(runs: Sequence[JudgedRun]) -> Common:
    """The stretch that all runs judged. Raises WindowError that names what keeps them apart."""
    first = runs[0]
    for other in runs[1:]:
        for what, then, now in _markets(first, other):
            if then != now:
                raise WindowError(
                    f"no common window: {what} is {then} in {first.run.folder} and {now} in {other.run.folder}; "
                    "compare runs of one market"
                )
    begin, end = max(int(run.time_ms[0]) for run in runs), min(int(run.time_ms[-1]) for run in runs)
    if begin > end:
        spans = "; ".join(
            f"{window_of(run)['name']} of {run.run.folder} is {utc_text(int(run.time_ms[0]))} to "
            f"{utc_text(int(run.time_ms[-1]))}"
            for run in runs
        )
        raise WindowError(f"no common window: the judged bars do not overlap ({spans}); judge the same window")
    inside = [run.time_ms[(run.time_ms >= begin) & (run.time_ms <= end)] for run in runs]
    return Common(begin, end, np.unique(np.concatenate(inside) // MS_PER_DAY))


def trades_inside(run: JudgedRun, common: Common) -> pl.DataFrame:
    """Trades that were opened and closed on the common bars."""
    return run.trades.filter((pl.col("entry_time") >= common.from_ms) & (pl.col("exit_bar_time") <= common.to_ms))


def daily_r(run: JudgedRun, common: Common) -> Floats:
    """R of the trades that ended on each day, times their weights; (n_days,), 0 where none did."""
    inside = trades_inside(run, common)
    place = np.searchsorted(common.days, inside["exit_bar_time"].to_numpy() // MS_PER_DAY)
    earned = (inside["r"] * inside["weight"]).to_numpy()
    return np.bincount(place, weights=earned, minlength=len(common.days)).astype(np.float64)


def growth_pct(run: JudgedRun, common: Common) -> tuple[Ints, Floats]:
    """Times and equity over the common bars, % of what it was at the close of the first of them."""
    inside = (run.time_ms >= common.from_ms) & (run.time_ms <= common.to_ms)
    equity = run.equity[inside]
    return run.time_ms[inside], 100.0 * (equity / equity[0] - 1.0)


_GENERATED = ("source", "timeframe", "seed", "bars", "start", "oracle_sharpe", "structure")


def _markets(a: JudgedRun, b: JudgedRun) -> list[tuple[str, object, object]]:
    """What must agree: the symbol, and for generated markets the very bars."""
    one, other = a.run.result["data"], b.run.result["data"]
    if one["bars_hash"] == other["bars_hash"]:
        return []
    found = [("data.symbol", one["symbol"], other["symbol"])]
    if {one["source"], other["source"]} & set(GENERATED_SOURCES):
        left, right = a.run.config.data, b.run.config.data
        found += [(f"data.{key}", getattr(left, key), getattr(right, key)) for key in _GENERATED]
        found += [("the bars' hash", one["bars_hash"][:12], other["bars_hash"][:12])]
    return found
