"""Does more confidence bring more R? Trades in buckets of equal count by the confidence that they were decided with."""

from __future__ import annotations

from itertools import pairwise
from typing import NamedTuple

import numpy as np

from novosky.evaluation.bootstrap import Interval
from novosky.evaluation.metrics import expectancy_interval
from novosky.execution.records import Floats, Ints

MOST_BUCKETS, LEAST_TRADES = 5, 20


class Bucket(NamedTuple):
    """Trades of neighbouring confidences. What has no probability promises nothing: None."""

    confidence_from: float
    confidence_to: float
    trades: int
    win_rate: float
    mean_r: float
    mean_r_interval: Interval | None
    probability: float | None  # mean of what was given to the side taken
    promised_r: float | None  # see `promises`
    promised_r_hold_flat: float | None


class Promises(NamedTuple):
    """What each trade's probability would bring, shape (n_trades,), R before costs; NaN where not known."""

    probability: Floats
    hold_lost: Floats
    hold_flat: Floats


def promises(side: Floats, opposite: Floats, target_r: Floats) -> Promises:
    """Expected R of trades, (n_trades,) each, if the probabilities of their `side` and of the `opposite` were true.

    p(side) * target_r - (1 - p(side)) counts HOLD (neither target was reached) as a lost stop;
    p(side) * target_r - p(opposite) counts it as nothing. HOLD holds stops and trades that ran out of time, so that
    the truth is expected between the two.
    """
    return Promises(side, side * target_r - (1.0 - side), side * target_r - opposite)


def bucket_edges(confidence: Floats) -> Ints:
    """Where buckets begin in the sorted `confidence` (n,), and n: at most 5, at least 20 trades each.

    Equal confidences stay together. Empty with fewer than 20 trades.
    """
    n = len(confidence)
    if n < LEAST_TRADES:
        return np.empty(0, np.int64)
    count = min(MOST_BUCKETS, n // LEAST_TRADES)
    wanted = [round(k * n / count) for k in range(1, count)]
    edges = [0]
    for begin in np.searchsorted(confidence, confidence[wanted], side="left") if wanted else ():
        if begin - edges[-1] >= LEAST_TRADES and n - begin >= LEAST_TRADES:
            edges.append(int(begin))
    return np.array([*edges, n], dtype=np.int64)


def members(confidence: Floats) -> list[Ints]:
    """The trades of each bucket, in their own order, least sure first."""
    order = np.argsort(confidence, kind="stable")
    edges = bucket_edges(confidence[order])
    return [np.sort(order[a:b]) for a, b in pairwise(edges)]


def buckets(
    confidence: Floats, net: Floats, r: Floats, promised: Promises, samples: int, coverage: float, seed: int
) -> list[Bucket]:
    """Trades in order of exit, (n_trades,) each, by confidence; empty with fewer than 20."""
    return [
        Bucket(
            float(confidence[rows].min()),
            float(confidence[rows].max()),
            len(rows),
            float(np.mean(net[rows] > 0)),
            float(r[rows].mean()),
            expectancy_interval(r[rows], samples, coverage, seed),
            *(_mean(column[rows]) for column in promised),
        )
        for rows in members(confidence)
    ]


def top_minus_bottom(
    confidence: Floats, r: Floats, samples: int, coverage: float, seed: int
) -> tuple[float | None, Interval | None]:
    """Mean R of the surest bucket less that of the least sure, with its interval; None where there is one at most.

    The interval is the mean's of the difference's influence on each trade, in order of exit (Hampel 1974), so that
    trades that resemble their neighbours widen it; sqrt(n / (n - 1)) makes up for the means taken out.
    """
    parts = members(confidence)
    if len(parts) < 2:
        return None, None
    bottom, top = parts[0], parts[-1]
    difference = float(r[top].mean() - r[bottom].mean())
    influence = np.full(len(r), difference)
    for rows, sign in ((top, 1.0), (bottom, -1.0)):
        n = len(rows)
        influence[rows] += sign * (r[rows] - r[rows].mean()) * (len(r) / n) * np.sqrt(n / (n - 1))
    return difference, expectancy_interval(influence, samples, coverage, seed)


def _mean(values: Floats) -> float | None:
    mean = float(values.mean())
    return None if np.isnan(mean) else mean
