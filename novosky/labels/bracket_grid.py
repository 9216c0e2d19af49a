"""Targets of the sltp stage: which stop and target would have earned most, in R of that stop.

The path keeps its order for each pair by itself (stop before target inside a bar, gaps at the open, the horizon), and
a trade leaves at the open after the close at which the position model says EXIT. R counts in the pair's own stop
distance, as a trader counts who risks the same on every trade.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from novosky.errors import NovoskyError
from novosky.execution.compiled import compiled
from novosky.execution.records import Floats, Ints
from novosky.labels.barrier import bracket_outcome
from novosky.labels.paths import Bracket, Entries, LabelBars

TIE_R = 1e-3  # rounding to ticks parts brackets of the same shape by less


class GridTargets(NamedTuple):
    """One row an entry; NaN, and n_bars as `end`, where the bars end before one of the pairs does."""

    best: Floats  # (rows, 2) stop and target in ATR
    end: Ints  # last bar that any pair looked at
    r: Floats  # (rows, stops, targets)


def bracket_grid(
    entries: Entries, bars: LabelBars, stops_atr: Floats, targets_atr: Floats, exit_bar: Ints, own: Bracket
) -> GridTargets:
    """R of each stop with each target, and the pair with the greatest.

    `exit_bar` (rows, stops): first bar at whose close the position model leaves a trade with that stop, n_bars when
    never. Pairs within `TIE_R` of the greatest tie: the one nearest to the label's `own` bracket in the sum of the
    log ratios' sizes is best, then the smaller stop, then the smaller target.
    """
    if np.any(exit_bar <= entries.decision[:, None]):
        raise NovoskyError("bracket grid: expected a position model that leaves at a close after the decision's")
    r, end = _grid(entries, bars, stops_atr, targets_atr, exit_bar)
    best = best_pairs(r, stops_atr, targets_atr, own)
    best[end == len(bars.open)] = np.nan
    return GridTargets(best, end, r)


def best_pairs(r: Floats, stops_atr: Floats, targets_atr: Floats, own: Bracket) -> Floats:
    """Stop and target with the greatest R of each row, (rows, 2), from `r` (rows, stops, targets); ties as above."""
    distance = np.abs(np.log(stops_atr / own.stop_atr))[:, None] + np.abs(np.log(targets_atr / own.target_atr))
    distance = np.round(distance, 9)  # so that halfway is halfway
    flat = r.reshape(len(r), -1)
    tied = flat >= flat.max(axis=1, initial=-np.inf)[:, None] - TIE_R
    stop, target = np.divmod(np.argmin(np.where(tied, distance.ravel(), np.inf), axis=1), len(targets_atr))
    return np.column_stack([stops_atr[stop], targets_atr[target]])


@compiled
def bracket_r(
    entries: Entries, bars: LabelBars, stop_atr: Floats, target_atr: Floats, exit_bar: Ints
) -> tuple[Floats, Ints]:
    """R and exit bar of each entry with a bracket of its own; NaN and n_bars where the bars end first.

    All arrays (rows,); `exit_bar` as in `bracket_grid`. Leaving at the open after a close is what the horizon does:
    the position model shortens it.
    """
    r = np.full(len(stop_atr), np.nan)
    end = np.full(len(stop_atr), len(bars.open), np.int64)
    for k in range(len(stop_atr)):
        t = entries.decision[k]
        if bars.atr[t] > 0.0:
            _, end[k], r[k] = bracket_outcome(
                entries.side[k],
                t,
                bars.open,
                bars.high,
                bars.low,
                bars.spread,
                stop_atr[k] * bars.atr[t],
                target_atr[k] * bars.atr[t],
                min(bars.horizon, exit_bar[k] - t),
                bars.tick_size,
            )
    return r, end


@compiled
def _grid(
    entries: Entries, bars: LabelBars, stops_atr: Floats, targets_atr: Floats, exit_bar: Ints
) -> tuple[Floats, Ints]:
    """R (rows, stops, targets) and the last bar looked at (rows,); a row with one unknown pair is unknown."""
    n = len(entries.decision)
    r = np.full((n, len(stops_atr), len(targets_atr)), np.nan)
    last = np.zeros(n, np.int64)
    for i in range(len(stops_atr)):
        for j in range(len(targets_atr)):
            pair_r, pair_end = bracket_r(
                entries, bars, np.full(n, stops_atr[i]), np.full(n, targets_atr[j]), exit_bar[:, i].copy()
            )
            r[:, i, j] = pair_r
            last = np.maximum(last, pair_end)
    r[last == len(bars.open)] = np.nan
    return r, last
