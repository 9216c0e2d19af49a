"""Targets of the position stage: at each close inside a trade, is going on worth more than leaving?

One row for every close at which the trade is open and leaving at the next open is not what the horizon does anyway.

    d = R when the bracket runs to its end - R when the trade leaves at the next open
    EXIT where d < 0, ADD where d > the margin, else HOLD; weight |d|

The weight is what a wrong answer costs: with it, learning the class is learning the decision with the least expected
loss (Elkan 2001, "The foundations of cost-sensitive learning"; Zadrozny, Langford and Abe 2003), and P(EXIT) = 1/2
means that going on is worth as much as leaving.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from novosky.execution.brackets import bracket_levels, entry_price, exit_price
from novosky.execution.codes import WISH_ADD, WISH_EXIT, WISH_HOLD
from novosky.execution.compiled import compiled
from novosky.execution.position import POSITION_FEATURES, position_state
from novosky.execution.records import Floats, Ints
from novosky.labels.barrier import bracket_outcome
from novosky.labels.paths import Bracket, Entries, LabelBars

EXIT, HOLD, ADD = WISH_EXIT, WISH_HOLD, WISH_ADD
CLASS_NAMES = ("EXIT", "HOLD", "ADD")
SAME_R = 1e-9  # a gap fills the stop at the very open at which leaving would: rounding aside, the same price


class PositionStates(NamedTuple):
    """One row a close inside a trade, in the order of the entries and then of time."""

    entry: Ints  # index into the entries
    bar: Ints  # at whose close the state is seen
    state: Floats  # (rows, 4), POSITION_FEATURES
    d: Floats  # worth of going on, R; its size is above SAME_R
    y: NDArray[np.int8]  # EXIT, HOLD, ADD
    weight: Floats  # |d|
    end: Ints  # last bar that the target looked at: where the bracket ended


def position_states(entries: Entries, bars: LabelBars, bracket: Bracket, add_margin_r: float) -> PositionStates:
    """All rows of all entries whose path ends inside the bars, but for those where leaving makes no difference.

    `add_margin_r` in R. Bars without ATR open no trade.
    """
    exit_bar, r = _path_ends(entries, bars, bracket)
    entry, bar, state, d = _walk(entries, bars, bracket, exit_bar, r)
    y = np.where(d < 0.0, EXIT, np.where(d > add_margin_r, ADD, HOLD)).astype(np.int8)
    rows = PositionStates(entry, bar, state, d, y, np.abs(d), exit_bar[entry])
    return take_rows(rows, np.flatnonzero(np.abs(d) > SAME_R))


def take_rows(states: PositionStates, rows: Ints) -> PositionStates:
    """Some of the rows, in the order asked."""
    return PositionStates._make(column[rows] for column in states)


def sample_rows(total: int, max_rows: int) -> Ints:
    """Indices of at most `max_rows` of `total` rows, evenly spaced, rising; a bound on work that is no choice.

    On the rows of `PositionStates` every path with at least total / max_rows states is represented.
    """
    if total <= max_rows:
        return np.arange(total, dtype=np.int64)
    return np.arange(max_rows, dtype=np.int64) * total // max_rows


@compiled
def _path_ends(entries: Entries, bars: LabelBars, bracket: Bracket) -> tuple[Ints, Floats]:
    """Exit bar and R of each entry under the bracket; n_bars and NaN where there is none or the bars end first.

    The exit bar of a trade that the horizon ends is the one at whose open it leaves.
    """
    exit_bar = np.full(len(entries.decision), len(bars.open), np.int64)
    r = np.full(len(entries.decision), np.nan)
    for k in range(len(entries.decision)):
        atr = bars.atr[entries.decision[k]]
        if not atr > 0.0:
            continue
        _, exit_bar[k], r[k] = bracket_outcome(
            entries.side[k],
            entries.decision[k],
            bars.open,
            bars.high,
            bars.low,
            bars.spread,
            bracket.stop_atr * atr,
            bracket.target_atr * atr,
            bars.horizon,
            bars.tick_size,
        )
    return exit_bar, r


@compiled
def _walk(
    entries: Entries, bars: LabelBars, bracket: Bracket, exit_bar: Ints, r: Floats
) -> tuple[Ints, Ints, Floats, Floats]:
    """Entry, bar, state and d of every close from the entry bar to the last at which leaving is still a choice."""
    first = entries.decision + 1
    last = np.minimum(exit_bar, first + bars.horizon - 1)  # exclusive: the horizon leaves at the open after it
    n_states = np.where(np.isnan(r), 0, last - first)
    total = n_states.sum()
    entry, bar = np.empty(total, np.int64), np.empty(total, np.int64)
    state, d = np.empty((total, len(POSITION_FEATURES))), np.empty(total)
    row = 0
    for k in range(len(first)):
        side = entries.side[k]
        for s in range(first[k], first[k] + n_states[k]):
            opened = entry_price(side, bars.open[first[k]], bars.spread[first[k]])
            atr = bars.atr[first[k] - 1]
            stop, _ = bracket_levels(side, opened, bracket.stop_atr * atr, bracket.target_atr * atr, bars.tick_size)
            risk = abs(opened - stop)
            leaving = (exit_price(side, bars.open[s + 1], bars.spread[s + 1]) - opened) * side / risk
            entry[row], bar[row], d[row] = k, s, r[k] - leaving
            seen = position_state(side, opened, risk, first[k], s, bars.close[s], bars.spread[s], bars.horizon)
            for column in range(len(seen)):
                state[row, column] = seen[column]
            row += 1
    return entry, bar, state, d
