"""What each stage after signal could gain at most: entries judged by somebody who knows the structure, not the noise.

R of a trade is its profit before costs over its own risk, by the label's own bracket function.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from novosky.execution.compiled import compiled
from novosky.labels.barrier import bracket_outcome
from novosky.market.bars import Floats, Ints
from novosky.market.impulses import REACH
from novosky.market.indicators import ATR_PERIOD, atr
from novosky.market.synthetic import Generated

GOOD_SIZE, BAD_SIZE = 1.25, 0.10  # the risk stage's own bounds


class Entries(NamedTuple):
    """Trades decided at the close of bar `decision`, to open at the next bar; shape (n_trades,)."""

    decision: Ints
    side: NDArray[np.int8]  # +1 BUY, -1 SELL


class Bracket(NamedTuple):
    sl_atr: float
    tp_atr: float


def trigger_entries(made: Generated, horizon_bars: int) -> Entries:
    """A perfect signal: every trigger whose trade the bars still hold, on its side."""
    bar = np.flatnonzero(made.trigger[: -horizon_bars - 1])
    bar = bar[bar >= ATR_PERIOD]
    return Entries(bar, made.trigger[bar])


def bracket_r(made: Generated, entries: Entries, bracket: Floats, held_bars: Ints) -> Floats:
    """R of each entry, (n_trades,), with its own stop and target in ATR (n_trades, 2), left at most `held_bars` in.

    NaN where the bars end first.
    """
    bars = made.bars
    distance = bracket * atr(bars.high, bars.low, bars.close, ATR_PERIOD)[entries.decision, None]
    return _outcomes(entries.decision, entries.side, bars.open, bars.high, bars.low, distance, held_bars, bars.point)


def plain_r(made: Generated, entries: Entries, bracket: Bracket, horizon_bars: int) -> Floats:
    """R of each entry with one bracket for all, NaN where the bars end first."""
    return bracket_r(made, entries, *_alike(len(entries.decision), bracket, horizon_bars))


def exit_r(made: Generated, entries: Entries, bracket: Bracket, horizon_bars: int) -> Floats:
    """R of each entry left at the open from which on its drift, as far as a trigger has fixed it, never adds up again.

    Going on under a bracket is worth the drift up to its end, wherever that comes (optional stopping), so that where a
    drift turns against a trade once and for good, as in `exits`, no rule gains more at zero cost.
    """
    ahead = made.drift / made.sigma
    held = held_bars(entries.decision, entries.side, ahead, made.trigger, horizon_bars)
    return bracket_r(made, entries, _alike(len(held), bracket, horizon_bars)[0], held)


def best_brackets(
    made: Generated, entries: Entries, stops_atr: Sequence[float], targets_atr: Sequence[float], horizon_bars: int
) -> list[Bracket]:
    """The pair of the grid with the best mean R, one for each regime; of a market other than the one to judge."""
    grid = [Bracket(stop, target) for stop, target in product(stops_atr, targets_atr)]
    r = np.array([plain_r(made, entries, bracket, horizon_bars) for bracket in grid])
    regime = made.regime[entries.decision]
    return [grid[int(np.argmax(np.nanmean(r[:, regime == row], axis=1)))] for row in range(int(regime.max()) + 1)]


def regime_bracket_r(made: Generated, entries: Entries, brackets: Sequence[Bracket], horizon_bars: int) -> Floats:
    """R of each entry with the bracket of the regime that it is decided in."""
    chosen = np.array(brackets)[made.regime[entries.decision]]
    return bracket_r(made, entries, chosen, np.full(len(chosen), horizon_bars))


def streak_weights(made: Generated, entries: Entries) -> Floats:
    """Size of each entry, of mean 1: the risk stage's largest in good times, its smallest in bad ones."""
    size = np.where(made.regime[entries.decision] == 0, GOOD_SIZE, BAD_SIZE)
    return np.asarray(size / size.mean())


@compiled
def held_bars(
    decision: Ints, side: NDArray[np.int8], ahead: Floats, trigger: NDArray[np.int8], horizon_bars: int
) -> Ints:
    """Bars that each trade should last, 1 .. horizon_bars; `ahead` is the drift of each bar, of which only what the
    last trigger before a close has fixed is looked at."""
    held = np.full(len(decision), horizon_bars)
    for i in range(len(decision)):
        stop = min(decision[i] + 1 + horizon_bars, len(ahead))
        fixed_until = decision[i] + 1  # end of the drift that is known, exclusive
        for back in range(REACH):
            if decision[i] - back >= 0 and trigger[decision[i] - back] != 0:
                fixed_until = decision[i] - back + REACH + 1
                break
        for close in range(decision[i] + 1, stop - 1):
            if trigger[close] != 0:
                fixed_until = close + REACH + 1
            total, best, worst = 0.0, 0.0, 0.0
            for bar in range(close + 1, min(fixed_until, stop)):
                total += side[i] * ahead[bar]
                best, worst = max(best, total), min(worst, total)
            if best <= 0.0 and worst < 0.0:
                held[i] = close - decision[i]
                break
    return held


@compiled
def _outcomes(
    decision: Ints,
    side: NDArray[np.int8],
    open_: Floats,
    high: Floats,
    low: Floats,
    distance: Floats,
    held: Ints,
    tick: float,
) -> Floats:
    r = np.empty(len(decision))
    no_spread = np.zeros(len(open_))
    for i in range(len(decision)):
        r[i] = bracket_outcome(
            side[i], decision[i], open_, high, low, no_spread, distance[i, 0], distance[i, 1], held[i], tick
        )[2]
    return r


def _alike(n_trades: int, bracket: Bracket, horizon_bars: int) -> tuple[Floats, Ints]:
    return np.tile(np.array(bracket), (n_trades, 1)), np.full(n_trades, horizon_bars)
