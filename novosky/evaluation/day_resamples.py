"""What other orders of the same days would have given: intervals of drawdown and score by resampling days."""

from __future__ import annotations

import numpy as np

from novosky.config.schema.trading import ScoreConfig
from novosky.evaluation.bootstrap import Interval, draw_resample, mean_block, percentile_interval
from novosky.evaluation.score import score
from novosky.execution.compiled import compiled
from novosky.execution.records import Floats, Ints

TALLIES = 4  # trades, won trades, gross profit, gross loss


def drawdown_interval(daily: Floats, samples: int, coverage: float, seed: int) -> Interval | None:
    """Central `coverage` of the largest drawdown (fraction) of resampled daily returns (n_days,); None under two days.

    It sees equity at the ends of days, and so a little less than the drawdown of marked-to-market equity. It says how
    far the order of days mattered, not how wrong the days themselves may be.
    """
    if len(daily) < 2:
        return None
    paths = _paths(daily, np.zeros((len(daily), TALLIES)), samples, seed)
    return percentile_interval(np.ascontiguousarray(paths[:, TALLIES]), coverage)


def score_interval(
    daily: Floats, net: Floats, day: Ints, rules: ScoreConfig, samples: int, coverage: float, seed: int
) -> Interval | None:
    """Central `coverage` of the score of resampled days, each with its return and the trades that ended in it.

    `net` and `day` (n_trades,): a trade's money, and the row of `daily` in which it ended. Drawdown as in
    `drawdown_interval`. None under two days or without trades.
    """
    if len(daily) < 2 or len(net) == 0:
        return None
    tallies = np.zeros((len(daily), TALLIES))
    for column, amount in enumerate((np.ones(len(net)), net > 0, np.maximum(net, 0.0), np.maximum(-net, 0.0))):
        np.add.at(tallies[:, column], day, amount)
    values = [
        score(int(trades), won / trades if trades else 0.0, profit, loss, drawdown, rules).value
        for trades, won, profit, loss, drawdown in _paths(daily, tallies, samples, seed).tolist()
    ]
    return percentile_interval(np.array(values), coverage)


def _paths(daily: Floats, tallies: Floats, samples: int, seed: int) -> Floats:
    random = np.random.Generator(np.random.PCG64(seed))
    out = np.zeros((samples, TALLIES + 1))
    _walk(random, mean_block(len(daily)), daily, tallies, out)
    return out


@compiled
def _walk(random: np.random.Generator, block: float, daily: Floats, tallies: Floats, out: Floats) -> None:
    """Sums of `tallies` and largest drawdown of each resample, into `out` (samples, TALLIES + 1)."""
    n = len(daily)
    index, begins = np.empty(n, np.int64), np.empty(n, np.bool_)
    for k in range(len(out)):
        draw_resample(random, n, block, index, begins)
        equity = peak = 1.0
        deepest = 0.0
        for i in range(n):
            equity *= 1.0 + daily[index[i]]
            peak = max(peak, equity)
            deepest = max(deepest, (peak - equity) / peak)
            for column in range(TALLIES):
                out[k, column] += tallies[index[i], column]
        out[k, TALLIES] = deepest
