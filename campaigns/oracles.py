"""What each stage after signal could gain at most: trades judged by somebody who knows the structure, not the noise.

Everything is in R before costs, by the label's own bracket function, on the bars of `label_bars` at no spread.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

import numpy as np
from numpy.typing import NDArray

from novosky.execution.compiled import compiled
from novosky.labels.bracket_grid import bracket_r
from novosky.labels.paths import Bracket, Entries, LabelBars
from novosky.market.bars import Floats, Ints
from novosky.market.impulses import REACH
from novosky.market.indicators import ATR_PERIOD, atr
from novosky.market.synthetic import Generated

GOOD_SIZE, BAD_SIZE = 1.25, 0.10  # the risk stage's own bounds


def free_bars(made: Generated, horizon_bars: int) -> LabelBars:
    """The market's bars at no spread."""
    bars = made.bars
    size = atr(bars.high, bars.low, bars.close, ATR_PERIOD)
    spread = np.zeros(len(bars))
    return LabelBars(bars.open, bars.high, bars.low, bars.close, spread, size, horizon_bars, bars.point)


def trigger_entries(made: Generated, bars: LabelBars) -> Entries:
    """A perfect signal: every trigger whose trade the bars still hold, on its side."""
    bar = np.flatnonzero(made.trigger)
    bar = bar[(bars.atr[bar] > 0) & (bar + 1 + bars.horizon < len(bars.open))]
    return Entries(bar, made.trigger[bar].astype(np.int64))


def plain_r(bars: LabelBars, entries: Entries, bracket: Bracket) -> Floats:
    """R of each trade with one bracket for all; NaN where the bars end first."""
    return brackets_r(bars, entries, np.tile(bracket, (len(entries.decision), 1)))


def brackets_r(bars: LabelBars, entries: Entries, brackets: Floats, exit_bar: Ints | None = None) -> Floats:
    """R of each trade with a bracket of its own, (n, 2) ATR; left at the open after the close of `exit_bar`, if any."""
    never = np.full(len(brackets), len(bars.open), np.int64)
    stop, target = (np.ascontiguousarray(column, np.float64) for column in brackets.T)
    return bracket_r(entries, bars, stop, target, never if exit_bar is None else exit_bar)[0]


def exit_r(made: Generated, bars: LabelBars, entries: Entries, bracket: Bracket) -> Floats:
    """R of each trade left at the open from which on its drift, as far as a trigger has fixed it, never adds up again.

    Going on under a bracket is worth the drift up to its end, wherever that comes (optional stopping), so that where a
    drift turns against a trade once and for good, as in `exits`, no rule gains more at zero cost.
    """
    leave = exit_bars(entries, made.drift / made.sigma, made.trigger, bars.horizon)
    return brackets_r(bars, entries, np.tile(bracket, (len(leave), 1)), leave)


@compiled
def exit_bars(entries: Entries, drift: Floats, trigger: NDArray[np.int8], horizon_bars: int) -> Ints:
    """Bar at whose close each trade is best left, n_bars where never; `drift` (n_bars,) of one scale for all bars.

    Of the drift it looks only at what the last trigger up to that close has fixed.
    """
    n = len(drift)
    leave = np.full(len(entries.decision), n)
    for i in range(len(leave)):
        decision, side = entries.decision[i], entries.side[i]
        stop = min(decision + 1 + horizon_bars, n)
        fixed = 0  # end of the drift that is known, exclusive
        for close in range(max(0, decision + 1 - REACH), stop - 1):
            if trigger[close] != 0:
                fixed = close + REACH + 1
            if close <= decision:
                continue
            total, best, worst = 0.0, 0.0, 0.0
            for bar in range(close + 1, min(fixed, stop)):
                total += side * drift[bar]
                best, worst = max(best, total), min(worst, total)
            if best <= 0.0 and worst < 0.0:
                leave[i] = close
                break
    return leave


def best_brackets(
    bars: LabelBars, entries: Entries, regime: Ints, stops_atr: Sequence[float], targets_atr: Sequence[float]
) -> list[Bracket]:
    """The pair of the grid with the greatest mean R for each `regime` (n,), the first where none is in one; not on the
    bars to judge."""
    grid = [Bracket(stop, target) for stop, target in product(stops_atr, targets_atr)]
    r = np.array([plain_r(bars, entries, bracket) for bracket in grid])
    return [grid[int(np.argmax(r[:, regime == row].sum(axis=1)))] for row in range(int(regime.max()) + 1)]


def situations(made: Generated, entries: Entries) -> Ints:
    """What somebody who knows the structure knows of each entry, as a code: bars since the last trigger (none within
    `REACH`: 0), its regime, and whether the trade is on its side."""
    place = np.where(made.trigger != 0, np.arange(len(made.trigger)), -REACH)
    last = np.maximum.accumulate(place)[entries.decision]
    age = entries.decision - last
    code = 1 + age + REACH * (made.regime[last] + 2 * (made.trigger[last] == entries.side))
    return np.where(age < REACH, code, 0)


def around_triggers(made: Generated, bars: LabelBars) -> Entries:
    """A trade with and one against each trigger, from its own bar to the last that it drives."""
    first = trigger_entries(made, bars)
    at = (first.decision[:, None] + np.arange(REACH)).ravel()
    side = np.repeat(first.side, REACH)
    known = at + 1 + bars.horizon < len(bars.open)
    return Entries(np.tile(at[known], 2), np.concatenate([side[known], -side[known]]))


def streak_sizes(regime: Ints) -> Floats:
    """Size of each trade, (n,): the risk stage's largest in good times, its smallest in bad ones."""
    return np.where(regime == 0, GOOD_SIZE, BAD_SIZE)
